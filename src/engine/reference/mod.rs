//! The dull engine: it scans every instance and recounts every bucket for every decision.
//!
//! It reads like the rules (`docs/rules.md`) and stays for ever as the oracle that the fast engine is
//! held to. Nothing in it is clever, and nothing in it is shared with the fast engine but the values of the model.
//!
//! # Cost
//! A placement visits every instance once for the filters and once for each rule of the chain.

mod devices;
mod explain;
mod facts;
mod ledger;
mod narrow;
mod scale_in;

use std::sync::Arc;

use super::draw::Streams;
use super::{Engine, Grows, Growth, InstanceStatus, Placed, Reason, Remaining, Room, Setup, Tables, Turned};
use crate::model::{
    ClassId, CpuUnits, Device, DeviceUse, GroupId, Identity, InstanceClass, InstanceId, MemoryMib, Others, Request,
    RequestId,
};
use devices::Alike;
pub use explain::{Asked, Bucket, Detail, Explanation, GpuQuestion, Score, Shortfall, Step, Verdict};
use facts::InstanceFacts;
use ledger::Ledger;

/// The reference engine. See the [module](self).
#[derive(Clone, Debug)]
pub struct ReferenceEngine<'a> {
    tables: Tables<'a>,
    streams: Streams,
    instances: Vec<Instance>,
    last_device: Device,
    preferred_device: Device,
}

/// One container instance and what runs on it.
#[derive(Clone, Debug)]
struct Instance {
    class: ClassId,
    status: InstanceStatus,
    agent_connected: bool,
    ledger: Ledger,
    tasks: Vec<Running>,
    /// Room that no task has, and that the ledger does not count as left.
    held: Room,
    /// Who it is, where it registered after time 0.
    identity: Option<Identity>,
}

/// Equal tasks on one instance, one or more.
#[derive(Clone, Copy, Debug)]
struct Running {
    request: RequestId,
    group: GroupId,
    count: u32,
}

impl<'a> ReferenceEngine<'a> {
    /// An engine for the empty cluster of `setup`.
    #[must_use]
    pub fn new(setup: Setup<'a>) -> Self {
        Self::from_tables(setup.into())
    }

    fn from_tables(tables: Tables<'a>) -> Self {
        let Tables { fleet, requests, seed, .. } = tables.clone();
        let streams = Streams::new(seed, requests.table.len(), &requests.streams);
        let instances = Vec::with_capacity(fleet.instances.len());
        let mut engine = Self { tables, streams, instances, last_device: Device::ANY, preferred_device: Device::ANY };
        for &class in &fleet.instances {
            engine.register(class);
        }
        engine
    }

    /// The first check, in the order of [`Reason`], that `instance` fails for a task of this kind; `None` if it may take one.
    #[must_use]
    pub fn first_failure(&self, request: RequestId, instance: InstanceId) -> Option<Reason> {
        self.failures(request, instance).next()
    }

    /// Every check that `instance` fails for a task of this kind, in the order of [`Reason`].
    pub fn failures(&self, id: RequestId, instance: InstanceId) -> impl Iterator<Item = Reason> {
        let request = self.request(id);
        CHECKS.iter().copied().filter(move |check| !self.holds(*check, request, instance))
    }

    /// Whether `instance` passes one check.
    fn holds(&self, check: Reason, request: &Request, instance: InstanceId) -> bool {
        let class = || self.instance_class(instance);
        let ledger = &self.instances[instance.index()].ledger;
        let demand = &request.demand;
        match check {
            Reason::Agent => self.is_connected(instance),
            Reason::Provider => request.only.admits_provider(class()),
            Reason::Location => request.only.admits_location(class()),
            Reason::Attribute => has_required_attributes(request, class()),
            Reason::Cpu => demand.cpu <= ledger.cpu,
            Reason::Memory => demand.memory <= ledger.memory,
            Reason::Gpu => ledger.devices.fits(demand.gpus, class()),
            Reason::Ports => ledger.ports_fit(&demand.ports),
            Reason::Eni => ledger.eni_fits(demand.eni_slots),
            Reason::MemberOf => self.is_member(request, instance),
            Reason::DistinctInstance => !request.distinct_instance || self.group_count(instance, request.group) == 0,
            other => unreachable!("{other:?} is no check of one instance"),
        }
    }

    /// The instances that may take a task of this kind, in order: the filters of and the constraints.
    /// Amounts are asked first, which changes no answer: few instances of a full cluster have them.
    #[must_use]
    pub fn candidates(&self, request: RequestId) -> Vec<InstanceId> {
        let demand = &self.request(request).demand;
        let has_amounts =
            |instance: &Instance| demand.cpu <= instance.ledger.cpu && demand.memory <= instance.ledger.memory;
        let is_open = |instance: &Instance| instance.status == InstanceStatus::Active && has_amounts(instance);
        let open = (0..).map(InstanceId).zip(&self.instances).filter(|(_, instance)| is_open(instance));
        open.map(|(id, _)| id).filter(|&id| self.first_failure(request, id).is_none()).collect()
    }

    /// The candidates that are left after every rule of the chain: any of them is a right choice, and the tie-break
    /// takes one. Empty if the task cannot be placed. A `random` rule keeps all, as each could be the one.
    #[must_use]
    pub fn final_candidates(&self, request: RequestId) -> Vec<InstanceId> {
        narrow::all_rules(self, request, self.candidates(request))
    }

    /// The failing check of `instance` that counts for the reason of a refused task: the first one where constraints are
    /// asked before resources.
    fn first_hindrance(&self, request: RequestId, instance: InstanceId) -> Option<Reason> {
        self.failures(request, instance).min_by_key(|reason| reason.progress())
    }

    /// Keeps the CPU, memory and interface of one task of this kind on an instance, as far as they remain, until it runs
    /// there. `false` if the instance may not have it whatever its room, or has one of its group already.
    pub fn hold_for(&mut self, id: RequestId, instance: InstanceId) -> bool {
        use Reason::{Cpu, Eni, Gpu, Memory, Ports};
        let is_room = |reason: Reason| matches!(reason, Cpu | Memory | Gpu | Ports | Eni);
        let group = self.request(id).group;
        let is_wanted = self.status(instance) == InstanceStatus::Active
            && self.failures(id, instance).all(is_room)
            && self.group_count(instance, group) == 0;
        if is_wanted {
            self.hold(instance, Room::of(&self.request(id).demand));
        }
        is_wanted
    }

    fn start(&mut self, request: RequestId, instance: InstanceId) -> Placed {
        let Self { tables, instances, .. } = self;
        let Request { demand, group, .. } = &tables.requests[request];
        let state = &mut instances[instance.index()];
        let class = &tables.fleet.classes[state.class.index()];
        let is_first = state.tasks.is_empty();
        let on = std::mem::replace(&mut self.preferred_device, Device::ANY);
        self.last_device = state.ledger.take(demand, class, on);
        match state.tasks.iter_mut().find(|running| running.request == request) {
            Some(running) => running.count += 1,
            None => state.tasks.push(Running { request, group: *group, count: 1 }),
        }
        Placed { instance, is_first }
    }

    /// What is left on an instance for tasks, without what is held there.
    fn left(&self, instance: InstanceId) -> Remaining {
        self.instances[instance.index()].ledger.remaining()
    }

    fn active(&self) -> impl Iterator<Item = InstanceId> {
        self.ids().filter(|&id| self.status(id) == InstanceStatus::Active)
    }

    fn ids(&self) -> impl Iterator<Item = InstanceId> + use<> {
        (0..self.instances.len()).map(InstanceId::from_index)
    }

    fn request(&self, id: RequestId) -> &Request {
        &self.tables.requests[id]
    }

    fn instance_class(&self, instance: InstanceId) -> &InstanceClass {
        &self.tables.fleet.classes[self.class(instance).index()]
    }

    /// Who an instance is, if that is known.
    fn identity(&self, instance: InstanceId) -> Option<&Identity> {
        let joined = self.instances[instance.index()].identity.as_ref();
        joined.or_else(|| self.tables.fleet.identities.get(instance.index()))
    }

    /// What an instance holds that the scenario does not know.
    fn others(&self, instance: InstanceId) -> Others {
        self.identity(instance).map(|identity| identity.others).unwrap_or_default()
    }

    fn is_member(&self, request: &Request, instance: InstanceId) -> bool {
        let facts = InstanceFacts { engine: self, instance };
        request.member_of.iter().all(|expression| expression.evaluate(&facts))
    }

    /// Tasks on the instance count for spread.
    fn is_counted(&self, instance: InstanceId) -> bool {
        match self.status(instance) {
            InstanceStatus::Active => true,
            InstanceStatus::Draining => self.tables.options.spread_counts_draining,
            InstanceStatus::Lost => false,
        }
    }

    /// Counted tasks of a group on an instance.
    fn group_count(&self, instance: InstanceId, group: GroupId) -> u32 {
        let tasks = &self.instances[instance.index()].tasks;
        tasks.iter().filter(|running| running.group == group).map(|running| running.count).sum()
    }
}

impl Engine for ReferenceEngine<'_> {
    fn place(&mut self, request: RequestId) -> Option<Placed> {
        let instance = narrow::choose(self, request)?;
        self.streams.count(request.index(), 1);
        self.preferred_device = narrow::device(self, self.request(request), instance);
        Some(self.start(request, instance))
    }

    fn place_on(&mut self, request: RequestId, instance: InstanceId) -> Result<Placed, Reason> {
        if self.status(instance) != InstanceStatus::Active {
            return Err(Reason::Inactive);
        }
        match self.first_failure(request, instance) {
            Some(reason) => Err(reason),
            None => Ok(self.start(request, instance)),
        }
    }

    fn restore(&mut self, request: RequestId, instance: InstanceId) -> Placed {
        self.start(request, instance)
    }

    fn is_eligible(&self, request: RequestId, instance: InstanceId) -> bool {
        let is_about_room = |reason| {
            matches!(
                reason,
                Reason::Cpu | Reason::Memory | Reason::Gpu | Reason::Ports | Reason::Eni | Reason::DistinctInstance
            )
        };
        self.status(instance) == InstanceStatus::Active && self.failures(request, instance).all(is_about_room)
    }

    fn refusal(&mut self, request: RequestId) -> Reason {
        let hindrances = self.active().map(|instance| {
            self.first_hindrance(request, instance).expect("asked why a task is refused that could be placed")
        });
        let furthest = hindrances.max_by_key(|reason| reason.progress()).unwrap_or(Reason::NoInstances);
        let Some(provider) = self.request(request).only.provider else { return furthest };
        let of_provider = |id: &InstanceId| self.instance_class(*id).provider == Some(provider);
        let registered = self.ids().filter(of_provider).any(|id| self.status(id) != InstanceStatus::Lost);
        let active = self.active().any(|id| of_provider(&id));
        Reason::of_provider(furthest, registered, active)
    }

    fn stop_on(&mut self, request: RequestId, instance: InstanceId, device: Device) -> bool {
        let Self { tables, instances, .. } = self;
        let demand = &tables.requests[request].demand;
        let state = &mut instances[instance.index()];
        let class = &tables.fleet.classes[state.class.index()];
        let position = state.tasks.iter().position(|running| running.request == request);
        let position = position.expect("stopped a task that is not there");
        state.tasks[position].count -= 1;
        if state.tasks[position].count == 0 {
            state.tasks.swap_remove(position);
        }
        state.ledger.give_back(demand, class, device);
        state.tasks.is_empty()
    }

    fn set_status(&mut self, instance: InstanceId, status: InstanceStatus) {
        self.instances[instance.index()].status = status;
    }

    fn disconnect(&mut self, instance: InstanceId) {
        self.instances[instance.index()].agent_connected = false;
    }

    fn connect(&mut self, instance: InstanceId) {
        self.instances[instance.index()].agent_connected = true;
    }

    fn is_connected(&self, instance: InstanceId) -> bool {
        self.instances[instance.index()].agent_connected
    }

    fn register(&mut self, class_id: ClassId) -> InstanceId {
        let id = InstanceId::from_index(self.instances.len());
        let class = &self.tables.fleet.classes[class_id.index()];
        self.instances.push(Instance {
            class: class_id,
            status: InstanceStatus::Active,
            agent_connected: class.agent_connected,
            ledger: Ledger::new(class),
            tasks: Vec::new(),
            held: Room::default(),
            identity: None,
        });
        id
    }

    fn instance_count(&self) -> usize {
        self.instances.len()
    }

    fn class(&self, instance: InstanceId) -> ClassId {
        self.instances[instance.index()].class
    }

    fn status(&self, instance: InstanceId) -> InstanceStatus {
        self.instances[instance.index()].status
    }

    fn hold(&mut self, instance: InstanceId, wanted: Room) -> Room {
        let state = &mut self.instances[instance.index()];
        let held = state.ledger.hold(wanted);
        state.held += held;
        held
    }

    fn release(&mut self, instance: InstanceId, held: Room) {
        let state = &mut self.instances[instance.index()];
        state.held -= held;
        state.ledger.release(held);
    }

    fn held(&self, instance: InstanceId) -> Room {
        self.instances[instance.index()].held
    }

    fn remaining(&self, instance: InstanceId) -> Remaining {
        let Instance { ledger, held, .. } = &self.instances[instance.index()];
        let left = ledger.remaining();
        Remaining {
            cpu: CpuUnits(left.cpu.0 + held.cpu.0),
            memory: MemoryMib(left.memory.0 + held.memory.0),
            gpus: left.gpus,
        }
    }

    fn devices(&self, instance: InstanceId) -> Vec<DeviceUse> {
        self.instances[instance.index()].ledger.devices.uses(self.instance_class(instance))
    }

    fn prefer_device(&mut self, device: Device) {
        self.preferred_device = device;
    }

    fn last_device(&self) -> Device {
        self.last_device
    }

    fn task_count(&self, instance: InstanceId) -> u32 {
        self.instances[instance.index()].tasks.iter().map(|running| running.count).sum()
    }

    fn path(&self, _request: RequestId) -> &'static str {
        "reference scan"
    }

    fn validate(&self) -> Result<(), String> {
        for id in self.ids() {
            let class = self.instance_class(id);
            let kept = &self.instances[id.index()].ledger;
            let mut recount = Ledger::new(class);
            for &Running { request, count, .. } in &self.instances[id.index()].tasks {
                (0..count).for_each(|_| recount.take_but_devices(&self.request(request).demand));
            }
            recount.take_but_devices(&self.instances[id.index()].held.as_demand());
            // Who shares which device hangs on the order of what came and went; what all hold together does not.
            let tasks = self.instances[id.index()].tasks.iter();
            let wanted =
                tasks.map(|running| Alike { wanted: self.request(running.request).demand.gpus, count: running.count });
            kept.devices.recount(wanted, class).map_err(|error| format!("GPUs of instance {id}: {error}"))?;
            recount.devices = kept.devices.clone();
            if *kept != recount {
                return Err(format!("ledger of instance {id}: kept {kept:?}, recounted {recount:?}"));
            }
        }
        Ok(())
    }
}

impl Grows for ReferenceEngine<'static> {
    fn over(tables: Tables<'static>) -> Self {
        Self::from_tables(tables)
    }

    fn register_as(&mut self, class: ClassId, identity: Identity) -> InstanceId {
        let id = self.register(class);
        self.instances[id.index()].identity = Some(identity);
        id
    }

    fn identity_of(&self, instance: InstanceId) -> Option<&Identity> {
        self.identity(instance)
    }

    fn grow(&mut self, growth: &Growth<'_>) {
        let Growth { fleet, requests, turned, .. } = growth;
        let mut streams = Streams::new(self.tables.seed, requests.table.len(), &requests.streams);
        streams.take_over(&self.streams);
        self.streams = streams;
        (self.tables.fleet, self.tables.requests) = (Arc::clone(fleet).into(), Arc::clone(requests).into());
        turned.iter().for_each(|&Turned { instance, class }| self.instances[instance.index()].class = class);
    }
}

/// The checks that concern one instance, in the order of [`Reason`].
const CHECKS: [Reason; 11] = [
    Reason::Agent,
    Reason::Provider,
    Reason::Location,
    Reason::Attribute,
    Reason::Cpu,
    Reason::Memory,
    Reason::Gpu,
    Reason::Ports,
    Reason::Eni,
    Reason::MemberOf,
    Reason::DistinctInstance,
];

/// every required attribute is there, with the required value where one is named, and no other VPC.
fn has_required_attributes(request: &Request, class: &InstanceClass) -> bool {
    let required = &request.requires_attributes;
    required.iter().all(|(name, value)| has_attribute(class, name, value.as_deref()))
        && request.only.network.admits_vpc(class)
}

fn has_attribute(class: &InstanceClass, name: &str, required: Option<&str>) -> bool {
    match (class.attribute(name), required) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(value), Some(required)) => value == Some(required),
    }
}
