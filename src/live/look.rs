//! What there is to see of a world.

use super::Live;
use crate::engine::{Grows, InstanceStatus, Remaining};
use crate::model::{GroupId, Identity, InstanceClass, InstanceId, Request, RequestId};
use crate::simulation::{Observer, ServiceLook, TaskLook};

/// A world at the moment that it is in.
#[derive(Clone, Copy, Debug)]
pub struct Look<'l, O, E> {
    pub(super) live: &'l Live<O, E>,
}

/// One instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InstanceLook<'l> {
    /// Which one.
    pub id: InstanceId,
    /// What it registered, with its attributes of now.
    pub class: &'l InstanceClass,
    /// What placement may do with it.
    pub status: InstanceStatus,
    /// What no task takes.
    pub remaining: Remaining,
    /// Tasks on it.
    pub tasks: u32,
}

impl<'l, O: Observer, E: Grows> Look<'l, O, E> {
    /// Every instance that there is or was, in order.
    pub fn instances(&self) -> impl Iterator<Item = InstanceLook<'l>> {
        let live = self.live;
        let engine = &live.simulation.engine;
        (0..engine.instance_count()).map(InstanceId::from_index).map(move |id| InstanceLook {
            id,
            class: live.class_of(id),
            status: engine.status(id),
            remaining: engine.remaining(id),
            tasks: engine.task_count(id),
        })
    }

    /// Who an instance is, if that is known.
    #[must_use]
    pub fn identity(&self, instance: InstanceId) -> Option<&'l Identity> {
        self.live.simulation.engine.identity_of(instance)
    }

    /// The names of the services, ascending.
    pub fn services(&self) -> impl Iterator<Item = &'l str> {
        self.live.services.keys().map(String::as_str)
    }

    /// A service, by its name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<ServiceLook> {
        let position = *self.live.services.get(name)?;
        Some(self.live.simulation.look_at(position))
    }

    /// Every living task, by number.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskLook> {
        let mut tasks = Vec::new();
        self.live.simulation.for_each_task(|task| tasks.push(task));
        tasks.sort_unstable();
        tasks
    }

    /// The tasks of a service, by number.
    #[must_use]
    pub fn tasks_of(&self, service: &str) -> Vec<TaskLook> {
        let mut tasks = Vec::new();
        if let Some(&position) = self.live.services.get(service) {
            self.live.simulation.for_each_task_of(position, |task| tasks.push(task));
        }
        tasks.sort_unstable();
        tasks
    }

    /// A kind of task.
    ///
    /// # Panics
    /// If it is none of this world.
    #[must_use]
    pub fn kind(&self, kind: RequestId) -> &'l Request {
        &self.live.simulation.world.requests[kind]
    }

    /// The name of a task group.
    ///
    /// # Panics
    /// If it is none of this world.
    #[must_use]
    pub fn group(&self, group: GroupId) -> &'l str {
        &self.live.simulation.world.requests.groups[group.index()]
    }

    /// The names of the zones.
    #[must_use]
    pub fn zones(&self) -> &'l [String] {
        &self.live.simulation.world.fleet.zones
    }
}
