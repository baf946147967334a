//! Walking a document with the path of each member, so that a broken limit is named with its place.
//!
//! A message names the value and the limit; what the member must be comes from the API model.

use std::fmt::Write as _;

/// A problem of one member, before its file is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) member: String,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) breach: Breach,
}

/// What a member breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// A rule that ECS would refuse it by.
    Rule,
    /// The form of the document: it lacks something, or has a word that is none of those which are known.
    Form,
}

/// Where the walk is, and what it found.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    path: String,
    pub(crate) findings: Vec<Finding>,
}

/// A member of a document, and whether somebody has written it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) member: &'a str,
    pub(crate) is_there: bool,
}

/// A document or a part of one whose limits are known.
pub(crate) trait Check {
    /// Notes every broken limit.
    fn check(&self, at: &mut Checker);
}

impl Checker {
    /// Everything that is wrong with a whole document.
    pub(crate) fn of(check: impl FnOnce(&mut Self)) -> Vec<Finding> {
        let mut checker = Self::default();
        check(&mut checker);
        checker.findings
    }

    /// Calls `check` below a member.
    pub(crate) fn within(&mut self, member: &str, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 && !member.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(member);
        check(self);
        self.path.truncate(length);
    }

    /// Checks every element of a list.
    pub(crate) fn each<T: Check>(&mut self, member: &str, list: &[T]) {
        self.each_by(member, list, |element, at| element.check(at));
    }

    /// Calls `check` with every element of a list.
    pub(crate) fn each_by<T>(&mut self, member: &str, list: &[T], mut check: impl FnMut(&T, &mut Self)) {
        let length = self.path.len();
        for (position, element) in list.iter().enumerate() {
            let dot = if length > 0 { "." } else { "" };
            let _ = write!(self.path, "{dot}{member}[{position}]");
            check(element, self);
            self.path.truncate(length);
        }
    }

    /// Checks a member that is there.
    pub(crate) fn one<T: Check>(&mut self, member: &str, part: Option<&T>) {
        if let Some(part) = part {
            self.within(member, |at| part.check(at));
        }
    }

    /// Notes a problem of a member of this part, or of the part itself if `member` is empty.
    pub(crate) fn report(&mut self, member: &str, message: impl Into<String>, help: impl Into<String>) {
        self.note(Breach::Rule, member, message.into(), help.into());
    }

    fn note(&mut self, breach: Breach, member: &str, message: String, help: String) {
        let dot = if self.path.is_empty() || member.is_empty() { "" } else { "." };
        let member = format!("{}{dot}{member}", self.path);
        self.findings.push(Finding { member, message, help, breach });
    }

    /// A list of at most so many elements.
    pub(crate) fn at_most<T>(&mut self, member: &str, list: &[T], limit: usize) {
        if list.len() > limit {
            let message = format!("{} elements, and the limit is {limit}", list.len());
            self.report(member, message, format!("give at most {limit}"));
        }
    }

    /// A text that must be there and must not be empty.
    pub(crate) fn required(&mut self, member: &str, text: Option<&str>) {
        let (message, help) = match text {
            None => (format!("`{member}` is missing"), format!("add `{member}`")),
            Some("") => (format!("`{member}` is empty"), format!("give a value to `{member}`")),
            Some(_) => return,
        };
        self.note(Breach::Form, member, message, help);
    }

    /// A text of at most so many characters.
    pub(crate) fn shorter(&mut self, member: &str, text: Option<&str>, limit: usize) {
        let length = text.map_or(0, |text| text.chars().count());
        if length > limit {
            let message = format!("`{member}` has {length} characters, and the limit is {limit}");
            self.report(member, message, format!("write at most {limit} characters"));
        }
    }

    /// A number within two limits.
    pub(crate) fn range(&mut self, member: &str, value: Option<i64>, low: i64, high: i64) {
        if let Some(value) = value.filter(|value| !(low..=high).contains(value)) {
            let message = format!("`{member}` = {value} is outside {low} to {high}");
            self.report(member, message, format!("write a number from {low} to {high}"));
        }
    }

    /// One of a few words, if it is there.
    pub(crate) fn word(&mut self, member: &str, word: Option<&str>, words: &[&str]) {
        if let Some(word) = word.filter(|word| !words.contains(word)) {
            let message = format!("`{member}` cannot be `{}`", word.escape_debug());
            self.note(Breach::Form, member, message, format!("write one of {}", words.join(", ")));
        }
    }

    /// Of two members that exclude each other, at most one.
    pub(crate) fn exclusive(&mut self, first: Given<'_>, second: Given<'_>) {
        if first.is_there && second.is_there {
            let message = format!("`{}` and `{}` exclude each other", first.member, second.member);
            self.report(second.member, message, "leave one of the two out");
        }
    }
}
