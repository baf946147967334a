//! The ranks of the first instances of many lanes, side by side, so that the best lanes are found without a look at each key.
//!
//! # Invariants
//! 1. Every lane has the rank of its first for each slot, or is one of the unknown.
//!
//! # Cost
//! Two bytes and a bit for each slot and lane. The least of some lanes is two passes over their ranks, eight at a time, of
//! which the second reads only words with a lane of the least rank.

use super::table::Stored;
use crate::engine::fast::state::parts::{Layout, Whole};

/// Above every rank.
pub(super) const NO_RANK: i16 = i16::MAX;

/// See the [module](self). By slot and then by lane.
#[derive(Clone, Debug)]
pub(super) struct Ranks {
    /// Words of a set of lanes.
    words: usize,
    layout: Layout,
    /// By lane.
    wholes: Vec<Whole>,
    ranks: Vec<[i16; 64]>,
    unknown: Vec<u64>,
    /// By word, the least rank that was asked for.
    least: Vec<i16>,
}

/// The rank of a first. Of the key 0, which stands for none, it is right, though it is not known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    pub(super) rank: i16,
    pub(super) is_known: bool,
}

impl Ranks {
    pub(super) fn new(slots: usize, wholes: &[Whole], layout: &Layout) -> Self {
        let words = wholes.len().div_ceil(64);
        let (ranks, unknown) = (vec![[NO_RANK; 64]; slots * words], vec![u64::MAX; slots * words]);
        Self { words, layout: layout.clone(), wholes: wholes.to_vec(), ranks, unknown, least: vec![NO_RANK; words] }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.ranks) + self.unknown.len() * 8
    }

    pub(super) fn rank(&self, lane: usize, first: impl Stored) -> i16 {
        self.layout.rank(first.key(), self.wholes[lane])
    }

    /// The lanes of a word of which the first of a kind is not known.
    pub(super) fn unknown(&self, number: usize, word: usize) -> u64 {
        self.unknown[number * self.words + word]
    }

    /// The first of a slot in a lane is another one.
    #[inline]
    pub(super) fn set(&mut self, number: usize, lane: usize, Ranked { rank, is_known }: Ranked) {
        let word = number * self.words + lane / 64;
        self.ranks[word][lane % 64] = rank;
        let bit = 1 << (lane % 64);
        self.unknown[word] = self.unknown[word] & !bit | if is_known { 0 } else { bit };
    }

    /// Keeps those with the least rank of some lanes whose firsts are known.
    pub(super) fn keep_least_rank(&mut self, number: usize, left: &mut [u64]) {
        let ranks = &self.ranks[number * self.words..][..self.words];
        let mut least = NO_RANK;
        for ((&lanes, ranks), of_word) in left.iter().zip(ranks).zip(&mut self.least) {
            *of_word = if lanes == 0 { NO_RANK } else { least_of(lanes, ranks) };
            least = least.min(*of_word);
        }
        for ((lanes, ranks), of_word) in left.iter_mut().zip(ranks).zip(&self.least) {
            *lanes = if *of_word == least { of_rank(*lanes, ranks, least) } else { 0 };
        }
    }

    pub(super) fn agrees(&self, number: usize, lane: usize, first: impl Stored) -> bool {
        let is_unknown = self.unknown(number, lane / 64) >> (lane % 64) & 1 == 1;
        let rank = self.ranks[number * self.words + lane / 64][lane % 64];
        if first.key() == 0 { is_unknown } else { !is_unknown && rank == self.rank(lane, first) }
    }
}

/// The least rank of some of 64.
#[inline(never)]
fn least_of(asked: u64, ranks: &[i16; 64]) -> i16 {
    /// The bit of each of eight lanes.
    const BITS: [i16; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
    let mut least = [NO_RANK; 8];
    for (eight, asked) in ranks.as_chunks::<8>().0.iter().zip(asked.to_le_bytes()) {
        let asked = i16::from(asked);
        for ((least, rank), bit) in least.iter_mut().zip(eight).zip(BITS) {
            // In numbers, so that no branch is made of it.
            let out = i16::from(asked & bit == 0).wrapping_neg() & NO_RANK;
            *least = (rank | out).min(*least);
        }
    }
    least.into_iter().fold(NO_RANK, i16::min)
}

/// Those of 64 lanes that have a rank.
#[inline]
fn of_rank(lanes: u64, ranks: &[i16; 64], rank: i16) -> u64 {
    let found = ranks.iter().enumerate().fold(0, |set, (bit, other)| set | u64::from(*other == rank) << bit);
    lanes & found
}
