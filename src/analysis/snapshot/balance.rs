//! M16: how far the reserved shares of the resources of an instance lie apart, and how well what remains is shaped like
//! what is asked for.
//!
//! Imbalance is that of cpu and memory; that of all three, the largest share less the least, is a figure of its own, over
//! the instances that have GPUs. Alignment looks at GPUs wherever an instance has one.
//!
//! # Sources
//! Grandl et al., "Multi-Resource Packing for Cluster Schedulers" (Tetris), SIGCOMM 2014, scores by the dot product of
//! demand and free; the cosine is that of the two directions alone.

use std::collections::BTreeMap;

use super::Subject;
use super::roll::Roll;
use super::room::{Hole, Room, Shape};
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::engine::Engine;
use crate::model::{GpuScale, Ratio};

/// Shares are counted in this many parts where their common denominator would be too large.
const PARTS: u128 = 1 << 40;
/// A cosine is not a fraction: it is kept in parts of a thousand million.
const COSINE_PARTS: f64 = 1e9;

/// Means over the cluster.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Balance {
    imbalance: Figure,
    with_gpus: Figure,
    alignment: Figure,
}

/// Looks at every instance, and at every hole and shape that fits.
pub(super) fn take(subject: Subject<'_>, cluster: &dyn Engine, roll: &Roll, room: &Room<'_>) -> Balance {
    let (scale, fleet) = (GpuScale::of(subject.scenario), &subject.scenario.fleet);
    let (mut two, mut three) = (Imbalance::default(), Imbalance::default());
    for (instance, standing) in roll.up().filter(|(_, standing)| standing.tasks > 0) {
        let (class, left) = (&fleet.classes[standing.class.index()], standing.left);
        let amounts = [(class.cpu.0, left.cpu.0), (class.memory.0, left.memory.0)];
        let shares = amounts.map(|(of, left)| Share { taken: of - left, of });
        two.add_two(shares);
        if let Some(scale) = scale.filter(|_| class.gpus > 0) {
            let (of, left) = (scale.capacity(class), scale.free(class, &cluster.devices(instance)));
            let [cpu, memory] = shares.map(Share::wide);
            three.add(&[cpu, memory, Share { taken: of - left, of }.wide()]);
        }
    }
    Balance { imbalance: two.mean(), with_gpus: three.mean(), alignment: mean_alignment(scale, room) }
}

impl Balance {
    /// Writes its figures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        sheet.set("imbalance_mean", self.imbalance);
        sheet.set("gpu_imbalance_mean", self.with_gpus);
        sheet.set("alignment_mean", self.alignment);
    }
}

/// What is reserved of what an instance has of a resource.
#[derive(Clone, Copy, Debug)]
struct Share<T> {
    taken: T,
    of: T,
}

impl<T: Into<u128>> Share<T> {
    fn wide(self) -> Share<u128> {
        Share { taken: self.taken.into(), of: self.of.into() }
    }
}

/// The largest reserved share less the least, summed over instances by denominator.
#[derive(Clone, Debug, Default)]
struct Imbalance {
    sums: BTreeMap<u128, u128>,
    /// What comes to the sum of the denominator that was met last, which is mostly met again.
    last: (u128, u128),
    count: u128,
}

impl Imbalance {
    /// As [`Self::add`] for two resources.
    fn add_two(&mut self, [one, other]: [Share<u32>; 2]) {
        if one.of == 0 || other.of == 0 {
            return;
        }
        let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
        let difference = product(one.taken, other.of).abs_diff(product(other.taken, one.of));
        self.note(product(one.of, other.of).into(), difference.into());
    }

    /// An instance, with what is reserved of what it has of each resource; one that lacks a resource is none.
    fn add(&mut self, shares: &[Share<u128>]) {
        if shares.iter().any(|share| share.of == 0) {
            return;
        }
        // Amounts are of 32 bits or parts of GPUs: products of two do not overflow.
        let by_share = |one: &&Share<u128>, other: &&Share<u128>| (one.taken * other.of).cmp(&(other.taken * one.of));
        let extreme = |share: Option<&Share<u128>>| share.copied().unwrap_or(Share { taken: 0, of: 1 });
        let most = extreme(shares.iter().max_by(by_share));
        let least = extreme(shares.iter().min_by(by_share));
        self.note(most.of * least.of, most.taken * least.of - least.taken * most.of);
    }

    fn note(&mut self, denominator: u128, difference: u128) {
        if self.last.0 != denominator {
            self.settle();
            self.last = (denominator, 0);
        }
        self.last.1 += difference;
        self.count += 1;
    }

    fn settle(&mut self) {
        let (denominator, sum) = std::mem::take(&mut self.last);
        if denominator > 0 {
            *self.sums.entry(denominator).or_default() += sum;
        }
    }

    /// The mean; absent without an instance.
    fn mean(mut self) -> Figure {
        self.settle();
        let (top, bottom) = sum(&self.sums);
        Figure::ratio(top, bottom * self.count)
    }
}

/// The sum of fractions by denominator: exact, or to one part in [`PARTS`] where that would not fit.
fn sum(sums: &BTreeMap<u128, u128>) -> (u128, u128) {
    let add = |(top, bottom): (u128, u128), (&other_bottom, &other): (&u128, &u128)| {
        let common =
            bottom.checked_mul(other_bottom / gcd(bottom, other_bottom)).filter(|&common| common <= 1 << 64)?;
        let other = other.checked_mul(common / other_bottom)?;
        Some((top.checked_mul(common / bottom)?.checked_add(other)?, common))
    };
    let exact = sums.iter().try_fold((0, 1), add);
    exact.unwrap_or_else(|| (sums.iter().map(|(bottom, top)| (top << 40) / bottom).sum(), PARTS))
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The mean over pairs of a hole and a shape that fits into it, the shape's weight counting.
#[expect(clippy::cast_precision_loss, reason = "weights of a mean that is rounded anyway")]
fn mean_alignment(scale: Option<GpuScale>, room: &Room<'_>) -> Figure {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (hole, count) in &room.holes {
        for shape in room.shapes.iter().filter(|shape| shape.fits(hole)) {
            let [demand, free] = shares(scale, room, hole, shape);
            let Some(cosine) = cosine(demand, free) else { continue };
            let weight = *count as f64 * shape.weight as f64;
            sum += weight * cosine;
            weights += weight;
        }
    }
    if weights > 0.0 { in_parts(sum / weights) } else { Figure::Absent }
}

/// What a shape takes and what is free, of each resource, as shares of what the instance has.
fn shares(scale: Option<GpuScale>, room: &Room<'_>, hole: &Hole, shape: &Shape<'_>) -> [[f64; 3]; 2] {
    let class = &room.classes[hole.class.index()];
    let share = |part: u32, of: u32| if of == 0 { 0.0 } else { f64::from(part) / f64::from(of) };
    let of_two = |amounts: [u32; 2]| [share(amounts[0], class.cpu.0), share(amounts[1], class.memory.0)];
    let of_gpus = |parts: u64, scale: GpuScale| {
        Ratio::new(parts.into(), scale.capacity(class).into()).map_or(0.0, |share| share.to_f64())
    };
    let taken = scale.map_or(0.0, |scale| of_gpus(scale.least([class], shape.demand.gpus).unwrap_or(0), scale));
    let left = scale.map_or(0.0, |scale| of_gpus(scale.free(class, &hole.devices), scale));
    let ([cpu, memory], [cpu_free, memory_free]) = (of_two(shape.amounts()), of_two(hole.free()));
    [[cpu, memory, taken], [cpu_free, memory_free, left]]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1 before scaling")]
fn in_parts(cosine: f64) -> Figure {
    Figure::ratio(libm::round(cosine.clamp(0.0, 1.0) * COSINE_PARTS) as u128, COSINE_PARTS as u128)
}

/// The cosine of the angle between what is asked and what is free; absent for a vector of zeros. Only additions,
/// products, quotients and roots, which are the same on every machine.
fn cosine(demand: [f64; 3], free: [f64; 3]) -> Option<f64> {
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let lengths = libm::sqrt(dot(demand, demand)) * libm::sqrt(dot(free, free));
    (lengths > 0.0).then(|| dot(demand, free) / lengths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m16_worked_alignments() {
        let check = |demand: [f64; 2], free: [f64; 2], capacity: [f64; 2], expected: f64| {
            let share = |amounts: [f64; 2]| [amounts[0] / capacity[0], amounts[1] / capacity[1], 0.0];
            let found = cosine(share(demand), share(free)).unwrap();
            assert!((found - expected).abs() < 5e-7, "{demand:?} {free:?}: {found}");
        };
        check([1024.0, 2048.0], [1024.0, 2048.0], [4096.0, 16384.0], 1.0);
        check([2048.0, 12288.0], [1024.0, 2048.0], [4096.0, 16384.0], 0.868_243);
        check([2048.0, 1024.0], [2048.0, 4096.0], [4096.0, 8192.0], 0.857_493);
        // A quarter of cpu and memory and half of the GPUs, where all of each is free: 1 / sqrt(1.125).
        let found = cosine([0.25, 0.25, 0.5], [1.0; 3]).unwrap();
        assert!((found - 1.0 / (3.0 * 0.375_f64).sqrt()).abs() < 1e-12, "{found}");
        assert_eq!(cosine([0.1; 3], [0.0; 3]), None);
        assert_eq!(cosine([0.0; 3], [0.1; 3]), None);
    }

    /// Of instances, each with what is taken of what it has of some resources.
    fn mean(instances: &[&[[u32; 2]]]) -> Figure {
        let (mut imbalance, mut of_two) = (Imbalance::default(), Imbalance::default());
        for &instance in instances {
            let shares: Vec<Share<u32>> = instance.iter().map(|&[taken, of]| Share { taken, of }).collect();
            imbalance.add(&shares.iter().copied().map(Share::wide).collect::<Vec<_>>());
            if let [one, other] = shares[..] {
                of_two.add_two([one, other]);
            }
        }
        let is_of_two = instances.iter().all(|shares| shares.len() == 2);
        let mean = imbalance.mean();
        assert!(!is_of_two || of_two.mean() == mean, "{instances:?}");
        mean
    }

    #[test]
    fn m16_imbalance_is_rounded_only_where_denominators_share_nothing() {
        let all = |capacities: &[u32]| {
            let shares: Vec<[[u32; 2]; 2]> = capacities.iter().map(|&of| [[of, of], [0, of]]).collect();
            mean(&shares.iter().map(|shares| &shares[..]).collect::<Vec<_>>())
        };
        assert_eq!(all(&[4096, 3000, 999_983]), Figure::ratio(1, 1));
        assert_eq!(all(&[999_983, 999_979, 999_961, 999_959]), Figure::ratio(1, 1));
        assert_eq!(mean(&[]), Figure::Absent);
    }

    #[test]
    fn m16_of_three_resources_is_the_largest_share_less_the_least() {
        // 3/4 of cpu, 1/2 of memory, 1/4 of GPUs; then all alike.
        assert_eq!(mean(&[&[[3, 4], [1, 2], [1, 4]]]), Figure::ratio(1, 2));
        assert_eq!(mean(&[&[[3, 4], [1, 2], [1, 4]], &[[1, 2], [2, 4], [4, 8]]]), Figure::ratio(1, 4));
        assert_eq!(mean(&[&[[3, 4], [0, 0], [1, 4]]]), Figure::Absent);
    }
}
