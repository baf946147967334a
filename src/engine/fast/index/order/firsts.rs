//! The first instance of every kind in every lane, as far as it is known, and the least of them among many lanes; where chains
//! spread over instances before they compare amounts, the first at every level too.
//!
//! A change of an instance tells most of it without a search: an instance that now comes before what was the first of a kind
//! is the first, and one that was not the first and does not come before it changes nothing.
//!
//! # Invariants
//! 1. A first that is known is what a search would find now.
//! 2. Each has its rank (`ranks.rs`).
//!
//! # Cost
//! 8 bytes for each kind (or bit of a level) and lane, 16 where keys are long, and those of its rank. A change compares the
//! ranks of the lane, eight at a time, and the keys of those that it may concern. The least among many lanes is two passes
//! over ranks, of which one is left out wherever it can be, and a comparison of the keys with the least rank.

use std::cmp::Ordering;

use super::lane_set::LaneSet;
use super::ranks::{Ranked, Ranks};
use super::rows::Stand;
use super::shelf::Shelf;
use super::table::Bits;
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Layout, Range, Whole};
use crate::engine::fast::state::stored::Stored;
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
    /// The first bits of a mask, or none.
    slots: usize,
    lanes: usize,
    /// By slot, then lane; the key 0 is not known. Empty where nothing is kept.
    keys: Vec<K>,
    ranks: Ranks,
}

impl Firsts {
    /// Those of so many bits of a mask: of the kinds, which come first, and perhaps of the fields.
    pub(super) fn new(slots: usize, wholes: &[Whole], layout: &Layout) -> Self {
        match layout.bits() < u64::BITS {
            true => Self::Short(Known::new(slots, wholes, layout)),
            false => Self::Long(Known::new(slots, wholes, layout)),
        }
    }

    /// Nothing is known any more, as keys are laid out otherwise.
    pub(super) fn widen(&mut self, layout: &Layout) {
        let (slots, wholes) = of_known!(self, known => (known.slots, known.ranks.wholes().to_vec()));
        *self = Self::new(slots, &wholes, layout);
    }

    /// Which instances have some bits is another matter than before: their firsts are not known any more.
    pub(super) fn forget(&mut self, of: Bits) {
        of_known!(self, known => known.forget(of));
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

    /// Any firsts are kept.
    #[inline]
    pub(super) fn are_any_kept(&self) -> bool {
        of_known!(self, known => !known.keys.is_empty())
    }

    /// Firsts with what is asked for are kept.
    #[inline]
    pub(crate) fn are_kept(&self, asked: Bits) -> bool {
        of_known!(self, known => known.slot(asked).is_some())
    }

    /// Keeps the lanes whose firsts are least by a part of the order; each has an instance with what is asked for.
    #[inline]
    pub(crate) fn keep_least<'s>(
        &mut self,
        asked: Bits,
        part: usize,
        left: &mut LaneSet,
        shelf: impl Fn(usize) -> &'s Shelf,
    ) {
        if !left.is_single() {
            of_known!(self, known => known.keep_least(asked, part, left, shelf));
        }
    }

    /// The least id among the firsts of some lanes, each of which has an instance with what is asked for.
    #[inline]
    pub(crate) fn least_id<'s>(
        &mut self,
        asked: Bits,
        left: &LaneSet,
        shelf: impl Fn(usize) -> &'s Shelf,
    ) -> Option<u32> {
        of_known!(self, known => known.least_id(asked, left, shelf))
    }

    /// The least key in some lanes, each of which has an instance with what is asked for; leaves the lanes that may have it.
    pub(crate) fn least<'s>(
        &mut self,
        asked: Bits,
        left: &mut LaneSet,
        shelf: impl Fn(usize) -> &'s Shelf,
    ) -> Option<Key> {
        of_known!(self, known => known.least(asked, left, shelf))
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
    fn new(slots: usize, wholes: &[Whole], layout: &Layout) -> Self {
        let lanes = wholes.len();
        let slots = if lanes > FEW && slots * lanes <= MOST { slots } else { 0 };
        let ranks = Ranks::new(slots, wholes, layout, slots > 0 && lanes > MANY);
        Self { slots, lanes, keys: vec![K::LEAST; slots * lanes], ranks }
    }

    #[inline]
    fn changed(&mut self, lane: usize, from: Stand<'_>, to: Stand<'_>, behind: Option<Stand<'_>>) {
        if self.keys.is_empty() {
            return;
        }
        let Self { slots, lanes, keys, ranks } = self;
        let [was, is] = [from, to].map(|stand| ranks.rank(lane, K::of(stand.key)));
        let now = K::of(to.key);
        // A change makes no other key a first than that, or the one behind.
        let behind_it = ranks.rank(lane, behind.map_or(K::LEAST, |behind| K::of(behind.key)));
        for word in 0..slots.div_ceil(64) {
            let step = Moved::new(word, from, to, behind);
            // Bits that are no slots have no rank.
            for bit in bits((step.before | step.now) & ranks.concerned(lane, word, was.rank, is.rank)) {
                let slot = word * 64 + bit;
                let first = &mut keys[slot * *lanes + lane];
                let next = step.first(bit, *first);
                if next != *first {
                    *first = next;
                    let rank = if next == now { is } else { behind_it };
                    let is_known = next != K::LEAST;
                    ranks.set(lane, slot, Ranked { is_known, ..rank });
                }
            }
        }
    }

    fn forget(&mut self, Bits { word, bits: of }: Bits) {
        for slot in bits(of).map(|bit| word * 64 + bit).filter(|&slot| slot < self.slots) {
            for lane in 0..self.lanes {
                self.keys[slot * self.lanes + lane] = K::LEAST;
                self.ranks.set(lane, slot, self.ranks.rank(lane, K::LEAST));
            }
        }
    }

    /// The slot of what is asked for, if its firsts are kept.
    #[inline]
    fn slot(&self, asked: Bits) -> Option<usize> {
        Some(asked.number()).filter(|&slot| slot < self.slots)
    }

    #[inline]
    fn get(&mut self, lane: usize, asked: Bits, shelf: &Shelf) -> K {
        self.first(lane, self.slot(asked), asked, || shelf)
    }

    /// The same where the slot is at hand.
    #[inline(always)]
    fn first<'s>(&mut self, lane: usize, slot: Option<usize>, asked: Bits, shelf: impl FnOnce() -> &'s Shelf) -> K {
        let known = slot.map_or(K::LEAST, |slot| self.keys[slot * self.lanes + lane]);
        if known == K::LEAST { self.search(lane, slot, asked, shelf()) } else { known }
    }

    #[inline(never)]
    fn search(&mut self, lane: usize, slot: Option<usize>, asked: Bits, shelf: &Shelf) -> K {
        let first = K::of(shelf.first(asked, Range::ALL).expect("the lane has an instance with what is asked for"));
        if let Some(slot) = slot {
            self.keys[slot * self.lanes + lane] = first;
            self.ranks.set(lane, slot, self.ranks.rank(lane, first));
        }
        first
    }

    fn keep_least<'s>(&mut self, asked: Bits, part: usize, left: &mut LaneSet, shelf: impl Fn(usize) -> &'s Shelf) {
        if part == 0 {
            self.keep_likely(asked, left, &shelf);
        }
        let (slot, field) = (self.slot(asked), self.ranks.field(part));
        let mut best = None;
        left.keep_best(|lane| {
            let first = self.first(lane, slot, asked, || shelf(lane));
            let share = field.share(first, self.ranks.whole(lane));
            let compared = best.map_or(Ordering::Less, |best| share.compare(best));
            best = if compared.is_lt() { Some(share) } else { best };
            compared
        });
    }

    fn least_id<'s>(&mut self, asked: Bits, left: &LaneSet, shelf: impl Fn(usize) -> &'s Shelf) -> Option<u32> {
        let slot = self.slot(asked);
        left.lanes()
            .map(|lane| {
                let first = self.first(lane, slot, asked, || shelf(lane));
                self.ranks.layout().id_of(first.key())
            })
            .min()
    }

    /// Of many lanes, leaves out most whose firsts are not least by the first part of the order.
    fn keep_likely<'s>(&mut self, asked: Bits, left: &mut LaneSet, shelf: impl Fn(usize) -> &'s Shelf) {
        looks::look(left.words().len());
        let Some(slot) = self.slot(asked).filter(|_| self.ranks.are_many() && !left.is_single()) else { return };
        for (word, &among) in left.words().iter().enumerate() {
            for lane in bits(self.ranks.unknown(slot, word) & among).map(|bit| word * 64 + bit) {
                self.search(lane, Some(slot), asked, shelf(lane));
            }
        }
        self.ranks.keep_least_rank(slot, left.words_mut());
    }

    fn least<'s>(&mut self, asked: Bits, left: &mut LaneSet, shelf: impl Fn(usize) -> &'s Shelf) -> Option<Key> {
        self.keep_likely(asked, left, &shelf);
        let slot = self.slot(asked);
        let found = if slot.is_some() {
            left.lanes().map(|lane| self.first(lane, slot, asked, || shelf(lane)).key()).min()
        } else {
            // What is behind the best of the lanes before need not be found.
            Some(left.lanes().fold(Key::MAX, |end, lane| shelf(lane).least(asked, end)))
        };
        found.filter(|least| *least < K::NONE.key())
    }

    #[inline]
    fn least_of_few<'s>(&mut self, kind: Bits, lanes: u64, shelf: impl Fn(usize) -> &'s Shelf) -> Option<Key> {
        looks::look(1);
        if let Some(slot) = self.slot(kind) {
            return bits(lanes).map(|lane| self.first(lane, Some(slot), kind, || shelf(lane))).min().map(Stored::key);
        }
        // What is behind the best of the lanes before need not be found.
        let least = bits(lanes).fold(Key::MAX, |end, lane| shelf(lane).least(kind, end));
        Some(least).filter(|least| *least < K::NONE.key())
    }

    fn bytes(&self) -> usize {
        self.keys.len() * size_of::<K>() + self.ranks.bytes()
    }

    /// Searches again for every first that is taken for known.
    fn validate<'s>(&self, shelf: impl Fn(usize) -> &'s Shelf) -> Result<(), String> {
        for (place, &first) in self.keys.iter().enumerate() {
            let (slot, lane) = (place / self.lanes, place % self.lanes);
            let kept = first != K::LEAST;
            let asked = Bits::of_number(slot);
            if !self.ranks.agrees(lane, slot, first) {
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
    use crate::engine::fast::state::parts::Part;
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
            let layout = Layout::new(&[part], &[whole], 1 << 8).unwrap();
            let mut shelves = vec![Shelf::new(1, layout.bits(), false); 70];
            let key = |value: u64| (Key::from(value) << 9) + Key::from(value % 2);
            let mut firsts = Firsts::new(2, &[whole; 70], &layout);
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
