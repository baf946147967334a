//! What `plan headroom` answers, in words and tables.

use super::{Binding, Deployed, Headroom, Room};
use crate::engine::Reason;
use crate::model::counted;
use crate::planning::answer::{Answer, Kind, Table, Value};
use crate::planning::compact::type_name;
use crate::planning::ground::Load;

/// The answer of all policies; the sentence is about the first.
#[must_use]
pub fn answer(load: &Load, all: &[Headroom]) -> Answer {
    let first = &all[0];
    let kind = match first.is_found {
        true => Kind::Exact(
            "copies placed by the chain on the cluster as it was found; the growth of the mix is drawn".into(),
        ),
        false => Kind::Sampled(
            "copies placed by the chain on one packing of the load (seed 1); the growth of the mix is drawn".into(),
        ),
    };
    let mut answer = Answer::new("headroom", headline(first), kind);
    answer.is_yes = all.iter().all(|one| one.does_not_fit.is_none() && one.deployments.iter().all(|one| one.completes))
        && all.iter().filter_map(|one| one.pairs.as_ref()).all(|pairs| pairs.tried.iter().all(|one| one.completes));
    answer.is_interrupted = all.iter().any(|one| one.is_interrupted);
    answer.tables.push(rooms(all));
    answer.tables.push(bindings(all));
    if all.iter().any(|one| one.inflation.is_some() || one.growth.is_some()) {
        answer.tables.push(growth(all));
    }
    if all.iter().any(|one| !one.deployments.is_empty()) {
        let alone =
            all.iter().flat_map(|one| one.deployments.iter().map(|deployed| Row { policy: &one.policy, deployed }));
        answer.tables.push(deployments("deployments", "a deployment of each service alone", alone));
    }
    if all.iter().any(|one| one.pairs.is_some()) {
        let rows = all.iter().flat_map(|one| {
            let tried = one.pairs.as_ref().map_or(&[][..], |pairs| &pairs.tried);
            tried.iter().take(WORST).map(|deployed| Row { policy: &one.policy, deployed })
        });
        answer.tables.push(deployments("pairs", "two services deployed at once, the worst", rows));
    }
    notes(load, all, &mut answer.notes);
    answer
}

fn headline(first: &Headroom) -> String {
    if let Some(why) = &first.does_not_fit {
        return format!("no: the load does not even fit as it is, under {}: {why}", first.policy);
    }
    let least = first.rooms.iter().min_by_key(|room| room.copies);
    let stuck = first.deployments.iter().filter(|one| !one.completes).count();
    let deployments = match (first.deployments.len(), stuck) {
        (0, _) => String::new(),
        (all, 0) => format!("; a deployment of any of {} completes", counted(all, "service")),
        (all, stuck) => format!("; of {} {stuck} cannot be deployed", counted(all, "service")),
    };
    let room = match least {
        None => "no kind of task to ask for".to_owned(),
        Some(room) if room.is_unbounded => format!("no end to copies of {}", room.name),
        Some(room) => format!("least room is for {}: {} more{}", room.name, room.copies, binds_first(room)),
    };
    format!("{room}{deployments}{}, under {}", pairs(first), first.policy)
}

fn pairs(first: &Headroom) -> String {
    let Some(pairs) = &first.pairs else { return String::new() };
    let stuck = pairs.tried.iter().filter(|one| !one.completes).count();
    match (pairs.tried.first(), stuck) {
        (None, _) => String::new(),
        (Some(_), 0) => "; any two at once complete".to_owned(),
        (Some(worst), stuck) => {
            format!("; of {} at once {stuck} cannot, {} worst", counted(pairs.tried.len(), "pair"), worst.service)
        }
    }
}

fn binds_first(room: &Room) -> String {
    room.bindings.first().map_or(String::new(), |binding| {
        format!("; {} binds first, on {}", check(binding), counted(binding.count, "instance"))
    })
}

fn check(binding: &Binding) -> String {
    match (binding.reason, binding.also) {
        (Reason::Cpu, Some(Reason::Memory)) => "cpu and memory".to_owned(),
        (Reason::Cpu, _) => "cpu".to_owned(),
        (Reason::Memory, _) => "memory".to_owned(),
        (Reason::Gpu, _) => "gpu".to_owned(),
        (Reason::Ports, _) => "a port".to_owned(),
        (Reason::Eni, _) => "network interfaces".to_owned(),
        (Reason::MemberOf, _) => "memberOf".to_owned(),
        (Reason::DistinctInstance, _) => "distinctInstance".to_owned(),
        (Reason::Attribute, _) => "a required attribute".to_owned(),
        (Reason::Provider, _) => "the capacity provider".to_owned(),
        (Reason::Location, _) => "the zone".to_owned(),
        (Reason::Agent, _) => "a disconnected agent".to_owned(),
        (other, _) => other.text().to_owned(),
    }
}

fn rooms(all: &[Headroom]) -> Table {
    let columns = [
        ("task", "one more of"),
        ("copies", "fit now"),
        ("binds", "binds first"),
        ("binds_on", "on"),
        ("instances", "they lie on"),
        ("policy", "policy"),
        ("is_unbounded", "no end"),
    ];
    let mut table = Table::new("room", "", &columns);
    for (policy, room) in all.iter().flat_map(|one| one.rooms.iter().map(move |room| (&one.policy, room))) {
        let first = room.bindings.first();
        table.rows.push(vec![
            Value::text(&room.name),
            Value::Count(room.copies),
            first.map_or(Value::Absent, |binding| Value::text(check(binding))),
            first.map_or(Value::Absent, |binding| Value::Count(binding.count)),
            Value::Count(room.instances),
            Value::text(policy),
            Value::Flag(room.is_unbounded),
        ]);
    }
    table
}

fn bindings(all: &[Headroom]) -> Table {
    let columns = [
        ("task", "one more of"),
        ("check", "fails"),
        ("instances", "on"),
        ("need", "need"),
        ("closest_has", "closest has"),
        ("closest", "closest"),
        ("policy", "policy"),
        ("names", "instances"),
    ];
    let mut table = Table::new("binding", "what keeps the next one off, where nothing more fits", &columns);
    table.is_detail = true;
    for one in all {
        for (room, binding) in one.rooms.iter().flat_map(|room| room.bindings.iter().map(move |one| (room, one))) {
            table.rows.push(vec![
                Value::text(&room.name),
                Value::text(check(binding)),
                Value::Count(binding.count),
                binding.amounts.map_or(Value::Absent, |(need, _)| Value::Count(need)),
                binding.amounts.map_or(Value::Absent, |(_, have)| Value::Count(have)),
                binding.instances.first().map_or(Value::Absent, Value::text),
                Value::text(&one.policy),
                Value::text(binding.instances.join(" ")),
            ]);
        }
    }
    table
}

fn growth(all: &[Headroom]) -> Table {
    let columns = [
        ("policy", "policy"),
        ("tasks", "tasks"),
        ("added_p10", "more of the mix (p10)"),
        ("factor_p10", "factor"),
        ("added_min", "min"),
        ("added_max", "max"),
        ("load_factor", "load may grow to"),
        ("load_factor_fails", "fails at"),
    ];
    let mut table = Table::new("growth", "the whole load", &columns);
    for one in all {
        let inflation = one.inflation.as_ref();
        let tasks = inflation.map(|inflation| u128::from(inflation.tasks));
        let factor = inflation
            .zip(tasks)
            .map_or(Value::Absent, |(inflation, tasks)| Value::share(tasks + u128::from(inflation.p10()), tasks));
        let times = |millionths: Option<u32>| {
            millionths.map_or(Value::Absent, |millionths| Value::share(u128::from(millionths), 1_000_000))
        };
        let count = |count: Option<u64>| count.map_or(Value::Absent, Value::Count);
        table.rows.push(vec![
            Value::text(&one.policy),
            count(inflation.map(|inflation| inflation.tasks)),
            count(inflation.map(super::Inflation::p10)),
            factor,
            count(inflation.and_then(|inflation| inflation.added.first().copied())),
            count(inflation.and_then(|inflation| inflation.added.last().copied())),
            times(one.growth.as_ref().and_then(|growth| growth.factor)),
            times(one.growth.as_ref().and_then(|growth| growth.fails)),
        ]);
    }
    table
}

/// What a deployment comes to under a policy.
struct Row<'a> {
    policy: &'a str,
    deployed: &'a Deployed,
}

fn deployments<'a>(key: &'static str, title: &str, all: impl Iterator<Item = Row<'a>>) -> Table {
    let columns = [
        ("service", "deploying"),
        ("completes", "completes"),
        ("seconds", "takes s"),
        ("tasks", "tasks"),
        ("peak_tasks", "peak"),
        ("further_instances", "lacks"),
        ("further_type", "of"),
        ("stuck", "why"),
        ("strategy", "strategy"),
        ("instances_before", "in use"),
        ("peak_instances", "peak in use"),
        ("policy", "policy"),
    ];
    let mut table = Table::new(key, title, &columns);
    for Row { policy, deployed: one } in all {
        let Deployed { further, .. } = one;
        table.rows.push(vec![
            Value::text(&one.service),
            Value::Flag(one.completes),
            if one.completes { Value::Count(one.lasts_ms.div_ceil(1_000)) } else { Value::Absent },
            Value::Count(one.tasks),
            Value::Count(one.peak_tasks),
            further.as_ref().map_or(Value::Absent, |lacks| Value::Count(lacks.count as u64)),
            further.as_ref().map_or(Value::Absent, |lacks| Value::text(type_name(&lacks.class))),
            one.stuck.as_ref().map_or(Value::Absent, Value::text),
            Value::text(&one.strategy),
            Value::Count(one.peak_instances.1),
            Value::Count(one.peak_instances.0),
            Value::text(policy),
        ]);
    }
    table.rows.sort_by_key(|row| row[1] == Value::Flag(true));
    table
}

/// So many pairs are shown.
const WORST: usize = 10;

fn notes(load: &Load, all: &[Headroom], notes: &mut Vec<String>) {
    for one in all {
        for (service, count) in &one.held {
            notes.push(format!("room of DAEMON {service} is held back on {}", counted(*count, "instance")));
        }
        if let Some(growth) = one.growth.as_ref().filter(|growth| !growth.larger_fit.is_empty()) {
            let factors: Vec<String> =
                growth.larger_fit.iter().map(|factor| format!("{:.2}", f64::from(*factor) / 1e6)).collect();
            notes.push(format!("anomaly under {}: larger loads fit all the same: {}", one.policy, factors.join(" ")));
        }
    }
    for pairs in all.iter().filter_map(|one| one.pairs.as_ref()).filter(|pairs| pairs.tried.len() < pairs.all) {
        let (tried, all) = (pairs.tried.len(), pairs.all);
        notes.push(format!("{tried} of {all} pairs of services were deployed: of those that add most when they are"));
    }
    if all.iter().any(|one| one.inflation.as_ref().is_some_and(|inflation| inflation.tasks > 0)) {
        notes.push("the mix is drawn from the tasks that are there, with replacement, 11 times, until the first that does not fit".to_owned());
    }
    if all.iter().any(|one| one.is_found) {
        notes.push("tasks of no service are asked for again without strategy and constraints of their call, which no document tells".to_owned());
    }
    notes.extend(load.left_out.iter().map(|what| format!("left out: {what}")));
}
