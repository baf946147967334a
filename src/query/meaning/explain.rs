//! Why an expression is true or false on an instance, as a tree of its parts.

use std::collections::BTreeSet;
use std::fmt;

use super::evaluate::connected_text;
use crate::query::facts::Facts;
use crate::query::syntax::ast::{Node, Predicate};
use crate::query::values::instant::Instant;

/// A part of an expression, its truth, and why.
///
/// It prints as one line a part, parts of parts indented:
///
/// ```text
/// false  attribute:stack == prod and runningTasksCount < 2
/// true     attribute:stack == prod (has `prod`)
/// false    runningTasksCount < 2 (has `3`)
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Canonical text of the part.
    pub text: String,
    /// Whether it holds on the instance.
    pub value: bool,
    /// What the instance has of the subject; `None` unless the part is one predicate.
    pub observed: Option<Observed>,
    /// What the part is made of, in the order of the text; empty for a predicate.
    pub parts: Vec<Explanation>,
}

/// What an instance has of the subject of a predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// It is not known of this instance.
    Unknown,
    /// The instance lacks the attribute.
    Absent,
    /// The attribute is there and has no value.
    NoValue,
    /// The value.
    Value(String),
    /// The groups of the tasks there, in order, each once.
    Groups(Vec<String>),
}

pub(in crate::query) fn explain<F: Facts + ?Sized>(node: &Node, facts: &F) -> Explanation {
    let (observed, parts) = match node {
        Node::Or(parts) | Node::And(parts) => (None, parts.iter().map(|part| explain(part, facts)).collect()),
        Node::Not(inner) => (None, vec![explain(inner, facts)]),
        Node::Predicate(predicate) => (Some(observe(predicate, facts)), Vec::new()),
    };
    Explanation { text: node.to_string(), value: node.evaluate(facts), observed, parts }
}

fn observe<F: Facts + ?Sized>(predicate: &Predicate, facts: &F) -> Observed {
    let known = |value: Option<String>| value.map_or(Observed::Unknown, Observed::Value);
    match predicate {
        Predicate::AgentConnected(_) => Observed::Value(connected_text(facts).to_owned()),
        Predicate::Ec2InstanceId(_) => known(facts.ec2_instance_id().map(str::to_owned)),
        Predicate::AgentVersion(_) => known(facts.agent_version().map(str::to_owned)),
        Predicate::RegisteredAt(_) => known(facts.registered_at().map(|seconds| Instant(seconds).to_string())),
        Predicate::RunningTasksCount(_) => Observed::Value(facts.running_tasks_count().to_string()),
        Predicate::TaskGroup(_) => Observed::Groups(groups(facts)),
        Predicate::Attribute { name, .. } => match facts.attribute(name) {
            None => Observed::Absent,
            Some(None) => Observed::NoValue,
            Some(Some(value)) => Observed::Value(value.to_owned()),
        },
    }
}

fn groups<F: Facts + ?Sized>(facts: &F) -> Vec<String> {
    let mut groups = BTreeSet::new();
    facts.any_task_group(&mut |group| {
        groups.insert(group.to_owned());
        false
    });
    groups.into_iter().collect()
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Absent => f.write_str("absent"),
            Self::NoValue => f.write_str("has no value"),
            Self::Value(value) => write!(f, "has `{value}`"),
            Self::Groups(groups) if groups.is_empty() => f.write_str("hosts no task"),
            Self::Groups(groups) => write!(f, "hosts `{}`", groups.join("`, `")),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f, 0)
    }
}

fn print(explanation: &Explanation, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
    let Explanation { text, value, observed, parts } = explanation;
    let indent = 2 * depth;
    write!(f, "{value:<5}  {:indent$}{text}", "")?;
    if let Some(observed) = observed {
        write!(f, " ({observed})")?;
    }
    for part in parts {
        writeln!(f)?;
        print(part, f, depth + 1)?;
    }
    Ok(())
}
