//! Several sets of positions side by side: the words of eight columns for the same 64 positions share a cache line.
//!
//! With one column for each shape this is the joint fit of cpu and memory as one bit. What an instance has left changes
//! for all shapes at once, so eight columns are changed by one call.
//!
//! # Invariants
//! 1. A bit of `groups` is set exactly if its word of `words` is not 0; a bit of `roots` if its word of `groups` is.
//! 2. `counts` holds the members for every 4,096 positions, `lens` for all.
//! 3. No member of a column is below its `front`.
//!
//! # Cost
//! A change writes one line and two rows of counts, and the summaries only when a word becomes empty or stops being so.
//! The lowest member is nearly always in the word where the last search ended, and else three loads away up to 16 million
//! positions; the `n`-th is a walk over one count for every 4,096 positions.
//!
//! # Sources
//! Hierarchical bitmaps, as in the O(1) Linux scheduler and in Briggs and Torczon, "An Efficient Representation for
//! Sparse Sets", LOPLAS 1993; counts by block as in Jacobson, "Space-efficient Static Trees and Graphs", FOCS 1989.

use crate::engine::fast::state::memory::roomy;

/// Columns that lie side by side.
pub(crate) const LANES: usize = 8;

/// Words of eight columns, on one cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Line([u64; LANES]);

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct BitGrid {
    /// Lines side by side: the columns, in eights.
    width: usize,
    /// Word `position / 64` of every column.
    words: Vec<Line>,
    /// A bit for each word.
    groups: Vec<Line>,
    /// A bit for each word of `groups`.
    roots: Vec<Line>,
    /// Members in each block of 4,096 positions, laid out as `groups`.
    counts: Vec<[u32; LANES]>,
    /// Members of every column.
    lens: Vec<[u32; LANES]>,
    /// Where the search for the lowest member of every column begins.
    fronts: Vec<[u32; LANES]>,
}

impl BitGrid {
    pub(crate) fn new(columns: usize) -> Self {
        let width = columns.div_ceil(LANES).max(1);
        let (lens, fronts) = (vec![[0; LANES]; width], vec![[0; LANES]; width]);
        Self { width, words: Vec::new(), groups: Vec::new(), roots: Vec::new(), counts: Vec::new(), lens, fronts }
    }

    /// Takes memory for positions below `positions`, on large pages where that is much.
    pub(crate) fn reserve(&mut self, positions: usize) {
        assert!(self.words.is_empty(), "memory is taken before it is used");
        self.words = roomy(positions.div_ceil(64) * self.width);
    }

    /// Makes room for positions below `positions`.
    #[inline(never)]
    pub(crate) fn grow(&mut self, positions: usize) {
        let words = positions.div_ceil(64);
        if words * self.width > self.words.len() {
            let groups = words.div_ceil(64) * self.width;
            self.words.resize(words * self.width, Line::default());
            self.groups.resize(groups, Line::default());
            self.counts.resize(groups, [0; LANES]);
            self.roots.resize(words.div_ceil(64 * 64) * self.width, Line::default());
        }
    }

    /// The word that stands `row`-th in a column of words or summaries.
    #[inline]
    fn at(&self, lines: &[Line], row: usize, column: usize) -> u64 {
        lines[row * self.width + column / LANES].0[column % LANES]
    }

    #[inline]
    pub(crate) fn contains(&self, column: usize, position: u32) -> bool {
        self.word_of(column, position) >> (position % 64) & 1 == 1
    }

    /// Members of a column.
    #[inline]
    pub(crate) fn len(&self, column: usize) -> u32 {
        self.lens[column / LANES][column % LANES]
    }

    /// Adds a position to some of the eight columns of a line, or takes it away; each must change. Answers which of them
    /// have it as their only member now, or have none left.
    ///
    /// All eight are worked on, whichever change: which ones do cannot be foreseen.
    #[inline]
    pub(crate) fn flip(&mut self, line: usize, position: u32, columns: u8, is_in: bool) -> u8 {
        let words = &mut self.words[(position as usize >> 6) * self.width + line].0;
        let counts = &mut self.counts[(position as usize >> 12) * self.width + line];
        let lens = &mut self.lens[line];
        let masks = &WORD_MASKS[usize::from(columns)].0;
        let bit = 1 << (position % 64);
        let mut alone = 0;
        for lane in 0..LANES {
            let change = masks[lane] & bit;
            debug_assert!(
                (words[lane] & change == 0) == is_in || change == 0,
                "position {position} is what it becomes"
            );
            words[lane] ^= change;
            alone |= u8::from(words[lane] & !bit == 0) << lane;
        }
        count(counts, columns, is_in);
        count(lens, columns, is_in);
        if is_in {
            lower(&mut self.fronts[line], columns, position);
        }
        if alone & columns == 0 { 0 } else { self.toggle_summaries(line, position, alone & columns, is_in) }
    }

    /// The words of a position have become empty in some columns of a line, or have ceased to be. Answers which of these
    /// columns have no member left, or their first.
    #[cold]
    fn toggle_summaries(&mut self, line: usize, position: u32, columns: u8, is_in: bool) -> u8 {
        let group = &mut self.groups[(position as usize >> 12) * self.width + line].0;
        let root = &mut self.roots[(position as usize >> 18) * self.width + line].0;
        let (word_bit, group_bit) = (1 << (position >> 6 & 63), 1 << (position >> 12 & 63));
        let mut at_edge = 0;
        let mut rest = columns;
        while rest != 0 {
            let lane = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if is_in {
                group[lane] |= word_bit;
                root[lane] |= group_bit;
            } else {
                group[lane] &= !word_bit;
                if group[lane] == 0 {
                    root[lane] &= !group_bit;
                }
            }
            at_edge |= u8::from(self.lens[line][lane] == u32::from(is_in)) << lane;
        }
        at_edge
    }

    /// The word of a column that holds a position.
    #[inline]
    pub(crate) fn word_of(&self, column: usize, position: u32) -> u64 {
        self.at(&self.words, position as usize >> 6, column)
    }

    /// As [`Self::first`], from where the last search ended.
    #[inline]
    pub(crate) fn lowest(&mut self, column: usize) -> Option<u32> {
        let (line, lane) = (column / LANES, column % LANES);
        let front = self.fronts[line][lane];
        let bits = self.words.get((front as usize >> 6) * self.width + line).map_or(0, |line| line.0[lane]);
        if bits != 0 {
            return Some((front & !63) + bits.trailing_zeros());
        }
        let first = self.first(column)?;
        self.fronts[line][lane] = first;
        Some(first)
    }

    /// The lowest member of a column.
    #[inline(never)]
    pub(crate) fn first(&self, column: usize) -> Option<u32> {
        if self.len(column) == 0 {
            return None;
        }
        self.first_below_root(column, 0)
    }

    /// The lowest member at `from` or above.
    #[inline]
    pub(crate) fn next(&self, column: usize, from: u32) -> Option<u32> {
        if from >= self.positions() {
            return None;
        }
        let bits = self.word_of(column, from) & u64::MAX << (from % 64);
        if bits != 0 {
            return Some((from & !63) + bits.trailing_zeros());
        }
        let words_left = self.at(&self.groups, from as usize >> 12, column) & above(from >> 6 & 63);
        if words_left != 0 {
            return Some(self.first_in_word(column, (from >> 12 << 6) + words_left.trailing_zeros()));
        }
        let groups_left = self.at(&self.roots, from as usize >> 18, column) & above(from >> 12 & 63);
        if groups_left != 0 {
            return Some(self.first_in_group(column, (from >> 18 << 6) + groups_left.trailing_zeros()));
        }
        self.first_below_root(column, (from >> 18) + 1)
    }

    #[inline]
    fn first_below_root(&self, column: usize, from: u32) -> Option<u32> {
        for root in from as usize..self.roots.len() / self.width {
            let bits = self.at(&self.roots, root, column);
            if bits != 0 {
                let root = u32::try_from(root).expect("positions are below 2^32");
                return Some(self.first_in_group(column, root * 64 + bits.trailing_zeros()));
            }
        }
        None
    }

    #[inline]
    fn first_in_group(&self, column: usize, group: u32) -> u32 {
        let bits = self.at(&self.groups, group as usize, column);
        self.first_in_word(column, group * 64 + bits.trailing_zeros())
    }

    #[inline]
    fn first_in_word(&self, column: usize, word: u32) -> u32 {
        word * 64 + self.at(&self.words, word as usize, column).trailing_zeros()
    }

    /// The member with `n` members below it.
    ///
    /// # Panics
    /// If there are not so many.
    pub(crate) fn nth(&self, column: usize, n: u32) -> u32 {
        let mut left = n;
        let mut block = 0;
        loop {
            let count = self.counts[block * self.width + column / LANES][column % LANES];
            if left < count {
                break;
            }
            left -= count;
            block += 1;
        }
        let mut words = self.at(&self.groups, block, column);
        loop {
            let word = block * 64 + words.trailing_zeros() as usize;
            let bits = self.at(&self.words, word, column);
            if left < bits.count_ones() {
                let position = u32::try_from(word * 64).expect("positions are below 2^32");
                return position + nth_bit(bits, left);
            }
            left -= bits.count_ones();
            words &= words - 1;
        }
    }

    /// How many members are below a position.
    pub(crate) fn below(&self, column: usize, position: u32) -> u32 {
        let (block, word) = (position as usize >> 12, position as usize >> 6);
        let (line, lane) = (column / LANES, column % LANES);
        let before: u32 = (0..block.min(self.counts.len() / self.width))
            .map(|block| self.counts[block * self.width + line][lane])
            .sum();
        let words = self.words.len() / self.width;
        let ones = |word: usize| self.at(&self.words, word, column).count_ones();
        let within: u32 = (block * 64..word.min(words)).map(ones).sum();
        let last = if word < words { self.at(&self.words, word, column) & ((1 << (position % 64)) - 1) } else { 0 };
        before + within + last.count_ones()
    }

    /// Positions below this have room.
    pub(crate) fn positions(&self) -> u32 {
        u32::try_from(self.words.len() / self.width * 64).expect("positions are below 2^32")
    }

    /// Where the words of a position begin, to be fetched early.
    #[inline]
    pub(crate) fn address(&self, position: u32) -> *const u8 {
        self.words.as_ptr().wrapping_add((position as usize >> 6) * self.width).cast()
    }

    pub(crate) fn bytes(&self) -> usize {
        let lines = self.words.capacity() + self.groups.capacity() + self.roots.capacity();
        lines * size_of::<Line>() + self.counts.capacity() * size_of::<[u32; LANES]>()
    }

    /// Recounts summaries and counts.
    pub(crate) fn validate(&self) -> Result<(), String> {
        for column in 0..self.width * LANES {
            let mut members = 0;
            for block in 0..self.groups.len() / self.width {
                let words = (block * 64..(block + 1) * 64).take_while(|word| word * self.width < self.words.len());
                let words: Vec<u64> = words.map(|word| self.at(&self.words, word, column)).collect();
                let summary = words.iter().enumerate().fold(0, |sum, (bit, word)| sum | u64::from(*word != 0) << bit);
                let count: u32 = words.iter().map(|word| word.count_ones()).sum();
                let kept = self.counts[block * self.width + column / LANES][column % LANES];
                let root = self.at(&self.roots, block / 64, column) >> (block % 64) & 1 == 1;
                if summary != self.at(&self.groups, block, column) || count != kept || root != (summary != 0) {
                    return Err(format!("bit grid: summaries of block {block} of column {column} are wrong"));
                }
                members += count;
            }
            let front = self.fronts[column / LANES][column % LANES];
            if self.first(column).is_some_and(|first| first < front) {
                return Err(format!("bit grid: column {column} has a member below its front {front}"));
            }
            if members != self.len(column) {
                return Err(format!("bit grid: column {column} has {members} members, kept {}", self.len(column)));
            }
        }
        Ok(())
    }
}

/// One column of a grid: a set of positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<'g> {
    grid: &'g BitGrid,
    column: usize,
}

/// A [`Column`], with its place in a line at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Members<'g> {
    words: &'g [Line],
    width: usize,
    line: usize,
    lane: usize,
}

impl Members<'_> {
    #[inline(always)]
    pub(crate) fn contains(self, position: u32) -> bool {
        self.words[position as usize / 64 * self.width + self.line].0[self.lane] >> (position % 64) & 1 == 1
    }
}

impl<'g> Column<'g> {
    #[inline]
    pub(crate) fn new(grid: &'g BitGrid, column: usize) -> Self {
        Self { grid, column }
    }

    /// What it takes to ask for many positions whether they are members.
    #[inline(always)]
    pub(crate) fn members(self) -> Members<'g> {
        let BitGrid { words, width, .. } = self.grid;
        Members { words, width: *width, line: self.column / LANES, lane: self.column % LANES }
    }

    /// The lowest member.
    #[inline]
    pub(crate) fn first(self) -> Option<u32> {
        self.grid.first(self.column)
    }

    /// The lowest member at `from` or above.
    #[inline]
    pub(crate) fn next(self, from: u32) -> Option<u32> {
        self.grid.next(self.column, from)
    }

    /// The word that holds a position.
    #[inline]
    pub(crate) fn word_of(self, position: u32) -> u64 {
        self.grid.word_of(self.column, position)
    }

    /// The words from that of a position on.
    #[inline]
    pub(crate) fn words(self, position: u32) -> impl Iterator<Item = u64> {
        let BitGrid { words, width, .. } = self.grid;
        let from = (position as usize / 64 * width).min(words.len());
        let (line, lane) = (self.column / LANES, self.column % LANES);
        words[from..].chunks_exact(*width).map(move |lines| lines[line].0[lane])
    }

    /// The member with `n` members below it, as [`BitGrid::nth`].
    pub(crate) fn nth(self, n: u32) -> u32 {
        self.grid.nth(self.column, n)
    }

    /// How many members are below a position.
    pub(crate) fn below(self, position: u32) -> u32 {
        self.grid.below(self.column, position)
    }
}

/// Adds 1 in the lanes of the set bits of a byte, or takes it away.
#[inline]
pub(crate) fn count(sums: &mut [u32; LANES], byte: u8, is_more: bool) {
    let sign = if is_more { 1 } else { u32::MAX };
    for (sum, mask) in sums.iter_mut().zip(&MASKS[usize::from(byte)]) {
        // Modulo 2^32 without a check, so that eight lanes are two vector additions.
        *sum = sum.wrapping_add(sign & mask);
    }
}

/// Lowers what is above `most` in the lanes of the set bits of a byte.
#[inline]
fn lower(values: &mut [u32; LANES], byte: u8, most: u32) {
    for (value, mask) in values.iter_mut().zip(&MASKS[usize::from(byte)]) {
        *value = (*value).min(most | !mask);
    }
}

/// All ones in the lanes of the set bits of a byte.
static MASKS: [[u32; LANES]; 256] = {
    let mut masks = [[0; LANES]; 256];
    let mut place = 0;
    while place < 256 * LANES {
        let (byte, lane) = (place / LANES, place % LANES);
        masks[byte][lane] = if byte >> lane & 1 == 1 { u32::MAX } else { 0 };
        place += 1;
    }
    masks
};

/// As [`MASKS`], for words.
static WORD_MASKS: [Line; 256] = {
    let mut masks = [Line([0; LANES]); 256];
    let mut place = 0;
    while place < 256 * LANES {
        let (byte, lane) = (place / LANES, place % LANES);
        masks[byte].0[lane] = if byte >> lane & 1 == 1 { u64::MAX } else { 0 };
        place += 1;
    }
    masks
};

/// Bits above `bit`.
#[inline]
fn above(bit: u32) -> u64 {
    (u64::MAX << bit) << 1
}

/// The position of the set bit with `n` set bits below it.
#[inline]
pub(crate) fn nth_bit(mut bits: u64, n: u32) -> u32 {
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
        /// A column is a set of integers, and a flip answers which columns are at their edge.
        #[test]
        fn columns_are_sets(
            columns in 1..11_usize,
            spread in prop::sample::select(vec![1_u32, 60, 3_000, 90_000]),
            flips in prop::collection::vec((0..2_usize, any::<u8>(), any::<bool>(), 0..12_u32, 0..12_u32), 0..60),
        ) {
            let mut grid = BitGrid::new(columns);
            let mut model = vec![BTreeSet::new(); columns];
            for (line, wanted, is_in, position, probe) in flips {
                let (line, position, probe) = (line % columns.div_ceil(LANES), position * spread, probe * spread);
                grid.grow(position as usize + 1);
                let (mut meant, mut at_edge) = (0, 0);
                for (lane, set) in model.iter_mut().skip(line * LANES).take(LANES).enumerate() {
                    prop_assert_eq!(grid.contains(line * LANES + lane, position), set.contains(&position));
                    if wanted >> lane & 1 == 1 && set.contains(&position) != is_in {
                        if is_in { set.insert(position) } else { set.remove(&position) };
                        meant |= 1 << lane;
                        at_edge |= u8::from(set.len() == usize::from(is_in)) << lane;
                    }
                }
                prop_assert_eq!(grid.flip(line, position, meant, is_in), at_edge);
                for (column, set) in model.iter().enumerate() {
                    prop_assert_eq!(grid.first(column), set.first().copied());
                    if probe % 2 == 0 {
                        prop_assert_eq!(grid.lowest(column), set.first().copied());
                    }
                    prop_assert_eq!(grid.next(column, probe), set.range(probe..).next().copied());
                    prop_assert_eq!(grid.next(column, probe + 1), set.range(probe + 1..).next().copied());
                    prop_assert_eq!(grid.len(column) as usize, set.len());
                    prop_assert_eq!(grid.below(column, probe) as usize, set.range(..probe).count());
                    for (n, &member) in set.iter().enumerate() {
                        prop_assert_eq!(grid.nth(column, u32::try_from(n).unwrap()), member);
                        prop_assert_eq!(grid.below(column, member) as usize, n);
                    }
                }
            }
            prop_assert_eq!(grid.validate(), Ok(()));
        }
    }
}
