//! Parameters: what was given, else what a parent gives, else their defaults; and the pseudo parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::values::{object, scalar, some, text};
use super::super::{Forms, text::stem};
use super::stacks::Shared;

/// The values of parameters by name; one without a value is there as `None`.
pub(super) type Parameters = BTreeMap<String, Option<Value>>;

/// All parameters of a template.
pub(super) fn of(forms: &mut Forms<'_>, file: &str, template: &Value, shared: &Shared) -> Parameters {
    let mut parameters = pseudo(file);
    for (name, declared) in object(template, "Parameters").into_iter().flatten() {
        let given = forms.hints.parameters.get(name).or_else(|| shared.given(file, name)).cloned();
        if let Some(value) = &given
            && let Some((message, help)) = wrong(name, value, declared)
        {
            let member = format!("Parameters.{name}");
            match forms.hints.parameters.contains_key(name) {
                true => forms.refuse_argument(file, &member, message, help),
                false => forms.refuse(file, &member, message, help),
            }
        }
        let kind = text(declared, "Type").unwrap_or_default();
        // The default of such a one is the name under which Parameter Store has the value.
        let is_stored = kind.starts_with("AWS::SSM::Parameter::Value");
        let default = declared.get("Default").filter(|_| !is_stored).and_then(scalar);
        let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
        let value = given.or(default).map(|text| if is_list { split(&text) } else { Value::String(text) });
        parameters.insert(name.clone(), value);
    }
    for (name, value) in forms.hints.parameters.iter().filter(|(name, _)| name.starts_with("AWS::")) {
        parameters.insert(name.clone(), Some(Value::String(value.clone())));
    }
    parameters
}

fn pseudo(file: &str) -> Parameters {
    let known = [
        ("AWS::Partition", Some("aws".to_owned())),
        ("AWS::URLSuffix", Some("amazonaws.com".to_owned())),
        // Names are made of it; any will do as long as it is the same.
        ("AWS::StackName", Some(stem(file))),
        ("AWS::StackId", None),
        ("AWS::Region", None),
        ("AWS::AccountId", None),
        ("AWS::NotificationARNs", None),
    ];
    known.into_iter().map(|(name, value)| (name.to_owned(), value.map(Value::String))).collect()
}

fn split(text: &str) -> Value {
    Value::Array(text.split(',').map(|part| Value::String(part.trim().to_owned())).collect())
}

/// What is wrong with a given value, and what to do: the template allows others, or wants a number.
fn wrong(name: &str, value: &str, declared: &Value) -> Option<(String, String)> {
    let allowed = declared.get("AllowedValues").and_then(Value::as_array).into_iter().flatten();
    let allowed: Vec<String> = allowed.filter_map(scalar).collect();
    if !allowed.is_empty() && !allowed.iter().any(|one| one == value) {
        let message = format!("`{}` is none of the values that the template allows", value.escape_debug());
        return Some((message, format!("give one of {}", some(&allowed))));
    }
    let is_wrong = text(declared, "Type") == Some("Number") && value.trim().parse::<f64>().is_err();
    is_wrong.then(|| (format!("`{}` is no number", value.escape_debug()), format!("write `--parameter {name}=NUMBER`")))
}
