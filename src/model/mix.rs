//! The reference mix: which shapes fragmentation is measured against, and how often each occurs.
//!
//! It is taken from the scenario's own load and from nothing else, so it is the same for every policy and seed. M11
//! changes with it, which is why it is stored with the results.

use super::{DefinitionId, LoadFactor, Scenario, SimTime, TaskSource};

/// Fractions of tasks are kept exact up to this common denominator and rounded to it beyond.
const MAX_SCALE: u128 = 1 << 20;

/// Milliseconds in an hour, for rates.
const MS_PER_HOUR: f64 = 3_600_000.0;

/// The shapes of a load, each weighted by how many tasks have it: of seven tasks, five of them `web`, the weights are
/// 5 and 2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceMix {
    /// Definitions with a weight above 0, ascending, weights in lowest terms.
    pub shapes: Vec<MixShape>,
}

/// One shape of a [`ReferenceMix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixShape {
    /// The shape.
    pub definition: DefinitionId,
    /// Its share of the sum of all weights.
    pub weight: u64,
}

impl ReferenceMix {
    /// The mix of a scenario: desired tasks of services, counts of sources (rate times time for those without), and
    /// rows of the trace.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let totals = scenario.sources.iter().map(total_weight);
        let scale = common_multiple(totals).unwrap_or(MAX_SCALE);
        let mut weights = vec![0_u128; scenario.definitions.len()];
        for service in &scenario.services {
            weights[service.definition.index()] += u128::from(service.desired_count) * scale;
        }
        for source in &scenario.sources {
            let tasks = u128::from(expected_tasks(source, scenario.horizon));
            let total = total_weight(source).max(1);
            for shape in &source.shapes {
                weights[shape.definition.index()] += tasks * u128::from(shape.weight) * scale / total;
            }
        }
        let mut rows = vec![0_u64; scenario.definitions.len()];
        for task in &scenario.trace.tasks {
            rows[task.definition.index()] += 1;
        }
        for (weight, rows) in weights.iter_mut().zip(rows) {
            *weight += u128::from(scaled(rows, scenario.trace.load_factor)) * scale;
        }
        Self::from_weights(&weights)
    }

    fn from_weights(weights: &[u128]) -> Self {
        let divisor = weights.iter().copied().fold(0, gcd).max(1);
        let shapes = weights.iter().enumerate().filter(|&(_, &weight)| weight > 0).map(|(index, &weight)| MixShape {
            definition: DefinitionId::from_index(index),
            weight: u64::try_from(weight / divisor).unwrap_or(u64::MAX),
        });
        Self { shapes: shapes.collect() }
    }
}

fn total_weight(source: &TaskSource) -> u128 {
    source.shapes.iter().map(|shape| u128::from(shape.weight)).sum()
}

/// How many tasks a source makes, on average where only its rate is known.
fn expected_tasks(source: &TaskSource, horizon: Option<SimTime>) -> u64 {
    if let Some(count) = source.count {
        return scaled(count, source.load_factor);
    }
    let until = horizon.unwrap_or(source.start).max(source.start);
    let tasks = whole(source.arrivals.tasks_per_hour() * ms(until.since(source.start).0) / MS_PER_HOUR);
    scaled(tasks, source.load_factor)
}

/// A number of tasks times a load factor, rounded down.
fn scaled(tasks: u64, factor: LoadFactor) -> u64 {
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
