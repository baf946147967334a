//! The cluster that a question is about: a scenario or documents of AWS, as found or after a run up to a moment.

use std::path::{Path, PathBuf};

use super::documents::DocumentOptions;
use super::input;
use super::terminal;
use crate::aws::Texts;
use crate::aws::snapshot::Snapshot;
use crate::cli::args::Output;
use crate::cli::import;
use crate::experiment::{Case, EngineKind, Experiment, Moment};
use crate::forms;
use crate::model::{OwnStrategies, Policy, Scenario, SimTime};
use crate::scenario::import::Imported;
use crate::scenario::{self, Loaded};
use crate::simulation::Control;

/// The only case of a question: its first policy, under the seed.
pub(in crate::cli) fn case(seed: u32) -> Case {
    Case { run: 0, policy: 0, seed }
}

/// Reads one scenario file, or any number of documents of AWS.
///
/// # Errors
/// If it cannot be read or has errors; they have been shown then.
pub(in crate::cli) fn load(files: &[PathBuf], documents: &DocumentOptions, output: &Output) -> anyhow::Result<Loaded> {
    load_by(files, documents, output, |imported, _| imported.toml)
}

/// The same with the instances that take no task, such as external ones: they can be asked for.
///
/// # Errors
/// If it cannot be read or has errors; they have been shown then.
pub(in crate::cli) fn load_listing(
    files: &[PathBuf],
    documents: &DocumentOptions,
    output: &Output,
) -> anyhow::Result<Loaded> {
    load_by(files, documents, output, |imported, snapshot| match snapshot.bystanders.is_empty() {
        true => imported.toml,
        false => scenario::import::write_listing(snapshot, "listing").toml,
    })
}

fn load_by(
    files: &[PathBuf],
    documents: &DocumentOptions,
    output: &Output,
    toml: fn(Imported, &Snapshot) -> String,
) -> anyhow::Result<Loaded> {
    if let [file] = files
        && is_standard_input(file)
    {
        // It can be read once, so that what it holds is looked at here.
        let read = import::read(file)?;
        return match forms::decode(&read.bytes).ok().filter(|text| is_toml(text)) {
            Some(text) => {
                ensure_no_options(file, documents)?;
                input::parse(&text, file, output)
            }
            None => of_documents(&import::texts(&[read], documents)?, documents, output, toml),
        };
    }
    if let [file] = files
        && !is_document(file)
    {
        ensure_no_options(file, documents)?;
        return input::load(file, output);
    }
    if let Some(scenario) = files.iter().find(|file| file.extension().is_some_and(|extension| extension == "toml")) {
        let name = scenario.display();
        anyhow::bail!("`{name}` is a scenario; give one scenario, or JSON documents of one cluster");
    }
    of_documents(&import::texts(&import::read_all(files)?, documents)?, documents, output, toml)
}

fn is_standard_input(file: &Path) -> bool {
    file == Path::new("-")
}

fn is_toml(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok()
}

fn ensure_no_options(file: &Path, documents: &DocumentOptions) -> anyhow::Result<()> {
    anyhow::ensure!(
        documents.is_empty(),
        "`{}` is a scenario; `--parameter`, `--fleet`, `--family` and `--cluster` belong to documents of AWS",
        file.display()
    );
    Ok(())
}

/// The cluster of documents of AWS that were read.
///
/// # Errors
/// If they have errors, which have been shown then.
pub(in crate::cli) fn of_described(
    texts: &Texts,
    documents: &DocumentOptions,
    output: &Output,
) -> anyhow::Result<Loaded> {
    of_documents(texts, documents, output, |imported, _| imported.toml)
}

fn of_documents(
    texts: &Texts,
    documents: &DocumentOptions,
    output: &Output,
    toml: fn(Imported, &Snapshot) -> String,
) -> anyhow::Result<Loaded> {
    let (snapshot, imported) = import::join(texts, None, scenario::import::write, &documents.fleets()?, output)?;
    import::check(&toml(imported, &snapshot), &snapshot, output)
}

/// Whether a file holds documents of AWS: by its name, or else by whether it is TOML.
fn is_document(file: &Path) -> bool {
    match file.extension().and_then(std::ffi::OsStr::to_str) {
        _ if is_standard_input(file) => true,
        Some("toml") => false,
        Some("json" | "yaml" | "yml" | "template" | "tf" | "tfstate" | "tofu" | "hcl") => true,
        _ => scenario::read_file(file).is_ok_and(|bytes| {
            let text = forms::decode(&bytes).ok();
            text.is_none_or(|text| !is_toml(&text))
        }),
    }
}

/// Leaves the policy that is asked for as the only one: of the scenario, or a template of the console; without a wish the
/// first.
///
/// # Errors
/// If there is none of that name.
pub(in crate::cli) fn choose_policy(scenario: &mut Scenario, wanted: Option<&str>) -> anyhow::Result<()> {
    let Some(wanted) = wanted else {
        scenario.policies.truncate(1);
        return Ok(());
    };
    let of_scenario = scenario.policies.iter().find(|policy| policy.name == wanted).cloned();
    if of_scenario.is_none() {
        // A template that is asked for is to decide, whatever strategies the scenario has.
        scenario.comparison.own_strategies = OwnStrategies::Under(vec![scenario::AS_IS.to_owned()]);
    }
    let found: Option<Policy> = of_scenario.or_else(|| scenario::template(wanted));
    let known: Vec<&str> = scenario.policies.iter().map(|policy| policy.name.as_str()).collect();
    let policy = found.ok_or_else(|| {
        let templates: Vec<&str> = scenario::template_names().collect();
        anyhow::anyhow!(
            "there is no policy `{wanted}`; the scenario has {}, and the templates are {}",
            listed(&known),
            listed(&templates)
        )
    })?;
    scenario.policies = vec![policy];
    Ok(())
}

/// Sets the end of a scenario to the moment that is asked about, so that all that happens at it has happened.
///
/// # Errors
/// If `at` is no length of time.
pub(in crate::cli) fn end_at(scenario: &mut Scenario, at: Option<&str>, output: &Output) -> anyhow::Result<()> {
    let Some(text) = at else { return Ok(()) };
    let span = scenario::parse_span(text)
        .map_err(|why| anyhow::anyhow!("`--at {text}`: {why}; write a number and a unit, such as `90s` or `3h`"))?;
    if let Some(horizon) = scenario.horizon.filter(|horizon| horizon.0 < span.0) {
        terminal::note(
            output,
            &format!("note: the run ends at {horizon} s, before `--at {text}`: its end is looked at"),
        );
    }
    let end = SimTime(span.0.saturating_add(1));
    scenario.horizon = Some(scenario.horizon.map_or(end, |horizon| horizon.min(end)));
    Ok(())
}

/// The cluster as found, or at the end of the scenario that [`end_at`] has set.
pub(in crate::cli) fn moment(scenario: &Scenario, seed: u32, at: Option<&str>) -> anyhow::Result<Moment> {
    let experiment = Experiment::new(scenario, EngineKind::Fast);
    match at {
        None => Ok(experiment.start(case(seed))),
        Some(_) => experiment
            .end(case(seed), &Control::default())
            .map_err(|_| anyhow::anyhow!("the run up to `--at` was cancelled")),
    }
}

pub(in crate::cli) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", name.escape_debug())).collect();
    match names.len() {
        0 => "none".to_owned(),
        all if all > SHOWN => format!("{all}, among them {}", shown.join(", ")),
        _ => shown.join(", "),
    }
}
