//! Instants as the AWS CLI prints them: epoch seconds as a number, or ISO 8601 text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::query::Instant;

/// Milliseconds since 1970-01-01T00:00:00Z, exact to the millisecond in both forms.
///
/// It is written as epoch seconds, the form of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Milliseconds since the epoch.
    pub milliseconds: i64,
}

impl Timestamp {
    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.milliseconds.div_euclid(1_000)
    }

    /// The instant of an ISO 8601 text such as `2018-06-18T22:28:28.125+09:00`; digits below the millisecond are cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some((before, after)) = text.split_once('.') else {
            return Self::of(Instant::parse(text)?.seconds(), 0);
        };
        let length = after.bytes().take_while(u8::is_ascii_digit).count();
        let (fraction, zone) = after.split_at(length);
        if !(1..=9).contains(&length) {
            return None;
        }
        let milliseconds: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
        Self::of(Instant::parse(&format!("{before}{zone}"))?.seconds(), milliseconds)
    }

    /// The instant of a number of seconds, which has at most 15 digits before its point.
    fn of_real(seconds: f64) -> Option<Self> {
        let digits = format!("{seconds:.3}").replace('.', "");
        (seconds.abs() < 1e12).then(|| digits.parse().ok()).flatten().map(|milliseconds| Self { milliseconds })
    }

    fn of(seconds: i64, milliseconds: i64) -> Option<Self> {
        Some(Self { milliseconds: seconds.checked_mul(1_000)?.checked_add(milliseconds)? })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.milliseconds % 1_000 {
            0 => serializer.serialize_i64(self.milliseconds / 1_000),
            _ => serializer.serialize_f64(self.milliseconds as f64 / 1_000.0),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BothForms)
    }
}

struct BothForms;

impl Visitor<'_> for BothForms {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("epoch seconds or an ISO 8601 time")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Timestamp, E> {
        Timestamp::of(value, 0).ok_or_else(|| E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Timestamp, E> {
        let seconds = i64::try_from(value).ok().and_then(|seconds| Timestamp::of(seconds, 0));
        seconds.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Timestamp, E> {
        Timestamp::of_real(value).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, milliseconds: i64) {
        let read: Timestamp = serde_json::from_str(json).unwrap();
        assert_eq!(read.milliseconds, milliseconds, "{json}");
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&written).unwrap(), read, "{json} -> {written}");
    }

    #[test]
    fn both_forms_are_read_to_the_millisecond() {
        check("1795334983.406", 1_795_334_983_406);
        check("1795334983", 1_795_334_983_000);
        check("-0.5", -500);
        check("\"2018-06-18T22:28:28+00:00\"", 1_529_360_908_000);
        check("\"2018-06-18T22:28:28.125000+00:00\"", 1_529_360_908_125);
        check("\"2018-06-19T07:28:28.5+09:00\"", 1_529_360_908_500);
    }

    #[test]
    fn other_forms_are_refused() {
        for json in ["\"soon\"", "true", "1e300", "\"2018-06-18T22:28:28.+00:00\"", "18446744073709551615", "{}"] {
            assert!(serde_json::from_str::<Timestamp>(json).is_err(), "{json}");
        }
    }
}
