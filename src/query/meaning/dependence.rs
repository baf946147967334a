//! What the truth of an expression rests on, so that a caller need not evaluate it more often than it can change.

use std::collections::BTreeSet;

use crate::query::syntax::ast::{GroupTest, Node, Predicate};

/// What the truth of an expression depends on at most; each level includes those before it.
///
/// # Examples
///
/// ```
/// use stowplan::query::{Dependence, Expression};
///
/// let dependence = |text| Expression::parse(text).unwrap().dependence();
/// assert_eq!(dependence("attribute:stack == prod"), Dependence::Class);
/// assert_eq!(dependence("attribute:stack == prod or registeredAt > 2024-01-01"), Dependence::Instance);
/// assert_eq!(dependence("ec2InstanceId == i-1 and task:group exists"), Dependence::Tasks);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dependence {
    /// Attributes and the agent alone: the same for all instances of a class, at all times.
    Class,
    /// Also on which instance it is (`ec2InstanceId`, `registeredAt`): fixed for each instance.
    Instance,
    /// Also on the tasks that are there (`task:group`, `runningTasksCount`): changes with every placement and stop.
    Tasks,
}

pub(in crate::query) fn dependence(node: &Node) -> Dependence {
    let mut all = Dependence::Class;
    node.for_each_predicate(&mut |predicate| all = all.max(dependence_of(predicate)));
    all
}

fn dependence_of(predicate: &Predicate) -> Dependence {
    match predicate {
        Predicate::AgentConnected(_) | Predicate::AgentVersion(_) | Predicate::Attribute { .. } => Dependence::Class,
        Predicate::Ec2InstanceId(_) | Predicate::RegisteredAt(_) => Dependence::Instance,
        Predicate::RunningTasksCount(_) | Predicate::TaskGroup(_) => Dependence::Tasks,
    }
}

/// Whether the truth may be another one when the first task of a group comes, or the last goes.
pub(in crate::query) fn hears_of(node: &Node, group: &str) -> bool {
    let mut found = false;
    node.for_each_predicate(&mut |predicate| {
        found |= match predicate {
            Predicate::TaskGroup(GroupTest::Text(test)) => test.matcher.accepts(group),
            Predicate::TaskGroup(GroupTest::Exists(_)) => true,
            _ => false,
        };
    });
    found
}

/// How many of its predicates ask for groups.
pub(in crate::query) fn group_predicates(node: &Node) -> usize {
    let mut count = 0;
    node.for_each_predicate(&mut |predicate| count += usize::from(matches!(predicate, Predicate::TaskGroup(_))));
    count
}

pub(in crate::query) fn asks_how_many_run(node: &Node) -> bool {
    let mut found = false;
    node.for_each_predicate(&mut |predicate| found |= matches!(predicate, Predicate::RunningTasksCount(_)));
    found
}

/// The numbers that `runningTasksCount` is compared with, ascending, each once.
pub(in crate::query) fn compared_counts(node: &Node) -> Vec<i64> {
    let mut counts = Vec::new();
    node.for_each_predicate(&mut |predicate| {
        if let Predicate::RunningTasksCount(test) = predicate {
            counts.push(test.value);
        }
    });
    counts.sort_unstable();
    counts.dedup();
    counts
}

pub(in crate::query) fn asks_which_instance(node: &Node) -> bool {
    let mut found = false;
    node.for_each_predicate(&mut |predicate| found |= dependence_of(predicate) == Dependence::Instance);
    found
}

pub(in crate::query) fn attribute_names(node: &Node) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    node.for_each_predicate(&mut |predicate| {
        if let Predicate::Attribute { name, .. } = predicate {
            names.insert(name.as_str());
        }
    });
    names
}
