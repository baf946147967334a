//! Instances in the order of their keys, with keys of 64 bits where all are that short and of 128 bits elsewhere.
//!
//! # Cost
//! Short keys take half the room, and half the time of whatever compares or moves them.

use super::rows::{Lowest, Rows, Stand};
use super::table::Bits;
use crate::engine::fast::state::parts::{Key, Range};
use crate::engine::fast::state::stored::Stored;

/// A key alone.
pub(crate) fn single(key: Key) -> Range {
    Range { from: key, end: key.saturating_add(1) }
}

/// See the [module](self). What each function does is told where [`Rows`] does it.
#[derive(Clone, Debug)]
pub(crate) enum Shelf {
    Short(Rows<u64>),
    Long(Rows<u128>),
}

/// Calls the same function of the rows that there are.
macro_rules! of_rows {
    ($shelf:expr, $rows:ident => $call:expr) => {
        match $shelf {
            Shelf::Short($rows) => $call,
            Shelf::Long($rows) => $call,
        }
    };
}

impl Shelf {
    /// No instance; masks have so many words, keys no more than so many bits. `draws` says that instances are counted.
    pub(crate) fn new(words: usize, key_bits: u32, draws: bool) -> Self {
        match key_bits < u64::BITS {
            true => Self::Short(Rows::new(words, draws)),
            false => Self::Long(Rows::new(words, draws)),
        }
    }

    /// Empty, for keys of so many bits.
    pub(crate) fn anew(&self, words: usize, key_bits: u32) -> Self {
        Self::new(words, key_bits, of_rows!(self, rows => rows.counts.is_some()))
    }

    #[inline]
    pub(crate) fn any(&self, word: usize) -> u64 {
        of_rows!(self, rows => rows.any(word))
    }

    #[inline]
    pub(crate) fn first(&self, asked: Bits, range: Range) -> Option<Key> {
        of_rows!(self, rows => rows.first(asked, range))
    }

    #[inline]
    pub(crate) fn least(&self, asked: Bits, end: Key) -> Key {
        of_rows!(self, rows => rows.least(asked, Stored::of(end)).key())
    }

    #[inline]
    pub(crate) fn count(&self, asked: Bits) -> u32 {
        of_rows!(self, rows => rows.count(asked))
    }

    pub(crate) fn count_below(&self, asked: Bits, end: Key) -> u32 {
        of_rows!(self, rows => rows.count_below(asked, end))
    }

    pub(crate) fn count_and_list(&self, asked: Bits, range: Range, visit: impl FnMut(Key) -> bool) -> u32 {
        of_rows!(self, rows => rows.count_and_list(asked, range, visit))
    }

    #[inline]
    pub(crate) fn nth(&self, asked: Bits, n: u32) -> Option<Key> {
        of_rows!(self, rows => rows.nth(asked, n))
    }

    pub(crate) fn for_each(&self, asked: Bits, range: Range, visit: impl FnMut(Key) -> bool) {
        of_rows!(self, rows => rows.for_each(asked, range, visit));
    }

    #[inline]
    pub(crate) fn lowest_bit(&self, asked: Bits, range: Range) -> Option<Lowest> {
        of_rows!(self, rows => rows.lowest_bit(asked, range))
    }

    pub(crate) fn insert(&mut self, key: Key, mask: &[u64]) {
        of_rows!(self, rows => rows.insert(key, mask));
    }

    pub(crate) fn remove(&mut self, key: Key, mask: &[u64], behind: &mut [u64]) -> Option<Key> {
        of_rows!(self, rows => rows.remove(key, mask, behind))
    }

    pub(crate) fn change(&mut self, from: Stand<'_>, to: Stand<'_>, behind: &mut [u64]) -> Option<Key> {
        of_rows!(self, rows => rows.change(from, to, behind))
    }

    pub(crate) fn bytes(&self) -> usize {
        of_rows!(self, rows => rows.bytes())
    }

    /// The mask of an instance that is there.
    pub(crate) fn mask(&self, key: Key) -> Option<Vec<u64>> {
        of_rows!(self, rows => rows.mask(key))
    }

    pub(crate) fn validate(&self) -> Result<usize, String> {
        of_rows!(self, rows => rows.validate())
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

    /// One of 9,000 has the lowest bit: in the block where a range begins, behind it, in a row between, in the last block, or
    /// outside.
    #[test]
    fn the_lowest_bit_of_a_range_is_found_wherever_it_is() {
        for rare in [7_u32, 150, 1_500, 4_400, 6_990, 7_010, 8_999] {
            let mut shelf = Shelf::new(1, 63, false);
            (0..9_000).for_each(|id| shelf.insert(Key::from(id), &[if id == rare { 1 } else { 2 }]));
            let asked = Bits { word: 0, bits: 3 };
            for (from, end) in [(0_u32, 10), (5, 7_000), (100, 7_000), (0, 9_000), (1_400, 8_999), (7_000, 7_000)] {
                let found = shelf.lowest_bit(asked, Range { from: Key::from(from), end: Key::from(end) });
                let expected = if (from..end).contains(&rare) { Some(1) } else { (from < end).then_some(2) };
                assert_eq!(found.map(|lowest| lowest.bits.bits), expected, "{rare} in {from}..{end}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// A shelf is a sorted map from keys to masks, also past the size of a block and of a row.
        #[test]
        fn shelves_are_sorted_maps(
            words in 1..4_usize,
            key_bits in prop::sample::select(vec![63_u32, 64]),
            draws in any::<bool>(),
            start in prop::sample::select(vec![0_u32, 100, 6_000]),
            steps in prop::collection::vec((0..6_500_u32, any::<u64>(), 0..4_u32), 0..400),
        ) {
            let mut shelf = Shelf::new(words, key_bits, draws);
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
                        shelf.change(Stand { key, mask: &model[&key] }, Stand { key, mask: &mask(seed) }, &mut []);
                        model.insert(key, mask(seed));
                    }
                    true if kind < 3 => {
                        let moved = if kind == 1 { Key::from(seed % 6_500) } else { key + 1 };
                        if !model.contains_key(&moved) {
                            let before = model.remove(&key).unwrap();
                            shelf.change(Stand { key, mask: &before }, Stand { key: moved, mask: &mask(seed) }, &mut []);
                            model.insert(moved, mask(seed));
                        }
                    }
                    true => {
                        shelf.remove(key, &model.remove(&key).unwrap(), &mut []);
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
                    let bound = |key: Key| key.min((1 << 63) - 1);
                    let before = model.range(..range.end).find(has).map_or(bound(range.end), |(&key, _)| key);
                    prop_assert_eq!(bound(shelf.least(asked, range.end)), before);
                    let lowest = shelf.lowest_bit(Bits { word: 0, bits: 0x11 }, range);
                    let all = model.range(in_range(range)).fold(0, |all, (_, mask)| all | mask[0]) & 0x11;
                    let expected = (all != 0).then_some(Bits { word: 0, bits: all & all.wrapping_neg() });
                    prop_assert_eq!(lowest.map(|lowest| lowest.bits), expected);
                    if let Some(Lowest { bits, first: Some(first) }) = lowest {
                        prop_assert_eq!(shelf.first(bits, range), Some(first));
                    }
                    let mut listed = Vec::new();
                    shelf.for_each(asked, range, |key| {
                        listed.push(key);
                        true
                    });
                    let expected: Vec<Key> = model.range(in_range(range)).filter(has).map(|(&key, _)| key).collect();
                    prop_assert_eq!(listed, expected);
                }
                if draws {
                    let asked = Bits { word: words - 1, bits: 0x10 };
                    let having: Vec<Key> = model.iter().filter(|(_, mask)| mask[words - 1] & 0x10 != 0).map(|(&key, _)| key).collect();
                    for end in [0, range.from, range.end, Key::MAX] {
                        let below = having.partition_point(|&key| key < end);
                        prop_assert_eq!(shelf.count_below(asked, end), u32::try_from(below).unwrap());
                    }
                    let mut listed = Vec::new();
                    let before = shelf.count_and_list(asked, range, |key| {
                        listed.push(key);
                        listed.len() < 9
                    });
                    let expected: Vec<Key> = having.iter().copied().filter(|key| range.contains(*key)).take(9).collect();
                    prop_assert_eq!(before, shelf.count_below(asked, range.from));
                    prop_assert_eq!(listed, expected);
                    let n = u32::try_from(seed % 7_000).unwrap();
                    prop_assert_eq!(shelf.nth(asked, n), having.get(n as usize).copied());
                }
                prop_assert_eq!(shelf.validate(), Ok(model.len()));
            }
            for (&key, mask) in model.iter().rev().step_by(2) {
                prop_assert_eq!(shelf.mask(key), Some(mask.clone()));
                shelf.remove(key, mask, &mut []);
                prop_assert_eq!(shelf.mask(key), None);
            }
            prop_assert_eq!(shelf.validate(), Ok(model.len() / 2));
        }
    }
}
