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
        match self.words.len() {
            1 => self.keep_least_of_words::<1>(groups, costs),
            2 => self.keep_least_of_words::<2>(groups, costs),
            3 => self.keep_least_of_words::<3>(groups, costs),
            _ => self.keep_least_of_many(groups, costs),
        }
    }

    /// In one pass, where the set has so few words.
    #[inline]
    fn keep_least_of_words<const WORDS: usize>(&mut self, groups: &[u64], costs: &[u32]) {
        let left: &mut [u64; WORDS] = self.words.as_mut_slice().try_into().expect("as many words as were counted");
        let (mut least, mut found) = (u32::MAX, [0; WORDS]);
        for (group, &cost) in groups.as_chunks::<WORDS>().0.iter().zip(costs) {
            let meets = group.iter().zip(&*left).fold(0, |all, (one, left)| all | one & left) != 0;
            let cost = if meets { cost } else { u32::MAX };
            // Which group is best changes all the time: selected, not branched on.
            let others = u64::from(cost >= least).wrapping_neg();
            let these = u64::from(cost <= least).wrapping_neg();
            found.iter_mut().zip(group).for_each(|(found, one)| *found = *found & others | one & these);
            least = least.min(cost);
        }
        left.iter_mut().zip(found).for_each(|(left, found)| *left &= found);
    }

    fn keep_least_of_many(&mut self, groups: &[u64], costs: &[u32]) {
        let Self { words, found, .. } = self;
        let groups = || groups.chunks_exact(words.len()).zip(costs);
        let has_lane = |group: &[u64]| group.iter().zip(&*words).fold(0, |all, (one, left)| all | one & left) != 0;
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
