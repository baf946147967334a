//! Many first-in-first-out lists of small values, in blocks of one pool.
//!
//! A list that is emptied hands its blocks to whichever list grows next. So memory is that of the most values at one
//! time, and after a while nothing is allocated, moved or given back any more.
//!
//! # Invariants
//! 1. A block belongs to one chain or to the free list.
//! 2. All blocks of a chain but the last are full.
//!
//! # Cost
//! A few instructions a value, and one cache line for each few values; half a block is idle in each list on average.

use crate::engine::fast::memory::{ask_for_huge_pages, prefetch};

/// How many values lie together.
const BLOCK: u32 = 32;
/// No block.
const NONE: u32 = u32::MAX;

/// One list. What it holds is in the pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    first: u32,
    last: u32,
    /// Values in the first block that have been taken.
    taken: u32,
    /// Values in the last block, the taken ones among them; a full block if there is none.
    filled: u32,
}

impl Chain {
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE, taken: 0, filled: BLOCK };

    pub(super) fn is_empty(self) -> bool {
        self.first == NONE
    }

    /// The places in a block that hold values.
    fn places(self, block: u32) -> std::ops::Range<usize> {
        let from = if block == self.first { self.taken } else { 0 };
        let to = if block == self.last { self.filled } else { BLOCK };
        from as usize..to as usize
    }
}

/// What all chains hold.
#[derive(Clone, Debug)]
pub(super) struct Pool<T> {
    values: Vec<[T; BLOCK as usize]>,
    /// For each block, the one after it in its chain or on the free list.
    next: Vec<u32>,
    free: u32,
}

impl<T: Copy> Pool<T> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), next: Vec::new(), free: NONE }
    }

    /// Adds a value at the end.
    #[inline]
    pub(super) fn push(&mut self, chain: &mut Chain, value: T) {
        if chain.filled == BLOCK {
            self.extend(chain, value);
        }
        self.values[chain.last as usize][chain.filled as usize] = value;
        chain.filled += 1;
    }

    /// Takes the first value out.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub(super) fn pop(&mut self, chain: &mut Chain) -> T {
        let value = self.values[chain.first as usize][chain.taken as usize];
        chain.taken += 1;
        if chain.taken as usize == chain.places(chain.first).end {
            self.drop_first(chain);
        }
        value
    }

    /// Every value of a chain, in order.
    pub(super) fn iter(&self, chain: Chain) -> impl Iterator<Item = T> {
        let following = |&block: &u32| Some(self.next[block as usize]).filter(|&next| next != NONE);
        let blocks = std::iter::successors(Some(chain.first).filter(|&first| first != NONE), following);
        blocks.flat_map(move |block| &self.values[block as usize][chain.places(block)]).copied()
    }

    /// A block more at the end; unused places hold any value.
    fn extend(&mut self, chain: &mut Chain, any: T) {
        let block = self.free;
        let block = if block == NONE {
            make_room(&mut self.values);
            self.values.push([any; BLOCK as usize]);
            self.next.push(NONE);
            u32::try_from(self.values.len() - 1).expect("fewer than 2^32 blocks")
        } else {
            self.free = std::mem::replace(&mut self.next[block as usize], NONE);
            block
        };
        match chain.last {
            NONE => chain.first = block,
            last => self.next[last as usize] = block,
        }
        chain.last = block;
        chain.filled = 0;
    }

    /// The first block is used up.
    fn drop_first(&mut self, chain: &mut Chain) {
        let block = chain.first;
        let next = std::mem::replace(&mut self.next[block as usize], self.free);
        self.free = block;
        *chain = if next == NONE { Chain::EMPTY } else { Chain { first: next, taken: 0, ..*chain } };
        // A chain is read to its end, and its blocks lie anywhere: the block after the next is on its way while that is read.
        if next != NONE
            && let Some(block) = self.values.get(self.next[next as usize] as usize)
        {
            prefetch(block.as_ptr());
            prefetch(block.as_ptr().wrapping_add(BLOCK as usize / 8));
            prefetch(block.as_ptr().wrapping_add(BLOCK as usize / 4));
        }
    }

    /// Has the place of the next value fetched.
    #[inline]
    pub(super) fn expect_push(&self, chain: Chain) {
        if let Some(block) = self.values.get(chain.last as usize) {
            prefetch(block.as_ptr().wrapping_add(chain.filled as usize));
        }
    }
}

/// Room for one more in a list that grows with the run, on large pages where that is much.
#[inline]
pub(in crate::simulation) fn make_room<T>(values: &mut Vec<T>) {
    if values.len() == values.capacity() {
        values.reserve(1);
        ask_for_huge_pages(values);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against one queue of the standard library for each chain.
        #[test]
        fn chains_are_queues(steps in prop::collection::vec((0_usize..4, any::<bool>(), 1_u32..80), 0..60)) {
            let mut pool = Pool::new();
            let (mut chains, mut model) = ([Chain::EMPTY; 4], [(); 4].map(|()| VecDeque::new()));
            for (number, (which, grows, count)) in (0_u32..).zip(steps) {
                for value in (0..count).map(|value| 100 * number + value) {
                    if grows {
                        pool.push(&mut chains[which], value);
                        model[which].push_back(value);
                    } else if let Some(first) = model[which].pop_front() {
                        prop_assert_eq!(pool.pop(&mut chains[which]), first);
                    }
                }
                for (&chain, model) in chains.iter().zip(&model) {
                    prop_assert_eq!(chain.is_empty(), model.is_empty());
                    prop_assert!(pool.iter(chain).eq(model.iter().copied()));
                }
            }
        }
    }

    #[test]
    fn blocks_are_used_again() {
        let mut pool = Pool::new();
        for round in 0..10 {
            let mut chain = Chain::EMPTY;
            (0..1_000).for_each(|value| pool.push(&mut chain, value + round));
            while !chain.is_empty() {
                pool.pop(&mut chain);
            }
        }
        assert_eq!(pool.values.len(), 1_000_usize.div_ceil(BLOCK as usize));
    }
}
