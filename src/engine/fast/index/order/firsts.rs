//! The first instance of every kind in every lane, as far as it is known, and the least of them among many lanes.
//!
//! A change of an instance tells most of it without a search: an instance that now comes before what was the first of a kind
//! is the first, and one that was not the first and does not come before it changes nothing.
//!
//! # Invariants
//! 1. A first that is known is what a search would find now.
//! 2. Where there are many lanes: `ranks` has the rank of each first that is known, which is the high bits of its key, and
//!    `unknown` a bit for each other.
//!
//! # Cost
//! 8 bytes for each kind and lane, 16 where keys are long, and two more where there are many lanes; a change compares two
//! keys for each kind. The least among many lanes is two passes over ranks, of which one is left out wherever it can be, and
//! a comparison of the keys with the least rank.

use super::rows::Stand;
use super::shelf::Shelf;
use super::table::{Bits, Stored};
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Range};
use crate::model::columns::bits;

/// With more kinds and lanes, nothing is kept.
const MOST: usize = 1 << 22;
/// Among so few lanes nearly every one has changed between two decisions of a kind: a search costs less than to follow all.
const FEW: usize = if cfg!(test) { 2 } else { 4 };
/// Bits of a rank: eight of them are compared by one instruction.
const RANK_BITS: u32 = 15;
/// Above every rank.
const NO_RANK: i16 = i16::MAX;

/// See the [module](self), with keys of 64 bits where all are that short.
#[derive(Clone, Debug)]
pub(crate) enum Firsts {
    Short(Known<u64>),
    Long(Known<u128>),
}

/// Calls the same function of what is known.
macro_rules! of_known {
    ($firsts:expr, $known:ident => $call:expr) => {
        match $firsts {
            Firsts::Short($known) => $call,
            Firsts::Long($known) => $call,
        }
    };
}

/// Firsts with keys of one length.
#[derive(Clone, Debug)]
pub(crate) struct Known<K> {
    kinds: usize,
    /// By lane, then kind; the key 0 is not known. Empty where nothing is kept.
    keys: Vec<K>,
    /// Where there are many lanes.
    many: Option<Box<Many>>,
}

/// What is known of many lanes, by kind and then by lane.
#[derive(Clone, Debug)]
struct Many {
    /// Words of a set of lanes.
    words: usize,
    /// Low bits of a key that a rank leaves out.
    shift: u32,
    ranks: Vec<[i16; 64]>,
    unknown: Vec<u64>,
    /// By word, the least rank that was asked for.
    least: Vec<i16>,
}

impl Firsts {
    /// `many` says that the least among many lanes will be asked for.
    pub(super) fn new(kinds: usize, lanes: usize, key_bits: u32, many: bool) -> Self {
        let many = many.then(|| Box::new(Many::new(kinds, lanes, key_bits)));
        match key_bits < u64::BITS {
            true => Self::Short(Known::new(kinds, lanes, many)),
            false => Self::Long(Known::new(kinds, lanes, many)),
        }
    }

    /// An instance of a lane has changed.
    #[inline]
    pub(super) fn changed(&mut self, lane: usize, from: Stand<'_>, to: Stand<'_>) {
        of_known!(self, known => known.changed(lane, from, to));
    }

    /// The first instance of a lane that serves a kind, which there is.
    #[inline]
    pub(crate) fn get(&mut self, lane: usize, kind: Bits, shelf: &Shelf) -> Key {
        of_known!(self, known => known.get(lane, kind, shelf).key())
    }

    /// The least key of a kind in some lanes, 64 to a word, each of which has an instance of the kind.
    pub(crate) fn least<'s>(&mut self, kind: Bits, among: &[u64], shelf: impl Fn(usize) -> &'s Shelf) -> Option<Key> {
        of_known!(self, known => known.least(kind, among, shelf))
    }

    /// As [`Self::least`], where 64 lanes are a set in one word.
    #[inline]
    pub(crate) fn least_of_few<'s>(
        &mut self,
        kind: Bits,
        lanes: u64,
        shelf: impl Fn(usize) -> &'s Shelf,
    ) -> Option<Key> {
        of_known!(self, known => known.least_of_few(kind, lanes, shelf))
    }

    pub(super) fn bytes(&self) -> usize {
        of_known!(self, known => known.bytes())
    }

    pub(super) fn validate<'s>(&self, shelf: impl Fn(usize) -> &'s Shelf) -> Result<(), String> {
        of_known!(self, known => known.validate(shelf))
    }
}

impl<K: Stored> Known<K> {
    fn new(kinds: usize, lanes: usize, many: Option<Box<Many>>) -> Self {
        let kept = if lanes > FEW && kinds * lanes <= MOST { kinds * lanes } else { 0 };
        Self { kinds, keys: vec![K::LEAST; kept], many: many.filter(|_| kept > 0) }
    }

    #[inline]
    fn changed(&mut self, lane: usize, from: Stand<'_>, to: Stand<'_>) {
        if self.keys.is_empty() {
            return;
        }
        let (was, is) = (K::of(from.key), K::of(to.key));
        let of_lane = self.keys[lane * self.kinds..][..self.kinds].chunks_mut(64);
        for (word, (firsts, (before, now))) in of_lane.zip(from.mask.iter().zip(to.mask)).enumerate() {
            if before | now == 0 {
                continue;
            }
            let mut others = !now;
            for (bit, first) in firsts.iter_mut().enumerate() {
                // Selected, not branched on.
                let left = if *first == was { K::LEAST } else { *first };
                let next = if others & 1 == 0 && is <= *first { is } else { left };
                others >>= 1;
                if let Some(many) = self.many.as_mut().filter(|_| next != *first) {
                    many.set(word * 64 + bit, lane, next);
                }
                *first = next;
            }
        }
    }

    #[inline]
    fn get(&mut self, lane: usize, kind: Bits, shelf: &Shelf) -> K {
        let search = || K::of(shelf.first(kind, Range::ALL).expect("the lane has an instance of the kind"));
        let number = number(kind);
        let Some(first) = self.keys.get_mut(lane * self.kinds + number) else { return search() };
        if *first == K::LEAST {
            *first = search();
            self.many.iter_mut().for_each(|many| many.set(number, lane, *first));
        }
        *first
    }

    fn least<'s>(&mut self, kind: Bits, among: &[u64], shelf: impl Fn(usize) -> &'s Shelf) -> Option<Key> {
        let number = number(kind);
        let lanes = |word: usize, lanes: u64| bits(lanes).map(move |bit| word * 64 + bit);
        for (word, &asked) in among.iter().enumerate() {
            let unknown = self.many.as_ref().map_or(0, |many| many.unknown(number, word));
            lanes(word, unknown & asked).for_each(|lane| _ = self.get(lane, kind, shelf(lane)));
        }
        looks::look(among.len());
        let Some(many) = &mut self.many else {
            let all = among.iter().enumerate().flat_map(|(word, &asked)| lanes(word, asked));
            return all.map(|lane| self.get(lane, kind, shelf(lane)).key()).min();
        };
        let tied = many.of_least_rank(number, among);
        let keys = tied.map(|lane| self.keys[lane * self.kinds + number]);
        keys.min().map(Stored::key)
    }

    #[inline]
    fn least_of_few<'s>(&mut self, kind: Bits, lanes: u64, shelf: impl Fn(usize) -> &'s Shelf) -> Option<Key> {
        looks::look(1);
        if !self.keys.is_empty() {
            return bits(lanes).map(|lane| self.get(lane, kind, shelf(lane))).min().map(Stored::key);
        }
        // What is behind the best of the lanes before need not be found.
        let least = bits(lanes).fold(Key::MAX, |end, lane| shelf(lane).least(kind, end));
        Some(least).filter(|least| *least < K::NONE.key())
    }

    fn bytes(&self) -> usize {
        let many = self.many.as_ref().map_or(0, |many| size_of_val(&*many.ranks) + many.unknown.len() * 8);
        self.keys.len() * size_of::<K>() + many
    }

    /// Searches again for every first that is taken for known.
    fn validate<'s>(&self, shelf: impl Fn(usize) -> &'s Shelf) -> Result<(), String> {
        for (place, &first) in self.keys.iter().enumerate() {
            let (lane, number) = (place / self.kinds, place % self.kinds);
            let kept = first != K::LEAST;
            if self.many.as_ref().is_some_and(|many| !many.agrees(number, lane, first)) {
                return Err(format!("firsts: that of kind {number} in lane {lane} has another rank"));
            }
            let kind = Bits { word: number / 64, bits: 1 << (number % 64) };
            let found = shelf(lane).first(kind, Range::ALL).map(K::of);
            if kept && found != Some(first) {
                return Err(format!("firsts: that of kind {number} in lane {lane} is {found:?}, kept {first:?}"));
            }
        }
        Ok(())
    }
}

impl Many {
    fn new(kinds: usize, lanes: usize, key_bits: u32) -> Self {
        let words = lanes.div_ceil(64);
        let (ranks, unknown) = (vec![[NO_RANK; 64]; kinds * words], vec![u64::MAX; kinds * words]);
        Self { words, shift: key_bits.saturating_sub(RANK_BITS), ranks, unknown, least: vec![NO_RANK; words] }
    }

    fn rank(&self, first: impl Stored) -> i16 {
        i16::try_from(first.key() >> self.shift).expect("as many bits are left out as are too many")
    }

    /// The lanes of a word of which the first of a kind is not known.
    fn unknown(&self, number: usize, word: usize) -> u64 {
        self.unknown[number * self.words + word]
    }

    #[inline(never)]
    fn set(&mut self, number: usize, lane: usize, first: impl Stored) {
        let (rank, word) = (self.rank(first), number * self.words + lane / 64);
        self.ranks[word][lane % 64] = rank;
        let (bit, is_unknown) = (1 << (lane % 64), first.key() == 0);
        self.unknown[word] = self.unknown[word] & !bit | if is_unknown { bit } else { 0 };
    }

    /// Of some lanes whose firsts are known, those with the least rank.
    fn of_least_rank(&mut self, number: usize, among: &[u64]) -> impl Iterator<Item = usize> {
        let ranks = &self.ranks[number * self.words..][..self.words];
        let mut least = NO_RANK;
        for ((&asked, ranks), of_word) in among.iter().zip(ranks).zip(&mut self.least) {
            *of_word = if asked == 0 { NO_RANK } else { least_of(asked, ranks) };
            least = least.min(*of_word);
        }
        let words = among.iter().zip(ranks).zip(&self.least).enumerate();
        let words = words.filter(move |(_, ((asked, _), of_word))| **asked != 0 && **of_word == least);
        words.flat_map(move |(word, ((&asked, ranks), _))| {
            bits(asked).filter(move |&bit| ranks[bit] == least).map(move |bit| word * 64 + bit)
        })
    }

    fn agrees(&self, number: usize, lane: usize, first: impl Stored) -> bool {
        let is_unknown = self.unknown(number, lane / 64) >> (lane % 64) & 1 == 1;
        let rank = self.ranks[number * self.words + lane / 64][lane % 64];
        if first.key() == 0 { is_unknown } else { !is_unknown && rank == self.rank(first) }
    }
}

/// The least rank of some of 64.
#[inline(never)]
fn least_of(asked: u64, ranks: &[i16; 64]) -> i16 {
    /// The bit of each of eight lanes.
    const BITS: [i16; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
    let mut least = [NO_RANK; 8];
    for (eight, asked) in ranks.as_chunks::<8>().0.iter().zip(asked.to_le_bytes()) {
        let asked = i16::from(asked);
        for ((least, rank), bit) in least.iter_mut().zip(eight).zip(BITS) {
            // In numbers, so that no branch is made of it.
            let out = i16::from(asked & bit == 0).wrapping_neg() & NO_RANK;
            *least = (rank | out).min(*least);
        }
    }
    least.into_iter().fold(NO_RANK, i16::min)
}

/// The number of a kind.
#[inline]
fn number(kind: Bits) -> usize {
    kind.word * 64 + kind.bits.trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fast::index::order::shelf::Shelf;

    /// Two kinds in 70 lanes, with keys of either length: changes are told, searches never.
    #[test]
    fn firsts_are_followed_through_changes_and_the_least_of_some_lanes_is_found() {
        for shift in [0, 70] {
            let mut shelves = vec![Shelf::new(1, 10 + shift, false); 70];
            let key = |value: u64| (Key::from(value) << shift) + Key::from(value % 2);
            let mut firsts = Firsts::new(2, 70, 10 + shift, true);
            let mut change = |firsts: &mut Firsts, lane: usize, [from, to]: [(u64, u64); 2]| {
                let [from_key, to_key] = [from, to].map(|(value, _)| key(value));
                let (from, to) = (Stand { key: from_key, mask: &[from.1] }, Stand { key: to_key, mask: &[to.1] });
                match from.mask[0] {
                    0 => shelves[lane].insert(to.key, to.mask),
                    _ => _ = shelves[lane].change(from, to),
                }
                firsts.changed(lane, from, to);
                assert_eq!(firsts.validate(|lane| &shelves[lane]), Ok(()));
                shelves.clone()
            };
            let mut shelves = Vec::new();
            for lane in 0..70_usize {
                let value = 200 - lane as u64;
                shelves = change(&mut firsts, lane, [(value, 0), (value, 3)]);
            }
            let kind = Bits::of_kind(0);
            let least = |firsts: &mut Firsts, shelves: &[Shelf], among: [u64; 2]| {
                let found = firsts.least(kind, &among, |lane| &shelves[lane]);
                assert_eq!(firsts.validate(|lane| &shelves[lane]), Ok(()));
                found
            };
            assert_eq!(least(&mut firsts, &shelves, [0b1100, 0]), Some(key(197)));
            assert_eq!(least(&mut firsts, &shelves, [u64::MAX, 0b11]), Some(key(135)));
            assert_eq!(least(&mut firsts, &shelves, [0, 0]), None);
            // One comes before what was the first, and goes behind it again; the other kind is not served any more.
            shelves = change(&mut firsts, 3, [(197, 3), (5, 1)]);
            assert_eq!(least(&mut firsts, &shelves, [u64::MAX, 0b11]), Some(key(5)));
            shelves = change(&mut firsts, 3, [(5, 1), (300, 1)]);
            assert_eq!(least(&mut firsts, &shelves, [u64::MAX, 0b11]), Some(key(135)));
            assert_eq!(least(&mut firsts, &shelves, [0b1000, 0]), Some(key(300)));
        }
    }
}
