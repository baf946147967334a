//! Dotted versions of the ECS agent.

use std::cmp::Ordering;
use std::fmt;

use smallvec::SmallVec;

/// A version such as `1.14.5`, compared number by number; parts that are not there count as 0.
#[derive(Clone, Debug)]
pub(in crate::query) struct Version {
    parts: SmallVec<[u64; 4]>,
}

impl Version {
    /// Reads numbers separated by points.
    pub(in crate::query) fn parse(text: &str) -> Option<Self> {
        let parts = text.split('.').map(parse_part).collect::<Option<_>>()?;
        Some(Self { parts })
    }
}

fn parse_part(text: &str) -> Option<u64> {
    // `parse` would take a leading plus sign.
    if text.starts_with('+') { None } else { text.parse().ok() }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let len = self.parts.len().max(other.parts.len());
        let padded = |version: &'_ Self, index| version.parts.get(index).copied().unwrap_or(0);
        (0..len)
            .map(|index| padded(self, index).cmp(&padded(other, index)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            let point = if index == 0 { "" } else { "." };
            write!(f, "{point}{part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    use super::Version;

    fn check(left: &str, right: &str, expected: Ordering) {
        let version = |text| Version::parse(text).expect("a version");
        assert_eq!(version(left).cmp(&version(right)), expected, "{left} against {right}");
        assert_eq!(version(right).cmp(&version(left)), expected.reverse(), "{right} against {left}");
    }

    #[test]
    fn versions_compare_number_by_number() {
        check("1.9.0", "1.14.5", Less);
        check("1.75", "1.75.0", Equal);
        check("1.75", "1.75.0.0.0.1", Less);
        check("2", "1.105.1", Greater);
        check("1.01", "1.1", Equal);
        check("1.14.5", "1.14.4", Greater);
    }

    #[test]
    fn other_texts_are_no_versions() {
        for text in ["", ".", "1.", ".1", "1..2", "v1.2", "1.2-rc1", "+1", "-1", "1.x", "99999999999999999999"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }
}
