//! `stowplan import --anonymise`: nothing of a name is left, and every decision is the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use stowplan::aws::Texts;
use stowplan::aws::anonymise::anonymised;

fn data(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|file| file.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

fn stowplan(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_stowplan")).env("COLUMNS", "100").args(arguments).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn import(more: &[&str]) -> String {
    let files = data("cluster");
    let mut arguments = vec!["import"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    arguments.extend(more);
    stowplan(&arguments)
}

/// What is peculiar to the small cluster.
const PECULIAR: [&str; 12] = [
    "123456789012",
    "1111111111111111",
    "2222222222222222",
    "i-0111",
    "\"web",
    "service:web",
    "\"api",
    "report",
    "exporter",
    "prod",
    "cron",
    "web:1",
];

#[test]
fn no_name_is_left() {
    for text in [import(&["--anonymise"]), import(&["--anonymise", "--format", "json"])] {
        for name in PECULIAR {
            assert!(!text.contains(name), "{name} in {text}");
        }
        assert!(text.contains("family-1") && text.contains("service-1"), "{text}");
    }
    // The list above is of this cluster.
    let named = import(&["--format", "json"]);
    assert!(PECULIAR.iter().filter(|name| named.contains(**name)).count() > 8, "{named}");
}

/// The printed documents are documents: they import to the same scenario as the files, other names aside.
#[test]
fn the_documents_are_printed_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shown.json");
    std::fs::write(&file, import(&["--anonymise", "--format", "json"])).unwrap();
    assert_eq!(stowplan(&["import", file.to_str().unwrap()]), import(&["--anonymise"]));
    // A second time changes nothing: the new names are in order.
    let again = stowplan(&["import", "--anonymise", file.to_str().unwrap()]);
    assert_eq!(again, import(&["--anonymise"]));
}

/// Every event of a run, with instances by their place in the fleet and groups by their first mention.
fn events(toml: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("s.toml");
    std::fs::write(&scenario, toml).unwrap();
    let loaded = stowplan::scenario::parse(toml, Path::new("s.toml"), &[]).unwrap();
    let fleet = &loaded.scenario.fleet;
    let names: Vec<String> = fleet.ids().map(|id| fleet.name(id).into_owned()).collect();
    let out = folder.path().join("out");
    stowplan(&["run", scenario.to_str().unwrap(), "--out", out.to_str().unwrap(), "--events", "--no-pictures", "-q"]);
    let mut reader = csv::Reader::from_path(out.join("events.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let mut mentioned: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let mut row = Vec::new();
        for (header, value) in headers.iter().zip(&record.unwrap()) {
            // The attributes of an instance have other names, as they should.
            if value.starts_with('{') {
                continue;
            }
            let shown = match names.iter().position(|name| name == value) {
                Some(position) => format!("instance {position}"),
                None if matches!(header, "group" | "task_definition" | "definition" | "service") => {
                    let known = mentioned.iter().position(|name| name == value);
                    let position = known.unwrap_or_else(|| {
                        mentioned.push(value.to_owned());
                        mentioned.len() - 1
                    });
                    format!("{header} {position}")
                }
                None => value.to_owned(),
            };
            row.push(shown);
        }
        rows.push(row.join(","));
    }
    rows
}

#[test]
fn every_decision_is_the_same() {
    let (before, after) = (events(&import(&[])), events(&import(&["--anonymise"])));
    assert!(before.len() > 5, "{before:?}");
    assert_eq!(before, after);
}

/// Expressions, fields and groups follow the attributes and the names they speak of; patterns become lists.
#[test]
fn what_speaks_of_names_follows_them() {
    let text = r#"{"containerInstances": [
        {"containerInstanceArn": "arn:aws:ecs:eu-west-1:123456789012:container-instance/c/b", "ec2InstanceId": "i-2", "status": "ACTIVE",
         "attributes": [{"name": "stack", "value": "prod"}, {"name": "rank", "value": "7"}, {"name": "ecs.subnet-id", "value": "subnet-1"}, {"name": "ecs.instance-type", "value": "m5.large"}]},
        {"containerInstanceArn": "arn:aws:ecs:eu-west-1:123456789012:container-instance/c/a", "ec2InstanceId": "i-1", "status": "ACTIVE",
         "attributes": [{"name": "stack", "value": "preprod"}]}]}
        {"serviceName": "web", "taskDefinition": "web:3", "desiredCount": 1,
         "placementStrategy": [{"type": "spread", "field": "attribute:stack"}],
         "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:stack =~ .*prod and attribute:rank > 3 and not task:group == service:web"},
            {"type": "memberOf", "expression": "attribute:ecs.subnet-id == subnet-1 and attribute:ecs.instance-type =~ m5.*"},
            {"type": "memberOf", "expression": "attribute:stack =~ p.e.*"}]}"#;
    let mut texts = Texts::default();
    texts.read("x", text.as_bytes());
    assert_eq!(texts.problems, []);
    let renamed = anonymised(&texts).unwrap();
    let shown: String = renamed.parts.iter().map(|part| part.document.to_json()).collect();
    let expected = [
        "\"field\": \"attribute:attribute-2\"",
        "attribute:attribute-2 =~ (value-1|value-2) and attribute:attribute-1 > 3 and not task:group == service:service-1",
        "attribute:ecs.subnet-id == value-3 and attribute:ecs.instance-type =~ m5.*",
        "attribute:attribute-2 =~ (value-1)",
        "\"taskDefinition\": \"family-1:3\"",
        "container-instance/cluster-1/00000000000000000000000000000002",
        "\"ec2InstanceId\": \"i-00000000000000002\"",
        "arn:aws:ecs:eu-west-1:000000000001:",
    ];
    for piece in expected {
        assert!(shown.contains(piece), "{piece} not in {shown}");
    }
}
