//! A set of lanes, 64 to a word.
//!
//! # Cost
//! What keeps the best of several groups of lanes reads a word of each group twice, however many lanes are in it.

use std::cmp::Ordering;

use crate::model::columns::bits;

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct LaneSet {
    words: Vec<u64>,
    /// Some lanes of the set, as they are found.
    found: Vec<u64>,
}

impl LaneSet {
    /// Its words, to be written anew.
    #[inline]
    pub(crate) fn anew(&mut self) -> &mut Vec<u64> {
        &mut self.words
    }

    #[inline]
    pub(crate) fn copy_from(&mut self, words: &[u64]) {
        self.words.clear();
        self.words.extend_from_slice(words);
    }

    #[inline]
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    #[inline]
    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Ascending.
    #[inline]
    pub(crate) fn lanes(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(word, &lanes)| bits(lanes).map(move |bit| word * 64 + bit))
    }

    #[inline]
    pub(crate) fn retain(&mut self, is_kept: impl Fn(usize) -> bool) {
        for (word, lanes) in self.words.iter_mut().enumerate() {
            let kept = bits(*lanes).fold(0, |kept, bit| kept | u64::from(is_kept(word * 64 + bit)) << bit);
            *lanes = kept;
        }
    }

    /// Keeps the best of its lanes: `compare` says how a lane compares with the best of those before it.
    #[inline]
    pub(crate) fn keep_best(&mut self, mut compare: impl FnMut(usize) -> Ordering) {
        let Self { words, found, .. } = self;
        found.clear();
        found.resize(words.len(), 0);
        for (word, &lanes) in words.iter().enumerate() {
            for bit in bits(lanes) {
                let compared = compare(word * 64 + bit);
                if compared.is_lt() {
                    found.fill(0);
                }
                found[word] |= u64::from(compared.is_le()) << bit;
            }
        }
        std::mem::swap(words, found);
    }

    /// Keeps the lanes of those groups that have the least cost among all that have a lane of the set: `groups` has the
    /// words of one group after another.
    #[inline]
    pub(crate) fn keep_least_of(&mut self, groups: &[u64], costs: &[u32]) {
        let Self { words, found, .. } = self;
        let groups = || groups.chunks_exact(words.len()).zip(costs);
        let has_lane = |group: &[u64]| group.iter().zip(&*words).fold(0, |all, (one, left)| all | one & left) != 0;
        // Which group is best changes all the time: selected, not branched on.
        let cost = |(group, &cost): (&[u64], &u32)| if has_lane(group) { cost } else { u32::MAX };
        let least = groups().map(cost).fold(u32::MAX, u32::min);
        found.clear();
        found.resize(words.len(), 0);
        for (group, &cost) in groups() {
            let is_best = u64::from(cost == least).wrapping_neg();
            found.iter_mut().zip(group).for_each(|(found, one)| *found |= one & is_best);
        }
        words.iter_mut().zip(found).for_each(|(left, found)| *left &= *found);
    }

    /// The union of what each of its lanes has.
    #[inline]
    pub(crate) fn union(&self, of_lanes: &[u64]) -> u64 {
        let of_word = |(&lanes, of_lanes): (&u64, &[u64])| match lanes {
            u64::MAX => of_lanes.iter().fold(0, |all, one| all | one),
            _ => bits(lanes).fold(0, |all, bit| all | of_lanes[bit]),
        };
        self.words.iter().zip(of_lanes.chunks(64)).map(of_word).fold(0, |all, one| all | one)
    }
}
