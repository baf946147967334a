//! Results folders that two write into, that were killed, edited or swapped, and that hold something else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Said, stored_run, stored_runs, stowplan};

const SCENARIO: &str = r#"
name = "NAME"
description = "Two policies on a drawn load."
seeds = 3
horizon = "2h"
[cluster]
zones = ["a", "b"]
[[cluster.instances]]
cpu = 4096
memory = 8192
count = 6
[[task-definitions]]
family = "t"
cpu = 256
memory = 512
[[tasks]]
task-definition = "t"
count = 300
arrivals = { model = "poisson", rate-per-hour = 200 }
lifetime = { model = "lognormal", median = "5m", p99 = "1h" }
[[policies]]
name = "pack"
template = "binpack"
[[policies]]
name = "spread"
template = "az-balanced-spread"
"#;

struct Folder {
    root: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for name in ["one", "other"] {
            std::fs::write(root.path().join(format!("{name}.toml")), SCENARIO.replace("NAME", name)).unwrap();
        }
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn ran(&self, arguments: &[&str]) -> Said {
        Said::by(&mut stowplan(self.root.path(), 120, arguments))
    }

    /// Runs a scenario into the folder `r`.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let all: Vec<&str> =
            ["run", "one.toml", "--out", "r", "--no-pictures"].iter().chain(arguments).copied().collect();
        let Said { code, text: said } = self.ran(&all);
        assert_eq!(code, 0, "{said}");
        said
    }

    /// Every table of the folder `r`, without the one of wall-clock figures.
    fn tables(&self) -> BTreeMap<String, Vec<u8>> {
        tables(&self.path("r"))
    }
}

fn tables(results: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(results).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let named = entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path));
    named.filter(|(name, _)| name != "timings.csv").map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
}

#[track_caller]
fn same(expected: &BTreeMap<String, Vec<u8>>, found: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (name, bytes) in expected {
        assert!(*bytes == found[name], "{name} differs");
    }
}

#[test]
fn a_folder_that_somebody_writes_into_is_left_alone() {
    let folder = Folder::new();
    let mut first = Command::new(env!("CARGO_BIN_EXE_stowplan"))
        .current_dir(folder.root.path())
        .args(["run", "one.toml", "--out", "r", "--seeds", "100000", "--no-pictures", "--threads", "1"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while stored_runs(&folder.path("r")).is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let words = ["another `stowplan` is writing into `r`", "--out"];
    for arguments in
        [&["run", "one.toml", "--out", "r"][..], &["run", "one.toml", "--out", "r", "--force"], &["report", "r"]]
    {
        folder.ran(arguments).check(2, &words);
    }
    folder.ran(&["run", "other.toml", "--out", "r"]).check(2, &["holds the results of scenario `one`"]);
    first.kill().unwrap();
    first.wait().unwrap();
    folder.run(&[]);
}

#[test]
fn a_folder_of_another_scenario_is_kept_unless_forced() {
    let folder = Folder::new();
    folder.run(&["--events"]);
    let before = folder.tables();
    let words = ["`r` holds the results of scenario `one`, and this is `other`", "--out", "--force"];
    folder.ran(&["run", "other.toml", "--out", "r"]).check(2, &words);
    same(&before, &folder.tables());
    folder.ran(&["run", "other.toml", "--out", "r", "--force", "--no-pictures"]).check(0, &[]);
    let manifest = String::from_utf8(folder.tables().remove("manifest.json").unwrap()).unwrap();
    assert!(manifest.contains("\"name\": \"other\""), "{manifest}");
    assert!(!folder.path("r/events.csv").exists(), "what was not asked for now is not there");
}

/// The bytes of a command do not depend on what the folder held; nothing that is not asked for now is lost.
#[test]
fn what_is_not_asked_for_now_stays_stored() {
    let (folder, fresh) = (Folder::new(), Folder::new());
    folder.run(&[]);
    assert_eq!(stored_runs(&folder.path("r")).len(), 6);
    let said = folder.run(&["--policy", "spread", "--seeds", "2"]);
    assert!(said.contains("note: 2 of 2 runs stored already"), "{said}");
    fresh.run(&["--policy", "spread", "--seeds", "2"]);
    same(&fresh.tables(), &folder.tables());
    assert_eq!(stored_runs(&folder.path("r")).len(), 6);

    let said = folder.run(&["--seeds", "4", "--events"]);
    assert!(!said.contains("stored already"), "an event log needs the runs themselves: {said}");
    fresh.run(&["--seeds", "4", "--events"]);
    same(&fresh.tables(), &folder.tables());

    let said = folder.run(&["--force"]);
    assert!(!said.contains("stored already"), "{said}");
}

#[test]
fn a_changed_scenario_of_the_same_name_finds_nothing_stored_and_loses_nothing() {
    let folder = Folder::new();
    folder.run(&[]);
    let before = folder.tables();
    let text = std::fs::read_to_string(folder.path("one.toml")).unwrap();
    std::fs::write(folder.path("one.toml"), text.replace("count = 6", "count = 7")).unwrap();
    let said = folder.run(&[]);
    assert!(!said.contains("stored already"), "{said}");
    std::fs::write(folder.path("one.toml"), text).unwrap();
    let said = folder.run(&[]);
    assert!(said.contains("6 of 6 runs stored already"), "{said}");
    same(&before, &folder.tables());
}

/// Swapped policies, copied records and edited figures: each is found, said, and repeated by `run`.
#[test]
fn records_that_are_not_their_runs_are_found() {
    type Meddling = fn(&Path);
    let meddlings: [(&str, Meddling); 4] = [
        ("it is the outcome of another run", |results| {
            let (a, b) = (stored_run(results, "pack", 1), stored_run(results, "spread", 1));
            let bytes = std::fs::read(&a).unwrap();
            std::fs::copy(&b, &a).unwrap();
            std::fs::write(b, bytes).unwrap();
        }),
        ("it is the outcome of another run", |results| {
            std::fs::copy(stored_run(results, "pack", 2), stored_run(results, "pack", 1)).unwrap();
        }),
        ("its checksum does not hold", |results| {
            let path = stored_run(results, "pack", 1);
            let text = std::fs::read_to_string(&path).unwrap();
            let figures = text.find("\"figures\":[\"").unwrap() + "\"figures\":[\"".len();
            let mut bytes = text.into_bytes();
            bytes[figures] = if bytes[figures] == b'9' { b'8' } else { b'9' };
            std::fs::write(path, bytes).unwrap();
        }),
        ("it is cut off or no outcome", |results| std::fs::write(stored_run(results, "pack", 1), "").unwrap()),
    ];
    for (words, meddle) in meddlings {
        let folder = Folder::new();
        folder.run(&[]);
        let before = folder.tables();
        meddle(&folder.path("r"));
        folder.ran(&["compare", "r"]).check(2, &[words, "policy `pack`, seed 1"]);
        folder.ran(&["report", "r"]).check(2, &[words, "policy `pack`, seed 1"]);
        let said = folder.run(&[]);
        assert!(said.contains(words) && said.contains("it is run again"), "{said}");
        same(&before, &folder.tables());
    }
}

/// An event log that was cut off, changed or swapped beside its outcome is not joined: its run is repeated.
#[test]
fn an_event_log_that_is_not_its_runs_is_written_again() {
    let folder = Folder::new();
    folder.run(&["--events"]);
    let before = folder.tables();
    // As a run leaves it that is killed before its tables are there.
    folder.run(&["--force", "--events"]);
    let runs = stored_runs(&folder.path("r"));
    let log = runs[0].with_extension("events.csv");
    std::fs::write(&log, "0,0,a row of nobody\n").unwrap();
    folder.run(&["--events"]);
    same(&before, &folder.tables());
    assert!(!log.exists(), "logs go once they are joined");
}

#[test]
fn report_and_compare_work_from_the_tables_alone() {
    let folder = Folder::new();
    folder.run(&[]);
    let expected = folder.ran(&["compare", "r", "--quiet"]).text;
    // Whether a run was steady is read off its samples, which `runs.csv` does not have.
    let (expected, _) = expected.split_once("  No steady state").unwrap();
    let before = folder.tables();
    std::fs::remove_dir_all(folder.path("r/.store")).unwrap();
    std::fs::remove_file(folder.path("r/summary.csv")).unwrap();
    folder.ran(&["compare", "r", "--quiet"]).check(0, &[expected]);
    folder.ran(&["report", "r"]).check(0, &["summary.csv", "headline.png", "there is no store", "`report.html`"]);
    assert!(before["summary.csv"] == folder.tables()["summary.csv"], "the same summary from the table of runs");
    std::fs::write(folder.path("r/runs.csv"), "run\n").unwrap();
    folder.ran(&["compare", "r"]).check(2, &["`runs.csv` is not as it was written", "run the scenario again"]);
}

#[test]
fn a_report_of_what_is_not_complete_does_not_say_so() {
    let folder = Folder::new();
    folder.run(&["--events"]);
    std::fs::remove_file(folder.path("r/events.csv")).unwrap();
    folder.ran(&["report", "r"]).check(0, &["`events.csv` was asked for and is not there"]);
    let manifest = std::fs::read_to_string(folder.path("r/manifest.json")).unwrap();
    assert!(manifest.contains("\"complete\": false"), "{manifest}");
}

/// A disk that is full in the middle of it: said with the file, and the same command goes on once there is room.
#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let (whole, folder) = (Folder::new(), Folder::new());
    whole.run(&["--events"]);
    let program = env!("CARGO_BIN_EXE_stowplan");
    // No file may grow beyond so many blocks of 512 bytes: the outcomes fit, then the event logs do not, then the tables.
    for blocks in [0, 4, 16, 40] {
        let limited = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {program} run one.toml --out r --no-pictures --events --threads 1"
        );
        let output = Command::new("sh").current_dir(folder.root.path()).args(["-c", &limited]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{blocks}: {error}");
        assert!(error.contains("File too large") && !error.contains("panicked"), "{blocks}: {error}");
    }
    folder.run(&["--events"]);
    same(&whole.tables(), &folder.tables());
}

/// A folder that is gone while it is written to is said; nothing panics.
#[test]
fn a_folder_that_vanishes_is_said() {
    let folder = Folder::new();
    let child = Command::new(env!("CARGO_BIN_EXE_stowplan"))
        .current_dir(folder.root.path())
        .args(["run", "one.toml", "--out", "r", "--seeds", "100000", "--no-pictures", "--threads", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while stored_runs(&folder.path("r")).is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    while folder.path("r").exists() {
        // Files that come while it is removed make it try again.
        let _ = std::fs::remove_dir_all(folder.path("r"));
    }
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("policy `pack`, seed ") && error.contains(".store"), "{error}");
    assert!(!error.contains("panicked"), "{error}");
}

/// Each kind of file with a flipped bit and cut in the middle: told, or made anew; never a panic, never another figure.
#[test]
fn every_kind_of_file_may_be_spoilt() {
    type Spoiling = fn(&mut Vec<u8>);
    let spoilt: [(&str, Spoiling); 2] = [
        ("a flipped bit", |bytes| {
            let at = bytes.len() / 2;
            bytes[at] ^= 1;
        }),
        ("cut", |bytes| bytes.truncate(bytes.len() / 2)),
    ];
    let folder = Folder::new();
    folder.run(&["--events"]);
    let expected = folder.tables();
    let compared = folder.ran(&["compare", "r", "--quiet"]).text;
    // With a manifest that asks for other outcomes than are stored, the tables answer, which know no steady state.
    let (figures, _) = compared.split_once("\n\n").unwrap();
    for (what, spoil) in spoilt {
        for name in expected.keys() {
            let path = folder.path("r").join(name);
            let mut bytes = expected[name].clone();
            spoil(&mut bytes);
            std::fs::write(&path, bytes).unwrap();
            let Said { code, text: said } = folder.ran(&["compare", "r", "--quiet"]);
            assert!(code == 2 || said.starts_with(figures), "{what}, {name}: {said}");
            assert!(!said.contains("panicked"), "{what}, {name}: {said}");
            std::fs::write(&path, &expected[name]).unwrap();
        }
    }
    folder.run(&["--events"]);
    same(&expected, &folder.tables());
}

/// First calls, second calls and second calls with `--force`, killed at moments all over: the folder goes on and ends as
/// one that was never disturbed, without a stray file.
#[test]
fn killed_at_any_moment_a_folder_goes_on() {
    let whole = Folder::new();
    whole.run(&["--events"]);
    let expected = whole.tables();
    let folder = Folder::new();
    for kill in 0..*KILLS {
        let force: &[&str] = if kill % 4 == 3 { &["--force"] } else { &[] };
        let threads = if kill % 2 == 0 { "1" } else { "2" };
        let mut child = Command::new(env!("CARGO_BIN_EXE_stowplan"))
            .current_dir(folder.root.path())
            .args(["run", "one.toml", "--out", "r", "--no-pictures", "--events", "--threads", threads])
            .args(force)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(u64::from(kill) * LONGEST_US / u64::from(*KILLS)));
        child.kill().unwrap();
        child.wait().unwrap();
        if kill % 5 == 4 {
            folder.run(&["--events"]);
            same(&expected, &folder.tables());
        }
    }
    folder.run(&["--events"]);
    same(&expected, &folder.tables());
    let hidden = std::fs::read_dir(folder.path("r")).unwrap().map(|entry| entry.unwrap().file_name());
    let hidden: Vec<_> = hidden.filter(|name| name.to_str().unwrap().starts_with('.')).collect();
    assert_eq!(hidden, [".store"], "no remainder stays");
    let stray = std::fs::read_dir(stored_runs(&folder.path("r"))[0].parent().unwrap()).unwrap();
    assert_eq!(stray.count(), 6, "the store holds the outcomes and nothing else");
}

/// Kills of one test run. `STOWPLAN_KILLS=1000 cargo test --test it killed_at_any_moment` does more.
static KILLS: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
    std::env::var("STOWPLAN_KILLS").map_or(20, |kills| kills.parse().expect("a number of kills"))
});
/// About what a whole call takes.
const LONGEST_US: u64 = 200_000;

/// A run that does not listen is left behind: strategies that scan, services without an arrival.
#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "how long a person waits is told by the clock")]
fn ctrl_c_is_heard_within_half_a_second_in_a_run_that_does_not_listen() {
    let root = tempfile::tempdir().unwrap();
    let text = r#"
        name = "deaf"
        description = "One moment that takes long: a service that scans a large cluster."
        seeds = 1
        horizon = "1h"
        [cluster]
        zones = ["a"]
        [[cluster.instances]]
        cpu = 100000
        memory = 100000
        count = 20000
        [[task-definitions]]
        family = "t"
        cpu = 1
        memory = 1
        [[services]]
        name = "s"
        task-definition = "t"
        desired-count = 400000
        [[policies]]
        name = "p"
        baseline = "fgd"
    "#;
    std::fs::write(root.path().join("deaf.toml"), text).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_stowplan"))
        .current_dir(root.path())
        .args(["run", "deaf.toml", "--out", "r", "--no-pictures"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !root.path().join("r/manifest.json").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(300));
    let pressed = std::time::Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{error}");
    assert!(error.contains("interrupted: 0 of 1 run complete in r"), "{error}");
    // Half a second on a machine of its own; the machine that tests is shared.
    assert!(pressed.elapsed() < Duration::from_secs(3), "{:?}", pressed.elapsed());
}
