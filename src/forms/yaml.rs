//! YAML to values, its tags `!Ref`, `!Sub` and the like written out as the members that they stand for.
//!
//! # Cost
//! Limits follow the length of the text: a document may repeat an anchor, but never grow beyond what it says. Nesting is
//! limited as the parser limits it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Options, Tagged};

use super::Position;

/// What is wrong with a text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) position: Option<Position>,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Nodes that aliases may add to those that are written.
const MOST_REPEATED: usize = 100_000;
/// Nodes of a text that every text may have.
const FEW_NODES: usize = 10_000;

/// The documents of a text.
pub(super) fn read(text: &str) -> Result<Vec<Value>, Fault> {
    let documents = serde_saphyr::from_multiple_with_options::<Node>(text, options(text.len()));
    documents.map(|nodes| nodes.into_iter().map(|Node(value)| value).collect()).map_err(|error| fault(&error))
}

fn options(length: usize) -> Options {
    let mut options = Options::default();
    // A node takes a character at least.
    let nodes = length.saturating_add(FEW_NODES);
    if let Some(budget) = &mut options.budget {
        budget.max_nodes = nodes;
        budget.max_events = nodes.saturating_mul(3);
        budget.max_total_scalar_bytes = length.saturating_add(1 << 20);
        budget.max_depth = 128;
    }
    options.alias_limits.max_total_replayed_events = MOST_REPEATED;
    options.leading_zero_numbers_as_strings = true;
    options
}

fn fault(error: &serde_saphyr::Error) -> Fault {
    let location = error.location();
    let position = location.and_then(|at| {
        Some(Position { line: usize::try_from(at.line()).ok()?, column: usize::try_from(at.column()).ok()? })
    });
    let inner = error.without_snippet();
    if is_limit(inner) {
        let message = "YAML that grows beyond its own text: aliases or nesting pass the limits of this program";
        let help = "write out what the aliases stand for, or give the JSON of it: `aws … --output json`";
        return Fault { position, message: message.to_owned(), help };
    }
    // The parser's words may hold a piece of the text, which may be long or secret.
    let words = inner.to_string();
    let words = words.lines().next().unwrap_or_default();
    let words = words.split(" at line ").next().unwrap_or_default();
    Fault {
        position,
        message: format!("not YAML: {}", words.chars().take(160).collect::<String>()),
        help: "give the document as `aws … --output json` or `--output yaml` prints it",
    }
}

fn is_limit(error: &serde_saphyr::Error) -> bool {
    use serde_saphyr::Error as Is;
    match error {
        Is::WithSnippet { error, .. } | Is::AliasError { error, .. } => is_limit(error),
        other => {
            let words = other.to_string();
            matches!(other, Is::Budget { .. } | Is::AliasReplayLimitExceeded { .. })
                || words.contains("budget")
                || words.contains("depth")
                || words.contains("limit")
        }
    }
}

/// A value with its tag written out.
struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Plain(value), tag) = Tagged::<Plain>::deserialize(deserializer)?;
        Ok(Self(match tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
            Some(name) if !name.is_empty() => written_out(name, value),
            _ => value,
        }))
    }
}

/// The long form of a tag: `!Ref a` is `{"Ref": "a"}`, `!Sub a` is `{"Fn::Sub": "a"}`.
fn written_out(tag: &str, value: Value) -> Value {
    let name = if matches!(tag, "Ref" | "Condition") { tag.to_owned() } else { format!("Fn::{tag}") };
    Value::Object(Map::from_iter([(name, value)]))
}

/// A value whose own tag was taken off.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Self)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that JSON does not have"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Node::deserialize(deserializer).map(|Node(value)| value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Node(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((Plain(name), Node(value))) = members.next_entry()? {
            map.insert(key(name).ok_or_else(|| A::Error::custom("a key that is no text"))?, value);
        }
        Ok(Value::Object(map))
    }
}

/// The text of a key: numbers and flags are keys of mappings as they are written.
fn key(name: Value) -> Option<String> {
    match name {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null => Some("null".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
