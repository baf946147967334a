//! Rules whose cost is known.

use super::{Rules, cost};
use crate::model::{Constraint, LoadFactor, Scenario, Scheduling};
use crate::planning::Watch;
use crate::planning::test_support::{binpack, scenario};
use crate::query::Expression;

fn costed(scenario: &Scenario) -> Rules {
    cost(scenario, LoadFactor::ONE, &scenario.policies[0], &Watch::default())
}

fn cost_of<'a>(rules: &'a Rules, name: &str) -> &'a super::Cost {
    let found = rules.costs.iter().find(|cost| cost.rule.contains(name));
    found.unwrap_or_else(|| {
        panic!("no {name} among {:?}", rules.costs.iter().map(|cost| &cost.rule).collect::<Vec<_>>())
    })
}

/// Six tasks of which four share an instance: distinctInstance takes six instances for two.
#[test]
fn a_distinct_instance_costs_what_it_keeps_apart() {
    let mut wanted = scenario(&vec![(0, 8, 8, 5); 9], &[("a", 2, 1, 6), ("b", 8, 1, 1)], binpack());
    wanted.services[0].constraints.push(Constraint::DistinctInstance);
    let rules = costed(&wanted);
    let distinct = cost_of(&rules, "distinctInstance of a");
    assert!(distinct.differences.iter().all(|&difference| difference == 4), "{:?}", distinct.differences);
    assert_eq!(distinct.certified, Some((4, 4)), "seven with it and three without it, both proved");
    assert!(rules.of_changes.iter().any(|rule| rule.contains("minimum 100 % of a")));
}

#[test]
fn a_rule_that_changes_nothing_costs_nothing() {
    let mut wanted = scenario(&vec![(0, 8, 8, 5); 9], &[("a", 2, 1, 6)], binpack());
    let here = Expression::parse("attribute:ecs.availability-zone == az-a").unwrap();
    wanted.services[0].constraints.push(Constraint::MemberOf(here));
    let rules = costed(&wanted);
    assert!(cost_of(&rules, "memberOf").differences.iter().all(|&difference| difference == 0));
    assert!(rules.survival.is_none() || rules.survival.as_ref().is_some_and(|found| found.size.is_none()));
}

#[test]
fn a_daemon_costs_the_room_that_it_takes_and_all_rules_are_told_together() {
    let mut wanted = scenario(&vec![(0, 8, 8, 5); 9], &[("agent", 2, 1, 0), ("a", 2, 1, 12)], binpack());
    wanted.services[0].settings.scheduling = Scheduling::Daemon;
    let rules = costed(&wanted);
    // Four to an instance without it, three with it.
    assert!(cost_of(&rules, "DAEMON agent").differences.iter().all(|&difference| difference == 1));
    let names: Vec<&str> = rules.costs.iter().map(|cost| cost.rule.as_str()).collect();
    assert_eq!(names, ["DAEMON agent", "binpack(cpu) of the policy", "all of them together"]);
}
