//! M11, the fragmentation of Weng et al.: how much of what remains a task drawn from the reference mix cannot use; M9,
//! what no shape of the mix can use; and the quadrants, which say why.
//!
//! What fits is decided by [`room`](super::room).
//!
//! # Sources
//! Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent",
//! USENIX ATC 2023. For a shape that needs none of a resource they would call all of it unusable; here the mix is
//! conditioned on shapes that need the resource (specification, notes to 1.2). Their simulator classes each pair of
//! instance and task by what is lacking and prints the shares; ours are [`Quadrants`].

use super::room::{Hole, Room, Shape};
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;

/// Exact sums for cpu and memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fragmentation {
    /// What remains, times the weight of shapes that need it and do not fit.
    unusable: [u128; 2],
    /// What remains.
    free: [u128; 2],
    /// What remains where no shape fits.
    dead: [u128; 2],
    /// Weight of shapes that need it.
    weight: [u128; 2],
    quadrants: Quadrants,
}

/// Pairs of an instance and a task drawn from the mix, by what keeps the task out; the task's weight counts.
#[derive(Clone, Copy, Debug, Default)]
struct Quadrants {
    fits: u128,
    lacks_cpu: u128,
    lacks_memory: u128,
    lacks_both: u128,
    /// Room enough, but another filter says no.
    filtered: u128,
}

/// Looks at every hole and shape.
pub(super) fn take(room: &Room<'_>) -> Fragmentation {
    let mut result = Fragmentation { free: room.free(), ..Fragmentation::default() };
    for (r, sum) in result.weight.iter_mut().enumerate() {
        *sum = room.shapes.iter().map(|shape| weight(shape, r)).sum();
    }
    for (hole, count) in &room.holes {
        result.add(hole, u128::from(*count), &room.shapes);
    }
    result
}

/// The weight of a shape that needs a resource.
fn weight(shape: &Shape<'_>, r: usize) -> u128 {
    if shape.amounts()[r] > 0 { u128::from(shape.weight) } else { 0 }
}

impl Fragmentation {
    fn add(&mut self, hole: &Hole, count: u128, shapes: &[Shape<'_>]) {
        let (mut refused, mut is_dead) = ([0; 2], true);
        for shape in shapes {
            self.quadrants.add(hole, count, shape);
            if shape.fits(hole) {
                is_dead = false;
                continue;
            }
            for (r, refused) in refused.iter_mut().enumerate() {
                *refused += weight(shape, r);
            }
        }
        for (r, free) in hole.free().into_iter().enumerate() {
            let free = u128::from(free) * count;
            self.unusable[r] += free * refused[r];
            self.dead[r] += if is_dead { free } else { 0 };
        }
    }

    fn rate(&self, r: usize) -> Figure {
        Figure::ratio(self.unusable[r], self.free[r] * self.weight[r])
    }

    /// Writes its figures; `of_gpus` is the rate of GPUs.
    pub(super) fn write(&self, of_gpus: Figure, sheet: &mut Sheet) {
        let rates = [self.rate(0), self.rate(1), of_gpus];
        sheet.set("cpu_fragmentation_rate", rates[0]);
        sheet.set("memory_fragmentation_rate", rates[1]);
        sheet.set("fragmentation_rate_worst", Figure::largest(rates));
        sheet.set("cpu_fragmented_units", Figure::ratio(self.unusable[0], self.weight[0]));
        sheet.set("memory_fragmented_mib", Figure::ratio(self.unusable[1], self.weight[1]));
        sheet.set("cpu_dead_free_units", Figure::whole(self.dead[0]));
        sheet.set("memory_dead_free_mib", Figure::whole(self.dead[1]));
        sheet.set("cpu_dead_free_share", Figure::ratio(self.dead[0], self.free[0]));
        sheet.set("memory_dead_free_share", Figure::ratio(self.dead[1], self.free[1]));
        self.quadrants.write(sheet);
    }
}

impl Quadrants {
    fn add(&mut self, hole: &Hole, count: u128, shape: &Shape<'_>) {
        let [cpu, memory] = shape.amounts();
        let kind = match (cpu > hole.cpu, memory > hole.memory) {
            (true, true) => &mut self.lacks_both,
            (true, false) => &mut self.lacks_cpu,
            (false, true) => &mut self.lacks_memory,
            (false, false) if shape.fits(hole) => &mut self.fits,
            (false, false) => &mut self.filtered,
        };
        *kind += count * u128::from(shape.weight);
    }

    fn write(&self, sheet: &mut Sheet) {
        let Self { fits, lacks_cpu, lacks_memory, lacks_both, filtered } = *self;
        let all = fits + lacks_cpu + lacks_memory + lacks_both + filtered;
        sheet.set("pairs_fitting_share", Figure::ratio(fits, all));
        sheet.set("pairs_lacking_cpu_share", Figure::ratio(lacks_cpu, all));
        sheet.set("pairs_lacking_memory_share", Figure::ratio(lacks_memory, all));
        sheet.set("pairs_lacking_both_share", Figure::ratio(lacks_both, all));
        sheet.set("pairs_filtered_share", Figure::ratio(filtered, all));
    }
}
