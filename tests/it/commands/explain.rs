//! `stowplan explain`: where a task goes, and for every instance why not there.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use stowplan::engine::Engine;
use stowplan::experiment::{EngineKind, Experiment};
use stowplan::model::InstanceId;
use stowplan::simulation::Control;

use crate::support::{ran, stowplan};

/// A moment after the end of a run is not passed over in silence.
#[test]
fn a_moment_after_the_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.toml"), format!("horizon = \"1h\"\n{TEXT}")).unwrap();
    for (at, is_told) in [("2h", true), ("1h", false), ("30m", false)] {
        let arguments = ["explain", "small.toml", "--service", "web", "--at", at];
        let (_, _, messages) = ran(&mut stowplan(folder.path(), 80, &arguments));
        assert_eq!(messages.contains("the run ends at 3600 s, before `--at 2h`"), is_told, "{messages}");
    }
}

/// Four instances: one is full, one drains, one lacks the attribute, one has room.
const TEXT: &str = r#"
    name = "small"
    [cluster]
    zones = ["a", "b"]
    [[cluster.instances]]
    cpu = 1024
    memory = 2048
    zones = ["a"]
    attributes = { stack = "prod" }
    identities = [{ name = "full" }, { name = "free" }]
    [[cluster.instances]]
    cpu = 1024
    memory = 2048
    zones = ["b"]
    attributes = { stack = "test" }
    identities = [{ name = "test" }]
    [[cluster.instances]]
    cpu = 1024
    memory = 2048
    zones = ["b"]
    status = "DRAINING"
    attributes = { stack = "prod" }
    identities = [{ name = "draining" }]
    [[task-definitions]]
    family = "web"
    cpu = 512
    memory = 512
    ports = ["80/tcp"]
    placementConstraints = [{ type = "memberOf", expression = "attribute:stack == prod and runningTasksCount < 5" }]
    [[task-definitions]]
    family = "other"
    cpu = 768
    memory = 256
    ports = ["80/tcp"]
    [[running]]
    task-definition = "other"
    instances = { full = 1 }
    [[services]]
    name = "web"
    task-definition = "web"
    desired-count = 2
    [[policies]]
    name = "pack"
    placementStrategy = [{ type = "spread", field = "attribute:ecs.availability-zone" }, { type = "binpack", field = "memory" }]
"#;

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    ran(&mut stowplan(folder, 110, arguments))
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.toml"), TEXT).unwrap();
    folder
}

fn json(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let (code, out, error) = run(folder, &[arguments, &["--format", "json"]].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}")))
}

#[test]
fn the_chosen_instance_and_what_keeps_the_task_off_every_other() {
    let folder = folder();
    let (code, out, error) = run(folder.path(), &["explain", "small.toml", "--task-definition", "web"]);
    assert_eq!((code, error.as_str()), (0, ""));
    insta::assert_snapshot!(out);
}

#[test]
fn a_task_that_fits_nowhere_has_a_smallest_change_and_exit_code_1() {
    let folder = folder();
    let arguments = ["explain", "small.toml", "--service", "web", "--count", "5", "--all"];
    let (code, out, _) = run(folder.path(), &arguments);
    assert_eq!(code, 1);
    insta::assert_snapshot!(out);
}

#[test]
fn lines_stay_within_the_terminal() {
    let folder = folder();
    for columns in [60, 80, 200] {
        let arguments = ["explain", "small.toml", "--service", "web"];
        let (_, text, _) = ran(&mut stowplan(folder.path(), columns, &arguments));
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= columns as usize, "{longest} of {columns}:\n{text}");
    }
}

#[test]
fn an_instance_with_one_task_has_one() {
    let folder = folder();
    let narrow = |arguments: &[&str]| {
        let (_, text, error) = ran(&mut stowplan(folder.path(), 40, arguments));
        assert!(!text.contains("1 tasks"), "{text}{error}");
        text
    };
    let text = narrow(&["explain", "small.toml", "--service", "web"]);
    assert!(text.contains("full (a, –, 1 task): RESOURCE:CPU") && text.contains("free (a, –, 0 tasks)"), "{text}");
    let text = narrow(&["query", "runningTasksCount < 5", "small.toml"]);
    assert!(text.contains("full (a, –): ACTIVE, 1 task\n") && text.contains("ACTIVE, 0 tasks\n"), "{text}");
}

#[test]
fn programs_get_every_figure() {
    let folder = folder();
    let (code, answer) = json(folder.path(), &["explain", "small.toml", "--service", "web", "--count", "2"]);
    assert_eq!(code, 1);
    assert_eq!((&answer["placed"][0], &answer["task"], &answer["chosen"]), (&"free".into(), &2.into(), &Value::Null));
    let of = |name: &str| answer["instances"].as_array().unwrap().iter().find(|one| one["instance"] == name).unwrap();
    let full = of("full");
    assert_eq!(full["first_failure"], "RESOURCE:CPU");
    let cpu = &full["failures"][0];
    assert_eq!(
        (&cpu["need"], &cpu["have"], &cpu["registered"], &cpu["short_by"]),
        (&512.into(), &256.into(), &1024.into(), &256.into())
    );
    assert_eq!(full["failures"][1]["ports_taken"][0], "80/tcp");
    assert_eq!(of("draining")["first_failure"], "INACTIVE");
    let parts = &of("test")["failures"][0]["expressions"][0]["parts"];
    assert_eq!((&parts[0]["value"], &parts[1]["value"]), (&false.into(), &true.into()));
    assert_eq!(parts[0]["observed"], "has `test`");
    // The only thing in the way of the second task on `free` is its port.
    assert_eq!((&answer["closest"], answer["smallest_change"].as_array().unwrap().len()), (&"free".into(), 1));
    let (code, first) = json(folder.path(), &["explain", "small.toml", "--service", "web"]);
    assert_eq!((code, &first["chosen"]), (0, &"free".into()));
    let lefts: Vec<u64> =
        first["steps"].as_array().unwrap().iter().map(|step| step["left"].as_u64().unwrap()).collect();
    assert!(lefts.is_sorted_by(|a, b| a >= b) && lefts.first() == Some(&4) && lefts.last() == Some(&1), "{lefts:?}");
    let (_, csv, _) = run(folder.path(), &["explain", "small.toml", "--service", "web", "--format", "csv"]);
    assert!(csv.contains("\nfull,a,,ACTIVE,1,refused,RESOURCE:CPU,512,256,1024,256,"), "{csv}");
}

#[test]
fn templates_are_policies_and_unknown_names_are_told_apart_from_known_ones() {
    let folder = folder();
    let (code, answer) =
        json(folder.path(), &["explain", "small.toml", "--service", "web", "--policy", "one-task-per-host"]);
    assert_eq!((code, &answer["policy"]), (0, &"one-task-per-host".into()));
    assert!(answer["constraints"].to_string().contains("distinctInstance"));
    for (arguments, known) in [
        (["--service", "wed"], "`web`"),
        (["--task-definition", "wed"], "`other`, `web`"),
        (["--policy", "wed"], "`pack`"),
        (["--at", "3"], "`90s`"),
    ] {
        let (code, out, error) = run(folder.path(), &[&["explain", "small.toml"][..], &arguments].concat());
        assert!(code == 2 && out.is_empty() && error.contains(known), "{arguments:?}: {error}");
    }
    // `other` is run by no service: it is explained as one standalone task.
    let (code, answer) = json(folder.path(), &["explain", "small.toml", "--task-definition", "other"]);
    assert_eq!((code, &answer["group"]), (0, &"family:other".into()));
}

#[test]
fn documents_are_explained_without_a_scenario() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster");
    let files = ["container-instances.json", "services.json", "task-definitions.json", "tasks.json"];
    let (code, answer) = json(&data, &[&["explain", "--service", "web", "--quiet"][..], &files].concat());
    assert_eq!((code, &answer["task_definition"]), (0, &"web:7".into()));
    assert_eq!(answer["chosen"], "5555555555555555");
    // A DAEMON may come to each instance that has none.
    let (code, answer) = json(&data, &[&["explain", "--service", "exporter", "--quiet"][..], &files].concat());
    let outcomes: Vec<&str> =
        answer["instances"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!((code, outcomes), (0, vec!["chosen", "tied", "refused", "tied"]));
    let (code, _, error) = run(&data, &["explain", "--service", "web", "services.json", "x.toml"]);
    assert!(code == 2 && error.contains("`x.toml` is a scenario"), "{error}");
}

#[test]
fn a_moment_of_a_run_has_its_instances_and_tasks() {
    let more = "
        [[happenings]]
        at = '10m'
        instance-lost = 'test'
        [[happenings]]
        at = '20m'
        instances-registered = { like = 'free', count = 1 }";
    let text = format!("horizon = '1h'\n{TEXT}{more}");
    let scenario = crate::support::scenario(&text);
    let experiment = Experiment::new(&scenario, EngineKind::Fast);
    let case = experiment.plan()[0];
    assert_eq!(experiment.start(case).task_count(), 1);
    let end = experiment.end(case, &Control::default()).unwrap();
    let engine = experiment.engine_at(case, &end);
    engine.validate().unwrap();
    // One `web` on `free`, and the other on what has registered.
    let counts: Vec<u32> = (0..5).map(|index| engine.task_count(InstanceId(index))).collect();
    assert_eq!(counts, [1, 1, 0, 0, 1]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.toml"), text).unwrap();
    let names = |at: &str| {
        let (_, answer) = json(folder.path(), &["explain", "small.toml", "--service", "web", "--at", at]);
        let names =
            answer["instances"].as_array().unwrap().iter().map(|one| one["instance"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("5m"), "full free test draining");
    assert_eq!(names("10m"), "full free draining");
    assert_eq!(names("20m"), "full free draining i-00000004");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this test measures")]
fn ten_thousand_instances_are_explained_at_once() {
    let text = "
        name = 'large'
        [cluster]
        zones = ['a', 'b', 'c']
        [[cluster.instances]]
        type = 'm5.large'
        count = 10000
        [[task-definitions]]
        family = 't'
        cpu = 4096
        memory = 512
        placementConstraints = [{ type = 'memberOf', expression = 'attribute:stack == prod or runningTasksCount < 3' }]";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("large.toml"), text).unwrap();
    let start = Instant::now();
    let (code, answer) = json(folder.path(), &["explain", "large.toml", "--task-definition", "t"]);
    // Below a second with optimisation; tests run without it.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!((code, answer["instances"].as_array().unwrap().len()), (1, 10_000));
}
