//! Whether an expression could hold on an instance at some time, as tasks come and go.
//!
//! Attributes, the agent and the identity of an instance stay; the groups that [`Facts`] names are those that may have a
//! task there at some time, none of them must, and any number of tasks may run.

use crate::query::facts::Facts;
use crate::query::syntax::ast::{GroupTest, Node, Predicate, Sense, TextTest};
use crate::query::syntax::expression::Expression;

impl Expression {
    /// Whether it could hold at some time, tasks of the groups that `facts` names coming and going.
    ///
    /// `false` is certain: whatever runs there, the instance does not satisfy it.
    #[must_use]
    pub fn may_hold<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        self.root.may_hold(facts)
    }
}

impl Node {
    pub(in crate::query) fn may_hold<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.may_hold(facts)),
            Self::And(parts) => parts.iter().all(|part| part.may_hold(facts)),
            Self::Not(inner) => !inner.must_hold(facts),
            Self::Predicate(predicate) => match predicate {
                Predicate::RunningTasksCount(_) => true,
                Predicate::TaskGroup(test) => match test {
                    GroupTest::Exists(Sense::Denied) | GroupTest::Text(TextTest { sense: Sense::Denied, .. }) => true,
                    affirmed => affirmed.holds(facts),
                },
                other => other.evaluate(facts),
            },
        }
    }

    fn must_hold<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.must_hold(facts)),
            Self::And(parts) => parts.iter().all(|part| part.must_hold(facts)),
            Self::Not(inner) => !inner.may_hold(facts),
            Self::Predicate(predicate) => match predicate {
                Predicate::RunningTasksCount(_) => false,
                Predicate::TaskGroup(test) => match test {
                    GroupTest::Exists(Sense::Affirmed) | GroupTest::Text(TextTest { sense: Sense::Affirmed, .. }) => {
                        false
                    }
                    denied => denied.holds(facts),
                },
                other => other.evaluate(facts),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::tests::arbitrary;
    use crate::query::tests::instance::six;

    #[test]
    fn tasks_may_come_and_attributes_stay() {
        let [a1, ..] = six();
        let check = |text: &str, expected| {
            assert_eq!(Expression::parse(text).unwrap().may_hold(&a1), expected, "{text}");
        };
        check("runningTasksCount > 100", true);
        check("not runningTasksCount > 100", true);
        check("task:group == service:production", true);
        check("not task:group == service:production", true);
        check("task:group == service:nowhere", false);
        check("task:group != service:nowhere", true);
        check("attribute:stack == dev or runningTasksCount == 9", true);
        check("attribute:stack == dev and runningTasksCount == 9", false);
        check("not (attribute:stack == prod or runningTasksCount == 9)", false);
    }

    proptest! {
        /// What holds now may hold.
        #[test]
        fn what_holds_may_hold(expression in arbitrary::expression(), index in 0_usize..6) {
            let instance = &six()[index];
            prop_assert!(!expression.evaluate(instance) || expression.may_hold(instance));
        }
    }
}
