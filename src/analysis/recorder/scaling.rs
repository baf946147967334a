//! The minutes of capacity providers, as rows.

use std::collections::BTreeMap;

use crate::analysis::record::{AutoscalingRow, Figure};
use crate::analysis::snapshot::provider::reservation;
use crate::model::{ProviderId, Scenario};
use crate::simulation::{MetricPoint, Scaling};

/// M6 by the last minute of every provider; `None` before the first.
pub(super) fn measured(last: &BTreeMap<ProviderId, MetricPoint>) -> Option<Figure> {
    let sum = |of: fn(&MetricPoint) -> u64| last.values().map(of).sum();
    (!last.is_empty()).then(|| reservation(sum(|point| point.needed), sum(|point| point.running)))
}

/// One minute as a row.
pub(super) fn row(scenario: &Scenario, point: &MetricPoint) -> AutoscalingRow {
    let (change, reason) = match point.scaling {
        Scaling::None => (0, String::new()),
        Scaling::Out(count) => (i64::from(count), "scale-out".to_owned()),
        Scaling::WarmingUp => (0, "instances are warming up".to_owned()),
        Scaling::Counting(points) => (0, format!("{points} of 15 points for scale-in")),
        Scaling::Pausing => (0, "the last step of scale-in was a moment ago".to_owned()),
        Scaling::AtTarget => (0, "the tasks that wait do not fit on its smallest type".to_owned()),
        Scaling::AtMaximum => (0, "the group is at its maximum-size".to_owned()),
        Scaling::AtMinimum => (0, "the group is at its minimum-size".to_owned()),
        Scaling::In(count) => (-i64::from(count), "scale-in".to_owned()),
        Scaling::Protected => (0, "every instance runs a task and is protected".to_owned()),
    };
    let (numerator, denominator) = point.reservation;
    AutoscalingRow {
        at_ms: point.at.0,
        provider: scenario.dynamics.providers[point.provider.index()].name.clone(),
        needed: point.needed,
        running: point.running,
        launching: point.launching,
        busy: point.busy,
        waiting: point.waiting,
        reservation_percent: Figure::ratio(u128::from(numerator), u128::from(denominator)),
        change,
        reason,
    }
}
