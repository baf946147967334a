//! Whether a scenario's own expectations hold of its summary.

use super::summary::SummaryRow;
use crate::model::{Bound, Expectation};

/// How far apart equal values may be.
const TOLERANCE: f64 = 1e-9;

/// An expectation and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was expected.
    pub expectation: Expectation,
    /// The mean over seeds; absent if no run has the figure.
    pub measured: Option<f64>,
    /// It is as expected. Never so for a policy or a metric that is not in the summary.
    pub holds: bool,
}

/// Holds each expectation against the mean of its policy and metric.
#[must_use]
pub fn check(expectations: &[Expectation], summary: &[SummaryRow]) -> Vec<Finding> {
    let find = |expectation: &Expectation| {
        let row = summary.iter().find(|row| row.policy == expectation.policy && row.metric == expectation.metric);
        let measured = row.and_then(|row| row.mean);
        let holds = row.is_some() && holds(expectation.bound, measured);
        Finding { expectation: expectation.clone(), measured, holds }
    };
    expectations.iter().map(find).collect()
}

fn holds(bound: Bound, measured: Option<f64>) -> bool {
    match (bound, measured) {
        (Bound::Absent, measured) => measured.is_none(),
        (_, None) => false,
        (Bound::Equals(expected), Some(measured)) => libm::fabs(measured - expected) <= TOLERANCE,
        (Bound::AtLeast(least), Some(measured)) => measured >= least,
        (Bound::AtMost(most), Some(measured)) => measured <= most,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Figure;
    use super::super::summary::summarise;
    use super::super::test_support::record;
    use super::*;

    fn check_one(figure: Figure, bound: Bound, expected: (Option<f64>, bool)) {
        let summary = summarise(&[record("p", 1, "attempts", figure)]);
        let expectation = Expectation { policy: "p".into(), metric: "attempts".into(), bound };
        let found = &check(&[expectation], &summary)[0];
        assert_eq!((found.measured, found.holds), expected, "{figure:?} {bound:?}");
    }

    #[test]
    fn bounds_hold_of_the_mean() {
        let five = Figure::Count(5);
        check_one(five, Bound::Equals(5.0 + 1e-10), (Some(5.0), true));
        check_one(five, Bound::Equals(5.1), (Some(5.0), false));
        check_one(five, Bound::AtLeast(5.0), (Some(5.0), true));
        check_one(five, Bound::AtLeast(5.1), (Some(5.0), false));
        check_one(five, Bound::AtMost(5.0), (Some(5.0), true));
        check_one(five, Bound::AtMost(4.9), (Some(5.0), false));
        check_one(five, Bound::Absent, (Some(5.0), false));
        check_one(Figure::Absent, Bound::Absent, (None, true));
        check_one(Figure::Absent, Bound::AtMost(9.0), (None, false));
    }

    #[test]
    fn nothing_holds_of_what_is_not_there() {
        let summary = summarise(&[record("p", 1, "attempts", Figure::Absent)]);
        for (policy, metric) in [("q", "attempts"), ("p", "attemps")] {
            let expectation = Expectation { policy: policy.into(), metric: metric.into(), bound: Bound::Absent };
            assert!(!check(&[expectation], &summary)[0].holds, "{policy} {metric}");
        }
    }
}
