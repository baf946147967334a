//! The worked values of the specification of metrics, on its fixtures A and B, by id.

use super::catalogue::METRICS;
use super::record::{Figure, RunRecord, ServiceRow};
use super::test_support::{Fixture, Stage, figure, scenario};
use crate::engine::{InstanceStatus, Reason};
use crate::model::{Ratio, RequestId, Scenario, SimTime};
use crate::simulation::StopCause;

const HOUR_MS: u64 = 3_600_000;

pub(super) fn ratio(numerator: u128, denominator: u128) -> Figure {
    Figure::ratio(numerator, denominator)
}

pub(super) fn check(record: &RunRecord, expected: &[(&str, Figure)]) {
    for &(column, expected) in expected {
        assert_eq!(figure(record, column), expected, "{column}");
    }
}

/// Places (request, instance) pairs at time 0, looks, and lets an hour pass.
pub(super) fn run(scenario: Scenario, tasks: &[(u32, u32)]) -> RunRecord {
    let fixture = Fixture::new(scenario);
    let mut stage = fixture.stage();
    tasks.iter().for_each(|&(request, instance)| stage.place(request, instance));
    stage.look();
    stage.advance(HOUR_MS);
    stage.finish()
}

const WEB: u32 = 0;
const DB: u32 = 1;
pub(super) const A: [(u32, u32); 7] = [(WEB, 0), (DB, 0), (WEB, 1), (WEB, 1), (WEB, 1), (WEB, 1), (DB, 2)];

pub(super) fn scenario_a() -> Scenario {
    let instances = [0, 1, 2, 0].map(|zone| (zone, 4096, 16384, Some(20)));
    scenario(3, &instances, &[("web", 1024, 2048, 5), ("db", 2048, 12288, 2)])
}

fn fixture_a() -> RunRecord {
    run(scenario_a(), &A)
}

pub(super) fn scenario_b() -> Scenario {
    let instances = [(0, 2048, 4096, Some(10)), (1, 4096, 8192, Some(20))];
    scenario(2, &instances, &[("t", 2048, 1024, 1), ("s", 512, 1024, 4)])
}

pub(super) fn tasks_b() -> [(u32, u32); 5] {
    [(0, 0), (1, 1), (1, 1), (1, 1), (1, 1)]
}

fn fixture_b() -> RunRecord {
    run(scenario_b(), &tasks_b())
}

#[test]
fn every_column_has_a_figure_but_those_of_gpus() {
    // The fixture deploys nothing, and its instances have no GPU.
    let has_some = |column| column != "deployment_duration_s_max";
    for (metric, figure) in METRICS.iter().zip(&fixture_a().figures).filter(|(metric, _)| has_some(metric.column)) {
        let of_gpus = ["gpu_", "price_usd_per_gpu_", "instances_bound_gpus_"];
        // Nothing asks for interfaces, ports or instances of its own either.
        let by_rules = ["instances_bound_slots_peak", "instances_bound_sets_peak"].contains(&metric.column);
        let is_absent = by_rules || of_gpus.iter().any(|prefix| metric.column.starts_with(prefix));
        assert_eq!(*figure == Figure::Absent, is_absent, "{}", metric.column);
    }
}

#[test]
fn m1_reservation() {
    check(&fixture_a(), &[("cpu_reservation_snapshot", ratio(9, 16)), ("memory_reservation_snapshot", ratio(17, 32))]);
    check(&fixture_b(), &[("cpu_reservation_snapshot", ratio(2, 3)), ("memory_reservation_snapshot", ratio(5, 12))]);
}

#[test]
fn m3_a_constant_state_is_its_own_mean_over_time() {
    let columns = |cpu, memory| [("cpu_reservation_time_mean", cpu), ("memory_reservation_time_mean", memory)];
    check(&fixture_a(), &columns(ratio(9, 16), ratio(17, 32)));
    check(&fixture_b(), &columns(ratio(2, 3), ratio(5, 12)));
}

/// Capacity 10; U is 0 for 10 s, 5 for 10 s, 10 for 20 s.
#[test]
fn m3_is_a_ratio_of_integrals() {
    let fixture = Fixture::new(scenario(1, &[(0, 10, 10, None)], &[("s", 5, 0, 2)]));
    let mut stage = fixture.stage();
    for milliseconds in [10_000, 10_000] {
        stage.advance(milliseconds);
        stage.place(0, 0);
    }
    stage.advance(20_000);
    check(
        &stage.finish(),
        &[
            ("cpu_reservation_time_mean", ratio(5, 8)),
            ("memory_reservation_time_mean", ratio(0, 1)),
            ("cpu_packing_time_mean", ratio(250, 300)),
            ("instances_in_use_time_mean", ratio(3, 4)),
        ],
    );
}

/// Capacity 8 for 10 s, then 16 for 20 s, U = 4: not the mean of ratios.
#[test]
fn m3_follows_the_capacity() {
    let fixture = Fixture::new(scenario(1, &[(0, 8, 8, None), (0, 8, 8, None)], &[("s", 4, 0, 1)]));
    let mut stage = fixture.stage();
    stage.change(1, InstanceStatus::Lost);
    stage.place(0, 0);
    stage.advance(10_000);
    stage.change(1, InstanceStatus::Active);
    stage.advance(20_000);
    check(&stage.finish(), &[("cpu_reservation_time_mean", ratio(3, 10))]);
}

#[test]
fn m4_packing_of_non_empty_instances() {
    let columns = |cpu, memory, binding| {
        [("cpu_packing_time_mean", cpu), ("memory_packing_time_mean", memory), ("packing_time_mean", binding)]
    };
    check(&fixture_a(), &columns(ratio(3, 4), ratio(17, 24), ratio(3, 4)));
    check(&fixture_b(), &columns(ratio(2, 3), ratio(5, 12), ratio(2, 3)));
}

#[test]
fn m5_and_m26_instances_and_the_gap_to_l1() {
    let columns = |[peak, mean, in_use, empty, bound]: [u64; 5], gap| {
        [
            ("instances_in_use_peak", Figure::Count(peak)),
            ("instances_in_use_time_mean", ratio(u128::from(mean), 1)),
            ("instances_in_use_snapshot", Figure::Count(in_use)),
            ("instances_empty_snapshot", Figure::Count(empty)),
            ("instances_bound_l1_peak", Figure::Count(bound)),
            ("instances_gap_l1", gap),
        ]
    };
    check(&fixture_a(), &columns([3, 3, 3, 1, 3], ratio(0, 3)));
    check(&fixture_b(), &columns([2, 2, 2, 0, 1], ratio(1, 1)));
}

#[test]
fn m7_tasks_placed() {
    check(&fixture_a(), &[("tasks_placed", Figure::Count(7))]);
    check(&fixture_b(), &[("tasks_placed", Figure::Count(5))]);
}

#[test]
fn m8_strict_stranding() {
    check(&fixture_a(), &[("cpu_stranded_share", ratio(0, 1)), ("memory_stranded_share", ratio(1, 8))]);
    check(&fixture_b(), &[("cpu_stranded_share", ratio(0, 1)), ("memory_stranded_share", ratio(1, 4))]);
}

#[test]
fn m11_fragmentation() {
    let columns = |cpu, memory| {
        [("cpu_fragmentation_rate", cpu), ("memory_fragmentation_rate", memory), ("fragmentation_rate_worst", memory)]
    };
    check(&fixture_a(), &columns(ratio(6, 49), ratio(34, 105)));
    check(&fixture_b(), &columns(ratio(0, 1), ratio(3, 7)));
}

/// P65: with the mix fixed, one more `db` raises `Frag_cpu` from 6144/7 to 10240/7, of 5120 free.
#[test]
fn p65_a_placement_may_raise_fragmentation() {
    let more = run(scenario_a(), &[&A[..], &[(DB, 3)]].concat());
    check(&more, &[("cpu_fragmentation_rate", ratio(10_240, 7 * 5_120))]);
}

/// A shape that needs no cpu says nothing about cpu: `web` and `db` alone, 5 to 2.
#[test]
fn m11_is_conditioned_on_shapes_that_need_the_resource() {
    let mut scenario =
        scenario(1, &[(0, 10, 10, None)], &[("none", 0, 11, 3), ("small", 1, 0, 5), ("large", 11, 0, 2)]);
    check(
        &run(scenario.clone(), &[]),
        &[("cpu_fragmentation_rate", ratio(2, 7)), ("memory_fragmentation_rate", ratio(1, 1))],
    );
    scenario.services[0].desired_count = 0;
    check(&run(scenario, &[]), &[("memory_fragmentation_rate", Figure::Absent)]);
}

fn row(group: &str, tasks: u64, [zone, excess, instance]: [u64; 3], [on_instance, in_zone]: [Figure; 2]) -> ServiceRow {
    ServiceRow {
        group: group.to_owned(),
        tasks,
        zone_skew: Figure::Count(zone),
        excess_zone_skew: Figure::Count(excess),
        instance_skew: Figure::Count(instance),
        blast_radius_instance: on_instance,
        blast_radius_zone: in_zone,
    }
}

#[test]
fn m17_m18_m20_by_group() {
    assert_eq!(
        fixture_a().services,
        [row("service:web", 5, [4, 3, 4], [ratio(4, 5); 2]), row("service:db", 2, [1, 0, 1], [ratio(1, 2); 2]),]
    );
    assert_eq!(
        fixture_b().services,
        [row("service:t", 1, [1, 0, 1], [ratio(1, 1); 2]), row("service:s", 4, [4, 4, 4], [ratio(1, 1); 2]),]
    );
}

#[test]
fn m17_to_m20_worst_of_the_cluster() {
    let columns = |[zone, excess, instance, cluster, alone]: [u64; 5], [worst, mean, in_zone]: [Figure; 3]| {
        [
            ("zone_skew_worst", Figure::Count(zone)),
            ("excess_zone_skew_worst", Figure::Count(excess)),
            ("instance_skew_worst", Figure::Count(instance)),
            ("cluster_zone_skew", Figure::Count(cluster)),
            ("groups_of_one_snapshot", Figure::Count(alone)),
            ("blast_radius_instance_worst", worst),
            ("blast_radius_instance_mean", mean),
            ("blast_radius_zone_worst", in_zone),
        ]
    };
    check(&fixture_a(), &columns([4, 3, 4, 3, 0], [ratio(4, 5), ratio(5, 7), ratio(4, 5)]));
    check(&fixture_b(), &columns([4, 4, 4, 3, 1], [ratio(1, 1); 3]));
}

#[test]
fn m21_jain() {
    check(&fixture_a(), &[("cpu_jain_index", ratio(81, 116))]);
    check(&fixture_b(), &[("cpu_jain_index", ratio(9, 10))]);
}

#[test]
fn m24_prices() {
    check(
        &fixture_a(),
        &[
            ("price_usd_per_hour_time_mean", ratio(80, 100)),
            ("price_usd_per_hour_in_use_time_mean", ratio(60, 100)),
            ("price_usd_per_vcpu_hour", ratio(80, 900)),
            ("price_usd_per_vcpu_hour_in_use", ratio(60, 900)),
            ("price_usd_per_gib_hour", ratio(80, 3_400)),
        ],
    );
    check(
        &fixture_b(),
        &[("price_usd_per_hour_time_mean", ratio(30, 100)), ("price_usd_per_vcpu_hour", ratio(30, 400))],
    );
}

#[test]
fn m24_is_absent_where_a_price_is_unknown() {
    let instances = [(0, 10, 10, Some(20)), (0, 10, 10, None)];
    let record = run(scenario(1, &instances, &[("s", 1, 1, 1)]), &[(0, 0)]);
    check(
        &record,
        &[
            ("price_usd_per_hour_time_mean", Figure::Absent),
            ("price_usd_per_vcpu_hour", Figure::Absent),
            ("price_usd_per_hour_in_use_time_mean", ratio(1, 5)),
        ],
    );
}

fn attempts(act: impl FnOnce(&mut Stage<'_>)) -> RunRecord {
    let fixture = Fixture::new(scenario(1, &[(0, 100, 100, None)], &[("s", 1, 1, 10)]));
    let mut stage = fixture.stage();
    act(&mut stage);
    stage.finish()
}

/// 10 tasks, 2 refused for cpu and 1 for distinctInstance.
#[test]
fn m22_failures_by_reason() {
    let record = attempts(|stage| {
        (0..7).for_each(|_| stage.place(0, 0));
        [Reason::DistinctInstance, Reason::Cpu, Reason::Cpu]
            .into_iter()
            .for_each(|reason| stage.reject(0, reason, false));
    });
    check(
        &record,
        &[
            ("attempts", Figure::Count(10)),
            ("attempts_failed", Figure::Count(3)),
            ("failure_rate", ratio(3, 10)),
            ("attempt_failure_rate", ratio(3, 10)),
            ("tasks_asked", Figure::Count(10)),
            ("tasks_refused", Figure::Count(3)),
            ("tasks_never_placed", Figure::Count(3)),
        ],
    );
    let rows: Vec<_> = record.failures.iter().map(|row| (&*row.group, &*row.reason, row.tasks_refused)).collect();
    assert_eq!(rows, [("service:s", Reason::Cpu.text(), 2), ("service:s", Reason::DistinctInstance.text(), 1)]);
}

/// One task retried three times, then placed: a failure rate of 1 of 1, whatever the retry law.
#[test]
fn m22_an_attempt_is_not_a_task() {
    let record = attempts(|stage| {
        stage.reject(0, Reason::Memory, true);
        (0..2).for_each(|_| stage.reject_again(0, Reason::Cpu));
        stage.place(0, 0);
    });
    check(
        &record,
        &[
            ("failure_rate", ratio(1, 1)),
            ("attempt_failure_rate", ratio(3, 4)),
            ("tasks_never_placed", Figure::Count(0)),
        ],
    );
    let rows: Vec<_> = record.failures.iter().map(|row| (&*row.reason, row.tasks_refused, row.attempts)).collect();
    assert_eq!(rows, [(Reason::Cpu.text(), 0, 2), (Reason::Memory.text(), 1, 1)], "by the first refusal");
}

/// The second task stands behind the first and is never tried; it is not placed for the same reason.
#[test]
fn m22_and_m23_tasks_that_wait_at_the_end_are_never_placed() {
    let record = attempts(|stage| {
        stage.reject(0, Reason::Memory, true);
        stage.reject(0, Reason::Cpu, true);
        stage.cluster.waiting = vec![(RequestId(0), SimTime(0)), (RequestId(0), SimTime(1_000))];
        stage.advance(5_000);
    });
    check(
        &record,
        &[
            ("tasks_never_placed", Figure::Count(2)),
            ("tasks_waiting_end", Figure::Count(2)),
            ("wait_s_p50", Figure::MoreThanMs(4_000)),
            ("wait_s_max", Figure::MoreThanMs(5_000)),
        ],
    );
    let rows: Vec<_> = record.failures.iter().map(|row| (row.attempts, row.tasks_never_placed)).collect();
    assert_eq!(rows, [(1, 2), (1, 0)], "cpu was the last reason");
}

/// Waits of 0, 0, 30 and 90 s.
#[test]
fn m23_waits() {
    let record = attempts(|stage| {
        stage.advance(90_000);
        [90_000, 90_000, 60_000, 0].into_iter().for_each(|asked| stage.place_asked(0, 0, SimTime(asked)));
    });
    let columns = [("wait_s_p50", 0), ("wait_s_p95", 90), ("wait_s_max", 90)];
    check(&record, &columns.map(|(column, seconds)| (column, ratio(seconds, 1))));
}

/// Everything that is a ratio to nothing is absent, and counts are 0.
#[test]
fn an_empty_run_has_counts_and_no_ratios() {
    let fixture = Fixture::new(scenario(1, &[], &[]));
    let mut stage = fixture.stage();
    stage.look();
    let record = stage.finish();
    for (metric, figure) in METRICS.iter().zip(&record.figures) {
        let expected = if metric.id == "M6" { 100 } else { 0 };
        let is_empty = figure.exact().is_none_or(|value| value == Ratio::whole(expected));
        assert!(is_empty, "{}: {figure:?}", metric.column);
    }
    check(&record, &[("failure_rate", Figure::Absent), ("tasks_placed", Figure::Count(0))]);
}

#[test]
fn without_a_close_look_its_figures_are_absent() {
    let record = attempts(|stage| stage.place(0, 0));
    check(&record, &[("cpu_jain_index", Figure::Absent), ("zone_skew_worst", Figure::Absent)]);
}

/// A DRAINING instance keeps its tasks and its capacity; no more tasks may go there, so its zone is no zone to
/// spread over.
#[test]
fn draining_instances_count_as_capacity_and_not_for_skew() {
    let fixture = Fixture::new(scenario(3, &[0, 1, 2].map(|zone| (zone, 10, 10, None)), &[("s", 1, 1, 4)]));
    let mut stage = fixture.stage();
    [0, 0, 1, 2, 2, 2].into_iter().for_each(|instance| stage.place(0, instance));
    stage.change(2, InstanceStatus::Draining);
    stage.look();
    check(
        &stage.finish(),
        &[
            ("cpu_reservation_snapshot", ratio(6, 30)),
            ("instances_in_use_snapshot", Figure::Count(3)),
            ("zone_skew_worst", Figure::Count(1)),
            ("instance_skew_worst", Figure::Count(1)),
            ("cluster_zone_skew", Figure::Count(1)),
            ("blast_radius_zone_worst", ratio(3, 6)),
            // What remains on the third instance is of no use to anybody.
            ("cpu_fragmentation_rate", ratio(7, 24)),
        ],
    );
}

/// A zone whose instances are too small for the service is no zone to spread it over.
#[test]
fn zones_that_can_never_hold_a_task_do_not_count() {
    let instances = [(0, 10, 10, None), (1, 10, 10, None), (2, 4, 10, None)];
    let record = run(scenario(3, &instances, &[("s", 5, 1, 2)]), &[(0, 0), (0, 1)]);
    assert_eq!(record.services[0].zone_skew, Figure::Count(0));
    assert_eq!(record.services[0].instance_skew, Figure::Count(0));
}

#[test]
fn a_lost_zone_leaves_its_capacity_and_its_tasks() {
    let fixture = Fixture::new(scenario_a());
    let mut stage = fixture.stage();
    A.iter().for_each(|&(request, instance)| stage.place(request, instance));
    stage.advance(1_000);
    stage.change(1, InstanceStatus::Lost);
    stage.look();
    stage.advance(1_000);
    let record = stage.finish();
    check(
        &record,
        &[
            ("cpu_reservation_snapshot", ratio(5, 12)),
            ("cpu_reservation_time_mean", ratio(9 + 5, 16 + 12)),
            ("instances_in_use_time_mean", ratio(5, 2)),
            ("instances_in_use_peak", Figure::Count(3)),
        ],
    );
    let last = record.samples.last().unwrap();
    assert_eq!((last.at_ms, last.instances_up, last.instances_in_use, last.tasks), (2_000, 3, 2, 3));
    assert_eq!(record.fleet.len(), 3);
}

#[test]
fn the_last_row_is_the_state_after_everything() {
    let fixture = Fixture::new(scenario_a());
    let mut stage = fixture.stage();
    stage.advance(0);
    stage.place(WEB, 0);
    assert_eq!(stage.finish().samples.iter().map(|row| (row.at_ms, row.tasks)).collect::<Vec<_>>(), [(0, 1)]);

    let mut stage = fixture.stage();
    stage.place(WEB, 0);
    stage.advance(125);
    stage.stop(0, StopCause::Ended);
    stage.advance(1);
    let rows: Vec<_> = stage.finish().samples.iter().map(|row| (row.at_ms, row.tasks)).collect();
    assert_eq!(rows, [(0, 1), (125, 1), (126, 0)], "a sample comes before what happens at its time");
}
