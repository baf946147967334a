//! Sums of two fractions, compared exactly.

use std::cmp::Ordering;

use crate::model::{InstanceClass, Ratio};

/// A non-negative fraction; unlike [`Ratio`] it is not brought to lowest terms, which would cost more than the rest of
/// a score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exact {
    over: u128,
    under: u128,
}

impl Exact {
    /// `amount / whole`; a whole of 0 has no part.
    pub(super) fn new(amount: u128, whole: u128) -> Self {
        Self { over: amount, under: whole.max(1) }
    }

    /// `amounts[0] / wholes[0] + amounts[1] / wholes[1]`. Products of two wholes must fit in 127 bits.
    pub(super) fn sum(amounts: [u128; 2], wholes: [u128; 2]) -> Self {
        let wholes = wholes.map(|whole| whole.max(1));
        Self { over: amounts[0] * wholes[1] + amounts[1] * wholes[0], under: wholes[0] * wholes[1] }
    }
}

/// Registered cpu and memory.
pub(super) fn registered(class: &InstanceClass) -> [u128; 2] {
    [class.cpu.0, class.memory.0].map(u128::from)
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.under == other.under {
            return self.over.cmp(&other.over);
        }
        match (self.over.checked_mul(other.under), other.over.checked_mul(self.under)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => self.ratio().cmp(&other.ratio()),
        }
    }
}

impl Exact {
    fn ratio(self) -> Ratio {
        Ratio::new(self.over, self.under).expect("wholes are at least 1")
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Exact {}

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
        check(Exact::sum([1, 1], [2, 3]), Exact::new(4, 5), Ordering::Greater);
        check(Exact::new(0, 0), Exact::sum([0, 0], [0, 5]), Ordering::Equal);
        let big = 1_u128 << 60;
        check(Exact::sum([big, 1], [big + 1, big]), Exact::sum([big, 1], [big + 1, big - 1]), Ordering::Less);
    }
}
