//! Benches of the writers: what a results folder costs beside the runs themselves.

use std::hint::black_box;
use std::io::sink;

use criterion::{BenchmarkId, Criterion, Throughput};
use stowplan::analysis::catalogue::METRICS;
use stowplan::analysis::record::{Figure, Film, FilmKind, FleetCell, Frame, RunRecord, Sample};
use stowplan::analysis::summary::summarise;
use stowplan::model::{
    ClassId, DefinitionId, Demand, Fleet, GroupId, InstanceClass, InstanceId, Only, Port, Request, RequestId, Requests,
    SimTime, Strategy, TaskDefinition, ZoneId,
};
use stowplan::report::csv::{EventSource, EventWriter, write_runs, write_timeseries};
use stowplan::report::plot;
use stowplan::report::terminal::{Colour, View, summary_table};
use stowplan::report::{
    ComparisonEntry, Completeness, FORMAT, HtmlExperiment, Manifest, Options, PolicyEntry, ScenarioEntry, html_report,
};
use stowplan::simulation::{Observer, Start};

const INSTANCES: u32 = 1_000;
const SAMPLES: u32 = 1_000;
const POLICIES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const SEEDS: u32 = 30;

/// All benches of the module `report`.
pub(crate) fn benches(c: &mut Criterion) {
    events(c);
    tables(c);
    pictures(c);
    html(c);
}

/// Time to write the HTML report of 10 policies by 30 seeds by 1,000 samples, a film of 1,000 instances for each policy:
/// under 3 s and 10 MB.
fn html(c: &mut Criterion) {
    let records = records();
    let summary = summarise(&records);
    let manifest = manifest();
    let report = || {
        html_report(HtmlExperiment {
            manifest: &manifest,
            records: &records,
            summary: &summary,
            plans: &[],
            completeness: Completeness::Complete,
        })
    };
    assert!(report().len() < 10_000_000, "a report is below 10 MB");
    let mut group = c.benchmark_group("report/html");
    group.sample_size(10);
    group.bench_function("10x30x1000", |b| b.iter(|| black_box(report())));
    group.finish();
}

/// Time to write the rows of an event log, a million of them.
fn events(c: &mut Criterion) {
    let rows = crate::work(1_000_000);
    let (fleet, definition) = (fleet(), definition());
    let requests = requests(&definition);
    let definitions = [definition];
    let source = EventSource { run: 0, fleet: &fleet, definitions: &definitions, requests: &requests, providers: &[] };
    assert_eq!(write_events(source, rows), rows + u64::from(INSTANCES), "a row an event, and one an instance");
    let mut group = c.benchmark_group("report/events");
    group.throughput(Throughput::Elements(rows)).sample_size(10);
    group.bench_function(BenchmarkId::from_parameter(rows), |b| b.iter(|| black_box(write_events(source, rows))));
    group.finish();
}

fn write_events(source: EventSource<'_>, rows: u64) -> u64 {
    let mut log = EventWriter::start(source, sink());
    for task in 0..rows {
        let at = SimTime(task * 7);
        let instance = InstanceId(u32::try_from(task % u64::from(INSTANCES)).expect("below the number of instances"));
        log.placed(&Start { at, task, request: RequestId(0), instance, is_first: false, asked: at });
    }
    log.finish().expect("a sink takes everything")
}

/// Time to write the tables of 10 policies by 30 seeds by 1,000 samples.
fn tables(c: &mut Criterion) {
    let records = records();
    let summary = summarise(&records);
    let lines = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        write(&mut bytes);
        bytes.iter().filter(|byte| **byte == b'\n').count()
    };
    assert_eq!(lines(&|out| write_runs(out, &records).expect("memory")), 1 + records.len());
    assert_eq!(lines(&|out| write_timeseries(out, &records).expect("memory")), 1 + records.len() * SAMPLES as usize);
    let mut group = c.benchmark_group("report/tables");
    group.throughput(Throughput::Elements(records.len() as u64 * u64::from(SAMPLES))).sample_size(10);
    let id = |name| BenchmarkId::new(name, records.len());
    group.bench_function(id("timeseries"), |b| b.iter(|| write_timeseries(&mut sink(), black_box(&records))));
    group.throughput(Throughput::Elements(records.len() as u64));
    group.bench_function(id("runs"), |b| b.iter(|| write_runs(&mut sink(), black_box(&records))));
    let view = View { width: 120, colour: Colour::Off };
    assert!(summary_table(&summary, view).contains("failure rate"));
    group.bench_function(id("terminal"), |b| b.iter(|| summary_table(black_box(&summary), view)));
    group.finish();
}

/// Time to draw each picture and to encode it.
fn pictures(c: &mut Criterion) {
    let (manifest, records) = (manifest(), records());
    let summary = summarise(&records);
    let drawn = [
        ("utilisation", plot::utilisation(&manifest, &records, plot::Canvas::SCREEN)),
        ("headline", plot::headline(&manifest, &summary, plot::Canvas::SCREEN)),
        ("fleet", plot::fleet(&manifest, &records[0], plot::Canvas::SCREEN)),
    ];
    let mut group = c.benchmark_group("report/picture");
    group.sample_size(10);
    for (name, drawing) in drawn {
        let drawing = drawing.expect("there are records to draw");
        assert!(drawing.png().len() > 10_000 && drawing.svg().len() > 10_000, "{name} shows something");
        group.bench_function(BenchmarkId::new("png", name), |b| b.iter(|| black_box(drawing.png())));
        group.bench_function(BenchmarkId::new("svg", name), |b| b.iter(|| black_box(drawing.svg())));
    }
    group.bench_function("layout/utilisation", |b| {
        b.iter(|| black_box(plot::utilisation(&manifest, &records, plot::Canvas::SCREEN)))
    });
    group.finish();
}

fn fleet() -> Fleet {
    let class = InstanceClass::new(ZoneId(0), "us-east-1a", 4096, 15_743);
    Fleet {
        zones: vec!["us-east-1a".into()],
        classes: vec![class],
        instances: vec![ClassId(0); INSTANCES as usize],
        identities: Vec::new(),
    }
}

fn definition() -> TaskDefinition {
    let demand = Demand { ports: vec![Port::tcp(80)], ..Demand::new(512, 1024) };
    TaskDefinition { family: "api".into(), demand, ..TaskDefinition::default() }
}

fn requests(definition: &TaskDefinition) -> Requests {
    let request = Request {
        definition: DefinitionId(0),
        group: GroupId(0),
        demand: definition.demand.clone(),
        requires_attributes: Vec::new(),
        strategy: Strategy::run_task_default(),
        distinct_instance: false,
        member_of: Vec::new(),
        only: Only::default(),
    };
    Requests { table: vec![request], groups: vec!["service:api".into()], ..Requests::default() }
}

fn records() -> Vec<RunRecord> {
    let cases = POLICIES.iter().flat_map(|policy| (1..=SEEDS).map(move |seed| (policy, seed)));
    cases.zip(0..).map(|((policy, seed), run)| record(policy, seed, run)).collect()
}

fn record(policy: &str, seed: u32, run: u32) -> RunRecord {
    let share = |at: u32| Figure::ratio(u128::from(at.wrapping_mul(2_654_435_761).wrapping_add(run) % 1_000), 1_000);
    RunRecord {
        run,
        policy: policy.into(),
        seed,
        figures: (0..u32::try_from(METRICS.len()).expect("some tens")).map(share).collect(),
        samples: (0..SAMPLES)
            .map(|at| Sample {
                at_ms: u64::from(at) * 60_000,
                cpu_reservation: share(at),
                memory_reservation: share(at + 1),
                gpu_reservation: Figure::Absent,
                instances_in_use: u64::from(at % INSTANCES),
                instances_up: u64::from(INSTANCES),
                tasks: u64::from(at) * 9,
                waiting: 0,
            })
            .collect(),
        failures: Vec::new(),
        services: Vec::new(),
        autoscaling: Vec::new(),
        deployments: Vec::new(),
        fleet: (0..INSTANCES)
            .map(|id| FleetCell { zone: id % 3, cpu: (4096, id * 4), memory: (16_384, id * 8), tasks: id % 7 })
            .collect(),
        snapshot_ms: 3_600_000,
        film: (seed == 1).then(film),
        ..RunRecord::default()
    }
}

/// Frames of a fleet of which every instance has tasks of five kinds, as many as a recorder keeps.
fn film() -> Film {
    const FRAMES: u64 = 60;
    const KINDS: u32 = 20;
    let kind = |kind: u32| FilmKind { group: format!("service:s{kind}"), cpu: 256, memory: 512 };
    let stack = |at: u64, id: u32| {
        let parts = (0..5).map(|part| format!("{}*{}", (id + part * 7) % KINDS, 1 + (u64::from(id + part) + at) % 4));
        parts.collect::<Vec<_>>().join(",")
    };
    let stacks = |at: u64| (0..INSTANCES).map(|id| stack(at, id)).collect::<Vec<_>>().join(";");
    Film {
        kinds: (0..KINDS).map(kind).collect(),
        instances: (0..INSTANCES).map(|id| (id % 3, 4096, 16_384)).collect(),
        frames: (0..FRAMES).map(|at| Frame { at_ms: at * 600_000, stacks: stacks(at) }).collect(),
        ..Film::default()
    }
}

fn manifest() -> Manifest {
    let policy = |name: &&str| PolicyEntry {
        name: (*name).into(),
        strategy: "random".into(),
        constraints: Vec::new(),
        paths: Vec::new(),
        is_fixed: false,
    };
    Manifest {
        program: "stowplan".into(),
        version: "0.0.0".into(),
        format: FORMAT,
        complete: true,
        scenario: ScenarioEntry {
            name: "bench".into(),
            description: String::new(),
            file: "bench.toml".into(),
            sha256: String::new(),
            horizon_ms: None,
            snapshot_ms: None,
        },
        engine: "reference".into(),
        events: false,
        pictures: true,
        policies: POLICIES.iter().map(policy).collect(),
        seeds: (1..=SEEDS).collect(),
        loads: Vec::new(),
        options: Options {
            tie_break: "order".into(),
            spread_counts_draining: true,
            absent_attribute_is_bucket: true,
            binpack_by_fraction: false,
            retry_interval_ms: 1_000,
        },
        comparison: ComparisonEntry::default(),
        defaults: Vec::new(),
        zones: vec!["us-east-1a".into(), "us-east-1b".into(), "us-east-1c".into()],
        reference_mix: Vec::new(),
        files: Vec::new(),
    }
}
