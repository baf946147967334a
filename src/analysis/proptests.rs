//! P44: every figure that is kept up event by event equals the one recounted from the list of tasks, at any time.
//!
//! The recount is dull: whenever time passes it adds up every instance and every task again, and its formulas are
//! those of the definitions, not those of the recorder.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::record::{Figure, RunRecord};
use super::test_support::{Cluster, Fixture, InstanceRow, Stage, figure, scenario};
use crate::engine::{Engine, InstanceStatus};
use crate::model::{InstanceId, Ratio, RequestId};
use crate::simulation::StopCause;

/// One thing that befalls the cluster. Numbers are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Place { request: u32, instance: u32 },
    Stop(usize),
    Change(u32, InstanceStatus),
    Look,
}

const INSTANCES: [InstanceRow; 6] = [
    (0, 12, 10, Some(7)),
    (1, 8, 12, Some(5)),
    (2, 12, 10, Some(7)),
    (0, 5, 3, Some(2)),
    (1, 8, 12, Some(5)),
    (1, 1, 20, Some(1)),
];
const SERVICES: [(&str, u32, u32, u32); 4] = [("a", 3, 2, 4), ("b", 1, 4, 2), ("c", 0, 1, 1), ("d", 6, 0, 3)];

fn step() -> impl Strategy<Value = Step> {
    use InstanceStatus::{Active, Draining, Lost};
    prop_oneof![
        4 => (0_u64..50).prop_map(Step::Wait),
        9 => (0..4_u32, 0..6_u32).prop_map(|(request, instance)| Step::Place { request, instance }),
        4 => (0_usize..1_000).prop_map(Step::Stop),
        1 => (0..6_u32, prop::sample::select(vec![Active, Active, Draining, Lost])).prop_map(|(i, to)| Step::Change(i, to)),
        1 => Just(Step::Look),
    ]
}

fn up(cluster: &Cluster<'_>) -> Vec<InstanceId> {
    let all = (0..cluster.status.len()).map(InstanceId::from_index);
    all.filter(|&instance| cluster.status(instance) != InstanceStatus::Lost).collect()
}

fn row(instance: InstanceId) -> InstanceRow {
    INSTANCES[instance.index()]
}

/// Registered and remaining cpu and memory.
fn amounts(cluster: &Cluster<'_>, instance: InstanceId) -> ([u64; 2], [u64; 2]) {
    let (_, cpu, memory, _) = row(instance);
    let left = cluster.remaining(instance);
    ([u64::from(cpu), u64::from(memory)], [u64::from(left.cpu.0), u64::from(left.memory.0)])
}

fn demand(request: RequestId) -> [u64; 2] {
    let (_, cpu, memory, _) = SERVICES[request.index()];
    [u64::from(cpu), u64::from(memory)]
}

/// Sums over the time so far, recounted whenever time passes.
#[derive(Debug, Default)]
struct Recount {
    milliseconds: u128,
    reserved: [u128; 2],
    capacity: [u128; 2],
    capacity_in_use: [u128; 2],
    in_use: u128,
    cents: u128,
    cents_in_use: u128,
    in_use_peak: u64,
    bound: u64,
}

impl Recount {
    fn hold(&mut self, cluster: &Cluster<'_>, milliseconds: u64) {
        let time = u128::from(milliseconds);
        self.milliseconds += time;
        let mut in_use = 0;
        for instance in up(cluster) {
            let (capacity, left) = amounts(cluster, instance);
            let cents = u128::from(row(instance).3.unwrap());
            let is_in_use = u64::from(cluster.task_count(instance) > 0);
            in_use += is_in_use;
            self.cents += cents * time;
            self.cents_in_use += cents * time * u128::from(is_in_use);
            for r in 0..2 {
                self.capacity[r] += u128::from(capacity[r]) * time;
                self.capacity_in_use[r] += u128::from(capacity[r] * is_in_use) * time;
                self.reserved[r] += u128::from(capacity[r] - left[r]) * time;
            }
        }
        self.in_use += u128::from(in_use) * time;
        self.in_use_peak = self.in_use_peak.max(in_use);
        self.bound = self.bound.max((0..2).map(|r| bound(cluster, r)).max().unwrap());
    }

    fn check(&self, record: &RunRecord) -> Result<(), TestCaseError> {
        let packing = (0..2).filter_map(|r| Ratio::new(self.reserved[r], self.capacity_in_use[r])).max();
        let expected = [
            ("cpu_reservation_time_mean", Figure::ratio(self.reserved[0], self.capacity[0])),
            ("memory_reservation_time_mean", Figure::ratio(self.reserved[1], self.capacity[1])),
            ("cpu_packing_time_mean", Figure::ratio(self.reserved[0], self.capacity_in_use[0])),
            ("memory_packing_time_mean", Figure::ratio(self.reserved[1], self.capacity_in_use[1])),
            ("packing_time_mean", packing.map_or(Figure::Absent, Figure::Ratio)),
            ("instances_in_use_time_mean", Figure::ratio(self.in_use, self.milliseconds)),
            ("instances_in_use_peak", Figure::Count(self.in_use_peak)),
            ("instances_bound_l1_peak", Figure::Count(self.bound)),
            ("price_usd_per_hour_time_mean", Figure::ratio(self.cents, self.milliseconds * 100)),
            ("price_usd_per_vcpu_hour", Figure::ratio(self.cents * 1024, self.reserved[0] * 100)),
            ("price_usd_per_gib_hour", Figure::ratio(self.cents * 1024, self.reserved[1] * 100)),
            ("price_usd_per_vcpu_hour_in_use", Figure::ratio(self.cents_in_use * 1024, self.reserved[0] * 100)),
        ];
        for (column, expected) in expected {
            prop_assert_eq!(figure(record, column), expected, "{}", column);
        }
        Ok(())
    }
}

/// L1 as defined: take the largest instances one by one until they reach the demand.
fn bound(cluster: &Cluster<'_>, r: usize) -> u64 {
    let mut capacities: Vec<u64> = up(cluster).into_iter().map(|instance| amounts(cluster, instance).0[r]).collect();
    capacities.sort_unstable();
    let mut left: u64 = cluster.tasks.iter().map(|&(request, _)| demand(request)[r]).sum();
    let mut count = 0;
    while left > 0 {
        left = left.saturating_sub(capacities.pop().unwrap());
        count += 1;
    }
    count
}

/// The figures of a close look, recounted.
fn looked(fixture: &Fixture, cluster: &Cluster<'_>) -> Vec<(&'static str, Figure)> {
    let up = up(cluster);
    let sum = |of: &dyn Fn(InstanceId) -> u64| up.iter().map(|&instance| u128::from(of(instance))).sum::<u128>();
    let share = |of: &dyn Fn(InstanceId) -> u64, r: usize| {
        Figure::ratio(sum(of), sum(&|instance| amounts(cluster, instance).0[r]))
    };
    let reserved = |r: usize| move |i: InstanceId| amounts(cluster, i).0[r] - amounts(cluster, i).1[r];
    let stranded =
        |r: usize| move |i: InstanceId| if amounts(cluster, i).1[1 - r] == 0 { amounts(cluster, i).1[r] } else { 0 };
    let empty = up.iter().filter(|&&instance| cluster.task_count(instance) == 0).count() as u64;
    let [cpu, memory] = [0, 1].map(|r| fragmentation(fixture, cluster, r));
    vec![
        ("cpu_reservation_snapshot", share(&reserved(0), 0)),
        ("memory_reservation_snapshot", share(&reserved(1), 1)),
        ("cpu_stranded_share", share(&stranded(0), 0)),
        ("memory_stranded_share", share(&stranded(1), 1)),
        ("instances_in_use_snapshot", Figure::Count(up.len() as u64 - empty)),
        ("instances_empty_snapshot", Figure::Count(empty)),
        ("cpu_fragmentation_rate", cpu),
        ("memory_fragmentation_rate", memory),
        ("zone_skew_worst", worst(cluster, |request| skew(cluster, request, |instance| row(instance).0))),
        ("instance_skew_worst", worst(cluster, |request| skew(cluster, request, |instance| instance.0))),
        ("blast_radius_instance_worst", worst(cluster, |request| blast(cluster, request, |instance| instance.0))),
        ("blast_radius_zone_worst", worst(cluster, |request| blast(cluster, request, |instance| row(instance).0))),
    ]
}

fn fragmentation(fixture: &Fixture, cluster: &Cluster<'_>, r: usize) -> Figure {
    let (mut unusable, mut free, mut weight) = (0, 0, 0);
    for shape in &fixture.mix.shapes {
        let demand = demand(RequestId(shape.definition.0));
        if demand[r] == 0 {
            continue;
        }
        weight += u128::from(shape.weight);
        for instance in up(cluster) {
            let left = amounts(cluster, instance).1;
            let fits = cluster.status(instance) == InstanceStatus::Active && (0..2).all(|r| demand[r] <= left[r]);
            unusable += if fits { 0 } else { u128::from(left[r]) * u128::from(shape.weight) };
        }
    }
    up(cluster).iter().for_each(|&instance| free += u128::from(amounts(cluster, instance).1[r]));
    Figure::ratio(unusable, free * weight)
}

fn worst(cluster: &Cluster<'_>, of: impl Fn(RequestId) -> Option<Ratio>) -> Figure {
    let living: BTreeSet<_> = cluster.tasks.iter().map(|&(request, _)| request).collect();
    let worst = living.into_iter().filter_map(of).max();
    worst.map_or(Figure::Absent, |ratio| match u64::try_from(ratio.numerator()) {
        Ok(whole) if ratio.denominator() == 1 => Figure::Count(whole),
        _ => Figure::Ratio(ratio),
    })
}

/// Most less fewest tasks over the places that could take one.
fn skew(cluster: &Cluster<'_>, request: RequestId, place: impl Fn(InstanceId) -> u32) -> Option<Ratio> {
    let takes = |instance: InstanceId| {
        let capacity = amounts(cluster, instance).0;
        cluster.status(instance) == InstanceStatus::Active && (0..2).all(|r| demand(request)[r] <= capacity[r])
    };
    let mut counts: BTreeMap<u32, u128> =
        up(cluster).into_iter().filter(|&i| takes(i)).map(|i| (place(i), 0)).collect();
    for &(_, instance) in cluster.tasks.iter().filter(|task| task.0 == request) {
        counts.entry(place(instance)).and_modify(|count| *count += 1);
    }
    let skew = counts.values().max()? - counts.values().min()?;
    (counts.len() > 1).then(|| Ratio::whole(skew))
}

/// The largest share of a group of at least two tasks in one place.
fn blast(cluster: &Cluster<'_>, request: RequestId, place: impl Fn(InstanceId) -> u32) -> Option<Ratio> {
    let places: Vec<u32> = cluster.tasks.iter().filter(|task| task.0 == request).map(|task| place(task.1)).collect();
    let most = places.iter().map(|a| places.iter().filter(|b| a == *b).count()).max()?;
    if places.len() < 2 { None } else { Ratio::new(most as u128, places.len() as u128) }
}

/// Does a step if the cluster allows it.
fn act(stage: &mut Stage<'_>, step: Step) {
    match step {
        Step::Place { request, instance } => {
            let (place, left) = (InstanceId(instance), amounts(&stage.cluster, InstanceId(instance)).1);
            let fits = (0..2).all(|r| demand(RequestId(request))[r] <= left[r]);
            if fits && stage.cluster.status(place) == InstanceStatus::Active {
                stage.place(request, instance);
            }
        }
        Step::Stop(index) if !stage.cluster.tasks.is_empty() => {
            stage.stop(index % stage.cluster.tasks.len(), StopCause::Ended);
        }
        Step::Change(instance, to) => stage.change(instance, to),
        Step::Wait(milliseconds) => stage.advance(milliseconds),
        Step::Look => stage.look(),
        Step::Stop(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn p44_incremental_figures_equal_recounted_ones(steps in prop::collection::vec(step(), 0..120)) {
        let fixture = Fixture::new(scenario(3, &INSTANCES, &SERVICES));
        let mut stage = fixture.stage();
        let mut recount = Recount::default();
        let mut seen = Vec::new();
        for step in steps {
            match step {
                Step::Wait(0) => {}
                Step::Wait(milliseconds) => recount.hold(&stage.cluster, milliseconds),
                Step::Look => seen = looked(&fixture, &stage.cluster),
                _ => {}
            }
            act(&mut stage, step);
        }
        // The last state counts for peaks though no time passes.
        recount.hold(&stage.cluster, 0);
        let record = stage.finish();
        recount.check(&record)?;
        // P46, and the same of the price.
        let pairs = [
            ("instances_bound_best_peak", "instances_in_use_peak"),
            ("instances_bound_l1_time_mean", "instances_in_use_time_mean"),
            ("price_bound_usd_per_hour_peak", "price_usd_per_hour_in_use_peak"),
            ("price_bound_usd_per_hour_time_mean", "price_usd_per_hour_in_use_time_mean"),
        ];
        for (bound, bounded) in pairs {
            if let Some(bounded) = figure(&record, bounded).exact() {
                prop_assert!(figure(&record, bound).exact() <= Some(bounded), "{}", bound);
            }
        }
        for (column, expected) in seen {
            let found = figure(&record, column);
            prop_assert_eq!(found.exact(), expected.exact(), "{}", column);
        }
    }
}
