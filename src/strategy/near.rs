//! Scores that are compared by a close number first, and exactly where two are too close to tell.
//!
//! # Invariants
//! 1. The number is the exact value up to [`ROUNDINGS`] roundings of binary64, each by at most half a unit in the last
//!    place; values are not negative.
//! 2. What is answered is always what the exact comparison answers: the number only spares it.
//!
//! # Cost
//! Three operations on floating-point numbers, instead of products of 128 bits.
//!
//! # Sources
//! A floating-point filter, as in Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric
//! predicates", Discrete & Computational Geometry 1997.

use std::cmp::Ordering;

/// See the [module](self).
#[derive(Clone, Copy, Debug)]
pub(super) struct Near<E> {
    near: f64,
    exact: E,
}

/// Operations that a number may have come from, one after another.
const ROUNDINGS: f64 = 8.0;
/// Numbers that differ by more than this share of the greater are in the order of the exact values.
const MARGIN: f64 = 2.0 * ROUNDINGS * f64::EPSILON;

/// What is compared exactly.
pub(super) trait Exactly: Ord {
    /// It is written alike, so that it is equal: cheaper to see than that it is.
    fn is_alike(&self, other: &Self) -> bool;
}

impl<E: Exactly> Near<E> {
    #[inline]
    pub(super) fn new(near: f64, exact: E) -> Self {
        Self { near, exact }
    }
}

impl<E: Exactly> Ord for Near<E> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let margin = f64::max(self.near, other.near) * MARGIN;
        if self.near + margin < other.near {
            Ordering::Less
        } else if other.near + margin < self.near {
            Ordering::Greater
        } else {
            self.exact.cmp(&other.exact)
        }
    }
}

impl<E: Exactly> PartialOrd for Near<E> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E: Exactly> PartialEq for Near<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<E: Exactly> Eq for Near<E> {}

/// The nearest number.
#[inline]
pub(super) fn number(value: u64) -> f64 {
    // Signed, and all but always so small: half as many instructions.
    match i64::try_from(value) {
        #[expect(clippy::cast_precision_loss, reason = "one rounding, which the margin allows for")]
        Ok(value) => value as f64,
        Err(_) => number_of_wide(u128::from(value)),
    }
}

/// As [`number`].
pub(super) fn number_of_wide(value: u128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "one rounding, which the margin allows for")]
    {
        value as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Exactly for u64 {
        fn is_alike(&self, other: &Self) -> bool {
            self == other
        }
    }

    impl Exactly for u128 {
        fn is_alike(&self, other: &Self) -> bool {
            self == other
        }
    }

    #[test]
    fn numbers_that_are_too_close_are_not_believed() {
        let off = |near: f64, exact: u64| Near::new(near, exact);
        assert_eq!(off(1.0, 7).cmp(&off(1.0 + f64::EPSILON, 3)), Ordering::Greater);
        assert_eq!(off(0.0, 7).cmp(&off(0.0, 7)), Ordering::Equal);
        assert_eq!(off(1.0, 7).cmp(&off(2.0, 3)), Ordering::Less, "far apart, the number alone is looked at");
    }

    proptest! {
        /// Numbers with as many roundings as they may have.
        #[test]
        fn what_is_answered_is_exact(
            one in prop::array::uniform2(any::<u64>()),
            steps in prop::array::uniform2(0..3_u64),
            factors in prop::array::uniform2(1..=u64::from(u32::MAX)),
        ) {
            let other = [one[0].saturating_add(steps[0]), one[1].saturating_sub(steps[1])];
            let exact = |amounts: [u64; 2]| {
                u128::from(amounts[0]) * u128::from(factors[0]) + u128::from(amounts[1]) * u128::from(factors[1])
            };
            let near = |amounts: [u64; 2]| {
                number(amounts[0]) * number(factors[0]) + number_of_wide(u128::from(amounts[1])) * number(factors[1])
            };
            let [this, that] = [one, other].map(|amounts| Near::new(near(amounts), exact(amounts)));
            prop_assert_eq!(this.cmp(&that), exact(one).cmp(&exact(other)));
            prop_assert_eq!((this < that, that < this), (exact(one) < exact(other), exact(other) < exact(one)));
        }
    }
}
