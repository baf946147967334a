//! Quantiles of Student's t distribution, and the intervals of means that rest on them.
//!
//! Degrees of freedom are whole numbers here, and for those the distribution is a finite sum, so no continued fraction
//! and no gamma function is needed. Only the `libm` crate is called: its results have the same bits everywhere.
//!
//! # Cost
//! `O(degrees)` for each of some 60 halvings: microseconds for tens of values, milliseconds for 10,000; once for figures
//! over the same seeds.
//!
//! # Sources
//! Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4.

use std::cell::Cell;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// The probability that an interval covers the mean.
const COVERAGE: f64 = 0.95;

/// Mean of some values and the 95 % interval of the mean they were drawn with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean of the values.
    pub mean: f64,
    /// Standard deviation of the values (n - 1); `None` for one value.
    pub deviation: Option<f64>,
    /// The 95 % interval of the mean; `None` for one value.
    pub interval: Option<(f64, f64)>,
}

impl Mean {
    /// `None` for no values. Equal values are their own mean and interval, without rounding.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let (&first, rest) = values.split_first()?;
        if rest.iter().all(|value| value.total_cmp(&first).is_eq()) {
            let spread = (!rest.is_empty()).then_some(0.0);
            return Some(Self { mean: first, deviation: spread, interval: spread.map(|_| (first, first)) });
        }
        let count = as_f64(values.len());
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = libm::sqrt(squares / (count - 1.0));
        let half = quantile(rest.len()) * deviation / libm::sqrt(count);
        Some(Self { mean, deviation: Some(deviation), interval: Some((mean - half, mean + half)) })
    }
}

/// The two-sided p value of the mean of these values being 0; `None` without spread.
pub(super) fn p_of_no_difference(values: &[f64]) -> Option<f64> {
    let Mean { mean, deviation, .. } = Mean::of(values)?;
    let deviation = deviation.filter(|&deviation| deviation > 0.0)?;
    let degrees = values.len() - 1;
    let t = mean.abs() * libm::sqrt(as_f64(values.len())) / deviation;
    Some((1.0 - inside(libm::atan(t / libm::sqrt(as_f64(degrees))), degrees)).clamp(0.0, 1.0))
}

thread_local! {
    /// The last quantile of 95 % and its degrees: hundreds of figures over the same seeds ask for the same one.
    static LAST: Cell<(usize, f64)> = const { Cell::new((0, 0.0)) };
}

/// The t beyond which, on both sides together, 5 % lie.
fn quantile(degrees: usize) -> f64 {
    let (known, quantile) = LAST.get();
    if known == degrees {
        return quantile;
    }
    let quantile = two_sided_quantile(COVERAGE, degrees);
    LAST.set((degrees, quantile));
    quantile
}

/// The t beyond which, on both sides together, a share of 1 - `coverage` lies.
fn two_sided_quantile(coverage: f64, degrees: usize) -> f64 {
    // With t = sqrt(degrees) tan(angle) the search has two ends. 60 halvings leave less than a rounding error.
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..60 {
        let middle = low + (high - low) / 2.0;
        if inside(middle, degrees) < coverage {
            low = middle;
        } else {
            high = middle;
        }
    }
    libm::sqrt(as_f64(degrees)) * libm::tan(low)
}

/// The share of the distribution between -t and t, for t = sqrt(degrees) tan(angle).
fn inside(angle: f64, degrees: usize) -> f64 {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let square = cosine * cosine;
    if degrees.is_multiple_of(2) {
        return sine * series(1.0, square, 1, degrees);
    }
    let sum = if degrees == 1 { 0.0 } else { series(cosine, square, 2, degrees) };
    FRAC_2_PI * (angle + sine * sum)
}

/// `first` (1 + k/(k+1) square + k(k+2)/((k+1)(k+3)) square^2 + …) with as many terms as `degrees` has.
fn series(first: f64, square: f64, k: usize, degrees: usize) -> f64 {
    let (mut term, mut sum) = (first, first);
    for k in (k..degrees - 2).step_by(2) {
        term *= square * as_f64(k) / as_f64(k + 1);
        sum += term;
    }
    sum
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "numbers of runs are far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(coverage: f64, degrees: usize, expected: f64) {
        let found = two_sided_quantile(coverage, degrees);
        assert!((found - expected).abs() < 1e-9, "{coverage} with {degrees} degrees: {found}, expected {expected}");
    }

    /// Printed tables stop at four digits; these come from the incomplete beta function with 30 digits (mpmath 1.3).
    #[test]
    fn quantiles_are_those_of_the_tables() {
        check(0.95, 1, 12.706_204_736_174_7);
        check(0.95, 2, 4.302_652_729_749_464);
        check(0.95, 3, 3.182_446_305_283_71);
        check(0.95, 4, 2.776_445_105_197_794);
        check(0.95, 5, 2.570_581_835_636_316);
        check(0.95, 10, 2.228_138_851_986_275);
        check(0.95, 19, 2.093_024_054_408_31);
        check(0.95, 29, 2.045_229_642_132_704);
        check(0.95, 30, 2.042_272_456_301_238);
        check(0.95, 100, 1.983_971_518_523_552);
        check(0.95, 101, 1.983_731_002_955_606);
        check(0.95, 9_999, 1.960_201_263_621_358);
        check(0.99, 1, 63.656_741_162_871_58);
        check(0.99, 2, 9.924_843_200_918_293);
        check(0.99, 1_000, 2.580_754_698_065_951);
    }

    #[test]
    fn half_widths_are_those_of_the_method() {
        let check = |count: usize, expected: f64| {
            let half = two_sided_quantile(COVERAGE, count - 1) / libm::sqrt(as_f64(count));
            assert!((half - expected).abs() < 0.005, "{count}: {half}");
        };
        check(11, 0.67);
        check(20, 0.47);
        check(30, 0.37);
    }

    /// The quantile of the last number of values is kept, and must not serve another one.
    #[test]
    fn a_quantile_serves_its_own_number_of_values_only() {
        let half = |values: &[f64]| Mean::of(values).unwrap().interval.map(|(low, high)| (high - low) / 2.0).unwrap();
        let (three, five) = ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 2.0, 2.0]);
        for _ in 0..2 {
            assert!((half(&three) - 4.302_652_729_749_464 / libm::sqrt(3.0)).abs() < 1e-9);
            assert!((half(&five) - 2.776_445_105_197_794 * libm::sqrt(0.5 / 5.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn equal_values_are_their_own_interval_and_one_value_has_none() {
        assert_eq!(Mean::of(&[]), None);
        assert_eq!(Mean::of(&[0.1]), Some(Mean { mean: 0.1, deviation: None, interval: None }));
        assert_eq!(Mean::of(&[0.1; 3]), Some(Mean { mean: 0.1, deviation: Some(0.0), interval: Some((0.1, 0.1)) }));
    }
}
