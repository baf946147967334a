//! Instances in the order of their keys, each with a mask of what it may be chosen for: the first from a key on that has
//! one of some bits.
//!
//! A sorted list in blocks, and blocks in rows; a block and a row know the union of the masks below them. Because a bit
//! of a union says that *some* instance below has it, a search goes straight down and never turns back, however many
//! instances before it have no such bit.
//!
//! # Invariants
//! 1. Keys ascend within a block, blocks within a row, rows within the shelf; no block and no row is empty.
//! 2. `any` of a block, of a row and of the shelf is the union of what is below it.
//! 3. A block has fewer than [`MOST`] instances, a row fewer than so many blocks.
//! 4. Where a chain draws, instances are counted bit by bit (`counts.rs`).
//!
//! # Cost
//! A search reads one word for each row, then of each block of one row, then of each instance of one block. A change is
//! a search in each of three tables, and a second one where the instance leaves its block, moves at most 1 KiB of keys,
//! and forms three unions anew at most. A million instances have some 400 rows.
//!
//! # Sources
//! A B+-tree of three levels with its summaries (Comer, "The Ubiquitous B-Tree", Computing Surveys 1979); what is kept
//! for subtrees as in Cormen et al., "Introduction to Algorithms", chapter 14, "Augmenting data structures".

use std::cell::Cell;

use super::counts::Counts;
use super::table::{Bits, Table, Words, add, for_each_word, is_same};
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Range};
use crate::engine::fast::state::stored::Stored;
use crate::model::columns::bits;

/// With so many instances a block is split, and with so many blocks a row.
const MOST: usize = 64;
/// What has fewer joins its neighbour, if both have room in one.
const FEW: usize = 16;
/// What two that join have at most.
const JOINED: usize = 48;

/// Where an instance stands, and its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stand<'m> {
    pub(crate) key: Key,
    pub(crate) mask: &'m [u64],
}

/// The lowest of some bits that an instance of a range has, and the first that has it, if that is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lowest {
    pub(crate) bits: Bits,
    pub(crate) first: Option<Key>,
}

/// Blocks of instances, and what is known of each.
#[derive(Clone, Debug)]
pub(super) struct Row<K> {
    pub(super) blocks: Vec<Table<K>>,
    known: Table<K>,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Rows<K> {
    words: usize,
    pub(super) rows: Vec<Row<K>>,
    known: Table<K>,
    /// The union of all masks.
    any: Vec<u64>,
    /// Where the last search ended: what is found is what changes next.
    found: Cell<Spot>,
    /// Where a chain draws.
    pub(super) counts: Option<Box<Counts>>,
}

/// A place on the shelf: a row, a block of it, and an instance of that; the last may be the end of the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) row: usize,
    pub(super) block: usize,
    pub(super) at: usize,
}

/// The lowest of some bits.
fn lowest(bits: u64) -> u64 {
    bits & bits.wrapping_neg()
}

/// A row and a block of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    pub(super) row: usize,
    pub(super) block: usize,
}

impl<K: Stored> Rows<K> {
    /// No instance; masks have so many words. `draws` says that instances are counted.
    pub(super) fn new(words: usize, draws: bool) -> Self {
        Self {
            words,
            rows: Vec::new(),
            known: Table::with_places(0, words),
            any: vec![0; words],
            found: Cell::default(),
            counts: draws.then(|| Box::new(Counts::new(words))),
        }
    }

    /// A word of the union of all masks.
    #[inline]
    pub(super) fn any(&self, word: usize) -> u64 {
        self.any[word]
    }

    /// Some instance has one of the bits.
    #[inline]
    pub(super) fn has(&self, asked: Bits) -> bool {
        self.any[asked.word] & asked.bits != 0
    }

    /// The first instance of a range that has one of the bits.
    #[inline]
    pub(super) fn first(&self, asked: Bits, range: Range) -> Option<Key> {
        if !self.has(asked) {
            return None;
        }
        let end = K::of(range.end);
        if range.from == 0 && self.rows[0].blocks[0].word(0, asked.word) & asked.bits != 0 {
            // Where the best has most left, it is nearly always the first of all.
            looks::look(1);
            let key = self.known.lowest();
            self.found.set(Spot::default());
            return (key < end).then(|| key.key());
        }
        let Spot { mut row, mut block, mut at } = self.position(range.from);
        loop {
            let blocks = &self.rows[row].blocks;
            // Nothing of a block is read whose union has none of the bits, or that is behind the range.
            let of_row = &self.rows[row].known;
            if let Some(found) = of_row.find(asked, block) {
                if of_row.keys()[found] >= end {
                    return None;
                }
                at = if found == block { at } else { 0 };
                block = found;
                if let Some(found) = blocks[block].find(asked, at) {
                    let key = blocks[block].keys()[found];
                    self.found.set(Spot { row, block, at: found });
                    return (key < end).then(|| key.key());
                }
                (block, at) = (block + 1, 0);
            } else {
                row = self.known.find(asked, row + 1)?;
                (block, at) = (0, 0);
            }
        }
    }

    /// The lesser of a key and of the first instance that has one of the bits. What is behind that key is not looked for.
    #[inline]
    pub(super) fn least(&self, asked: Bits, end: K) -> K {
        if !self.has(asked) {
            return end;
        }
        let is_there = "some instance has one of the bits";
        let mut spot = Spot::default();
        if self.rows[0].blocks[0].word(0, asked.word) & asked.bits == 0 {
            if self.known.word(0, asked.word) & asked.bits == 0 {
                spot.row = self.known.first(asked).expect(is_there);
            }
            let Row { blocks, known, .. } = &self.rows[spot.row];
            spot.block = known.first(asked).expect(is_there);
            if known.keys()[spot.block] >= end {
                return end;
            }
            spot.at = blocks[spot.block].first(asked).expect(is_there);
        }
        self.found.set(spot);
        end.min(self.rows[spot.row].blocks[spot.block].keys()[spot.at])
    }

    /// The row, the block and the place of the first key that is not below `from`; the place may be the end of the block.
    #[inline]
    pub(super) fn position(&self, from: Key) -> Spot {
        if from == 0 {
            return Spot::default();
        }
        self.place(K::of(from))
    }

    /// The same for a key as it is kept.
    #[inline]
    fn place(&self, from: K) -> Spot {
        if from <= self.known.lowest() {
            return Spot::default();
        }
        let row = self.known.holder(from);
        let block = self.rows[row].known.holder(from);
        Spot { row, block, at: self.rows[row].blocks[block].below(from) }
    }

    /// Where an instance stands, or would.
    #[inline]
    fn spot(&self, key: K) -> Spot {
        let Spot { row, block, at } = self.found.get();
        let there = self.rows.get(row).and_then(|row| row.blocks.get(block)).and_then(|block| block.keys().get(at));
        if there == Some(&key) { Spot { row, block, at } } else { self.place(key) }
    }

    /// Calls `visit` with the key of every instance of a range that has one of the bits, ascending, until it
    /// answers `false`.
    pub(super) fn for_each(&self, asked: Bits, range: Range, visit: impl FnMut(Key) -> bool) {
        if self.has(asked) {
            self.for_each_from(self.position(range.from), asked, range.end, visit);
        }
    }

    /// The same from a place on; some instance of the shelf has one of the bits.
    pub(super) fn for_each_from(&self, from: Spot, asked: Bits, end: Key, mut visit: impl FnMut(Key) -> bool) {
        let end = K::of(end);
        let Spot { row: first_row, block: first_block, at: first } = from;
        for (number, row) in self.rows.iter().enumerate().skip(first_row) {
            let is_first_row = number == first_row;
            let mut block = if is_first_row { first_block } else { 0 };
            while let Some(found) = row.known.find(asked, block) {
                let table = &row.blocks[found];
                let start = if is_first_row && found == first_block { first } else { 0 };
                let stop = table.below(end).max(start);
                if !bits(table.set(asked, start..stop)).all(|at| visit(table.keys()[at].key())) || stop < table.len() {
                    return;
                }
                block = found + 1;
            }
        }
    }

    /// The lowest of the bits that some instance of a range has.
    pub(super) fn lowest_bit(&self, asked: Bits, range: Range) -> Option<Lowest> {
        let word = asked.word;
        let all = self.any[word] & asked.bits;
        if range.from == 0 && range.end == Key::MAX {
            return (all != 0).then(|| Lowest { bits: Bits { word, bits: lowest(all) }, first: None });
        }
        if all == 0 {
            return None;
        }
        let end = K::of(range.end);
        let start = self.position(range.from);
        let block = &self.rows[start.row].blocks[start.block];
        let stop = block.below(end).max(start.at);
        let own = block.union_of(word, start.at..stop) & all;
        let bits = if stop < block.len() || own & lowest(all) != 0 {
            own
        } else {
            own | self.union_behind(word, start, end) & all
        };
        (bits != 0).then(|| {
            let bits = Bits { word, bits: lowest(bits) };
            let first = (bits.bits & own != 0).then(|| block.find(bits, start.at)).flatten();
            Lowest { bits, first: first.map(|at| block.keys()[at].key()) }
        })
    }

    /// The union of a word of what stands behind a block and below a key.
    fn union_behind(&self, word: usize, Spot { row: first_row, block: first_block, .. }: Spot, end: K) -> u64 {
        let mut union = 0;
        for (number, row) in self.rows.iter().enumerate().skip(first_row) {
            let start = if number == first_row { first_block + 1 } else { 0 };
            let is_below = |known: &Table<K>, at: usize| known.keys().get(at).is_some_and(|&lowest| lowest <= end);
            if start == 0 && is_below(&self.known, number + 1) {
                union |= self.known.word(number, word);
                continue;
            }
            let blocks = start..row.known.below(end).max(start);
            // All of these but the last are below it as a whole.
            let Some(last) = blocks.clone().next_back() else { break };
            union |= row.known.union_of(word, start..last);
            let block = &row.blocks[last];
            let stop = block.below(end);
            union |= block.union_of(word, 0..stop);
            if stop < block.len() {
                break;
            }
        }
        union
    }

    /// The mask of an instance that is there.
    pub(super) fn mask(&self, key: Key) -> Option<Vec<u64>> {
        if self.rows.is_empty() {
            return None;
        }
        let Spot { row, block, at } = self.place(K::of(key));
        let table = &self.rows[row].blocks[block];
        (table.keys().get(at) == Some(&K::of(key))).then(|| table.mask(at, self.words).words(self.words).to_vec())
    }

    /// Adds an instance that is not there.
    pub(super) fn insert(&mut self, key: Key, mask: &[u64]) {
        let (words, key) = (self.words, K::of(key));
        if self.rows.is_empty() {
            let (mut known, mut blocks) = (Table::with_places(0, words), Vec::with_capacity(1));
            known.insert(0, key, mask);
            blocks.push(Table::with_places(0, words));
            self.rows.push(Row { blocks, known });
            self.known.insert(0, key, mask);
            self.counts.iter_mut().for_each(|counts| counts.begin());
        }
        let home = self.home(key);
        self.insert_into(home, key, mask);
    }

    /// The block that holds a key, or would.
    #[inline]
    fn home(&self, key: K) -> Home {
        let row = self.known.holder(key);
        Home { row, block: self.rows[row].known.holder(key) }
    }

    fn insert_into(&mut self, home: Home, key: K, mask: &[u64]) {
        let Home { row: row_at, block: block_at } = home;
        let row = &mut self.rows[row_at];
        let block = &mut row.blocks[block_at];
        let at = block.below(key);
        debug_assert!(block.keys().get(at) != Some(&key), "key {key:?} is on the shelf");
        block.insert(at, key, mask);
        row.known.set_key(block_at, block.lowest());
        row.known.add(block_at, mask);
        let is_long = block.len() == MOST;
        self.known.set_key(row_at, row.known.lowest());
        self.known.add(row_at, mask);
        add(&mut self.any, mask);
        if let Some(counts) = &mut self.counts {
            counts.add(home, mask);
        }
        if is_long {
            self.split(home);
        }
    }

    #[cold]
    fn split(&mut self, home: Home) {
        let Home { row: row_at, block: block_at } = home;
        let words = self.words;
        let nothing = vec![0; words];
        let row = &mut self.rows[row_at];
        let upper = row.blocks[block_at].split_off(MOST / 2, words);
        row.known.insert(block_at + 1, upper.lowest(), &nothing);
        self.counts.iter_mut().for_each(|counts| counts.split_block(home, &upper));
        row.blocks.insert(block_at + 1, upper);
        for at in [block_at, block_at + 1] {
            row.known.set_union(at, &row.blocks[at], words);
        }
        if row.blocks.len() < MOST {
            return;
        }
        let (blocks, known) = (row.blocks.split_off(MOST / 2), row.known.split_off(MOST / 2, words));
        let upper = Row { blocks, known };
        self.counts.iter_mut().for_each(|counts| counts.split_row(row_at, MOST / 2));
        self.known.insert(row_at + 1, upper.known.lowest(), &nothing);
        self.rows.insert(row_at + 1, upper);
        for at in [row_at, row_at + 1] {
            self.known.set_union(at, &self.rows[at].known, words);
        }
    }

    /// Takes away an instance that is there, with this mask. Answers the key behind it, if that is in the same block, and
    /// writes as many words of its mask as are asked for.
    ///
    /// # Panics
    /// If it is not.
    pub(super) fn remove(&mut self, key: Key, mask: &[u64], behind: &mut [u64]) -> Option<Key> {
        assert!(!self.rows.is_empty(), "key {key:x} is not on the shelf");
        let key = K::of(key);
        let spot = self.spot(key);
        let Spot { row, block, at } = spot;
        assert!(self.rows[row].blocks[block].keys().get(at) == Some(&key), "key {key:?} is not on the shelf");
        let next = behind_of(&self.rows[row].blocks[block], at, behind);
        self.remove_at(spot, mask);
        next
    }

    /// Answers whether every other block is where it was.
    fn remove_at(&mut self, Spot { row: row_at, block: block_at, at }: Spot, mask: &[u64]) -> bool {
        let words = self.words;
        let row = &mut self.rows[row_at];
        let block = &mut row.blocks[block_at];
        block.remove(at, words);
        if let Some(counts) = &mut self.counts {
            counts.take(Home { row: row_at, block: block_at }, mask);
        }
        let is_long = block.len() >= FEW;
        if is_long {
            row.known.set_key(block_at, block.lowest());
            self.known.set_key(row_at, row.known.lowest());
            for_each_word(words, |word| self.lose(row_at, block_at, word, mask[word]));
        } else {
            self.shrink(row_at, block_at);
        }
        is_long
    }

    /// An instance has another key, or another mask, or both. Answers the key behind the one that it had, if that is in the
    /// same block, and writes as many words of its mask as are asked for.
    ///
    /// # Panics
    /// If it is not there.
    pub(super) fn change(&mut self, from: Stand<'_>, to: Stand<'_>, behind: &mut [u64]) -> Option<Key> {
        let (before, mask) = (from.mask, to.mask);
        let (from, to) = (K::of(from.key), K::of(to.key));
        let spot = self.spot(from);
        let Spot { row, block, at } = spot;
        let of_row = &mut self.rows[row];
        let table = &mut of_row.blocks[block];
        assert!(table.keys().get(at) == Some(&from), "key {from:?} is not on the shelf");
        let (mut place, behind) = (at, behind_of(table, at, behind));
        if from != to {
            let next = || of_row.known.keys().get(block + 1).or(self.known.keys().get(row + 1));
            let is_first = (row, block) == (0, 0);
            if (to < table.lowest() && !is_first) || next().is_some_and(|&next| to >= next) {
                self.leave(spot, before, Stand { key: to.key(), mask });
                return behind;
            }
            place = table.below(to);
        }
        table.shift(at, place, to, mask);
        of_row.known.set_key(block, table.lowest());
        self.known.set_key(row, of_row.known.lowest());
        if is_same(before, mask) {
            return behind;
        }
        if let Some(counts) = &mut self.counts {
            counts.turn(Home { row, block }, before, mask);
        }
        of_row.known.add(block, mask);
        self.known.add(row, mask);
        add(&mut self.any, mask);
        for_each_word(mask.len(), |word| self.lose(row, block, word, before[word] & !mask[word]));
        behind
    }

    /// An instance leaves its block for another one.
    fn leave(&mut self, spot: Spot, before: &[u64], to: Stand<'_>) {
        let key = K::of(to.key);
        let home = self.home(key);
        let home = if self.remove_at(spot, before) { home } else { self.home(key) };
        self.insert_into(home, key, to.mask);
    }

    /// An instance of a block has lost some bits of a word: takes from the unions above those that nobody else has.
    #[inline]
    fn lose(&mut self, row_at: usize, block_at: usize, word: usize, lost: u64) {
        if lost == 0 {
            return;
        }
        let row = &mut self.rows[row_at];
        let lost = row.blocks[block_at].not_in(word, lost);
        if lost == 0 {
            return;
        }
        row.known.take(block_at, word, lost);
        let lost = row.known.not_in(word, lost);
        if lost == 0 {
            return;
        }
        self.known.take(row_at, word, lost);
        self.any[word] &= !self.known.not_in(word, lost);
    }

    /// A block has few instances left: it joins a neighbour that has room, or goes if it has none.
    #[cold]
    fn shrink(&mut self, row_at: usize, block_at: usize) {
        let words = self.words;
        let row = &mut self.rows[row_at];
        let len = |at: usize| row.blocks.get(at).map_or(usize::MAX / 2, Table::len);
        let mut left = block_at;
        if len(block_at) == 0 {
            row.blocks.remove(block_at);
            row.known.remove(block_at, words);
            self.counts.iter_mut().for_each(|counts| counts.drop_block(Home { row: row_at, block: block_at }));
            left = block_at.saturating_sub(1);
        } else if len(block_at) + len(block_at + 1) <= JOINED {
            row.known.remove(block_at + 1, words);
            let right = row.blocks.remove(block_at + 1);
            row.blocks[block_at].append(&right, words);
            self.counts.iter_mut().for_each(|counts| counts.join_block(Home { row: row_at, block: block_at + 1 }));
        } else if block_at > 0 && len(block_at - 1) + len(block_at) <= JOINED {
            left = block_at - 1;
            row.known.remove(block_at, words);
            let right = row.blocks.remove(block_at);
            row.blocks[left].append(&right, words);
            self.counts.iter_mut().for_each(|counts| counts.join_block(Home { row: row_at, block: block_at }));
        }
        if let Some(block) = row.blocks.get(left) {
            row.known.set_key(left, block.lowest());
            row.known.set_union(left, block, words);
        }
        self.shrink_row(row_at);
    }

    fn shrink_row(&mut self, row_at: usize) {
        let words = self.words;
        let len = |at: usize| self.rows.get(at).map_or(usize::MAX / 2, |row| row.blocks.len());
        let mut left = row_at;
        if len(row_at) == 0 {
            self.rows.remove(row_at);
            self.known.remove(row_at, words);
            self.counts.iter_mut().for_each(|counts| counts.drop_row(row_at));
            left = row_at.saturating_sub(1);
        } else if len(row_at) < FEW && len(row_at) + len(row_at + 1) <= JOINED {
            self.known.remove(row_at + 1, words);
            let right = self.rows.remove(row_at + 1);
            self.rows[row_at].join(right, words);
            self.counts.iter_mut().for_each(|counts| counts.join_row(row_at + 1));
        } else if len(row_at) < FEW && row_at > 0 && len(row_at - 1) + len(row_at) <= JOINED {
            left = row_at - 1;
            self.known.remove(row_at, words);
            let right = self.rows.remove(row_at);
            self.rows[left].join(right, words);
            self.counts.iter_mut().for_each(|counts| counts.join_row(row_at));
        }
        if let Some(row) = self.rows.get(left) {
            self.known.set_key(left, row.known.lowest());
            self.known.set_union(left, &row.known, words);
        }
        self.known.unite(&mut self.any);
    }

    pub(super) fn bytes(&self) -> usize {
        let of_row = |row: &Row<K>| row.known.bytes() + row.blocks.iter().map(Table::bytes).sum::<usize>();
        let counts = self.counts.as_ref().map_or(0, |counts| counts.bytes());
        self.known.bytes() + self.rows.iter().map(of_row).sum::<usize>() + counts
    }

    /// Instances on the shelf, after every invariant was checked.
    pub(super) fn validate(&self) -> Result<usize, String> {
        let words = self.words;
        let mut last = None;
        let mut instances = 0;
        let agrees = |table: &Table<K>, mut kept: Words| !table.unite(kept.words(words));
        for (row_at, row) in self.rows.iter().enumerate() {
            let is_right_size = (1..MOST).contains(&row.blocks.len()) && row.known.len() == row.blocks.len();
            if !is_right_size || !agrees(&row.known, self.known.mask(row_at, words)) {
                return Err(format!("shelf: row {row_at} has the wrong size or union"));
            }
            for (block_at, block) in row.blocks.iter().enumerate() {
                let is_right_size = (1..MOST).contains(&block.len());
                if !is_right_size || !agrees(block, row.known.mask(block_at, words)) {
                    return Err(format!("shelf: block {block_at} of row {row_at} has the wrong size or union"));
                }
                if block.lowest() != row.known.keys()[block_at] || row.known.lowest() != self.known.keys()[row_at] {
                    return Err(format!("shelf: block {block_at} of row {row_at} has another lowest key"));
                }
                if !block.is_sorted() || !row.known.is_sorted() {
                    return Err(format!("shelf: block {block_at} of row {row_at} is out of order"));
                }
                for &key in block.keys() {
                    if last.replace(key).is_some_and(|last| last >= key) {
                        return Err(format!("shelf: key {key:?} does not ascend"));
                    }
                }
                instances += block.len();
            }
        }
        if self.known.len() != self.rows.len() || self.known.unite(&mut self.any.clone()) {
            return Err("shelf: the union of all is wrong".to_owned());
        }
        let blocks = || self.rows.iter().map(|row| &*row.blocks);
        self.counts.iter().try_for_each(|counts| counts.validate(blocks()))?;
        Ok(instances)
    }
}

impl<K: Stored> Row<K> {
    fn join(&mut self, mut right: Self, words: usize) {
        self.blocks.append(&mut right.blocks);
        self.known.append(&right.known, words);
    }
}

/// The key behind an entry of a block, whose mask is read where it lies beside that of the entry.
#[inline]
fn behind_of<K: Stored>(block: &Table<K>, at: usize, mask: &mut [u64]) -> Option<Key> {
    let key = block.keys().get(at + 1)?;
    mask.iter_mut().enumerate().for_each(|(word, bits)| *bits = block.word(at + 1, word));
    Some(key.key())
}
