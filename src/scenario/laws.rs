//! The laws of arrival times and of lifetimes, each a table with a `model`.

use super::context::Problem;
use super::keys::{self, Shape};
use super::limits;
use super::reader::{Item, Table};
use super::rules::Rule;
use crate::model::{Arrivals, Lifetime, SimSpan};

/// The arrivals under an item.
pub(super) fn read_arrivals(item: &Item<'_>) -> Option<Arrivals> {
    const MODELS: [(&str, &Shape); 4] = [
        ("at-once", &keys::AT_ONCE),
        ("poisson", &keys::POISSON),
        ("batch-poisson", &keys::BATCH_POISSON),
        ("hourly-profile", &keys::HOURLY_PROFILE),
    ];
    let (shape, table) = item.tagged("model", &MODELS)?;
    let rate = |key| table.get(key).and_then(|item| item.real(1e-6..=limits::RATE));
    match shape.path {
        "arrivals.at-once" => Some(Arrivals::AtOnce),
        "arrivals.poisson" => Some(Arrivals::Poisson { rate_per_hour: rate("rate-per-hour")? }),
        "arrivals.batch-poisson" => {
            let (batches_per_hour, batch_sizes) = (rate("batches-per-hour"), read_batch_sizes(&table));
            Some(Arrivals::BatchPoisson { batches_per_hour: batches_per_hour?, batch_sizes: batch_sizes? })
        }
        _ => {
            let (rate_per_hour, profile) = (rate("rate-per-hour"), read_profile(&table));
            Some(Arrivals::HourlyProfile { rate_per_hour: rate_per_hour?, profile: profile? })
        }
    }
}

fn read_batch_sizes(table: &Table<'_>) -> Option<Vec<(u32, u32)>> {
    let item = table.get("batch-sizes")?;
    let sizes = table.tables("batch-sizes", &keys::BATCH_SIZE);
    if sizes.is_empty() {
        item.report(Problem::new(Rule::Law, "`batch-sizes` is empty").label("empty").help("give at least one size"));
        return None;
    }
    let read = |entry: &Table<'_>| {
        let size = entry.get("size").and_then(|item| item.integer_u32(1..=limits::WEIGHT));
        let weight = entry.or_default("weight").integer_u32(1..=limits::WEIGHT);
        Some((size?, weight?))
    };
    sizes.iter().map(read).collect()
}

/// 24 relative rates, of which one at least is above 0.
fn read_profile(table: &Table<'_>) -> Option<Vec<f64>> {
    let item = table.get("profile")?;
    let hours = item.list()?;
    let profile: Option<Vec<f64>> = hours.iter().map(|hour| hour.real(0.0..=limits::RATE)).collect();
    let profile = profile?;
    if profile.len() != 24 {
        let message = format!("`profile` has {} numbers", profile.len());
        item.report(
            Problem::new(Rule::Law, message).label("not a day").help("give 24 numbers, one for each hour of the day"),
        );
        return None;
    }
    if profile.iter().all(|rate| *rate <= 0.0) {
        item.report(
            Problem::new(Rule::Law, "`profile` is 0 in every hour")
                .label("nothing ever arrives")
                .help("give a rate above 0 to some hour"),
        );
        return None;
    }
    Some(profile)
}

/// The lifetime under an item.
pub(super) fn read_lifetime(item: &Item<'_>) -> Option<Lifetime> {
    const MODELS: [(&str, &Shape); 6] = [
        ("forever", &keys::FOREVER),
        ("constant", &keys::CONSTANT),
        ("exponential", &keys::EXPONENTIAL),
        ("lognormal", &keys::LOGNORMAL),
        ("bounded-pareto", &keys::BOUNDED_PARETO),
        ("empirical", &keys::EMPIRICAL),
    ];
    let (shape, table) = item.tagged("model", &MODELS)?;
    let span = |key| table.get(key).and_then(|item| item.positive_span());
    match shape.path {
        "lifetime.forever" => Some(Lifetime::Forever),
        "lifetime.constant" => span("value").map(Lifetime::Constant),
        "lifetime.exponential" => Some(Lifetime::Exponential { mean: span("mean")? }),
        "lifetime.lognormal" => read_lognormal(&table),
        "lifetime.bounded-pareto" => {
            let alpha = table.get("alpha").and_then(|item| item.real(0.01..=100.0));
            let (low, high) = rising(&table, "low", "high", Equal::Refused)?;
            Some(Lifetime::BoundedPareto { low, high, alpha: alpha? })
        }
        _ => read_quantiles(&table).map(Lifetime::Empirical),
    }
}

fn read_lognormal(table: &Table<'_>) -> Option<Lifetime> {
    let (median, p99) = rising(table, "median", "p99", Equal::Allowed)?;
    let cap = match table.or_absent("cap") {
        None => SimSpan(p99.0.saturating_mul(10)),
        Some(_) => rising(table, "median", "cap", Equal::Allowed)?.1,
    };
    Some(Lifetime::Lognormal { median, p99, cap })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Equal {
    Allowed,
    Refused,
}

/// Two lengths of time of which the first is the shorter.
fn rising(table: &Table<'_>, low: &'static str, high: &'static str, equal: Equal) -> Option<(SimSpan, SimSpan)> {
    let (low_item, high_item) = (table.get(low), table.get(high));
    let spans = (low_item?.positive_span(), high_item?.positive_span());
    let (Some(shorter), Some(longer)) = spans else { return None };
    if shorter < longer || (shorter == longer && equal == Equal::Allowed) {
        return Some((shorter, longer));
    }
    let relation = if equal == Equal::Allowed { "not be below" } else { "be above" };
    let problem = Problem::new(Rule::Law, format!("`{high}` must {relation} `{low}`"))
        .label("too short")
        .help(format!("write a longer `{high}` or a shorter `{low}`"));
    high_item?.report(problem.related(low_item?.span(), format!("`{low}` is this")));
    None
}

/// Quantiles from probability 0 to 1, both columns rising.
fn read_quantiles(table: &Table<'_>) -> Option<Vec<(f64, SimSpan)>> {
    let item = table.get("quantiles")?;
    let entries = table.tables("quantiles", &keys::QUANTILE);
    let read = |entry: &Table<'_>| {
        let p = entry.get("p").and_then(|item| item.real(0.0..=1.0));
        let value = entry.get("value").and_then(|item| item.span_of_time());
        Some((p?, value?))
    };
    let quantiles: Option<Vec<(f64, SimSpan)>> = entries.iter().map(read).collect();
    let quantiles = quantiles?;
    let starts_at_0 = quantiles.first().is_some_and(|(p, _)| *p <= 0.0);
    let ends_at_1 = quantiles.last().is_some_and(|(p, _)| *p >= 1.0);
    if quantiles.len() < 2 || !starts_at_0 || !ends_at_1 {
        let problem = Problem::new(Rule::Law, "`quantiles` must go from p = 0 to p = 1");
        item.report(problem.label("not the whole law").help("give the shortest life first and the longest last"));
        return None;
    }
    let fall = quantiles.windows(2).position(|pair| pair[0].0 >= pair[1].0 || pair[0].1 > pair[1].1);
    if let Some(entry) = fall.and_then(|position| entries.get(position + 1)) {
        entry.report(
            Problem::new(Rule::Law, "`quantiles` must rise")
                .label("not above the one before")
                .help("sort them by `p` and by `value`"),
        );
        return None;
    }
    Some(quantiles)
}
