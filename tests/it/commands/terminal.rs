//! The terminal: readers that go away, disks that are full, standard input and output by the name `-`, terminals without
//! colours, and what people see at three widths.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{self, ran};

const SCENARIO: &str = r#"
name = "terminal"
description = "Six instances with ids of EC2, a service and tasks."
seeds = 2
horizon = "2h"
[cluster]
zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
[[cluster.instances]]
type = "m5.xlarge"
attributes = { stack = "production" }
identities = [
    { name = "11111111111111111111111111111111", ec2-instance-id = "i-0a1b2c3d4e5f60001" },
    { name = "22222222222222222222222222222222", ec2-instance-id = "i-0a1b2c3d4e5f60002" },
    { name = "33333333333333333333333333333333", ec2-instance-id = "i-0a1b2c3d4e5f60003" },
    { name = "44444444444444444444444444444444", ec2-instance-id = "i-0a1b2c3d4e5f60004" },
    { name = "55555555555555555555555555555555", ec2-instance-id = "i-0a1b2c3d4e5f60005" },
    { name = "66666666666666666666666666666666", ec2-instance-id = "i-0a1b2c3d4e5f60006" },
]
[[task-definitions]]
family = "web-frontend"
cpu = 512
memory = 1024
placementConstraints = [{ type = "memberOf", expression = "attribute:stack == production" }]
[[task-definitions]]
family = "monster"
cpu = 4096
memory = 30000
ports = ["8080/tcp"]
[[services]]
name = "web"
task-definition = "web-frontend"
desired-count = 9
[[tasks]]
task-definition = "web-frontend"
count = 40
arrivals = { model = "poisson", rate-per-hour = 40 }
lifetime = { model = "constant", value = "20m" }
[[policies]]
name = "az-balanced-binpack"
template = "az-balanced-binpack"
[[policies]]
name = "random"
template = "random"
"#;

/// A folder with the scenario and a results folder of it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.toml"), SCENARIO).unwrap();
    let (code, _, error) = run(folder.path(), 100, &["run", "s.toml", "--out", "out", "--no-pictures", "--quiet"]);
    assert_eq!(code, 0, "{error}");
    folder
}

fn run(folder: &Path, columns: u32, arguments: &[&str]) -> (i32, String, String) {
    ran(&mut support::stowplan(folder, columns, arguments))
}

fn plain(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowplan"));
    command.current_dir(folder).env("COLUMNS", "100").args(arguments).stdin(Stdio::null());
    command
}

/// Every command that prints an answer, in every format that it has.
fn printing() -> Vec<Vec<&'static str>> {
    let mut all = vec![
        vec!["--help"],
        vec!["--version"],
        vec!["run", "--help"],
        vec!["completions", "bash"],
        vec!["completions", "zsh"],
        vec!["man"],
        vec!["check", "--schema"],
        vec!["check", "--explain", "S004"],
        vec!["import", "--commands"],
        vec!["generate", "s.toml"],
        vec!["report", "out"],
        vec!["bench", "--policy", "random", "--sizes", "10", "--pairs", "10", "--repetitions", "1"],
    ];
    let with_formats: [&[&str]; 6] = [
        &["run", "s.toml", "--out", "out", "--no-pictures"],
        &["compare", "out"],
        &["explain", "s.toml", "--service", "web"],
        &["query", "attribute:stack == production", "s.toml"],
        &["query", "attribute:stack == production"],
        &["check", "nothing.toml"],
    ];
    for command in with_formats {
        for format in ["table", "json", "csv"] {
            all.push(command.iter().copied().chain(["--format", format]).collect());
        }
    }
    all
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = folder();
    for arguments in printing() {
        let mut child = plain(folder.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut error = String::new();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        let code = child.wait().unwrap().code();
        // A file that is not there stays the answer of `check`, told on standard error.
        let is_check = arguments.contains(&"nothing.toml");
        assert!(code == Some(0) || (is_check && code == Some(2)), "{arguments:?}: {code:?} {error}");
        assert!(!error.contains("Broken pipe") && !error.contains("panicked"), "{arguments:?}: {error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let folder = folder();
    for arguments in printing() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = plain(folder.path(), &arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        let is_silent = arguments.contains(&"nothing.toml") && arguments.contains(&"table");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(is_silent || error.contains("error: No space left on device"), "{arguments:?}: {error}");
    }
}

#[test]
fn a_hyphen_is_standard_input() {
    let folder = folder();
    let fed = |arguments: &[&str], text: &str| {
        let mut command = support::stowplan(folder.path(), 100, arguments);
        ran(command.write_stdin(text))
    };
    let same = |arguments: &[&str]| {
        let hyphened: Vec<&str> = arguments.iter().map(|word| if *word == "s.toml" { "-" } else { word }).collect();
        let (code, out, error) = fed(&hyphened, SCENARIO);
        let by_name = run(folder.path(), 100, arguments);
        assert_eq!((code, &out), (by_name.0, &by_name.1), "{arguments:?}: {error}");
        assert!(out.lines().count() > 1 || arguments[0] == "check", "{arguments:?}: {out}");
    };
    same(&["run", "s.toml", "--out", "out", "--no-pictures"]);
    same(&["check", "s.toml"]);
    same(&["generate", "s.toml"]);
    same(&["explain", "s.toml", "--service", "web"]);
    same(&["query", "attribute:stack == production", "s.toml"]);
    // Documents of AWS have the same name.
    let instances = r#"{"containerInstances": [{"containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/c/abc",
        "status": "ACTIVE", "agentConnected": true, "registeredResources": [{"name": "CPU", "type": "INTEGER",
        "integerValue": 1024}, {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024}], "remainingResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024}]}]}"#;
    let (code, out, error) = fed(&["query", "agentConnected == true", "-", "--quiet"], instances);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("abc"), "{out}");
    let (code, out, error) = fed(&["import", "-", "--out", "-", "--quiet"], instances);
    assert_eq!(code, 0, "{error}");
    assert!(out.starts_with("name = ") && !folder.path().join("-").exists(), "{out}");
    let (code, _, error) = fed(&["check", "-"], "nmae = 'x'");
    assert_eq!(code, 2);
    assert!(error.contains("-:1:1") && error.contains("did you mean `name`?"), "{error}");
}

#[test]
fn options_with_several_values_leave_the_scenario_alone() {
    let folder = folder();
    let policies = |arguments: &[&str]| {
        let (code, out, error) = run(folder.path(), 100, arguments);
        assert_eq!(code, 0, "{arguments:?}: {error}");
        let mut names: Vec<String> =
            out.lines().skip(1).filter_map(|line| line.split(',').next()).map(str::to_owned).collect();
        names.dedup();
        names
    };
    let tail = ["--format", "csv", "--no-pictures"];
    let call = |words: &[&'static str]| policies(&[words, &tail[..]].concat());
    assert_eq!(call(&["run", "--policy", "random", "s.toml"]), ["random"]);
    assert_eq!(call(&["run", "--policy", "random", "az-balanced-binpack", "s.toml"]).len(), 2);
    assert_eq!(call(&["run", "s.toml", "--policy", "random", "az-balanced-binpack"]).len(), 2);
    assert_eq!(call(&["run", "--policy", "random", "--seeds", "1", "s.toml"]), ["random"]);
    let (code, _, error) = run(folder.path(), 100, &["run", "--policy", "random"]);
    assert_eq!(code, 2);
    assert!(error.contains("no scenario is given"), "{error}");
    let bench = ["bench", "--policy", "random", "--pairs", "10", "--repetitions", "1", "--format", "csv"];
    for sizes in [&["--sizes", "10", "20"][..], &["--sizes", "10,20"]] {
        let (code, out, error) = run(folder.path(), 100, &[&bench[..], sizes].concat());
        assert_eq!(code, 0, "{error}");
        let sizes = |line: &str| line.split(',').nth(2).map(str::to_owned);
        let sizes: std::collections::BTreeSet<String> = out.lines().skip(1).filter_map(sizes).collect();
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), ["10", "20"], "{out}");
    }
}

#[test]
fn a_question_is_asked_under_the_policy_that_is_named() {
    let folder = folder();
    let expression = "runningTasksCount > 0";
    let listed = |policy: &str| {
        let arguments = ["query", expression, "s.toml", "--at", "30m", "--policy", policy, "--format", "csv"];
        let (code, out, error) = run(folder.path(), 100, &arguments);
        assert_eq!(code, 0, "{error}");
        out.lines().count() - 1
    };
    // Packing leaves instances empty, spreading does not; the latter is a template that the scenario does not have.
    assert_eq!((listed("az-balanced-binpack"), listed("az-balanced-spread")), (3, 6));
    let (code, _, error) = run(folder.path(), 100, &["query", expression, "s.toml", "--policy", "none"]);
    assert_eq!(code, 2);
    assert!(error.contains("there is no policy `none`; the scenario has `az-balanced-binpack`"), "{error}");
}

/// What a command prints on a terminal of its own, by `script`; `None` where that is not installed.
#[cfg(target_os = "linux")]
fn on_a_terminal(folder: &Path, kind: &str, words: &str) -> Option<String> {
    let line = format!("{} {words}", env!("CARGO_BIN_EXE_stowplan"));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(folder).env("TERM", kind).env_remove("NO_COLOR");
    let output = script.stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn a_dumb_terminal_gets_letters_alone() {
    let folder = folder();
    std::fs::write(folder.path().join("bad.toml"), "nmae = 'x'").unwrap();
    for words in ["check bad.toml", "run s.toml --out out --no-pictures --force", "compare out", "--help"] {
        let Some(coloured) = on_a_terminal(folder.path(), "xterm-256color", words) else { return };
        assert!(coloured.contains('\u{1b}') || words == "compare out", "{words} has no colour to lose: {coloured}");
        let dumb = on_a_terminal(folder.path(), "dumb", words).unwrap();
        assert!(!dumb.contains('\u{1b}'), "{words}: {dumb:?}");
    }
}

/// What is printed at these widths, each line within its width.
fn at_widths(widths: [u32; 3], name: &str, arguments: &[&str]) {
    let folder = folder();
    for width in widths {
        let (_, out, _) = run(folder.path(), width, arguments);
        let widest = out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width as usize, "{widest} columns on a terminal of {width}:\n{out}");
        insta::assert_snapshot!(format!("{name}_at_{width}_columns"), out);
    }
}

#[test]
fn an_explanation_is_readable_at_three_widths() {
    at_widths([40, 80, 100], "explain", &["explain", "s.toml", "--service", "web"]);
    at_widths([40, 80, 100], "explain_no", &["explain", "s.toml", "--task-definition", "monster", "--count", "2"]);
}

#[test]
fn a_summary_is_readable_at_three_widths() {
    at_widths([60, 80, 120], "run", &["run", "s.toml", "--out", "out", "--no-pictures", "--quiet"]);
}

#[test]
fn a_comparison_is_readable_at_three_widths() {
    at_widths([60, 80, 120], "compare", &["compare", "out"]);
}

#[test]
fn a_listing_is_readable_at_three_widths() {
    at_widths([40, 80, 100], "query", &["query", "attribute:stack == production", "s.toml", "--at", "1h"]);
}
