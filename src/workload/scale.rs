//! Load factors: which arrivals of a load come when it is thinned.
//!
//! Every arrival has a mark, a uniform draw by its number. It comes while its mark is below the share that comes, so
//! what comes at one share comes at every larger one. A batch has one mark: it comes whole or not at all.

use super::keyed::Draws;
use crate::model::LoadFactor;

/// Which arrivals of one copy of a load come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sieve {
    /// All of them.
    Open,
    /// Those whose mark is below the threshold, a share of 2^64.
    Below(u64, Draws),
}

impl Sieve {
    /// Lets `millionths` of the arrivals come.
    pub(super) fn new(millionths: u32, marks: Draws) -> Self {
        if millionths >= LoadFactor::ONE.0 {
            return Self::Open;
        }
        let threshold = (u128::from(millionths) << 64) / u128::from(LoadFactor::ONE.0);
        Self::Below(u64::try_from(threshold).expect("a share below 1"), marks)
    }

    /// Whether arrival `number` comes.
    #[inline]
    pub(super) fn lets(&self, number: u64) -> bool {
        match self {
            Self::Open => true,
            Self::Below(threshold, marks) => marks.bits(number) < *threshold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keyed::{Origin, Purpose};
    use super::*;

    fn marks() -> Draws {
        Origin::only(1, "golden").draws(Purpose::Scale)
    }

    #[test]
    fn what_comes_at_one_share_comes_at_every_larger_one() {
        let shares = [0, 1, 10_000, 250_000, 500_000, 999_999, 1_000_000];
        for pair in shares.windows(2) {
            let (small, large) = (Sieve::new(pair[0], marks()), Sieve::new(pair[1], marks()));
            assert!((0..100_000).all(|number| large.lets(number) || !small.lets(number)), "{pair:?}");
        }
    }

    #[test]
    fn the_share_comes() {
        let check = |millionths: u32| {
            let (sieve, n) = (Sieve::new(millionths, marks()), 200_000_u32);
            let come = (0..n).filter(|number| sieve.lets(u64::from(*number))).count() as f64;
            let share = f64::from(millionths) / 1e6;
            let error = (come - share * f64::from(n)) / (f64::from(n) * share * (1.0 - share)).sqrt();
            assert!(error.abs() < 4.9, "{millionths}: {error} standard errors");
        };
        [1_000, 250_000, 700_000].into_iter().for_each(check);
        assert!((0..1_000).all(|number| Sieve::new(1_000_000, marks()).lets(number)));
    }

    #[test]
    fn a_factor_is_whole_copies_and_a_part() {
        let check = |factor: u32, expected: &[(u32, u32)]| {
            assert_eq!(LoadFactor(factor).copies().collect::<Vec<_>>(), expected);
        };
        check(1_000_000, &[(0, 1_000_000)]);
        check(250_000, &[(0, 250_000)]);
        check(2_500_000, &[(0, 1_000_000), (1, 1_000_000), (2, 500_000)]);
        check(3_000_000, &[(0, 1_000_000), (1, 1_000_000), (2, 1_000_000)]);
    }
}
