//! Arguments, progress and exit codes; it joins the other modules and holds no algorithm.
//!
//! Data goes to standard output, everything else to standard error.

mod args;
mod audit;
mod bench;
mod check;
mod compare;
mod exit;
mod explain;
mod formats;
mod gate;
mod generate;
mod import;
mod kit;
mod laws;
mod query;
mod report;
mod run;

use std::io::{self, Write as _};

use clap::{CommandFactory as _, Parser as _};

use crate::strategy::Custom;
use args::{Arguments, Command};
pub use exit::Exit;

/// Parses the command line, does what it says and tells how it went.
///
/// # Errors
/// If it could not run: the message names the subject and, where there is one, the remedy.
pub fn run() -> anyhow::Result<Exit> {
    match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Query(arguments) => query::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Laws(arguments) => laws::run(&arguments),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "stowplan", &mut io::stdout());
            Ok(Exit::Done)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut io::stdout())?;
            io::stdout().flush()?;
            Ok(Exit::Done)
        }
    }
}

/// The same with strategies of one's own, which policies may then name as `baseline`: every command knows them.
///
/// # Errors
/// As [`run`].
///
/// # Panics
/// If it is called twice in one program.
pub fn run_with(strategies: Vec<Custom>) -> anyhow::Result<Exit> {
    kit::input::know(strategies);
    run()
}

/// Whether the reader of our output went away, as `head` does: no error.
#[must_use]
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(is_pipe)
}
