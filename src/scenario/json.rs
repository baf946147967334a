//! AWS JSON inside a scenario: a text that holds JSON, as the TOML value that it would have been.
//!
//! People copy `placementStrategy` and `placementConstraints` from the console and the CLI. Everything inside takes
//! the place of the whole text, so that problems point at it.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The value of a JSON text; an error says what is wrong and where in the text.
pub(super) fn parse(text: &str, span: &Range<usize>) -> Result<DeValue<'static>, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    convert(value, span).ok_or_else(|| "`null` has no place here".to_owned())
}

fn convert(value: serde_json::Value, span: &Range<usize>) -> Option<DeValue<'static>> {
    use serde_json::Value;
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => DeValue::Boolean(flag),
        // No key of a placement block takes a number, and TOML's numbers cannot be made: its text will be refused.
        Value::Number(number) => DeValue::String(Cow::Owned(number.to_string())),
        Value::String(text) => DeValue::String(Cow::Owned(text)),
        Value::Array(values) => {
            let mut array = DeArray::new();
            for value in values {
                array.push(Spanned::new(span.clone(), convert(value, span)?));
            }
            DeValue::Array(array)
        }
        Value::Object(entries) => {
            let mut table = DeTable::new();
            // AWS prints members that are not set as `null`.
            for (key, value) in entries.into_iter().filter(|(_, value)| !value.is_null()) {
                let key = Spanned::new(span.clone(), Cow::Owned(key));
                table.insert(key, Spanned::new(span.clone(), convert(value, span)?));
            }
            DeValue::Table(table)
        }
    })
}
