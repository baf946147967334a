//! A cluster without instances is an answer, in ECS's own words (R-6.4).

use super::{answer, instance, instances};

const DEFINITION: &str =
    r#"{"family": "web", "containerDefinitions": [{"name": "a", "image": "x", "cpu": 64, "memory": 128}]}"#;
const WORDS: &str = "No Container Instances were found in your cluster.";

fn asked(fleet: &str) -> String {
    let arguments = ["explain", "i.json", "d.json", "--task-definition", "web"];
    let (code, text) = answer(&[("i.json", fleet), ("d.json", DEFINITION)], &arguments);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains(WORDS), "{text}");
    text
}

#[test]
fn case_23_documents_without_an_instance_are_answered_and_what_is_left_out_is_named() {
    asked(r#"{"containerInstances": [], "failures": []}"#);
    let arn = "arn:aws:ecs:us-east-1:111122223333:container-instance/c/1";
    let text =
        asked(&format!(r#"{{"containerInstances": [], "failures": [{{"arn": "{arn}", "reason": "MISSING"}}]}}"#));
    assert!(text.contains("AWS could not describe: MISSING: 1"), "{text}");
    let up = instance(7, 4000, 4000, &["ecs.availability-zone=us-east-1a"]);
    let text = asked(&instances(&[up.replace("ACTIVE", "DEREGISTERING")]));
    assert!(text.contains("DEREGISTERING") && text.contains("i-00000000000000007"), "{text}");
}

#[test]
fn case_23_documents_that_are_not_about_instances_are_no_cluster() {
    let (code, text) = answer(&[("d.json", DEFINITION)], &["explain", "d.json", "--task-definition", "web"]);
    assert!(code == 2 && text.contains("describe-container-instances"), "{text}");
}

#[test]
fn case_23_a_scenario_may_count_no_instances() {
    let scenario = r#"
name = "s"
seeds = 1
[cluster]
zones = ["za"]
[[cluster.instances]]
type = "m5.large"
count = 0
[[task-definitions]]
family = "web"
cpu = 64
memory = 128
[[services]]
name = "web"
task-definition = "web"
desired-count = 1
"#;
    let files = [("s.toml", scenario)];
    let (code, text) = answer(&files, &["check", "s.toml"]);
    assert!(code == 0 && text.contains("warning[S032]"), "{text}");
    let (code, text) = answer(&files, &["explain", "s.toml", "--service", "web"]);
    assert!(code == 1 && text.contains(WORDS), "{text}");
    let (code, text) = answer(&files, &["run", "s.toml", "--out", "out"]);
    assert_eq!(code, 0, "{text}");
}
