//! The whole command with a strategy of one's own: every command, report and comparison knows it by its name.
//!
//! ```text
//! cargo run --example custom_strategy -- run examples/custom_strategy/scenario.toml --out /tmp/keep-holes
//! cargo run --example custom_strategy -- compare /tmp/keep-holes
//! ```
//!
//! The strategy is in `strategy.rs`; a crate of one's own looks the same, with `stowplan` among its dependencies. A test
//! of it is one line: `stowplan::strategy::laws::check(&Custom::new(KeepHoles::default()), Effort::default()).unwrap()`.

mod strategy;

use std::process::ExitCode;

use stowplan::cli::{self, Exit};
use stowplan::strategy::Custom;

#[expect(clippy::print_stderr, reason = "this is where messages to people end up")]
fn main() -> ExitCode {
    match cli::run_with(vec![Custom::new(strategy::KeepHoles::default())]) {
        Ok(exit) => exit.into(),
        Err(error) if cli::is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::CouldNotRun.into()
        }
    }
}
