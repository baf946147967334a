//! The path of a planner, from documents to answers, in commands as the README has them: pasted into a shell.

use std::path::Path;
use std::process::Command;

/// The heading of the README's section.
const HEADING: &str = "## From a cluster to an answer";

/// The commands of the README's section, but the one that asks an AWS account: what it leaves is there already.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once(HEADING).expect("the README has the path of a planner");
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with("stowplan "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_commands_of_a_planner_run_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let collected = folder.path().join("prod");
    std::fs::create_dir(&collected).unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cluster");
    let names = [
        ("container-instances.json", "instances.json"),
        ("tasks.json", "tasks.json"),
        ("services.json", "services.json"),
        ("task-definitions.json", "definitions.json"),
    ];
    for (from, to) in names {
        std::fs::copy(data.join(from), collected.join(to)).unwrap();
    }
    let commands = commands();
    assert!(commands.len() >= 4, "{commands:?}");
    let built = Path::new(env!("CARGO_BIN_EXE_stowplan")).parent().unwrap();
    let path = format!("{}:{}", built.display(), std::env::var("PATH").unwrap_or_default());
    for command in &commands {
        let output =
            Command::new("sh").args(["-c", command]).current_dir(folder.path()).env("PATH", &path).output().unwrap();
        // An answer may be no; a command that could not run is no path.
        let is_no = output.status.code() == Some(1) && command.starts_with("stowplan explain");
        assert!(output.status.success() || is_no, "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(std::fs::read_to_string(folder.path().join("collect.sh")).unwrap().starts_with("#!/bin/sh"));
    assert!(folder.path().join("results/prod/fleet.csv").exists());
}
