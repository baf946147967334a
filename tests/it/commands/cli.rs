//! The command line: arguments, exit codes, messages.

use std::path::Path;

use assert_cmd::Command;

use crate::support::{self, ran};

const MINIMAL: &str = r#"
name = "minimal"
description = "One instance, three tasks."
seeds = 1
[cluster]
zones = ["a"]
[[cluster.instances]]
cpu = 1024
memory = 1024
count = 1
[[task-definitions]]
family = "t"
cpu = 512
memory = 512
[[tasks]]
task-definition = "t"
count = 3
[[policies]]
name = "pack"
template = "binpack"
"#;

fn stowplan(folder: &Path, arguments: &[&str]) -> Command {
    support::stowplan(folder, 100, arguments)
}

/// Runs in a folder with `minimal.toml` and answers exit code, standard output and standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    ran(&mut stowplan(folder, arguments))
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn run_prints_a_table_and_leaves_a_folder_in_results() {
    let folder = folder_with(&[("minimal.toml", MINIMAL)]);
    let (code, out, error) = run(folder.path(), &["run", "minimal.toml"]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("pack") && out.contains("never placed"), "{out}");
    assert!(error.contains("results: results/minimal"), "{error}");
    for file in [
        "manifest.json",
        "instances.csv",
        "runs.csv",
        "summary.csv",
        "timeseries.csv",
        "failures.csv",
        "services.csv",
        "shapes.csv",
        "frontier.csv",
        "timings.csv",
    ] {
        assert!(folder.path().join("results/minimal").join(file).is_file(), "no {file}");
    }
    let failures = std::fs::read_to_string(folder.path().join("results/minimal/failures.csv")).unwrap();
    assert_eq!(
        failures,
        "run,group,reason,tasks_refused,tasks_never_placed,attempts_failed\n0,family:t,RESOURCE:CPU,1,1,1\n"
    );
}

#[test]
fn programs_get_json_and_csv_on_standard_output_alone() {
    let folder = folder_with(&[("minimal.toml", MINIMAL)]);
    let (_, json, _) = run(folder.path(), &["run", "minimal.toml", "--format", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let placed = rows.as_array().unwrap().iter().find(|row| row["metric"] == "tasks_placed").unwrap();
    assert_eq!((placed["policy"].as_str(), placed["mean"].as_f64()), (Some("pack"), Some(2.0)));
    let (_, csv, _) = run(folder.path(), &["run", "minimal.toml", "--format", "csv"]);
    assert!(
        csv.starts_with("policy,metric,n,mean,low,high,p50,p90,min,max,censored\npack,tasks_placed,1,2,,,2,2,2,2,0\n"),
        "{csv}"
    );
}

#[test]
fn a_bad_scenario_shows_all_its_problems_and_writes_nothing() {
    let text = MINIMAL.replace("zones = [\"a\"]", "zones = [\"a\"]\nzoness = 1").replace("cpu = 512", "cpu = -5");
    let folder = folder_with(&[("minimal.toml", &text)]);
    let (code, out, error) = run(folder.path(), &["run", "minimal.toml"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(error.contains("zoness") && error.contains("-5"), "{error}");
    assert!(error.contains("error: scenario `minimal.toml` cannot run: 2 errors"), "{error}");
    assert!(!folder.path().join("results").exists(), "nothing is written");
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let folder = folder_with(&[("minimal.toml", MINIMAL)]);
    let other = folder.path().join("thesis");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("chapter.txt"), "words").unwrap();
    let (code, _, error) = run(folder.path(), &["run", "minimal.toml", "--out", "thesis"]);
    assert_eq!(code, 2);
    assert!(error.contains("thesis") && error.contains("--out") && error.contains("--force"), "{error}");
    assert_eq!(std::fs::read_dir(&other).unwrap().count(), 1);
    assert_eq!(run(folder.path(), &["run", "minimal.toml", "--out", "thesis", "--force", "--quiet"]).0, 0);
    assert_eq!(std::fs::read_to_string(other.join("chapter.txt")).unwrap(), "words");
}

#[test]
fn exit_codes_are_a_contract() {
    let failing =
        format!("{MINIMAL}\n[expected]\nchecks = [{{ policy = \"pack\", metric = \"tasks_placed\", at-least = 3 }}]\n");
    let folder = folder_with(&[("minimal.toml", MINIMAL), ("failing.toml", &failing)]);
    let code = |arguments: &[&str]| run(folder.path(), arguments).0;
    assert_eq!(code(&["run", "minimal.toml"]), 0);
    assert_eq!(code(&["run", "failing.toml"]), 1);
    assert_eq!(code(&["run", "absent.toml"]), 2);
    assert_eq!(code(&["run", "minimal.toml", "--policy", "nosuch"]), 2);
    assert_eq!(code(&["run", "minimal.toml", "--threads", "0"]), 2);
    // As many as a scenario may ask for: more would want more memory than there is.
    assert_eq!(code(&["run", "minimal.toml", "--seeds", "100001"]), 2);
    assert_eq!(code(&["check", "minimal.toml"]), 0);
    assert_eq!(code(&["check", "absent.toml"]), 2);
    assert_eq!(code(&["compare", "minimal.toml"]), 2);
    assert_eq!(code(&["report", "results"]), 2);
    assert_eq!(code(&["--nosuch"]), 2);
    assert_eq!(code(&["--version"]), 0);
    let (_, _, error) = run(folder.path(), &["run", "failing.toml"]);
    assert!(error.contains("expectation failed: pack: tasks_placed is 2, expected at least 3"), "{error}");
}

#[test]
fn a_policy_that_is_not_there_is_named_beside_those_that_are() {
    let folder = folder_with(&[("minimal.toml", MINIMAL)]);
    let (_, _, error) = run(folder.path(), &["run", "minimal.toml", "--policy", "nosuch"]);
    assert_eq!(error, "error: the scenario has no policy `nosuch`; it has `pack`\n");
}

#[test]
fn compare_reads_the_folder_of_a_run() {
    let text = format!("{MINIMAL}\n[[policies]]\nname = \"spread\"\ntemplate = \"az-balanced-spread\"\n")
        .replace("count = 1\n", "count = 2\n")
        .replace("[cluster]", "[options]\ntie-break = \"random\"\n[cluster]");
    let folder = folder_with(&[("minimal.toml", &text)]);
    assert_eq!(run(folder.path(), &["run", "minimal.toml", "--seeds", "3", "--quiet"]).0, 0);
    let (code, out, _) = run(folder.path(), &["compare", "results/minimal", "--baseline", "spread"]);
    assert_eq!(code, 0);
    assert!(out.contains("policy less `spread`, paired over 3 seeds"), "{out}");
    let (code, _, error) = run(folder.path(), &["compare", "results/minimal", "--baseline", "nosuch"]);
    assert_eq!(code, 2);
    assert!(error.contains("`pack`, `spread`"), "{error}");
}

#[test]
fn a_generated_load_reads_back_as_the_same_load() {
    let generated = MINIMAL.replace("count = 3", "count = 50\narrivals = { model = \"poisson\", rate-per-hour = 100 }\nlifetime = { model = \"exponential\", mean = \"10m\" }");
    let start = generated.find("[[task-definitions]]").unwrap();
    let end = generated.find("[[policies]]").unwrap();
    let traced = format!("{}[trace]\nfile = \"tasks.csv\"\n{}", &generated[..start], &generated[end..]);
    let folder = folder_with(&[("generated.toml", &generated), ("traced.toml", &traced)]);
    let (code, trace, error) = run(folder.path(), &["generate", "generated.toml"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(trace.lines().count(), 51);
    std::fs::write(folder.path().join("tasks.csv"), trace).unwrap();
    let rows = |scenario: &str, out: &str| {
        let (code, _, error) = run(folder.path(), &["run", scenario, "--out", out, "--quiet", "--no-pictures"]);
        assert_eq!(code, 0, "{error}");
        std::fs::read_to_string(folder.path().join(out).join("runs.csv")).unwrap()
    };
    assert_eq!(rows("generated.toml", "a"), rows("traced.toml", "b"));
}

#[test]
fn completions_manual_and_schema_are_printed() {
    let folder = folder_with(&[]);
    assert!(run(folder.path(), &["completions", "bash"]).1.contains("_stowplan"));
    assert!(run(folder.path(), &["man"]).1.contains(".TH stowplan"));
    let schema: serde_json::Value = serde_json::from_str(&run(folder.path(), &["check", "--schema"]).1).unwrap();
    assert!(schema.to_string().contains("task-definitions"), "{schema}");
    assert!(run(folder.path(), &["check", "--explain", "S006"]).1.contains("S006"));
}

#[test]
fn bench_measures_writes_files_and_refuses_unknown_policies() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["bench", "--policy", "random", "--sizes", "60,600", "--repetitions", "1", "--pairs", "50"];
    let (code, out, _) = run(folder.path(), &[&arguments[..], &["--out", "b", "--quiet"]].concat());
    assert_eq!(code, 0);
    assert!(out.contains("random, 20 services") && out.contains("u = "), "{out}");
    for file in ["bench.csv", "bench.json", "bench-20-services.svg", "bench-20-services.png"] {
        assert!(folder.path().join("b").join(file).is_file(), "{file}");
    }
    let (code, _, message) = run(folder.path(), &["bench", "--policy", "randon"]);
    assert_eq!(code, 2);
    assert!(message.contains("`randon`") && message.contains("`binpack-memory`"), "{message}");
}
