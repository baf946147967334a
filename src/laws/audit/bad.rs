//! Why something is no log: every row that cannot be read, by line and column.

use std::fmt;

/// A cell that cannot be read, or that no row may have there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column `{column}`: {what}")]
pub struct BadRow {
    /// From 1; the header is line 1.
    pub line: u64,
    /// The column.
    pub column: String,
    /// What is there, and what is needed.
    pub what: String,
}

impl BadRow {
    pub(super) fn at(line: u64, column: &str, what: impl fmt::Display) -> Self {
        Self { line, column: column.to_owned(), what: what.to_string() }
    }
}

/// Everything for which something is no log.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct BadLog {
    /// In the order of the log, so many as are told.
    pub rows: Vec<BadRow>,
    /// How many more there are.
    pub more: u64,
}

impl BadLog {
    /// So many are told.
    const TOLD: usize = 20;

    pub(super) fn add(&mut self, row: BadRow) {
        if self.rows.len() < Self::TOLD { self.rows.push(row) } else { self.more += 1 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl From<BadRow> for BadLog {
    fn from(row: BadRow) -> Self {
        Self { rows: vec![row], more: 0 }
    }
}

impl fmt::Display for BadLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = &self.rows[..] {
            return write!(f, "{only}");
        }
        self.rows.iter().try_for_each(|row| write!(f, "\n  {row}"))?;
        if self.more > 0 { write!(f, "\n  … and {} more", self.more) } else { Ok(()) }
    }
}
