//! What the real service was seen to do, from public records (`tests/recordings`), and what the program does.
//!
//! A test is named by the number of its folder. Where the program is known to differ, the test says how and why.

mod fidelity; // the page that says how close this is to the real service
mod placement; // where tasks went
mod reasons; // who may take a task, and which reason is told
mod scaling; // how many instances a group had, and when
mod services; // moves between zones, deployments that cannot move

use std::path::PathBuf;

use crate::support::{ran, stowplan};

/// The folder of a recording.
pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name)
}

/// The text of a scenario of a recording, such as `text("17-port-22/s.toml")`.
pub(crate) fn text(file: &str) -> String {
    std::fs::read_to_string(folder(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Runs the command in the folder of a recording: exit code, standard output and standard error.
pub(crate) fn run(name: &str, arguments: &[&str]) -> (i32, String, String) {
    ran(&mut stowplan(&folder(name), 100, arguments))
}
