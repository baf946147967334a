//! Step functions of time, with their exact integrals and peaks.
//!
//! Nothing here knows what the quantities mean. Every quantity of a run is constant between events, so its integral
//! is a sum of rectangles; a group of quantities that change together shares one clock and is settled only when one
//! of them changes.

use crate::model::SimTime;

/// `N` quantities that change together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Steps<const N: usize> {
    values: [u64; N],
    integrals: [u128; N],
    peaks: [u64; N],
    settled: SimTime,
}

impl<const N: usize> Steps<N> {
    /// Quantities with these values at the start of the run.
    pub(super) fn from_start(values: [u64; N]) -> Self {
        Self { values, integrals: [0; N], peaks: [0; N], settled: SimTime::ZERO }
    }

    /// Every quantity grows.
    #[inline]
    pub(super) fn rise(&mut self, at: SimTime, by: [u64; N]) {
        self.settle(at);
        for (value, by) in self.values.iter_mut().zip(by) {
            *value += by;
        }
    }

    /// Every quantity shrinks.
    #[inline]
    pub(super) fn fall(&mut self, at: SimTime, by: [u64; N]) {
        self.settle(at);
        for (value, by) in self.values.iter_mut().zip(by) {
            *value -= by;
        }
    }

    /// Counts the values as having held until `at`. Doing so at more times than needed changes nothing.
    #[inline]
    pub(super) fn settle(&mut self, at: SimTime) {
        if at == self.settled {
            return;
        }
        let milliseconds = u128::from(at.since(self.settled).0);
        for (integral, value) in self.integrals.iter_mut().zip(self.values) {
            *integral += u128::from(value) * milliseconds;
        }
        self.raise_peaks();
        self.settled = at;
    }

    /// Counts the values as a state that lasts, though no time has passed yet: the last one of a run.
    pub(super) fn raise_peaks(&mut self) {
        for (peak, value) in self.peaks.iter_mut().zip(self.values) {
            *peak = value.max(*peak);
        }
    }

    /// The values now.
    pub(super) fn values(&self) -> [u64; N] {
        self.values
    }

    /// Value times milliseconds, up to the last change.
    pub(super) fn integrals(&self) -> [u128; N] {
        self.integrals
    }

    /// The largest values that lasted. What comes and goes within one millisecond is no peak, so the order of events
    /// at one time does not matter.
    pub(super) fn peaks(&self) -> [u64; N] {
        self.peaks
    }

    /// The same since it was last asked.
    pub(super) fn take_peaks(&mut self) -> [u64; N] {
        std::mem::replace(&mut self.peaks, [0; N])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// M3: U is 0 for 10 s, 5 for 10 s, 10 for 20 s.
    #[test]
    fn m3_integral_is_the_sum_of_rectangles() {
        let mut used = Steps::from_start([0]);
        used.rise(SimTime(10_000), [5]);
        used.rise(SimTime(20_000), [5]);
        used.settle(SimTime(40_000));
        assert_eq!(used.integrals(), [250_000]);
        assert_eq!(used.peaks(), [10]);
    }

    #[test]
    fn what_does_not_last_is_no_peak() {
        let mut steps = Steps::from_start([0]);
        steps.rise(SimTime(5), [7]);
        steps.fall(SimTime(5), [6]);
        steps.settle(SimTime(6));
        assert_eq!((steps.peaks(), steps.integrals()), ([1], [1]));
    }

    proptest! {
        /// P8: [0, t] + [t, h] = [0, h] for any t.
        #[test]
        fn p8_integrals_are_additive(
            changes in prop::collection::vec((0_u64..20, 0_u64..100), 0..40),
            cuts in prop::collection::vec(0_u64..400, 0..10),
        ) {
            let (mut whole, mut cut) = (Steps::from_start([3]), Steps::from_start([3]));
            let mut now = 0;
            for (wait, by) in changes {
                for &at in cuts.iter().filter(|&&at| (now..now + wait).contains(&at)).collect::<std::collections::BTreeSet<_>>() {
                    cut.settle(SimTime(at));
                }
                now += wait;
                whole.rise(SimTime(now), [by]);
                cut.rise(SimTime(now), [by]);
            }
            whole.settle(SimTime(now + 1));
            cut.settle(SimTime(now + 1));
            prop_assert_eq!(whole, cut);
        }
    }
}
