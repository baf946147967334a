//! What a scenario needs at least of the machine's memory, worked out before any of it is taken.
//!
//! Every number may be within its own range and their product beyond any machine: a desired count of two billion, ten
//! years of minutes of a capacity provider. What is estimated here is what grows with such numbers, from below; a
//! scenario that passes may still need more than a small machine has.

use std::mem::size_of;

use super::reading::context::Problem;
use super::reading::quantity;
use super::reading::reader::Table;
use super::reading::rules::Rule;
use crate::model::{Scenario, Scheduling, Service};

/// No scenario may need more than this: 4 GiB.
const MOST_BYTES: u64 = 4 << 30;

/// A living or waiting task of a service: itself, its place in its service's list, and the count of its instance.
const SERVICE_TASK: u64 = 40;
/// A task that is found running.
const RUNNING_TASK: u64 = 40;
/// An instance: its record, class, identity, and its share of the indexes of one engine.
const INSTANCE: u64 = 96;
/// A row of `autoscaling.csv`, of which a run has one a provider and minute.
const AUTOSCALING_ROW: u64 = 160;
const MINUTE_MS: u64 = 60_000;

/// One part of what is needed.
struct Part {
    bytes: u64,
    /// What takes it, in words.
    what: String,
    /// The top-level key that it comes from.
    key: &'static str,
    help: &'static str,
}

/// Refuses a scenario that no machine should be asked to run, and says what of it is so large.
pub(super) fn check(root: &Table<'_>, scenario: &Scenario) {
    let parts = [tasks(scenario), running(scenario), instances(scenario), minutes(scenario)];
    let all = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.bytes));
    if all <= MOST_BYTES {
        return;
    }
    let largest = parts.iter().max_by_key(|part| part.bytes).expect("there are four");
    let message = format!(
        "a run would need about {} GiB of memory, and at most {} are taken: {}",
        gibibytes(all),
        MOST_BYTES >> 30,
        largest.what
    );
    let span = root.get(largest.key).map_or(0..0, |item| item.span());
    root.context().report(span, Problem::new(Rule::TooLarge, message).label("too much").help(largest.help));
}

/// With one decimal.
fn gibibytes(bytes: u64) -> String {
    quantity::shown(bytes / (1 << 20) * 10 / (1 << 10), 10)
}

fn tasks(scenario: &Scenario) -> Part {
    let counts =
        scenario.services.iter().filter(|service| service.settings.scheduling == Scheduling::Replica).map(peak);
    let (mut all, mut most) = (0_u64, (0, ""));
    for (count, service) in
        counts.zip(scenario.services.iter().filter(|s| s.settings.scheduling == Scheduling::Replica))
    {
        all = all.saturating_add(count);
        most = most.max((count, service.name.as_str()));
    }
    Part {
        bytes: all.saturating_mul(SERVICE_TASK),
        what: format!("services want up to {all} tasks at one time, `{}` alone {}", most.1, most.0),
        key: "services",
        help: "lower `desired-count`, its steps or `copies`",
    }
}

/// The most tasks that a service ever wants.
fn peak(service: &Service) -> u64 {
    let steps = service.settings.steps.iter().map(|(_, count)| *count);
    let curve = service.settings.curve.iter().flat_map(|curve| curve.counts.iter().copied());
    u64::from(steps.chain(curve).fold(service.desired_count, u32::max))
}

fn running(scenario: &Scenario) -> Part {
    let count = scenario.running.len() as u64;
    Part {
        bytes: count * RUNNING_TASK,
        what: format!("{count} tasks are found running"),
        key: "running",
        help: "give fewer of them",
    }
}

fn instances(scenario: &Scenario) -> Part {
    let count = scenario.fleet.instances.len() as u64;
    Part {
        bytes: count * INSTANCE,
        what: format!("the cluster has {count} instances"),
        key: "cluster",
        help: "give fewer instances",
    }
}

/// Records of all runs are held until the tables are written.
fn minutes(scenario: &Scenario) -> Part {
    let providers = scenario.dynamics.providers.len() as u64;
    let minutes = scenario.horizon.map_or(0, |end| end.0 / MINUTE_MS);
    let runs = (scenario.policies.len() as u64).saturating_mul(u64::from(scenario.seeds));
    let rows = runs.saturating_mul(providers).saturating_mul(minutes);
    Part {
        bytes: rows.saturating_mul(AUTOSCALING_ROW),
        what: format!("{runs} runs of {minutes} minutes with {providers} capacity providers leave {rows} rows"),
        key: "horizon",
        help: "shorten `horizon`, or run fewer seeds or policies",
    }
}

/// The sizes above are floors of what the program keeps.
const _: () = assert!(size_of::<crate::model::Identity>() as u64 <= INSTANCE);
