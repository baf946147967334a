//! Worked values that tell a computation from a wrong one which the fixtures of the specification cannot tell from it:
//! each was written after a fault put into the code had passed all other tests.

use super::fixtures::{check, ratio, run, scenario_a};
use super::record::Figure;
use super::test_support::{Fixture, scenario};
use crate::engine::{InstanceStatus, Reason};
use crate::model::{PackedResource, RequestId, Rule, SimTime, Strategy};
use crate::simulation::StopCause;

const HOUR_MS: u64 = 3_600_000;

#[test]
fn m1_of_a_sample_is_of_its_own_resource() {
    let record = run(scenario(1, &[(0, 10, 20, None)], &[("s", 5, 4, 1)]), &[(0, 0)]);
    let last = record.samples.last().unwrap();
    assert_eq!((last.cpu_reservation, last.memory_reservation), (ratio(1, 2), ratio(1, 5)));
}

/// Fewest tasks first, the 2 and the 3 join the 5. The other way round, 4 and 6 would spoil the room for both.
#[test]
fn m5_the_instance_with_the_fewest_tasks_goes_first() {
    let services = [("two", 2, 1, 1), ("three", 3, 1, 1), ("four", 4, 1, 1), ("five", 5, 1, 1), ("six", 6, 1, 1)];
    let mut scenario = scenario(1, &[(0, 10, 99, None); 4], &services);
    scenario.policies[0].strategy = Some(Strategy(vec![Rule::Binpack(PackedResource::Cpu)]));
    let record = run(scenario, &[(2, 0), (4, 0), (0, 1), (1, 2), (3, 3)]);
    check(&record, &[("instances_releasable_snapshot", Figure::Count(2))]);
}

/// Three wait that need 12 of 10 cpu and 45 of 20 memory: three instances beside the two that are up.
#[test]
fn m6_waiting_tasks_need_instances_beside_those_that_are_up() {
    let fixture = Fixture::new(scenario(1, &[(0, 10, 20, None), (0, 10, 20, None)], &[("s", 4, 15, 4)]));
    let mut stage = fixture.stage();
    stage.place(0, 0);
    stage.cluster.waiting = vec![(RequestId(0), SimTime::ZERO); 3];
    stage.look();
    check(&stage.finish(), &[("capacity_provider_reservation_percent", ratio(500, 2))]);
}

/// A large task that finds no room does not end a filling; small ones still do.
#[test]
fn m12_goes_on_after_a_failure_and_after_many_successes() {
    let record = run(scenario(1, &[(0, 100, 999, None)], &[("large", 7, 1, 1), ("small", 1, 1, 1)]), &[]);
    check(&record, &[("cpu_inflation_stranded_units", ratio(0, 1)), ("inflation_fillings", Figure::Count(11))]);
    let record = run(scenario(1, &[(0, 450, 999, None)], &[("small", 1, 1, 1)]), &[]);
    check(&record, &[("cpu_inflation_stranded_units", ratio(0, 1))]);
}

#[test]
fn m13_a_draining_instance_has_no_holes() {
    let fixture = Fixture::new(scenario(1, &[(0, 10, 10, None), (0, 10, 10, None)], &[("s", 5, 5, 1)]));
    let mut stage = fixture.stage();
    stage.change(1, InstanceStatus::Draining);
    stage.look();
    let record = stage.finish();
    assert_eq!(
        (record.shapes[0].holes_by_cpu_and_memory, record.shapes[0].holes_pooled_by_cpu_and_memory),
        (Figure::Count(2), Figure::Count(4))
    );
}

#[test]
fn m15_the_instance_with_the_most_room_need_not_be_the_last() {
    let record = run(scenario(1, &[(0, 10, 10, None), (0, 10, 10, None)], &[("s", 4, 7, 1)]), &[(0, 1)]);
    check(&record, &[("cpu_external_fragmentation", ratio(6, 16)), ("memory_external_fragmentation", ratio(3, 13))]);
}

#[test]
fn m22_a_task_that_is_refused_for_good_is_a_task_of_its_reason() {
    let fixture = Fixture::new(scenario(1, &[(0, 100, 100, None)], &[("s", 1, 1, 10)]));
    let mut stage = fixture.stage();
    (0..2).for_each(|_| stage.reject(0, Reason::Cpu, false));
    stage.reject(0, Reason::Memory, true);
    let record = stage.finish();
    let rows: Vec<_> = record.failures.iter().map(|row| (&*row.reason, row.tasks_never_placed)).collect();
    assert_eq!(rows, [(Reason::Cpu.text(), 2), (Reason::Memory.text(), 0)]);
}

#[test]
fn m24_hours_and_dollars_of_fixture_a() {
    let record = run(scenario_a(), &super::fixtures::A);
    check(&record, &[("instance_hours", ratio(4, 1)), ("price_usd", ratio(4, 5))]);
}

/// One of two tasks ends after an hour because fewer are wanted: one stop in three task-hours.
#[test]
fn m25_fewer_desired_tasks_are_stops_by_load() {
    let fixture = Fixture::new(scenario(1, &[(0, 99, 99, None)], &[("s", 1, 1, 2)]));
    let mut stage = fixture.stage();
    (0..2).for_each(|_| stage.place(0, 0));
    stage.advance(HOUR_MS);
    stage.stop(0, StopCause::ScaledIn);
    stage.advance(HOUR_MS);
    let expected = [("stops_by_load_per_task_hour", ratio(1, 3)), ("churn_per_task_hour", ratio(0, 1))];
    check(&stage.finish(), &expected);
}

/// The most cpu takes three instances, and later the most memory takes five.
#[test]
fn b7_is_that_of_the_dearer_of_both_peaks() {
    let fixture = Fixture::new(scenario(1, &[(0, 10, 100, Some(10)); 5], &[("cpu", 10, 1, 3), ("memory", 1, 100, 5)]));
    let mut stage = fixture.stage();
    (0..3).for_each(|instance| stage.place(0, instance));
    stage.advance(HOUR_MS);
    (0..3).for_each(|_| stage.stop(0, StopCause::Ended));
    (0..5).for_each(|instance| stage.place(1, instance));
    stage.advance(HOUR_MS);
    check(&stage.finish(), &[("price_bound_usd_per_hour_peak", ratio(1, 2))]);
}
