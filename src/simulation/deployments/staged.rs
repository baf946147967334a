//! Deployments in stages: BLUE_GREEN, LINEAR and CANARY (R-7.6c).
//!
//! The new revision (green) is started whole beside the old one (blue). Once green is healthy, traffic moves and the bake
//! time passes, which moves no task; only then may blue go. Until then each revision keeps its own desired count, by
//! itself: what blue loses is replaced by blue. If green cannot be placed the deployment fails, green goes and blue stays.
//!
//! # Invariant
//! There are never more tasks than twice the maximum of the service.

use crate::engine::{Engine, InstanceStatus};
use crate::model::DeploymentStrategy;
use crate::simulation::moment::Simulation;
use crate::simulation::observer::{Observer, Outcome, StopCause, StuckReason};
use crate::simulation::services::{ServiceTask, Stage, revision_of};

/// One revision of a service and what of it runs.
#[derive(Clone, Copy, Debug)]
struct Set {
    revision: usize,
    /// Tasks on instances that do not drain.
    staying: usize,
    healthy: usize,
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    fn is_draining(&self, task: &ServiceTask) -> bool {
        self.engine.status(task.instance) == InstanceStatus::Draining
    }

    fn set(&self, service: usize, revision: usize) -> Set {
        let state = &self.services.states[service];
        let mut set = Set { revision, staying: 0, healthy: 0 };
        for task in state.tasks.iter().filter(|task| self.revision_of(service, task) == revision) {
            set.staying += usize::from(!self.is_draining(task));
            set.healthy += usize::from(task.is_healthy(self.now, state.settings.healthy_after));
        }
        set
    }

    fn revision_of(&self, service: usize, task: &ServiceTask) -> usize {
        revision_of(&self.world.requests, service, task.request)
    }

    /// What blue has too few of is owed to it.
    pub(in crate::simulation) fn owe_blue(&mut self, service: usize) {
        let blue = self.set(service, self.services.states[service].completed);
        let request = self.world.requests.revisions[service][blue.revision].request;
        let state = &mut self.services.states[service];
        let missing = (state.desired as usize).saturating_sub(blue.staying);
        state.owed.clear();
        if missing > 0 {
            state.owed.insert(request, missing);
        }
    }

    /// Stops what is too much of either revision, what drains, and what is of neither; tells whether anything was.
    pub(in crate::simulation) fn stop_beside(&mut self, service: usize) -> bool {
        let state = &self.services.states[service];
        let (blue, green) = (state.completed, state.revision);
        let mut stopped = self.stop_neither(service);
        for revision in [blue, green] {
            let (now, after) = (self.now, self.services.states[service].settings.healthy_after);
            stopped += self.stop_where(service, usize::MAX, StopCause::Drained, |task, of, drains| {
                of == revision && drains && !task.is_healthy(now, after)
            });
            let spare = self.set(service, revision).healthy.saturating_sub(self.services.states[service].minimum());
            stopped += self.stop_where(service, spare, StopCause::Drained, |_, of, drains| of == revision && drains);
            let surplus =
                self.set(service, revision).staying.saturating_sub(self.services.states[service].desired as usize);
            stopped +=
                self.stop_where(service, surplus, StopCause::ScaledIn, |_, of, drains| of == revision && !drains);
        }
        stopped > 0
    }

    /// Stops what is of neither revision; answers how many.
    pub(in crate::simulation) fn stop_neither(&mut self, service: usize) -> usize {
        let state = &self.services.states[service];
        let (blue, green) = (state.completed, state.revision);
        let is_neither = |_: &ServiceTask, revision, _| revision != blue && revision != green;
        self.stop_where(service, usize::MAX, StopCause::Deployment, is_neither)
    }

    /// Stops up to `wanted` unprotected tasks of which `is_meant` holds, given their revision and whether they drain.
    fn stop_where(
        &mut self,
        service: usize,
        wanted: usize,
        cause: StopCause,
        is_meant: impl Fn(&ServiceTask, usize, bool) -> bool,
    ) -> usize {
        let state = &self.services.states[service];
        let may_go = |task: &&ServiceTask| {
            is_meant(task, self.revision_of(service, task), self.is_draining(task))
                && !state.is_protected(task, self.now)
        };
        let mut allowed: Vec<u64> = state.tasks.iter().filter(may_go).map(|task| task.number).collect();
        allowed.sort_unstable();
        let wanted = wanted.min(allowed.len());
        if wanted == 0 {
            return 0;
        }
        let chosen = self.choose_victims(service, wanted, |task| allowed.binary_search(&task.number).is_ok());
        for &task in &chosen {
            self.stop_service_task(service, task, cause);
        }
        self.services.recount(service, &self.engine);
        chosen.len()
    }

    /// Goes on with a deployment in stages; tells whether both revisions still run whole.
    pub(in crate::simulation) fn settle_beside(&mut self, service: usize) -> bool {
        let state = &self.services.states[service];
        let (Some(Stage::Beside { until }), DeploymentStrategy::Staged(staged)) =
            (state.stage(), state.settings.strategy)
        else {
            return false;
        };
        if state.rollout.as_ref().is_some_and(|rollout| rollout.is_unplaceable) {
            self.fail_staged(service);
            return true;
        }
        let (now, desired) = (self.now, state.desired as usize);
        let is_whole = || state.waiting.is_empty() && self.set(service, state.revision).healthy >= desired;
        let until = until.or_else(|| is_whole().then(|| now.after(staged.beside())));
        let is_over = until.is_some_and(|until| until <= now);
        let state = &mut self.services.states[service];
        let Some(rollout) = &mut state.rollout else { return false };
        rollout.stage = Stage::Beside { until };
        if is_over {
            rollout.stage = Stage::CleanUp;
            rollout.report.clean_up = Some(now);
            state.completed = state.revision;
            state.owed.clear();
            self.services.touch(service);
        }
        true
    }

    /// Green goes and blue stays.
    fn fail_staged(&mut self, service: usize) {
        let over = self.services.want(service, 0, self.now, &self.engine);
        self.tell_withdrawn(service, &over);
        let state = &mut self.services.states[service];
        if let Some(reason) = state.refused {
            state.note_stuck(self.now, Some(StuckReason::Refused(reason)));
        }
        self.end_rollout(service, Outcome::Failed);
        let state = &mut self.services.states[service];
        state.revision = state.completed;
        state.request = self.world.requests.revisions[service][state.completed].request;
        self.services.recount(service, &self.engine);
        self.services.touch(service);
    }
}
