//! Texts to documents: several documents in one text, every problem of each, and the limits of the API.

use std::collections::BTreeSet;

use super::document::Document;
use super::kind::{Kind, Top};
use super::loss::{self, Loss};
use super::typed::{Wrong, read_kind};
use crate::aws::reading::check::{Breach, Check as _, Checker, Finding};
use crate::aws::reading::problem::{Effect, Problem, is_below};
use crate::forms::{self, Formed, Forms, Hints, Position, Trouble};

/// At most this many members of the wrong kind are reported of one object.
pub const MOST_PROBLEMS: usize = 50;

/// A document and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The name of its file, with its number where the file holds several.
    pub file: String,
    /// The document.
    pub document: Document,
    /// The paths of objects and attributes in it that are left out, because a member of them cannot be read; the empty path
    /// is the whole document.
    pub dropped: BTreeSet<String>,
}

/// What texts held, and everything that is wrong with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    /// Documents, in the order they were given.
    pub parts: Vec<Part>,
    /// Problems, in the same order.
    pub problems: Vec<Problem>,
    /// What was left out or taken for granted where a file had another form.
    pub notes: Vec<String>,
    /// The cluster that is meant, where the files have objects of several.
    pub cluster: Option<String>,
}

/// A file by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, for messages.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Texts {
    /// Reads files that belong together, in any form that [`forms`] knows.
    pub fn read_all(&mut self, files: &[File], hints: &Hints) {
        let mut forms = Forms::new(hints);
        self.cluster.clone_from(&hints.cluster);
        for file in files {
            self.read_file(&file.name, &file.bytes, &mut forms);
        }
        forms.finish();
        self.take(&mut forms);
    }

    /// Reads a text of one or more documents, one after another, as `aws` prints them when it is called in a loop.
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
        let hints = Hints::default();
        let mut forms = Forms::new(&hints);
        self.read_file(file, bytes, &mut forms);
        forms.finish();
        self.take(&mut forms);
    }

    fn read_file(&mut self, file: &str, bytes: &[u8], forms: &mut Forms<'_>) {
        let text = match forms::decode(bytes) {
            Ok(text) => text,
            Err((message, help)) => return self.refuse(file, None, message, help),
        };
        let text = text.as_ref();
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
        if found.is_empty() && failure.is_none() {
            return self.refuse(file, None, "the text is empty", "give what `aws ecs describe-…` prints");
        }
        // Numbers and words of a text that is no JSON can be read as JSON, up to where it goes on.
        let is_foreign = found.iter().all(|(_, top)| matches!(top, Top::Other(what) if *what != "a list"));
        if failure.is_some() && is_foreign && forms.text(file, text) {
            return self.take(forms);
        }
        let is_one = found.len() + usize::from(failure.is_some()) == 1;
        for (number, (span, top)) in found.into_iter().enumerate() {
            let name = if is_one { file.to_owned() } else { format!("{file} (document {})", number + 1) };
            self.read_value(&name, &text[span], &top, forms);
        }
        if let Some(error) = failure {
            let position = Some(if error.is_eof() {
                end_of(text)
            } else {
                Position { line: error.line(), column: error.column() }
            });
            let help =
                if error.is_eof() { "the file is cut off; collect it anew" } else { "give JSON as `aws` prints it" };
            self.refuse(file, position, format!("not JSON: {}", without_place(&error)), help);
        }
    }

    /// A document of the API, or else whatever form it has.
    fn read_value(&mut self, file: &str, text: &str, top: &Top, forms: &mut Forms<'_>) {
        if let Top::Object(members) = top
            && !forms::is_bare(members.keys())
            && Kind::of(members).is_some()
            && !forms::is_snake(text)
        {
            return self.read_one(file, text, top, Origin::Api);
        }
        match serde_json::from_str(text) {
            Ok(value) => forms.value(file, value),
            Err(error) => {
                self.refuse(file, None, format!("not JSON: {}", without_place(&error)), "give JSON as `aws` prints it");
            }
        }
        self.take(forms);
    }

    /// Reads what forms were turned into.
    fn take(&mut self, forms: &mut Forms<'_>) {
        let found = forms.take();
        for Trouble { file, member, position, message, help, is_argument } in found.troubles {
            let effect = if is_argument { Effect::Refused } else { Effect::LeftOut(String::new()) };
            self.problems.push(Problem { file, member, position, message, help, effect });
        }
        for Formed { file, json, is_secret, elsewhere } in found.formed {
            let before = self.problems.len();
            match serde_json::from_str::<Top>(&json) {
                Ok(top) => self.read_one(&file, &json, &top, Origin::Form { is_secret }),
                Err(error) => self.refuse(&file, None, error.to_string(), "give JSON as `aws` prints it"),
            }
            for problem in &mut self.problems[before..] {
                if let Some(found) = elsewhere.iter().find(|known| is_below(&problem.member, &known.member)) {
                    problem.member = format!("{}{}", found.there, &problem.member[found.member.len()..]);
                    problem.file.clone_from(&found.file);
                }
            }
        }
        self.notes.extend(found.notes);
    }

    fn refuse(&mut self, file: &str, position: Option<Position>, message: impl Into<String>, help: &str) {
        self.problems.push(Problem {
            file: file.to_owned(),
            member: String::new(),
            position,
            message: message.into(),
            help: help.to_owned(),
            effect: Effect::LeftOut(String::new()),
        });
    }

    fn read_one(&mut self, file: &str, text: &str, top: &Top, origin: Origin) {
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
        let is_secret = origin == Origin::Form { is_secret: true };
        let mut wrong = Wrong { is_secret, ..Wrong::default() };
        let document = read_kind(kind, text, &mut wrong);
        let limits = Checker::of(|at| document.check(at));
        // What was left out because it is of the wrong kind is not missing as well.
        let is_new =
            |member: &str| !wrong.members.iter().any(|(path, _)| is_below(member, path) || is_below(path, member));
        let limits: Vec<Finding> = limits.into_iter().filter(|finding| is_new(&finding.member)).collect();
        let help = "compare with what `aws ecs … --generate-cli-skeleton output` prints";
        let of_kind = wrong.members.into_iter().map(|(member, message)| Finding {
            member,
            message,
            help: help.to_owned(),
            breach: Breach::Form,
        });
        let mut dropped = BTreeSet::new();
        for Finding { member, message, help, breach } in of_kind.chain(limits) {
            let Loss { effect, dropped: with_it } = loss::of(kind, &member, breach, origin != Origin::Api);
            dropped.extend(with_it);
            self.problems.push(Problem { file: file.to_owned(), member, position: None, message, help, effect });
        }
        self.parts.push(Part { file: file.to_owned(), document, dropped });
    }
}

/// Where the text of a document comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A file that has it as the API has.
    Api,
    /// It was made from another form; its texts may be secret.
    Form { is_secret: bool },
}

/// Line and column of the last character that is not white space.
fn end_of(text: &str) -> Position {
    let text = text.trim_end();
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count().max(1);
    Position { line: text.matches('\n').count() + 1, column }
}

/// The message of a syntax error without its place, which is shown by itself.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or(&message).to_owned()
}
