//! Exact fractions, so that tests assert values and not digits.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A non-negative fraction of two integers, divided only when printed.
///
/// A ratio whose denominator would be 0 does not exist: [`Ratio::new`] answers `None`, which is an
/// *absent* value, never 0 and never NaN.
///
/// # Examples
///
/// ```
/// use stowplan::model::Ratio;
///
/// assert_eq!(Ratio::new(18, 32), Ratio::new(9, 16));
/// assert_eq!(Ratio::new(1, 0), None);
/// assert_eq!(Ratio::new(9, 16).unwrap().to_f64(), 0.5625);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u128,
    denominator: u128,
}

impl Ratio {
    /// `numerator / denominator` in lowest terms; `None` if the denominator is 0.
    #[must_use]
    pub fn new(numerator: u128, denominator: u128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator, denominator);
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// A whole number.
    #[must_use]
    pub fn whole(value: u128) -> Self {
        Self { numerator: value, denominator: 1 }
    }

    /// The numerator in lowest terms.
    #[must_use]
    pub fn numerator(self) -> u128 {
        self.numerator
    }

    /// The denominator in lowest terms, at least 1.
    #[must_use]
    pub fn denominator(self) -> u128 {
        self.denominator
    }

    /// The nearest double, for printing and for statistics.
    #[expect(clippy::cast_precision_loss, reason = "this is the one place where a ratio is divided")]
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl Ord for Ratio {
    /// Compares by continued fractions: cross products of two integrals over time would pass 128 bits.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (*self, *other);
        loop {
            let (whole_a, whole_b) = (a.numerator / a.denominator, b.numerator / b.denominator);
            let (rest_a, rest_b) = (a.numerator % a.denominator, b.numerator % b.denominator);
            match (whole_a.cmp(&whole_b), rest_a, rest_b) {
                (Ordering::Equal, 0, 0) => return Ordering::Equal,
                (Ordering::Equal, 0, _) => return Ordering::Less,
                (Ordering::Equal, _, 0) => return Ordering::Greater,
                (Ordering::Equal, _, _) => {
                    // x < y exactly if 1/y < 1/x, so the two change sides.
                    let next = Self { numerator: b.denominator, denominator: rest_b };
                    b = Self { numerator: a.denominator, denominator: rest_a };
                    a = next;
                }
                (unequal, _, _) => return unequal,
            }
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Ratio {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.split_once('/').and_then(|(n, d)| Self::new(n.parse().ok()?, d.parse().ok()?));
        parsed.ok_or_else(|| format!("`{text}` is not a fraction such as `9/16`"))
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_denominator_is_absent() {
        assert_eq!(Ratio::new(0, 0), None);
    }

    #[test]
    fn fractions_are_kept_in_lowest_terms_and_read_back() {
        let ratio = Ratio::new(50, 100).unwrap();
        assert_eq!((ratio.numerator(), ratio.denominator()), (1, 2));
        assert_eq!(ratio.to_string().parse(), Ok(ratio));
        assert_eq!(Ratio::new(0, 7), Ratio::new(0, 9));
        assert!("1/0".parse::<Ratio>().is_err());
    }

    #[test]
    fn fractions_are_ordered_by_value_without_overflow() {
        for (a, b) in [(0, 1), (1, 2), (7, 3), (5, 1), (13, 8)].into_iter().flat_map(|a| [(a, (3, 2)), (a, a)]) {
            let ratio = |(numerator, denominator): (u128, u128)| Ratio::new(numerator, denominator).unwrap();
            assert_eq!(ratio(a).cmp(&ratio(b)), (a.0 * b.1).cmp(&(b.0 * a.1)), "{a:?} against {b:?}");
        }
        let near_half = Ratio::new(u128::MAX / 2, u128::MAX).unwrap();
        assert!(near_half < Ratio::new(1, 2).unwrap());
        assert!(near_half > Ratio::new(u128::MAX / 2 - 1, u128::MAX).unwrap());
    }
}
