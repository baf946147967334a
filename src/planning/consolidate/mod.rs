//! `plan consolidate`: which instances of a cluster that runs can go now, in which order, and what holds each of the others
//! (3.6).
//!
//! An instance can go when every task on it can be started elsewhere under its own chain, constraints, provider and percent
//! bounds, on instances that stay, one after another; nothing else moves. Several orders are tried, each from the cluster as
//! it was found, and the plan that saves most is run through the simulation, step by step: a step that it does not take as
//! planned is given up.

mod answer;
mod drain;
mod rebalance;
#[cfg(test)]
mod tests;
mod verify;

pub use answer::answer;
pub use drain::{Hold, Why};
pub use rebalance::{Rebalance, Stuck, Zone};

use drain::Draining;

use rayon::prelude::*;

use super::ground::standing::Standing;
use super::ground::{Goal, Load, Market, Packing, Stock, Tolerance};
use super::watch::Watch;
use crate::analysis::bounds::patterns::{Limits, Solved};
use crate::engine::Engine as _;
use crate::model::{InstanceId, LoadFactor, Policy, Requests, Scenario};
use crate::workload::{Origin, Purpose};

/// Orders that are drawn, beside those that are not.
const SHUFFLES: u32 = 8;
/// How often a plan is made anew without the steps that the simulation did not take.
const MOST_ATTEMPTS: usize = 8;

/// What is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// Tasks may go to instances that are empty.
    pub use_empty: bool,
    /// Standalone tasks may be stopped and started anew.
    pub move_standalone: bool,
}

/// One instance that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub instance: InstanceId,
    /// Where its tasks go: kind of owner's name, and the instance.
    pub moves: Vec<Move>,
    /// What it costs an hour, where known.
    pub price: Option<u64>,
}

/// One task that is started elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The service, by position; a standalone task has none.
    pub service: Option<usize>,
    /// Where it goes in the plan.
    pub to: InstanceId,
    /// Its replacement starts before it stops; else it stops first.
    pub starts_first: bool,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Consolidation {
    /// The policy.
    pub policy: String,
    /// ACTIVE instances.
    pub instances: usize,
    /// What they cost an hour, where every price is known.
    pub price: Option<u128>,
    /// What goes, in order.
    pub steps: Vec<Step>,
    /// What holds each of the others.
    pub holds: Vec<Hold>,
    /// The order of candidates that the plan comes from.
    pub order: String,
    /// Instances that the plan had and the simulation did not take.
    pub given_up: Vec<InstanceId>,
    /// Every step was taken by the simulation, and no task was left over.
    pub is_verified: bool,
    /// Steps were simulated in all.
    pub simulated: usize,
    /// Services that stand lopsided over zones, on the cluster as it was found.
    pub rebalances: Vec<Rebalance>,
    /// What all tasks need at least, on any fleet of these types.
    pub bound: Option<Solved>,
    /// The same in dollars.
    pub price_bound: Option<Solved>,
    /// Instances on which tasks run that are in no file.
    pub unknown: usize,
    /// The person pressed Ctrl-C.
    pub is_interrupted: bool,
}

impl Consolidation {
    /// What the plan saves an hour.
    #[must_use]
    pub fn saving(&self) -> Option<u128> {
        self.steps.iter().map(|step| step.price.map(u128::from)).sum()
    }

    /// Tasks that move.
    #[must_use]
    pub fn moves(&self) -> usize {
        self.steps.iter().map(|step| step.moves.len()).sum()
    }
}

/// Looks for instances that can go.
#[must_use]
pub fn consolidate(scenario: &Scenario, policy: &Policy, question: Question, watch: &Watch) -> Consolidation {
    watch.begin("looking for instances that can go");
    let requests = Requests::compile(scenario, policy);
    let standing = Standing::found(scenario, &requests);
    let active: Vec<InstanceId> = standing.active().collect();
    let price = active.iter().map(|&one| Some(u128::from(scenario.fleet.class(one).price?.0))).sum();
    let unknown = scenario.fleet.identities.iter().filter(|identity| identity.others.tasks > 0).count();
    let mut plan = Consolidation {
        policy: policy.name.clone(),
        instances: active.len(),
        price,
        steps: Vec::new(),
        holds: Vec::new(),
        order: String::new(),
        given_up: Vec::new(),
        is_verified: false,
        simulated: 0,
        rebalances: Vec::new(),
        bound: None,
        price_bound: None,
        unknown,
        is_interrupted: false,
    };
    bound(scenario, policy, &mut plan);
    match rebalance::rebalances(scenario, policy, &requests, &standing, watch) {
        Ok(rebalances) => plan.rebalances = rebalances,
        Err(_) => plan.is_interrupted = true,
    }
    for _ in 0..MOST_ATTEMPTS {
        let Some(mut best) = best(scenario, &requests, &standing, question, &plan.given_up, watch) else {
            plan.is_interrupted = true;
            return plan;
        };
        (plan.order, plan.steps) = (best.order, best.steps);
        plan.holds = best.draining.holds(&best.order_of_candidates);
        plan.simulated += plan.steps.len();
        match verify::first_broken(scenario, policy, &plan.steps, question, watch) {
            Ok(None) => {
                plan.is_verified = true;
                return plan;
            }
            Ok(Some(step)) => plan.given_up.push(plan.steps[step].instance),
            Err(_) => {
                plan.is_interrupted = true;
                return plan;
            }
        }
    }
    // What was taken up to the last broken step stands.
    let broken = plan.given_up.last().copied();
    let keep = plan.steps.iter().position(|step| Some(step.instance) == broken).unwrap_or(plan.steps.len());
    plan.steps.truncate(keep);
    plan.is_verified = true;
    plan
}

/// What all tasks need at least of the instances that there are.
fn bound(scenario: &Scenario, policy: &Policy, plan: &mut Consolidation) {
    let load = Load::of(scenario, LoadFactor::ONE);
    let requests = Requests::compile(load.scenario(), policy);
    let packing = Packing::as_given(&load, &requests, 1, Tolerance::NONE);
    let market = Market::of(&load, &requests, &load.scenario().fleet, &packing.counts());
    plan.bound = market.solve(Goal::Count, Stock::Fleet { clones: 0 }, Limits::default());
    plan.price_bound = market.solve(Goal::Price, Stock::Fleet { clones: 0 }, Limits::default());
}

/// The plan of one order of candidates.
struct Planned<'a> {
    order: String,
    order_of_candidates: Vec<InstanceId>,
    steps: Vec<Step>,
    draining: Draining<'a>,
}

/// Tries every order and keeps the plan that saves most, of equal ones that with the fewest moves; `None` if interrupted.
fn best<'a>(
    scenario: &'a Scenario,
    requests: &'a Requests,
    standing: &Standing<'a>,
    question: Question,
    given_up: &[InstanceId],
    watch: &Watch,
) -> Option<Planned<'a>> {
    // An engine is looked at by one thread, so each order has a copy of its own.
    let orders: Vec<_> =
        orders(scenario, standing).into_iter().map(|(name, order)| (name, order, standing.clone())).collect();
    let planned: Vec<Option<Planned<'a>>> = orders
        .into_par_iter()
        .map(|(name, order, standing)| {
            if watch.is_cancelled() {
                return None;
            }
            let mut draining = Draining::new(scenario, requests, standing, question);
            let mut steps = draining.empty_first(given_up);
            for &instance in order.iter().filter(|instance| !given_up.contains(instance)) {
                if draining.is_active(instance)
                    && let Ok(moves) = draining.try_to_empty(instance)
                {
                    steps.push(draining.step(instance, moves));
                }
            }
            Some(Planned { order: name, order_of_candidates: order, steps, draining })
        })
        .collect();
    let planned = planned.into_iter().collect::<Option<Vec<_>>>()?;
    let rank = |one: &Planned<'_>| {
        let saving: u128 = one.steps.iter().map(|step| u128::from(step.price.unwrap_or(0))).sum();
        let moves: usize = one.steps.iter().map(|step| step.moves.len()).sum();
        (saving, one.steps.len(), std::cmp::Reverse(moves))
    };
    // The first of equal ones.
    planned.into_iter().rev().max_by_key(rank)
}

/// Candidates by fewest tasks, by most dollars for what is reserved, by smallest reservation, and drawn.
fn orders(scenario: &Scenario, standing: &Standing<'_>) -> Vec<(String, Vec<InstanceId>)> {
    let fleet = &scenario.fleet;
    let all: Vec<InstanceId> = standing.active().collect();
    // The larger share of cpu and memory that is reserved, in millionths.
    let reserved = |one: InstanceId| {
        let (class, left) = (fleet.class(one), standing.engine.remaining(one));
        let part = |left: u32, all: u32| u64::from(all - left.min(all)) * 1_000_000 / u64::from(all.max(1));
        part(left.cpu.0, class.cpu.0).max(part(left.memory.0, class.memory.0))
    };
    let sorted = |key: &dyn Fn(InstanceId) -> u64| {
        let mut order = all.clone();
        order.sort_by_key(|&one| (key(one), one));
        order
    };
    let price = |one: InstanceId| fleet.class(one).price.map_or(0, |price| price.0);
    let dear = |one: InstanceId| u64::MAX - price(one).saturating_mul(1_000_000) / reserved(one).max(1);
    let mut orders = vec![
        ("fewest tasks first".to_owned(), sorted(&|one| u64::from(standing.engine.task_count(one)))),
        ("most dollars for what is reserved first".to_owned(), sorted(&dear)),
        ("smallest reservation first".to_owned(), sorted(&reserved)),
    ];
    for seed in 1..=SHUFFLES {
        let draws = Origin::only(seed, "plan consolidate").draws(Purpose::Order);
        let mut order = all.clone();
        for last in (1..order.len()).rev() {
            order.swap(last, draws.below(last as u64, last + 1));
        }
        orders.push((format!("drawn order {seed}"), order));
    }
    orders
}
