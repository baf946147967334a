//! How many tasks of a group an instance holds, as one of some bits: a *window* on the counts, so that few bits do.
//!
//! # Invariants
//! 1. The first bit stands for all counts up to that which the window begins with, the last for all from there on; each
//!    bit between stands for one count. So the bits are in the order of the counts.
//!
//! # Cost
//! Where the lowest bit that some instance has stands for several counts, each of these instances is looked at. Once so
//! many were looked at as a move of the window costs, it is moved there: all instances are written anew. So a search
//! costs a few bits and, on average, what a move costs shared out among as many looks.
//!
//! # Sources
//! When to move: the rule for renting or buying skis, as in Karlin et al., "Competitive Snoopy Caching", Algorithmica
//! 1988.

use super::table::Bits;

/// Bits of a field, where no further word is needed for so many.
const ENOUGH: usize = if cfg!(test) { 3 } else { 5 };
/// Bits of a field at most.
const MOST: usize = if cfg!(test) { 6 } else { 32 };
/// Words of fields alone, unless each has but two bits.
const FIELD_WORDS: usize = 2;
/// To write an instance anew costs as much as to look at so many.
const LOOKS_A_WRITE: usize = 2;

/// See the [module](self).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    kind: u32,
    group: u32,
    word: usize,
    shift: u32,
    width: u32,
    /// All its bits.
    all: u64,
    /// The count that the window begins with.
    base: u32,
    /// Instances that were looked at since it was moved last.
    looked: usize,
}

/// A kind whose chain spreads over instances, and the group that it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levelled {
    pub(super) kind: u32,
    pub(super) group: u32,
}

/// Instances whose counts no bit told apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked {
    pub(crate) instances: usize,
    /// The fewest tasks that one of them had.
    pub(crate) least: u32,
}

impl Field {
    /// A field for each kind and its group, all of one width, none across the end of a word, behind so many bits.
    pub(super) fn lay_out(levelled: Vec<Levelled>, behind: usize) -> Vec<Self> {
        let width = width(levelled.len(), behind);
        let mut next = behind;
        let field = |Levelled { kind, group }: Levelled| {
            if next % 64 + width > 64 {
                next = next.next_multiple_of(64);
            }
            let (word, shift) = (next / 64, next % 64);
            next += width;
            let [shift, width] = [shift, width].map(|bits| u32::try_from(bits).expect("at most 64"));
            let all = (u64::MAX >> (64 - width)) << shift;
            Self { kind, group, word, shift, width, all, base: 0, looked: 0 }
        };
        levelled.into_iter().map(field).collect()
    }

    pub(super) fn kind(&self) -> u32 {
        self.kind
    }

    #[inline]
    pub(super) fn group(&self) -> u32 {
        self.group
    }

    #[inline]
    pub(super) fn word(&self) -> usize {
        self.word
    }

    /// An instance with this mask may serve the kind.
    #[inline]
    pub(super) fn is_asked(&self, mask: &[u64]) -> bool {
        mask[self.kind as usize / 64] >> (self.kind % 64) & 1 == 1
    }

    /// All its bits.
    #[inline]
    pub(crate) fn all(&self) -> Bits {
        Bits { word: self.word, bits: self.all }
    }

    /// A bit of it stands for one count.
    pub(crate) fn is_one_count(&self, bit: Bits) -> bool {
        let place = bit.bits.trailing_zeros() - self.shift;
        place + 1 < self.width && (place > 0 || self.base == 0)
    }

    #[inline]
    pub(super) fn bit(&self, tasks: u32) -> u64 {
        1 << (self.shift + tasks.saturating_sub(self.base).min(self.width - 1))
    }

    /// Writes it to a mask that is right but for it: `tasks` says how many of a group the instance holds.
    #[inline]
    pub(super) fn write(&self, mask: &mut [u64], tasks: impl Fn(u32) -> u32) {
        let bit = if self.is_asked(mask) { self.bit(tasks(self.group)) } else { 0 };
        let word = &mut mask[self.word];
        *word = *word & !self.all | bit;
    }

    /// Instances were looked at; answers the count that the window is to begin with, if it is to be moved.
    pub(super) fn count_looked(&mut self, Looked { instances, least }: Looked, all: usize) -> Option<u32> {
        self.looked += instances;
        // Of two bits none stands for one count but the first.
        let base = if self.width > 2 { least.saturating_sub(1) } else { 0 };
        (self.looked > all * LOOKS_A_WRITE && base != self.base).then_some(base)
    }

    pub(super) fn move_to(&mut self, base: u32) {
        (self.base, self.looked) = (base, 0);
    }
}

/// Bits of each of some fields behind so many bits: as many as the fewest words allow in which they have enough.
fn width(fields: usize, behind: usize) -> usize {
    let free = behind.next_multiple_of(64) - behind;
    let fit = |width: usize, words: usize| free / width + words * (64 / width) >= fields;
    let widest = |words: usize| (2..=MOST).rev().find(|&width| fit(width, words)).unwrap_or(2);
    (0..FIELD_WORDS).map(widest).find(|&width| width >= ENOUGH).unwrap_or_else(|| widest(FIELD_WORDS))
}

/// Words of a mask with so many kinds, of which so many have a field, at most.
pub(super) fn most_words(kinds: usize, fields: usize) -> usize {
    kinds.div_ceil(64) + if fields == 0 { 0 } else { fields.div_ceil(32).max(FIELD_WORDS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_tells_the_counts_within_it_apart() {
        let fields = |count: u32| (0..count).map(|kind| Levelled { kind, group: kind }).collect();
        let mut field = Field::lay_out(fields(5), 2 * 64)[0];
        assert_eq!((field.word(), field.width), (2, 6));
        let bit = |field: &Field, tasks| Bits { word: 2, bits: field.bit(tasks) };
        assert!((0..5).all(|tasks| field.is_one_count(bit(&field, tasks))));
        assert!(!field.is_one_count(bit(&field, 5)) && field.bit(5) == field.bit(9));
        let looked = Looked { instances: 30, least: 9 };
        assert_eq!((field.count_looked(looked, 20), field.count_looked(looked, 20)), (None, Some(8)));
        field.move_to(8);
        assert!(!field.is_one_count(bit(&field, 8)) && field.bit(8) == field.bit(0));
        assert!((9..13).all(|tasks| field.is_one_count(bit(&field, tasks))));
        assert!((0..16).all(|tasks| field.all().bits & field.bit(tasks) != 0));
        let narrow = Field::lay_out(fields(80), 64);
        assert_eq!((narrow[31].word(), narrow[32].word(), narrow[32].shift), (1, 2, 0));
        // Three behind four bits, and what is left of the word is less than one.
        let behind = Field::lay_out(fields(14), 60);
        assert_eq!((behind[0].word(), behind[0].shift, behind[0].width), (0, 60, 4));
        assert_eq!((behind[1].word(), behind[1].shift), (1, 0));
        assert_eq!(
            narrow.clone()[0].count_looked(Looked { instances: 99, least: 9 }, 1),
            None,
            "two bits are not moved"
        );
    }
}
