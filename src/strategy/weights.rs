//! How much each resource counts in the heuristics of Panigrahy et al.: the scarcer on this fleet, the more.
//!
//! They measure demands `d` and remaining amounts `f` in bins and weigh resource `r` by the mean demand of it, `a_r`. With
//! `D_r` demanded by the whole load and `C_r` registered by the whole fleet, both `sum a_r d_r f_r` and
//! `sum a_r (f_r - d_r)^2` are, up to a common factor, sums with weights `D_r / C_r^3` over plain amounts.

use std::cmp::Ordering;

use super::near::{Exactly, Near, number, number_of_wide};
use crate::model::{ReferenceMix, Scenario};

/// Weights of cpu and memory, at most [`Weights::MOST`]; only their proportion matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weights(pub(super) [u128; 2]);

impl Default for Weights {
    fn default() -> Self {
        Self([1, 1])
    }
}

/// Totals are rounded to this many significant bits, so that their third powers can be multiplied.
const CAPACITY_BITS: u32 = 28;
const DEMAND_BITS: u32 = 40;

impl Weights {
    /// Weights are rounded to this many significant bits.
    const BITS: u32 = 40;

    /// The weights for a load and a fleet. A resource that nobody demands, or that no instance has, weighs nothing.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let fleet = &scenario.fleet;
        let mut capacity = [0_u128; 2];
        for class in &fleet.instances {
            let class = &fleet.classes[class.index()];
            capacity[0] += u128::from(class.cpu.0);
            capacity[1] += u128::from(class.memory.0);
        }
        let mut demand = [0_u128; 2];
        for shape in &ReferenceMix::of(scenario).shapes {
            let task = &shape.demand;
            demand[0] = demand[0].saturating_add(u128::from(task.cpu.0) * u128::from(shape.weight));
            demand[1] = demand[1].saturating_add(u128::from(task.memory.0) * u128::from(shape.weight));
        }
        Self::new(demand, capacity)
    }

    fn new(demand: [u128; 2], capacity: [u128; 2]) -> Self {
        let demand = rounded(demand, DEMAND_BITS);
        let cubes = rounded(capacity, CAPACITY_BITS).map(|whole| whole.pow(3));
        let crossed = match cubes {
            [0, 0] => return Self::default(),
            [0, _] => [0, 1],
            [_, 0] => [1, 0],
            [cpu, memory] => [demand[0] * memory, demand[1] * cpu],
        };
        let divisor = gcd(crossed[0], crossed[1]).max(1);
        Self(rounded(crossed.map(|weight| weight / divisor), Self::BITS))
    }
}

/// Weights of one decision, and close numbers of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    weights: [u128; 2],
    near: [f64; 2],
}

/// A weighted sum of two amounts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighted {
    weights: [u128; 2],
    amounts: [u64; 2],
}

impl Scale {
    pub(super) fn new(weights: [u128; 2]) -> Self {
        Self { weights, near: weights.map(number_of_wide) }
    }

    /// The sum of two amounts, each by its weight; products must fit in 127 bits.
    #[inline]
    pub(super) fn weigh(self, amounts: [u64; 2]) -> Near<Weighted> {
        let near = number(amounts[0]) * self.near[0] + number(amounts[1]) * self.near[1];
        Near::new(near, Weighted { weights: self.weights, amounts })
    }
}

impl Weighted {
    fn sum(&self) -> u128 {
        let [cpu, memory] = self.amounts.map(u128::from);
        cpu * self.weights[0] + memory * self.weights[1]
    }
}

impl Exactly for Weighted {
    #[inline]
    fn is_alike(&self, other: &Self) -> bool {
        (self.amounts[0] == other.amounts[0]) & (self.amounts[1] == other.amounts[1])
    }
}

impl Ord for Weighted {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_alike(other) { Ordering::Equal } else { self.sum().cmp(&other.sum()) }
    }
}

impl PartialOrd for Weighted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Weighted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Weighted {}

/// Both numbers shifted by the same, so that the greater has at most this many bits; what is there stays at least 1.
fn rounded(numbers: [u128; 2], bits: u32) -> [u128; 2] {
    let shift = (u128::BITS - numbers[0].max(numbers[1]).leading_zeros()).saturating_sub(bits);
    numbers.map(|number| if number == 0 { 0 } else { (number >> shift).max(1) })
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::test_support::fixture_a;

    #[test]
    fn scarcity_decides() {
        // 9216 cpu of 16384 and 34816 MiB of 65536: 9216 * 4^3 to 34816.
        assert_eq!(Weights::of(&fixture_a()), Weights([288, 17]));
        assert_eq!(Weights::new([3, 3], [2, 4]), Weights([8, 1]));
        assert_eq!(Weights::new([0, 3], [2, 4]), Weights([0, 1]));
        assert_eq!(Weights::new([3, 3], [0, 4]), Weights([0, 1]));
        assert_eq!(Weights::new([0, 0], [0, 0]), Weights([1, 1]));
    }

    #[test]
    fn the_largest_totals_do_not_overflow() {
        let weights = Weights::new([u128::MAX, 1], [1, u128::MAX]);
        assert!(weights.0[0] < 1 << Weights::BITS && weights.0[1] >= 1, "{weights:?}");
    }
}
