//! The ranks of first instances, side by side: those of a lane, so that a change knows which of its slots it may concern, and
//! where there are many lanes those of a slot, so that the best are found without a look at each key.
//!
//! # Invariants
//! 1. Every slot of every lane has the rank of its first ([`Layout::rank`]), or [`UNKNOWN`].
//! 2. Across many lanes every slot has the same, or the lane is one of the unknown.
//!
//! # Cost
//! Two bytes for each slot and lane, and two and a bit more where there are many lanes. What a change may concern is a
//! comparison for eight slots; the least of some lanes is two passes over their ranks, eight at a time, of which the second
//! reads only words with a lane of the least rank.

use crate::engine::fast::state::parts::{Field, Layout, Whole};
use crate::engine::fast::state::stored::Stored;

/// Above every rank.
const NO_RANK: i16 = i16::MAX;
/// Below every rank: the first is not known.
const UNKNOWN: i16 = -1;
/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Ranks {
    layout: Layout,
    /// By lane.
    wholes: Vec<Whole>,
    /// Words of a mask that have slots.
    words: usize,
    /// By lane, then word, then bit.
    of_lanes: Vec<[i16; 64]>,
    across: Option<Across>,
}

/// The ranks of a slot in many lanes: by slot and then by lane.
#[derive(Clone, Debug)]
struct Across {
    /// Words of a set of lanes.
    words: usize,
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
    /// `are_many` says that lanes are compared.
    pub(super) fn new(slots: usize, wholes: &[Whole], layout: &Layout, are_many: bool) -> Self {
        let words = slots.div_ceil(64);
        Self {
            layout: layout.clone(),
            wholes: wholes.to_vec(),
            words,
            of_lanes: vec![[UNKNOWN; 64]; words * wholes.len()],
            across: are_many.then(|| Across::new(slots, wholes.len())),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let across = |across: &Across| size_of_val(&*across.ranks) + across.unknown.len() * 8;
        size_of_val(&*self.of_lanes) + self.across.as_ref().map_or(0, across)
    }

    #[inline]
    pub(super) fn rank(&self, lane: usize, first: impl Stored) -> Ranked {
        Ranked { rank: self.layout.rank(first, self.wholes[lane]), is_known: first.key() != 0 }
    }

    /// How the keys are laid out of which these are the ranks.
    #[inline]
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// By lane, what its instances registered.
    pub(super) fn wholes(&self) -> &[Whole] {
        &self.wholes
    }

    /// A part of the order.
    #[inline]
    pub(super) fn field(&self, part: usize) -> Field {
        self.layout.field(part)
    }

    /// What the instances of a lane registered.
    #[inline]
    pub(super) fn whole(&self, lane: usize) -> Whole {
        self.wholes[lane]
    }

    /// Which firsts of a word of bits may be others, where an instance of a lane that had one rank has another one now.
    #[inline]
    pub(super) fn concerned(&self, lane: usize, word: usize, was: i16, is: i16) -> u64 {
        concerned(&self.of_lanes[lane * self.words + word], was, is)
    }

    /// Lanes are compared.
    pub(super) fn are_many(&self) -> bool {
        self.across.is_some()
    }

    /// The lanes of a word of which the first of a slot is not known; where lanes are compared.
    pub(super) fn unknown(&self, slot: usize, word: usize) -> u64 {
        self.across.as_ref().map_or(0, |across| across.unknown[slot * across.words + word])
    }

    /// The first of a slot in a lane is another one.
    #[inline]
    pub(super) fn set(&mut self, lane: usize, slot: usize, Ranked { rank, is_known }: Ranked) {
        self.of_lanes[lane * self.words + slot / 64][slot % 64] = if is_known { rank } else { UNKNOWN };
        if let Some(Across { words, ranks, unknown, .. }) = &mut self.across {
            let (word, bit) = (slot * *words + lane / 64, 1 << (lane % 64));
            ranks[word][lane % 64] = rank;
            unknown[word] = unknown[word] & !bit | if is_known { 0 } else { bit };
        }
    }

    /// Keeps those with the least rank of some lanes whose firsts are known, where lanes are compared.
    pub(super) fn keep_least_rank(&mut self, slot: usize, left: &mut [u64]) {
        let Some(Across { words, ranks, least: of_words, .. }) = &mut self.across else { return };
        let ranks = &ranks[slot * *words..][..*words];
        let mut least = NO_RANK;
        for ((&lanes, ranks), of_word) in left.iter().zip(ranks).zip(&mut *of_words) {
            *of_word = if lanes == 0 { NO_RANK } else { least_of(lanes, ranks) };
            least = least.min(*of_word);
        }
        for ((lanes, ranks), of_word) in left.iter_mut().zip(ranks).zip(&*of_words) {
            *lanes = if *of_word == least { of_rank(*lanes, ranks, least) } else { 0 };
        }
    }

    /// What is kept of a slot of a lane is right, whose first is this, or 0 if it is not known.
    pub(super) fn agrees(&self, lane: usize, slot: usize, first: impl Stored) -> bool {
        let Ranked { rank, is_known } = self.rank(lane, first);
        let expected = if is_known { rank } else { UNKNOWN };
        let across = |across: &Across| {
            let word = slot * across.words + lane / 64;
            let is_unknown = across.unknown[word] >> (lane % 64) & 1 == 1;
            is_unknown != is_known && (is_unknown || across.ranks[word][lane % 64] == rank)
        };
        self.of_lanes[lane * self.words + slot / 64][slot % 64] == expected && self.across.as_ref().is_none_or(across)
    }
}

impl Across {
    fn new(slots: usize, lanes: usize) -> Self {
        let words = lanes.div_ceil(64);
        let (ranks, unknown) = (vec![[NO_RANK; 64]; slots * words], vec![u64::MAX; slots * words]);
        Self { words, ranks, unknown, least: vec![NO_RANK; words] }
    }
}

/// Which of 64 are of one rank, or not below another.
#[inline]
fn concerned(ranks: &[i16; 64], was: i16, is: i16) -> u64 {
    set_of(ranks, |rank| (rank == was) | (is <= rank))
}

/// Which of 64 have what is asked for, in a few instructions for eight.
#[inline(always)]
fn set_of(ranks: &[i16; 64], has: impl Fn(i16) -> bool) -> u64 {
    /// Puts the lowest bits of eight bytes side by side, in the highest.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut hits = [0; 64];
    hits.iter_mut().zip(ranks).for_each(|(hit, &rank)| *hit = u8::from(has(rank)));
    let eights = hits.as_chunks::<8>().0.iter().map(|eight| u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56);
    (0..).zip(eights).fold(0, |set, (number, eight)| set | eight << (8 * number))
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
    lanes & set_of(ranks, |other| other == rank)
}
