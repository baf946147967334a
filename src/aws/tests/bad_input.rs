//! Input that is wrong: one problem each, with file and member, all at once.

use super::{instance, instances, problems, task};

fn check(texts: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(problems(texts), expected);
}

#[test]
fn truncated_json_is_named_by_line_and_column() {
    check(
        &[("a.json", "{\"tasks\": [\n  {\"taskArn\": \"x\"")],
        &["a.json:2:17: not JSON: EOF while parsing an object"],
    );
    check(&[("a.json", "{\"tasks\": [}\n")], &["a.json:1:12: not JSON: expected value"]);
    check(&[("a.json", " \n")], &["a.json: the text is empty"]);
}

#[test]
fn a_list_where_an_object_stands_and_the_reverse_are_told_apart() {
    check(&[("a.json", "[7]")], &["a.json: [0]: no object of Amazon ECS"]);
    check(&[("a.json", "7")], &["a.json: a single value where a document stands"]);
    check(&[("a.json", r#"{"tasks": {}}"#)], &["a.json: tasks: an object where a list stands"]);
    let text = r#"{"containerInstances": [{"containerInstanceArn": "a/1", "status": "INACTIVE",
        "attributes": [[]], "versionInfo": [], "agentConnected": "yes", "registeredAt": "soon"}]}"#;
    check(
        &[("a.json", text)],
        &[
            "a.json: containerInstances[0].agentConnected: `\"yes\"` where `true` or `false` stands",
            "a.json: containerInstances[0].attributes[0]: a list where an object stands",
            "a.json: containerInstances[0].registeredAt: `\"soon\"` where epoch seconds or an ISO 8601 time stands",
            "a.json: containerInstances[0].versionInfo: a list where an object stands",
        ],
    );
}

#[test]
fn numbers_beyond_64_bits_are_refused_where_they_stand() {
    let text = r#"{"containerInstances": [{"containerInstanceArn": "a/1", "status": "INACTIVE", "registeredResources": [
        {"name": "CPU", "integerValue": 1}, {"name": "MEMORY", "integerValue": 99999999999999999999}]}]}"#;
    check(
        &[("a.json", text)],
        &["a.json: containerInstances[0].registeredResources[1].integerValue: \
           `1e+20` where a whole number of 64 bits stands"],
    );
    check(
        &[("a.json", r#"{"taskDefinition": "web", "count": "18446744073709551616"}"#)],
        &["a.json: count: `\"18446744073709551616\"` where a whole number of 64 bits stands"],
    );
}

#[test]
fn two_clusters_are_not_mixed() {
    let (one, two) = (instances(&[instance("prod", "1")]), instances(&[instance("prod", "2"), instance("test", "3")]));
    check(
        &[("a.json", &one), ("b.json", &two)],
        &["b.json: containerInstances[1]: cluster `test`, but `a.json: containerInstances[0]` is of cluster `prod`"],
    );
}

#[test]
fn an_instance_that_tells_resources_has_cpu_and_memory() {
    let text = r#"{"containerInstances": [{"containerInstanceArn": "a/1",
        "registeredResources": [{"name": "MEMORY", "integerValue": 10}],
        "remainingResources": [{"name": "CPU", "integerValue": 10}, {"name": "MEMORY", "integerValue": 11}]}]}"#;
    check(
        &[("a.json", text)],
        &[
            "a.json: containerInstances[0].registeredResources: the instance has no CPU",
            "a.json: containerInstances[0].remainingResources: MEMORY: remaining 11 is more than registered 10",
        ],
    );
}

#[test]
fn a_task_runs_on_an_instance_of_the_dump() {
    let tasks = format!(r#"{{"tasks": [{}, {}, {}]}}"#, task(1, "1"), task(2, "9"), task(3, "9"));
    check(
        &[("i.json", &instances(&[instance("c", "1")])), ("t.json", &tasks)],
        &["t.json: tasks[1].containerInstanceArn: 2 tasks on instance `9`, which is in no file"],
    );
    check(&[("t.json", &tasks)], &["t.json: tasks[0]: there are tasks and no container instances"]);
}

#[test]
fn arns_are_given_once() {
    let twice = instances(&[instance("c", "1"), instance("c", "1")]);
    let tasks = format!(r#"{{"tasks": [{}, {}]}}"#, task(1, "1"), task(1, "1"));
    let services = r#"{"services": [{"serviceName": "web"}]} {"services": [{"serviceName": "web"}]}"#;
    check(
        &[("i.json", &twice), ("t.json", &tasks), ("s.json", services)],
        &[
            "i.json: containerInstances[1].containerInstanceArn: `1` is also at `i.json: containerInstances[0]`",
            "t.json: tasks[1].taskArn: `arn:aws:ecs:eu-west-1:1:task/c/t1` is also at `t.json: tasks[0]`",
            "s.json (document 2): services[0].serviceArn: `web` is also at `s.json (document 1): services[0]`",
        ],
    );
}

#[test]
fn task_definitions_may_be_repeated_but_not_contradict() {
    let definition = |memory: u32| {
        format!(
            r#"{{"taskDefinition": {{"family": "web", "revision": 1,
                "containerDefinitions": [{{"name": "x", "memory": {memory}}}]}}}}"#
        )
    };
    check(&[("a.json", &definition(64)), ("b.json", &definition(64))], &[]);
    check(
        &[("a.json", &definition(64)), ("b.json", &definition(65))],
        &["b.json: taskDefinition.taskDefinitionArn: `web:1` differs from that of `a.json: taskDefinition`"],
    );
}

#[test]
fn all_problems_of_all_files_come_at_once() {
    let found = problems(&[
        ("a.json", "{"),
        ("b.json", r#"{"what": 1}"#),
        ("c.json", r#"{"taskDefinition": "web", "count": 11, "group": 7}"#),
        ("d.json", &instances(&[instance("x", "1"), instance("y", "2")])),
    ]);
    let files: Vec<&str> = found.iter().map(|problem| &problem[..6]).collect();
    assert_eq!(files, ["a.json", "b.json", "c.json", "c.json", "d.json"], "{found:#?}");
}

#[test]
fn text_that_is_not_utf_8_is_refused_and_a_byte_order_mark_is_not() {
    let mut texts = super::Texts::default();
    texts.read("a.json", b"{\n\xff}");
    texts.read("b.json", b"\xef\xbb\xbf{\"taskDefinition\": \"web\"}");
    assert_eq!(texts.problems.len(), 1);
    assert_eq!(texts.problems[0].to_string(), "a.json: line 2 is not UTF-8");
}

#[test]
fn counts_of_tasks_are_those_of_an_instance() {
    let counted = |running: i64| {
        let counts = format!("\"runningTasksCount\": {running}, \"pendingTasksCount\": 1, \"registered");
        instances(&[instance("c", "1").replace("\"registered", &counts)])
    };
    check(&[("a.json", &counted(3))], &[]);
    for running in [-1, i64::MAX] {
        let expected = format!(
            "a.json: containerInstances[0].runningTasksCount: `runningTasksCount` = {running} is outside 0 to 2147483647"
        );
        check(&[("a.json", &counted(running))], &[&expected]);
    }
}
