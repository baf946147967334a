//! Tasks that are in no file: what they take is held back, not absent, and their number counts.

use super::{answer, flat, instance, instances};
use crate::support::{figure, records};

const DEFINITION: &str =
    r#"{"family": "job", "containerDefinitions": [{"name": "a", "image": "x", "cpu": 64, "memory": 512}]}"#;
const ATTRIBUTES: [&str; 2] = ["ecs.availability-zone=us-east-1a", "ecs.instance-type=m5.large"];

/// Two instances of 7,680 MiB, of which 400 remain, each with two tasks that no file has.
fn fleet() -> String {
    let one = |number| instance(number, 7680, 400, &ATTRIBUTES);
    let counted = |text: String| text.replacen(r#""status""#, r#""runningTasksCount": 2, "status""#, 1);
    instances(&[counted(one(1)), counted(one(2))])
}

#[test]
fn case_30_what_unknown_tasks_take_is_held_back_of_what_was_registered() {
    let fleet = fleet();
    let files = [("i.json", fleet.as_str()), ("d.json", DEFINITION)];
    let (code, text) = answer(&files, &["explain", "i.json", "d.json", "--task-definition", "job"]);
    assert_eq!(code, 1, "{text}");
    let told = flat(&text);
    assert!(told.contains("needs 512 MiB, has 400 of 7680 (7280 held back), short by 112"), "{text}");
    assert!(told.contains("free 112 MiB") && !told.contains("when empty"), "{text}");
    let notes: Vec<&str> = text.lines().filter(|line| line.starts_with("note: MEMORY")).collect();
    assert_eq!(notes.len(), 1, "one line for the fleet: {text}");
    assert!(notes[0].contains("14560 are held back") && notes[0].contains("2 instances"), "{notes:?}");
    assert!(told.contains("ports and interfaces are not known"), "{text}");
    let arguments = ["explain", "i.json", "d.json", "--task-definition", "job", "--format", "json"];
    let (_, text) = answer(&files, &[&arguments[..], &["--quiet"]].concat());
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let failure = &answer["instances"][0]["failures"][0];
    assert_eq!((&failure["registered"], &failure["held_back"]), (&7680.into(), &7280.into()));
}

#[test]
fn case_06_the_number_of_tasks_in_a_document_counts_as_long_as_the_tasks_are_not_there() {
    let fleet = fleet();
    let files = [("i.json", fleet.as_str())];
    let (code, text) = answer(&files, &["query", "runningTasksCount == 2", "i.json"]);
    assert!(code == 0 && text.contains("2 of 2 instances"), "{text}");
    let (code, _) = answer(&files, &["query", "runningTasksCount == 0", "i.json"]);
    assert_eq!(code, 1);
    let tasks = r#"{"tasks": [{"taskArn": "arn:aws:ecs:us-east-1:111122223333:task/c/t1", "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING", "group": "family:job", "launchType": "EC2",
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/job:1",
        "containerInstanceArn": "arn:aws:ecs:us-east-1:111122223333:container-instance/c/00000000000000000000000000000001",
        "containers": [{"name": "a", "cpu": "64", "memory": "512"}]}]}"#;
    let files = [("i.json", fleet.as_str()), ("t.json", tasks)];
    let (code, text) = answer(&files, &["query", "runningTasksCount == 2", "i.json", "t.json"]);
    assert!(code == 0 && text.contains("2 of 2 instances"), "a known task is one of the two: {text}");
    let (_, toml) = answer(&files, &["import", "i.json", "t.json", "--quiet"]);
    assert!(toml.contains("other-tasks = 1, ") && toml.contains("other-tasks = 2, "), "{toml}");
}

#[test]
fn case_06_an_expression_of_memberof_counts_them_too() {
    let fleet = fleet();
    let bound = DEFINITION.replacen(
        r#""family""#,
        r#""placementConstraints": [{"type": "memberOf", "expression": "runningTasksCount < 2"}], "family""#,
        1,
    );
    let files = [("i.json", fleet.as_str()), ("d.json", bound.as_str())];
    let (code, text) = answer(&files, &["explain", "i.json", "d.json", "--task-definition", "job"]);
    assert!(code == 1 && flat(&text).contains("`runningTasksCount < 2` holds on no instance"), "{text}");
}

/// Reservation and packing are of what was registered, with what is held back among what is reserved.
#[test]
fn case_30_what_is_held_back_is_reserved_in_the_figures() {
    let fleet = fleet();
    let service = r#"{"serviceName": "web", "taskDefinition": "job", "desiredCount": 0}"#;
    let files = [("i.json", fleet.as_str()), ("d.json", DEFINITION), ("s.json", service)];
    let (code, toml) = answer(&files, &["import", "i.json", "d.json", "s.json", "--quiet"]);
    assert_eq!(code, 0, "{toml}");
    let scenario = stowplan::scenario::parse(&toml, "x.toml".as_ref(), &[]).unwrap().scenario;
    let records = records(&scenario, stowplan::experiment::EngineKind::Fast);
    for column in ["memory_reservation_snapshot", "memory_reservation_time_mean"] {
        let found = figure(&records, &scenario.policies[0].name, column);
        assert!((found - 7280.0 / 7680.0).abs() < 1e-9, "{column}: {found}");
    }
}
