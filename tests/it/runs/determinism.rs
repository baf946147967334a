//! The same bytes, whatever the number of threads, the process or an interruption; and loads that do not see the policy.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use assert_cmd::Command;

use crate::support::{self, scenario};

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

/// Starts a run of many seeds, waits until some are stored, and sends a signal. Answers how many were stored then.
fn interrupt(folder: &Path, signal: &str, seeds: &str) -> (usize, std::process::Output) {
    let (file, out) = (folder.join("small.toml"), folder.join("out"));
    std::fs::write(&file, SCENARIO).unwrap();
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_stowplan"))
        .arg("run")
        .args([&file, Path::new("--out"), &out])
        .args(["--events", "--threads", "1", "--seeds", seeds])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while stored(&out) < 3 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    (stored(&out), output)
}

fn stored(out: &Path) -> usize {
    support::stored_runs(out).len()
}

/// Seeds that take long enough for a signal to find most runs undone.
const MANY: &str = "60";
/// Runs of three policies under so many seeds.
const RUNS: usize = 180;

/// The files of a run of [`MANY`] seeds that nobody interrupts.
fn uninterrupted() -> &'static BTreeMap<String, Vec<u8>> {
    static FILES: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| run(tempfile::tempdir().unwrap().path(), &["--events", "--seeds", MANY]))
}

#[test]
fn a_killed_experiment_goes_on_and_ends_the_same() {
    let killed = tempfile::tempdir().unwrap();
    let (done, _) = interrupt(killed.path(), "-KILL", MANY);
    assert!((3..RUNS).contains(&done), "{done} of {RUNS} runs were done when it was killed");
    assert_equal(uninterrupted(), &run(killed.path(), &["--events", "--seeds", MANY]));
}

#[test]
fn ctrl_c_leaves_complete_rows_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (done, output) = interrupt(folder.path(), "-INT", MANY);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{error}");
    assert!(error.contains(&format!("interrupted: {done} of {RUNS} runs complete")), "{error}");
    let runs = std::fs::read_to_string(folder.path().join("out/runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), done + 1);
    let columns = runs.lines().next().unwrap().matches(',').count();
    assert!(runs.lines().all(|line| line.matches(',').count() == columns), "a row is not complete");
    assert_equal(uninterrupted(), &run(folder.path(), &["--events", "--seeds", MANY]));
}

#[test]
fn a_report_is_rebuilt_from_the_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let expected = run(folder.path(), &[]);
    let out = folder.path().join("out");
    std::fs::remove_file(folder.path().join("small.toml")).unwrap();
    // Names of instances are in no record.
    let named = ["manifest.json", "instances.csv", "fleet.csv", "unplaced.csv"];
    for name in expected.keys().filter(|name| !named.contains(&name.as_str())) {
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
