//! What `plan compact` answers, in words and tables.

use super::why::{left_out, why_homeless};
use super::{Compaction, Trial};
use crate::analysis::bounds::patterns::Solved;
use crate::model::{Policy, Requests, counted};
use crate::planning::answer::{Answer, Kind, Table, Value, dollars};
use crate::planning::ground::{Load, RELAXED};

/// The answer about the first policy, with a row for each.
#[must_use]
pub fn answer(load: &Load, policies: &[&Policy], all: &[Compaction]) -> Answer {
    let first = &all[0];
    let kind = kind(first);
    let requests: Vec<Requests> = policies.iter().map(|policy| Requests::compile(&load.scenario, policy)).collect();
    let mut answer = Answer::new("compact", headline(load, &requests[0], first), kind);
    answer.is_yes = all.iter().all(|one| one.answer.is_some() && one.answer_fits());
    answer.is_interrupted = all.iter().any(|one| one.is_interrupted);
    if let Some(even) = first.even {
        let count = even.count.map_or(Value::Absent, wide);
        answer.fact("instances_bound_even", "with zones kept even, at least", count);
        answer.fact("usd_bound_even", "and an hour, at least", Value::usd(even.price));
    }
    answer.tables.push(policies_table(all));
    let with = all.iter().find(|one| one.answer.is_some());
    if let Some(one) = with {
        answer.tables.push(make_table(one));
    }
    answer.tables.push(trials_table(all));
    for (requests, one) in requests.iter().zip(all) {
        notes_of(load, requests, one, &mut answer.notes);
    }
    if first.count.is_some() {
        answer.notes.push(format!("the bound (B8, pattern linear programme) ignores {RELAXED}"));
    }
    let fleet = load.scenario.fleet.instances.iter();
    let held = fleet.zip(&load.clones).filter(|(one, clone)| one != clone).count();
    if held > 0 {
        answer.notes.push(format!(
            "of {} a part is held back for tasks that the scenario does not have, or the agent is away; what comes on top of \
             the fleet is whole",
            counted(held, "instance")
        ));
    }
    answer.notes.extend(load.left_out.iter().map(|what| format!("left out: {what}")));
    answer
}

fn kind(first: &Compaction) -> Kind {
    if first.homeless.is_some() && first.trials.is_empty() {
        return Kind::Exact("no instance of the fleet holds the task, even empty".into());
    }
    let statement = first.confidence.statement(first.trials.len());
    if first.is_exact {
        return Kind::Exact(
            "the peak of one unlimited run: equal instances and one binpack rule need as many in any order".into(),
        );
    }
    Kind::Sampled(statement)
}

impl Compaction {
    /// The answer is no larger than the fleet is.
    #[must_use]
    pub fn answer_fits(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.size <= self.fleet_size)
    }
}

fn headline(load: &Load, requests: &Requests, one: &Compaction) -> String {
    let fleet = counted(one.fleet_size, "instance");
    match &one.answer {
        Some(found) => {
            let price = found.price.map_or(String::new(), |price| format!(", {}", dollars(price)));
            let verdict = match one.answer_fits() {
                true => format!("of the fleet's {fleet}"),
                false => format!("and the fleet has {}", one.fleet_size),
            };
            let needs = if found.size == 1 { "is enough" } else { "are enough" };
            match one.answer_fits() {
                true => format!("{} {needs}{price}, {verdict}, under {}", counted(found.size, "instance"), one.policy),
                false => format!(
                    "no: {} are needed{price}, {verdict}, under {}",
                    counted(found.size, "instance"),
                    one.policy
                ),
            }
        }
        None if one.is_interrupted => format!("interrupted before an answer was known, under {}", one.policy),
        None => {
            let homeless = one.homeless.map(|request| why_homeless(load, requests, request));
            let why = homeless.or_else(|| {
                one.unplaced.first_key_value().map(|(&request, &left)| left_out(load, requests, request, left))
            });
            format!(
                "no: the load does not fit on {fleet}, nor on four clones of them more{}",
                why.map_or(String::new(), |why| format!("; {why}"))
            )
        }
    }
}

fn policies_table(all: &[Compaction]) -> Table {
    let columns = [
        ("policy", "policy"),
        ("instances", "instances"),
        ("usd_per_hour", "$/h"),
        ("instances_min", "min"),
        ("instances_max", "max"),
        ("bound", "bound"),
        ("gap", "gap"),
        ("best_known", "best known"),
        ("usd_bound", "$/h bound"),
        ("usd_best_known", "$/h best"),
        ("orders", "orders"),
        ("anomalies", "odd"),
    ];
    let mut table = Table::new("policies", "", &columns);
    for one in all {
        let mut sizes: Vec<usize> = one.trials.iter().filter_map(|trial| trial.size).collect();
        sizes.sort_unstable();
        let size = one.answer.as_ref().map(|answer| answer.size);
        let bound = one.count.as_ref().and_then(Solved::bound);
        let gap = size
            .zip(bound)
            .map_or(Value::Absent, |(size, bound)| Value::share((size as u128).saturating_sub(bound), bound));
        let best = one.count.as_ref().filter(|solved| solved.fleet.is_some()).map(|solved| solved.cost);
        let price = one.price.as_ref();
        let odd = one.trials.iter().filter(|trial| is_odd(trial)).count();
        table.rows.push(vec![
            Value::text(&one.policy),
            Value::count(size),
            Value::usd(one.answer.as_ref().and_then(|answer| answer.price)),
            Value::count(sizes.first().copied()),
            Value::count(sizes.last().copied()),
            bound.map_or(Value::Absent, wide),
            gap,
            best.map_or(Value::Absent, wide),
            Value::usd(price.and_then(Solved::bound)),
            Value::usd(price.filter(|solved| solved.fleet.is_some()).map(|solved| solved.cost)),
            Value::Count(one.trials.len() as u64),
            Value::Count(odd as u64),
        ]);
    }
    table
}

fn wide(count: u128) -> Value {
    Value::Count(u64::try_from(count).unwrap_or(u64::MAX))
}

fn is_odd(trial: &Trial) -> bool {
    !trial.smaller_work.is_empty() || !trial.larger_fail.is_empty()
}

fn make_table(one: &Compaction) -> Table {
    let columns = [("zone", "zone"), ("instance_type", "type"), ("instances", "instances")];
    let mut table = Table::new("fleet", format!("what they are, under {}", one.policy), &columns);
    for (zone, name, count) in one.answer.iter().flat_map(|answer| &answer.make) {
        table.rows.push(vec![Value::text(zone), Value::text(name), Value::count(Some(*count))]);
    }
    table
}

fn trials_table(all: &[Compaction]) -> Table {
    let columns = [
        ("policy", "policy"),
        ("seed", "order"),
        ("instances", "instances"),
        ("usd_per_hour", "$/h"),
        ("packings", "packings"),
        ("smaller_work", "smaller that work"),
        ("larger_fail", "larger that fail"),
    ];
    let mut table = Table::new("orders", "orders", &columns);
    table.is_detail = true;
    for one in all {
        for trial in &one.trials {
            table.rows.push(vec![
                Value::text(&one.policy),
                Value::Count(u64::from(trial.seed)),
                Value::count(trial.size),
                Value::usd(trial.price),
                Value::Count(trial.packings),
                Value::text(listed(&trial.smaller_work)),
                Value::text(listed(&trial.larger_fail)),
            ]);
        }
    }
    table
}

fn listed(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

fn notes_of(load: &Load, requests: &Requests, one: &Compaction, notes: &mut Vec<String>) {
    for trial in one.trials.iter().filter(|trial| is_odd(trial)) {
        let size = trial.size.map_or(String::new(), |size| format!(" (answer {size})"));
        let mut parts = Vec::new();
        if !trial.smaller_work.is_empty() {
            parts.push(format!("smaller sizes work: {}", listed(&trial.smaller_work)));
        }
        if !trial.larger_fail.is_empty() {
            parts.push(format!("larger sizes fail: {}", listed(&trial.larger_fail)));
        }
        notes.push(format!("anomaly under {}, order {}{size}: {}", one.policy, trial.seed, parts.join("; ")));
    }
    if let Some(request) = one.homeless {
        notes.push(why_homeless(load, requests, request));
    }
    notes.extend(one.unplaced.iter().take(5).map(|(&request, &left)| left_out(load, requests, request, left)));
    if one.count.as_ref().is_some_and(|solved| solved.is_cut_short) {
        notes
            .push(format!("the bound under {} was cut short by its steps: it is true and could be larger", one.policy));
    }
    if !one.unpriced.is_empty() {
        notes.push(format!("no price, as that of {} is not known", one.unpriced.join(", ")));
    }
}
