//! Conservation and undo under random programs of everything that can happen, with both engines side by side
//! (P1 to P8, P38 to P41).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;
use stowplan::engine::{Engine, FastEngine, InstanceStatus, ReferenceEngine, Setup};
use stowplan::model::{
    ClassId, Device, DeviceUse, GpuDemand, InstanceId, MILLI_PER_DEVICE, RequestId, Requests, Scenario, SimTime,
};
use stowplan::simulation::{Control, DeploymentReport, Input, Observer, Rejection, Start, Stop, StopCause, Tasks, run};
use stowplan::workload::Workload;

use crate::support::scenario;

/// Replays what is told, from nothing but what is told, and checks every law on the way.
struct Auditor<'a> {
    scenario: &'a Scenario,
    requests: &'a Requests,
    classes: Vec<ClassId>,
    status: Vec<InstanceStatus>,
    /// Whose agent is not connected.
    away: BTreeSet<InstanceId>,
    living: BTreeMap<u64, (RequestId, InstanceId)>,
    ever: BTreeSet<u64>,
    now: SimTime,
    log: String,
    counts: [u64; 4],
    /// What lives at the end, with its devices.
    left: Vec<(RequestId, InstanceId, Device)>,
}

impl<'a> Auditor<'a> {
    fn new(scenario: &'a Scenario, requests: &'a Requests) -> Self {
        Self {
            scenario,
            requests,
            classes: scenario.fleet.instances.clone(),
            status: vec![InstanceStatus::Active; scenario.fleet.instances.len()],
            away: BTreeSet::new(),
            living: BTreeMap::new(),
            ever: Default::default(),
            now: SimTime::ZERO,
            log: String::new(),
            counts: [0; 4],
            left: Vec::new(),
        }
    }

    fn tick(&mut self, at: SimTime, line: std::fmt::Arguments<'_>) {
        assert!(at >= self.now, "time ran backwards");
        self.now = at;
        writeln!(self.log, "{at} {line}").unwrap();
    }

    /// Whole devices, MiB of memory and thousandths of devices that the tasks of an instance hold, recounted.
    fn gpus(&self, instance: InstanceId) -> [u32; 3] {
        let class = &self.scenario.fleet.classes[self.classes[instance.index()].index()];
        let there = self.living.values().filter(|(_, at)| *at == instance);
        there.fold([0; 3], |[whole, memory, milli], (request, _)| match self.requests[*request].demand.gpus {
            GpuDemand::Memory(more) => [whole, memory + more.0, milli],
            GpuDemand::Share(more) => [whole, memory, milli + more],
            other => [whole + other.whole_devices(class), memory, milli],
        })
    }

    /// What the tasks of an instance reserve, recounted.
    fn reserved(&self, instance: InstanceId) -> (u32, u32) {
        let there = self.living.values().filter(|(_, at)| *at == instance);
        there.fold((0, 0), |(cpu, memory), (request, _)| {
            let demand = &self.requests[*request].demand;
            (cpu + demand.cpu.0, memory + demand.memory.0)
        })
    }
}

impl Observer for Auditor<'_> {
    fn placed(&mut self, start: &Start) {
        self.tick(start.at, format_args!("+ {} {} {}", start.task, start.request, start.instance));
        assert_eq!(self.status[start.instance.index()], InstanceStatus::Active, "only ACTIVE instances take tasks");
        assert!(!self.away.contains(&start.instance), "an instance without its agent takes no task");
        assert!(self.ever.insert(start.task), "task {} is started twice", start.task);
        let first = !self.living.values().any(|(_, at)| *at == start.instance);
        assert_eq!(first, start.is_first);
        if self.requests[start.request].distinct_instance {
            let group = self.requests[start.request].group;
            let clash = self.living.values().any(|(id, at)| *at == start.instance && self.requests[*id].group == group);
            assert!(!clash, "distinctInstance is broken");
        }
        self.living.insert(start.task, (start.request, start.instance));
        let class = &self.scenario.fleet.classes[self.classes[start.instance.index()].index()];
        let (cpu, memory) = self.reserved(start.instance);
        assert!(cpu <= class.cpu.0 && memory <= class.memory.0, "P1: an instance holds more than it has");
        self.counts[0] += 1;
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.tick(rejection.at, format_args!("! {} {} {}", rejection.task, rejection.request, rejection.reason));
        self.counts[1] += 1;
    }

    fn stopped(&mut self, stop: &Stop) {
        self.tick(stop.at, format_args!("- {} {} {}", stop.task, stop.instance, stop.cause.text()));
        let was = self.living.remove(&stop.task);
        assert_eq!(was, Some((stop.request, stop.instance)), "a task that stops was started there");
        let is_lost = self.status[stop.instance.index()] == InstanceStatus::Lost;
        assert_eq!(is_lost, stop.cause == StopCause::InstanceLost);
        assert_eq!(stop.is_last, !self.living.values().any(|(_, at)| *at == stop.instance));
        self.counts[2] += 1;
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        self.tick(at, format_args!("{instance} {to:?}"));
        assert_eq!(std::mem::replace(&mut self.status[instance.index()], to), from);
        if from == InstanceStatus::Lost {
            self.away.remove(&instance);
        }
    }

    fn agent_changed(&mut self, at: SimTime, instance: InstanceId, connected: bool) {
        self.tick(at, format_args!("{instance} agent {connected}"));
        assert_ne!(self.status[instance.index()], InstanceStatus::Lost);
        let is_news = if connected { self.away.remove(&instance) } else { self.away.insert(instance) };
        assert!(is_news, "only what changes is told");
    }

    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.tick(at, format_args!("{instance} registers"));
        assert_eq!(instance.index(), self.classes.len(), "a new instance is the last in order");
        self.classes.push(class);
        self.status.push(InstanceStatus::Active);
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        writeln!(self.log, "{report:?}").unwrap();
        self.counts[3] += 1;
    }

    fn finished(&mut self, at: SimTime, engine: &dyn Engine, tasks: &dyn Tasks) {
        self.tick(at, format_args!("end"));
        engine.validate().unwrap();
        let mut told: Vec<_> = self.living.values().copied().collect();
        let mut seen = Vec::new();
        tasks.for_each(&mut |request, instance| seen.push((request, instance)));
        tasks.for_each_on(&mut |request, instance, device| self.left.push((request, instance, device)));
        told.sort_unstable();
        seen.sort_unstable();
        assert_eq!(told, seen, "P4: what lives is what was started and not stopped");
        for (index, status) in self.status.iter().enumerate() {
            let id = InstanceId::from_index(index);
            assert_eq!(engine.status(id), *status);
            assert!(*status == InstanceStatus::Lost || engine.is_connected(id) != self.away.contains(&id));
            let class = &self.scenario.fleet.classes[self.classes[index].index()];
            let (cpu, memory) = self.reserved(id);
            let left = engine.remaining(id);
            let mut used = [0; 3];
            for (position, device) in engine.devices(id).into_iter().enumerate() {
                match device {
                    DeviceUse::Idle => {}
                    DeviceUse::Dedicated => used[0] += 1,
                    DeviceUse::Memory { left } => used[1] += class.gpu_kind.memory[position].0 - left.0,
                    DeviceUse::Milli { left } => used[2] += MILLI_PER_DEVICE - left,
                }
            }
            assert_eq!(used, self.gpus(id), "P2 of GPUs on {id}");
            assert_eq!((left.cpu.0 + cpu, left.memory.0 + memory), (class.cpu.0, class.memory.0), "P2 on {id}");
            assert!(*status != InstanceStatus::Lost || cpu + memory == 0, "a lost instance is empty");
        }
    }
}

fn audit<E: Engine>(scenario: &Scenario, requests: &Requests, mut engine: E) -> (String, [u64; 4]) {
    let mut auditor = Auditor::new(scenario, requests);
    let control = Control::default();
    let input = Input { scenario, requests, seed: 3, control: &control };
    run(input, &mut engine, Workload::new(scenario, requests, 3), &mut auditor).unwrap();
    undo(&auditor, &mut engine);
    (auditor.log, auditor.counts)
}

/// P40: once everything has stopped and nothing is held, instances are as they registered.
fn undo<E: Engine>(auditor: &Auditor<'_>, engine: &mut E) {
    for &(request, instance, device) in auditor.left.iter().rev() {
        engine.stop_on(request, instance, device);
    }
    for (index, class) in auditor.classes.iter().enumerate() {
        let (id, class) = (InstanceId::from_index(index), &auditor.scenario.fleet.classes[class.index()]);
        engine.release(id, engine.held(id));
        let left = engine.remaining(id);
        assert_eq!((left.cpu, left.memory, left.gpus), (class.cpu, class.memory, class.gpus), "P40 on {id}");
        assert_eq!(engine.task_count(id), 0, "P40 on {id}");
    }
    engine.validate().unwrap();
}

/// One service as TOML.
fn services() -> impl Strategy<Value = String> {
    let percents = select(vec![(100, 200), (50, 100), (0, 100), (100, 101), (50, 150), (75, 125)]);
    let more = select(vec![
        "",
        "availability-zone-rebalancing = true\n",
        "desired = [{ at = '3m', count = 9 }, { at = '12m', count = 2 }]\n",
        "scale-in-protection = '7m'\ndesired = [{ at = '5m', count = 1 }]\n",
        "circuit-breaker = { rollback = true }\n",
        "circuit-breaker = { threshold-type = 'COUNT', threshold-value = 2 }\n",
        "placementConstraints = [{ type = 'distinctInstance' }]\n",
    ]);
    let deployments = (select(vec!["", "at = '4m'", "at = '4m'", "at = '4m' }, { at = '9m'"]), families()).prop_map(
        |(times, family)| match times {
            "" => String::new(),
            times => format!("deployments = [{{ {times}, task-definition = '{family}' }}]\n"),
        },
    );
    let stages = select(vec![
        "",
        "",
        "early-success = { healthy-percent = 100, source-cleanup = 'DEFERRED' }",
        "strategy = 'BLUE_GREEN', bake-time = '3m'",
        "strategy = 'BLUE_GREEN', bake-time = '1m', pause = '2m'",
        "strategy = 'LINEAR', bake-time = '1m', step-percent = 50, step-bake-time = '1m'",
        "strategy = 'CANARY', bake-time = '0s', canary-bake-time = '2m'",
    ]);
    let daemon = prop::bool::weighted(0.2);
    (0..8_u32, percents, more, (deployments, stages), families(), daemon).prop_map(
        |(desired, (minimum, maximum), more, (mut deployments, stages), family, daemon)| {
            if !stages.is_empty() && !daemon && !deployments.is_empty() && !more.contains("breaker") {
                deployments += &format!("deployment-configuration = {{ {stages} }}\n");
            }
            if daemon {
                // A DAEMON never has more than one on an instance, so that at 100 no deployment could begin.
                let minimum = minimum.min(90);
                return format!(
                    "task-definition = '{family}'\nscheduling-strategy = 'DAEMON'\n\
                     minimum-healthy-percent = {minimum}\n{deployments}"
                );
            }
            format!(
                "task-definition = '{family}'\ndesired-count = {desired}\nminimum-healthy-percent = {minimum}\n\
                 maximum-percent = {maximum}\n{more}{deployments}"
            )
        },
    )
}

/// Plain tasks, and such as ask for GPUs in every form.
fn families() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c", "a", "b", "c", "whole", "all", "slice", "share", "small-share"])
}

fn happenings() -> impl Strategy<Value = String> {
    let what = select(vec![
        "zone-lost = 'z1'",
        "zone-returned = 'z1'",
        "zone-lost = 'z2'",
        "zone-returned = 'z2'",
        "instance-drained = 'i-00000000'",
        "instance-activated = 'i-00000000'",
        "instance-drained = 'i-00000002'",
        "instance-lost = 'i-00000001'",
        "instance-returned = 'i-00000001'",
        "agent-disconnected = 'i-00000000'",
        "agent-connected = 'i-00000000'",
        "agent-disconnected = 'i-00000001'",
        "zone-disconnected = 'z2'",
        "zone-connected = 'z2'",
        "instances-registered = { like = 'i-00000001', count = 2 }",
        "patch-wave = { at-a-time = 1, duration = '1m', deadline = '4m' }",
        "patch-wave = { at-a-time = 2, duration = '2m', deadline = '2m', zone = 'z1' }",
        "spot-interruption = { count = 2, notice = '2m', replaced-after = '3m' }",
    ]);
    (0..20_u32, what).prop_map(|(minute, what)| format!("[[happenings]]\nat = '{minute}m'\n{what}\n"))
}

pub(crate) fn programs() -> impl Strategy<Value = String> {
    let strategy = select(vec![
        "[]",
        "[{ type = 'spread', field = 'attribute:ecs.availability-zone' }, { type = 'binpack', field = 'cpu' }]",
        "[{ type = 'binpack', field = 'memory' }]",
        "[{ type = 'spread', field = 'instanceId' }]",
    ]);
    let options = select(vec![
        "",
        "stop-delay = '30s'\nmaximum-counts-stopping = true",
        "stop-delay = '90s'\nscale-in = 'random-in-bucket'",
        "retry-throttling = true\nservice-turns = 'oldest-pending'",
        "spread-counts-draining = false",
    ]);
    let failures = select(vec!["", "", "[failures]\nmean-time = '1h'\nreplaced-after = '2m'\n"]);
    let tasks = prop::bool::ANY.prop_map(|some| {
        let text = "[[tasks]]\ntask-definition = 'a'\ncount = 30\nplacementStrategy = [{ type = 'binpack', field = 'cpu' }]\n\
            arrivals = { model = 'poisson', rate-per-hour = 120 }\nlifetime = { model = 'exponential', mean = '4m' }\n";
        if some { text } else { "" }
    });
    let services = prop::collection::vec(services(), 1..5);
    let happenings = prop::collection::vec(happenings(), 0..8);
    (1..7_u32, services, happenings, strategy, options, failures, tasks).prop_map(
        |(instances, services, happenings, strategy, options, failures, tasks)| {
            let mut text = format!(
                "name = 'p'\nhorizon = '30m'\n[cluster]\nzones = ['z1', 'z2']\n[[cluster.instances]]\ncpu = 8\n\
                 memory = 8\ncount = {}\n[[cluster.instances]]\ncpu = 8\nmemory = 8\ngpu = 2\ngpu-memory = [12, 12]\n\
                 count = 2\n[[cluster.instances]]\ncpu = 8\nmemory = 8\ngpu = 2\ngpu-slice = '0.25'\n\
                 [options]\n{options}\n",
                instances + 2
            );
            let plain = [("a", 1, 2, ""), ("b", 2, 1, ""), ("c", 5, 3, "")];
            let with_gpus = [
                ("whole", 1, 1, "gpu = 1"),
                ("all", 1, 1, "gpu = 'ALL'"),
                ("slice", 1, 1, "gpu = '0.25'"),
                ("share", 1, 1, "gpu-memory = 7"),
                ("small-share", 2, 1, "gpu-memory = 3"),
            ];
            for (family, cpu, memory, gpu) in plain.into_iter().chain(with_gpus) {
                let sizes = format!("cpu = {cpu}\nmemory = {memory}\n{gpu}\n");
                let _ = write!(text, "[[task-definitions]]\nfamily = '{family}'\n{sizes}");
            }
            for (number, service) in services.iter().enumerate() {
                let _ = write!(text, "[[services]]\nname = 's{number}'\n{service}");
            }
            happenings.iter().for_each(|happening| text += happening);
            text + failures + tasks + &format!("[[policies]]\nname = 'p'\nplacementStrategy = {strategy}\n")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever happens, nothing is lost or held twice, and both engines tell the same story.
    #[test]
    fn p1_to_p8_hold_under_random_programs_and_both_engines_agree(text in programs()) {
        let scenario = scenario(&text);
        let requests = Requests::compile(&scenario, &scenario.policies[0]);
        let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 9 };
        let (reference, counts) = audit(&scenario, &requests, ReferenceEngine::new(setup));
        let (fast, _) = audit(&scenario, &requests, FastEngine::new(setup));
        prop_assert_eq!(fast, reference, "{}", text);
        prop_assert!(counts[0] >= counts[2]);
    }
}

/// The strategy above is worth something only if programs do things.
#[test]
fn random_programs_start_stop_refuse_and_deploy() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut sums = [0; 4];
    for _ in 0..50 {
        let text = programs().new_tree(&mut runner).unwrap().current();
        let scenario = scenario(&text);
        let requests = Requests::compile(&scenario, &scenario.policies[0]);
        let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 9 };
        let (_, counts) = audit(&scenario, &requests, FastEngine::new(setup));
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    assert!(sums.iter().all(|&sum| sum > 30), "{sums:?}");
}
