//! Rules R-5 of `docs/rules.md`: what tasks take, from the documents of AWS to both engines and back.

use proptest::prelude::*;
use serde_json::{Value, json};
use stowplan::aws::snapshot::{Snapshot, join};
use stowplan::aws::{TaskDefinition, TaskOverride, Texts};
use stowplan::engine::{Engine, Reason};
use stowplan::model::{
    Demand, GpuDemand, GpuSlice, InstanceClass, InstanceId, MAX_PORTS_PER_INSTANCE, MemoryMib, Port, RequestId,
};

use crate::support::World;

fn definition(document: Value) -> TaskDefinition {
    serde_json::from_value(document).unwrap()
}

/// What a task of a document demands.
fn demand(document: Value) -> Demand {
    definition(document).demand(None).unwrap()
}

/// A document of one container.
fn of_container(container: Value) -> Value {
    json!({ "family": "t", "containerDefinitions": [container] })
}

/// The messages about a document.
fn complaints(document: &Value) -> String {
    let mut texts = Texts::default();
    texts.read("x.json", document.to_string().as_bytes());
    texts.problems.iter().map(|one| format!("{}: {}\n", one.member, one.message)).collect()
}

#[test]
fn r5_2_and_r5_3_cpu_is_the_tasks_or_the_sum_of_its_containers() {
    let two = json!([{ "name": "a", "cpu": 100, "memory": 10 }, { "name": "b", "memory": 10 }]);
    let check = |cpu: Value, expected| {
        let document = json!({ "family": "t", "cpu": cpu, "containerDefinitions": two });
        assert_eq!(demand(document).cpu.0, expected);
    };
    check(Value::Null, 100);
    check(json!("0"), 100);
    check(json!("256"), 256);
    check(json!("1 vCPU"), 1024);
    check(json!(".5 vcpu"), 512);
    let mut world = World::of_equal(1, 100, 100);
    let all = world.request("family:all", Demand::new(100, 10), &[]);
    let none = world.request("family:none", demand(of_container(json!({ "name": "a", "memory": 10 }))), &[]);
    for mut engine in world.engines() {
        world.place(&mut *engine, all, 1);
        assert_eq!(world.place(&mut *engine, none, 1), ["i1"], "0 fits where 0 is left");
    }
}

#[test]
fn r5_4_windows_containers_have_no_size_but_their_own() {
    let document = |system: &str| {
        json!({ "family": "t", "cpu": "1024", "memory": "2 GB",
            "runtimePlatform": { "operatingSystemFamily": system },
            "containerDefinitions": [{ "name": "a", "cpu": 10, "memory": 300 }] })
    };
    assert_eq!(demand(document("LINUX")), Demand::new(1024, 2048));
    assert_eq!(demand(document("WINDOWS_SERVER_2022_FULL")), Demand::new(10, 300));
}

#[test]
fn r5_5_and_r5_7_the_soft_limit_counts_unless_the_task_has_memory() {
    let containers = json!([
        { "name": "a", "memory": 300, "memoryReservation": 128 },
        { "name": "b", "memory": 50 },
        { "name": "c", "memoryReservation": 20 },
    ]);
    let check = |memory: Value, expected| {
        let document = json!({ "family": "t", "memory": memory, "containerDefinitions": containers });
        assert_eq!(demand(document).memory.0, expected);
    };
    check(Value::Null, 198);
    check(json!("512"), 512);
    check(json!("1GB"), 1024);
    check(json!("0.5 GB"), 512);
}

#[test]
fn r5_8_overrides_of_task_and_containers_take_part() {
    let definition = definition(json!({ "family": "t", "containerDefinitions": [
        { "name": "a", "cpu": 100, "memory": 300, "memoryReservation": 128,
          "resourceRequirements": [{ "type": "GPU", "value": "1" }] },
        { "name": "b", "cpu": 50, "memory": 40 },
    ] }));
    let check = |overrides: Value, cpu, memory, gpus| {
        let overrides: TaskOverride = serde_json::from_value(overrides).unwrap();
        let demand = definition.demand(Some(&overrides)).unwrap();
        assert_eq!((demand.cpu.0, demand.memory.0, demand.gpus), (cpu, memory, GpuDemand::from(gpus)), "{overrides:?}");
    };
    check(json!({}), 150, 168, 1_u32);
    check(json!({ "cpu": "1 vCPU", "memory": "2 GB" }), 1024, 2048, 1);
    check(json!({ "containerOverrides": [{ "name": "a", "cpu": 7, "memoryReservation": 200 }] }), 57, 240, 1);
    check(json!({ "containerOverrides": [{ "name": "b", "memory": 60 }, { "name": "c", "cpu": 9 }] }), 150, 188, 1);
    let gpus = json!([{ "type": "GPU", "value": "4" }]);
    check(json!({ "containerOverrides": [{ "name": "a", "resourceRequirements": gpus }] }), 150, 168, 4);
}

#[test]
fn r5_9_r5_10_and_r5_14_ports_are_taken_by_network_mode() {
    let mappings = json!([
        { "containerPort": 80, "hostPort": 8080 },
        { "containerPort": 53, "hostPort": 53, "protocol": "udp" },
        { "containerPort": 53, "hostPort": 53, "protocol": "tcp" },
        { "containerPort": 81, "hostPort": 0 },
        { "containerPort": 82 },
        { "containerPortRange": "100-200" },
        { "containerPort": 90, "hostPort": 90, "protocol": "UDP" },
    ]);
    let check = |mode: Value, mappings: &Value, expected: &[Port], eni_slots| {
        let container = json!({ "name": "a", "memory": 10, "portMappings": mappings });
        let document = json!({ "family": "t", "networkMode": mode, "containerDefinitions": [container] });
        let demand = demand(document);
        assert_eq!((demand.ports.as_slice(), demand.eni_slots), (expected, eni_slots), "{mode}");
    };
    // A dynamic port takes nothing; a protocol in capitals is none that is known, and counts as tcp.
    let static_ones = [Port::tcp(53), Port::tcp(90), Port::tcp(8080), Port::udp(53)];
    let bridge = |ports: &[Port]| {
        let mut ports = ports.to_vec();
        ports.sort_unstable();
        ports
    };
    check(Value::Null, &mappings, &bridge(&static_ones), 0);
    check(json!("bridge"), &mappings, &bridge(&static_ones), 0);
    let host = json!([{ "containerPort": 80 }, { "containerPort": 81, "hostPort": 81, "protocol": "udp" }]);
    check(json!("host"), &host, &bridge(&[Port::tcp(80), Port::udp(81)]), 0);
    check(json!("awsvpc"), &host, &[], 1);
    check(json!("none"), &json!([]), &[], 0);
}

#[test]
fn r5_12_the_ports_of_agent_and_ssh_are_taken_before_any_task() {
    let mut world = World::of_equal(1, 100, 100);
    let tasks = [22, 2375, 2376, 51678, 51679, 2377]
        .map(|port| world.request("family:t", Demand { ports: vec![Port::tcp(port)], ..Demand::new(1, 1) }, &[]));
    let udp = world.request("family:t", Demand { ports: vec![Port::udp(22)], ..Demand::new(1, 1) }, &[]);
    for mut engine in world.engines() {
        let placed = tasks.map(|task| engine.place(task).is_some());
        assert_eq!(placed, [false, false, false, false, false, true]);
        assert!(engine.place(udp).is_some(), "tcp and udp are separate resources");
    }
}

#[test]
fn r5_13_a_hundred_ports_of_both_protocols_are_the_most() {
    let mut world = World::of_equal(1, 100, 100);
    let ports = |range: std::ops::Range<u16>, port: fn(u16) -> Port| range.map(port).collect::<Vec<Port>>();
    let free = u16::try_from(MAX_PORTS_PER_INSTANCE).unwrap() - 5;
    let most = world.request("f", Demand { ports: ports(1000..1000 + free - 1, Port::udp), ..Demand::new(1, 1) }, &[]);
    let last = world.request("f", Demand { ports: vec![Port::tcp(80)], ..Demand::new(1, 1) }, &[]);
    let over = world.request("f", Demand { ports: vec![Port::tcp(81)], ..Demand::new(1, 1) }, &[]);
    let dynamic = world.request("f", Demand::new(1, 1), &[]);
    for mut engine in world.engines() {
        assert!(engine.place(most).is_some() && engine.place(last).is_some());
        assert_eq!(engine.place_on(over, InstanceId(0)), Err(Reason::Ports));
        assert!(engine.place(dynamic).is_some(), "dynamic ports do not count");
        engine.stop(last, InstanceId(0));
        assert!(engine.place(over).is_some());
    }
}

/// What a task asks of GPUs whose containers have these requirements.
fn gpus_of(containers: &[Value]) -> GpuDemand {
    let container = |(position, requirements): (usize, &Value)| json!({ "name": format!("c{position}"), "memory": 10, "resourceRequirements": requirements });
    let containers: Vec<Value> = containers.iter().enumerate().map(container).collect();
    demand(json!({ "family": "t", "containerDefinitions": containers })).gpus
}

#[test]
fn r5_15_forms_of_gpu_requirements() {
    let gpu = |value: &str| json!([{ "type": "GPU", "value": value }]);
    let shared = |mib: u32| json!([{ "type": "GPU", "sharingStrategy": { "nvidiaMps": { "memory": mib, "maxComputePercent": 50 } } }]);
    assert_eq!(gpus_of(&[gpu("2"), gpu("1")]), GpuDemand::Whole(3));
    assert_eq!(gpus_of(&[gpu("0.125"), json!([])]), GpuDemand::Slice(GpuSlice::Eighth));
    assert_eq!(gpus_of(&[gpu("ALL")]), GpuDemand::All);
    // All containers of a task share the same device.
    assert_eq!(gpus_of(&[shared(3000), shared(500)]), GpuDemand::Memory(MemoryMib(3500)));
    let word = json!({ "name": "a", "memory": 10, "resourceRequirements": gpu("some") });
    assert!(complaints(&of_container(word)).contains("`some` is no number of GPUs"));
}

#[test]
fn r5_15_a_form_that_is_not_supported_leaves_only_its_definition_out() {
    let definition = |family: &str, requirements: Value| {
        let container = json!({ "name": "a", "memory": 10, "resourceRequirements": requirements });
        json!({ "taskDefinition": { "family": family, "revision": 1, "containerDefinitions": [container] } })
    };
    let check = |requirements: Value, reason: &str| {
        let mut texts = Texts::default();
        texts.read("odd.json", definition("odd", requirements).to_string().as_bytes());
        texts.read("plain.json", definition("plain", json!([])).to_string().as_bytes());
        let snapshot = join(&texts).unwrap();
        assert_eq!(snapshot.definitions.keys().collect::<Vec<_>>(), ["plain:1"]);
        let notes = snapshot.notes.lines().join("\n");
        assert!(notes.contains(reason) && notes.contains("odd:1"), "{notes}");
    };
    check(json!([{ "type": "NeuronDevice", "value": "ALL" }]), "Managed Instances");
    check(json!([{ "type": "InferenceAccelerator", "value": "x" }]), "InferenceAccelerator");
    check(json!([{ "type": "GPU", "value": "0.3" }]), "`0.3` GPUs");
    check(json!([{ "type": "GPU", "sharingStrategy": { "other": {} } }]), "nvidiaMps");
    check(json!([{ "type": "GPU", "value": "0.5" }, { "type": "GPU", "value": "1" }]), "fractional GPU beside");
}

#[test]
fn r5_15_whole_gpus_are_counted_on_both_engines() {
    let mut world = World::default();
    world.add_instance("i", "a", |class| class.gpus = 3, 100, 100);
    let two = world.request("family:t", Demand { gpus: 2.into(), ..Demand::new(1, 1) }, &[]);
    for mut engine in world.engines() {
        assert_eq!(world.place(&mut *engine, two, 2), ["i", "-"]);
        assert_eq!((engine.refusal(two), engine.remaining(InstanceId(0)).gpus), (Reason::Gpu, 1));
    }
}

/// An instance of 2 vCPUs with these further resources and attributes.
fn instance(registered: Value, remaining: Value, attributes: Value) -> Snapshot {
    let with = |more: Value| {
        let mut all = json!([{ "name": "CPU", "integerValue": 2048 }, { "name": "MEMORY", "integerValue": 3000 }]);
        all.as_array_mut().unwrap().extend(more.as_array().unwrap().iter().cloned());
        all
    };
    let mut all = json!([{ "name": "ecs.availability-zone", "value": "a" }]);
    all.as_array_mut().unwrap().extend(attributes.as_array().unwrap().iter().cloned());
    let document = json!({ "containerInstances": [{
        "containerInstanceArn": "arn:aws:ecs:e:1:container-instance/c/i", "status": "ACTIVE", "agentConnected": true,
        "registeredResources": with(registered), "remainingResources": with(remaining), "attributes": all }] });
    let mut texts = Texts::default();
    texts.read("x.json", document.to_string().as_bytes());
    join(&texts).unwrap()
}

fn set(name: &str, values: &[&str]) -> Value {
    json!({ "name": name, "type": "STRINGSET", "stringSetValue": values })
}

#[test]
fn r5_16_and_r5_21_gpu_lists_what_is_free_and_ports_what_is_taken() {
    let registered = json!([set("GPU", &["g0", "g1"]), set("PORTS", &["22"])]);
    let remaining = json!([set("GPU", &["g1"]), set("PORTS", &["22", "8080"]), set("PORTS_UDP", &["53"])]);
    let snapshot = instance(registered, remaining, json!([]));
    let one = &snapshot.instances[0];
    assert_eq!(one.gpus, 1, "one device is free");
    let mut of_tasks = vec![Port::tcp(8080), Port::udp(53)];
    of_tasks.sort_unstable();
    assert_eq!((&one.reserved_ports, &one.other_ports), (&vec![Port::tcp(22)], &of_tasks));
}

/// How many awsvpc tasks an imported instance of a type holds.
fn eni_tasks(attributes: Value) -> (Option<u32>, String) {
    let imported = stowplan::scenario::import::write(&instance(json!([]), json!([]), attributes), "x");
    let scenario = crate::support::scenario(&imported.toml);
    (scenario.fleet.class(InstanceId(0)).eni_tasks, imported.notes.join("\n"))
}

#[test]
fn r5_18_r5_19_and_r5_20_interfaces_come_from_the_type_and_its_trunk() {
    let of_type = |name: &str| json!({ "name": "ecs.instance-type", "value": name });
    let trunk = json!({ "name": "ecs.awsvpc-trunk-id", "value": "eni-1" });
    assert_eq!(eni_tasks(json!([of_type("c5.large")])).0, Some(2));
    assert_eq!(eni_tasks(json!([of_type("c5.large"), trunk])).0, Some(10));
    assert_eq!(eni_tasks(json!([of_type("m5.4xlarge")])).0, Some(7));
    let (unknown, notes) = eni_tasks(json!([of_type("x99.huge")]));
    assert!(unknown.is_none() && notes.contains("unknown type `x99.huge`"), "{notes}");
    // Only interfaces of tasks are counted; one that stops gives its slot back.
    let mut world = World::default();
    world.add_instance("i", "a", |class| class.eni_tasks = Some(1), 100, 100);
    let own = world.request("f", Demand { eni_slots: 1, ..Demand::new(1, 1) }, &[]);
    let bridged = world.request("f", Demand::new(1, 1), &[]);
    for mut engine in world.engines() {
        assert!(engine.place(own).is_some() && engine.place(bridged).is_some());
        assert_eq!((engine.place(own), engine.refusal(own)), (None, Reason::Eni));
        engine.stop(own, InstanceId(0));
        assert!(engine.place(own).is_some());
    }
}

/// CPU, hard limit, soft limit, GPUs and port mappings.
type Container = (i64, i64, Option<i64>, Option<u32>, Vec<Value>);

/// Documents of one or two containers in any network mode, and overrides.
fn documents() -> impl Strategy<Value = (Value, Value)> {
    let sizes = prop::sample::select(vec!["", "256", "1 vCPU", ".5 vcpu"]);
    let memories = prop::sample::select(vec!["", "300", "1GB", "0.5 GB"]);
    let mode = prop::sample::select(vec!["bridge", "host", "awsvpc", "none"]);
    let container = (0..300_i64, 4..300_i64, prop::option::of(4..200_i64), prop::option::of(1..3_u32), ports());
    let containers = prop::collection::vec(container, 1..3);
    let overrides = (prop::option::of(0..500_i64), prop::sample::select(vec!["", "128", "2 vCPU"]));
    (sizes, memories, mode, containers, overrides).prop_map(|(cpu, memory, mode, containers, (own, whole))| {
        let container = |(at, (cpu, hard, soft, gpus, ports)): (usize, Container)| {
            let gpus: Vec<Value> = gpus.iter().map(|n| json!({ "type": "GPU", "value": n.to_string() })).collect();
            json!({ "name": at.to_string(), "cpu": cpu, "memory": hard + 200, "memoryReservation": soft,
                "portMappings": if mode == "none" { Vec::new() } else { ports }, "resourceRequirements": gpus })
        };
        let containers: Vec<Value> = containers.into_iter().enumerate().map(container).collect();
        let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
        let document = json!({ "family": "t", "networkMode": mode, "cpu": text(cpu), "memory": text(memory),
            "containerDefinitions": containers });
        (document, json!({ "cpu": text(whole), "containerOverrides": [{ "name": "0", "cpu": own }] }))
    })
}

fn ports() -> impl Strategy<Value = Vec<Value>> {
    let protocol = prop::sample::select(vec!["tcp", "udp"]);
    let port = (prop::sample::select(vec![0_u16, 80, 81, 22, 8080]), protocol).prop_map(|(host, protocol)| {
        json!({ "containerPort": if host == 0 { 90 } else { host }, "hostPort": host, "protocol": protocol })
    });
    prop::collection::vec(port, 0..3)
}

/// Instances of some sizes; the last knows no limit of interfaces.
fn world(documents: &[(Value, Value)]) -> World {
    let mut world = World::default();
    for (at, (gpus, eni_tasks)) in [(0, Some(1)), (4, Some(2)), (2, None)].into_iter().enumerate() {
        let set = |class: &mut InstanceClass| (class.gpus, class.eni_tasks) = (gpus, eni_tasks);
        world.add_instance(&at.to_string(), "a", set, 4096, 4096);
    }
    for (document, overrides) in documents {
        let overrides: TaskOverride = serde_json::from_value(overrides.clone()).unwrap();
        let demand = definition(document.clone()).demand(Some(&overrides)).unwrap();
        world.request("family:t", demand, &[]);
    }
    world
}

/// Where every kind goes in turn until none of them fits any more.
fn fill(world: &World, engine: &mut dyn Engine) -> Vec<(RequestId, InstanceId)> {
    let requests = || (0..world.requests.table.len()).map(RequestId::from_index);
    let mut placed = Vec::new();
    for _ in 0..30 {
        placed.extend(requests().filter_map(|request| Some((request, engine.place(request)?.instance))));
    }
    placed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Start and stop return each resource exactly: what is full and emptied again takes the same tasks as what is new,
    /// and both engines count every amount alike on the way.
    #[test]
    fn r5_a_start_and_a_stop_return_every_resource(
        documents in prop::collection::vec(documents(), 1..5), order in any::<prop::sample::Index>(),
    ) {
        let world = world(&documents);
        let mut answers = Vec::new();
        for mut engine in world.engines() {
            let new: Vec<_> = (0..3).map(|at| engine.remaining(InstanceId(at))).collect();
            let mut placed = fill(&world, &mut *engine);
            answers.push(placed.clone());
            for at in 0..3 {
                let instance = InstanceId(at);
                let taken = placed.iter().filter(|(_, on)| *on == instance).map(|(request, _)| &world.requests[*request].demand);
                let (cpu, memory, gpus) = taken.fold((0, 0, 0), |(cpu, memory, gpus), demand| {
                    (cpu + demand.cpu.0, memory + demand.memory.0, gpus + demand.gpus.whole_devices(&world.fleet.classes[0]))
                });
                let (left, whole) = (engine.remaining(instance), new[at as usize]);
                prop_assert_eq!((left.cpu.0 + cpu, left.memory.0 + memory), (whole.cpu.0, whole.memory.0));
                prop_assert_eq!(left.gpus + gpus, whole.gpus);
            }
            while !placed.is_empty() {
                let (request, instance) = placed.swap_remove(order.index(placed.len()));
                engine.stop(request, instance);
            }
            engine.validate().map_err(TestCaseError::fail)?;
            let empty: Vec<_> = (0..3).map(|at| engine.remaining(InstanceId(at))).collect();
            prop_assert_eq!(&empty, &new);
            prop_assert_eq!(&fill(&world, &mut *engine), answers.last().unwrap());
        }
        prop_assert_eq!(&answers[0], &answers[1], "the engines agree");
    }
}
