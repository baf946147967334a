//! What there is to see of a simulation at one moment, beside what observers are told.

use super::moment::Simulation;
use super::observer::Observer;
use super::services::ServiceTask;
use crate::engine::Engine;
use crate::model::{InstanceId, RequestId, ServiceSettings, SimTime};

/// One living task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskLook {
    /// Its number.
    pub task: u64,
    /// Its kind.
    pub kind: RequestId,
    /// Where it runs.
    pub instance: InstanceId,
    /// Since when its containers run; later than now while it is PENDING. Of a standalone task that is not known.
    pub runs: Option<SimTime>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLook {
    /// How many tasks it wants.
    pub desired: u32,
    /// How many run.
    pub running: u64,
    /// How many are placed, and held PENDING by what still stops there.
    pub pending: u64,
    /// How many wait to be placed.
    pub waiting: u64,
    /// The kind of task that it starts now.
    pub kind: RequestId,
    /// The number of its revision, from 0.
    pub revision: usize,
    /// A deployment is in progress, since then.
    pub deployment_since: Option<SimTime>,
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// The service at a position.
    pub(crate) fn look_at(&self, service: usize) -> ServiceLook {
        let state = &self.services.states[service];
        let pending = state.tasks.iter().filter(|task| task.is_pending(self.now)).count() as u64;
        ServiceLook {
            desired: state.desired,
            running: state.tasks.len() as u64 - pending,
            pending,
            waiting: state.waiting.len() as u64,
            kind: state.request,
            revision: state.revision,
            deployment_since: state.rollout.as_ref().map(|rollout| rollout.report.started),
        }
    }

    /// The settings of the service at a position.
    pub(crate) fn settings(&self, service: usize) -> &ServiceSettings {
        &self.services.states[service].settings
    }

    /// How many tasks the service at a position wants.
    pub(crate) fn desired(&self, service: usize) -> u32 {
        self.services.states[service].desired
    }

    /// The revision that the service at a position wants.
    pub(crate) fn revision(&self, service: usize) -> usize {
        self.services.states[service].revision
    }

    /// The next revision that a scenario has foreseen for a service is of this definition.
    pub(crate) fn foresees(&self, service: usize, definition: crate::model::DefinitionId) -> bool {
        let next = self.services.states[service].next_deployment + 1;
        let foreseen = self.services.states[service].settings.deployments.len();
        let revisions = &self.world.requests.revisions[service];
        next <= foreseen && revisions.get(next).is_some_and(|revision| revision.definition == definition)
    }

    /// The number of the next task that is asked for by itself.
    pub(crate) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Every living task, in no particular order.
    pub(crate) fn for_each_task(&self, mut visit: impl FnMut(TaskLook)) {
        for service in 0..self.services.states.len() {
            self.for_each_task_of(service, &mut visit);
        }
        self.living.for_each(|task| {
            visit(TaskLook { task: task.number, kind: task.request, instance: task.instance, runs: None });
        });
    }

    /// Every living task of the service at a position, in no particular order.
    pub(crate) fn for_each_task_of(&self, service: usize, mut visit: impl FnMut(TaskLook)) {
        let look = |task: &ServiceTask| TaskLook {
            task: task.number,
            kind: task.request,
            instance: task.instance,
            runs: Some(task.runs),
        };
        self.services.states[service].tasks.iter().for_each(|task| visit(look(task)));
    }
}
