//! `plan mix`: the cheapest fleet over instance types that may be bought (3.5).
//!
//! The pattern linear programme bounds what any mix costs and proposes one; its neighbours, and every single type that
//! holds all tasks, are candidates too. Each is dealt over the zones in its ratio and compacted by the chain that will
//! really place. A candidate whose own bound is no less than what another was found to cost is not compacted.

mod answer;
mod candidate;
#[cfg(test)]
mod tests;

pub use answer::answer;
pub use candidate::{Candidate, Measured};

use super::compact::{Compaction, Confidence, Question as CompactQuestion, compact_requests, peak_of};
use super::ground::{Goal, Load, Market, Stock, Tolerance};
use super::watch::Watch;
use crate::analysis::bounds::patterns::{Limits, Solved};
use crate::model::{ClassId, InstanceClass, Policy, RequestId, Requests, TaskCount};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// What spot instances would save.
    pub spot: Option<Spot>,
    /// At most so many candidates are compacted.
    pub most: usize,
}

/// A part of the instances is spot; both in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Of the price.
    pub share: u32,
    /// On that part.
    pub discount: u32,
}

/// Totals of memory and cpu, whose ratio is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// MiB.
    pub memory: u64,
    /// CPU units.
    pub cpu: u64,
}

/// The answer for one policy.
#[derive(Clone, Debug)]
pub struct Mix {
    /// The policy.
    pub policy: String,
    /// Candidates, the cheapest first; those that were not compacted last, by their bound.
    pub candidates: Vec<Measured>,
    /// What any mix of the types costs at least, and the best known.
    pub any: Option<Solved>,
    /// Types that cannot hold every kind of task, with one that they cannot: they need a partner.
    pub vetoed: Vec<(String, RequestId)>,
    /// A kind that no type holds.
    pub homeless: Option<RequestId>,
    /// What the present fleet costs an hour, where known.
    pub present: Option<u128>,
    /// What tasks ask for.
    pub demanded: Totals,
    /// The person pressed Ctrl-C.
    pub is_interrupted: bool,
}

/// The load on a fleet of one instance of each type in each zone, as the market sees it.
#[must_use]
pub fn offered(load: &Load, classes: &[InstanceClass]) -> Load {
    let mut offered = load.clone();
    offered.scenario.fleet.classes = classes.to_vec();
    offered.on((0..classes.len()).map(ClassId::from_index).collect())
}

/// Looks for the cheapest mix under one policy. Every class has a price; `offered` is the load on all of them.
#[must_use]
pub fn mix(load: &Load, offered: &Load, policy: &Policy, question: Question, watch: &Watch) -> Mix {
    watch.begin(&format!("bounding the price under {}", policy.name));
    let requests = Requests::compile(&offered.scenario, policy);
    let mut mix = Mix {
        policy: policy.name.clone(),
        candidates: Vec::new(),
        any: None,
        vetoed: Vec::new(),
        homeless: None,
        present: super::compact::price_of(&load.scenario.fleet, &load.scenario.fleet.instances),
        demanded: Totals::default(),
        is_interrupted: false,
    };
    let Some(peak) = peak_of(load, policy, watch) else {
        mix.is_interrupted = true;
        return mix;
    };
    mix.demanded = demanded(&requests, &peak);
    let market = Market::of(offered, &requests, &offered.scenario.fleet, &peak);
    mix.homeless = market.homeless();
    if mix.homeless.is_some() {
        return mix;
    }
    mix.vetoed = vetoed(offered, &market);
    mix.any = market.solve(Goal::Price, Stock::Endless, Limits::default());
    let candidates = candidate::all(offered, &market, mix.any.as_ref());
    measure(offered, policy, candidates, question, &mut mix, watch);
    mix
}

/// Memory and cpu of all tasks together.
fn demanded(requests: &Requests, peak: &[TaskCount]) -> Totals {
    let sum = |amount: fn(&crate::model::Demand) -> u32| -> u64 {
        peak.iter().map(|of| u64::from(amount(&requests[of.request].demand)) * of.count).sum()
    };
    Totals { memory: sum(|demand| demand.memory.0), cpu: sum(|demand| demand.cpu.0) }
}

/// Types that are not for every kind.
fn vetoed(offered: &Load, market: &Market) -> Vec<(String, RequestId)> {
    let mut vetoed = Vec::new();
    for (at, one) in market.types.iter().enumerate() {
        if let Some(kind) = market.kinds.iter().position(|kind| kind.most[at] == 0) {
            let name = super::compact::type_name(&offered.scenario.fleet.classes[one.class.index()]);
            if !vetoed.iter().any(|(known, _)| *known == name) {
                vetoed.push((name, market.of_kind[kind]));
            }
        }
    }
    vetoed
}

/// Compacts candidates in the order of their bounds, as long as one could be cheaper than the cheapest so far.
fn measure(
    offered: &Load,
    policy: &Policy,
    mut candidates: Vec<Candidate>,
    question: Question,
    mix: &mut Mix,
    watch: &Watch,
) {
    candidates.sort_by_cached_key(|candidate| (candidate.bound, candidate.name.clone()));
    let mut cheapest: Option<u128> = None;
    let mut done = 0;
    for candidate in candidates {
        let is_hopeless = cheapest.is_some_and(|cheapest| candidate.bound >= cheapest);
        if is_hopeless || done >= question.most || mix.is_interrupted {
            mix.candidates.push(Measured { candidate, compaction: None, figures: None });
            continue;
        }
        done += 1;
        let on = candidate.dealt(offered);
        let requests = Requests::compile(&on.scenario, policy);
        let asking = CompactQuestion { tolerance: Tolerance::NONE, confidence: Confidence::P90 };
        let compaction: Compaction = compact_requests(&on, policy, &requests, asking, watch);
        mix.is_interrupted |= compaction.is_interrupted;
        let price = compaction.answer.as_ref().and_then(|answer| answer.price);
        cheapest = cheapest.into_iter().chain(price).min();
        let figures = compaction.answer.as_ref().and_then(|answer| candidate::figures(&on, &requests, answer, watch));
        mix.candidates.push(Measured { candidate, compaction: Some(compaction), figures });
    }
    let price = |one: &Measured| one.price().unwrap_or(u128::MAX);
    mix.candidates.sort_by_key(|one| (price(one), one.candidate.bound));
}
