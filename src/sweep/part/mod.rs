//! What one shard came to: a file of rows, one a run, sealed by their number and a checksum.
//!
//! It knows that a row has the number of its run and a text; what the text says is the caller's.
//!
//! # The form
//! A line that says what it is, one of JSON with the plan's hash and which runs it has, then for each run its number, a tab and
//! its text, ascending; at the end `end`, the number of rows and the SHA-256 of all before.
//!
//! # Cost
//! One pass to write, one to verify: reading and SHA-256, about a gigabyte a second.

mod read;
mod write;

use std::fmt;
use std::path::PathBuf;

use super::selection::Selection;

pub use read::{Rows, verify};
pub use write::{Row, set_aside, write};

/// The first line of a part.
const MARK: &str = "stowplan part 1";
/// How its last line begins.
const END: &str = "end";

/// A part that is whole and of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The file.
    pub path: PathBuf,
    /// Its runs.
    pub selection: Selection,
    /// How many rows it has.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// Why a file is no part that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It ends before its end.
    CutOff,
    /// It has not the form of a part.
    NoPart,
    /// Its checksum does not hold.
    Changed,
    /// Its rows are not those that it says it has.
    OtherRows,
    /// It is of another plan, of this hash.
    OtherPlan(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff => f.write_str("it is cut off"),
            Self::NoPart => f.write_str("it has not the form of a part"),
            Self::Changed => f.write_str("its checksum does not hold"),
            Self::OtherRows => f.write_str("its runs are not those that its head names"),
            Self::OtherPlan(hash) => {
                let digits = super::selection::PLAN_DIGITS;
                write!(f, "it is of another plan, {}", &hash[..hash.len().min(digits)])
            }
        }
    }
}

/// A text without line ends, which would end the row.
fn escaped(text: &str) -> std::borrow::Cow<'_, str> {
    match text.contains(['\n', '\r', '\\']) {
        true => text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").into(),
        false => text.into(),
    }
}

/// The text again.
fn unescaped(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some(other) => plain.push(other),
                None => {}
            },
            (other, false) => plain.push(other),
        }
    }
    plain.into()
}

#[cfg(test)]
pub(crate) mod tests;
