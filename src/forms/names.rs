//! Names of members in other spellings, as the API writes them: `PortMappings` and `port_mappings` are `portMappings`.
//!
//! Keys of maps that people choose (labels, options of a log driver) are left alone.

use serde_json::{Map, Value};

/// Members whose value is a map with keys of people.
const MAPS: [&str; 5] = ["dockerLabels", "driverOpts", "labels", "options", "systemControlsMap"];

/// Names whose spelling follows no rule.
const ODD: [(&str, &str); 5] = [
    ("FSxWindowsFileServerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"),
    ("AwsVpcConfiguration", "awsvpcConfiguration"),
    ("AwsVPCConfiguration", "awsvpcConfiguration"),
    ("ECSManagedInstances", "managedInstancesProvider"),
    ("PlacementStrategies", "placementStrategy"),
];

/// A name that begins with a capital as the API writes it: `EFSVolumeConfiguration` is `efsVolumeConfiguration`.
pub(super) fn of_pascal(name: &str) -> String {
    if let Some((_, known)) = ODD.iter().find(|(odd, _)| *odd == name) {
        return (*known).to_owned();
    }
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    // The last of several capitals begins the next word.
    let first = if capitals > 1 && capitals < name.len() { capitals - 1 } else { capitals };
    format!("{}{}", name[..first].to_ascii_lowercase(), &name[first..])
}

/// A name in snake case as the API writes it.
pub(super) fn of_snake(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// A value with all its members renamed.
pub(super) fn renamed(value: Value, rename: fn(&str) -> String) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(|element| renamed(element, rename)).collect()),
        Value::Object(members) => {
            let mut map = Map::new();
            for (name, value) in members {
                let name = rename(&name);
                let value = if MAPS.contains(&name.as_str()) { value } else { renamed(value, rename) };
                map.insert(name, value);
            }
            Value::Object(map)
        }
        other => other,
    }
}

/// Whether an object names its members in PascalCase.
pub(super) fn is_pascal(members: &Map<String, Value>) -> bool {
    let capitals = members.keys().filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())).count();
    capitals * 2 > members.len()
}

/// Whether the objects of a value name their members in snake case, as the SDK of Ruby writes them: some do, and none as the
/// API does.
pub(super) fn is_snake(value: &Value) -> bool {
    let mut found = Spellings::default();
    found.look(value, DEEPEST_LOOK);
    found.snake && !found.camel
}

/// Levels that are looked at: keys of people stand below.
const DEEPEST_LOOK: usize = 3;

#[derive(Default)]
struct Spellings {
    snake: bool,
    camel: bool,
}

impl Spellings {
    fn look(&mut self, value: &Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Array(list) => list.iter().for_each(|one| self.look(one, depth)),
            Value::Object(members) => {
                for (name, value) in members {
                    self.snake |= name.contains('_');
                    self.camel |= name.bytes().any(|byte| byte.is_ascii_uppercase());
                    self.look(value, depth);
                }
            }
            _ => {}
        }
    }
}

/// Texts that are times as Ruby prints them in the form of the API: `2026-03-01 08:00:00 UTC`, also with `+0100`.
pub(super) fn with_iso_times(value: Value) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(with_iso_times).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, with_iso_times(value))).collect())
        }
        Value::String(text) => Value::String(iso_time(&text).unwrap_or(text)),
        other => other,
    }
}

fn iso_time(text: &str) -> Option<String> {
    let mut parts = text.split(' ');
    let (date, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
    let is_made_of = |text: &str, more: &[u8]| text.bytes().all(|byte| byte.is_ascii_digit() || more.contains(&byte));
    let is_time = date.len() == 10 && is_made_of(date, b"-") && time.len() >= 8 && is_made_of(time, b":.");
    if !is_time || parts.next().is_some() {
        return None;
    }
    let zone = match zone {
        "UTC" => "Z".to_owned(),
        zone if zone.len() == 5 && zone.starts_with(['+', '-']) && is_made_of(&zone[1..], b"") => {
            format!("{}:{}", &zone[..3], &zone[3..])
        }
        _ => return None,
    };
    Some(format!("{date}T{time}{zone}"))
}

/// What SDKs write besides the names: .NET's enumerations as `{"Value": "EC2"}` and times as `/Date(…)/`.
pub(super) fn without_wrappings(value: Value) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(without_wrappings).collect()),
        Value::Object(mut members) => {
            if members.len() == 1
                && let Some(inner @ Value::String(_)) = members.get_mut("Value")
            {
                return inner.take();
            }
            Value::Object(members.into_iter().map(|(name, value)| (name, without_wrappings(value))).collect())
        }
        Value::String(text) => match milliseconds(&text) {
            Some(milliseconds) => Value::from(milliseconds.div_euclid(1_000)),
            None => Value::String(text),
        },
        other => other,
    }
}

/// The number of `/Date(1700000000000)/`.
fn milliseconds(text: &str) -> Option<i64> {
    let digits = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    digits.split(['+', '-']).find(|part| !part.is_empty())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_become_those_of_the_api() {
        let pascal = [
            ("ContainerInstanceArn", "containerInstanceArn"),
            ("Ec2InstanceId", "ec2InstanceId"),
            ("EFSVolumeConfiguration", "efsVolumeConfiguration"),
            ("FSxWindowsFileServerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"),
            ("AwsvpcConfiguration", "awsvpcConfiguration"),
            ("Name", "name"),
            ("GPU", "gpu"),
            ("already", "already"),
        ];
        for (name, expected) in pascal {
            assert_eq!(of_pascal(name), expected);
        }
        assert_eq!(of_snake("ordered_placement_strategy"), "orderedPlacementStrategy");
        assert_eq!(of_snake("name"), "name");
        assert_eq!(of_snake("total_memory_in_mi_b"), "totalMemoryInMiB");
    }

    #[test]
    fn times_of_ruby_are_those_of_the_api() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(iso_time(text).as_deref(), expected, "{text}");
        check("2026-03-01 08:00:00 UTC", Some("2026-03-01T08:00:00Z"));
        check("2026-03-01 08:00:00.125 +0130", Some("2026-03-01T08:00:00.125+01:30"));
        check("2026-03-01 08:00:00 CET", None);
        check("2026-03-01 08:00:00", None);
        check("some words here", None);
        check("2026-03-01 08:00:00 +é00", None);
        assert!(is_snake(&serde_json::json!([{ "task_arn": "a" }])));
        assert!(!is_snake(&serde_json::json!({ "tasks": [{ "taskArn": "a", "labels": { "some_label": "x" } }] })));
        assert!(!is_snake(&serde_json::json!({ "name": "x" })));
    }
}
