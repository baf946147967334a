//! Whole runs by thread CPU time, from the first task to the last figure: what one task costs beside a dependent load of
//! memory and beside the engine alone, and how much of a run the close look takes. The figures are printed, each with what it
//! is held to: `whole/fleet`, `whole/look`, `whole/common-load`.

use criterion::{BenchmarkId, Criterion, Throughput};
use rand::{Rng as _, SeedableRng as _};
use rand_xoshiro::SplitMix64;
use stowplan::analysis::record::RunRecord;
use stowplan::analysis::{Recorder, ReferenceMix, RunIdentity};
use stowplan::bench::{memory_load_ns, thread_cpu_ns, timed};
use stowplan::engine::{Engine, FastEngine, Setup};
use stowplan::experiment::{EngineKind, Experiment};
use stowplan::model::{
    Demand, GroupId, InstanceClass, PackedResource, Policy, RequestId, Requests, Rule, Scenario, SimTime, SpreadField,
    Strategy, TaskDefinition, TraceTask, ZoneId,
};
use stowplan::simulation::{Control, Observer, Tasks};

/// Cpu and memory of the eight shapes of the common load.
#[rustfmt::skip]
const SHAPES: [(u32, u32); 8] = [
    (256, 512), (512, 1_024), (1_024, 2_048), (1_024, 4_096), (2_048, 4_096), (2_048, 8_192), (4_096, 8_192), (4_096, 16_384),
];
const CHAINS: [&str; 5] = ["random", "binpack", "spread-instance", "zone-instance", "zone-binpack"];

fn policies() -> Vec<Policy> {
    let (zones, instances) = (Rule::spread_zones(), Rule::Spread(SpreadField::InstanceId));
    let binpack = Rule::Binpack(PackedResource::Memory);
    let rules = |name: &str| match name {
        "random" => vec![Rule::Random],
        "binpack" => vec![binpack.clone()],
        "spread-instance" => vec![instances.clone()],
        "zone-instance" => vec![zones.clone(), instances.clone()],
        _ => vec![zones.clone(), binpack.clone()],
    };
    let policy =
        |name: &str| Policy { name: name.into(), strategy: Some(Strategy(rules(name))), constraints: Vec::new() };
    CHAINS.map(policy).to_vec()
}

pub(crate) fn benches(c: &mut Criterion) {
    let is_measured = crate::is_measured();
    fleet(c, is_measured);
    look(c, is_measured);
    common_load(c, is_measured);
}

/// What a run took.
struct Taken {
    /// All of it, to the last figure.
    ns: u64,
    /// The close look alone.
    look_ns: u64,
    record: RunRecord,
}

/// Two of them, before and behind another observer, tell when the close look began and when it ended.
#[derive(Default)]
struct Mark(u64);

impl Observer for Mark {
    fn snapshot(&mut self, _: SimTime, _: &dyn Engine, _: &dyn Tasks) {
        self.0 = thread_cpu_ns();
    }
}

fn taken(scenario: &Scenario, policy: usize) -> Taken {
    let mix = ReferenceMix::of(scenario);
    let experiment = Experiment::new(scenario, EngineKind::Fast);
    let case = experiment.plan().into_iter().find(|case| case.policy == policy).expect("a run of each policy");
    let (ns, (look_ns, record)) = timed(|| {
        let recorder = Recorder::new(scenario, experiment.requests(case), &mix);
        let mut observers = (Mark::default(), (recorder, Mark::default()));
        experiment.run(case, &Control::default(), &mut observers).expect("nobody cancels");
        let (before, (recorder, behind)) = observers;
        (behind.0 - before.0, recorder.finish(RunIdentity { run: 0, policy: String::new(), seed: 1 }))
    });
    Taken { ns, look_ns, record }
}

fn figure(record: &RunRecord, column: &str) -> u64 {
    let position = stowplan::analysis::catalogue::position(column).expect("a column");
    let exact = record.figures[position].exact().expect("a count");
    u64::try_from(exact.numerator()).expect("a count")
}

#[expect(clippy::print_stderr, reason = "a figure for people")]
fn tell(line: &str) {
    eprintln!("{line}");
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn over(ns: u64, of: u64) -> f64 {
    ns as f64 / of.max(1) as f64
}

fn parse(text: &str) -> Scenario {
    match stowplan::scenario::parse(text, "whole.toml".as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{error}"),
    }
}

/// `scenarios/fleet-100k.toml`; a twentieth of it where nothing is measured.
fn fleet(c: &mut Criterion, is_measured: bool) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/fleet-100k.toml");
    let mut scenario = match stowplan::scenario::load(path.as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{error}"),
    };
    if !is_measured {
        scenario.horizon = Some(SimTime(60_000));
    }
    let held_to = [("random", 2.0), ("binpack", 2.4), ("az-balanced-spread", 3.0)];
    if crate::is_asked_for("whole/fleet") {
        let load = memory_load_ns();
        tell(&format!("whole/fleet: P = {load:.0} ns, a dependent load over 1,000,000 lines"));
        for (name, most) in held_to {
            let Taken { ns, look_ns, record } = taken(&scenario, position(&scenario, name));
            let a_task = over(ns, figure(&record, "attempts"));
            let (of_load, look) = (a_task / load, 100.0 * over(look_ns, ns));
            tell(&format!(
                "whole/fleet/{name}: {a_task:.0} ns a task, {of_load:.2} P ({most:.1} wanted); close look {look:.0} %"
            ));
        }
    }
    let mut group = c.benchmark_group("whole/fleet");
    group.sample_size(10);
    for (name, _) in held_to {
        let policy = position(&scenario, name);
        group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter(|| taken(&scenario, policy).ns));
    }
    group.finish();
}

fn position(scenario: &Scenario, policy: &str) -> usize {
    scenario.policies.iter().position(|known| known.name == policy).expect("a policy of the scenario")
}

/// Ten tasks an instance, which stay: the share of the close look, 15 % wanted.
fn look(c: &mut Criterion, is_measured: bool) {
    let sizes: &[u32] = if is_measured { &[10_000, 100_000] } else { &[100] };
    let mut group = c.benchmark_group("whole/look");
    group.sample_size(10);
    for &instances in sizes {
        let scenario = full(instances);
        group.throughput(Throughput::Elements(u64::from(instances) * 10));
        for (policy, name) in CHAINS.into_iter().enumerate() {
            if crate::is_asked_for("whole/look") {
                let Taken { ns, look_ns, record } = taken(&scenario, policy);
                let (a_task, look) = (over(ns, figure(&record, "attempts")), 100.0 * over(look_ns, ns));
                tell(&format!(
                    "whole/look/{name}/{instances}: {a_task:.0} ns a task; close look {look:.1} % (15 wanted)"
                ));
            }
            group.bench_function(BenchmarkId::new(name, instances), |b| b.iter(|| taken(&scenario, policy).ns));
        }
    }
    group.finish();
}

/// Instances of one type, and so many tasks that nine tenths of them are full.
fn full(instances: u32) -> Scenario {
    let mut text = format!(
        "name = 'full'\nseeds = 1\n[cluster]\nzones = ['a', 'b', 'c']\n[[cluster.instances]]\ntype = 'm5.4xlarge'\n\
         count = {instances}\n"
    );
    for (number, (cpu, memory)) in [(256, 512), (512, 1_024), (1_024, 4_096), (2_048, 6_144)].into_iter().enumerate() {
        text += &format!("[[task-definitions]]\nfamily = 'f{number}'\ncpu = {cpu}\nmemory = {memory}\n");
    }
    text += "[[tasks]]\nshapes = [\n";
    for (number, weight) in [1, 1, 2, 3].into_iter().enumerate() {
        text += &format!("{{ task-definition = 'f{number}', weight = {weight} }},\n");
    }
    text += &format!("]\ncount = {}\narrivals = {{ model = 'poisson', rate-per-hour = 1000000 }}\n", instances * 10);
    Scenario { policies: policies(), ..parse(&text) }
}

/// The common load (see `engine/common_load_tests.rs`) as rows of a trace, beside the placements of the engine alone: four
/// times as much is wanted.
fn common_load(c: &mut Criterion, is_measured: bool) {
    let instances = if is_measured { 100_000 } else { 100 };
    let scenario = traced(instances);
    let mut group = c.benchmark_group("whole/common-load");
    group.throughput(Throughput::Elements(scenario.trace.tasks.len() as u64)).sample_size(10);
    for (policy, name) in CHAINS.into_iter().enumerate().skip(1) {
        if crate::is_asked_for("whole/common-load") {
            let tasks = scenario.trace.tasks.len() as u64;
            let alone = over(placements(&scenario, policy), tasks);
            let Taken { ns, look_ns, record } = taken(&scenario, policy);
            assert_eq!(figure(&record, "tasks_placed"), tasks, "all of them fit");
            let (a_task, look) = (over(ns, tasks), 100.0 * over(look_ns, ns));
            let times = a_task / alone;
            tell(&format!(
                "whole/common-load/{name}/{instances}: {a_task:.0} ns a task, {times:.1} times the {alone:.0} of the engine (4 wanted); \
                 close look {look:.0} %"
            ));
        }
        group.bench_function(BenchmarkId::new(name, instances), |b| b.iter(|| taken(&scenario, policy).ns));
    }
    group.finish();
}

/// Nanoseconds of the same placements by the engine alone.
fn placements(scenario: &Scenario, policy: usize) -> u64 {
    let requests = Requests::compile(scenario, &scenario.policies[policy]);
    let kinds: Vec<RequestId> = requests.trace.clone();
    let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 1 };
    let mut engine = FastEngine::new(setup);
    let (ns, placed) = timed(|| kinds.iter().filter(|&&kind| engine.place(kind).is_some()).count());
    assert_eq!(placed, kinds.len(), "all of them fit");
    ns
}

/// A task of the common load every 10 ms.
fn traced(instances: u32) -> Scenario {
    let (cpu, memory) = (16_384, 65_536);
    let mut scenario = Scenario { policies: policies(), ..Scenario::empty("common-load") };
    scenario.fleet.zones = ["a", "b", "c"].map(str::to_owned).to_vec();
    let classes: Vec<_> = (0..)
        .zip(["a", "b", "c"])
        .map(|(zone, name)| scenario.fleet.intern(InstanceClass::new(ZoneId(zone), name, cpu, memory)))
        .collect();
    scenario.fleet.instances = classes.into_iter().cycle().take(instances as usize).collect();
    let definition = |(family, &(cpu, memory)): (usize, &(u32, u32))| TaskDefinition {
        family: format!("s{family}"),
        demand: Demand::new(cpu, memory),
        ..TaskDefinition::default()
    };
    scenario.definitions = SHAPES.iter().enumerate().map(definition).collect();
    scenario.trace.groups = vec!["service:a".to_owned()];
    let (mut asked, most) = (0, u64::from(instances) * u64::from(cpu) * 9 / 10);
    let mut draws = SplitMix64::from_seed(42_u64.to_le_bytes());
    loop {
        let shape = usize::try_from(draws.next_u64() >> 61).expect("three bits");
        asked += u64::from(SHAPES[shape].0);
        if asked > most {
            break;
        }
        let at = SimTime(scenario.trace.tasks.len() as u64 * 10);
        let definition = stowplan::model::DefinitionId::from_index(shape);
        scenario.trace.tasks.push(TraceTask { at, life: None, definition, group: GroupId(0) });
    }
    scenario
}
