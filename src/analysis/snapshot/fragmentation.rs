//! M11, the fragmentation of Weng et al.: how much of what remains a task drawn from the reference mix cannot use.
//!
//! A shape does not fit an instance if too little cpu, memory or GPUs remain, or if a filter that holds for ever rejects
//! it: the instance is DRAINING, its agent is disconnected, an attribute is missing, or an expression of the task
//! definition is false ([`eligible`](super::eligible)). Ports and interface slots in use are not looked at.
//!
//! # Sources
//! Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent",
//! USENIX ATC 2023. For a shape that needs none of a resource they would call all of it unusable; here the mix is
//! conditioned on shapes that need the resource (specification, notes to 1.2).

use super::eligible::{self, Needs};
use super::{Subject, inventory};
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::engine::{Engine, InstanceStatus, Remaining};
use crate::model::{ClassId, Demand};

/// Exact sums for cpu and memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fragmentation {
    /// What remains, times the weight of shapes that need it and do not fit.
    unusable: [u128; 2],
    /// What remains.
    free: [u128; 2],
    /// Weight of shapes that need it.
    weight: [u128; 2],
}

/// A shape of the mix, ready to be compared.
struct Shape<'a> {
    demand: &'a Demand,
    weights: [u128; 2],
    /// For each class, whether its instances may ever hold it.
    eligible: Vec<bool>,
}

/// What remains on instances that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hole {
    class: ClassId,
    is_active: bool,
    cpu: u32,
    memory: u32,
    gpus: u32,
}

/// Looks at every instance that is up.
pub(super) fn take(subject: Subject<'_>, cluster: &dyn Engine) -> Fragmentation {
    let shapes = shapes(subject);
    let mut result = Fragmentation::default();
    for (sum, r) in result.weight.iter_mut().zip(0..) {
        *sum = shapes.iter().map(|shape: &Shape<'_>| shape.weights[r]).sum();
    }
    let mut holes = holes(cluster);
    holes.sort_unstable();
    for alike in holes.chunk_by(|a, b| a == b) {
        result.add(&alike[0], alike.len(), &shapes);
    }
    result
}

impl Fragmentation {
    fn add(&mut self, hole: &Hole, count: usize, shapes: &[Shape<'_>]) {
        let mut refused = [0; 2];
        for shape in shapes.iter().filter(|shape| !shape.fits(hole)) {
            refused[0] += shape.weights[0];
            refused[1] += shape.weights[1];
        }
        for (r, free) in [hole.cpu, hole.memory].into_iter().enumerate() {
            let free = u128::from(free) * count as u128;
            self.free[r] += free;
            self.unusable[r] += free * refused[r];
        }
    }

    fn rate(&self, r: usize) -> Figure {
        Figure::ratio(self.unusable[r], self.free[r] * self.weight[r])
    }

    /// Writes its figures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        let rates = [self.rate(0), self.rate(1)];
        sheet.set("cpu_fragmentation_rate", rates[0]);
        sheet.set("memory_fragmentation_rate", rates[1]);
        sheet.set("fragmentation_rate_worst", Figure::largest(rates));
    }
}

impl Shape<'_> {
    fn fits(&self, hole: &Hole) -> bool {
        self.demand.cpu.0 <= hole.cpu
            && self.demand.memory.0 <= hole.memory
            && self.demand.gpus <= hole.gpus
            && hole.is_active
            && self.eligible[hole.class.index()]
    }
}

fn shapes(subject: Subject<'_>) -> Vec<Shape<'_>> {
    let shape = |entry: &crate::analysis::mix::MixShape| {
        let definition = &subject.scenario.definitions[entry.definition.index()];
        let (demand, weight) = (&definition.demand, u128::from(entry.weight));
        let weights = [demand.cpu.0, demand.memory.0].map(|amount| if amount > 0 { weight } else { 0 });
        let eligible = eligible::classes(&subject.scenario.fleet, &Needs::of_definition(definition));
        Shape { demand, weights, eligible }
    };
    subject.mix.shapes.iter().map(shape).collect()
}

fn holes(cluster: &dyn Engine) -> Vec<Hole> {
    let hole = |instance| {
        let Remaining { cpu, memory, gpus } = cluster.remaining(instance);
        let is_active = cluster.status(instance) == InstanceStatus::Active;
        Hole { class: cluster.class(instance), is_active, cpu: cpu.0, memory: memory.0, gpus }
    };
    inventory::up(cluster).map(hole).collect()
}
