//! Tasks of an older revision that are started while a deployment is in progress (R-7.6a): what was lost is replaced by
//! its own revision, and a scale-out adds to both in proportion.
//!
//! They stand beside the tasks that wait: each is tried when its service acts, and again when something has stopped or
//! an instance has come. Once enough tasks of the new revision are healthy, or enough of all that an old one may stop,
//! nobody needs them.

use crate::engine::Engine;
use crate::model::{Replacements, RequestId};
use crate::simulation::moment::Simulation;
use crate::simulation::observer::{Observer, Rejection, StuckReason};
use crate::simulation::services::{ServiceTask, Stage, revision_of};

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Whether tasks of the old revision are replaced by their own now.
    fn replaces_own(&self, service: usize) -> bool {
        let state = &self.services.states[service];
        let is_rolling = state.stage() == Some(Stage::Rolling) && !state.is_given_up();
        is_rolling
            && !self.services.is_daemon(service)
            && self.world.dynamics.services.replacements == Replacements::OwnRevision
    }

    /// The kind of request that replaces one of an older revision: the same, held to no zone. `None` if the revision is not
    /// known or is the one that is wanted.
    fn own_request(&self, service: usize, request: RequestId) -> Option<RequestId> {
        let requests = &self.world.requests;
        let revision = revision_of(requests, service, request);
        if revision == self.services.states[service].revision {
            return None;
        }
        let known = requests.revisions[service].get(revision)?;
        let shares = &self.services.states[service].settings.providers.0;
        let item = shares.iter().position(|share| Some(share.provider) == requests[request].only.provider);
        Some(known.through(item.unwrap_or_default()))
    }

    /// Tasks like this one were lost, and are to be replaced by their own revision.
    pub(in crate::simulation) fn owe(&mut self, service: usize, request: RequestId, count: usize) {
        if count > 0
            && self.replaces_own(service)
            && let Some(own) = self.own_request(service, request)
        {
            *self.services.states[service].owed.entry(own).or_default() += count;
        }
    }

    /// The desired count of a service was another one: of what it rose by, the older revision has its share (U-24).
    pub(in crate::simulation) fn owe_share(&mut self, service: usize, before: u32) {
        let state = &self.services.states[service];
        let more = state.desired.saturating_sub(before) as usize;
        if more == 0 || !self.replaces_own(service) {
            return;
        }
        let requests = &self.world.requests;
        let is_old = |request| revision_of(requests, service, request) != state.revision;
        let old: Vec<RequestId> = state.tasks.iter().map(|task| task.request).filter(|&id| is_old(id)).collect();
        if let Some(&kind) = old.iter().max() {
            let share = more * old.len() / state.tasks.len();
            self.owe(service, kind, share);
        }
    }

    /// Enough of the new revision is healthy: the old one has nothing left to do.
    pub(in crate::simulation) fn has_enough_new(&self, service: usize) -> bool {
        let state = &self.services.states[service];
        state.rollout.is_none() || self.healthy_new(service) >= state.desired as usize
    }

    /// Whether a task of an older revision may be stopped now: then none is started, to be stopped again.
    fn can_stop_old(&self, service: usize) -> bool {
        let (now, state) = (self.now, &self.services.states[service]);
        let may_go = |task: &ServiceTask| {
            task.is_healthy(now, state.settings.healthy_after)
                && !state.is_protected(task, now)
                && self.services.is_old(service, task.request)
        };
        state.healthy(now) > state.minimum() && state.tasks.iter().any(may_go)
    }

    /// Takes back what is owed and needed no more.
    pub(in crate::simulation) fn trim_owed(&mut self, service: usize) {
        if self.services.states[service].is_beside() {
            return self.owe_blue(service);
        }
        if self.services.states[service].owed.is_empty() {
            return;
        }
        if !self.replaces_own(service) || self.has_enough_new(service) || self.can_stop_old(service) {
            self.services.states[service].owed.clear();
            return;
        }
        let requests = &self.world.requests;
        let state = &mut self.services.states[service];
        let new = state.tasks.iter().filter(|task| revision_of(requests, service, task.request) == state.revision);
        let old = state.tasks.len() - new.count();
        let mut most = (state.desired as usize).saturating_sub(old);
        for owed in state.owed.values_mut() {
            *owed = (*owed).min(most);
            most -= *owed;
        }
        state.owed.retain(|_, owed| *owed > 0);
    }

    /// Starts what is owed, as far as there is room.
    pub(in crate::simulation) fn start_owed(&mut self, service: usize) {
        while self.services.states[service].room() > 0
            && let Some(request) = self.services.states[service].owed.keys().next().copied()
        {
            let number = self.services.fresh_number();
            let Some(placed) = self.engine.place(request) else {
                return self.refuse_owed(service, number, request);
            };
            let state = &mut self.services.states[service];
            state.owed_is_refused = false;
            if let Some(owed) = state.owed.get_mut(&request) {
                *owed -= 1;
            }
            state.owed.retain(|_, owed| *owed > 0);
            if let Some(rollout) = &mut state.rollout {
                rollout.own.insert(number);
            }
            self.start(service, number, self.now, request, placed);
            // What was just started is of an older revision, which is to go in the end.
            self.services.recount(service, &self.engine);
        }
    }

    /// There is no room for a task of an older revision: told once, until one has found some.
    fn refuse_owed(&mut self, service: usize, number: u64, request: RequestId) {
        let reason = self.engine.refusal(request);
        self.services.wants_room(service);
        let state = &mut self.services.states[service];
        state.refused = Some(reason);
        state.note_stuck(self.now, Some(StuckReason::Refused(reason)));
        if !std::mem::replace(&mut state.owed_is_refused, true) {
            self.observer.rejected(&Rejection {
                at: self.now,
                task: number,
                request,
                reason,
                asked: self.now,
                waits: true,
                is_first: false,
                is_timed_out: false,
            });
        }
    }
}
