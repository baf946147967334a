//! Which of the candidates are right: lexicographic narrowing, and the tie-break.

use std::cmp::Reverse;

use super::{Cluster, Status};
use crate::laws::world::Kind;
use crate::model::{PackedResource, Rule, ScaleInRule, SpreadField, TieBreak};

/// The candidates that a rule keeps. `random` keeps all, as each could be the one (U-2).
#[must_use]
pub fn after_rule(cluster: &Cluster<'_>, kind: &Kind, rule: &Rule, candidates: &[usize]) -> Vec<usize> {
    match rule {
        Rule::Binpack(resource) => keep_least(candidates, |instance| {
            let left = cluster.left(instance);
            match resource {
                PackedResource::Cpu => left.cpu,
                PackedResource::Memory => left.memory,
            }
        }),
        Rule::Spread(field) => keep_least(candidates, |instance| in_bucket(cluster, kind, field, instance)),
        Rule::Random | Rule::Custom(_) => candidates.to_vec(),
    }
}

/// The candidates that are left after so many rules of the chain; `random` and what follows it narrow no further.
#[must_use]
pub fn best(cluster: &Cluster<'_>, kind: &Kind, rules: usize) -> Vec<usize> {
    let chain = kind.strategy.iter().take(rules).take_while(|rule| **rule != Rule::Random);
    chain.fold(cluster.candidates(kind), |kept, rule| after_rule(cluster, kind, rule, &kept))
}

/// The tasks that a service may give up, all of them alike: the mirror image of placement. Those on draining
/// instances go first; then the fullest buckets are kept, and the instances that have most left after the stop. A rule that
/// draws, as `random` does, takes any of those that are kept.
#[must_use]
pub fn worst(cluster: &Cluster<'_>, kind: &Kind, rule: ScaleInRule) -> Vec<u32> {
    let tasks = cluster.of_service(kind);
    let on = |task: &u32| cluster.tasks[task].instance;
    let drains = |task: &u32| cluster.statuses[on(task)] == Status::Draining;
    let some_drain = tasks.iter().any(drains);
    let mut hosts: Vec<usize> = tasks.iter().filter(|task| drains(task) == some_drain).map(on).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let default = [Rule::spread_zones(), Rule::Spread(SpreadField::InstanceId)];
    let chain = if kind.strategy.is_empty() { &default[..] } else { &kind.strategy };
    for rule_of_chain in chain {
        match rule_of_chain {
            Rule::Random | Rule::Custom(_) => break,
            Rule::Spread(field) => {
                hosts = keep_least(&hosts, |host| Reverse(in_bucket(cluster, kind, field, host)));
                if matches!(field, SpreadField::Attribute(_)) && rule == ScaleInRule::RandomInBucket {
                    break;
                }
            }
            // Tasks that are alike give back the same, so the stop changes no order.
            Rule::Binpack(PackedResource::Cpu) => hosts = keep_least(&hosts, |host| Reverse(cluster.left(host).cpu)),
            Rule::Binpack(PackedResource::Memory) => {
                hosts = keep_least(&hosts, |host| Reverse(cluster.left(host).memory));
            }
        }
    }
    tasks.into_iter().filter(|task| hosts.contains(&on(task))).collect()
}

/// The one that the tie-break takes; `None` where any may be taken, or none is there.
#[must_use]
pub fn tied(cluster: &Cluster<'_>, kind: &Kind, tie_break: TieBreak, kept: &[usize]) -> Option<usize> {
    if kind.draws() {
        return None;
    }
    match tie_break {
        TieBreak::Order => kept.first().copied(),
        TieBreak::Random => None,
        TieBreak::FewestTasks => kept.iter().copied().min_by_key(|&instance| cluster.on(instance).count()),
        TieBreak::MostRemaining => kept.iter().copied().reduce(|best, other| {
            if least_share(cluster, other).is_more_than(least_share(cluster, best)) { other } else { best }
        }),
    }
}

/// Counted tasks of the group in the bucket of an instance, over the whole cluster and not only the candidates.
#[must_use]
pub fn in_bucket(cluster: &Cluster<'_>, kind: &Kind, field: &SpreadField, instance: usize) -> u32 {
    let is_counted = |other: usize| match cluster.statuses[other] {
        Status::Active => true,
        Status::Draining => cluster.counts_draining,
        Status::Absent => false,
    };
    let shares = |other: usize| match field {
        SpreadField::InstanceId => other == instance,
        SpreadField::Attribute(name) => {
            let described = &cluster.history.instances;
            described[other].attribute(name) == described[instance].attribute(name)
        }
    };
    let counted = cluster.order.iter().copied().filter(|&other| is_counted(other) && shares(other));
    counted.map(|other| cluster.of_group(other, &kind.group)).sum()
}

fn keep_least<S: Ord + Copy>(candidates: &[usize], score: impl Fn(usize) -> S) -> Vec<usize> {
    let scores: Vec<S> = candidates.iter().map(|&candidate| score(candidate)).collect();
    let Some(least) = scores.iter().min() else { return Vec::new() };
    candidates.iter().zip(&scores).filter(|(_, score)| *score == least).map(|(&candidate, _)| candidate).collect()
}

/// A share of what is registered, as a fraction.
#[derive(Clone, Copy)]
struct Share {
    left: i64,
    of: i64,
}

impl Share {
    fn is_more_than(self, other: Self) -> bool {
        i128::from(self.left) * i128::from(other.of) > i128::from(other.left) * i128::from(self.of)
    }
}

fn least_share(cluster: &Cluster<'_>, instance: usize) -> Share {
    let (left, registered) = (cluster.left(instance), &cluster.history.instances[instance]);
    let share = |left: i64, of: u32| Share { left, of: i64::from(of.max(1)) };
    let (cpu, memory) = (share(left.cpu, registered.cpu), share(left.memory, registered.memory));
    if cpu.is_more_than(memory) { memory } else { cpu }
}
