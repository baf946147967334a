//! Who may take a task, from documents and from scenarios: the cases by number, and the rules and U-18.

mod cases; // the documents and scenarios of `tests/data/cases`
mod platforms; // operating system family and architecture (U-18)
mod subnets; // LOCATION, VPC, unknown zones

use std::path::PathBuf;

use crate::support::{ran, stowplan};

/// Runs the command in the folder of a case: exit code, standard output and standard error.
fn run(case: &str, arguments: &[&str]) -> (i32, String, String) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(case);
    ran(&mut stowplan(&folder, 100, arguments))
}

/// What `explain` answers as JSON, and how it ends.
fn explain(case: &str, arguments: &[&str]) -> (i32, serde_json::Value, String) {
    let (code, out, error) = run(case, &[&["explain"], arguments, &["--format", "json"]].concat());
    let json = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}"));
    (code, json, error)
}

/// The reasons of an instance in an explanation, in order.
fn reasons<'v>(explained: &'v serde_json::Value, instance: &str) -> Vec<&'v str> {
    let all = explained["instances"].as_array().unwrap();
    let one = all.iter().find(|one| one["instance"] == instance).unwrap_or_else(|| panic!("no {instance}"));
    one["failures"].as_array().unwrap().iter().map(|failure| failure["reason"].as_str().unwrap()).collect()
}

/// A scenario of one service, as explained: exit code and answer.
fn explain_text(text: &str, service: &str) -> (i32, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.toml"), text).unwrap();
    let arguments = ["explain", "s.toml", "--service", service, "--format", "json"];
    let (code, out, error) = ran(&mut stowplan(folder.path(), 100, &arguments));
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}")))
}
