//! The JSON Schema says what the reader does.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::scenario::reading::defaults::{self, DEFAULTS};
use crate::scenario::reading::keys;
use crate::scenario::schema;

fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(entries) => entries.keys().cloned().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

/// The description of a table.
fn table<'s>(schema: &'s Value, path: &str) -> &'s Value {
    if path.is_empty() { schema } else { &schema["$defs"][path] }
}

#[test]
fn the_schema_has_the_keys_that_the_reader_accepts() {
    let schema: Value = serde_json::from_str(schema()).unwrap();
    for shape in keys::ALL {
        let table = table(&schema, shape.path);
        let expected = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<String>>();
        assert_eq!(names(&table["properties"]), shape.keys().map(str::to_owned).collect(), "{}", shape.title);
        assert_eq!(names(&table["required"]), expected(shape.required), "{}", shape.title);
        assert_eq!(table["additionalProperties"], Value::Bool(false), "{}", shape.title);
    }
}

#[test]
fn every_table_of_the_schema_is_read_and_every_reference_leads_somewhere() {
    let schema: Value = serde_json::from_str(schema()).unwrap();
    let described = schema["$defs"].as_object().unwrap();
    let read: BTreeSet<&str> = keys::ALL.iter().map(|shape| shape.path).collect();
    for (name, definition) in described {
        assert!(definition.get("properties").is_none() || read.contains(name.as_str()), "nothing reads `{name}`");
    }
    let text = schema.to_string();
    for (position, _) in text.match_indices("#/$defs/") {
        let name = text[position + "#/$defs/".len()..].split('"').next().unwrap();
        assert!(described.contains_key(name), "`{name}` is not described");
    }
}

#[test]
fn the_defaults_of_the_schema_are_those_of_the_reader() {
    let schema: Value = serde_json::from_str(schema()).unwrap();
    let mut compared = 0;
    for default in DEFAULTS {
        let (path, key) = default.key.rsplit_once('.').unwrap_or(("", default.key));
        let Some(written) = table(&schema, path)["properties"][key].get("default") else { continue };
        let document = format!("x = {}", default.value.text());
        let value: toml::Table = document.parse().unwrap();
        assert_eq!(serde_json::to_value(&value["x"]).unwrap(), *written, "{}", default.key);
        assert_eq!(*defaults::of(default.key), *default);
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn the_schema_names_every_baseline() {
    let schema: Value = serde_json::from_str(schema()).unwrap();
    let written = names(&schema["$defs"]["policies"]["properties"]["baseline"]["anyOf"][0]["enum"]);
    assert_eq!(written, crate::strategy::BASELINES.iter().map(|known| known.name.to_owned()).collect());
}
