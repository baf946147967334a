//! What is told of tasks that are not placed in the moment in which they ask.
//!
//! A task that its capacity provider grows for waits; any other is refused, and again at each retry. Of a service only
//! the oldest task is tried: those behind it wait for the same thing, so the refusal of the first is theirs too, once
//! each. So how many tasks met a refusal does not depend on how often services try again (M22).

use super::moment::Simulation;
use super::observer::{Observer, Rejection, Wait, Withdrawal};
use super::services::WaitingTask;
use crate::engine::{Engine, Reason};
use crate::model::RequestId;

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Whether tasks of this kind go through a capacity provider with managed scaling, so that they wait for it.
    pub(super) fn is_scaled_for(&self, request: RequestId) -> bool {
        let providers = &self.world.dynamics.providers;
        self.world.requests[request].only.provider.is_some_and(|id| providers[id.index()].managed_scaling)
    }

    pub(super) fn provisioning_quota(&self) -> u64 {
        u64::from(self.world.dynamics.provider_options.provisioning_quota)
    }

    /// Tells of the tasks of a service that stand behind one that was refused, each once.
    pub(super) fn tell_those_behind(&mut self, service: usize) {
        let state = &self.services.states[service];
        let silent = state.waiting.iter().rev().take_while(|task| !task.is_told).count();
        if silent == 0 {
            return;
        }
        let first = state.waiting.len() - silent;
        let mut provisioning = self.provisioning_told();
        for position in first..state.waiting.len() {
            let state = &mut self.services.states[service];
            let Some(&reason) = state.reasons.get(&state.waiting[position].item) else { continue };
            let task = &mut state.waiting[position];
            task.is_told = true;
            let task = *task;
            let request = self.services.request_of(service, task.item);
            if self.is_scaled_for(request) {
                provisioning += 1;
                self.tell_waiting(task, request, self.within_quota(provisioning, reason));
            } else {
                self.tell_refused(task, request, reason, true);
            }
        }
    }

    /// How many tasks were told to wait for a provider and still do.
    pub(super) fn provisioning_told(&self) -> u64 {
        self.provisioning.len() + self.services.told_to_wait_for_providers()
    }

    /// What the task waits for that is the so manieth to be PROVISIONING: the quota, if it is beyond that.
    pub(super) fn within_quota(&self, provisioning: u64, reason: Reason) -> Reason {
        if provisioning > self.provisioning_quota() { Reason::ProvisioningQuota } else { reason }
    }

    pub(super) fn tell_waiting(&mut self, task: WaitingTask, request: RequestId, reason: Reason) {
        let WaitingTask { number, asked, .. } = task;
        self.observer.waiting(&Wait { at: self.now, task: number, request, reason, asked });
    }

    pub(super) fn tell_refused(&mut self, task: WaitingTask, request: RequestId, reason: Reason, is_first: bool) {
        let (at, WaitingTask { number, asked, .. }) = (self.now, task);
        self.observer.rejected(&Rejection {
            at,
            task: number,
            request,
            reason,
            asked,
            waits: true,
            is_first,
            is_timed_out: false,
        });
    }

    /// Tells of tasks that waited and are wanted no more. What was asked for and taken back within a moment never asked.
    pub(super) fn tell_withdrawn(&mut self, service: usize, tasks: &[WaitingTask]) {
        for task in tasks.iter().filter(|task| task.is_told) {
            let request = self.services.request_of(service, task.item);
            let (at, &WaitingTask { number, asked, .. }) = (self.now, task);
            self.observer.withdrawn(&Withdrawal { at, task: number, request, asked });
        }
    }
}
