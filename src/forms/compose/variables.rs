//! Variables of compose files: `$NAME`, `${NAME}`, `${NAME:-default}`, and `$$` for a dollar.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Hints;
use super::super::values::scalar;

/// Values of variables, and those that were needed and had none.
#[derive(Debug)]
pub(super) struct Variables<'h> {
    hints: &'h Hints,
    missing: BTreeMap<String, String>,
}

impl<'h> Variables<'h> {
    pub(super) fn new(hints: &'h Hints) -> Self {
        Self { hints, missing: BTreeMap::new() }
    }

    /// Names without a value, each with the first member that needs it.
    pub(super) fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.missing.iter().map(|(name, member)| (name.as_str(), member.as_str()))
    }

    /// A scalar with its variables filled in; `None` where one has no value.
    pub(super) fn fill(&mut self, value: &Value, member: &str) -> Option<String> {
        let (text, is_known) = self.filled(value, member)?;
        is_known.then_some(text)
    }

    /// The text with places where a variable has no value, and whether there are none.
    fn filled(&mut self, value: &Value, member: &str) -> Option<(String, bool)> {
        let text = scalar(value)?;
        let mut filled = String::new();
        let mut rest = text.as_str();
        let mut is_known = true;
        while let Some(start) = rest.find('$') {
            filled.push_str(&rest[..start]);
            let after = &rest[start + 1..];
            if let Some(literal) = after.strip_prefix('$') {
                filled.push('$');
                rest = literal;
                continue;
            }
            let (name, default, length) = if let Some(inside) = after.strip_prefix('{') {
                let Some(end) = inside.find('}') else { break };
                let (name, default) = split(&inside[..end]);
                (name, default, end + 2)
            } else {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], None, end)
            };
            rest = &after[length..];
            match self.hints.parameters.get(name).map(String::as_str).or(default) {
                Some(value) => filled.push_str(value),
                None if name.is_empty() => filled.push('$'),
                None => {
                    self.missing.entry(name.to_owned()).or_insert_with(|| member.to_owned());
                    filled.push_str(&format!("${{{name}}}"));
                    is_known = false;
                }
            }
        }
        filled.push_str(rest);
        Some((filled, is_known))
    }

    /// The same without complaint: for members that placement does not look at.
    pub(super) fn try_fill(&self, value: &Value) -> Option<String> {
        let mut quiet = Variables::new(self.hints);
        quiet.filled(value, "").map(|(text, _)| text)
    }
}

/// Name and default of what stands in braces.
fn split(inside: &str) -> (&str, Option<&str>) {
    match inside.find([':', '-', '?', '+']) {
        None => (inside, None),
        Some(at) => {
            let rest = inside[at..].trim_start_matches(':');
            (&inside[..at], rest.strip_prefix('-'))
        }
    }
}
