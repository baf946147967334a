//! Several sets of positions side by side: the words of all columns for the same 64 positions share a cache line.
//!
//! With one column for each shape this is the joint fit of cpu and memory as one bit.
//!
//! # Invariants
//! 1. A bit of `groups` is set exactly if its word of `words` is not 0; a bit of `roots` if its word of `groups` is.
//! 2. `counts` holds the members for every 4,096 positions, `lens` for all.
//!
//! # Cost
//! A flip writes one line, and the summaries only when a word becomes empty or stops being so. The lowest
//! member is three loads up to 16 million positions, the `n`-th a walk over one count for every 4,096 positions.
//!
//! # Sources
//! Hierarchical bitmaps, as in the O(1) Linux scheduler and in Briggs and Torczon, "An Efficient Representation for
//! Sparse Sets", LOPLAS 1993; counts by block as in Jacobson, "Space-efficient Static Trees and Graphs", FOCS 1989.

use super::choose::Stream;
use super::memory::roomy;

/// Draws from a set that is at least this dense are made by trying positions.
pub(super) const DENSE_ENOUGH: u32 = 12;
/// After so many fruitless tries, members are counted instead.
pub(super) const MOST_TRIES: usize = 48;

/// Eight words on one cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Line([u64; 8]);

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct BitGrid {
    /// The columns are rounded up to a power of two: `1 << shift`.
    shift: u32,
    /// Word `position / 64` of every column, column by column.
    words: Vec<Line>,
    /// A bit for each word.
    groups: Vec<u64>,
    /// A bit for each word of `groups`.
    roots: Vec<u64>,
    /// Members in each block of 4,096 positions, laid out as `groups`.
    counts: Vec<u16>,
    lens: Vec<u32>,
}

impl BitGrid {
    pub(super) fn new(columns: usize) -> Self {
        let shift = columns.max(1).next_power_of_two().trailing_zeros();
        let lens = vec![0; columns];
        Self { shift, words: Vec::new(), groups: Vec::new(), roots: Vec::new(), counts: Vec::new(), lens }
    }

    /// Takes memory for positions below `positions`, on large pages where that is much.
    pub(super) fn reserve(&mut self, positions: usize) {
        assert!(self.words.is_empty(), "memory is taken before it is used");
        self.words = roomy((positions.div_ceil(64) << self.shift).div_ceil(8));
    }

    /// Makes room for positions below `positions`.
    #[inline(never)]
    pub(super) fn grow(&mut self, positions: usize) {
        let words = positions.div_ceil(64);
        if words << self.shift > self.words.len() * 8 {
            let groups = words.div_ceil(64) << self.shift;
            self.words.resize((words << self.shift).div_ceil(8), Line::default());
            self.groups.resize(groups, 0);
            self.counts.resize(groups, 0);
            self.roots.resize(words.div_ceil(64 * 64) << self.shift, 0);
        }
    }

    #[inline]
    fn word(&self, index: usize) -> u64 {
        self.words[index / 8].0[index % 8]
    }

    #[inline]
    pub(super) fn contains(&self, column: usize, position: u32) -> bool {
        let word = ((position as usize / 64) << self.shift) + column;
        self.word(word) >> (position % 64) & 1 == 1
    }

    /// Members of a column.
    #[inline]
    pub(super) fn len(&self, column: usize) -> u32 {
        self.lens[column]
    }

    /// Adds a position that is not a member, or takes away one that is; answers how many members there are then.
    /// One path for both, because which it is cannot be foreseen.
    #[inline]
    pub(super) fn flip(&mut self, column: usize, position: u32, is_in: bool) -> u32 {
        let (word, group) = self.places(column, position);
        let bit = 1 << (position % 64);
        let bits = &mut self.words[word / 8].0[word % 8];
        debug_assert!((*bits & bit == 0) == is_in, "position {position} of column {column} is flipped to what it is");
        *bits ^= bit;
        let is_alone = *bits & !bit == 0;
        let change = if is_in { 1 } else { u32::MAX };
        #[expect(clippy::cast_possible_truncation, reason = "1 or -1, modulo 2^16")]
        let change_of_block = change as u16;
        self.counts[group] = self.counts[group].wrapping_add(change_of_block);
        self.lens[column] = self.lens[column].wrapping_add(change);
        if is_alone {
            self.word_has_turned(column, position, is_in);
        }
        self.lens[column]
    }

    /// A word has become empty, or ceased to be.
    fn word_has_turned(&mut self, column: usize, position: u32, is_in: bool) {
        let (_, group) = self.places(column, position);
        let root = ((position as usize >> 18) << self.shift) + column;
        let (word_bit, group_bit) = (1 << (position / 64 % 64), 1 << (position / (64 * 64) % 64));
        if is_in {
            self.groups[group] |= word_bit;
            self.roots[root] |= group_bit;
        } else {
            self.groups[group] &= !word_bit;
            if self.groups[group] == 0 {
                self.roots[root] &= !group_bit;
            }
        }
    }

    #[inline]
    fn places(&self, column: usize, position: u32) -> (usize, usize) {
        let place = |shift: u32| ((position as usize >> shift) << self.shift) + column;
        (place(6), place(12))
    }

    /// The word of a column that holds a position.
    #[inline]
    pub(super) fn word_of(&self, column: usize, position: u32) -> u64 {
        self.word(self.places(column, position).0)
    }

    /// The lowest member of a column.
    #[inline]
    pub(super) fn first(&self, column: usize) -> Option<u32> {
        if self.lens[column] == 0 {
            return None;
        }
        self.first_below_root(column, 0)
    }

    /// The lowest member at `from` or above.
    #[inline]
    pub(super) fn next(&self, column: usize, from: u32) -> Option<u32> {
        let (word, group) = self.places(column, from);
        if word >= self.words.len() * 8 {
            return None;
        }
        let bits = self.word(word) & u64::MAX << (from % 64);
        if bits != 0 {
            return Some((from & !63) + bits.trailing_zeros());
        }
        let words_left = self.groups[group] & above(from / 64 % 64);
        if words_left != 0 {
            return Some(self.first_in_word(column, (from >> 12 << 6) + words_left.trailing_zeros()));
        }
        let root = ((from as usize >> 18) << self.shift) + column;
        let groups_left = self.roots[root] & above(from / (64 * 64) % 64);
        if groups_left != 0 {
            return Some(self.first_in_group(column, (from >> 18 << 6) + groups_left.trailing_zeros()));
        }
        self.first_below_root(column, (from >> 18) + 1)
    }

    #[inline]
    fn first_below_root(&self, column: usize, from: u32) -> Option<u32> {
        let roots = self.roots.len() >> self.shift;
        for root in from as usize..roots {
            let bits = self.roots[(root << self.shift) + column];
            if bits != 0 {
                let root = u32::try_from(root).expect("positions are below 2^32");
                return Some(self.first_in_group(column, root * 64 + bits.trailing_zeros()));
            }
        }
        None
    }

    #[inline]
    fn first_in_group(&self, column: usize, group: u32) -> u32 {
        let bits = self.groups[((group as usize) << self.shift) + column];
        self.first_in_word(column, group * 64 + bits.trailing_zeros())
    }

    #[inline]
    fn first_in_word(&self, column: usize, word: u32) -> u32 {
        word * 64 + self.word(((word as usize) << self.shift) + column).trailing_zeros()
    }

    /// The member with `n` members below it.
    ///
    /// # Panics
    /// If there are not so many.
    pub(super) fn nth(&self, column: usize, n: u32) -> u32 {
        let mut left = n;
        let mut block = 0;
        loop {
            let count = u32::from(self.counts[(block << self.shift) + column]);
            if left < count {
                break;
            }
            left -= count;
            block += 1;
        }
        let mut words = self.groups[(block << self.shift) + column];
        loop {
            let word = block * 64 + words.trailing_zeros() as usize;
            let bits = self.word((word << self.shift) + column);
            if left < bits.count_ones() {
                let position = u32::try_from(word * 64).expect("positions are below 2^32");
                return position + nth_bit(bits, left);
            }
            left -= bits.count_ones();
            words &= words - 1;
        }
    }

    /// A uniform member of a column that has one: by trying positions below `positions`, or by counting where members
    /// are few.
    #[inline]
    pub(super) fn draw(&self, column: usize, positions: usize, stream: &mut Stream) -> u32 {
        let positions = u32::try_from(positions).expect("positions are below 2^32");
        if u64::from(self.len(column)) * u64::from(DENSE_ENOUGH) >= u64::from(positions) {
            let room = self.positions();
            for _ in 0..MOST_TRIES {
                let position = stream.below(positions);
                if position < room && self.contains(column, position) {
                    return position;
                }
            }
        }
        let n = stream.below(self.len(column));
        self.nth(column, n)
    }

    /// Positions below this have room.
    pub(super) fn positions(&self) -> u32 {
        u32::try_from(((self.words.len() * 8) >> self.shift) * 64).expect("positions are below 2^32")
    }

    /// Where the words of a position begin, to be fetched early.
    #[inline]
    pub(super) fn address(&self, position: u32) -> *const u8 {
        let word = (position as usize / 64) << self.shift;
        self.words.as_ptr().wrapping_add(word / 8).cast()
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<Line>() + self.groups.capacity() * 10 + self.roots.capacity() * 8
    }

    /// Recounts summaries and counts.
    pub(super) fn validate(&self) -> Result<(), String> {
        for column in 0..self.lens.len() {
            let mut members = 0;
            for block in 0..self.groups.len() >> self.shift {
                let place = (block << self.shift) + column;
                let words = (block * 64..(block + 1) * 64).map(|word| (word << self.shift) + column);
                let words: Vec<u64> = words.map(|word| self.words.get(word / 8).map_or(0, |l| l.0[word % 8])).collect();
                let summary = words.iter().enumerate().fold(0, |sum, (bit, word)| sum | u64::from(*word != 0) << bit);
                let count: u32 = words.iter().map(|word| word.count_ones()).sum();
                let root = self.roots[((block / 64) << self.shift) + column] >> (block % 64) & 1 == 1;
                if summary != self.groups[place] || count != u32::from(self.counts[place]) || root != (summary != 0) {
                    return Err(format!("bit grid: summaries of block {block} of column {column} are wrong"));
                }
                members += count;
            }
            if members != self.lens[column] {
                return Err(format!("bit grid: column {column} has {members} members, kept {}", self.lens[column]));
            }
        }
        Ok(())
    }
}

/// Bits above `bit`.
#[inline]
fn above(bit: u32) -> u64 {
    (u64::MAX << bit) << 1
}

/// The position of the set bit with `n` set bits below it.
#[inline]
pub(super) fn nth_bit(mut bits: u64, n: u32) -> u32 {
    for _ in 0..n {
        bits &= bits - 1;
    }
    bits.trailing_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// A column is a set of integers.
        #[test]
        fn columns_are_sets(
            columns in 1..11_usize,
            spread in prop::sample::select(vec![1_u32, 60, 3_000, 90_000]),
            toggles in prop::collection::vec((0..11_usize, 0..12_u32, 0..12_u32), 0..60),
        ) {
            let mut grid = BitGrid::new(columns);
            let mut model = vec![BTreeSet::new(); columns];
            for (column, position, probe) in toggles {
                let (column, position, probe) = (column % columns, position * spread, probe * spread);
                grid.grow(position as usize + 1);
                prop_assert_eq!(grid.contains(column, position), model[column].contains(&position));
                let is_in = !model[column].remove(&position);
                if is_in {
                    model[column].insert(position);
                }
                let len = grid.flip(column, position, is_in);
                prop_assert_eq!(len as usize, model[column].len());
                for (column, set) in model.iter().enumerate() {
                    prop_assert_eq!(grid.first(column), set.first().copied());
                    prop_assert_eq!(grid.next(column, probe), set.range(probe..).next().copied());
                    prop_assert_eq!(grid.next(column, probe + 1), set.range(probe + 1..).next().copied());
                    prop_assert_eq!(grid.len(column) as usize, set.len());
                    for (n, &member) in set.iter().enumerate() {
                        prop_assert_eq!(grid.nth(column, u32::try_from(n).unwrap()), member);
                    }
                }
                prop_assert_eq!(grid.validate(), Ok(()));
            }
        }
    }
}
