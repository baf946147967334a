//! The JSON that the charts of the report are drawn from.
//!
//! Columns, titles and units are those of the catalogue; long series are thinned as in the other pictures, and films
//! (`films.rs`) lose frames until they fit, so that a report stays below 10 MB.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Experiment;
use super::films::{FilmData, Films};
use crate::analysis::catalogue::{Better, METRICS};
use crate::analysis::compare::{Comparison, compare};
use crate::analysis::record::{Figure, RunRecord, Sample, SaturationRow};
use crate::analysis::seen::Seen;
use crate::report::answers::comparison;
use crate::report::deployments::{self, Deployment};
use crate::report::plot::{Moment, series};

/// The most runs whose single figures are in the report.
const MOST_RUNS: usize = 2_000;

/// The most deployments of a policy that are in the report.
const MOST_DEPLOYMENTS: usize = 200;

#[derive(Serialize)]
struct Data<'a> {
    name: &'a str,
    baseline: Option<&'a str>,
    primary: &'a str,
    policies: Vec<PolicyData<'a>>,
    zones: &'a [String],
    /// Types of instances, which films speak of by position.
    types: Vec<&'a str>,
    /// What people call the instances, by id, where they are not numbered.
    names: &'a [String],
    metrics: Vec<MetricData>,
    /// For each policy and metric: n, absent, mean, low, high, min, max.
    summary: Vec<Vec<[Option<f64>; 7]>>,
    quantities: Vec<Quantity>,
    saturation: Vec<Quantity>,
    failures: Vec<Failure<'a>>,
    deployments: Vec<Deployed<'a>>,
    services: Vec<Service<'a>>,
    comparisons: Vec<Difference>,
    /// Policy, seed and figures.
    runs: Vec<(usize, u32, Vec<Option<f64>>)>,
}

#[derive(Serialize)]
struct PolicyData<'a> {
    name: &'a str,
    strategy: &'a str,
    constraints: &'a [String],
    dash: Option<f64>,
    film: Option<FilmData<'a>>,
    snapshot_ms: Option<u64>,
}

#[derive(Serialize)]
struct MetricData {
    id: &'static str,
    column: &'static str,
    title: &'static str,
    unit: &'static str,
    better: i8,
    headline: bool,
}

#[derive(Serialize)]
struct Quantity {
    title: &'static str,
    unit: &'static str,
    /// For each policy: times in seconds or shares offered, means, least, largest.
    policies: Vec<[Vec<f64>; 4]>,
}

impl Quantity {
    fn has_points(&self) -> bool {
        self.policies.iter().any(|[at, ..]| !at.is_empty())
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    policy: usize,
    group: &'a str,
    reason: &'a str,
    refused: u64,
    attempts: u64,
    never: u64,
}

/// A deployment of a service, over the seeds of a policy.
#[derive(Serialize)]
struct Deployed<'a> {
    policy: usize,
    group: &'a str,
    to: &'a str,
    kind: &'static str,
    at_s: f64,
    ended: String,
    completed: bool,
    /// Each with the number of runs, the most frequent first.
    reasons: Vec<(&'a str, u64)>,
    /// The mean and the longest.
    took_s: [f64; 2],
    /// Tasks, CPU units and MiB.
    peaks: [u64; 3],
}

#[derive(Serialize)]
struct Service<'a> {
    policy: usize,
    group: &'a str,
    /// Tasks, zone skew, excess zone skew, instance skew, blast radius of an instance and of a zone: means over seeds.
    values: [Option<f64>; 6],
}

#[derive(Serialize)]
struct Difference {
    #[serde(flatten)]
    row: Comparison,
    words: &'static str,
}

pub(super) fn json(experiment: Experiment<'_>) -> String {
    let Experiment { manifest, records, summary, .. } = experiment;
    let groups = by_policy(experiment);
    let summary_of = |policy: &str| -> Vec<[Option<f64>; 7]> {
        let rows = summary.iter().filter(|row| row.policy == policy);
        rows.map(|row| {
            let exact = |value: Option<Seen>| value.and_then(Seen::exact);
            [Some(row.n.into()), Some(row.absent.into()), row.mean, row.low, row.high, exact(row.min), exact(row.max)]
        })
        .collect()
    };
    let firsts: Vec<Option<&RunRecord>> = groups.iter().map(|records| records.first().copied()).collect();
    let films = Films::of(&firsts);
    let comparisons =
        manifest.baseline().map_or_else(Vec::new, |baseline| compare(records, baseline, experiment.plan()));
    let data = Data {
        name: &manifest.scenario.name,
        baseline: manifest.baseline(),
        primary: experiment.plan().primary,
        policies: (manifest.policies.iter().enumerate())
            .map(|(place, policy)| PolicyData {
                name: &policy.name,
                strategy: &policy.strategy,
                constraints: &policy.constraints,
                dash: crate::report::plot::look(place).dash,
                film: firsts[place].and_then(|record| films.film(record)),
                snapshot_ms: firsts[place].map(|record| record.snapshot_ms),
            })
            .collect(),
        zones: &manifest.zones,
        names: films.names,
        types: films.types.clone(),
        metrics: METRICS.iter().map(metric).collect(),
        summary: manifest.policies.iter().map(|policy| summary_of(&policy.name)).collect(),
        quantities: quantities(&groups),
        saturation: saturation(&groups),
        failures: failures(&groups),
        deployments: deployed(&groups),
        services: services(&groups),
        comparisons: comparisons
            .into_iter()
            .filter(|row| row.n > 0)
            .map(|row| Difference { words: comparison::verdict(&row), row })
            .collect(),
        runs: if records.len() <= MOST_RUNS { runs(&groups) } else { Vec::new() },
    };
    serde_json::to_string(&data).expect("strings and numbers are always JSON")
}

/// The runs of each policy, in the order of the manifest.
fn by_policy<'a>(experiment: Experiment<'a>) -> Vec<Vec<&'a RunRecord>> {
    let mut by_name: BTreeMap<&str, Vec<&RunRecord>> = BTreeMap::new();
    for record in experiment.records {
        by_name.entry(&record.policy).or_default().push(record);
    }
    let policies = experiment.manifest.policies.iter();
    policies.map(|policy| by_name.remove(policy.name.as_str()).unwrap_or_default()).collect()
}

fn metric(metric: &crate::analysis::catalogue::Metric) -> MetricData {
    MetricData {
        id: metric.id,
        column: metric.column,
        title: metric.title,
        unit: metric.unit.name(),
        better: match metric.better {
            Better::Lower => -1,
            Better::Higher => 1,
            Better::Neither => 0,
        },
        headline: metric.headline,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53, for a picture")]
fn quantities(groups: &[Vec<&RunRecord>]) -> Vec<Quantity> {
    type Pick = fn(&Sample) -> Option<f64>;
    let all: [(&str, &str, Pick); 6] = [
        ("cpu reserved", "share", |sample| sample.cpu_reservation.to_f64()),
        ("memory reserved", "share", |sample| sample.memory_reservation.to_f64()),
        (GPUS, "share", |sample| sample.gpu_reservation.to_f64()),
        ("instances in use", "count", |sample| Some(sample.instances_in_use as f64)),
        ("tasks", "count", |sample| Some(sample.tasks as f64)),
        ("tasks waiting", "count", |sample| Some(sample.waiting as f64)),
    ];
    let quantity = |(title, unit, pick)| Quantity {
        title,
        unit,
        policies: groups.iter().map(|records| columns(&series(records, pick))).collect(),
    };
    // Where no instance has a GPU, nothing is said of GPUs.
    let is_shown = |quantity: &Quantity| quantity.title != GPUS || quantity.has_points();
    all.into_iter().map(quantity).filter(is_shown).collect()
}

/// Titles of what is shown only where some instance has a GPU.
const GPUS: &str = "GPUs reserved";
const GPUS_ALLOCATED: &str = "GPUs allocated";

/// M27 as a curve: what is allocated of each resource against what was offered.
fn saturation(groups: &[Vec<&RunRecord>]) -> Vec<Quantity> {
    type Pick = fn(&SaturationRow) -> Figure;
    let all: [(&str, Pick); 3] =
        [("cpu allocated", |row| row.cpu), ("memory allocated", |row| row.memory), (GPUS_ALLOCATED, |row| row.gpu)];
    let curve = |records: &Vec<&RunRecord>, pick: Pick| -> [Vec<f64>; 4] {
        let mut by_offer: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for row in records.iter().flat_map(|record| &record.saturation) {
            by_offer.entry(row.offered_percent).or_default().extend(pick(row).to_f64());
        }
        by_offer.retain(|_, values| !values.is_empty());
        let column = |value: fn(&[f64]) -> f64| by_offer.values().map(|values| short(value(values))).collect();
        [
            by_offer.keys().map(|&percent| f64::from(percent) / 100.0).collect(),
            column(average),
            column(|values| values.iter().copied().fold(f64::INFINITY, f64::min)),
            column(|values| values.iter().copied().fold(0.0, f64::max)),
        ]
    };
    let quantity = |(title, pick)| Quantity {
        title,
        unit: "share",
        policies: groups.iter().map(|records| curve(records, pick)).collect(),
    };
    let is_shown = |quantity: &Quantity| quantity.title != GPUS_ALLOCATED || quantity.has_points();
    all.into_iter().map(quantity).filter(is_shown).collect()
}

#[expect(clippy::cast_precision_loss, reason = "numbers of seeds")]
fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn columns(moments: &[Moment]) -> [Vec<f64>; 4] {
    let column = |pick: fn(&Moment) -> f64| moments.iter().map(|moment| short(pick(moment))).collect();
    [column(|m| m.seconds), column(|m| m.mean), column(|m| m.low), column(|m| m.high)]
}

/// To six decimals: more digits than a screen can show, and a fraction of the bytes.
fn short(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn failures<'a>(groups: &[Vec<&'a RunRecord>]) -> Vec<Failure<'a>> {
    let mut rows = Vec::new();
    for (policy, records) in groups.iter().enumerate() {
        let mut sums: BTreeMap<(&str, &str), [u64; 3]> = BTreeMap::new();
        for row in records.iter().flat_map(|record| &record.failures) {
            let sum = sums.entry((&row.group, &row.reason)).or_default();
            let more = [row.tasks_refused, row.tasks_never_placed, row.attempts];
            sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|&(_, [refused, _, attempts])| std::cmp::Reverse((refused, attempts)));
        rows.extend(sums.into_iter().take(200).map(|((group, reason), [refused, never, attempts])| Failure {
            policy,
            group,
            reason,
            refused,
            attempts,
            never,
        }));
    }
    rows
}

/// What did not end well comes first where there are many.
#[expect(clippy::cast_precision_loss, reason = "milliseconds below 2^53, for a picture")]
fn deployed<'a>(groups: &[Vec<&'a RunRecord>]) -> Vec<Deployed<'a>> {
    let mut rows = Vec::new();
    for (policy, records) in groups.iter().enumerate() {
        let mut all = deployments::of_policy(records);
        all.sort_by_key(Deployment::is_completed);
        rows.extend(all.into_iter().take(MOST_DEPLOYMENTS).map(|one| Deployed {
            policy,
            group: one.group,
            to: one.task_definition,
            kind: one.kind,
            at_s: one.started_ms as f64 / 1_000.0,
            ended: deployments::endings(&one),
            completed: one.is_completed(),
            took_s: one.took_s.map(short),
            peaks: one.peaks,
            reasons: one.reasons,
        }));
    }
    rows
}

fn services<'a>(groups: &[Vec<&'a RunRecord>]) -> Vec<Service<'a>> {
    let mut rows = Vec::new();
    for (policy, records) in groups.iter().enumerate() {
        let mut by_group: BTreeMap<&str, Vec<[Figure; 6]>> = BTreeMap::new();
        for row in records.iter().flat_map(|record| &record.services) {
            by_group.entry(&row.group).or_default().push([
                Figure::Count(row.tasks),
                row.zone_skew,
                row.excess_zone_skew,
                row.instance_skew,
                row.blast_radius_instance,
                row.blast_radius_zone,
            ]);
        }
        let rows_of = by_group.into_iter().take(100);
        rows.extend(rows_of.map(|(group, seeds)| Service {
            policy,
            group,
            values: std::array::from_fn(|i| mean(&seeds, i)),
        }));
    }
    rows
}

fn mean(seeds: &[[Figure; 6]], index: usize) -> Option<f64> {
    let values: Vec<f64> = seeds.iter().filter_map(|figures| figures[index].to_f64()).collect();
    (!values.is_empty()).then(|| short(average(&values)))
}

fn runs(groups: &[Vec<&RunRecord>]) -> Vec<(usize, u32, Vec<Option<f64>>)> {
    let of = |(policy, records): (usize, &Vec<&RunRecord>)| {
        let rows = records.iter().map(|record| {
            (policy, record.seed, record.figures.iter().map(|figure| figure.to_f64().map(short)).collect())
        });
        rows.collect::<Vec<_>>()
    };
    groups.iter().enumerate().flat_map(of).collect()
}
