//! The truth of an expression on one instance.
//!
//! A predicate on something that the instance does not have is false, also where it is a denial: `attribute:x != v`
//! fails without the attribute. Only `!exists` and the denials on task groups, which are a set, hold on nothing.

use std::cmp::Ordering;

use crate::query::facts::Facts;
use crate::query::syntax::ast::{
    AttributeTest, Comparison, GroupTest, Matcher, Node, Order, Predicate, Relation, Sense, TextTest,
};
use crate::query::values::decimal::Decimal;
use crate::query::values::instant::Instant;
use crate::query::values::version::Version;

impl Node {
    pub(in crate::query) fn evaluate<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.evaluate(facts)),
            Self::And(parts) => parts.iter().all(|part| part.evaluate(facts)),
            Self::Not(inner) => !inner.evaluate(facts),
            Self::Predicate(predicate) => predicate.evaluate(facts),
        }
    }
}

impl Predicate {
    pub(in crate::query) fn evaluate<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        match self {
            Self::AgentConnected(test) => test.holds(connected_text(facts)),
            Self::Ec2InstanceId(test) => facts.ec2_instance_id().is_some_and(|id| test.holds(id)),
            Self::AgentVersion(test) => {
                facts.agent_version().and_then(Version::parse).is_some_and(|it| test.holds(&it))
            }
            Self::RegisteredAt(test) => facts.registered_at().is_some_and(|seconds| test.holds(&Instant(seconds))),
            Self::RunningTasksCount(test) => test.holds(&i64::from(facts.running_tasks_count())),
            Self::TaskGroup(test) => test.holds(facts),
            Self::Attribute { name, test } => test.holds(facts.attribute(name)),
        }
    }
}

/// The text that `agentConnected` is compared with.
pub(in crate::query) fn connected_text<F: Facts + ?Sized>(facts: &F) -> &'static str {
    if facts.agent_connected() { "true" } else { "false" }
}

impl GroupTest {
    /// Denials are the exact negations of what they deny (U-9).
    pub(in crate::query) fn holds<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        match self {
            Self::Text(test) => test.sense.of(facts.any_task_group(&mut |group| test.matcher.accepts(group))),
            Self::Exists(sense) => sense.of(facts.any_task_group(&mut |_| true)),
        }
    }
}

impl AttributeTest {
    fn holds(&self, attribute: Option<Option<&str>>) -> bool {
        match self {
            Self::Exists(sense) => sense.of(attribute.is_some()),
            Self::Text(test) => attribute.flatten().is_some_and(|value| test.holds(value)),
            Self::Order(order, constant) => {
                attribute.flatten().is_some_and(|value| order.holds(compare_values(value, constant)))
            }
        }
    }
}

/// By number if both are decimal numbers, else by code points (U-8).
fn compare_values(left: &str, right: &str) -> Ordering {
    match (Decimal::parse(left), Decimal::parse(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        // The bytes of UTF-8 are in the order of the code points.
        _ => left.cmp(right),
    }
}

impl TextTest {
    pub(in crate::query) fn holds(&self, value: &str) -> bool {
        self.sense.of(self.matcher.accepts(value))
    }
}

impl Matcher {
    pub(in crate::query) fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Equals(constant) => value == constant,
            Self::OneOf(constants) => constants.iter().any(|constant| value == constant),
            Self::Matches(pattern) => pattern.is_match(value),
        }
    }
}

impl<T: Ord> Comparison<T> {
    fn holds(&self, value: &T) -> bool {
        match self.relation {
            Relation::Equality(sense) => sense.of(*value == self.value),
            Relation::Order(order) => order.holds(value.cmp(&self.value)),
        }
    }
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

impl Sense {
    fn of(self, truth: bool) -> bool {
        match self {
            Self::Affirmed => truth,
            Self::Denied => !truth,
        }
    }
}
