//! The worked examples of 3.4.

use super::{Order, Question, Survival, Unit, survive};
use crate::model::{Constraint, LoadFactor, Rule, Scenario, SpreadField};
use crate::planning::test_support::{binpack, by_zone, scenario};
use crate::planning::{Load, Watch};

fn lost(scenario: &Scenario, unit: Unit) -> Survival {
    let load = Load::of(scenario, LoadFactor::ONE);
    let question = Question { unit, order: Order::Oldest, seeds: 3, searches: true };
    survive(scenario, &load, &load.scenario().policies[0], question, &Watch::default())
}

fn spread() -> Vec<Rule> {
    by_zone(vec![Rule::Spread(SpreadField::InstanceId)])
}

/// Three zones, one instance of four slots each.
fn slots(tasks: u32) -> Scenario {
    scenario(&[(0, 4, 100, 5), (1, 4, 100, 5), (2, 4, 100, 5)], &[("s", 1, 1, tasks)], spread())
}

#[test]
fn eight_tasks_survive_any_zone_and_nine_do_not() {
    let eight = lost(&slots(8), Unit::Zone);
    assert!(eight.passes(), "{:?}", eight.rows);
    assert_eq!(eight.rows.len(), 3);
    // 3/3/2 becomes 4/4, and the zone that is back has none.
    assert!(eight.rows.iter().all(|row| row.loss.skew_after == 4 && row.seeds == 3));
    let nine = lost(&slots(9), Unit::Zone);
    assert!(nine.rows.iter().all(|row| row.loss.left() == 1 && row.failed_seeds == 3));
    assert_eq!(nine.rows[0].loss.worst, Some((0, 6, 9)));
}

#[test]
fn the_smallest_fleet_that_survives_is_found_above_the_fluid_rule() {
    let nine = lost(&slots(9), Unit::Zone);
    let found = nine.smallest.unwrap();
    assert_eq!((nine.without.unwrap().answer.unwrap().size, found.fluid), (3, Some(5)));
    // Two zones must hold nine: five instances leave three or four, and three of four slots are enough.
    assert_eq!((found.size, found.price), (Some(5), Some(25)));
}

/// The fluid rule passes, packing fails: 4 and 4, 6, 6 on three instances of 10; what loses a 6 has room for 4 and for 2.
#[test]
fn the_fluid_rule_is_no_proof() {
    let services = [("a", 4, 1, 2), ("b", 6, 1, 2)];
    let mut packed = scenario(&[(0, 10, 100, 1), (1, 10, 100, 1), (2, 10, 100, 1)], &services, binpack());
    // As the rows stand: 4 4 6 6, where services would take turns.
    packed.services.clear();
    let whole = scenario(&[(0, 10, 100, 1), (1, 10, 100, 1), (2, 10, 100, 1)], &services, binpack());
    let running = |service: usize, places: &[(u32, u32)]| crate::model::Running {
        definition: whole.services[service].definition,
        group: format!("service:{}", whole.services[service].name),
        demand: whole.definitions[service].demand.clone(),
        places: places.iter().map(|&(at, count)| (crate::model::InstanceId(at), count)).collect(),
        device: crate::model::Device::ANY,
    };
    let mut found = whole.clone();
    found.running = vec![running(0, &[(0, 2)]), running(1, &[(1, 1), (2, 1)])];
    let survival = lost(&found, Unit::Zone);
    assert!(survival.is_found);
    let left: Vec<u64> = survival.rows.iter().map(|row| row.loss.left()).collect();
    assert_eq!(left, [0, 1, 1], "the two of 4 find room beside a 6 each; a 6 finds none");
    assert_eq!(survival.rows[1].loss.left_out.keys().next(), Some(&1));
}

#[test]
fn one_instance_at_a_time_and_distinct_instances() {
    let mut distinct = scenario(&[(0, 9, 99, 5), (1, 9, 99, 5), (2, 9, 99, 5)], &[("s", 1, 1, 3)], spread());
    assert!(lost(&distinct, Unit::Instance).passes());
    distinct.services[0].constraints.push(Constraint::DistinctInstance);
    let survival = lost(&distinct, Unit::Instance);
    assert!(survival.rows.iter().all(|row| row.loss.left() == 1), "no instance is left without one of them");
    assert_eq!(survival.smallest.unwrap().size, Some(4));
}

#[test]
fn what_nobody_starts_anew_is_told_apart() {
    let mut found = scenario(&[(0, 9, 99, 5), (1, 9, 99, 5)], &[("s", 9, 1, 1)], spread());
    let task = |group: &str| crate::model::Running {
        definition: found.services[0].definition,
        group: group.to_owned(),
        demand: found.definitions[0].demand.clone(),
        places: vec![(crate::model::InstanceId(u32::from(group.starts_with('f'))), 1)],
        device: crate::model::Device::ANY,
    };
    found.running = vec![task("service:s"), task("family:s")];
    let survival = lost(&found, Unit::Zone);
    let told: Vec<_> = survival.rows.iter().map(|row| (row.loss.tasks, row.loss.standalone, row.loss.left())).collect();
    assert_eq!(told, [(1, 0, 1), (0, 1, 0)]);
}
