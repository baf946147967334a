//! Events of EventBridge: "ECS Container Instance State Change" and "ECS Task State Change", whose `detail` is the object.
//!
//! Of several events about one object the one with the highest version tells how it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Forms;
use super::values::{counted, text};

/// Events of all files, by the object they are about.
#[derive(Debug, Default)]
pub(super) struct Events {
    latest: BTreeMap<String, Event>,
    superseded: usize,
    others: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Event {
    position: usize,
    version: i64,
    file: String,
    document: Value,
}

/// Whether a value is an event.
pub(super) fn is_one(value: &Value) -> bool {
    value.get("detail-type").is_some() && value.get("detail").is_some_and(Value::is_object)
}

/// Keeps an event until all files are read.
pub(super) fn add(forms: &mut Forms<'_>, file: &str, event: &Value) {
    let kind = text(event, "detail-type").unwrap_or_default();
    let detail = &event["detail"];
    let (list, arn) = match kind {
        "ECS Container Instance State Change" => ("containerInstances", "containerInstanceArn"),
        "ECS Task State Change" => ("tasks", "taskArn"),
        other => {
            *forms.events.others.entry(other.to_owned()).or_default() += 1;
            return;
        }
    };
    let Some(arn) = text(detail, arn) else {
        let message = format!("an event without `{arn}`");
        return forms.refuse(file, "detail", message, "give the event as EventBridge delivers it");
    };
    let version = detail.get("version").and_then(Value::as_i64).unwrap_or_default();
    let position = forms.events.latest.len();
    let mut found = Event { position, version, file: file.to_owned(), document: json!({ list: [detail] }) };
    if let Some(known) = forms.events.latest.get(arn) {
        forms.events.superseded += 1;
        if known.version > version {
            return;
        }
        found.position = known.position;
    }
    forms.events.latest.insert(arn.to_owned(), found);
}

/// Gives the latest state of every object.
pub(super) fn finish(forms: &mut Forms<'_>) {
    let Events { latest, superseded, others } = std::mem::take(&mut forms.events);
    let mut latest: Vec<Event> = latest.into_values().collect();
    latest.sort_by_key(|event| event.position);
    for Event { file, document, .. } in latest {
        forms.give(file, &document);
    }
    if superseded > 0 {
        forms.note(format!("{} older than another of the same object and left out", counted(superseded, "event")));
    }
    for (kind, count) in others {
        let kind = kind.escape_debug().to_string();
        forms.note(format!("{} of kind \"{kind}\" show no instance and no task", counted(count, "event")));
    }
}
