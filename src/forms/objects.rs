//! Objects of the API without the document around them: what `--query` prints, PascalCase, a list of containers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::values::{counted, some, text};
use super::{Forms, events, names};

/// What an object is, told by members that only such have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Noun {
    Task,
    Instance,
    Service,
    Definition,
    Provider,
    Cluster,
    Container,
    Attribute,
}

impl Noun {
    fn of(object: &Map<String, Value>) -> Option<Self> {
        let has = |name: &str| object.contains_key(name);
        let is_text = |name: &str| object.get(name).is_some_and(Value::is_string);
        if is_text("taskArn") && !has("taskArns") {
            return Some(Self::Task);
        }
        let is_registered = ["registeredResources", "remainingResources", "agentConnected", "ec2InstanceId"];
        if is_text("containerInstanceArn") && is_registered.into_iter().any(has) && !has("totalResources") {
            return Some(Self::Instance);
        }
        if is_text("serviceArn") && is_text("serviceName") {
            return Some(Self::Service);
        }
        if has("containerDefinitions") {
            return Some(Self::Definition);
        }
        if has("capacityProviderArn") || has("autoScalingGroupProvider") {
            return Some(Self::Provider);
        }
        if is_text("clusterArn") && is_text("clusterName") {
            return Some(Self::Cluster);
        }
        let is_sized = ["image", "cpu", "memory", "memoryReservation", "portMappings", "essential"];
        if is_text("name") && is_sized.into_iter().any(has) && !has("resources") {
            return Some(Self::Container);
        }
        (is_text("name") && has("targetId")).then_some(Self::Attribute)
    }
}

/// Whether an object stands there without its document, so that its members say something else at the top.
#[must_use]
pub fn is_bare<'n>(mut members: impl Iterator<Item = &'n String> + Clone) -> bool {
    let has = |names: &[&str]| members.clone().any(|member| names.contains(&member.as_str()));
    let is_instance = has(&["containerInstanceArn"]) && has(&["registeredResources", "remainingResources"]);
    let is_task = has(&["taskArn"]) && has(&["taskDefinitionArn"]);
    let is_service = has(&["serviceArn"]) && has(&["serviceName"]);
    is_instance || is_task || is_service || members.any(|member| member == "detail-type")
}

/// Reads an object or a list of objects.
pub(super) fn read(forms: &mut Forms<'_>, file: &str, value: Value) {
    if is_cut_off(&value) {
        let help = "write it by `ConvertTo-Json -Depth 20`";
        return forms.refuse(file, "", "objects that PowerShell cut off: only the names of their types are left", help);
    }
    match unwrapped(value) {
        Value::Object(members) if events::is_one(&Value::Object(members.clone())) => {
            events::add(forms, file, &Value::Object(members));
        }
        Value::Object(members) => match Noun::of(&members) {
            Some(noun) => give(forms, file, noun, vec![Value::Object(members)]),
            // What is no object of the API is told by whoever reads documents.
            None => forms.give(file, &Value::Object(members)),
        },
        Value::Array(list) => read_list(forms, file, list),
        other => {
            let what = if other.is_null() { "null" } else { "a single value" };
            forms.refuse(file, "", format!("{what} where a document stands"), KNOWN);
        }
    }
}

/// Whether `ConvertTo-Json` went no deeper than usual and wrote the types of what stands below.
fn is_cut_off(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with("Amazon.ECS.Model.") || text.starts_with("System.Collections."),
        Value::Array(list) => list.iter().any(is_cut_off),
        Value::Object(members) => members.values().any(is_cut_off),
        _ => false,
    }
}

/// Whether a text may be of objects in snake case: it has a member that most of them have.
fn may_be_snake(text: &str) -> bool {
    const TELLING: [&str; 8] = [
        "_arn\"",
        "\"service_name\"",
        "\"task_definition\"",
        "\"container_definitions\"",
        "\"container_instances\"",
        "\"capacity_providers\"",
        "\"cluster_name\"",
        "\"target_id\"",
    ];
    TELLING.iter().any(|name| text.contains(name))
}

/// Whether the objects of a text are in snake case.
#[must_use]
pub fn is_snake(text: &str) -> bool {
    may_be_snake(text) && serde_json::from_str(text).is_ok_and(|value| names::is_snake(&value))
}

const KNOWN: &str = "give what `aws ecs describe-container-instances`, `describe-tasks`, `describe-services` or \
                     `describe-task-definition` prints; `stowplan import --help` shows how to collect it";

/// The same with the names of the API and without what SDKs put around values.
fn unwrapped(value: Value) -> Value {
    let is_pascal = match &value {
        Value::Object(members) => names::is_pascal(members),
        Value::Array(list) => list.iter().any(|one| one.as_object().is_some_and(names::is_pascal)),
        _ => false,
    };
    if is_pascal {
        return names::renamed(names::without_wrappings(value), names::of_pascal);
    }
    if names::is_snake(&value) {
        return names::with_iso_times(names::renamed(value, names::of_snake));
    }
    value
}

/// Sorts the elements of a list by what they are; one that is nothing known hides no other.
fn read_list(forms: &mut Forms<'_>, file: &str, list: Vec<Value>) {
    if list.iter().all(Value::is_string) {
        let what = if list.is_empty() { "an empty list".to_owned() } else { counted(list.len(), "name") };
        forms.note(format!("{file}: {what} and nothing else, which says nothing of any object"));
        return forms.give(file, &json!({ "namesArns": list }));
    }
    if list.iter().all(Value::is_array) {
        let help = "leave out the part of `--query` behind `[]`, or give the whole answer of the call";
        return forms.refuse(file, "", "a list of rows: `--query` chose columns and dropped their names", help);
    }
    let mut found: BTreeMap<Noun, Vec<Value>> = BTreeMap::new();
    for (position, element) in list.into_iter().enumerate() {
        let member = format!("[{position}]");
        match element {
            Value::Object(members) => match Noun::of(&members) {
                Some(noun) => found.entry(noun).or_default().push(Value::Object(members)),
                None => read_element(forms, file, &member, members),
            },
            _ => forms.refuse(file, &member, "no object of Amazon ECS", KNOWN),
        }
    }
    for (noun, objects) in found {
        give(forms, file, noun, objects);
    }
}

/// An element that is a document by itself, as `jq -s` makes lists of.
fn read_element(forms: &mut Forms<'_>, file: &str, member: &str, members: Map<String, Value>) {
    let value = Value::Object(members);
    if events::is_one(&value) {
        return events::add(forms, &format!("{file} ({member})"), &value);
    }
    let lists = ["containerInstances", "tasks", "services", "clusters", "capacityProviders", "attributes"];
    let is_document = lists.iter().any(|name| value.get(name).is_some_and(Value::is_array))
        || ["taskDefinition", "serviceName"].iter().any(|name| value.get(name).is_some());
    if is_document {
        return forms.give(format!("{file} ({member})"), &value);
    }
    let names = value.as_object().map(|members| some(members.keys())).unwrap_or_default();
    forms.refuse(file, member, format!("no object of Amazon ECS that is known here: it has {names}"), KNOWN);
}

/// The document that holds such objects.
fn give(forms: &mut Forms<'_>, file: &str, noun: Noun, objects: Vec<Value>) {
    match noun {
        Noun::Task => forms.give(file, &json!({ "tasks": objects })),
        Noun::Instance => forms.give(file, &json!({ "containerInstances": objects })),
        Noun::Service => forms.give(file, &json!({ "services": objects })),
        Noun::Provider => forms.give(file, &json!({ "capacityProviders": objects })),
        Noun::Cluster => forms.give(file, &json!({ "clusters": objects })),
        Noun::Attribute => forms.give(file, &json!({ "attributes": objects })),
        Noun::Definition => {
            let is_one = objects.len() == 1;
            for (position, definition) in objects.into_iter().enumerate() {
                let name = if is_one { file.to_owned() } else { format!("{file} ([{position}])") };
                give_definition(forms, &name, definition);
            }
        }
        Noun::Container => {
            let family = forms.family_of(file);
            forms.note(format!("{file}: containers of no task definition; its family is taken as `{family}`"));
            forms.give(file, &json!({ "family": family, "containerDefinitions": objects }));
        }
    }
}

/// A definition by itself; one without a family gets one.
fn give_definition(forms: &mut Forms<'_>, file: &str, mut definition: Value) {
    if text(&definition, "family").is_none() && text(&definition, "taskDefinitionArn").is_none() {
        let family = forms.family_of(file);
        forms.note(format!("{file}: a task definition without a family, which is taken as `{family}`"));
        definition["family"] = Value::String(family);
    }
    forms.give(file, &definition);
}
