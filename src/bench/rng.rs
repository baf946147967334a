//! The draws of the bench's own load.

use rand::{Rng as _, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Xoshiro256++.
pub(super) struct Rng(Xoshiro256PlusPlus);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A position below `count`.
    #[inline]
    pub(super) fn below(&mut self, count: usize) -> usize {
        usize::try_from((u128::from(self.0.next_u64()) * count as u128) >> 64).expect("below a usize")
    }
}
