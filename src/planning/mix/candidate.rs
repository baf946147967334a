//! A mix of types: where it comes from, how it stands over the zones, and what a packing of it looks like.

use std::collections::BTreeMap;

use super::Totals;
use crate::analysis::bounds::patterns::{self, Limits, Offer, Solved};
use crate::engine::Engine as _;
use crate::model::{ClassId, Fleet, InstanceId, Requests, ZoneId};
use crate::planning::compact::{Answered, Compaction, type_name};
use crate::planning::ground::standing::{Owner, Standing};
use crate::planning::ground::{Goal, Load, Market, Packing, Stock, Tolerance};
use crate::planning::watch::Watch;

/// At most so many neighbours of the proposal are candidates.
const NEIGHBOURS: usize = 2;

/// A mix of types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its types.
    pub name: String,
    /// Where it comes from.
    pub origin: &'static str,
    /// For each type of the market in it, how many of the whole.
    pub shares: Vec<(usize, u64)>,
    /// What tasks on these types alone cost at least, whatever the ratio.
    pub bound: u128,
    /// The classes of each type, one a zone at most.
    classes: Vec<(u64, Vec<ClassId>)>,
}

/// A candidate and what came of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The candidate.
    pub candidate: Candidate,
    /// Its compaction; `None` where it could not be the cheapest, or was not come to.
    pub compaction: Option<Compaction>,
    /// Of the answer's packing.
    pub figures: Option<Figures>,
}

impl Measured {
    /// What it costs an hour.
    #[must_use]
    pub fn price(&self) -> Option<u128> {
        self.compaction.as_ref()?.answer.as_ref()?.price
    }
}

/// How a packing lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// What the instances registered.
    pub offered: Totals,
    /// The largest share of a service of two tasks and more on one instance: how many of how many.
    pub blast: (u64, u64),
    /// M11, the worse of cpu and memory: what is free where a task drawn from the load does not fit, of all that is free.
    pub fragmentation: (u128, u128),
}

/// The proposal, its neighbours, and every single type that holds all kinds.
pub(super) fn all(offered: &Load, market: &Market, any: Option<&Solved>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let every: Vec<usize> = (0..market.types.len()).collect();
    let mut add = |origin, fleet: &[u64], allowed: &[usize], bound: u128| {
        let one = candidate(offered, market, origin, fleet, allowed, bound);
        if !candidates.iter().any(|known: &Candidate| known.shares == one.shares) {
            candidates.push(one);
        }
    };
    if let Some((fleet, bound)) = any.and_then(|any| Some((any.fleet.as_ref()?, any.bound()?))) {
        add("bound's best", fleet, &every, bound);
        let mut neighbours: Vec<(u128, Vec<usize>, Vec<u64>, u128)> = Vec::new();
        for out in every.iter().copied().filter(|&at| fleet[at] > 0) {
            let allowed: Vec<usize> = every.iter().copied().filter(|&at| at != out).collect();
            if let Some((solved, proved)) = solve(market, &allowed).and_then(|one| Some((one.clone(), one.bound()?))) {
                neighbours.extend(solved.fleet.map(|fleet| (solved.cost, allowed, fleet, proved)));
            }
        }
        neighbours.sort();
        for (_, allowed, fleet, proved) in neighbours.into_iter().take(NEIGHBOURS) {
            add("neighbour", &fleet, &allowed, proved);
        }
    }
    for at in every {
        if let Some((fleet, bound)) = solve(market, &[at]).and_then(|one| Some((one.fleet.clone()?, one.bound()?))) {
            add("one type", &fleet, &[at], bound);
        }
    }
    candidates
}

/// B8 on some of the types.
fn solve(market: &Market, allowed: &[usize]) -> Option<Solved> {
    let all = market.offers(Goal::Price, Stock::Endless)?;
    let offers: Vec<Offer> = allowed.iter().map(|&at| all[at].clone()).collect();
    let mut kinds = market.kinds.clone();
    kinds.iter_mut().for_each(|kind| kind.most = allowed.iter().map(|&at| kind.most[at]).collect());
    Some(patterns::solve(&kinds, &offers, Limits::default()))
}

fn candidate(
    offered: &Load,
    market: &Market,
    origin: &'static str,
    fleet: &[u64],
    allowed: &[usize],
    bound: u128,
) -> Candidate {
    let known = &offered.scenario.fleet;
    let shares: Vec<(usize, u64)> =
        allowed.iter().zip(fleet).filter(|&(_, &count)| count > 0).map(|(&at, &count)| (at, count)).collect();
    let name = |&(at, _): &(usize, u64)| type_name(&known.classes[market.types[at].class.index()]);
    let mut names: Vec<String> = shares.iter().map(name).collect();
    names.dedup();
    let classes = shares.iter().map(|&(at, count)| (count, by_zone(known, market, at))).collect();
    Candidate { name: names.join(" + "), origin, shares, bound, classes }
}

/// The classes that are of a type, the first of each zone.
fn by_zone(fleet: &Fleet, market: &Market, at: usize) -> Vec<ClassId> {
    let mut zones: Vec<ZoneId> = Vec::new();
    let mut classes = Vec::new();
    for (index, class) in fleet.classes.iter().enumerate().filter(|(index, _)| market.type_of[*index] == at) {
        if !zones.contains(&class.zone) {
            zones.push(class.zone);
            classes.push(ClassId::from_index(index));
        }
    }
    classes
}

impl Candidate {
    /// The load on a fleet of this ratio, in equal numbers per zone: the whole of it once in each zone.
    pub(super) fn dealt(&self, offered: &Load) -> Load {
        let mut instances = Vec::new();
        for (count, classes) in &self.classes {
            for _ in 0..*count {
                instances.extend(classes);
            }
        }
        offered.on(instances)
    }
}

/// Packs the answer once more and looks at it; `None` if interrupted, and of a load that changes.
pub(super) fn figures(load: &Load, requests: &Requests, answer: &Answered, watch: &Watch) -> Option<Figures> {
    let mut packing = Packing::new(load, requests, answer.seed, Tolerance::NONE);
    while packing.most() < answer.size {
        packing.append_clone();
    }
    let (packed, _) = packing.packed(answer.size, &watch.control).ok()?;
    let standing = Standing::of_packed(&packing, &packed);
    let classes = &load.scenario.fleet.classes;
    let sum = |amount: fn(&crate::model::InstanceClass) -> u32| -> u64 {
        packing.prefix(answer.size).iter().map(|class| u64::from(amount(&classes[class.index()]))).sum()
    };
    Some(Figures {
        offered: Totals { memory: sum(|class| class.memory.0), cpu: sum(|class| class.cpu.0) },
        blast: blast(load, &standing),
        fragmentation: fragmentation(requests, &standing),
    })
}

fn blast(load: &Load, standing: &Standing<'_>) -> (u64, u64) {
    let all = standing.of_services(load.scenario.services.len());
    let mut counts: BTreeMap<(usize, InstanceId), u64> = BTreeMap::new();
    for task in &standing.tasks {
        if let Owner::Service(service, _) = task.owner {
            *counts.entry((service, task.instance)).or_default() += 1;
        }
    }
    let of_several = counts.into_iter().filter(|((service, _), _)| all[*service] >= 2);
    let share = of_several.map(|((service, _), count)| (count, all[service]));
    share.max_by(|a, b| (u128::from(a.0) * u128::from(b.1)).cmp(&(u128::from(b.0) * u128::from(a.1)))).unwrap_or((0, 0))
}

/// M11 by cpu and memory of the tasks that are there, the worse of both.
fn fragmentation(requests: &Requests, standing: &Standing<'_>) -> (u128, u128) {
    let mut mix: BTreeMap<[u32; 2], u128> = BTreeMap::new();
    for task in standing.tasks.iter().filter(|task| !matches!(task.owner, Owner::Daemon(_))) {
        let demand = &requests[task.request].demand;
        *mix.entry([demand.cpu.0, demand.memory.0]).or_default() += 1;
    }
    let mut holes: BTreeMap<[u32; 2], u128> = BTreeMap::new();
    for instance in standing.active() {
        let left = standing.engine.remaining(instance);
        *holes.entry([left.cpu.0, left.memory.0]).or_default() += 1;
    }
    let of = |r: usize| {
        let weight: u128 = mix.iter().filter(|(shape, _)| shape[r] > 0).map(|(_, weight)| weight).sum();
        let mut parts = (0_u128, 0_u128);
        for (hole, count) in &holes {
            let misses = mix.iter().filter(|(shape, _)| shape[r] > 0 && (shape[0] > hole[0] || shape[1] > hole[1]));
            parts.0 += u128::from(hole[r]) * count * misses.map(|(_, weight)| weight).sum::<u128>();
            parts.1 += u128::from(hole[r]) * count * weight;
        }
        parts
    };
    let (cpu, memory) = (of(0), of(1));
    if cpu.0 * memory.1 > memory.0 * cpu.1 || memory.1 == 0 { cpu } else { memory }
}
