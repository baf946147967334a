//! A lane: its instances in order, and what is counted of them.
//!
//! # Invariants
//! 1. The tally of a bit, where some kind draws, is the number of instances that have it.
//!
//! # Cost
//! A change writes a number for each bit that has turned.

use super::kinds::Kinds;
use super::shelf::Shelf;
use super::table::Bits;
use crate::engine::fast::state::parts::Whole;

/// Instances that a chain tells apart by what is left and by their tasks alone.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) shelf: Shelf,
    /// What they registered, where shares are compared.
    pub(crate) whole: Whole,
    /// By bit; empty where no kind draws.
    pub(super) tallies: Vec<u32>,
}

impl Lane {
    /// Without an instance.
    pub(super) fn new(kinds: &Kinds, key_bits: u32, whole: Whole, draws: bool) -> Self {
        let tallies = vec![0; if draws { kinds.words * 64 } else { 0 }];
        Self { shelf: Shelf::new(kinds.words, key_bits, draws), whole, tallies }
    }

    /// An instance has another mask.
    #[inline]
    pub(super) fn tally(&mut self, before: &[u64], now: &[u64]) {
        if self.tallies.is_empty() {
            return;
        }
        for (word, (before, now)) in before.iter().zip(now).enumerate() {
            let mut turned = before ^ now;
            while turned != 0 {
                let bit = turned.trailing_zeros() as usize;
                turned &= turned - 1;
                let tally = &mut self.tallies[word * 64 + bit];
                *tally = if now >> bit & 1 == 1 { *tally + 1 } else { *tally - 1 };
            }
        }
    }

    /// How many instances have a bit.
    pub(crate) fn count(&self, asked: Bits) -> u32 {
        self.tallies[asked.number()]
    }
}
