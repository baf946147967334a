//! How a rate changes over the day: what share of its highest value it has at a moment.
//!
//! Arrivals are thinned with it. A curve holds no position and draws nothing.
//!
//! The highest value of an hourly table is exact. That of waves is the highest of a grid of the day, improved between
//! its neighbours by golden sections until the doubles stand still. The mean of waves is that of the same grid, which
//! for a smooth function with a period is exact to the last bits.
//!
//! # Sources
//! Lewis, Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", Naval Research Logistics Quarterly
//! 26(3), 1979.

use crate::model::{Harmonic, RateCurve, SimSpan, SimTime};

const MILLIS_PER_DAY: u64 = 24 * SimSpan::HOUR.0;
/// Points of the grid for each of the fastest waves.
const GRID: u64 = 256;

/// A daily curve against its highest value.
#[derive(Clone, Debug)]
pub(super) enum Curve {
    /// The share of each part of the day.
    Hourly(Vec<f64>),
    /// The exponential of the waves less `highest`.
    Waves { waves: Vec<Harmonic>, highest: f64 },
}

impl Curve {
    /// The curve, and its highest value over its mean.
    ///
    /// # Panics
    /// If no rate is above 0.
    pub(super) fn new(curve: &RateCurve) -> (Self, f64) {
        match curve {
            RateCurve::Hourly(profile) => {
                let peak = profile.iter().copied().fold(0.0, f64::max);
                assert!(peak > 0.0, "an hourly profile needs a rate above 0");
                let shares: Vec<f64> = profile.iter().map(|rate| rate / peak).collect();
                let mean_share = shares.iter().sum::<f64>() / shares.len() as f64;
                (Self::Hourly(shares), 1.0 / mean_share)
            }
            RateCurve::Harmonics(waves) => {
                let (highest, mean) = extremes(waves);
                (Self::Waves { waves: waves.clone(), highest }, libm::exp(highest) / mean)
            }
        }
    }

    /// The rate at a moment over the highest.
    #[inline]
    pub(super) fn share(&self, at: SimTime) -> f64 {
        match self {
            Self::Hourly(shares) => {
                let slot = at.0 % MILLIS_PER_DAY * shares.len() as u64 / MILLIS_PER_DAY;
                shares[usize::try_from(slot).expect("a slot is below the length of the profile")]
            }
            Self::Waves { waves, highest } => libm::exp(sum(waves, at.0 % MILLIS_PER_DAY) - highest),
        }
    }
}

/// The sum of the waves at a millisecond of the day; whole turns are taken off exactly.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a day are exact in a double")]
fn sum(waves: &[Harmonic], millisecond: u64) -> f64 {
    let height = |wave: &Harmonic| {
        let from_peak = millisecond + MILLIS_PER_DAY - wave.peak.0 % MILLIS_PER_DAY;
        let turn = from_peak * u64::from(wave.cycles) % MILLIS_PER_DAY;
        wave.amplitude * libm::cos(core::f64::consts::TAU * (turn as f64 / MILLIS_PER_DAY as f64))
    };
    waves.iter().map(height).sum()
}

/// The highest sum of the waves in the day, and the mean of its exponential.
fn extremes(waves: &[Harmonic]) -> (f64, f64) {
    let fastest = waves.iter().map(|wave| u64::from(wave.cycles)).max().unwrap_or(1);
    let points = GRID * fastest;
    let at = |point: u64| (point % points) * MILLIS_PER_DAY / points;
    let grid: Vec<f64> = (0..points).map(|point| sum(waves, at(point))).collect();
    let mean = grid.iter().map(|height| libm::exp(*height)).sum::<f64>() / grid.len() as f64;
    let best = grid.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Between two points the sum rises above the higher of them by less than a slack of the curvature.
    let step = core::f64::consts::TAU / points as f64;
    let curvature: f64 = waves.iter().map(|wave| wave.amplitude.abs() * f64::from(wave.cycles).powi(2)).sum();
    let slack = curvature * step * step;
    let near = (0..points).zip(&grid).filter(|(_, height)| **height >= best - slack);
    let highest = near.map(|(point, _)| highest_near(waves, at(point), MILLIS_PER_DAY / points + 1));
    (highest.fold(best, f64::max), mean)
}

/// The highest sum at a whole millisecond within `reach` of another one: times are whole milliseconds, so no rate is
/// ever asked for between two.
fn highest_near(waves: &[Harmonic], millisecond: u64, reach: u64) -> f64 {
    let height = |offset: u64| sum(waves, (millisecond + MILLIS_PER_DAY + offset - reach) % MILLIS_PER_DAY);
    let (mut low, mut high) = (0, 2 * reach);
    while high - low > 2 {
        let (left, right) = (low + (high - low) / 3, high - (high - low) / 3);
        if height(left) < height(right) { low = left } else { high = right }
    }
    (low..=high).map(height).fold(f64::NEG_INFINITY, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(cycles: u32, amplitude: f64, peak_hours: u64) -> Harmonic {
        Harmonic { cycles, amplitude, peak: SimSpan(peak_hours * SimSpan::HOUR.0) }
    }

    /// The mean of exp(a cos x) is the Bessel function I0(a): I0(1) = 1.266065877752008, I0(0.5) = 1.063483370741324.
    #[test]
    fn one_wave_has_the_mean_of_a_bessel_function() {
        let check = |amplitude: f64, mean: f64| {
            let (curve, peak_to_mean) = Curve::new(&RateCurve::Harmonics(vec![wave(1, amplitude, 14)]));
            assert!((peak_to_mean / (libm::exp(amplitude) / mean) - 1.0).abs() < 1e-12, "{peak_to_mean}");
            let share = |hour: u64| curve.share(SimTime(hour * SimSpan::HOUR.0));
            assert!((share(14) - 1.0).abs() < 1e-15 && (share(38) - 1.0).abs() < 1e-15);
            assert!((share(2) - libm::exp(-2.0 * amplitude)).abs() < 1e-12);
            assert!((share(8) - libm::exp(-amplitude)).abs() < 1e-12);
        };
        check(1.0, 1.266_065_877_752_008);
        check(0.5, 1.063_483_370_741_324);
    }

    #[test]
    fn no_millisecond_is_above_the_highest_and_one_is_at_it() {
        let curves = [
            vec![wave(1, 0.5, 3), wave(2, 0.4, 9), wave(5, 0.2, 1)],
            vec![wave(1, -1.0, 0), wave(3, 2.0, 7)],
            vec![wave(24, 1.5, 0), wave(23, 1.5, 5)],
        ];
        for waves in curves {
            let (curve, _) = Curve::new(&RateCurve::Harmonics(waves.clone()));
            let shares = (0..MILLIS_PER_DAY).step_by(97).map(|at| curve.share(SimTime(at)));
            let seen = shares.fold(0.0, f64::max);
            assert!(seen <= 1.0 && seen > 1.0 - 1e-6, "{waves:?}: {seen}");
        }
    }

    #[test]
    fn an_hourly_table_is_read_by_its_parts() {
        let (curve, peak_to_mean) = Curve::new(&RateCurve::Hourly(vec![1.0, 4.0, 1.0]));
        assert!((peak_to_mean - 2.0).abs() < 1e-15);
        let shares = [0, 8, 16, 24].map(|hour| curve.share(SimTime(hour * SimSpan::HOUR.0)));
        let expected = [0.25, 1.0, 0.25, 0.25];
        assert!(shares.iter().zip(expected).all(|(share, expected)| (share - expected).abs() < 1e-15), "{shares:?}");
    }
}
