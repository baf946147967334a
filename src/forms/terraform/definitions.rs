//! Task definitions: `container_definitions` is JSON inside a text.

use serde_json::{Map, Value, json};

use super::super::values::{list, text};
use super::super::{Forms, names};
use super::resources::{at, block, camel, camel_members};
use super::source::{Resource, Source};

/// Members that only change their spelling.
const SCALARS: [(&str, &str); 8] = [
    ("network_mode", "networkMode"),
    ("cpu", "cpu"),
    ("memory", "memory"),
    ("task_role_arn", "taskRoleArn"),
    ("execution_role_arn", "executionRoleArn"),
    ("pid_mode", "pidMode"),
    ("ipc_mode", "ipcMode"),
    ("arn", "taskDefinitionArn"),
];

/// The definition as `register-task-definition` takes it.
pub(super) fn give(forms: &mut Forms<'_>, source: &Source<'_>, resource: &Resource<'_>) {
    let values = resource.values;
    let family = text(values, "family").map_or_else(|| forms.family_of(resource.name), str::to_owned);
    let Some(containers) = containers(forms, source, resource) else { return };
    let mut definition = json!({ "family": family, "containerDefinitions": containers });
    for (snake, name) in SCALARS {
        if let Some(value) = values.get(snake).filter(|value| !value.is_null() && value.as_str() != Some("")) {
            definition[name] = value.clone();
        }
    }
    if let Some(revision) = values.get("revision").filter(|revision| revision.as_i64().is_some_and(|one| one > 0)) {
        definition["revision"] = revision.clone();
    }
    definition["placementConstraints"] = Value::Array(camel(list(values, "placement_constraints")));
    definition["requiresCompatibilities"] = Value::Array(list(values, "requires_compatibilities").to_vec());
    if let Some(platform) = block(values, "runtime_platform") {
        definition["runtimePlatform"] = camel_members(platform);
    }
    definition["volumes"] = Value::Array(list(values, "volume").iter().map(volume).collect());
    forms.give_secret(at(source, resource), &definition);
}

/// The containers of the text, their environment left out.
fn containers(forms: &mut Forms<'_>, source: &Source<'_>, resource: &Resource<'_>) -> Option<Value> {
    let member = format!("{}.container_definitions", resource.address);
    let parsed = match resource.values.get("container_definitions") {
        Some(Value::String(text)) => serde_json::from_str::<Value>(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("no JSON in this text, from its line {line}, column {column} on")
        }),
        Some(list @ Value::Array(_)) => Ok(list.clone()),
        _ if source.is_open(resource, "container_definitions") => {
            let what = "known only after the plan is applied; the task definition is left out: apply it, then give \
                        `terraform show -json`, or what `aws ecs describe-task-definition` prints";
            forms.note(format!("{}: {member} is {what}", source.file));
            return None;
        }
        _ => Err("no text where the containers stand as JSON".to_owned()),
    };
    match parsed {
        Ok(Value::Array(list)) if !list.is_empty() => Some(Value::Array(list.into_iter().map(container).collect())),
        Ok(_) => {
            forms.refuse(source.file, &member, "no list of containers", "give the list that `jsonencode` makes");
            None
        }
        Err(message) => {
            forms.refuse(source.file, &member, message, "give the plan or the state as Terraform prints it");
            None
        }
    }
}

fn container(mut container: Value) -> Value {
    if container.as_object().is_some_and(names::is_pascal) {
        container = names::renamed(container, names::of_pascal);
    }
    if let Some(members) = container.as_object_mut() {
        members.remove("environment");
    }
    container
}

/// A volume as the API has it.
fn volume(block: &Value) -> Value {
    let mut volume = Map::new();
    for (name, value) in camel_members(block).as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("hostPath", path) => {
                volume.insert("host".to_owned(), json!({ "sourcePath": path }));
            }
            (_, Value::Array(blocks)) => {
                volume.extend(blocks.first().map(|first| (name.clone(), first.clone())));
            }
            (_, value) => {
                volume.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(volume)
}
