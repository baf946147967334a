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

use super::counts::Counts;
use super::curve::Curve;
use super::keyed::{Copied, Draws, Purpose};
use super::mmpp::Mmpp;
use super::quantile::nearest;
use crate::model::{Arrivals, CountLaw, RateCurve, SimSpan, SimTime};

pub(super) const NANOS_PER_HOUR: f64 = 3.6e12;
pub(super) const NANOS_PER_MILLI: u64 = 1_000_000;

/// The arrival times of one source.
#[derive(Clone, Debug)]
pub(super) enum Clock {
    /// Always the same time.
    AtOnce(SimTime),
    /// One task after another.
    Single(Starts),
    /// Batches of tasks.
    Batches(Batches),
}

impl Clock {
    pub(super) fn new(arrivals: &Arrivals, start: SimTime, stream: Copied<'_>) -> Self {
        let poisson = |rate, daily| Starts::new(daily, stream, |scale| Process::poisson(rate * scale, start, stream));
        match arrivals {
            Arrivals::AtOnce => Self::AtOnce(start),
            Arrivals::Poisson { rate_per_hour } => Self::Single(poisson(*rate_per_hour, None)),
            Arrivals::BatchPoisson { batches_per_hour, batch_sizes, daily } => {
                let starts = poisson(*batches_per_hour, daily.as_ref());
                Self::Batches(Batches::new(starts, batch_sizes, stream.draws(Purpose::Batch)))
            }
            Arrivals::Daily { rate_per_hour, curve } => Self::Single(poisson(*rate_per_hour, Some(curve))),
            Arrivals::Mmpp2 { law, daily } => Self::Single(Starts::new(daily.as_ref(), stream, |scale| {
                Process::Mmpp(Mmpp::new(law, scale, start, stream))
            })),
        }
    }

    /// The time of the next task; `None` once time has run out.
    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        match self {
            Self::AtOnce(at) => Some(*at),
            Self::Single(starts) => starts.next(),
            Self::Batches(batches) => batches.next(),
        }
    }

    /// The number of the batch that the last task belongs to, if tasks come in batches.
    #[inline]
    pub(super) fn batch(&self) -> Option<u64> {
        match self {
            Self::AtOnce(_) | Self::Single(_) => None,
            Self::Batches(batches) => Some(batches.begun - 1),
        }
    }
}

/// A process of arrivals as it is before a day thins it.
#[derive(Clone, Debug)]
enum Process {
    Poisson(Poisson),
    Mmpp(Mmpp),
}

impl Process {
    fn poisson(rate_per_hour: f64, start: SimTime, stream: Copied<'_>) -> Self {
        Self::Poisson(Poisson::new(rate_per_hour, start, stream.draws(Purpose::Arrival)))
    }

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        match self {
            Self::Poisson(poisson) => poisson.next(),
            Self::Mmpp(mmpp) => mmpp.next(),
        }
    }

    /// How many arrivals were told.
    #[inline]
    fn ticks(&self) -> u64 {
        match self {
            Self::Poisson(poisson) => poisson.ticks,
            Self::Mmpp(mmpp) => mmpp.ticks(),
        }
    }
}

/// Arrivals one by one. Under a daily curve they are candidates at its highest rate, each kept with the share that its
/// moment has of that rate.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    process: Process,
    thinning: Option<(Curve, Draws)>,
}

impl Starts {
    /// `process` is made for the factor by which its rate is raised, so that its mean is right after the thinning.
    fn new(daily: Option<&RateCurve>, stream: Copied<'_>, process: impl FnOnce(f64) -> Process) -> Self {
        match daily {
            None => Self { process: process(1.0), thinning: None },
            Some(curve) => {
                let (curve, peak_to_mean) = Curve::new(curve);
                Self { process: process(peak_to_mean), thinning: Some((curve, stream.draws(Purpose::Thinning))) }
            }
        }
    }

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        let Some((curve, draws)) = &self.thinning else { return self.process.next() };
        loop {
            let number = self.process.ticks();
            let at = self.process.next()?;
            if draws.uniform(number) < curve.share(at) {
                return Some(at);
            }
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
    starts: Starts,
    begun: u64,
    now: SimTime,
    left: u32,
    sizes: Counts,
    draws: Draws,
}

impl Batches {
    fn new(starts: Starts, sizes: &CountLaw, draws: Draws) -> Self {
        Self { starts, begun: 0, now: SimTime::ZERO, left: 0, sizes: Counts::new(sizes), draws }
    }

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        while self.left == 0 {
            self.now = self.starts.next()?;
            self.left = self.sizes.draw(self.draws, self.begun);
            self.begun += 1;
        }
        self.left -= 1;
        Some(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::keyed::Origin;
    use super::*;
    use crate::model::{Harmonic, Mmpp2};

    const MILLIS_PER_DAY: u64 = 24 * SimSpan::HOUR.0;
    const DAY: SimTime = SimTime(MILLIS_PER_DAY);

    fn clock(arrivals: &Arrivals, start: SimTime) -> Clock {
        let origin = Origin::only(1, "golden");
        Clock::new(arrivals, start, Copied { origin, copy: 0 })
    }

    fn batches(batches_per_hour: f64, sizes: &[(u32, u32)]) -> Arrivals {
        Arrivals::BatchPoisson { batches_per_hour, batch_sizes: CountLaw::Weighted(sizes.to_vec()), daily: None }
    }

    fn hourly(rate_per_hour: f64, profile: &[f64]) -> Arrivals {
        Arrivals::Daily { rate_per_hour, curve: RateCurve::Hourly(profile.to_vec()) }
    }

    fn waves() -> RateCurve {
        let wave = |cycles, amplitude, hours| Harmonic { cycles, amplitude, peak: SimSpan(hours * SimSpan::HOUR.0) };
        RateCurve::Harmonics(vec![wave(1, 0.6, 14), wave(2, 0.2, 10)])
    }

    fn bursts(rate_per_hour: f64, seconds: u64, daily: Option<RateCurve>) -> Arrivals {
        let time_scale = SimSpan::from_secs(seconds);
        Arrivals::Mmpp2 { law: Mmpp2 { rate_per_hour, burst_share: 0.25, rate_ratio: 4.0, time_scale }, daily }
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
            [6_597, 6_790, 7_138, 11_220, 11_442, 17_558, 18_196, 25_167],
        );
        check(batches(900.0, &[(1, 1), (2, 1), (3, 1)]), [6_597, 6_597, 6_790, 6_790, 6_790, 7_138, 11_220, 11_220]);
        check(hourly(900.0, &[1.0, 3.0]), [9_294, 18_445, 18_920, 41_353, 45_651, 47_787, 60_419, 66_211]);
        check(
            Arrivals::Daily { rate_per_hour: 900.0, curve: waves() },
            [8_803, 16_906, 17_327, 37_194, 41_000, 42_892, 54_078, 59_207],
        );
        let bursts = |daily| bursts(900.0, 10, daily);
        check(bursts(None), [7_795, 8_133, 8_742, 15_886, 16_273, 20_115, 20_395, 23_444]);
        check(bursts(Some(waves())), [11_655, 19_830, 20_014, 28_706, 30_371, 31_199, 49_292, 58_267]);
        let sizes = CountLaw::BoundedZeta { exponent: 1.5, maximum: 610 };
        let daily = Some(waves());
        check(
            Arrivals::BatchPoisson { batches_per_hour: 900.0, batch_sizes: sizes, daily },
            [8_803, 8_803, 16_906, 16_906, 16_906, 16_906, 16_906, 16_906],
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
        let origin = Origin::only(1, "golden");
        let mut poisson = Poisson::new(1e9, SimTime::ZERO, origin.draws(Purpose::Arrival));
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
        let dispersion = 10.9 / 1.9;
        let windows = 20_000;
        let arrivals = batches(1_000.0, &[(1, 9), (10, 1)]);
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
            let arrivals = hourly(1_000.0, profile);
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
        let arrivals = hourly(1_000.0, &[1.0, 0.0, 2.0]);
        let counts = counts(times(&arrivals, DAY), SimSpan(MILLIS_PER_DAY / 3), 3);
        assert_eq!(counts[1], 0);
        assert!(counts[0] > 0 && counts[2] > 0);
    }

    /// Counts of each hour, over many days, against the integral of the rate over that hour, and the mean over all.
    #[test]
    fn waves_keep_their_shape_and_the_mean_rate() {
        let arrivals = Arrivals::Daily { rate_per_hour: 1_000.0, curve: waves() };
        let days = 40_u32;
        let end = SimTime(u64::from(days) * MILLIS_PER_DAY);
        let counts = counts(times(&arrivals, end), SimSpan::HOUR, 24 * days as usize);
        let rate = |hour: f64| {
            let turn = |cycles: f64, from: f64| libm::cos(core::f64::consts::TAU * cycles * (hour - from) / 24.0);
            libm::exp(0.6 * turn(1.0, 14.0) + 0.2 * turn(2.0, 10.0))
        };
        let part = |step: u32| rate((f64::from(step) + 0.5) / 100.0);
        let total: f64 = (0..2_400).map(part).sum();
        for hour in 0..24 {
            let count: u32 = counts.iter().skip(hour as usize).step_by(24).sum();
            let share = (100 * hour..100 * hour + 100).map(part).sum::<f64>() / total;
            check_count(count, share * 24_000.0 * f64::from(days));
        }
        check_count(counts.iter().sum(), 24_000.0 * f64::from(days));
    }

    /// A day thins bursts without making them fewer: the mean is that asked for. In windows of a day the counts of the
    /// process have an index of dispersion near 1 + 2 pi (1 - pi) (lb - lq)^2 tau / mean times the mean square of the
    /// day's curve over its square mean.
    #[test]
    fn bursts_under_a_daily_curve_keep_the_mean_rate() {
        for daily in [None, Some(waves())] {
            let (rate, days) = (600.0, 60_u32);
            let arrivals = bursts(rate, 600, daily);
            let total = times(&arrivals, SimTime(u64::from(days) * MILLIS_PER_DAY)).count() as f64;
            let expected = rate * 24.0 * f64::from(days);
            let (quiet, burst) = (rate / 1.75, 4.0 * rate / 1.75);
            let dispersion = 1.0 + 2.0 * 0.25 * 0.75 * (burst - quiet) * (burst - quiet) / 6.0 / rate * 1.25;
            let error = (total - expected) / (expected * dispersion).sqrt();
            assert!(error.abs() < 4.9, "{total} for {expected}: {error} standard errors");
        }
    }

    #[test]
    fn tasks_of_a_batch_come_at_its_time() {
        let mut clock = clock(&batches(1_000.0, &[(3, 1), (1, 1)]), SimTime::ZERO);
        let mut last: Option<(u64, SimTime)> = None;
        for _ in 0..1_000 {
            let at = clock.next().expect("time goes on");
            let batch = clock.batch().expect("tasks come in batches");
            if let Some((before, then)) = last {
                assert!((batch == before && at == then) || (batch == before + 1 && at >= then));
            }
            last = Some((batch, at));
        }
    }
}
