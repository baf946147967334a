//! Axes: round limits and ticks, and where a value lies between two pixels.

use crate::report::text::humane::Style;

/// An axis from `low` to `high` with a tick at every multiple of `step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Scale {
    pub(in crate::report) low: f64,
    pub(in crate::report) high: f64,
    pub(in crate::report) step: f64,
}

impl Scale {
    /// The axis that holds both values, with limits on ticks and at most `intervals` of them.
    pub(in crate::report) fn around(low: f64, high: f64, intervals: u32) -> Self {
        Self::with_steps(low, high, intervals, &[1.0, 2.0, 2.5, 5.0, 10.0])
    }

    /// The same for values that are whole numbers: no tick lies between two of them.
    pub(in crate::report) fn around_counts(low: f64, high: f64, intervals: u32) -> Self {
        let scale = Self::with_steps(low, high, intervals, &[1.0, 2.0, 5.0, 10.0]);
        if scale.step >= 1.0 {
            return scale;
        }
        let (low, high) = if high > low { (low, high) } else { ((low - 1.0).max(0.0), high + 1.0) };
        Self { low: low.floor(), high: high.ceil(), step: 1.0 }
    }

    /// Steps are those of `rounds` times a power of ten.
    fn with_steps(low: f64, high: f64, intervals: u32, rounds: &[f64]) -> Self {
        let (low, high) = if high - low > 1e-12 * high.abs().max(1e-9) { (low, high) } else { padded(low) };
        let mut step = round_step((high - low) / f64::from(intervals), rounds);
        loop {
            let scale =
                Self { low: (low / step + 1e-9).floor() * step, high: (high / step - 1e-9).ceil() * step, step };
            if (scale.high - scale.low) / step <= f64::from(intervals) + 1e-6 {
                return scale;
            }
            step = round_step(step * 1.01, rounds);
        }
    }

    /// An axis over simulated time, from 0, in seconds, with ticks where clocks have them.
    pub(in crate::report) fn of_time(end: f64, intervals: u32) -> Self {
        const DAY: f64 = 86_400.0;
        let steps = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0];
        let longer = [1.0, 2.0, 3.0, 4.0, 6.0, 12.0].map(|hours| hours * 3_600.0);
        let days = [1.0, 2.0, 7.0, 14.0, 28.0].map(|days| days * DAY);
        let mut all = steps.into_iter().chain(longer).chain(days);
        let step = all.find(|step| end / step <= f64::from(intervals));
        let step = step.unwrap_or_else(|| round_step(end / DAY / f64::from(intervals), &[1.0, 2.0, 5.0, 10.0]) * DAY);
        Self { low: 0.0, high: end.max(step * 1e-3), step }
    }

    /// The ticks from `low` to `high`.
    pub(in crate::report) fn ticks(self) -> Vec<f64> {
        let first = (self.low / self.step - 1e-6).ceil();
        let count = ((self.high - first * self.step) / self.step + 1e-6).floor().max(0.0);
        (0..64).map(f64::from).take_while(|tick| *tick <= count).map(|tick| (first + tick) * self.step).collect()
    }

    /// Where `value` lies when the axis runs from `start` to `end`.
    pub(in crate::report) fn place(self, value: f64, start: f64, end: f64) -> f64 {
        start + (value - self.low) / (self.high - self.low) * (end - start)
    }

    /// The labels of the ticks, all with the decimals that the step needs.
    pub(in crate::report) fn labels(self, style: Style) -> Vec<String> {
        let step = self.step / style.divisor();
        let decimals = (0..9).find(|&decimals| {
            let shifted = step * libm::pow(10.0, f64::from(u32::try_from(decimals).unwrap_or(0)));
            (shifted - shifted.round()).abs() < 1e-6 * shifted.max(1.0)
        });
        let style = style.with_decimals(decimals.unwrap_or(9));
        self.ticks().into_iter().map(|tick| style.number(tick)).collect()
    }
}

/// Room around a single value: one unit for counts, a tenth of the value above that.
fn padded(value: f64) -> (f64, f64) {
    if value.abs() < 1e-9 { (0.0, 1.0) } else { (value - value.abs() * 0.1, value + value.abs() * 0.1) }
}

/// The least of `rounds` times a power of ten that is not below `least`; `rounds` rise from 1 to 10.
fn round_step(least: f64, rounds: &[f64]) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    let step = rounds.iter().map(|round| round * power).find(|step| *step >= least * (1.0 - 1e-9));
    step.unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::catalogue::Unit;

    #[test]
    fn limits_are_round_and_hold_the_values() {
        let check = |low, high, expected: (f64, f64, f64)| {
            let scale = Scale::around(low, high, 5);
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * b.abs().max(1.0);
            let found = (scale.low, scale.high, scale.step);
            let same = close(found.0, expected.0) && close(found.1, expected.1) && close(found.2, expected.2);
            assert!(same, "{low}..{high}: {found:?}");
        };
        check(0.0, 0.73, (0.0, 0.8, 0.2));
        check(0.0, 1_000.0, (0.0, 1_000.0, 200.0));
        check(812.0, 840.0, (810.0, 840.0, 10.0));
        check(0.0, 0.0, (0.0, 1.0, 0.2));
        check(-3.0, 7.0, (-5.0, 7.5, 2.5));
    }

    #[test]
    fn ticks_are_labelled_with_the_decimals_they_need() {
        let share = Style::of(Unit::Share, 0.5, 0.0);
        assert_eq!(Scale::around(0.0, 1.0, 5).labels(share), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(Scale::around(0.0, 0.01, 5).labels(share), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        let hours = Style::seconds(6.0 * 3_600.0);
        assert_eq!(Scale::of_time(6.0 * 3_600.0, 8).labels(hours), ["0", "1", "2", "3", "4", "5", "6"]);
        let count = Style::of(Unit::Count, 2.0, 0.0);
        assert_eq!(Scale::around_counts(0.0, 2.0, 5).labels(count), ["0", "1", "2"]);
        assert_eq!(Scale::around_counts(0.0, 0.0, 5).labels(count), ["0", "1"]);
        assert_eq!(Scale::around_counts(19.7, 30.0, 5).labels(count), ["15", "20", "25", "30"]);
    }

    #[test]
    fn any_values_give_few_ticks_within_the_limits() {
        for low in [0.0, 1e-7, 0.3, 1.0, 17.0, 1e6, 123_456_789.0] {
            for width in [0.0, 1e-6, 0.1, 1.0, 33.0, 1e5, 1e12] {
                let scale = Scale::around(low, low + width, 6);
                assert!(scale.low <= low + 1e-6 * low && scale.high >= (low + width) * (1.0 - 1e-6), "{scale:?}");
                assert!((2..=7).contains(&scale.ticks().len()), "{low} {width} {scale:?} {:?}", scale.ticks());
            }
        }
    }
}
