//! The tree of an expression, in which only what the language allows can be written down.
//!
//! It holds no text positions and no spelling: the parser is done with both.

use crate::query::values::instant::Instant;
use crate::query::values::pattern::Pattern;
use crate::query::values::version::Version;

/// A node of the tree.
///
/// # Invariants
/// `Or` and `And` have at least two parts, and none of them is of their own kind: both are associative, so
/// [`Node::any_of`] and [`Node::all_of`] flatten.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::query) enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Predicate(Predicate),
}

/// One question about an instance.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::query) enum Predicate {
    AgentConnected(TextTest),
    Ec2InstanceId(TextTest),
    AgentVersion(Comparison<Version>),
    RegisteredAt(Comparison<Instant>),
    RunningTasksCount(Comparison<i64>),
    TaskGroup(GroupTest),
    Attribute { name: String, test: AttributeTest },
}

/// What may be asked of the task groups of an instance.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::query) enum GroupTest {
    Text(TextTest),
    Exists(Sense),
}

/// What may be asked of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::query) enum AttributeTest {
    Text(TextTest),
    Order(Order, String),
    Exists(Sense),
}

/// A question about a text, or its negation.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::query) struct TextTest {
    pub(in crate::query) sense: Sense,
    pub(in crate::query) matcher: Matcher,
}

/// Which texts are meant.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::query) enum Matcher {
    Equals(String),
    OneOf(Vec<String>),
    Matches(Pattern),
}

/// A comparison with a constant.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::query) struct Comparison<T> {
    pub(in crate::query) relation: Relation,
    pub(in crate::query) value: T,
}

/// How what the instance has must stand to the constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Relation {
    Equality(Sense),
    Order(Order),
}

/// An order that what the instance has must be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Order {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// Whether a test must succeed or must fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Sense {
    Affirmed,
    Denied,
}

impl Node {
    /// The disjunction of one or more nodes.
    pub(in crate::query) fn any_of(parts: Vec<Self>) -> Self {
        flatten(parts, Self::Or, |node| match node {
            Self::Or(inner) => Ok(inner),
            other => Err(other),
        })
    }

    /// The conjunction of one or more nodes.
    pub(in crate::query) fn all_of(parts: Vec<Self>) -> Self {
        flatten(parts, Self::And, |node| match node {
            Self::And(inner) => Ok(inner),
            other => Err(other),
        })
    }

    /// The negation of a node.
    pub(in crate::query) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Every predicate, in the order of the text.
    pub(in crate::query) fn for_each_predicate<'a>(&'a self, visit: &mut impl FnMut(&'a Predicate)) {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().for_each(|part| part.for_each_predicate(visit)),
            Self::Not(inner) => inner.for_each_predicate(visit),
            Self::Predicate(predicate) => visit(predicate),
        }
    }
}

/// Joins `parts`, replacing those that `open` can take apart by what is in them.
fn flatten(
    parts: Vec<Node>,
    join: impl FnOnce(Vec<Node>) -> Node,
    open: impl Fn(Node) -> Result<Vec<Node>, Node>,
) -> Node {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match open(part) {
            Ok(inner) => flat.extend(inner),
            Err(other) => flat.push(other),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { join(flat) }
}
