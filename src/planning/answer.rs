//! What every answer of a plan carries (3.9), in a form that text, JSON and CSV are all written from: what kind it is,
//! whether it is yes, facts, tables, notes, and the commands of a plan.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::Ratio;

/// What an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// It is so.
    Exact(String),
    /// The truth lies between two numbers that are both proved.
    Bounded(String),
    /// It was tried on draws.
    Sampled(String),
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Bounded(_) => "bounded",
            Self::Sampled(_) => "sampled",
        }
    }

    /// What exactly is said.
    #[must_use]
    pub fn statement(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Bounded(text) | Self::Sampled(text) => text,
        }
    }
}

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// There is none.
    Absent,
    /// A count.
    Count(u64),
    /// A difference of counts.
    Change(i64),
    /// Words.
    Text(String),
    /// Millionths of a dollar an hour.
    Usd(u128),
    /// A difference of prices in millionths of a dollar an hour.
    UsdChange(i128),
    /// A share of a whole, or a ratio.
    #[serde(with = "exactly")]
    Share(Ratio),
    /// Yes or no.
    Flag(bool),
}

impl Value {
    /// A count, or nothing.
    #[must_use]
    pub fn count(count: Option<usize>) -> Self {
        count.map_or(Self::Absent, |count| Self::Count(count as u64))
    }

    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A price, or nothing.
    #[must_use]
    pub fn usd(price: Option<u128>) -> Self {
        price.map_or(Self::Absent, Self::Usd)
    }

    /// A ratio; absent if it is one to nothing.
    #[must_use]
    pub fn share(numerator: u128, denominator: u128) -> Self {
        Ratio::new(numerator, denominator).map_or(Self::Absent, Self::Share)
    }
}

/// One figure of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its key in JSON.
    pub key: Cow<'static, str>,
    /// Its name for people.
    pub title: String,
    /// The figure.
    pub value: Value,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in JSON and CSV.
    pub key: Cow<'static, str>,
    /// Its heading for people.
    pub title: Cow<'static, str>,
}

/// Rows of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its key in JSON.
    pub key: Cow<'static, str>,
    /// What stands above it.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, a value a column.
    pub rows: Vec<Vec<Value>>,
    /// For those who want to know it all.
    pub is_detail: bool,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(key: &'static str, title: impl Into<String>, columns: &[(&'static str, &'static str)]) -> Self {
        let columns = columns.iter().map(|&(key, title)| Column { key: key.into(), title: title.into() }).collect();
        Self { key: key.into(), title: title.into(), columns, rows: Vec::new(), is_detail: false }
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The plan, such as `compact`.
    pub plan: Cow<'static, str>,
    /// The answer in a sentence.
    pub headline: String,
    /// What it rests on.
    pub kind: Kind,
    /// Whether it is yes.
    pub is_yes: bool,
    /// The person pressed Ctrl-C, and this is what was known.
    pub is_interrupted: bool,
    /// Figures.
    pub facts: Vec<Fact>,
    /// Tables, the one for CSV first.
    pub tables: Vec<Table>,
    /// What was relaxed, what was left out, what was odd.
    pub notes: Vec<String>,
    /// Commands of a plan, in order; none where one may not act on it.
    pub commands: Vec<String>,
    /// Why no commands stand there although a plan has some.
    pub may_not_act: Option<String>,
}

impl Answer {
    /// An answer with nothing but its sentence.
    #[must_use]
    pub fn new(plan: &'static str, headline: impl Into<String>, kind: Kind) -> Self {
        Self {
            plan: plan.into(),
            headline: headline.into(),
            kind,
            is_yes: true,
            is_interrupted: false,
            facts: Vec::new(),
            tables: Vec::new(),
            notes: Vec::new(),
            commands: Vec::new(),
            may_not_act: None,
        }
    }

    /// Adds a figure.
    pub fn fact(&mut self, key: &'static str, title: impl Into<String>, value: Value) {
        self.facts.push(Fact { key: key.into(), title: title.into(), value });
    }
}

/// A ratio as text, so that no digit is lost.
mod exactly {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::model::Ratio;

    pub(super) fn serialize<S: Serializer>(ratio: &Ratio, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(ratio)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Ratio, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| de::Error::custom(format!("`{text}` is no ratio")))
    }
}

/// `$1.92/h`.
#[must_use]
pub fn dollars(micro: u128) -> String {
    let cents = (micro + 500) / 1_000;
    format!("${}.{:03}/h", cents / 1_000, cents % 1_000)
}
