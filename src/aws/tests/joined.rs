//! Documents joined: what an instance has left, and what could not be known.

use super::{instance, instances, joined, task};
use crate::aws::snapshot::Snapshot;
use crate::model::{Demand, Port};

const DEFINITION: &str = r#"{"taskDefinition": {"family": "web", "revision": 1, "requiresAttributes": [], "containerDefinitions": [
    {"name": "x", "cpu": 100, "memory": 300, "memoryReservation": 128,
     "portMappings": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}]}]}}"#;

fn snapshot(texts: &[&str]) -> Snapshot {
    let named: Vec<(&str, &str)> = texts.iter().map(|text| ("x", *text)).collect();
    joined(&named).unwrap()
}

/// An instance with these amounts remaining of 1024 and 2000, and these ports taken.
fn remaining(cpu: i64, memory: i64, ports: &str) -> String {
    let left = format!(
        r#"[{{"name": "CPU", "integerValue": {cpu}}}, {{"name": "MEMORY", "integerValue": {memory}}},
            {{"name": "PORTS", "type": "STRINGSET", "stringSetValue": [{ports}]}}]"#
    );
    let whole = instance("c", "1");
    let (start, rest) = whole.split_once("\"remainingResources\": ").unwrap();
    let (_, end) = rest.split_once("]").unwrap();
    format!("{start}\"remainingResources\": {left}{end}")
}

#[test]
fn capacity_is_what_remains_and_what_tasks_take() {
    let tasks = format!(r#"{{"tasks": [{}]}}"#, task(1, "1"));
    let cluster = snapshot(&[&instances(&[remaining(924, 1872, r#""22", "80""#)]), &tasks, DEFINITION]);
    let one = &cluster.instances[0];
    // The soft limit is what is subtracted (R-5.5), and a dynamic port takes nothing (R-5.9).
    assert_eq!((one.cpu, one.memory, one.reserved_ports.as_slice()), (1024, 2000, [Port::tcp(22)].as_slice()));
    assert_eq!((cluster.notes.lines(), one.differences.len()), (Vec::new(), 0));
    assert_eq!(cluster.running[0].demand, Demand { ports: vec![Port::tcp(80)], ..Demand::new(100, 128) });
    assert_eq!(cluster.running[0].group, "family:web");
}

#[test]
fn what_remains_is_the_truth_and_a_difference_is_told() {
    let tasks = format!(r#"{{"tasks": [{}]}}"#, task(1, "1"));
    let cluster = snapshot(&[&instances(&[remaining(900, 1900, "")]), &tasks, DEFINITION]);
    assert_eq!((cluster.instances[0].cpu, cluster.instances[0].memory), (1000, 2028));
    let expected = [
        "CPU: 24 are held back beyond the tasks of the files (tasks that are missing, or the room of daemons): no task takes \
         them: 1 instance, most on 1, 24",
        "MEMORY: 28 more are free than registered less what tasks reserve: what remains is taken as the truth: 1 instance, \
         most on 1, 28",
    ];
    assert_eq!(cluster.notes.lines(), expected);
}

#[test]
fn less_than_nothing_remains_as_nothing() {
    let tasks = format!(r#"{{"tasks": [{}]}}"#, task(1, "1"));
    let cluster = snapshot(&[&instances(&[remaining(-5, 1872, "")]), &tasks, DEFINITION]);
    assert_eq!(cluster.instances[0].cpu, 100);
    assert_eq!(cluster.notes.lines().len(), 1);
}

#[test]
fn tasks_without_a_definition_show_their_own_size_and_static_ports() {
    let binding = r#""containers": [{"networkBindings": [{"hostPort": 80}, {"hostPort": 49153}], "#;
    let shown = task(1, "1").replace(r#""containers": [{"#, binding);
    let tasks = format!(r#"{{"tasks": [{shown}]}}"#);
    let cluster = snapshot(&[&instances(&[remaining(924, 1800, r#""22", "80""#)]), &tasks]);
    let demand = Demand { ports: vec![Port::tcp(80)], ..Demand::new(100, 200) };
    assert_eq!(cluster.running[0].demand, demand);
    assert!(cluster.definitions["web:1"].is_guess);
    assert_eq!(cluster.notes.lines().len(), 1, "{:?}", cluster.notes);
}

#[test]
fn missing_tasks_are_noticed_by_the_count_of_the_instance() {
    let counted = remaining(1024, 2000, "").replace("\"registered", "\"runningTasksCount\": 2, \"registered");
    let cluster = snapshot(&[&instances(&[counted])]);
    let expected = "instances that count other tasks than the files have: what the others take is held back, their groups, ports \
                    and interfaces are not known: 1 (2, and 0 in the files)";
    assert_eq!(cluster.notes.lines(), [expected]);
}

#[test]
fn two_tasks_on_one_port_are_written_so_that_they_fit() {
    let tasks = format!(r#"{{"tasks": [{}, {}]}}"#, task(1, "1"), task(2, "1"));
    let cluster = snapshot(&[&instances(&[remaining(824, 1744, r#""80""#)]), &tasks, DEFINITION]);
    let ports: Vec<usize> = cluster.running.iter().map(|tasks| tasks.demand.ports.len()).collect();
    assert_eq!(ports, [0, 1]);
    assert!(
        cluster.notes.lines()[0]
            .contains("host ports are taken on their instance already are written without them: t2 of `web:1`"),
        "{:?}",
        cluster.notes
    );
}

#[test]
fn attributes_that_were_put_are_joined_to_their_instance() {
    let put =
        r#"{"attributes": [{"name": "stack", "value": "prod", "targetId": "arn:aws:ecs:e:1:container-instance/c/1"}]}"#;
    let cluster = snapshot(&[&instances(&[instance("c", "1")]), put]);
    assert_eq!(cluster.instances[0].attributes["stack"], Some("prod".to_owned()));
}

#[test]
fn r_6_6_tasks_count_in_every_state_until_they_are_told_to_stop() {
    let states = [
        ("PENDING", "RUNNING", true),
        ("ACTIVATING", "RUNNING", true),
        ("RUNNING", "RUNNING", true),
        ("RUNNING", "STOPPED", false),
        ("DEACTIVATING", "STOPPED", false),
        ("STOPPING", "STOPPED", false),
        ("DEPROVISIONING", "STOPPED", false),
        ("STOPPED", "STOPPED", false),
        ("STOPPED", "RUNNING", false),
    ];
    for (last, desired, counts) in states {
        let mut shown: serde_json::Value = serde_json::from_str(&task(1, "1")).unwrap();
        (shown["lastStatus"], shown["desiredStatus"]) = (last.into(), desired.into());
        let tasks = format!(r#"{{"tasks": [{shown}]}}"#);
        let cluster = snapshot(&[&instances(&[remaining(1024, 2000, "")]), &tasks, DEFINITION]);
        assert_eq!(cluster.running.len(), usize::from(counts), "{last} {desired}");
    }
}

/// A described task definition of the family `web`.
fn revision(number: u32, status: &str) -> String {
    DEFINITION.replace("\"revision\": 1", &format!("\"revision\": {number}, \"status\": \"{status}\""))
}

const CALL: &str = r#"{"serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "networkConfiguration":
    {"awsvpcConfiguration": {"subnets": ["subnet-1", "SUBNET"]}}}"#;

#[test]
fn a_family_alone_means_its_last_active_revision() {
    let whole = instances(&[instance("c", "1")]);
    let revisions = [revision(2, "ACTIVE"), revision(3, "INACTIVE")];
    let cluster = snapshot(&[&whole, &revisions[0], &revisions[1], CALL]);
    assert_eq!(cluster.services[0].definition, "web:2");
    assert!(!cluster.definitions.contains_key("web:3"));
    let note = "task definitions that are not ACTIVE start no task and are left out: web:3";
    assert!(cluster.notes.lines().iter().any(|line| line == note), "{:?}", cluster.notes);
    // A service that has one keeps it.
    let cluster =
        snapshot(&[&whole, &revisions[0], &revisions[1], &CALL.replace(": \"web\", \"des", ": \"web:3\", \"des")]);
    assert_eq!((cluster.services[0].definition.as_str(), cluster.definitions.len()), ("web:3", 2));
}

#[test]
fn a_subnet_that_is_not_told_yet_may_be_in_any_zone() {
    let whole = instances(&[instance("c", "1")]);
    let subnets = |other: &str| {
        let cluster = snapshot(&[&whole, DEFINITION, &CALL.replace("SUBNET", other)]);
        let is_noted = cluster.notes.lines().iter().any(|line| line.contains("known only once they are deployed"));
        (cluster.services[0].terms.subnets.clone(), is_noted)
    };
    assert_eq!(subnets("subnet-2"), (vec!["subnet-1".to_owned(), "subnet-2".to_owned()], false));
    assert_eq!(subnets("${Subnets}"), (Vec::new(), true));
    assert_eq!(subnets("(known after apply)"), (Vec::new(), true));
}

#[test]
fn without_what_remains_it_is_what_registered_less_the_tasks() {
    let one = remaining(924, 1872, "");
    let (start, _) = one.split_once("\"remainingResources\"").unwrap();
    let one = format!("{start}\"attributes\": []}}");
    let tasks = format!(r#"{{"tasks": [{}]}}"#, task(1, "1"));
    let cluster = snapshot(&[&instances(&[one]), &tasks, DEFINITION]);
    assert_eq!((cluster.instances[0].cpu, cluster.instances[0].memory), (1024, 2000));
    assert!(cluster.instances[0].differences.is_empty());
    assert!(cluster.notes.lines().iter().any(|line| line.starts_with("instances without `remainingResources`")));
}

#[test]
fn ports_of_tasks_that_are_not_there_are_told_apart_from_those_at_registration() {
    let whole = remaining(900, 1900, r#""22", "8080""#).replace(
        r#""registeredResources": ["#,
        r#""registeredResources": [{"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]}, "#,
    );
    let cluster = snapshot(&[&instances(&[whole])]);
    let one = &cluster.instances[0];
    assert_eq!(
        (one.reserved_ports.as_slice(), one.other_ports.as_slice()),
        ([Port::tcp(22)].as_slice(), [Port::tcp(8080)].as_slice())
    );
}

#[test]
fn a_platform_that_ecs_does_not_have_is_told() {
    let with = |platform: &str| {
        let text = DEFINITION.replace("\"requiresAttributes\": [],", &format!("\"runtimePlatform\": {{{platform}}},"));
        super::problems(&[("x", &text)])
    };
    assert_eq!(
        with(r#""operatingSystemFamily": "WINDOWS_SERVER_2031_CORE", "cpuArchitecture": "ARM64""#),
        Vec::<String>::new()
    );
    let told = with(r#""operatingSystemFamily": "linux", "cpuArchitecture": "x86""#).join("\n");
    assert!(told.contains("`operatingSystemFamily` cannot be `linux`"), "{told}");
    assert!(told.contains("`cpuArchitecture` cannot be `x86`"), "{told}");
}

#[test]
fn what_of_a_strategy_decides_nothing_is_told() {
    let told = |rules: &str| {
        let service = format!(
            r#"{{"services": [{{"serviceName": "s", "taskDefinition": "web:1", "desiredCount": 1, "placementStrategy": [{rules}]}}]}}"#
        );
        let cluster = snapshot(&[&instances(&[instance("c", "1")]), DEFINITION, &service]);
        let lines = cluster.notes.lines();
        ["`field` of `random`", "rules after `random`"].map(|words| lines.iter().any(|line| line.contains(words)))
    };
    let (random, field) = (r#"{"type": "random"}"#, r#"{"type": "random", "field": "cpu"}"#);
    let spread = r#"{"type": "spread", "field": "instanceId"}"#;
    assert_eq!(told(&format!("{spread}, {random}")), [false, false]);
    assert_eq!(told(r#"{"type": "random", "field": ""}"#), [false, false], "as Terraform writes none");
    assert_eq!(told(field), [true, false]);
    assert_eq!(told(&format!("{random}, {spread}")), [false, true]);
    assert_eq!(told(&format!("{field}, {spread}")), [true, true]);
    // A call is told as well.
    let call = format!(r#"{{"taskDefinition": "web:1", "count": 1, "placementStrategy": [{field}]}}"#);
    let cluster = snapshot(&[&instances(&[instance("c", "1")]), DEFINITION, &call]);
    assert!(cluster.notes.lines().iter().any(|line| line.contains("`field` of `random`")));
}
