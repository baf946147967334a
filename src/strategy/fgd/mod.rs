//! Fragmentation gradient descent: the instance where the task adds least to what typical tasks cannot use.
//!
//! What is fragmented of resource `r` on an instance is what remains of it times the probability that a task of the mix
//! that needs `r` does not fit there (M11). The paper measures GPUs alone, device by device ([`gpus`]): where tasks of the
//! mix ask for GPUs, these decide, and among equals the first instance is taken, as in the authors' code. Elsewhere cpu and
//! memory decide, each as a share of the fleet's capacity. Only amounts decide whether a shape of the mix fits, no other
//! filter.
//!
//! # Cost
//! Two looks at every shape of the mix a candidate, the dearest of all strategies here: with 40 shapes some 100 ns. With
//! GPUs what a state of an instance comes to is remembered, as one task changes one instance alone.
//!
//! # Sources
//! Weng et al., "Beware of fragmentation: scheduling GPU-sharing workloads with fragmentation gradient descent", USENIX ATC
//! 2023.

mod gpus;
mod rivals;

pub use rivals::{FgdBestFit, FgdDotProduct};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Candidate, Strategy, View};
use crate::model::{Demand, Device, ReferenceMix, Scenario};
use gpus::GpuMix;

/// See the module. Before it knows a load it is first fit.
#[derive(Clone, Debug, Default)]
pub struct Fgd {
    shapes: Vec<Shape>,
    /// Weight of the shapes that need cpu, and of those that need memory.
    needed: [i128; 2],
    /// Capacity of the fleet, scaled.
    capacity: [i128; 2],
    /// The part of the mix that asks for GPUs.
    gpus: Option<Arc<GpuMix>>,
}

/// A shape of the mix.
#[derive(Clone, Copy, Debug)]
struct Shape {
    cpu: u32,
    memory: u32,
    weight: i128,
}

/// Weights add up to at most this many bits, and capacities have as many: numerators then stay below 2^127.
const BITS: u32 = 30;

impl Fgd {
    fn of(scenario: &Scenario) -> Self {
        let mut merged: BTreeMap<(u32, u32), u128> = BTreeMap::new();
        for shape in &ReferenceMix::of(scenario).shapes {
            let demand = &shape.demand;
            *merged.entry((demand.cpu.0, demand.memory.0)).or_insert(0) += u128::from(shape.weight);
        }
        let shift = excess(merged.values().sum());
        let weight = |weight: u128| i128::try_from((weight >> shift).max(1)).expect("30 bits");
        let shape = |((cpu, memory), share)| Shape { cpu, memory, weight: weight(share) };
        let shapes: Vec<Shape> = merged.into_iter().map(shape).collect();
        let sum =
            |needs: fn(&Shape) -> bool| shapes.iter().filter(|shape| needs(shape)).map(|shape| shape.weight).sum();
        Self {
            needed: [sum(|shape| shape.cpu > 0), sum(|shape| shape.memory > 0)],
            capacity: capacity(scenario),
            shapes,
            gpus: GpuMix::of(scenario).map(Arc::new),
        }
    }

    /// What is fragmented of cpu and memory where this much remains, times the weight of what needs it.
    fn fragmented(&self, cpu: u32, memory: u32) -> [i128; 2] {
        let mut missing = [0, 0];
        for shape in &self.shapes {
            if shape.cpu > cpu || shape.memory > memory {
                missing[0] += if shape.cpu > 0 { shape.weight } else { 0 };
                missing[1] += if shape.memory > 0 { shape.weight } else { 0 };
            }
        }
        [i128::from(cpu) * missing[0], i128::from(memory) * missing[1]]
    }

    /// How fragmentation changes where this much cpu and memory remains, over a denominator that is the same for all instances.
    fn change(&self, before: [u32; 2], after: [u32; 2]) -> i128 {
        let [before, after] = [before, after].map(|[cpu, memory]| self.fragmented(cpu, memory));
        let change = [after[0] - before[0], after[1] - before[1]];
        // change[0] / (needed[0] * capacity[0]) + change[1] / (needed[1] * capacity[1]); what nobody needs never changes.
        let under = [self.needed[0].max(1) * self.capacity[0], self.needed[1].max(1) * self.capacity[1]];
        change[0] * under[1] + change[1] * under[0]
    }
}

/// Cpu and memory of the fleet, both scaled alike to [`BITS`] bits, at least 1.
fn capacity(scenario: &Scenario) -> [i128; 2] {
    let mut capacity = [0_u128; 2];
    for class in &scenario.fleet.instances {
        let class = &scenario.fleet.classes[class.index()];
        capacity[0] += u128::from(class.cpu.0);
        capacity[1] += u128::from(class.memory.0);
    }
    let shift = excess(capacity[0].max(capacity[1]));
    capacity.map(|whole| i128::try_from((whole >> shift).max(1)).expect("30 bits"))
}

/// By how many bits a number is too long.
fn excess(number: u128) -> u32 {
    (u128::BITS - number.leading_zeros()).saturating_sub(BITS)
}

impl Strategy for Fgd {
    fn name(&self) -> &str {
        "fgd"
    }

    fn choose(&self, view: &View<'_>) -> usize {
        let (cpu, memory) = (view.demand.cpu.0, view.demand.memory.0);
        if let Some(gpus) = &self.gpus {
            return view.least(|candidate| gpus.change(candidate, view.demand, self.device(view.demand, candidate)));
        }
        view.least(|candidate| {
            let before = [candidate.cpu.0, candidate.memory.0];
            self.change(before, [before[0] - cpu, before[1] - memory])
        })
    }

    fn device(&self, demand: &Demand, chosen: &Candidate<'_>) -> Device {
        match &self.gpus {
            Some(gpus) if demand.gpus.is_share() => gpus.device(chosen, demand),
            _ => Device::ANY,
        }
    }

    fn prepare(&self, scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        Some(Arc::new(Self::of(scenario)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::{Amounts, Row, amounts, check, fixture_a};

    const WHOLE: Amounts = amounts(4096, 16384);
    const WEB: Amounts = amounts(1024, 2048);

    fn row(left: Amounts) -> Row {
        Row { registered: WHOLE, left }
    }

    #[test]
    fn fragmentation_is_that_of_m11() {
        let fgd = Fgd::of(&fixture_a());
        // i1 of fixture A: web fits in 1024 / 2048 and db, 2 of 7, does not.
        assert_eq!(fgd.fragmented(1024, 2048), [2 * 1024, 2 * 2048]);
        assert_eq!(fgd.fragmented(0, 8192), [0, 7 * 8192]);
        assert_eq!(fgd.fragmented(4096, 16384), [0, 0]);
    }

    #[test]
    fn fragmentation_falls_most_where_the_task_goes() {
        let fgd = Fgd::of(&fixture_a());
        // On an empty instance nothing changes; where only web fits, 2/7 of what it takes ceases to be fragmented.
        check(&fgd, WEB, &[row(WHOLE), row(amounts(2048, 4096))], 1);
        // The same fall twice: the first.
        check(&fgd, WEB, &[row(amounts(1024, 2048)), row(amounts(2048, 4096))], 0);
        // Tighter, but then no db fits any more in what remains.
        check(&fgd, WEB, &[row(amounts(2048, 12288)), row(amounts(3072, 14336))], 1);
        // The same rise of cpu; of memory the second strands nothing.
        check(&fgd, WEB, &[row(amounts(3072, 3072)), row(amounts(3072, 2048))], 1);
        check(&Fgd::default(), WEB, &[row(amounts(2048, 12288)), row(amounts(3072, 14336))], 0);
    }

    #[test]
    fn the_largest_fleet_and_load_do_not_overflow() {
        let shapes = vec![Shape { cpu: 1 << 24, memory: 1 << 27, weight: 1 << BITS }];
        let fgd = Fgd { shapes, needed: [1 << BITS; 2], capacity: [1 << BITS; 2], gpus: None };
        assert!(fgd.change([1 << 24, 1 << 27], [0, 0]) <= 0);
        assert!(fgd.change([(1 << 24) - 1, 1 << 27], [0, 0]) < 0);
    }
}
