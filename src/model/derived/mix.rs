//! The reference mix: which shapes fragmentation is measured against, and how often each occurs.
//!
//! It is taken from the scenario's own load and from nothing else, so it is the same for every policy and seed. M11
//! changes with it, which is why it is stored with the results. The count of a shape is what the scenario can have of it,
//! however that is written: see [`ReferenceMix::of`].

use std::collections::BTreeMap;

use super::eligible::eligible_instances;
use crate::model::load::{LoadFactor, Scheduling, Service, TaskSource};
use crate::model::resources::Demand;
use crate::model::scenario::Scenario;
use crate::model::units::{DefinitionId, SimTime};

/// Fractions of tasks are kept exact up to this common denominator and rounded to it beyond.
const MAX_SCALE: u128 = 1 << 20;

/// Milliseconds in an hour, for rates.
const MS_PER_HOUR: f64 = 3_600_000.0;

/// The shapes of a load, each weighted by how many tasks have it: of seven tasks, five of them `web`, the weights are
/// 5 and 2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceMix {
    /// Shapes with a weight above 0, by definition ascending, weights in lowest terms. Of one definition, the tasks that
    /// take what it says come first, then those whose calls say otherwise, by what they take.
    pub shapes: Vec<MixShape>,
}

/// One shape of a [`ReferenceMix`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixShape {
    /// The task definition.
    pub definition: DefinitionId,
    /// What a task takes: the demand of the definition, or what the overrides of a call left.
    pub demand: Demand,
    /// Its share of the sum of all weights.
    pub weight: u64,
}

/// Weights of each definition by what is taken, what the definition says first.
type Weights = BTreeMap<DefinitionId, Vec<(Demand, u128)>>;

impl ReferenceMix {
    /// The mix of a scenario: of a service the largest desired count over the horizon, curves and steps included; of a
    /// DAEMON the instances that it is eligible for; of standalone tasks the counts of sources (rate times time for those
    /// without), rows of the trace and calls of StartTask; and what is found running. Tasks of a service that are found
    /// running are part of what it desires. A service that is deployed with another definition counts with each of them.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let totals = scenario.sources.iter().map(total_weight);
        let scale = common_multiple(totals).unwrap_or(MAX_SCALE);
        let mut load = Load { scenario, weights: Weights::new(), scale };
        load.add_services_and_running();
        load.add_sources();
        load.add_trace_and_starts();
        Self::from_weights(load.weights)
    }

    fn from_weights(weights: Weights) -> Self {
        let divisor = weights.values().flatten().map(|&(_, weight)| weight).fold(0, gcd).max(1);
        let mut shapes = Vec::new();
        for (definition, mut demands) in weights {
            // Those of overrides do not come in the order of the file.
            demands[1..].sort_by_key(|(demand, _)| (demand.cpu, demand.memory, demand.gpus));
            let present = demands.into_iter().filter(|&(_, weight)| weight > 0);
            shapes.extend(present.map(|(demand, weight)| MixShape {
                definition,
                demand,
                weight: u64::try_from(weight / divisor).unwrap_or(u64::MAX),
            }));
        }
        Self { shapes }
    }
}

fn demand_of(scenario: &Scenario, definition: DefinitionId) -> &Demand {
    &scenario.definitions[definition.index()].demand
}

/// Weights while they are added up.
struct Load<'a> {
    scenario: &'a Scenario,
    weights: Weights,
    scale: u128,
}

impl Load<'_> {
    /// More of a shape, `amount` in parts of the scale.
    fn add(&mut self, definition: DefinitionId, demand: Option<&Demand>, amount: u128) {
        let own = demand_of(self.scenario, definition);
        let demands = self.weights.entry(definition).or_insert_with(|| vec![(own.clone(), 0)]);
        let demand = demand.unwrap_or(own);
        match demands.iter_mut().find(|(known, _)| known == demand) {
            Some((_, weight)) => *weight += amount,
            None => demands.push((demand.clone(), amount)),
        }
    }

    fn add_services_and_running(&mut self) {
        let scenario = self.scenario;
        let mut of_services: BTreeMap<&str, BTreeMap<DefinitionId, u64>> = BTreeMap::new();
        for service in &scenario.services {
            of_services.insert(&service.name, desired(scenario, service));
        }
        let mut found: BTreeMap<(&str, DefinitionId), u64> = BTreeMap::new();
        for running in &scenario.running {
            let service = running.group.strip_prefix("service:").filter(|name| of_services.contains_key(name));
            match service {
                Some(name) => *found.entry((name, running.definition)).or_insert(0) += running.count(),
                None => self.add(running.definition, Some(&running.demand), u128::from(running.count()) * self.scale),
            }
        }
        for ((name, definition), count) in found {
            let desired = of_services.get_mut(name).and_then(|counts| counts.insert(definition, count));
            if let (Some(desired), Some(counts)) = (desired, of_services.get_mut(name)) {
                counts.insert(definition, desired.max(count));
            }
        }
        for counts in of_services.into_values() {
            for (definition, count) in counts {
                self.add(definition, None, u128::from(count) * self.scale);
            }
        }
    }

    fn add_sources(&mut self) {
        let scenario = self.scenario;
        for source in &scenario.sources {
            let tasks = u128::from(expected_tasks(source, scenario.horizon));
            let total = total_weight(source).max(1);
            for shape in &source.shapes {
                let amount = tasks * u128::from(shape.weight) * self.scale / total;
                self.add(shape.definition, source.details.demand.as_ref(), amount);
            }
        }
    }

    fn add_trace_and_starts(&mut self) {
        let scenario = self.scenario;
        let mut rows = vec![0_u64; scenario.definitions.len()];
        for task in &scenario.trace.tasks {
            rows[task.definition.index()] += 1;
        }
        for (index, rows) in rows.into_iter().enumerate().filter(|(_, rows)| *rows > 0) {
            let amount = u128::from(scaled(rows, scenario.trace.load_factor)) * self.scale;
            self.add(DefinitionId::from_index(index), None, amount);
        }
        for start in scenario.starts.iter().filter(|start| is_within(start.at, scenario.horizon)) {
            let amount = start.instances.len() as u128 * self.scale;
            self.add(start.definition, start.details.demand.as_ref(), amount);
        }
    }
}

pub(super) fn is_within(at: SimTime, horizon: Option<SimTime>) -> bool {
    horizon.is_none_or(|end| at < end)
}

/// The most tasks that a service wants of each definition that it ever runs.
fn desired(scenario: &Scenario, service: &Service) -> BTreeMap<DefinitionId, u64> {
    let mut revisions = vec![(SimTime::ZERO, service.definition)];
    let deployments =
        service.settings.deployments.iter().filter(|deployment| is_within(deployment.at, scenario.horizon));
    revisions.extend(deployments.map(|deployment| (deployment.at, deployment.definition)));
    let mut counts = BTreeMap::new();
    for (position, &(from, definition)) in revisions.iter().enumerate() {
        let until = revisions.get(position + 1).map(|next| next.0).or(scenario.horizon);
        let count = match service.settings.scheduling {
            Scheduling::Daemon => eligible_instances(scenario, service, definition),
            Scheduling::Replica => most_desired(service, from, until),
        };
        let most: &mut u64 = counts.entry(definition).or_insert(0);
        *most = count.max(*most);
    }
    counts
}

/// The largest desired count from one time until before another; `None` is the end of all steps.
fn most_desired(service: &Service, from: SimTime, until: Option<SimTime>) -> u64 {
    if let Some(curve) = &service.settings.curve {
        return u64::from(curve.most(from, until));
    }
    let steps = &service.settings.steps;
    let at_first = steps.iter().rev().find(|step| step.0 <= from).map_or(service.desired_count, |step| step.1);
    let later = steps.iter().filter(|step| step.0 > from && is_within(step.0, until)).map(|step| step.1);
    u64::from(later.fold(at_first, u32::max))
}

fn total_weight(source: &TaskSource) -> u128 {
    source.shapes.iter().map(|shape| u128::from(shape.weight)).sum()
}

/// How many tasks a source makes, on average where only its rate is known.
pub(super) fn expected_tasks(source: &TaskSource, horizon: Option<SimTime>) -> u64 {
    if let Some(count) = source.count {
        return scaled(count, source.load_factor);
    }
    let until = horizon.unwrap_or(source.start).max(source.start);
    let tasks = whole(source.arrivals.tasks_per_hour() * ms(until.since(source.start).0) / MS_PER_HOUR);
    scaled(tasks, source.load_factor)
}

/// A number of tasks times a load factor, rounded down.
pub(super) fn scaled(tasks: u64, factor: LoadFactor) -> u64 {
    let product = u128::from(tasks) * u128::from(factor.0) / u128::from(LoadFactor::ONE.0);
    u64::try_from(product).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a mean number of tasks, rounded to a whole one anyway")]
fn ms(milliseconds: u64) -> f64 {
    milliseconds as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates; rates are positive"
)]
fn whole(tasks: f64) -> u64 {
    libm::round(tasks) as u64
}

/// The least common multiple of all numbers above 0; `None` if it passes [`MAX_SCALE`].
fn common_multiple(numbers: impl Iterator<Item = u128>) -> Option<u128> {
    numbers.filter(|&number| number > 0).try_fold(1, |multiple: u128, number| {
        Some(multiple.checked_mul(number / gcd(multiple, number))?).filter(|&multiple| multiple <= MAX_SCALE)
    })
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
