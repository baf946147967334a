//! The loop of one run: the next moment, what stops, what happens, who asks; decide, apply, tell.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::daemons::Kept;
use super::departures::{Departures, LiveTask};
use super::held::Held;
use super::instances::Instances;
use super::observer::{Observer, Rejection, Start, Stop, StopCause, Tasks};
use super::providers::capacity::Group;
use super::providers::provisioning::{Provisioning, Standalone};
use super::services::{ServiceTask, Services, State};
use super::shares::Shares;
use super::timers::{Timer, Timers};
use crate::engine::Engine;
use crate::model::contract::Order;
use crate::model::{Device, InstanceId, RequestId, Requests, Scenario, SimTime};
use crate::workload::Arrival;

/// What a run and the world outside may tell each other while it goes.
#[derive(Debug, Default)]
pub struct Control {
    /// Set from outside to stop the run early.
    pub cancelled: AtomicBool,
    /// Arrivals processed so far by all runs that share this, updated now and then.
    pub arrivals: AtomicU64,
}

/// The run was stopped from outside before its end; what it told observers is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// What a run works on.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its requests under the policy of the run.
    pub requests: &'a Requests,
    /// Number of the seed, for draws that are no part of the load: failures, interruptions, random scale-in.
    pub seed: u32,
    /// The line to the world outside.
    pub control: &'a Control,
}

/// Runs the load through the engine to the end and tells the observer.
///
/// # Errors
/// [`Cancelled`] if [`Control::cancelled`] was set on the way.
pub fn run<E: Engine, O: Observer>(
    input: Input<'_>,
    engine: &mut E,
    arrivals: impl Iterator<Item = Arrival>,
    observer: &mut O,
) -> Result<(), Cancelled> {
    let mut simulation = Simulation {
        input,
        observer,
        now: SimTime::ZERO,
        living: Living { mortal: Departures::new(), immortal: Vec::new() },
        services: Services::new(input.scenario, input.requests),
        instances: Instances::new(&input, &*engine),
        held: Held::new(input.scenario.dynamics.services.stop_delay),
        shares: Shares::new(input.requests),
        kept: Kept::default(),
        provisioning: Provisioning::new(input.scenario),
        groups: input.scenario.dynamics.providers.iter().map(|_| Group::default()).collect(),
        timers: Timers::default(),
        engine,
        next_number: 0,
        draws_made: BTreeMap::new(),
        next_retry: NEVER,
        room_came: false,
        times_room_came: 0,
        snapshot_taken: false,
    };
    simulation.find_running();
    simulation.set_timers();
    simulation.create_services();
    simulation.run_to_the_end(arrivals)
}

pub(super) const NEVER: SimTime = SimTime(u64::MAX);
/// How many arrivals pass between two looks at [`Control`].
const CONTROL_INTERVAL: u64 = 1 << 16;

/// The state of a run. Its methods stand where their subject is: `scheduler`, `deployments`, `daemons`, `rebalancing`,
/// `instances`.
pub(super) struct Simulation<'a, E, O> {
    pub(super) input: Input<'a>,
    pub(super) engine: &'a mut E,
    pub(super) observer: &'a mut O,
    pub(super) now: SimTime,
    pub(super) living: Living,
    pub(super) services: Services<'a>,
    pub(super) instances: Instances,
    pub(super) held: Held,
    pub(super) shares: Shares,
    pub(super) kept: Kept,
    pub(super) groups: Vec<Group>,
    pub(super) provisioning: Provisioning,
    pub(super) timers: Timers,
    pub(super) next_retry: SimTime,
    /// A task has stopped since services that want room have looked.
    pub(super) room_came: bool,
    /// How often a task has stopped or an instance has come.
    pub(super) times_room_came: u64,
    /// Draws of random scale-in so far, by service.
    pub(super) draws_made: BTreeMap<usize, u64>,
    next_number: u64,
    snapshot_taken: bool,
}

/// Every counted standalone task.
pub(super) struct Living {
    pub(super) mortal: Departures,
    pub(super) immortal: Vec<LiveTask>,
}

/// The living tasks and the waiting ones as observers see them.
pub(super) struct TaskView<'a>(&'a Living, &'a Services<'a>, &'a Provisioning, &'a Shares);

impl Tasks for TaskView<'_> {
    fn for_each(&self, visit: &mut dyn FnMut(RequestId, InstanceId)) {
        self.1.for_each(&mut *visit);
        self.0.mortal.for_each(|task| visit(task.request, task.instance));
        self.0.immortal.iter().for_each(|task| visit(task.request, task.instance));
    }

    fn for_each_on(&self, visit: &mut dyn FnMut(RequestId, InstanceId, Device)) {
        let mut one = |number, request, instance| visit(request, instance, self.3.device_of(number));
        let of_services = self.1.states.iter().flat_map(|state| state.tasks.iter());
        of_services.for_each(|task| one(task.number, task.request, task.instance));
        self.0.mortal.for_each(|task| one(task.number, task.request, task.instance));
        self.0.immortal.iter().for_each(|task| one(task.number, task.request, task.instance));
    }

    fn waiting(&self) -> u64 {
        self.1.waiting() + self.2.len()
    }

    fn for_each_waiting(&self, visit: &mut dyn FnMut(RequestId, SimTime)) {
        self.1.for_each_waiting(&mut *visit);
        self.2.for_each(visit);
    }

    fn current(&self, service: usize) -> Option<RequestId> {
        Some(self.1.states.get(service)?.request)
    }
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    fn run_to_the_end(&mut self, arrivals: impl Iterator<Item = Arrival>) -> Result<(), Cancelled> {
        let end = self.input.scenario.horizon.unwrap_or(NEVER);
        let mut arrivals = arrivals.peekable();
        let mut arrived = 0;
        loop {
            let next_arrival = arrivals.peek().map_or(NEVER, |arrival| arrival.at);
            let next = next_arrival.min(self.next_event());
            self.snapshot_before(next.min(end), next_arrival);
            if next >= end || next == NEVER {
                break;
            }
            self.samples_until(next);
            self.now = next;
            self.stop_ended();
            while let Some(timer) = self.timers.pop_at(next) {
                self.happen(timer);
            }
            self.settle_moment();
            while let Some(arrival) = arrivals.next_if(|arrival| arrival.at == next) {
                self.arrive(&arrival);
                arrived += 1;
                if arrived % CONTROL_INTERVAL == 0 {
                    self.report_progress()?;
                }
            }
            if self.next_retry <= next {
                self.retry_services(arrivals.peek().is_some());
                self.settle_moment();
            }
        }
        self.input.control.arrivals.fetch_add(arrived % CONTROL_INTERVAL, Ordering::Relaxed);
        self.finish(end);
        Ok(())
    }

    /// What has happened to instances reaches services, and what services stop empties instances.
    fn settle_moment(&mut self) {
        loop {
            self.settle_instances();
            self.services_act();
            if !self.look_at_drained() && !self.room_came && !self.kept.is_enough {
                break;
            }
        }
        if self.provisioning.is_due {
            self.retry_provisioning();
        }
    }

    fn report_progress(&self) -> Result<(), Cancelled> {
        let control = self.input.control;
        control.arrivals.fetch_add(CONTROL_INTERVAL, Ordering::Relaxed);
        if control.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// The next stop or timer: something that can free or bring capacity.
    fn next_change(&self) -> SimTime {
        self.living.mortal.next_time().min(self.timers.next_time())
    }

    fn next_event(&self) -> SimTime {
        self.next_change().min(self.next_retry)
    }

    fn samples_until(&mut self, next: SimTime) {
        while let Some(at) = self.observer.next_sample().filter(|&at| at <= next) {
            self.observer.sample(
                at,
                &*self.engine,
                &TaskView(&self.living, &self.services, &self.provisioning, &self.shares),
            );
            assert!(self.observer.next_sample() != Some(at), "an observer asks for the same sample for ever");
        }
    }

    /// Takes the snapshot if time is about to pass the moment for it.
    fn snapshot_before(&mut self, next: SimTime, next_arrival: SimTime) {
        let due = match self.input.scenario.snapshot {
            Some(at) => next > at,
            None => next_arrival == NEVER && !self.timers.has_planned(),
        };
        if due && !self.snapshot_taken {
            self.take_snapshot(self.input.scenario.snapshot.unwrap_or(self.now));
        }
    }

    fn take_snapshot(&mut self, at: SimTime) {
        self.snapshot_taken = true;
        self.observer.snapshot(
            at,
            &*self.engine,
            &TaskView(&self.living, &self.services, &self.provisioning, &self.shares),
        );
    }

    fn finish(&mut self, end: SimTime) {
        let at = if end == NEVER { self.now } else { end };
        self.samples_until(at);
        if !self.snapshot_taken {
            self.take_snapshot(at);
        }
        self.now = at;
        self.end_rollouts();
        self.observer.finished(
            at,
            &*self.engine,
            &TaskView(&self.living, &self.services, &self.provisioning, &self.shares),
        );
    }

    /// The tasks of this moment, as observers see them.
    pub(super) fn tasks(&self) -> TaskView<'_> {
        TaskView(&self.living, &self.services, &self.provisioning, &self.shares)
    }

    fn stop_ended(&mut self) {
        let Self { living, engine, .. } = self;
        let mut any = false;
        while let Some(task) = living.mortal.pop_at(self.now, |soon| engine.announce_stop(soon.request, soon.instance))
        {
            let device = self.shares.stopped(task.number);
            let is_last = engine.stop_on(task.request, task.instance, device);
            self.held.stop(task.instance, (task.request, device), self.now);
            self.observer.stopped(&stop(self.now, task, is_last, StopCause::Ended));
            any = true;
            self.kept.note(task.instance);
        }
        if any {
            self.room_came = true;
            self.times_room_came += 1;
            self.keep_what_was_freed();
            self.offer_freed_room();
        }
    }

    /// A task is told to stop.
    pub(super) fn stop_task(&mut self, task: LiveTask, cause: StopCause) {
        let device = self.shares.stopped(task.number);
        let is_last = self.engine.stop_on(task.request, task.instance, device);
        if cause != StopCause::InstanceLost {
            self.held.stop(task.instance, (task.request, device), self.now);
        }
        self.observer.stopped(&stop(self.now, task, is_last, cause));
        self.room_was_freed(task.instance);
        self.room_came = true;
        self.times_room_came += 1;
    }

    fn arrive(&mut self, arrival: &Arrival) {
        let request = self.through_provider(arrival.request);
        let task = Standalone { number: self.next_number, asked: self.now, life: arrival.life };
        self.next_number += 1;
        if let Some(reason) = self.reason_to_stand_behind(request) {
            return self.turn_away(request, task, reason);
        }
        match self.engine.place(request) {
            Some(placed) => self.start_standalone(request, task, (placed.instance, placed.is_first)),
            None => {
                let reason = self.engine.refusal(request);
                self.turn_away(request, task, reason);
            }
        }
    }

    /// Keeps the books of a standalone task that was just placed.
    #[inline]
    pub(super) fn start_standalone(
        &mut self,
        request: RequestId,
        task: Standalone,
        (instance, is_first): (InstanceId, bool),
    ) {
        let Standalone { number, asked, life } = task;
        self.tell_start(number, request, (instance, is_first), asked);
        let live = LiveTask { number, request, instance };
        let runs = self.hold(number, request, instance);
        match life {
            Some(life) => self.living.mortal.push(runs.after(life), live),
            None => self.living.immortal.push(live),
        }
    }

    /// A call of StartTask: each named instance gets its task, or the first check that it fails is the reason.
    fn start_tasks(&mut self, position: usize) {
        let (start, request) = (&self.input.scenario.starts[position], self.input.requests.starts[position]);
        for &instance in &start.instances {
            let number = self.next_number;
            self.next_number += 1;
            match self.engine.place_on(request, instance) {
                Ok(placed) => {
                    let task = Standalone { number, asked: self.now, life: start.life };
                    self.start_standalone(request, task, (placed.instance, placed.is_first));
                }
                Err(reason) => {
                    let (at, asked) = (self.now, self.now);
                    self.observer.rejected(&Rejection {
                        at,
                        task: number,
                        request,
                        reason,
                        asked,
                        waits: false,
                        is_first: true,
                        is_timed_out: false,
                    });
                }
            }
        }
    }

    /// When a task that was just placed runs.
    pub(super) fn hold(&mut self, number: u64, request: RequestId, instance: InstanceId) -> SimTime {
        let runs = self.held.runs_at(&*self.engine, self.input.requests, (request, instance), self.now);
        if runs > self.now {
            self.observer.held_pending(self.now, number, runs);
        }
        runs
    }

    pub(super) fn tell_start(
        &mut self,
        task: u64,
        request: RequestId,
        (instance, is_first): (InstanceId, bool),
        asked: SimTime,
    ) {
        self.shares.started(&*self.engine, self.input.requests, task, request);
        self.observer.placed(&Start { at: self.now, task, request, instance, is_first, asked });
    }

    /// What the scenario writes out, in the order of its moments and then of the file.
    fn set_timers(&mut self) {
        let scenario = self.input.scenario;
        for (happening, position) in scenario.happenings.iter().zip(0..) {
            self.timers.set(happening.at, Timer::Happening(position));
        }
        for (start, position) in scenario.starts.iter().zip(0..) {
            self.timers.set(start.at, Timer::StartTask(position));
        }
        for (service, position) in scenario.services.iter().zip(0..) {
            for deployment in &service.settings.deployments {
                self.timers.set(deployment.at, Timer::Deployment(position));
            }
            for &(at, _) in &service.settings.steps {
                self.timers.set(at, Timer::Desired(position));
            }
            if let Some(at) = service.settings.curve.as_ref().and_then(|curve| curve.next_change(SimTime::ZERO)) {
                self.timers.set(at, Timer::Desired(position));
            }
        }
        self.set_next_failure();
        self.begin_scaling();
    }

    fn happen(&mut self, timer: Timer) {
        match timer {
            Timer::Happening(position) => self.befall(position),
            Timer::StartTask(position) => self.start_tasks(position as usize),
            Timer::Desired(service) => self.change_desired(service as usize),
            Timer::Deployment(service) => self.deploy_next(service as usize),
            Timer::Service(service) => self.wake(service as usize),
            Timer::Patch { wave, instance, step } => self.patch(wave, instance, step),
            Timer::SpotLost { happening, instance } => self.lose_spot(happening, instance),
            Timer::Returned(instance) => self.bring_back(instance),
            Timer::Failure => self.fail_one(),
            Timer::Metric => self.measure(),
            Timer::Launched { provider, class } => self.arrive_launched(provider, class),
        }
    }

    /// Puts the tasks that run already where they run, and then closes the instances that drain. Those of a service are
    /// its tasks from then on, healthy already; what it does not want any more it replaces.
    fn find_running(&mut self) {
        let Input { scenario, requests, .. } = self.input;
        for (running, &request) in scenario.running.iter().zip(&requests.running) {
            let service = self.services.of_group(requests[request].group);
            for &(instance, count) in &running.places {
                for _ in 0..count {
                    self.engine.prefer_device(running.device);
                    self.find_task(request, instance, service);
                }
            }
        }
        for &instance in &scenario.draining {
            self.drain_as_asked(instance);
        }
        // What was found may be of an old revision or on an instance that drains: both are replaced.
        for service in 0..self.services.states.len() {
            self.services.recount(service, &*self.engine);
            if self.services.states[service].replaceable > 0 {
                self.services.touch(service);
            }
        }
    }

    fn find_task(&mut self, request: RequestId, instance: InstanceId, service: Option<usize>) {
        let number = self.next_number;
        self.next_number += 1;
        let placed = self.engine.restore(request, instance);
        self.tell_start(number, request, (instance, placed.is_first), SimTime::ZERO);
        match service {
            Some(service) => {
                let task = ServiceTask { number, runs: SimTime::ZERO, is_found: true, instance, request };
                self.services.states[service].tasks.push(task);
                if self.services.is_daemon(service) {
                    self.instances.daemon_started(instance);
                }
            }
            None => self.living.immortal.push(LiveTask { number, request, instance }),
        }
    }

    fn create_services(&mut self) {
        self.next_number = self.services.ask_for_all(self.next_number, &*self.engine);
        self.create_daemons();
        for service in self.services_in_order() {
            if !self.services.is_daemon(service) {
                while self.offer(service) {}
                self.settle(service);
            }
        }
        self.settle_moment();
        self.schedule_retry();
    }

    /// Services as they are created, all at time 0: as written, or the one with the largest tasks first.
    fn services_in_order(&self) -> Vec<usize> {
        let Input { scenario, requests, .. } = self.input;
        let mut order: Vec<usize> = (0..self.services.states.len()).collect();
        if requests.order == Order::Decreasing {
            let sizes = requests.sizes(&scenario.fleet);
            order.sort_by_key(|&service| Reverse(sizes[requests.services[service].index()]));
        }
        order
    }

    /// The periodic retry (U-21). Once nothing can change any more, services stop trying and the run can end.
    fn retry_services(&mut self, arrivals_remain: bool) {
        self.next_retry = NEVER;
        self.services.touch_waiting(self.now);
        self.act_without_retry();
        if self.provisioning.len() > 0 {
            self.retry_provisioning();
        }
        let goes_on = arrivals_remain || self.next_change() != NEVER;
        if goes_on || self.some_breaker_counts() || self.some_have_not_tried() {
            self.schedule_retry();
        }
    }

    /// A throttled service has not looked since room has come: it will, however little happens until then.
    fn some_have_not_tried(&self) -> bool {
        let now = self.now;
        let has_not = |state: &State<'_>| {
            !state.waiting.is_empty() && state.not_before > now && state.tried < self.times_room_came
        };
        self.services.states.iter().any(has_not)
    }

    pub(super) fn schedule_retry(&mut self) {
        if self.services.waiting() + self.provisioning.len() > 0 && self.next_retry == NEVER {
            self.next_retry = self.now.after(self.input.scenario.retry_interval);
        }
    }
}

fn stop(at: SimTime, task: LiveTask, is_last: bool, cause: StopCause) -> Stop {
    let LiveTask { number, request, instance } = task;
    Stop { at, task: number, request, instance, is_last, cause }
}
