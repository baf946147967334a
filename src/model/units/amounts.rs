//! Quantities with their unit in the type: CPU units, MiB, milliseconds, millionths of a dollar.
//!
//! All are integers. Ratios are kept exact in [`Ratio`](crate::model::Ratio) and divided only when printed.

use std::fmt;

/// An amount of CPU in ECS CPU units; 1,024 units are one vCPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuUnits(pub u32);

impl CpuUnits {
    /// CPU units in one vCPU.
    pub const PER_VCPU: u32 = 1024;
}

impl fmt::Display for CpuUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} CPU units", self.0)
    }
}

/// An amount of memory in MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryMib(pub u32);

impl fmt::Display for MemoryMib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.0)
    }
}

/// A price in millionths of a US dollar per hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicroUsdPerHour(pub u64);

impl fmt::Display for MicroUsdPerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06} USD/h", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A point in simulated time: milliseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u64);

/// A length of simulated time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimSpan(pub u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);

    /// The instant `span` later; the far end of time if that does not fit.
    #[must_use]
    pub fn after(self, span: SimSpan) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The time since `earlier`.
    ///
    /// # Panics
    /// If `earlier` is later than `self`: time never runs backwards within a run.
    #[must_use]
    pub fn since(self, earlier: Self) -> SimSpan {
        assert!(earlier <= self, "time ran backwards: {} after {}", self.0, earlier.0);
        SimSpan(self.0 - earlier.0)
    }
}

impl SimSpan {
    /// One second.
    pub const SECOND: Self = Self(1_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000);

    /// A whole number of seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * 1_000)
    }
}

/// Seconds with up to three decimals and no trailing zeros, as in the `time_s` columns.
fn write_seconds(milliseconds: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (whole, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    match rest {
        0 => write!(f, "{whole}"),
        r if r % 100 == 0 => write!(f, "{whole}.{}", r / 100),
        r if r % 10 == 0 => write!(f, "{whole}.{:02}", r / 10),
        r => write!(f, "{whole}.{r:03}"),
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(self.0, f)
    }
}

impl fmt::Display for SimSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_print_without_trailing_zeros() {
        let check = |ms, text: &str| assert_eq!(SimTime(ms).to_string(), text);
        check(0, "0");
        check(1_000, "1");
        check(1_500, "1.5");
        check(1_050, "1.05");
        check(61_001, "61.001");
    }

    #[test]
    fn prices_print_every_digit() {
        assert_eq!(MicroUsdPerHour(192_000).to_string(), "0.192000 USD/h");
    }
}
