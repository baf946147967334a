//! `stowplan import`: what AWS described of a cluster, as a scenario.

use std::io::{self, Write as _};
use std::path::Path;

use annotate_snippets::{Level, Origin, Renderer};
use anyhow::Context as _;
use fs_err as fs;

use super::args::{ImportArguments, Output};
use super::{Exit, terminal};
use crate::aws::snapshot::{self, Snapshot};
use crate::aws::{Problem, Texts};
use crate::scenario::import::Imported;
use crate::scenario::{self, Loaded, Style, import};

/// What stands after the options in `stowplan import --help`.
pub(super) const WALK_THROUGHS: &str = "\
The first walk-through takes a whole cluster. The AWS CLI answers for at most 100 instances, 100 tasks and 10 services
in one call, so names go through xargs; the JSON of several calls may stand in one file, one after another.

    CLUSTER=prod
    aws ecs list-container-instances --cluster $CLUSTER --query 'containerInstanceArns[]' --output text | tr '\\t' '\\n' |
        xargs -n 100 aws ecs describe-container-instances --cluster $CLUSTER --output json \\
            --container-instances > instances.json
    aws ecs list-tasks --cluster $CLUSTER --query 'taskArns[]' --output text | tr '\\t' '\\n' |
        xargs -n 100 aws ecs describe-tasks --cluster $CLUSTER --output json --tasks > tasks.json
    aws ecs list-services --cluster $CLUSTER --query 'serviceArns[]' --output text | tr '\\t' '\\n' |
        xargs -n 10 aws ecs describe-services --cluster $CLUSTER --output json --services > services.json
    grep -ho 'arn:[^\"]*:task-definition/[^\"]*' tasks.json services.json | sort -u |
        xargs -n 1 aws ecs describe-task-definition --output json --task-definition > definitions.json
    stowplan import instances.json tasks.json services.json definitions.json -o $CLUSTER.toml
    stowplan check $CLUSTER.toml && stowplan run $CLUSTER.toml

The second asks where one new service would go on the instances as they are, before it is created:

    CLUSTER=prod
    aws ecs list-container-instances --cluster $CLUSTER --status ACTIVE --query 'containerInstanceArns[]' --output text |
        tr '\\t' '\\n' | xargs -n 100 aws ecs describe-container-instances --cluster $CLUSTER --output json \\
            --container-instances > instances.json
    aws ecs create-service --generate-cli-skeleton input > service.json                  # and fill it in
    aws ecs register-task-definition --generate-cli-skeleton input > definition.json     # and fill it in
    stowplan import instances.json service.json definition.json -o what-if.toml
    stowplan run what-if.toml

Without the tasks everything that runs is held back as a smaller capacity of its instance: room is right, the spread
over zones counts the new service alone.";

pub(super) fn run(arguments: &ImportArguments) -> anyhow::Result<Exit> {
    let files = arguments.files.iter().map(|file| read(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let (snapshot, imported) = join(&files, arguments.name.as_deref(), &arguments.output)?;
    check(&imported.toml, &arguments.output)?;
    deliver(&imported.toml, &snapshot, arguments)
}

/// The documents of some files joined, and the scenario that they make; what could not be known is told.
///
/// # Errors
/// If they have problems, which have been shown then, or no instance.
pub(super) fn join(
    files: &[(String, Vec<u8>)],
    name: Option<&str>,
    output: &Output,
) -> anyhow::Result<(Snapshot, Imported)> {
    let mut texts = Texts::default();
    files.iter().for_each(|(name, bytes)| texts.read(name, bytes));
    let snapshot = match snapshot::join(&texts) {
        Ok(snapshot) => snapshot,
        Err(problems) => {
            let style = terminal::diagnostic_style(output);
            problems.iter().for_each(|problem| terminal::say(&render(problem, style)));
            let count = problems.len();
            anyhow::bail!("cannot import: {count} problem{}", if count == 1 { "" } else { "s" });
        }
    };
    anyhow::ensure!(
        !snapshot.instances.is_empty(),
        "no container instance that is up among the documents; add what `aws ecs describe-container-instances` prints"
    );
    let name = name.map_or_else(|| name_of(&snapshot), str::to_owned);
    let imported = import::write(&snapshot, &name);
    for note in &imported.notes {
        terminal::note(output, &format!("note: {note}"));
    }
    Ok((snapshot, imported))
}

/// A file, or standard input under the name `-`.
pub(super) fn read(file: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let name = file.display().to_string();
    let bytes = scenario::read_file(file).with_context(|| format!("cannot read `{name}`"))?;
    Ok((name, bytes))
}

/// The cluster's name as the name of a scenario.
fn name_of(snapshot: &Snapshot) -> String {
    let name = snapshot.cluster.as_deref().unwrap_or("imported");
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name.chars().filter(allowed).skip_while(|c| *c == '-').take(64).collect();
    if name.is_empty() { "imported".to_owned() } else { name }
}

/// A scenario that `check` would refuse is not handed out: sizes can be beyond what scenarios hold.
pub(super) fn check(toml: &str, output: &Output) -> anyhow::Result<Loaded> {
    scenario::parse(toml, Path::new("imported.toml"), &[]).map_err(|error| {
        super::input::show(&error.problems, output);
        anyhow::anyhow!("the documents do not make a scenario: {}", super::input::count(&error.problems))
    })
}

fn deliver(toml: &str, snapshot: &Snapshot, arguments: &ImportArguments) -> anyhow::Result<Exit> {
    let Some(path) = &arguments.out else {
        io::stdout().write_all(toml.as_bytes())?;
        return Ok(Exit::Done);
    };
    anyhow::ensure!(arguments.force || !path.exists(), "`{}` exists; `--force` overwrites it", path.display());
    fs::write(path, toml)?;
    let running: u64 = snapshot.running.iter().flat_map(|tasks| tasks.places.values()).map(|n| u64::from(*n)).sum();
    let counts = [
        (snapshot.instances.len().to_string(), "instances"),
        (snapshot.definitions.len().to_string(), "task definitions"),
        (snapshot.services.len().to_string(), "services"),
        (running.to_string(), "running tasks"),
    ];
    let counts: Vec<String> = counts.iter().map(|(count, noun)| format!("{count} {noun}")).collect();
    terminal::note(&arguments.output, &format!("{}: {}", path.display(), counts.join(", ")));
    Ok(Exit::Done)
}

fn render(problem: &Problem, style: Style) -> String {
    let place = problem.place();
    let group = Level::ERROR
        .primary_title(problem.message.as_str())
        .element(Origin::path(place.as_str()))
        .element(Level::HELP.message(problem.help.as_str()));
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    format!("{}\n", renderer.render(&[group]))
}
