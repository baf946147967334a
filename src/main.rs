//! The command `stowplan`: parse, run, turn the answer into an exit code; nothing else.

use std::process::ExitCode;

use stowplan::cli::{self, Exit};

#[expect(clippy::print_stderr, reason = "this is where messages to people end up")]
fn main() -> ExitCode {
    match cli::run() {
        Ok(exit) => exit.into(),
        Err(error) if cli::is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::CouldNotRun.into()
        }
    }
}
