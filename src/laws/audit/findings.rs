//! What an audit finds, and what it adds up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// Tasks or instances do not come and go as they can (P1 to P4).
    Conservation,
    /// A task was placed where a check of placement fails (P9 to P12, P14).
    Check,
    /// The chosen instance is not among the best after a rule of the chain (P16 to P19).
    Rule,
    /// Of equally good instances another one had to be taken (P20).
    Tie,
    /// A draw took another instance than the run's key gives (U-2).
    Draw,
    /// A task was rejected, and an instance may take it (P13).
    Refusal,
    /// The reason of a rejection or a stop is not the one there is (P15).
    Reason,
    /// A service has more tasks than its maximum percent allows, or was left with fewer than its minimum.
    Percent,
}

impl Broken {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Conservation,
        Self::Check,
        Self::Rule,
        Self::Tie,
        Self::Draw,
        Self::Refusal,
        Self::Reason,
        Self::Percent,
    ];

    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Conservation => "conservation",
            Self::Check => "check",
            Self::Rule => "rule",
            Self::Tie => "tie",
            Self::Draw => "draw",
            Self::Refusal => "refusal",
            Self::Reason => "reason",
            Self::Percent => "percent",
        }
    }

    /// The laws that it stands for.
    #[must_use]
    pub fn laws(self) -> &'static str {
        match self {
            Self::Conservation => "P1-P4",
            Self::Check => "P9-P14",
            Self::Rule => "P16-P19",
            Self::Tie => "P20",
            Self::Draw => "U-2",
            Self::Refusal => "P13",
            Self::Reason => "P15",
            Self::Percent => "R-7.2",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line of the log, from 1.
    pub line: u64,
    /// The run.
    pub run: String,
    /// What is broken.
    pub broken: Broken,
    /// A sentence with names and values.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {} ({}): {}", self.line, self.broken.word(), self.broken.laws(), self.what)
    }
}

/// What was audited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows.
    pub rows: u64,
    /// Runs.
    pub runs: u64,
    /// Placements and rejections.
    pub decisions: u64,
    /// Placements whose instance was checked against every rule of a chain.
    pub chosen: u64,
    /// Those of them where ties are broken by order, and were.
    pub ties: u64,
    /// Choices of a random rule or a random tie that were drawn anew.
    pub draws: u64,
    /// Stops by a service for which it was checked that enough tasks were left.
    pub stops: u64,
    /// Rejections for which it was checked that nothing fits.
    pub refusals: u64,
    /// Reasons that were worked out anew.
    pub reasons: u64,
    /// What could not be told, and how often.
    pub not_checked: BTreeMap<&'static str, u64>,
    /// Groups that rules were given of by name, and of which the log has no task.
    pub without_tasks: BTreeSet<String>,
    /// What is wrong, by kind.
    pub broken: BTreeMap<Broken, u64>,
}

impl Summary {
    /// How much is wrong.
    #[must_use]
    pub fn findings(&self) -> u64 {
        self.broken.values().sum()
    }

    pub(super) fn skip(&mut self, what: &'static str) {
        *self.not_checked.entry(what).or_default() += 1;
    }
}
