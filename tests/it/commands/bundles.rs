//! The bundle of an answer is checked again by `stowplan audit`: right as it was written, and wrong with any part changed.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::support::{ran, stowplan};

const SCENARIO: &str = r#"
name = "small"
[cluster]
zones = ["a", "b"]
nodes = "nodes.csv"
[[task-definitions]]
family = "web"
cpu = 512
memory = 1024
[[task-definitions]]
family = "job"
cpu = 300
memory = 900
[[services]]
name = "web"
task-definition = "web"
desired-count = 9
[[tasks]]
task-definition = "job"
count = 7
[[policies]]
name = "packed"
placementStrategy = [{ type = "binpack", field = "memory" }]
[[policies]]
name = "drawn"
placementStrategy = [{ type = "random" }]
"#;

fn world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.toml"), SCENARIO).unwrap();
    let node = |number: usize| format!("n{number},{},2048,4096\n", ["a", "b"][number % 2]);
    let nodes = (0..12).map(node).collect::<String>();
    std::fs::write(folder.path().join("nodes.csv"), "node_id,zone,cpu_units,memory_mib\n".to_owned() + &nodes).unwrap();
    folder
}

fn bundled(question: &[&str]) -> tempfile::TempDir {
    let folder = world();
    let (code, out, error) = ran(&mut stowplan(folder.path(), 80, &[question, &["--bundle", "b"]].concat()));
    assert!(code < 2, "{out}{error}");
    folder
}

fn audit(folder: &Path) -> (i32, String, String) {
    ran(&mut stowplan(folder, 80, &["audit", "b", "--quiet"]))
}

/// Changes a file of the bundle; whoever does so changes its digest too.
fn change(folder: &Path, name: &str, change: impl Fn(String) -> String) {
    let bundle = folder.join("b");
    let read = |name: &str| std::fs::read_to_string(bundle.join(name)).unwrap();
    let digest = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let old = read(name);
    let new = change(old.clone());
    assert_ne!(old, new, "{name}: nothing is changed");
    std::fs::write(bundle.join(name), &new).unwrap();
    let index = read("bundle.json").replace(&digest(&old), &digest(&new));
    std::fs::write(bundle.join("bundle.json"), index).unwrap();
}

#[track_caller]
fn check_caught(name: &str, tamper: impl Fn(String) -> String, expected: &str) {
    let folder = bundled(&["plan", "compact", "s.toml", "--quiet"]);
    change(folder.path(), name, tamper);
    let (code, out, error) = audit(folder.path());
    assert!(code == 1 && out.contains(expected), "{name}: {code}\n{out}{error}");
}

#[test]
fn what_is_not_told_of_placements_is_counted() {
    let folder = bundled(&["plan", "compact", "s.toml", "--policy", "packed", "--quiet"]);
    change(folder.path(), "placements.csv", |text| text.replace(",512,1024,", ",500,1024,"));
    let check = |show: &str, told: usize| {
        let (code, out, error) = ran(&mut stowplan(folder.path(), 80, &["audit", "b", "--quiet", "--show", show]));
        assert_eq!(code, 1, "{show}: {out}{error}");
        let lines = out.lines().filter(|line| line.starts_with("placements.csv: line")).count();
        assert_eq!(lines, told, "{show}: {out}");
        let more = out.lines().find_map(|line| line.strip_prefix("… and ")?.split(' ').next()?.parse::<usize>().ok());
        let all = out.lines().last().and_then(|line| line.split(' ').next()?.parse::<usize>().ok()).unwrap();
        assert!(more.is_some_and(|more| more > 0 && all >= more + told), "{show}: {out}");
    };
    check("0", 0);
    check("1", 1);
}

#[test]
fn a_bundle_is_right_as_it_was_written() {
    let folder = bundled(&["plan", "compact", "s.toml", "--load", "1.5x", "--quiet"]);
    let (code, out, error) = audit(folder.path());
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("5 files as they were written; the question was asked again"), "{out}");
    assert!(out.contains("packings, ") && out.contains("bounds proved by "), "{out}");
    let (_, json, _) = ran(&mut stowplan(folder.path(), 80, &["audit", "b", "--quiet", "--format", "json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    // 14 tasks of the service, and 10 or 11 jobs as a draw says, in each of the packings of two policies.
    let count = |what: &str| json[what].as_u64().unwrap();
    let tasks = count("packings") * 24..=count("packings") * 25;
    assert!(count("packings") >= 22 && tasks.contains(&count("placements")) && count("certificates") == 2, "{json}");
    // It needs nothing from where it was made.
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::rename(folder.path().join("b"), elsewhere.path().join("b")).unwrap();
    let (code, out, error) = audit(elsewhere.path());
    assert_eq!(code, 0, "{out}{error}");
    let (code, _, error) =
        ran(&mut stowplan(elsewhere.path(), 80, &["plan", "compact", "b/inputs/s.toml", "--bundle", "b"]));
    assert!(code == 2 && error.contains("is not empty"), "{error}");
}

#[test]
fn every_other_question_has_a_bundle_too() {
    for question in ["headroom", "zone-loss", "n-plus-one", "rules"] {
        let folder = bundled(&["plan", question, "s.toml", "--policy", "packed", "--quiet"]);
        let (code, out, error) = audit(folder.path());
        assert_eq!(code, 0, "{question}: {out}{error}");
        change(folder.path(), "answer.json", |text| text.replacen("\"headline\": \"", "\"headline\": \"not ", 1));
        let (code, out, _) = audit(folder.path());
        assert!(code == 1 && out.contains("asked again, `headline` is"), "{question}: {out}");
    }
}

#[test]
fn a_placement_that_was_moved_is_caught() {
    check_caught(
        "placements.csv",
        |text| text.replacen(",service:web,web,512,1024,", ",service:web,web,5120,1024,", 1),
        "check (P9-P14)",
    );
    let moved = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let row = lines.iter().position(|line| line.contains(",placed,")).unwrap();
        lines[row] = lines[row].replace("i-00000000,", "i-00000002,");
        lines.join("\n") + "\n"
    };
    check_caught("placements.csv", moved, "tie (P20)");
}

#[test]
fn figures_and_certificates_that_were_changed_are_caught() {
    // The last number of instances is that of a policy.
    let more = |text: String| {
        let at = text.rfind("\"instances\": ").unwrap() + 13;
        format!("{}1{}", &text[..at], &text[at..])
    };
    check_caught("answer.json", more, "by its orders, and");
    let dearer = |text: String| text.replacen("\"bound\": ", "\"bound\": 9", 1);
    check_caught("certificates.json", dearer, "proves nothing: its prices prove");
    let nothing = |text: String| {
        let from = text.find("\"worth\": ").unwrap() + 9;
        format!("{}1{}", &text[..from], &text[text[from..].find('\n').unwrap() + from..])
    };
    check_caught("certificates.json", nothing, "is worth more than the 1 it says");
    check_caught("inputs/s.toml", |text| text.replace("desired-count = 9", "desired-count = 8"), "asked again, ");
}

#[test]
fn files_that_are_not_as_they_were_are_told_by_name() {
    let folder = bundled(&["plan", "compact", "s.toml", "--quiet"]);
    let bundle = folder.path().join("b");
    std::fs::write(bundle.join("more.txt"), "x").unwrap();
    std::fs::write(
        bundle.join("inputs/nodes.csv"),
        std::fs::read_to_string(bundle.join("inputs/nodes.csv")).unwrap() + "\n",
    )
    .unwrap();
    let (code, out, error) = audit(folder.path());
    assert_eq!(code, 1, "{error}");
    assert!(out.contains("the file `more.txt` is none of the bundle's"), "{out}");
    assert!(out.contains("the file `inputs/nodes.csv` is not as it was written"), "{out}");
    std::fs::write(bundle.join("bundle.json"), "{}").unwrap();
    let (code, _, error) = audit(folder.path());
    assert!(code == 2 && error.contains("is no index of a bundle"), "{error}");
}
