//! The sentences that people come for, from paired differences and means: how much better, how near the bound, what a
//! lost zone takes, and who could not be ranked.

use super::Experiment;
use crate::analysis::bounds::name;
use crate::analysis::catalogue::{Metric, Unit};
use crate::analysis::compare::Comparison;
use crate::analysis::summary::SummaryRow;
use crate::model::noun_of;
use crate::report::text::humane::Style;

/// How far the first of the ranking lies below or above another policy: `differences` are those of others less the first,
/// seed by seed, so their signs are turned. `None` where they are not told apart or the other has nothing to divide by.
pub(super) fn lead(metric: &Metric, first: &str, other: &SummaryRow, differences: &[Comparison]) -> Option<String> {
    let row = differences.iter().find(|row| row.policy == other.policy && row.metric == metric.column)?;
    let whole = other.mean.filter(|&mean| mean > 0.0)?;
    let share = |difference: f64| 100.0 * -difference / whole;
    let mean = share(row.mean?);
    let (low, high) = row.low.zip(row.high).map_or((mean, mean), |(low, high)| (share(high), share(low)));
    let is_told_apart = row.p_holm.is_some_and(|p| p < 0.05) && (low > 0.0 || high < 0.0);
    if !is_told_apart {
        return None;
    }
    let side = if mean < 0.0 { "below" } else { "above" };
    let (least, most) = (low.abs().min(high.abs()), low.abs().max(high.abs()));
    let spread = match row.method {
        Some(_) => format!("between {least:.1} % and {most:.1} % with 95 % confidence"),
        None => "the same difference on every seed".to_owned(),
    };
    Some(format!(
        "By {}, {first} lies {:.1} % {side} {} ({spread}, paired by seed).",
        metric.title,
        mean.abs(),
        other.policy
    ))
}

/// The number of instances that no policy can do without, and which bound says so.
pub(super) fn bound(experiment: Experiment<'_>) -> Option<String> {
    let rows = of(experiment, name::BEST);
    let least = rows.into_iter().min_by(|a, b| a.mean.unwrap_or(0.0).total_cmp(&b.mean.unwrap_or(0.0)))?;
    let mean = least.mean?;
    let shown = Style::of(Unit::Count, mean, 0.0).show(mean);
    let which = name::of_summary(experiment.summary, &least.policy).map_or(String::new(), |name| format!(": {name}"));
    let instances = noun_of(&mean, "instance");
    let on_average = if experiment.manifest.seeds.len() > 1 { " on average" } else { "" };
    Some(format!(
        "No policy could hold the tasks it placed on fewer than {shown} {instances}{on_average} (lower bound{which}; \
         zones, spread and memberOf left out)."
    ))
}

/// What the loss of one zone takes from the worst group, for the policies that lose least and most.
pub(super) fn zone_loss(experiment: Experiment<'_>) -> Option<String> {
    if experiment.manifest.zones.len() < 2 {
        return None;
    }
    let mut rows = of(experiment, "blast_radius_zone_worst");
    rows.sort_by(|a, b| a.mean.unwrap_or(0.0).total_cmp(&b.mean.unwrap_or(0.0)));
    let (least, most) = (rows.first()?, rows.last()?);
    let share = |row: &SummaryRow| format!("{:.1} %", 100.0 * row.mean.unwrap_or(0.0));
    let (low, high) = (share(least), share(most));
    Some(if low == high {
        format!("Losing a zone takes up to {high} of the tasks of one group, under every policy.")
    } else {
        format!(
            "Losing a zone takes up to {low} of the tasks of one group under {}, up to {high} under {}.",
            least.policy, most.policy
        )
    })
}

/// Policies that have the figure on no seed and are not ranked, and those that have it on some only.
pub(super) fn absent(experiment: Experiment<'_>, metric: &Metric) -> Vec<String> {
    let rows = experiment.manifest.policies.iter().filter_map(|policy| {
        let row = experiment.summary.iter().find(|row| row.policy == policy.name && row.metric == metric.column)?;
        (row.absent > 0).then_some(row)
    });
    let title = metric.title;
    let say = |row: &SummaryRow| match row.n {
        0 => format!("{} is not ranked: it has no figure for {title} on any seed.", row.policy),
        n => format!(
            "{} has a figure for {title} on {n} of {} seeds only; its mean leaves the others out, and so does every \
             comparison with it.",
            row.policy,
            n + row.absent
        ),
    };
    rows.map(say).collect()
}

/// The rows of a figure that have a mean, in the order of the policies.
fn of<'a>(experiment: Experiment<'a>, column: &str) -> Vec<&'a SummaryRow> {
    experiment.summary.iter().filter(|row| row.metric == column && row.mean.is_some()).collect()
}
