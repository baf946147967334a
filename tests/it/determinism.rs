//! The same bytes, whatever the number of threads, the process or an interruption; and loads that do not see the policy.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;

use crate::support::scenario;

const SCENARIO: &str = r#"
    name = "small"
    description = "A little of everything."
    seeds = 3
    horizon = "1h"
    [cluster]
    zones = ["a", "b", "c"]
    [[cluster.instances]]
    type = "m5.large"
    count = 9
    [[task-definitions]]
    family = "small"
    cpu = 256
    memory = 512
    [[task-definitions]]
    family = "big"
    cpu = 1024
    memory = 3000
    [[services]]
    name = "api"
    task-definition = "small"
    desired-count = 12
    [[tasks]]
    shapes = [{ task-definition = "small", weight = 3 }, { task-definition = "big", weight = 1 }]
    count = 400
    arrivals = { model = "poisson", rate-per-hour = 300 }
    lifetime = { model = "lognormal", median = "3m", p99 = "1h" }
    [[happenings]]
    at = "20m"
    zone-lost = "b"
    [[happenings]]
    at = "30m"
    zone-returned = "b"
    [[policies]]
    name = "spread"
    template = "az-balanced-spread"
    [[policies]]
    name = "pack"
    template = "binpack"
    [[policies]]
    name = "random"
    template = "random"
"#;

/// Runs the scenario into a folder of its own and answers every file but the timings.
fn run(folder: &Path, arguments: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let file = folder.join("small.toml");
    std::fs::write(&file, SCENARIO).unwrap();
    let out = folder.join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    command.arg("run").arg(&file).arg("--out").arg(&out).arg("--quiet").args(arguments);
    command.assert().success();
    files(&out)
}

fn files(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(out).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() && name != "timings.csv" {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    files
}

fn assert_equal(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in a {
        assert!(*bytes == b[name], "{name} differs");
    }
}

#[test]
fn p24_p25_same_bytes_for_any_number_of_threads_in_any_process() {
    let [one, two, many] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let expected = run(one.path(), &["--threads", "1", "--events"]);
    for name in ["manifest.json", "runs.csv", "events.csv", "headline.png", "utilisation.svg", "fleet-pack.png"] {
        assert!(expected.contains_key(name), "no {name}");
    }
    assert_equal(&expected, &run(two.path(), &["--threads", "2", "--events"]));
    assert_equal(&expected, &run(many.path(), &["--threads", "7", "--events"]));
}

/// A killed experiment goes on from the runs that are stored: some are taken away here, as if they had not finished.
#[test]
fn an_interrupted_experiment_goes_on_and_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let expected = run(folder.path(), &["--events"]);
    let out = folder.path().join("out");
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    std::fs::write(out.join("manifest.json"), manifest.replace("\"complete\": true", "\"complete\": false")).unwrap();
    let stored: Vec<_> = std::fs::read_dir(out.join(".store")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let records: Vec<_> = stored.iter().filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    assert_eq!(records.len(), 9);
    records[4..].iter().for_each(|path| std::fs::remove_file(path).unwrap());
    assert_equal(&expected, &run(folder.path(), &["--events"]));
}

#[test]
fn a_report_is_rebuilt_from_the_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let expected = run(folder.path(), &[]);
    let out = folder.path().join("out");
    std::fs::remove_file(folder.path().join("small.toml")).unwrap();
    for name in expected.keys().filter(|name| !["manifest.json", "instances.csv"].contains(&name.as_str())) {
        std::fs::remove_file(out.join(name)).unwrap();
    }
    Command::new(env!("CARGO_BIN_EXE_stowplan")).arg("report").arg(&out).assert().success();
    assert_equal(&expected, &files(&out));
}

#[test]
fn p28_another_policy_or_seed_changes_no_row_of_the_others() {
    let [all, some] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let all = run(all.path(), &[]);
    let some = run(some.path(), &["--policy", "pack", "--seeds", "2"]);
    let rows = |files: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
        let text = String::from_utf8(files["runs.csv"].clone()).unwrap();
        let pack = text.lines().filter(|line| line.contains(",pack,"));
        // The run's number is its position in the plan, which is another one.
        pack.map(|line| line.split_once(',').unwrap().1.to_owned()).collect()
    };
    assert_eq!(rows(&some).len(), 2);
    assert_eq!(rows(&all)[..2], rows(&some)[..]);
}

/// Promise 3: all policies of a seed face the same arrivals, shapes and lives.
#[test]
fn every_policy_of_a_seed_faces_the_same_load() {
    use stowplan::model::Requests;
    use stowplan::workload::Workload;
    let scenario = scenario(SCENARIO);
    let load = |policy: usize, seed: u32| {
        let requests = Requests::compile(&scenario, &scenario.policies[policy]);
        Workload::new(&scenario, &requests, seed).collect::<Vec<_>>()
    };
    assert_eq!(load(0, 1), load(2, 1));
    assert_ne!(load(0, 1), load(0, 2));
    assert!(load(0, 1).len() > 200);
}
