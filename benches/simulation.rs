//! The event loop around the placement: departures, observers and bookkeeping, with placement stubbed out.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use stowplan::analysis::{Recorder, ReferenceMix};
use stowplan::engine::{Engine, InstanceStatus, Placed, Reason, Remaining, Room};
use stowplan::model::{ClassId, Device, DeviceUse, InstanceId, RequestId, Requests, Scenario, SimSpan, SimTime};
use stowplan::simulation::{Control, Input, run};
use stowplan::workload::{Arrival, Workload};

const INSTANCES: u32 = 5_000;

/// A million, where times are taken.
fn tasks() -> u64 {
    crate::work(1_000_000)
}

/// Time of a million tasks that arrive and end, with every figure kept: two events a task.
pub(crate) fn benches(c: &mut Criterion) {
    let scenario = scenario();
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let mix = ReferenceMix::of(&scenario);
    let tasks = tasks();
    assert_eq!(go(&scenario, &requests, &mix), (tasks, 0), "every task came and went");
    let mut group = c.benchmark_group("simulation/loop");
    group.throughput(Throughput::Elements(2 * tasks)).sample_size(10);
    group.bench_function(tasks.to_string(), |bencher| bencher.iter(|| black_box(go(&scenario, &requests, &mix))));
    group.finish();
    services(c);
    week(c);
}

/// Time of a day of `scenarios/week-of-services.toml`, its load drawn before: a start and a stop are an event each.
fn week(c: &mut Criterion) {
    let scenario = day_of_the_week();
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let mix = ReferenceMix::of(&scenario);
    let arrivals: Vec<Arrival> = Workload::new(&scenario, &requests, 1).collect();
    let go = || go_around(&scenario, &requests, &mix, arrivals.iter().copied());
    let (placed, living) = go();
    let events = 2 * placed - living;
    assert!(events > crate::work(2_000_000), "{events} events are no day of that week");
    let mut group = c.benchmark_group("simulation/week");
    group.throughput(Throughput::Elements(events)).sample_size(10);
    group.bench_function("day", |bencher| bencher.iter(|| black_box(go())));
    group.finish();
}

/// A day before the zone is lost, where times are taken; nothing is rebalanced, because the stub knows no zones.
fn day_of_the_week() -> Scenario {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/week-of-services.toml");
    let mut scenario = match stowplan::scenario::load(path.as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{error}"),
    };
    let day = SimTime(crate::work(24 * 3_600_000));
    assert!(scenario.happenings.iter().all(|happening| happening.at > day), "nothing happens on the first day");
    scenario.happenings.clear();
    scenario.horizon = Some(day);
    for service in &mut scenario.services {
        service.settings.rebalancing = false;
    }
    scenario
}

/// Time of services whose desired counts rise and fall: a start and a stop are an event each.
fn services(c: &mut Criterion) {
    let scenario = curves();
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let mix = ReferenceMix::of(&scenario);
    let (placed, living) = go_services(&scenario, &requests, &mix);
    let events = 2 * placed - living;
    assert!(events > crate::work(100_000), "{events} events are too few to measure");
    let mut group = c.benchmark_group("simulation/services");
    group.throughput(Throughput::Elements(events)).sample_size(10);
    group.bench_function("1000", |bencher| bencher.iter(|| black_box(go_services(&scenario, &requests, &mix))));
    group.finish();
}

/// 1,000 services of 20 to 180 tasks over three days.
fn curves() -> Scenario {
    let minutes = crate::work(72 * 60);
    let mut text = format!(
        "name = 'curves'\nhorizon = '{minutes}m'\n[cluster]\nzones = ['a', 'b', 'c']\n[[cluster.instances]]\n\
         type = 'm5.4xlarge'\ncount = {INSTANCES}\n[[task-definitions]]\nfamily = 't'\ncpu = 256\nmemory = 512\n"
    );
    for number in 0..1_000 {
        text += &format!(
            "[[services]]\nname = 's{number}'\ntask-definition = 't'\n\
             desired-curve = {{ mean = 100, amplitude = 80, peak = '{}m' }}\n",
            number * 1_440 / 1_000
        );
    }
    match stowplan::scenario::parse(&text, "curves.toml".as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{error}"),
    }
}

fn go_services(scenario: &Scenario, requests: &Requests, mix: &ReferenceMix) -> (u64, u64) {
    go_around(scenario, requests, mix, std::iter::empty())
}

/// Runs a scenario with this load; answers placements and tasks that are left.
fn go_around(
    scenario: &Scenario,
    requests: &Requests,
    mix: &ReferenceMix,
    arrivals: impl Iterator<Item = Arrival>,
) -> (u64, u64) {
    let control = Control::default();
    let input = Input { scenario, requests, seed: 1, control: &control };
    let mut engine = Stub { classes: &scenario.fleet.instances, placed: 0, living: 0 };
    let mut recorder = Recorder::new(scenario, requests, mix);
    run(input, &mut engine, arrivals, &mut recorder).expect("nobody cancels");
    (engine.placed, engine.living)
}

fn scenario() -> Scenario {
    let text = format!(
        "name = 'loop'\n[cluster]\nzones = ['a', 'b', 'c']\n[[cluster.instances]]\ntype = 'm5.4xlarge'\n\
         count = {INSTANCES}\n[[task-definitions]]\nfamily = 't'\ncpu = 256\nmemory = 512\n[[tasks]]\n\
         task-definition = 't'\ncount = {}\n",
        tasks()
    );
    match stowplan::scenario::parse(&text, "loop.toml".as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{error}"),
    }
}

/// Runs all tasks; answers placements and tasks that are left.
fn go(scenario: &Scenario, requests: &Requests, mix: &ReferenceMix) -> (u64, u64) {
    // One arrival every 10 ms; lives up to 18 hours with many digits, so that the queue works at every level.
    let arrivals = (0..tasks()).map(|task| Arrival {
        at: SimTime(task * 10),
        request: RequestId(0),
        life: Some(SimSpan(1 + task.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 65_536_000)),
    });
    go_around(scenario, requests, mix, arrivals)
}

/// An engine that takes everything, instance after instance.
struct Stub<'a> {
    classes: &'a [ClassId],
    placed: u64,
    living: u64,
}

impl Engine for Stub<'_> {
    #[inline]
    fn place(&mut self, _request: RequestId) -> Option<Placed> {
        let instance = InstanceId(u32::try_from(self.placed % u64::from(INSTANCES)).expect("below a u32"));
        self.placed += 1;
        self.living += 1;
        Some(Placed { instance, is_first: false })
    }

    fn place_on(&mut self, _request: RequestId, _instance: InstanceId) -> Result<Placed, Reason> {
        unreachable!("nothing is started by name")
    }

    fn restore(&mut self, _request: RequestId, _instance: InstanceId) -> Placed {
        unreachable!("nothing runs already")
    }

    fn is_eligible(&self, _: RequestId, _: stowplan::model::InstanceId) -> bool {
        true
    }

    fn refusal(&mut self, _request: RequestId) -> Reason {
        Reason::Cpu
    }

    fn stop_on(&mut self, _request: RequestId, _instance: InstanceId, _device: Device) -> bool {
        self.living -= 1;
        false
    }

    fn set_status(&mut self, _instance: InstanceId, _status: InstanceStatus) {}

    fn disconnect(&mut self, _: InstanceId) {}

    fn connect(&mut self, _: InstanceId) {}

    fn is_connected(&self, _: InstanceId) -> bool {
        true
    }

    fn register(&mut self, _class: ClassId) -> InstanceId {
        InstanceId(0)
    }

    fn instance_count(&self) -> usize {
        self.classes.len()
    }

    fn class(&self, instance: InstanceId) -> ClassId {
        self.classes[instance.index()]
    }

    fn status(&self, _instance: InstanceId) -> InstanceStatus {
        InstanceStatus::Active
    }

    fn hold(&mut self, _: InstanceId, _: Room) -> Room {
        unreachable!("there are no daemons")
    }

    fn release(&mut self, _: InstanceId, _: Room) {
        unreachable!("there are no daemons")
    }

    fn remaining(&self, _instance: InstanceId) -> Remaining {
        Remaining::default()
    }

    fn devices(&self, _instance: InstanceId) -> Vec<DeviceUse> {
        Vec::new()
    }

    fn prefer_device(&mut self, _device: Device) {}

    fn last_device(&self) -> Device {
        Device::ANY
    }

    fn task_count(&self, _instance: InstanceId) -> u32 {
        0
    }

    fn path(&self, _request: RequestId) -> &'static str {
        "stub"
    }

    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}
