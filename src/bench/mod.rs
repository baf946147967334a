//! The measuring core of `stowplan bench`: the fast engine beside the naive scan, a vectorised one, and the memory of this
//! machine.
//!
//! It is the one place below the command that reads a clock, that of the thread's processor time, and no result of a
//! run depends on it. It prints nothing.
//!
//! # Method
//! Four instance types over three zones, eight shapes; tasks of random services arrive until 90 % of the cpu is taken
//! (`fill`), then a random task stops and another arrives (`churn`, a pair, departures announced 12 events ahead), then
//! nothing fits (`refuse`); `batch` fills with batches of 100, and `two` is a fill while another thread does the same.
//! Times are those of the loops, draws of the load and the caller's list of tasks included. Each is the median of several repetitions in one process, and stands beside
//! the pointer chase of the same process.

mod chase;
mod clock;
mod load;
mod measure;
mod naive;
mod realistic;
mod rng;
mod vector;

pub use clock::{thread_cpu_ns, timed};
pub use load::{BenchPolicy, POLICIES};
pub use realistic::{RealisticOptions, RealisticRow, Takes, realistic, realistic_names, realistic_sample};

use serde::Serialize;

use chase::chase_ns;
use load::Load;
pub use measure::Operation;
use measure::{Bench, Taken, two_fills};

/// Nanoseconds of a dependent load over 1,000,000 lines, which lie in memory: what figures call P.
#[must_use]
pub fn memory_load_ns() -> f64 {
    chase_ns(1_000_000)
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// Names of [`POLICIES`]; empty is all.
    pub policies: Vec<String>,
    /// Instances.
    pub sizes: Vec<usize>,
    /// Services.
    pub services: Vec<usize>,
    /// Repetitions, of which the median counts.
    pub repetitions: usize,
    /// Pairs of one churn; refusals and scans are no more than that.
    pub churn_pairs: u64,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self {
            policies: Vec::new(),
            sizes: vec![1_000, 10_000, 100_000, 1_000_000],
            services: vec![20],
            repetitions: 3,
            churn_pairs: 500_000,
        }
    }
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub struct BenchRow {
    /// Name of the policy.
    pub policy: String,
    /// Name of an [`Operation`].
    pub operation: &'static str,
    /// Instances.
    pub instances: usize,
    /// Services.
    pub services: usize,
    /// Operations timed in one repetition.
    pub operations: u64,
    /// Nanoseconds of thread CPU time for one operation.
    pub ns: f64,
    /// In units of the pointer chase over 1,000 lines.
    pub per_cache_load: f64,
    /// In units of the pointer chase over 1,000,000 lines.
    pub per_memory_load: f64,
    /// How many times a naive scan takes of it, where a scan was measured.
    pub naive_ratio: Option<f64>,
    /// How many times a vectorised scan takes of it, where a scan was measured.
    pub vector_ratio: Option<f64>,
    /// For `two`: how much more two threads place in a second than one.
    pub speed_up: Option<f64>,
    /// Bytes that the engine holds for one instance.
    pub bytes_per_instance: f64,
}

/// How a fill grows with the cluster: time is proportional to instances to this power.
#[derive(Clone, Debug, Serialize)]
pub struct GrowthRow {
    /// Name of the policy.
    pub policy: String,
    /// Services.
    pub services: usize,
    /// Time at the largest size over time at the smallest.
    pub ratio: f64,
    /// The slope of the line through both on log-log paper.
    pub exponent: f64,
}

/// All that one call of [`run`] measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BenchReport {
    /// Nanoseconds of a dependent load over 1,000 lines.
    pub cache_load_ns: f64,
    /// Nanoseconds of a dependent load over 1,000,000 lines.
    pub memory_load_ns: f64,
    /// Figures, policy by policy.
    pub rows: Vec<BenchRow>,
    /// Growth of the fills.
    pub growth: Vec<GrowthRow>,
}

/// Measures everything that `options` ask for; tells `progress` what comes next.
pub fn run(options: &BenchOptions, progress: &mut dyn FnMut(&str)) -> BenchReport {
    progress("pointer chase");
    let mut report =
        BenchReport { cache_load_ns: chase_ns(1_000), memory_load_ns: chase_ns(1_000_000), ..BenchReport::default() };
    let is_asked =
        |policy: &&BenchPolicy| options.policies.is_empty() || options.policies.iter().any(|p| p == policy.name);
    for policy in POLICIES.iter().filter(is_asked) {
        for &services in &options.services {
            for &instances in &options.sizes {
                progress(&format!("{}, {instances} instances, {services} services", policy.name));
                measure(options, &mut report, policy, instances, services);
            }
            report.growth.extend(growth(&report.rows, policy.name, services));
        }
    }
    report
}

/// The operations of one policy at one size.
fn measure(options: &BenchOptions, report: &mut BenchReport, policy: &BenchPolicy, instances: usize, services: usize) {
    let load = Load::new(policy, instances, services);
    let mut samples: Vec<Sample> = Vec::new();
    let mut sample = |operation, taken| samples.push(Sample { operation, taken });
    let mut bytes = 0;
    for repetition in 0..options.repetitions.max(1) {
        let mut bench = Bench::new(&load);
        sample(Operation::Fill, bench.fill());
        let filled = bench.living();
        sample(Operation::Churn, bench.churn(options.churn_pairs));
        bytes = bench.engine.bytes();
        sample(Operation::Refuse, bench.refuse(REFUSALS.min(options.churn_pairs)));
        sample(Operation::Batch, Bench::new(&load).batch());
        sample(Operation::Two, two_fills(&load));
        if repetition == 0 {
            let mut half = half_filled(&load, filled);
            sample(Operation::Naive, half.naive(options.churn_pairs));
            sample(Operation::Vector, half.vector(options.churn_pairs));
        }
    }
    let of = |operation| median(&samples, operation).ns;
    let [fill, naive, vector] = [Operation::Fill, Operation::Naive, Operation::Vector].map(of);
    for operation in Operation::ALL {
        let taken = median(&samples, operation);
        report.rows.push(BenchRow {
            policy: policy.name.to_owned(),
            operation: operation.name(),
            instances,
            services,
            operations: taken.operations,
            ns: taken.ns,
            per_cache_load: taken.ns / report.cache_load_ns,
            per_memory_load: taken.ns / report.memory_load_ns,
            naive_ratio: (operation == Operation::Fill).then(|| naive / taken.ns),
            vector_ratio: (operation == Operation::Fill).then(|| vector / taken.ns),
            speed_up: (operation == Operation::Two).then(|| 2.0 * fill / taken.ns),
            bytes_per_instance: ratio(bytes, instances),
        });
    }
}

const REFUSALS: u64 = 200_000;

/// Nanoseconds of thread CPU time of one operation, once, for harnesses that repeat and judge by themselves.
///
/// # Panics
/// If the timed work was not done.
#[must_use]
pub fn sample(policy: &BenchPolicy, operation: Operation, instances: usize, services: usize) -> f64 {
    let load = Load::new(policy, instances, services);
    let mut bench = Bench::new(&load);
    let taken = match operation {
        Operation::Fill => bench.fill(),
        Operation::Batch => bench.batch(),
        Operation::Refuse => bench.refuse(REFUSALS),
        Operation::Churn => {
            bench.fill();
            bench.churn(BenchOptions::default().churn_pairs)
        }
        Operation::Two => two_fills(&load),
        Operation::Naive | Operation::Vector => {
            bench.fill();
            let mut half = half_filled(&load, bench.living());
            if operation == Operation::Naive { half.naive(u64::MAX) } else { half.vector(u64::MAX) }
        }
    };
    taken.ns
}

/// A cluster that holds half of the tasks it is filled with, for scans.
fn half_filled(load: &Load, filled: usize) -> Bench<'_> {
    let mut half = Bench::new(load);
    half.fill_with(filled / 2);
    half
}

/// What one loop took.
#[derive(Clone, Copy, Debug)]
struct Sample {
    operation: Operation,
    taken: Taken,
}

fn median(samples: &[Sample], operation: Operation) -> Taken {
    let of_operation = samples.iter().filter(|sample| sample.operation == operation);
    let mut taken: Vec<Taken> = of_operation.map(|sample| sample.taken).collect();
    taken.sort_unstable_by(|a, b| a.ns.total_cmp(&b.ns));
    taken[taken.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn ratio(bytes: usize, instances: usize) -> f64 {
    bytes as f64 / instances as f64
}

fn growth(rows: &[BenchRow], policy: &str, services: usize) -> Option<GrowthRow> {
    let fills =
        || rows.iter().filter(|row| row.policy == policy && row.services == services && row.operation == "fill");
    let (small, large) = (fills().min_by_key(|row| row.instances)?, fills().max_by_key(|row| row.instances)?);
    if small.instances == large.instances {
        return None;
    }
    let ratio_of_times = large.ns / small.ns;
    let exponent = libm::log(ratio_of_times) / libm::log(ratio(large.instances, small.instances));
    Some(GrowthRow { policy: policy.to_owned(), services, ratio: ratio_of_times, exponent })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Timings are not asserted; that each loop does its work is asserted inside.
    #[test]
    fn every_policy_is_measured() {
        let options = BenchOptions {
            sizes: vec![60, 120],
            services: vec![1, 40],
            repetitions: 1,
            churn_pairs: 50,
            ..Default::default()
        };
        let report = run(&options, &mut |_| {});
        assert_eq!(report.rows.len(), POLICIES.len() * 2 * 2 * Operation::ALL.len());
        assert_eq!(report.growth.len(), POLICIES.len() * 2);
    }
}
