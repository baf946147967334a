//! Decimal numbers of any length, compared exactly and without leaving the text they are written in.

use std::cmp::Ordering;

/// A number such as `-12.50`, seen inside its text.
///
/// Equality and order are those of the numbers: `7`, `07` and `7.0` are equal, and so are `0` and `-0`.
#[derive(Clone, Copy, Debug)]
pub(in crate::query) struct Decimal<'a> {
    is_negative: bool,
    /// Without leading zeros.
    whole: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Reads `-`, digits, and a point with digits after it, of which only the digits before the point are needed.
    pub(in crate::query) fn parse(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { is_negative: digits.len() < text.len() && !is_zero, whole, fraction })
    }

    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        // Without leading zeros the longer number is the greater; without trailing zeros fractions compare as texts.
        (self.whole.len(), self.whole, self.fraction).cmp(&(other.whole.len(), other.whole, other.fraction))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.cmp_magnitude(other),
            (true, true) => other.cmp_magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal<'_> {}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    use proptest::prelude::*;

    use super::Decimal;

    fn check(left: &str, right: &str, expected: Ordering) {
        let decimal = |text| Decimal::parse(text).expect("a decimal");
        assert_eq!(decimal(left).cmp(&decimal(right)), expected, "{left} against {right}");
        assert_eq!(decimal(right).cmp(&decimal(left)), expected.reverse(), "{right} against {left}");
    }

    #[test]
    fn numbers_compare_by_value() {
        check("9", "12", Less);
        check("007", "7.000", Equal);
        check("-0", "0", Equal);
        check("-2", "-10", Greater);
        check("0.1", "0.09", Greater);
        check("1.10", "1.1", Equal);
        check("-1.5", "1.5", Less);
        check("9007199254740993", "9007199254740992", Greater);
        check("0.30000000000000004", "0.3", Greater);
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in ["", "-", ".", ".5", "5.", "+1", "1e3", "1_000", "0x1", " 1", "1 ", "1.2.3", "--1", "١"] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_scaled_integers(
            (a, b) in (-99_999_i64..99_999, -99_999_i64..99_999),
            (zeros_a, zeros_b) in (0_usize..3, 0_usize..3),
        ) {
            let text = |n: i64, zeros: usize| {
                let sign = if n < 0 { "-" } else { "" };
                let (n, pad) = (n.unsigned_abs(), "0".repeat(zeros));
                format!("{sign}{pad}{}.{:03}{pad}", n / 1000, n % 1000)
            };
            let (left, right) = (text(a, zeros_a), text(b, zeros_b));
            prop_assert_eq!(Decimal::parse(&left).cmp(&Decimal::parse(&right)), a.cmp(&b));
        }
    }
}
