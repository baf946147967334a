//! Numbers as people read them: percent, dollars an hour, thousands separators, seconds or hours.
//!
//! For tables and pictures alone: files always carry the plain number.

use crate::analysis::catalogue::Unit;
use crate::model::noun_of;

/// A scale on which a figure is shown: every number of one mean and its interval is shown alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Style {
    before: &'static str,
    after: &'static str,
    /// A shown number is the value over this.
    divisor: f64,
    decimals: usize,
}

impl Style {
    /// The style of a figure of about `value`; `spread`, the half-width of its interval, adds decimals to counts.
    pub(in crate::report) fn of(unit: Unit, value: f64, spread: f64) -> Self {
        let plain = Self { before: "", after: "", divisor: 1.0, decimals: 0 };
        match unit {
            Unit::Count if is_whole(value) && is_whole(spread) => plain,
            Unit::Count => Self { decimals: usize::from(value.abs() < 10_000.0), ..plain },
            Unit::Share => Self { after: " %", divisor: 0.01, decimals: 1, ..plain },
            Unit::Ratio => Self { decimals: 2, ..plain },
            Unit::Seconds => Self::seconds(value),
            Unit::UsdPerHour => Self { before: "$", after: "/h", decimals: cents(value), ..plain },
            Unit::Usd => Self { before: "$", decimals: cents(value), ..plain },
        }
    }

    /// The unit of time in which `value` seconds read best.
    pub(in crate::report) fn seconds(value: f64) -> Self {
        let (after, divisor, decimals) = match value.abs() {
            v if v < 120.0 => (" s", 1.0, if is_whole(v) { 0 } else { 1 }),
            v if v < 7_200.0 => (" min", 60.0, 1),
            v if v < 172_800.0 => (" h", 3_600.0, 1),
            _ => (" d", 86_400.0, 1),
        };
        Self { before: "", after, divisor, decimals }
    }

    /// The same with another number of decimals.
    pub(in crate::report) fn with_decimals(self, decimals: usize) -> Self {
        Self { decimals, ..self }
    }

    /// How many of the unit of `value` a shown 1 is.
    pub(in crate::report) fn divisor(self) -> f64 {
        self.divisor
    }

    /// The name of the unit after numbers, such as `h`.
    pub(in crate::report) fn unit_name(self) -> &'static str {
        self.after.trim_start()
    }

    /// The value with its unit.
    pub(in crate::report) fn show(self, value: f64) -> String {
        let number = self.number(value);
        // The sign stands before the dollar.
        let (sign, number) = number.strip_prefix('-').map_or(("", number.as_str()), |number| ("-", number));
        format!("{sign}{}{number}{}", self.before, self.after)
    }

    /// The value without its unit.
    pub(in crate::report) fn number(self, value: f64) -> String {
        let shown = format!("{:.*}", self.decimals, value / self.divisor);
        // A small negative number rounds to `-0.0`, which reads as a mistake.
        let zero = shown.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
        grouped(if zero { shown.trim_start_matches('-') } else { &shown })
    }
}

/// A measured number of no unit, to three digits.
pub(in crate::report) fn ratio(value: f64) -> String {
    let decimals = match value.abs() {
        v if v < 1.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    grouped(&format!("{value:.decimals$}"))
}

/// A count with thousands separators.
pub(crate) fn count(value: impl Into<u128>) -> String {
    grouped(&value.into().to_string())
}

/// `1,024 instances`: as [`crate::model::counted`], with thousands separators.
pub(in crate::report) fn counted(value: u64, noun: &str) -> String {
    format!("{} {}", count(value), noun_of(&value, noun))
}

fn is_whole(value: f64) -> bool {
    value.fract().abs() < f64::EPSILON
}

/// Prices below five cents need more digits to tell them apart.
fn cents(value: f64) -> usize {
    match value.abs() {
        v if !(1e-9..0.05).contains(&v) => 2,
        v if v >= 0.000_5 => 4,
        _ => 6,
    }
}

fn grouped(number: &str) -> String {
    let (whole, fraction) = number.find('.').map_or((number, ""), |point| number.split_at(point));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut text = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_like_prose() {
        let check = |unit, value, expected: &str| assert_eq!(Style::of(unit, value, 0.0).show(value), expected);
        check(Unit::Share, 0.81349, "81.3 %");
        check(Unit::Share, 0.0, "0.0 %");
        check(Unit::Count, 1_234_567.0, "1,234,567");
        check(Unit::Count, 12.25, "12.2");
        check(Unit::Count, 12_345.5, "12,346");
        check(Unit::Ratio, 0.5, "0.50");
        check(Unit::UsdPerHour, 1_234.5, "$1,234.50/h");
        check(Unit::UsdPerHour, 0.192, "$0.19/h");
        check(Unit::UsdPerHour, -0.0885, "-$0.09/h");
        check(Unit::UsdPerHour, 0.0416, "$0.0416/h");
        check(Unit::Usd, -12.5, "-$12.50");
        check(Unit::Usd, -1_234.5, "-$1,234.50");
        check(Unit::Usd, 0.00417, "$0.0042");
        check(Unit::Usd, 0.000_417, "$0.000417");
        check(Unit::Seconds, 45.0, "45 s");
        check(Unit::Seconds, 45.5, "45.5 s");
        check(Unit::Seconds, 5_400.0, "90.0 min");
        check(Unit::Seconds, 86_400.0, "24.0 h");
    }

    #[test]
    fn measured_numbers_have_three_digits() {
        let texts = [0.162, 4.67, 99.94, 152.9, 36_596.04].map(ratio);
        assert_eq!(texts, ["0.16", "4.7", "99.9", "153", "36,596"]);
    }

    #[test]
    fn nothing_is_shown_as_minus_zero() {
        assert_eq!(Style::of(Unit::Share, 0.0, 0.0).show(-0.000_01), "0.0 %");
        assert_eq!(Style::of(Unit::Count, -1_500.0, 0.0).show(-1_500.0), "-1,500");
    }

    #[test]
    fn a_spread_shows_the_decimals_it_needs() {
        let style = Style::of(Unit::Count, 12.0, 0.4);
        assert_eq!((style.show(12.0), style.number(0.4)), ("12.0".to_owned(), "0.4".to_owned()));
    }
}
