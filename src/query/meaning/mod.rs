//! What an expression says of instances: whether one satisfies it and why, what that depends on, the same in words.

pub(super) mod dependence;
mod evaluate;
pub(super) mod explain;
mod may;
pub(super) mod words;

use dependence::Dependence;
use explain::Explanation;

use crate::query::facts::Facts;
use crate::query::syntax::expression::Expression;

impl Expression {
    /// Whether the instance satisfies the expression.
    #[must_use]
    pub fn evaluate<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        self.root.evaluate(facts)
    }

    /// Why the instance satisfies the expression or not: the value of every part, and what the instance had.
    ///
    /// Parts that [`Expression::evaluate`] need not look at are here too.
    #[must_use]
    pub fn explain<F: Facts + ?Sized>(&self, facts: &F) -> Explanation {
        explain::explain(&self.root, facts)
    }

    /// What its truth depends on at most.
    #[must_use]
    pub fn dependence(&self) -> Dependence {
        dependence::dependence(&self.root)
    }

    /// Whether its truth on an instance may be another one when the first task of this group comes there, or the last goes.
    #[must_use]
    pub fn hears_of(&self, group: &str) -> bool {
        dependence::hears_of(&self.root, group)
    }

    /// Whether it asks for groups in one place alone, so that of all groups it wants to know but whether the instance holds
    /// one that it [hears of](Self::hears_of).
    #[must_use]
    pub fn asks_for_groups_once(&self) -> bool {
        dependence::group_predicates(&self.root) == 1
    }

    /// Whether it asks how many tasks run (`runningTasksCount`).
    #[must_use]
    pub fn asks_how_many_run(&self) -> bool {
        dependence::asks_how_many_run(&self.root)
    }

    /// The numbers that it compares `runningTasksCount` with, ascending, each once: a count that passes or leaves none of
    /// them changes no truth.
    #[must_use]
    pub fn compared_counts(&self) -> Vec<i64> {
        dependence::compared_counts(&self.root)
    }

    /// Whether it asks which instance it is (`ec2InstanceId`, `registeredAt`).
    #[must_use]
    pub fn asks_which_instance(&self) -> bool {
        dependence::asks_which_instance(&self.root)
    }

    /// The attributes it asks for, in name order, each once.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        dependence::attribute_names(&self.root).into_iter()
    }
}
