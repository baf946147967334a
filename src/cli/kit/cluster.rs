//! The cluster that a question is about: a scenario or documents of AWS, as found or after a run up to a moment.

use std::path::{Path, PathBuf};

use super::documents::DocumentOptions;
use super::input;
use crate::aws::snapshot::Snapshot;
use crate::cli::args::Output;
use crate::cli::import;
use crate::experiment::{Case, EngineKind, Experiment, Moment};
use crate::forms;
use crate::model::{Scenario, SimTime};
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
        && !is_document(file)
    {
        anyhow::ensure!(
            documents.is_empty(),
            "`{}` is a scenario; `--parameter`, `--fleet`, `--family` and `--cluster` belong to documents of AWS",
            file.display()
        );
        return input::load(file, output);
    }
    if let Some(scenario) = files.iter().find(|file| file.extension().is_some_and(|extension| extension == "toml")) {
        let name = scenario.display();
        anyhow::bail!("`{name}` is a scenario; give one scenario, or JSON documents of one cluster");
    }
    let read = files.iter().map(|file| import::read(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let texts = import::texts(&read, documents)?;
    let (snapshot, imported) = import::join(&texts, None, scenario::import::write, &documents.fleets()?, output)?;
    import::check(&toml(imported, &snapshot), output)
}

/// Whether a file holds documents of AWS: by its name, or else by whether it is TOML.
fn is_document(file: &Path) -> bool {
    match file.extension().and_then(std::ffi::OsStr::to_str) {
        _ if file == Path::new("-") => true,
        Some("toml") => false,
        Some("json" | "yaml" | "yml" | "template" | "tf" | "tfstate" | "tofu" | "hcl") => true,
        _ => scenario::read_file(file).is_ok_and(|bytes| {
            let text = forms::decode(&bytes).ok();
            text.is_none_or(|text| text.parse::<toml::Table>().is_err())
        }),
    }
}

/// Sets the end of a scenario to the moment that is asked about, so that all that happens at it has happened.
///
/// # Errors
/// If `at` is no length of time.
pub(in crate::cli) fn end_at(scenario: &mut Scenario, at: Option<&str>) -> anyhow::Result<()> {
    let Some(text) = at else { return Ok(()) };
    let span = scenario::parse_span(text)
        .map_err(|why| anyhow::anyhow!("`--at {text}`: {why}; write a number and a unit, such as `90s` or `3h`"))?;
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
