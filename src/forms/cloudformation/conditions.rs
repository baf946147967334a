//! Conditions of a template, and the branch that `Fn::If` takes.

use serde_json::Value;

use super::evaluate::{call, told};
use super::scope::{Known, Scope, Why};

/// Conditions inside conditions.
const DEEPEST: usize = 32;

/// What is not known: what stands for it, and why.
pub(super) type NotKnown = (String, Why);

impl Scope<'_> {
    /// The branch of `[condition, then, else]`.
    pub(super) fn branch<'v>(&self, argument: &'v Value) -> Result<&'v Value, NotKnown> {
        let (Some(Value::String(name)), Some(then), Some(other)) = (argument.get(0), argument.get(1), argument.get(2))
        else {
            return Err(("${If}".to_owned(), Why::Told("`Fn::If` without a condition and two values".to_owned())));
        };
        Ok(if self.holds(name)? { then } else { other })
    }

    /// Whether a condition holds.
    pub(super) fn holds(&self, name: &str) -> Result<bool, NotKnown> {
        self.named(name, DEEPEST)
    }

    fn named(&self, name: &str, depth: usize) -> Result<bool, NotKnown> {
        let stands = || format!("${{{name}}}");
        let Some(depth) = depth.checked_sub(1) else {
            return Err((stands(), Why::Told(format!("the condition `{name}`, which refers to itself"))));
        };
        match self.template.get("Conditions").and_then(|all| all.get(name)) {
            Some(condition) => self.condition(condition, depth),
            None => Err((stands(), Why::Dangling(name.to_owned()))),
        }
    }

    fn condition(&self, condition: &Value, depth: usize) -> Result<bool, NotKnown> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(("${Condition}".to_owned(), Why::Told("conditions nested too deep".to_owned())));
        };
        let Some((function, argument)) = call(condition) else {
            return Err(("${Condition}".to_owned(), Why::Told("a condition that is no function".to_owned())));
        };
        let parts = argument.as_array().map_or(&[][..], Vec::as_slice);
        match function {
            "Condition" => self.named(argument.as_str().unwrap_or_default(), depth),
            "Fn::Equals" => Ok(self.text_of(parts.first())? == self.text_of(parts.get(1))?),
            "Fn::Not" => Ok(!self.condition(parts.first().unwrap_or(&Value::Null), depth)?),
            "Fn::And" => self.all(parts, true, depth),
            "Fn::Or" => self.all(parts, false, depth),
            other => match told(&format!("`{other}`"), argument) {
                Known::Unknown(stands, why) => Err((stands, why)),
                Known::Value(_) | Known::Nothing => unreachable!("what is told is not known"),
            },
        }
    }

    /// Whether all hold, or with `wanted` false, whether not all fail. One part that decides is enough.
    fn all(&self, parts: &[Value], wanted: bool, depth: usize) -> Result<bool, NotKnown> {
        let mut not_known = None;
        for part in parts {
            match self.condition(part, depth) {
                Ok(holds) if holds != wanted => return Ok(!wanted),
                Ok(_) => {}
                Err(error) => {
                    not_known.get_or_insert(error);
                }
            }
        }
        not_known.map_or(Ok(wanted), Err)
    }

    /// A side of a comparison.
    fn text_of(&self, side: Option<&Value>) -> Result<String, NotKnown> {
        match self.evaluate(side.unwrap_or(&Value::Null)) {
            Known::Value(Value::String(text)) => Ok(text),
            Known::Value(value) => Ok(value.to_string()),
            Known::Nothing => Ok(String::new()),
            Known::Unknown(stands, why) => Err((stands, why)),
        }
    }
}
