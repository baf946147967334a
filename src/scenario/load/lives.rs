//! The laws of lifetimes, each a table with a `model`.

use crate::model::{LifeQuantile, Lifetime, SimSpan};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys::{self, Shape};
use crate::scenario::reading::limits;
use crate::scenario::reading::quantity::show_span;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

const MODELS: [(&str, &Shape); 9] = [
    ("forever", &keys::FOREVER),
    ("constant", &keys::CONSTANT),
    ("exponential", &keys::EXPONENTIAL),
    ("lognormal", &keys::LOGNORMAL),
    ("weibull", &keys::WEIBULL),
    ("bounded-pareto", &keys::BOUNDED_PARETO),
    ("lognormal-pareto", &keys::LOGNORMAL_PARETO),
    ("empirical", &keys::EMPIRICAL),
    ("mixture", &keys::MIXTURE),
];

/// The lifetime under an item.
pub(crate) fn read_lifetime(item: &Item<'_>) -> Option<Lifetime> {
    let (shape, table) = item.tagged("model", &MODELS)?;
    if shape.path == keys::MIXTURE.path { read_mixture(&table) } else { read_single(shape, &table) }
}

/// Any law but a mixture.
fn read_single(shape: &Shape, table: &Table<'_>) -> Option<Lifetime> {
    let span = |key| table.get(key).and_then(|item| item.positive_span());
    match shape.path {
        "lifetime.forever" => Some(Lifetime::Forever),
        "lifetime.constant" => span("value").map(Lifetime::Constant),
        "lifetime.exponential" => Some(Lifetime::Exponential { mean: span("mean")? }),
        "lifetime.lognormal" => read_lognormal(table),
        "lifetime.weibull" => {
            let shape = table.get("shape").and_then(|item| item.real(0.05..=100.0));
            let (scale, cap) = rising(table, "scale", "cap", Equal::Allowed)?;
            Some(Lifetime::Weibull { scale, shape: shape?, cap })
        }
        "lifetime.bounded-pareto" => {
            let alpha = read_alpha(table);
            let (low, high) = rising(table, "low", "high", Equal::Refused)?;
            Some(Lifetime::BoundedPareto { low, high, alpha: alpha? })
        }
        "lifetime.lognormal-pareto" => read_lognormal_pareto(table),
        _ => read_quantiles(table).map(Lifetime::Empirical),
    }
}

fn read_alpha(table: &Table<'_>) -> Option<f64> {
    table.get("alpha").and_then(|item| item.real(0.01..=100.0))
}

fn read_lognormal(table: &Table<'_>) -> Option<Lifetime> {
    let (median, p99) = rising(table, "median", "p99", Equal::Allowed)?;
    let cap = match table.or_absent("cap") {
        None => SimSpan(p99.0.saturating_mul(10)),
        Some(_) => rising(table, "median", "cap", Equal::Allowed)?.1,
    };
    Some(Lifetime::Lognormal { median, p99, cap })
}

/// The cap must leave room for a tail beyond the body.
fn read_lognormal_pareto(table: &Table<'_>) -> Option<Lifetime> {
    let alpha = read_alpha(table);
    let tail_share = table.get("tail-share").and_then(|item| item.real(1e-6..=0.1));
    let (median, p90) = rising(table, "median", "p90", Equal::Allowed)?;
    let (_, cap) = rising(table, "p90", "cap", Equal::Refused)?;
    let tail_share = tail_share?;
    let start = end_of_body(median, p90, tail_share);
    if start >= cap {
        let seconds = SimSpan::from_secs(start.0.div_ceil(1_000));
        let message = format!("`cap` is below the beginning of the tail, {}", show_span(seconds));
        let problem = Problem::new(Rule::Law, message).label("no room for a tail");
        table.get("cap")?.report(problem.help("write a longer `cap` or a larger `tail-share`"));
        return None;
    }
    Some(Lifetime::LognormalPareto { median, p90, tail_share, alpha: alpha?, cap })
}

/// The life that the body exceeds with the probability `tail_share`, to the millisecond above.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of time up to 100 years are exact in a double, and the cast of a larger one saturates"
)]
fn end_of_body(median: SimSpan, p90: SimSpan, tail_share: f64) -> SimSpan {
    // Bisection on the tail of the normal law; 60 halvings of an interval of 8 leave the last bit of a double.
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let beyond = 0.5 * libm::erfc(middle / core::f64::consts::SQRT_2);
        if beyond > tail_share { low = middle } else { high = middle }
    }
    let (median, p90) = (median.0 as f64, p90.0 as f64);
    let growth = libm::log(p90 / median) / 1.281_551_565_544_600_4;
    SimSpan(libm::ceil(median * libm::exp(growth * high)) as u64)
}

fn read_mixture(table: &Table<'_>) -> Option<Lifetime> {
    let item = table.get("classes")?;
    let classes = table.tables("classes", &keys::LIFE_CLASS);
    if classes.is_empty() {
        item.report(Problem::new(Rule::Law, "`classes` is empty").label("empty").help("give at least one class"));
        return None;
    }
    let read = |class: &Table<'_>| {
        let weight = class.or_default("weight").integer_u32(1..=limits::WEIGHT);
        let law = class.get("lifetime").and_then(|item| {
            let (shape, table) = item.tagged("model", &MODELS)?;
            if shape.path == keys::MIXTURE.path {
                let problem = Problem::new(Rule::Law, "a class of a mixture is a mixture").label("one within another");
                item.report(problem.help("give each of its classes beside the others, with its share of the weight"));
                return None;
            }
            read_single(shape, &table)
        });
        Some((weight?, law?))
    };
    // All classes are read, so that all of their problems are told.
    let read: Vec<Option<(u32, Lifetime)>> = classes.iter().map(read).collect();
    read.into_iter().collect::<Option<Vec<_>>>().map(Lifetime::Mixture)
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
fn read_quantiles(table: &Table<'_>) -> Option<Vec<LifeQuantile>> {
    let item = table.get("quantiles")?;
    let entries = table.tables("quantiles", &keys::QUANTILE);
    let read = |entry: &Table<'_>| {
        let p = entry.get("p").and_then(|item| item.real(0.0..=1.0));
        let value = entry.get("value").and_then(|item| item.span_of_time());
        Some(LifeQuantile { probability: p?, life: value? })
    };
    let quantiles: Option<Vec<LifeQuantile>> = entries.iter().map(read).collect();
    let quantiles = quantiles?;
    let starts_at_0 = quantiles.first().is_some_and(|first| first.probability <= 0.0);
    let ends_at_1 = quantiles.last().is_some_and(|last| last.probability >= 1.0);
    if quantiles.len() < 2 || !starts_at_0 || !ends_at_1 {
        let problem = Problem::new(Rule::Law, "`quantiles` must go from p = 0 to p = 1");
        item.report(problem.label("not the whole law").help("give the shortest life first and the longest last"));
        return None;
    }
    let falls = |pair: &[LifeQuantile]| pair[0].probability >= pair[1].probability || pair[0].life > pair[1].life;
    let fall = quantiles.windows(2).position(falls);
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
