//! An instance as the query language sees it before anything runs there: its class, who it is if that is known, and which
//! groups may have a task on it. No tasks are counted.

use crate::model::resources::{Identity, InstanceClass};
use crate::query::Facts;

/// An instance of a fleet, or any of a class, as long as nothing is known of its tasks but which groups may have one.
pub(crate) struct Shown<'a> {
    pub(crate) class: &'a InstanceClass,
    pub(crate) identity: Option<&'a Identity>,
    pub(crate) neighbours: Neighbours<'a>,
}

/// Which groups may have a task on an instance.
#[derive(Clone, Copy)]
pub(crate) enum Neighbours<'a> {
    /// Any that an expression asks for.
    Any,
    /// These and no other.
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
        match self.neighbours {
            Neighbours::Any => true,
            Neighbours::Of(groups) => groups.iter().any(|group| test(group)),
        }
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.class.attribute(name)
    }
}
