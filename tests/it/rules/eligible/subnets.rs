//! R-1.2: tasks with an interface of their own go to the zones of their subnets, and to their VPC.

use super::{explain_text, reasons};
use crate::services::diary;
use crate::support::{ran, stowplan};

/// An instance in each of three zones, the last with a subnet of VPC `vpc-2`, and one of an unknown zone; a service.
fn text(more: &str) -> String {
    format!(
        "name = 'x'
        horizon = '1m'
        [cluster]
        zones = ['a', 'b', 'c']
        subnets = {{ 'subnet-b' = 'b', 'subnet-d' = {{ zone = 'd', vpc = 'vpc-1' }} }}
        [[cluster.instances]]
        cpu = 100
        memory = 100
        zones = ['a']
        attributes = {{ 'ecs.subnet-id' = 'subnet-a', 'ecs.vpc-id' = 'vpc-1' }}
        identities = [{{ name = 'in-a' }}]
        [[cluster.instances]]
        cpu = 100
        memory = 100
        zones = ['b']
        identities = [{{ name = 'in-b' }}]
        [[cluster.instances]]
        cpu = 100
        memory = 100
        zones = ['c']
        attributes = {{ 'ecs.subnet-id' = 'subnet-c', 'ecs.vpc-id' = 'vpc-2' }}
        identities = [{{ name = 'in-c' }}]
        [[task-definitions]]
        family = 't'
        cpu = 1
        memory = 6
        network-mode = 'awsvpc'
        [[task-definitions]]
        family = 'plain'
        cpu = 1
        memory = 6
        [[services]]
        name = 's'
        task-definition = 't'
        desired-count = 1
        {more}"
    )
}

/// The reasons of the three instances for a service with these subnets.
fn refused(subnets: &str) -> [Vec<String>; 3] {
    let (_, explained) = explain_text(&text(&format!("subnets = {subnets}")), "s");
    ["in-a", "in-b", "in-c"].map(|name| reasons(&explained, name).into_iter().map(str::to_owned).collect())
}

#[test]
fn r1_2_the_zone_of_a_subnet_is_that_of_an_instance_in_it_or_the_one_that_is_written() {
    let location = || vec!["LOCATION".to_owned()];
    assert_eq!(refused("['subnet-a']"), [vec![], location(), vec!["LOCATION".to_owned(), "ATTRIBUTE".to_owned()]]);
    assert_eq!(refused("['subnet-b']"), [location(), vec![], location()]);
    // Zone d has no instance; the instance of the other VPC lacks an attribute, as ECS says it.
    let [a, b, c] = refused("['subnet-d']");
    assert_eq!((a, b, c), (location(), location(), vec!["LOCATION".to_owned(), "ATTRIBUTE".to_owned()]));
    // Where one subnet is not known, nothing is refused.
    assert_eq!(refused("['subnet-b', 'subnet-x']"), [vec![], vec![], vec![]] as [Vec<String>; 3]);
}

#[test]
fn r1_2_subnets_hold_tasks_of_their_own_interface_alone_in_runs_of_both_engines() {
    let lines = diary(&text("subnets = ['subnet-b']")).lines;
    assert_eq!(lines, ["0 + t on 1"]);
    let refused = diary(&text("subnets = ['subnet-d']")).lines;
    assert!(!refused.is_empty() && refused.iter().all(|line| line.ends_with("! t LOCATION")), "{refused:?}");
    let tasks = "[[tasks]]\ntask-definition = 't'\ncount = 2\nsubnets = ['subnet-c']\n";
    let lines = diary(&text(tasks)).lines;
    assert_eq!(lines.iter().filter(|line| line.ends_with("+ t on 2")).count(), 2, "{lines:?}");
    let plain = text("subnets = ['subnet-b']").replacen("task-definition = 't'", "task-definition = 'plain'", 1);
    assert_eq!(diary(&plain).lines, ["0 + plain on 0"], "a task without an interface has no subnet");
}

#[test]
fn section_4_3_instances_of_an_unknown_zone_are_a_bucket_of_their_own_and_no_target_of_rebalancing() {
    let unknown =
        "[[cluster.instances]]\ncpu = 100\nmemory = 100\nunknown-zone = true\nidentities = [{ name = 'lost' }]\n";
    let text = |more: &str| text(more).replacen("[[task-definitions]]", &format!("{unknown}[[task-definitions]]"), 1);
    let four = text("").replacen("desired-count = 1", "desired-count = 4", 1);
    let spread = diary(&four);
    assert_eq!(spread.on_instances(4), [1, 1, 1, 1], "{:?}", spread.lines);
    // Its zone cannot be told, so that subnets refuse it nothing.
    let (_, explained) = explain_text(&text("subnets = ['subnet-b']"), "s");
    assert_eq!(reasons(&explained, "lost"), [""; 0]);
    // Both tasks of a and b come to c while a and b are lost; nothing is moved to the unknown zone.
    let moved = "availability-zone-rebalancing = true
        [[happenings]]
        at = '1s'
        instance-lost = 'in-a'
        [[happenings]]
        at = '1s'
        instance-lost = 'in-b'
        [[happenings]]
        at = '500ms'
        instance-drained = 'lost'
        [[happenings]]
        at = '10s'
        instance-activated = 'lost'";
    let two = text(moved).replacen("desired-count = 1", "desired-count = 2", 1).replacen("'1m'", "'10m'", 1);
    assert_eq!(diary(&two).on_instances(4), [0, 0, 2, 0]);
}

/// What `aws ecs` and `aws ec2 describe-subnets` print, with a service that names two subnets.
#[test]
fn r1_2_documents_tell_the_zones_of_subnets() {
    let folder = tempfile::tempdir().unwrap();
    let amounts = r#"[{"name": "CPU", "integerValue": 1024}, {"name": "MEMORY", "integerValue": 2000}]"#;
    let instance = |name: &str, zone: &str| {
        format!(
            r#"{{"containerInstanceArn": "arn:aws:ecs:r:1:container-instance/c/{name}", "registeredResources": {amounts},
                "remainingResources": {amounts}, "attributes": [{{"name": "ecs.availability-zone", "value": "{zone}"}},
                {{"name": "ecs.capability.task-eni"}}, {{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}}]}}"#
        )
    };
    let external = r#"{"containerInstanceArn": "arn:aws:ecs:r:1:container-instance/c/out", "ec2InstanceId": "mi-1",
        "attributes": [{"name": "ecs.capability.external"}]}"#;
    let instances = format!(
        r#"{{"containerInstances": [{}, {}, {external}, {{"containerInstanceArn": "arn:aws:ecs:r:1:container-instance/c/bare"}}]}}"#,
        instance("one", "z1"),
        instance("two", "z2")
    );
    let definition = r#"{"family": "t", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "containerDefinitions": [{"name": "a", "image": "x"}]}"#;
    let service = r#"{"serviceName": "s", "taskDefinition": "t", "desiredCount": 1, "networkConfiguration":
        {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}"#;
    let subnets =
        r#"{"Subnets": [{"SubnetId": "subnet-1", "AvailabilityZone": "z2", "VpcId": "vpc-1", "State": "available"}]}"#;
    for (file, text) in
        [("i.json", instances.as_str()), ("d.json", definition), ("s.json", service), ("n.json", subnets)]
    {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let run = |arguments: &[&str]| ran(&mut stowplan(folder.path(), 100, arguments));
    let explain = |files: &[&str]| {
        let (_, out, error) = run(&[&["explain"], files, &["--service", "s", "--format", "json"]].concat());
        serde_json::from_str::<serde_json::Value>(&out).unwrap_or_else(|_| panic!("{out}{error}"))
    };
    let known = explain(&["i.json", "d.json", "s.json", "n.json"]);
    assert_eq!((reasons(&known, "one"), reasons(&known, "two")), (vec!["LOCATION"], vec![]));
    assert_eq!(known["instances"].as_array().unwrap().len(), 2, "the others take no task");
    let unknown = explain(&["i.json", "d.json", "s.json"]);
    assert_eq!((reasons(&unknown, "one"), reasons(&unknown, "two")), (vec![], vec![]));
    let (code, out, error) = run(&["query", "agentConnected == true", "i.json", "--format", "csv"]);
    assert_eq!((code, out.lines().count()), (0, 5), "{out}{error}");
    assert!(error.contains("ECS Anywhere") && error.contains("no resource is told: `query` lists them"), "{error}");
}
