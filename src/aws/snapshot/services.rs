//! Task definitions, services and calls of a snapshot.

use std::collections::BTreeSet;

use super::collect::{Collected, Place, id};
use super::deployments;
use super::providers::{Known, Share, Where, shares};
use super::terms::{Said, Terms, note_subnets, subnets};
use super::{Call, CallPlacement, Definition, Notes, ServiceEntry, Snapshot};
use crate::aws::documents::overrides::TaskOverride;
use crate::aws::documents::placement::PlacementStrategy;
use crate::aws::reading::arn::last_segment;
use crate::aws::reading::problem::{Effect, Problem};
use crate::model::Constraint;

/// The task definitions of the documents.
pub(super) fn read_definitions(collected: &Collected<'_>, snapshot: &mut Snapshot) {
    for (place, reference) in &collected.broken {
        snapshot.left_out.insert(reference.clone(), format!("{place} cannot be read"));
    }
    for (place, definition) in &collected.definitions {
        let Some(reference) = definition.reference() else { continue };
        if let Err(reason) = definition.gpu_demand(&TaskOverride::default()) {
            snapshot.notes.about(&format!("task definitions that are left out: {reason}"), &reference);
            snapshot.left_out.insert(reference, reason);
            continue;
        }
        let Some(task) = definition.to_model() else { continue };
        let lists = [&definition.requires_compatibilities, &definition.compatibilities];
        if lists.iter().any(|list| !list.is_empty() && !list.iter().any(|one| one == "EC2")) {
            snapshot.notes.about("task definitions that do not name EC2 among their compatibilities", &reference);
        }
        let revision = definition.revision.and_then(|revision| u32::try_from(revision).ok());
        let (hard_memory, healthy_after) = (definition.hard_memory(), definition.healthy_after_seconds());
        let is_active = definition.status.as_deref().is_none_or(|status| status.is_empty() || status == "ACTIVE");
        let place = place.to_string();
        let entry = Definition { place, revision, task, hard_memory, healthy_after, is_guess: false, is_active };
        snapshot.definitions.insert(reference, entry);
    }
}

/// Services and calls; they come last, so that definitions which were worked out from tasks are known.
pub(super) fn read(collected: &Collected<'_>, known: &Known<'_>, snapshot: &mut Snapshot) {
    for (place, service) in collected.services() {
        let name = service.service_name.clone().unwrap_or_default();
        if !service.is_active() {
            snapshot.notes.about("services that are not active are left out", &name);
            continue;
        }
        let (strategy, constraints) = service.placement();
        note_unused(&service.placement_strategy, &name, &mut snapshot.notes);
        let entry = ServiceEntry {
            place: place.to_string(),
            name,
            definition: last_segment(service.task_definition.as_deref().unwrap_or_default()).to_owned(),
            desired_count: count(service.desired_count),
            is_daemon: service.scheduling_strategy.as_deref() == Some("DAEMON"),
            strategy,
            constraints,
            terms: Terms::default(),
        };
        if add_service(place, entry, &Said::by_service(service), known, snapshot) {
            deployments::note(service, snapshot);
        }
    }
    for (_, call) in collected.updates.iter().filter(|(_, call)| call.force_new_deployment == Some(true)) {
        let sentence = "updates with `forceNewDeployment`: tasks of the same task definition are not replaced";
        snapshot.notes.about(sentence, last_segment(call.service.as_deref().unwrap_or_default()));
    }
    for (place, call) in &collected.requested {
        let (strategy, constraints) = call.placement();
        note_unused(&call.placement_strategy, call.service_name.as_deref().unwrap_or_default(), &mut snapshot.notes);
        let is_daemon = call.scheduling_strategy.as_deref() == Some("DAEMON");
        let instances = i64::try_from(snapshot.instances.len()).ok();
        let entry = ServiceEntry {
            place: place.to_string(),
            name: call.service_name.clone().unwrap_or_default(),
            definition: last_segment(call.task_definition.as_deref().unwrap_or_default()).to_owned(),
            desired_count: count(call.desired_count.or(instances.filter(|_| is_daemon))),
            is_daemon,
            strategy,
            constraints,
            terms: Terms::default(),
        };
        add_service(place, entry, &Said::by_call(call), known, snapshot);
    }
    read_calls(collected, known, snapshot);
}

fn read_calls(collected: &Collected<'_>, known: &Known<'_>, snapshot: &mut Snapshot) {
    for (place, call) in &collected.calls {
        let (strategy, constraints) = call.placement();
        note_unused(&call.placement_strategy, &place.to_string(), &mut snapshot.notes);
        let placed = CallPlacement::Chosen { count: count(call.count.or(Some(1))), strategy, constraints };
        note_subnets(call.network_configuration.as_ref(), &place.to_string(), &mut snapshot.notes);
        let wanted = call.task_definition.as_deref();
        let providers = match known.place(call.launch_type.as_deref(), shares(&call.capacity_provider_strategy), true) {
            Where::Here(providers) => providers,
            Where::Elsewhere(on) => {
                snapshot.notes.push(format!("{place}: the call runs on {on}, no container instance, and is left out"));
                continue;
            }
        };
        let said = SaidOfCall {
            place,
            wanted,
            group: &call.group,
            by: &call.started_by,
            overrides: call.overrides.as_ref(),
            subnets: subnets(call.network_configuration.as_ref()),
            providers,
        };
        add_call(collected, snapshot, said, placed);
    }
    let names: Vec<String> = snapshot.instances.iter().map(|instance| instance.name.clone()).collect();
    for (place, call) in &collected.starts {
        let mut positions = Vec::new();
        for name in call.container_instances.iter().map(|name| last_segment(name)) {
            match names.iter().position(|known| known == name) {
                Some(position) => positions.push(position),
                // Of an instance that no document has it was told before.
                None if !collected.instances.iter().any(|(_, one)| id(one) == Some(name)) => {}
                None => snapshot.notes.push(format!("{place}: instance `{name}` is INACTIVE and gets no task")),
            }
        }
        note_subnets(call.network_configuration.as_ref(), &place.to_string(), &mut snapshot.notes);
        let wanted = call.task_definition.as_deref();
        let said = SaidOfCall {
            place,
            wanted,
            group: &call.group,
            by: &call.started_by,
            overrides: call.overrides.as_ref(),
            subnets: subnets(call.network_configuration.as_ref()),
            providers: Vec::new(),
        };
        if !positions.is_empty() {
            add_call(collected, snapshot, said, CallPlacement::Named(positions));
        }
    }
}

/// What of a strategy decides nothing (U-2).
fn note_unused(rules: &[PlacementStrategy], of: &str, notes: &mut Notes) {
    let first = rules.iter().position(PlacementStrategy::is_random);
    if rules.iter().any(|rule| rule.is_random() && rule.field.as_deref().is_some_and(|field| !field.is_empty())) {
        notes.about("placement strategies with a `field` of `random`, which does not use one", of);
    }
    if first.is_some_and(|first| first + 1 < rules.len()) {
        notes.about(
            "placement strategies with rules after `random`, which leaves one instance: they decide nothing",
            of,
        );
    }
}

/// What RunTask and StartTask say alike.
struct SaidOfCall<'c> {
    place: &'c Place<'c>,
    wanted: Option<&'c str>,
    group: &'c Option<String>,
    by: &'c Option<String>,
    overrides: Option<&'c TaskOverride>,
    subnets: Vec<String>,
    providers: Vec<Share>,
}

fn add_call(collected: &Collected<'_>, snapshot: &mut Snapshot, said: SaidOfCall<'_>, placed: CallPlacement) {
    let SaidOfCall { place, overrides, .. } = said;
    let wanted = last_segment(said.wanted.unwrap_or_default());
    if is_left_out(snapshot, wanted) {
        snapshot.notes.push(format!("{place}: `{wanted}` is left out, and so is the call"));
        return;
    }
    let Some(definition) = find_definition(snapshot, wanted) else {
        snapshot.problems.push(missing(place, wanted, "the call is left out".to_owned()));
        return;
    };
    let document = collected.definitions.iter().find(|(_, one)| one.reference().as_deref() == Some(&definition));
    let own = &snapshot.definitions[&definition].task.demand;
    let demand = match (overrides, document) {
        (Some(overrides), Some((_, document))) => document.demand(Some(overrides)).filter(|demand| demand != own),
        (Some(overrides), None) if *overrides != TaskOverride::default() => {
            let note = format!("{place}: `{definition}` is in no file, so that its overrides cannot be applied");
            snapshot.notes.push(note);
            None
        }
        _ => None,
    };
    let (group, started_by) = (said.group.clone(), said.by.clone().filter(|by| !by.is_empty()));
    let SaidOfCall { subnets, providers, .. } = said;
    let place = place.to_string();
    snapshot.calls.push(Call { place, definition, placed, group, demand, started_by, providers, subnets });
}

/// Adds a service with its terms, if it runs on container instances and its task definition is known.
fn add_service(
    place: &Place<'_>,
    mut entry: ServiceEntry,
    said: &Said<'_>,
    known: &Known<'_>,
    snapshot: &mut Snapshot,
) -> bool {
    let providers = match known.place(said.launch_type, shares(said.providers), said.is_call) {
        Where::Here(providers) => providers,
        Where::Elsewhere(on) => {
            let sentence = format!("services on {on} take no room on container instances and are left out");
            snapshot.notes.about(&sentence, &entry.name);
            return false;
        }
    };
    if snapshot.services.iter().any(|known| known.name == entry.name) {
        snapshot.notes.about("services that are given twice: the later one is left out", &entry.name);
        return false;
    }
    if is_left_out(snapshot, &entry.definition) {
        let sentence = "services whose task definition is left out are left out";
        snapshot.notes.about(sentence, &format!("{} of `{}`", entry.name, entry.definition));
        return false;
    }
    let Some(definition) = find_definition(snapshot, &entry.definition) else {
        let consequence = format!("the service `{}` is left out", entry.name);
        snapshot.problems.push(missing(place, &entry.definition, consequence));
        return false;
    };
    entry.definition = definition;
    let known_definition = &snapshot.definitions[&entry.definition];
    let is_checked = known_definition.healthy_after.is_some();
    let inherited = known_definition.task.member_of.iter().cloned().map(Constraint::MemberOf);
    let constraints: Vec<Constraint> = entry.constraints.iter().cloned().chain(inherited).collect();
    let terms = said.terms(entry.is_daemon, entry.strategy.as_ref(), &constraints);
    entry.terms = Terms { providers, ..terms };
    said.note(&entry, is_checked, &mut snapshot.notes);
    if entry.is_daemon {
        if entry.strategy.as_ref().is_some_and(|strategy| !strategy.0.is_empty()) {
            let sentence =
                "DAEMON services with a placement strategy: it decides nothing, there is one task on each instance";
            snapshot.notes.about(sentence, &entry.name);
        }
        // It has none, and its constraint is that of every service: one task on an instance.
        entry.strategy = None;
        entry.constraints.retain(|constraint| *constraint != Constraint::DistinctInstance);
    }
    snapshot.services.push(entry);
    true
}

/// A task definition that is referred to and not there.
fn missing(place: &Place<'_>, wanted: &str, consequence: String) -> Problem {
    let dot = if place.member.is_empty() { "" } else { "." };
    Problem {
        file: place.file.to_owned(),
        member: format!("{}{dot}taskDefinition", place.member),
        position: None,
        message: format!("the task definition `{}` is in no file", wanted.escape_debug()),
        help: "add what `aws ecs describe-task-definition --task-definition NAME` prints of it".to_owned(),
        effect: Effect::LeftOut(consequence),
    }
}

/// Whether a form that is not supported keeps a task definition out; of a family alone, its last revision.
fn is_left_out(snapshot: &Snapshot, wanted: &str) -> bool {
    let revision = |reference: &str| reference.split_once(':').and_then(|(_, revision)| revision.parse::<u32>().ok());
    let is_of_family = |reference: &&String| reference.split(':').next() == Some(wanted);
    let last = snapshot.left_out.keys().filter(is_of_family).map(|reference| revision(reference)).max();
    let known = snapshot.definitions.values().filter(|known| known.task.family == wanted && !known.is_guess);
    let is_last = last.is_some_and(|last| known.map(|known| known.revision).max().is_none_or(|known| known < last));
    snapshot.left_out.contains_key(wanted) || is_last
}

/// Leaves out the revisions that are not ACTIVE and that nothing has: no task of them starts.
pub(super) fn drop_inactive(snapshot: &mut Snapshot) {
    let Snapshot { definitions, services, running, calls, notes, .. } = snapshot;
    let of_services = services.iter().map(|service| &service.definition);
    let of_tasks = running.iter().map(|tasks| &tasks.definition).chain(calls.iter().map(|call| &call.definition));
    let used: BTreeSet<&String> = of_services.chain(of_tasks).collect();
    definitions.retain(|reference, definition| {
        let is_used = used.contains(reference);
        if !definition.is_active {
            let sentence = match is_used {
                true => "task definitions that are not ACTIVE stay for what has them: ECS starts no other task of them",
                false => "task definitions that are not ACTIVE start no task and are left out",
            };
            notes.about(sentence, reference);
        }
        definition.is_active || is_used
    });
}

/// The reference of a known task definition; a family alone means its last revision that is ACTIVE.
fn find_definition(snapshot: &Snapshot, wanted: &str) -> Option<String> {
    if snapshot.definitions.contains_key(wanted) {
        return Some(wanted.to_owned());
    }
    let of_family = snapshot.definitions.iter().filter(|(_, known)| known.task.family == wanted);
    of_family.max_by_key(|(_, known)| (known.is_active, known.revision)).map(|(reference, _)| reference.clone())
}

fn count(count: Option<i64>) -> u32 {
    u32::try_from(count.unwrap_or_default()).unwrap_or_default()
}
