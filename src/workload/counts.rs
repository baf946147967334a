//! Laws of whole numbers: sizes of batches and of groups.
//!
//! A weighted list is drawn by its alias table, a bounded zeta law by inverse transform over its distribution function,
//! so that equal draws stay paired when its exponent changes. Either takes one draw.

use super::keyed::Draws;
use super::weighted::Weighted;
use crate::model::CountLaw;

/// A law to draw from.
#[derive(Clone, Debug)]
pub(super) enum Counts {
    Weighted(Vec<u32>, Weighted),
    /// The probability of each number and all smaller ones; the last is 1.
    Zeta(Vec<f64>),
}

impl Counts {
    /// # Panics
    /// If the law has no number.
    pub(super) fn new(law: &CountLaw) -> Self {
        match law {
            CountLaw::Weighted(list) => {
                let weights = list.iter().map(|&(_, weight)| weight);
                Self::Weighted(list.iter().map(|&(number, _)| number).collect(), Weighted::new(weights))
            }
            CountLaw::BoundedZeta { maximum, .. } => {
                assert!(*maximum > 0, "a bounded zeta law needs a number");
                // Small terms first, so that the far tail is not lost in the rounding of the sum.
                let mut tails: Vec<f64> = law.weights().map(|(_, weight)| weight).collect();
                for position in (1..tails.len()).rev() {
                    tails[position - 1] += tails[position];
                }
                let total = tails[0];
                let beyond = tails.iter().skip(1).copied().chain([0.0]);
                Self::Zeta(beyond.map(|tail| 1.0 - tail / total).collect())
            }
        }
    }

    /// Draw `number` of a stream.
    #[inline]
    pub(super) fn draw(&self, draws: Draws, number: u64) -> u32 {
        match self {
            Self::Weighted(numbers, weights) => numbers[weights.choose(draws.bits(number))],
            Self::Zeta(reached) => {
                let p = draws.uniform(number);
                let below = reached.partition_point(|reached| *reached <= p).min(reached.len() - 1);
                u32::try_from(below + 1).expect("a number of the law is 32 bits long")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keyed::{Origin, Purpose};
    use super::*;

    fn draws() -> Draws {
        Origin::only(1, "golden").draws(Purpose::Batch)
    }

    /// H(n, s), the sum of k^-s for k from 1 to n.
    fn harmonic(n: u32, s: f64) -> f64 {
        (1..=n).rev().map(|k| libm::pow(f64::from(k), -s)).sum()
    }

    /// Mean H(N, s-1) / H(N, s) and mean square H(N, s-2) / H(N, s), exactly by the formula and by 400,000 draws.
    #[test]
    fn moments_of_a_bounded_zeta_law_are_right() {
        let check = |exponent: f64, maximum: u32| {
            let law = CountLaw::BoundedZeta { exponent, maximum };
            let total = harmonic(maximum, exponent);
            let mean = harmonic(maximum, exponent - 1.0) / total;
            let square = harmonic(maximum, exponent - 2.0) / total;
            assert!((law.mean() / mean - 1.0).abs() < 1e-12, "{law:?}: {} is not {mean}", law.mean());
            let (counts, n, draws) = (Counts::new(&law), 400_000_u32, draws());
            let sum: f64 = (0..n).map(|number| f64::from(counts.draw(draws, number.into()))).sum();
            let error = (sum / f64::from(n) - mean) / ((square - mean * mean) / f64::from(n)).sqrt();
            assert!(error.abs() < 4.9, "{law:?}: {error} standard errors");
            let ones = (0..n).filter(|number| counts.draw(draws, u64::from(*number)) == 1).count();
            let share = 1.0 / total;
            let error = (ones as f64 / f64::from(n) - share) / (share * (1.0 - share) / f64::from(n)).sqrt();
            assert!(error.abs() < 4.9, "{law:?}: share of ones off by {error} standard errors");
        };
        check(1.5, 610);
        check(2.5, 1_000);
        check(0.5, 20);
        check(1.0, 100);
    }

    #[test]
    fn means_of_lists_are_weighted() {
        assert!((CountLaw::Weighted(vec![(1, 9), (10, 1)]).mean() - 1.9).abs() < 1e-15);
        assert!(CountLaw::Weighted(vec![]).mean().abs() < f64::EPSILON);
    }

    /// Values from an independent script.
    #[test]
    fn first_numbers_are_frozen() {
        let check = |law: CountLaw, expected: [u32; 8]| {
            let counts = Counts::new(&law);
            assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|number| counts.draw(draws(), number)), expected, "{law:?}");
        };
        check(CountLaw::BoundedZeta { exponent: 1.5, maximum: 610 }, [2, 9, 1, 2, 4, 5, 8, 2]);
        check(CountLaw::Weighted(vec![(1, 1), (2, 1), (3, 1)]), [2, 3, 1, 2, 2, 3, 3, 2]);
    }

    #[test]
    fn no_number_is_above_the_largest() {
        let law = CountLaw::BoundedZeta { exponent: 0.1, maximum: 3 };
        let counts = Counts::new(&law);
        let seen: std::collections::BTreeSet<u32> = (0..1_000).map(|number| counts.draw(draws(), number)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
    }
}
