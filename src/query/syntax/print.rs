//! Canonical text: symbols for comparisons, words for the rest, quotes and parentheses only where they are needed.

use std::fmt::{self, Display, Formatter};

use super::ast::{AttributeTest, Comparison, GroupTest, Matcher, Node, Predicate, Relation, Sense, TextTest};
use super::cursor::is_bare_char;
use super::expression::Expression;
use super::vocabulary::{ATTRIBUTE_PREFIX, Operator};
use crate::query::values::pattern::{self, Pattern};

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(f, parts, " or ", |f, part| part.fmt(f)),
            Self::And(parts) => joined(f, parts, " and ", |f, part| match part {
                Self::Or(_) => write!(f, "({part})"),
                _ => part.fmt(f),
            }),
            Self::Not(inner) => match **inner {
                Self::Or(_) | Self::And(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Self::Predicate(predicate) => predicate.fmt(f),
        }
    }
}

fn joined<T>(
    f: &mut Formatter<'_>,
    parts: &[T],
    separator: &str,
    print: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        print(f, part)?;
    }
    Ok(())
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AgentConnected(test) => write!(f, "agentConnected {test}"),
            Self::Ec2InstanceId(test) => write!(f, "ec2InstanceId {test}"),
            Self::AgentVersion(test) => write!(f, "agentVersion {test}"),
            Self::RegisteredAt(test) => write!(f, "registeredAt {test}"),
            Self::RunningTasksCount(test) => write!(f, "runningTasksCount {test}"),
            Self::TaskGroup(test) => write!(f, "task:group {test}"),
            Self::Attribute { name, test } => write!(f, "{ATTRIBUTE_PREFIX}{name} {test}"),
        }
    }
}

impl Display for GroupTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(test) => test.fmt(f),
            Self::Exists(sense) => existence(f, *sense),
        }
    }
}

impl Display for AttributeTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(test) => test.fmt(f),
            Self::Order(order, value) => write!(f, "{} {}", Operator::Order(*order).spelling(), Value(value)),
            Self::Exists(sense) => existence(f, *sense),
        }
    }
}

fn existence(f: &mut Formatter<'_>, sense: Sense) -> fmt::Result {
    f.write_str(Operator::Existence(sense).spelling())
}

impl Display for TextTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.matcher {
            Matcher::Equals(value) => write!(f, "{} {}", Operator::Equality(self.sense).spelling(), Value(value)),
            Matcher::Matches(pattern) => write!(f, "{} {pattern}", Operator::Match(self.sense).spelling()),
            Matcher::OneOf(values) => {
                write!(f, "{} [", Operator::Membership(self.sense).spelling())?;
                joined(f, values, ", ", |f, value| Value(value).fmt(f))?;
                f.write_str("]")
            }
        }
    }
}

impl<T: Display> Display for Comparison<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let operator = match self.relation {
            Relation::Equality(sense) => Operator::Equality(sense),
            Relation::Order(order) => Operator::Order(order),
        };
        write!(f, "{} {}", operator.spelling(), self.value)
    }
}

/// A value, quoted if it must be.
struct Value<'a>(&'a str);

impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_bare = !self.0.is_empty() && self.0.chars().all(is_bare_char);
        if is_bare { f.write_str(self.0) } else { quoted(f, self.0) }
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.text();
        let is_bare = !text.is_empty() && !text.starts_with(['\'', '"']) && pattern::bare_len(text) == Ok(text.len());
        if is_bare { f.write_str(text) } else { quoted(f, text) }
    }
}

/// The language has no escapes, so no value that needs quotes has both kinds of them.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') { '"' } else { '\'' };
    write!(f, "{quote}{text}{quote}")
}
