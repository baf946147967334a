//! What `plan rules` answers, in words and tables.

use super::{Cost, Rules};
use crate::model::counted;
use crate::planning::answer::{Answer, Kind, Table, Value};
use crate::planning::ground::RELAXED;

/// The answer of all policies; the sentence is about the first.
#[must_use]
pub fn answer(all: &[Rules], left_out: &[String]) -> Answer {
    let first = &all[0];
    let orders = counted(first.with.trials.len(), "order");
    let statement = format!("paired differences over {orders}; what is certain of any placement is proved");
    let mut answer = Answer::new("rules", headline(first), Kind::Sampled(statement));
    answer.is_yes = all.iter().all(|one| one.with.answer.is_some());
    answer.is_interrupted = all.iter().any(|one| one.is_interrupted);
    answer.tables.push(table(all));
    for one in all {
        let nothing: Vec<&str> = one.costs.iter().filter(|cost| is_free(cost)).map(|cost| cost.rule.as_str()).collect();
        if !nothing.is_empty() {
            answer.notes.push(format!("under {} these cost nothing on this load: {}", one.policy, nothing.join("; ")));
        }
        if !one.of_changes.is_empty() {
            let count = counted(one.of_changes.len(), "rule");
            answer.notes.push(format!(
                "{count} hold while something changes, which a packing does not ({}); `plan headroom` deploys",
                one.of_changes.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
            ));
        }
    }
    answer.notes.push(
        "a link of a chain that is left out can make packing better or worse: its cost may be negative".to_owned(),
    );
    answer.notes.push(format!("the bounds (B8) ignore {RELAXED}; the best known fleets are those that were packed"));
    answer.notes.extend(left_out.iter().map(|what| format!("left out: {what}")));
    answer
}

fn is_free(cost: &Cost) -> bool {
    !cost.differences.is_empty() && cost.differences.iter().all(|&difference| difference == 0)
}

fn headline(first: &Rules) -> String {
    if let Some(why) = &first.does_not_fit {
        return format!("no: the load does not fit with its rules, under {}: {why}", first.policy);
    }
    let Some(with) = &first.with.answer else {
        return format!("interrupted before an answer was known, under {}", first.policy);
    };
    let size = counted(with.size, "instance");
    let single = first.costs.iter().find(|cost| cost.mean.is_some_and(|mean| mean.mean > 0.0));
    match single {
        _ if first.costs.is_empty() => format!("{size}, and no rule that could be left out, under {}", first.policy),
        None => format!("{size}, and no rule costs an instance on this load, under {}", first.policy),
        Some(cost) => format!(
            "{size} with all rules; dearest is {}: {:.1} instances in the mean, under {}",
            cost.rule,
            cost.mean.map_or(0.0, |mean| mean.mean),
            first.policy
        ),
    }
}

fn table(all: &[Rules]) -> Table {
    let columns = [
        ("rule", "rule"),
        ("instances_mean", "instances"),
        ("low", "from"),
        ("high", "to"),
        ("usd_per_hour", "$/h"),
        ("instances_p90", "p90"),
        ("certain_least", "at least"),
        ("certain_most", "at most"),
        ("without", "without it"),
        ("with", "with it"),
        ("policy", "policy"),
    ];
    let mut table = Table::new("rules", "", &columns);
    for one in all {
        for cost in &one.costs {
            table.rows.push(row(one, cost));
        }
        if let Some(size) = one.survival.as_ref().and_then(|found| found.size) {
            let with = one.with.answer.as_ref();
            let more = with.map(|with| difference(size, with.size));
            let price = one.survival.as_ref().and_then(|found| found.price).zip(with.and_then(|with| with.price));
            let mut row = vec![Value::Absent; 11];
            row[0] = Value::text("surviving the loss of a zone");
            row[4] = price.map_or(Value::Absent, |(more, less)| change(more, less));
            row[5] = more.map_or(Value::Absent, Value::Change);
            row[8] = Value::count(with.map(|with| with.size));
            row[9] = Value::count(Some(size));
            row[10] = Value::text(&one.policy);
            table.rows.push(row);
        }
    }
    table
}

fn row(one: &Rules, cost: &Cost) -> Vec<Value> {
    let (with, without) = (one.with.answer.as_ref(), cost.without.answer.as_ref());
    let tenths = |value: f64| Value::text(format!("{value:+.1}"));
    let interval = cost.mean.and_then(|mean| mean.interval).filter(|(low, high)| low < high);
    let prices = with.and_then(|with| with.price).zip(without.and_then(|without| without.price));
    let sizes = with.zip(without).map(|(with, without)| difference(with.size, without.size));
    vec![
        Value::text(&cost.rule),
        cost.mean.map_or(Value::Absent, |mean| tenths(mean.mean)),
        interval.map_or(Value::Absent, |(low, _)| tenths(low)),
        interval.map_or(Value::Absent, |(_, high)| tenths(high)),
        prices.map_or(Value::Absent, |(with, without)| change(with, without)),
        sizes.map_or(Value::Absent, Value::Change),
        cost.certified.map_or(Value::Absent, |(least, _)| Value::Change(least)),
        cost.certified.map_or(Value::Absent, |(_, most)| Value::Change(most)),
        Value::count(without.map(|without| without.size)),
        Value::count(with.map(|with| with.size)),
        Value::text(&one.policy),
    ]
}

fn difference(a: usize, b: usize) -> i64 {
    i64::try_from(a).unwrap_or(i64::MAX) - i64::try_from(b).unwrap_or(i64::MAX)
}

fn change(a: u128, b: u128) -> Value {
    let wide = |price: u128| i128::try_from(price).unwrap_or(i128::MAX);
    Value::UsdChange(wide(a) - wide(b))
}
