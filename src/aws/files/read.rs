//! Texts to documents: several documents in one text, every problem of each, and the limits of the API.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::document::Document;
use super::kind::{Kind, Top};
use crate::aws::reading::check::{Check as _, Checker};
use crate::aws::reading::problem::{Problem, is_below};

/// At most this many members of the wrong kind are reported of one document.
pub const MOST_PROBLEMS: usize = 50;

/// A document and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The name of its file, with its number where the file holds several.
    pub file: String,
    /// The document.
    pub document: Document,
}

/// What texts held, and everything that is wrong with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    /// Documents, in the order they were given.
    pub parts: Vec<Part>,
    /// Problems, in the same order.
    pub problems: Vec<Problem>,
}

impl Texts {
    /// Reads a text of one or more JSON documents, one after another, as `aws` prints them when it is called in a loop.
    ///
    /// # Examples
    ///
    /// ```
    /// use stowplan::aws::Texts;
    ///
    /// let mut texts = Texts::default();
    /// texts.read("calls.json", br#"{"taskDefinition": "web:3", "count": 11}"#);
    /// assert_eq!(texts.problems[0].to_string(), "calls.json: count: `count` = 11 is outside 1 to 10");
    /// ```
    pub fn read(&mut self, file: &str, bytes: &[u8]) {
        // Windows tools put a byte order mark in front.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
                let message = format!("line {line} is not UTF-8");
                return self.refuse(file, None, message, "save the file as UTF-8");
            }
        };
        let mut found = Vec::new();
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Top>();
        let mut start = 0;
        let mut failure = None;
        while let Some(top) = stream.next() {
            match top {
                Ok(top) => found.push((start..stream.byte_offset(), top)),
                Err(error) => failure = Some(error),
            }
            start = stream.byte_offset();
        }
        let is_one = found.len() + usize::from(failure.is_some()) == 1;
        if found.is_empty() && failure.is_none() {
            return self.refuse(file, None, "the text is empty", "give what `aws ecs describe-…` prints");
        }
        for (number, (span, top)) in found.into_iter().enumerate() {
            let name = if is_one { file.to_owned() } else { format!("{file} (document {})", number + 1) };
            self.read_one(&name, &text[span], &top);
        }
        if let Some(error) = failure {
            let position = Some(if error.is_eof() { end_of(text) } else { (error.line(), error.column()) });
            let help =
                if error.is_eof() { "the file is cut off; collect it anew" } else { "give JSON as `aws` prints it" };
            self.refuse(file, position, format!("not JSON: {}", without_place(&error)), help);
        }
    }

    fn refuse(&mut self, file: &str, position: Option<(usize, usize)>, message: impl Into<String>, help: &str) {
        self.problems.push(Problem {
            file: file.to_owned(),
            member: String::new(),
            position,
            message: message.into(),
            help: help.to_owned(),
        });
    }

    fn read_one(&mut self, file: &str, text: &str, top: &Top) {
        const KNOWN: &str = "give what `aws ecs describe-container-instances`, `describe-tasks`, `describe-services` or \
                             `describe-task-definition` prints; `stowplan import --help` shows how to collect it";
        let members = match top {
            Top::Object(members) => members,
            Top::Other(what) => return self.refuse(file, None, format!("{what} where an object stands"), KNOWN),
        };
        let Some(kind) = Kind::of(members) else {
            let names: Vec<String> = members.keys().take(5).map(|name| format!("`{}`", name.escape_debug())).collect();
            let names = if names.is_empty() { "no members".to_owned() } else { names.join(", ") };
            return self.refuse(
                file,
                None,
                format!("no document of Amazon ECS that is known here: it has {names}"),
                KNOWN,
            );
        };
        let mut wrong = Vec::new();
        let document = read_kind(kind, text, &mut wrong);
        let of_limits = Checker::of(|at| document.check(at)).into_iter();
        // What was left out because it is of the wrong kind is not missing as well.
        let is_new = |member: &str| !wrong.iter().any(|(path, _)| is_below(member, path) || is_below(path, member));
        let limits: Vec<Problem> = of_limits
            .filter(|finding| is_new(&finding.member))
            .map(|finding| Problem {
                file: file.to_owned(),
                member: finding.member,
                position: None,
                message: finding.message,
                help: finding.help,
            })
            .collect();
        for (member, message) in wrong {
            self.problems.push(Problem {
                file: file.to_owned(),
                member,
                position: None,
                message,
                help: "compare with what `aws ecs … --generate-cli-skeleton output` prints".to_owned(),
            });
        }
        self.problems.extend(limits);
        self.parts.push(Part { file: file.to_owned(), document });
    }
}

/// Line and column of the last character that is not white space.
fn end_of(text: &str) -> (usize, usize) {
    let text = text.trim_end();
    let line = text.matches('\n').count() + 1;
    (line, text.rsplit('\n').next().unwrap_or_default().chars().count().max(1))
}

/// The message of a syntax error without its place, which is shown by itself.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or(&message).to_owned()
}

/// Members of the wrong kind: path and message.
type Wrong = Vec<(String, String)>;

fn read_kind(kind: Kind, text: &str, wrong: &mut Wrong) -> Document {
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
        Kind::RunTask => Document::RunTask(typed(text, wrong)),
        Kind::StartTask => Document::StartTask(typed(text, wrong)),
        Kind::RegisterContainerInstance => Document::RegisterContainerInstance(typed(text, wrong)),
        Kind::Attributes => Document::Attributes(typed(text, wrong)),
        Kind::Clusters => Document::Clusters(typed(text, wrong)),
        Kind::Cluster => Document::Cluster(typed(text, wrong)),
        Kind::CreateCluster => Document::CreateCluster(typed(text, wrong)),
        Kind::CapacityProviders => Document::CapacityProviders(typed(text, wrong)),
        Kind::Names => Document::Names(typed(text, wrong)),
    }
}

/// Reads a value. If members are of the wrong kind each is noted and left out, and the rest is read.
fn typed<T: DeserializeOwned + Default>(text: &str, wrong: &mut Wrong) -> T {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    // The syntax was looked at before, so only what does not fit the type is left to go wrong.
    let Ok(mut rest) = serde_json::from_str::<Value>(text) else { return T::default() };
    for _ in 0..MOST_PROBLEMS {
        match serde_path_to_error::deserialize::<_, T>(&rest) {
            Ok(value) => return value,
            Err(error) => {
                let (path, message) = (error.path().clone(), error.inner().to_string());
                let Some(found) = find(&mut rest, &path).filter(|found| !found.is_null()) else {
                    wrong.push((path.to_string(), message));
                    return T::default();
                };
                wrong.push((path.to_string(), describe(found, &message)));
                *found = Value::Null;
            }
        }
    }
    T::default()
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
fn describe(found: &Value, message: &str) -> String {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("`{number}`"),
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
