//! A record of the real service: documents of a cluster before, tasks after. Was each placement one that the rules allow?
//!
//! Tasks that are new are taken in the order in which they were created. Each is asked of the cluster as the ones before it
//! left it; then it stands where the service put it, whatever the rules say.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::args::{AuditArguments, Format};
use crate::cli::kit::{cluster, terminal};
use crate::experiment::{EngineKind, Experiment};
use crate::model::{RequestId, Rule, TieBreak};
use crate::query::Instant;
use crate::scenario::Loaded;

/// A task that is new.
struct New {
    name: String,
    instance: String,
    group: String,
    definition: String,
    created: i64,
}

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

pub(super) fn run(arguments: &AuditArguments, after: &Path) -> anyhow::Result<Exit> {
    let before = [arguments.log.clone()].into_iter().chain(arguments.and.iter().cloned()).collect::<Vec<_>>();
    let loaded = cluster::load(&before, &arguments.documents, &arguments.output)?;
    let mut known = BTreeSet::new();
    for file in &before {
        tasks_of(file)?.iter().filter_map(|task| text(task, "taskArn")).for_each(|arn| {
            known.insert(arn);
        });
    }
    let mut tasks = Vec::new();
    for task in tasks_of(after)? {
        tasks.extend(new_task(&task, &known).with_context(|| format!("in `{}`", after.display()))?);
    }
    anyhow::ensure!(!tasks.is_empty(), "`{}` has no task that was not there before", after.display());
    tasks.sort_by_key(|task: &New| task.created);
    let said = judged(loaded, tasks)?;
    let mut out = io::stdout().lock();
    match arguments.output.format {
        Format::Table => said.iter().try_for_each(|one| line(&mut out, one))?,
        Format::Json => writeln!(out, "{}", Value::from(said.iter().map(object).collect::<Vec<_>>()))?,
        Format::Csv => csv_rows(&mut out, &said)?,
        Format::Markdown => out.write_all(terminal::markdown(|csv| csv_rows(csv, &said))?.as_bytes())?,
    }
    let wrong = said.iter().filter(|one| !one.is_allowed).count();
    if arguments.output.format == Format::Table {
        writeln!(out, "{} of {} placements are in the set that the rules allow", said.len() - wrong, said.len())?;
    }
    out.flush()?;
    if wrong > 0 {
        terminal::note(&arguments.output, "what differs is worth a record: docs/fidelity.md says how to add one");
    }
    Ok(if wrong == 0 { Exit::Done } else { Exit::AnswerIsNo })
}

/// The tasks of a document, however they stand in it; none in documents of other things.
fn tasks_of(path: &Path) -> anyhow::Result<Vec<Value>> {
    let text = fs_err::read_to_string(path)?;
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let tasks = document.get("tasks").or_else(|| document.as_array().map(|_| &document)).and_then(Value::as_array);
    Ok(tasks.cloned().unwrap_or_default())
}

fn text(task: &Value, member: &str) -> Option<String> {
    task.get(member)?.as_str().map(str::to_owned)
}

fn last(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

/// `1764000000.5` seconds.
fn milliseconds(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    whole.parse::<i64>().ok()?.checked_mul(1_000)?.checked_add(part.parse().ok()?)
}

/// `None` of a task that was there before, or has no instance yet.
fn new_task(task: &Value, known: &BTreeSet<String>) -> anyhow::Result<Option<New>> {
    let arn = text(task, "taskArn").context("a task has no `taskArn`")?;
    let Some(instance) = text(task, "containerInstanceArn").filter(|_| !known.contains(&arn)) else { return Ok(None) };
    let missing = |member: &str| format!("task `{}` has no `{member}`", last(&arn));
    let created = match task.get("createdAt") {
        Some(Value::Number(seconds)) => milliseconds(&seconds.to_string()),
        Some(Value::String(text)) => Instant::parse(text).map(|instant| instant.seconds() * 1_000),
        _ => None,
    };
    Ok(Some(New {
        name: last(&arn),
        instance: last(&instance),
        group: text(task, "group").with_context(|| missing("group"))?,
        definition: last(&text(task, "taskDefinitionArn").with_context(|| missing("taskDefinitionArn"))?),
        // Without a time they are taken as they stand.
        created: created.unwrap_or(0),
    }))
}

/// What the rules say of each task, one after another.
fn judged(loaded: Loaded, tasks: Vec<New>) -> anyhow::Result<Vec<Said>> {
    let mut scenario = loaded.scenario;
    scenario.policies.truncate(1);
    let mut other = scenario.clone();
    other.options.spread_counts_draining = !other.options.spread_counts_draining;
    let case = cluster::case(1);
    let [experiment, opposite] = [&scenario, &other].map(|scenario| Experiment::new(scenario, EngineKind::Reference));
    let mut moment = experiment.start(case);
    let requests = experiment.requests(case);
    let mut said = Vec::new();
    for task in tasks {
        let instance = scenario.fleet.ids().find(|id| *scenario.fleet.name(*id) == *task.instance);
        let instance = instance.with_context(|| {
            format!("task `{}` is on `{}`, which no document before describes", task.name, task.instance)
        })?;
        let definition = loaded.definitions.get(&task.definition).copied();
        let is_it = |id: &RequestId| {
            let request = &requests[*id];
            requests.groups[request.group.index()] == task.group && Some(request.definition) == definition
        };
        let request = requests.placed().find(is_it).with_context(|| {
            format!(
                "no document before says how tasks of `{}` with `{}` are placed: add describe-services, describe-task-definition, \
                 or the input of run-task",
                task.group, task.definition
            )
        })?;
        let engine = experiment.engine_at(case, &moment);
        let allowed = engine.final_candidates(request);
        let by_draining = opposite.engine_at(case, &moment).final_candidates(request).contains(&instance);
        let is_first = allowed.first() == Some(&instance);
        let draws = requests[request].strategy.0.contains(&Rule::Random);
        let mut taken_by = vec![TieBreak::Random.name()];
        if is_first && !draws {
            taken_by.insert(0, TieBreak::Order.name());
        }
        let is_allowed = allowed.contains(&instance);
        said.push(Said {
            fails: engine.first_failure(request, instance).map(crate::engine::Reason::text),
            allowed: allowed.iter().map(|id| scenario.fleet.name(*id).into_owned()).collect(),
            is_allowed,
            taken_by: if is_allowed { taken_by } else { Vec::new() },
            by_draining: by_draining && !is_allowed,
            task,
        });
        moment.add(request, instance);
    }
    Ok(said)
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
        (false, None) if one.by_draining => "allowed with the other spread-counts-draining (U-3) only".to_owned(),
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
