//! Services that are written once and are many: `copies` of a `[[services]]` table.
//!
//! Copies differ in their name, which ends in a number of fixed width, and in when they deploy. All checks of a service
//! are made on the written one, so that a problem is told once.

use std::collections::BTreeMap;

use crate::model::{Deployment, Service, SimSpan, SimTime};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::names::is_ecs_name;
use crate::scenario::reading::quantity;
use crate::scenario::reading::reader::{FromTable, Item};
use crate::scenario::reading::rules::Rule;

/// Services of one table at most.
const MOST: u32 = 100_000;

/// The services of a scenario, each copy by itself, in the order of the file.
pub(crate) fn expand(services: Vec<FromTable<'_, Service>>, horizon: Option<SimTime>) -> Vec<Service> {
    let mut all: Vec<Named<'_>> = Vec::with_capacity(services.len());
    let mut has_copies = false;
    for FromTable { what: service, table } in services {
        match table.get("copies") {
            Some(item) => {
                has_copies = true;
                copy(&service, &item, horizon, &mut |service| all.push(Named { service, item }));
            }
            None => all.extend(table.get("name").map(|item| Named { service, item })),
        }
    }
    if has_copies {
        report_taken(&all);
    }
    all.into_iter().map(|named| named.service).collect()
}

/// A service, and what gives it its name.
struct Named<'t> {
    service: Service,
    item: Item<'t>,
}

fn copy(service: &Service, item: &Item<'_>, horizon: Option<SimTime>, take: &mut impl FnMut(Service)) {
    let Some(table) = item.table(&keys::COPIES) else { return };
    let count = table.get("count").and_then(|count| count.integer_u32(1..=MOST));
    let apart = table.or_default("deployments-apart");
    let (Some(count), Some(span)) = (count, apart.span_of_time()) else { return };
    let width = count.to_string().len();
    let named = |number: u32| format!("{}-{number:0width$}", service.name);
    if !is_ecs_name(&named(count)) {
        let problem = Problem::new(Rule::OutOfRange, "the names of the copies are too long").label("a number is added");
        item.report(problem.help("shorten `name`"));
        return;
    }
    if span.0 > 0 && !service.settings.deployments.iter().all(|deployment| is_reached(deployment, count, span, horizon))
    {
        let message = format!("the last of {count} copies does not deploy before the end of the run");
        let problem = Problem::new(Rule::AfterHorizon, message).label("too far apart");
        apart.report(problem.help(fitting(service, count, horizon)));
        return;
    }
    for number in 1..=count {
        let mut copied = service.clone();
        copied.name = named(number);
        for deployment in &mut copied.settings.deployments {
            deployment.at = later(deployment, number, span).expect("the last copy deploys in time");
        }
        take(copied);
    }
}

/// When the copy of this number deploys.
fn later(deployment: &Deployment, number: u32, apart: SimSpan) -> Option<SimTime> {
    let waits = apart.0.checked_mul(u64::from(number) - 1)?;
    deployment.at.0.checked_add(waits).map(SimTime)
}

fn is_reached(deployment: &Deployment, count: u32, apart: SimSpan, horizon: Option<SimTime>) -> bool {
    let end = horizon.unwrap_or(SimTime(u64::MAX / 2));
    later(deployment, count, apart).is_some_and(|at| at < end)
}

/// The longest span in whole seconds with which all copies deploy within the run.
fn fitting(service: &Service, count: u32, horizon: Option<SimTime>) -> String {
    let last = service.settings.deployments.iter().map(|deployment| deployment.at.0).max().unwrap_or_default();
    let room = horizon.map_or(0, |horizon| horizon.0.saturating_sub(last + 1)) / u64::from(count.max(2) - 1);
    format!("write at most `\"{}\"`, or set `horizon` later", quantity::show_span(SimSpan(room / 1_000 * 1_000)))
}

/// Copies must not have the name of another service.
fn report_taken(all: &[Named<'_>]) {
    let mut seen: BTreeMap<&str, &Item<'_>> = BTreeMap::new();
    for Named { service, item } in all {
        // Names that are written twice are told where they are read.
        let other = seen.insert(&service.name, item).filter(|other| other.key() == "copies" || item.key() == "copies");
        if let Some(first) = other {
            let message = format!("service `{}` is defined twice: copies have numbered names", service.name);
            let problem = Problem::new(Rule::DuplicateName, message).label("defined again");
            item.report(problem.help("give it another name").related(first.span(), "defined first here"));
            return;
        }
    }
}
