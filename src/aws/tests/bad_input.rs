//! Input that is wrong: one problem each, with file and member, all at once.

use super::{instance, instances, joined, problems, task};
use crate::aws::Effect;

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
    check(
        &[("t.json", &tasks)],
        &["t.json: tasks[0].containerInstanceArn: 3 tasks on instances `1`, `9`, which are in no file"],
    );
    let many: Vec<String> = (1..=5).map(|number| task(number, &format!("{number}"))).collect();
    check(
        &[("t.json", &format!(r#"{{"tasks": [{}]}}"#, many.join(",")))],
        &[
            "t.json: tasks[0].containerInstanceArn: 5 tasks on 5 instances that are in no file (`1`, `2`, `3` and 2 more)",
        ],
    );
}

#[test]
fn of_two_that_have_one_arn_the_first_is_read() {
    let twice = instances(&[instance("c", "1"), instance("c", "1").replace("1024", "2048")]);
    let tasks = format!(r#"{{"tasks": [{}, {}]}}"#, task(1, "1"), task(1, "1").replace("200", "300"));
    let services =
        r#"{"services": [{"serviceName": "web"}]} {"services": [{"serviceName": "web", "desiredCount": 2}]}"#;
    let files = [("i.json", twice.as_str()), ("t.json", tasks.as_str()), ("s.json", services)];
    let differs = |place: &str| format!("is also at `{place}`, and says something else there");
    check(
        &files,
        &[
            &format!(
                "i.json: containerInstances[1].containerInstanceArn: `1` {}",
                differs("i.json: containerInstances[0]")
            ),
            &format!("t.json: tasks[1].taskArn: `arn:aws:ecs:eu-west-1:1:task/c/t1` {}", differs("t.json: tasks[0]")),
            &format!(
                "s.json (document 2): services[0].serviceArn: `web` {}",
                differs("s.json (document 1): services[0]")
            ),
        ],
    );
    let kept = joined(&files).unwrap();
    assert_eq!((kept.instances.len(), kept.instances[0].cpu), (1, 1024 + 100));
    // A page that was collected twice says the same twice.
    let page = instances(&[instance("c", "1"), instance("c", "2")]);
    let kept = joined(&[("a.json", &page), ("b.json", &page)]).unwrap();
    assert_eq!((kept.instances.len(), kept.problems.len()), (2, 0));
    assert!(kept.notes.lines().iter().any(|line| line.contains("given twice, alike")), "{:?}", kept.notes);
}

/// What one bad member takes with it, and that nothing else is lost.
#[test]
fn a_bad_member_of_a_description_leaves_the_rest() {
    let page = instances(&[
        instance("c", "1"),
        instance("c", "2").replacen("1024", "\"many\"", 1),
        instance("c", "3").replace(r#""value": "a""#, r#""value": ["a"]"#),
        instance("c", "4").replacen(r#""registered"#, r#""registeredAt": "soon", "registered"#, 1),
    ]);
    let tasks = format!(
        r#"{{"tasks": [{}, {}, {}]}}"#,
        task(1, "1"),
        task(2, "1").replace(r#""containers": ["#, r#""containers": [7, "#),
        task(3, "1").replace("web:1", "no family"),
    );
    let services = r#"{"services": [{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": {}, "status": "ACTIVE"},
        {"serviceName": "api", "taskDefinition": "web:1", "desiredCount": 1, "events": 7}]}"#;
    let definition = r#"{"taskDefinition": {"family": "web", "revision": 1, "containerDefinitions": [{"name": "x", "memory": 64}]}}"#;
    let broken = r#"{"taskDefinition": {"family": "api", "revision": 2, "containerDefinitions": [{"name": "x", "memory": []}]}}"#;
    let files = [
        ("i.json", page.as_str()),
        ("t.json", &tasks),
        ("s.json", services),
        ("d.json", definition),
        ("e.json", broken),
    ];
    let kept = joined(&files).unwrap();
    let told: Vec<String> = kept
        .problems
        .iter()
        .map(|problem| match &problem.effect {
            Effect::LeftOut(consequence) => format!("{}: {consequence}", problem.place()),
            Effect::Refused => format!("{problem}: refused"),
        })
        .collect();
    assert_eq!(
        told,
        [
            "i.json: containerInstances[1].registeredResources[0].integerValue: the instance is left out",
            "i.json: containerInstances[2].attributes[0].value: the instance is read without this attribute",
            "i.json: containerInstances[3].registeredAt: the instance is read without it",
            "t.json: tasks[1].containers[0]: the task is left out",
            "t.json: tasks[2].taskDefinitionArn: the task is left out",
            "s.json: services[0].desiredCount: the service is left out",
            "s.json: services[1].events: the service is read without it",
            "e.json: taskDefinition.containerDefinitions[0].memory: the task definition is left out",
        ]
    );
    let names: Vec<&str> = kept.instances.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["1", "3", "4"]);
    assert_eq!(kept.instances[1].zone, "");
    assert_eq!(kept.running.iter().flat_map(|tasks| tasks.places.values()).sum::<u32>(), 1);
    let names: Vec<&str> = kept.services.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["api"]);
    assert!(kept.definitions.contains_key("web:1") && !kept.definitions.contains_key("api:2"));
}

/// Ten thousand bad members of one page cost what each costs.
#[test]
fn a_page_of_bad_members_is_read_to_its_end() {
    let bad =
        |number: usize| format!(r#"{{"taskArn": "t{number}", "taskDefinitionArn": "web:1", "createdAt": "soon"}}"#);
    let page: Vec<String> = (0..2_000).map(bad).collect();
    let kept = joined(&[("t.json", &format!(r#"{{"tasks": [{}]}}"#, page.join(",")))]).unwrap();
    assert_eq!(kept.problems.len(), 2_000);
    assert_eq!(kept.problems[1_999].member, "tasks[1999].createdAt");
}

#[test]
fn an_update_changes_the_service_that_it_names() {
    let definition = r#"{"taskDefinition": {"family": "web", "revision": 1, "containerDefinitions": [{"name": "x", "memory": 64}]}}"#;
    let service = r#"{"services": [{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 1,
        "placementStrategy": [{"type": "random"}], "deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50}}]}"#;
    let update = r#"{"service": "arn:aws:ecs:eu-west-1:1:service/c/web", "desiredCount": 7, "placementStrategy": [],
        "deploymentConfiguration": {"maximumPercent": 300}}"#;
    let kept = joined(&[("d.json", definition), ("s.json", service), ("u.json", update)]).unwrap();
    let web = &kept.services[0];
    assert_eq!((web.desired_count, &web.strategy), (7, &None));
    assert_eq!((web.terms.maximum_percent, web.terms.minimum_healthy_percent), (Some(300), Some(50)));
    // An update of nothing that is known is left out, and one that makes a daemon go through providers is refused.
    let other = r#"{"service": "api", "desiredCount": 7}"#;
    check(&[("d.json", definition), ("u.json", other)], &["u.json: service: the service `api` is in no file"]);
    let daemon = service
        .replace(r#""placementStrategy": [{"type": "random"}]"#, r#""schedulingStrategy": "DAEMON""#)
        .replace("150", "100");
    let through = r#"{"service": "web", "capacityProviderStrategy": [{"capacityProvider": "cp", "weight": 1}]}"#;
    let found = problems(&[("d.json", definition), ("s.json", &daemon), ("u.json", through)]);
    assert!(found.len() == 1 && found[0].contains("ECS answers InvalidParameterException"), "{found:?}");
}

#[test]
fn a_definition_that_is_referred_to_and_not_there_is_named_where_it_is_referred_to() {
    let service = r#"{"services": [{"serviceName": "web", "taskDefinition": "web:9"}]}"#;
    let page = instances(&[instance("c", "1")]);
    let kept = joined(&[("i.json", &page), ("s.json", service)]).unwrap();
    let told = &kept.problems[0];
    assert_eq!(told.to_string(), "s.json: services[0].taskDefinition: the task definition `web:9` is in no file");
    assert_eq!(told.effect, Effect::LeftOut("the service `web` is left out".to_owned()));
    assert_eq!((kept.problems.len(), kept.services.len()), (1, 0));
}

#[test]
fn a_call_for_another_cluster_is_left_out() {
    let definition = r#"{"family": "web", "containerDefinitions": [{"name": "x", "memory": 64}]}"#;
    let call = r#"{"cluster": "arn:aws:ecs:eu-west-1:1:cluster/test", "taskDefinition": "web", "count": 1}"#;
    let page = instances(&[instance("prod", "1")]);
    let files = [("i.json", page.as_str()), ("d.json", definition), ("c.json", call)];
    check(&files, &["c.json: cluster `test`, but `i.json: containerInstances[0]` is of cluster `prod`"]);
    assert_eq!(joined(&files).unwrap().calls, []);
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
        &[
            "b.json: taskDefinition.taskDefinitionArn: `web:1` is also at `a.json: taskDefinition`, and says something else there",
        ],
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
