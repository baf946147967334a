//! What is asked of a service is asked of the revision that it wants, beside the room that daemons keep.

use super::{answer, flat, instance, instances};

/// Case 10: the new revision needs 600 MiB, and 583 are free beside the old one.
const STUCK: &str = r#"
name = "stuck"
seeds = 1
horizon = "30m"
[cluster]
zones = ["us-east-1a"]
[[cluster.instances]]
cpu = 1024
memory = 983
[[task-definitions]]
family = "app"
cpu = 128
memory = 400
[[task-definitions]]
family = "app-next"
cpu = 128
memory = 600
[[services]]
name = "web"
task-definition = "app"
desired-count = 1
deployments = [{ at = "5m", task-definition = "app-next" }]
"#;

#[test]
fn case_10_a_service_is_asked_for_the_revision_of_the_moment() {
    let ask = |at: &[&str]| answer(&[("s.toml", STUCK)], &[&["explain", "s.toml", "--service", "web"], at].concat());
    let (code, text) = ask(&["--at", "10m"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("one task of `app-next`") && flat(&text).contains("short by 17"), "{text}");
    let (code, text) = ask(&["--at", "4m"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("one task of `app` "), "{text}");
    let (code, text) = ask(&[]);
    assert!(code == 0 && text.contains("one task of `app` "), "{text}");
}

#[test]
fn case_10_a_task_definition_that_is_named_is_the_one_that_is_meant() {
    let ask = |family| answer(&[("s.toml", STUCK)], &["explain", "s.toml", "--task-definition", family]);
    let (code, text) = ask("app-next");
    assert!(code == 0 && text.contains("one task of `app-next` in the group service:web"), "{text}");
    let (code, text) = ask("arn:aws:ecs:us-east-1:111122223333:task-definition/app");
    assert!(code == 0 && text.contains("one task of `app` in the group service:web"), "{text}");
}

/// Case 54: two instances, one task each of v1; v2 takes most of an instance and fits beside none of them.
#[test]
fn case_54_after_a_rollout_that_cannot_end_the_new_revision_is_short() {
    let scenario = STUCK
        .replace("memory = 983", "memory = 4000\ncount = 2")
        .replace("cpu = 1024", "cpu = 2048")
        .replace("cpu = 128\nmemory = 400", "cpu = 100\nmemory = 100")
        .replace("cpu = 128\nmemory = 600", "cpu = 1500\nmemory = 100")
        .replace("desired-count = 1", "desired-count = 2");
    let arguments =
        ["explain", "s.toml", "--service", "arn:aws:ecs:us-east-1:111122223333:service/c/web", "--at", "20m"];
    let (code, text) = answer(&[("s.toml", &scenario)], &arguments);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("app-next") && flat(&text).contains("has 548 of 2048, short by 952"), "{text}");
}

fn definition(family: &str, memory: u32) -> String {
    format!(
        r#"{{"taskDefinition": {{"taskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/{family}:1",
            "family": "{family}", "revision": 1,
            "containerDefinitions": [{{"name": "a", "image": "x", "cpu": 64, "memory": {memory}}}]}}}}"#
    )
}

fn service(name: &str, more: &str) -> String {
    format!(
        r#"{{"serviceName": "{name}", "status": "ACTIVE", "launchType": "EC2", {more},
            "serviceArn": "arn:aws:ecs:us-east-1:111122223333:service/c/{name}",
            "clusterArn": "arn:aws:ecs:us-east-1:111122223333:cluster/c",
            "taskDefinition": "arn:aws:ecs:us-east-1:111122223333:task-definition/{name}:1"}}"#
    )
}

/// Case 22: a daemon of 256 MiB that does not run yet and a service of 128 MiB, on one instance.
fn beside_a_daemon(registered: u32, remaining: u32) -> (i32, String) {
    let attributes = ["ecs.availability-zone=us-east-1a", "ecs.instance-type=t3.small"];
    let fleet = instances(&[instance(1, registered, remaining, &attributes)]);
    let daemon = service("agent", r#""schedulingStrategy": "DAEMON""#);
    let web = service("web", r#""schedulingStrategy": "REPLICA", "desiredCount": 1"#);
    let services = format!(r#"{{"services": [{daemon}, {web}]}}"#);
    let definitions = definition("agent", 256) + &definition("web", 128);
    let files = [("i.json", fleet.as_str()), ("s.json", &services), ("d.json", &definitions)];
    answer(&files, &["explain", "i.json", "s.json", "d.json", "--service", "web"])
}

#[test]
fn case_22_a_daemon_keeps_its_room_before_it_runs() {
    let (code, text) = beside_a_daemon(300, 300);
    assert_eq!(code, 1, "{text}");
    let text = flat(&text);
    assert!(text.contains("needs 128 MiB, has 44 of 300 beside 256 held for daemons, short by 84"), "{text}");
    assert!(text.contains("held back for the daemon `agent` on 1 instance: 64 CPU units, 256 MiB each"), "{text}");
    let (code, text) = beside_a_daemon(384, 384);
    assert!(code == 0 && text.contains("0 tasks in us-east-1a"), "{text}");
}

/// What is held back beyond known tasks is taken for the daemon's room first.
#[test]
fn case_22_what_ecs_holds_back_already_is_the_room_of_the_daemon() {
    let (code, text) = beside_a_daemon(1900, 300);
    assert!(code == 0 && text.contains("held back for the daemon `agent`"), "{text}");
    let (code, text) = beside_a_daemon(400, 300);
    assert_eq!(code, 0, "100 are held back, and 156 more are: 144 are left\n{text}");
    let (code, text) = beside_a_daemon(310, 300);
    assert!(code == 1 && flat(&text).contains("has 54 of 310 beside 256 held for daemons, short by 74"), "{text}");
}
