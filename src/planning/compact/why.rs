//! Why a load does not fit on a fleet, in words: what is too small, what is held back, which check keeps a task off.

use std::collections::BTreeMap;

use crate::engine::{Engine, FastEngine, Reason, Setup};
use crate::model::{ClassId, InstanceClass, RequestId, Requests, Scenario, counted};
use crate::planning::ground::{LeftOut, Load};

/// The name of a kind: group and family.
pub(in crate::planning) fn name_of(scenario: &Scenario, requests: &Requests, request: RequestId) -> String {
    let kind = &requests[request];
    let family = &scenario.definitions[kind.definition.index()].family;
    let group = &requests.groups[kind.group.index()];
    if group.ends_with(&format!(":{family}")) { group.clone() } else { format!("{group} ({family})") }
}

/// How many tasks of a kind are left out, and why the first of them is.
pub(super) fn left_out(load: &Load, requests: &Requests, request: RequestId, left: LeftOut) -> String {
    let name = name_of(&load.scenario, requests, request);
    format!("{} of {name} left out: {}", counted(left.count, "task"), left.reason.text())
}

/// Why a load does not fit: the first kind that was left out, with the resource that no instance has, if that is why.
pub(in crate::planning) fn why_left_out(
    load: &Load,
    requests: &Requests,
    unplaced: &BTreeMap<RequestId, LeftOut>,
) -> String {
    let is_too_large = |request: RequestId| !short_of(load, requests, request).is_empty();
    let homeless = unplaced.keys().copied().find(|&request| is_too_large(request));
    match (homeless, unplaced.first_key_value()) {
        (Some(request), _) => why_homeless(load, requests, request),
        (None, Some((&request, &left))) => left_out(load, requests, request, left),
        (None, None) => "some task is left out".to_owned(),
    }
}

/// Which resource of no instance is large enough, and by how much; else what keeps the task off each.
pub(in crate::planning) fn why_homeless(load: &Load, requests: &Requests, request: RequestId) -> String {
    let name = name_of(&load.scenario, requests, request);
    let short = short_of(load, requests, request);
    if short.is_empty() {
        let why = kept_off(load, requests, request);
        return format!("{name} fits on no instance of the fleet, even empty: {}", why.join(", "));
    }
    format!("{name} fits on no instance of the fleet: {}", short.join(", and "))
}

/// What of an instance a task may need more of than there is.
struct Amount {
    what: &'static str,
    need: u32,
    of: fn(&InstanceClass) -> u32,
}

/// Resources of which a task needs more than any instance has.
fn short_of(load: &Load, requests: &Requests, request: RequestId) -> Vec<String> {
    let demand = &requests[request].demand;
    let amounts = [
        Amount { what: "CPU units", need: demand.cpu.0, of: |class| class.cpu.0 },
        Amount { what: "MiB of memory", need: demand.memory.0, of: |class| class.memory.0 },
    ];
    let fleet = &load.scenario.fleet;
    let most = |classes: &[ClassId], of: fn(&InstanceClass) -> u32| {
        classes.iter().map(|class| of(&fleet.classes[class.index()])).max().unwrap_or(0)
    };
    let short = |Amount { what, need, of }: Amount| {
        let (have, whole) = (most(&fleet.instances, of), most(&load.clones, of));
        if need <= have {
            return None;
        }
        let begin = format!("it needs {need} {what}");
        Some(if need <= whole {
            format!(
                "{begin}, at most {have} are left of {whole}, as the rest is held back for tasks that the scenario does not have"
            )
        } else {
            format!("{begin}, the largest instance has {whole}, {} too few", need - whole)
        })
    };
    amounts.into_iter().filter_map(short).collect()
}

/// The first check of each empty instance that keeps a task off it, and of how many instances it is.
fn kept_off(load: &Load, requests: &Requests, request: RequestId) -> Vec<String> {
    let fleet = &load.scenario.fleet;
    let mut engine = FastEngine::new(Setup { fleet, requests, options: load.scenario.options, seed: 0 });
    let mut checks: BTreeMap<Reason, u64> = BTreeMap::new();
    let mut is_held = false;
    for instance in fleet.ids() {
        match engine.place_on(request, instance) {
            Ok(_) => drop(engine.stop(request, instance)),
            Err(reason) => {
                *checks.entry(reason).or_default() += 1;
                is_held |= is_held_back(fleet.class(instance), requests, request, reason);
            }
        }
    }
    let told = |(reason, count): (Reason, u64)| format!("{} on {}", reason.text(), counted(count, "instance"));
    let mut told: Vec<String> = checks.into_iter().map(told).collect();
    if is_held {
        told.push("where ports or GPUs are held back for tasks that the scenario does not have".to_owned());
    }
    told
}

/// Whether a task would pass a check if the tasks were gone that the scenario does not have.
fn is_held_back(class: &InstanceClass, requests: &Requests, request: RequestId, reason: Reason) -> bool {
    let demand = &requests[request].demand;
    match reason {
        Reason::Ports => demand.ports.iter().any(|port| class.other_ports.contains(port)),
        Reason::Gpu => demand.gpus.held_by_others(class) > 0,
        _ => false,
    }
}
