//! A text of a known kind as a document; members of the wrong kind are noted and left out.
//!
//! Texts are read in one way only, also where a document was mended before: each further kind of reader would be compiled
//! for every member of every document.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};

use super::document::{Daemons, Document};
use super::kind::Kind;
use super::read::MOST_PROBLEMS;

/// Members of the wrong kind: path and message.
#[derive(Debug, Default)]
pub(super) struct Wrong {
    pub(super) members: Vec<(String, String)>,
    /// Whether texts may be secret and are not repeated in messages.
    pub(super) is_secret: bool,
}

/// Reads a document of a known kind.
pub(super) fn read_kind(kind: Kind, text: &str, wrong: &mut Wrong) -> Document {
    match kind {
        Kind::ContainerInstances => Document::ContainerInstances(typed(text, wrong)),
        Kind::ContainerInstance => Document::ContainerInstance(typed(text, wrong)),
        Kind::Tasks => Document::Tasks(typed(text, wrong)),
        Kind::Task => Document::Task(typed(text, wrong)),
        Kind::TaskDefinition => Document::TaskDefinition(typed(text, wrong)),
        Kind::BareTaskDefinition => Document::BareTaskDefinition(typed(text, wrong)),
        Kind::Services => Document::Services(typed(text, wrong)),
        Kind::Service => Document::Service(typed(text, wrong)),
        Kind::CreateService => Document::CreateService(typed(text, wrong)),
        Kind::UpdateService => Document::UpdateService(typed(text, wrong)),
        Kind::RunTask => Document::RunTask(typed(text, wrong)),
        Kind::StartTask => Document::StartTask(typed(text, wrong)),
        Kind::RegisterContainerInstance => Document::RegisterContainerInstance(typed(text, wrong)),
        Kind::Attributes => Document::Attributes(typed(text, wrong)),
        Kind::Clusters => Document::Clusters(typed(text, wrong)),
        Kind::Cluster => Document::Cluster(typed(text, wrong)),
        Kind::CreateCluster => Document::CreateCluster(typed(text, wrong)),
        Kind::CapacityProviders => Document::CapacityProviders(typed(text, wrong)),
        Kind::AutoScalingGroups => Document::AutoScalingGroups(typed(text, wrong)),
        Kind::Subnets => Document::Subnets(typed(text, wrong)),
        Kind::Daemons => Document::Daemons(Daemons::named_in(&serde_json::from_str(text).unwrap_or_default())),
        Kind::Names => Document::Names(typed(text, wrong)),
    }
}

/// Reads a value. If members are of the wrong kind each is noted and left out, and the rest is read.
fn typed<T: DeserializeOwned + Default>(text: &str, wrong: &mut Wrong) -> T {
    if let Ok(value) = read(text) {
        return value;
    }
    // The syntax was looked at before, so only what does not fit the type is left to go wrong.
    let Ok(mut rest) = serde_json::from_str::<Value>(text) else { return T::default() };
    for (name, list) in rest.as_object_mut().into_iter().flatten() {
        let elements = list.as_array_mut().into_iter().flatten();
        elements.enumerate().for_each(|(position, element)| mend_element::<T>(name, position, element, wrong));
    }
    mend::<T>(&mut rest, wrong, |path| path);
    read(&rest.to_string()).unwrap_or_default()
}

/// Reads a value; an error has its path.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_path_to_error::Error<serde_json::Error>> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// Mends one element of a list at the top as if it were alone, so that the cost of many is that of each.
fn mend_element<T: DeserializeOwned>(name: &str, position: usize, element: &mut Value, wrong: &mut Wrong) {
    let alone = format!("{name}[0]");
    let mut document = json!({ name: [element.take()] });
    mend::<T>(&mut document, wrong, |path| match path.strip_prefix(&alone) {
        Some(rest) => format!("{name}[{position}]{rest}"),
        None => path,
    });
    let mended = document.get_mut(name).and_then(|list| list.get_mut(0));
    *element = mended.map(Value::take).unwrap_or_default();
}

/// Notes every member of the wrong kind and leaves it out.
fn mend<T: DeserializeOwned>(rest: &mut Value, wrong: &mut Wrong, place: impl Fn(String) -> String) {
    for _ in 0..MOST_PROBLEMS {
        let Err(error) = read::<T>(&rest.to_string()) else { return };
        let (path, message) = (error.path().clone(), error.inner().to_string());
        // The place is one in the text that was mended, which nobody has.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
        let Some(found) = find(rest, &path).filter(|found| !found.is_null()) else {
            wrong.members.push((place(path.to_string()), message));
            break;
        };
        let message = describe(found, &message, wrong.is_secret);
        wrong.members.push((place(path.to_string()), message));
        *found = Value::Null;
    }
    if read::<T>(&rest.to_string()).is_err() {
        *rest = Value::Object(serde_json::Map::new());
    }
}

/// The value at a path.
fn find<'v>(value: &'v mut Value, path: &Path) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Map { key } => value.get_mut(key),
        Segment::Seq { index } => value.get_mut(index),
        _ => None,
    })
}

/// What stands there, and what should: serde's words in ours.
fn describe(found: &Value, message: &str, is_secret: bool) -> String {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("`{number}`"),
        Value::String(_) if is_secret => "a text".to_owned(),
        Value::String(text) => format!("`\"{}\"`", text.chars().take(80).collect::<String>().escape_debug()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    let expected = match message.rsplit_once("expected ").map(|(_, expected)| expected) {
        None => return format!("{found}: {message}"),
        Some(expected) if expected.starts_with("struct ") || expected == "a map" => "an object",
        Some("a boolean") => "`true` or `false`",
        Some("a string") => "a text",
        Some("f64") => "a number",
        Some(expected) => expected,
    };
    format!("{found} where {expected} stands")
}
