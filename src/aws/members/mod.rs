//! What becomes of every member of the API model: which key of a scenario holds it, or why none does.
//!
//! The table is data, checked in two directions: a script of CI holds it against botocore's model, so that a member which
//! AWS adds is missed; a test takes each member out of documents that have all of them, and sees what the table says.
//!
//! The page below is made from the table by [`page`], and printed by `stowplan import --members`.
//!
#![doc = include_str!("members.md")]

use std::fmt::{self, Write as _};

/// The model that the table is of.
pub const MODEL: &str = "API version 2014-11-13, as botocore 1.44.8 has it";

const TABLE: &str = include_str!("members.csv");

/// What becomes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A key of the scenario holds it.
    Carried,
    /// It decides what else is carried over.
    Used,
    /// A note tells it with its consequence.
    Noted,
    /// It is among what a task definition requires, where that is worked out.
    Derived,
    /// It means nothing to placement.
    Nothing,
}

impl Fate {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Carried, Self::Used, Self::Noted, Self::Derived, Self::Nothing];

    /// What it means, for the page.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Carried => "a key of the scenario holds it",
            Self::Used => "it decides what else is carried over",
            Self::Noted => "a note tells it, with its consequence",
            Self::Derived => {
                "what a task definition requires is worked out of it, where `requiresAttributes` is absent"
            }
            Self::Nothing => "it means nothing to placement",
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Carried => "carried",
            Self::Used => "used",
            Self::Noted => "noted",
            Self::Derived => "derived",
            Self::Nothing => "nothing",
        })
    }
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The shape of the API model.
    pub shape: String,
    /// The member of it.
    pub member: String,
    /// The kind of its value.
    pub kind: String,
    /// What becomes of it.
    pub fate: Fate,
    /// The keys that hold it, or why it holds nothing.
    pub what: String,
}

/// Every member, shape by shape.
///
/// # Panics
/// If the table that is built in is damaged.
#[must_use]
pub fn all() -> Vec<Member> {
    let mut rows = csv::Reader::from_reader(TABLE.as_bytes());
    let member = |row: csv::StringRecord| {
        let fate = Fate::ALL.into_iter().find(|fate| fate.to_string() == row[3]).expect("a fate of the table");
        let text = |column: usize| row[column].to_owned();
        Member { shape: text(0), member: text(1), kind: text(2), fate, what: text(4) }
    };
    rows.records().map(|row| member(row.expect("the table is CSV"))).collect()
}

/// The table as CSV.
#[must_use]
pub fn csv() -> &'static str {
    TABLE
}

/// The table as a page of Markdown.
#[must_use]
pub fn page() -> String {
    let members = all();
    let mut page = format!("{} members of {MODEL}:\n\n", members.len());
    for fate in Fate::ALL {
        let count = members.iter().filter(|member| member.fate == fate).count();
        let _ = writeln!(page, "- *{fate}* ({count}): {}", fate.meaning());
    }
    let mut shape = "";
    for member in &members {
        if member.shape != shape {
            shape = &member.shape;
            let _ = write!(page, "\n# {shape}\n\n| member | kind | fate | |\n|---|---|---|---|\n");
        }
        let what = member.what.replace('|', "\\|").replace("[[", "\\[\\[").replace("]]", "\\]\\]");
        let _ = writeln!(page, "| `{}` | {} | {} | {what} |", member.member, member.kind, member.fate);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_made_from_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aws/members/members.md");
        if std::env::var_os("STOWPLAN_WRITE_PAGES").is_some() {
            fs_err::write(path, page()).unwrap();
        }
        let kept = fs_err::read_to_string(path).unwrap();
        assert!(kept == page(), "{path} is old: run this test with STOWPLAN_WRITE_PAGES=1");
    }

    #[test]
    fn every_row_says_what_or_why() {
        let members = all();
        assert!(members.len() > 400);
        for Member { shape, member, what, .. } in members {
            assert!(!what.is_empty(), "{shape}.{member}");
        }
    }
}
