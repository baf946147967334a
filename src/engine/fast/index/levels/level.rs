//! The instances of a cell that hold the same number of tasks of a group, and how many of them fit a shape.
//!
//! Who is a member changes only when a task of the group comes or goes. Who of them fits changes all the time, with tasks
//! of every group, and is therefore not written down but counted, by blocks of 512 positions: the counters of a million
//! instances are 4 KiB. A search reads the counters, and then at most eight words of members and of the fit index.
//!
//! # Invariants
//! 1. A group counts the members that fit of each of 64 blocks, and of all.
//! 2. It has a bit set exactly for each of its blocks where that is not 0.
//!
//! # Cost
//! An instance that starts or ceases to fit costs two additions near each other. The lowest member that fits is one
//! counter for every 32,768 positions, then three loads, then on average four words.
//!
//! # Sources
//! Counts by block as in Jacobson, "Space-efficient Static Trees and Graphs", FOCS 1989.

use crate::engine::fast::index::bitgrid::{Column, nth_bit};
use crate::engine::fast::state::memory::prefetch;

/// Words of a block.
const WORDS: usize = 8;
/// Positions of a block.
const BLOCK: usize = WORDS * 64;

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// A bit for each position: the instance holds so many tasks of the group.
    members: Vec<u64>,
    groups: Vec<Group>,
    blocks: usize,
}

/// Blocks of a group.
const BLOCKS: usize = 64;

/// 64 blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
struct Group {
    /// A bit for each block.
    occupied: u64,
    fitting: u64,
    /// By block.
    of_blocks: [u16; BLOCKS],
}

impl Group {
    const EMPTY: Self = Self { occupied: 0, fitting: 0, of_blocks: [0; BLOCKS] };
}

/// What is known of the member that fits after another.
pub(crate) enum After {
    Nobody,
    /// Its position.
    At(u32),
    /// It is one of the block that begins here.
    InBlock(u32),
}

impl Level {
    /// No member among so many positions.
    pub(crate) fn new(positions: usize) -> Self {
        let mut level = Self::default();
        level.grow(positions);
        level
    }

    /// Makes room for positions below `positions`.
    pub(crate) fn grow(&mut self, positions: usize) {
        let blocks = positions.div_ceil(BLOCK);
        if blocks > self.blocks {
            self.blocks = blocks;
            self.members.resize(blocks * WORDS, 0);
            self.groups.resize(blocks.div_ceil(BLOCKS), Group::EMPTY);
        }
    }

    /// How many members fit.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        number(self.groups.iter().map(|group| group.fitting).sum())
    }

    /// No member fits.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.occupied == 0)
    }

    #[inline]
    pub(crate) fn contains(&self, position: u32) -> bool {
        self.word_of(position) >> (position % 64) & 1 == 1
    }

    /// The members of the word of a position.
    #[inline]
    pub(crate) fn word_of(&self, position: u32) -> u64 {
        self.members[position as usize / 64]
    }

    /// Makes some positions of the word of `position` members.
    #[inline]
    pub(crate) fn insert(&mut self, position: u32, bits: u64) {
        self.members[position as usize / 64] |= bits;
    }

    /// Some positions of the word of `position` are members no more.
    #[inline]
    pub(crate) fn remove(&mut self, position: u32, bits: u64) {
        self.members[position as usize / 64] &= !bits;
    }

    /// So many members of the block of `position` fit that did not.
    #[inline(always)]
    pub(super) fn count_up(&mut self, position: u32, members: u16) {
        let block = position as usize / BLOCK;
        let group = &mut self.groups[block / BLOCKS];
        // A block has no more members than positions: nothing is checked.
        let fitting = &mut group.of_blocks[block % BLOCKS];
        *fitting = fitting.wrapping_add(members);
        group.occupied |= u64::from(members != 0) << (block % BLOCKS);
        group.fitting = group.fitting.wrapping_add(u64::from(members));
    }

    /// So many members of the block of `position` fit no more.
    #[inline(always)]
    pub(super) fn count_down(&mut self, position: u32, members: u16) {
        let block = position as usize / BLOCK;
        let group = &mut self.groups[block / BLOCKS];
        let fitting = &mut group.of_blocks[block % BLOCKS];
        *fitting = fitting.wrapping_sub(members);
        group.occupied &= !(u64::from(*fitting == 0) << (block % BLOCKS));
        group.fitting = group.fitting.wrapping_sub(u64::from(members));
    }

    /// How many members of a block fit.
    #[inline]
    fn of_block(&self, block: usize) -> u16 {
        self.groups[block / BLOCKS].of_blocks[block % BLOCKS]
    }

    /// The lowest word with a member that fits: the position of its first bit, and all its members that fit.
    #[inline]
    pub(crate) fn first(&self, fit: Column<'_>) -> Option<(u32, u64)> {
        let (number, group) = self.groups.iter().enumerate().find(|(_, group)| group.occupied != 0)?;
        let block = number * 64 + group.occupied.trailing_zeros() as usize;
        self.words(block, fit).find(|&(_, bits)| bits != 0)
    }

    /// What comes after a member that is the lowest that fits.
    pub(crate) fn after(&self, lowest: u32, fit: Column<'_>) -> After {
        let block = lowest as usize / BLOCK;
        if self.of_block(block) > 1 {
            let but_lowest = |(start, bits): (u32, u64)| {
                let others = if start == lowest & !63 { bits & !(1 << (lowest % 64)) } else { bits };
                (others != 0).then(|| start + others.trailing_zeros())
            };
            return self.words(block, fit).find_map(but_lowest).map_or(After::Nobody, After::At);
        }
        let others = |number: usize, group: &Group| {
            let own = if number == block / 64 { 1 << (block % 64) } else { 0 };
            let others = group.occupied & !own;
            (others != 0).then(|| number * 64 + others.trailing_zeros() as usize)
        };
        let groups = self.groups.iter().enumerate().skip(block / 64);
        let next = groups.filter_map(|(number, group)| others(number, group)).next();
        next.map_or(After::Nobody, |block| After::InBlock(start_of(block)))
    }

    /// Has the members of the block that begins at a position fetched, and what `fit` names for each of its words.
    pub(crate) fn expect_block(&self, start: u32, fit: impl Fn(u32) -> *const u8) {
        prefetch(self.address(start));
        (start..).step_by(64).take(WORDS).for_each(|word| prefetch(fit(word)));
    }

    /// The words of a block, as [`Self::first`] answers them.
    #[inline]
    fn words(&self, block: usize, fit: Column<'_>) -> impl Iterator<Item = (u32, u64)> {
        let mut start = start_of(block);
        // The fit index may end before the block does: nobody is there.
        let words = self.members[block * WORDS..][..WORDS].iter().zip(fit.words(start));
        words.map(move |(members, fitting)| {
            let word = (start, members & fitting);
            start = start.wrapping_add(64);
            word
        })
    }

    /// The member that fits with `n` such members below it.
    ///
    /// # Panics
    /// If there are not so many.
    pub(crate) fn nth(&self, n: u32, fit: Column<'_>) -> u32 {
        let mut left = u64::from(n);
        let mut is_beyond = |count: u64| {
            let is_beyond = left >= count;
            left -= if is_beyond { count } else { 0 };
            is_beyond
        };
        let group = self.groups.iter().position(|group| !is_beyond(group.fitting)).expect("fewer than all are below");
        let mut of_blocks = self.groups[group].of_blocks.iter();
        let block = of_blocks.position(|&fitting| !is_beyond(u64::from(fitting))).expect("the group has so many");
        let mut words = self.words(group * BLOCKS + block, fit);
        let word = words.find(|(_, bits)| !is_beyond(u64::from(bits.count_ones())));
        let (start, bits) = word.expect("the block has so many");
        start + nth_bit(bits, number(left))
    }

    /// How many members that fit are below a position.
    pub(crate) fn below(&self, position: u32, fit: Column<'_>) -> u32 {
        let block = position as usize / BLOCK;
        let groups = self.groups.iter().take(block / BLOCKS).map(|group| group.fitting).sum();
        let of_blocks = self.groups.get(block / BLOCKS).map_or(&[][..], |group| &group.of_blocks[..block % BLOCKS]);
        let before = number(groups) + of_blocks.iter().map(|&fitting| u32::from(fitting)).sum::<u32>();
        if block >= self.blocks {
            return before;
        }
        let below = |(start, bits): (u32, u64)| match position.checked_sub(start) {
            Some(within @ 0..64) => bits & ((1 << within) - 1),
            Some(_) => bits,
            None => 0,
        };
        let words: u32 = self.words(block, fit).map(|word| below(word).count_ones()).sum();
        before + words
    }

    /// Where the word of a position is, to be fetched early.
    #[inline]
    pub(crate) fn address(&self, position: u32) -> *const u64 {
        self.members.as_ptr().wrapping_add(position as usize / 64)
    }

    pub(super) fn bytes(&self) -> usize {
        self.members.capacity() * size_of::<u64>() + self.groups.capacity() * size_of::<Group>()
    }

    /// Recounts the counters.
    pub(super) fn validate(&self, fit: Column<'_>) -> Result<(), String> {
        let mut groups = vec![Group::EMPTY; self.groups.len()];
        for block in 0..self.blocks {
            let fitting: u32 = self.words(block, fit).map(|(_, bits)| bits.count_ones()).sum();
            let group = &mut groups[block / BLOCKS];
            group.of_blocks[block % BLOCKS] = u16::try_from(fitting).expect("at most 512");
            group.fitting += u64::from(fitting);
            group.occupied |= u64::from(fitting > 0) << (block % BLOCKS);
        }
        match groups.iter().zip(&self.groups).position(|(is, kept)| is != kept) {
            Some(at) => Err(format!("of group {at}, {:?} fit, kept {:?}", groups[at], self.groups[at])),
            None => Ok(()),
        }
    }
}

/// How many instances.
#[inline]
fn number(members: u64) -> u32 {
    u32::try_from(members).expect("fewer than 2^32 instances")
}

/// The first position of a block.
#[inline]
fn start_of(block: usize) -> u32 {
    u32::try_from(block * BLOCK).expect("positions are below 2^32")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fast::index::bitgrid::BitGrid;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Members that fit are an intersection of two sets.
        #[test]
        fn those_that_fit_are_found_and_numbered(
            spread in prop::sample::select(vec![1_u32, 60, 3_000, 30_000]),
            toggles in prop::collection::vec((0..14_u32, any::<bool>()), 0..60),
        ) {
            let mut level = Level::new(13 * spread as usize + 1);
            let mut grid = BitGrid::new(2);
            grid.grow(13 * spread as usize + 1);
            let (mut members, mut fitting) = (BTreeSet::new(), BTreeSet::new());
            for (position, is_member) in toggles {
                let position = position * spread;
                level.grow(position as usize + 1);
                let bit = 1 << (position % 64);
                let before = members.contains(&position) && fitting.contains(&position);
                let toggled = if is_member { &mut members } else { &mut fitting };
                if !toggled.remove(&position) {
                    toggled.insert(position);
                }
                let is_in = toggled.contains(&position);
                let after = members.contains(&position) && fitting.contains(&position);
                match (is_member, is_in) {
                    (true, true) => level.insert(position, bit),
                    (true, false) => level.remove(position, bit),
                    (false, _) => _ = grid.flip(0, position, 0b10, is_in),
                }
                level.count_down(position, u16::from(before));
                level.count_up(position, u16::from(after));
                let fit = Column::new(&grid, 1);
                let both: Vec<u32> = members.intersection(&fitting).copied().collect();
                prop_assert_eq!(level.validate(fit), Ok(()));
                prop_assert_eq!(level.len() as usize, both.len());
                prop_assert_eq!(level.is_empty(), both.is_empty());
                let first = level.first(fit).map(|(start, bits)| start + bits.trailing_zeros());
                prop_assert_eq!(first, both.first().copied());
                let after = first.map(|first| level.after(first, fit));
                let (block, second) = (|position: u32| position as usize / BLOCK, both.get(1).copied());
                match after {
                    None => prop_assert!(both.is_empty()),
                    Some(After::Nobody) => prop_assert_eq!(second, None),
                    Some(After::At(position)) => prop_assert_eq!(second, Some(position)),
                    Some(After::InBlock(start)) => prop_assert_eq!(second.map(block), Some(block(start))),
                }
                for (n, &position) in (0..).zip(&both) {
                    prop_assert_eq!(level.nth(n, fit), position);
                    prop_assert_eq!(level.below(position, fit), n);
                    prop_assert_eq!(level.below(position + 1, fit), n + 1);
                }
            }
        }
    }
}
