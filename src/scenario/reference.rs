//! The reference of every key of a scenario file, in Markdown, made from the JSON Schema and the table of defaults.
//!
//! `stowplan man scenario` prints it, and `docs/scenario.md` is that text; a test compares the two.

use std::fmt::Write as _;

use serde_json::Value;

use super::reading::defaults::DEFAULTS;

/// The page of every key.
///
/// # Panics
/// Never: the schema is part of the program, and a test reads all of it.
#[must_use]
pub fn reference() -> String {
    let schema: Value = serde_json::from_str(super::schema()).expect("the schema is JSON");
    let mut out = String::from(
        "# Every key of a scenario file\n\n\
         Made by `stowplan man scenario` from the schema that `stowplan check --schema` prints for editors; do not edit it.\n\
         Keys in bold must be written. A length of time is text such as `\"90s\"`, `\"4m\"`, `\"1.5h\"`.\n",
    );
    table(&mut out, "The file", "", &schema);
    for (name, definition) in schema["$defs"].as_object().expect("the schema has definitions") {
        if definition.get("properties").is_some() {
            table(&mut out, name, name, definition);
        }
    }
    out
}

fn table(out: &mut String, title: &str, path: &str, definition: &Value) {
    let said = definition["description"].as_str().unwrap_or_default();
    write!(out, "\n## {title}\n\n{}\n\n| key | value | default | meaning |\n|---|---|---|---|\n", escaped(said))
        .expect("a string takes everything");
    let required: Vec<&str> =
        definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, property) in definition["properties"].as_object().expect("only tables with keys are asked for") {
        let name = if required.contains(&key.as_str()) { format!("**`{key}`**") } else { format!("`{key}`") };
        let meaning = property["description"].as_str().unwrap_or_default();
        let row = [name, kind(property), default(path, key), escaped(meaning)];
        writeln!(out, "| {} |", row.join(" | ")).expect("a string takes everything");
    }
}

/// What a value may be.
fn kind(property: &Value) -> String {
    if let Some(target) = property["$ref"].as_str() {
        let name = target.trim_start_matches("#/$defs/");
        let is_text = matches!(name, "span" | "cap" | "port");
        return if is_text { "text".to_owned() } else { format!("[{name}](#{})", anchor(name)) };
    }
    if let Some(word) = property.get("const") {
        return format!("`{}`", plain(word));
    }
    if let Some(words) = property["enum"].as_array() {
        return words.iter().map(|word| format!("`{}`", plain(word))).collect::<Vec<_>>().join(", ");
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(forms) = property[several].as_array() {
            let mut kinds: Vec<String> = forms.iter().map(kind).collect();
            kinds.dedup();
            return kinds.join(" or ");
        }
    }
    match property["type"].as_str() {
        Some("array") => format!("list of {}", kind(&property["items"])),
        Some("string") => "text".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("object") => "table".to_owned(),
        Some(number @ ("integer" | "number")) => {
            let noun = if number == "integer" { "whole number" } else { "number" };
            match (property.get("minimum"), property.get("maximum")) {
                (Some(low), Some(high)) => format!("{noun}, {low} to {high}"),
                (Some(low), None) => format!("{noun}, at least {low}"),
                _ => noun.to_owned(),
            }
        }
        _ => "any".to_owned(),
    }
}

fn default(path: &str, key: &str) -> String {
    let full = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let found = DEFAULTS.iter().find(|default| default.key == full);
    found.map_or_else(String::new, |default| escaped(default.value.text().trim_matches('\'')))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The anchor that Markdown readers make of a heading.
fn anchor(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<").replace('\n', " ")
}
