//! Figures: what a recorder adds to every event, the close look at a large cluster, and statistics over many runs.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use stowplan::analysis::catalogue::{METRICS, position};
use stowplan::analysis::compare::compare;
use stowplan::analysis::record::{Figure, RunRecord};
use stowplan::analysis::summary::summarise;
use stowplan::analysis::{Recorder, ReferenceMix, RunIdentity};
use stowplan::engine::{Engine, ReferenceEngine, Setup};
use stowplan::model::{
    DefinitionId, Demand, Fleet, InstanceClass, InstanceId, PlacementOptions, Policy, RequestId, Requests, Scenario,
    Service, SimSpan, SimTime, TaskDefinition, Trace, ZoneId,
};
use stowplan::simulation::{Observer, Start, Stop, StopCause, Tasks};

const TASKS: u64 = 1_000_000;
const SERVICES: u32 = 64;
const INSTANCES: u32 = 100_000;

/// Time of a recorder for a million tasks that come and go, of one close look, and of the statistics of an experiment.
pub(crate) fn benches(c: &mut Criterion) {
    let scenario = scenario();
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let mix = ReferenceMix::of(&scenario);
    let fixture = Fixture { scenario: &scenario, requests: &requests, mix: &mix };
    recorder(c, "analysis/recorder", &fixture, 10);
    recorder(c, "analysis/recorder/one-per-instance", &fixture, 1);
    close_look(c, &fixture);
    statistics(c);
}

struct Fixture<'a> {
    scenario: &'a Scenario,
    requests: &'a Requests,
    mix: &'a ReferenceMix,
}

impl Fixture<'_> {
    fn recorder(&self) -> Recorder<'_> {
        Recorder::new(self.scenario, self.requests, self.mix)
    }

    fn engine(&self) -> ReferenceEngine<'_> {
        let Scenario { fleet, options, .. } = self.scenario;
        ReferenceEngine::new(Setup { fleet, requests: self.requests, options: *options, seed: 1 })
    }
}

/// `depth` tasks lie on every instance of half the fleet; each arrival takes the place of the oldest task.
fn recorder(c: &mut Criterion, name: &str, fixture: &Fixture<'_>, depth: u64) {
    let engine = fixture.engine();
    let record = finish(churn(fixture, depth), &engine);
    let count = |column: &str| record.figures[position(column).expect("a column")];
    assert_eq!(count("tasks_placed"), Figure::Count(TASKS), "the timed work is the right work");
    assert!(matches!(count("instances_in_use_peak"), Figure::Count(50_000 | 50_001)));

    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(TASKS)).sample_size(10);
    group.bench_function(TASKS.to_string(), |b| b.iter(|| finish(churn(black_box(fixture), depth), &engine)));
    group.finish();
}

fn churn<'a>(fixture: &'a Fixture<'_>, depth: u64) -> Recorder<'a> {
    let mut recorder = fixture.recorder();
    let living = u64::from(INSTANCES) * depth / 2;
    let place = |task: u64| scatter(task % (2 * living) / depth);
    let request = |task: u64| RequestId(u32::try_from(task % u64::from(SERVICES)).expect("a small number"));
    for task in 0..TASKS {
        let at = SimTime(task / 3);
        if let Some(oldest) = task.checked_sub(living) {
            let is_last = oldest % depth == depth - 1;
            let (request, instance) = (request(oldest), place(oldest));
            recorder.stopped(&Stop { at, task: oldest, request, instance, is_last, cause: StopCause::Ended });
        }
        let is_first = task % depth == 0;
        recorder.placed(&Start { at, task, request: request(task), instance: place(task), is_first, asked: at });
    }
    recorder
}

/// Neighbours in time are not neighbours in memory. The multiplier has no factor in common with the instances.
fn scatter(index: u64) -> InstanceId {
    InstanceId(u32::try_from(index * 7_919 % u64::from(INSTANCES)).expect("an instance"))
}

fn finish(mut recorder: Recorder<'_>, engine: &dyn Engine) -> RunRecord {
    recorder.finished(SimTime(TASKS), engine, &Living(0));
    recorder.finish(RunIdentity { run: 0, policy: String::new(), seed: 1 })
}

/// This many living tasks, spread over services and instances.
struct Living(u64);

impl Tasks for Living {
    fn for_each(&self, visit: &mut dyn FnMut(RequestId, InstanceId)) {
        for task in 0..self.0 {
            visit(RequestId(u32::try_from(task % u64::from(SERVICES)).expect("a small number")), scatter(task));
        }
    }

    fn waiting(&self) -> u64 {
        0
    }

    fn for_each_waiting(&self, _: &mut dyn FnMut(RequestId, SimTime)) {}
}

fn close_look(c: &mut Criterion, fixture: &Fixture<'_>) {
    let engine = fixture.engine();
    let look = || {
        let mut recorder = fixture.recorder();
        recorder.snapshot(SimTime::ZERO, &engine, &Living(TASKS));
        finish(recorder, &engine)
    };
    assert_eq!(look().services.iter().map(|row| row.tasks).sum::<u64>(), TASKS, "the timed work is the right work");
    let mut group = c.benchmark_group("analysis/close-look");
    group.throughput(Throughput::Elements(TASKS)).sample_size(10);
    group.bench_function(TASKS.to_string(), |b| b.iter(look));
    group.finish();
}

fn statistics(c: &mut Criterion) {
    const POLICIES: u32 = 10;
    const SEEDS: u32 = 1_000;
    let runs = (0..POLICIES).flat_map(|policy| (1..=SEEDS).map(move |seed| (policy, seed)));
    let records: Vec<RunRecord> = runs.map(|(policy, seed)| record(policy, seed)).collect();
    assert_eq!(summarise(&records).len(), POLICIES as usize * METRICS.len(), "the timed work is the right work");
    assert_eq!(compare(&records, "p0").len(), (POLICIES as usize - 1) * METRICS.len());

    let mut group = c.benchmark_group("analysis");
    group.throughput(Throughput::Elements(u64::from(POLICIES * SEEDS))).sample_size(10);
    group.bench_function("summary/10000", |b| b.iter(|| summarise(black_box(&records))));
    group.bench_function("compare/10000", |b| b.iter(|| compare(black_box(&records), "p0")));
    group.finish();
}

fn record(policy: u32, seed: u32) -> RunRecord {
    RunRecord {
        run: policy * 1_000 + seed,
        policy: format!("p{policy}"),
        seed,
        figures: (0..METRICS.len())
            .map(|column| Figure::Count(u64::from(seed * 7 % 13 + policy) + column as u64))
            .collect(),
        samples: Vec::new(),
        failures: Vec::new(),
        services: Vec::new(),
        fleet: Vec::new(),
        snapshot_ms: 0,
    }
}

fn scenario() -> Scenario {
    let mut fleet = Fleet { zones: vec!["a".into(), "b".into(), "c".into()], ..Fleet::default() };
    for zone in 0..3_u32 {
        let name = fleet.zones[zone as usize].clone();
        fleet.classes.push(InstanceClass::new(ZoneId(zone), &name, 16_384, 65_536));
    }
    fleet.instances = (0..INSTANCES).map(|instance| stowplan::model::ClassId(instance % 3)).collect();
    let definition = |index: u32| TaskDefinition {
        family: format!("f{index}"),
        demand: Demand::new(256 * (1 + index % 8), 512 * (1 + index % 5)),
        requires_attributes: Vec::new(),
        member_of: Vec::new(),
    };
    let service = |index: u32| Service {
        name: format!("s{index}"),
        definition: DefinitionId(index),
        desired_count: 100 + index,
        strategy: None,
        constraints: Vec::new(),
    };
    Scenario {
        name: "bench".into(),
        description: String::new(),
        seeds: 1,
        horizon: None,
        snapshot: None,
        fleet,
        definitions: (0..SERVICES).map(definition).collect(),
        running: Vec::new(),
        draining: Vec::new(),
        services: (0..SERVICES).map(service).collect(),
        sources: Vec::new(),
        trace: Trace::default(),
        happenings: Vec::new(),
        policies: vec![Policy { name: "p".into(), strategy: None, constraints: Vec::new() }],
        options: PlacementOptions::default(),
        retry_interval: SimSpan::SECOND,
        expected: Vec::new(),
        defaults: Vec::new(),
    }
}
