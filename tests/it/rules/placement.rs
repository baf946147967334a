//! Rules of `docs/rules.md` that no golden case shows, on every engine.

use stowplan::engine::{InstanceStatus, Reason};
use stowplan::model::{
    ClassId, Demand, InstanceClass, InstanceId, Only, PlacementOptions, Port, ProviderId, RequestId, Rule, SpreadField,
    TaskNetwork, TieBreak, ZoneId,
};
use stowplan::query::Expression;

use crate::support::{World, by_instance, by_zone, pack_cpu, pack_memory};

fn names(world: &World, request: RequestId, count: usize) -> Vec<Vec<String>> {
    world.engines().into_iter().map(|mut engine| world.place(&mut *engine, request, count)).collect()
}

/// Every engine places `count` tasks and names where they went.
fn check(world: &World, request: RequestId, expected: &[&str]) {
    for found in names(world, request, expected.len()) {
        assert_eq!(found, expected);
    }
}

fn expression(text: &str) -> Expression {
    Expression::parse(text).unwrap()
}

#[test]
fn r1_1_checks_and_constraints_come_before_strategies() {
    // By binpack `i1` would be best; it has too little room, and `i2` does not satisfy the constraint.
    let mut world = World::new(&[("i1", "a", 100, 100), ("i2", "a", 200, 200), ("i3", "b", 900, 900)]);
    let task = world.request("family:t", Demand::new(150, 150), &[pack_cpu()]);
    check(&world, task, &["i2"]);
    world.change(task).member_of = vec![expression("attribute:ecs.availability-zone == b")];
    check(&world, task, &["i3"]);
}

#[test]
fn r1_2_only_eligible_instances_take_tasks() {
    let mut world = World::default();
    let instance = |change: fn(&mut InstanceClass)| change;
    world.add_instance("disconnected", "a", instance(|class| class.agent_connected = false), 999, 999);
    world.add_instance("other-zone", "b", |class| class.provider = Some(ProviderId(0)), 999, 999);
    world.add_instance("no-provider", "a", |_| (), 999, 999);
    let attribute = |class: &mut InstanceClass| {
        class.provider = Some(ProviderId(0));
        class.attributes.insert("gpu".to_owned(), None);
    };
    world.add_instance("eligible", "a", attribute, 999, 999);
    world.add_instance("draining", "a", attribute, 999, 999);
    let task = world.request("family:t", Demand::new(1, 1), &[]);
    let request = world.change(task);
    request.only = Only { zone: Some(ZoneId(0)), provider: Some(ProviderId(0)), ..Only::default() };
    request.requires_attributes = vec![("gpu".to_owned(), None)];
    for mut engine in world.engines() {
        engine.drain(InstanceId(4), &[]);
        let reasons: Vec<Option<Reason>> = (0..5).map(|index| engine.place_on(task, InstanceId(index)).err()).collect();
        let expected =
            [Some(Reason::Agent), Some(Reason::Location), Some(Reason::Provider), None, Some(Reason::Inactive)];
        assert_eq!(reasons, expected);
        assert_eq!(world.place(&mut *engine, task, 2), ["eligible", "eligible"]);
    }
    // A value that is required is compared; a name alone asks that the attribute is there.
    let request = world.change(task);
    (request.only, request.requires_attributes) = (Only::default(), vec![("gpu".to_owned(), Some("v100".to_owned()))]);
    for mut engine in world.engines() {
        assert_eq!(engine.place_on(task, InstanceId(3)), Err(Reason::Attribute));
    }
}

#[test]
fn r1_3_a_strategy_never_refuses_a_task() {
    let chains = [
        vec![by_zone()],
        vec![Rule::Spread(SpreadField::Attribute("nowhere".to_owned()))],
        vec![pack_cpu(), pack_memory(), by_instance()],
        vec![Rule::Random, by_zone()],
    ];
    for rules in chains {
        for absent_attribute_is_bucket in [true, false] {
            let mut world = World::new(&[("a", "a", 100, 100), ("b", "b", 10, 10)]);
            world.options = PlacementOptions { absent_attribute_is_bucket, ..PlacementOptions::default() };
            let task = world.request("family:t", Demand::new(20, 20), &rules);
            check(&world, task, &["a", "a", "a", "a", "a", "-"]);
        }
    }
}

#[test]
fn r1_5_a_zone_whose_instances_are_full_counts_on_and_is_passed_over() {
    let mut world = World::new(&[("a", "a", 100, 100), ("b", "b", 400, 400), ("c", "c", 400, 400)]);
    let service = world.request("service:s", Demand::new(100, 100), &[by_zone(), by_instance()]);
    check(&world, service, &["a", "b", "c", "b", "c", "b", "c"]);
}

#[test]
fn r1_6_spread_counts_tasks_of_the_group_and_no_others() {
    let mut world = World::new(&[("a", "a", 900, 900), ("b", "b", 900, 900)]);
    let [x, y] = ["service:x", "service:y"].map(|group| world.request(group, Demand::new(1, 1), &[by_zone()]));
    let pinned = world.request("service:x", Demand::new(1, 1), &[]);
    world.change(pinned).member_of = vec![expression("attribute:ecs.availability-zone == b")];
    for mut engine in world.engines() {
        world.place(&mut *engine, pinned, 3);
        assert_eq!(world.place(&mut *engine, y, 2), ["a", "b"], "the tasks of `x` are nothing to `y`");
        assert_eq!(world.place(&mut *engine, x, 3), ["a", "a", "a"]);
    }
}

#[test]
fn r1_8_tasks_on_draining_instances_count_only_where_asked() {
    assert!(!PlacementOptions::default().spread_counts_draining, "U-3");
    for (spread_counts_draining, expected) in [(true, ["b1", "b1"]), (false, ["a2", "b1"])] {
        let mut world = World::new(&[("a1", "a", 900, 900), ("a2", "a", 900, 900), ("b1", "b", 900, 900)]);
        world.options = PlacementOptions { spread_counts_draining, ..PlacementOptions::default() };
        let service = world.request("service:s", Demand::new(1, 1), &[by_zone()]);
        for mut engine in world.engines() {
            for _ in 0..2 {
                engine.place_on(service, InstanceId(0)).unwrap();
            }
            engine.drain(InstanceId(0), &[service, service]);
            assert_eq!(world.place(&mut *engine, service, 2), expected);
            // What stops while it drains is not put back with the rest: `a` has two then, `b` one or two.
            engine.stop(service, InstanceId(0));
            engine.set_status(InstanceId(0), InstanceStatus::Active);
            let next = if spread_counts_draining { "a1" } else { "b1" };
            assert_eq!(world.place(&mut *engine, service, 1), [next]);
        }
    }
}

#[test]
fn r1_9_ties_end_as_the_option_says() {
    let place = |tie_break| {
        let mut world = World::new(&[("i1", "a", 100, 900), ("i2", "a", 100, 100), ("i3", "a", 100, 100)]);
        world.options = PlacementOptions { tie_break, ..PlacementOptions::default() };
        let other = world.request("family:other", Demand::new(0, 1), &[]);
        let task = world.request("family:t", Demand::new(0, 1), &[]);
        let mut all: Vec<String> = Vec::new();
        for mut engine in world.engines() {
            engine.place_on(other, InstanceId(0)).unwrap();
            engine.place_on(other, InstanceId(1)).unwrap();
            all.extend(world.place(&mut *engine, task, 1));
        }
        all
    };
    assert_eq!(place(TieBreak::Order), ["i1", "i1"]);
    assert_eq!(place(TieBreak::FewestTasks), ["i3", "i3"]);
    assert_eq!(place(TieBreak::MostRemaining), ["i3", "i3"], "all of the cpu and all of the memory are left there");
    assert_eq!(place(TieBreak::Random).len(), 2);
}

#[test]
fn r1_10_tasks_of_a_call_see_the_earlier_ones_and_partial_success_is_normal() {
    let mut world = World::of_equal(2, 100, 100);
    let task = world.request("family:t", Demand::new(60, 1), &[by_instance()]);
    check(&world, task, &["i1", "i2", "-"]);
    for mut engine in world.engines() {
        let mut placed = Vec::new();
        assert_eq!(engine.place_batch(task, 5, &mut |one| placed.push(one.instance)), 2);
        assert_eq!(placed, [InstanceId(0), InstanceId(1)]);
    }
}

#[test]
fn r1_11_constraints_hold_all_together() {
    let mut world = World::default();
    for (name, stack, tier) in [("i1", "prod", "x"), ("i2", "test", "y"), ("i3", "prod", "y")] {
        let set = |class: &mut InstanceClass| {
            class.attributes.insert("stack".to_owned(), Some(stack.to_owned()));
            class.attributes.insert("tier".to_owned(), Some(tier.to_owned()));
        };
        world.add_instance(name, "a", set, 900, 900);
    }
    let task = world.request("family:t", Demand::new(1, 1), &[]);
    world.change(task).member_of = vec![expression("attribute:stack == prod"), expression("attribute:tier == y")];
    check(&world, task, &["i3", "i3"]);
}

#[test]
fn r2_2_remaining_before_and_after_order_candidates_alike() {
    for demand in 0..40_u32 {
        let left = [97_u32, 41, 53, 41, 90];
        let fits: Vec<u32> = left.into_iter().filter(|&left| left >= demand).collect();
        let before = fits.iter().enumerate().min_by_key(|(_, left)| **left);
        let after = fits.iter().enumerate().min_by_key(|(_, left)| **left - demand);
        assert_eq!(before, after);
        let mut world = World::default();
        left.iter().enumerate().for_each(|(at, &cpu)| world.add_instance(&at.to_string(), "a", |_| (), cpu, 9));
        let task = world.request("family:t", Demand::new(demand, 1), &[pack_cpu()]);
        check(&world, task, &["1"]);
    }
}

#[test]
fn r2_3_binpack_compares_amounts_unless_told_to_compare_fractions() {
    for (binpack_by_fraction, expected) in [(false, "small"), (true, "large")] {
        let mut world = World::new(&[("large", "a", 1000, 9), ("small", "a", 300, 9)]);
        world.options = PlacementOptions { binpack_by_fraction, ..PlacementOptions::default() };
        let filler = world.request("family:f", Demand::new(500, 1), &[]);
        let task = world.request("family:t", Demand::new(10, 1), &[pack_cpu()]);
        for mut engine in world.engines() {
            engine.place_on(filler, InstanceId(0)).unwrap();
            assert_eq!(world.place(&mut *engine, task, 1), [expected], "500 of 1000 beside 300 of 300");
        }
    }
}

#[test]
fn r2_4_a_second_binpack_rule_breaks_ties_of_the_first() {
    let mut world = World::new(&[("i1", "a", 500, 900), ("i2", "a", 500, 300), ("i3", "a", 800, 100)]);
    let task = world.request("family:t", Demand::new(1, 1), &[pack_cpu(), pack_memory()]);
    check(&world, task, &["i2"]);
}

#[test]
fn r2_5_tasks_without_cpu_make_binpack_by_cpu_blind() {
    let mut world = World::new(&[("i1", "a", 500, 900), ("i2", "a", 500, 300)]);
    let blind = world.request("family:t", Demand::new(0, 100), &[pack_cpu(), Rule::Spread(SpreadField::InstanceId)]);
    let seeing = world.request("family:t", Demand::new(0, 100), &[pack_memory()]);
    check(&world, blind, &["i1", "i2", "i1", "i2"]);
    check(&world, seeing, &["i2", "i2", "i2", "i1"]);
}

#[test]
fn r2_6_binpack_never_moves_a_task() {
    let mut world = World::of_equal(3, 400, 400);
    let task = world.request("service:s", Demand::new(100, 100), &[pack_memory()]);
    for mut engine in world.engines() {
        world.place(&mut *engine, task, 12);
        for instance in 0..3 {
            for _ in 0..3 {
                engine.stop(task, InstanceId(instance));
            }
        }
        assert_eq!(world.counts(&*engine), [1, 1, 1], "three tasks that one instance could hold stay where they are");
    }
}

#[test]
fn r3_4_an_attribute_without_a_value_is_a_bucket_beside_the_absent_one() {
    let mut world = World::default();
    for (name, rack) in [("value", Some(Some("r1".to_owned()))), ("no-value", Some(None)), ("absent", None)] {
        let set = |class: &mut InstanceClass| {
            if let Some(value) = rack.clone() {
                class.attributes.insert("rack".to_owned(), value);
            }
        };
        world.add_instance(name, "a", set, 900, 900);
    }
    let rules = [Rule::Spread(SpreadField::Attribute("rack".to_owned()))];
    let task = world.request("service:s", Demand::new(1, 1), &rules);
    check(&world, task, &["value", "no-value", "absent", "value"]);
    world.options.absent_attribute_is_bucket = false;
    check(&world, task, &["value", "no-value", "value"]);
}

#[test]
fn r4_2_distinct_instances_reach_across_calls_and_not_across_groups() {
    let mut world = World::of_equal(2, 900, 900);
    let [first, second, other] =
        ["family:t", "family:t", "service:x"].map(|group| world.request(group, Demand::new(1, 1), &[]));
    for request in [first, second, other] {
        world.change(request).distinct_instance = true;
    }
    for mut engine in world.engines() {
        assert_eq!(world.place(&mut *engine, first, 1), ["i1"]);
        assert_eq!(world.place(&mut *engine, second, 2), ["i2", "-"]);
        assert_eq!(world.place(&mut *engine, other, 2), ["i1", "i2"]);
    }
}

#[test]
fn r4_5_tasks_that_were_started_without_the_constraint_occupy_their_instance() {
    let mut world = World::of_equal(2, 900, 900);
    let [plain, distinct] = [(), ()].map(|()| world.request("family:t", Demand::new(1, 1), &[]));
    world.change(distinct).distinct_instance = true;
    for mut engine in world.engines() {
        world.place(&mut *engine, plain, 1);
        assert_eq!(world.place(&mut *engine, distinct, 2), ["i2", "-"]);
    }
}

#[test]
fn r4_6_and_r4_7_constraints_are_refused_in_the_words_of_ecs() {
    let mut world = World::of_equal(1, 900, 900);
    let task = world.request("family:t", Demand::new(1, 1), &[]);
    world.change(task).distinct_instance = true;
    for mut engine in world.engines() {
        world.place(&mut *engine, task, 2);
        assert_eq!(engine.refusal(task).text(), "DistinctInstance placement constraint unsatisfied.");
    }
    world.change(task).member_of = vec![expression("attribute:stack exists")];
    for mut engine in world.engines() {
        assert_eq!(engine.place(task), None);
        assert_eq!(engine.refusal(task).text(), "MemberOf placement constraint unsatisfied.");
    }
    // `distinctInstance` is not of a task definition.
    let text = "
        name = 'x'
        [cluster]
        zones = ['a']
        [[cluster.instances]]
        type = 'm5.large'
        [[task-definitions]]
        family = 't'
        cpu = 1
        memory = 6
        placementConstraints = [{ type = 'distinctInstance' }]";
    let error = stowplan::scenario::parse(text, "x.toml".as_ref(), &[]).unwrap_err();
    assert!(error.problems.iter().any(|one| one.message.contains("not allowed in a task definition")));
}

#[test]
fn r4_8_affinity_to_a_group_cannot_start_the_group() {
    let mut world = World::of_equal(2, 900, 900);
    let follower = world.request("family:t", Demand::new(1, 1), &[]);
    world.change(follower).member_of = vec![expression("task:group == family:t")];
    let leader = world.request("family:t", Demand::new(1, 1), &[]);
    for mut engine in world.engines() {
        assert_eq!(world.place(&mut *engine, follower, 1), ["-"]);
        engine.place_on(leader, InstanceId(1)).unwrap();
        assert_eq!(world.place(&mut *engine, follower, 2), ["i2", "i2"]);
    }
}

#[test]
fn r4_9_constraints_are_asked_at_placement_and_evict_nobody() {
    let mut world = World::of_equal(1, 900, 900);
    let shy = world.request("family:shy", Demand::new(1, 1), &[]);
    world.change(shy).member_of = vec![expression("runningTasksCount == 0")];
    let other = world.request("family:other", Demand::new(1, 1), &[]);
    for mut engine in world.engines() {
        world.place(&mut *engine, shy, 1);
        world.place(&mut *engine, other, 3);
        assert_eq!(world.counts(&*engine), [4]);
        assert_eq!(world.place(&mut *engine, shy, 1), ["-"]);
    }
}

#[test]
fn r5_24_and_r5_25_capacity_is_taken_at_placement_and_free_when_a_task_is_told_to_stop() {
    let mut world = World::of_equal(1, 100, 100);
    let demand = Demand { ports: vec![Port::tcp(80)], ..Demand::new(100, 100) };
    let task = world.request("family:t", demand, &[]);
    for mut engine in world.engines() {
        assert_eq!(world.place(&mut *engine, task, 2), ["i1", "-"]);
        assert_eq!(engine.remaining(InstanceId(0)).cpu.0, 0);
        assert!(engine.stop(task, InstanceId(0)));
        assert_eq!(world.place(&mut *engine, task, 1), ["i1"]);
    }
}

/// Makes an instance pass one more check.
type Cure = fn(&mut InstanceClass);

#[test]
fn r6_3_the_reason_is_the_first_failing_check_of_table_6_1() {
    assert!(Reason::ALL.is_sorted(), "the order of the reasons is that of the table");
    // An instance that fails every check, cured one by one in the order of the table.
    let cures: [(Reason, Cure); 9] = [
        (Reason::Agent, |class| class.agent_connected = true),
        (Reason::Provider, |class| class.provider = Some(ProviderId(1))),
        (Reason::Location, |class| class.zone = ZoneId(0)),
        (Reason::Attribute, |class| drop(class.attributes.insert("needed".to_owned(), None))),
        (Reason::Cpu, |class| class.cpu.0 = 10),
        (Reason::Memory, |class| class.memory.0 = 10),
        (Reason::Gpu, |class| class.gpus = 1),
        (Reason::Ports, |class| class.reserved_ports.clear()),
        (Reason::Eni, |class| class.eni_tasks = Some(1)),
    ];
    for cured in 0..=cures.len() {
        let mut world = World::default();
        let broken = |class: &mut InstanceClass| {
            (class.agent_connected, class.eni_tasks) = (false, Some(0));
            cures[..cured].iter().for_each(|(_, cure)| cure(class));
        };
        world.add_instance("elsewhere", "a", |_| (), 0, 0);
        world.add_instance("i", "b", broken, 1, 1);
        let demand = Demand { gpus: 1.into(), ports: vec![Port::tcp(22)], eni_slots: 1, ..Demand::new(5, 5) };
        let task = world.request("family:t", demand, &[]);
        let request = world.change(task);
        request.only = Only { zone: None, provider: Some(ProviderId(1)), network: network(&[0]) };
        request.requires_attributes = vec![("needed".to_owned(), None)];
        request.member_of = vec![expression("runningTasksCount > 0")];
        let expected = cures.get(cured).map_or(Reason::MemberOf, |(reason, _)| *reason);
        for mut engine in world.engines() {
            assert_eq!(engine.place_on(task, InstanceId(1)), Err(expected));
            assert_eq!(engine.place(task), None);
        }
        let all: Vec<Reason> = world.reference().failures(task, InstanceId(1)).collect();
        assert_eq!(all.len(), cures.len() - cured + 1, "the full list: {all:?}");
    }
}

fn network(zones: &[u32]) -> TaskNetwork {
    TaskNetwork { zones: Some(zones.iter().copied().map(ZoneId).collect()), ..TaskNetwork::default() }
}

/// The best instance is one that is connected, of the provider, in reach, has the attributes and satisfies
/// the constraints; where there is none, the check that left none is told, in this order.
#[test]
fn r6_3_the_reason_of_a_refused_task_is_that_of_an_instance_that_could_have_taken_it() {
    // What the fleet is made of, each instance with one fault more than the next, and the reason of all before it.
    let faults: [(Reason, Cure); 8] = [
        (Reason::Agent, |class| class.agent_connected = false),
        (Reason::EmptyCapacityProvider, |class| class.provider = None),
        (Reason::Location, |class| class.zone = ZoneId(1)),
        (Reason::Attribute, |class| drop(class.attributes.remove("needed"))),
        (Reason::MemberOf, |class| drop(class.attributes.remove("stack"))),
        (Reason::Cpu, |class| class.cpu.0 = 4),
        (Reason::Memory, |class| class.memory.0 = 4),
        (Reason::Ports, |class| class.reserved_ports.push(Port::tcp(80))),
    ];
    for count in 1..=faults.len() {
        let mut world = World::default();
        world.fleet.zones.extend(["a".to_owned(), "b".to_owned()]);
        for (_, fault) in &faults[..count] {
            let change = |class: &mut InstanceClass| {
                class.provider = Some(ProviderId(1));
                class.attributes.extend([("needed".to_owned(), None), ("stack".to_owned(), Some("prod".to_owned()))]);
                fault(class);
            };
            world.add_instance("i", "a", change, 9, 9);
        }
        let task = world.request("family:t", Demand { ports: vec![Port::tcp(80)], ..Demand::new(5, 5) }, &[]);
        let request = world.change(task);
        request.only = Only { zone: None, provider: Some(ProviderId(1)), network: network(&[0]) };
        request.requires_attributes = vec![("needed".to_owned(), None)];
        request.member_of = vec![expression("attribute:stack == prod")];
        // The first instance is of the provider, ACTIVE and not connected.
        let expected = match faults[count - 1].0 {
            Reason::EmptyCapacityProvider => Reason::Agent,
            other => other,
        };
        for mut engine in world.engines() {
            assert_eq!((engine.place(task), engine.refusal(task)), (None, expected), "{count}");
            engine.set_status(InstanceId(0), InstanceStatus::Lost);
            if count == 2 {
                assert_eq!(engine.refusal(task), Reason::EmptyCapacityProvider, "the other one is of no provider");
            }
            engine.set_status(InstanceId(0), InstanceStatus::Draining);
            if count < 3 {
                assert_eq!(engine.refusal(task), Reason::NoActiveInstances);
            }
        }
    }
}

#[test]
fn r6_4_an_empty_cluster_has_no_container_instances() {
    let mut world = World::of_equal(1, 100, 100);
    let task = world.request("family:t", Demand::new(1, 1), &[]);
    for mut engine in world.engines() {
        engine.set_status(InstanceId(0), InstanceStatus::Lost);
        assert_eq!(engine.place(task), None);
        assert_eq!(engine.refusal(task).text(), "No Container Instances were found in your cluster.");
        engine.register(ClassId(0));
        assert!(engine.place(task).is_some());
    }
}
