//! Expressions of the cluster query language as they are made here: printed for a placer, evaluated for its judge.
//!
//! This is a second evaluator, and reads like the rules of the language in AWS's guide; it shares nothing with [`crate::query`],
//! which parses what is printed here.

use std::fmt;

use super::Instance;

/// What a predicate speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An attribute of the instance.
    Attribute(String),
    /// The groups of the counted tasks on the instance.
    TaskGroup,
    /// How many counted tasks are on the instance.
    RunningTasksCount,
}

/// What is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `==`
    Is(String),
    /// `!=`
    IsNot(String),
    /// `in`
    In(Vec<String>),
    /// `!in`
    NotIn(Vec<String>),
    /// `exists`
    Exists,
    /// `!exists`
    NotExists,
    /// `=~ prefix.*`
    Starts(String),
    /// `!~ prefix.*`
    StartsNot(String),
    /// `<`, of whole numbers.
    Less(u32),
    /// `>=`, of whole numbers.
    AtLeast(u32),
}

/// A subject and a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// What it speaks of.
    pub subject: Subject,
    /// What is asked.
    pub test: Test,
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// One predicate.
    Predicate(Predicate),
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// One of them holds.
    Or(Box<Self>, Box<Self>),
    /// It does not hold.
    Not(Box<Self>),
}

impl Expression {
    /// An attribute has this value.
    #[must_use]
    pub fn attribute_is(name: &str, value: &str) -> Self {
        let subject = Subject::Attribute(name.to_owned());
        Self::Predicate(Predicate { subject, test: Test::Is(value.to_owned()) })
    }

    /// Whether it is true of an instance on which counted tasks of these groups run, one entry a task.
    #[must_use]
    pub fn holds(&self, instance: &Instance, groups: &[&str]) -> bool {
        match self {
            Self::Predicate(predicate) => predicate.holds(instance, groups),
            Self::And(a, b) => a.holds(instance, groups) && b.holds(instance, groups),
            Self::Or(a, b) => a.holds(instance, groups) || b.holds(instance, groups),
            Self::Not(inner) => !inner.holds(instance, groups),
        }
    }
}

impl Predicate {
    fn holds(&self, instance: &Instance, groups: &[&str]) -> bool {
        match &self.subject {
            Subject::Attribute(name) => of_attribute(&self.test, instance.attribute(name)),
            Subject::TaskGroup => of_groups(&self.test, groups),
            Subject::RunningTasksCount => of_text(&self.test, &groups.len().to_string()),
        }
    }
}

/// Without the attribute everything but `!exists` is false; without a value everything but `exists` (U-8).
fn of_attribute(test: &Test, value: Option<Option<&str>>) -> bool {
    match (test, value) {
        (Test::Exists, value) => value.is_some(),
        (Test::NotExists, value) => value.is_none(),
        (test, Some(Some(value))) => of_text(test, value),
        (_, None | Some(None)) => false,
    }
}

/// Positive tests hold if they do of some group, negative ones if their opposites hold of none (U-9).
fn of_groups(test: &Test, groups: &[&str]) -> bool {
    let any = |test: &Test| groups.iter().any(|group| of_text(test, group));
    match test {
        Test::Exists => !groups.is_empty(),
        Test::NotExists => groups.is_empty(),
        Test::IsNot(value) => !any(&Test::Is(value.clone())),
        Test::NotIn(values) => !any(&Test::In(values.clone())),
        Test::StartsNot(prefix) => !any(&Test::Starts(prefix.clone())),
        positive => any(positive),
    }
}

fn of_text(test: &Test, text: &str) -> bool {
    let number = || text.parse::<u32>().ok();
    match test {
        Test::Is(value) => text == value,
        Test::IsNot(value) => text != value,
        Test::In(values) => values.iter().any(|value| text == value),
        Test::NotIn(values) => values.iter().all(|value| text != value),
        Test::Exists => true,
        Test::NotExists => false,
        Test::Starts(prefix) => text.starts_with(prefix.as_str()),
        Test::StartsNot(prefix) => !text.starts_with(prefix.as_str()),
        Test::Less(bound) => number().is_some_and(|number| number < *bound),
        Test::AtLeast(bound) => number().is_some_and(|number| number >= *bound),
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "attribute:{name}"),
            Self::TaskGroup => f.write_str("task:group"),
            Self::RunningTasksCount => f.write_str("runningTasksCount"),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(value) => write!(f, "== {value}"),
            Self::IsNot(value) => write!(f, "!= {value}"),
            Self::In(values) => write!(f, "in [{}]", values.join(", ")),
            Self::NotIn(values) => write!(f, "!in [{}]", values.join(", ")),
            Self::Exists => f.write_str("exists"),
            Self::NotExists => f.write_str("!exists"),
            Self::Starts(prefix) => write!(f, "=~ {prefix}.*"),
            Self::StartsNot(prefix) => write!(f, "!~ {prefix}.*"),
            Self::Less(bound) => write!(f, "< {bound}"),
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Predicate(Predicate { subject, test }) => write!(f, "{subject} {test}"),
            Self::And(a, b) => write!(f, "({a}) and ({b})"),
            Self::Or(a, b) => write!(f, "({a}) or ({b})"),
            Self::Not(inner) => write!(f, "not({inner})"),
        }
    }
}
