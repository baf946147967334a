//! The verdict in sentences: the ranking by the primary figure, how sure it is, and what must not be read into it.

use super::{Experiment, sentences};
use crate::analysis::catalogue::{Better, METRICS, Metric, position};
use crate::analysis::compare::{Comparison, IDENTICAL, Verdict as Found, compare};
use crate::analysis::summary::SummaryRow;
use crate::report::answers::comparison;
use crate::report::caveats;
use crate::report::text::humane::Style;

/// What the top of the report says.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) headline: String,
    pub(super) primary_id: &'static str,
    pub(super) primary_title: &'static str,
    pub(super) ranking: Vec<Place>,
    /// Whether some place has an interval.
    pub(super) has_intervals: bool,
    pub(super) facts: Vec<String>,
}

/// One policy of the ranking.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) place: usize,
    pub(super) colour: usize,
    pub(super) policy: String,
    pub(super) strategy: String,
    pub(super) value: String,
    pub(super) interval: String,
    pub(super) gap: String,
    pub(super) never_placed: String,
    pub(super) price: String,
    pub(super) verdict: String,
}

pub(super) fn of(experiment: Experiment<'_>) -> Verdict {
    let plan = experiment.plan();
    let metric = &METRICS[position(plan.primary).expect("the plan names a figure of the catalogue")];
    let mut ranked: Vec<Ranked<'_>> = Vec::new();
    for (colour, policy) in experiment.manifest.policies.iter().enumerate() {
        let row = row(experiment, &policy.name, metric.column).filter(|row| row.mean.is_some());
        ranked.extend(row.map(|row| Ranked { colour, row }));
    }
    let sign = if metric.better == Better::Higher { -1.0 } else { 1.0 };
    ranked.sort_by(|a, b| (sign * a.row.mean.unwrap_or(0.0)).total_cmp(&(sign * b.row.mean.unwrap_or(0.0))));
    let best = ranked.first().map_or("", |first| first.row.policy.as_str());
    let differences = compare(experiment.records, best, plan);
    let against = |policy: &str| differences.iter().find(|row| row.policy == policy && row.metric == metric.column);
    let ranking: Vec<Place> = (1..)
        .zip(&ranked)
        .map(|(place, ranked)| ranking_row(experiment, metric, place, ranked, against(&ranked.row.policy)))
        .collect();
    let rivals: Vec<&str> = (ranking.iter().skip(1))
        .filter(|place| place.verdict.starts_with("not told apart") || place.verdict.starts_with("equal"))
        .map(|place| place.policy.as_str())
        .collect();
    Verdict {
        headline: headline(metric, &ranking, &rivals, differences.iter().any(|row| row.verdict == Found::Exact)),
        primary_id: metric.id,
        primary_title: metric.title,
        facts: facts(experiment, metric, &ranked, &differences),
        has_intervals: ranked.iter().any(|ranked| ranked.row.low < ranked.row.high),
        ranking,
    }
}

/// With a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn row<'a>(experiment: Experiment<'a>, policy: &str, column: &str) -> Option<&'a SummaryRow> {
    experiment.summary.iter().find(|row| row.policy == policy && row.metric == column)
}

/// A policy that has the figure: its colour, by its position in the manifest, and its row of the summary.
struct Ranked<'a> {
    colour: usize,
    row: &'a SummaryRow,
}

fn ranking_row(
    experiment: Experiment<'_>,
    metric: &Metric,
    place: usize,
    &Ranked { colour, row }: &Ranked<'_>,
    against: Option<&Comparison>,
) -> Place {
    let mean = row.mean.unwrap_or(0.0);
    let spread = row.low.zip(row.high).map_or(0.0, |(low, high)| (high - low) / 2.0);
    let style = Style::of(metric.unit, mean, spread);
    let other = |column: &str| {
        let row = self::row(experiment, &row.policy, column)?;
        let unit = METRICS[position(column)?].unit;
        row.mean.map(|mean| Style::of(unit, mean, 0.0).show(mean))
    };
    let dash = || "–".to_owned();
    Place {
        place,
        colour,
        policy: row.policy.clone(),
        strategy: experiment.manifest.policies[colour].strategy.clone(),
        value: style.show(mean),
        interval: match (row.low, row.high) {
            (Some(low), Some(high)) if low < high => format!("{} to {}", style.number(low), style.show(high)),
            _ => dash(),
        },
        gap: other("instances_gap_best").unwrap_or_else(dash),
        never_placed: other("tasks_never_placed").unwrap_or_else(dash),
        price: other("price_usd_per_hour_in_use_time_mean").unwrap_or_else(dash),
        verdict: match against.map(|row| (comparison::verdict(row), row.mean)) {
            None => String::new(),
            Some(("worse" | "better" | "exact", Some(mean))) => {
                let signed = if mean > 0.0 { "+" } else { "" };
                format!("{signed}{}", Style::of(metric.unit, mean, spread).show(mean))
            }
            Some((words, _)) => words.to_owned(),
        },
    }
}

/// By the rule of `compare`. `is_exact`: the first and another are one observation each.
fn headline(metric: &Metric, ranking: &[Place], rivals: &[&str], is_exact: bool) -> String {
    let Some(first) = ranking.first() else { return format!("No run has a figure for {}.", metric.title) };
    let title = metric.title;
    match (ranking.len(), rivals.len()) {
        (1, _) => format!("{}: {} {title}.", first.policy, first.value),
        (_, 0) if is_exact => format!(
            "On this one load {} comes first by {title}: {}; {} follows with {} ({IDENTICAL}).",
            first.policy, first.value, ranking[1].policy, ranking[1].value
        ),
        (all, same) if same + 1 == all => {
            format!(
                "No policy is told apart from the others by {title}; {} comes first with {}.",
                first.policy, first.value
            )
        }
        (_, 0) => format!(
            "{} is best by {title}: {}; {} follows with {}.",
            first.policy, first.value, ranking[1].policy, ranking[1].value
        ),
        (_, 1) => {
            format!("{} and {} lead by {title} ({}) and are not told apart.", first.policy, rivals[0], first.value)
        }
        (_, many) => {
            format!("{} leads by {title}: {}; {many} others are not told apart from it.", first.policy, first.value)
        }
    }
}

fn facts(
    experiment: Experiment<'_>,
    metric: &Metric,
    ranked: &[Ranked<'_>],
    differences: &[Comparison],
) -> Vec<String> {
    let mut facts = sentences::absent(experiment, metric);
    // Against the baseline; where that leads, against the next that is told apart.
    if let Some((first, others)) = ranked.split_first() {
        let baseline = others.iter().filter(|other| Some(other.row.policy.as_str()) == experiment.manifest.baseline());
        let say = |other: &Ranked<'_>| sentences::lead(metric, &first.row.policy, other.row, differences);
        facts.extend(baseline.chain(others).find_map(say));
    }
    facts.extend(sentences::bound(experiment));
    facts.extend(sentences::zone_loss(experiment));
    let seeds = experiment.manifest.seeds.len();
    let is_fixed = experiment.summary.iter().all(|row| row.is_fixed);
    facts.push(match seeds {
        _ if is_fixed => format!("{}. Each difference is exact for this one load; more seeds would change nothing.", sentence(IDENTICAL)),
        1 => "One seed only: nothing can be said of chance. Run more seeds for intervals.".to_owned(),
        _ => format!("Every policy faced the same {seeds} loads; intervals are 95 % over seeds, and policies are compared seed by seed."),
    });
    let records: Vec<_> = experiment.records.iter().collect();
    facts.extend(caveats::left_out(&records));
    facts.extend(caveats::steady(&records));
    // A number and its per cent sign stay on one line.
    facts.iter().map(|fact| fact.replace(" %", "\u{a0}%")).collect()
}
