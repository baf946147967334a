//! An instance as the query language sees it.

use super::ReferenceEngine;
use crate::engine::Engine as _;
use crate::model::InstanceId;
use crate::query::Facts;

pub(super) struct InstanceFacts<'e, 'a> {
    pub(super) engine: &'e ReferenceEngine<'a>,
    pub(super) instance: InstanceId,
}

impl Facts for InstanceFacts<'_, '_> {
    fn agent_connected(&self) -> bool {
        self.engine.is_connected(self.instance)
    }

    fn agent_version(&self) -> Option<&str> {
        self.engine.instance_class(self.instance).agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        let identity = self.engine.identity(self.instance)?;
        identity.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> Option<i64> {
        self.engine.identity(self.instance)?.registered_at
    }

    fn running_tasks_count(&self) -> u32 {
        self.engine.task_count(self.instance) + self.engine.others(self.instance).tasks
    }

    fn any_task_group(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let requests = &self.engine.tables.requests;
        let tasks = &self.engine.instances[self.instance.index()].tasks;
        tasks.iter().any(|running| test(&requests.groups[running.group.index()]))
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.engine.instance_class(self.instance).attribute(name)
    }
}
