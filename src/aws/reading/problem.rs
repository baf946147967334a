//! A problem of a document, with the file and the member it is about.

use std::fmt;

use crate::forms::Position;

/// What a problem means for the rest of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// A rule of the API is broken: nothing is written.
    #[default]
    Refused,
    /// It is left out and the rest is read; the text says what that means.
    LeftOut(String),
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the file, `-` for standard input, with the number of the document where a file holds several.
    pub file: String,
    /// The path of the member, such as `containerInstances[3].registeredResources[1]`; empty for the whole document.
    pub member: String,
    /// Where the text is no JSON.
    pub position: Option<Position>,
    /// What is wrong, with the value.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// What it means for the rest.
    pub effect: Effect,
}

impl Problem {
    /// Whether nothing is written because of it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.effect == Effect::Refused
    }
}

impl Problem {
    /// The place as it is shown: `file:line:column`, `file: member` or `file`.
    #[must_use]
    pub fn place(&self) -> String {
        match (self.position, self.member.as_str()) {
            (Some(Position { line, column }), _) => format!("{}:{line}:{column}", self.file),
            (None, "") => self.file.clone(),
            (None, member) => format!("{}: {member}", self.file),
        }
    }
}

impl Problem {
    /// Whether another problem is of the same member or of a part of it, and so may follow from this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        // A list that lost an element lacks something; an object that lost a member is still what it is.
        let is_around = other.member.contains('.') && is_below(&self.member, &other.member);
        let is_near = is_below(&other.member, &self.member) || is_around;
        self.file == other.file && !self.member.is_empty() && is_near
    }
}

/// Whether a member is another one or lies within it.
pub(crate) fn is_below(member: &str, path: &str) -> bool {
    member.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

impl fmt::Display for Problem {
    /// One line: `file: member: message`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)
    }
}
