//! What was seen of a value: all of it, or that it is more than something (M23).

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

/// A value that is known, or known to be larger than another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// This value.
    Exactly(f64),
    /// A larger one than this: a wait that had not ended, in seconds.
    MoreThan(f64),
}

impl Seen {
    /// The value, if it is known.
    #[must_use]
    pub fn exact(self) -> Option<f64> {
        match self {
            Self::Exactly(value) => Some(value),
            Self::MoreThan(_) => None,
        }
    }

    /// The value, or the one that it is larger than.
    #[must_use]
    pub fn at_least(self) -> f64 {
        let (Self::Exactly(value) | Self::MoreThan(value)) = self;
        value
    }

    /// Whether the value is only known to be more than something.
    #[must_use]
    pub fn is_censored(self) -> bool {
        matches!(self, Self::MoreThan(_))
    }

    /// The order of ranks: what is more than a value comes behind that value.
    #[must_use]
    pub fn rank(&self, other: &Self) -> Ordering {
        self.at_least().total_cmp(&other.at_least()).then(self.is_censored().cmp(&other.is_censored()))
    }

    /// This less another; `None` where not even the sign is known.
    #[must_use]
    pub fn less(self, other: Self) -> Option<Difference> {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Some(Difference::Exactly(a - b)),
            (Self::MoreThan(a), Self::Exactly(b)) => (a >= b).then_some(Difference::Above(a - b)),
            (Self::Exactly(a), Self::MoreThan(b)) => (a <= b).then_some(Difference::Below(a - b)),
            (Self::MoreThan(_), Self::MoreThan(_)) => None,
        }
    }
}

/// `600`, or `>600`.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(value) => write!(f, "{value}"),
            Self::MoreThan(value) => write!(f, ">{value}"),
        }
    }
}

/// A number, or the text `>600`.
impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exactly(value) => serializer.serialize_f64(*value),
            Self::MoreThan(_) => serializer.collect_str(self),
        }
    }
}

/// A difference of two values, one of which may be known only to be larger than something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Difference {
    /// Both are known.
    Exactly(f64),
    /// It is larger than this, which is not below 0.
    Above(f64),
    /// It is smaller than this, which is not above 0.
    Below(f64),
}

impl Difference {
    /// The difference, if it is known.
    #[must_use]
    pub fn exact(self) -> Option<f64> {
        match self {
            Self::Exactly(value) => Some(value),
            Self::Above(_) | Self::Below(_) => None,
        }
    }

    /// Which side of 0 it lies on.
    #[must_use]
    pub fn sign(self) -> Ordering {
        match self {
            Self::Exactly(value) => value.partial_cmp(&0.0).unwrap_or(Ordering::Equal),
            Self::Above(_) => Ordering::Greater,
            Self::Below(_) => Ordering::Less,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seen::{Exactly, MoreThan};
    use super::*;

    #[test]
    fn a_difference_has_a_sign_where_the_sign_is_certain() {
        let check = |a: Seen, b, sign| assert_eq!(a.less(b).map(Difference::sign), sign, "{a} less {b}");
        check(Exactly(3.0), Exactly(1.0), Some(Ordering::Greater));
        check(Exactly(1.0), Exactly(1.0), Some(Ordering::Equal));
        check(MoreThan(600.0), Exactly(0.0), Some(Ordering::Greater));
        check(MoreThan(600.0), Exactly(600.0), Some(Ordering::Greater));
        check(MoreThan(600.0), Exactly(601.0), None);
        check(Exactly(600.0), MoreThan(600.0), Some(Ordering::Less));
        check(Exactly(601.0), MoreThan(600.0), None);
        check(MoreThan(600.0), MoreThan(5.0), None);
    }

    #[test]
    fn what_is_more_than_a_value_ranks_behind_it_and_before_the_next() {
        let mut values = [Exactly(700.0), MoreThan(600.0), Exactly(600.0), MoreThan(5.0)];
        values.sort_by(Seen::rank);
        assert_eq!(values.map(|value| value.to_string()), [">5", "600", ">600", "700"]);
        assert_eq!(serde_json::to_string(&values).unwrap(), r#"[">5",600.0,">600",700.0]"#);
    }
}
