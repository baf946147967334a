//! What `plan mix` answers, in words and tables.

use super::{Measured, Mix, Question, Spot, Totals};
use crate::model::{Policy, Requests, counted};
use crate::planning::answer::{Answer, Kind, Table, Value, dollars};
use crate::planning::compact::{name_of, why_homeless};
use crate::planning::ground::{Load, RELAXED};

/// The answer of all policies; the sentence is about the first.
#[must_use]
pub fn answer(offered: &Load, policies: &[&Policy], question: Question, all: &[Mix]) -> Answer {
    let first = &all[0];
    let statement = match first.candidates.first().and_then(|one| one.compaction.as_ref()) {
        Some(compaction) => compaction.confidence.statement(compaction.trials.len()),
        None => "no candidate was compacted".to_owned(),
    };
    let kind = match first.homeless {
        Some(_) => Kind::Exact("no instance of any type holds the task, even empty".to_owned()),
        None => Kind::Sampled(format!("{statement}; the bound on any mix is proved")),
    };
    let requests: Vec<Requests> = policies.iter().map(|policy| Requests::compile(&offered.scenario, policy)).collect();
    let mut answer = Answer::new("mix", headline(offered, &requests[0], first), kind);
    answer.is_yes = all.iter().all(|mix| mix.candidates.iter().any(|one| one.price().is_some()));
    answer.is_interrupted = all.iter().any(|mix| mix.is_interrupted);
    answer.tables.push(table(question, all));
    if let Some(solved) = first.any.as_ref() {
        let bound = solved.bound();
        answer.fact("usd_bound", "any mix costs at least", Value::usd(bound));
        answer.fact("usd_best_known", "best known, by patterns without a chain", Value::usd(Some(solved.cost)));
    }
    answer.fact("usd_present", "the present fleet", Value::usd(first.present));
    for (requests, mix) in requests.iter().zip(all) {
        notes(offered, requests, mix, &mut answer.notes);
    }
    answer.notes.push(format!("the bound (B8, pattern linear programme) ignores {RELAXED}"));
    answer.notes.extend(offered.left_out.iter().map(|what| format!("left out: {what}")));
    answer
}

fn headline(offered: &Load, requests: &Requests, mix: &Mix) -> String {
    if let Some(request) = mix.homeless {
        return format!("no: {}", why_homeless(offered, requests, request));
    }
    let Some((best, price)) = mix.candidates.first().and_then(|one| Some((one, one.price()?))) else {
        return format!("no mix was measured under {}", mix.policy);
    };
    let size = best.compaction.as_ref().and_then(|one| Some(one.answer.as_ref()?.size)).unwrap_or(0);
    let against = match mix.present {
        Some(present) if present > price => format!(", {} less than the present fleet", dollars(present - price)),
        Some(present) if present < price => format!(", {} more than the present fleet", dollars(price - present)),
        _ => String::new(),
    };
    let name = &best.candidate.name;
    format!("cheapest is {} of {name}, {}{against}, under {}", counted(size, "instance"), dollars(price), mix.policy)
}

fn table(question: Question, all: &[Mix]) -> Table {
    let columns = [
        ("mix", "mix"),
        ("usd_per_hour", "$/h"),
        ("instances", "instances"),
        ("usd_bound", "at least"),
        ("gap", "gap"),
        ("blast_radius", "blast"),
        ("fragmentation", "fragm."),
        ("gib_per_vcpu", "GiB/vCPU"),
        ("usd_with_spot", "with spot"),
        ("origin", "from"),
        ("ratio", "ratio"),
        ("policy", "policy"),
    ];
    let mut table = Table::new("mixes", "", &columns);
    for (mix, one) in all.iter().flat_map(|mix| mix.candidates.iter().map(move |one| (mix, one))) {
        let (price, bound) = (one.price(), one.candidate.bound);
        let figures = one.figures;
        table.rows.push(vec![
            Value::text(&one.candidate.name),
            Value::usd(price),
            Value::count(one.compaction.as_ref().and_then(|compaction| Some(compaction.answer.as_ref()?.size))),
            Value::usd(Some(bound)),
            price.map_or(Value::Absent, |price| Value::share(price.saturating_sub(bound), bound)),
            figures.map_or(Value::Absent, |one| Value::share(u128::from(one.blast.0), u128::from(one.blast.1))),
            figures.map_or(Value::Absent, |one| Value::share(one.fragmentation.0, one.fragmentation.1)),
            figures.map_or(Value::Absent, |one| Value::text(ratio(one.offered))),
            price.zip(question.spot).map_or(Value::Absent, |(price, spot)| Value::Usd(with_spot(price, spot))),
            Value::text(one.candidate.origin),
            Value::text(shares(one)),
            Value::text(&mix.policy),
        ]);
    }
    table
}

/// GiB for each vCPU, with two decimals, rounded down.
fn ratio(Totals { memory, cpu }: Totals) -> String {
    // MiB over CPU units is GiB over vCPU.
    let hundredths = (u128::from(memory) * 100).checked_div(u128::from(cpu)).unwrap_or(0);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A part of the instances costs less by the discount.
fn with_spot(price: u128, Spot { share, discount }: Spot) -> u128 {
    let saved = price * u128::from(share) / 1_000_000 * u128::from(discount) / 1_000_000;
    price - saved
}

fn shares(one: &Measured) -> String {
    one.candidate.shares.iter().map(|(_, count)| count.to_string()).collect::<Vec<_>>().join(":")
}

fn notes(offered: &Load, requests: &Requests, mix: &Mix, notes: &mut Vec<String>) {
    for (name, request) in mix.vetoed.iter().take(20) {
        let task = name_of(&offered.scenario, requests, *request);
        notes.push(format!("{name} cannot hold {task}: alone it is no candidate"));
    }
    let left = mix.candidates.iter().filter(|one| one.compaction.is_none()).count();
    if left > 0 {
        let all = counted(left, "candidate");
        notes.push(format!(
            "under {} {all} not compacted: their bounds are no less than the cheapest, or `--most` was reached",
            mix.policy
        ));
    }
    notes.push(format!("under {} tasks ask for {} GiB a vCPU", mix.policy, ratio(mix.demanded)));
}
