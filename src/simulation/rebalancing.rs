//! AZ rebalancing: in steady state a service moves one task at a time to an emptier zone.
//!
//! The zones that count are those with an ACTIVE instance that the service may use (U-16). A step starts a task in the
//! lightest zone, waits until it is healthy, and stops one in the heaviest. Where the lightest has no room the next
//! lightest is tried, as long as it is below the heaviest by more than one. A service that finds no room looks again
//! when something has stopped, and when something has happened to it or to the instances.

use std::cmp::Reverse;

use super::moment::Simulation;
use super::observer::{Observer, Rejection, StopCause};
use super::services::ServiceTask;
use super::timers::Timer;
use crate::engine::Engine;
use crate::model::{InstanceId, RequestId, Rule, Scheduling, SimTime, ZoneId};

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// Goes on with a move between zones, or begins one.
    pub(super) fn rebalance(&mut self, service: usize) {
        if !self.is_rebalanced(service) {
            return;
        }
        if let Some(number) = self.services.states[service].move_in_work {
            return self.finish_move(service, number);
        }
        if self.now == SimTime::ZERO {
            // What is found is the state of a moment; ECS looks at it in a moment of its own.
            let next = self.now.after(self.world.retry_interval);
            self.timers.set(next, Timer::Service(u32::try_from(service).expect("fewer services than 2^32")));
        } else if self.services.states[service].is_steady(self.now) {
            self.begin_move(service);
        }
    }

    /// REPLICA, zones first in its strategy, no constraint on zones (its requests by zone are absent then), and
    /// room above the desired count.
    fn is_rebalanced(&self, service: usize) -> bool {
        let state = &self.services.states[service];
        let chain = &self.world.requests[state.request].strategy.0;
        state.settings.rebalancing
            && state.settings.scheduling == Scheduling::Replica
            && !self.world.requests.revisions[service][state.revision].by_zone.is_empty()
            && chain.first().is_some_and(Rule::is_spread_zones)
            && state.maximum() > state.desired as usize
    }

    /// Starts a task in the lightest zone that takes one, of those below the heaviest by more than one.
    fn begin_move(&mut self, service: usize) {
        let fleet = &self.world.fleet;
        let counts =
            self.tasks_in_zones(service).into_iter().zip(0..).filter(|&(_, zone)| fleet.is_known(ZoneId(zone)));
        let counts: Vec<(u64, u32)> = counts.collect();
        let most = counts.iter().map(|&(count, _)| count).max().unwrap_or_default();
        let lighter = counts.into_iter().filter(|&(count, _)| count + 1 < most);
        let mut lighter: Vec<(u64, ZoneId)> = lighter.map(|(count, zone)| (count, ZoneId(zone))).collect();
        lighter.sort_unstable();
        if lighter.is_empty() {
            self.services.states[service].move_is_refused = false;
            return;
        }
        let item = usize::from(self.services.dealer(service, &self.engine).next());
        let requests = self.world.requests.clone();
        let revision = &requests.revisions[service][self.services.states[service].revision];
        let (anywhere, zones) = (revision.through(item), self.world.fleet.zones.len());
        for (_, zone) in lighter {
            if self.is_open(anywhere, zone) && self.move_to(service, revision.through_in(item, zone, zones)) {
                return;
            }
        }
    }

    /// A zone counts if it has an ACTIVE instance that the service may use (U-16).
    fn is_open(&self, request: RequestId, zone: ZoneId) -> bool {
        let classes = &self.world.fleet.classes;
        let is_there = |id: &InstanceId| classes[self.engine.class(*id).index()].zone == zone;
        let instances = (0..self.engine.instance_count()).map(InstanceId::from_index).filter(is_there);
        self.instances.has_active_in(zone) && { instances }.any(|id| self.engine.is_eligible(request, id))
    }

    /// Starts a task in a zone, if there is room. That there is none is told once, until a move has begun.
    fn move_to(&mut self, service: usize, request: RequestId) -> bool {
        let number = self.services.fresh_number();
        if let Some(placed) = self.engine.place(request) {
            let state = &mut self.services.states[service];
            state.move_in_work = Some(number);
            state.move_is_refused = false;
            self.start(service, number, self.now, request, placed);
            if self.services.states[service].settings.healthy_after.0 == 0 {
                self.services.touch(service);
            }
            return true;
        }
        if !self.services.states[service].move_is_refused {
            let (at, asked, reason) = (self.now, self.now, self.engine.refusal(request));
            self.observer.rejected(&Rejection {
                at,
                task: number,
                request,
                reason,
                asked,
                waits: true,
                is_first: false,
                is_timed_out: false,
            });
        }
        self.services.states[service].move_is_refused = true;
        self.services.wants_room(service);
        false
    }

    fn finish_move(&mut self, service: usize, number: u64) {
        let (now, state) = (self.now, &mut self.services.states[service]);
        let moved = state.tasks.iter().find(|task| task.number == number).copied();
        // A task that is gone, or a service that has other things to do, ends the move.
        let Some(moved) = moved.filter(|_| state.rollout.is_none() && state.replaceable == 0) else {
            state.move_in_work = None;
            return self.services.touch(service);
        };
        if !moved.is_healthy(now, state.settings.healthy_after) {
            return;
        }
        if state.tasks.len() <= state.desired as usize {
            // Others were lost in the meantime: the new task stands for one of them, and none is too many.
            state.move_in_work = None;
            return self.services.touch(service);
        }
        let counts = self.tasks_in_zones(service).into_iter().zip(0..);
        let heaviest = counts.max_by_key(|&(count, zone)| (count, Reverse(zone))).map(|(_, zone)| ZoneId(zone));
        self.services.states[service].move_in_work = None;
        let Some(zone) = heaviest else { return };
        if let Some(task) = self.take_from_zone(service, zone, number) {
            self.stop_service_task(service, task, StopCause::Rebalanced);
        }
        self.services.touch(service);
    }

    /// The task of a zone that the service gives up first.
    fn take_from_zone(&mut self, service: usize, zone: ZoneId, moved: u64) -> Option<ServiceTask> {
        let (now, engine) = (self.now, &self.engine);
        let classes = &self.world.fleet.classes;
        let state = &self.services.states[service];
        let is_allowed = |task: &&ServiceTask| {
            classes[engine.class(task.instance).index()].zone == zone
                && task.number != moved
                && !state.is_protected(task, now)
        };
        let mut allowed: Vec<u64> = state.tasks.iter().filter(is_allowed).map(|task| task.number).collect();
        allowed.sort_unstable();
        let may_go = |task: &ServiceTask| allowed.binary_search(&task.number).is_ok();
        // Any of the instances that the chain leaves would do: the first is taken.
        self.services.give_up(service, engine, now, allowed.len().min(1), &mut |_| 0, may_go).pop()
    }

    /// Tasks of a service in every zone of the fleet.
    pub(super) fn tasks_in_zones(&self, service: usize) -> Vec<u64> {
        let classes = &self.world.fleet.classes;
        let mut counts = vec![0; self.world.fleet.zones.len()];
        for task in self.services.states[service].tasks.iter() {
            counts[classes[self.engine.class(task.instance).index()].zone.index()] += 1;
        }
        counts
    }
}
