//! What can be said of constraints before a run: an expression that no instance satisfies, a task that waits for its
//! own group to be there.
//!
//! Both are warnings, and both are certain: only attributes, the agent and the identity of instances count against an
//! expression; tasks may come and go.

mod affinity;
mod nowhere;

pub(crate) use affinity::{Starter, any_asks_for_tasks, warn_of_never_started};
pub(crate) use nowhere::warn_of_nowhere;

use crate::model::{Fleet, Identity, InstanceClass};
use crate::query::{Expression, Facts};

/// An instance of a fleet, or any of a class, as long as nothing is known of its tasks but which groups may have one.
struct Shown<'a> {
    class: &'a InstanceClass,
    identity: Option<&'a Identity>,
    groups: Groups<'a>,
}

/// Which groups may have a task on an instance.
#[derive(Clone, Copy)]
enum Groups<'a> {
    /// Any that an expression asks for.
    Any,
    /// These.
    Of(&'a [String]),
}

impl Facts for Shown<'_> {
    fn agent_connected(&self) -> bool {
        self.class.agent_connected
    }

    fn agent_version(&self) -> Option<&str> {
        self.class.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.identity?.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> Option<i64> {
        self.identity?.registered_at
    }

    fn running_tasks_count(&self) -> u32 {
        0
    }

    fn any_task_group(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match self.groups {
            Groups::Any => true,
            Groups::Of(groups) => groups.iter().any(|group| test(group)),
        }
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.class.attribute(name)
    }
}

/// What expressions have to be asked of: every class, or every instance where one asks which instance it is.
fn shown<'a>(fleet: &'a Fleet, expressions: &[&Expression], groups: Groups<'a>) -> Vec<Shown<'a>> {
    if expressions.iter().any(|one| one.asks_which_instance()) {
        let one = |id| Shown { class: fleet.class(id), identity: fleet.identities.get(id.index()), groups };
        return fleet.ids().map(one).collect();
    }
    fleet.classes.iter().map(|class| Shown { class, identity: None, groups }).collect()
}
