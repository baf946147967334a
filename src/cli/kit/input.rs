//! Reading a scenario for a command: problems go to standard error, all at once.

use std::path::Path;
use std::sync::OnceLock;

use super::terminal;
use crate::analysis::catalogue::METRICS;
use crate::cli::args::Output;
use crate::model::counted;
use crate::scenario::{self, Diagnostic, LoadError, Loaded, Severity};
use crate::strategy::Custom;

/// What a program that is built on this one adds to the strategies that policies may name.
static OWN_STRATEGIES: OnceLock<Vec<Custom>> = OnceLock::new();

/// Lets policies name these strategies.
///
/// # Panics
/// If it was called before: a program has one set of strategies.
pub(in crate::cli) fn know(strategies: Vec<Custom>) {
    OWN_STRATEGIES.set(strategies).expect("strategies are made known once, before the command line is read");
}

/// Reads a scenario and shows its warnings.
///
/// # Errors
/// If it cannot run; its problems have been shown then, and the error counts them.
pub(in crate::cli) fn load(path: &Path, output: &Output) -> anyhow::Result<Loaded> {
    shown(read(path), path, output)
}

/// The same of a text that was read already, from `path`.
///
/// # Errors
/// As [`load`].
pub(in crate::cli) fn parse(text: &str, path: &Path, output: &Output) -> anyhow::Result<Loaded> {
    shown(read_text(text, path), path, output)
}

fn shown(read: Result<Loaded, LoadError>, path: &Path, output: &Output) -> anyhow::Result<Loaded> {
    match read {
        Ok(loaded) => {
            if !output.quiet {
                show(&loaded.warnings, output);
            }
            Ok(loaded)
        }
        Err(error) => {
            show(&error.problems, output);
            anyhow::bail!("scenario `{}` cannot run: {}", path.display(), count(&error.problems))
        }
    }
}

/// Reads a scenario with the names of figures that it may expect.
pub(in crate::cli) fn read(path: &Path) -> Result<Loaded, LoadError> {
    scenario::load_with(path, &metrics(), own_strategies())
}

/// The same of a text that is read from `path` and changed.
pub(in crate::cli) fn read_text(text: &str, path: &Path) -> Result<Loaded, LoadError> {
    scenario::parse_with(text, path, &metrics(), own_strategies())
}

/// Names of the figures that a scenario may expect.
fn metrics() -> Vec<&'static str> {
    METRICS.iter().map(|metric| metric.column).collect()
}

fn own_strategies() -> &'static [Custom] {
    OWN_STRATEGIES.get().map_or(&[], Vec::as_slice)
}

pub(in crate::cli) fn show(problems: &[Diagnostic], output: &Output) {
    let style = terminal::diagnostic_style(output);
    for problem in problems {
        terminal::say(&format!("{}\n", problem.render(style)));
    }
}

/// `2 errors, 1 warning`.
pub(in crate::cli) fn count(problems: &[Diagnostic]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity() == Severity::Error).count();
    match problems.len() - errors {
        0 => counted(errors, "error"),
        warnings if errors == 0 => counted(warnings, "warning"),
        warnings => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}
