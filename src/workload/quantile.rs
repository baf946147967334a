//! Quantile functions of the laws of life: from a probability to a length of time.
//!
//! Every law is drawn by inverse transform, one uniform number a draw, so equal draws stay paired when a parameter
//! changes. What does not depend on the draw is worked out once, here.
//!
//! The formulas are those of textbooks; the tests have means worked out by hand.

use super::normal::inverse_normal;
use crate::model::{LifeQuantile, SimSpan};

/// The 99th percentile of the standard normal law.
const NORMAL_P99: f64 = 2.326_347_874_040_840_8;
/// The 90th percentile of the standard normal law.
const NORMAL_P90: f64 = 1.281_551_565_544_600_4;

/// A law of life as its quantile function, in milliseconds.
#[derive(Clone, Debug)]
pub(super) enum Quantile {
    /// -mean ln(1 - p).
    Exponential { mean: f64 },
    /// exp(mu + sigma z(p)), cut off at `cap`.
    Lognormal { mu: f64, sigma: f64, cap: f64 },
    /// scale (-ln(1 - p))^exponent, cut off at `cap`; `exponent` is 1/shape.
    Weibull { scale: f64, exponent: f64, cap: f64 },
    /// Pareto between two bounds.
    BoundedPareto(BoundedPareto),
    /// The body up to the probability `body_share`, the tail of the `tail_share` beyond it.
    Spliced { body: Lognormal, body_share: f64, tail: BoundedPareto, tail_share: f64 },
    /// Linear between the knots, whose probabilities rise from 0.
    Table(Vec<Knot>),
}

/// The body of a spliced law.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lognormal {
    mu: f64,
    sigma: f64,
}

impl Lognormal {
    #[inline]
    fn at(self, p: f64) -> f64 {
        libm::exp(self.mu + self.sigma * inverse_normal(p))
    }
}

/// low (1 - p reach)^(-1/alpha), where `reach` is 1 - (low/high)^alpha and `exponent` is -1/alpha.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoundedPareto {
    low: f64,
    high: f64,
    reach: f64,
    exponent: f64,
}

impl BoundedPareto {
    fn new(low: f64, high: f64, alpha: f64) -> Self {
        Self { low, high, reach: 1.0 - libm::pow(low / high, alpha), exponent: -1.0 / alpha }
    }

    #[inline]
    fn at(self, p: f64) -> f64 {
        let Self { low, high, reach, exponent } = self;
        // `libm::pow` is good to the last bit, which milliseconds do not show, but makes a task 1.5 times as dear.
        (low * libm::exp(exponent * libm::log(1.0 - p * reach))).min(high)
    }
}

/// A point of an empirical law and the line that starts there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knot {
    probability: f64,
    life: f64,
    slope: f64,
}

impl Quantile {
    pub(super) fn exponential(mean: SimSpan) -> Self {
        Self::Exponential { mean: real(mean) }
    }

    pub(super) fn lognormal(median: SimSpan, p99: SimSpan, cap: SimSpan) -> Self {
        let mu = libm::log(real(median));
        Self::Lognormal { mu, sigma: (libm::log(real(p99)) - mu) / NORMAL_P99, cap: real(cap) }
    }

    pub(super) fn bounded_pareto(low: SimSpan, high: SimSpan, alpha: f64) -> Self {
        Self::BoundedPareto(BoundedPareto::new(real(low), real(high), alpha))
    }

    pub(super) fn weibull(scale: SimSpan, shape: f64, cap: SimSpan) -> Self {
        Self::Weibull { scale: real(scale), exponent: 1.0 / shape, cap: real(cap) }
    }

    /// The tail begins where the body has the probability 1 - `tail_share`.
    pub(super) fn lognormal_pareto(body: [SimSpan; 2], tail_share: f64, alpha: f64, cap: SimSpan) -> Self {
        let [median, p90] = body;
        let mu = libm::log(real(median));
        let body = Lognormal { mu, sigma: (libm::log(real(p90)) - mu) / NORMAL_P90 };
        let body_share = 1.0 - tail_share;
        // A cap below the end of the body leaves no tail: the reader refuses it, and here it only cuts.
        let low = body.at(body_share).min(real(cap));
        Self::Spliced { body, body_share, tail: BoundedPareto::new(low, real(cap), alpha), tail_share }
    }

    pub(super) fn table(points: &[LifeQuantile]) -> Self {
        let lines = points.iter().zip(points.iter().skip(1));
        let knot = |(&LifeQuantile { probability, life }, next): (&LifeQuantile, &LifeQuantile)| {
            let slope = (real(next.life) - real(life)) / (next.probability - probability);
            Knot { probability, life: real(life), slope }
        };
        Self::Table(lines.map(knot).collect())
    }

    /// The life that is not exceeded with probability `p`, strictly between 0 and 1.
    #[inline]
    pub(super) fn at(&self, p: f64) -> f64 {
        match *self {
            Self::Exponential { mean } => -mean * libm::log(1.0 - p),
            Self::Lognormal { mu, sigma, cap } => libm::exp(mu + sigma * inverse_normal(p)).min(cap),
            Self::Weibull { scale, exponent, cap } => {
                (scale * libm::exp(exponent * libm::log(-libm::log(1.0 - p)))).min(cap)
            }
            Self::BoundedPareto(pareto) => pareto.at(p),
            Self::Spliced { body, body_share, tail, tail_share } => {
                if p < body_share {
                    body.at(p).min(tail.low)
                } else {
                    tail.at((p - body_share) / tail_share)
                }
            }
            Self::Table(ref knots) => {
                let above = knots.partition_point(|knot| knot.probability <= p);
                let Knot { probability, life, slope } = knots[above - 1];
                life + slope * (p - probability)
            }
        }
    }

    /// [`Quantile::at`] in whole milliseconds, at least one.
    #[inline]
    pub(super) fn life(&self, p: f64) -> SimSpan {
        SimSpan(nearest(self.at(p)).max(1))
    }
}

/// Milliseconds as a real number; exact below 285,000 years.
#[expect(clippy::cast_precision_loss, reason = "exact for every life that a scenario can mean")]
fn real(span: SimSpan) -> f64 {
    span.0 as f64
}

/// The nearest whole number, halves up; the far ends of `u64` where it does not fit.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, as documented")]
pub(super) fn nearest(x: f64) -> u64 {
    (x + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::super::keyed::{Draws, Origin, Purpose};
    use super::*;

    const MINUTE: SimSpan = SimSpan(60_000);
    const DAY: SimSpan = SimSpan(24 * SimSpan::HOUR.0);
    const WEEK: SimSpan = SimSpan(7 * DAY.0);
    const NEVER: SimSpan = SimSpan(1 << 53);

    fn draws() -> Draws {
        Origin::only(1, "golden").draws(Purpose::Life)
    }

    fn steps() -> Vec<LifeQuantile> {
        let quantile = |(probability, life)| LifeQuantile { probability, life: SimSpan(life) };
        [(0.0, 1_000), (0.5, 10_000), (0.9, 60_000), (1.0, 3_600_000)].map(quantile).to_vec()
    }

    /// Median 176 s, 90th percentile 1,654 s, a twentieth of the lives with a tail index of 0.75 up to a week.
    fn spliced() -> Quantile {
        Quantile::lognormal_pareto([SimSpan(176_000), SimSpan(1_654_000)], 0.05, 0.75, WEEK)
    }

    /// Values from an independent script with another mathematics library and another AS 241.
    #[test]
    fn first_lives_of_every_law_are_frozen() {
        let check = |law: Quantile, expected: [u64; 8]| {
            let lives = [0, 1, 2, 3, 4, 5, 6, 7].map(|number| law.life(draws().uniform(number)).0);
            assert_eq!(lives, expected, "{law:?}");
        };
        check(Quantile::exponential(MINUTE), [34_984, 1_350, 70_922, 18_437, 10_633, 107_947, 100_457, 139_151]);
        check(
            Quantile::lognormal(SimSpan(240_000), SimSpan(7_200_000), DAY),
            [193_767, 12_717, 502_443, 95_629, 56_887, 994_466, 878_298, 1_584_633],
        );
        check(
            Quantile::bounded_pareto(MINUTE, WEEK, 1.1),
            [101_940, 61_240, 175_710, 79_335, 70_488, 307_884, 274_860, 493_916],
        );
        check(Quantile::weibull(MINUTE, 0.5, DAY), [20_398, 30, 83_832, 5_665, 1_884, 194_209, 168_193, 322_717]);
        check(spliced(), [136_266, 5_247, 425_798, 58_568, 31_472, 963_278, 830_314, 1_681_518]);
        check(Quantile::table(&steps()), [8_953, 1_401, 34_168, 5_762, 3_923, 51_819, 49_070, 118_281]);
    }

    #[test]
    fn lognormal_sigma_is_that_of_its_two_quantiles() {
        let law = Quantile::lognormal(SimSpan(20 * MINUTE.0), DAY, NEVER);
        let Quantile::Lognormal { sigma, .. } = law else { unreachable!("a lognormal law") };
        assert!((sigma - 1.838_361).abs() < 5e-7, "sigma {sigma}");
        assert!((law.at(0.5) / real(SimSpan(20 * MINUTE.0)) - 1.0).abs() < 1e-14);
        assert!((law.at(0.99) / real(DAY) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn bounds_and_knots_are_kept() {
        let check = |law: &Quantile, p, milliseconds| assert_eq!(law.life(p), SimSpan(milliseconds), "{law:?} at {p}");
        let (least, most) = (f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0);
        check(&Quantile::exponential(MINUTE), least, 1);
        check(&Quantile::lognormal(MINUTE, DAY, WEEK), most, WEEK.0);
        check(&Quantile::lognormal(MINUTE, MINUTE, WEEK), 0.3, MINUTE.0);
        check(&Quantile::weibull(MINUTE, 0.3, WEEK), least, 1);
        check(&Quantile::weibull(MINUTE, 0.3, WEEK), most, WEEK.0);
        check(&Quantile::weibull(MINUTE, 1.0, WEEK), 1.0 - libm::exp(-1.0), MINUTE.0);
        check(&spliced(), 0.5, 176_000);
        check(&spliced(), 0.9, 1_654_000);
        check(&spliced(), most, WEEK.0);
        check(&Quantile::bounded_pareto(MINUTE, WEEK, 1.1), least, MINUTE.0);
        check(&Quantile::bounded_pareto(MINUTE, WEEK, 1.1), most, WEEK.0);
        let table = Quantile::table(&steps());
        check(&table, least, 1_000);
        check(&table, 0.25, 5_500);
        check(&table, 0.5, 10_000);
        check(&table, 0.9, 60_000);
        check(&table, most, 3_600_000);
    }

    /// The mean of a law as the integral of its quantile function. Substituting p = 1 - v^2 puts the steps where a
    /// heavy tail needs them.
    fn mean_by_integral(law: &Quantile) -> f64 {
        const STEPS: u32 = 1_000_000;
        let heights = (0..STEPS).map(|step| {
            let v = (f64::from(step) + 0.5) / f64::from(STEPS);
            2.0 * v * law.at(1.0 - v * v)
        });
        heights.sum::<f64>() / f64::from(STEPS)
    }

    /// Mean and standard deviation of the law, in milliseconds, against the integral and against a million draws.
    fn check_moments(law: &Quantile, mean: f64, deviation: f64) {
        const DRAWS: u32 = 1_000_000;
        let integral = mean_by_integral(law);
        assert!((integral / mean - 1.0).abs() < 1e-6, "{law:?}: the integral is {integral}, not {mean}");
        let draws = draws();
        let sum: f64 = (0..DRAWS).map(|number| law.at(draws.uniform(number.into()))).sum();
        let error = sum / f64::from(DRAWS) - mean;
        let standard_error = deviation / f64::from(DRAWS).sqrt();
        assert!(error.abs() < 4.9 * standard_error, "{law:?}: the sample is off by {}", error / standard_error);
    }

    /// Mean and mean square of [`spliced`] by the formulas of its two parts: those of a lognormal law cut at z standard
    /// deviations are exp(k mu + k^2 sigma^2 / 2) Phi(z - k sigma), those of a bounded Pareto law
    /// L^a / (1 - (L/H)^a) a/(a - k) (L^(k - a) - H^(k - a)) with the sign that makes it positive.
    fn spliced_moments() -> (f64, f64) {
        let Quantile::Spliced { body, tail, tail_share, .. } = spliced() else { unreachable!("a spliced law") };
        let (z, alpha) = (inverse_normal(1.0 - tail_share), 0.75);
        let below = |x: f64| 0.5 * libm::erfc(-x / core::f64::consts::SQRT_2);
        let moment = |k: f64| {
            let of_body = libm::exp(k * body.mu + k * k * body.sigma * body.sigma / 2.0) * below(z - k * body.sigma);
            let bounds = libm::pow(tail.high, k - alpha) - libm::pow(tail.low, k - alpha);
            let of_tail = libm::pow(tail.low, alpha) / (1.0 - libm::pow(tail.low / tail.high, alpha)) * alpha
                / (k - alpha)
                * bounds;
            of_body + tail_share * of_tail
        };
        (moment(1.0), moment(2.0))
    }

    /// The means are worked out by hand, from the formulas of textbooks.
    #[test]
    fn means_of_every_law_are_right() {
        let milliseconds = SimSpan;
        check_moments(&Quantile::exponential(MINUTE), 60_000.0, 60_000.0);
        check_moments(&Quantile::lognormal(SimSpan(20 * MINUTE.0), DAY, NEVER), 6501976.987, 34624555.72);
        check_moments(&Quantile::bounded_pareto(milliseconds(1), milliseconds(1_000), 1.1), 5.489691794, 24.114514);
        check_moments(&Quantile::bounded_pareto(MINUTE, WEEK, 1.1), 397474.2339, 4181040.048);
        check_moments(&Quantile::bounded_pareto(milliseconds(1), milliseconds(100), 1.5), 2.702702703, 4.44099371);
        // Weibull: scale Gamma(1 + 1/shape), and Gamma(1 + 2/shape) for the square; a cap of 2^53 ms is never met.
        check_moments(&Quantile::weibull(MINUTE, 0.5, NEVER), 120_000.0, 60_000.0 * 20.0_f64.sqrt());
        check_moments(&Quantile::weibull(MINUTE, 2.0, NEVER), 53173.6155, 27795.0755);
        // Cut off at its scale: scale times the integral of exp(-x^2) to 1, which is 0.746824, and 1 - 1/e for the square.
        check_moments(&Quantile::weibull(MINUTE, 2.0, MINUTE), 44809.4480, 60_000.0 * 0.272_747_f64);
        let (mean, square) = spliced_moments();
        check_moments(&spliced(), mean, (square - mean * mean).sqrt());
        check_moments(&Quantile::table(&steps()), 199750.0, 632464.8376);
    }
}
