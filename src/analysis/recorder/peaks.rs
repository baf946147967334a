//! Which tasks lived at the moments of most reserved cpu, of most reserved memory, and of most reserved GPUs where there
//! are some, for the bounds that need to know.
//!
//! Only states that last count: what comes and goes within one millisecond is no peak, as for every other figure.
//!
//! # Cost
//! Constant for an event. Nothing is copied at a new peak: for each kind of task the change since the peak is kept,
//! stamped with the number of the peak, so that a new peak makes all older changes void at once. At the end the
//! changes are taken off the counts.

use crate::model::{RequestId, SimTime, TaskCount};

/// Counts of living tasks by kind, now and at the peaks of `N` resources.
#[derive(Clone, Debug)]
pub(super) struct Peaks<const N: usize> {
    kinds: Vec<Kind<N>>,
    /// The most of each resource that was reserved.
    most: [u64; N],
    /// The number of the peak of each resource.
    peak: [u32; N],
    settled: SimTime,
}

/// Living tasks of one kind.
#[derive(Clone, Copy, Debug)]
struct Kind<const N: usize> {
    now: u32,
    /// For each resource, the change since a peak, and which peak that was.
    since: [(i32, u32); N],
}

impl<const N: usize> Peaks<N> {
    /// No task lives.
    pub(super) fn new(kinds: usize) -> Self {
        let none = Kind { now: 0, since: [(0, 0); N] };
        Self { kinds: vec![none; kinds], most: [0; N], peak: [0; N], settled: SimTime::ZERO }
    }

    /// Something is about to happen, and these amounts were reserved until now.
    #[inline]
    pub(super) fn settle(&mut self, at: SimTime, reserved: [u64; N]) {
        if at > self.settled {
            self.settled = at;
            self.look(reserved);
        }
    }

    /// The last state of the run counts though no time passes.
    pub(super) fn look(&mut self, reserved: [u64; N]) {
        for (r, reserved) in reserved.into_iter().enumerate() {
            if reserved > self.most[r] {
                self.most[r] = reserved;
                self.peak[r] += 1;
            }
        }
    }

    /// A task starts.
    #[inline]
    pub(super) fn start(&mut self, request: RequestId) {
        let kind = &mut self.kinds[request.index()];
        kind.now += 1;
        kind.change(1, self.peak);
    }

    /// A task stops.
    #[inline]
    pub(super) fn stop(&mut self, request: RequestId) {
        let kind = &mut self.kinds[request.index()];
        kind.now -= 1;
        kind.change(-1, self.peak);
    }

    /// The tasks of each kind at the peak of each resource.
    pub(super) fn tasks(&self) -> [Vec<TaskCount>; N] {
        std::array::from_fn(|r| {
            let at_peak = |kind: &Kind<N>| {
                let (change, peak) = kind.since[r];
                let since = if peak == self.peak[r] { i64::from(change) } else { 0 };
                u64::try_from(i64::from(kind.now) - since).expect("no fewer than no tasks")
            };
            let counts = self.kinds.iter().map(at_peak).enumerate().filter(|&(_, count)| count > 0);
            counts.map(|(index, count)| TaskCount { request: RequestId::from_index(index), count }).collect()
        })
    }
}

impl<const N: usize> Kind<N> {
    #[inline]
    fn change(&mut self, by: i32, peaks: [u32; N]) {
        for ((change, stamp), peak) in self.since.iter_mut().zip(peaks) {
            *change = if *stamp == peak { *change + by } else { by };
            *stamp = peak;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZES: [[u64; 2]; 3] = [[5, 1], [1, 5], [3, 3]];

    proptest! {
        /// The tasks at a peak are those that lived when the recount was first as large, at a moment that lasted.
        #[test]
        fn the_tasks_of_a_peak_are_those_of_a_recount(
            events in prop::collection::vec((0_usize..3, any::<bool>(), 0_u64..2), 0..60),
        ) {
            let mut peaks = Peaks::<2>::new(3);
            let (mut now, mut living) = (0, [0_u64; 3]);
            let (mut most, mut at_peak) = ([0; 2], [[0_u64; 3]; 2]);
            let sum = |living: &[u64; 3], r: usize| (0..3).map(|kind| living[kind] * SIZES[kind][r]).sum::<u64>();
            let recount = |living: &[u64; 3], most: &mut [u64; 2], at_peak: &mut [[u64; 3]; 2]| {
                for r in 0..2 {
                    if sum(living, r) > most[r] {
                        most[r] = sum(living, r);
                        at_peak[r] = *living;
                    }
                }
            };
            for (kind, starts, wait) in events {
                if wait > 0 {
                    recount(&living, &mut most, &mut at_peak);
                }
                now += wait;
                peaks.settle(SimTime(now), [sum(&living, 0), sum(&living, 1)]);
                let request = RequestId::from_index(kind);
                if starts {
                    living[kind] += 1;
                    peaks.start(request);
                } else if living[kind] > 0 {
                    living[kind] -= 1;
                    peaks.stop(request);
                }
            }
            recount(&living, &mut most, &mut at_peak);
            peaks.look([sum(&living, 0), sum(&living, 1)]);
            for (found, expected) in peaks.tasks().iter().zip(at_peak) {
                let mut counts = [0; 3];
                found.iter().for_each(|of| counts[of.request.index()] = of.count);
                prop_assert_eq!(counts, expected);
            }
        }
    }
}
