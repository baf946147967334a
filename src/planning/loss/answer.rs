//! What `plan zone-loss` and `plan n-plus-one` answer, in words and tables.

use super::lose::Loss;
use super::{Survival, Unit};
use crate::model::{Scenario, counted};
use crate::planning::answer::{Answer, Kind, Table, Value, dollars};
use crate::planning::ground::{LeftOut, Load};

/// The answer of all policies; the sentence is about the first.
#[must_use]
pub fn answer(scenario: &Scenario, load: &Load, unit: Unit, all: &[Survival]) -> Answer {
    let first = &all[0];
    let plan = if unit == Unit::Zone { "zone-loss" } else { "n-plus-one" };
    let mut answer = Answer::new(plan, headline(scenario, unit, first), kind(first));
    answer.is_yes = all.iter().all(Survival::passes);
    answer.is_interrupted = all.iter().any(|one| one.is_interrupted);
    answer.tables.push(rows(scenario, unit, all));
    if all.iter().any(|one| one.smallest.is_some()) {
        answer.tables.push(smallest(all));
    }
    notes(scenario, load, unit, all, &mut answer.notes);
    answer
}

fn kind(first: &Survival) -> Kind {
    if first.does_not_fit.is_some() {
        return Kind::Exact("nothing was tried, as not all tasks find room".into());
    }
    let seeds = first.rows.iter().map(|row| row.seeds).max().unwrap_or(0);
    match (first.is_found, first.untried) {
        (true, 0) => Kind::Exact("every loss was tried on the cluster as it was found".into()),
        (_, 0) => Kind::Sampled(format!("every loss was tried on packings of {}", counted(seeds, "seed"))),
        (_, untried) => {
            let tried = counted(first.rows.len(), "instance");
            Kind::Sampled(format!("{tried} tried, {untried} not"))
        }
    }
}

fn headline(scenario: &Scenario, unit: Unit, one: &Survival) -> String {
    let what = if unit == Unit::Zone { "zone" } else { "instance" };
    if let Some(why) = &one.does_not_fit {
        return format!(
            "no: the load does not fit on the fleet even before anything is lost, under {}: {why}",
            one.policy
        );
    }
    let failing: Vec<_> = one.rows.iter().filter(|row| !row.loss.passes()).collect();
    match failing.iter().max_by_key(|row| row.loss.left()) {
        None if one.rows.is_empty() => format!("no {what} could be tried under {}", one.policy),
        None => format!("any one {what} may be lost: the survivors hold every task of a service, under {}", one.policy),
        Some(worst) => format!(
            "no: of {} {} may not be lost, under {}; worst is {}, which leaves {}",
            counted(one.rows.len(), what),
            failing.len(),
            one.policy,
            worst.name,
            left_out(scenario, &worst.loss),
        ),
    }
}

/// `3 tasks of api (RESOURCE:CPU), 1 task of web (…)`.
fn left_out(scenario: &Scenario, loss: &Loss) -> String {
    let one = |(service, left): (&usize, &LeftOut)| {
        format!("{} of {} ({})", counted(left.count, "task"), scenario.services[*service].name, left.reason.text())
    };
    match loss.left_out.is_empty() {
        true => String::new(),
        false => loss.left_out.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

fn rows(scenario: &Scenario, unit: Unit, all: &[Survival]) -> Table {
    let what = if unit == Unit::Zone { ("zone", "lost zone") } else { ("instance", "lost instance") };
    let columns = [
        what,
        ("may_go", "may go"),
        ("tasks_lost", "tasks"),
        ("tasks_left_out", "left out"),
        ("left_out", "which and why"),
        ("share_placed_again", "placed again"),
        ("policy", "policy"),
        ("instances_lost", "instances"),
        ("standalone_lost", "standalone lost"),
        ("worst_service", "worst service"),
        ("worst_service_left", "left of it"),
        ("zone_skew_after", "skew after"),
        ("seeds_failed", "seeds failed"),
        ("seeds", "seeds"),
    ];
    let mut table = Table::new("losses", "", &columns);
    for (policy, row) in all.iter().flat_map(|one| one.rows.iter().map(move |row| (&one.policy, row))) {
        let Loss { tasks, worst, .. } = row.loss;
        let again = u128::from(tasks - row.loss.left());
        table.rows.push(vec![
            Value::text(&row.name),
            Value::Flag(row.loss.passes()),
            Value::Count(tasks),
            Value::Count(row.loss.left()),
            Value::text(left_out(scenario, &row.loss)),
            Value::share(again, u128::from(tasks)),
            Value::text(policy),
            Value::Count(row.loss.instances),
            Value::Count(row.loss.standalone),
            worst.map_or(Value::Absent, |(service, ..)| Value::text(&scenario.services[service].name)),
            worst.map_or(Value::Absent, |(_, left, before)| Value::share(u128::from(left), u128::from(before))),
            Value::Count(row.loss.skew_after),
            Value::Count(u64::from(row.failed_seeds)),
            Value::Count(u64::from(row.seeds)),
        ]);
    }
    // What fails is read first.
    table.rows.sort_by_key(|row| match &row[3] {
        Value::Count(left) => std::cmp::Reverse(*left),
        _ => std::cmp::Reverse(0),
    });
    table
}

fn smallest(all: &[Survival]) -> Table {
    let columns = [
        ("policy", "policy"),
        ("instances", "to survive"),
        ("usd_per_hour", "$/h"),
        ("instances_without", "without a loss"),
        ("instances_fluid", "fluid rule"),
        ("fleet", "fleet"),
    ];
    let mut table = Table::new("smallest", "the smallest fleet of which any one may be lost", &columns);
    for one in all {
        let Some(found) = &one.smallest else { continue };
        table.rows.push(vec![
            Value::text(&one.policy),
            Value::count(found.size),
            Value::usd(found.price),
            Value::count(one.without.as_ref().and_then(|without| Some(without.answer.as_ref()?.size))),
            Value::count(found.fluid),
            Value::Count(one.fleet_size as u64),
        ]);
    }
    table
}

fn notes(scenario: &Scenario, load: &Load, unit: Unit, all: &[Survival], notes: &mut Vec<String>) {
    for one in all {
        if let Some(found) = one.smallest.as_ref().filter(|found| found.size.is_none()) {
            let tried = found.sizes.iter().filter(|size| size.is_none()).count();
            notes.push(format!(
                "under {} the fleet and four clones of it are too small to survive ({})",
                one.policy,
                counted(tried, "seed")
            ));
        }
        if let Some(found) = one.smallest.as_ref().filter(|found| !found.larger_fail.is_empty()) {
            let sizes = found.larger_fail.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
            notes.push(format!("anomaly under {}: larger sizes fail on some seed: {sizes}", one.policy));
        }
        if let Some((size, price)) = one.smallest.as_ref().and_then(|found| found.size.zip(found.price)) {
            let bound = one.without.as_ref().and_then(|without| without.price.as_ref()?.bound());
            let zones = scenario.fleet.zones.len() as u128;
            if let Some(bound) = bound.filter(|_| unit == Unit::Zone && zones > 1) {
                let least = (bound * zones).div_ceil(zones - 1);
                notes.push(format!(
                    "under {} {} for {}; surviving a zone costs at least {} (B8 times Z/(Z-1))",
                    one.policy,
                    counted(size, "instance"),
                    dollars(price),
                    dollars(least)
                ));
            }
        }
    }
    if !scenario.services.is_empty() && all.iter().any(|one| one.rows.iter().any(|row| row.loss.standalone > 0)) {
        notes.push("standalone tasks that are lost are not started anew: nobody asks for them again".to_owned());
    }
    if !load.is_still() {
        notes.push(
            "the load changes over time: losses are tried when its tasks take most together, or at the `snapshot` of the scenario"
                .to_owned(),
        );
    }
    notes.extend(load.left_out.iter().map(|what| format!("left out: {what}")));
}
