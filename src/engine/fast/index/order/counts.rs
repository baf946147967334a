//! How many instances of a shelf have each bit: those before a key are counted, and the one of a rank is found, with a look
//! at one block.
//!
//! Kept where a chain ends in a uniform draw, and nowhere else.
//!
//! # Invariants
//! 1. For the shelf, for each row, each block of it and each bit there is the number of instances that have the bit.
//!
//! # Cost
//! A byte for each bit of a block, two for each of a row, and four for each. A change writes one of each for each bit of the
//! mask where the instance leaves its block, and for each bit that has turned where it stays. A count adds up half the blocks of one
//! row at most, and the rows before it.
//!
//! # Sources
//! Order statistics as in Cormen et al., "Introduction to Algorithms", chapter 14, "Augmenting data structures".

use super::rows::{Home, Rows, Spot};
use super::table::{Bits, Table};
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Range};
use crate::engine::fast::state::stored::Stored;
use crate::model::columns::bits;

/// See the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Bits of a mask.
    width: usize,
    /// By bit.
    all: Vec<u32>,
    /// By row, then bit: a row has fewer than 2^12 instances.
    of_rows: Vec<u16>,
    /// By row; there by block, then bit: a block has at most 64 instances.
    of_blocks: Vec<Vec<u8>>,
}

/// Where an instance is counted, for a word of bits.
struct Counted<'c> {
    all: &'c mut [u32; 64],
    of_row: &'c mut [u16; 64],
    of_block: &'c mut [u8; 64],
}

/// The counts of a word of bits.
#[inline]
fn word_at<T>(counts: &mut [T], start: usize) -> &mut [T; 64] {
    counts[start..].first_chunk_mut().expect("a word has 64 bits")
}

impl Counts {
    /// No row; masks have so many words.
    pub(super) fn new(words: usize) -> Self {
        Self { width: words * 64, all: vec![0; words * 64], ..Self::default() }
    }

    fn of_row(&mut self, row: usize) -> &mut [u16] {
        &mut self.of_rows[row * self.width..][..self.width]
    }

    /// An instance with these bits has come to a block.
    #[inline]
    pub(super) fn add(&mut self, home: Home, mask: &[u64]) {
        for (word, &mask) in mask.iter().enumerate() {
            self.add_to(home, word, mask);
        }
    }

    #[inline]
    fn add_to(&mut self, home: Home, word: usize, mask: u64) {
        let counted = self.word(home, word);
        for bit in bits(mask) {
            counted.all[bit] += 1;
            counted.of_row[bit] += 1;
            counted.of_block[bit] += 1;
        }
    }

    /// An instance with these bits has left a block.
    #[inline]
    pub(super) fn take(&mut self, home: Home, mask: &[u64]) {
        for (word, &mask) in mask.iter().enumerate() {
            self.take_from(home, word, mask);
        }
    }

    #[inline]
    fn take_from(&mut self, home: Home, word: usize, mask: u64) {
        let counted = self.word(home, word);
        for bit in bits(mask) {
            counted.all[bit] -= 1;
            counted.of_row[bit] -= 1;
            counted.of_block[bit] -= 1;
        }
    }

    /// An instance of a block has another mask.
    #[inline]
    pub(super) fn turn(&mut self, home: Home, before: &[u64], now: &[u64]) {
        for (word, (before, now)) in before.iter().zip(now).enumerate() {
            self.take_from(home, word, before & !now);
            self.add_to(home, word, now & !before);
        }
    }

    /// The counts of a word of bits where an instance of a block is counted.
    #[inline]
    fn word(&mut self, Home { row, block }: Home, word: usize) -> Counted<'_> {
        let start = word * 64;
        Counted {
            all: word_at(&mut self.all, start),
            of_row: word_at(&mut self.of_rows, row * self.width + start),
            of_block: word_at(&mut self.of_blocks[row], block * self.width + start),
        }
    }

    /// The first row, with a block, is new.
    pub(super) fn begin(&mut self) {
        self.of_rows = vec![0; self.width];
        self.of_blocks = vec![vec![0; self.width]];
    }

    /// A block has lost its upper half to a new one behind it.
    pub(super) fn split_block<K: Stored>(&mut self, Home { row, block }: Home, upper: &Table<K>) {
        let width = self.width;
        let moved = recounted(upper, width);
        let of_blocks = &mut self.of_blocks[row];
        of_blocks[block * width..][..width].iter_mut().zip(&moved).for_each(|(count, moved)| *count -= moved);
        let behind = (block + 1) * width;
        of_blocks.splice(behind..behind, moved);
    }

    /// A row has lost its blocks from one on to a new row behind it.
    pub(super) fn split_row(&mut self, row: usize, block: usize) {
        let width = self.width;
        let moved = self.of_blocks[row].split_off(block * width);
        let upper = sums(&moved, width);
        self.of_row(row).iter_mut().zip(&upper).for_each(|(count, moved)| *count -= moved);
        let behind = (row + 1) * width;
        self.of_rows.splice(behind..behind, upper);
        self.of_blocks.insert(row + 1, moved);
    }

    /// A block has joined the one before it.
    pub(super) fn join_block(&mut self, Home { row, block }: Home) {
        let width = self.width;
        let of_blocks = &mut self.of_blocks[row];
        let joined: Vec<u8> = of_blocks.drain(block * width..(block + 1) * width).collect();
        let of_block = &mut of_blocks[(block - 1) * width..][..width];
        of_block.iter_mut().zip(joined).for_each(|(count, joined)| *count += joined);
    }

    /// A block without an instance is gone.
    pub(super) fn drop_block(&mut self, Home { row, block }: Home) {
        self.of_blocks[row].drain(block * self.width..(block + 1) * self.width);
    }

    /// A row has joined the one before it.
    pub(super) fn join_row(&mut self, row: usize) {
        let mut blocks = self.of_blocks.remove(row);
        self.of_blocks[row - 1].append(&mut blocks);
        let joined: Vec<u16> = self.of_rows.drain(row * self.width..(row + 1) * self.width).collect();
        self.of_row(row - 1).iter_mut().zip(joined).for_each(|(count, joined)| *count += joined);
    }

    /// A row without a block is gone.
    pub(super) fn drop_row(&mut self, row: usize) {
        self.of_blocks.remove(row);
        self.of_rows.drain(row * self.width..(row + 1) * self.width);
    }

    /// How many instances before a block of a row have a bit.
    #[inline]
    fn before(&self, Home { row, block }: Home, bit: usize) -> u32 {
        let of_rows = self.of_rows.chunks_exact(self.width);
        let rows: u32 = of_rows.take(row).map(|of_row| u32::from(of_row[bit])).sum();
        let blocks = self.of_blocks[row].len() / self.width;
        let sum = |blocks: std::ops::Range<usize>| -> u32 {
            let of_blocks = &self.of_blocks[row][blocks.start * self.width..blocks.end * self.width];
            looks::look(blocks.len());
            of_blocks.chunks_exact(self.width).map(|of_block| u32::from(of_block[bit])).sum()
        };
        looks::look(row);
        if block * 2 <= blocks {
            return rows + sum(0..block);
        }
        rows + u32::from(self.of_rows[row * self.width + bit]) - sum(block..blocks)
    }

    /// The block with the instance that has a bit and so many others with it before; answers how many of these are in it.
    #[inline]
    fn nth(&self, bit: usize, n: u32) -> Option<(Home, u32)> {
        let mut left = n;
        let mut is_beyond = |count: u32| {
            looks::look(1);
            let is_beyond = left >= count;
            left -= if is_beyond { count } else { 0 };
            is_beyond
        };
        let mut of_rows = self.of_rows.chunks_exact(self.width);
        let row = of_rows.position(|of_row| !is_beyond(u32::from(of_row[bit])))?;
        let mut of_blocks = self.of_blocks[row].chunks_exact(self.width);
        let block = of_blocks.position(|of_block| !is_beyond(u32::from(of_block[bit])))?;
        Some((Home { row, block }, left))
    }

    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * 4 + self.of_rows.capacity() * 2 + self.of_blocks.iter().map(Vec::capacity).sum::<usize>()
    }

    /// Recounts the blocks of each row.
    pub(super) fn validate<'t, K: Stored + 't>(
        &self,
        rows: impl Iterator<Item = &'t [Table<K>]>,
    ) -> Result<(), String> {
        let mut recount = Self { width: self.width, all: vec![0; self.width], ..Self::default() };
        for blocks in rows {
            let of_blocks: Vec<u8> = blocks.iter().flat_map(|block| recounted(block, self.width)).collect();
            let of_row = sums(&of_blocks, self.width);
            recount.all.iter_mut().zip(&of_row).for_each(|(sum, &count)| *sum += u32::from(count));
            recount.of_rows.extend(of_row);
            recount.of_blocks.push(of_blocks);
        }
        if recount == *self { Ok(()) } else { Err("shelf: the instances with a bit are counted wrongly".to_owned()) }
    }
}

/// By bit, how many entries have it.
fn recounted<K: Stored>(block: &Table<K>, width: usize) -> Vec<u8> {
    let mut counts = vec![0; width];
    for word in 0..width / 64 {
        for at in 0..block.len() {
            bits(block.word(at, word)).for_each(|bit| counts[word * 64 + bit] += 1);
        }
    }
    counts
}

/// By bit, the sum over some blocks.
fn sums(of_blocks: &[u8], width: usize) -> Vec<u16> {
    let mut sums = vec![0; width];
    for of_block in of_blocks.chunks_exact(width) {
        sums.iter_mut().zip(of_block).for_each(|(sum, &count)| *sum += u16::from(count));
    }
    sums
}

impl<K: Stored> Rows<K> {
    fn counted(&self) -> &Counts {
        self.counts.as_ref().expect("instances are counted where a chain draws")
    }

    /// How many instances have a bit.
    #[inline]
    pub(super) fn count(&self, asked: Bits) -> u32 {
        self.counted().all[place(asked)]
    }

    /// How many instances with a key below one have a bit.
    pub(super) fn count_below(&self, asked: Bits, end: Key) -> u32 {
        if self.has(asked) { self.count_before(self.position(end), asked) } else { 0 }
    }

    #[inline]
    fn count_before(&self, Spot { row, block, at }: Spot, asked: Bits) -> u32 {
        let before = self.counted().before(Home { row, block }, place(asked));
        before + self.rows[row].blocks[block].count(asked, at)
    }

    /// How many instances before a range have a bit; calls `visit` with the keys of those in it, ascending, until it answers
    /// `false`.
    pub(super) fn count_and_list(&self, asked: Bits, range: Range, mut visit: impl FnMut(Key) -> bool) -> u32 {
        if !self.has(asked) {
            return 0;
        }
        let Spot { row, block, at } = self.position(range.from);
        let table = &self.rows[row].blocks[block];
        // One pass over the block tells what is before the range and what is in it.
        let (having, stop) = (table.set(asked, 0..table.len()), table.below(K::of(range.end)));
        let before = having & ((1 << at) - 1);
        if bits(having & ((1 << stop) - 1) & !before).all(|at| visit(table.keys()[at].key())) && stop == table.len() {
            self.for_each_from(Spot { row, block: block + 1, at: 0 }, asked, range.end, visit);
        }
        self.counted().before(Home { row, block }, place(asked)) + before.count_ones()
    }

    /// The instance that has a bit and so many others with it before.
    pub(super) fn nth(&self, asked: Bits, n: u32) -> Option<Key> {
        let (Home { row, block }, n) = self.counted().nth(place(asked), n)?;
        let table = &self.rows[row].blocks[block];
        Some(table.keys()[table.nth(asked, n)].key())
    }
}

/// The place of a bit in a mask.
#[inline]
fn place(asked: Bits) -> usize {
    debug_assert!(asked.bits.is_power_of_two(), "instances are counted bit by bit");
    asked.number()
}
