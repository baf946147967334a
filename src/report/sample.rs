//! Hand-made and generated experiments for the tests of this module.
#![expect(clippy::cast_possible_truncation, reason = "small positive numbers that are made up anyway")]

use crate::analysis::catalogue::{METRICS, Unit};
use crate::analysis::record::{
    AutoscalingRow, DeploymentRow, FailureRow, Figure, FleetCell, FrontierRow, InstanceRow, RunRecord, Sample,
    SaturationRow, ServiceRow, ShapeRow, Shortage, UnplacedRow, UnplacedState,
};
use crate::analysis::seen::Seen;
use crate::analysis::summary::SummaryRow;
use crate::model::{Attributes, Fleet, Identity, InstanceClass, MicroUsdPerHour, ZoneId};

use super::manifest::{ComparisonEntry, FORMAT, Manifest, Options, PolicyEntry, ScenarioEntry};

/// What a generated experiment is like.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) policies: &'a [&'a str],
    pub(super) seeds: u32,
    pub(super) instances: u32,
    pub(super) samples: u32,
}

pub(super) fn manifest(policies: &[&str], seeds: u32) -> Manifest {
    Manifest {
        program: "stowplan".into(),
        version: "0.0.0".into(),
        format: FORMAT,
        complete: false,
        scenario: ScenarioEntry {
            name: "web-and-batch".into(),
            description: "A sample".into(),
            file: "web-and-batch.toml".into(),
            sha256: "00".repeat(32),
            horizon_ms: Some(21_600_000),
            snapshot_ms: None,
        },
        engine: "reference".into(),
        events: false,
        pictures: true,
        policies: policies.iter().map(|name| policy(name)).collect(),
        seeds: (1..=seeds).collect(),
        loads: Vec::new(),
        options: Options {
            tie_break: "order".into(),
            spread_counts_draining: true,
            absent_attribute_is_bucket: true,
            binpack_by_fraction: false,
            retry_interval_ms: 30_000,
        },
        comparison: ComparisonEntry::default(),
        defaults: Vec::new(),
        zones: vec!["us-east-1a".into(), "us-east-1b".into(), "us-east-1c".into()],
        reference_mix: Vec::new(),
        files: Vec::new(),
    }
}

fn policy(name: &str) -> PolicyEntry {
    PolicyEntry {
        name: name.into(),
        strategy: "random".into(),
        constraints: Vec::new(),
        is_fixed: false,
        paths: Vec::new(),
    }
}

/// Three runs that have every kind of value: absent, censored, odd names.
pub(super) fn records() -> Vec<RunRecord> {
    let mut records: Vec<RunRecord> = (0..3).map(small_record).collect();
    records[1].policy = "odd, \"name\"".into();
    records[2].figures = vec![Figure::Absent; METRICS.len()];
    records[2].samples.clear();
    records
}

fn small_record(run: u32) -> RunRecord {
    let count = u64::from(run);
    let figures = (0..METRICS.len() as u64).map(|index| match index % 4 {
        0 => Figure::Count(index + count),
        1 => Figure::ratio(u128::from(index), 7),
        2 => Figure::Absent,
        _ => Figure::MoreThanMs(100_000 + index),
    });
    RunRecord {
        run,
        policy: "binpack".into(),
        seed: run + 1,
        is_fixed: false,
        is_periodic: false,
        load: format!("{run:016x}"),
        figures: figures.collect(),
        samples: vec![sample(0, 0), sample(1_500, 8 + count)],
        saturation: vec![SaturationRow {
            offered_percent: 5,
            cpu: Figure::ratio(1, 20),
            memory: Figure::Absent,
            gpu: Figure::Absent,
        }],
        failures: vec![FailureRow {
            group: "service:web, \"blue\"".into(),
            reason: "RESOURCE:MEMORY".into(),
            tasks_refused: 7,
            tasks_never_placed: 3,
            attempts: 12 + count,
        }],
        services: vec![ServiceRow {
            group: "service:web".into(),
            tasks: 5,
            zone_skew: Figure::Count(4),
            excess_zone_skew: Figure::Count(3),
            instance_skew: Figure::Absent,
            blast_radius_instance: Figure::ratio(4, 5),
            blast_radius_zone: Figure::ratio(1, 3),
        }],
        autoscaling: vec![AutoscalingRow {
            at_ms: 60_000,
            provider: "spot, \"cheap\"".into(),
            needed: 2,
            running: 3,
            launching: 0,
            busy: 2,
            waiting: 0,
            reservation_percent: Figure::ratio(200, 3),
            change: -1,
            reason: "scale-in".into(),
        }],
        deployments: vec![deployment(count)],
        fleet: vec![
            FleetCell { zone: 0, cpu: (4096, 3072), memory: (16384, 14336), tasks: 2 },
            FleetCell { zone: 1, cpu: (4096, 0), memory: (16384, 0), tasks: 0 },
        ],
        instances: vec![instance(0, Some(false)), instance(1, Some(true))],
        holders: vec!["service:web of web, \"blue\"".into()],
        names: vec!["i-0001".into(), "i-0002".into()],
        unplaced: vec![unplaced()],
        snapshot_ms: 1_500,
        shapes: vec![shape(count)],
        frontier: [(0, 16384), (1024, 2048)]
            .map(|(cpu, memory_mib)| FrontierRow { cpu, memory_mib, gpu: Figure::Absent })
            .to_vec(),
        film: None,
    }
}

fn shape(count: u64) -> ShapeRow {
    ShapeRow {
        task_definition: "web, \"blue\"".into(),
        weight: 5,
        group: "service:web".to_owned(),
        holes: Figure::Count(5),
        holes_pooled: Figure::Count(10),
        hole_efficiency: Figure::ratio(1, 2),
        holes_by_cpu_and_memory: Figure::Count(7 + count),
        holes_pooled_by_cpu_and_memory: Figure::Count(14),
        hole_efficiency_by_cpu_and_memory: Figure::ratio(u128::from(7 + count), 14),
        largest_placeable: Figure::ratio(4, 3),
    }
}

fn instance(id: u32, releasable: Option<bool>) -> InstanceRow {
    InstanceRow {
        instance: id,
        class: 0,
        is_draining: id == 1,
        cpu_free: 1024 + 3072 * id,
        memory_mib_free: 2048 + 14336 * id,
        gpu_free: 0,
        tasks: 2 * (1 - id),
        eni_tasks: 0,
        memory_mib_limits: 20_000 * u64::from(1 - id),
        releasable,
        held_by: (releasable == Some(false)).then_some(0),
    }
}

fn unplaced() -> UnplacedRow {
    UnplacedRow {
        request: 0,
        group: "service:web".into(),
        task_definition: "web, \"blue\"".into(),
        state: UnplacedState::Waiting,
        tasks: 3,
        since_ms: 1_000,
        reason: "RESOURCE:MEMORY".into(),
        best: Some(Shortage {
            instance: 1,
            words: "needs 16385 MiB, has 16384 of 16384, short by 1".into(),
            check: "RESOURCE:MEMORY".into(),
            amounts: Some((16_385, 16_384, 1)),
            is_its_own: false,
        }),
    }
}

fn deployment(count: u64) -> DeploymentRow {
    DeploymentRow {
        group: "service:web".into(),
        revision: 1,
        task_definition: "web".into(),
        strategy: "ROLLING".into(),
        clean_up_ms: None,
        started_ms: 600_000,
        ended_ms: 681_500 + count,
        outcome: "completed".into(),
        stuck_since_ms: None,
        reason: String::new(),
        tasks_started: 4,
        tasks_stopped: 4,
        attempts_failed: 0,
        tasks_peak: 8,
        cpu_peak: 4096,
        memory_mib_peak: 8192,
        zone_skew: 1,
        tasks_on_one_instance: 2,
    }
}

fn sample(at_ms: u64, tasks: u64) -> Sample {
    Sample {
        at_ms,
        cpu_reservation: Figure::ratio(u128::from(tasks), 16),
        memory_reservation: Figure::ratio(u128::from(tasks), if at_ms == 0 { 0 } else { 32 }),
        gpu_reservation: Figure::Absent,
        instances_in_use: tasks.min(4),
        instances_up: 4,
        tasks,
        waiting: tasks / 2,
    }
}

pub(super) fn fleet() -> Fleet {
    let mut fleet = Fleet { zones: vec!["us-east-1a".into(), "us-east-1b".into()], ..Fleet::default() };
    let mut class = InstanceClass::new(ZoneId(0), "us-east-1a", 4096, 15_743);
    class.instance_type = Some("m5.xlarge".into());
    class.price = Some(MicroUsdPerHour(192_000));
    class.eni_tasks = Some(3);
    let mut odd = InstanceClass::new(ZoneId(1), "us-east-1b", 2048, 4096);
    odd.attributes.extend(Attributes::from([("stack".into(), Some("a,\"b\"".into())), ("flag".into(), None)]));
    odd.agent_connected = false;
    fleet.instances = vec![fleet.intern(class), fleet.intern(odd)];
    let names = ["i-0abc", "odd, \"name\""].map(|name| Identity { name: name.into(), ..Identity::default() });
    fleet.identities = names.to_vec();
    fleet
}

/// One row for each policy and figure, with plausible values and, with several seeds, intervals.
pub(super) fn summary(shape: Shape<'_>) -> Vec<SummaryRow> {
    let mut noise = Noise(3);
    let mut rows = Vec::new();
    for (place, policy) in shape.policies.iter().enumerate() {
        for metric in METRICS {
            let base = match metric.unit {
                Unit::Share => 0.35 + 0.04 * place as f64,
                Unit::UsdPerHour => 155.9 - 4.0 * place as f64,
                Unit::Seconds => 42.0 + 9.0 * place as f64,
                _ if metric.column.contains("skew") => place as f64,
                _ if metric.column.contains("bound") => f64::from(shape.instances) * 0.61,
                _ if metric.column.contains("never") => 0.0,
                _ => f64::from(shape.instances) * (0.93 - 0.03 * place as f64),
            };
            let mean = base * (1.0 + 0.02 * noise.next());
            let half = (shape.seeds > 1).then(|| mean * 0.03 * noise.next().abs());
            rows.push(SummaryRow {
                policy: (*policy).into(),
                metric: metric.column,
                n: shape.seeds,
                absent: 0,
                censored: 0,
                is_fixed: false,
                leads: false,
                mean: Some(mean),
                low: half.map(|half| mean - half),
                high: half.map(|half| mean + half),
                p50: Some(Seen::Exactly(mean)),
                p90: Some(Seen::Exactly(mean)),
                min: Some(Seen::Exactly(mean)),
                max: Some(Seen::Exactly(mean)),
            });
        }
    }
    rows
}

/// Runs of a day whose load rises and falls.
pub(super) fn runs(shape: Shape<'_>) -> Vec<RunRecord> {
    let mut runs = Vec::new();
    for (place, policy) in shape.policies.iter().enumerate() {
        for seed in 1..=shape.seeds {
            let run = u32::try_from(runs.len()).unwrap();
            let mut noise = Noise(u64::from(run) * 977 + 1);
            runs.push(RunRecord {
                run,
                policy: (*policy).into(),
                seed,
                figures: METRICS.iter().map(|metric| figure(metric.unit, place, seed)).collect(),
                samples: (0..shape.samples).map(|at| wave(shape, place, at, &mut noise)).collect(),
                failures: Vec::new(),
                services: Vec::new(),
                autoscaling: Vec::new(),
                deployments: Vec::new(),
                fleet: (0..shape.instances).map(|id| cell(shape, place, id, &mut noise)).collect(),
                snapshot_ms: 10 * 3_600_000,
                ..RunRecord::default()
            });
        }
    }
    runs
}

fn figure(unit: Unit, place: usize, seed: u32) -> Figure {
    let value = 500 + 37 * place as u64 + 5 * u64::from(seed % 4);
    if unit == Unit::Share { Figure::ratio(u128::from(value), 1_000) } else { Figure::Count(value) }
}

fn wave(shape: Shape<'_>, place: usize, at: u32, noise: &mut Noise) -> Sample {
    let share = f64::from(at) / f64::from(shape.samples.max(2) - 1);
    let load = 0.62 - 0.3 * libm::cos(share * std::f64::consts::TAU) - 0.03 * place as f64 + 0.02 * noise.next();
    let permille = |share: f64| Figure::ratio((share.clamp(0.0, 1.0) * 1000.0).round() as u128, 1000);
    let in_use = (f64::from(shape.instances) * (load + 0.06 * place as f64).min(1.0)).round() as u64;
    Sample {
        at_ms: (share * 86_400_000.0) as u64,
        cpu_reservation: permille(load),
        memory_reservation: permille(load * 0.8),
        gpu_reservation: Figure::Absent,
        instances_in_use: in_use,
        instances_up: u64::from(shape.instances),
        tasks: in_use * 7,
        waiting: 0,
    }
}

fn cell(shape: Shape<'_>, place: usize, id: u32, noise: &mut Noise) -> FleetCell {
    let share = f64::from(id) / f64::from(shape.instances);
    let is_empty = share > 0.7 + 0.05 * place as f64;
    let full = (0.75 + 0.25 * noise.next()).clamp(0.0, 1.0);
    let part = |capacity: u32, share: f64| if is_empty { 0 } else { (f64::from(capacity) * share) as u32 };
    if shape.instances > 100 && id % 311 == 7 {
        return FleetCell { zone: id % 3, cpu: (0, 0), memory: (0, 0), tasks: 0 };
    }
    FleetCell {
        zone: id % 3,
        cpu: (16_384, part(16_384, full)),
        memory: (63_000, part(63_000, full * 0.7)),
        tasks: if is_empty { 0 } else { 9 },
    }
}

/// A small generator of numbers from -1 to 1: the tests need variety, not randomness.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / f64::from(1 << 23) - 1.0
    }
}
