//! Deployments: a new revision begins, is counted, and ends.
//!
//! How tasks are replaced is the scheduler's; here is what a deployment is and what is told of it.

mod own_revision;
mod staged;

use std::collections::BTreeSet;

use super::moment::Simulation;
use super::observer::{DeploymentReport, Observer, Outcome, StuckReason};
use super::services::{Rollout, ServiceTask, Stage, revision_of};
use crate::engine::{Engine, Reason};
use crate::model::{DeploymentStrategy, RequestId};

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// The next revision of a service is asked for.
    pub(crate) fn deploy_next(&mut self, service: usize) {
        let state = &mut self.services.states[service];
        state.next_deployment += 1;
        let revision = state.next_deployment;
        self.deploy(service, revision);
    }

    /// A service shall run another revision.
    pub(crate) fn deploy(&mut self, service: usize, revision: usize) {
        self.end_rollout(service, Outcome::Superseded);
        self.begin_rollout(service, revision);
        // What a deployment in stages has started that is superseded goes before the next one starts.
        if self.services.states[service].is_beside() {
            self.stop_neither(service);
        }
    }

    fn begin_rollout(&mut self, service: usize, revision: usize) {
        let request = self.world.requests.revisions[service][revision].request;
        let (now, requests) = (self.now, &self.world.requests);
        let state = &mut self.services.states[service];
        state.revision = revision;
        state.request = request;
        state.owed.clear();
        // Going back to the revision that was completed is never done in stages.
        let is_staged = matches!(state.settings.strategy, DeploymentStrategy::Staged(_)) && revision != state.completed;
        // A new deployment ends a move between zones and the throttling of the one before.
        state.move_in_work = None;
        state.forget_failures();
        // What refused tasks of the revision before has refused none of this one.
        state.reasons.clear();
        let demand = |task: &ServiceTask| &requests[task.request].demand;
        let reserved =
            state.tasks.iter().map(demand).fold((0, 0), |(cpu, memory), demand| {
                (cpu + u64::from(demand.cpu.0), memory + u64::from(demand.memory.0))
            });
        let report = DeploymentReport {
            service: u32::try_from(service).expect("fewer services than 2^32"),
            revision: u32::try_from(revision).expect("fewer deployments than 2^32"),
            request,
            strategy: if is_staged { state.settings.strategy.name() } else { "ROLLING" },
            started: now,
            clean_up: None,
            ended: now,
            outcome: Outcome::Unfinished,
            stuck: None,
            tasks_started: 0,
            tasks_stopped: 0,
            attempts_failed: 0,
            tasks_peak: state.tasks.len() as u64,
            reserved_peak: reserved,
            zone_skew: 0,
            tasks_on_one_instance: 0,
        };
        state.rollout = Some(Rollout {
            report,
            reserved,
            failed: 0,
            healthy_seen: 0,
            is_given_up: false,
            stage: if is_staged { Stage::Beside { until: None } } else { Stage::Rolling },
            is_unplaceable: false,
            own: BTreeSet::new(),
        });
        self.services.recount(service, &self.engine);
        self.services.touch(service);
    }

    /// A task was started while a deployment is in progress.
    pub(super) fn count_in_rollout(&mut self, service: usize, request: RequestId) {
        let demand = &self.world.requests[request].demand;
        let state = &mut self.services.states[service];
        let tasks = state.tasks.len() as u64;
        let Some(Rollout { report, reserved, .. }) = &mut state.rollout else { return };
        *reserved = (reserved.0 + u64::from(demand.cpu.0), reserved.1 + u64::from(demand.memory.0));
        report.tasks_started += 1;
        report.tasks_peak = report.tasks_peak.max(tasks);
        report.reserved_peak = (report.reserved_peak.0.max(reserved.0), report.reserved_peak.1.max(reserved.1));
    }

    /// A task was stopped while a deployment is in progress.
    pub(super) fn count_out_of_rollout(&mut self, service: usize, request: RequestId) {
        let demand = &self.world.requests[request].demand;
        let Some(Rollout { report, reserved, .. }) = &mut self.services.states[service].rollout else { return };
        *reserved = (reserved.0 - u64::from(demand.cpu.0), reserved.1 - u64::from(demand.memory.0));
        report.tasks_stopped += 1;
    }

    /// A task could not be placed: to the circuit breaker it has failed.
    pub(super) fn count_failure(&mut self, service: usize, reason: Reason) {
        let now = self.now;
        let state = &mut self.services.states[service];
        let Some(rollout) = &mut state.rollout else { return };
        rollout.report.attempts_failed += 1;
        rollout.failed += 1;
        if rollout.stage != Stage::Rolling {
            // Deployments in stages have no circuit breaker (R-7.6c).
            rollout.is_unplaceable = true;
            return;
        }
        let Some(breaker) = state.settings.breaker else { return };
        if rollout.is_given_up || rollout.failed < breaker.threshold.failures(state.desired) {
            return;
        }
        // The failures of one moment may be enough, before it was seen to be stuck.
        rollout.report.stuck.get_or_insert((StuckReason::Refused(reason), now));
        if breaker.rollback && state.completed != state.revision {
            let completed = state.completed;
            self.end_rollout(service, Outcome::RolledBack);
            self.begin_rollout(service, completed);
        } else {
            rollout.is_given_up = true;
            (rollout.report.outcome, rollout.report.ended) = (Outcome::Failed, now);
            let over = self.services.want(service, 0, self.now, &self.engine);
            self.tell_withdrawn(service, &over);
        }
    }

    /// A deployment whose failures may still trip its breaker goes on trying.
    pub(super) fn some_breaker_counts(&self) -> bool {
        self.services.states.iter().any(|state| {
            let tries = state.rollout.as_ref().is_some_and(|rollout| !rollout.is_given_up);
            tries && state.settings.breaker.is_some() && !state.waiting.is_empty()
        })
    }

    /// Healthy tasks of the revision that a service wants.
    pub(super) fn healthy_new(&self, service: usize) -> usize {
        let state = &self.services.states[service];
        let is_good = |task: &&ServiceTask| {
            revision_of(&self.world.requests, service, task.request) == state.revision
                && task.is_healthy(self.now, state.settings.healthy_after)
        };
        state.tasks.iter().filter(is_good).count()
    }

    /// Notes healthy tasks, and the end of a deployment whose every task is new and healthy.
    pub(super) fn settle_rollout(&mut self, service: usize) {
        if self.services.states[service].rollout.is_none() || self.settle_beside(service) {
            return;
        }
        let healthy = self.healthy_new(service);
        let state = &mut self.services.states[service];
        let Some(rollout) = &mut state.rollout else { return };
        if healthy > rollout.healthy_seen && state.settings.breaker.is_some_and(|breaker| breaker.reset_on_healthy_task)
        {
            rollout.failed = 0;
        }
        rollout.healthy_seen = rollout.healthy_seen.max(healthy);
        let wanted = if self.services.is_daemon(service) {
            let state = &self.services.states[service];
            state.tasks.len() + state.waiting.len()
        } else {
            self.services.states[service].desired as usize
        };
        let state = &mut self.services.states[service];
        let is_whole = state.replaceable == 0 && healthy >= wanted && state.tasks.len() == wanted;
        if is_whole || state.is_early_success(healthy) {
            state.completed = state.revision;
            self.end_rollout(service, Outcome::Completed);
        }
    }

    pub(super) fn end_rollout(&mut self, service: usize, outcome: Outcome) {
        let Some(Rollout { mut report, is_given_up, .. }) = self.services.states[service].rollout.take() else {
            return;
        };
        self.services.states[service].owed.clear();
        // One that was given up ended then.
        if !is_given_up {
            (report.outcome, report.ended) = (outcome, self.now);
        }
        (report.zone_skew, report.tasks_on_one_instance) = self.skew_of(service);
        if outcome == Outcome::Completed {
            report.stuck = None;
        }
        self.observer.deployment_ended(&report);
    }

    /// The end of the run ends what is in progress.
    pub(super) fn end_rollouts(&mut self) {
        for service in 0..self.services.states.len() {
            self.end_rollout(service, Outcome::Unfinished);
        }
    }

    /// Most less fewest tasks over the zones, and most on one instance.
    fn skew_of(&mut self, service: usize) -> (u64, u64) {
        let zones = self.tasks_in_zones(service);
        let tasks = self.services.states[service].tasks.in_order();
        let on_one = tasks.chunk_by(|a, b| a.instance == b.instance).map(<[_]>::len).max();
        let most = zones.iter().max().copied().unwrap_or_default();
        (most - zones.iter().min().copied().unwrap_or_default(), on_one.unwrap_or_default() as u64)
    }
}
