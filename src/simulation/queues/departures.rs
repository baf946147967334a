//! Living tasks that will end, in the order in which they will: a radix heap of base 256.
//!
//! Time never runs backwards in a run, so a monotone queue is enough, and its order is exact: earliest first, equal
//! times in the order of arrival. The queue holds the tasks themselves, not references to them; it is the only place
//! where a mortal task is remembered.
//!
//! # Invariants
//! 1. `now` is the time of the last pop; no entry is earlier.
//! 2. An entry lies on the level of the highest base-256 digit in which its time differs from `now` (level 0 if none
//!    does), in the slot of that digit. So all entries of a level come before all of a higher level, and the slots of
//!    a level are in time order.
//! 3. Within a slot, entries are in the order of their pushes: a slot is only spread into empty lower levels.
//! 4. Each slot knows its earliest entry.
//!
//! # Cost
//! An entry is moved at most once per level that its life spans, twice for a life of hours, by sequential copies.
//! The bench to watch is `simulation/departures`.
//!
//! # Source
//! Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for the shortest path problem", J. ACM 37, 1990 (radix heaps).

use super::chains::{Chain, Pool};
use crate::model::{InstanceId, RequestId, SimTime};

/// A counted task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LiveTask {
    pub(crate) number: u64,
    pub(crate) request: RequestId,
    pub(crate) instance: InstanceId,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    ends: SimTime,
    task: LiveTask,
}

/// Entries that agree with `now` above the digit of their level, and with each other in that digit.
#[derive(Clone, Copy, Debug)]
struct Slot {
    earliest: SimTime,
    entries: Chain,
}

impl Slot {
    const EMPTY: Self = Self { earliest: NEVER, entries: Chain::EMPTY };
}

const DIGIT_BITS: usize = 8;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64 / DIGIT_BITS;
const NEVER: SimTime = SimTime(u64::MAX);

#[derive(Clone, Debug)]
pub(crate) struct Departures {
    now: SimTime,
    /// Time of the earliest entry; the far end of time if there is none.
    earliest: SimTime,
    /// Bit `s % 64` of word `s / 64`: slot `s` is not empty.
    occupied: [u64; LEVELS * SLOTS / 64],
    /// Level 0 first.
    slots: Vec<Slot>,
    entries: Pool<Entry>,
}

impl Default for Departures {
    fn default() -> Self {
        Self {
            now: SimTime::ZERO,
            earliest: NEVER,
            occupied: [0; LEVELS * SLOTS / 64],
            slots: vec![Slot::EMPTY; LEVELS * SLOTS],
            entries: Pool::new(),
        }
    }
}

impl Departures {
    /// When the next task ends; the far end of time if none will.
    #[inline]
    pub(crate) fn next_time(&self) -> SimTime {
        self.earliest
    }

    /// # Panics
    /// If `ends` lies before the last pop.
    #[inline]
    pub(crate) fn push(&mut self, ends: SimTime, task: LiveTask) {
        assert!(ends >= self.now, "a task would end in the past");
        self.insert(Entry { ends, task });
        self.earliest = self.earliest.min(ends);
    }

    /// Hints that a task which ends then will be pushed soon.
    #[inline]
    pub(crate) fn expect_push(&self, ends: SimTime) {
        self.entries.expect_push(self.slots[position_of(ends, self.now)].entries);
    }

    /// The next task that ends at `at`, which must be [`Departures::next_time`] when first asked; `None` once all
    /// have been given. Tells `announce` of tasks that will end soon after.
    #[inline]
    pub(crate) fn pop_at(&mut self, at: SimTime, announce: impl FnMut(LiveTask)) -> Option<LiveTask> {
        if self.earliest != at {
            return None;
        }
        if self.now != at {
            self.advance(at, announce);
        }
        let position = digit(at, 0);
        let slot = &mut self.slots[position];
        let task = self.entries.pop(&mut slot.entries).task;
        if slot.entries.is_empty() {
            self.vacate(position);
            self.earliest = self.find_earliest();
        }
        Some(task)
    }

    /// Every living task, slot by slot.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(LiveTask)) {
        for slot in &self.slots {
            self.entries.iter(slot.entries).for_each(|entry| visit(entry.task));
        }
    }

    /// Takes out every task for which `is_lost` holds.
    pub(crate) fn remove_where(&mut self, mut is_lost: impl FnMut(LiveTask) -> bool, mut lost: impl FnMut(LiveTask)) {
        for position in 0..self.slots.len() {
            let mut entries = self.vacate(position);
            while !entries.is_empty() {
                let entry = self.entries.pop(&mut entries);
                if is_lost(entry.task) {
                    lost(entry.task);
                } else {
                    self.insert(entry);
                }
            }
        }
        self.earliest = self.find_earliest();
    }

    /// Moves `now` to the earliest entry and spreads the one slot that this breaks up over the levels below.
    #[inline]
    fn advance(&mut self, at: SimTime, mut announce: impl FnMut(LiveTask)) {
        let position = position_of(at, self.now);
        self.now = at;
        if position < SLOTS {
            return;
        }
        let mut entries = self.vacate(position);
        while !entries.is_empty() {
            let entry = self.entries.pop(&mut entries);
            self.insert(entry);
            if position < 2 * SLOTS {
                announce(entry.task);
            }
        }
    }

    #[inline]
    fn insert(&mut self, entry: Entry) {
        let position = position_of(entry.ends, self.now);
        self.occupied[position / 64] |= 1 << (position % 64);
        let slot = &mut self.slots[position];
        slot.earliest = slot.earliest.min(entry.ends);
        self.entries.push(&mut slot.entries, entry);
    }

    /// Empties a slot and answers what was there.
    #[inline]
    fn vacate(&mut self, position: usize) -> Chain {
        self.occupied[position / 64] &= !(1 << (position % 64));
        std::mem::replace(&mut self.slots[position], Slot::EMPTY).entries
    }

    #[inline]
    fn find_earliest(&self) -> SimTime {
        let Some(word) = self.occupied.iter().position(|&slots| slots != 0) else { return NEVER };
        self.slots[64 * word + self.occupied[word].trailing_zeros() as usize].earliest
    }
}

/// The slot of a time, as of `now`: on the level of the highest digit in which they differ.
#[inline]
fn position_of(time: SimTime, now: SimTime) -> usize {
    let highest_bit = 63 - ((time.0 ^ now.0) | 1).leading_zeros() as usize;
    let level = highest_bit / DIGIT_BITS;
    level * SLOTS + digit(time, level)
}

#[inline]
fn digit(time: SimTime, level: usize) -> usize {
    usize::try_from(time.0 >> (level * DIGIT_BITS) & (SLOTS as u64 - 1)).expect("a digit is small")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn task(number: u64) -> LiveTask {
        LiveTask { number, request: RequestId(0), instance: InstanceId(u32::try_from(number % 5).unwrap()) }
    }

    proptest! {
        /// Against the definition: a list sorted by (time, order of arrival).
        #[test]
        fn tasks_end_in_order_of_time_then_arrival(
            steps in prop::collection::vec((0u64..3, prop_oneof![0u64..4, 0u64..200, 0u64..1 << 40]), 0..200),
            lost in 0u32..8,
        ) {
            let mut queue = Departures::default();
            let mut model: Vec<(u64, u64)> = Vec::new();
            let mut now = 0;
            for (number, (kind, value)) in (0u64..).zip(steps) {
                match kind {
                    0 | 1 => {
                        queue.push(SimTime(now + value), task(number));
                        model.push((now + value, number));
                    }
                    _ => {
                        model.sort_unstable();
                        let next = model.first().map_or(u64::MAX, |entry| entry.0);
                        prop_assert_eq!(queue.next_time(), SimTime(next));
                        if let Some(expected) = (!model.is_empty()).then(|| model.remove(0)) {
                            now = expected.0;
                            let popped = queue.pop_at(SimTime(now), |_| ()).map(|task| task.number);
                            prop_assert_eq!(popped, Some(expected.1));
                        }
                    }
                }
                if number == 100 {
                    let mut removed = 0;
                    queue.remove_where(|task| task.instance.0 == lost, |_| removed += 1);
                    let before = model.len();
                    model.retain(|&(_, number)| number % 5 != u64::from(lost));
                    prop_assert_eq!(removed, before - model.len());
                }
                let mut numbers = Vec::new();
                queue.for_each(|task| numbers.push(task.number));
                numbers.sort_unstable();
                let mut expected: Vec<u64> = model.iter().map(|entry| entry.1).collect();
                expected.sort_unstable();
                prop_assert_eq!(numbers, expected);
            }
        }
    }
}
