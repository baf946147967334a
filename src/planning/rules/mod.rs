//! `plan rules`: what every rule of a scenario costs in instances and dollars (3.7).
//!
//! The load is compacted with all rules and without each of them, on the same seeds, orders and loads; differences are
//! paired. Beside them stands what is certain of any placement: the optimum with the rule less the optimum without it lies
//! between the bound of the one and the best known fleet of the other. One rule at a time, and all together: interactions
//! are told, not shared out.

mod answer;
mod list;
#[cfg(test)]
mod tests;

pub use answer::answer;
pub use list::{Rule, Subject, list};

use super::compact::{
    Compaction, Confidence, Question as CompactQuestion, compact_requests, why_homeless, why_left_out,
};
use super::ground::{Load, Tolerance};
use super::loss::{self, Smallest, Unit};
use super::watch::Watch;
use crate::analysis::Mean;
use crate::model::{LoadFactor, Policy, Requests, Scenario};

/// One rule, and the load without it.
#[derive(Clone, Debug)]
pub struct Cost {
    /// What the rule is.
    pub rule: String,
    /// Compacted without it.
    pub without: Compaction,
    /// Size with it less size without, by seed, where both fit.
    pub differences: Vec<i64>,
    /// The mean of them, and where it lies with 95 %; no interval where all are equal.
    pub mean: Option<Mean>,
    /// The least and the most that any placement pays for it, in instances.
    pub certified: Option<(i64, i64)>,
}

/// The answer for one policy.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The policy.
    pub policy: String,
    /// Compacted with every rule.
    pub with: Compaction,
    /// Each rule, the dearest first; all together last.
    pub costs: Vec<Cost>,
    /// The smallest fleet that survives the loss of any one zone.
    pub survival: Option<Smallest>,
    /// Why the load does not fit with its rules.
    pub does_not_fit: Option<String>,
    /// Rules that cost nothing when nothing changes, as they speak of changes alone.
    pub of_changes: Vec<String>,
    /// The person pressed Ctrl-C.
    pub is_interrupted: bool,
}

/// Compacts with all rules and without each under one policy.
#[must_use]
pub fn cost(scenario: &Scenario, factor: LoadFactor, policy: &Policy, watch: &Watch) -> Rules {
    let compacted = |scenario: &Scenario, policy: &Policy| -> Compaction {
        let load = Load::of(scenario, factor);
        let requests = Requests::compile(load.scenario(), policy);
        let question = CompactQuestion { tolerance: Tolerance::NONE, confidence: Confidence::P90 };
        compact_requests(&load, policy, &requests, question, watch)
    };
    let mut with = compacted(scenario, policy);
    let load = Load::of(scenario, factor);
    let requests = Requests::compile(load.scenario(), policy);
    with.keep_even(&load, &requests, watch);
    let does_not_fit = (with.answer.is_none() && !with.is_interrupted).then(|| {
        let homeless = with.homeless.map(|request| why_homeless(&load, &requests, request));
        homeless.unwrap_or_else(|| why_left_out(&load, &requests, &with.unplaced))
    });
    let mut rules = Rules {
        does_not_fit,
        policy: policy.name.clone(),
        is_interrupted: with.is_interrupted,
        with,
        costs: Vec::new(),
        survival: None,
        of_changes: list::of_changes(scenario),
    };
    let all = list(scenario, policy);
    let mut bare = Subject { scenario: scenario.clone(), policy: policy.clone() };
    for rule in &all {
        if rules.is_interrupted {
            return rules;
        }
        let mut subject = Subject { scenario: scenario.clone(), policy: policy.clone() };
        rule.leave_out(&mut subject);
        rule.leave_out(&mut bare);
        let without = compacted(&subject.scenario, &subject.policy);
        rules.is_interrupted |= without.is_interrupted;
        rules.costs.push(paired(rule.name.clone(), &rules.with, without, rule.spreads_zones()));
    }
    rules.costs.sort_by(|a, b| mean(b).total_cmp(&mean(a)).then_with(|| a.rule.cmp(&b.rule)));
    if all.len() > 1 && !rules.is_interrupted {
        let without = compacted(&bare.scenario, &bare.policy);
        rules.costs.push(paired("all of them together".to_owned(), &rules.with, without, false));
    }
    survive(scenario, factor, policy, &mut rules, watch);
    rules
}

fn mean(cost: &Cost) -> f64 {
    cost.mean.map_or(0.0, |mean| mean.mean)
}

/// Differences of the same seeds, and what is certain.
fn paired(rule: String, with: &Compaction, without: Compaction, spreads_zones: bool) -> Cost {
    let size = |compaction: &Compaction, seed: u32| {
        let trial = compaction.trials.iter().find(|trial| trial.seed == seed)?;
        i64::try_from(trial.size?).ok()
    };
    let seeds = with.trials.iter().map(|trial| trial.seed);
    let differences: Vec<i64> = seeds.filter_map(|seed| Some(size(with, seed)? - size(&without, seed)?)).collect();
    #[expect(clippy::cast_precision_loss, reason = "differences of counts of instances")]
    let values: Vec<f64> = differences.iter().map(|&difference| difference as f64).collect();
    let certified = certified(with, &without, spreads_zones);
    Cost { rule, mean: Mean::of(&values), differences, certified, without }
}

/// `[LB with - UB without, UB with - LB without]`: a rule never makes the optimum smaller. Of spreading over zones it is the
/// bound that keeps them even, where the packing with the rule did no better.
fn certified(with: &Compaction, without: &Compaction, spreads_zones: bool) -> Option<(i64, i64)> {
    let bound = |one: &Compaction| i64::try_from(one.count.as_ref()?.bound()?).ok();
    // Patterns bound from below, and the best known fleet is one that was packed.
    let packed = |one: &Compaction| i64::try_from(one.trials.iter().filter_map(|trial| trial.size).min()?).ok();
    let even = |one: &Compaction| i64::try_from(one.even?.count?).ok();
    let keeps_even = even(with).filter(|&even| spreads_zones && Some(even) <= packed(with));
    let least = bound(with)?.max(keeps_even.unwrap_or(0));
    Some(((least - packed(without)?).max(0), (packed(with)? - bound(without)?).max(0)))
}

/// What surviving a zone asks for on top.
fn survive(scenario: &Scenario, factor: LoadFactor, policy: &Policy, rules: &mut Rules, watch: &Watch) {
    let load = Load::of(scenario, factor);
    let zones = &load.scenario().fleet.zones;
    if rules.is_interrupted || zones.len() < 2 || rules.with.answer.is_none() {
        return;
    }
    let requests = Requests::compile(load.scenario(), policy);
    let question = loss::Question { unit: Unit::Zone, order: loss::Order::Oldest, seeds: 11, searches: true };
    rules.survival = loss::smallest_fleet(&load, &requests, question, &rules.with, watch);
    rules.is_interrupted |= rules.survival.is_none();
}
