//! The loop of one run: the next moment, what stops, what happens, who asks; decide, apply, tell.
//!
//! # Order within one moment
//! What runs already is found before anything else. Stops come first, so that what they free can be used; then
//! happenings; then services that lost tasks ask again;
//! then the arrivals of the load; then the periodic retry of services that wait. A sample at that moment is taken
//! before all of it, the snapshot after all of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::departures::{Departures, LiveTask};
use super::observer::{Observer, Rejection, Start, Stop, StopCause, Tasks};
use super::services::{Services, WaitingTask};
use crate::engine::{Engine, InstanceStatus};
use crate::model::{HappeningKind, InstanceId, RequestId, Requests, Scenario, SimSpan, SimTime, ZoneId};
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
    let services = Services::new(input.scenario, input.requests);
    let next_number = services.next_number();
    let mut simulation = Simulation {
        input,
        engine,
        observer,
        now: SimTime::ZERO,
        living: Living { mortal: Departures::new(), immortal: Vec::new() },
        services,
        next_number,
        next_happening: 0,
        next_retry: NEVER,
        snapshot_taken: false,
    };
    simulation.find_running();
    simulation.create_services();
    simulation.run_to_the_end(arrivals)
}

const NEVER: SimTime = SimTime(u64::MAX);
/// How many arrivals pass between two looks at [`Control`].
const CONTROL_INTERVAL: u64 = 1 << 16;

struct Simulation<'a, E, O> {
    input: Input<'a>,
    engine: &'a mut E,
    observer: &'a mut O,
    now: SimTime,
    living: Living,
    services: Services,
    next_number: u64,
    next_happening: usize,
    next_retry: SimTime,
    snapshot_taken: bool,
}

/// Every counted task.
struct Living {
    mortal: Departures,
    immortal: Vec<LiveTask>,
}

/// The living tasks and the waiting ones as observers see them.
struct TaskView<'a>(&'a Living, &'a Services);

impl Tasks for TaskView<'_> {
    fn for_each(&self, visit: &mut dyn FnMut(RequestId, InstanceId)) {
        self.0.mortal.for_each(|task| visit(task.request, task.instance));
        self.0.immortal.iter().for_each(|task| visit(task.request, task.instance));
    }

    fn waiting(&self) -> u64 {
        self.1.waiting()
    }

    fn for_each_waiting(&self, visit: &mut dyn FnMut(RequestId, SimTime)) {
        self.1.for_each(|task| visit(task.request, task.asked));
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
            self.happen();
            while let Some(arrival) = arrivals.next_if(|arrival| arrival.at == next) {
                self.arrive(&arrival);
                arrived += 1;
                if arrived % CONTROL_INTERVAL == 0 {
                    self.report_progress()?;
                }
            }
            if self.next_retry <= next {
                self.retry_services(arrivals.peek().is_some());
            }
        }
        self.input.control.arrivals.fetch_add(arrived % CONTROL_INTERVAL, Ordering::Relaxed);
        self.finish(end);
        Ok(())
    }

    fn report_progress(&self) -> Result<(), Cancelled> {
        let control = self.input.control;
        control.arrivals.fetch_add(CONTROL_INTERVAL, Ordering::Relaxed);
        if control.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// The next stop or happening: something that can free or bring capacity.
    fn next_change(&self) -> SimTime {
        let happening = self.input.scenario.happenings.get(self.next_happening).map_or(NEVER, |happening| happening.at);
        self.living.mortal.next_time().min(happening)
    }

    fn next_event(&self) -> SimTime {
        self.next_change().min(self.next_retry)
    }

    fn samples_until(&mut self, next: SimTime) {
        while let Some(at) = self.observer.next_sample().filter(|&at| at <= next) {
            self.observer.sample(at, &*self.engine, &TaskView(&self.living, &self.services));
            assert!(self.observer.next_sample() != Some(at), "an observer asks for the same sample for ever");
        }
    }

    /// Takes the snapshot if time is about to pass the moment for it.
    fn snapshot_before(&mut self, next: SimTime, next_arrival: SimTime) {
        let due = match self.input.scenario.snapshot {
            Some(at) => next > at,
            None => next_arrival == NEVER && self.next_happening == self.input.scenario.happenings.len(),
        };
        if due && !self.snapshot_taken {
            self.take_snapshot(self.input.scenario.snapshot.unwrap_or(self.now));
        }
    }

    fn take_snapshot(&mut self, at: SimTime) {
        self.snapshot_taken = true;
        self.observer.snapshot(at, &*self.engine, &TaskView(&self.living, &self.services));
    }

    fn finish(&mut self, end: SimTime) {
        let at = if end == NEVER { self.now } else { end };
        self.samples_until(at);
        if !self.snapshot_taken {
            self.take_snapshot(at);
        }
        self.observer.finished(at, &*self.engine, &TaskView(&self.living, &self.services));
    }

    fn stop_ended(&mut self) {
        let Self { living, engine, .. } = self;
        while let Some(task) = living.mortal.pop_at(self.now, |soon| engine.announce_stop(soon.request, soon.instance))
        {
            let is_last = engine.stop(task.request, task.instance);
            self.observer.stopped(&stop(self.now, task, is_last, StopCause::Ended));
        }
    }

    fn arrive(&mut self, arrival: &Arrival) {
        let number = self.next_number;
        self.next_number += 1;
        let task = WaitingTask { number, request: arrival.request, asked: self.now };
        self.attempt(task, arrival.life, false);
    }

    /// One attempt to place a task; tells whether it was placed.
    fn attempt(&mut self, task: WaitingTask, life: Option<SimSpan>, waits: bool) -> bool {
        let WaitingTask { number, request, asked } = task;
        let Some(placed) = self.engine.place(request) else {
            let reason = self.engine.refusal(request);
            self.observer.rejected(&Rejection { at: self.now, task: number, request, reason, asked, waits });
            return false;
        };
        let live = LiveTask { number, request, instance: placed.instance };
        match life {
            Some(life) => self.living.mortal.push(self.now.after(life), live),
            None => self.living.immortal.push(live),
        }
        self.observer.placed(&Start {
            at: self.now,
            task: number,
            request,
            instance: placed.instance,
            is_first: placed.is_first,
            asked,
        });
        true
    }

    /// Puts the tasks that run already where they run, and then closes the instances that drain.
    fn find_running(&mut self) {
        let Input { scenario, requests, .. } = self.input;
        let mut number = 0;
        for (running, &request) in scenario.running.iter().zip(&requests.running) {
            for &(instance, count) in &running.places {
                for _ in 0..count {
                    let placed = self.engine.place_on(request, instance);
                    let placed = placed.expect("tasks of a valid scenario fit on the instances that they run on");
                    self.living.immortal.push(LiveTask { number, request, instance });
                    self.observer.placed(&Start {
                        at: SimTime::ZERO,
                        task: number,
                        request,
                        instance,
                        is_first: placed.is_first,
                        asked: SimTime::ZERO,
                    });
                    number += 1;
                }
            }
        }
        for &instance in &scenario.draining {
            self.change(instance, InstanceStatus::Active, InstanceStatus::Draining);
        }
    }

    /// Services get all their tasks one after another, as if created in file order.
    fn create_services(&mut self) {
        for service in 0..self.services.count() {
            while self.offer(service) {}
        }
        self.schedule_retry();
    }

    /// Services that wait get one task a turn, in the order of their names, each until its first failure.
    fn ask_again(&mut self) {
        let mut turns = self.services.turns();
        while !turns.is_empty() {
            turns.retain(|&service| self.offer(service));
        }
    }

    /// Tries the oldest waiting task of a service; tells whether it was placed, so that the next may try.
    fn offer(&mut self, service: usize) -> bool {
        let Some(task) = self.services.front(service) else { return false };
        let placed = self.attempt(task, None, true);
        if placed {
            self.services.placed_front(service);
        }
        placed
    }

    /// The periodic retry (U-21). Once nothing can change any more, services stop trying and the run can end.
    fn retry_services(&mut self, arrivals_remain: bool) {
        self.ask_again();
        self.next_retry = NEVER;
        if arrivals_remain || self.next_change() != NEVER {
            self.schedule_retry();
        }
    }

    fn schedule_retry(&mut self) {
        if self.services.waiting() > 0 && self.next_retry == NEVER {
            self.next_retry = self.now.after(self.input.scenario.retry_interval);
        }
    }

    fn happen(&mut self) {
        let scenario = self.input.scenario;
        while let Some(happening) = scenario.happenings.get(self.next_happening).filter(|next| next.at <= self.now) {
            self.next_happening += 1;
            match happening.what {
                HappeningKind::ZoneLost(zone) => self.lose_zone(zone),
                HappeningKind::ZoneReturned(zone) => self.return_zone(zone),
                HappeningKind::InstanceDrained(instance) => {
                    self.change(instance, InstanceStatus::Active, InstanceStatus::Draining);
                }
                HappeningKind::InstanceActivated(instance) => {
                    self.change(instance, InstanceStatus::Draining, InstanceStatus::Active);
                }
            }
        }
    }

    /// Changes the status of an instance that has the status `from`; others are left as they are.
    fn change(&mut self, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        if self.engine.status(instance) == from {
            self.engine.set_status(instance, to);
            self.observer.instance_changed(self.now, instance, from, to);
        }
    }

    fn zone_instances(&self, zone: ZoneId) -> Vec<InstanceId> {
        let fleet = &self.input.scenario.fleet;
        let instances = (0..self.engine.instance_count()).map(InstanceId::from_index);
        instances.filter(|&id| fleet.classes[self.engine.class(id).index()].zone == zone).collect()
    }

    fn lose_zone(&mut self, zone: ZoneId) {
        for instance in self.zone_instances(zone) {
            self.change(instance, InstanceStatus::Active, InstanceStatus::Lost);
            self.change(instance, InstanceStatus::Draining, InstanceStatus::Lost);
        }
        for task in self.take_lost_tasks() {
            let is_last = self.engine.stop(task.request, task.instance);
            self.observer.stopped(&stop(self.now, task, is_last, StopCause::InstanceLost));
            if self.services.is_service(task.request) {
                self.services.replace(task.request, self.now);
            }
        }
        self.ask_again();
        self.schedule_retry();
    }

    /// Takes the tasks of lost instances out of the living, by instance and then by number.
    fn take_lost_tasks(&mut self) -> Vec<LiveTask> {
        let engine = &*self.engine;
        let is_lost = |task: LiveTask| engine.status(task.instance) == InstanceStatus::Lost;
        let mut lost: Vec<LiveTask> = self.living.immortal.extract_if(.., |task| is_lost(*task)).collect();
        self.living.mortal.remove_where(is_lost, |task| lost.push(task));
        lost.sort_unstable_by_key(|task| (task.instance, task.number));
        lost
    }

    fn return_zone(&mut self, zone: ZoneId) {
        for instance in self.zone_instances(zone) {
            self.change(instance, InstanceStatus::Lost, InstanceStatus::Active);
        }
        self.ask_again();
    }
}

fn stop(at: SimTime, task: LiveTask, is_last: bool, cause: StopCause) -> Stop {
    let LiveTask { number, request, instance } = task;
    Stop { at, task: number, request, instance, is_last, cause }
}
