//! `Fn::ForEach`: one body for each value of a collection, written out before anything else is looked at.
//!
//! A loop whose collection is not known here stays as it stands, and is told by its path as any other function.

use serde_json::{Map, Value};

use super::super::values::scalar;
use super::parameters::Parameters;

/// What begins the key of a loop.
pub(super) const LOOP: &str = "Fn::ForEach::";

/// At most so many bytes are written out; a template has at most one million.
const MOST: usize = 4 << 20;

/// The template with its loops written out.
pub(super) fn expand(template: &Value, parameters: &Parameters) -> Value {
    let mut left = MOST;
    written_out(template, parameters, &mut left)
}

fn written_out(value: &Value, parameters: &Parameters, left: &mut usize) -> Value {
    match value {
        Value::Object(members) => {
            let mut all = Map::new();
            for (name, value) in members {
                match name.starts_with(LOOP).then(|| bodies(value, parameters, left)).flatten() {
                    Some(bodies) => all.extend(bodies),
                    None => {
                        all.insert(name.clone(), written_out(value, parameters, left));
                    }
                }
            }
            Value::Object(all)
        }
        Value::Array(list) => list.iter().map(|value| written_out(value, parameters, left)).collect(),
        other => other.clone(),
    }
}

/// The members that `[Name, collection, body]` makes; `None` where it is no such list or the collection is not known.
fn bodies(argument: &Value, parameters: &Parameters, left: &mut usize) -> Option<Map<String, Value>> {
    let [Value::String(name), collection, body @ Value::Object(_)] = argument.as_array()?.as_slice() else {
        return None;
    };
    let values = values_of(collection, parameters)?;
    *left = left.checked_sub(values.len().checked_mul(body.to_string().len())?)?;
    let mut all = Map::new();
    for value in values {
        let body = written_out(&put(body, name, &value), parameters, left);
        all.extend(body.as_object().cloned().unwrap_or_default());
    }
    Some(all)
}

fn values_of(collection: &Value, parameters: &Parameters) -> Option<Vec<String>> {
    let list = match collection {
        Value::Array(list) => list,
        other => referred(other, parameters)?.as_array()?,
    };
    list.iter().map(|value| scalar(referred(value, parameters).unwrap_or(value))).collect()
}

fn referred<'p>(value: &Value, parameters: &'p Parameters) -> Option<&'p Value> {
    parameters.get(value.get("Ref")?.as_str()?)?.as_ref()
}

/// A body with the value in place of the name: in keys, in texts, and where it is referred to.
fn put(body: &Value, name: &str, value: &str) -> Value {
    let plain = format!("${{{name}}}");
    let bare = format!("&{{{name}}}");
    let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let text = |text: &str| text.replace(&plain, value).replace(&bare, &letters);
    match body {
        Value::String(body) => Value::String(text(body)),
        Value::Array(list) => list.iter().map(|element| put(element, name, value)).collect(),
        Value::Object(members) if members.len() == 1 && members.get("Ref").and_then(Value::as_str) == Some(name) => {
            Value::String(value.to_owned())
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, member)| (text(key), put(member, name, value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_written_for_each_value_of_a_list_or_a_parameter() {
        let parameters = Parameters::from([("Names".to_owned(), Some(json!(["a-1", "b"]))), ("Open".to_owned(), None)]);
        let body =
            json!({ "Service&{Name}": { "Properties": { "ServiceName": { "Ref": "Name" }, "Text": "x-${Name}" } } });
        let template = |collection: Value| json!({ "Resources": { "Fn::ForEach::All": ["Name", collection, body] } });
        let made = |name: &str, value: &str| {
            (name.to_owned(), json!({ "Properties": { "ServiceName": value, "Text": format!("x-{value}") } }))
        };
        let expected = Value::Object(Map::from_iter([made("Servicea1", "a-1"), made("Serviceb", "b")]));
        for collection in [json!(["a-1", "b"]), json!({ "Ref": "Names" })] {
            assert_eq!(expand(&template(collection), &parameters)["Resources"], expected);
        }
        for collection in [json!({ "Ref": "Open" }), json!("a"), json!({ "Fn::GetAZs": "" })] {
            assert_eq!(expand(&template(collection.clone()), &parameters), template(collection));
        }
    }

    #[test]
    fn loops_in_loops_end() {
        let many: Vec<String> = (0..50).map(|number| number.to_string()).collect();
        let mut body = json!({ "Last${V0}": {} });
        for depth in 0..6 {
            body = json!({ format!("Fn::ForEach::L{depth}${{V{}}}", depth + 1): [format!("V{depth}"), many, body] });
        }
        expand(&body, &Parameters::new());
    }
}
