//! A sorted table of a shelf: keys, each with a mask; and what is done with masks of several words.
//!
//! # Cost
//! An insertion or a removal moves what stands behind. A search for a bit reads one word of each entry up to the one it
//! finds.

use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::Key;

/// Words of a mask at most.
pub(crate) const MOST_WORDS: usize = 16;

/// What is asked for: some bits of one word of the masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The keys of instances, or the lowest key of what an entry stands for.
    pub(super) keys: Vec<Key>,
    /// The words of each entry, one entry after another.
    pub(super) masks: Vec<u64>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    #[inline]
    pub(super) fn mask(&self, at: usize, words: usize) -> &[u64] {
        &self.masks[at * words..(at + 1) * words]
    }

    pub(super) fn insert(&mut self, at: usize, key: Key, mask: &[u64]) {
        self.keys.insert(at, key);
        if let [only] = mask {
            self.masks.insert(at, *only);
            return;
        }
        let (words, end) = (mask.len(), self.masks.len());
        self.masks.resize(end + words, 0);
        self.masks.copy_within(at * words..end, (at + 1) * words);
        self.masks[at * words..][..words].copy_from_slice(mask);
    }

    pub(super) fn remove(&mut self, at: usize, words: usize) {
        self.keys.remove(at);
        self.masks.copy_within((at + 1) * words.., at * words);
        self.masks.truncate(self.masks.len() - words);
    }

    pub(super) fn split_off(&mut self, at: usize, words: usize) -> Self {
        Self { keys: self.keys.split_off(at), masks: self.masks.split_off(at * words) }
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.keys.append(&mut other.keys);
        self.masks.append(&mut other.masks);
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
        self.masks.chunks_exact(bits.len()).any(|mask| {
            take(bits, mask);
            bits.iter().all(|word| *word == 0)
        })
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
        self.keys.partition_point(|&lowest| lowest <= key).saturating_sub(1)
    }
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
