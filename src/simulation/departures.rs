//! Living tasks that will end, in the order in which they will: a radix heap of base 64.
//!
//! Time never runs backwards in a run, so a monotone queue is enough, and its order is exact: earliest first, equal
//! times in the order of arrival. The queue holds the tasks themselves, not references to them; it is the only place
//! where a mortal task is remembered.
//!
//! # Invariants
//! 1. `now` is the time of the last pop; no entry is earlier.
//! 2. An entry lies on the level of the highest base-64 digit in which its time differs from `now` (level 0 if none
//!    does), in the slot of that digit. So all entries of a level come before all of a higher level, and the slots of
//!    a level are in time order.
//! 3. Within a slot, entries are in the order of their pushes: a slot is only spread into empty lower levels.
//!
//! # Cost
//! An entry is moved at most once per level that its life spans, four times for a life of hours, by sequential copies.
//! The bench to watch is `simulation/departures`.
//!
//! # Source
//! Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for the shortest path problem", J. ACM 37, 1990 (radix heaps).

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

const DIGIT_BITS: u32 = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64usize.div_ceil(DIGIT_BITS as usize);
/// Slots keep at most this much memory once they are empty.
const KEPT_CAPACITY: usize = 256;

#[derive(Debug)]
pub(crate) struct Departures {
    now: SimTime,
    len: usize,
    /// Time of the earliest entry; the far end of time if there is none.
    earliest: SimTime,
    /// Bit `s` of `occupied[l]`: slot `s` of level `l` is not empty.
    occupied: [u64; LEVELS],
    slots: Vec<Vec<Entry>>,
    /// Entries of the present moment that are already popped from the front of their slot.
    popped: usize,
}

impl Departures {
    pub(crate) fn new() -> Self {
        Self {
            now: SimTime::ZERO,
            len: 0,
            earliest: SimTime(u64::MAX),
            occupied: [0; LEVELS],
            slots: (0..LEVELS * SLOTS).map(|_| Vec::new()).collect(),
            popped: 0,
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.len
    }

    /// When the next task ends; the far end of time if none will.
    pub(crate) fn next_time(&self) -> SimTime {
        self.earliest
    }

    /// # Panics
    /// If `ends` lies before the last pop.
    pub(crate) fn push(&mut self, ends: SimTime, task: LiveTask) {
        assert!(ends >= self.now, "a task would end in the past");
        self.insert(Entry { ends, task });
        self.len += 1;
        self.earliest = self.earliest.min(ends);
    }

    /// The next task that ends at `at`, which must be [`Departures::next_time`] when first asked; `None` once all
    /// have been given. Tells `announce` of tasks that will end soon after.
    pub(crate) fn pop_at(&mut self, at: SimTime, announce: impl FnMut(LiveTask)) -> Option<LiveTask> {
        if self.earliest != at {
            return None;
        }
        if self.now != at {
            self.advance(at, announce);
        }
        let (level, slot) = (0, digit(at, 0));
        let entries = &mut self.slots[index(level, slot)];
        let task = entries[self.popped].task;
        self.popped += 1;
        self.len -= 1;
        if self.popped == entries.len() {
            entries.clear();
            self.popped = 0;
            self.occupied[level] &= !(1 << slot);
            self.earliest = self.find_earliest();
        }
        Some(task)
    }

    /// Every living task, slot by slot.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(LiveTask)) {
        for (position, slot) in self.slots.iter().enumerate() {
            slot[self.popped_from(position)..].iter().for_each(|entry| visit(entry.task));
        }
    }

    /// Takes out every task for which `is_lost` holds.
    pub(crate) fn remove_where(&mut self, mut is_lost: impl FnMut(LiveTask) -> bool, mut lost: impl FnMut(LiveTask)) {
        for position in 0..self.slots.len() {
            let popped = self.popped_from(position);
            let slot = &mut self.slots[position];
            slot.drain(..popped);
            let before = slot.len();
            slot.retain(|entry| {
                let remove = is_lost(entry.task);
                if remove {
                    lost(entry.task);
                }
                !remove
            });
            self.len -= before - slot.len();
            if slot.is_empty() {
                self.occupied[position / SLOTS] &= !(1 << (position % SLOTS));
            }
        }
        self.popped = 0;
        self.earliest = self.find_earliest();
    }

    fn popped_from(&self, position: usize) -> usize {
        if position == index(0, digit(self.now, 0)) { self.popped } else { 0 }
    }

    /// Moves `now` to the earliest entry and spreads the one slot that this breaks up over the levels below.
    fn advance(&mut self, at: SimTime, mut announce: impl FnMut(LiveTask)) {
        let level = level_of(at, self.now);
        self.now = at;
        if level == 0 {
            return;
        }
        let slot = digit(at, level);
        self.occupied[level] &= !(1 << slot);
        let mut entries = std::mem::take(&mut self.slots[index(level, slot)]);
        for &entry in &entries {
            self.insert(entry);
            if level == 1 {
                announce(entry.task);
            }
        }
        if entries.capacity() <= KEPT_CAPACITY {
            entries.clear();
            self.slots[index(level, slot)] = entries;
        }
    }

    fn insert(&mut self, entry: Entry) {
        let level = level_of(entry.ends, self.now);
        let slot = digit(entry.ends, level);
        self.occupied[level] |= 1 << slot;
        self.slots[index(level, slot)].push(entry);
    }

    fn find_earliest(&self) -> SimTime {
        let Some(level) = self.occupied.iter().position(|&slots| slots != 0) else { return SimTime(u64::MAX) };
        let slot = self.occupied[level].trailing_zeros() as usize;
        let entries = &self.slots[index(level, slot)];
        if level == 0 {
            return entries[0].ends;
        }
        entries.iter().map(|entry| entry.ends).min().unwrap_or(SimTime(u64::MAX))
    }
}

/// The level of the highest digit in which two times differ.
fn level_of(a: SimTime, b: SimTime) -> usize {
    let differing = a.0 ^ b.0;
    (63 - (differing | 1).leading_zeros() as usize) / DIGIT_BITS as usize
}

fn digit(time: SimTime, level: usize) -> usize {
    usize::try_from(time.0 >> (level * DIGIT_BITS as usize) & (SLOTS as u64 - 1)).expect("a digit is small")
}

fn index(level: usize, slot: usize) -> usize {
    level * SLOTS + slot
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
            let mut queue = Departures::new();
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
                prop_assert_eq!(queue.len(), model.len());
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
