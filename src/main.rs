//! The command `stowplan`: parse, run, turn the answer into an exit code; nothing else.

use std::io::Write as _;
use std::process::ExitCode;

use stowplan::cli::{self, Exit};

fn main() -> ExitCode {
    match cli::run() {
        Ok(exit) => exit.into(),
        Err(error) if cli::is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            // Nobody reading it is no reason to panic.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            Exit::CouldNotRun.into()
        }
    }
}
