//! Shapes that a source draws without task definitions written out: from a table of measured shapes, or from a law.
//!
//! Either becomes a weighted list of task definitions `shape-<cpu>-<memory>`, made here once: what a run draws from is a
//! finite list, whose weights also make the reference mix. Sources that draw the same shape share its definition.
//!
//! # The lognormal law
//! CPU is lognormal; so is the memory for each vCPU, whose logarithm has the given correlation with that of the CPU. The
//! two draws are multiplied, and CPU and memory are rounded up to the next of the given steps; what is above the last step
//! is cut to it. The probability of each pair of steps is an integral over the normal law of the CPU, taken by Simpson's
//! rule on 4,096 panels, and kept to a billionth: rarer pairs do not occur.

use std::collections::BTreeMap;

use crate::model::{CpuUnits, DefinitionId, Demand, TaskDefinition, WeightedShape};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys::{self, Shape};
use crate::scenario::reading::limits;
use crate::scenario::reading::nearest::suggestion;
use crate::scenario::reading::quantity;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rows::{self, ColumnName, Rows};
use crate::scenario::reading::rules::Rule;

/// Weights are probabilities in units of a billionth.
const UNITS: f64 = 1e9;
const DECIMALS: usize = 9;
/// At most this many pairs of steps.
const PAIRS: usize = 4_096;
/// The 90th percentile of the standard normal law.
const NORMAL_P90: f64 = 1.281_551_565_544_600_4;

/// CPU units and MiB of a drawn shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Size {
    cpu: u32,
    memory: u32,
}

/// The task definitions that stand for drawn shapes; they follow those of the scenario.
pub(crate) struct Shapes {
    first: usize,
    list: Vec<TaskDefinition>,
    known: BTreeMap<Size, DefinitionId>,
}

impl Shapes {
    /// None yet, after `first` definitions of the scenario.
    pub(crate) fn after(first: usize) -> Self {
        Self { first, list: Vec::new(), known: BTreeMap::new() }
    }

    pub(crate) fn into_list(self) -> Vec<TaskDefinition> {
        self.list
    }

    fn definition(&mut self, size: Size) -> DefinitionId {
        let Size { cpu, memory } = size;
        *self.known.entry(size).or_insert_with(|| {
            self.list.push(TaskDefinition {
                family: format!("shape-{cpu}-{memory}"),
                demand: Demand::new(cpu, memory),
                ..TaskDefinition::default()
            });
            DefinitionId::from_index(self.first + self.list.len() - 1)
        })
    }

    fn weighted(&mut self, weights: BTreeMap<Size, u32>) -> Vec<WeightedShape> {
        let shape = |(size, weight)| WeightedShape { definition: self.definition(size), weight };
        weights.into_iter().map(shape).collect()
    }

    /// The shapes of a table with a `model`.
    pub(crate) fn read(&mut self, item: &Item<'_>) -> Option<Vec<WeightedShape>> {
        const MODELS: [(&str, &Shape); 2] =
            [("lognormal", &keys::LOGNORMAL_SHAPES), ("empirical", &keys::EMPIRICAL_SHAPES)];
        let (shape, table) = item.tagged("model", &MODELS)?;
        let weights = match shape.path {
            "shapes.lognormal" => read_law(&table)?.weights(),
            _ => read_table(&table)?,
        };
        Some(self.weighted(weights))
    }
}

/// Refuses families of drawn shapes that the scenario gives to task definitions of its own.
pub(crate) fn report_taken(root: &Table<'_>, shapes: &Shapes, definitions: &[TaskDefinition]) {
    let taken = shapes.list.iter().find(|shape| definitions.iter().any(|known| known.family == shape.family));
    if let Some(shape) = taken {
        let message = format!("drawn shapes need the family `{}`, which the scenario defines", shape.family);
        let problem = Problem::new(Rule::DuplicateName, message).label("drawn shapes have this name");
        let span = root.get("task-definitions").map_or_else(|| root.span(), |item| item.span());
        root.context().report(span, problem.help("give the task definition another family"));
    }
}

/// Rows of a file of shapes: `cpu_units`, `memory_mib`, `share`, and `trace` where the file holds several.
fn read_table(table: &Table<'_>) -> Option<BTreeMap<Size, u32>> {
    let wanted = table.or_absent("trace").map(|item| (item, item.name()));
    let item = table.get("file")?;
    let (name, bytes) = rows::read_file(&item)?;
    let mut rows = Rows::new(&bytes);
    let needed = |name| ColumnName { name, remedy: Some("add the column, or name it in the header") };
    let trace = ColumnName { name: "trace", remedy: None };
    let [trace, cpu, memory, share] = rows.columns([trace, needed("cpu_units"), needed("memory_mib"), needed("share")]);
    let mut traces: Vec<String> = Vec::new();
    let mut weights: BTreeMap<Size, u32> = BTreeMap::new();
    while cpu.is_some() && memory.is_some() && share.is_some() && rows.next_row() {
        let of = rows.text(trace).to_owned();
        let is_wanted = wanted.is_none_or(|(_, wanted)| wanted == Some(of.as_str()));
        if !traces.contains(&of) {
            traces.push(of);
        }
        if !is_wanted {
            continue;
        }
        let shape = (rows.size(cpu, 0..=limits::CPU), rows.size(memory, 1..=limits::MEMORY));
        let weight = quantity::scaled(rows.text(share), DECIMALS).ok().and_then(|weight| u32::try_from(weight).ok());
        let weight = weight.filter(|weight| (1..=1_000_000_000).contains(weight));
        if weight.is_none() {
            rows.refuse(share, "write a share above 0 and up to 1, with at most 9 decimals");
        }
        if let ((Some(cpu), Some(memory)), Some(weight)) = (shape, weight) {
            let total = weights.entry(Size { cpu, memory }).or_default();
            *total = total.saturating_add(weight);
        }
    }
    let problems = rows.finish();
    let is_clean = problems.is_empty();
    problems.report(table.context(), &name, &bytes);
    if is_clean && wanted.is_none() && traces.len() > 1 {
        let message = format!("`{name}` holds the shapes of {} traces", traces.len());
        let help = format!("choose one with `trace`, such as `{}`", traces[0].escape_debug());
        item.report(Problem::new(Rule::MissingKey, message).label("which of them?").help(help));
        return None;
    }
    if is_clean && weights.is_empty() {
        let place = wanted.map_or(item, |(item, _)| item);
        let known = wanted.and_then(|(_, name)| suggestion(name?, traces.iter().map(String::as_str)));
        let problem = Problem::new(Rule::Law, format!("`{name}` has no shape to draw")).label("no row");
        place.report(problem.help(known.unwrap_or_else(|| "a row is a shape".to_owned())));
        return None;
    }
    is_clean.then_some(weights)
}

/// A lognormal law of shapes.
struct Law {
    /// Logarithms: mean and standard deviation of CPU units.
    cpu: Normal,
    /// Logarithms: mean and standard deviation of MiB for each vCPU.
    ratio: Normal,
    correlation: f64,
    cpu_steps: Vec<u32>,
    memory_steps: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Normal {
    mean: f64,
    deviation: f64,
}

fn read_law(table: &Table<'_>) -> Option<Law> {
    let cpu = read_normal(table, "cpu-median", "cpu-p90", f64::from(limits::CPU));
    let ratio = read_normal(table, "memory-per-vcpu-median", "memory-per-vcpu-p90", f64::from(limits::MEMORY));
    let correlation = table.or_default("correlation").real(-0.99..=0.99);
    let cpu_steps = read_steps(table, "cpu-steps", limits::CPU);
    let memory_steps = read_steps(table, "memory-steps", limits::MEMORY);
    let (cpu_steps, memory_steps) = (cpu_steps?, memory_steps?);
    if cpu_steps.len() * memory_steps.len() > PAIRS {
        let message = format!("{} steps of CPU times {} of memory", cpu_steps.len(), memory_steps.len());
        let problem = Problem::new(Rule::Law, message).label("too many shapes");
        table.get("memory-steps")?.report(problem.help(format!("give steps for at most {PAIRS} shapes in all")));
        return None;
    }
    Some(Law { cpu: cpu?, ratio: ratio?, correlation: correlation?, cpu_steps, memory_steps })
}

fn read_normal(table: &Table<'_>, median: &'static str, p90: &'static str, most: f64) -> Option<Normal> {
    let (low, high) = (table.get(median)?, table.get(p90)?);
    let numbers = (low.real(0.001..=most), high.real(0.001..=most));
    let (Some(middle), Some(far)) = numbers else { return None };
    if far <= middle {
        let problem = Problem::new(Rule::Law, format!("`{p90}` must be above `{median}`")).label("too small");
        let problem = problem.help(format!("write a larger `{p90}`, or draw from a list of shapes"));
        high.report(problem.related(low.span(), format!("`{median}` is this")));
        return None;
    }
    let mean = libm::log(middle);
    Some(Normal { mean, deviation: (libm::log(far) - mean) / NORMAL_P90 })
}

fn read_steps(table: &Table<'_>, key: &'static str, most: u32) -> Option<Vec<u32>> {
    let item = table.get(key)?;
    let steps: Vec<Option<u32>> = item.list()?.iter().map(|step| step.integer_u32(1..=most)).collect();
    let steps = steps.into_iter().collect::<Option<Vec<u32>>>()?;
    if steps.is_empty() || steps.windows(2).any(|pair| pair[0] >= pair[1]) {
        let problem = Problem::new(Rule::Law, format!("`{key}` must rise from step to step")).label("no steps");
        item.report(problem.help("give the sizes that occur, the smallest first, each once"));
        return None;
    }
    Some(steps)
}

impl Law {
    /// The probability of each pair of steps in billionths; pairs that round to none are left out.
    fn weights(&self) -> BTreeMap<Size, u32> {
        let mut weights = BTreeMap::new();
        let mut from = -REACH;
        for (position, &cpu) in self.cpu_steps.iter().enumerate() {
            let is_last = position + 1 == self.cpu_steps.len();
            let at = (libm::log(f64::from(cpu)) - self.cpu.mean) / self.cpu.deviation;
            let to = if is_last { REACH } else { at.clamp(from, REACH) };
            for (probability, &memory) in self.memory_given(from, to).into_iter().zip(&self.memory_steps) {
                let weight = billionths(probability);
                if weight > 0 {
                    weights.insert(Size { cpu, memory }, weight);
                }
            }
            from = to;
        }
        weights
    }

    /// The probability of each step of memory together with a CPU between two normal scores, by Simpson's rule.
    fn memory_given(&self, from: f64, to: f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.memory_steps.len()];
        let panels = panels(from, to);
        let width = (to - from) / f64::from(panels);
        for node in 0..=2 * panels {
            let weight = if node == 0 || node == 2 * panels { 1.0 } else { f64::from(2 + 2 * (node % 2)) };
            let score = from + width * f64::from(node) / 2.0;
            let density = libm::exp(-score * score / 2.0) / libm::sqrt(core::f64::consts::TAU);
            let mut reached = 0.0;
            for (position, &memory) in self.memory_steps.iter().enumerate() {
                let is_last = position + 1 == self.memory_steps.len();
                let below = if is_last { 1.0 } else { self.memory_below(memory, score) };
                sums[position] += weight * density * (below - reached);
                reached = below;
            }
        }
        sums.iter().map(|sum| sum * width / 6.0).collect()
    }

    /// The probability that the memory is at most `memory` where the CPU has the normal score `score`.
    fn memory_below(&self, memory: u32, score: f64) -> f64 {
        let vcpus = self.cpu.mean + self.cpu.deviation * score - libm::log(f64::from(CpuUnits::PER_VCPU));
        let mean = vcpus + self.ratio.mean + self.ratio.deviation * self.correlation * score;
        let deviation = self.ratio.deviation * libm::sqrt(1.0 - self.correlation * self.correlation);
        normal_below((libm::log(f64::from(memory)) - mean) / deviation)
    }
}

/// Normal scores beyond this have a probability below 1e-16.
const REACH: f64 = 8.3;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of panels from 1 to 4,096")]
fn panels(from: f64, to: f64) -> u32 {
    libm::ceil(4_096.0 * (to - from) / (2.0 * REACH)).max(1.0) as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a probability is from 0 to 1")]
fn billionths(probability: f64) -> u32 {
    libm::round(probability * UNITS).clamp(0.0, UNITS) as u32
}

fn normal_below(score: f64) -> f64 {
    0.5 * libm::erfc(-score / core::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(correlation: f64, cpu_steps: &[u32], memory_steps: &[u32]) -> Law {
        Law {
            cpu: Normal { mean: libm::log(1024.0), deviation: 0.8 },
            ratio: Normal { mean: libm::log(2048.0), deviation: 0.5 },
            correlation,
            cpu_steps: cpu_steps.to_vec(),
            memory_steps: memory_steps.to_vec(),
        }
    }

    const CPU: [u32; 6] = [256, 512, 1024, 2048, 4096, 8192];
    const MEMORY: [u32; 8] = [512, 1024, 2048, 3072, 4096, 8192, 16384, 32768];

    /// Weights of one resource's steps against the normal law of its logarithm.
    fn check_margin(weights: &BTreeMap<u32, u64>, steps: &[u32], mean: f64, deviation: f64) {
        let mut reached = 0.0;
        for (position, step) in steps.iter().enumerate() {
            let is_last = position + 1 == steps.len();
            let below = if is_last { 1.0 } else { normal_below((libm::log(f64::from(*step)) - mean) / deviation) };
            let weight = weights.get(step).copied().unwrap_or_default() as f64 / UNITS;
            assert!((weight - (below - reached)).abs() < 1e-8, "step {step}: {weight}, not {}", below - reached);
            reached = below;
        }
    }

    /// CPU has its own normal law; memory that of a sum, whose variance has the correlation in it.
    #[test]
    fn margins_are_lognormal_and_the_correlation_is_in_the_variance_of_memory() {
        for correlation in [-0.6, 0.0, 0.43, 0.9] {
            let law = law(correlation, &CPU, &MEMORY);
            let (mut of_cpu, mut of_memory) = (BTreeMap::new(), BTreeMap::new());
            for (Size { cpu, memory }, weight) in law.weights() {
                *of_cpu.entry(cpu).or_default() += u64::from(weight);
                *of_memory.entry(memory).or_default() += u64::from(weight);
            }
            check_margin(&of_cpu, &CPU, libm::log(1024.0), 0.8);
            let variance = 0.64 + 0.25 + 2.0 * correlation * 0.8 * 0.5;
            check_margin(&of_memory, &MEMORY, libm::log(2048.0), variance.sqrt());
        }
    }

    /// On fine steps the means are those of the law: exp(mu + sigma^2 / 2).
    #[test]
    fn fine_steps_have_the_mean_of_the_law() {
        let next = |step: &u32| u32::try_from((u64::from(*step) * 2_506).div_ceil(2_500)).ok();
        let steps: Vec<u32> = std::iter::successors(Some(16), next).take(PAIRS).collect();
        let check = |weights: BTreeMap<Size, u32>, of: fn(Size) -> u32, mean: f64| {
            let total: f64 = weights.values().map(|weight| f64::from(*weight)).sum();
            let sum: f64 = weights.iter().map(|(shape, weight)| f64::from(of(*shape)) * f64::from(*weight)).sum();
            // Rounding up adds half a step of 0.24 %, and half a unit, on average.
            let found = sum / total;
            assert!((found / mean - 1.0012).abs() < 0.002, "{found} is not {mean}");
        };
        check(law(0.43, &steps, &[1]).weights(), |size| size.cpu, 1024.0 * libm::exp(0.32));
        let variance = 0.64 + 0.25 + 2.0 * 0.43 * 0.8 * 0.5;
        check(law(0.43, &[1], &steps).weights(), |size| size.memory, 2048.0 * libm::exp(variance / 2.0));
    }

    #[test]
    fn a_correlation_brings_large_memory_to_large_cpu() {
        let share = |correlation| {
            let weights = law(correlation, &CPU, &MEMORY).weights();
            f64::from(weights[&Size { cpu: 8192, memory: 32768 }])
                / weights.values().map(|weight| f64::from(*weight)).sum::<f64>()
        };
        assert!(share(0.9) > 3.0 * share(0.0) && share(0.0) > 3.0 * share(-0.6), "{} {}", share(0.9), share(0.0));
    }
}
