//! A set of lanes, 64 to a word.
//!
//! # Cost
//! What keeps the best of several groups of lanes reads each word of each group once, however many lanes are in it.

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
    pub(crate) fn has(&self, lane: u32) -> bool {
        self.words[lane as usize / 64] >> (lane % 64) & 1 == 1
    }

    /// It has one lane.
    #[inline]
    pub(crate) fn is_single(&self) -> bool {
        self.len() == 1
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
        // Nearly always there are few words, and the loops over them are written out.
        match words.len() {
            1 => keep_least(words.first_chunk_mut::<1>().expect("a word"), &mut [0], groups, costs),
            2 => keep_least(words.first_chunk_mut::<2>().expect("two words"), &mut [0; 2], groups, costs),
            3 => keep_least(words.first_chunk_mut::<3>().expect("three words"), &mut [0; 3], groups, costs),
            count => {
                found.clear();
                found.resize(count, 0);
                keep_least(words, found, groups, costs);
            }
        }
    }

    /// Keeps the lanes that are in another set too, if there are any; answers whether there are.
    #[inline]
    pub(crate) fn keep_those_of(&mut self, others: &[u64]) -> bool {
        let meets = self.words.iter().zip(others).fold(0, |all, (one, other)| all | one & other) != 0;
        if meets {
            self.words.iter_mut().zip(others).for_each(|(one, other)| *one &= other);
        }
        meets
    }
}

/// See [`LaneSet::keep_least_of`]: in one pass, where `found` has as many words as the set, all 0.
#[inline(always)]
fn keep_least(left: &mut [u64], found: &mut [u64], groups: &[u64], costs: &[u32]) {
    let mut least = u32::MAX;
    for (group, &cost) in groups.chunks_exact(left.len()).zip(costs) {
        let meets = group.iter().zip(&*left).fold(0, |all, (one, left)| all | one & left) != 0;
        let cost = if meets { cost } else { u32::MAX };
        // Which group is best changes all the time: selected, not branched on.
        let others = u64::from(cost >= least).wrapping_neg();
        let these = u64::from(cost <= least).wrapping_neg();
        found.iter_mut().zip(group).for_each(|(found, one)| *found = *found & others | one & these);
        least = least.min(cost);
    }
    left.iter_mut().zip(found).for_each(|(left, found)| *left &= *found);
}
