//! Our statistics against those of scipy 1.17.1 on the same lists.
//!
//! The numbers are printed by `python tests/reference/scipy_statistics.py`. The ends of scipy's BCa intervals are means
//! over 40 starts of its generator, with their deviation: the Monte Carlo error of one interval.

use super::super::bootstrap::{bca, sign_test};
use super::super::student::{Mean, p_of_no_difference};

struct Answer {
    t: (f64, f64),
    p: f64,
    sign: f64,
    /// Ends of the interval and their Monte Carlo error.
    bca: Option<[(f64, f64); 2]>,
}

fn check(values: &[f64], scipy: &Answer) {
    let close = |found: f64, expected: f64, within: f64| {
        assert!((found - expected).abs() <= within, "{found}, scipy says {expected}");
    };
    let (low, high) = Mean::of(values).unwrap().interval.unwrap();
    close(low, scipy.t.0, 1e-9);
    close(high, scipy.t.1, 1e-9);
    close(p_of_no_difference(values).unwrap(), scipy.p, 1e-9);
    close(sign_test(values).unwrap(), scipy.sign, 1e-9);
    assert_eq!(bca(values).is_some(), scipy.bca.is_some());
    if let (Some((low, high)), Some([scipy_low, scipy_high])) = (bca(values), scipy.bca) {
        close(low, scipy_low.0, 4.0 * scipy_low.1);
        close(high, scipy_high.0, 4.0 * scipy_high.1);
    }
}

#[test]
fn worked() {
    let answer = Answer {
        t: (0.122_010_966_914_917_2, 1.877_989_033_085_082_8),
        p: 0.034_109_423_167_409_63,
        sign: 0.125,
        bca: None,
    };
    check(&[1.0, 2.0, 0.0, 1.0, 1.0], &answer);
}

#[test]
fn counts() {
    let answer = Answer {
        t: (-5.943_747_016_217_43, -2.722_919_650_449_236),
        p: 9.981_775_417_964_503e-5,
        sign: 0.000_488_281_25,
        bca: Some([(-5.825, 0.036_787), (-3.075, 0.025_318)]),
    };
    check(&[-3.0, -1.0, -4.0, -1.0, -5.0, -9.0, -2.0, -6.0, -5.0, -3.0, -5.0, -8.0], &answer);
}

#[test]
fn skewed() {
    let answer = Answer {
        t: (-0.021_853_561_848_423_49, 0.221_853_561_848_423_5),
        p: 0.100_684_162_756_497_34,
        sign: 3.051_757_812_5e-5,
        bca: Some([(0.028_046_875, 0.000_494), (0.313_516_36, 0.008_165)]),
    };
    check(&[0.01, 0.02, 0.01, 0.03, 0.02, 0.05, 0.01, 0.9, 0.04, 0.02, 0.02, 0.35, 0.03, 0.01, 0.06, 0.02], &answer);
}

#[test]
fn straddling() {
    let answer = Answer {
        t: (-0.349_276_260_089_774_64, 0.574_276_260_089_774_6),
        p: 0.615_985_422_056_728_5,
        sign: 0.647_605_895_996_093_8,
        bca: Some([(-0.316_626, 0.007_240), (0.522_991, 0.007_901)]),
    };
    check(
        &[
            0.5, -0.25, 0.75, -1.5, 2.25, 0.125, -0.5, 1.0, -0.75, 0.25, 0.5, -0.125, 1.5, -2.0, 0.0, 0.75, -0.25,
            0.375, 0.625, -1.0,
        ],
        &answer,
    );
}
