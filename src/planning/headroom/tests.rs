//! Room against M13, and deployments that lack room.

use super::{Headroom, Question, look};
use crate::engine::Reason;
use crate::model::{
    Constraint, Identity, InstanceId, LoadFactor, Others, Rule, Running, Scenario, Scheduling, SpreadField,
};
use crate::planning::test_support::{binpack, by_zone, scenario};
use crate::planning::{Load, Watch};

fn looked(scenario: &Scenario, question: &Question) -> Headroom {
    let load = Load::of(scenario, LoadFactor::ONE);
    look(scenario, &load, &scenario.policies[0], question, &Watch::default()).unwrap()
}

fn copies(headroom: &Headroom) -> Vec<(&str, u64)> {
    headroom.rooms.iter().map(|room| (room.name.as_str(), room.copies)).collect()
}

/// 4 nodes of 2 CPU and 4 GB, a pod of 150m and 100Mi: 52, as `cluster-capacity` prints, under every chain (P52).
#[test]
fn m13_four_nodes_hold_52_copies_under_every_chain() {
    let chains = [binpack(), by_zone(binpack()), vec![Rule::Spread(SpreadField::InstanceId)], vec![Rule::Random]];
    for chain in chains {
        let machines: Vec<_> = (0..4).map(|at| (at % 3, 2_000, 4_000, 1)).collect();
        let headroom = looked(&scenario(&machines, &[("pod", 150, 100, 0)], chain), &Question::default());
        assert_eq!(copies(&headroom), [("service:pod", 52)]);
        let binding = &headroom.rooms[0].bindings[0];
        assert_eq!((binding.reason, binding.count, binding.amounts), (Reason::Cpu, 4, Some((150, 50))));
    }
}

#[test]
fn what_binds_is_told_by_instance_the_closest_first() {
    let machines = [(0, 10, 100, 1), (1, 100, 10, 1), (2, 100, 13, 1)];
    let mut wanted = scenario(&machines, &[("a", 6, 6, 0)], binpack());
    let headroom = looked(&wanted, &Question::default());
    let room = &headroom.rooms[0];
    assert_eq!((room.copies, room.instances), (4, 3));
    let told: Vec<_> = room.bindings.iter().map(|one| (one.reason, one.count, one.amounts)).collect();
    assert_eq!(told, [(Reason::Memory, 2, Some((6, 4))), (Reason::Cpu, 1, Some((6, 4)))]);
    wanted.services[0].constraints.push(Constraint::DistinctInstance);
    let headroom = looked(&wanted, &Question::default());
    assert_eq!(copies(&headroom), [("service:a", 3)]);
    assert!(headroom.rooms[0].bindings.iter().any(|one| one.reason == Reason::DistinctInstance));
}

fn running(scenario: &Scenario, service: usize, places: &[(u32, u32)]) -> Running {
    Running {
        definition: scenario.services[service].definition,
        group: format!("service:{}", scenario.services[service].name),
        demand: scenario.definitions[service].demand.clone(),
        places: places.iter().map(|&(at, count)| (InstanceId(at), count)).collect(),
        device: crate::model::Device::ANY,
    }
}

#[test]
fn room_of_daemons_is_held_back_and_shapes_may_go_together() {
    let mut found =
        scenario(&[(0, 10, 99, 1), (1, 10, 99, 1)], &[("a", 2, 1, 1), ("d", 3, 1, 0), ("b", 4, 1, 0)], binpack());
    found.services[1].settings.scheduling = Scheduling::Daemon;
    found.running = vec![running(&found, 0, &[(0, 1)]), running(&found, 1, &[(1, 1)])];
    let headroom = looked(&found, &Question::default());
    assert_eq!(headroom.held, [("d".to_owned(), 1)]);
    // 10 - 2 - 3 and 10 - 3 are left.
    assert_eq!(copies(&headroom), [("service:a", 5), ("service:b", 2)]);
    let together = Question { together: vec![("a".into(), 1), ("service:b".into(), 1)], ..Question::default() };
    assert_eq!(copies(&looked(&found, &together)), [("service:a + service:b", 1)]);
    let load = Load::of(&found, LoadFactor::ONE);
    let unknown = Question { together: vec![("x".into(), 1)], ..Question::default() };
    let error = look(&found, &load, &found.policies[0], &unknown, &Watch::default()).unwrap_err();
    assert!(error.contains("`x`") && error.contains("`service:a`"), "{error}");
}

#[test]
fn the_mix_grows_until_the_first_that_does_not_fit() {
    let headroom = looked(&scenario(&[(0, 10, 99, 1); 4], &[("a", 2, 1, 10)], binpack()), &Question::default());
    let inflation = headroom.inflation.unwrap();
    assert_eq!((inflation.tasks, inflation.p10(), inflation.added.len()), (10, 10, 11));
}

/// A rolling deployment at 100 % to 200 % needs as much room again; at 50 % to 100 % it needs none.
#[test]
fn a_deployment_that_lacks_room_is_told_with_what_it_lacks() {
    let question = Question { deployments: true, ..Question::default() };
    let full = scenario(&[(0, 10, 99, 1), (1, 10, 99, 1)], &[("a", 5, 1, 4)], binpack());
    let headroom = looked(&full, &question);
    let told = &headroom.deployments[0];
    assert!(!told.completes && told.stuck.is_some(), "{told:?}");
    // One task more is enough to go round, one by one.
    assert_eq!(told.further.as_ref().map(|lacks| lacks.count), Some(1));
    let mut shrinking = full.clone();
    shrinking.services[0].settings.minimum_healthy_percent = 50;
    shrinking.services[0].settings.maximum_percent = 100;
    let headroom = looked(&shrinking, &question);
    let told = &headroom.deployments[0];
    assert!(told.completes && told.peak_tasks == 4 && told.further.is_none(), "{told:?}");
    let roomy = scenario(&[(0, 10, 99, 1); 5], &[("a", 5, 1, 4)], binpack());
    let told = &looked(&roomy, &question).deployments[0];
    assert!(told.completes && told.peak_tasks == 8 && told.peak_instances == (4, 2), "{told:?}");
}

/// Where most of an instance is held back, a further one is whole.
#[test]
fn what_a_deployment_lacks_is_an_instance_as_it_registers() {
    let question = Question { deployments: true, ..Question::default() };
    let mut full = scenario(&[(0, 10, 99, 1)], &[("a", 10, 1, 1)], binpack());
    let others = Others { cpu: 90, ..Others::default() };
    full.fleet.identities = vec![Identity { name: "x".to_owned(), others, ..Identity::default() }];
    let lacks = looked(&full, &question).deployments[0].further.clone().unwrap();
    assert_eq!((lacks.count, lacks.class.cpu.0), (1, 100));
}

#[test]
fn two_services_at_once_take_the_room_of_both() {
    let question = Question { deployments: true, two_at_once: true, ..Question::default() };
    let services = [("a", 5, 1, 2), ("b", 5, 1, 2), ("c", 1, 1, 2)];
    let tried = |instances: usize| {
        let pairs = looked(&scenario(&vec![(0, 10, 99, 1); instances], &services, binpack()), &question).pairs.unwrap();
        assert_eq!((pairs.tried.len(), pairs.all), (3, 3));
        pairs.tried
    };
    let roomy = tried(9);
    assert!(roomy.iter().all(|pair| pair.completes));
    // The most instances come first: four of five beside four of five.
    assert_eq!((&roomy[0].service[..], roomy[0].tasks, roomy[0].peak_tasks), ("a + b", 4, 8));
    assert_eq!(roomy[0].peak_instances, (5, 3));
    // On three instances there are eight units left: one task of five, so that the two wait for one another.
    let narrow = tried(3);
    let both = narrow.iter().find(|pair| pair.service == "a + b").unwrap();
    let alone = &looked(&scenario(&[(0, 10, 99, 1); 3], &services, binpack()), &question).deployments[0];
    assert!(alone.completes && both.completes && both.lasts_ms > alone.lasts_ms, "{both:?} {alone:?}");
    // On two full ones nothing moves, and one more goes round.
    let full = scenario(&[(0, 10, 99, 1); 2], &services[..2], binpack());
    let worst = looked(&full, &question).pairs.unwrap().tried.swap_remove(0);
    assert!(
        !worst.completes && worst.stuck.is_some() && worst.further.as_ref().is_some_and(|lacks| lacks.count == 1),
        "{worst:?}"
    );
}
