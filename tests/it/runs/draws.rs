//! What is drawn follows from what a thing is: no name of a scenario and no place in its file changes a draw, and both
//! engines draw alike.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{ran, stowplan};

const HEAD: &str = r#"
description = "Services and tasks under policies that draw."
seeds = 2
horizon = "3h"
[cluster]
zones = ["a", "b", "c"]
[[cluster.instances]]
cpu = 4096
memory = 8192
count = 18
[[cluster.instances]]
cpu = 2048
memory = 8192
count = 7
attributes = { stack = "prod" }
[[task-definitions]]
family = "web"
cpu = 512
memory = 1024
[[task-definitions]]
family = "job"
cpu = 700
memory = 900
[[task-definitions]]
family = "port"
cpu = 128
memory = 256
ports = ["8080/tcp"]
[[services]]
name = "web"
task-definition = "web"
desired-count = 9
desired = [{ at = "1h", count = 4 }]
"#;

const JOBS: &str = r#"
[[tasks]]
task-definition = "job"
arrivals = { model = "poisson", rate-per-hour = 60 }
lifetime = { model = "exponential", mean = "40m" }
"#;

const PORTS: &str = r#"
[[tasks]]
task-definition = "port"
arrivals = { model = "poisson", rate-per-hour = 30 }
lifetime = { model = "exponential", mean = "30m" }
"#;

const LOST: &str = r#"
[[happenings]]
at = "90m"
zone-lost = "b"
"#;

const POLICIES: &str = r#"
[[policies]]
name = "random"
template = "random"
[[policies]]
name = "pack"
template = "az-balanced-binpack"
[[policies]]
name = "spread"
template = "az-balanced-spread"
[[policies]]
name = "host"
template = "one-task-per-host"
[[policies]]
name = "pack-then-random"
placementStrategy = [{ type = "binpack", field = "cpu" }, { type = "random" }]
[[policies]]
name = "stacks"
placementStrategy = [{ type = "spread", field = "attribute:stack" }, { type = "random" }]
"#;

const RANDOM_TIES: &str = "[options]\ntie-break = \"random\"\n";

fn run(folder: &Path, file: &str, scenario: &str, more: &[&str]) {
    std::fs::write(folder.join(file), scenario).unwrap();
    let out = file.strip_suffix(".toml").unwrap();
    let mut arguments = vec!["run", file, "--out", out, "--quiet", "--no-pictures", "--events"];
    arguments.extend_from_slice(more);
    let (code, _, error) = ran(&mut stowplan(folder, 100, &arguments));
    assert_eq!(code, 0, "{error}");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The manifest without the ways in which an engine finds instances, which are its own.
fn without_paths(manifest: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(manifest).unwrap();
    for policy in value["policies"].as_array_mut().unwrap() {
        policy.as_object_mut().unwrap().remove("paths");
    }
    value.to_string()
}

/// Every file but `timings.csv`, byte for byte, and the manifest but for the name and the ways of the engine.
#[test]
fn the_reference_engine_writes_the_same_bytes_under_random_rules_and_ties() {
    let folder = tempfile::tempdir().unwrap();
    for options in ["", RANDOM_TIES] {
        let scenario = format!("name = \"engines\"\n{HEAD}{JOBS}{PORTS}{LOST}{POLICIES}{options}");
        run(folder.path(), "fast.toml", &scenario, &["--force"]);
        run(folder.path(), "reference.toml", &scenario, &["--engine", "reference", "--force"]);
        let mut compared = 0;
        for entry in std::fs::read_dir(folder.path().join("fast")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name == "timings.csv" || name.starts_with('.') {
                continue;
            }
            let [fast, reference] =
                ["fast", "reference"].map(|engine| read(folder.path(), &format!("{engine}/{name}")));
            let reference = reference
                .replace(r#""engine": "reference""#, r#""engine": "fast""#)
                .replace("reference.toml", "fast.toml");
            let same = match name.as_str() {
                "manifest.json" => without_paths(&fast) == without_paths(&reference),
                _ => fast == reference,
            };
            assert!(same, "{name} differs between the engines");
            compared += 1;
        }
        assert!(compared > 8, "{compared} files");
        let events = read(folder.path(), "fast/events.csv");
        assert!(events.lines().filter(|line| line.contains(",placed,")).count() > 500);
    }
}

/// The events of one kind of task but their numbers and places: when which came and how long it ran.
fn events_of(folder: &Path, out: &str, group: &str) -> String {
    let mut reader = csv::Reader::from_path(folder.join(out).join("events.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (run, time, event, of) = (column("run"), column("time_s"), column("event"), column("group"));
    let mut text = String::new();
    for row in reader.records().map(Result::unwrap).filter(|row| &row[of] == group && &row[event] != "waiting") {
        let _ = writeln!(text, "{} {} {}", &row[run], &row[time], &row[event]);
    }
    text
}

#[test]
fn a_renamed_scenario_is_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "another"] {
        let scenario = format!("name = \"{name}\"\n# {name}\n{HEAD}{JOBS}{PORTS}{LOST}{POLICIES}{RANDOM_TIES}");
        run(folder.path(), &format!("{name}.toml"), &scenario, &[]);
    }
    for table in ["runs.csv", "events.csv", "services.csv"] {
        assert!(read(folder.path(), &format!("one/{table}")) == read(folder.path(), &format!("another/{table}")));
    }
    let (code, out, error) = ran(&mut stowplan(folder.path(), 120, &["compare", "one", "another"]));
    assert!(code == 0 && out.contains("paired over 2 seeds") && !error.contains("another load"), "{out}{error}");
}

#[test]
fn a_table_more_draws_nothing_else_anew() {
    let folder = tempfile::tempdir().unwrap();
    let policy = "[[policies]]\nname = \"random\"\ntemplate = \"random\"\n";
    let service = "[[services]]\nname = \"more\"\ntask-definition = \"web\"\ndesired-count = 2\n";
    let plain = format!("name = \"plain\"\n{HEAD}{JOBS}{policy}");
    let more = format!("name = \"more\"\n{HEAD}{service}{PORTS}{JOBS}{LOST}{policy}");
    run(folder.path(), "plain.toml", &plain, &[]);
    run(folder.path(), "more.toml", &more, &[]);
    let arrivals = |out| {
        let events = events_of(folder.path(), out, "family:job");
        let placed = events.lines().filter(|line| line.ends_with(" placed"));
        placed.map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(arrivals("plain").len() > 200, "there are jobs");
    assert_eq!(arrivals("plain"), arrivals("more"));
    // The loads as a whole are different ones: nothing is paired, and that is said.
    let (code, _, error) = ran(&mut stowplan(folder.path(), 120, &["compare", "plain", "more"]));
    assert!(code == 2 && error.contains("no seed has the same load in both folders"), "{error}");
}
