//! Instants in UTC, to the second, in the forms that `registeredAt` takes.

use std::fmt;

/// A point in time: seconds since 1970-01-01T00:00:00Z, in the years 0000 to 9999 if it was parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub(in crate::query) i64);

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;
/// Days in 400 Gregorian years.
const DAYS_PER_ERA: i64 = 146_097;

impl Instant {
    /// 0000-01-01T00:00:00Z.
    const FIRST: Self = Self(-62_167_219_200);
    /// 9999-12-31T23:59:59Z.
    const LAST: Self = Self(253_402_300_799);

    /// Reads `2018-06-18`, `2018-06-18T22:28:28`, and the latter with `Z` or an offset such as `+09:00`.
    ///
    /// No zone is UTC, no time is midnight.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            None => (text, 0),
            Some((date, time)) => (date, parse_time_and_zone(time)?),
        };
        let instant = Self(parse_date(date)? * SECONDS_PER_DAY + time);
        (Self::FIRST..=Self::LAST).contains(&instant).then_some(instant)
    }

    /// The instant so many seconds after 1970-01-01T00:00:00Z; `None` outside the years 0000 to 9999.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        Some(Self(seconds)).filter(|instant| (Self::FIRST..=Self::LAST).contains(instant))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }
}

/// Days since 1970-01-01.
fn parse_date(text: &str) -> Option<i64> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    let is_valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    is_valid.then(|| days_from_civil(year, month, day))
}

/// Seconds since midnight UTC of the date, which may be negative or beyond the day.
fn parse_time_and_zone(text: &str) -> Option<i64> {
    let (time, offset) = match text.find(['Z', '+', '-']) {
        None => (text, 0),
        Some(at) => (&text[..at], parse_offset(&text[at..])?),
    };
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_valid = hour < 24 && minute < 60 && second < 60;
    is_valid.then_some((hour * 60 + minute) * 60 + second - offset)
}

/// Seconds east of UTC.
fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('+') { 1 } else { -1 };
    let [hours, minutes] = numbers(&text[1..], ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

/// Numbers of exactly so many digits.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
///
/// Years are taken to begin in March, so that the leap day is their last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - DAYS_TO_EPOCH
}

/// The date of the Gregorian calendar: the inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_EPOCH;
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// As `2018-06-18T22:28:28Z`, or the date alone at midnight.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(SECONDS_PER_DAY));
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        match self.0.rem_euclid(SECONDS_PER_DAY) {
            0 => Ok(()),
            second => write!(f, "T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Instant, civil_from_days, days_from_civil, days_in_month};

    fn check(text: &str, seconds: i64, canonical: &str) {
        let instant = Instant::parse(text).expect("an instant");
        assert_eq!((instant.0, instant.to_string().as_str()), (seconds, canonical), "{text}");
    }

    #[test]
    fn documented_forms_are_read() {
        check("1970-01-01", 0, "1970-01-01");
        check("2018-06-18T22:28:28+00:00", 1_529_360_908, "2018-06-18T22:28:28Z");
        check("2018-06-18T22:28:28Z", 1_529_360_908, "2018-06-18T22:28:28Z");
        check("2018-06-18T22:28:28", 1_529_360_908, "2018-06-18T22:28:28Z");
        check("2018-06-18", 1_529_280_000, "2018-06-18");
        check("2024-01-05T00:00:00+09:00", 1_704_380_400, "2024-01-04T15:00:00Z");
        check("2024-02-29T23:30:00-00:30", 1_709_251_200, "2024-03-01");
        check("0000-01-01", Instant::FIRST.0, "0000-01-01");
        check("9999-12-31T23:59:59Z", Instant::LAST.0, "9999-12-31T23:59:59Z");
    }

    #[test]
    fn other_texts_are_no_instants() {
        let texts = [
            "",
            "2018",
            "2018-06",
            "18-06-2018",
            "2018-6-18",
            "2018-13-01",
            "2018-00-01",
            "2018-02-29",
            "1900-02-29",
            "2018-04-31",
            "2018-06-18T",
            "2018-06-18T22:28",
            "2018-06-18T24:00:00",
            "2018-06-18T22:60:00",
            "2018-06-18T22:28:60",
            "2018-06-18T22:28:28.5Z",
            "2018-06-18T22:28:28+0900",
            "2018-06-18T22:28:28+24:00",
            "2018-06-18T22:28:28Z+01:00",
            "2018-06-18t22:28:28z",
            "+018-06-18",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "２018-06-18",
            "2018-06-18T22:28:28é",
        ];
        for text in texts {
            assert_eq!(Instant::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn days_count_up_by_one_through_400_years() {
        let mut expected = days_from_civil(1970, 1, 1);
        assert_eq!(expected, 0);
        for year in 1970..2370 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(days_from_civil(year, month, day), expected, "{year}-{month}-{day}");
                    assert_eq!(civil_from_days(expected), (year, month, day));
                    expected += 1;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_instant_survives_printing(seconds in Instant::FIRST.0..=Instant::LAST.0) {
            prop_assert_eq!(Instant::parse(&Instant(seconds).to_string()), Some(Instant(seconds)));
        }
    }
}
