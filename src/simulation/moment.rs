//! A simulation at one moment, and the steps by which a moment passes. Whoever drives it says which moment is next, and
//! what is asked for in it; see [`run`](super::run()) for one driver, which knows all of that beforehand.
//!
//! # A moment
//! [`Simulation::open`], then what is done to the cluster, [`Simulation::fire`], [`Simulation::settle`], then the tasks that
//! are asked for, and [`Simulation::close`]. The order is that of the [module](super).

use std::collections::BTreeMap;

use super::daemons::Kept;
use super::departures::LiveTask;
use super::held::Held;
use super::instances::Instances;
use super::observer::{Observer, Start, Tasks};
use super::providers::capacity::Group;
use super::providers::provisioning::Provisioning;
use super::services::{NewService, ServiceTask, Services, State};
use super::shares::Shares;
use super::standalone::Living;
use super::timers::{Timer, Timers};
use super::world::World;
use crate::engine::{Engine, Placed};
use crate::model::contract::Order;
use crate::model::{Device, InstanceId, RequestId, Scenario, SimTime};

pub(super) const NEVER: SimTime = SimTime(u64::MAX);

/// The state of a simulation. Its methods stand where their subject is: `standalone`, `scheduler`, `deployments`,
/// `daemons`, `rebalancing`, `instances`, `providers`.
#[derive(Clone, Debug)]
pub(crate) struct Simulation<'a, E, O> {
    pub(crate) world: World<'a>,
    pub(crate) engine: E,
    pub(crate) observer: O,
    pub(crate) now: SimTime,
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
    /// The number of the next task that the load asks for.
    pub(super) next_number: u64,
}

/// The living tasks and the waiting ones as observers see them.
pub(crate) struct TaskView<'s> {
    living: &'s Living,
    services: &'s Services<'s>,
    provisioning: &'s Provisioning,
    shares: &'s Shares,
}

impl Tasks for TaskView<'_> {
    fn for_each(&self, visit: &mut dyn FnMut(RequestId, InstanceId)) {
        self.services.for_each(&mut *visit);
        self.living.for_each(|task| visit(task.request, task.instance));
    }

    fn for_each_on(&self, visit: &mut dyn FnMut(RequestId, InstanceId, Device)) {
        let mut one = |number, request, instance| visit(request, instance, self.shares.device_of(number));
        let of_services = self.services.states.iter().flat_map(|state| state.tasks.iter());
        of_services.for_each(|task| one(task.number, task.request, task.instance));
        self.living.for_each(|task| one(task.number, task.request, task.instance));
    }

    fn waiting(&self) -> u64 {
        self.services.waiting() + self.provisioning.len()
    }

    fn for_each_waiting(&self, visit: &mut dyn FnMut(RequestId, SimTime)) {
        self.services.for_each_waiting(&mut *visit);
        self.provisioning.for_each(visit);
    }

    fn current(&self, service: usize) -> Option<RequestId> {
        Some(self.services.states.get(service)?.request)
    }
}

impl<'a, E: Engine, O: Observer> Simulation<'a, E, O> {
    /// A cluster as its engine has it, with services that have no task yet.
    pub(crate) fn new(world: World<'a>, services: Vec<NewService<'a>>, engine: E, observer: O) -> Self {
        Self {
            living: Living::default(),
            services: Services::new(world.clone(), services),
            instances: Instances::new(&world, &engine),
            held: Held::new(world.dynamics.services.stop_delay),
            shares: Shares::new(&world.requests),
            kept: Kept::default(),
            provisioning: Provisioning::default(),
            groups: world.dynamics.providers.iter().map(|_| Group::default()).collect(),
            timers: Timers::default(),
            now: SimTime::ZERO,
            next_number: 0,
            draws_made: BTreeMap::new(),
            next_retry: NEVER,
            room_came: false,
            times_room_came: 0,
            world,
            engine,
            observer,
        }
    }

    /// Time 0: what runs already is found, what happens by itself begins, services ask for what they lack.
    pub(crate) fn begin(&mut self, scenario: &Scenario) {
        self.find_running(scenario);
        for (service, position) in scenario.services.iter().zip(0..) {
            if let Some(at) = service.settings.curve.as_ref().and_then(|curve| curve.next_change(SimTime::ZERO)) {
                self.timers.set(at, Timer::Desired(position));
            }
        }
        self.set_next_failure();
        self.begin_scaling();
        self.create_services();
    }

    /// The next stop or timer: something that can free or bring capacity.
    pub(crate) fn next_change(&self) -> SimTime {
        self.living.mortal.next_time().min(self.timers.next_time())
    }

    /// When something happens by itself.
    pub(crate) fn next_event(&self) -> SimTime {
        self.next_change().min(self.next_retry)
    }

    /// Time comes to a moment: samples that are due see nothing of it, and tasks end.
    #[inline]
    pub(crate) fn open(&mut self, at: SimTime) {
        self.samples_until(at);
        self.now = at;
        self.stop_ended();
    }

    /// What was set for this moment happens.
    #[inline]
    pub(crate) fn fire(&mut self) {
        while let Some(timer) = self.timers.pop_at(self.now) {
            self.happen(timer);
        }
    }

    /// What has happened to instances reaches services, and what services stop empties instances.
    pub(crate) fn settle(&mut self) {
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

    /// The retry, if it is due. `more_comes` says that somebody may still ask for something.
    #[inline]
    pub(crate) fn close(&mut self, more_comes: impl FnOnce() -> bool) {
        if self.next_retry <= self.now {
            self.retry_services(more_comes());
            self.settle();
        }
    }

    /// The samples that are due until then.
    pub(crate) fn samples_until(&mut self, next: SimTime) {
        while let Some(at) = self.observer.next_sample().filter(|&at| at <= next) {
            let tasks = TaskView {
                living: &self.living,
                services: &self.services,
                provisioning: &self.provisioning,
                shares: &self.shares,
            };
            self.observer.sample(at, &self.engine, &tasks);
            assert!(self.observer.next_sample() != Some(at), "an observer asks for the same sample for ever");
        }
    }

    /// The close look of the run.
    pub(crate) fn take_snapshot(&mut self, at: SimTime) {
        let tasks = TaskView {
            living: &self.living,
            services: &self.services,
            provisioning: &self.provisioning,
            shares: &self.shares,
        };
        self.observer.snapshot(at, &self.engine, &tasks);
    }

    /// Nothing comes any more: what is in progress ends unfinished.
    pub(crate) fn finish(&mut self, at: SimTime) {
        self.now = at;
        self.end_rollouts();
        let tasks = TaskView {
            living: &self.living,
            services: &self.services,
            provisioning: &self.provisioning,
            shares: &self.shares,
        };
        self.observer.finished(at, &self.engine, &tasks);
    }

    /// The tasks of this moment, as observers see them.
    pub(crate) fn tasks(&self) -> TaskView<'_> {
        TaskView {
            living: &self.living,
            services: &self.services,
            provisioning: &self.provisioning,
            shares: &self.shares,
        }
    }

    /// When a task that was just placed runs.
    pub(super) fn hold(&mut self, number: u64, request: RequestId, instance: InstanceId) -> SimTime {
        let runs = self.held.runs_at(&self.engine, &self.world.requests, request, instance, self.now);
        if runs > self.now {
            self.observer.held_pending(self.now, number, runs);
        }
        runs
    }

    pub(super) fn tell_start(
        &mut self,
        task: u64,
        request: RequestId,
        Placed { instance, is_first }: Placed,
        asked: SimTime,
    ) {
        self.shares.started(&self.engine, &self.world.requests, task, request);
        self.observer.placed(&Start { at: self.now, task, request, instance, is_first, asked });
    }

    fn happen(&mut self, timer: Timer) {
        match timer {
            Timer::Desired(service) => self.change_desired(service as usize),
            Timer::Service(service) => self.wake(service as usize),
            Timer::Patch { wave, instance, step } => self.patch(wave, instance, step),
            Timer::SpotLost { spot, instance } => self.lose_spot(spot, instance),
            Timer::Returned(instance) => self.bring_back(instance),
            Timer::Failure => self.fail_one(),
            Timer::Metric => self.measure(),
            Timer::Launched { provider, class } => self.arrive_launched(provider, class),
        }
    }

    /// Puts the tasks that run already where they run, and then closes the instances that drain. Those of a service are
    /// its tasks from then on, healthy already; what it does not want any more it replaces.
    fn find_running(&mut self, scenario: &Scenario) {
        for (position, running) in scenario.running.iter().enumerate() {
            let request = self.world.requests.running[position];
            let service = self.services.of_group(self.world.requests[request].group);
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
            self.services.recount(service, &self.engine);
            if self.services.states[service].replaceable > 0 {
                self.services.touch(service);
            }
        }
    }

    fn find_task(&mut self, request: RequestId, instance: InstanceId, service: Option<usize>) {
        let number = self.next_number;
        self.next_number += 1;
        let placed = self.engine.restore(request, instance);
        self.tell_start(number, request, placed, SimTime::ZERO);
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
        self.next_number = self.services.ask_for_all(self.next_number, &self.engine);
        self.create_daemons();
        for service in self.services_in_order() {
            if !self.services.is_daemon(service) {
                while self.offer(service) {}
                self.settle_service(service);
            }
        }
        self.settle();
        self.schedule_retry();
    }

    /// Services as they are created, all at time 0: as written, or the one with the largest tasks first.
    fn services_in_order(&self) -> Vec<usize> {
        let World { fleet, requests, .. } = &self.world;
        let mut order: Vec<usize> = (0..self.services.states.len()).collect();
        if requests.order == Order::Decreasing {
            let sizes = requests.sizes(fleet);
            order.sort_by_key(|&service| std::cmp::Reverse(sizes[requests.services[service].index()]));
        }
        order
    }

    /// The periodic retry (U-21). Once nothing can change any more, services stop trying and the run can end.
    fn retry_services(&mut self, more_comes: bool) {
        self.next_retry = NEVER;
        self.services.touch_waiting(self.now);
        self.act_without_retry();
        if self.provisioning.len() > 0 {
            self.retry_provisioning();
        }
        let goes_on = more_comes || self.next_change() != NEVER;
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
            self.next_retry = self.now.after(self.world.retry_interval);
        }
    }
}
