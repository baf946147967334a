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
    }
}
