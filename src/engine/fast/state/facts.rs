//! An instance as the query language sees it, whole or by its class alone.
//!
//! Only instances whose agent is connected are asked: the check of the agent comes first, so that what an expression
//! says of an instance does not change when its agent comes and goes.

use super::cluster::Cluster;
use crate::model::{Identity, InstanceClass};
use crate::query::Facts;

/// A class of instances: all that a static expression asks for.
pub(crate) struct ClassFacts<'a>(pub(crate) &'a InstanceClass);

impl Facts for ClassFacts<'_> {
    fn agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> Option<&str> {
        self.0.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        None
    }

    fn registered_at(&self) -> Option<i64> {
        None
    }

    fn running_tasks_count(&self) -> u32 {
        0
    }

    fn any_task_group(&self, _test: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.0.attribute(name)
    }
}

/// One instance with its tasks.
pub(crate) struct InstanceFacts<'e, 'a> {
    pub(crate) cluster: &'e Cluster<'a>,
    pub(crate) instance: u32,
}

/// One instance, and whether it holds a task of a group that is asked for.
pub(crate) struct GroupFacts<'e, 'a> {
    pub(crate) instance: InstanceFacts<'e, 'a>,
    pub(crate) holds: bool,
}

impl Facts for GroupFacts<'_, '_> {
    fn agent_connected(&self) -> bool {
        self.instance.agent_connected()
    }

    fn agent_version(&self) -> Option<&str> {
        self.instance.agent_version()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.instance.ec2_instance_id()
    }

    fn registered_at(&self) -> Option<i64> {
        self.instance.registered_at()
    }

    fn running_tasks_count(&self) -> u32 {
        self.instance.running_tasks_count()
    }

    fn any_task_group(&self, _test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.holds
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.instance.attribute(name)
    }
}

impl InstanceFacts<'_, '_> {
    fn identity(&self) -> Option<&Identity> {
        self.cluster.identity(self.instance)
    }

    /// Tasks that nobody here placed.
    pub(crate) fn other_tasks(&self) -> u32 {
        self.identity().map_or(0, |identity| identity.others.tasks)
    }

    fn class(&self) -> &InstanceClass {
        self.cluster.class(self.instance)
    }
}

impl Facts for InstanceFacts<'_, '_> {
    fn agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> Option<&str> {
        self.class().agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.identity()?.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> Option<i64> {
        self.identity()?.registered_at
    }

    fn running_tasks_count(&self) -> u32 {
        self.other_tasks() + self.cluster.records[self.instance as usize].tasks()
    }

    fn any_task_group(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut found = false;
        let counts = self.cluster.counts.as_ref().expect("groups are counted where an expression may ask for them");
        counts.for_each(self.instance, |group, _| found = found || test(&self.cluster.requests.groups[group as usize]));
        found
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.class().attribute(name)
    }
}
