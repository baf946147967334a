//! The path of a key in a scenario, and a scenario's text with another value there.

use std::borrow::Cow;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, TableLike, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// A key of a table.
    Key(String),
    /// A place in a list, from 0.
    Index(usize),
}

/// Whether a text has the form of a path.
///
/// # Errors
/// What is wrong with it, in a few words.
pub(super) fn check(path: &str) -> Result<(), String> {
    steps(path).map(|_| ())
}

/// `cluster.instances[0].count`; a part with dots in its name stands in quotes.
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        let (key, after) = key_of(rest)?;
        steps.push(Step::Key(key));
        rest = after;
        while let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']').ok_or("a `[` is not closed")?;
            let index = index.parse().map_err(|_| format!("`[{index}]` is no position; they count from 0"))?;
            steps.push(Step::Index(index));
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => return Err(format!("`{rest}` does not go on with `.` or `[`")),
        }
    }
}

fn key_of(text: &str) -> Result<(String, &str), String> {
    if let Some(quoted) = text.strip_prefix('\'').or_else(|| text.strip_prefix('"')) {
        let quote = &text[..1];
        let (key, after) = quoted.split_once(quote).ok_or("a quote is not closed")?;
        return if key.is_empty() { Err("a part is empty".to_owned()) } else { Ok((key.to_owned(), after)) };
    }
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let end = text.find(|letter| !is_plain(letter)).unwrap_or(text.len());
    if end == 0 { Err("a part is empty".to_owned()) } else { Ok((text[..end].to_owned(), &text[end..])) }
}

/// A key of a scenario, and the value that it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<'a> {
    /// Where the key is, such as `cluster.instances[0].count`.
    pub path: &'a str,
    /// In TOML.
    pub value: Cow<'a, str>,
}

/// A scenario's text in which keys have other values. A key that is not there is added where its table is.
///
/// # Errors
/// If the text is no TOML, or has nothing at a step of a path, in words that name the step.
pub fn with_values<'a>(text: &str, settings: impl IntoIterator<Item = Setting<'a>>) -> Result<String, String> {
    let message = |error: toml_edit::TomlError| error.message().to_owned();
    let mut document: DocumentMut = text.parse().map_err(message)?;
    for Setting { path, value } in settings {
        let value: Value = value.parse().map_err(message)?;
        in_table(document.as_table_mut(), &steps(path)?, 0, value)?;
    }
    Ok(document.to_string())
}

/// The path up to a step, for messages.
fn shown(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.push_str(&format!(".{key}")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// Nothing is there, and what is.
fn nothing<T>(steps: &[Step], at: usize, there: &str) -> Result<T, String> {
    let before = if at == 0 { "the scenario".to_owned() } else { format!("`{}`", shown(&steps[..at])) };
    Err(format!("there is no `{}`: {before} {there}", shown(&steps[..=at])))
}

fn in_table(table: &mut dyn TableLike, steps: &[Step], at: usize, value: Value) -> Result<(), String> {
    let Step::Key(key) = &steps[at] else { return nothing(steps, at, "is a table, and has keys") };
    if at + 1 == steps.len() {
        table.insert(key, Item::Value(value));
        return Ok(());
    }
    if !table.contains_key(key) {
        let keys: Vec<String> = table.iter().map(|(key, _)| format!("`{key}`")).collect();
        return nothing(
            steps,
            at,
            &format!("has {}", if keys.is_empty() { "no keys".into() } else { keys.join(", ") }),
        );
    }
    match table.get_mut(key) {
        Some(item) => in_item(item, steps, at + 1, value),
        None => nothing(steps, at, "has no such key"),
    }
}

fn in_item(item: &mut Item, steps: &[Step], at: usize, value: Value) -> Result<(), String> {
    match item {
        Item::Value(there) => in_value(there, steps, at, value),
        Item::Table(table) => in_table(table, steps, at, value),
        Item::ArrayOfTables(tables) => in_tables(tables, steps, at, value),
        Item::None => nothing(steps, at, "is empty"),
    }
}

fn in_value(there: &mut Value, steps: &[Step], at: usize, value: Value) -> Result<(), String> {
    match there {
        Value::InlineTable(table) => in_table(table, steps, at, value),
        Value::Array(array) => in_array(array, steps, at, value),
        _ => nothing(steps, at, "is a value, and has nothing in it"),
    }
}

fn in_array(array: &mut Array, steps: &[Step], at: usize, value: Value) -> Result<(), String> {
    let length = array.len();
    let Step::Index(index) = steps[at] else { return nothing(steps, at, "is a list: name a position, such as `[0]`") };
    if at + 1 == steps.len() && index < length {
        array.replace(index, value);
        return Ok(());
    }
    match array.get_mut(index) {
        Some(there) => in_value(there, steps, at + 1, value),
        None => nothing(steps, at, &format!("has {length}, the first is [0]")),
    }
}

fn in_tables(tables: &mut ArrayOfTables, steps: &[Step], at: usize, value: Value) -> Result<(), String> {
    let length = tables.len();
    let Step::Index(index) = steps[at] else { return nothing(steps, at, "is a list: name a position, such as `[0]`") };
    if at + 1 == steps.len() {
        return nothing(steps, at, "is a list of tables: name a key in the table");
    }
    match tables.get_mut(index) {
        Some(table) => in_table(table, steps, at + 1, value),
        None => nothing(steps, at, &format!("has {length}, the first is [0]")),
    }
}
