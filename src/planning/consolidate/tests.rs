//! Plans for clusters that run: what must go and what must stay, and every plan replayed.

use proptest::prelude::*;

use super::{Consolidation, Question, Stuck, Why, consolidate, verify};
use crate::engine::Reason;
use crate::model::{Constraint, Device, InstanceId, Running, Scenario, Scheduling};
use crate::planning::Watch;
use crate::planning::test_support::{Machine, Wanted, binpack, by_zone, scenario};

/// A service, and its tasks: instance and count.
type Placed<'a> = (Wanted, &'a [(u32, u32)]);

/// Services with their tasks.
fn found(machines: &[Machine], services: &[Placed<'_>]) -> Scenario {
    let wanted: Vec<Wanted> = services
        .iter()
        .map(|((name, cpu, memory, _), places)| (*name, *cpu, *memory, places.iter().map(|(_, count)| count).sum()))
        .collect();
    let mut scenario = scenario(machines, &wanted, by_zone(binpack()));
    let running = |(service, (_, places)): (usize, &Placed<'_>)| Running {
        definition: scenario.services[service].definition,
        group: format!("service:{}", scenario.services[service].name),
        demand: scenario.definitions[service].demand.clone(),
        places: places.iter().map(|&(at, count)| (InstanceId(at), count)).collect(),
        device: Device::ANY,
    };
    scenario.running = services.iter().enumerate().map(running).filter(|one| !one.places.is_empty()).collect();
    scenario
}

fn planned(scenario: &Scenario) -> Consolidation {
    consolidate(scenario, &scenario.policies[0], Question::default(), &Watch::default())
}

fn gone(plan: &Consolidation) -> Vec<u32> {
    plan.steps.iter().map(|step| step.instance.0).collect()
}

const PAIR: [Machine; 2] = [(0, 10, 10, 5), (0, 10, 10, 7)];

#[test]
fn the_dearer_of_two_half_empty_instances_goes() {
    let plan = planned(&found(&PAIR, &[(("a", 2, 2, 0), &[(0, 2), (1, 2)])]));
    assert_eq!((gone(&plan), plan.saving(), plan.moves()), (vec![1], Some(7), 2));
    assert!(plan.is_verified && plan.given_up.is_empty());
    let hold = &plan.holds[0];
    assert_eq!(
        (hold.instance.0, &hold.why),
        (0, &Why::NoRoom { reason: Reason::NoInstances, amounts: None, closest: None })
    );
}

#[test]
fn an_empty_instance_goes_first_and_takes_no_task() {
    let plan = planned(&found(&[PAIR[0], PAIR[1], (1, 10, 10, 9)], &[(("a", 6, 6, 0), &[(0, 1), (1, 1)])]));
    assert_eq!(gone(&plan), [2], "neither 6 finds room beside the other");
    assert!(
        plan.holds.iter().all(|hold| matches!(hold.why, Why::NoRoom { amounts: Some((6, 4)), .. })),
        "{:?}",
        plan.holds
    );
}

#[test]
fn percents_and_standalone_tasks_hold_an_instance_and_are_named() {
    let mut fixed = found(&PAIR, &[(("a", 2, 2, 0), &[(0, 1), (1, 1)])]);
    fixed.services[0].settings.maximum_percent = 100;
    let plan = planned(&fixed);
    assert!(plan.steps.is_empty());
    assert_eq!(plan.holds[0].why, Why::Percents { minimum: 100, maximum: 100 });
    fixed.services[0].settings.minimum_healthy_percent = 50;
    let plan = planned(&fixed);
    assert_eq!((gone(&plan), plan.steps[0].moves[0].starts_first), (vec![1], false));
    let mut alone = found(&PAIR, &[(("a", 2, 2, 0), &[(0, 1), (1, 1)])]);
    alone.running[0].group = "family:a".to_owned();
    let plan = planned(&alone);
    assert_eq!((plan.steps.len(), &plan.holds[0].why), (0, &Why::Standalone));
    let moving = Question { move_standalone: true, ..Question::default() };
    alone.services.clear();
    let plan = consolidate(&alone, &alone.policies[0], moving, &Watch::default());
    assert_eq!(gone(&plan), [1]);
}

/// Each of two instances could be emptied onto the third, and both together not: a plan that asks one by one lies.
#[test]
fn tasks_that_each_fit_somewhere_and_together_do_not_are_not_moved_together() {
    let machines: [Machine; 3] = [(0, 10, 10, 5), (0, 10, 10, 5), (0, 10, 10, 5)];
    let plan = planned(&found(&machines, &[(("a", 4, 4, 0), &[(0, 2), (1, 1), (2, 1)])]));
    assert_eq!(plan.steps.len(), 1, "{:?}", plan.steps);
    let plan = planned(&found(&machines, &[(("a", 3, 3, 0), &[(0, 2), (1, 2), (2, 2)])]));
    assert_eq!(plan.steps.len(), 1, "6 tasks of 3 take two instances of 10: {:?}", plan.steps);
}

#[test]
fn distinct_instances_and_daemons() {
    let mut distinct = found(&PAIR, &[(("a", 2, 2, 0), &[(0, 1), (1, 1)])]);
    distinct.services[0].constraints.push(Constraint::DistinctInstance);
    let plan = planned(&distinct);
    assert!(plan.steps.is_empty());
    assert!(matches!(plan.holds[0].why, Why::NoRoom { reason: Reason::DistinctInstance, .. }), "{:?}", plan.holds);
    let mut agents = found(&PAIR, &[(("d", 1, 1, 0), &[(0, 1), (1, 1)]), (("a", 2, 2, 0), &[(0, 1), (1, 1)])]);
    agents.services[0].settings.scheduling = Scheduling::Daemon;
    let plan = planned(&agents);
    assert_eq!((gone(&plan), plan.moves()), (vec![1], 1));
}

#[test]
fn tasks_in_no_file_hold_their_instance() {
    let mut unknown = found(&PAIR, &[(("a", 2, 2, 0), &[(0, 1), (1, 1)])]);
    let others = crate::model::Others { tasks: 1, ..crate::model::Others::default() };
    unknown.fleet.identities =
        (0..2).map(|at| crate::model::Identity { name: format!("i{at}"), others, ..Default::default() }).collect();
    let plan = planned(&unknown);
    assert_eq!((plan.steps.len(), plan.unknown), (0, 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Every plan, replayed step by step, leaves no task over and breaks nothing; what is left costs no less than the bound.
    #[test]
    fn plans_are_replayed_on_random_clusters(
        sizes in prop::collection::vec((0_u32..3, 6_u32..14, 6_u32..14, 1_u64..9), 2..7),
        tasks in prop::collection::vec((1_u32..5, 1_u32..5, prop::collection::vec(0_usize..7, 0..5)), 1..4),
        percents in prop::sample::select(vec![(100, 200), (50, 100), (100, 100), (0, 100), (100, 150)]),
        is_distinct: bool,
    ) {
        let names = ["a", "b", "c"];
        let mut left: Vec<(u32, u32)> = sizes.iter().map(|&(_, cpu, memory, _)| (cpu, memory)).collect();
        let mut services = Vec::new();
        for (&name, (cpu, memory, wanted)) in names.iter().zip(&tasks) {
            let mut places: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
            for at in wanted.iter().map(|at| at % sizes.len()) {
                let at_32 = u32::try_from(at).unwrap();
                if left[at].0 >= *cpu && left[at].1 >= *memory && !(is_distinct && places.contains_key(&at_32)) {
                    left[at] = (left[at].0 - cpu, left[at].1 - memory);
                    *places.entry(at_32).or_default() += 1;
                }
            }
            services.push(((name, *cpu, *memory, 0), places.into_iter().collect::<Vec<_>>()));
        }
        let services: Vec<Placed<'_>> =
            services.iter().map(|(wanted, places)| (*wanted, places.as_slice())).collect();
        let mut scenario = found(&sizes, &services);
        for service in &mut scenario.services {
            (service.settings.minimum_healthy_percent, service.settings.maximum_percent) = percents;
            if is_distinct {
                service.constraints.push(Constraint::DistinctInstance);
            }
        }
        let plan = planned(&scenario);
        prop_assert!(plan.is_verified);
        let broken = verify::first_broken(&scenario, &scenario.policies[0], &plan.steps, Question::default(), &Watch::default());
        prop_assert_eq!(broken, Ok(None));
        let left = plan.price.unwrap() - plan.saving().unwrap();
        let bound = plan.price_bound.unwrap().bound().unwrap();
        prop_assert!(left >= bound, "{} left, bound {}", left, bound);
        prop_assert_eq!(plan.holds.len() + plan.steps.len(), sizes.len());
    }
}

#[test]
fn a_lopsided_service_is_levelled_with_the_fewest_moves() {
    let machines = [(0, 10, 10, 5), (1, 10, 10, 5), (2, 10, 10, 5)];
    let plan = planned(&found(&machines, &[(("a", 2, 2, 0), &[(0, 5), (1, 1)])]));
    let one = &plan.rebalances[0];
    assert_eq!((one.fewest_moves, one.moves, one.is_level, one.stuck), (3, 3, true, None), "{one:?}");
    assert_eq!(one.zones.iter().map(|zone| (zone.tasks, zone.target)).collect::<Vec<_>>(), [(5, 2), (1, 2), (0, 2)]);
    // Level already, or by one task.
    assert_eq!(planned(&found(&machines, &[(("a", 2, 2, 0), &[(0, 2), (1, 1), (2, 1)])])).rebalances, []);
    // The emptiest zone is too small.
    let small = [(0, 10, 10, 5), (1, 10, 10, 5), (2, 1, 10, 5)];
    let plan = planned(&found(&small, &[(("a", 2, 2, 0), &[(0, 4), (1, 2)])]));
    let stuck = plan.rebalances[0].stuck;
    assert!(
        matches!(stuck, Some(Stuck::NoRoom { zone, reason: Reason::Cpu, amounts: Some((2, 1)) }) if zone.0 == 2),
        "{stuck:?}"
    );
    // A maximum of 100 % leaves no room for a start.
    let mut tight = found(&machines, &[(("a", 2, 2, 0), &[(0, 5), (1, 1)])]);
    tight.services[0].settings.maximum_percent = 100;
    let one = planned(&tight).rebalances.remove(0);
    assert_eq!((one.maximum_percent, one.is_level, one.moves), (Some(117), true, 3));
    // Nor is one levelled whose strategy packs.
    let mut packs = found(&machines, &[(("a", 2, 2, 0), &[(0, 5), (1, 1)])]);
    packs.policies[0].strategy = Some(crate::model::Strategy(binpack()));
    assert_eq!(planned(&packs).rebalances[0].stuck, Some(Stuck::Strategy));
}
