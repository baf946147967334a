//! M13 by the rules, by hand: what constraints, ports, interfaces, DAEMON tasks and expressions about tasks leave of holes.

use super::record::{Figure, RunRecord, ShapeRow};
use super::test_support::{InstanceRow, ServiceDescription, scenario};
use crate::model::{Constraint, Port, Scenario, Scheduling};
use crate::query::Expression;

/// Places (service, instance) pairs and looks.
fn look(scenario: Scenario, tasks: &[(u32, u32)]) -> RunRecord {
    super::fixtures::run(scenario, tasks)
}

fn row<'r>(record: &'r RunRecord, family: &str) -> &'r ShapeRow {
    record.shapes.iter().find(|row| row.task_definition == family).expect("a shape of the mix")
}

/// Holes by the rules, of how many in one pool, and holes by cpu and memory.
fn check(record: &RunRecord, family: &str, expected: [u64; 3]) {
    let found = row(record, family);
    let counted = [found.holes, found.holes_pooled, found.holes_by_cpu_and_memory];
    assert_eq!(counted, expected.map(Figure::Count), "{family}");
    assert_eq!(found.hole_efficiency, Figure::ratio(expected[0].into(), expected[1].into()));
}

const ONE_ZONE: [InstanceRow; 3] = [(0, 10, 10, None), (0, 10, 10, None), (0, 10, 10, None)];

fn with(instances: &[InstanceRow], services: &[ServiceDescription], change: impl Fn(&mut Scenario)) -> Scenario {
    let mut scenario = scenario(2, instances, services);
    change(&mut scenario);
    scenario
}

#[test]
fn resources_alone_are_counted_alike() {
    let record = look(with(&ONE_ZONE, &[("s", 4, 1, 3)], |_| ()), &[(0, 0)]);
    // 6, 10 and 10 of 4 each; 26 in one pool.
    check(&record, "s", [1 + 2 + 2, 6, 5]);
    assert_eq!(row(&record, "s").group, "service:s");
}

#[test]
fn distinct_instance_lets_one_in_where_none_is() {
    let distinct = |scenario: &mut Scenario| scenario.services[0].constraints.push(Constraint::DistinctInstance);
    check(&look(with(&ONE_ZONE, &[("s", 1, 1, 3)], distinct), &[(0, 1)]), "s", [2, 2, 29]);
}

#[test]
fn a_static_port_is_taken_once() {
    let ports = |scenario: &mut Scenario| {
        scenario.definitions[0].demand.ports = vec![Port::tcp(80)];
        scenario.definitions[1].demand.ports = vec![Port::tcp(80), Port::tcp(81)];
    };
    let record = look(with(&ONE_ZONE, &[("s", 1, 1, 3), ("t", 1, 1, 1)], ports), &[(1, 2)]);
    check(&record, "s", [2, 2, 29]);
    check(&record, "t", [2, 2, 29]);
}

#[test]
fn interfaces_run_out() {
    let interfaces = |scenario: &mut Scenario| {
        scenario.definitions[0].demand.eni_slots = 1;
        scenario.fleet.classes[0].eni_tasks = Some(3);
    };
    check(&look(with(&ONE_ZONE, &[("s", 1, 1, 3)], interfaces), &[(0, 0)]), "s", [2 + 3 + 3, 8, 29]);
}

#[test]
fn a_service_keeps_to_its_own_expression() {
    let zones = [(0, 10, 10, None), (1, 10, 10, None), (1, 10, 10, None)];
    let member = |scenario: &mut Scenario| {
        let expression = Expression::parse("attribute:ecs.availability-zone == az-a").unwrap();
        scenario.services[0].constraints.push(Constraint::MemberOf(expression));
    };
    check(&look(with(&zones, &[("s", 4, 1, 3)], member), &[]), "s", [2, 2, 6]);
}

#[test]
fn an_expression_about_tasks_is_tried_out() {
    let few = |scenario: &mut Scenario| {
        let expression = Expression::parse("runningTasksCount < 3").unwrap();
        scenario.services[0].constraints.push(Constraint::MemberOf(expression));
    };
    check(&look(with(&ONE_ZONE, &[("s", 1, 1, 3)], few), &[(0, 0)]), "s", [2 + 3 + 3, 29, 29]);
}

#[test]
fn the_room_of_a_daemon_is_its_own() {
    let daemon = |scenario: &mut Scenario| scenario.services[1].settings.scheduling = Scheduling::Daemon;
    let record = look(with(&ONE_ZONE, &[("s", 3, 1, 3), ("d", 4, 1, 1)], daemon), &[(1, 0)]);
    // 6 are left on each, on two of them as soon as the daemon is there; by cpu and memory the others have 10.
    check(&record, "s", [2 + 2 + 2, 6, 2 + 3 + 3]);
    check(&record, "d", [2, 2, 1 + 2 + 2]);
}
