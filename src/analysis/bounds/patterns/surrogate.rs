//! Several resources added up into one with whole multipliers: every set that fits the resources fits their sum too, so
//! that what is proved of the sum is true of them.

use super::knapsack::Choice;

/// Parts in which the resources share a surrogate.
pub(super) const PARTS: u64 = 64;
/// A capacity is worth so many units for each part.
const UNITS: u32 = 36;
/// Values for a unit are kept in so many bits after the point.
const POINT: u32 = 64;
/// The density of what takes nothing.
const ENDLESS: u128 = u128::MAX;

/// One way to add resources up.
#[derive(Clone, Debug)]
pub(super) struct Surrogate {
    multipliers: Vec<u64>,
    /// What a task of each kind takes of the sum.
    weights: Vec<u64>,
    /// For each place of an order, the most that kinds from there on bring for a unit, rounded up.
    densest: Vec<u128>,
}

impl Surrogate {
    /// With so many parts of each resource, [`PARTS`] in all.
    pub(super) fn new(parts: &[u64], choices: &[Choice<'_>], capacity: &[u64]) -> Self {
        let multiplier = |(&parts, &has): (&u64, &u64)| (parts << UNITS).checked_div(has).unwrap_or(0);
        let multipliers: Vec<u64> = parts.iter().zip(capacity).map(multiplier).collect();
        let weights = choices.iter().map(|choice| sum(choice.demand, &multipliers)).collect();
        Self { multipliers, weights, densest: Vec::new() }
    }

    /// Kinds by falling value for a unit.
    pub(super) fn order(&self, choices: &[Choice<'_>], kinds: &[usize]) -> Vec<usize> {
        let mut order = kinds.to_vec();
        order.sort_unstable_by(|&a, &b| {
            let worth = |kind: usize, of: usize| u128::from(choices[kind].value) * u128::from(self.weights[of]);
            worth(b, a).cmp(&worth(a, b)).then(a.cmp(&b))
        });
        order
    }

    /// Kinds will be asked for in this order.
    pub(super) fn follow(&mut self, choices: &[Choice<'_>], order: &[usize]) {
        self.densest = vec![0; order.len() + 1];
        for (depth, &kind) in order.iter().enumerate().rev() {
            self.densest[depth] = self.densest[depth + 1].max(density(choices[kind].value, self.weights[kind]));
        }
    }

    /// No set of the kinds from a place of the order on is worth more: as if all room went to the densest.
    pub(super) fn roughly(&self, depth: usize, left: &[u64]) -> u128 {
        if self.densest[depth] == ENDLESS {
            return u128::MAX;
        }
        u128::from(sum(left, &self.multipliers)).saturating_mul(self.densest[depth]) >> POINT
    }

    /// The same with as many tasks as there are, in this order, which must be this surrogate's own.
    pub(super) fn closely(&self, choices: &[Choice<'_>], order: &[usize], left: &[u64]) -> u128 {
        let mut room = u128::from(sum(left, &self.multipliers));
        let mut worth = 0_u128;
        for &kind in order {
            let (weight, choice) = (u128::from(self.weights[kind]), &choices[kind]);
            let (value, most) = (u128::from(choice.value), u128::from(choice.most));
            if weight * most > room {
                return worth + value * room / weight;
            }
            room -= weight * most;
            worth += value * most;
        }
        worth
    }
}

fn sum(amounts: &[u64], multipliers: &[u64]) -> u64 {
    let add = |sum: u64, (&amount, &factor): (&u64, &u64)| sum.saturating_add(amount.saturating_mul(factor));
    amounts.iter().zip(multipliers).fold(0, add)
}

fn density(value: u64, weight: u64) -> u128 {
    if weight == 0 { ENDLESS } else { (u128::from(value) << POINT).div_ceil(u128::from(weight)) }
}
