//! `plan zone-loss` and `plan n-plus-one`: which zones and instances may be lost so that the survivors hold all tasks of
//! services, and the smallest fleet of which any one may (3.4).
//!
//! Statically stable means that nothing new is launched. The fluid rule says that a fleet over A zones must be A/(A-1)
//! times as large; packing needs a test, and this is it: the cluster is packed (or taken as it was found), what is lost
//! goes with its tasks, and services start them anew on the survivors by their own chains and constraints.

mod answer;
mod lose;
mod smallest;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use lose::Ground;
pub use lose::Loss;
pub use smallest::Smallest;
pub(super) use smallest::find as smallest_fleet;

use super::compact::{Compaction, Confidence, Question as CompactQuestion, compact_requests, why_left_out};
use super::ground::standing::{Owner, Standing};
use super::ground::{Interrupted, Load, Packing, Tolerance};
use super::watch::{Between, Watch};
use crate::engine::Engine as _;
use crate::model::{InstanceId, Policy, Requests, Scenario, ZoneId};

pub use answer::answer;

/// Of larger fleets so many instances are tried, the fullest and the worst among them.
const MOST_INSTANCES: usize = 200;

/// What is lost at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A whole zone.
    Zone,
    /// One instance.
    Instance,
}

/// In which order what was lost is started anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    #[default]
    Oldest,
    /// The largest first.
    Largest,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What is lost at a time.
    pub unit: Unit,
    /// In which order tasks are started anew.
    pub order: Order,
    /// How many seeds.
    pub seeds: u32,
    /// Whether the smallest fleet is looked for.
    pub searches: bool,
}

/// What losing one thing does, over all seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The zone or the instance.
    pub name: String,
    /// The worst loss over the seeds.
    pub loss: Loss,
    /// The seeds on which tasks were left out.
    pub failed_seeds: u32,
    /// Seeds tried.
    pub seeds: u32,
}

/// The answer for one policy.
#[derive(Clone, Debug)]
pub struct Survival {
    /// The policy.
    pub policy: String,
    /// The cluster is as it was found; else it was packed.
    pub is_found: bool,
    /// What was tried.
    pub rows: Vec<Row>,
    /// How many more there are that were not tried.
    pub untried: usize,
    /// Instances of the fleet as it is.
    pub fleet_size: usize,
    /// Why the load does not fit on the fleet as it is, before anything is lost.
    pub does_not_fit: Option<String>,
    /// The fewest instances without any loss.
    pub without: Option<Compaction>,
    /// The fewest of which any one may be lost.
    pub smallest: Option<Smallest>,
    /// The person pressed Ctrl-C.
    pub is_interrupted: bool,
}

impl Survival {
    /// Anything that was tried may be lost.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.does_not_fit.is_none() && !self.rows.is_empty() && self.rows.iter().all(|row| row.loss.passes())
    }
}

/// Tries every loss under one policy, on the cluster as it was found if tasks run there, else on packings of it.
#[must_use]
pub fn survive(scenario: &Scenario, load: &Load, policy: &Policy, question: Question, watch: &Watch) -> Survival {
    watch.begin(&format!("losing under {}", policy.name));
    let mut survival = Survival {
        policy: policy.name.clone(),
        is_found: !scenario.running.is_empty() && load.is_as_found,
        rows: Vec::new(),
        untried: 0,
        fleet_size: scenario.fleet.instances.len() - scenario.draining.len(),
        does_not_fit: None,
        without: None,
        smallest: None,
        is_interrupted: false,
    };
    if survival.is_found {
        let requests = Requests::compile(scenario, policy);
        let standing = Standing::found(scenario, &requests);
        let ground = Ground { scenario, requests: &requests, order: question.order };
        let (rows, untried) = try_all(&ground, &standing, question.unit);
        (survival.rows, survival.untried) = (rows, untried);
    }
    let requests = Requests::compile(load.scenario(), policy);
    if !survival.is_found && packed_rows(load, &requests, question, watch, &mut survival).is_err() {
        survival.is_interrupted = true;
        return survival;
    }
    if question.searches {
        let compacting = CompactQuestion { tolerance: Tolerance::NONE, confidence: Confidence::P90 };
        let without = compact_requests(load, policy, &requests, compacting, watch);
        survival.is_interrupted |= without.is_interrupted;
        if !without.is_interrupted && without.answer.is_some() {
            survival.smallest = smallest::find(load, &requests, question, &without, watch);
            survival.is_interrupted |= survival.smallest.is_none();
        }
        survival.without = Some(without);
    }
    survival
}

/// Tries every loss on a packing of every seed, and keeps the worst.
fn packed_rows(
    load: &Load,
    requests: &Requests,
    question: Question,
    watch: &Watch,
    survival: &mut Survival,
) -> Result<(), Interrupted> {
    let seeds: Vec<u32> = (1..=question.seeds).collect();
    let one = |seed: u32| -> Result<Result<(Vec<Row>, usize), String>, Interrupted> {
        let mut packing = Packing::as_given(load, requests, seed, Tolerance::NONE);
        let (packed, is_fit) = packing.packed_at_peak(packing.most(), &watch.control)?;
        if !is_fit {
            return Ok(Err(why_left_out(load, requests, &packed.unplaced)));
        }
        let standing = Standing::of_packed(&packing, &packed);
        let ground = Ground { scenario: load.scenario(), requests, order: question.order };
        let tried = try_all(&ground, &standing, question.unit);
        watch.tell(seed, Between { fails: 0, works: packing.most() });
        Ok(Ok(tried))
    };
    let all: Vec<_> = seeds.into_par_iter().map(one).collect::<Result<_, _>>()?;
    survival.does_not_fit = all.iter().find_map(|tried| tried.as_ref().err().cloned());
    for (rows, untried) in all.into_iter().flatten() {
        survival.untried = survival.untried.max(untried);
        for row in rows {
            match survival.rows.iter_mut().find(|known| known.name == row.name) {
                Some(known) => known.join(row),
                None => survival.rows.push(row),
            }
        }
    }
    Ok(())
}

impl Row {
    fn join(&mut self, other: Self) {
        self.failed_seeds += other.failed_seeds;
        self.seeds += other.seeds;
        if (other.loss.left(), other.loss.tasks) > (self.loss.left(), self.loss.tasks) {
            self.loss = other.loss;
        }
    }
}

/// Loses one unit after another; answers how many were not tried.
fn try_all(ground: &Ground<'_>, standing: &Standing<'_>, unit: Unit) -> (Vec<Row>, usize) {
    let fleet = &ground.scenario.fleet;
    let zone_of = |instance: InstanceId| fleet.classes[standing.engine.class(instance).index()].zone;
    let row = |name: String, loss: Loss| {
        let failed_seeds = u32::from(!loss.passes());
        Row { name, loss, failed_seeds, seeds: 1 }
    };
    match unit {
        Unit::Zone => {
            let zones = zones(ground.scenario, standing);
            let lose = |zone: ZoneId| ground.lose(standing, &|instance| zone_of(instance) == zone);
            let rows = zones.into_iter().map(|zone| row(fleet.zones[zone.index()].clone(), lose(zone)));
            (rows.collect(), 0)
        }
        Unit::Instance => {
            let chosen = chosen(ground.scenario, standing);
            let untried = standing.active().count() - chosen.len();
            let lose = |one: InstanceId| ground.lose(standing, &|instance| instance == one);
            let rows = chosen.into_iter().map(|one| row(fleet.called(one).into_owned(), lose(one)));
            (rows.collect(), untried)
        }
    }
}

/// Zones that have an instance and are known, in order.
fn zones(scenario: &Scenario, standing: &Standing<'_>) -> Vec<ZoneId> {
    let fleet = &scenario.fleet;
    let zone = |instance| fleet.classes[standing.engine.class(instance).index()].zone;
    let mut zones: Vec<ZoneId> = standing.active().map(zone).filter(|&zone| fleet.is_known(zone)).collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// All instances with tasks, or of many the fullest, that with most tasks of the worst service, and others evenly.
fn chosen(scenario: &Scenario, standing: &Standing<'_>) -> Vec<InstanceId> {
    let busy: Vec<InstanceId> = standing.active().filter(|&one| standing.engine.task_count(one) > 0).collect();
    if busy.len() <= MOST_INSTANCES {
        return busy;
    }
    let fleet = &scenario.fleet;
    let fullness = |one: &InstanceId| {
        let (class, left) = (&fleet.classes[standing.engine.class(*one).index()], standing.engine.remaining(*one));
        let part = |left: u32, all: u32| u64::from(all - left) * 1_000_000 / u64::from(all.max(1));
        part(left.cpu.0, class.cpu.0).max(part(left.memory.0, class.memory.0))
    };
    let fullest = busy.iter().copied().max_by_key(|one| (fullness(one), std::cmp::Reverse(*one)));
    let mut chosen: Vec<InstanceId> = fullest.into_iter().chain(largest_blast(scenario, standing)).collect();
    let step = busy.len() / (MOST_INSTANCES - chosen.len()).max(1) + 1;
    chosen.extend(busy.iter().copied().step_by(step));
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// The instance with the largest share of a service of two tasks and more.
fn largest_blast(scenario: &Scenario, standing: &Standing<'_>) -> Option<InstanceId> {
    let all = standing.of_services(scenario.services.len());
    let mut counts: std::collections::BTreeMap<(InstanceId, usize), u64> = std::collections::BTreeMap::new();
    for task in &standing.tasks {
        if let Owner::Service(service, _) = task.owner {
            *counts.entry((task.instance, service)).or_default() += 1;
        }
    }
    let several = counts.into_iter().filter(|((_, service), _)| all[*service] >= 2);
    let share = |((one, service), count): ((InstanceId, usize), u64)| (count * 1_000_000 / all[service], one);
    several.map(share).max_by_key(|&(share, one)| (share, std::cmp::Reverse(one))).map(|(_, one)| one)
}
