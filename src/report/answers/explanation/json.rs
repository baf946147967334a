//! The explanation as one JSON object, every instance with all its figures.

use std::io::{self, Write};

use serde::Serialize;

use super::{Explained, HeldRoom, Outcome, shortage_in_words, status_name};
use crate::engine::reference::{Asked, Bucket, Detail, Score, Shortfall, Verdict};
use crate::model::{Constraint, GpuDemand, Milli, Port, Rule};
use crate::query;

#[derive(Serialize)]
struct Answer<'a> {
    task_definition: &'a str,
    group: &'a str,
    policy: &'a str,
    strategy: Vec<String>,
    constraints: Vec<String>,
    tie_break: &'a str,
    need: Need,
    tasks_before: u64,
    held_for_daemons: Vec<HeldFor<'a>>,
    placed: Vec<String>,
    task: usize,
    steps: Vec<Step>,
    chosen: Option<String>,
    equally_good: usize,
    closest: Option<String>,
    smallest_change: Vec<String>,
    sole_failures: Vec<Sole>,
    holds_nowhere: Vec<HoldsNowhere>,
    instances: Vec<Instance<'a>>,
}

#[derive(Serialize)]
struct Need {
    cpu: u32,
    memory_mib: u32,
    /// A number, or a form of ECS in words.
    gpu: serde_json::Value,
    ports: Vec<String>,
    network_interfaces: u32,
}

/// A part of an expression that holds on no instance.
#[derive(Serialize)]
pub(in crate::report) struct HoldsNowhere {
    part: String,
    why: String,
    instead: Option<String>,
}

impl HoldsNowhere {
    pub(in crate::report) fn of(unmet: &query::Unmet) -> Self {
        Self { part: unmet.part.clone(), why: unmet.why.clone(), instead: unmet.instead.clone() }
    }
}

/// Room that is kept for a DAEMON service, on each of so many instances.
#[derive(Serialize)]
struct HeldFor<'a> {
    service: &'a str,
    instances: usize,
    cpu: u32,
    memory_mib: u32,
    network_interfaces: u32,
}

#[derive(Serialize)]
struct Step {
    asked: String,
    left: usize,
}

/// A check that alone keeps the task off instances.
#[derive(Serialize)]
struct Sole {
    reason: &'static str,
    instances: usize,
    closest: String,
    short_by: Option<u64>,
}

#[derive(Serialize)]
struct Instance<'a> {
    instance: String,
    ec2_instance_id: Option<&'a str>,
    zone: &'a str,
    instance_type: Option<&'a str>,
    status: &'static str,
    tasks: u32,
    outcome: &'static str,
    first_failure: Option<&'static str>,
    failures: Vec<Failure>,
    scores: Vec<Scored>,
    outscored_by: Option<String>,
}

#[derive(Serialize)]
struct Failure {
    reason: &'static str,
    need: Option<u64>,
    have: Option<u64>,
    registered: Option<u64>,
    /// What tasks take that are in no file.
    held_back: Option<u64>,
    /// What is kept for daemons that do not run there yet.
    held_for_daemons: Option<u64>,
    short_by: Option<u64>,
    ports_taken: Vec<String>,
    attributes_missing: Vec<(String, Option<String>)>,
    expressions: Vec<Expression>,
    detail: String,
    cure: String,
}

#[derive(Serialize)]
struct Scored {
    rule: String,
    bucket: Option<String>,
    tasks: Option<u32>,
    left: Option<u32>,
    registered: Option<u32>,
}

/// A part of an expression with its value on an instance.
#[derive(Serialize)]
pub(in crate::report) struct Expression {
    text: String,
    value: bool,
    observed: Option<String>,
    parts: Vec<Expression>,
}

impl Expression {
    pub(in crate::report) fn of(explanation: &query::Explanation) -> Self {
        Self {
            text: explanation.text.clone(),
            value: explanation.value,
            observed: explanation.observed.as_ref().map(ToString::to_string),
            parts: explanation.parts.iter().map(Self::of).collect(),
        }
    }
}

/// Writes the whole explanation as a JSON object with a final newline; absent values are `null`.
///
/// # Errors
/// What `out` answers.
pub fn write_explanation_json(out: &mut impl Write, explained: &Explained<'_>) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &answer(explained))?;
    out.write_all(b"\n")
}

fn answer<'a>(explained: &'a Explained<'_>) -> Answer<'a> {
    let (request, explanation) = (explained.request(), explained.explanation);
    let demand = &request.demand;
    let closest = explanation.closest().filter(|_| explained.chosen.is_none());
    let rules = &request.strategy.0;
    let asked = |what| match what {
        Asked::Nothing => "container instances".to_owned(),
        Asked::Check(reason) => reason.text().to_owned(),
        Asked::Rule(position) => rules[position].to_string(),
    };
    let sole = explanation.sole_failures().into_iter().map(|(reason, instances, closest)| Sole {
        reason: reason.text(),
        instances,
        closest: explained.name(closest.instance).into_owned(),
        short_by: amounts(&closest.failures[0]).map(|(need, have, _)| need - have),
    });
    Answer {
        task_definition: explained.definition,
        group: &explained.requests.groups[request.group.index()],
        policy: explained.policy,
        strategy: rules.iter().map(Rule::to_string).collect(),
        constraints: request.constraints().iter().map(Constraint::to_string).collect(),
        tie_break: explained.tie_break,
        need: Need {
            cpu: demand.cpu.0,
            memory_mib: demand.memory.0,
            gpu: gpu_json(demand.gpus),
            ports: demand.ports.iter().map(Port::to_string).collect(),
            network_interfaces: demand.eni_slots,
        },
        tasks_before: explained.running,
        held_for_daemons: explained.held.iter().map(|held| held_for(explained, held)).collect(),
        placed: explained.earlier.iter().map(|&one| explained.name(one).into_owned()).collect(),
        task: explained.earlier.len() + 1,
        steps: explanation.steps.iter().map(|step| Step { asked: asked(step.what), left: step.left }).collect(),
        chosen: explained.chosen.map(|chosen| explained.name(chosen).into_owned()),
        equally_good: explanation.best.len(),
        closest: closest.map(|closest| explained.name(closest.instance).into_owned()),
        smallest_change: closest.iter().flat_map(|one| &one.failures).map(|one| explained.cure(one)).collect(),
        sole_failures: sole.collect(),
        holds_nowhere: explained.unmet.iter().map(HoldsNowhere::of).collect(),
        instances: explanation.verdicts.iter().map(|verdict| instance(explained, verdict)).collect(),
    }
}

fn held_for<'a>(explained: &Explained<'a>, held: &HeldRoom<'a>) -> HeldFor<'a> {
    let demand = &explained.requests[held.request].demand;
    HeldFor {
        service: held.service,
        instances: held.instances,
        cpu: demand.cpu.0,
        memory_mib: demand.memory.0,
        network_interfaces: demand.eni_slots,
    }
}

fn instance<'a>(explained: &'a Explained<'_>, verdict: &Verdict) -> Instance<'a> {
    let rules = &explained.request().strategy.0;
    Instance {
        instance: explained.name(verdict.instance).into_owned(),
        ec2_instance_id: explained.ec2_instance_id(verdict.instance),
        zone: explained.zone(verdict),
        instance_type: explained.instance_type(verdict),
        status: status_name(verdict.status),
        tasks: verdict.tasks,
        outcome: outcome_word(explained.outcome(verdict)),
        first_failure: verdict.first_failure().map(crate::engine::Reason::text),
        failures: verdict.failures.iter().map(|shortfall| failure(explained, shortfall)).collect(),
        scores: rules.iter().zip(&verdict.scores).map(|(rule, score)| scored(rule, score)).collect(),
        outscored_by: verdict.outscored_at.map(|rule| rules[rule].to_string()),
    }
}

pub(super) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Chosen => "chosen",
        Outcome::Tied => "tied",
        Outcome::Outscored(_) => "outscored",
        Outcome::Refused(_) => "refused",
    }
}

/// Need, have and registered amount of a check that is about an amount.
pub(super) fn amounts(shortfall: &Shortfall) -> Option<(u64, u64, u64)> {
    match shortfall.detail {
        Detail::Amount { need, have, registered, .. } => Some((need, have, registered)),
        _ => None,
    }
}

fn failure(explained: &Explained<'_>, shortfall: &Shortfall) -> Failure {
    let amounts = amounts(shortfall);
    let (mut ports_taken, mut attributes_missing, mut expressions) = (Vec::new(), Vec::new(), Vec::new());
    match &shortfall.detail {
        Detail::Ports { taken, .. } => ports_taken = taken.iter().map(Port::to_string).collect(),
        Detail::Attributes(missing) => attributes_missing.clone_from(missing),
        Detail::Expressions(all) => expressions = all.iter().map(Expression::of).collect(),
        _ => {}
    }
    Failure {
        reason: shortfall.reason.text(),
        need: amounts.map(|amounts| amounts.0),
        have: amounts.map(|amounts| amounts.1),
        registered: amounts.map(|amounts| amounts.2),
        held_back: match shortfall.detail {
            Detail::Amount { others, .. } => Some(others),
            _ => None,
        },
        held_for_daemons: match shortfall.detail {
            Detail::Amount { held, .. } => Some(held),
            _ => None,
        },
        short_by: amounts.map(|(need, have, _)| need - have),
        ports_taken,
        attributes_missing,
        expressions,
        detail: shortage_in_words(shortfall),
        cure: explained.cure(shortfall),
    }
}

fn scored(rule: &Rule, score: &Score) -> Scored {
    let mut scored = Scored { rule: rule.to_string(), bucket: None, tasks: None, left: None, registered: None };
    match score {
        Score::Random | Score::Unscored => {}
        Score::Binpack { left, registered } => (scored.left, scored.registered) = (Some(*left), Some(*registered)),
        Score::Spread { bucket, tasks } => {
            scored.tasks = Some(*tasks);
            scored.bucket = match bucket {
                Some(Bucket::Value(value)) => Some(value.clone()),
                Some(Bucket::NoValue) => Some(String::new()),
                Some(Bucket::Absent) | None => None,
            };
        }
    }
    scored
}

/// A number of devices, or the form of the demand as an object.
fn gpu_json(gpus: GpuDemand) -> serde_json::Value {
    match gpus {
        GpuDemand::None => 0.into(),
        GpuDemand::Whole(count) => count.into(),
        GpuDemand::Slice(slice) => slice.text().into(),
        GpuDemand::All => "ALL".into(),
        GpuDemand::Memory(memory) => serde_json::json!({ "shared_memory_mib": memory.0 }),
        GpuDemand::Share(milli) => Milli(milli).to_string().into(),
    }
}
