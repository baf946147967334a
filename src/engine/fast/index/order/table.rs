//! A sorted table of a shelf: keys, each with a mask; and what is done with masks of several words.
//!
//! # Cost
//! An insertion or a removal moves what stands behind. A search for a key compares one of eight keys, then eight. A search
//! for a bit reads one word of each entry up to the one it finds.

use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::Key;

/// Words of a mask at most.
pub(crate) const MOST_WORDS: usize = 16;

/// What is asked for: some bits of one word of the masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bits {
    pub(crate) word: usize,
    pub(crate) bits: u64,
}

impl Bits {
    /// The bit of a kind.
    pub(crate) fn of_kind(kind: u32) -> Self {
        Self { word: kind as usize / 64, bits: 1 << (kind % 64) }
    }
}

/// A sorted table, in which each entry has a mask.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// The keys of instances, or the lowest key of what an entry stands for; behind them [`NONE`], so that there are twice
    /// as many places as there were until all are taken, and always whole groups.
    keys: Vec<Key>,
    len: usize,
    /// The words of each entry, one entry after another.
    pub(super) masks: Vec<u64>,
}

/// Above every key of an instance.
const NONE: Key = Key::MAX;
/// Keys that are compared side by side: without a branch, which would be foretold wrongly at every second step.
const GROUP: usize = 8;

impl Table {
    /// Empty, with places for so many entries.
    pub(super) fn with_places(places: usize) -> Self {
        Self { keys: vec![NONE; places.next_multiple_of(GROUP)], ..Self::default() }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys[..self.len]
    }

    #[inline]
    pub(super) fn lowest(&self) -> Key {
        self.keys[0]
    }

    #[inline]
    pub(super) fn mask(&self, at: usize, words: usize) -> &[u64] {
        &self.masks[at * words..(at + 1) * words]
    }

    #[inline]
    pub(super) fn mask_mut(&mut self, at: usize, words: usize) -> &mut [u64] {
        &mut self.masks[at * words..(at + 1) * words]
    }

    /// An entry stands for what has another lowest key.
    #[inline]
    pub(super) fn set_key(&mut self, at: usize, key: Key) {
        self.keys[at] = key;
    }

    pub(super) fn insert(&mut self, at: usize, key: Key, mask: &[u64]) {
        if self.len == self.keys.len() {
            self.keys.resize((2 * self.len).max(GROUP), NONE);
        }
        self.keys.copy_within(at..self.len, at + 1);
        self.keys[at] = key;
        self.len += 1;
        if let [only] = mask {
            self.masks.insert(at, *only);
            return;
        }
        let (words, end) = (mask.len(), self.masks.len());
        self.masks.resize(end + words, 0);
        self.masks.copy_within(at * words..end, (at + 1) * words);
        self.mask_mut(at, words).copy_from_slice(mask);
    }

    pub(super) fn remove(&mut self, at: usize, words: usize) {
        self.keys.copy_within(at + 1..self.len, at);
        self.len -= 1;
        self.keys[self.len] = NONE;
        self.masks.copy_within((at + 1) * words.., at * words);
        self.masks.truncate(self.masks.len() - words);
    }

    /// An entry has another key and another mask, and stands before the one at `before`, counted as the entries are now.
    pub(super) fn shift(&mut self, at: usize, before: usize, key: Key, mask: &[u64]) {
        let words = mask.len();
        let to = if before > at {
            self.keys.copy_within(at + 1..before, at);
            self.masks.copy_within((at + 1) * words..before * words, at * words);
            before - 1
        } else {
            self.keys.copy_within(before..at, before + 1);
            self.masks.copy_within(before * words..at * words, (before + 1) * words);
            before
        };
        self.keys[to] = key;
        self.mask_mut(to, words).copy_from_slice(mask);
    }

    pub(super) fn split_off(&mut self, at: usize, words: usize) -> Self {
        let mut upper = Self { masks: self.masks.split_off(at * words), ..Self::with_places(self.keys.len()) };
        upper.len = self.len - at;
        upper.keys[..upper.len].copy_from_slice(&self.keys[at..self.len]);
        self.keys[at..].fill(NONE);
        self.len = at;
        upper
    }

    pub(super) fn append(&mut self, other: Self) {
        let len = self.len + other.len;
        if len > self.keys.len() {
            self.keys.resize(len.next_power_of_two().max(GROUP), NONE);
        }
        self.keys[self.len..len].copy_from_slice(other.keys());
        self.len = len;
        self.masks.extend(other.masks);
    }

    /// How many keys are below one.
    #[inline]
    pub(super) fn below(&self, key: Key) -> usize {
        match <&[Key; 8 * GROUP]>::try_from(&*self.keys) {
            Ok(keys) => below(keys, key),
            Err(_) => below(&self.keys, key),
        }
    }

    /// Writes the union of all masks; answers whether it is another one.
    #[inline]
    pub(super) fn unite(&self, into: &mut [u64]) -> bool {
        let is_new;
        match into {
            [only] => {
                let all = self.masks.iter().fold(0, |all, mask| all | mask);
                is_new = std::mem::replace(only, all) != all;
            }
            several => {
                let mut all = [0; MOST_WORDS];
                let all = &mut all[..several.len()];
                self.masks.chunks_exact(several.len()).for_each(|mask| add(all, mask));
                is_new = *several != *all;
                several.copy_from_slice(all);
            }
        }
        is_new
    }

    /// Strikes out the bits that some entry has; answers whether none is left. Nearly always, the first few have all.
    #[inline]
    pub(super) fn has_all(&self, bits: &mut [u64]) -> bool {
        if let [only] = bits {
            return self.masks.iter().any(|mask| {
                *only &= !mask;
                *only == 0
            });
        }
        let words = bits.len();
        for (word, bits) in bits.iter_mut().enumerate().filter(|(_, bits)| **bits != 0) {
            for mask in self.masks.iter().skip(word).step_by(words) {
                *bits &= !mask;
                if *bits == 0 {
                    break;
                }
            }
        }
        bits.iter().all(|word| *word == 0)
    }

    /// The first entry from a position on with one of the bits.
    #[inline]
    pub(super) fn find(&self, asked: Bits, from: usize, words: usize) -> Option<usize> {
        if words == 1 {
            let found = first_with(self.masks.get(from..)?, asked.bits);
            looks::look(found.map_or(self.len() - from, |found| found + 1));
            return Some(from + found?);
        }
        let mut masks = self.masks.get(from * words + asked.word..)?.iter().step_by(words);
        let found = masks.position(|mask| mask & asked.bits != 0).map(|found| from + found);
        looks::look(found.unwrap_or(self.len()) - from);
        found
    }

    /// The entry that holds, or would hold, a key: the last whose lowest key is not above it.
    #[inline]
    pub(super) fn holder(&self, key: Key) -> usize {
        if self.len == 1 {
            return 0;
        }
        self.below(key.saturating_add(1)).saturating_sub(1)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.keys.capacity() * size_of::<Key>() + self.masks.capacity() * 8
    }

    /// Keys ascend, and what is behind them is none.
    pub(super) fn is_sorted(&self) -> bool {
        self.keys().is_sorted_by(|one, next| one < next) && self.keys[self.len..].iter().all(|&key| key == NONE)
    }
}

/// How many keys of whole groups, which ascend, are below one: the groups that are below as a whole are counted by their
/// last keys, then the keys of the next.
#[inline(always)]
fn below(keys: &[Key], key: Key) -> usize {
    let (groups, _) = keys.as_chunks::<GROUP>();
    // Chosen, not added up: compilers make more of a sum than it is worth.
    let last = |count: usize, (number, other): (usize, Key)| if other < key { number } else { count };
    let whole = (1..).zip(groups).fold(0, |count, (number, group)| last(count, (number, group[GROUP - 1])));
    let rest = groups
        .get(whole)
        .map_or(0, |group| (1..).zip(group).fold(0, |count, (number, &other)| last(count, (number, other))));
    whole * GROUP + rest
}

/// The first mask with one of some bits. Eight are joined at a time, which the compiler makes vector instructions of.
#[inline]
fn first_with(masks: &[u64], bits: u64) -> Option<usize> {
    let joined = |eight: &[u64]| eight.iter().fold(0, |all, mask| all | mask);
    let (number, eight) = masks.chunks(8).enumerate().find(|(_, eight)| joined(eight) & bits != 0)?;
    let within = eight.iter().position(|mask| mask & bits != 0)?;
    Some(number * 8 + within)
}

/// Words of a mask, aside.
pub(super) struct Words([u64; MOST_WORDS]);

impl Words {
    #[inline]
    pub(super) fn of(mask: &[u64]) -> Self {
        let mut words = [0; MOST_WORDS];
        words[..mask.len()].copy_from_slice(mask);
        Self(words)
    }

    #[inline]
    pub(super) fn words(&mut self, count: usize) -> &mut [u64] {
        &mut self.0[..count]
    }
}

#[inline]
pub(super) fn take(from: &mut [u64], mask: &[u64]) {
    from.iter_mut().zip(mask).for_each(|(from, mask)| *from &= !mask);
}

#[inline]
pub(super) fn add(into: &mut [u64], mask: &[u64]) {
    into.iter_mut().zip(mask).for_each(|(into, mask)| *into |= mask);
}
