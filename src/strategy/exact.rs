//! Sums of two fractions, compared exactly.

use std::cmp::Ordering;

use super::near::{Exactly, Near, number};
use crate::model::{InstanceClass, Ratio};

/// A sum of two non-negative fractions.
pub(super) type Exact = Near<Fractions>;

/// What is added up; unlike a [`Ratio`] it is not brought to lowest terms, which would cost more than the rest of a score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fractions {
    amounts: [u64; 2],
    wholes: [u64; 2],
}

impl Exact {
    /// `amount / whole`; a whole of 0 has no part.
    pub(super) fn fraction(amount: u64, whole: u64) -> Self {
        Self::sum([amount, 0], [whole, 1])
    }

    /// `amounts[0] / wholes[0] + amounts[1] / wholes[1]`. Products of two wholes must fit in 127 bits, and no amount may be
    /// above its whole.
    #[inline]
    pub(super) fn sum(amounts: [u64; 2], wholes: [u64; 2]) -> Self {
        let wholes = [wholes[0].max(1), wholes[1].max(1)];
        let ([a, b], [of_a, of_b]) = ([number(amounts[0]), number(amounts[1])], [number(wholes[0]), number(wholes[1])]);
        // One division where two would do: they are what takes longest.
        Self::new((a * of_b + b * of_a) / (of_a * of_b), Fractions { amounts, wholes })
    }
}

/// Registered cpu and memory.
#[inline]
pub(super) fn registered(class: &InstanceClass) -> [u64; 2] {
    [u64::from(class.cpu.0), u64::from(class.memory.0)]
}

impl Fractions {
    /// Numerator and denominator.
    fn over_under(self) -> (u128, u128) {
        let ([a, b], [of_a, of_b]) = (self.amounts.map(u128::from), self.wholes.map(u128::from));
        (a * of_b + b * of_a, of_a * of_b)
    }
}

impl Exactly for Fractions {
    #[inline]
    fn is_alike(&self, other: &Self) -> bool {
        (self.amounts[0] == other.amounts[0])
            & (self.amounts[1] == other.amounts[1])
            & (self.wholes[0] == other.wholes[0])
            & (self.wholes[1] == other.wholes[1])
    }
}

impl Ord for Fractions {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_alike(other) {
            return Ordering::Equal;
        }
        let ((one, of_one), (another, of_another)) = (self.over_under(), other.over_under());
        if of_one == of_another {
            return one.cmp(&another);
        }
        match (one.checked_mul(of_another), another.checked_mul(of_one)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => ratio(one, of_one).cmp(&ratio(another, of_another)),
        }
    }
}

fn ratio(over: u128, under: u128) -> Ratio {
    Ratio::new(over, under).expect("wholes are at least 1")
}

impl PartialOrd for Fractions {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fractions {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fractions {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_compare_by_value_also_where_cross_products_overflow() {
        let check = |a: Exact, b: Exact, expected| {
            assert_eq!(a.cmp(&b), expected, "{a:?} {b:?}");
            assert_eq!(b.cmp(&a), expected.reverse(), "{b:?} {a:?}");
        };
        check(Exact::sum([1, 1], [2, 3]), Exact::sum([5, 0], [6, 9]), Ordering::Equal);
        check(Exact::sum([1, 1], [2, 3]), Exact::fraction(4, 5), Ordering::Greater);
        check(Exact::fraction(0, 0), Exact::sum([0, 0], [0, 5]), Ordering::Equal);
        let big = 1_u64 << 60;
        check(Exact::sum([big, 1], [big + 1, big]), Exact::sum([big, 1], [big + 1, big - 1]), Ordering::Less);
    }
}
