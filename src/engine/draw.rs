//! The engine's own random draws, keyed by the decision they belong to.
//!
//! One draw more or less in one decision never shifts those of another: draw `n` is the value that the named generator
//! SplitMix64 gives at position `n` of the stream of the run's key (its state is a counter, so any position is one
//! addition away). The load's draws come from other streams.

use rand::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;

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
    pub(crate) fn bits(self, decision: u64) -> u64 {
        let state = self.key.wrapping_add(decision.wrapping_mul(GOLDEN_GAMMA));
        SplitMix64::from_seed(state.to_le_bytes()).next_u64()
    }

    /// A position below `count`, uniform up to one part in 2^32.
    ///
    /// # Panics
    /// If `count` is 0 or does not fit in 32 bits.
    pub(crate) fn below(self, decision: u64, count: usize) -> usize {
        let count = u32::try_from(count).expect("fewer than 2^32 candidates");
        assert!(count > 0, "a draw among no candidates");
        usize::try_from((u128::from(self.bits(decision)) * u128::from(count)) >> 64).expect("below a u32")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
