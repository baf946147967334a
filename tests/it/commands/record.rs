//! `stowplan audit … --after`: tasks that the real service placed between two looks at a cluster.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{ran, stowplan};

const ARN: &str = "arn:aws:ecs:eu-west-1:123456789012";

fn instance(name: &str, zone: &str) -> Value {
    let resources = json!([
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": []},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
    ]);
    json!({
        "containerInstanceArn": format!("{ARN}:container-instance/c/{name}"), "status": "ACTIVE", "agentConnected": true,
        "registeredResources": resources, "remainingResources": resources,
        "attributes": [{"name": "ecs.availability-zone", "value": zone}]
    })
}

fn task(name: &str, instance: &str, created: &str) -> Value {
    json!({
        "taskArn": format!("{ARN}:task/c/{name}"), "taskDefinitionArn": format!("{ARN}:task-definition/web:1"),
        "containerInstanceArn": format!("{ARN}:container-instance/c/{instance}"), "group": "service:web",
        "launchType": "EC2", "desiredStatus": "RUNNING", "lastStatus": "RUNNING", "createdAt": created,
        "cpu": "512", "memory": "512", "containers": []
    })
}

/// Two instances in two zones, a service that packs by memory, and tasks that run already.
fn before(folder: &Path, running: &[Value]) {
    let mut instances = [instance("i1", "eu-west-1a"), instance("i2", "eu-west-1b")];
    for task in running {
        let there = task["containerInstanceArn"].as_str().unwrap();
        for instance in instances.iter_mut().filter(|one| one["containerInstanceArn"] == there) {
            for resource in [0, 1] {
                let left = instance["remainingResources"][resource]["integerValue"].as_i64().unwrap() - 512;
                instance["remainingResources"][resource]["integerValue"] = left.into();
            }
        }
    }
    let definition = json!({"taskDefinition": {
        "family": "web", "revision": 1, "cpu": "512", "memory": "512",
        "taskDefinitionArn": format!("{ARN}:task-definition/web:1"),
        "containerDefinitions": [{"name": "c", "image": "x", "cpu": 512, "memory": 512}]
    }});
    let service = json!({"services": [{
        "serviceName": "web", "serviceArn": format!("{ARN}:service/c/web"), "status": "ACTIVE", "desiredCount": 2,
        "taskDefinition": format!("{ARN}:task-definition/web:1"), "launchType": "EC2", "schedulingStrategy": "REPLICA",
        "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}], "placementConstraints": []
    }]});
    // One file, as a loop over `aws` writes it: document after document.
    let all = [json!({"containerInstances": instances}), json!({"tasks": running}), definition, service];
    write(folder, "before.json", &all.map(|document| document.to_string()).join("\n"));
}

fn write(folder: &Path, file: &str, text: &str) {
    std::fs::write(folder.join(file), text).unwrap();
}

fn audited(folder: &Path, after: &[Value], more: &[&str]) -> (i32, String, String) {
    write(folder, "after.json", &json!({"tasks": after}).to_string());
    let arguments = [&["audit", "before.json", "--after", "after.json"], more].concat();
    ran(&mut stowplan(folder, 100, &arguments))
}

/// Three tasks in one second: spread over zones takes i1, then i2, then either. They are described in another order.
#[test]
fn tasks_are_taken_in_the_order_in_which_they_were_created_whatever_the_clock_says() {
    let folder = tempfile::tempdir().unwrap();
    before(folder.path(), &[task("t0", "i1", "2026-03-01T08:00:00.000000+00:00")]);
    let check = |first: &str, second: &str, expected: i32| {
        let after = [task("t2", "i1", second), task("t1", "i2", first)];
        let (code, out, error) = audited(folder.path(), &after, &["--format", "json"]);
        assert_eq!(code, expected, "{first} {second}: {out}{error}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    // The task on the empty zone came first.
    let said = check("2026-03-01T09:00:00.125000+00:00", "2026-03-01T09:00:00.126000+00:00", 0);
    assert_eq!((&said[0]["task"], &said[0]["tie_breaks"][0]), (&json!("t1"), &json!("order")), "{said}");
    // The same in other zones: 09:00 in London is 18:00 in Tokyo.
    check("2026-03-01T09:00:00.125000+00:00", "2026-03-01T18:00:00.126000+09:00", 0);
    // The task on the zone that had one came first: that is not what the rules allow.
    let said = check("2026-03-01T09:00:00.126000+00:00", "2026-03-01T18:00:00.125000+09:00", 1);
    assert_eq!((&said[0]["task"], &said[0]["is_allowed"]), (&json!("t2"), &json!(false)), "{said}");
}

#[test]
fn what_stopped_in_between_gives_its_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let running = [("a", "i1"), ("b", "i1"), ("c", "i2"), ("d", "i2")]
        .map(|(name, there)| task(name, there, "2026-03-01T08:00:00+00:00"));
    before(folder.path(), &running);
    let stopped = |at: &str| {
        let mut all = running.to_vec();
        all[3]["desiredStatus"] = "STOPPED".into();
        all[3]["lastStatus"] = "STOPPED".into();
        all[3]["stoppingAt"] = at.into();
        all.push(task("e", "i2", "2026-03-01T10:00:00.5+00:00"));
        all
    };
    let (code, out, error) = audited(folder.path(), &stopped("2026-03-01T10:00:00.4+00:00"), &[]);
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("the only one that is allowed"), "{out}");
    let (code, out, error) = audited(folder.path(), &stopped("2026-03-01T10:00:00.6+00:00"), &[]);
    assert_eq!(code, 1, "it stopped later: {out}{error}");
    let only_new = [task("e", "i2", "2026-03-01T10:00:00+00:00")];
    let (code, out, error) = audited(folder.path(), &only_new, &[]);
    assert!(code == 1 && error.contains("4 tasks from before not described after"), "{out}{error}");
}

#[test]
fn what_is_no_record_is_told_and_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    // The tasks from before are known in whatever form they were given, so that none of them is new.
    let old = task("t0", "i1", "2026-03-01T08:00:00+00:00");
    before(folder.path(), std::slice::from_ref(&old));
    let (code, out, error) = audited(folder.path(), &[old], &[]);
    assert_eq!((code, out.as_str()), (0, "0 of 0 placements in the set that the rules allow\n"), "{error}");
    assert!(error.contains("`after.json`: of 1 task that is described, none is on an instance and was not"), "{error}");
    let (code, out, error) = audited(folder.path(), &[], &["--format", "json"]);
    assert!(code == 0 && out == "[]\n" && error.contains("of 0 tasks that are described"), "{out}{error}");
    write(folder.path(), "names.json", &json!({"taskArns": [format!("{ARN}:task/c/t1")]}).to_string());
    let names = ["audit", "before.json", "--after", "names.json"];
    let (code, _, error) = ran(&mut stowplan(folder.path(), 100, &names));
    assert!(code == 2 && error.contains("`names.json`: no document of tasks; give what `aws ecs"), "{error}");
    write(folder.path(), "bad.json", "{\"tasks\": [");
    let audit = |files: &[&str]| ran(&mut stowplan(folder.path(), 100, &[&["audit", "before.json"], files].concat()));
    let (code, _, error) = audit(&["--after", "bad.json"]);
    assert!(code == 2 && error.contains("the file is cut off"), "{error}");
    let mut other = task("t2", "i1", "2026-03-01T09:00:00+00:00");
    other["group"] = "service:other".into();
    let (code, _, error) = audited(folder.path(), &[task("t1", "i9", "2026-03-01T09:00:00+00:00"), other.clone()], &[]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("`t1` is on `i9`") && error.contains("tasks of `service:other`"), "{error}");
    other.as_object_mut().unwrap().remove("group");
    let mut undated = task("t3", "i2", "");
    undated.as_object_mut().unwrap().remove("createdAt");
    let (code, _, error) = audited(folder.path(), std::slice::from_ref(&other), &[]);
    assert!(code == 2 && error.contains("task `t2` has no `group`"), "{error}");
    let (code, out, error) = audited(folder.path(), &[undated], &[]);
    assert!(code == 0 && error.contains("1 new task without `createdAt`"), "{out}{error}");
    // Two files, as `describe-tasks` takes a hundred at a time.
    write(folder.path(), "one.json", &json!({"tasks": [task("t4", "i2", "2026-03-01T09:00:00+00:00")]}).to_string());
    write(folder.path(), "two.json", &json!({"tasks": [task("t5", "i2", "2026-03-01T09:00:01+00:00")]}).to_string());
    let (code, out, error) = audit(&["--after", "one.json", "--after", "two.json"]);
    assert!(code == 0 && out.contains("2 of 2 placements"), "{out}{error}");
}
