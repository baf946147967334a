//! A world that is driven from outside: what a fork copies beside a plain copy of as many bytes, what a command costs beside
//! the same event in a run, what it costs to learn a kind of task.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use stowplan::bench::timed;
use stowplan::engine::{FastEngine, Setup};
use stowplan::live::{Command, Live, Register, RunTask};
use stowplan::model::{
    DefinitionId, Demand, InstanceClass, Policy, Requests, Scenario, Service, ServiceSettings, SimSpan, SimTime,
    TaskDefinition, ZoneId,
};
use stowplan::simulation::{Control, Input, engine_key, run};
use stowplan::workload::Arrival;

const INSTANCES: u32 = 10_000;
const SERVICES: u32 = 20;
/// Of services; there are as many by themselves.
const TASKS_A_SERVICE: u32 = 1_250;
/// Commands of a measurement.
fn commands_a_time() -> u64 {
    crate::work(100_000)
}

/// An empty cluster of three zones, with one kind of task.
fn cluster() -> Scenario {
    let mut scenario = Scenario::empty("live");
    scenario.fleet.zones = ["a", "b", "c"].map(str::to_owned).to_vec();
    scenario.definitions =
        vec![TaskDefinition { family: "f".into(), demand: Demand::new(256, 512), ..TaskDefinition::default() }];
    for (zone, name) in (0..).zip(["a", "b", "c"]) {
        let class = scenario.fleet.intern(InstanceClass::new(ZoneId(zone), name, 4_096, 16_384));
        let count = (INSTANCES / 3 + u32::from(zone < INSTANCES % 3)) as usize;
        scenario.fleet.instances.extend(std::iter::repeat_n(class, count));
    }
    scenario.policies = vec![Policy { name: "ecs".into(), strategy: None, constraints: Vec::new() }];
    scenario
}

/// 10,000 instances with 50,000 tasks, half of them of services.
fn world() -> Live {
    let mut live: Live = Live::open(&cluster(), None, 1, ());
    for number in 0..SERVICES {
        let service = Service {
            name: format!("s{number}"),
            definition: DefinitionId(0),
            desired_count: TASKS_A_SERVICE,
            strategy: None,
            constraints: Vec::new(),
            settings: ServiceSettings::default(),
        };
        live.apply(Command::CreateService(service)).expect("a service is created");
    }
    let kind = live.kind(&RunTask::of(DefinitionId(0))).expect("a task may be run");
    let life = Some(SimSpan::from_secs(86_400));
    for _ in 0..SERVICES * TASKS_A_SERVICE / 10 {
        live.apply(Command::Run { kind, count: 10, life }).expect("a task may be run");
    }
    assert_eq!(live.look().tasks().len(), 50_000, "the timed work is the right work");
    live
}

pub(crate) fn benches(c: &mut Criterion) {
    fork(c);
    commands(c);
    grow(c);
}

fn fork(c: &mut Criterion) {
    let live = world();
    let bytes = live.engine().bytes() + 50_000 * 32;
    let copied = vec![7_u8; bytes];
    let mut group = c.benchmark_group("live");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function(BenchmarkId::new("fork", INSTANCES), |b| b.iter_with_large_drop(|| black_box(live.fork())));
    group.bench_function(BenchmarkId::new("copy", INSTANCES), |b| {
        b.iter_with_large_drop(|| black_box(copied.clone()));
    });
    group.finish();
}

/// One task every 10 ms that lives for about an hour.
fn arrivals(kind: stowplan::model::RequestId) -> impl Iterator<Item = Arrival> {
    (0..commands_a_time()).map(move |task| Arrival {
        at: SimTime(task * 10),
        request: kind,
        life: Some(SimSpan(1 + task.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 3_600_000)),
    })
}

fn commands(c: &mut Criterion) {
    let scenario = cluster();
    let mut live: Live = Live::open(&scenario, None, 1, ());
    let kind = live.kind(&RunTask::of(DefinitionId(0))).expect("a task may be run");
    let mut with_source = scenario.clone();
    with_source.trace.groups = vec!["family:f".into()];
    with_source.trace.tasks = vec![stowplan::model::TraceTask {
        at: SimTime::ZERO,
        life: None,
        definition: DefinitionId(0),
        group: stowplan::model::GroupId(0),
    }];
    let requests = Requests::compile(&with_source, &with_source.policies[0]);
    let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: engine_key(1) };
    let by_a_run = || {
        let (mut engine, control) = (FastEngine::new(setup), Control::default());
        let input = Input { scenario: &scenario, requests: &requests, seed: 1, control: &control };
        timed(|| run(input, &mut engine, arrivals(kind), &mut ()).expect("nobody cancels")).0
    };
    let by_commands = || {
        let mut live = live.fork();
        let drive = || {
            for Arrival { at, life, .. } in arrivals(kind) {
                live.open_moment(at).expect("time goes on");
                live.apply(Command::Run { kind, count: 1, life }).expect("a task may be run");
            }
            live.advance_to(SimTime(commands_a_time() * 10 + 3_600_000)).expect("time goes on");
        };
        timed(drive).0
    };
    if crate::is_asked_for("live/command") {
        print_difference(by_a_run, by_commands);
    }
    let mut group = c.benchmark_group("live");
    group.throughput(Throughput::Elements(commands_a_time()));
    let times = |repetitions: u64, work: &dyn Fn() -> u64| Duration::from_nanos((0..repetitions).map(|_| work()).sum());
    group.bench_function(BenchmarkId::new("run", INSTANCES), |b| b.iter_custom(|n| times(n, &by_a_run)));
    group.bench_function(BenchmarkId::new("command", INSTANCES), |b| b.iter_custom(|n| times(n, &by_commands)));
    group.finish();
}

/// What a command takes beyond the same event in a run: medians of runs in turn.
#[expect(clippy::print_stderr, clippy::cast_precision_loss, reason = "a figure for people; nanoseconds of seconds")]
fn print_difference(by_a_run: impl Fn() -> u64, by_commands: impl Fn() -> u64) {
    const PAIRS: usize = 15;
    let mut pairs: Vec<(u64, u64)> = (0..PAIRS).map(|_| (by_a_run(), by_commands())).collect();
    let mut median = |side: fn(&(u64, u64)) -> u64| {
        pairs.sort_unstable_by_key(side);
        side(&pairs[PAIRS / 2]) as f64 / commands_a_time() as f64
    };
    let (run, command) = (median(|pair| pair.0), median(|pair| pair.1));
    let more = command - run;
    eprintln!("live/command: {command:.0} ns, {more:.0} ns more than {run:.0} ns in a run (200 more are allowed)");
}

fn grow(c: &mut Criterion) {
    let live = world();
    let mut group = c.benchmark_group("live");
    group.bench_function(BenchmarkId::new("learn", INSTANCES), |b| {
        let task = RunTask { group: Some("another".into()), ..RunTask::of(DefinitionId(0)) };
        b.iter_batched(
            || live.fork(),
            |mut live| {
                live.kind(&task).expect("a task may be run");
                live
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function(BenchmarkId::new("register", INSTANCES), |b| {
        let class = InstanceClass::new(ZoneId(0), "a", 4_096, 16_384);
        b.iter_batched(
            || live.fork(),
            |mut live| {
                live.apply(Command::Register(Register { class: class.clone(), count: 1, identity: None }))
                    .expect("new");
                live
            },
            BatchSize::LargeInput,
        );
    });
    let own = |number: u32| {
        let mut class = InstanceClass::new(ZoneId(0), "a", 4_096, 16_384);
        class.attributes.insert("name".to_owned(), Some(format!("i-{number}")));
        Register { class, count: 1, identity: None }
    };
    let many: Vec<Register> = (0..1_000).map(own).collect();
    group.throughput(Throughput::Elements(1_000)).sample_size(10);
    group.bench_function(BenchmarkId::new("register-all", INSTANCES), |b| {
        b.iter_batched(
            || (live.fork(), many.clone()),
            |(mut live, many)| {
                live.apply(Command::RegisterAll(many)).expect("new");
                live
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}
