//! The first instance of every kind in every lane, as far as it is known, and the least of them among many lanes; where chains
//! spread over instances before they compare amounts, the first at every level too.
//!
//! A change of an instance tells most of it without a search: an instance that now comes before what was the first of a kind
//! is the first, and one that was not the first and does not come before it changes nothing.
//!
//! # Invariants
//! 1. A first that is known is what a search would find now.
//! 2. Where there are many lanes: `ranks` has the rank of each first that is known ([`Layout::rank`]), and `unknown` a bit
//!    for each other.
//!
//! # Cost
//! 8 bytes for each kind (or bit of a level) and lane, 16 where keys are long, and two more where there are many lanes; a
//! change compares two keys for each kind and for each level of the instance. The least among many lanes is two passes over ranks, of which one is left out wherever it can be, and
//! a comparison of the keys with the least rank.

use super::lane_set::LaneSet;
use super::ranks::{NO_RANK, Ranked, Ranks};
use super::rows::Stand;
use super::shelf::Shelf;
use super::table::{Bits, Stored};
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Layout, Range, Whole};
use crate::model::columns::bits;

/// With more kinds and lanes, nothing is kept.
const MOST: usize = 1 << 22;
/// Among so few lanes nearly every one has changed between two decisions of a kind: a search costs less than to follow all.
const FEW: usize = if cfg!(test) { 2 } else { 4 };
/// With more lanes, the best of them are not compared one by one.
const MANY: usize = if cfg!(test) { 3 } else { 16 };

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
    slots: Slots,
    /// By lane, then slot; the key 0 is not known. Empty where nothing is kept.
    keys: Vec<K>,
    /// Where there are many lanes.
    many: Option<Box<Ranks>>,
}

/// Whose firsts are kept: those of the kinds, and perhaps those of the bits of fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slots {
    pub(super) kinds: usize,
    /// Words of the kinds in a mask.
    pub(super) own_words: usize,
    /// Bits of the fields behind these, or 0.
    pub(super) levels: usize,
}

impl Slots {
    fn count(self) -> usize {
        self.kinds + self.levels
    }

    /// The slot of a bit, if it has one.
    #[inline]
    fn of(self, asked: Bits) -> Option<usize> {
        let number = asked.number();
        if number < self.kinds {
            return Some(number);
        }
        let level = number.checked_sub(self.own_words * 64)?;
        (level < self.levels).then_some(self.kinds + level)
    }

    /// The bit of a slot.
    fn bits(self, slot: usize) -> Bits {
        let number = slot.checked_sub(self.kinds).map_or(slot, |level| self.own_words * 64 + level);
        Bits { word: number / 64, bits: 1 << (number % 64) }
    }
}

impl Firsts {
    pub(super) fn new(slots: Slots, wholes: &[Whole], layout: &Layout) -> Self {
        match layout.bits() < u64::BITS {
            true => Self::Short(Known::new(slots, wholes, layout)),
            false => Self::Long(Known::new(slots, wholes, layout)),
        }
    }

    /// An instance of a lane has changed; `behind` is the one that stood behind it, if that is at hand.
    #[inline]
    pub(super) fn changed(&mut self, lane: usize, from: Stand<'_>, to: Stand<'_>, behind: Option<Stand<'_>>) {
        of_known!(self, known => known.changed(lane, from, to, behind));
    }

    /// The first instance of a lane that has what is asked for, which there is; of a kind it may be known.
    #[inline]
    pub(crate) fn get(&mut self, lane: usize, kind: Bits, shelf: &Shelf) -> Key {
        of_known!(self, known => known.get(lane, kind, shelf).key())
    }

    /// The first instance of a lane that has what is asked for, if it is before `end`.
    #[inline]
    pub(crate) fn before(&mut self, lane: usize, asked: Bits, shelf: &Shelf, end: Key) -> Option<Key> {
        of_known!(self, known => known.before(lane, asked, shelf, end))
    }

    /// Any firsts are kept.
    #[inline]
    pub(super) fn are_any_kept(&self) -> bool {
        of_known!(self, known => !known.keys.is_empty())
    }

    /// Firsts with what is asked for are kept.
    #[inline]
    pub(crate) fn are_kept(&self, asked: Bits) -> bool {
        of_known!(self, known => !known.keys.is_empty() && known.slots.of(asked).is_some())
    }

    /// Keeps the lanes whose firsts may be least by the first part of the order; each has an instance with what is asked for.
    pub(crate) fn keep_likely<'s>(&mut self, asked: Bits, left: &mut LaneSet, shelf: impl Fn(usize) -> &'s Shelf) {
        of_known!(self, known => known.keep_likely(asked, left, shelf));
    }

    /// The least key of a kind in some lanes, each of which has an instance of the kind; leaves the lanes that may have it.
    pub(crate) fn least<'s>(
        &mut self,
        kind: Bits,
        left: &mut LaneSet,
        shelf: impl Fn(usize) -> &'s Shelf,
    ) -> Option<Key> {
        of_known!(self, known => known.least(kind, left, shelf))
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

/// What a change of an instance says of a word of bits.
#[derive(Clone, Copy)]
struct Moved<K> {
    was: K,
    is: K,
    behind: K,
    before: u64,
    now: u64,
    /// What the one behind has.
    next: u64,
}

impl<K: Stored> Moved<K> {
    #[inline]
    fn new(word: usize, from: Stand<'_>, to: Stand<'_>, behind: Option<Stand<'_>>) -> Self {
        let (behind, next) = behind.map_or((K::LEAST, 0), |behind| (K::of(behind.key), behind.mask[word]));
        Self { was: K::of(from.key), is: K::of(to.key), behind, before: from.mask[word], now: to.mask[word], next }
    }

    /// The first with a bit, where `first` was it or it was not known. Selected, not branched on.
    #[inline]
    fn first(self, bit: usize, first: K) -> K {
        let has = |mask: u64| mask >> bit & 1 == 1;
        // Nobody is between the one that was the first and the one behind it.
        let behind = if has(self.next) { self.behind } else { K::LEAST };
        let left = if first == self.was { behind } else { first };
        if has(self.now) & (self.is <= left.max(first)) { self.is } else { left }
    }
}

impl<K: Stored> Known<K> {
    fn new(slots: Slots, wholes: &[Whole], layout: &Layout) -> Self {
        let lanes = wholes.len();
        let kept = if lanes > FEW && slots.count() * lanes <= MOST { slots.count() * lanes } else { 0 };
        let many = (kept > 0 && lanes > MANY).then(|| Box::new(Ranks::new(slots.count(), wholes, layout)));
        Self { slots, keys: vec![K::LEAST; kept], many }
    }

    #[inline]
    fn changed(&mut self, lane: usize, from: Stand<'_>, to: Stand<'_>, behind: Option<Stand<'_>>) {
        if self.keys.is_empty() {
            return;
        }
        let Self { slots, keys, many } = self;
        let Slots { kinds, own_words, .. } = *slots;
        let (of_kinds, of_levels) = keys[lane * slots.count()..][..slots.count()].split_at_mut(kinds);
        let (is, behind_it) = (K::of(to.key), behind.map_or(K::LEAST, |behind| K::of(behind.key)));
        // A change makes no other key a first.
        let ranks = many.as_ref().map_or([NO_RANK; 2], |many| [is, behind_it].map(|key| many.rank(lane, key)));
        let mut set = |slot: usize, first: &mut K, next: K| {
            if let Some(many) = many.as_mut().filter(|_| next != *first) {
                many.set(slot, lane, Ranked { rank: ranks[usize::from(next != is)], is_known: next != K::LEAST });
            }
            *first = next;
        };
        for (word, firsts) in of_kinds.chunks_mut(64).enumerate() {
            let step = Moved::new(word, from, to, behind);
            if step.before | step.now != 0 {
                firsts
                    .iter_mut()
                    .enumerate()
                    .for_each(|(bit, first)| set(word * 64 + bit, first, step.first(bit, *first)));
            }
        }
        for (word, firsts) in of_levels.chunks_mut(64).enumerate() {
            let step = Moved::new(own_words + word, from, to, behind);
            for bit in bits(step.before | step.now) {
                let first = &mut firsts[bit];
                set(kinds + word * 64 + bit, first, step.first(bit, *first));
            }
        }
    }

    #[inline]
    fn get(&mut self, lane: usize, asked: Bits, shelf: &Shelf) -> K {
        let search = || K::of(shelf.first(asked, Range::ALL).expect("the lane has an instance with what is asked for"));
        let (slots, keys) = (self.slots, &mut self.keys);
        let place = slots.of(asked).and_then(|slot| Some((slot, keys.get_mut(lane * slots.count() + slot)?)));
        let Some((slot, first)) = place else { return search() };
        if *first == K::LEAST {
            *first = search();
            self.many.iter_mut().for_each(|many| {
                many.set(slot, lane, Ranked { rank: many.rank(lane, *first), is_known: *first != K::LEAST })
            });
        }
        *first
    }

    #[inline]
    fn before(&mut self, lane: usize, asked: Bits, shelf: &Shelf, end: Key) -> Option<Key> {
        // What is behind the end need not be found.
        let first = match self.slots.of(asked).filter(|_| !self.keys.is_empty()) {
            Some(_) => Some(self.get(lane, asked, shelf).key()),
            None => shelf.first(asked, Range { from: 0, end }),
        };
        first.filter(|first| *first < end)
    }

    fn keep_likely<'s>(&mut self, asked: Bits, left: &mut LaneSet, shelf: impl Fn(usize) -> &'s Shelf) {
        looks::look(left.words().len());
        let Some(slot) = self.slots.of(asked).filter(|_| self.many.is_some()) else { return };
        self.know(slot, left.words(), shelf);
        let many = self.many.as_mut().expect("there are many lanes");
        many.keep_least_rank(slot, left.words_mut());
    }

    /// Searches for the firsts of some lanes that are not known.
    fn know<'s>(&mut self, slot: usize, among: &[u64], shelf: impl Fn(usize) -> &'s Shelf) {
        for (word, &asked) in among.iter().enumerate() {
            let unknown = self.many.as_ref().map_or(0, |many| many.unknown(slot, word));
            for lane in bits(unknown & asked).map(|bit| word * 64 + bit) {
                self.get(lane, self.slots.bits(slot), shelf(lane));
            }
        }
    }

    fn least<'s>(&mut self, kind: Bits, left: &mut LaneSet, shelf: impl Fn(usize) -> &'s Shelf) -> Option<Key> {
        self.keep_likely(kind, left, &shelf);
        left.lanes().map(|lane| self.get(lane, kind, shelf(lane))).min().map(Stored::key)
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
        let many = self.many.as_ref().map_or(0, |many| many.bytes());
        self.keys.len() * size_of::<K>() + many
    }

    /// Searches again for every first that is taken for known.
    fn validate<'s>(&self, shelf: impl Fn(usize) -> &'s Shelf) -> Result<(), String> {
        for (place, &first) in self.keys.iter().enumerate() {
            let (lane, slot) = (place / self.slots.count(), place % self.slots.count());
            let kept = first != K::LEAST;
            let asked = self.slots.bits(slot);
            if self.many.as_ref().is_some_and(|many| !many.agrees(slot, lane, first)) {
                return Err(format!("firsts: that with {asked:?} in lane {lane} has another rank"));
            }
            let found = shelf(lane).first(asked, Range::ALL).map(K::of);
            if kept && found != Some(first) {
                return Err(format!("firsts: that with {asked:?} in lane {lane} is {found:?}, kept {first:?}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fast::index::order::shelf::Shelf;
    use crate::engine::fast::state::parts::{ID_BITS, Part};
    use crate::model::{InstanceClass, ZoneId};

    /// What a change tells of a first is told without a search, and what it does not tell is not known.
    #[test]
    fn a_change_tells_the_first_where_it_can() {
        const SERVED: u64 = 1;
        let check = |[was, is]: [u64; 2], behind: Option<u64>, now: u64, first: u64, expected: u64| {
            // One that stands behind and does not serve the kind tells nothing of it.
            let (behind, next) = behind.map_or((7, 0), |behind| (behind, SERVED));
            let moved = Moved { was, is, behind, before: SERVED, now, next };
            assert_eq!(moved.first(0, first), expected, "{was} to {is}, {behind} ({next}) behind, first {first}");
        };
        // The first goes behind the next, stays before it, or is not served any more.
        check([5, 9], Some(7), SERVED, 5, 7);
        check([5, 6], Some(7), SERVED, 5, 6);
        check([5, 5], Some(7), 0, 5, 7);
        // The same where the next is not known: it may be before what was the first, or not.
        check([5, 6], None, SERVED, 5, 0);
        check([5, 4], None, SERVED, 5, 4);
        check([5, 5], None, 0, 5, 0);
        // Another one is the first, or nobody knows who.
        check([5, 9], Some(7), SERVED, 3, 3);
        check([5, 2], Some(7), SERVED, 3, 2);
        check([5, 4], Some(7), SERVED, 0, 0);
    }

    /// Two kinds in 70 lanes, with keys of either length: changes are told, searches never.
    #[test]
    fn firsts_are_followed_through_changes_and_the_least_of_some_lanes_is_found() {
        for part in [Part::Memory, Part::LeastShares] {
            let whole = Whole::of(&InstanceClass::new(ZoneId(0), "a", 1 << 20, 1 << 20));
            let layout = Layout::new(&[part], &[whole]).unwrap();
            let mut shelves = vec![Shelf::new(1, layout.bits(), false); 70];
            let key = |value: u64| (Key::from(value) << ID_BITS) + Key::from(value % 2);
            let slots = Slots { kinds: 2, own_words: 1, levels: 0 };
            let mut firsts = Firsts::new(slots, &[whole; 70], &layout);
            let mut change = |firsts: &mut Firsts, lane: usize, [from, to]: [(u64, u64); 2]| {
                let [from_key, to_key] = [from, to].map(|(value, _)| key(value));
                let (from, to) = (Stand { key: from_key, mask: &[from.1] }, Stand { key: to_key, mask: &[to.1] });
                match from.mask[0] {
                    0 => shelves[lane].insert(to.key, to.mask),
                    _ => _ = shelves[lane].change(from, to, &mut []),
                }
                firsts.changed(lane, from, to, None);
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
                let mut left = LaneSet::default();
                left.copy_from(&among);
                let found = firsts.least(kind, &mut left, |lane| &shelves[lane]);
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
