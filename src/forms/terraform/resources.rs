//! All resources of ECS of a plan or a state, and the names of members in Terraform's spelling.

use serde_json::{Map, Value, json};

use super::super::clusters::{self, OfCluster};
use super::super::values::{counted, last_segment, list, text};
use super::super::{Forms, names};
use super::source::{Resource, Source};
use super::{GROUP, definitions, services};

/// Types that are read here; others of ECS are counted.
const READ: [&str; 6] = [
    GROUP,
    "aws_ecs_cluster",
    "aws_ecs_cluster_capacity_providers",
    "aws_ecs_capacity_provider",
    "aws_ecs_task_definition",
    "aws_ecs_service",
];

/// Reads them.
pub(super) fn read(forms: &mut Forms<'_>, source: &Source<'_>) {
    let of_clusters = source
        .of_kind("aws_ecs_service")
        .map(|resource| OfCluster {
            cluster: cluster_of(source, resource),
            member: resource.address.clone(),
            what: resource,
        })
        .collect();
    let (chosen, of_cluster) = clusters::choose(forms, source.file, of_clusters);
    give_clusters(forms, source, chosen.as_deref());
    for resource in source.of_kind("aws_ecs_capacity_provider") {
        give_provider(forms, source, resource);
    }
    for resource in source.of_kind("aws_ecs_task_definition") {
        definitions::give(forms, source, resource);
    }
    for resource in of_cluster {
        services::give(forms, source, resource);
    }
    let others = source.mine.iter().filter(|one| !one.is_data && !READ.contains(&one.kind));
    let others: Vec<&str> = others.map(|resource| resource.address.as_str()).collect();
    if let Some(first) = others.first() {
        let count = counted(others.len(), "resource");
        forms.note(format!("{}: {count} of ECS of other types are not read, such as {first}", source.file));
    }
}

/// The cluster of a service: its name, or the address of what will make it.
fn cluster_of(source: &Source<'_>, resource: &Resource<'_>) -> Option<String> {
    if let Some(known) = text(resource.values, "cluster").filter(|name| !name.is_empty()) {
        return Some(last_segment(known).to_owned());
    }
    let cluster = source.referred(resource, "cluster", "aws_ecs_cluster")?;
    Some(text(cluster.values, "name").unwrap_or(&cluster.address).to_owned())
}

/// Each cluster with what a resource of its own says of its providers.
fn give_clusters(forms: &mut Forms<'_>, source: &Source<'_>, chosen: Option<&str>) {
    for resource in source.of_kind("aws_ecs_cluster") {
        let name = text(resource.values, "name").unwrap_or(resource.name);
        if chosen.is_some_and(|chosen| chosen != name) {
            continue;
        }
        let associated = source.of_kind("aws_ecs_cluster_capacity_providers").find(|one| {
            match text(one.values, "cluster_name").filter(|name| !name.is_empty()) {
                Some(known) => known == name,
                None => source
                    .referred(one, "cluster_name", "aws_ecs_cluster")
                    .is_some_and(|found| found.address == resource.address),
            }
        });
        let values = associated.map_or(resource.values, |associated| associated.values);
        let strategy = camel(list(values, "default_capacity_provider_strategy"));
        let cluster = json!({
            "clusterName": name,
            "capacityProviders": list(values, "capacity_providers"),
            "defaultCapacityProviderStrategy": strategy,
        });
        forms.give_secret(at(source, resource), &json!({ "clusters": [cluster] }));
    }
}

fn give_provider(forms: &mut Forms<'_>, source: &Source<'_>, resource: &Resource<'_>) {
    let name = text(resource.values, "name").unwrap_or(resource.name);
    let Some(group) = block(resource.values, "auto_scaling_group_provider") else {
        let member = format!("{}.auto_scaling_group_provider", resource.address);
        return forms.note(format!("{}: {member} is not there; the provider is left out", source.file));
    };
    let mut group = camel_members(group);
    if let Some(scaling) = group.get("managedScaling").and_then(|blocks| blocks.get(0)).cloned() {
        group["managedScaling"] = scaling;
    } else if let Some(members) = group.as_object_mut() {
        members.remove("managedScaling");
    }
    let called = text(&group, "autoScalingGroupArn").unwrap_or_default().to_owned();
    let referred = source.referred(resource, "auto_scaling_group_provider/0/auto_scaling_group_arn", GROUP);
    let by_name = || source.of_kind(GROUP).find(|one| text(one.values, "arn") == Some(&called));
    if let Some(found) = referred.or_else(by_name) {
        group["autoScalingGroupArn"] = Value::from(group_name(found));
        give_group(forms, source, found);
    }
    let provider = json!({ "name": name, "status": "ACTIVE", "autoScalingGroupProvider": group });
    forms.give_secret(at(source, resource), &json!({ "capacityProviders": [provider] }));
}

fn group_name(resource: &Resource<'_>) -> String {
    text(resource.values, "name").filter(|name| !name.is_empty()).unwrap_or(&resource.address).to_owned()
}

/// How large an Auto Scaling group may be, as far as the plan tells.
fn give_group(forms: &mut Forms<'_>, source: &Source<'_>, resource: &Resource<'_>) {
    let size = |member: &str| resource.values.get(member).and_then(Value::as_i64);
    if let (Some(least), Some(most)) = (size("min_size"), size("max_size")) {
        let group = json!({ "AutoScalingGroupName": group_name(resource), "MinSize": least, "MaxSize": most });
        forms.give_secret(at(source, resource), &json!({ "AutoScalingGroups": [group] }));
    }
}

/// The name of a resource's part.
pub(super) fn at(source: &Source<'_>, resource: &Resource<'_>) -> String {
    format!("{} ({})", source.file, resource.address)
}

/// A block that stands at most once: Terraform keeps a list of it.
pub(super) fn block<'v>(values: &'v Value, name: &str) -> Option<&'v Value> {
    match values.get(name)? {
        Value::Array(blocks) => blocks.first().filter(|block| block.is_object()),
        block @ Value::Object(_) => Some(block),
        _ => None,
    }
}

/// Blocks with the names of the API; a member that is not set is an empty text in a state.
pub(super) fn camel(blocks: &[Value]) -> Vec<Value> {
    blocks.iter().map(camel_members).collect()
}

pub(super) fn camel_members(block: &Value) -> Value {
    let renamed = names::renamed(block.clone(), names::of_snake);
    without_empty(renamed)
}

fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_set = |value: &Value| !value.is_null() && value.as_str() != Some("");
            let set = members.into_iter().filter(|(_, value)| is_set(value));
            Value::Object(set.map(|(name, value)| (name, without_empty(value))).collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(without_empty).collect()),
        other => other,
    }
}
