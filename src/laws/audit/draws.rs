//! The draws of this program's own logs, made anew by their definition (`results/README.md`, "The draws").
//!
//! Nothing is shared with the engines: the generator is the library's, and the definition is written out once more.

use rand::{Rng as _, SeedableRng as _};
use rand_xoshiro::SplitMix64;

/// The state of the generator grows by this with every number.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
/// So many instances are tried, where one in twelve is a candidate.
const TRIES: u64 = 48;

/// One draw: of a run, of a stream, after so many placements of the stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    pub(super) key: u64,
    pub(super) stream: u64,
    pub(super) placed: u64,
}

impl Draw {
    /// The chosen one of some candidates, which ascend, among so many instances that ever registered.
    pub(super) fn among(self, candidates: &[usize], instances: usize) -> usize {
        let stream = at(self.key, self.stream).next_u64();
        let mut numbers = at(stream, self.placed.wrapping_mul(TRIES + 1));
        let is_dense = candidates.len() * 12 >= instances;
        let mut tries = (0..TRIES).map(|_| below(numbers.next_u64(), instances)).collect::<Vec<_>>().into_iter();
        let found = tries.find(|id| is_dense && candidates.binary_search(id).is_ok());
        found.unwrap_or_else(|| candidates[below(numbers.next_u64(), candidates.len())])
    }
}

/// The generator of a key, so many numbers on.
fn at(key: u64, number: u64) -> SplitMix64 {
    SplitMix64::from_seed(key.wrapping_add(number.wrapping_mul(STEP)).to_le_bytes())
}

fn below(bits: u64, count: usize) -> usize {
    usize::try_from((u128::from(bits) * count as u128) >> 64).expect("below a count")
}
