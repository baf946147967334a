//! The inverse of the standard normal distribution function.
//!
//! Algorithm AS 241, routine PPND16: three rational approximations with a relative error of about 1e-16.
//!
//! # Sources
//! M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37(3),
//! 1988, pp. 477-484. The coefficients stand here lowest power first, as they are published.
#![expect(clippy::excessive_precision, reason = "coefficients and table values stand as published")]

/// A ratio of two polynomials of degree 7.
struct Rational {
    above: [f64; 8],
    below: [f64; 8],
}

/// For probabilities within 0.425 of one half, in 0.425^2 - (p - 1/2)^2.
const CENTRE: Rational = Rational {
    above: [
        3.387_132_872_796_366_608,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    below: [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561e3,
    ],
};

/// For tails down to exp(-25), in sqrt(-ln tail) - 1.6.
const TAIL: Rational = Rational {
    above: [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_7e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_4e-4,
    ],
    below: [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        6.897_673_349_851_000_045_5e-1,
        1.481_039_764_274_800_745_9e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
};

/// For tails beyond exp(-25), in sqrt(-ln tail) - 5.
const FAR_TAIL: Rational = Rational {
    above: [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        2.965_605_718_285_048_912_3e-1,
        2.653_218_952_657_612_309_3e-2,
        1.242_660_947_388_078_438_6e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    below: [
        1.0,
        5.998_322_065_558_879_376_9e-1,
        1.369_298_809_227_358_053_1e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
};

impl Rational {
    #[inline]
    fn at(&self, x: f64) -> f64 {
        polynomial(&self.above, x) / polynomial(&self.below, x)
    }
}

/// Estrin's scheme, whose chain of dependent operations is less than half as long as that of Horner's rule.
///
/// Never a fused multiply-add: its results differ between machines that have it and those that do not.
#[inline]
fn polynomial(c: &[f64; 8], x: f64) -> f64 {
    let x2 = x * x;
    let low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2;
    let high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * x2;
    low + high * (x2 * x2)
}

/// The number that a standard normal variable stays below with probability `p`, which lies strictly between 0 and 1.
#[inline]
pub(super) fn inverse_normal(p: f64) -> f64 {
    let from_half = p - 0.5;
    if from_half.abs() <= 0.425 {
        return from_half * CENTRE.at(0.180_625 - from_half * from_half);
    }
    let tail = if from_half < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let size = if r <= 5.0 { TAIL.at(r - 1.6) } else { FAR_TAIL.at(r - 5.0) };
    size.copysign(from_half)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To 17 digits by `mpmath`, from `sqrt(2) erfinv(2p - 1)` at 40 digits; they agree with printed tables.
    const PERCENTAGE_POINTS: [(f64, f64); 11] = [
        (1.110_223_024_625_156_5e-16, -8.209_536_151_601_387),
        (1e-12, -7.034_483_825_301_132),
        (1.388_794_386_496_402_1e-11, -6.657_904_643_501_103_6),
        (1e-6, -4.753_424_308_822_899),
        (0.001, -3.090_232_306_167_813_5),
        (0.01, -2.326_347_874_040_841),
        (0.025, -1.959_963_984_540_054_2),
        (0.05, -1.644_853_626_951_472_7),
        (0.075, -1.439_531_470_938_456),
        (0.1, -1.281_551_565_544_600_4),
        (0.25, -0.674_489_750_196_081_7),
    ];

    #[test]
    fn percentage_points_agree_with_tables() {
        let check = |p: f64, expected: f64| {
            let error = (inverse_normal(p) / expected - 1.0).abs();
            assert!(error < 1e-15, "p = {p}: {} is not {expected}", inverse_normal(p));
        };
        for (p, expected) in PERCENTAGE_POINTS {
            check(p, expected);
        }
        check(0.75, 0.674_489_750_196_081_7);
        check(0.975, 1.959_963_984_540_054_2);
        assert_eq!(inverse_normal(0.5).to_bits(), 0.0_f64.to_bits());
    }

    /// Near z = -4 a relative error of z shows some z^2 times larger in p.
    #[test]
    fn it_inverts_the_distribution_function() {
        for step in 1..100_000 {
            let p = f64::from(step) / 100_000.0;
            let back = 0.5 * libm::erfc(-inverse_normal(p) / core::f64::consts::SQRT_2);
            assert!((back / p - 1.0).abs() < 1e-14, "p = {p}: back at {back}");
        }
    }
}
