//! `stowplan import`: what AWS described of a cluster, as a scenario.

pub(in crate::cli) mod collect;
mod members;
mod places;
mod problems;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fs_err as fs;

use super::Exit;
use super::args::{Format, ImportArguments, Output};
use super::kit::documents::DocumentOptions;
use super::kit::terminal;
use crate::aws::anonymise::anonymised;
use crate::aws::snapshot::{self, Snapshot};
use crate::aws::{File, Problem, Texts};
use crate::model::counted;
use crate::scenario::import::Imported;
use crate::scenario::import::fleet::Fleet;
use crate::scenario::{self, Diagnostic, Loaded, Rule, import};

/// What stands after the options in `stowplan import --help`; no line is wide enough to be wrapped.
pub(super) const WALK_THROUGHS: &str = "\
A whole cluster: print the script that collects it, run it, read the files.
The script lists and describes, nothing else; what it cannot get it names.

    stowplan import --commands > collect.sh
    sh collect.sh prod
    stowplan import prod/*.json -o prod.toml
    stowplan check prod.toml && stowplan run prod.toml

One new service on the instances as they are, before it is created:

    aws ecs create-service --generate-cli-skeleton input > service.json
    aws ecs register-task-definition \\
        --generate-cli-skeleton input > definition.json
    # fill in both, then
    stowplan import prod/instances.json service.json definition.json \\
        -o what-if.toml
    stowplan run what-if.toml

Without the tasks everything that runs is held back as a smaller capacity of
its instance: room is right, the spread over zones counts the new service
alone.

A template before it is deployed, on instances that do not exist yet:

    stowplan import template.yaml --parameter Count=6 \\
        --fleet 12xm6i.xlarge@us-east-1a,b,c -o planned.toml
    terraform show -json plan.bin > plan.json
    stowplan import plan.json --fleet prod.toml -o planned.toml

What cannot be read is left out with its file, its path and what that
means; a rule of the API that is broken ends it (exit code 2). What becomes
of every member of the API:

    stowplan import --members

Forms that are read: JSON and YAML of the AWS CLI, also what --query prints
of whole objects; PascalCase of SDKs and PowerShell, UTF-16 and byte order
marks; EventBridge events; lists of container definitions; CloudFormation
templates, also of the CDK; plans and states of Terraform as JSON; compose
files with ecs-params.yml.";

pub(super) fn run(arguments: &ImportArguments) -> anyhow::Result<Exit> {
    if arguments.commands {
        return collect::run(arguments.shell, arguments.documents.cluster.as_deref());
    }
    if arguments.members {
        return members::run(&arguments.output);
    }
    let files = read_all(&arguments.files)?;
    let mut texts = texts(&files, &arguments.documents)?;
    if arguments.anonymise && !texts.problems.iter().any(Problem::is_refused) {
        texts = anonymised(&texts).map_err(anyhow::Error::msg)?;
    }
    if arguments.output.format == Format::Json {
        problems::tell(&texts.problems, !texts.parts.is_empty(), &arguments.output)?;
        let documents: String = texts.parts.iter().map(|part| part.document.to_json()).collect();
        return deliver(&documents, None, arguments);
    }
    let write = if arguments.as_new { import::write_as_new } else { import::write };
    let (snapshot, imported) =
        join(&texts, arguments.name.as_deref(), write, &arguments.documents.fleets()?, &arguments.output)?;
    let loaded = check(&imported.toml, &snapshot, &arguments.output)?;
    tell_of_constraints(&loaded.warnings, &arguments.output);
    deliver(&imported.toml, Some(&snapshot), arguments)
}

/// The documents of some files, with the problems of those that cannot be read.
///
/// # Errors
/// If an option cannot be read.
pub(super) fn texts(files: &[File], documents: &DocumentOptions) -> anyhow::Result<Texts> {
    let mut texts = Texts::default();
    texts.read_all(files, &documents.hints()?);
    Ok(texts)
}

/// Documents joined, and the scenario that they make; what could not be known is told.
///
/// # Errors
/// If they have problems, which have been shown then, or no instance.
pub(super) fn join(
    texts: &Texts,
    name: Option<&str>,
    write: fn(&Snapshot, &str) -> Imported,
    fleets: &[Fleet],
    output: &Output,
) -> anyhow::Result<(Snapshot, Imported)> {
    let mut snapshot = match snapshot::join(texts) {
        Ok(snapshot) => snapshot,
        Err(wrong) => {
            problems::tell(&wrong, true, output)?;
            unreachable!("a snapshot is kept back by what is refused alone")
        }
    };
    let is_something = !snapshot.instances.is_empty()
        || !snapshot.bystanders.is_empty()
        || !snapshot.definitions.is_empty()
        || !snapshot.services.is_empty()
        || !snapshot.calls.is_empty()
        // Then it is the instances that lack, which is said below.
        || (texts.problems.is_empty() && !snapshot.has_listing && fleets.is_empty());
    problems::tell(&snapshot.problems, is_something, output)?;
    anyhow::ensure!(
        snapshot.has_listing || !fleets.is_empty(),
        "no container instances among the documents; add what `aws ecs describe-container-instances` prints, \
         or give `--fleet`, such as `--fleet 12xm6i.xlarge@us-east-1a,b,c`"
    );
    anyhow::ensure!(
        !snapshot.has_lost_instances || !snapshot.instances.is_empty() || !fleets.is_empty(),
        "every container instance is left out, so that nothing can be said of a cluster without them; the warnings above \
         name each with its remedy"
    );
    let name = name.map_or_else(|| name_of(&snapshot), str::to_owned);
    let only = snapshot.providers.first().filter(|_| snapshot.providers.len() == 1);
    snapshot.provided = Fleet::providers(fleets, only.map(|provider| provider.name.as_str()));
    let mut imported = write(&snapshot, &name);
    let (toml, notes) = Fleet::add(fleets, &imported.toml);
    imported.toml = toml;
    imported.notes.extend(notes);
    for note in &imported.notes {
        terminal::note(output, &format!("note: {note}"));
    }
    Ok((snapshot, imported))
}

/// Tells what is wrong with documents. `is_something`: without what that leaves out there is something to go on with.
///
/// # Errors
/// If one of them is refused, or nothing is left.
pub(super) fn tell(found: &[Problem], is_something: bool, output: &Output) -> anyhow::Result<()> {
    problems::tell(found, is_something, output)
}

/// All files of a cluster.
///
/// # Errors
/// If some cannot be read, each with why.
pub(super) fn read_all(files: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for file in files {
        match read(file) {
            Ok(file) => all.push(file),
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(all)
}

/// A file, or standard input under the name `-`.
pub(super) fn read(file: &Path) -> anyhow::Result<File> {
    let name = file.display().to_string();
    let bytes = scenario::read_file(file).with_context(|| format!("cannot read `{name}`"))?;
    Ok(File { name, bytes })
}

/// The cluster's name as the name of a scenario.
fn name_of(snapshot: &Snapshot) -> String {
    let name = snapshot.cluster.as_deref().unwrap_or("imported");
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name.chars().filter(allowed).skip_while(|c| *c == '-').take(64).collect();
    if name.is_empty() { "imported".to_owned() } else { name }
}

/// A scenario that `check` would refuse is not handed out: sizes can be beyond what scenarios hold.
pub(super) fn check(toml: &str, snapshot: &Snapshot, output: &Output) -> anyhow::Result<Loaded> {
    scenario::parse(toml, Path::new("imported.toml"), &[]).map_err(|error| {
        let problems: Vec<Diagnostic> =
            error.problems.into_iter().map(|problem| places::in_documents(problem, snapshot)).collect();
        super::kit::input::show(&problems, output);
        anyhow::anyhow!("the documents do not make a scenario: {}", super::kit::input::count(&problems))
    })
}

/// What `check` will say of constraints and of an empty cluster: the documents are at hand now, and places in them are
/// not those of the scenario.
fn tell_of_constraints(warnings: &[Diagnostic], output: &Output) {
    let is_told =
        |rule| matches!(rule, Rule::HoldsNowhere | Rule::NeverStarts | Rule::AbsentAttribute | Rule::NoInstances);
    let mut told = BTreeSet::new();
    for warning in warnings.iter().filter(|warning| is_told(warning.rule)) {
        let says_it = warning.rule == Rule::AbsentAttribute;
        let label = if warning.label.is_empty() || says_it { String::new() } else { format!(" ({})", warning.label) };
        let help = warning.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        let text = format!("warning[{}]: {}{label}{help}", warning.code(), warning.message);
        // Without its place a warning of two definitions is one.
        if !told.contains(&text) {
            terminal::note(output, &text);
            told.insert(text);
        }
    }
}

fn deliver(text: &str, snapshot: Option<&Snapshot>, arguments: &ImportArguments) -> anyhow::Result<Exit> {
    let Some(path) = arguments.out.as_deref().filter(|path| *path != Path::new("-")) else {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(Exit::Done);
    };
    anyhow::ensure!(arguments.force || !path.exists(), "`{}` exists; `--force` overwrites it", path.display());
    fs::write(path, text)?;
    let Some(snapshot) = snapshot else { return Ok(Exit::Done) };
    let running: u64 = snapshot.running.iter().flat_map(|tasks| tasks.places.values()).map(|n| u64::from(*n)).sum();
    let counts = [
        counted(snapshot.instances.len(), "instance"),
        counted(snapshot.definitions.len(), "task definition"),
        counted(snapshot.services.len(), "service"),
        counted(running, "running task"),
    ];
    terminal::note(&arguments.output, &format!("{}: {}", path.display(), counts.join(", ")));
    Ok(Exit::Done)
}
