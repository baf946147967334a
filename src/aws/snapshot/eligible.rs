//! Who may take a task, as far as documents tell: zones of subnets, instances of an unknown zone or that list no capability,
//! and what definitions require whose list is absent.

use super::collect::Collected;
use super::{Instance, Snapshot};

/// Reads the subnets, and tells what is not known.
pub(super) fn read(collected: &Collected<'_>, snapshot: &mut Snapshot) {
    for subnet in &collected.subnets {
        if let (Some(id), Some(zone)) = (&subnet.subnet_id, &subnet.availability_zone) {
            snapshot.subnets.insert(id.clone(), (zone.clone(), subnet.vpc_id.clone()));
        }
    }
    note_zones(snapshot);
    note_definitions(collected, snapshot);
    note_capabilities(snapshot);
}

fn note_zones(snapshot: &mut Snapshot) {
    let sentence =
        "instances without `ecs.availability-zone`: their zone is not known, which is a bucket of its own for spread";
    let unknown = snapshot.instances.iter().filter(|instance| instance.zone.is_empty());
    let names: Vec<String> = unknown.map(|instance| instance.name.clone()).collect();
    names.iter().for_each(|name| snapshot.notes.about(sentence, name));
}

/// Definitions without `requiresAttributes` are inputs of RegisterTaskDefinition or files: what they require is worked out.
fn note_definitions(collected: &Collected<'_>, snapshot: &mut Snapshot) {
    for (_, definition) in &collected.definitions {
        let Some(reference) = definition.reference().filter(|_| definition.requires_attributes.is_none()) else {
            continue;
        };
        let derived = definition.derived_requirements();
        if !derived.required.is_empty() {
            let sentence =
                "task definitions without `requiresAttributes`: what they require is worked out from what they say";
            snapshot.notes.about(sentence, &reference);
        }
        if !derived.inferred.is_empty() {
            let sentence =
                "task definitions that ECS may give further requirements, which is inferred only and refuses nothing";
            snapshot.notes.about(sentence, &format!("{reference} ({})", derived.inferred.join(", ")));
        }
    }
}

/// An instance that lists no capability at all comes of a document that was cut: what requires one finds it missing there.
fn note_capabilities(snapshot: &mut Snapshot) {
    if snapshot.definitions.values().all(|definition| definition.task.requires_attributes.is_empty()) {
        return;
    }
    let is_capability =
        |name: &str| name.starts_with("ecs.capability.") || name.starts_with("com.amazonaws.ecs.capability.");
    let lists_none = |instance: &&Instance| !instance.attributes.keys().any(|name| is_capability(name));
    let names: Vec<String> =
        snapshot.instances.iter().filter(lists_none).map(|instance| instance.name.clone()).collect();
    let sentence = "instances that list no capability: what requires one fails there (ATTRIBUTE)";
    names.iter().for_each(|name| snapshot.notes.about(sentence, name));
}
