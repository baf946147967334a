//! Lexicographic narrowing: each rule keeps all candidates with its best score; the next sees only those.

use std::collections::BTreeMap;

use super::ReferenceEngine;
use crate::engine::{Engine as _, Remaining};
use crate::model::contract::{Candidate, Custom, View};
use crate::model::{
    Demand, Device, DeviceUse, InstanceClass, InstanceId, PackedResource, Request, RequestId, Rule, SpreadField,
    TieBreak, ZoneId,
};

/// The chosen instance; `None` if there is no candidate.
pub(super) fn choose(engine: &ReferenceEngine<'_>, id: RequestId) -> Option<InstanceId> {
    let request = engine.request(id);
    let mut candidates = engine.candidates(id);
    for rule in &request.strategy.0 {
        candidates = keep_best(engine, request, rule, candidates);
        if *rule == Rule::Random && !candidates.is_empty() {
            candidates = vec![draw(engine, id, &candidates)];
        }
    }
    break_tie(engine, id, &candidates)
}

/// The candidates that every rule keeps, `random` keeping all it could pick (U-2: what follows it has no effect).
pub(super) fn all_rules(
    engine: &ReferenceEngine<'_>,
    id: RequestId,
    mut candidates: Vec<InstanceId>,
) -> Vec<InstanceId> {
    let request = engine.request(id);
    for rule in request.strategy.0.iter().take_while(|rule| **rule != Rule::Random) {
        candidates = keep_best(engine, request, rule, candidates);
    }
    candidates
}

/// All candidates that are best by one rule, in order. `random` finds all of them equally good.
pub(super) fn keep_best(
    engine: &ReferenceEngine<'_>,
    request: &Request,
    rule: &Rule,
    candidates: Vec<InstanceId>,
) -> Vec<InstanceId> {
    match rule {
        Rule::Random => candidates,
        Rule::Binpack(resource) => keep_minimum(candidates, |instance| packing_score(engine, instance, *resource)),
        // An instance is a bucket of its own.
        Rule::Spread(SpreadField::InstanceId) => {
            keep_minimum(candidates, |instance| engine.group_count(instance, request.group))
        }
        Rule::Spread(field) => {
            let candidates = drop_absent(engine, field, candidates);
            let counts = bucket_counts(engine, request, field);
            keep_minimum(candidates, |instance| counts.get(&bucket(engine, instance, field)).copied().unwrap_or(0))
        }
        Rule::Custom(custom) => {
            candidates.first().map(|_| ask(engine, request, custom, &candidates)).into_iter().collect()
        }
    }
}

/// An instance as a strategy sees it.
fn shown<'s>(
    engine: &'s ReferenceEngine<'_>,
    request: &Request,
    instance: InstanceId,
    devices: &'s [DeviceUse],
) -> Candidate<'s> {
    let remaining = engine.left(instance);
    Candidate {
        instance,
        class: engine.instance_class(instance),
        cpu: remaining.cpu,
        memory: remaining.memory,
        gpus: remaining.gpus,
        devices,
        tasks: engine.task_count(instance),
        group_tasks: engine.group_count(instance, request.group),
    }
}

/// How the devices of an instance are used, where any request of the run asks for GPUs.
fn devices(engine: &ReferenceEngine<'_>, instance: InstanceId) -> Vec<DeviceUse> {
    let any = engine.tables.requests.table.iter().any(|request| !request.demand.gpus.is_none());
    if any { engine.devices(instance) } else { Vec::new() }
}

/// On which device of the chosen instance the share of a GPU is to lie.
pub(super) fn device(engine: &ReferenceEngine<'_>, request: &Request, instance: InstanceId) -> Device {
    let Some(custom) = request.strategy.custom().filter(|_| request.demand.gpus.is_share()) else { return Device::ANY };
    let devices = devices(engine, instance);
    custom.device(&request.demand, &shown(engine, request, instance, &devices))
}

/// The candidate that a strategy chooses which is no rule of ECS.
fn ask(engine: &ReferenceEngine<'_>, request: &Request, custom: &Custom, candidates: &[InstanceId]) -> InstanceId {
    let zone_tasks = |zone: ZoneId| {
        let there = engine.ids().filter(|&id| engine.is_counted(id) && engine.instance_class(id).zone == zone);
        there.map(|id| u64::from(engine.group_count(id, request.group))).sum()
    };
    let devices: Vec<Vec<DeviceUse>> = candidates.iter().map(|&candidate| devices(engine, candidate)).collect();
    let each = candidates.iter().zip(&devices);
    let shown: Vec<Candidate<'_>> = each.map(|(&one, devices)| shown(engine, request, one, devices)).collect();
    candidates[custom.choose(&View::new(&request.demand, &shown, &zone_tasks))]
}

fn keep_minimum<S: Ord>(candidates: Vec<InstanceId>, score: impl Fn(InstanceId) -> S) -> Vec<InstanceId> {
    let scores: Vec<S> = candidates.iter().map(|&candidate| score(candidate)).collect();
    let Some(best) = scores.iter().min() else { return candidates };
    candidates.into_iter().zip(&scores).filter(|(_, score)| *score == best).map(|(candidate, _)| candidate).collect()
}

/// What is left of the resource: the amount, or the fraction of the registered amount.
pub(super) fn packing_score(engine: &ReferenceEngine<'_>, instance: InstanceId, resource: PackedResource) -> Fraction {
    let (left, registered) = amounts(engine.left(instance), engine.instance_class(instance), resource);
    if engine.tables.options.binpack_by_fraction { Fraction::new(left, registered) } else { Fraction::new(left, 1) }
}

/// The same once a task that takes `freed` has stopped there.
pub(super) fn score_after_stop(
    engine: &ReferenceEngine<'_>,
    instance: InstanceId,
    resource: PackedResource,
    freed: &Demand,
) -> Fraction {
    let (left, registered) = amounts(engine.left(instance), engine.instance_class(instance), resource);
    let freed = match resource {
        PackedResource::Cpu => freed.cpu.0,
        PackedResource::Memory => freed.memory.0,
    };
    Fraction::new(left + freed, if engine.tables.options.binpack_by_fraction { registered } else { 1 })
}

pub(super) fn amounts(remaining: Remaining, class: &InstanceClass, resource: PackedResource) -> (u32, u32) {
    match resource {
        PackedResource::Cpu => (remaining.cpu.0, class.cpu.0),
        PackedResource::Memory => (remaining.memory.0, class.memory.0),
    }
}

/// A fraction that compares exactly; what has no capacity at all has nothing left.
#[derive(Clone, Copy)]
pub(super) struct Fraction(u64, u64);

impl Fraction {
    fn new(numerator: u32, denominator: u32) -> Self {
        Self(u64::from(numerator), u64::from(denominator.max(1)))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fraction {}

/// A bucket of a spread rule. Instances without the attribute share `Value(None)` (U-5); an attribute without a value
/// is a bucket of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bucket<'a> {
    Instance(InstanceId),
    Value(Option<Option<&'a str>>),
}

pub(super) fn bucket<'a>(engine: &'a ReferenceEngine<'_>, instance: InstanceId, field: &SpreadField) -> Bucket<'a> {
    match field {
        SpreadField::InstanceId => Bucket::Instance(instance),
        SpreadField::Attribute(name) => Bucket::Value(engine.instance_class(instance).attribute(name)),
    }
}

/// Counted tasks of the request's group by bucket, over every instance of the cluster and not only the candidates
///
pub(super) fn bucket_counts<'a>(
    engine: &'a ReferenceEngine<'_>,
    request: &Request,
    field: &SpreadField,
) -> BTreeMap<Bucket<'a>, u32> {
    // Instances of a class share the bucket of an attribute: the first of each names it.
    let mut firsts: Vec<Option<(InstanceId, u32)>> = vec![None; engine.tables.fleet.classes.len()];
    let mut counts = BTreeMap::new();
    for instance in engine.ids().filter(|&instance| engine.is_counted(instance)) {
        let count = engine.group_count(instance, request.group);
        if *field == SpreadField::InstanceId {
            counts.insert(Bucket::Instance(instance), count);
        } else {
            firsts[engine.class(instance).index()].get_or_insert((instance, 0)).1 += count;
        }
    }
    for (instance, count) in firsts.into_iter().flatten() {
        *counts.entry(bucket(engine, instance, field)).or_insert(0) += count;
    }
    counts
}

/// With the option of U-5, instances without the attribute are no candidates, unless there are no others: a strategy
/// never refuses a task.
fn drop_absent(engine: &ReferenceEngine<'_>, field: &SpreadField, candidates: Vec<InstanceId>) -> Vec<InstanceId> {
    if engine.tables.options.absent_attribute_is_bucket {
        return candidates;
    }
    let present = |instance: &InstanceId| bucket(engine, *instance, field) != Bucket::Value(None);
    if candidates.iter().any(present) { candidates.into_iter().filter(present).collect() } else { candidates }
}

/// U-1. Candidates are in input order.
fn break_tie(engine: &ReferenceEngine<'_>, id: RequestId, candidates: &[InstanceId]) -> Option<InstanceId> {
    match engine.tables.options.tie_break {
        TieBreak::Order => candidates.first().copied(),
        TieBreak::Random if candidates.len() > 1 => Some(draw(engine, id, candidates)),
        TieBreak::Random => candidates.first().copied(),
        TieBreak::FewestTasks => candidates.iter().copied().min_by_key(|&instance| engine.task_count(instance)),
        TieBreak::MostRemaining => {
            candidates.iter().copied().min_by_key(|&instance| std::cmp::Reverse(least_fraction(engine, instance)))
        }
    }
}

/// A uniform one of some candidates, by the draws of the request's next decision.
fn draw(engine: &ReferenceEngine<'_>, id: RequestId, candidates: &[InstanceId]) -> InstanceId {
    let candidates: Vec<u32> = candidates.iter().map(|candidate| candidate.0).collect();
    let decision = engine.streams.decision(id.index());
    InstanceId(decision.among(&candidates, engine.instance_count()))
}

fn least_fraction(engine: &ReferenceEngine<'_>, instance: InstanceId) -> Fraction {
    let (remaining, class) = (engine.left(instance), engine.instance_class(instance));
    let fraction = |resource| {
        let (left, registered) = amounts(remaining, class, resource);
        Fraction::new(left, registered)
    };
    fraction(PackedResource::Cpu).min(fraction(PackedResource::Memory))
}
