//! What the terminal is like, and messages to people.

use std::io::{IsTerminal as _, Write as _};

use crate::cli::args::{Color, Output};
use crate::scenario::Style;

/// Width of tables where it cannot be found out.
const DEFAULT_WIDTH: usize = 100;

/// Columns that tables may take: `COLUMNS`, else the terminal's width, else a plain default.
pub(in crate::cli) fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let seen = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(seen).unwrap_or(DEFAULT_WIDTH)
}

/// Whether standard output takes colours. `NO_COLOR` is heard.
pub(in crate::cli) fn colours_on_stdout(output: &Output) -> bool {
    colours(output, std::io::stdout().is_terminal())
}

/// How diagnostics are drawn on standard error.
pub(in crate::cli) fn diagnostic_style(output: &Output) -> Style {
    if colours(output, std::io::stderr().is_terminal()) { Style::Coloured } else { Style::Plain }
}

fn colours(output: &Output, is_terminal: bool) -> bool {
    match output.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && !is_dumb() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Whether the terminal says that it shows letters and nothing else: no colours, no moving bar.
pub(in crate::cli) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|kind| kind == "dumb")
}

/// A message to people, on standard error. Nobody reading it is no reason to fail.
pub(in crate::cli) fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// As [`say`], unless the person wants quiet.
pub(in crate::cli) fn note(output: &Output, message: &str) {
    if !output.quiet {
        say(message);
    }
}

/// Prints an answer as a Markdown table, from what `write` makes of it as CSV.
///
/// # Errors
/// What `write` or standard output answers.
pub(in crate::cli) fn markdown(write: impl FnOnce(&mut Vec<u8>) -> anyhow::Result<()>) -> anyhow::Result<String> {
    let mut csv = Vec::new();
    write(&mut csv)?;
    Ok(crate::report::markdown_of_csv(&csv))
}
