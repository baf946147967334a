//! The first key of every kind in each of many lanes, in short, side by side: so that the least among some lanes is one pass
//! over numbers, without a look at any lane that has not changed.
//!
//! # Invariants
//! 1. What is not stale is the key of the first instance of its lane that serves its kind, shortened.
//! 2. Keys that are shortened are in the order of the keys, up to ties.
//!
//! # Cost
//! Eight bytes and a bit for each kind and lane. A change of a lane sets a bit for each kind; a search reads a number for
//! each lane of a word that has one of those asked for, and looks for the first of each that has become stale.

use super::shelf::Shelf;
use super::table::Bits;
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Range};
use crate::model::columns::bits;

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    /// Words of a set of lanes.
    words: usize,
    kinds: usize,
    /// Low bits of a key that are left out.
    shift: u32,
    /// By kind, then lane, in whole words of lanes.
    short: Vec<u64>,
    /// By kind, then word.
    stale: Vec<u64>,
}

impl Heads {
    /// All stale; keys have so many bits.
    pub(super) fn new(kinds: usize, lanes: usize, key_bits: u32) -> Self {
        let words = lanes.div_ceil(64);
        let (short, stale) = (vec![0; kinds * words * 64], vec![u64::MAX; kinds * words]);
        Self { words, kinds, shift: key_bits.saturating_sub(64), short, stale }
    }

    /// A lane has changed.
    #[inline]
    pub(super) fn forget(&mut self, lane: usize) {
        let (word, bit) = (lane / 64, 1 << (lane % 64));
        (0..self.kinds).for_each(|kind| self.stale[kind * self.words + word] |= bit);
    }

    #[inline]
    fn shortened(&self, key: Key) -> u64 {
        u64::try_from(key >> self.shift).expect("as many bits are left out as are too many")
    }

    /// The least key of a kind in some lanes, 64 to a word, each of which has an instance of the kind.
    pub(crate) fn least<'s>(&mut self, kind: Bits, among: &[u64], shelf: impl Fn(usize) -> &'s Shelf) -> Option<Key> {
        let number = kind.word * 64 + kind.bits.trailing_zeros() as usize;
        let first = |lane: usize| shelf(lane).first(kind, Range::ALL).expect("the lane has an instance of the kind");
        let mut least = u64::MAX;
        for (word, &asked) in among.iter().enumerate().filter(|(_, asked)| **asked != 0) {
            let at = number * self.words + word;
            for bit in bits(self.stale[at] & asked) {
                self.short[at * 64 + bit] = self.shortened(first(word * 64 + bit));
            }
            self.stale[at] &= !asked;
            let of = |(bit, &short): (usize, &u64)| if asked >> bit & 1 == 1 { short } else { u64::MAX };
            least = self.short[at * 64..][..64].iter().enumerate().map(of).fold(least, u64::min);
        }
        looks::look(self.words);
        if self.shift == 0 {
            return (least != u64::MAX).then_some(Key::from(least));
        }
        let short = &self.short[number * self.words * 64..][..self.words * 64];
        let lanes = among.iter().enumerate().flat_map(|(word, &asked)| bits(asked).map(move |bit| word * 64 + bit));
        lanes.filter(|&lane| short[lane] == least).map(first).min()
    }

    pub(super) fn bytes(&self) -> usize {
        (self.short.len() + self.stale.len()) * 8
    }

    /// Searches again for every head that is not stale.
    pub(super) fn validate<'s>(&self, lanes: usize, shelf: impl Fn(usize) -> &'s Shelf) -> Result<(), String> {
        for number in 0..self.kinds {
            let kind = Bits { word: number / 64, bits: 1 << (number % 64) };
            let is_known = |lane: &usize| self.stale[number * self.words + lane / 64] >> (lane % 64) & 1 == 0;
            for lane in (0..lanes).filter(is_known) {
                let first = shelf(lane).first(kind, Range::ALL).map(|key| self.shortened(key));
                if first != Some(self.short[number * self.words * 64 + lane]) {
                    return Err(format!(
                        "heads: that of kind {number} in lane {lane} is {first:?}, and is kept otherwise"
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_some_lanes_is_found_also_where_keys_are_long() {
        for shift in [0, 70] {
            let mut shelves = vec![Shelf::new(1); 70];
            let key = |value: u64| (Key::from(value) << shift) + Key::from(value % 2);
            (0..70).for_each(|lane| shelves[lane].insert(key(100 - lane as u64), &[1]));
            let mut heads = Heads::new(1, 70, 7 + shift);
            let kind = Bits::of_kind(0);
            assert_eq!(heads.least(kind, &[0b1100, 0], |lane| &shelves[lane]), Some(key(97)));
            assert_eq!(heads.least(kind, &[u64::MAX, 0b11], |lane| &shelves[lane]), Some(key(35)));
            assert_eq!(heads.least(kind, &[0, 0], |lane| &shelves[lane]), None);
            shelves[3].insert(key(5), &[1]);
            assert!(heads.validate(70, |lane| &shelves[lane]).is_err(), "lane 3 was not forgotten");
            heads.forget(3);
            assert_eq!(heads.validate(70, |lane| &shelves[lane]), Ok(()));
            assert_eq!(heads.least(kind, &[u64::MAX, 0b11], |lane| &shelves[lane]), Some(key(5)));
        }
    }
}
