//! The first instance of every kind in every lane, as far as it is known since the lane changed last.
//!
//! # Invariants
//! 1. A first that is kept under the age of its lane is what a search would find now.
//!
//! # Cost
//! 32 bytes for each kind and lane, where these are few enough; a decision searches only the lanes that have changed since
//! the last one of its kind.

use super::shelf::Shelf;
use super::table::Bits;
use crate::engine::fast::state::parts::{Key, Range};

/// With more, nothing is kept.
const MOST: usize = 1 << 20;

/// A first and the age of its lane then.
#[derive(Clone, Copy, Debug)]
struct First {
    key: Key,
    age: u64,
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Firsts {
    lanes: usize,
    /// How often each lane has changed, counted from 1.
    ages: Vec<u64>,
    /// By kind, then lane; empty where nothing is kept.
    firsts: Vec<First>,
}

impl Firsts {
    pub(crate) fn new(kinds: usize, lanes: usize) -> Self {
        let kept = if kinds * lanes <= MOST && lanes > 1 { kinds * lanes } else { 0 };
        Self { lanes, ages: vec![1; lanes], firsts: vec![First { key: 0, age: 0 }; kept] }
    }

    /// A lane has changed.
    #[inline]
    pub(crate) fn forget(&mut self, lane: usize) {
        self.ages[lane] += 1;
    }

    /// The first instance of a lane that serves a kind.
    #[inline]
    pub(crate) fn get(&mut self, lane: usize, kind: Bits, shelf: &Shelf) -> Key {
        let search = || shelf.first(kind, Range::ALL).expect("the lane has an instance of the kind");
        let number = kind.word * 64 + kind.bits.trailing_zeros() as usize;
        let age = self.ages[lane];
        let Some(first) = self.firsts.get_mut(number * self.lanes + lane) else { return search() };
        if first.age != age {
            *first = First { key: search(), age };
        }
        first.key
    }

    /// Searches again for every first that is taken for known.
    pub(crate) fn validate<'s>(&self, shelf: impl Fn(usize) -> &'s Shelf) -> Result<(), String> {
        for (place, first) in
            self.firsts.iter().enumerate().filter(|(place, first)| first.age == self.ages[place % self.lanes])
        {
            let number = place / self.lanes;
            let kind = Bits { word: number / 64, bits: 1 << (number % 64) };
            if shelf(place % self.lanes).first(kind, Range::ALL) != Some(first.key) {
                return Err(format!("firsts: that of kind {number} in lane {} is another", place % self.lanes));
            }
        }
        Ok(())
    }
}
