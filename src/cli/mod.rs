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
mod figures;
mod formats;
mod gate;
mod generate;
mod import;
mod kit;
mod laws;
mod pages;
mod plan;
mod query;
mod report;
mod run;
mod sweep;
mod version;

use std::io::{self, Write as _};

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _};

use crate::strategy::Custom;
use args::{Arguments, Command};
pub use exit::Exit;

/// Parses the command line, does what it says and tells how it went.
///
/// # Errors
/// If it could not run: the message names the subject and, where there is one, the remedy.
pub fn run() -> anyhow::Result<Exit> {
    if version::is_asked(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())) {
        io::stdout().write_all(version::text().as_bytes())?;
        return Ok(Exit::Done);
    }
    let arguments = match parsed() {
        Ok(arguments) => arguments,
        // Help and versions are answers; like every answer they are written, or it is said that they are not.
        Err(answer) if !answer.use_stderr() => {
            answer.print()?;
            io::stdout().flush()?;
            return Ok(Exit::Done);
        }
        Err(fault) => fault.exit(),
    };
    match arguments.completed().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Query(arguments) => query::run(&arguments),
        Command::Plan { question } => plan::run(&question),
        Command::Sweep { command } => sweep::run(&command),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Laws(arguments) => laws::run(&arguments),
        Command::Completions(arguments) => pages::completions(&arguments),
        Command::Man(arguments) => pages::man(&arguments),
    }
}

/// The command line; help for a terminal without colours has none, wherever it runs.
fn parsed() -> Result<Arguments, clap::Error> {
    let colour = if kit::terminal::is_dumb() { ColorChoice::Never } else { ColorChoice::Auto };
    let mut command = Arguments::command().color(colour);
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
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
    error.chain().any(is_of_broken_pipe)
}

/// Writers of CSV and JSON carry the error of what they write into, and do not show it as their cause.
fn is_of_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        let within = || error.get_ref().is_some_and(|inner| is_of_broken_pipe(inner));
        return error.kind() == io::ErrorKind::BrokenPipe || within();
    }
    if let Some(error) = cause.downcast_ref::<csv::Error>() {
        return matches!(error.kind(), csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::BrokenPipe);
    }
    let of_json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    of_json == Some(io::ErrorKind::BrokenPipe)
}
