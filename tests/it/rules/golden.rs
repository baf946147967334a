//! The golden cases of placement, each named by its id, on every engine.

use stowplan::engine::{Engine, Reason};
use stowplan::model::{ContainerSize, DEFAULT_RESERVED_TCP_PORTS, Demand, InstanceId, Port, Rule, SpreadField};

use crate::support::{World, by_instance, by_zone, pack_cpu, pack_memory};

/// Two instances in zone a, two in b, one in c.
fn two_two_one() -> World {
    World::new(&[
        ("a1", "a", 4096, 8192),
        ("a2", "a", 4096, 8192),
        ("b1", "b", 4096, 8192),
        ("b2", "b", 4096, 8192),
        ("c1", "c", 4096, 8192),
    ])
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

/// Places as many tasks as `expected` has words and compares the sequence, on every engine.
fn check_sequence(world: &World, request: stowplan::model::RequestId, expected: &str) {
    for mut engine in world.engines() {
        let sequence = world.place(&mut *engine, request, words(expected).len());
        assert_eq!(sequence, words(expected), "{}", engine.path(request));
        engine.validate().unwrap();
    }
}

/// Places `count` tasks of each request in turn and compares the tasks on every instance, on every engine.
fn check_counts(world: &World, requests: &[(stowplan::model::RequestId, usize)], expected: &[u32]) {
    for mut engine in world.engines() {
        for &(request, count) in requests {
            world.place(&mut *engine, request, count);
        }
        assert_eq!(world.counts(&*engine), expected);
        engine.validate().unwrap();
    }
}

fn check_refused(world: &World, request: stowplan::model::RequestId, reason: Reason) {
    for mut engine in world.engines() {
        assert_eq!(engine.place(request), None);
        assert_eq!(engine.refusal(request), reason);
    }
}

#[test]
fn g1_default_goes_to_a_zone_without_a_task() {
    let mut world = World::new(&[("a", "a", 4096, 8192), ("b", "b", 4096, 8192), ("c", "c", 4096, 8192)]);
    let service = world.request("service:s", Demand::new(256, 512), &[by_zone(), by_instance()]);
    check_sequence(&world, service, "a b c");
    let mut engine = world.reference();
    world.place(&mut engine, service, 1);
    let next: Vec<String> = engine.final_candidates(service).into_iter().map(|id| world.name(id)).collect();
    assert_eq!(next, ["b", "c"], "either is right");
}

#[test]
fn g2_default_stops_where_the_service_has_most() {
    let mut world = World::default();
    for (name, zone) in [("a1", "a"), ("b1", "b"), ("b2", "b"), ("c1", "c")] {
        let named = |class: &mut stowplan::model::InstanceClass| {
            class.attributes.insert(name.to_owned(), None);
        };
        world.add_instance(name, zone, named, 4096, 8192);
    }
    let service = world.request("service:s", Demand::new(256, 512), &[by_zone(), by_instance()]);
    let pins = ["a1", "b1", "b2", "c1", "c1"].map(|name| {
        let pin = world.request("service:s", Demand::new(256, 512), &[]);
        world.change(pin).requires_attributes = vec![(name.to_owned(), None)];
        pin
    });
    let mut engine = world.reference();
    for pin in pins {
        assert!(engine.place(pin).is_some());
    }
    assert_eq!(world.counts(&engine), [1, 1, 1, 2]);
    assert_eq!(engine.scale_in(service, |_| service).map(|instance| world.name(instance)), Some("c1".to_owned()));
}

#[test]
fn g3_a_tie_between_zones_goes_to_binpack_over_all_of_them() {
    let mut world = World::new(&[("i1", "1", 4096, 8192), ("i2", "2", 4096, 8192), ("i3", "3", 4096, 8192)]);
    let rules = [by_zone(), pack_cpu()];
    let [a, b, c] =
        ["a", "b", "c"].map(|name| world.request(&format!("service:{name}"), Demand::new(1024, 512), &rules));
    check_counts(&world, &[(a, 4)], &[2, 1, 1]);
    check_counts(&world, &[(a, 4), (b, 4)], &[4, 2, 2]);
    check_counts(&world, &[(a, 4), (b, 4), (c, 4)], &[4, 4, 4]);
}

#[test]
fn g4_memory_of_1024_holds_one_task_of_1000() {
    let mut world = World::of_equal(3, 4096, 1024);
    let task = world.request("family:t", Demand::new(0, 1000), &[]);
    check_sequence(&world, task, "i1 i2 i3 -");
}

#[test]
fn g5_cpu_of_1024_holds_one_task_of_1000() {
    let mut world = World::of_equal(3, 1024, 8192);
    let task = world.request("family:t", Demand::new(1000, 100), &[]);
    check_sequence(&world, task, "i1 i2 i3 -");
}

#[test]
fn g6_a_static_port_is_used_once_an_instance() {
    let mut world = World::of_equal(3, 4096, 8192);
    let web = world.request("service:web", Demand { ports: vec![Port::tcp(80)], ..Demand::new(128, 128) }, &[]);
    check_sequence(&world, web, "i1 i2 i3 -");
    for mut engine in world.engines() {
        world.place(&mut *engine, web, 3);
        assert_eq!(engine.refusal(web), Reason::Ports);
        engine.stop(web, InstanceId(1));
        assert_eq!(world.place(&mut *engine, web, 2), ["i2", "-"], "a stop frees the port");
    }
}

#[test]
fn g7_two_vcpus_are_2048_units() {
    let text = r#"
        name = "g7"
        [cluster]
        zones = ["a"]
        [[cluster.instances]]
        type = "m4.large"
        count = 1
        [[task-definitions]]
        family = "t"
        cpu = 128
        memory = 128
        [[tasks]]
        task-definition = "t"
        count = 1
    "#;
    let scenario = crate::support::scenario(text);
    assert_eq!(scenario.fleet.class(InstanceId(0)).cpu.0, 2048);
}

#[test]
fn g8_four_hundred_ports_fit_nowhere() {
    let mut world = World::of_equal(2, 4096, 8192);
    assert_eq!(world.fleet.classes[0].reserved_ports.len(), DEFAULT_RESERVED_TCP_PORTS.len());
    let ports = |count: u16| (1000..1000 + count).map(Port::tcp).collect::<Vec<_>>();
    let many = world.request("family:many", Demand { ports: ports(400), ..Demand::new(1, 1) }, &[]);
    let most = world.request("family:most", Demand { ports: ports(95), ..Demand::new(1, 1) }, &[]);
    let more = world.request("family:more", Demand { ports: ports(96), ..Demand::new(1, 1) }, &[]);
    check_refused(&world, many, Reason::Ports);
    check_refused(&world, more, Reason::Ports);
    check_sequence(&world, most, "i1 i2 -");
}

/// The memory that an m4.large registers, as a scenario with this setting says.
fn m4_large_memory(setting: &str) -> u32 {
    let text = format!(
        "name = 'g9'\n[cluster]\nzones = ['a']\n{setting}\n[[cluster.instances]]\ntype = 'm4.large'\ncount = 1\n\
         [[task-definitions]]\nfamily = 't'\ncpu = 128\nmemory = 128\n[[tasks]]\ntask-definition = 't'\ncount = 1\n"
    );
    crate::support::scenario(&text).fleet.class(InstanceId(0)).memory.0
}

#[test]
fn g9_an_m4_large_holds_7985_mib_and_not_8192() {
    let mut world = World::of_equal(1, 2048, m4_large_memory(""));
    let nominal = world.request("family:nominal", Demand::new(1, 8192), &[]);
    let registered = world.request("family:registered", Demand::new(1, 7985), &[]);
    check_refused(&world, nominal, Reason::Memory);
    check_sequence(&world, registered, "i1 -");
}

#[test]
fn g10_reserved_memory_lowers_what_is_registered() {
    assert_eq!(m4_large_memory("reserved-memory = 256"), 7729);
}

#[test]
fn g11_the_soft_limit_is_what_is_subtracted() {
    let container = ContainerSize { cpu: 0, memory: Some(300), memory_reservation: Some(128) };
    assert_eq!(Demand::of_task(None, None, &[container]), Some(Demand::new(0, 128)));
}

#[test]
fn g12_a_c5_large_holds_two_awsvpc_tasks_and_ten_with_trunking() {
    for (trunking, expected) in [(false, 2), (true, 10)] {
        let text = format!(
            "name = 'g12'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ntype = 'c5.large'\ncount = 1\n\
             awsvpc-trunking = {trunking}\n[[task-definitions]]\nfamily = 't'\ncpu = 1\nmemory = 6\n\
             network-mode = 'awsvpc'\n[[tasks]]\ntask-definition = 't'\ncount = 12\n"
        );
        let scenario = crate::support::scenario(&text);
        let requests = stowplan::model::Requests::compile(&scenario, &scenario.policies[0]);
        let world = World { fleet: scenario.fleet, requests, options: scenario.options };
        let task = stowplan::model::RequestId(0);
        for mut engine in world.engines() {
            let placed = world.place(&mut *engine, task, 12).iter().filter(|name| *name != "-").count();
            assert_eq!(placed, expected);
            assert_eq!(engine.refusal(task), Reason::Eni);
        }
    }
}

#[test]
fn g19_zones_win_over_instances() {
    let mut world = two_two_one();
    let service = world.request("service:s", Demand::new(256, 512), &[by_zone(), by_instance()]);
    check_sequence(&world, service, "a1 b1 c1 a2 b2 c1 a1 b1 c1 a2");
    check_counts(&world, &[(service, 10)], &[2, 2, 2, 1, 3]);
}

#[test]
fn g20_instances_alone_come_out_even() {
    let mut world = two_two_one();
    let service = world.request("service:s", Demand::new(256, 512), &[by_instance()]);
    check_sequence(&world, service, "a1 a2 b1 b2 c1 a1 a2 b1 b2 c1");
}

#[test]
fn g21_binpack_fills_the_least_remaining_and_gives_up_the_most() {
    let mut world = World::new(&[("small", "a", 2048, 3952), ("large", "b", 2048, 7984), ("xl", "c", 4096, 16048)]);
    let service = world.request("service:s", Demand::new(256, 1000), &[pack_memory()]);
    check_counts(&world, &[(service, 14)], &[3, 7, 4]);
    let mut engine = world.reference();
    world.place(&mut engine, service, 14);
    assert_eq!(scale_in(&world, &mut engine, service, 5), ["xl", "xl", "xl", "xl", "large"]);
    assert_eq!(world.counts(&engine), [3, 6, 0]);
}

fn scale_in(
    world: &World,
    engine: &mut stowplan::engine::ReferenceEngine<'_>,
    service: stowplan::model::RequestId,
    count: usize,
) -> Vec<String> {
    (0..count)
        .map(|_| {
            let instance = engine.scale_in(service, |_| service).unwrap();
            engine.stop(service, instance);
            world.name(instance)
        })
        .collect()
}

#[test]
fn g22_binpack_on_cpu_fills_one_after_another() {
    let mut world = two_two_one();
    let service = world.request("service:s", Demand::new(1024, 512), &[pack_cpu()]);
    check_sequence(&world, service, "a1 a1 a1 a1 a2 a2 a2 a2 b1 b1");
}

#[test]
fn g23_zones_then_binpack_is_best_effort_and_scales_in_the_same_way() {
    let mut world = World::new(&[
        ("a1", "a", 4096, 6000),
        ("a2", "a", 4096, 3000),
        ("b1", "b", 4096, 6000),
        ("c1", "c", 4096, 1500),
    ]);
    let service = world.request("service:s", Demand::new(256, 1000), &[by_zone(), pack_memory()]);
    check_sequence(&world, service, "c1 a2 b1 a2 b1 a2 b1");
    let mut engine = world.reference();
    world.place(&mut engine, service, 7);
    assert_eq!(scale_in(&world, &mut engine, service, 3), ["b1", "a2", "b1"]);
}

#[test]
fn g24_distinct_instance_places_one_each() {
    let mut world = two_two_one();
    let service = world.request("service:s", Demand::new(256, 512), &[]);
    world.change(service).distinct_instance = true;
    check_sequence(&world, service, "a1 a2 b1 b2 c1 - -");
    for mut engine in world.engines() {
        world.place(&mut *engine, service, 5);
        assert_eq!(engine.refusal(service), Reason::DistinctInstance);
    }
}

#[test]
fn g27_a_task_told_to_stop_does_not_block() {
    let mut world = World::of_equal(1, 4096, 8192);
    let task = world.request("family:t", Demand::new(256, 512), &[]);
    world.change(task).distinct_instance = true;
    for mut engine in world.engines() {
        assert_eq!(world.place(&mut *engine, task, 2), ["i1", "-"]);
        engine.stop(task, InstanceId(0));
        assert_eq!(world.place(&mut *engine, task, 1), ["i1"]);
    }
}

#[test]
fn g34_instances_without_the_attribute_are_a_bucket() {
    let mut world = World::default();
    for (name, rack) in [("i1", Some("r1")), ("i2", Some("r1")), ("i3", Some("r2")), ("i4", None)] {
        let set = |class: &mut stowplan::model::InstanceClass| {
            if let Some(rack) = rack {
                class.attributes.insert("rack".to_owned(), Some(rack.to_owned()));
            }
        };
        world.add_instance(name, "a", set, 4096, 8192);
    }
    let rules = [Rule::Spread(SpreadField::Attribute("rack".to_owned())), by_instance()];
    let service = world.request("service:s", Demand::new(256, 512), &rules);
    check_sequence(&world, service, "i1 i3 i4 i2 i3 i4");
}
