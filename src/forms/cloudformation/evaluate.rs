//! The functions of a template.

use serde_json::{Map, Value};

use super::super::values::{scalar, some};
use super::scope::{Known, Scope, Unknown, Why};

/// Functions inside functions; more than any template has, so that conditions which refer to each other end.
const DEEPEST: usize = 64;

/// The function and its argument, if a value is a call.
pub(super) fn call(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name == "Condition" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

impl Scope<'_> {
    /// A tree of properties with its functions carried out; `None` is `AWS::NoValue`. What is not known is noted with its
    /// path and stands there as a text.
    pub(super) fn resolve(&mut self, value: &Value, path: &str) -> Option<Value> {
        if let Some(("Fn::If", argument)) = call(value) {
            return match self.branch(argument) {
                Ok(branch) => self.resolve(branch, path),
                Err((stands, why)) => self.unknown(path, stands, why),
            };
        }
        match value {
            value if call(value).is_some() => match self.evaluate(value) {
                Known::Value(value) => Some(value),
                Known::Nothing => None,
                Known::Unknown(stands, why) => self.unknown(path, stands, why),
            },
            Value::Object(members) => {
                let mut map = Map::new();
                for (name, value) in members {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    if let Some(value) = self.resolve(value, &path) {
                        map.insert(name.clone(), value);
                    }
                }
                Some(Value::Object(map))
            }
            Value::Array(list) => {
                let elements = list.iter().enumerate();
                let found = elements.filter_map(|(position, one)| self.resolve(one, &format!("{path}[{position}]")));
                Some(Value::Array(found.collect()))
            }
            Value::String(text) if text.contains("{{resolve:") => {
                self.unknown(path, text.clone(), Why::Told("a dynamic reference".to_owned()))
            }
            other => Some(other.clone()),
        }
    }

    fn unknown(&mut self, path: &str, stands: String, why: Why) -> Option<Value> {
        self.unknown.push(Unknown { path: path.to_owned(), why });
        Some(Value::String(stands))
    }

    /// The value of an expression.
    pub(super) fn evaluate(&self, value: &Value) -> Known {
        self.value_of(value, DEEPEST)
    }

    pub(super) fn value_of(&self, value: &Value, depth: usize) -> Known {
        let Some(depth) = depth.checked_sub(1) else { return told("functions nested too deep", value) };
        if let Some((function, argument)) = call(value) {
            return self.function(function, argument, depth);
        }
        match value {
            Value::Array(list) => {
                let mut known = Vec::new();
                for element in list {
                    match self.value_of(element, depth) {
                        Known::Value(value) => known.push(value),
                        Known::Nothing => {}
                        unknown @ Known::Unknown(..) => return unknown,
                    }
                }
                Known::Value(Value::Array(known))
            }
            Value::String(text) if text.contains("{{resolve:") => {
                Known::Unknown(text.clone(), Why::Told("a dynamic reference".to_owned()))
            }
            other => Known::Value(other.clone()),
        }
    }

    fn function(&self, function: &str, argument: &Value, depth: usize) -> Known {
        match function {
            "Ref" => self.reference(argument.as_str().unwrap_or_default()),
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument, depth),
            "Fn::Join" => self.join(argument, depth),
            "Fn::Split" => self.split(argument, depth),
            "Fn::Select" => self.select(argument, depth),
            "Fn::FindInMap" => self.find_in_map(argument, depth),
            "Fn::Length" => match self.value_of(argument, depth) {
                Known::Value(Value::Array(list)) => Known::Value(Value::from(list.len())),
                Known::Value(_) | Known::Nothing => told("`Fn::Length` of no list", argument),
                unknown @ Known::Unknown(..) => unknown,
            },
            "Fn::ImportValue" => match self.value_of(argument, depth) {
                Known::Value(Value::String(name)) if self.exports.contains_key(&name) => {
                    Known::Value(self.exports[&name].clone())
                }
                _ => told("`Fn::ImportValue`", argument),
            },
            "Fn::If" => match self.branch(argument) {
                Ok(branch) => self.value_of(branch, depth),
                Err((stands, why)) => Known::Unknown(stands, why),
            },
            other => told(&format!("`{other}`"), argument),
        }
    }

    /// What `Ref` gives.
    pub(super) fn reference(&self, name: &str) -> Known {
        if name == "AWS::NoValue" {
            return Known::Nothing;
        }
        match self.parameters.get(name) {
            Some(Some(value)) => return Known::Value(value.clone()),
            Some(None) => return Known::Unknown(format!("${{{name}}}"), Why::Missing(name.to_owned())),
            None => {}
        }
        if let Some(known) = self.names.get(name) {
            return Known::Value(Value::String(known.clone()));
        }
        if self.is_subnet(name) {
            return Known::Value(Value::from(name));
        }
        let stands = format!("${{{name}}}");
        if self.resources().contains_key(name) {
            return Known::Unknown(stands, Why::Told(format!("the resource `{name}`, which has no name yet")));
        }
        Known::Unknown(stands, Why::Dangling(name.to_owned()))
    }

    /// What `Fn::GetAtt` gives; of resources of ECS any attribute ends in the name.
    fn attribute(&self, argument: &Value) -> Known {
        let text = match argument {
            Value::Array(parts) => parts.iter().filter_map(scalar).collect::<Vec<_>>().join("."),
            other => scalar(other).unwrap_or_default(),
        };
        self.attribute_of(&text)
    }

    pub(super) fn attribute_of(&self, text: &str) -> Known {
        let id = text.split('.').next().unwrap_or_default();
        match self.names.get(id) {
            Some(name) => Known::Value(Value::String(name.clone())),
            None if self.is_subnet(id) && text.ends_with(".SubnetId") => Known::Value(Value::from(id)),
            None if self.resources().contains_key(id) => {
                Known::Unknown(format!("${{{text}}}"), Why::Told(format!("the attribute `{text}`")))
            }
            None => Known::Unknown(format!("${{{text}}}"), Why::Dangling(id.to_owned())),
        }
    }

    fn join(&self, argument: &Value, depth: usize) -> Known {
        let (Some(Value::String(by)), Some(parts)) = (argument.get(0), argument.get(1)) else {
            return told("`Fn::Join` without a delimiter and a list", argument);
        };
        let parts = match self.elements(parts, depth) {
            Ok(parts) => parts,
            Err(unknown) => return unknown,
        };
        let mut why = None;
        let texts: Vec<String> = parts
            .into_iter()
            .filter_map(|part| match part {
                Known::Value(value) => scalar(&value),
                Known::Nothing => None,
                Known::Unknown(stands, reason) => {
                    why.get_or_insert(reason);
                    Some(stands)
                }
            })
            .collect();
        let text = texts.join(by);
        why.map_or_else(|| Known::Value(Value::String(text.clone())), |why| Known::Unknown(text.clone(), why))
    }

    /// The elements of a list, each known or not; or why there is no list.
    fn elements(&self, list: &Value, depth: usize) -> Result<Vec<Known>, Known> {
        match list {
            Value::Array(list) => Ok(list.iter().map(|element| self.value_of(element, depth)).collect()),
            other => match self.value_of(other, depth) {
                Known::Value(Value::Array(list)) => Ok(list.into_iter().map(Known::Value).collect()),
                Known::Value(_) | Known::Nothing => Err(told("no list where a function takes one", other)),
                unknown @ Known::Unknown(..) => Err(unknown),
            },
        }
    }

    fn split(&self, argument: &Value, depth: usize) -> Known {
        let (Some(Value::String(by)), Some(text)) = (argument.get(0), argument.get(1)) else {
            return told("`Fn::Split` without a delimiter and a text", argument);
        };
        match self.value_of(text, depth) {
            Known::Value(Value::String(text)) if !by.is_empty() => {
                Known::Value(Value::Array(text.split(by.as_str()).map(Value::from).collect()))
            }
            Known::Value(_) | Known::Nothing => told("`Fn::Split` of no text", argument),
            unknown @ Known::Unknown(..) => unknown,
        }
    }

    fn select(&self, argument: &Value, depth: usize) -> Known {
        let position = match argument.get(0).map(|index| self.value_of(index, depth)) {
            Some(Known::Value(index)) => scalar(&index).and_then(|index| index.trim().parse::<usize>().ok()),
            Some(unknown @ Known::Unknown(..)) => return unknown,
            Some(Known::Nothing) | None => None,
        };
        let (Some(position), Some(list)) = (position, argument.get(1)) else {
            return told("`Fn::Select` without a position and a list", argument);
        };
        match self.elements(list, depth) {
            Ok(mut list) if position < list.len() => list.swap_remove(position),
            Ok(_) => told("`Fn::Select` beyond the end of its list", argument),
            Err(unknown) => unknown,
        }
    }

    fn find_in_map(&self, argument: &Value, depth: usize) -> Known {
        let mut keys = Vec::new();
        for key in argument.as_array().into_iter().flatten().take(3) {
            match self.value_of(key, depth) {
                Known::Value(key) => keys.extend(scalar(&key)),
                Known::Nothing => {}
                unknown @ Known::Unknown(..) => return unknown,
            }
        }
        let [map, first, second] = keys.as_slice() else {
            return told("`Fn::FindInMap` without three names", argument);
        };
        let mappings = self.template.get("Mappings");
        let found = mappings.and_then(|all| all.get(map)?.get(first)?.get(second));
        let default = argument.get(3).and_then(|more| more.get("DefaultValue"));
        match (found, default) {
            (Some(found), _) => Known::Value(found.clone()),
            (None, Some(default)) => self.value_of(default, depth),
            (None, None) => {
                let why = format!("`Fn::FindInMap` of {}, which `Mappings` does not have", some(&keys));
                Known::Unknown("${FindInMap}".to_owned(), Why::Told(why))
            }
        }
    }
}

/// A value that a template alone does not tell.
pub(super) fn told(what: &str, argument: &Value) -> Known {
    let argument = scalar(argument).unwrap_or_default();
    let stands = format!("${{{}}}", if argument.is_empty() { what.trim_matches('`') } else { &argument });
    let argument = if argument.is_empty() { String::new() } else { format!(" of `{}`", argument.escape_debug()) };
    Known::Unknown(stands, Why::Told(format!("{what}{argument}")))
}
