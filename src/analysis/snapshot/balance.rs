//! M16: how far the reserved shares of cpu and memory of an instance lie apart, and how well what remains is shaped like
//! what is asked for.
//!
//! # Sources
//! Grandl et al., "Multi-Resource Packing for Cluster Schedulers" (Tetris), SIGCOMM 2014, scores by the dot product of
//! demand and free; the cosine is that of the two directions alone.

use std::collections::BTreeMap;

use super::room::Room;
use crate::analysis::record::{Figure, FleetCell};
use crate::analysis::sheet::Sheet;
use crate::model::Fleet;

/// Shares are counted in this many parts where their common denominator would be too large.
const PARTS: u128 = 1 << 40;
/// A cosine is not a fraction: it is kept in parts of a thousand million.
const COSINE_PARTS: f64 = 1e9;

/// Means over the cluster.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Balance {
    imbalance: Figure,
    alignment: Figure,
}

/// Looks at every instance, and at every hole and shape that fits.
pub(super) fn take(fleet: &Fleet, cells: &[FleetCell], room: &Room<'_>) -> Balance {
    Balance { imbalance: imbalance(cells), alignment: mean_alignment(fleet, room) }
}

impl Balance {
    /// Writes its figures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        sheet.set("imbalance_mean", self.imbalance);
        sheet.set("alignment_mean", self.alignment);
    }
}

/// The mean over non-empty instances that have both resources; absent if there is none.
fn imbalance(cells: &[FleetCell]) -> Figure {
    let mut sums: BTreeMap<u128, u128> = BTreeMap::new();
    let mut count = 0;
    for cell in cells.iter().filter(|cell| cell.tasks > 0 && cell.cpu.0 > 0 && cell.memory.0 > 0) {
        let cross = |(of, _): (u32, u32), (_, reserved): (u32, u32)| u128::from(of) * u128::from(reserved);
        let difference = cross(cell.memory, cell.cpu).abs_diff(cross(cell.cpu, cell.memory));
        *sums.entry(u128::from(cell.cpu.0) * u128::from(cell.memory.0)).or_default() += difference;
        count += 1;
    }
    let (top, bottom) = sum(&sums);
    Figure::ratio(top, bottom * count)
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
fn mean_alignment(fleet: &Fleet, room: &Room<'_>) -> Figure {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (hole, count) in &room.holes {
        let class = &fleet.classes[hole.class.index()];
        for shape in room.shapes.iter().filter(|shape| shape.fits(hole)) {
            let Some(cosine) = alignment(shape.amounts(), hole.free(), [class.cpu.0, class.memory.0]) else { continue };
            let weight = *count as f64 * shape.weight as f64;
            sum += weight * cosine;
            weights += weight;
        }
    }
    if weights > 0.0 { in_parts(sum / weights) } else { Figure::Absent }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1 before scaling")]
fn in_parts(cosine: f64) -> Figure {
    Figure::ratio(libm::round(cosine.clamp(0.0, 1.0) * COSINE_PARTS) as u128, COSINE_PARTS as u128)
}

/// The cosine of the angle between a demand and what is free, both as shares of the capacity; absent for a vector of
/// zeros. Only additions, products, quotients and roots, which are the same on every machine.
fn alignment(demand: [u32; 2], free: [u32; 2], capacity: [u32; 2]) -> Option<f64> {
    let share = |amounts: [u32; 2], r: usize| {
        if capacity[r] == 0 { 0.0 } else { f64::from(amounts[r]) / f64::from(capacity[r]) }
    };
    let dot = |a: [u32; 2], b: [u32; 2]| share(a, 0) * share(b, 0) + share(a, 1) * share(b, 1);
    let lengths = libm::sqrt(dot(demand, demand)) * libm::sqrt(dot(free, free));
    (lengths > 0.0).then(|| dot(demand, free) / lengths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m16_worked_alignments() {
        let check = |demand, free, capacity, expected: f64| {
            let found = alignment(demand, free, capacity).unwrap();
            assert!((found - expected).abs() < 5e-7, "{demand:?} {free:?}: {found}");
        };
        check([1024, 2048], [1024, 2048], [4096, 16384], 1.0);
        check([2048, 12288], [1024, 2048], [4096, 16384], 0.868_243);
        check([2048, 1024], [2048, 4096], [4096, 8192], 0.857_493);
        assert_eq!(alignment([1, 1], [0, 0], [9, 9]), None);
        assert_eq!(alignment([0, 0], [1, 1], [9, 9]), None);
    }

    #[test]
    fn m16_imbalance_is_rounded_only_where_denominators_share_nothing() {
        let cell = |capacity: u32| FleetCell { zone: 0, cpu: (capacity, capacity), memory: (capacity, 0), tasks: 1 };
        assert_eq!(imbalance(&[4096, 3000, 999_983].map(cell)), Figure::ratio(1, 1));
        assert_eq!(imbalance(&[999_983, 999_979, 999_961, 999_959].map(cell)), Figure::ratio(1, 1));
        assert_eq!(imbalance(&[FleetCell { tasks: 0, ..cell(9) }]), Figure::Absent);
    }
}
