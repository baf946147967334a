//! The shapes in which people hold documents of Amazon ECS, each turned into the JSON of its API.
//!
//! It stands at the bottom and knows no type of the API: bytes become text, text a tree of values, and trees of another
//! shape (YAML, lists of `--query`, PascalCase, events, templates, plans, compose files) become texts of JSON that
//! `aws` reads as it reads what the AWS CLI prints. What cannot be read is said to be what it is, with the way to get
//! what can.
//!
//! # Invariants
//! 1. A member that cannot be turned is told with its path, and the rest of the file is read.
//! 2. Nothing of a state file or a plan is repeated in a message but names of resources, of members and of placement.
//! 3. A text costs memory in proportion to its length, whatever its aliases say.
//!
//! # Sources
//! AWS CloudFormation's user guide (intrinsic functions, pseudo parameters); Terraform's "JSON Output Format" 1.2 and state format 4; the compose
//! specification and `ecs-cli`'s `ecs-params.yml`.

mod cloudformation;
mod clusters;
mod comments;
mod compose;
mod events;
mod names;
mod objects;
mod parameters;
mod tell;
mod terraform;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod yaml;

use std::collections::BTreeMap;

use serde_json::Value;

pub use objects::{is_bare, is_snake};
pub use text::decode;

/// What is known beside the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// Values of a template's parameters and of a compose file's variables.
    pub parameters: BTreeMap<String, String>,
    /// The family of task definitions that have none, such as a bare list of container definitions.
    pub family: Option<String>,
    /// The cluster whose services are meant, where a file has several.
    pub cluster: Option<String>,
}

/// A document of the API, made from another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formed {
    /// The name of its file, with the place inside it.
    pub file: String,
    /// The document as JSON.
    pub json: String,
    /// Whether its texts may be secret, so that messages do not repeat them.
    pub is_secret: bool,
    /// Members that stand in another file.
    pub elsewhere: Vec<Elsewhere>,
}

impl Formed {
    /// A document whose texts may be repeated, all of one file.
    fn new(file: String, document: &Value) -> Self {
        Self { file, json: document.to_string(), is_secret: false, elsewhere: Vec::new() }
    }
}

/// Where a member of a document stands that was put together from several files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The member of the document.
    pub member: String,
    /// The name of the file that it stands in.
    pub file: String,
    /// The path of the member there.
    pub there: String,
}

/// A place in a text, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From the start of the text.
    pub line: usize,
    /// From the start of the line, in characters.
    pub column: usize,
}

/// A part of a file that could not be turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The name of the file.
    pub file: String,
    /// The path of the member; empty for the whole file.
    pub member: String,
    /// Where the text itself is wrong.
    pub position: Option<Position>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Whether it is an argument that is wrong and no file, so that nothing is to be written.
    pub is_argument: bool,
}

/// Turns files into documents; what it found is taken out by [`Forms::take`].
#[derive(Debug)]
pub struct Forms<'h> {
    hints: &'h Hints,
    formed: Vec<Formed>,
    troubles: Vec<Trouble>,
    notes: Vec<String>,
    events: events::Events,
    compose: compose::Pieces,
    templates: Vec<cloudformation::Template>,
}

/// What was found since it was asked for last.
#[derive(Debug, Default)]
pub struct Found {
    /// Documents.
    pub formed: Vec<Formed>,
    /// Parts that could not be turned.
    pub troubles: Vec<Trouble>,
    /// What was left out or taken for granted.
    pub notes: Vec<String>,
}

impl<'h> Forms<'h> {
    /// Nothing read yet.
    #[must_use]
    pub fn new(hints: &'h Hints) -> Self {
        Self {
            hints,
            formed: Vec::new(),
            troubles: Vec::new(),
            notes: Vec::new(),
            events: events::Events::default(),
            compose: compose::Pieces::default(),
            templates: Vec::new(),
        }
    }

    /// Reads a text that is no JSON. `false`: it is meant as JSON and broken, which the caller can say best.
    pub fn text(&mut self, file: &str, text: &str) -> bool {
        if let Some(values) = comments::strip(text).and_then(|bare| values_of(&bare)) {
            self.values(file, values);
            return true;
        }
        if let Some(told) = tell::text(file, text) {
            self.refuse(file, "", told.what, told.help);
            return true;
        }
        if text.trim_start().starts_with(['{', '[']) {
            return false;
        }
        match yaml::read(text) {
            Ok(values) if values.iter().any(|value| value.is_object() || value.is_array()) => self.values(file, values),
            Ok(_) => return false,
            Err(error) => {
                let yaml::Fault { position, message, help } = error;
                self.troubles.push(Trouble {
                    file: file.to_owned(),
                    member: String::new(),
                    position,
                    message,
                    help: help.to_owned(),
                    is_argument: false,
                });
            }
        }
        true
    }

    fn values(&mut self, file: &str, values: Vec<Value>) {
        let is_one = values.len() == 1;
        for (number, value) in values.into_iter().enumerate() {
            let name = if is_one { file.to_owned() } else { format!("{file} (document {})", number + 1) };
            self.value(&name, value);
        }
    }

    /// Turns a value that is no document of the API as it stands.
    pub fn value(&mut self, file: &str, value: Value) {
        if let Some(told) = tell::value(&value) {
            self.refuse(file, "", told.what, told.help);
        } else if terraform::is_one(&value) {
            terraform::read(self, file, &value);
        } else if let Some(template) = cloudformation::template(&value) {
            self.templates.push(cloudformation::Template { file: file.to_owned(), body: template });
        } else if compose::is_one(&value) {
            self.compose.add(file, value);
        } else {
            objects::read(self, file, value);
        }
    }

    /// What only all files together tell: events in the order of their versions, templates with what they give each other, a
    /// compose file with its parameters.
    pub fn finish(&mut self) {
        parameters::check(self);
        events::finish(self);
        cloudformation::finish(self);
        compose::finish(self);
    }

    /// What was found since the last call.
    pub fn take(&mut self) -> Found {
        Found {
            formed: std::mem::take(&mut self.formed),
            troubles: std::mem::take(&mut self.troubles),
            notes: std::mem::take(&mut self.notes),
        }
    }

    fn give(&mut self, file: impl Into<String>, document: &Value) {
        self.formed.push(Formed::new(file.into(), document));
    }

    fn give_secret(&mut self, file: impl Into<String>, document: &Value) {
        self.formed.push(Formed { is_secret: true, ..Formed::new(file.into(), document) });
    }

    fn refuse(&mut self, file: &str, member: &str, message: impl Into<String>, help: impl Into<String>) {
        self.troubles.push(Trouble {
            file: file.to_owned(),
            member: member.to_owned(),
            position: None,
            message: message.into(),
            help: help.into(),
            is_argument: false,
        });
    }

    /// Tells that an argument says what the files do not take.
    fn refuse_argument(&mut self, file: &str, member: &str, message: impl Into<String>, help: impl Into<String>) {
        self.refuse(file, member, message, help);
        self.troubles.last_mut().expect("it was just added").is_argument = true;
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The family of a definition that has none: as told, or after its file.
    fn family_of(&self, file: &str) -> String {
        self.hints.family.clone().unwrap_or_else(|| text::stem(file))
    }
}

/// The JSON values of a text, if it holds nothing else.
fn values_of(text: &str) -> Option<Vec<Value>> {
    let values = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Value>, _>>();
    values.ok().filter(|values| !values.is_empty())
}
