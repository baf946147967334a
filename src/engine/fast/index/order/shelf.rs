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
//!
//! # Cost
//! A search reads one word for each row, then of each block of one row, then of each instance of one block. A change is
//! a search in each of three tables, and a second one where the instance leaves its block, moves at most 1 KiB of keys,
//! and forms three unions anew at most. A million instances have some 400 rows.
//!
//! # Sources
//! A B+-tree of three levels with its summaries (Comer, "The Ubiquitous B-Tree", Computing Surveys 1979); what is kept
//! for subtrees as in Cormen et al., "Introduction to Algorithms", chapter 14, "Augmenting data structures".

use super::table::{Bits, Table, Words, add, take};
use crate::engine::fast::state::parts::{Key, Range};

/// With so many instances a block is split, and with so many blocks a row.
const MOST: usize = 64;
/// What has fewer joins its neighbour, if both have room in one.
const FEW: usize = 16;
/// What two that join have at most.
const JOINED: usize = 48;

/// A key alone.
pub(crate) fn single(key: Key) -> Range {
    Range { from: key, end: key.saturating_add(1) }
}

/// Blocks of instances, and what is known of each.
#[derive(Clone, Debug, Default)]
struct Row {
    blocks: Vec<Table>,
    known: Table,
    /// Instances.
    len: usize,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    words: usize,
    rows: Vec<Row>,
    known: Table,
    /// The union of all masks.
    any: Vec<u64>,
}

impl Shelf {
    /// No instance; masks have so many words.
    pub(crate) fn new(words: usize) -> Self {
        Self { words, rows: Vec::new(), known: Table::default(), any: vec![0; words] }
    }

    /// A word of the union of all masks.
    #[inline]
    pub(crate) fn any(&self, word: usize) -> u64 {
        self.any[word]
    }

    /// Some instance has one of the bits.
    #[inline]
    pub(crate) fn has(&self, asked: Bits) -> bool {
        self.any[asked.word] & asked.bits != 0
    }

    /// The first instance of a range that has one of the bits.
    #[inline]
    pub(crate) fn first(&self, asked: Bits, range: Range) -> Option<Key> {
        if !self.has(asked) {
            return None;
        }
        let words = self.words;
        let (mut row, mut block, mut at) = self.position(range.from);
        loop {
            let blocks = &self.rows[row].blocks;
            // Nothing of a block is read whose union has none of the bits.
            if let Some(found) = self.rows[row].known.find(asked, block, words) {
                at = if found == block { at } else { 0 };
                block = found;
                if let Some(found) = blocks[block].find(asked, at, words) {
                    let key = blocks[block].keys()[found];
                    return (key < range.end).then_some(key);
                }
                (block, at) = (block + 1, 0);
            } else {
                row = self.known.find(asked, row + 1, words)?;
                (block, at) = (0, 0);
            }
        }
    }

    /// How many instances are in a range, whatever their masks.
    pub(crate) fn len(&self, range: Range) -> usize {
        if self.rows.is_empty() {
            return 0;
        }
        let ((first_row, first_block, from), (last_row, last_block, to)) =
            (self.position(range.from), self.position(range.end));
        let sum = |blocks: &[Table]| blocks.iter().map(Table::len).sum::<usize>();
        let between = if first_row == last_row {
            sum(&self.rows[first_row].blocks[first_block..last_block.max(first_block)])
        } else {
            let rows = &self.rows[first_row + 1..last_row.max(first_row + 1)];
            let (first, last) =
                (&self.rows[first_row].blocks[first_block..], &self.rows[last_row].blocks[..last_block]);
            sum(first) + rows.iter().map(|row| row.len).sum::<usize>() + sum(last)
        };
        (between + to).saturating_sub(from)
    }

    /// The row, the block and the place of the first key that is not below `from`; the place may be the end of the block.
    #[inline]
    fn position(&self, from: Key) -> (usize, usize, usize) {
        if from == 0 {
            return (0, 0, 0);
        }
        let row = self.known.holder(from);
        let block = self.rows[row].known.holder(from);
        (row, block, self.rows[row].blocks[block].below(from))
    }

    /// Calls `visit` with the key and the mask of every instance of a range that has one of the bits, ascending, until it
    /// answers `false`.
    pub(crate) fn for_each(&self, asked: Bits, range: Range, mut visit: impl FnMut(Key, &[u64]) -> bool) {
        if !self.has(asked) {
            return;
        }
        let (first_row, first_block, first) = self.position(range.from);
        for (number, row) in self.rows.iter().enumerate().skip(first_row) {
            let is_first_row = number == first_row;
            let mut block = if is_first_row { first_block } else { 0 };
            while let Some(found) = row.known.find(asked, block, self.words) {
                let table = &row.blocks[found];
                let start = if is_first_row && found == first_block { first } else { 0 };
                for at in start..table.len() {
                    let mask = table.mask(at, self.words);
                    let key = table.keys()[at];
                    if key >= range.end {
                        return;
                    }
                    if mask[asked.word] & asked.bits != 0 && !visit(key, mask) {
                        return;
                    }
                }
                block = found + 1;
            }
        }
    }

    /// The lowest of the bits that some instance of a range has.
    pub(crate) fn lowest_bit(&self, asked: Bits, range: Range) -> Option<Bits> {
        let word = asked.word;
        let lowest = |bits: u64| bits & bits.wrapping_neg();
        let all = self.any[word] & asked.bits;
        if range.from == 0 && range.end == Key::MAX {
            return (all != 0).then_some(Bits { word, bits: lowest(all) });
        }
        let (mut found, mut left) = (0, all);
        // Each pass asks for what is lower than what is known: nearly always one is enough.
        while left != 0 {
            let Some(key) = self.first(Bits { word, bits: left }, range) else { break };
            let (row, block, at) = self.position(key);
            found = lowest(self.rows[row].blocks[block].mask(at, self.words)[word] & left);
            left &= found - 1;
        }
        (found != 0).then_some(Bits { word, bits: found })
    }

    /// Adds an instance that is not there.
    pub(crate) fn insert(&mut self, key: Key, mask: &[u64]) {
        let words = self.words;
        if self.rows.is_empty() {
            self.rows.push(Row::default());
            self.known.insert(0, key, mask);
        }
        let row_at = self.known.holder(key);
        let row = &mut self.rows[row_at];
        if row.blocks.is_empty() {
            row.blocks.push(Table::default());
            row.known.insert(0, key, mask);
        }
        let block_at = row.known.holder(key);
        let block = &mut row.blocks[block_at];
        row.len += 1;
        let at = block.below(key);
        debug_assert!(block.keys().get(at) != Some(&key), "key {key:x} is on the shelf");
        block.insert(at, key, mask);
        row.known.set_key(block_at, block.lowest());
        self.known.set_key(row_at, row.known.lowest());
        add(row.known.mask_mut(block_at, words), mask);
        add(self.known.mask_mut(row_at, words), mask);
        add(&mut self.any, mask);
        if block.len() == MOST {
            self.split(row_at, block_at);
        }
    }

    #[cold]
    fn split(&mut self, row_at: usize, block_at: usize) {
        let words = self.words;
        let row = &mut self.rows[row_at];
        let upper = row.blocks[block_at].split_off(MOST / 2, words);
        row.known.insert(block_at + 1, upper.lowest(), &vec![0; words]);
        row.blocks.insert(block_at + 1, upper);
        for at in [block_at, block_at + 1] {
            row.blocks[at].unite(row.known.mask_mut(at, words));
        }
        if row.blocks.len() < MOST {
            return;
        }
        let (blocks, known) = (row.blocks.split_off(MOST / 2), row.known.split_off(MOST / 2, words));
        let upper = Row { len: blocks.iter().map(Table::len).sum(), blocks, known };
        row.len -= upper.len;
        self.known.insert(row_at + 1, upper.known.lowest(), &vec![0; words]);
        self.rows.insert(row_at + 1, upper);
        for at in [row_at, row_at + 1] {
            self.rows[at].known.unite(self.known.mask_mut(at, words));
        }
    }

    /// Takes away an instance that is there.
    ///
    /// # Panics
    /// If it is not.
    pub(crate) fn remove(&mut self, key: Key) {
        let words = self.words;
        let row_at = self.known.holder(key);
        let row = self.rows.get_mut(row_at).expect("the key is on the shelf");
        let block_at = row.known.holder(key);
        let block = &mut row.blocks[block_at];
        let at = block.below(key);
        assert!(block.keys().get(at) == Some(&key), "key {key:x} is not on the shelf");
        let mut lost = Words::of(block.mask(at, words));
        block.remove(at, words);
        row.len -= 1;
        if block.len() < FEW {
            self.shrink(row_at, block_at);
        } else {
            row.known.set_key(block_at, block.lowest());
            self.known.set_key(row_at, row.known.lowest());
            self.lose(row_at, block_at, lost.words(words));
        }
    }

    /// An instance has another key, or another mask, or both.
    ///
    /// # Panics
    /// If it is not there.
    pub(crate) fn change(&mut self, from: Key, to: Key, mask: &[u64]) {
        let (row, block, at) = self.position(from);
        let words = self.words;
        let of_row = &mut self.rows[row];
        let table = &mut of_row.blocks[block];
        assert!(table.keys().get(at) == Some(&from), "key {from:x} is not on the shelf");
        let next = || of_row.known.keys().get(block + 1).or(self.known.keys().get(row + 1));
        let is_first = (row, block) == (0, 0);
        if from != to && ((to < table.lowest() && !is_first) || next().is_some_and(|&next| to >= next)) {
            self.remove(from);
            self.insert(to, mask);
            return;
        }
        let mut lost = Words::of(table.mask(at, words));
        lost.words(words).iter_mut().zip(mask).for_each(|(lost, now)| *lost &= !now);
        let before = if from == to { at } else { table.below(to) };
        table.shift(at, before, to, mask);
        of_row.known.set_key(block, table.lowest());
        self.known.set_key(row, of_row.known.lowest());
        add(of_row.known.mask_mut(block, words), mask);
        add(self.known.mask_mut(row, words), mask);
        add(&mut self.any, mask);
        self.lose(row, block, lost.words(words));
    }

    /// An instance of a block has lost some bits: takes from the unions above those that nobody else has.
    #[inline]
    fn lose(&mut self, row_at: usize, block_at: usize, lost: &mut [u64]) {
        let words = self.words;
        let row = &mut self.rows[row_at];
        if row.blocks[block_at].has_all(lost) {
            return;
        }
        take(row.known.mask_mut(block_at, words), lost);
        if row.known.has_all(lost) {
            return;
        }
        take(self.known.mask_mut(row_at, words), lost);
        if !self.known.has_all(lost) {
            take(&mut self.any, lost);
        }
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
            left = block_at.saturating_sub(1);
        } else if len(block_at) + len(block_at + 1) <= JOINED {
            row.known.remove(block_at + 1, words);
            let right = row.blocks.remove(block_at + 1);
            row.blocks[block_at].append(right);
        } else if block_at > 0 && len(block_at - 1) + len(block_at) <= JOINED {
            left = block_at - 1;
            row.known.remove(block_at, words);
            let right = row.blocks.remove(block_at);
            row.blocks[left].append(right);
        }
        if let Some(block) = row.blocks.get(left) {
            row.known.set_key(left, block.lowest());
            block.unite(row.known.mask_mut(left, words));
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
            left = row_at.saturating_sub(1);
        } else if len(row_at) < FEW && len(row_at) + len(row_at + 1) <= JOINED {
            self.known.remove(row_at + 1, words);
            let right = self.rows.remove(row_at + 1);
            self.rows[row_at].join(right);
        } else if len(row_at) < FEW && row_at > 0 && len(row_at - 1) + len(row_at) <= JOINED {
            left = row_at - 1;
            self.known.remove(row_at, words);
            let right = self.rows.remove(row_at);
            self.rows[left].join(right);
        }
        if let Some(row) = self.rows.get(left) {
            self.known.set_key(left, row.known.lowest());
            row.known.unite(self.known.mask_mut(left, words));
        }
        self.known.unite(&mut self.any);
    }

    pub(crate) fn bytes(&self) -> usize {
        let of_row = |row: &Row| row.known.bytes() + row.blocks.iter().map(Table::bytes).sum::<usize>();
        self.known.bytes() + self.rows.iter().map(of_row).sum::<usize>()
    }

    /// Instances on the shelf, after every invariant was checked.
    pub(crate) fn validate(&self) -> Result<usize, String> {
        let words = self.words;
        let mut last = None;
        let mut instances = 0;
        let agrees = |table: &Table, kept: &[u64]| !table.unite(&mut kept.to_vec());
        for (row_at, row) in self.rows.iter().enumerate() {
            let is_right_size = (1..MOST).contains(&row.blocks.len())
                && row.known.len() == row.blocks.len()
                && row.len == row.blocks.iter().map(Table::len).sum::<usize>();
            if !is_right_size || !agrees(&row.known, self.known.mask(row_at, words)) {
                return Err(format!("shelf: row {row_at} has the wrong size or union"));
            }
            for (block_at, block) in row.blocks.iter().enumerate() {
                let is_right_size = (1..MOST).contains(&block.len()) && block.masks.len() == block.len() * words;
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
                        return Err(format!("shelf: key {key:x} does not ascend"));
                    }
                }
                instances += block.len();
            }
        }
        if self.known.len() != self.rows.len() || !agrees(&self.known, &self.any) {
            return Err("shelf: the union of all is wrong".to_owned());
        }
        Ok(instances)
    }
}

impl Row {
    fn join(&mut self, mut right: Self) {
        self.blocks.append(&mut right.blocks);
        self.known.append(right.known);
        self.len += right.len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn in_range(range: Range) -> std::ops::Range<Key> {
        range.from..range.end.max(range.from)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// A shelf is a sorted map from keys to masks, also past the size of a block and of a row.
        #[test]
        fn shelves_are_sorted_maps(
            words in 1..4_usize,
            start in prop::sample::select(vec![0_u32, 100, 6_000]),
            steps in prop::collection::vec((0..6_500_u32, any::<u64>(), 0..4_u32), 0..400),
        ) {
            let mut shelf = Shelf::new(words);
            let mut model: BTreeMap<Key, Vec<u64>> = BTreeMap::new();
            let mask = |seed: u64| (0..words).map(|word| seed.rotate_left(7 * u32::try_from(word).unwrap()) & 0x11).collect::<Vec<u64>>();
            for id in 0..start {
                shelf.insert(Key::from(id), &mask(u64::from(id)));
                model.insert(Key::from(id), mask(u64::from(id)));
            }
            for (id, seed, kind) in steps {
                let key = Key::from(id);
                match model.contains_key(&key) {
                    true if kind == 0 => {
                        shelf.change(key, key, &mask(seed));
                        model.insert(key, mask(seed));
                    }
                    true if kind < 3 => {
                        let moved = if kind == 1 { Key::from(seed % 6_500) } else { key + 1 };
                        if !model.contains_key(&moved) {
                            shelf.change(key, moved, &mask(seed));
                            model.remove(&key);
                            model.insert(moved, mask(seed));
                        }
                    }
                    true => {
                        shelf.remove(key);
                        model.remove(&key);
                    }
                    false => {
                        shelf.insert(key, &mask(seed));
                        model.insert(key, mask(seed));
                    }
                }
                let range = Range { from: Key::from(id / 2), end: Key::from(id / 2) + Key::from(seed % 900) };
                for range in [range, Range::ALL] {
                    let asked = Bits { word: words - 1, bits: 0x10 };
                    let has = |(_, mask): &(&Key, &Vec<u64>)| mask[words - 1] & 0x10 != 0;
                    let expected = model.range(in_range(range)).find(has).map(|(&key, _)| key);
                    prop_assert_eq!(shelf.first(asked, range), expected);
                    let lowest = shelf.lowest_bit(Bits { word: 0, bits: 0x11 }, range);
                    let all = model.range(in_range(range)).fold(0, |all, (_, mask)| all | mask[0]) & 0x11;
                    let expected = (all != 0).then_some(Bits { word: 0, bits: all & all.wrapping_neg() });
                    prop_assert_eq!(lowest, expected);
                    prop_assert_eq!(shelf.len(range), model.range(in_range(range)).count());
                    let mut listed = Vec::new();
                    shelf.for_each(asked, range, |key, _| {
                        listed.push(key);
                        true
                    });
                    let expected: Vec<Key> = model.range(in_range(range)).filter(has).map(|(&key, _)| key).collect();
                    prop_assert_eq!(listed, expected);
                }
                prop_assert_eq!(shelf.validate(), Ok(model.len()));
            }
            for &key in model.keys().rev().collect::<Vec<_>>().iter().step_by(2) {
                shelf.remove(*key);
            }
            prop_assert_eq!(shelf.validate(), Ok(model.len() / 2));
        }
    }
}
