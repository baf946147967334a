//! `plan compact`: the fewest instances of a fleet's mix on which a load fits, with a stated confidence (3.2).
//!
//! For each seed the instances stand in a drawn order that keeps the mix, and the load is packed from scratch on prefixes
//! of it by the chain that will really place. Of the sizes of all seeds a high one is the answer: an order that nobody
//! chose should fit too.

mod answer;
pub mod search;
mod why;

use std::collections::BTreeMap;

use rayon::prelude::*;
use search::Shape;

use super::certificate::Certificate;
use super::ground::{Goal, Interrupted, LeftOut, Load, Market, Packing, Stock, Tolerance};
use super::watch::{Between, Watch};
use crate::analysis::bounds::patterns::{Limits, Solved};
use crate::model::{
    ClassId, Fleet, InstanceClass, PackedResource, Policy, RequestId, Requests, Rule, TaskCount, TieBreak,
    ZONE_ATTRIBUTE,
};

pub use answer::answer;
pub(super) use why::{name_of, why_homeless, why_left_out};

/// At most so many clones of a fleet are appended where it is too small.
const MOST_CLONES: usize = 4;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What may be left out.
    pub tolerance: Tolerance,
    /// How sure the answer must be.
    pub confidence: Confidence,
}

/// How many orders are tried, and which of their sizes is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The 90th percentile of 11 orders, of 20 or 29 where they differ much.
    P90,
    /// The largest of so many that at least 90 % of all orders fit, with this certainty in percent.
    Sure(u32),
}

impl Confidence {
    /// The numbers of seeds at which the spread is looked at.
    #[must_use]
    pub fn stages(self) -> Vec<u32> {
        match self {
            Self::P90 => vec![11, 20, 29],
            Self::Sure(percent) => vec![trials_for(percent)],
        }
    }

    /// The size among sorted ones that is the answer.
    #[must_use]
    pub fn of(self, sorted: &[usize]) -> Option<usize> {
        match self {
            Self::P90 => sorted.get((sorted.len() * 9).div_ceil(10).saturating_sub(1)).copied(),
            Self::Sure(_) => sorted.last().copied(),
        }
    }

    /// What may be said of an answer from so many orders.
    #[must_use]
    pub fn statement(self, trials: usize) -> String {
        match self {
            _ if trials == 0 => "no order was packed".to_owned(),
            Self::P90 => {
                let rank = (trials * 9).div_ceil(10);
                let share = rank * 100 / (trials + 1);
                format!("90th percentile of {trials} orders: a further order fits with a probability of {share} %")
            }
            Self::Sure(percent) => {
                format!("largest of {trials} orders: at least 90 % of all orders fit, {percent} % sure")
            }
        }
    }
}

/// The fewest trials of which the largest is above 90 % of all with so many percent certainty: `1 - 0.9^n`.
fn trials_for(percent: u32) -> u32 {
    // In integers: 9^n * 100 <= (100 - percent) * 10^n; a step of a hundredth cannot run out of 256 trials.
    let (mut below, mut trials) = (1.0_f64, 0);
    while (1.0 - below) * 100.0 < f64::from(percent) && trials < 256 {
        below *= 0.9;
        trials += 1;
    }
    trials
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The seed of the order and of the load.
    pub seed: u32,
    /// The smallest size with every tried larger one; `None` if the load does not fit on the fleet and its clones.
    pub size: Option<usize>,
    /// The price an hour of those instances, where all are known.
    pub price: Option<u128>,
    /// Smaller sizes that work.
    pub smaller_work: Vec<usize>,
    /// Larger sizes than the first boundary that fail.
    pub larger_fail: Vec<usize>,
    /// Packings made.
    pub packings: u64,
}

/// The answer for one policy.
#[derive(Clone, Debug)]
pub struct Compaction {
    /// The policy.
    pub policy: String,
    /// Instances of the fleet as it is.
    pub fleet_size: usize,
    /// What that costs, where every price is known.
    pub fleet_price: Option<u128>,
    /// Every order, by seed.
    pub trials: Vec<Trial>,
    /// How sure.
    pub confidence: Confidence,
    /// The answer, and the trial that it is of.
    pub answer: Option<Answered>,
    /// The bound on the number of instances, of any mix of the fleet's types.
    pub count: Option<Solved>,
    /// The bound on the price, where every price is known.
    pub price: Option<Solved>,
    /// What holds the load at least if what spreads over zones first is kept even over them; where something does.
    pub even: Option<Even>,
    /// No packing was needed to find it: the size is the peak of one run, whatever the order (P56).
    pub is_exact: bool,
    /// A kind that fits on no type of the fleet.
    pub homeless: Option<RequestId>,
    /// Why the load does not fit on the fleet and its clones.
    pub unplaced: BTreeMap<RequestId, LeftOut>,
    /// The person pressed Ctrl-C: orders are missing.
    pub is_interrupted: bool,
    /// Instance types of the fleet whose price is not known.
    pub unpriced: Vec<String>,
    /// What proves the bounds.
    pub certificates: Vec<Certificate>,
}

/// What any fleet needs at least that keeps zones even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Even {
    /// Instances.
    pub count: Option<u128>,
    /// Their price an hour, where every price is known.
    pub price: Option<u128>,
}

impl Compaction {
    /// What can be had: the fleet, and its clones unless every order did without.
    fn stock(&self) -> Stock {
        let is_enough = |trial: &Trial| trial.size.is_some_and(|size| size <= self.fleet_size);
        let has_clones = self.trials.is_empty() || !self.trials.iter().all(is_enough);
        Stock::Fleet { clones: if has_clones { MOST_CLONES as u64 } else { 0 } }
    }

    /// Bounds the number of instances and their price.
    fn bound_by(&mut self, market: &Market) {
        let stock = self.stock();
        self.certificates.clear();
        let bound = |goal: Goal| market.solve(goal, stock, Limits::default());
        (self.count, self.price) = rayon::join(|| bound(Goal::Count), || bound(Goal::Price));
        for (goal, solved) in [(Goal::Count, &self.count), (Goal::Price, &self.price)] {
            let certificate =
                solved.as_ref().and_then(|solved| Certificate::of(&self.policy, market, goal, stock, solved));
            self.certificates.extend(certificate);
        }
    }
}

impl Compaction {
    /// Bounds what keeps zones even. It takes longer than the other bounds, so that it is asked for where it is told.
    pub(in crate::planning) fn keep_even(&mut self, load: &Load, requests: &Requests, watch: &Watch) {
        let seed = self.answer.as_ref().map_or(1, |answer| answer.seed);
        let mut packing = Packing::new(load, requests, seed, Tolerance::NONE);
        let has_bound = self.count.as_ref().is_some_and(|solved| solved.proof.is_some());
        let peak = if has_bound { peak(load, &mut packing, watch) } else { None };
        let Some(peak) = peak else { return };
        let Some(market) = Market::even(load, requests, &load.scenario.fleet, &peak) else { return };
        let stock = self.stock();
        let bound = |goal: Goal| market.solve(goal, stock, Limits::default())?.bound();
        let (count, price) = rayon::join(|| bound(Goal::Count), || bound(Goal::Price));
        self.even = Some(Even { count, price });
    }
}

/// The size that is the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Instances.
    pub size: usize,
    /// Their price an hour, where known.
    pub price: Option<u128>,
    /// A seed whose order has that size.
    pub seed: u32,
    /// What they are: zone, type, how many.
    pub make: Vec<(String, String, usize)>,
}

/// Compacts a load under one policy.
#[must_use]
pub fn compact(load: &Load, policy: &Policy, question: Question, watch: &Watch) -> Compaction {
    let requests = Requests::compile(&load.scenario, policy);
    let mut compaction = compact_requests(load, policy, &requests, question, watch);
    compaction.keep_even(load, &requests, watch);
    compaction
}

pub(in crate::planning) fn compact_requests(
    load: &Load,
    policy: &Policy,
    requests: &Requests,
    question: Question,
    watch: &Watch,
) -> Compaction {
    watch.begin(&format!("compacting under {}", policy.name));
    let fleet = &load.scenario.fleet;
    let mut compaction = Compaction {
        policy: policy.name.clone(),
        fleet_size: fleet.instances.len(),
        fleet_price: price_of(fleet, &fleet.instances),
        trials: Vec::new(),
        confidence: question.confidence,
        answer: None,
        count: None,
        price: None,
        even: None,
        is_exact: false,
        homeless: None,
        unplaced: BTreeMap::new(),
        is_interrupted: false,
        unpriced: unpriced(fleet),
        certificates: Vec::new(),
    };
    let mut first = Packing::new(load, requests, 1, question.tolerance);
    let Some(peak) = peak(load, &mut first, watch) else {
        compaction.is_interrupted = true;
        return compaction;
    };
    let market = Market::of(load, requests, fleet, &peak);
    compaction.homeless = market.homeless();
    if compaction.homeless.is_some() && question.tolerance.epsilon == 0 {
        return compaction;
    }
    compaction.bound_by(&market);
    let proved = compaction.count.as_ref().and_then(Solved::bound);
    // What is proved of the load of one seed says nothing of another's.
    let holds_for_all = question.tolerance.epsilon == 0 && !load.scenario.load_draws();
    let bound = proved.filter(|_| holds_for_all).unwrap_or(0);
    let bound = usize::try_from(bound).unwrap_or(usize::MAX);
    let asked = Asked {
        load,
        requests,
        question,
        watch,
        ruled_out: bound.saturating_sub(1),
        is_exact: is_exact(load, requests),
    };
    compaction.is_exact = asked.is_exact && question.tolerance.epsilon == 0;
    asked.all_stages(&mut compaction);
    settle(load, requests, question, &mut compaction, watch);
    let seed = compaction.answer.as_ref().map_or(1, |answer| answer.seed);
    if seed != 1 && load.scenario.load_draws() {
        bound_of_answer(load, requests, question, &mut compaction, watch);
        return compaction;
    }
    if market.types.len() > 1 && compaction.stock() == (Stock::Fleet { clones: 0 }) {
        // No clones were needed, so that there are fewer instances than the bound took for granted.
        compaction.bound_by(&market);
    }
    compaction
}

/// The load of each seed is another one: the bound beside the answer is that of its seed.
fn bound_of_answer(load: &Load, requests: &Requests, question: Question, compaction: &mut Compaction, watch: &Watch) {
    let Some(seed) = compaction.answer.as_ref().map(|answer| answer.seed) else { return };
    let mut packing = Packing::new(load, requests, seed, question.tolerance);
    let Some(peak) = peak(load, &mut packing, watch) else {
        (compaction.count, compaction.price) = (None, None);
        return;
    };
    compaction.bound_by(&Market::of(load, requests, &load.scenario.fleet, &peak));
}

/// The tasks of every kind at the moment of most demand, as far as they are known beforehand; `None` if interrupted.
fn peak(load: &Load, packing: &mut Packing<'_>, watch: &Watch) -> Option<Vec<TaskCount>> {
    if load.is_still() {
        return Some(packing.counts());
    }
    while packing.most() < packing_limit(load) {
        let (packed, is_fit) = packing.packed(packing.most(), &watch.control).ok()?;
        if is_fit || packing.most() + load.scenario.fleet.instances.len() > packing_limit(load) {
            return Some(packed.peak);
        }
        packing.append_clone();
    }
    let (packed, _) = packing.packed(packing.most(), &watch.control).ok()?;
    Some(packed.peak)
}

/// The tasks of every kind when they take most together; `None` if interrupted.
pub(super) fn peak_of(load: &Load, policy: &Policy, watch: &Watch) -> Option<Vec<TaskCount>> {
    let requests = Requests::compile(&load.scenario, policy);
    peak(load, &mut Packing::new(load, &requests, 1, Tolerance::NONE), watch)
}

/// Instances with all clones.
fn packing_limit(load: &Load) -> usize {
    load.scenario.fleet.instances.len() * (MOST_CLONES + 1)
}

struct Asked<'a> {
    load: &'a Load,
    requests: &'a Requests,
    question: Question,
    watch: &'a Watch,
    ruled_out: usize,
    is_exact: bool,
}

impl Asked<'_> {
    /// Orders until they differ little, or no further stage is left.
    fn all_stages(&self, compaction: &mut Compaction) {
        for stage in self.question.confidence.stages() {
            let from = u32::try_from(compaction.trials.len()).expect("few seeds") + 1;
            let seeds: Vec<u32> = (from..=stage).collect();
            let trials: Vec<Option<Trial>> = seeds.into_par_iter().map(|seed| self.trial(seed).ok()).collect();
            compaction.is_interrupted |= trials.iter().any(Option::is_none);
            compaction.trials.extend(trials.into_iter().flatten());
            let fits = compaction.trials.iter().all(|trial| trial.size.is_some());
            if compaction.is_interrupted || !fits || is_close(&compaction.trials) {
                return;
            }
        }
    }

    fn trial(&self, seed: u32) -> Result<Trial, Interrupted> {
        let mut packing = Packing::new(self.load, self.requests, seed, self.question.tolerance);
        let before = &mut 0_u64;
        let control = &self.watch.control;
        let mut trial =
            Trial { seed, size: None, price: None, smaller_work: Vec::new(), larger_fail: Vec::new(), packings: 0 };
        let Some(peak) = self.enough(&mut packing, seed, before)? else {
            trial.packings = *before;
            return Ok(trial);
        };
        let works = packing.most();
        let ruled_out = self.ruled_out.max(packing.ruled_out()).min(works.saturating_sub(1));
        let mut bracket = Between { fails: ruled_out, works };
        if peak == 0 || (self.is_exact && self.question.tolerance.epsilon == 0) {
            trial.size = Some(peak);
        } else {
            let fits = |size: usize| {
                let fits = packing.fits(size, control).ok()?;
                *before += 1;
                if fits {
                    bracket.works = bracket.works.min(size)
                } else if size < bracket.works {
                    bracket.fails = bracket.fails.max(size)
                }
                self.watch.tell(seed, bracket);
                Some(fits)
            };
            let found = search::smallest(search::Bracket { ruled_out, works, most: works }, Shape::Unknown, fits)
                .ok_or(Interrupted)?;
            trial.size = (found.size <= works).then_some(found.size);
            (trial.smaller_work, trial.larger_fail) = (found.smaller_work, found.larger_fail);
        }
        trial.packings = *before;
        trial.price = trial.size.and_then(|size| price_of(&self.load.scenario.fleet, packing.prefix(size)));
        Ok(trial)
    }

    /// Appends clones until the load fits; answers the instances in use then.
    fn enough(&self, packing: &mut Packing<'_>, seed: u32, packings: &mut u64) -> Result<Option<usize>, Interrupted> {
        for clone in 0..=MOST_CLONES {
            let (packed, is_fit) = packing.packed(packing.most(), &self.watch.control)?;
            *packings += 1;
            self.watch.tell(seed, Between { fails: self.ruled_out, works: packing.most() });
            if is_fit {
                return Ok(Some(packed.in_use));
            }
            if clone < MOST_CLONES {
                packing.append_clone();
            }
        }
        Ok(None)
    }
}

/// The largest and the smallest differ by at most 5 % of the median.
fn is_close(trials: &[Trial]) -> bool {
    let sizes = sorted(trials);
    let (Some(&least), Some(&most)) = (sizes.first(), sizes.last()) else { return true };
    let median = sizes[(sizes.len() - 1) / 2];
    (most - least) * 20 <= median
}

fn sorted(trials: &[Trial]) -> Vec<usize> {
    let mut sizes: Vec<usize> = trials.iter().filter_map(|trial| trial.size).collect();
    sizes.sort_unstable();
    sizes
}

/// The answer of all trials, or why there is none.
fn settle(load: &Load, requests: &Requests, question: Question, compaction: &mut Compaction, watch: &Watch) {
    let sizes = sorted(&compaction.trials);
    let whole = sizes.len() == compaction.trials.len();
    let size = question.confidence.of(&sizes).filter(|_| whole);
    let trial = compaction.trials.iter().find(|trial| trial.size == size && size.is_some());
    if let Some(trial) = trial {
        let mut packing = Packing::new(load, requests, trial.seed, question.tolerance);
        let size = trial.size.expect("it was found by its size");
        while packing.most() < size {
            packing.append_clone();
        }
        let make = make(&load.scenario.fleet, packing.prefix(size));
        compaction.answer = Some(Answered { size, price: trial.price, seed: trial.seed, make });
    } else if let Some(trial) = compaction.trials.iter().find(|trial| trial.size.is_none()) {
        let mut packing = Packing::new(load, requests, trial.seed, question.tolerance);
        (0..MOST_CLONES).for_each(|_| packing.append_clone());
        if let Ok((packed, _)) = packing.packed(packing.most(), &watch.control) {
            compaction.unplaced = packed.unplaced;
        }
    }
}

/// What some instances cost an hour; `None` if a price is unknown.
pub(in crate::planning) fn price_of(fleet: &Fleet, classes: &[ClassId]) -> Option<u128> {
    classes.iter().map(|class| Some(u128::from(fleet.classes[class.index()].price?.0))).sum()
}

fn unpriced(fleet: &Fleet) -> Vec<String> {
    let mut names: Vec<String> =
        fleet.classes.iter().filter(|class| class.price.is_none()).map(|class| type_name(class).to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

/// The type of a class, in a word.
pub(in crate::planning) fn type_name(class: &InstanceClass) -> String {
    match &class.instance_type {
        Some(name) => name.clone(),
        None => format!("{} CPU units, {} MiB", class.cpu.0, class.memory.0),
    }
}

/// What some instances are: zone, type, how many.
fn make(fleet: &Fleet, classes: &[ClassId]) -> Vec<(String, String, usize)> {
    let mut make = std::collections::BTreeMap::new();
    for class in classes {
        let class = &fleet.classes[class.index()];
        *make.entry((fleet.zones[class.zone.index()].clone(), type_name(class))).or_insert(0) += 1;
    }
    make.into_iter().map(|((zone, name), count)| (zone, name, count)).collect()
}

/// Whether the size is the peak of one unlimited run, whatever the order (P56): equal instances, one binpack rule by a
/// resource that every task takes, the order as tie-break, and no other filter.
fn is_exact(load: &Load, requests: &Requests) -> bool {
    let scenario = &load.scenario;
    let is_equal = |pair: &[InstanceClass]| {
        let (a, b) = (&pair[0], &pair[1]);
        (a.cpu, a.memory, a.agent_connected) == (b.cpu, b.memory, b.agent_connected)
    };
    let is_plain = |request: RequestId| {
        let kind = &requests[request];
        let packs = match kind.strategy.0[..] {
            [Rule::Binpack(PackedResource::Cpu)] => kind.demand.cpu.0 > 0,
            [Rule::Binpack(PackedResource::Memory)] => kind.demand.memory.0 > 0,
            _ => false,
        };
        let is_free = kind.member_of.is_empty() && kind.requires_attributes.is_empty() && !kind.distinct_instance;
        let by_room = kind.demand.ports.is_empty() && kind.demand.eni_slots == 0 && kind.demand.gpus.is_none();
        packs && is_free && by_room && kind.only == crate::model::Only::default()
    };
    scenario.options.tie_break == TieBreak::Order
        && scenario.fleet.classes.windows(2).all(is_equal)
        && load.daemons(requests).is_empty()
        && requests.placed().all(is_plain)
        && scenario.services.iter().all(|service| !service.settings.rebalancing)
        && scenario.fleet.classes.iter().all(|class| class.attributes.contains_key(ZONE_ATTRIBUTE) || class.zone.0 == 0)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn p90_is_the_nearest_rank_and_sure_the_largest() {
        let sizes: Vec<usize> = (1..=29).collect();
        assert_eq!([11, 20, 29].map(|n| Confidence::P90.of(&sizes[..n])), [Some(10), Some(18), Some(27)]);
        assert_eq!(Confidence::Sure(95).of(&sizes), Some(29));
        assert_eq!([90, 95, 99].map(|percent| Confidence::Sure(percent).stages()), [[22], [29], [44]]);
        assert_eq!(Confidence::P90.of(&[]), None);
        assert!(Confidence::P90.statement(11).contains("83 %"));
        assert!(Confidence::Sure(95).statement(29).contains("95 % sure"));
    }

    #[test]
    fn orders_that_differ_by_more_than_a_twentieth_need_more() {
        let trial = |size| Trial {
            seed: 1,
            size: Some(size),
            price: None,
            smaller_work: Vec::new(),
            larger_fail: Vec::new(),
            packings: 0,
        };
        let check = |sizes: [usize; 3], expected| assert_eq!(is_close(&sizes.map(trial)), expected, "{sizes:?}");
        check([100, 100, 105], true);
        check([100, 100, 106], false);
        check([3, 3, 4], false);
        check([3, 3, 3], true);
    }
}
