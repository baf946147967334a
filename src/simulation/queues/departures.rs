//! Living tasks that will end, in the order in which they will: a radix heap of base 256 over windows of 256 ms, and the
//! windows that have come, sorted.
//!
//! Time never runs backwards in a run, so a monotone queue is enough, and its order is exact: earliest first, equal
//! times in the order of arrival. The queue holds the tasks themselves, not references to them; it is the only place
//! where a mortal task is remembered.
//!
//! # Invariants
//! 1. `window` is the last one that has come: its entries, and those of windows before it, are `due` or `late`; the heap holds
//!    those of later windows.
//! 2. An entry of the heap lies on the level of the highest base-256 digit in which its window differs from `window`, in the slot
//!    of that digit. So all entries of a level come before all of a higher level, and the slots of a level are in time order.
//! 3. Within a slot, entries are in the order of their pushes: a slot is only spread into empty lower levels.
//! 4. Each slot knows its earliest entry.
//! 5. `due` is sorted. What is pushed into a window that has come is `late`, and comes after what is due at the same time.
//! 6. A window comes when time does, or one window before it where few are due: so it is known some time ahead which tasks end.
//!
//! # Cost
//! An entry is moved at most once per level that its life spans, twice for a life of hours, by sequential copies; a window is
//! sorted, and a life that ends within a window that has come takes a place in a binary heap.
//! The bench to watch is `simulation/departures`.
//!
//! # Source
//! Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for the shortest path problem", J. ACM 37, 1990 (radix heaps).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::chains::{Chain, Pool};
use crate::model::{InstanceId, RequestId, SimTime};

/// A counted task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LiveTask {
    pub(crate) number: u64,
    pub(crate) request: RequestId,
    pub(crate) instance: InstanceId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    ends: SimTime,
    task: LiveTask,
}

impl Entry {
    fn window(&self) -> u64 {
        window_of(self.ends)
    }
}

/// An entry of a window that has come, in the order of ends and pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Late {
    /// How many were late before it.
    push: u64,
    entry: Entry,
}

impl Ord for Late {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.entry.ends, self.push).cmp(&(other.entry.ends, other.push))
    }
}

impl PartialOrd for Late {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Entries that agree with `window` above the digit of their level, and with each other in that digit.
#[derive(Clone, Copy, Debug)]
struct Slot {
    earliest: SimTime,
    entries: Chain,
}

impl Slot {
    const EMPTY: Self = Self { earliest: NEVER, entries: Chain::EMPTY };
}

const WINDOW_BITS: usize = 8;
const DIGIT_BITS: usize = 8;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = (64 - WINDOW_BITS) / DIGIT_BITS;
const NEVER: SimTime = SimTime(u64::MAX);
/// So many departures ahead a task is announced, where the windows that have come hold as many.
const AHEAD: usize = 12;

#[derive(Clone, Debug)]
pub(crate) struct Departures {
    /// Time of the last pop; nothing is earlier.
    now: SimTime,
    /// Time of the earliest entry; the far end of time if there is none.
    earliest: SimTime,
    due: VecDeque<Entry>,
    /// How many of those are announced.
    announced: usize,
    late: BinaryHeap<Reverse<Late>>,
    /// How many were ever late.
    pushes: u64,
    window: u64,
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
            due: VecDeque::new(),
            announced: 0,
            late: BinaryHeap::new(),
            pushes: 0,
            window: 0,
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
        let entry = Entry { ends, task };
        if entry.window() > self.window {
            self.insert(entry);
        } else {
            self.late.push(Reverse(Late { push: self.pushes, entry }));
            self.pushes += 1;
        }
        self.earliest = self.earliest.min(ends);
    }

    /// Hints that a task which ends then will be pushed soon.
    #[inline]
    pub(crate) fn expect_push(&self, ends: SimTime) {
        let window = window_of(ends);
        if window > self.window {
            self.entries.expect_push(self.slots[position_of(window, self.window)].entries);
        }
    }

    /// The next task that ends at `at`, which must be [`Departures::next_time`] when first asked; `None` once all
    /// have been given. Tells `announce` of tasks that will end soon after.
    #[inline]
    pub(crate) fn pop_at(&mut self, at: SimTime, mut announce: impl FnMut(LiveTask)) -> Option<LiveTask> {
        if self.earliest != at {
            return None;
        }
        self.now = at;
        if window_of(at) > self.window {
            self.bring(window_of(at));
        }
        let is_due = self.due.front().is_some_and(|entry| entry.ends == at);
        let entry = if is_due {
            self.announced = self.announced.saturating_sub(1);
            self.due.pop_front()
        } else {
            self.late.pop().map(|Reverse(late)| late.entry)
        };
        self.look_ahead(&mut announce);
        self.earliest = self.find_earliest();
        entry.map(|entry| entry.task)
    }

    /// Every living task, in no order that says anything.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(LiveTask)) {
        self.due.iter().chain(self.late.iter().map(|Reverse(late)| &late.entry)).for_each(|entry| visit(entry.task));
        for slot in self.slots.iter().filter(|slot| !slot.entries.is_empty()) {
            self.entries.iter(slot.entries).for_each(|entry| visit(entry.task));
        }
    }

    /// Takes out every task for which `is_lost` holds.
    pub(crate) fn remove_where(&mut self, mut is_lost: impl FnMut(LiveTask) -> bool, mut lost: impl FnMut(LiveTask)) {
        let mut stays = |entry: &Entry| {
            let is_lost = is_lost(entry.task);
            if is_lost {
                lost(entry.task);
            }
            !is_lost
        };
        self.due.retain(&mut stays);
        // Announcing is a hint: some may be announced twice.
        self.announced = 0;
        self.late.retain(|Reverse(late)| stays(&late.entry));
        for position in 0..self.slots.len() {
            let mut entries = self.vacate(position);
            while !entries.is_empty() {
                let entry = self.entries.pop(&mut entries);
                if stays(&entry) {
                    self.insert(entry);
                }
            }
        }
        self.earliest = self.find_earliest();
    }

    /// A window comes, which is the first of the heap: the one slot that this breaks up is spread over the levels below.
    fn bring(&mut self, window: u64) {
        let mut entries = self.vacate(position_of(window, self.window));
        self.window = window;
        let before = self.due.len();
        while !entries.is_empty() {
            let entry = self.entries.pop(&mut entries);
            if entry.window() == window {
                self.due.push_back(entry);
            } else {
                self.insert(entry);
            }
        }
        // Equal ones keep their order.
        self.due.make_contiguous()[before..].sort_by_key(|entry| entry.ends);
    }

    /// Announces what is to end next, and lets the window after this one come if few are due.
    #[inline]
    fn look_ahead(&mut self, announce: &mut impl FnMut(LiveTask)) {
        if self.due.len() < AHEAD && self.window <= window_of(self.now) {
            let next = self.window + 1;
            let position = position_of(next, self.window);
            // On a higher level, the slot of that digit begins with it, if with anything.
            if window_of(self.slots[position].earliest) == next {
                self.bring(next);
            }
        }
        while self.announced < self.due.len().min(AHEAD) {
            announce(self.due[self.announced].task);
            self.announced += 1;
        }
    }

    #[inline]
    fn insert(&mut self, entry: Entry) {
        let position = position_of(entry.window(), self.window);
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
        let due = self.due.front().map_or(NEVER, |entry| entry.ends);
        let late = self.late.peek().map_or(NEVER, |Reverse(late)| late.entry.ends);
        match due.min(late) {
            NEVER => self.earliest_of_heap(),
            known => known,
        }
    }

    fn earliest_of_heap(&self) -> SimTime {
        let Some(word) = self.occupied.iter().position(|&slots| slots != 0) else { return NEVER };
        self.slots[64 * word + self.occupied[word].trailing_zeros() as usize].earliest
    }
}

/// The window of a time.
#[inline]
fn window_of(time: SimTime) -> u64 {
    time.0 >> WINDOW_BITS
}

/// The slot of a window, as of `now`: on the level of the highest digit in which they differ.
#[inline]
fn position_of(window: u64, now: u64) -> usize {
    let highest_bit = 63 - ((window ^ now) | 1).leading_zeros() as usize;
    let level = highest_bit / DIGIT_BITS;
    level * SLOTS + digit(window, level)
}

#[inline]
fn digit(window: u64, level: usize) -> usize {
    usize::try_from(window >> (level * DIGIT_BITS) & (SLOTS as u64 - 1)).expect("a digit is small")
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
            steps in prop::collection::vec((0u64..3, prop_oneof![0u64..4, 0u64..200, 0u64..2_000, 0u64..1 << 40]), 0..200),
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

    /// Where tasks end one after another, each is announced once, in the order of ends, and in time.
    #[test]
    fn tasks_are_announced_before_they_end() {
        let (mut queue, mut announced, all) = (Departures::default(), Vec::new(), 200);
        (0..all).rev().for_each(|number| queue.push(SimTime(10_000 + 15 * number), task(number)));
        for number in 0..all {
            let ended = queue.pop_at(SimTime(10_000 + 15 * number), |soon| announced.push(soon.number)).unwrap();
            assert_eq!(ended.number, number);
            assert!(announced.len() as u64 >= (number + AHEAD as u64).min(all - 1), "{number}: {}", announced.len());
        }
        assert_eq!(announced, (1..all).collect::<Vec<_>>());
    }
}
