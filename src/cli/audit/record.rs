//! A record of the real service: documents of a cluster before, tasks after. Was each placement one that the rules allow?
//!
//! Tasks that are new are taken in the order in which they were created. Each is asked of the cluster as the ones before it
//! left it, less those that were told to stop by then; then it stands where the service put it, whatever the rules say.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::after::{self, New, Step, between};
use crate::aws::Texts;
use crate::cli::args::{AuditArguments, Format};
use crate::cli::kit::{cluster, terminal};
use crate::cli::{Exit, import};
use crate::engine::Engine as _;
use crate::experiment::{Case, EngineKind, Experiment, Moment};
use crate::model::{DefinitionId, InstanceId, RequestId, Requests, Rule, Scenario, TieBreak, counted};
use crate::scenario::Loaded;

/// What is said of one placement.
struct Said {
    task: New,
    /// Instances that the rules allow.
    allowed: Vec<String>,
    is_allowed: bool,
    /// Tie-breaks that take this one.
    taken_by: Vec<&'static str>,
    /// It is allowed only when tasks on draining instances count the other way (U-3).
    by_draining: bool,
    /// The first check that fails there, where one does.
    fails: Option<&'static str>,
}

pub(super) fn run(arguments: &AuditArguments, after: &[PathBuf]) -> anyhow::Result<Exit> {
    let files = [arguments.log.clone()].into_iter().chain(arguments.and.iter().cloned()).collect::<Vec<_>>();
    let (loaded, before) = before(&files, arguments)?;
    let after_files: Vec<String> = after.iter().map(|path| format!("`{}`", path.display())).collect();
    let after = import::texts(&import::read_all(after)?, &arguments.documents)?;
    import::tell(&after.problems, after::count(&after) > 0, &arguments.output)?;
    anyhow::ensure!(
        after::has_listing(&after),
        "{}: no document of tasks; give what `aws ecs describe-tasks` prints",
        after_files.join(", ")
    );
    let between = between(&before, &after).map_err(|wrong| anyhow::anyhow!("{}", wrong.join("\n")))?;
    if !between.steps.iter().any(|step| matches!(step, Step::Placed(_))) {
        let count = after::count(&after);
        let described = format!("{} that {} described", counted(count, "task"), if count == 1 { "is" } else { "are" });
        let what = format!(
            "note: {}: of {described}, none is on an instance and was not there before, so that there is no placement to \
             look at",
            after_files.join(", ")
        );
        terminal::note(&arguments.output, &what);
    }
    between.notes.iter().for_each(|note| terminal::note(&arguments.output, note));
    let said = judged(&loaded, between.steps)?;
    let mut out = io::stdout().lock();
    match arguments.output.format {
        Format::Table => said.iter().try_for_each(|one| line(&mut out, one))?,
        Format::Json => writeln!(out, "{}", Value::from(said.iter().map(object).collect::<Vec<_>>()))?,
        Format::Csv => csv_rows(&mut out, &said)?,
        Format::Markdown => out.write_all(terminal::markdown(|csv| csv_rows(csv, &said))?.as_bytes())?,
    }
    let wrong = said.iter().filter(|one| !one.is_allowed).count();
    if arguments.output.format == Format::Table {
        writeln!(
            out,
            "{} of {} in the set that the rules allow",
            said.len() - wrong,
            counted(said.len(), "placement")
        )?;
    }
    out.flush()?;
    if wrong > 0 {
        terminal::note(&arguments.output, "what differs is worth a record: docs/fidelity.md says how to add one");
    }
    Ok(if wrong == 0 { Exit::Done } else { Exit::AnswerIsNo })
}

/// The cluster before, and the documents that tell of its tasks: none of a scenario file, whose tasks have no names.
fn before(files: &[PathBuf], arguments: &AuditArguments) -> anyhow::Result<(Loaded, Texts)> {
    let is_scenario = |file: &Path| file.extension().is_some_and(|extension| extension == "toml");
    if files.iter().any(|file| is_scenario(file)) {
        return Ok((cluster::load(files, &arguments.documents, &arguments.output)?, Texts::default()));
    }
    let texts = import::texts(&import::read_all(files)?, &arguments.documents)?;
    Ok((cluster::of_described(&texts, &arguments.documents, &arguments.output)?, texts))
}

/// A reading of the open points under which a record is looked at.
struct Reading<'s> {
    experiment: Experiment<'s>,
    tie_break: TieBreak,
}

/// What is looked up of tasks by name.
struct Names<'s> {
    scenario: &'s Scenario,
    requests: &'s Requests,
    loaded: &'s Loaded,
}

impl Names<'_> {
    fn instance(&self, task: &New) -> Option<InstanceId> {
        self.scenario.fleet.ids().find(|id| *self.scenario.fleet.name(*id) == *task.instance)
    }

    fn is_of(&self, id: RequestId, task: &New) -> bool {
        let request = &self.requests[id];
        let definition: Option<DefinitionId> = self.loaded.definitions.get(&task.definition).copied();
        self.requests.groups[request.group.index()] == task.group && Some(request.definition) == definition
    }

    /// Kind and instance of a task.
    fn find(&self, task: &New) -> Result<(RequestId, InstanceId), String> {
        let New { name, instance, group, definition } = task;
        let there = self.instance(task);
        let request = self.requests.placed().find(|id| self.is_of(*id, task));
        match (request, there) {
            (Some(request), Some(there)) => Ok((request, there)),
            (_, None) => Err(format!(
                "task `{name}` is on `{instance}`, which no document before describes: add describe-container-instances"
            )),
            (None, _) => Err(format!(
                "no document before says how tasks of `{group}` with `{definition}` are placed: add describe-services, \
                 describe-task-definition, or the input of run-task"
            )),
        }
    }
}

/// What the rules say of each task, one after another.
///
/// # Errors
/// Every task of which no document before says enough.
fn judged(loaded: &Loaded, steps: Vec<Step>) -> anyhow::Result<Vec<Said>> {
    let mut scenario = loaded.scenario.clone();
    scenario.policies.truncate(1);
    let with = |change: &dyn Fn(&mut Scenario)| {
        let mut other = scenario.clone();
        change(&mut other);
        other
    };
    let opposite = with(&|scenario| scenario.options.spread_counts_draining ^= true);
    let tie_breaks = [TieBreak::Order, TieBreak::MostRemaining, TieBreak::FewestTasks];
    let others = tie_breaks.map(|tie_break| with(&|scenario| scenario.options.tie_break = tie_break));
    let case = cluster::case(1);
    let [experiment, opposite] = [&scenario, &opposite].map(|one| Experiment::new(one, EngineKind::Reference));
    let readings: Vec<Reading<'_>> = others
        .iter()
        .map(|one| Reading {
            experiment: Experiment::new(one, EngineKind::Reference),
            tie_break: one.options.tie_break,
        })
        .collect();
    let names = Names { scenario: &scenario, requests: experiment.requests(case), loaded };
    let mut moment = experiment.start(case);
    let (mut said, mut wrong) = (Vec::new(), BTreeSet::new());
    for step in steps {
        let task = match step {
            Step::Stopped(task) => {
                if let Some(instance) = names.instance(&task) {
                    moment.remove(instance, |request| names.is_of(request, &task));
                }
                continue;
            }
            Step::Placed(task) => task,
        };
        let (request, instance) = match names.find(&task) {
            Ok(found) => found,
            Err(what) => {
                wrong.insert(what);
                continue;
            }
        };
        if wrong.is_empty() {
            let engine = experiment.engine_at(case, &moment);
            let allowed = engine.final_candidates(request);
            let is_allowed = allowed.contains(&instance);
            let by_draining = opposite.engine_at(case, &moment).final_candidates(request).contains(&instance);
            said.push(Said {
                fails: engine.first_failure(request, instance).map(crate::engine::Reason::text),
                allowed: allowed.iter().map(|id| scenario.fleet.name(*id).into_owned()).collect(),
                is_allowed,
                taken_by: if is_allowed { taken_by(&readings, case, &moment, request, instance) } else { Vec::new() },
                by_draining: by_draining && !is_allowed,
                task,
            });
        }
        moment.add(request, instance);
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
    Ok(said)
}

/// The tie-breaks that take this one of the instances that the rules allow; a draw may take any.
fn taken_by(
    readings: &[Reading<'_>],
    case: Case,
    moment: &Moment,
    request: RequestId,
    instance: InstanceId,
) -> Vec<&'static str> {
    let draws = |reading: &Reading<'_>| reading.experiment.requests(case)[request].strategy.0.contains(&Rule::Random);
    let takes = |reading: &&Reading<'_>| {
        let mut engine = reading.experiment.engine_at(case, moment);
        !draws(reading) && engine.place(request).is_some_and(|placed| placed.instance == instance)
    };
    let taking = readings.iter().filter(takes).map(|reading| reading.tie_break.name());
    taking.chain([TieBreak::Random.name()]).collect()
}

fn verdict(one: &Said) -> String {
    let set = match one.allowed.len() {
        0 => "nothing is allowed".to_owned(),
        1 => "the only one that is allowed".to_owned(),
        count => format!("one of {count} that are allowed: {}", one.allowed.join(", ")),
    };
    match (one.is_allowed, one.fails) {
        (true, _) => format!("{set} (tie-break {})", one.taken_by.join(" or ")),
        (false, Some(reason)) => format!("not allowed: there it fails {reason}"),
        (false, None) if one.by_draining => "allowed with the other spread-counts-draining only".to_owned(),
        (false, None) => format!("not allowed: by the rules it is {}", one.allowed.join(", ")),
    }
}

fn line(out: &mut impl Write, one: &Said) -> io::Result<()> {
    let New { name, instance, group, .. } = &one.task;
    writeln!(out, "task {name} of {group} on {instance}\n  {}", verdict(one))
}

fn object(one: &Said) -> Value {
    json!({
        "task": one.task.name,
        "group": one.task.group,
        "instance": one.task.instance,
        "is_allowed": one.is_allowed,
        "allowed": one.allowed,
        "tie_breaks": one.taken_by,
        "by_draining": one.by_draining,
        "fails": one.fails,
    })
}

fn csv_rows(out: &mut impl Write, said: &[Said]) -> anyhow::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(["task", "group", "instance", "is_allowed", "said"])?;
    for one in said {
        let New { name, group, instance, .. } = &one.task;
        rows.write_record([name, group, instance, &one.is_allowed.to_string(), &verdict(one)])?;
    }
    rows.flush()?;
    Ok(())
}
