//! The fast engine: exactly the choices of the reference engine, at the cost of a few memory accesses.
//!
//! A placement is: look up the `plan` of the request, ask the indexes for the instance that its chain chooses, take
//! the demand from the instance's `record`, and tell every index how the instance has moved. Whatever no index
//! serves is scanned.

mod batch;
mod change;
mod decision;
mod departures;
mod grow;
mod index;
mod plan;
mod room;
mod state;

#[cfg(test)]
pub(crate) use state::looks;
pub(crate) use state::{delay, memory};

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::draw::{Decision, Streams};
use super::{Engine, Grows, Growth, InstanceStatus, Placed, Reason, Remaining, Room, Setup, Tables};
use crate::model::{
    ClassId, CpuUnits, Device, DeviceLedger, DeviceUse, Identity, InstanceId, MemoryMib, PackedResource, Request,
    RequestId,
};
use change::{Start, Stop};
use decision::ask::Kept;
use decision::choose::Chooser;
use decision::lanes::{self, Choice, Pass};
use decision::reasons::Census;
use decision::refusals::Refusals;
use decision::scan::Scan;
use departures::Departures;
use index::order::Orders;
use index::{Basis, Indexes};
use plan::chain::Shown;
use plan::{Core, Failures, Path, Plan, Plans};
use state::cluster::{Cluster, Keep};
use state::drained::Drained;

/// The fast engine. See the [module](self).
#[derive(Clone, Debug)]
pub struct FastEngine<'a> {
    tables: Tables<'a>,
    plans: Vec<Plan>,
    cluster: Cluster<'a>,
    indexes: Indexes,
    streams: Streams,
    departures: RefCell<Departures>,
    failures: Failures,
    census: Census,
    drained: Drained,
    /// Instances whose agent is not connected, whatever their status.
    away: FxHashSet<u32>,
    /// Room that no task has, by instance; the records do not count it as left.
    held: FxHashMap<u32, Room>,
    refusals: Refusals,
    /// A task that comes may let an instance get further: some expression asks for tasks.
    notes_starts: bool,
}

impl<'a> FastEngine<'a> {
    /// An engine for the empty cluster of `setup`.
    #[must_use]
    pub fn new(setup: Setup<'a>) -> Self {
        Self::from_tables(setup.into())
    }

    fn from_tables(tables: Tables<'a>) -> Self {
        let mut engine = Self::without_instances(tables);
        let fleet = engine.tables.fleet.clone();
        for &class in &fleet.instances {
            engine.register(class);
        }
        engine.build_few_levels();
        engine
    }

    fn build_few_levels(&mut self) {
        self.indexes.build_few_levels(self.tables.requests.groups.len(), &self.plans, &self.cluster);
    }

    /// Everything is worked out, and no instance is there.
    fn without_instances(tables: Tables<'a>) -> Self {
        let setup = tables.setup();
        let mut plans = Plans::new(&setup);
        let basis = Basis::new(&setup, &mut plans);
        let keep = Keep {
            extras: state::extras::any_extras(setup.requests),
            gpus: state::extras::any_gpus(setup.requests),
            counts: keeps_counts(&plans.table),
        };
        let indexes = Indexes::new(&setup, &mut plans, basis, keep.counts);
        let cluster = Cluster::new(&tables, plans.partition, plans.forms, keep);
        let streams = Streams::new(setup.seed, setup.requests.table.len(), &setup.requests.streams);
        let notes_starts = plans.table.iter().any(|plan| plan.changing);
        let census = Census::new(setup.fleet.classes.len());
        Self {
            plans: plans.table,
            cluster,
            indexes,
            streams,
            departures: RefCell::default(),
            failures: plans.failures,
            census,
            drained: Drained::default(),
            away: FxHashSet::default(),
            held: FxHashMap::default(),
            refusals: Refusals::default(),
            notes_starts,
            tables,
        }
    }

    /// Which way each kind of request would be placed, as [`Engine::path`] says, without an engine.
    #[must_use]
    pub fn paths(setup: Setup<'a>) -> Vec<&'static str> {
        let mut plans = Plans::new(&setup);
        let basis = Basis::new(&setup, &mut plans);
        let lists = state::extras::any_gpus(setup.requests);
        let kinds = plans.table.iter().zip(&setup.requests.table);
        kinds.map(|(plan, request)| path_of(plan, request, &basis.orders, lists)).collect()
    }

    /// Bytes that the state and the indexes hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cluster.bytes() + self.indexes.bytes()
    }

    fn scan(&self, request: RequestId) -> Scan<'_, 'a> {
        Scan {
            cluster: &self.cluster,
            request: &self.tables.requests[request],
            plan: &self.plans[request.index()],
            failures: self.failures.of(request.index()),
            options: self.tables.options,
        }
    }

    /// Scans for every second kind that an order over lanes serves, as if there were too many for one; where groups are
    /// counted by instance, the tasks in buckets may be counted anew each time.
    #[cfg(test)]
    pub(crate) fn scan_instead(&mut self, counts_anew: bool) {
        let ordered = self.plans.iter_mut().filter(|plan| plan.path == Path::Order);
        ordered.step_by(2).for_each(|plan| plan.path = Path::Scan);
        if counts_anew && self.cluster.counts.is_some() {
            self.indexes.orders.forget_names();
        }
    }

    #[inline(always)]
    fn choose(&mut self, request: RequestId) -> Option<u32> {
        let plan = &self.plans[request.index()];
        if !matches!(plan.path, Path::Index { .. }) {
            return self.choose_elsewhere(request);
        }
        let decision = if plan.draws { self.streams.decision(request.index()) } else { Decision::default() };
        let Self { cluster, indexes, .. } = self;
        Chooser { cluster, indexes, decision }.choose(plan)
    }

    /// By an order over lanes, or by a scan.
    #[inline(never)]
    fn choose_elsewhere(&mut self, request: RequestId) -> Option<u32> {
        let plan = &self.plans[request.index()];
        let decision = if plan.draws { self.streams.decision(request.index()) } else { Decision::default() };
        let asks_gpus = plan.extras.is_some() && self.cluster.gpus.is_some();
        let mut looked = None;
        let id = if plan.path == Path::Order {
            match lanes::choose(&self.cluster, &mut self.indexes.orders, plan, decision, &mut looked) {
                Choice::Nobody => return None,
                Choice::One(id) => id,
                Choice::Among(shown) => self.scan(request).asked(&shown),
                Choice::Pass(pass) => self.ask_all(request, &pass),
            }
        } else {
            self.scan(request).choose(&self.indexes.orders, decision)?
        };
        self.indexes.orders.expect_change(&self.cluster, id);
        if let Some(looked) = looked {
            self.indexes.orders.count_looked(&self.cluster, &self.plans[request.index()], looked);
        }
        self.cluster.preferred_device = if asks_gpus { self.scan(request).device(id) } else { Device::ANY };
        Some(id)
    }

    /// The one that a strategy chooses among all that a pass says.
    fn ask_all(&mut self, request: RequestId, pass: &Pass) -> u32 {
        let orders = &mut self.indexes.orders;
        let (mut contests, mut rosters) = (std::mem::take(&mut orders.contests), std::mem::take(&mut orders.rosters));
        let kept = Kept { contests: &mut contests, rosters: &mut rosters };
        let chosen = self.scan(request).among_all(&self.indexes.orders, kept, pass);
        (self.indexes.orders.contests, self.indexes.orders.rosters) = (contests, rosters);
        chosen
    }

    /// How many tasks in a row go to the instance that was just drawn for one: all that fit, where each makes it only a
    /// better choice, and else this one.
    #[inline]
    fn stay(&self, request: RequestId, id: u32) -> u32 {
        let plan = &self.plans[request.index()];
        if plan.stays() { plan.room(self.cluster.records[id as usize]) } else { 1 }
    }

    fn settle_batch(&mut self, request: RequestId, tasks: u32) {
        let plan = &self.plans[request.index()];
        if plan.is_tracked() {
            self.indexes.fronts.settle_batch(plan.pair, tasks);
        }
    }

    /// Starts `tasks` tasks of a kind on an ACTIVE instance that the request's decisions chose and where they fit. Answers
    /// whether it was empty.
    #[inline(always)]
    fn start_chosen(&mut self, request: RequestId, id: u32, tasks: u32) -> bool {
        if self.plans[request.index()].draws {
            self.streams.count(request.index(), tasks);
        }
        self.start(request, id, tasks)
    }

    /// As [`Self::start_chosen`], where the caller chose.
    #[inline(always)]
    fn start(&mut self, request: RequestId, id: u32, tasks: u32) -> bool {
        if self.notes_starts {
            self.refusals.note(id);
        }
        let plan = &self.plans[request.index()];
        change::start(&mut self.cluster, &mut self.indexes, plan, Start { instance: id, tasks })
    }

    /// The check that the ACTIVE instance fails which gets furthest, by what is known of the last refusals.
    fn remembered(&mut self, request: RequestId) -> Reason {
        let Self { refusals, cluster, tables, plans, failures, .. } = self;
        let (request, plan) = (request.index(), &plans[request.index()]);
        let (failures, options) = (failures.of(request), tables.options);
        let scan = Scan { cluster, request: &tables.requests.table[request], plan, failures, options };
        refusals.reason(request, scan)
    }

    /// The check that the ACTIVE instance fails which gets furthest.
    fn hindrance(&mut self, request: RequestId) -> Reason {
        let plan = &self.plans[request.index()];
        if !plan.settled {
            return self.remembered(request);
        }
        if let Some(reason) = self.census.furthest(&self.failures, request) {
            return reason;
        }
        if !matches!(plan.path, Path::Index { .. }) || plan.extras.is_some() || plan.distinct {
            return self.remembered(request);
        }
        let fitting = if plan.sought { 0 } else { self.indexes.fit.len(plan.eligible, plan.shape) };
        assert!(fitting == 0, "asked why a task is refused that could be placed");
        self.indexes.active.shortage(plan, &self.indexes.shapes)
    }

    /// Whether the tasks of an instance with this status count for spread. Where groups are not counted by
    /// instance, those of a lost instance count until the caller has stopped them, which it does at once.
    fn is_counted(&self, status: InstanceStatus) -> bool {
        match status {
            InstanceStatus::Active => true,
            InstanceStatus::Draining => self.tables.options.spread_counts_draining,
            InstanceStatus::Lost => self.cluster.counts.is_none(),
        }
    }

    /// The status of an instance is another one: its tasks begin or cease to count for spread with it.
    fn turn(&mut self, instance: InstanceId, status: InstanceStatus) {
        let before = self.cluster.records[instance.index()];
        let signs = [i64::from(self.is_counted(before.status())), i64::from(self.is_counted(status))];
        if signs[0] != signs[1] {
            let Self { indexes, cluster, drained, .. } = &mut *self;
            let change = |group, count| {
                indexes.count(group, before.cell(), instance.0, (signs[1] - signs[0]) * i64::from(count));
            };
            match &cluster.counts {
                Some(counts) => counts.for_each(instance.0, change),
                None => drained.for_each(instance.0, change),
            }
        }
        let mut after = before;
        if status == InstanceStatus::Active && self.away.contains(&instance.0) {
            after.set_away();
        } else {
            after.set_status(status);
        }
        self.cluster.records[instance.index()] = after;
        self.census.turn(self.cluster.class_id(instance.0), before, after);
        self.indexes.change_status(&self.cluster, instance.0, before);
        self.refusals.note(instance.0);
    }
}

/// The name of a plan's path; strategies that must see all are shown a list, or columns.
fn path_of(plan: &Plan, request: &Request, orders: &Orders, lists: bool) -> &'static str {
    match (plan.path, plan.distinct) {
        (Path::Scan, _) if request.strategy.custom().is_some() => "scan (all shown)",
        (Path::Scan, _) => "scan",
        (Path::Order, _) => match orders.shown(plan) {
            None | Some(Shown::Best) => "ordered lanes",
            Some(Shown::Winners) => "contests",
            Some(Shown::All) if lists => "ordered lanes (all shown)",
            Some(Shown::All) => "columns",
        },
        (Path::Index { core: Core::Any, .. }, false) => "fit index",
        (Path::Index { core: Core::Any, .. }, true) | (Path::Index { core: Core::Level, .. }, _) => "levels",
        (Path::Index { core: Core::Pack(PackedResource::Cpu), .. }, false) => "pack index (cpu)",
        (Path::Index { core: Core::Pack(PackedResource::Memory), .. }, false) => "pack index (memory)",
        (Path::Index { core: Core::Pack(_), .. }, true) => "pack index, walked",
    }
}

/// Some rule or constraint asks which groups an instance holds.
fn keeps_counts(plans: &[Plan]) -> bool {
    let asks = |plan: &Plan| plan.counts || plan.path == Path::Scan;
    plans.iter().any(asks)
}

impl Engine for FastEngine<'_> {
    #[inline]
    fn place(&mut self, request: RequestId) -> Option<Placed> {
        let id = self.choose(request)?;
        let is_first = self.start_chosen(request, id, 1);
        Some(Placed { instance: InstanceId(id), is_first })
    }

    fn place_batch(&mut self, request: RequestId, count: u32, sink: &mut dyn FnMut(Placed)) -> u32 {
        if self.plans[request.index()].is_batched(&self.indexes) {
            return batch::place(self, request, count, sink);
        }
        let mut done = 0;
        while done < count {
            let Some(id) = self.choose(request) else { break };
            let tasks = self.stay(request, id).min(count - done);
            let was_empty = self.start_chosen(request, id, tasks);
            (0..tasks).for_each(|task| sink(Placed { instance: InstanceId(id), is_first: was_empty && task == 0 }));
            done += tasks;
        }
        self.settle_batch(request, done);
        done
    }

    fn place_on(&mut self, request: RequestId, instance: InstanceId) -> Result<Placed, Reason> {
        if self.status(instance) != InstanceStatus::Active {
            return Err(Reason::Inactive);
        }
        if let Some(reason) = self.scan(request).first_failure(instance.0) {
            return Err(reason);
        }
        let is_first = self.start(request, instance.0, 1);
        Ok(Placed { instance, is_first })
    }

    fn restore(&mut self, request: RequestId, instance: InstanceId) -> Placed {
        let is_first = self.start(request, instance.0, 1);
        Placed { instance, is_first }
    }

    fn is_eligible(&self, request: RequestId, instance: InstanceId) -> bool {
        self.scan(request).is_eligible(instance.0)
    }

    fn refusal(&mut self, request: RequestId) -> Reason {
        let furthest = self.hindrance(request);
        let Some(provider) = self.tables.requests[request].only.provider else { return furthest };
        let (registered, active) = self.census.of_provider(&self.tables.fleet, provider);
        Reason::of_provider(furthest, registered, active)
    }

    #[inline]
    fn stop_on(&mut self, request: RequestId, instance: InstanceId, device: Device) -> bool {
        let plan = &self.plans[request.index()];
        self.indexes.orders.expect_change(&self.cluster, instance.0);
        let before = change::stop(&mut self.cluster, &mut self.indexes, plan, Stop { instance: instance.0, device });
        if self.is_counted(before.status()) {
            self.indexes.count(plan.group, before.cell(), instance.0, -1);
        } else {
            self.drained.stop(instance.0, plan.group);
        }
        self.refusals.note(instance.0);
        before.tasks() == 1
    }

    #[inline]
    fn announce_stop(&self, request: RequestId, instance: InstanceId) {
        let plan = &self.plans[request.index()];
        self.departures.borrow_mut().announce(plan, instance.0, &self.cluster, &self.indexes);
    }

    fn set_status(&mut self, instance: InstanceId, status: InstanceStatus) {
        let (before, tasks) = (self.status(instance), self.task_count(instance));
        assert!(
            status != InstanceStatus::Draining || before == status || tasks == 0 || !self.asks_what_drains(),
            "instance {instance} drains, and nobody says which tasks"
        );
        self.turn(instance, status);
        self.drained.forget(instance.0);
    }

    fn drain(&mut self, instance: InstanceId, tasks: &[RequestId]) {
        if self.status(instance) == InstanceStatus::Draining {
            return;
        }
        if self.asks_what_drains() {
            assert_eq!(tasks.len(), self.task_count(instance) as usize, "the tasks of instance {instance} are told");
            self.drained.remember(instance.0, tasks.iter().map(|task| self.plans[task.index()].group));
        }
        self.turn(instance, InstanceStatus::Draining);
    }

    fn asks_what_drains(&self) -> bool {
        !self.tables.options.spread_counts_draining
            && self.cluster.counts.is_none()
            && !(self.indexes.buckets.is_empty() && self.indexes.orders.spreads.is_empty())
    }

    fn disconnect(&mut self, instance: InstanceId) {
        self.away.insert(instance.0);
        self.turn(instance, self.status(instance));
    }

    fn connect(&mut self, instance: InstanceId) {
        self.away.remove(&instance.0);
        self.turn(instance, self.status(instance));
    }

    fn is_connected(&self, instance: InstanceId) -> bool {
        !self.away.contains(&instance.0)
    }

    fn register(&mut self, class: ClassId) -> InstanceId {
        let id = self.enter(class, None);
        if !self.tables.fleet.classes[class.index()].agent_connected {
            self.disconnect(id);
        }
        id
    }

    fn instance_count(&self) -> usize {
        self.cluster.records.len()
    }

    fn class(&self, instance: InstanceId) -> ClassId {
        self.cluster.class_id(instance.0)
    }

    fn status(&self, instance: InstanceId) -> InstanceStatus {
        self.cluster.records[instance.index()].status()
    }

    fn hold(&mut self, instance: InstanceId, wanted: Room) -> Room {
        self.hold_room(instance, wanted)
    }

    fn release(&mut self, instance: InstanceId, held: Room) {
        self.release_room(instance, held);
    }

    fn held(&self, instance: InstanceId) -> Room {
        if self.held.is_empty() { Room::default() } else { self.held.get(&instance.0).copied().unwrap_or_default() }
    }

    fn remaining(&self, instance: InstanceId) -> Remaining {
        let (record, held) = (self.cluster.records[instance.index()], self.held(instance));
        let gpus = self.cluster.idle_gpus(instance.0);
        Remaining { cpu: CpuUnits(record.cpu + held.cpu.0), memory: MemoryMib(record.memory + held.memory.0), gpus }
    }

    fn devices(&self, instance: InstanceId) -> Vec<DeviceUse> {
        match &self.cluster.gpus {
            Some(gpus) => gpus[instance.index()].uses(),
            None => DeviceLedger::new(self.cluster.class(instance.0)).uses(),
        }
    }

    fn prefer_device(&mut self, device: Device) {
        self.cluster.preferred_device = device;
    }

    fn last_device(&self) -> Device {
        self.cluster.last_device
    }

    fn task_count(&self, instance: InstanceId) -> u32 {
        self.cluster.records[instance.index()].tasks()
    }

    fn path(&self, request: RequestId) -> &'static str {
        let (plan, kind) = (&self.plans[request.index()], &self.tables.requests[request]);
        path_of(plan, kind, &self.indexes.orders, self.cluster.gpus.is_some())
    }

    fn copied(&self, key: u64) -> Option<FastEngine<'_>> {
        let mut copy: FastEngine<'_> = self.clone();
        copy.tables.seed = key;
        copy.streams = Streams::new(key, self.plans.len(), &self.tables.requests.streams);
        copy.departures = RefCell::default();
        Some(copy)
    }

    fn validate(&self) -> Result<(), String> {
        self.census.validate(&self.cluster)?;
        self.cluster.validate_gpus()?;
        self.indexes.validate(&self.cluster)
    }
}

impl Grows for FastEngine<'static> {
    fn over(tables: Tables<'static>) -> Self {
        Self::from_tables(tables)
    }

    fn register_as(&mut self, class: ClassId, identity: Identity) -> InstanceId {
        let id = self.enter(class, Some(identity));
        if !self.tables.fleet.classes[class.index()].agent_connected {
            self.disconnect(id);
        }
        id
    }

    fn identity_of(&self, instance: InstanceId) -> Option<&Identity> {
        self.cluster.identity(instance.0)
    }

    fn grow(&mut self, growth: &Growth<'_>) {
        self.grow_tables(growth);
    }
}
