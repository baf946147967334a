//! When the tasks of one source arrive.
//!
//! A clock tells one time after another and never one before the last. It knows nothing of shapes, lives, counts
//! or the horizon.
//!
//! Elapsed time is an exact integer sum of gaps, each rounded to the nearest nanosecond: it does not drift however
//! many there are (10^8 roundings move the last arrival by about 3 microseconds), and it lasts 584 years. Times are
//! told in whole milliseconds, rounded down, so an arrival is before a horizon or inside an hour exactly when its
//! nanoseconds are.
//!
//! # Sources
//! Thinning: Lewis, Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", Naval Research Logistics
//! Quarterly 26(3), 1979.

use super::keyed::{Draws, Origin, Purpose};
use super::quantile::nearest;
use super::weighted::Weighted;
use crate::model::{Arrivals, SimSpan, SimTime};

const NANOS_PER_HOUR: f64 = 3.6e12;
const NANOS_PER_MILLI: u64 = 1_000_000;
const MILLIS_PER_DAY: u64 = 24 * SimSpan::HOUR.0;

/// The arrival times of one source.
#[derive(Clone, Debug)]
pub(super) enum Clock {
    /// Always the same time.
    AtOnce(SimTime),
    /// A Poisson process.
    Poisson(Poisson),
    /// Batches at the times of a Poisson process.
    Batches(Batches),
    /// A Poisson process, thinned.
    Thinned(Thinned),
}

impl Clock {
    pub(super) fn new(arrivals: &Arrivals, start: SimTime, origin: Origin<'_>) -> Self {
        let poisson = |rate_per_hour| Poisson::new(rate_per_hour, start, origin.draws(Purpose::Arrival));
        match arrivals {
            Arrivals::AtOnce => Self::AtOnce(start),
            Arrivals::Poisson { rate_per_hour } => Self::Poisson(poisson(*rate_per_hour)),
            Arrivals::BatchPoisson { batches_per_hour, batch_sizes } => {
                Self::Batches(Batches::new(poisson(*batches_per_hour), batch_sizes, origin.draws(Purpose::Batch)))
            }
            Arrivals::HourlyProfile { rate_per_hour, profile } => {
                let (shares, peak_to_mean) = shares_of_peak(profile);
                let candidates = poisson(rate_per_hour * peak_to_mean);
                Self::Thinned(Thinned { candidates, shares, draws: origin.draws(Purpose::Thinning) })
            }
        }
    }

    /// The time of the next task; `None` once time has run out.
    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        match self {
            Self::AtOnce(at) => Some(*at),
            Self::Poisson(poisson) => poisson.next(),
            Self::Batches(batches) => batches.next(),
            Self::Thinned(thinned) => thinned.next(),
        }
    }
}

/// A Poisson process from a start.
#[derive(Clone, Debug)]
pub(super) struct Poisson {
    start: SimTime,
    mean_gap_nanos: f64,
    elapsed_nanos: u64,
    ticks: u64,
    draws: Draws,
}

impl Poisson {
    fn new(rate_per_hour: f64, start: SimTime, draws: Draws) -> Self {
        Self { start, mean_gap_nanos: NANOS_PER_HOUR / rate_per_hour, elapsed_nanos: 0, ticks: 0, draws }
    }

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        let gap = -self.mean_gap_nanos * libm::log(1.0 - self.draws.uniform(self.ticks));
        self.ticks += 1;
        self.elapsed_nanos = self.elapsed_nanos.saturating_add(nearest(gap));
        if self.elapsed_nanos == u64::MAX {
            return None;
        }
        Some(self.start.after(SimSpan(self.elapsed_nanos / NANOS_PER_MILLI)))
    }
}

/// Batches of tasks that arrive together.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    starts: Poisson,
    begun: u64,
    now: SimTime,
    left: u32,
    sizes: Vec<u32>,
    weights: Weighted,
    draws: Draws,
}

impl Batches {
    fn new(starts: Poisson, sizes: &[(u32, u32)], draws: Draws) -> Self {
        Self {
            starts,
            begun: 0,
            now: SimTime::ZERO,
            left: 0,
            sizes: sizes.iter().map(|&(size, _)| size).collect(),
            weights: Weighted::new(sizes.iter().map(|&(_, weight)| weight)),
            draws,
        }
    }

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        while self.left == 0 {
            self.now = self.starts.next()?;
            self.left = self.sizes[self.weights.choose(self.draws.bits(self.begun))];
            self.begun += 1;
        }
        self.left -= 1;
        Some(self.now)
    }
}

/// Candidates at the highest rate of the day, each kept with the share that its hour has of that rate.
#[derive(Clone, Debug)]
pub(super) struct Thinned {
    candidates: Poisson,
    shares: Vec<f64>,
    draws: Draws,
}

impl Thinned {
    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        loop {
            let number = self.candidates.ticks;
            let at = self.candidates.next()?;
            if self.draws.uniform(number) < self.share(at) {
                return Some(at);
            }
        }
    }

    #[inline]
    fn share(&self, at: SimTime) -> f64 {
        let slot = at.0 % MILLIS_PER_DAY * self.shares.len() as u64 / MILLIS_PER_DAY;
        self.shares[usize::try_from(slot).expect("a slot is below the length of the profile")]
    }
}

/// Each rate of a profile over its highest, and the highest over the mean.
fn shares_of_peak(profile: &[f64]) -> (Vec<f64>, f64) {
    let peak = profile.iter().copied().fold(0.0, f64::max);
    assert!(peak > 0.0, "an hourly profile needs a rate above 0");
    let shares: Vec<f64> = profile.iter().map(|rate| rate / peak).collect();
    let mean_share = shares.iter().sum::<f64>() / shares.len() as f64;
    (shares, 1.0 / mean_share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SimTime = SimTime(MILLIS_PER_DAY);

    fn clock(arrivals: &Arrivals, start: SimTime) -> Clock {
        Clock::new(arrivals, start, Origin { scenario: "golden", seed: 1, source: 0 })
    }

    fn times(arrivals: &Arrivals, end: SimTime) -> impl Iterator<Item = SimTime> {
        let mut clock = clock(arrivals, SimTime::ZERO);
        std::iter::from_fn(move || clock.next()).take_while(move |at| *at < end)
    }

    /// How many arrivals fall into each window of a length.
    fn counts(times: impl Iterator<Item = SimTime>, window: SimSpan, windows: usize) -> Vec<u32> {
        let mut counts = vec![0; windows];
        for at in times {
            counts[usize::try_from(at.0 / window.0).expect("a few windows")] += 1;
        }
        counts
    }

    /// Off by less than 4.9 standard deviations of a Poisson count (P69).
    fn check_count(count: u32, mean: f64) {
        let error = (f64::from(count) - mean) / mean.sqrt();
        assert!(error.abs() < 4.9, "{count} arrivals for {mean}: {error} standard deviations");
    }

    /// Values from an independent script with another mathematics library.
    #[test]
    fn first_times_of_every_law_are_frozen() {
        let check = |arrivals: Arrivals, expected: [u64; 8]| {
            let mut clock = clock(&arrivals, SimTime(5_000));
            assert_eq!([(); 8].map(|()| clock.next().expect("time goes on").0), expected, "{arrivals:?}");
        };
        check(Arrivals::AtOnce, [5_000; 8]);
        check(
            Arrivals::Poisson { rate_per_hour: 900.0 },
            [28_582, 32_852, 44_124, 52_412, 55_408, 60_223, 61_685, 65_533],
        );
        check(
            Arrivals::BatchPoisson { batches_per_hour: 900.0, batch_sizes: vec![(1, 1), (2, 1), (3, 1)] },
            [28_582, 28_582, 28_582, 32_852, 44_124, 44_124, 52_412, 52_412],
        );
        check(
            Arrivals::HourlyProfile { rate_per_hour: 900.0, profile: vec![1.0, 3.0] },
            [36_608, 45_355, 61_531, 62_751, 67_061, 75_146, 75_793, 80_112],
        );
    }

    #[test]
    fn poisson_arrivals_come_at_their_rate() {
        let windows = counts(times(&Arrivals::Poisson { rate_per_hour: 10_000.0 }, DAY), SimSpan::HOUR, 24);
        windows.iter().for_each(|count| check_count(*count, 10_000.0));
        check_count(windows.iter().sum(), 240_000.0);
    }

    #[test]
    fn time_is_the_exact_sum_of_the_gaps() {
        let Clock::Poisson(mut poisson) = clock(&Arrivals::Poisson { rate_per_hour: 1e9 }, SimTime::ZERO) else {
            unreachable!("a Poisson process")
        };
        let mut gaps = 0;
        for number in 0..100_000 {
            gaps += nearest(-3_600.0 * libm::log(1.0 - poisson.draws.uniform(number)));
            assert_eq!(poisson.next(), Some(SimTime(gaps / 1_000_000)));
        }
    }

    #[test]
    fn time_runs_out_without_a_panic() {
        for rate_per_hour in [1e-9, f64::MIN_POSITIVE] {
            let mut clock = clock(&Arrivals::Poisson { rate_per_hour }, SimTime::ZERO);
            assert_eq!([clock.next(), clock.next()], [None, None], "{rate_per_hour} an hour");
        }
    }

    /// Variance over mean of counts of a compound Poisson process is the mean square of the batch size over its
    /// mean: here (0.9 x 1 + 0.1 x 100) / (0.9 + 1).
    #[test]
    fn batches_disperse_as_they_should() {
        let sizes = vec![(1, 9), (10, 1)];
        let dispersion = 10.9 / 1.9;
        let windows = 20_000;
        let arrivals = Arrivals::BatchPoisson { batches_per_hour: 1_000.0, batch_sizes: sizes };
        let end = SimTime(SimSpan::HOUR.0 * windows);
        let counts = counts(times(&arrivals, end), SimSpan::HOUR, 20_000);
        let n = f64::from(20_000);
        let mean = counts.iter().copied().map(f64::from).sum::<f64>() / n;
        let variance = counts.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        assert!((mean - 1_900.0).abs() < 4.9 * (1_900.0 * dispersion / n).sqrt(), "mean {mean}");
        let standard_error = dispersion * (2.0 / n).sqrt();
        assert!((variance / mean - dispersion).abs() < 4.9 * standard_error, "dispersion {}", variance / mean);
    }

    #[test]
    fn thinning_keeps_the_profile_and_the_mean_rate() {
        let check = |profile: &[f64], days: u64| {
            let arrivals = Arrivals::HourlyProfile { rate_per_hour: 1_000.0, profile: profile.to_vec() };
            let slot = SimSpan(MILLIS_PER_DAY / profile.len() as u64);
            let windows = counts(
                times(&arrivals, SimTime(days * MILLIS_PER_DAY)),
                slot,
                profile.len() * usize::try_from(days).expect("few days"),
            );
            let per_slot = 24_000.0 / profile.iter().sum::<f64>();
            for (position, count) in windows.iter().enumerate() {
                check_count(*count, per_slot * profile[position % profile.len()]);
            }
        };
        check(&[1.0], 5);
        check(&[1.0, 7.0], 5);
        check(&[5.0, 4.0, 3.0, 2.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].repeat(2), 20);
    }

    #[test]
    fn an_hour_without_rate_is_empty() {
        let arrivals = Arrivals::HourlyProfile { rate_per_hour: 1_000.0, profile: vec![1.0, 0.0, 2.0] };
        let counts = counts(times(&arrivals, DAY), SimSpan(MILLIS_PER_DAY / 3), 3);
        assert_eq!(counts[1], 0);
        assert!(counts[0] > 0 && counts[2] > 0);
    }
}
