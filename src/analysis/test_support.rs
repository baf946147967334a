//! Records for the tests of statistics, and a cluster moved by hand for the tests of figures.

use super::catalogue::{METRICS, position};
use super::record::{Figure, RunRecord};
use super::{Recorder, ReferenceMix, RunIdentity};
use crate::engine::{Engine, FastEngine, InstanceStatus, Placed, Reason, Remaining, Room, Setup};
use crate::model::{
    ClassId, CpuUnits, DefinitionId, Demand, Device, DeviceLedger, DeviceUse, Fleet, InstanceClass, InstanceId,
    MemoryMib, MicroUsdPerHour, PlacementOptions, Policy, RequestId, Requests, Scenario, Service, ServiceSettings,
    SimTime, TaskDefinition, ZoneId,
};
use crate::simulation::{Observer, Rejection, Start, Stop, StopCause, Tasks};

/// A run that has one figure and lacks all others.
pub(super) fn record(policy: &str, seed: u32, column: &str, figure: Figure) -> RunRecord {
    let mut figures = vec![Figure::Absent; METRICS.len()];
    figures[position(column).expect("a column of the catalogue")] = figure;
    RunRecord {
        run: 0,
        policy: policy.to_owned(),
        seed,
        figures,
        samples: Vec::new(),
        failures: Vec::new(),
        services: Vec::new(),
        autoscaling: Vec::new(),
        deployments: Vec::new(),
        fleet: Vec::new(),
        snapshot_ms: 0,
        ..RunRecord::default()
    }
}

/// The figure of a column.
pub(super) fn figure(record: &RunRecord, column: &str) -> Figure {
    record.figures[position(column).expect("a column of the catalogue")]
}

/// One instance: zone, cpu, memory, price in cents an hour.
pub(super) type InstanceRow = (u32, u32, u32, Option<u64>);
/// One service: name, cpu, memory, desired tasks.
pub(super) type ServiceDescription = (&'static str, u32, u32, u32);

/// A scenario of services over the zones `az-a`, `az-b` and so on.
pub(super) fn scenario(zones: u32, instances: &[InstanceRow], services: &[ServiceDescription]) -> Scenario {
    let name = |zone: u32| format!("az-{}", char::from_u32('a' as u32 + zone).unwrap());
    let mut fleet = Fleet { zones: (0..zones).map(name).collect(), ..Fleet::default() };
    for &(zone, cpu, memory, cents) in instances {
        let price = cents.map(|cents| MicroUsdPerHour(cents * 10_000));
        let class = fleet.intern(InstanceClass { price, ..InstanceClass::new(ZoneId(zone), &name(zone), cpu, memory) });
        fleet.instances.push(class);
    }
    let definition = |&(family, cpu, memory, _): &ServiceDescription| TaskDefinition {
        family: family.to_owned(),
        demand: Demand::new(cpu, memory),
        ..TaskDefinition::default()
    };
    let service = |(index, &(name, _, _, desired_count)): (usize, &ServiceDescription)| Service {
        name: name.to_owned(),
        definition: DefinitionId::from_index(index),
        desired_count,
        strategy: None,
        constraints: Vec::new(),
        settings: ServiceSettings::default(),
    };
    Scenario {
        fleet,
        definitions: services.iter().map(definition).collect(),
        services: services.iter().enumerate().map(service).collect(),
        policies: vec![Policy { name: "p".to_owned(), strategy: None, constraints: Vec::new() }],
        ..Scenario::empty("fixture")
    }
}

/// A scenario with what is derived from it, for recorders to borrow.
pub(super) struct Fixture {
    pub(super) scenario: Scenario,
    pub(super) requests: Requests,
    pub(super) mix: ReferenceMix,
}

impl Fixture {
    pub(super) fn new(scenario: Scenario) -> Self {
        let requests = Requests::compile(&scenario, &scenario.policies[0]);
        let mix = ReferenceMix::of(&scenario);
        Self { scenario, requests, mix }
    }

    pub(super) fn stage(&self) -> Stage<'_> {
        Stage {
            recorder: Recorder::new(&self.scenario, &self.requests, &self.mix),
            cluster: Cluster {
                fleet: &self.scenario.fleet,
                requests: &self.requests,
                status: vec![InstanceStatus::Active; self.scenario.fleet.instances.len()],
                held: vec![Room::default(); self.scenario.fleet.instances.len()],
                away: Vec::new(),
                tasks: Vec::new(),
                waiting: Vec::new(),
            },
            now: SimTime::ZERO,
            next_task: 0,
        }
    }
}

/// A cluster moved by hand and the recorder that is told of it.
pub(super) struct Stage<'a> {
    pub(super) recorder: Recorder<'a>,
    pub(super) cluster: Cluster<'a>,
    pub(super) now: SimTime,
    next_task: u64,
}

impl Stage<'_> {
    /// Takes the samples that are due and lets time pass.
    pub(super) fn advance(&mut self, milliseconds: u64) {
        self.now = SimTime(self.now.0 + milliseconds);
        while let Some(at) = self.recorder.next_sample().filter(|&at| at <= self.now) {
            self.recorder.sample(at, &self.cluster, &self.cluster);
        }
    }

    pub(super) fn place(&mut self, request: u32, instance: u32) {
        self.place_asked(request, instance, self.now);
    }

    pub(super) fn place_asked(&mut self, request: u32, instance: u32, asked: SimTime) {
        let (request, instance) = (RequestId(request), InstanceId(instance));
        let is_first = self.cluster.task_count(instance) == 0;
        self.cluster.tasks.push((request, instance));
        self.next_task += 1;
        self.recorder.placed(&Start { at: self.now, task: self.next_task, request, instance, is_first, asked });
    }

    pub(super) fn stop(&mut self, index: usize, cause: StopCause) {
        let (request, instance) = self.cluster.tasks.remove(index);
        let is_last = self.cluster.task_count(instance) == 0;
        self.recorder.stopped(&Stop { at: self.now, task: 0, request, instance, is_last, cause });
    }

    /// A task is refused for the first time.
    pub(super) fn reject(&mut self, request: u32, reason: Reason, waits: bool) {
        self.refuse(request, reason, waits, true);
    }

    /// A task that was refused before is refused again.
    pub(super) fn reject_again(&mut self, request: u32, reason: Reason) {
        self.refuse(request, reason, true, false);
    }

    fn refuse(&mut self, request: u32, reason: Reason, waits: bool, is_first: bool) {
        let (at, request) = (self.now, RequestId(request));
        let rejection = Rejection { at, task: 0, request, reason, asked: at, waits, is_first, is_timed_out: false };
        self.recorder.rejected(&rejection);
    }

    pub(super) fn change(&mut self, instance: u32, to: InstanceStatus) {
        let instance = InstanceId(instance);
        let from = std::mem::replace(&mut self.cluster.status[instance.index()], to);
        if from == to {
            return;
        }
        self.recorder.instance_changed(self.now, instance, from, to);
        if to == InstanceStatus::Lost {
            while let Some(index) = self.cluster.tasks.iter().position(|&(_, place)| place == instance) {
                self.stop(index, StopCause::InstanceLost);
            }
        }
    }

    pub(super) fn look(&mut self) {
        self.recorder.snapshot(self.now, &self.cluster, &self.cluster);
    }

    pub(super) fn finish(mut self) -> RunRecord {
        self.recorder.finished(self.now, &self.cluster, &self.cluster);
        self.recorder.finish(RunIdentity { run: 0, policy: "p".to_owned(), seed: 1 })
    }
}

/// The state of a [`Stage`]: a list of tasks, recounted for every question.
pub(super) struct Cluster<'a> {
    fleet: &'a Fleet,
    requests: &'a Requests,
    pub(super) status: Vec<InstanceStatus>,
    /// What is kept on each for daemons that are not there.
    pub(super) held: Vec<Room>,
    /// Whose agent is not connected.
    pub(super) away: Vec<InstanceId>,
    pub(super) tasks: Vec<(RequestId, InstanceId)>,
    pub(super) waiting: Vec<(RequestId, SimTime)>,
}

impl Engine for Cluster<'_> {
    fn place(&mut self, _: RequestId) -> Option<Placed> {
        unreachable!("moved by hand")
    }

    fn place_on(&mut self, _: RequestId, _: InstanceId) -> Result<Placed, Reason> {
        unreachable!("moved by hand")
    }

    fn restore(&mut self, _: RequestId, _: InstanceId) -> Placed {
        unreachable!("moved by hand")
    }

    fn is_eligible(&self, request: RequestId, instance: InstanceId) -> bool {
        let Self { fleet, requests, .. } = *self;
        let mut engine = FastEngine::new(Setup { fleet, requests, options: PlacementOptions::default(), seed: 0 });
        for &(request, instance) in &self.tasks {
            engine.restore(request, instance);
        }
        self.away.iter().for_each(|&instance| engine.disconnect(instance));
        self.status[instance.index()] == InstanceStatus::Active && engine.is_eligible(request, instance)
    }

    fn refusal(&mut self, _: RequestId) -> Reason {
        unreachable!("moved by hand")
    }

    fn stop_on(&mut self, _: RequestId, _: InstanceId, _: Device) -> bool {
        unreachable!("moved by hand")
    }

    fn set_status(&mut self, _: InstanceId, _: InstanceStatus) {
        unreachable!("moved by hand")
    }

    fn disconnect(&mut self, _: InstanceId) {
        unreachable!("moved by hand")
    }

    fn connect(&mut self, _: InstanceId) {
        unreachable!("moved by hand")
    }

    fn is_connected(&self, instance: InstanceId) -> bool {
        self.fleet.class(instance).agent_connected && !self.away.contains(&instance)
    }

    fn register(&mut self, _: ClassId) -> InstanceId {
        unreachable!("moved by hand")
    }

    fn instance_count(&self) -> usize {
        self.fleet.instances.len()
    }

    fn class(&self, instance: InstanceId) -> ClassId {
        self.fleet.instances[instance.index()]
    }

    fn status(&self, instance: InstanceId) -> InstanceStatus {
        self.status[instance.index()]
    }

    fn hold(&mut self, _: InstanceId, _: Room) -> Room {
        unreachable!("moved by hand")
    }

    fn release(&mut self, _: InstanceId, _: Room) {
        unreachable!("moved by hand")
    }

    fn held(&self, instance: InstanceId) -> Room {
        self.held[instance.index()]
    }

    fn remaining(&self, instance: InstanceId) -> Remaining {
        let class = self.fleet.class(instance);
        let mut remaining = Remaining { cpu: class.cpu, memory: class.memory, gpus: class.gpus };
        for (request, _) in self.tasks.iter().filter(|(_, place)| *place == instance) {
            let demand = &self.requests[*request].demand;
            remaining.cpu = CpuUnits(remaining.cpu.0 - demand.cpu.0);
            remaining.memory = MemoryMib(remaining.memory.0 - demand.memory.0);
        }
        let idle = |used: &&DeviceUse| **used == DeviceUse::Idle;
        remaining.gpus = u32::try_from(self.devices(instance).iter().filter(idle).count()).unwrap();
        remaining
    }

    fn devices(&self, instance: InstanceId) -> Vec<DeviceUse> {
        let class = self.fleet.class(instance);
        let mut ledger = DeviceLedger::new(class);
        for (request, _) in self.tasks.iter().filter(|(_, place)| *place == instance) {
            ledger.take(self.requests[*request].demand.gpus, class, Device::ANY);
        }
        ledger.uses()
    }

    fn prefer_device(&mut self, _: Device) {}

    fn last_device(&self) -> Device {
        Device::ANY
    }

    fn task_count(&self, instance: InstanceId) -> u32 {
        u32::try_from(self.tasks.iter().filter(|(_, place)| *place == instance).count()).unwrap()
    }

    fn path(&self, _: RequestId) -> &'static str {
        "by hand"
    }

    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Tasks for Cluster<'_> {
    fn for_each(&self, visit: &mut dyn FnMut(RequestId, InstanceId)) {
        self.tasks.iter().for_each(|&(request, instance)| visit(request, instance));
    }

    fn waiting(&self) -> u64 {
        self.waiting.len() as u64
    }

    fn for_each_waiting(&self, visit: &mut dyn FnMut(RequestId, SimTime)) {
        self.waiting.iter().for_each(|&(request, asked)| visit(request, asked));
    }
}
