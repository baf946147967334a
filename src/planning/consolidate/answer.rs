//! What `plan consolidate` answers, in words, tables and commands.

use std::collections::BTreeMap;

use super::{Consolidation, Hold, Move, Stuck, Why, Zone};
use crate::analysis::bounds::patterns::Solved;
use crate::model::{Policy, Requests, Scenario, counted};
use crate::planning::answer::{Answer, Kind, Table, Value, dollars};
use crate::planning::compact::{name_of, type_name};

/// The answer; `cluster` is what the commands name.
#[must_use]
pub fn answer(scenario: &Scenario, policy: &Policy, cluster: &str, plan: &Consolidation) -> Answer {
    let kind = Kind::Bounded(format!(
        "{} were simulated one after another on the cluster as it was found; the bound says what no plan can beat",
        counted(plan.steps.len(), "step")
    ));
    let mut answer = Answer::new("consolidate", headline(plan), kind);
    answer.is_yes = !plan.steps.is_empty();
    answer.is_interrupted = plan.is_interrupted;
    facts(plan, &mut answer);
    answer.tables.push(steps(scenario, plan));
    answer.tables.push(holds(scenario, policy, plan));
    if !plan.rebalances.is_empty() {
        answer.tables.push(lopsided(scenario, plan));
    }
    if plan.unknown > 0 {
        let count = counted(plan.unknown, "instance");
        answer.may_not_act =
            Some(format!("on {count} tasks run that are in no file, so that what they need is not known"));
    } else if plan.is_verified {
        answer.commands = commands(scenario, cluster, plan);
        if plan.steps.is_empty() {
            answer.commands = levelling(scenario, cluster, plan);
        }
    }
    notes(scenario, plan, &mut answer.notes);
    answer
}

fn headline(plan: &Consolidation) -> String {
    let all = counted(plan.instances, "instance");
    if plan.steps.is_empty() {
        return format!("no: none of {all} can go now");
    }
    let saving = plan.saving().map_or(String::new(), |saving| format!(", {} less", dollars(saving)));
    let moves = counted(plan.moves(), "task");
    format!("{} of {all} can go now{saving}: {moves} move", plan.steps.len())
}

fn facts(plan: &Consolidation, answer: &mut Answer) {
    let saving = plan.saving();
    let bound = plan.price_bound.as_ref().and_then(Solved::bound);
    let count = plan.bound.as_ref().and_then(Solved::bound);
    answer.fact("usd_now", "they cost now, an hour", Value::usd(plan.price));
    answer.fact("usd_saving", "the plan saves", Value::usd(saving));
    let most = plan.price.zip(bound).map(|(price, bound)| price.saturating_sub(bound));
    answer.fact("usd_saving_at_most", "no plan can save more than", Value::usd(most));
    let left = (plan.instances - plan.steps.len().min(plan.instances)) as u64;
    answer.fact("instances_left", "instances left", Value::Count(left));
    let fewest = count.map_or(Value::Absent, |count| Value::Count(u64::try_from(count).unwrap_or(u64::MAX)));
    answer.fact("instances_at_least", "the tasks need at least (B8)", fewest);
}

fn steps(scenario: &Scenario, plan: &Consolidation) -> Table {
    let columns = [
        ("step", "step"),
        ("instance", "goes"),
        ("instance_type", "type"),
        ("zone", "zone"),
        ("tasks", "tasks"),
        ("usd_per_hour", "saves"),
        ("moves", "to"),
    ];
    let mut table = Table::new("steps", "", &columns);
    for (number, step) in plan.steps.iter().enumerate() {
        let class = scenario.fleet.class(step.instance);
        table.rows.push(vec![
            Value::Count(number as u64 + 1),
            Value::text(scenario.fleet.label(step.instance)),
            Value::text(type_name(class)),
            Value::text(&scenario.fleet.zones[class.zone.index()]),
            Value::Count(step.moves.len() as u64),
            Value::usd(step.price.map(u128::from)),
            Value::text(moves(scenario, &step.moves)),
        ]);
    }
    table
}

/// `2 api to i-1, 1 web to i-2`.
fn moves(scenario: &Scenario, moves: &[Move]) -> String {
    let mut counts: BTreeMap<(Option<usize>, crate::model::InstanceId), u64> = BTreeMap::new();
    moves.iter().for_each(|one| *counts.entry((one.service, one.to)).or_default() += 1);
    let name = |service: Option<usize>| service.map_or("standalone", |service| &scenario.services[service].name);
    let one = |((service, to), count): (&(Option<usize>, crate::model::InstanceId), &u64)| {
        format!("{count} {} to {}", name(*service), scenario.fleet.label(*to))
    };
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn holds(scenario: &Scenario, policy: &Policy, plan: &Consolidation) -> Table {
    let columns = [
        ("instance", "stays"),
        ("held_by", "held by"),
        ("why", "as"),
        ("need", "need"),
        ("closest_has", "closest has"),
        ("closest", "closest"),
        ("tasks", "tasks"),
    ];
    let mut table = Table::new("holds", "what holds each of the others, once the plan is done", &columns);
    let requests = Requests::compile(scenario, policy);
    for hold in &plan.holds {
        let (amounts, closest) = match &hold.why {
            Why::NoRoom { amounts, closest, .. } => (*amounts, closest.as_ref()),
            _ => (None, None),
        };
        table.rows.push(vec![
            Value::text(scenario.fleet.label(hold.instance)),
            match hold.why {
                Why::Unknown => Value::Absent,
                _ => Value::text(name_of(scenario, &requests, hold.request)),
            },
            Value::text(why(hold)),
            amounts.map_or(Value::Absent, |(need, _)| Value::Count(need)),
            amounts.map_or(Value::Absent, |(_, have)| Value::Count(have)),
            closest.map_or(Value::Absent, Value::text),
            Value::Count(hold.tasks as u64),
        ]);
    }
    table
}

fn why(hold: &Hold) -> String {
    match &hold.why {
        Why::Standalone => "no service starts it anew".to_owned(),
        Why::Percents { minimum, maximum } => format!("minimum {minimum} % and maximum {maximum} % let nothing move"),
        Why::NoRoom { reason, .. } => reason.text().to_owned(),
        Why::Unknown => "what runs there is in no file".to_owned(),
        Why::GivenUp => {
            "it could go alone; the plan without it saves more, or the simulation did not take it".to_owned()
        }
    }
}

/// Services that stand lopsided, and what would level them.
fn lopsided(scenario: &Scenario, plan: &Consolidation) -> Table {
    let columns = [
        ("service", "service"),
        ("tasks_by_zone", "tasks by zone"),
        ("targets", "should be"),
        ("moves_at_least", "moves at least"),
        ("moves", "moves made"),
        ("level", "level then"),
        ("why", "as"),
    ];
    let mut table = Table::new("lopsided", "services that stand lopsided over zones, as found", &columns);
    let zone = |zone: crate::model::ZoneId| &scenario.fleet.zones[zone.index()];
    for one in &plan.rebalances {
        let by = |count: fn(&Zone) -> u64| {
            let each = one.zones.iter().map(|of| format!("{} {}", zone(of.zone), count(of)));
            each.collect::<Vec<_>>().join(", ")
        };
        let why = match one.stuck {
            None => one.maximum_percent.map_or(String::new(), |most| format!("maximum percent {most} meanwhile")),
            Some(Stuck::Strategy) => "zones do not come first in its strategy".to_owned(),
            Some(Stuck::NoRoom { zone: of, reason, amounts }) => {
                let amounts = amounts.map_or(String::new(), |(need, have)| format!(": needs {need}, has {have}"));
                format!("no room in {}: {}{amounts}", zone(of), reason.text())
            }
        };
        table.rows.push(vec![
            Value::text(&scenario.services[one.service].name),
            Value::text(by(|of| of.tasks)),
            Value::text(by(|of| of.target)),
            Value::Count(one.fewest_moves),
            Value::Count(one.moves),
            Value::Flag(one.is_level),
            Value::text(why),
        ]);
    }
    table
}

/// Switches rebalancing on for each service that it levels, and puts back what was before.
fn levelling(scenario: &Scenario, cluster: &str, plan: &Consolidation) -> Vec<String> {
    let mut commands = Vec::new();
    for one in plan.rebalances.iter().filter(|one| one.is_level) {
        let service = &scenario.services[one.service];
        let update = format!(
            "aws ecs update-service --cluster {} --service {} --availability-zone-rebalancing",
            quoted(cluster),
            quoted(&service.name)
        );
        let percents = |most: u32| {
            let least = service.settings.minimum_healthy_percent;
            format!(" --deployment-configuration maximumPercent={most},minimumHealthyPercent={least}")
        };
        commands.push(format!("# level {}: {}", service.name, counted(one.moves, "move")));
        commands.push(format!("{update} ENABLED{}", one.maximum_percent.map_or(String::new(), percents)));
        if one.maximum_percent.is_some() || !service.settings.rebalancing {
            let state = if service.settings.rebalancing { "ENABLED" } else { "DISABLED" };
            let back = one.maximum_percent.map_or(String::new(), |_| percents(service.settings.maximum_percent));
            commands.push(format!("# once an event says that it is AZ balanced: {update} {state}{back}"));
        }
    }
    commands
}

/// Drain, wait until it is empty, terminate; never run by this program.
fn commands(scenario: &Scenario, cluster: &str, plan: &Consolidation) -> Vec<String> {
    let mut commands = Vec::new();
    for (number, step) in plan.steps.iter().enumerate() {
        let name = quoted(&scenario.fleet.name(step.instance));
        let cluster = quoted(cluster);
        commands.push(format!(
            "# step {}: {} and {}",
            number + 1,
            scenario.fleet.called(step.instance),
            counted(step.moves.len(), "task")
        ));
        commands.push(format!(
            "aws ecs update-container-instances-state --cluster {cluster} --container-instances {name} --status DRAINING"
        ));
        commands.push(format!(
            "until [ \"$(aws ecs describe-container-instances --cluster {cluster} --container-instances {name} \
             --query 'containerInstances[0].runningTasksCount' --output text)\" = 0 ]; do sleep 15; done"
        ));
        commands.push(match scenario.fleet.ec2_instance_id(step.instance) {
            Some(id) => format!(
                "aws autoscaling terminate-instance-in-auto-scaling-group --instance-id {} \
                 --should-decrement-desired-capacity",
                quoted(id)
            ),
            None => "# its EC2 instance is not known: terminate it in its Auto Scaling group, the capacity decremented"
                .to_owned(),
        });
    }
    commands
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn notes(scenario: &Scenario, plan: &Consolidation, notes: &mut Vec<String>) {
    if !plan.steps.is_empty() {
        notes.push(format!("the plan comes of candidates in this order: {}; eleven orders were tried", plan.order));
        notes.push(
            "the simulation may send a task elsewhere than the table says: every step was taken all the same"
                .to_owned(),
        );
    }
    if !plan.rebalances.is_empty() && !plan.steps.is_empty() {
        notes.push(
            "levelling was simulated on the cluster as it was found: ask again once the steps are done".to_owned(),
        );
    }
    if !plan.given_up.is_empty() {
        let names: Vec<String> =
            plan.given_up.iter().take(5).map(|&one| scenario.fleet.label(one).into_owned()).collect();
        let count = counted(plan.given_up.len(), "instance");
        notes.push(format!("{count} given up, as the simulation did not take the step: {}", names.join(", ")));
    }
}
