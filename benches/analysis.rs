//! Figures: what a recorder adds to every event, the close look at a large cluster, and statistics over many runs.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use stowplan::analysis::catalogue::{METRICS, position};
use stowplan::analysis::compare::{Plan, compare};
use stowplan::analysis::record::{Figure, RunRecord};
use stowplan::analysis::summary::summarise;
use stowplan::analysis::{Recorder, ReferenceMix, RunIdentity};
use stowplan::bench::timed;
use stowplan::engine::{Engine, FastEngine, ReferenceEngine, Setup};
use stowplan::model::{
    DefinitionId, Demand, Fleet, InstanceClass, InstanceId, PackedResource, Policy, RequestId, Requests, Rule,
    Scenario, Service, ServiceSettings, SimSpan, SimTime, Strategy, TaskDefinition, TaskSource, WeightedShape, ZoneId,
};
use stowplan::simulation::{self, Control, Input, Observer, Start, Stop, StopCause, Tasks};
use stowplan::workload::Arrival;

const SERVICES: u32 = 64;

/// A million, where times are taken.
fn tasks() -> u64 {
    crate::work(1_000_000)
}

/// 100,000, where times are taken.
fn instances() -> u64 {
    crate::work(100_000)
}

/// Time of a recorder for a million tasks that come and go, alone and as a part of a run, of one close look, and of the statistics of an experiment.
pub(crate) fn benches(c: &mut Criterion) {
    let scenario = scenario();
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let mix = ReferenceMix::of(&scenario);
    let fixture = Fixture { scenario: &scenario, requests: &requests, mix: &mix };
    recorder(c, "analysis/recorder", &fixture, 10);
    recorder(c, "analysis/recorder/one-per-instance", &fixture, 1);
    share(c);
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
    assert_eq!(count("tasks_placed"), Figure::Count(tasks()), "the timed work is the right work");
    assert!(matches!(count("instances_in_use_peak"), Figure::Count(peak) if peak - instances() / 2 < 2));

    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(tasks())).sample_size(10);
    group.bench_function(tasks().to_string(), |b| b.iter(|| finish(churn(black_box(fixture), depth), &engine)));
    group.finish();
}

fn churn<'a>(fixture: &'a Fixture<'_>, depth: u64) -> Recorder<'a> {
    let mut recorder = fixture.recorder();
    let instances = instances();
    let living = instances * depth / 2;
    let place = |task: u64| scatter(task % (2 * living) / depth, instances);
    let request = |task: u64| RequestId(u32::try_from(task % u64::from(SERVICES)).expect("a small number"));
    for task in 0..tasks() {
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
fn scatter(index: u64, instances: u64) -> InstanceId {
    InstanceId(u32::try_from(index * 7_919 % instances).expect("an instance"))
}

fn finish(mut recorder: Recorder<'_>, engine: &dyn Engine) -> RunRecord {
    recorder.finished(SimTime(tasks()), engine, &Living(0));
    recorder.finish(RunIdentity { run: 0, policy: String::new(), seed: 1 })
}

/// This many living tasks, spread over services and instances.
struct Living(u64);

impl Tasks for Living {
    fn for_each(&self, visit: &mut dyn FnMut(RequestId, InstanceId)) {
        let instances = instances();
        for task in 0..self.0 {
            visit(
                RequestId(u32::try_from(task % u64::from(SERVICES)).expect("a small number")),
                scatter(task, instances),
            );
        }
    }

    fn waiting(&self) -> u64 {
        0
    }

    fn for_each_waiting(&self, _: &mut dyn FnMut(RequestId, SimTime)) {}
}

/// What the recorder adds to a run of the fast engine: the same run with and without it, in one process. A million
/// tasks come and go on 2,000 instances, packed by memory, each of 64 services' shapes in turn. The share itself is
/// printed first, by thread CPU time of runs that alternate: 30 % is the most that is allowed.
fn share(c: &mut Criterion) {
    let scenario = churning();
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let mix = ReferenceMix::of(&scenario);
    let recorded = || {
        let mut recorder = Recorder::new(&scenario, &requests, &mix);
        go(&scenario, &requests, &mut recorder);
        recorder
    };
    let record = recorded().finish(RunIdentity { run: 0, policy: String::new(), seed: 1 });
    let placed = record.figures[position("tasks_placed").expect("a column")];
    assert_eq!(placed, Figure::Count(tasks()), "the timed work is the right work");
    if crate::is_asked_for("analysis/recorder-share") {
        print_share(|| go(&scenario, &requests, &mut ()), || drop(recorded()));
    }
    let mut group = c.benchmark_group("analysis/recorder-share");
    group.throughput(Throughput::Elements(tasks())).sample_size(10);
    group.bench_function("without", |b| b.iter(|| go(&scenario, &requests, &mut ())));
    group.bench_function("with", |b| b.iter(recorded));
    group.finish();
}

/// Pairs of runs in turns A B B A, so that neither side always has the warmer cache: the median of their shares, and the
/// share of the fastest of each, which other programs on the machine disturb least.
#[expect(clippy::print_stderr, clippy::cast_precision_loss, reason = "a figure for people; nanoseconds of seconds")]
fn print_share(without: impl Fn(), with: impl Fn()) {
    const PAIRS: usize = 15;
    let pairs: Vec<(u64, u64)> = (0..PAIRS)
        .map(|pair| {
            let first = (pair % 2 == 1).then(|| timed(&with).0);
            let bare = timed(&without).0;
            (bare, first.unwrap_or_else(|| timed(&with).0))
        })
        .collect();
    let percent = |bare: u64, full: u64| 100.0 * (full as f64 / bare as f64 - 1.0);
    let mut shares: Vec<f64> = pairs.iter().map(|&(bare, full)| percent(bare, full)).collect();
    shares.sort_unstable_by(f64::total_cmp);
    let fastest = |side: fn(&(u64, u64)) -> u64| pairs.iter().map(side).min().expect("some pairs");
    let fastest = percent(fastest(|pair| pair.0), fastest(|pair| pair.1));
    let median = shares[PAIRS / 2];
    eprintln!("analysis/recorder-share: {median:.1} % on top (median of {PAIRS} pairs), {fastest:.1} % by the fastest");
}

/// The scenario of [`share`]: no close look is due before its end, so that events alone are timed.
fn churning() -> Scenario {
    let mut scenario = scenario();
    scenario.fleet.instances.truncate(2_000);
    scenario.services.iter_mut().for_each(|service| service.desired_count = 0);
    let shape = |index| WeightedShape { definition: DefinitionId(index), weight: 1 };
    scenario.sources = vec![TaskSource { count: Some(tasks()), ..TaskSource::of((0..SERVICES).map(shape).collect()) }];
    scenario.policies[0].strategy = Some(Strategy(vec![Rule::Binpack(PackedResource::Memory)]));
    scenario
}

/// One arrival a millisecond, which lives for 10 to 30 seconds.
fn go(scenario: &Scenario, requests: &Requests, observer: &mut impl Observer) {
    let kinds = u64::try_from(requests.sources[0].len()).expect("few kinds");
    let arrivals = (0..tasks()).map(|task| Arrival {
        at: SimTime(task),
        request: requests.sources[0][usize::try_from(task * 7 % kinds).expect("few kinds")],
        life: Some(SimSpan(10_000 + task.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 20_000)),
    });
    let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed: 1 };
    let control = Control::default();
    let input = Input { scenario, requests, control: &control, seed: 1 };
    simulation::run(input, &mut FastEngine::new(setup), arrivals, observer).expect("nobody cancels");
}

fn close_look(c: &mut Criterion, fixture: &Fixture<'_>) {
    let engine = fixture.engine();
    let look = || {
        let mut recorder = fixture.recorder();
        recorder.snapshot(SimTime::ZERO, &engine, &Living(tasks()));
        finish(recorder, &engine)
    };
    assert_eq!(look().services.iter().map(|row| row.tasks).sum::<u64>(), tasks(), "the timed work is the right work");
    let mut group = c.benchmark_group("analysis/close-look");
    group.throughput(Throughput::Elements(tasks())).sample_size(10);
    group.bench_function(tasks().to_string(), |b| b.iter(look));
    group.finish();
}

fn statistics(c: &mut Criterion) {
    const POLICIES: u32 = 10;
    let seeds = u32::try_from(crate::work(10_000)).expect("a small number");
    let runs = (0..POLICIES).flat_map(|policy| (1..=seeds).map(move |seed| (policy, seed)));
    let records: Vec<RunRecord> = runs.map(|(policy, seed)| record(policy, seed)).collect();
    assert_eq!(summarise(&records).len(), POLICIES as usize * METRICS.len(), "the timed work is the right work");
    assert_eq!(compare(&records, "p0", Plan::default()).len(), (POLICIES as usize - 1) * METRICS.len());

    let mut group = c.benchmark_group("analysis");
    group.throughput(Throughput::Elements(u64::from(POLICIES * seeds))).sample_size(10);
    group.bench_function("summary/100000", |b| b.iter(|| summarise(black_box(&records))));
    group.bench_function("compare/100000", |b| b.iter(|| compare(black_box(&records), "p0", Plan::default())));
    group.finish();
}

fn record(policy: u32, seed: u32) -> RunRecord {
    RunRecord {
        run: policy * 10_000 + seed,
        policy: format!("p{policy}"),
        seed,
        figures: (0..METRICS.len())
            .map(|column| Figure::Count(u64::from(seed * 7 % 13 + policy) + column as u64))
            .collect(),
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

fn scenario() -> Scenario {
    let mut fleet = Fleet { zones: vec!["a".into(), "b".into(), "c".into()], ..Fleet::default() };
    for zone in 0..3_u32 {
        let name = fleet.zones[zone as usize].clone();
        fleet.classes.push(InstanceClass::new(ZoneId(zone), &name, 16_384, 65_536));
    }
    fleet.instances = (0..3)
        .map(stowplan::model::ClassId)
        .cycle()
        .take(usize::try_from(instances()).expect("a small number"))
        .collect();
    let definition = |index: u32| TaskDefinition {
        family: format!("f{index}"),
        demand: Demand::new(256 * (1 + index % 8), 512 * (1 + index % 5)),
        ..TaskDefinition::default()
    };
    let service = |index: u32| Service {
        name: format!("s{index}"),
        definition: DefinitionId(index),
        desired_count: 100 + index,
        strategy: None,
        constraints: Vec::new(),
        settings: ServiceSettings::default(),
    };
    Scenario {
        fleet,
        definitions: (0..SERVICES).map(definition).collect(),
        services: (0..SERVICES).map(service).collect(),
        policies: vec![Policy { name: "p".into(), strategy: None, constraints: Vec::new() }],
        ..Scenario::empty("bench")
    }
}
