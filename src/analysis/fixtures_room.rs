//! More worked values of the specification of metrics on its fixtures A and B: what is left and who could use it
//! (M5 to M16), and the bounds beside counts and prices.

use super::ReferenceMix;
use super::fixtures::{A, check, ratio, run, scenario_a, scenario_b, tasks_b};
use super::record::{Figure, RunRecord};
use super::test_support::Fixture;
use crate::model::{Constraint, Scenario};
use crate::simulation::StopCause;

fn fixture_a() -> RunRecord {
    run(scenario_a(), &A)
}

fn fixture_b() -> RunRecord {
    run(scenario_b(), &tasks_b())
}

/// The same cluster against the shape of one service alone.
fn with_mix(scenario: Scenario, tasks: &[(u32, u32)], shape: usize) -> RunRecord {
    let mut fixture = Fixture::new(scenario);
    let shapes = fixture.mix.shapes.iter().filter(|entry| entry.definition.index() == shape).cloned().collect();
    fixture.mix = ReferenceMix { shapes };
    let mut stage = fixture.stage();
    tasks.iter().for_each(|&(request, instance)| stage.place(request, instance));
    stage.look();
    stage.finish()
}

fn frontier(record: &RunRecord) -> Vec<(u32, u32)> {
    record.frontier.iter().map(|row| (row.cpu, row.memory_mib)).collect()
}

fn count(value: u64) -> Figure {
    Figure::Count(value)
}

#[test]
fn m5_releasable() {
    check(&fixture_a(), &[("instances_releasable_snapshot", count(1))]);
    check(&fixture_b(), &[("instances_releasable_snapshot", count(1))]);
}

/// Two of three could go: the first moves to the second, and then nothing is left to move to.
#[test]
fn m5_a_moved_task_is_moved_again() {
    let instances = [(0, 10, 10, None), (0, 10, 10, None), (0, 10, 10, None)];
    let scenario = || super::test_support::scenario(1, &instances, &[("s", 2, 2, 3)]);
    check(&run(scenario(), &[(0, 0), (0, 1), (0, 2)]), &[("instances_releasable_snapshot", count(2))]);
    let mut distinct = scenario();
    distinct.services[0].constraints.push(Constraint::DistinctInstance);
    check(&run(distinct, &[(0, 0), (0, 1), (0, 2)]), &[("instances_releasable_snapshot", count(0))]);
}

#[test]
fn m6_needed_of_running() {
    check(&fixture_a(), &[("capacity_provider_reservation_percent", ratio(300, 4))]);
    check(&fixture_b(), &[("capacity_provider_reservation_percent", ratio(100, 1))]);
}

#[test]
fn m8_amounts() {
    check(&fixture_a(), &[("cpu_stranded_units", count(0)), ("memory_stranded_mib", count(8192))]);
    check(&fixture_b(), &[("cpu_stranded_units", count(0)), ("memory_stranded_mib", count(3072))]);
}

fn dead(record: &RunRecord, [cpu, memory]: [u64; 2], shares: [Figure; 2]) {
    check(
        record,
        &[
            ("cpu_dead_free_units", count(cpu)),
            ("memory_dead_free_mib", count(memory)),
            ("cpu_dead_free_share", shares[0]),
            ("memory_dead_free_share", shares[1]),
        ],
    );
}

#[test]
fn m9_dead_free() {
    dead(&fixture_a(), [0, 8192], [ratio(0, 1), ratio(4, 15)]);
    dead(&with_mix(scenario_a(), &A, 1), [3072, 14336], [ratio(3, 7), ratio(7, 15)]);
    dead(&fixture_b(), [0, 3072], [ratio(0, 1), ratio(3, 7)]);
    dead(&with_mix(scenario_b(), &tasks_b(), 0), [0, 3072], [ratio(0, 1), ratio(3, 7)]);
}

#[test]
fn m10_fluid_stranding() {
    let columns = |q, cpu, memory| {
        [("mix_gib_per_vcpu", q), ("cpu_fluid_stranded_share", cpu), ("memory_fluid_stranded_share", memory)]
    };
    check(&fixture_a(), &columns(ratio(34, 9), ratio(3, 34), ratio(5, 36)));
    check(&fixture_b(), &columns(ratio(5, 4), ratio(0, 1), ratio(3, 8)));
    check(&fixture_b(), &[("memory_fluid_stranded_mib", ratio(3 * 12288, 8))]);
}

#[test]
fn m11_amounts_and_quadrants() {
    check(&fixture_a(), &[("cpu_fragmented_units", ratio(6144, 7)), ("memory_fragmented_mib", ratio(69_632, 7))]);
    check(&fixture_b(), &[("cpu_fragmented_units", ratio(0, 1)), ("memory_fragmented_mib", ratio(3072, 1))]);
    // Of the four instances, web (5) fits three and lacks cpu on i2; db (2) fits i4, lacks both on i1, both on i2, and
    // memory on i3.
    check(
        &fixture_a(),
        &[
            ("pairs_fitting_share", ratio(5 * 3 + 2, 28)),
            ("pairs_lacking_cpu_share", ratio(5, 28)),
            ("pairs_lacking_memory_share", ratio(2, 28)),
            ("pairs_lacking_both_share", ratio(2 + 2, 28)),
            ("pairs_filtered_share", ratio(0, 1)),
        ],
    );
}

fn inflated(record: &RunRecord, [cpu, memory]: [u128; 2], shares: [Figure; 2]) {
    check(
        record,
        &[
            ("cpu_inflation_stranded_units", ratio(cpu, 1)),
            ("memory_inflation_stranded_mib", ratio(memory, 1)),
            ("cpu_inflation_stranded_share", shares[0]),
            ("memory_inflation_stranded_share", shares[1]),
            ("inflation_fillings", count(11)),
        ],
    );
}

#[test]
fn m12_inflation_by_one_shape() {
    inflated(&with_mix(scenario_a(), &A, 0), [0, 16_384], [ratio(0, 1), ratio(1, 4)]);
    inflated(&with_mix(scenario_a(), &A, 1), [5120, 18_432], [ratio(5, 16), ratio(9, 32)]);
    inflated(&with_mix(scenario_b(), &tasks_b(), 1), [0, 3072], [ratio(0, 1), ratio(1, 4)]);
    inflated(&with_mix(scenario_b(), &tasks_b(), 0), [0, 6144], [ratio(0, 1), ratio(1, 2)]);
}

#[test]
fn m13_and_m14_by_shape() {
    let rows = |record: &RunRecord| {
        let row = |row: &super::record::ShapeRow| {
            (row.holes_by_cpu_and_memory, row.holes_pooled_by_cpu_and_memory, row.largest_placeable)
        };
        record.shapes.iter().map(row).collect::<Vec<_>>()
    };
    let a = fixture_a();
    assert_eq!(rows(&a), [(count(7), count(7), ratio(4, 1)), (count(1), count(2), ratio(4, 3))]);
    assert_eq!((frontier(&a), a.shapes[1].hole_efficiency_by_cpu_and_memory), (vec![(4096, 16_384)], ratio(1, 2)));
    check(&a, &[("hole_efficiency_by_cpu_and_memory_worst", ratio(1, 2)), ("largest_placeable_worst", ratio(4, 3))]);
    let b = fixture_b();
    assert_eq!(rows(&b), [(count(1), count(1), ratio(1, 1)), (count(4), count(4), ratio(4, 1))]);
    assert_eq!(frontier(&b), [(2048, 4096)]);
}

/// What `cluster-capacity` prints for four nodes of 2 CPU and 4 GB and pods of 150m and 100Mi.
#[test]
fn m13_agrees_with_cluster_capacity() {
    let instances = [(0, 2048, 4000, None); 4];
    let record = run(super::test_support::scenario(1, &instances, &[("pod", 154, 100, 1)]), &[]);
    assert_eq!(record.shapes[0].holes_by_cpu_and_memory, count(52));
}

#[test]
fn m15_external_fragmentation() {
    let columns = |cpu, memory| [("cpu_external_fragmentation", cpu), ("memory_external_fragmentation", memory)];
    check(&fixture_a(), &columns(ratio(3, 7), ratio(7, 15)));
    check(&fixture_b(), &columns(ratio(0, 1), ratio(3, 7)));
}

#[test]
fn m16_imbalance() {
    check(&fixture_a(), &[("imbalance_mean", ratio(7, 24))]);
    check(&fixture_b(), &[("imbalance_mean", ratio(3, 8))]);
}

/// Three tasks are drained within 60 task-hours; one ends by itself.
#[test]
fn m25_churn_by_task_hour() {
    let fixture =
        Fixture::new(super::test_support::scenario(1, &[(0, 99, 99, None), (0, 99, 99, None)], &[("s", 1, 1, 1)]));
    let mut stage = fixture.stage();
    (0..3).for_each(|_| stage.place(0, 0));
    (0..7).for_each(|_| stage.place(0, 1));
    stage.advance(6 * 3_600_000);
    stage.stop(9, StopCause::Ended);
    (0..3).rev().for_each(|task| stage.stop(task, StopCause::Drained));
    let columns = |churn, by_load| [("churn_per_task_hour", churn), ("stops_by_load_per_task_hour", by_load)];
    check(&stage.finish(), &columns(ratio(3, 60), ratio(1, 60)));
    check(&run(scenario_a(), &[]), &columns(Figure::Absent, Figure::Absent));
}

#[test]
fn m26_the_best_bound_of_a_run() {
    let columns = |[l2, dff, best, over]: [u64; 4], gap| {
        [
            ("instances_bound_l2_peak", count(l2)),
            ("instances_bound_dff_peak", count(dff)),
            ("instances_bound_columns_peak", count(best)),
            ("instances_optimum_by_cpu_and_memory_peak", count(best)),
            ("instances_bound_best_peak", count(best)),
            ("instances_over_bound_best", count(over)),
            ("instances_gap_best", gap),
        ]
    };
    check(&fixture_a(), &columns([3, 3, 3, 0], ratio(0, 3)));
    check(&fixture_b(), &columns([1, 1, 1, 1], ratio(1, 1)));
    assert_eq!(super::bounds::name::of_run(&fixture_a()), Some("L1"));
}

/// distinctInstance is a bound that resources do not see, and it gives the best bound its name.
#[test]
fn m26_tasks_that_may_not_meet() {
    let instances = [(0, 100, 100, None); 6];
    let mut scenario = super::test_support::scenario(1, &instances, &[("s", 1, 1, 5)]);
    scenario.services[0].constraints.push(Constraint::DistinctInstance);
    let record = run(scenario, &[(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)]);
    check(
        &record,
        &[
            ("instances_bound_best_peak", count(5)),
            ("instances_optimum_by_cpu_and_memory_peak", count(1)),
            ("instances_optimum_peak", count(5)),
        ],
    );
    assert_eq!(super::bounds::name::of_run(&record), Some("one per instance"));
}

#[test]
fn b1_beside_the_mean_and_the_snapshot() {
    let columns =
        |mean, snapshot| [("instances_bound_l1_time_mean", mean), ("instances_bound_l1_snapshot", count(snapshot))];
    check(&fixture_a(), &columns(ratio(9, 4), 3));
    check(&fixture_b(), &columns(ratio(1, 1), 1));
}

#[test]
fn b7_beside_the_price() {
    let columns = |[peak, bound]: [u128; 2], mean| {
        [
            ("price_usd_per_hour_in_use_peak", ratio(peak, 100)),
            ("price_bound_usd_per_hour_peak", ratio(bound, 100)),
            ("price_bound_usd_per_hour_time_mean", mean),
        ]
    };
    check(&fixture_a(), &columns([60, 60], ratio(45, 100)));
    check(&fixture_b(), &columns([30, 20], ratio(20, 100)));
    let instances = [(0, 10, 10, Some(20)), (0, 10, 10, None)];
    let record = run(super::test_support::scenario(1, &instances, &[("s", 1, 1, 1)]), &[(0, 0)]);
    check(&record, &[("price_bound_usd_per_hour_peak", Figure::Absent)]);
}
