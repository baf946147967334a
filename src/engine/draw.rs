//! The engine's own random draws, keyed by the decision they belong to.
//!
//! One draw more or less in one decision never shifts those of another: draw `n` is the value that the named generator
//! SplitMix64 gives at position `n` of the stream of the run's key (its state is a counter, so any position is one
//! addition away). The load's draws come from other streams.
//!
//! The four lines of the generator are written out here, because a draw is a tenth of a placement and the library's
//! goes through bytes; a test holds them to the library.
//!
//! # Sources
//! Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.

/// SplitMix64 adds this to its state for every value.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Draws of one run, by decision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    key: u64,
}

impl Draws {
    pub(crate) fn new(key: u64) -> Self {
        Self { key }
    }

    /// 64 uniform bits for decision `decision`.
    #[inline]
    pub(crate) fn bits(self, decision: u64) -> u64 {
        let state = self.key.wrapping_add(decision.wrapping_add(1).wrapping_mul(GOLDEN_GAMMA));
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A position below `count`, uniform up to one part in 2^32.
    ///
    /// # Panics
    /// If `count` is 0 or does not fit in 32 bits.
    #[inline]
    pub(crate) fn below(self, decision: u64, count: usize) -> usize {
        self.below_u32(decision, u32::try_from(count).expect("fewer than 2^32 candidates")) as usize
    }

    /// As [`Self::below`].
    #[inline]
    pub(crate) fn below_u32(self, decision: u64, count: u32) -> u32 {
        assert!(count > 0, "a draw among no candidates");
        u32::try_from((u128::from(self.bits(decision)) * u128::from(count)) >> 64).expect("below a u32")
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::SplitMix64;

    use super::*;

    #[test]
    fn draws_are_those_of_the_library() {
        for key in [0, 7, u64::MAX] {
            let mut library = SplitMix64::from_seed(key.to_le_bytes());
            let draws = Draws::new(key);
            assert!((0..1_000).all(|decision| draws.bits(decision) == library.next_u64()), "key {key}");
        }
    }

    /// Frozen: a change here changes every result with a `random` rule.
    #[test]
    fn the_stream_is_frozen() {
        let draws = Draws::new(0);
        let first: Vec<u64> = (0..4).map(|decision| draws.bits(decision)).collect();
        assert_eq!(first, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec]);
    }

    #[test]
    fn positions_stay_below_the_count() {
        let draws = Draws::new(7);
        assert!((0..1_000).all(|decision| draws.below(decision, 3) < 3));
    }
}
