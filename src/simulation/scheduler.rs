//! Services act: they start what is missing, one turn each, and stop what is too much, within their bounds.
//!
//! A service acts in a moment in which something has happened to it, or when its retry is due. It starts first and
//! stops then; what it may start after its stops, it starts in the same moment. The first refusal ends its starts for
//! the moment.

use std::collections::BTreeSet;

use super::departures::LiveTask;
use super::moment::{NEVER, Simulation};
use super::observer::{Observer, StopCause, StuckReason};
use super::services::{ServiceTask, Stage, State, revision_of};
use super::timers::Timer;
use crate::engine::{Engine, InstanceStatus, Placed, Reason};
use crate::model::{RequestId, SimTime, Turns};
use crate::workload::{Origin, Purpose};

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Every service that something has happened to acts.
    pub(super) fn services_act(&mut self) {
        if self.services.has_dirty() {
            while self.services.has_dirty() {
                self.act_without_retry();
            }
            self.schedule_retry();
        }
    }

    pub(super) fn act_without_retry(&mut self) {
        let all = self.services.take_dirty();
        let (daemons, replicas): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|&&service| self.services.is_daemon(service));
        daemons.iter().for_each(|&service| self.act_as_daemon(service));
        replicas.iter().for_each(|&service| self.services.states[service].forget_refusals());
        let mut moving = replicas.clone();
        while !moving.is_empty() {
            // What was stopped may have made room where a daemon waits.
            self.offer_freed_room();
            moving.iter().for_each(|&service| self.ask_for_missing(service));
            moving.iter().for_each(|&service| self.start_owed(service));
            self.start_in_turns(&moving);
            // Told before anything stops: there was no room then.
            moving.iter().for_each(|&service| self.tell_those_behind(service));
            moving.retain(|&service| self.stop_surplus(service) && self.services.states[service].refused.is_none());
        }
        replicas.iter().for_each(|&service| self.settle_service(service));
    }

    fn ask_for_missing(&mut self, service: usize) {
        let (now, state) = (self.now, &mut self.services.states[service]);
        while state.stopping.front().is_some_and(|&gone| gone <= now) {
            state.stopping.pop_front();
        }
        self.trim_owed(service);
        let wanted = self.services.states[service].startable();
        let over = self.services.want(service, wanted, now, &self.engine);
        self.tell_withdrawn(service, &over);
    }

    fn start_in_turns(&mut self, services: &[usize]) {
        match self.world.dynamics.services.turns {
            Turns::RoundRobin => {
                let mut turns = services.to_vec();
                while !turns.is_empty() {
                    turns.retain(|&service| self.offer(service));
                }
            }
            Turns::OldestPending => {
                let turn = |simulation: &Self, service| (simulation.services.turn(service), service);
                let mut turns: BTreeSet<_> = services.iter().map(|&service| turn(self, service)).collect();
                while let Some((_, service)) = turns.pop_first() {
                    if self.offer(service) {
                        turns.insert(turn(self, service));
                    }
                }
            }
        }
    }

    /// Tries the oldest waiting task of a service whose capacity provider has not refused one in this moment; tells
    /// whether another may try.
    pub(super) fn offer(&mut self, service: usize) -> bool {
        let Some((position, task)) = self.services.states[service].first_offer() else { return false };
        let request = self.services.request_of(service, task.item);
        match self.engine.place(request) {
            Some(placed) => {
                self.services.take_waiting(service, position);
                self.start(service, task.number, task.asked, request, placed);
                true
            }
            None => {
                let reason = self.engine.refusal(request);
                self.services.states[service].refused_items |= 1 << task.item;
                self.refuse(service, position, request, reason);
                let state = &self.services.states[service];
                state.settings.providers.has_choice() && state.first_offer().is_some()
            }
        }
    }

    /// Keeps the books of a task of a service that was just placed.
    pub(super) fn start(&mut self, service: usize, number: u64, asked: SimTime, request: RequestId, placed: Placed) {
        let instance = placed.instance;
        self.tell_start(number, request, placed, asked);
        let runs = self.hold(number, request, instance);
        let state = &mut self.services.states[service];
        state.tasks.push(ServiceTask { number, runs, is_found: false, instance, request });
        state.forget_failures();
        if state.rollout.is_some() {
            self.count_in_rollout(service, request);
        }
    }

    /// Keeps the books of the task at a position among those that wait, which could not be placed. A task that waits for
    /// its provider to grow has not failed: it neither throttles the service nor counts for its breaker.
    pub(super) fn refuse(&mut self, service: usize, position: usize, request: RequestId, reason: Reason) {
        let state = &mut self.services.states[service];
        state.refused = Some(reason);
        state.tried = self.times_room_came;
        let task = &mut state.waiting[position];
        let (told, is_first) = (*task, !task.is_told);
        task.is_told = true;
        state.reasons.insert(told.item, reason);
        if self.is_scaled_for(request) && told.on.is_none() {
            if is_first {
                let reason = self.within_quota(self.provisioning_told(), reason);
                self.tell_waiting(told, request, reason);
            }
            return;
        }
        self.tell_refused(told, request, reason, is_first);
        if self.world.dynamics.services.throttle {
            let (now, first) = (self.now, self.world.retry_interval);
            self.services.states[service].back_off(now, first);
        }
        self.count_failure(service, reason);
    }

    /// Stops what a service has too much of; tells whether it stopped anything.
    fn stop_surplus(&mut self, service: usize) -> bool {
        if self.services.states[service].is_beside() {
            return self.stop_beside(service);
        }
        let mut stopped = 0;
        if self.services.states[service].replaceable > 0 {
            stopped += self.stop_replaceable(service);
        }
        let state = &self.services.states[service];
        let kept = state.desired as usize + usize::from(state.move_in_work.is_some());
        let surplus = state.good().saturating_sub(kept);
        if surplus > 0 {
            let may_go = |simulation: &State<'_>, task: &ServiceTask, now| !simulation.is_protected(task, now);
            stopped += self.give_up(service, surplus, StopCause::ScaledIn, Which::Good, may_go);
        }
        stopped > 0
    }

    /// those that are not healthy are free to go; healthy ones go while enough healthy ones stay.
    fn stop_replaceable(&mut self, service: usize) -> usize {
        let requests = self.world.requests.clone();
        let is_done = self.has_enough_new(service);
        let is_free = |state: &State<'_>, task: &ServiceTask, now| {
            let rollout = state.rollout.as_ref();
            let is_old = || revision_of(&requests, service, task.request) != state.revision;
            let is_own = rollout.is_some_and(|rollout| rollout.own.contains(&task.number)) && !is_done;
            let is_left_over = rollout.is_some_and(|rollout| rollout.stage == Stage::CleanUp) && is_old();
            let is_unhealthy = !task.is_healthy(now, state.settings.healthy_after);
            !state.is_protected(task, now) && (is_left_over || (is_unhealthy && !is_own))
        };
        let stopped = self.give_up(service, usize::MAX, StopCause::Deployment, Which::Replaceable, is_free);
        let state = &self.services.states[service];
        let spare = state.healthy(self.now).saturating_sub(state.minimum());
        let may_go = |state: &State<'_>, task: &ServiceTask, now| !state.is_protected(task, now);
        stopped + self.give_up(service, spare, StopCause::Deployment, Which::Replaceable, may_go)
    }

    /// Stops up to `wanted` tasks of a kind for which `may_go` holds, chosen by; answers how many.
    fn give_up(
        &mut self,
        service: usize,
        wanted: usize,
        cause: StopCause,
        which: Which,
        may_go: impl Fn(&State<'_>, &ServiceTask, SimTime) -> bool,
    ) -> usize {
        let now = self.now;
        let (engine, services) = (&self.engine, &self.services);
        let state = &services.states[service];
        let is_draining = |task: &ServiceTask| engine.status(task.instance) == InstanceStatus::Draining;
        let is_replaceable =
            |task: &ServiceTask| state.replaceable > 0 && (services.is_old(service, task.request) || is_draining(task));
        let allowed: Vec<u64> = if which == Which::Good && state.replaceable == 0 && !state.protects() {
            Vec::new()
        } else {
            let is_allowed =
                |task: &&ServiceTask| is_replaceable(task) == (which == Which::Replaceable) && may_go(state, task, now);
            let mut allowed: Vec<u64> = state.tasks.iter().filter(is_allowed).map(|task| task.number).collect();
            allowed.sort_unstable();
            if allowed.is_empty() {
                return 0;
            }
            allowed
        };
        let wanted = if allowed.is_empty() { wanted } else { wanted.min(allowed.len()) };
        let may_go = |task: &ServiceTask| allowed.is_empty() || allowed.binary_search(&task.number).is_ok();
        let chosen = self.choose_victims(service, wanted, may_go);
        for &task in &chosen {
            let is_drained = self.engine.status(task.instance) == InstanceStatus::Draining;
            let cause = if is_drained && which == Which::Replaceable { StopCause::Drained } else { cause };
            self.stop_service_task(service, task, cause);
        }
        if which == Which::Replaceable {
            self.services.states[service].replaceable -= chosen.len();
        }
        chosen.len()
    }

    /// Takes up to `wanted` tasks for which `may_go` holds out of a service, chosen by.
    pub(super) fn choose_victims(
        &mut self,
        service: usize,
        wanted: usize,
        may_go: impl Fn(&ServiceTask) -> bool,
    ) -> Vec<ServiceTask> {
        let draws_made = self.draws_made.entry(service).or_insert(0);
        let (seed, name) = (self.world.seed, format!("service\n{}", self.services.states[service].name));
        // Few rules draw, so the stream is opened only when one does.
        let mut draw = |count: usize| {
            *draws_made += 1;
            Origin::only(seed, &name).draws(Purpose::ScaleIn).below(*draws_made - 1, count)
        };
        self.services.give_up(service, &self.engine, self.now, wanted, &mut draw, may_go)
    }

    /// Keeps the books of a task that was taken out of its service.
    pub(super) fn stop_service_task(&mut self, service: usize, task: ServiceTask, cause: StopCause) {
        let ServiceTask { number, request, instance, .. } = task;
        self.stop_task(LiveTask { number, request, instance }, cause);
        let options = self.world.dynamics.services;
        let state = &mut self.services.states[service];
        if !state.protected.is_empty() {
            state.protected.remove(&number);
        }
        if options.maximum_counts_stopping && options.stop_delay.0 > 0 && cause != StopCause::InstanceLost {
            state.stopping.push_back(self.now.after(options.stop_delay));
        }
        if state.rollout.is_some() {
            self.count_out_of_rollout(service, request);
            if cause == StopCause::InstanceLost {
                self.owe(service, request, 1);
            }
        }
    }

    /// After a service has acted: is its deployment over, can it move a task, when does it look again?
    pub(super) fn settle_service(&mut self, service: usize) {
        self.tell_those_behind(service);
        self.settle_rollout(service);
        self.rebalance(service);
        let state = &self.services.states[service];
        let surplus = state.tasks.len() > state.desired as usize;
        let watches = state.replaceable > 0
            || state.rollout.is_some()
            || state.move_in_work.is_some()
            || surplus
            || !state.stopping.is_empty()
            || !state.protected.is_empty()
            || (state.settings.rebalancing && state.waiting.is_empty());
        if watches {
            let at = state.next_change(self.now);
            self.note_whether_stuck(service, at);
            self.wake_at(service, at);
        }
    }

    fn note_whether_stuck(&mut self, service: usize, next_change: SimTime) {
        let (now, state) = (self.now, &mut self.services.states[service]);
        let Some(rollout) = &state.rollout else { return };
        if rollout.is_given_up {
            return;
        }
        let waits_for_protection = || {
            let unprotected_and_healthy = |task: &ServiceTask| {
                task.is_healthy(now, state.settings.healthy_after) && state.is_protected(task, now)
            };
            state.replaceable > 0 && state.tasks.iter().any(unprotected_and_healthy)
        };
        let reason = match state.refused {
            Some(reason) if next_change == NEVER => Some(StuckReason::Refused(reason)),
            None if next_change == NEVER && state.replaceable > 0 => Some(StuckReason::Percentages),
            _ if next_change != NEVER && waits_for_protection() => Some(StuckReason::Protection),
            _ => None,
        };
        state.note_stuck(now, reason);
    }

    pub(super) fn wake_at(&mut self, service: usize, at: SimTime) {
        let state = &mut self.services.states[service];
        if at != NEVER && (state.wake == NEVER || at < state.wake) {
            state.wake = at;
            self.timers.set(at, Timer::Service(u32::try_from(service).expect("fewer services than 2^32")));
        }
    }

    pub(super) fn wake(&mut self, service: usize) {
        let state = &mut self.services.states[service];
        if state.wake == self.now {
            state.wake = NEVER;
            self.services.touch(service);
        }
    }

    /// The desired count of a service is another one from now on.
    pub(super) fn change_desired(&mut self, service: usize) {
        let (now, state) = (self.now, &self.services.states[service]);
        let desired = match &state.settings.curve {
            Some(curve) => curve.at(now),
            None => state.settings.steps.iter().rev().find(|step| step.0 <= now).map_or(state.desired, |step| step.1),
        };
        if let Some(at) = state.settings.curve.as_ref().and_then(|curve| curve.next_change(now)) {
            self.timers.set(at, Timer::Desired(u32::try_from(service).expect("fewer services than 2^32")));
        }
        self.set_desired(service, desired);
    }

    /// So many tasks of a service are wanted from now on.
    pub(crate) fn set_desired(&mut self, service: usize, desired: u32) {
        let before = std::mem::replace(&mut self.services.states[service].desired, desired);
        self.owe_share(service, before);
        self.services.touch(service);
    }
}

/// Which tasks of a service may be chosen from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those that are to be replaced.
    Replaceable,
    /// Those that are there to stay.
    Good,
}
