//! Small documents and scenarios that once got a wrong answer, by number.

use super::{explain, reasons, run};
use crate::services::diary;

const FIRST: &str = "00000000000000000000000000000001";
const SECOND: &str = "00000000000000000000000000000002";

#[test]
fn case_01_an_instance_without_a_zone_is_read_and_takes_tasks() {
    let query = |file: &str| run("01-no-zone", &["query", "agentConnected == true", file]);
    let (code, out, error) = query("instances.json");
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("(unknown)") && error.contains("their zone is not known"), "{out}{error}");
    let (code, out, error) = query("instances-with-zone.json");
    assert!(code == 0 && out.contains("us-west-1a") && !error.contains("zone"), "{out}{error}");
    let files = ["instances.json", "tasks.json", "definition.json"];
    let (code, toml, _) = run("01-no-zone", &[&["import"], &files[..]].concat());
    assert!(code == 0 && toml.contains("unknown-zone = true") && !toml.contains("zones ="), "{toml}");
    // Port 80 of the only instance is taken.
    let arguments = [&files[..], &["--task-definition", "reports"]].concat();
    let (code, explained, _) = explain("01-no-zone", &arguments);
    let instance = explained["instances"][0]["instance"].as_str().unwrap().to_owned();
    assert_eq!((code, reasons(&explained, &instance)), (1, vec!["RESOURCE:PORTS"]));
}

#[test]
fn case_03_an_input_of_register_task_definition_requires_what_its_description_lists() {
    for file in ["definition-input.json", "definition-described.json"] {
        let (code, explained, error) =
            explain("03-awslogs-windows", &["instances.json", file, "--task-definition", "iis"]);
        assert_eq!((code, reasons(&explained, "win-1")), (1, vec!["ATTRIBUTE"]), "{file}");
        let detail = explained["instances"][0]["failures"][0].to_string();
        assert!(detail.contains("logging-driver.awslogs") && detail.contains("docker-remote-api.1.19"), "{detail}");
        assert_eq!(error.contains("worked out from what they say"), file == "definition-input.json", "{error}");
    }
}

#[test]
fn case_06_the_operating_system_family_filters_and_the_architecture_warns() {
    let (code, explained, _) = explain("06-query", &["arch.json", "td-win.json", "--task-definition", "a"]);
    for instance in [FIRST, SECOND] {
        assert_eq!(reasons(&explained, instance), ["MemberOf placement constraint unsatisfied."]);
    }
    // The third is of Windows and tells no family.
    assert_eq!((code, explained["chosen"].as_str()), (0, Some("00000000000000000000000000000003")));
    let (code, _, error) = run("06-query", &["explain", "arch.json", "td-arm.json", "--task-definition", "a"]);
    assert_eq!(code, 0);
    assert!(error.contains("is for arm64") && error.contains("x86_64"), "{error}");
}

#[test]
fn case_16_a_task_of_a_provider_goes_to_its_instances_alone() {
    let documents = ["instances.json", "service.json", "definition.json", "--service", "web"];
    let (code, explained, _) = explain("16-providers", &documents);
    assert_eq!(code, 1);
    assert_eq!(reasons(&explained, FIRST), ["RESOURCE:CPU", "RESOURCE:MEMORY"]);
    assert_eq!(reasons(&explained, SECOND), ["not of the capacity provider"]);
    assert_eq!(explained["closest"], FIRST, "the best is one that could have taken it");
    let (_, table, _) = run("16-providers", &[&["explain"], &documents[..]].concat());
    assert!(table.contains("not of provider spot"), "{table}");
    // The same of a scenario, in a run on both engines.
    let text = std::fs::read_to_string("tests/data/cases/16-providers/scenario.toml").unwrap();
    let lines = diary(&text).lines;
    assert!(!lines.is_empty() && lines.iter().all(|line| line.ends_with("~ web RESOURCE:CPU")), "{lines:?}");
    for file in ["svc-fargate.json", "svc-launchtype-fargate.json"] {
        let (code, toml, error) = run("16-providers", &["import", "instances.json", file, "definition.json"]);
        assert!(code == 0 && !toml.contains("[[services]]") && error.contains("web"), "{file}: {error}");
    }
}

#[test]
fn case_29_requirements_are_derived_one_for_each_kind() {
    let cases = [
        ("awslogs.json", "com.amazonaws.ecs.capability.logging-driver.awslogs"),
        ("taskrole.json", "com.amazonaws.ecs.capability.task-iam-role"),
        ("awsvpc.json", "ecs.capability.task-eni"),
    ];
    for (file, attribute) in cases {
        let (code, explained, _) =
            explain("29-derived-attributes", &["instances.json", file, "--task-definition", "t"]);
        assert_eq!((code, reasons(&explained, FIRST).first().copied()), (1, Some("ATTRIBUTE")), "{file}");
        assert!(explained.to_string().contains(attribute), "{file}");
    }
}

#[test]
fn case_36_instances_made_from_a_type_have_what_a_current_agent_registers() {
    let (code, explained, _) = explain("36-what-if-new-instances", &["what-if.toml", "--service", "web"]);
    assert_eq!((code, explained["equally_good"].as_u64()), (0, Some(2)));
    let text = std::fs::read_to_string("tests/data/cases/36-what-if-new-instances/what-if.toml").unwrap();
    let on_new = |line: &String| line.contains("+ web on 1") || line.contains("+ web on 2");
    assert_eq!(diary(&text).lines.iter().filter(|line| on_new(line)).count(), 2);
    // Without them the attributes are what is missing.
    let bare = text.replacen("count = 2", "count = 2\nderived-attributes = false", 1);
    let lines = diary(&bare).lines;
    // The first instance has all that is required: its memory is the reason, not what the others lack.
    assert!(lines.iter().any(|line| line.ends_with("! web RESOURCE:CPU")), "{lines:?}");
}

#[test]
fn case_55_a_disconnected_instance_stays_active_with_its_tasks_and_gets_no_new_ones() {
    let (code, out, error) =
        run("55-agent-disconnected", &["query", "agentConnected == false", "ci.json", "tasks.json", "td.json"]);
    assert!(code == 0 && out.contains("ACTIVE") && !out.contains("DRAINING"), "{out}{error}");
    let files = ["ci3.json", "tasks.json", "td.json", "svc.json"];
    let (code, explained, _) = explain("55-agent-disconnected", &[&files[..], &["--service", "web"]].concat());
    assert_eq!((code, reasons(&explained, "53ac7152"), explained["chosen"].as_str()), (0, vec!["AGENT"], Some("aaaa")));
    let (code, toml, error) = run("55-agent-disconnected", &[&["import"], &files[..]].concat());
    assert!(code == 0 && toml.contains("agent-connected = false") && !toml.contains("DRAINING"), "{toml}");
    assert!(error.contains("their tasks stay and count"), "{error}");
    // Its task counts towards the one that the service wants: nothing starts and nothing stops.
    let lines = diary(&toml).lines;
    assert_eq!(lines, ["0 + web on 0"]);
    let more = diary(&toml.replacen("desired-count = 1", "desired-count = 3", 1)).lines;
    assert_eq!(more[1..], ["0 + web on 1", "0 + web on 1"], "new ones go to the other instance");
    let (code, _, error) = run("55-agent-disconnected", &["check", "agent-running.toml"]);
    assert_eq!(code, 0, "{error}");
}

#[test]
fn case_57_an_interface_needs_its_attribute_before_it_needs_a_slot() {
    let (code, explained, _) = explain("57-task-eni", &["ci2.json", "td2.json", "--task-definition", "v"]);
    assert_eq!((code, reasons(&explained, "aaaa")[0]), (1, "ATTRIBUTE"));
    let told = |file: &str| {
        let text = std::fs::read_to_string(format!("tests/data/cases/57-task-eni/{file}")).unwrap();
        diary(&text).lines
    };
    assert!(told("awsvpc-noattr.toml").iter().all(|line| line.ends_with("! v ATTRIBUTE")));
    // The agent is there, and the instance has no slot.
    let lines = told("eni0.toml");
    assert!(!lines.is_empty() && lines.iter().all(|line| line.ends_with("! v RESOURCE:ENI")), "{lines:?}");
}
