//! How one value is printed in a CSV cell.

use crate::analysis::record::Figure;
use crate::analysis::seen::Seen;
use crate::model::{MicroUsdPerHour, SimSpan, SimTime};

/// A value that fits in a cell.
pub(in crate::report) trait Cell {
    /// Hands the cell's text to `write`.
    fn with_text<R>(&self, write: impl FnOnce(&str) -> R) -> R;
}

impl Cell for &str {
    fn with_text<R>(&self, write: impl FnOnce(&str) -> R) -> R {
        write(self)
    }
}

/// Numbers print as Rust prints them: integers plainly, doubles as the shortest decimal that reads back the same.
macro_rules! displayed {
    ($($kind:ty),*) => {$(
        impl Cell for $kind {
            fn with_text<R>(&self, write: impl FnOnce(&str) -> R) -> R {
                write(&self.to_string())
            }
        }
    )*};
}

displayed!(u32, u64, f64, Seen, SimTime);

impl Cell for Figure {
    fn with_text<R>(&self, write: impl FnOnce(&str) -> R) -> R {
        match *self {
            Self::Absent => write(""),
            Self::Count(count) => count.with_text(write),
            Self::Ratio(ratio) => ratio.to_f64().with_text(write),
            Self::MoreThanMs(ms) => write(&format!(">{}", SimSpan(ms))),
        }
    }
}

/// Dollars an hour, with the digits there are.
impl Cell for MicroUsdPerHour {
    fn with_text<R>(&self, write: impl FnOnce(&str) -> R) -> R {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        write(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// `None` is an empty cell.
impl<C: Cell> Cell for Option<C> {
    fn with_text<R>(&self, write: impl FnOnce(&str) -> R) -> R {
        match self {
            Some(value) => value.with_text(write),
            None => write(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: impl Cell, expected: &str) {
        assert_eq!(cell.with_text(str::to_owned), expected);
    }

    #[test]
    fn fractions_print_the_shortest_decimal_that_reads_back() {
        check(Figure::ratio(1, 3), "0.3333333333333333");
        check(Figure::ratio(9, 16), "0.5625");
        check(Figure::ratio(4, 2), "2");
        check(Figure::ratio(1, 30_000_000), "0.000000033333333333333334");
    }

    #[test]
    fn absent_is_empty_and_censored_is_more_than_seconds() {
        check(Figure::Absent, "");
        check(Figure::ratio(1, 0), "");
        check(Figure::MoreThanMs(100_000), ">100");
        check(Figure::MoreThanMs(1_500), ">1.5");
        check(None::<u64>, "");
    }

    #[test]
    fn counts_and_prices_lose_no_digit() {
        check(Figure::Count(u64::MAX), "18446744073709551615");
        check(MicroUsdPerHour(192_000), "0.192");
        check(MicroUsdPerHour(2_000_000), "2");
        check(MicroUsdPerHour(0), "0");
        check(MicroUsdPerHour(1), "0.000001");
    }
}
