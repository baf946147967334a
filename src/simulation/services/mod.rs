//! What every service has and wants. Deciding when to act on it, and where tasks go, is not done here.
//!
//! # Invariants
//! 1. `waiting` is the number of waiting tasks of all services, and every service with one is either in `dirty` or will
//!    be tried at the next retry.
//! 2. `replaceable` of a service is the number of its tasks of another revision than it wants, or on a DRAINING
//!    instance.

mod dealer;
mod state;
mod tasks;
mod victims;

use std::collections::{BTreeSet, VecDeque};

pub(crate) use state::NewService;
pub(super) use state::{Rollout, Stage, State, WaitingTask};
pub(crate) use tasks::ServiceTask;

use super::world::World;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{GroupId, InstanceId, RequestId, Requests, Rule, Scheduling, SimTime, TaskCount, Turns};
use victims::{Buckets, Choice};
pub(crate) use victims::{Standing, victim};

/// Numbers of tasks that the load itself does not give start here, so that the same load has the same numbers under
/// every policy however many tasks have to be replaced.
const FIRST_REPLACEMENT: u64 = 1 << 40;

#[derive(Clone, Debug)]
pub(super) struct Services<'a> {
    world: World<'a>,
    pub(super) states: Vec<State<'a>>,
    /// Position of each service in the order of turns: by name (U-20).
    rank: Vec<u32>,
    /// Positions of the DAEMON services.
    daemons: Vec<usize>,
    dirty: Vec<u32>,
    waiting: u64,
    next_replacement: u64,
    buckets: Buckets,
    /// Services that look again when there is room: for a move between zones, or a task of an older revision.
    want_room: BTreeSet<u32>,
}

impl<'a> Services<'a> {
    /// No task waits yet.
    pub(super) fn new(world: World<'a>, services: Vec<NewService<'a>>) -> Self {
        let requests = &world.requests;
        let states = services.into_iter().zip(&requests.services).map(|(service, &id)| State::new(service, id));
        let mut services = Self {
            states: states.collect(),
            rank: Vec::new(),
            daemons: Vec::new(),
            dirty: Vec::new(),
            waiting: 0,
            next_replacement: FIRST_REPLACEMENT,
            buckets: Buckets::default(),
            want_room: BTreeSet::new(),
            world,
        };
        services.daemons = (0..services.states.len()).filter(|&service| services.is_daemon(service)).collect();
        services.order_turns();
        services.sort_classes();
        services
    }

    /// By name (U-20).
    fn order_turns(&mut self) {
        let mut by_name: Vec<usize> = (0..self.states.len()).collect();
        by_name.sort_by(|&a, &b| self.states[a].name.cmp(&self.states[b].name));
        self.rank = vec![0; by_name.len()];
        (0..).zip(by_name).for_each(|(turn, service)| self.rank[service] = turn);
    }

    /// The buckets of every class under the attributes that services spread over, in any of their revisions.
    fn sort_classes(&mut self) {
        let World { fleet, requests, .. } = &self.world;
        let now = self.states.iter().map(|state| state.request);
        let ever = requests.revisions.iter().flatten().map(|revision| revision.request);
        let chains = now.chain(ever).map(|request| requests[request].strategy.0.as_slice());
        self.buckets = Buckets::new(fleet, chains);
    }

    /// The tables have grown.
    pub(super) fn world_grew(&mut self, world: World<'a>) {
        self.world = world;
        self.sort_classes();
    }

    /// One service more, without tasks; answers its position, which is that of its request.
    pub(super) fn add(&mut self, service: NewService<'a>) -> usize {
        let position = self.states.len();
        self.states.push(State::new(service, self.world.requests.services[position]));
        if self.is_daemon(position) {
            self.daemons.push(position);
        }
        self.order_turns();
        self.sort_classes();
        position
    }

    /// A service asks for nothing any more; its position stays taken.
    pub(super) fn remove(&mut self, service: usize) {
        self.daemons.retain(|&daemon| daemon != service);
    }

    /// The service whose tasks are a group.
    pub(super) fn of_group(&self, group: GroupId) -> Option<usize> {
        self.world.requests.services.iter().position(|&request| self.world.requests[request].group == group)
    }

    /// Every desired task that does not run already waits from time 0 on. Their numbers count from `number` in file
    /// order; answers the next one.
    pub(super) fn ask_for_all<E: Engine>(&mut self, mut number: u64, engine: &E) -> u64 {
        for service in 0..self.states.len() {
            let state = &self.states[service];
            if state.settings.scheduling == Scheduling::Daemon {
                continue;
            }
            let missing = u64::from(state.desired).saturating_sub(state.tasks.len() as u64);
            let mut dealer = self.dealer(service, engine);
            for number in number..number + missing {
                let task = WaitingTask { number, asked: SimTime::ZERO, on: None, item: dealer.next(), is_told: false };
                self.wait_again(service, task);
            }
            number += missing;
        }
        number
    }

    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Every waiting task, service by service in file order, oldest first.
    pub(super) fn for_each_waiting(&self, mut visit: impl FnMut(RequestId, SimTime)) {
        for state in &self.states {
            state.waiting.iter().for_each(|task| visit(state.request, task.asked));
        }
    }

    /// The request that a task of a service makes through an item of its capacity provider strategy.
    pub(super) fn request_of(&self, service: usize, item: u8) -> RequestId {
        self.world.requests.revisions[service][self.states[service].revision].through(usize::from(item))
    }

    /// How many tasks wait for a capacity provider. Daemons do not: another instance would not help them.
    pub(super) fn waiting_for_providers(&self) -> u64 {
        if self.waiting == 0 {
            return 0;
        }
        self.states.iter().map(|state| self.provisioning_of(state, |_| true)).sum()
    }

    /// How many of them were told to.
    pub(super) fn told_to_wait_for_providers(&self) -> u64 {
        self.states.iter().map(|state| self.provisioning_of(state, |task| task.is_told)).sum()
    }

    /// Waiting tasks of a service, of a kind, that a provider with managed scaling grows for.
    fn provisioning_of(&self, state: &State<'_>, counts: impl Fn(&WaitingTask) -> bool) -> u64 {
        let providers = &self.world.dynamics.providers;
        let is_scaled = |item: u8| {
            let provider = state.settings.providers.provider(usize::from(item));
            provider.is_some_and(|id| providers[id.index()].managed_scaling)
        };
        if state.waiting.is_empty() || state.settings.scheduling != Scheduling::Replica {
            return 0;
        }
        state.waiting.iter().filter(|task| is_scaled(task.item) && counts(task)).count() as u64
    }

    /// Kinds of waiting tasks and how many there are of each, by service and by item of its capacity provider strategy.
    pub(super) fn waiting_kinds(&self) -> Vec<TaskCount> {
        let mut kinds = Vec::new();
        let is_replica = |state: &State<'_>| state.settings.scheduling == Scheduling::Replica;
        let waits = |(_, state): &(usize, &State<'_>)| !state.waiting.is_empty() && is_replica(state);
        for (service, state) in self.states.iter().enumerate().filter(waits) {
            for item in 0..u8::try_from(state.settings.providers.0.len()).expect("a strategy has at most 20 items") {
                let count = state.waiting.iter().filter(|task| task.item == item).count() as u64;
                kinds.push(TaskCount { request: self.request_of(service, item), count });
            }
        }
        kinds
    }

    pub(super) fn for_each(&self, mut visit: impl FnMut(RequestId, InstanceId)) {
        for state in &self.states {
            state.tasks.iter().for_each(|task| visit(task.request, task.instance));
        }
    }

    /// Something has happened to a service: it acts at the end of this moment.
    pub(super) fn touch(&mut self, service: usize) {
        let state = &mut self.states[service];
        if !state.is_dirty {
            state.is_dirty = true;
            self.dirty.push(u32::try_from(service).expect("fewer services than 2^32"));
        }
    }

    /// Every service that waits and may try again now.
    pub(super) fn touch_waiting(&mut self, now: SimTime) {
        for service in 0..self.states.len() {
            let state = &self.states[service];
            if !state.waiting.is_empty() && state.not_before <= now {
                self.touch(service);
            }
        }
    }

    /// A task that does not stand among those that wait has found no room: the service looks again when some comes.
    pub(super) fn wants_room(&mut self, service: usize) {
        self.want_room.insert(u32::try_from(service).expect("fewer services than 2^32"));
    }

    /// Room has come.
    pub(super) fn touch_those_that_want_room(&mut self) {
        for service in std::mem::take(&mut self.want_room) {
            self.touch(service as usize);
        }
    }

    pub(super) fn has_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// The services that something has happened to: daemons first, then by turn.
    pub(super) fn take_dirty(&mut self) -> Vec<usize> {
        let mut dirty: Vec<usize> = self.dirty.drain(..).map(|service| service as usize).collect();
        dirty.sort_unstable_by_key(|&service| (!self.is_daemon(service), self.rank[service]));
        for &service in &dirty {
            self.states[service].is_dirty = false;
        }
        dirty
    }

    pub(super) fn is_daemon(&self, service: usize) -> bool {
        self.states[service].settings.scheduling == Scheduling::Daemon
    }

    pub(super) fn has_daemons(&self) -> bool {
        !self.daemons.is_empty()
    }

    /// The DAEMON services, in the order of the file. Nothing is allocated where there are none.
    pub(super) fn daemons(&self) -> std::vec::IntoIter<usize> {
        self.daemons.clone().into_iter()
    }

    /// What decides whose turn is next (U-20): the same for all under round robin.
    pub(super) fn turn(&self, service: usize) -> (SimTime, u32) {
        let oldest = self.states[service].waiting.front().map_or(SimTime(u64::MAX), |task| task.asked);
        match self.world.dynamics.services.turns {
            Turns::RoundRobin => (SimTime::ZERO, self.rank[service]),
            Turns::OldestPending => (oldest, self.rank[service]),
        }
    }

    /// Asks for more tasks of a service, or takes back the youngest demands, until `wanted` wait; answers those it took back.
    pub(super) fn want<E: Engine>(
        &mut self,
        service: usize,
        wanted: usize,
        now: SimTime,
        engine: &E,
    ) -> Vec<WaitingTask> {
        let have = self.states[service].waiting.len();
        if have < wanted {
            let mut dealer = self.dealer(service, engine);
            for _ in have..wanted {
                let (number, item) = (self.fresh_number(), dealer.next());
                self.wait_again(service, WaitingTask { number, asked: now, on: None, item, is_told: false });
            }
        }
        self.waiting -= have.saturating_sub(wanted) as u64;
        if have > wanted { self.states[service].waiting.drain(wanted..).collect() } else { Vec::new() }
    }

    /// A daemon is wanted on an instance.
    pub(super) fn ask(&mut self, service: usize, now: SimTime, on: InstanceId) {
        let number = self.fresh_number();
        self.wait_again(service, WaitingTask { number, asked: now, on: Some(on), item: 0, is_told: false });
    }

    /// A task waits, behind the others.
    pub(super) fn wait_again(&mut self, service: usize, task: WaitingTask) {
        self.states[service].waiting.push_back(task);
        self.waiting += 1;
    }

    /// A number for a task that is started without waiting.
    pub(super) fn fresh_number(&mut self) -> u64 {
        self.next_replacement += 1;
        self.next_replacement - 1
    }

    /// The task that has waited longest does so no more.
    pub(super) fn pop_front(&mut self, service: usize) -> Option<WaitingTask> {
        let task = self.states[service].waiting.pop_front();
        self.waiting -= u64::from(task.is_some());
        task
    }

    /// The task at a position among those that wait does so no more.
    pub(super) fn take_waiting(&mut self, service: usize, position: usize) {
        let taken = self.states[service].waiting.remove(position);
        self.waiting -= u64::from(taken.is_some());
    }

    /// Takes back the demands for which `is_over` holds, and answers them.
    pub(super) fn take_back(&mut self, service: usize, is_over: impl Fn(&WaitingTask) -> bool) -> Vec<WaitingTask> {
        let waiting: &mut VecDeque<WaitingTask> = &mut self.states[service].waiting;
        let (over, kept) = std::mem::take(waiting).into_iter().partition::<VecDeque<_>, _>(|task| is_over(task));
        *waiting = kept;
        self.waiting -= over.len() as u64;
        over.into()
    }

    /// Recounts what a service has to replace, after its revision or the status of instances has changed.
    pub(super) fn recount<E: Engine>(&mut self, service: usize, engine: &E) {
        let state = &mut self.states[service];
        let (wanted, is_replica) = (state.revision, state.settings.scheduling == Scheduling::Replica);
        let revision_of = |id: RequestId| revision_of(&self.world.requests, service, id);
        // Daemons leave a draining instance last, and not to go elsewhere.
        let is_draining = |instance| is_replica && engine.status(instance) == InstanceStatus::Draining;
        let is_replaceable = |task: &&ServiceTask| revision_of(task.request) != wanted || is_draining(task.instance);
        state.replaceable = state.tasks.iter().filter(is_replaceable).count();
    }

    /// Whether a task is of another revision than its service wants.
    pub(super) fn is_old(&self, service: usize, request: RequestId) -> bool {
        revision_of(&self.world.requests, service, request) != self.states[service].revision
    }

    /// Takes up to `wanted` tasks for which `may_go` holds out of a service, by.
    pub(super) fn give_up<E: Engine>(
        &mut self,
        service: usize,
        engine: &E,
        now: SimTime,
        wanted: usize,
        draw: &mut dyn FnMut(usize) -> usize,
        may_go: impl Fn(&ServiceTask) -> bool,
    ) -> Vec<ServiceTask> {
        if wanted == 0 {
            return Vec::new();
        }
        let wanted_revision = self.states[service].revision;
        let chain: &[Rule] = &self.world.requests[self.states[service].request].strategy.0;
        let choice = Choice {
            engine,
            requests: &self.world.requests,
            fleet: &self.world.fleet,
            options: self.world.options,
            rule: self.world.dynamics.services.scale_in,
            chain,
            buckets: &self.buckets,
            now,
        };
        let requests = &self.world.requests;
        // Where nothing is to be replaced, nothing is old.
        let some_are_old = self.states[service].replaceable > 0;
        let is_old =
            |task: &ServiceTask| some_are_old && revision_of(requests, service, task.request) != wanted_revision;
        let tasks = &mut self.states[service].tasks;
        let chosen = choice.choose(tasks.in_order(), wanted, draw, may_go, is_old);
        tasks.remove(&chosen)
    }
}

/// The revision of a service that a kind of request belongs to; for tasks that ran before the start, the first with
/// their task definition, or one that is wanted no more.
pub(super) fn revision_of(requests: &Requests, service: usize, id: RequestId) -> usize {
    let revisions = &requests.revisions[service];
    let is_alike = |revision: &crate::model::Revision| requests[revision.request].definition == requests[id].definition;
    let known = revisions.iter().position(|revision| revision.holds(id));
    known.or_else(|| revisions.iter().position(is_alike)).unwrap_or(usize::MAX)
}
