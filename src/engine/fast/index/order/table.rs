//! A sorted table of a shelf: keys, each with a mask; and what is done with masks of several words.
//!
//! Keys are kept in 64 bits where those of an order are no longer ([`Stored`]); the masks lie word by word, so that a search
//! for a bit reads one word of each entry, side by side.
//!
//! # Cost
//! An insertion or a removal moves what stands behind. A search for a key compares one of eight keys, then eight. A search
//! for a bit reads one word of each entry up to the one it finds.

use std::fmt::Debug;
use std::ops::Range;

use crate::engine::fast::index::bitgrid::nth_bit;
use crate::engine::fast::state::looks;
use crate::engine::fast::state::stored::Stored;

/// Words of a mask at most.
pub(crate) const MOST_WORDS: usize = 16;

/// What is asked for: some bits of one word of the masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bits {
    pub(crate) word: usize,
    pub(crate) bits: u64,
}

impl Bits {
    /// The number of its lowest bit in a mask.
    #[inline]
    pub(crate) fn number(self) -> usize {
        self.word * 64 + self.bits.trailing_zeros() as usize
    }

    /// The bit of a number in a mask.
    #[inline]
    pub(crate) fn of_number(number: usize) -> Self {
        Self { word: number / 64, bits: 1 << (number % 64) }
    }

    /// The bit of a kind.
    pub(crate) fn of_kind(kind: u32) -> Self {
        Self::of_number(kind as usize)
    }
}

/// A sorted table, in which each entry has a mask.
#[derive(Clone, Debug)]
pub(super) struct Table<K> {
    /// The keys of instances, or the lowest key of what an entry stands for; behind them [`Stored::NONE`], so that there are
    /// twice as many places as there were until all are taken, and always whole groups.
    keys: Vec<K>,
    len: usize,
    /// By word, then place; behind them 0.
    masks: Vec<u64>,
}

/// Keys that are compared side by side: without a branch, which would be foretold wrongly at every second step.
const GROUP: usize = 8;

impl<K: Stored> Table<K> {
    /// Empty, with places for so many entries.
    pub(super) fn with_places(places: usize, words: usize) -> Self {
        let places = places.next_multiple_of(GROUP);
        Self { keys: vec![K::NONE; places], len: 0, masks: vec![0; places * words] }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn keys(&self) -> &[K] {
        &self.keys[..self.len]
    }

    #[inline]
    pub(super) fn lowest(&self) -> K {
        self.keys[0]
    }

    /// A word of all masks.
    #[inline]
    fn column(&self, word: usize) -> &[u64] {
        &self.masks[word * self.keys.len()..][..self.len]
    }

    /// The same in whole groups, of which the last may have some that are 0 behind it.
    #[inline]
    fn groups(&self, word: usize) -> &[[u64; GROUP]] {
        let places = self.keys.len();
        let (groups, _) = self.masks[word * places..][..places].as_chunks();
        &groups[..self.len.div_ceil(GROUP)]
    }

    /// A word of the mask of an entry.
    #[inline]
    pub(super) fn word(&self, at: usize, word: usize) -> u64 {
        self.column(word)[at]
    }

    /// The mask of an entry.
    pub(super) fn mask(&self, at: usize, words: usize) -> Words {
        let mut mask = Words::default();
        mask.words(words).iter_mut().enumerate().for_each(|(word, bits)| *bits = self.word(at, word));
        mask
    }

    /// An entry has another mask.
    #[inline]
    fn set_mask(&mut self, at: usize, mask: &[u64]) {
        let places = self.keys.len();
        for_each_word(mask.len(), |word| self.masks[word * places + at] = mask[word]);
    }

    /// An entry has some bits more.
    #[inline]
    pub(super) fn add(&mut self, at: usize, mask: &[u64]) {
        let places = self.keys.len();
        for_each_word(mask.len(), |word| self.masks[word * places + at] |= mask[word]);
    }

    /// An entry has some bits of a word no longer.
    #[inline]
    pub(super) fn take(&mut self, at: usize, word: usize, bits: u64) {
        let places = self.keys.len();
        self.masks[word * places + at] &= !bits;
    }

    /// An entry has the union of another table as its mask.
    pub(super) fn set_union(&mut self, at: usize, of: &Self, words: usize) {
        let mut union = Words::default();
        of.unite(union.words(words));
        self.set_mask(at, union.words(words));
    }

    /// An entry stands for what has another lowest key.
    #[inline]
    pub(super) fn set_key(&mut self, at: usize, key: K) {
        self.keys[at] = key;
    }

    pub(super) fn insert(&mut self, at: usize, key: K, mask: &[u64]) {
        if self.len == self.keys.len() {
            self.grow((2 * self.len).max(GROUP), mask.len());
        }
        let places = self.keys.len();
        self.keys.copy_within(at..self.len, at + 1);
        self.keys[at] = key;
        for (word, bits) in mask.iter().enumerate() {
            let column = &mut self.masks[word * places..][..places];
            column.copy_within(at..self.len, at + 1);
            column[at] = *bits;
        }
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self, places: usize, words: usize) {
        let mut grown = Self::with_places(places, words);
        grown.keys[..self.len].copy_from_slice(self.keys());
        for word in 0..words {
            grown.masks[word * grown.keys.len()..][..self.len].copy_from_slice(self.column(word));
        }
        grown.len = self.len;
        *self = grown;
    }

    pub(super) fn remove(&mut self, at: usize, words: usize) {
        let (places, len) = (self.keys.len(), self.len);
        self.keys.copy_within(at + 1..len, at);
        self.keys[len - 1] = K::NONE;
        for word in 0..words {
            let column = &mut self.masks[word * places..][..len];
            column.copy_within(at + 1.., at);
            column[len - 1] = 0;
        }
        self.len -= 1;
    }

    /// An entry has another key and another mask, and stands before the one at `before`, counted as the entries are now.
    pub(super) fn shift(&mut self, at: usize, before: usize, key: K, mask: &[u64]) {
        let (from, to, place) = match before > at {
            true => (at + 1..before, at, before - 1),
            false => (before..at, before + 1, before),
        };
        if !from.is_empty() {
            let places = self.keys.len();
            self.keys.copy_within(from.clone(), to);
            for word in 0..mask.len() {
                self.masks[word * places..][..places].copy_within(from.clone(), to);
            }
        }
        self.keys[place] = key;
        self.set_mask(place, mask);
    }

    pub(super) fn split_off(&mut self, at: usize, words: usize) -> Self {
        let mut upper = Self::with_places(self.keys.len(), words);
        upper.take_from(self, at, words);
        self.keys[at..].fill(K::NONE);
        let places = self.keys.len();
        (0..words).for_each(|word| self.masks[word * places..][at..places].fill(0));
        self.len = at;
        upper
    }

    pub(super) fn append(&mut self, other: &Self, words: usize) {
        let len = self.len + other.len;
        if len > self.keys.len() {
            self.grow(len.next_power_of_two().max(GROUP), words);
        }
        self.take_from(other, 0, words);
    }

    /// Copies what another has from a place on behind what is here.
    fn take_from(&mut self, other: &Self, at: usize, words: usize) {
        let (places, len) = (self.keys.len(), self.len + other.len - at);
        self.keys[self.len..len].copy_from_slice(&other.keys()[at..]);
        for word in 0..words {
            self.masks[word * places..][self.len..len].copy_from_slice(&other.column(word)[at..]);
        }
        self.len = len;
    }

    /// How many keys are below one.
    #[inline]
    pub(super) fn below(&self, key: K) -> usize {
        match <&[K; 8 * GROUP]>::try_from(&*self.keys) {
            Ok(keys) => below(keys, key),
            Err(_) => below(&self.keys, key),
        }
    }

    /// Writes the union of all masks; answers whether it is another one.
    #[inline]
    pub(super) fn unite(&self, into: &mut [u64]) -> bool {
        let mut is_new = false;
        for (word, into) in into.iter_mut().enumerate() {
            let all = self.groups(word).iter().fold(0, |all, group| all | joined(group));
            is_new |= std::mem::replace(into, all) != all;
        }
        is_new
    }

    /// The union of a word of some entries.
    #[inline]
    pub(super) fn union_of(&self, word: usize, among: Range<usize>) -> u64 {
        looks::look(among.len());
        self.column(word)[among].iter().fold(0, |all, mask| all | mask)
    }

    /// The bits of a word that no entry has. Nearly always, the first few have all.
    #[inline]
    pub(super) fn not_in(&self, word: usize, mut bits: u64) -> u64 {
        for group in self.groups(word) {
            bits &= !joined(group);
            if bits == 0 {
                break;
            }
        }
        bits
    }

    /// The first entry from a position on with one of the bits.
    #[inline]
    pub(super) fn find(&self, asked: Bits, from: usize) -> Option<usize> {
        let found = first_with(self.groups(asked.word), asked.bits, from);
        looks::look(found.map_or(self.len(), |found| found + 1).saturating_sub(from));
        found
    }

    /// The first entry of all with one of the bits.
    #[inline]
    pub(super) fn first(&self, asked: Bits) -> Option<usize> {
        let found = first_in(self.groups(asked.word), asked.bits);
        looks::look(found.map_or(self.len(), |found| found + 1));
        found
    }

    /// How many of the entries before a place have a bit.
    #[inline]
    pub(super) fn count(&self, asked: Bits, end: usize) -> u32 {
        looks::look(end);
        let bit = asked.bits.trailing_zeros();
        let count: u64 = self.column(asked.word)[..end].iter().map(|mask| mask >> bit & 1).sum();
        u32::try_from(count).expect("few entries")
    }

    /// The place of the entry that has a bit, as so many before it do; there is one.
    #[inline]
    pub(super) fn nth(&self, asked: Bits, n: u32) -> usize {
        nth_bit(self.set(asked, 0..self.len), n) as usize
    }

    /// Those of some entries that have one of the bits, as a set of places, which are below 64.
    #[inline]
    pub(super) fn set(&self, asked: Bits, among: Range<usize>) -> u64 {
        looks::look(among.len());
        let places = (among.start..).zip(&self.column(asked.word)[among]);
        places.fold(0, |set, (place, mask)| set | u64::from(mask & asked.bits != 0) << place)
    }

    /// The entry that holds, or would hold, a key: the last whose lowest key is not above it.
    #[inline]
    pub(super) fn holder(&self, key: K) -> usize {
        if self.len == 1 {
            return 0;
        }
        self.below(key.next()).saturating_sub(1)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.keys.capacity() * size_of::<K>() + self.masks.capacity() * 8
    }

    /// Keys ascend, and what is behind them is none and has no bit.
    pub(super) fn is_sorted(&self) -> bool {
        let columns = self.masks.chunks(self.keys.len().max(1));
        if columns.map(|column| &column[self.len..]).any(|behind| behind.iter().any(|mask| *mask != 0)) {
            return false;
        }
        self.keys().is_sorted_by(|one, next| one < next) && self.keys[self.len..].iter().all(|&key| key == K::NONE)
    }
}

/// How many keys of whole groups, which ascend, are below one: the groups that are below as a whole are counted by their
/// last keys, then the keys of the next.
#[inline(always)]
fn below<K: Stored>(keys: &[K], key: K) -> usize {
    let (groups, _) = keys.as_chunks::<GROUP>();
    // Chosen, not added up: compilers make more of a sum than it is worth.
    let last = |count: usize, (number, other): (usize, K)| if other < key { number } else { count };
    let whole = (1..).zip(groups).fold(0, |count, (number, group)| last(count, (number, group[GROUP - 1])));
    let rest = groups
        .get(whole)
        .map_or(0, |group| (1..).zip(group).fold(0, |count, (number, &other)| last(count, (number, other))));
    whole * GROUP + rest
}

/// The union of a group.
#[inline(always)]
fn joined(group: &[u64; GROUP]) -> u64 {
    group.iter().fold(0, |all, mask| all | mask)
}

/// The first place from one on whose mask has one of some bits.
#[inline]
fn first_with(groups: &[[u64; GROUP]], bits: u64, from: usize) -> Option<usize> {
    let has = |mask: &u64| mask & bits != 0;
    let mut start = from / GROUP;
    if !from.is_multiple_of(GROUP) {
        let within = groups.get(start)?[from % GROUP..].iter().position(has);
        if let Some(within) = within {
            return Some(from + within);
        }
        start += 1;
    }
    first_in(groups.get(start..)?, bits).map(|found| start * GROUP + found)
}

/// The first place whose mask has one of some bits.
#[inline]
fn first_in(groups: &[[u64; GROUP]], bits: u64) -> Option<usize> {
    let number = groups.iter().position(|group| joined(group) & bits != 0)?;
    // All of the group, not up to the first: no branch that would be foretold wrongly.
    let places =
        (0..).zip(&groups[number]).fold(0_u32, |set, (place, mask)| set | u32::from(mask & bits != 0) << place);
    Some(number * GROUP + places.trailing_zeros() as usize)
}

/// Words of a mask, aside.
#[derive(Default)]
pub(super) struct Words([u64; MOST_WORDS]);

impl Words {
    #[inline]
    pub(super) fn words(&mut self, count: usize) -> &mut [u64] {
        &mut self.0[..count]
    }
}

/// Calls `visit`, which does little, with the number of every word of a mask. Nearly always there is one, for which no loop
/// is made.
#[inline(always)]
pub(super) fn for_each_word(words: usize, mut visit: impl FnMut(usize)) {
    if words == 1 { visit(0) } else { (0..words).for_each(visit) }
}

#[inline]
pub(super) fn take(from: &mut [u64], mask: &[u64]) {
    for_each_word(from.len().min(mask.len()), |word| from[word] &= !mask[word]);
}

#[inline]
pub(super) fn add(into: &mut [u64], mask: &[u64]) {
    for_each_word(into.len().min(mask.len()), |word| into[word] |= mask[word]);
}

/// A mask becomes another one, of as many words.
#[inline]
pub(super) fn copy(into: &mut [u64], mask: &[u64]) {
    for_each_word(into.len(), |word| into[word] = mask[word]);
}

/// Some bit is set.
#[inline]
pub(super) fn is_any(mask: &[u64]) -> bool {
    let mut any = 0;
    for_each_word(mask.len(), |word| any |= mask[word]);
    any != 0
}

/// Two masks of as many words are the same.
#[inline]
pub(super) fn is_same(one: &[u64], other: &[u64]) -> bool {
    let mut turned = 0;
    for_each_word(one.len(), |word| turned |= one[word] ^ other[word]);
    turned == 0
}
