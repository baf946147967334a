//! AWS JSON inside a scenario: a text that holds JSON, as the TOML value that it would have been.
//!
//! People copy `placementStrategy` and `placementConstraints` from the console and the CLI. Everything inside takes
//! the place of the whole text, so that problems point at it.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::context::Problem;
use super::reader::Item;
use super::rules::Rule;

/// Calls `read` with the value of a JSON text; an error says what is wrong and where in the text.
fn read<T>(text: &str, span: &Range<usize>, read: impl FnOnce(&DeValue<'_>) -> T) -> Result<T, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    // TOML's numbers cannot be made but by reading them, and then they borrow what was read.
    let mut numbers = Vec::new();
    collect_numbers(&value, &mut numbers);
    let value = convert(&value, span, &mut numbers.iter()).ok_or_else(|| "`null` has no place here".to_owned())?;
    Ok(read(&value))
}

/// The texts of all numbers, in the order in which [`convert`] comes to them.
fn collect_numbers(value: &Value, numbers: &mut Vec<String>) {
    match value {
        Value::Number(number) => numbers.push(number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| collect_numbers(value, numbers)),
        Value::Object(entries) => entries.values().for_each(|value| collect_numbers(value, numbers)),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn convert<'n>(
    value: &Value,
    span: &Range<usize>,
    numbers: &mut impl Iterator<Item = &'n String>,
) -> Option<DeValue<'n>> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => DeValue::Boolean(*flag),
        Value::Number(_) => DeValue::parse(numbers.next()?).ok()?.into_inner(),
        Value::String(text) => DeValue::String(Cow::Owned(text.clone())),
        Value::Array(values) => {
            let mut array = DeArray::new();
            for value in values {
                array.push(Spanned::new(span.clone(), convert(value, span, numbers)?));
            }
            DeValue::Array(array)
        }
        Value::Object(entries) => {
            let mut table = DeTable::new();
            // AWS prints members that are not set as `null`.
            for (key, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
                let key = Spanned::new(span.clone(), Cow::Owned(key.clone()));
                table.insert(key, Spanned::new(span.clone(), convert(value, span, numbers)?));
            }
            DeValue::Table(table)
        }
    })
}

/// Calls `read` with the elements of a list, written as TOML or as a text of AWS JSON.
pub(crate) fn elements<T>(item: &Item<'_>, read: impl FnOnce(Vec<Item<'_>>) -> T) -> Option<T> {
    let Some(text) = item.value().as_str() else {
        return item.list().map(read);
    };
    let as_item = |value: &DeValue<'_>| Item::new(item.context(), item.key(), item.span(), value).list().map(read);
    match self::read(text, &item.span(), as_item) {
        Ok(answer) => answer,
        Err(reason) => {
            let problem = Problem::new(Rule::Malformed, format!("`{}` is no JSON: {reason}", item.key()));
            item.report(problem.label("read as AWS JSON").help("write a TOML list, or a text that holds a JSON list"));
            None
        }
    }
}
