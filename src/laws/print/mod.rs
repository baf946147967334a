//! What is printed of a broken law: its number and text, the history as a table and as a scenario file, and the history
//! once more in the placer's own words: a Rust test, or the lines that it is asked.

mod lines;
mod rust;
mod scenario;
mod table;

use std::fmt;

use super::suite::{Broken, Held};
use crate::model::counted;

pub(super) fn broken(broken: &Broken, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if head(broken, f)? {
        once_more("a Rust test", f)?;
        rust::test(broken, f)?;
    }
    Ok(())
}

/// A broken law told to who wrote a placer in another language: with the lines that it was asked.
#[derive(Clone, Copy, Debug)]
pub struct InLines<'b>(pub &'b Broken);

impl Broken {
    /// The questions that a placer in another language is asked in this history, a line of JSON each.
    #[must_use]
    pub fn questions(&self) -> Vec<String> {
        if self.history.steps.is_empty() { Vec::new() } else { lines::questions(self) }
    }
}

impl fmt::Display for InLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// So many lines are shown at most.
        const LINES: usize = 200;
        let Self(broken) = self;
        if !head(broken, f)? {
            return Ok(());
        }
        once_more("lines for the placer", f)?;
        let lines = broken.questions();
        lines.iter().take(LINES).try_for_each(|line| writeln!(f, "{line}"))?;
        match lines.len().saturating_sub(LINES) {
            0 => Ok(()),
            more => writeln!(f, "… and {} more, all of which `--format json` has", counted(more, "line")),
        }
    }
}

/// The heading of a history that is told in another way.
fn once_more(told_as: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\nThe same as {told_as}:\n")
}

/// What is said whoever listens; `false` where there is no history to tell.
fn head(broken: &Broken, f: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
    let law = broken.law;
    writeln!(f, "broken: {} {} ({})", law.id, law.text, law.rule)?;
    writeln!(f, "  {}", broken.what)?;
    match broken.found_in {
        (seed, Some(case)) if broken.comes_back => {
            writeln!(f, "  found with seed {seed} in case {case}, and made smaller")?;
        }
        (seed, Some(case)) => writeln!(f, "  seen with seed {seed} in case {case}")?,
        (_, None) if matches!(law.held, Held::Fixture(_)) => writeln!(f, "  in a history that belongs to this law")?,
        _ => {}
    }
    if !broken.comes_back {
        writeln!(
            f,
            "  It does not come back when this history is played again: the answer hangs on more than the history,"
        )?;
        writeln!(f, "  such as what the placer kept from those before, how often it was asked, a clock or a draw.")?;
    }
    law.rules().try_for_each(|rule| writeln!(f, "  {}: {}", rule.id, rule.text))?;
    if broken.history.steps.is_empty() {
        return Ok(false);
    }
    writeln!(f)?;
    table::history(broken, f)?;
    once_more("a scenario", f)?;
    scenario::scenario(broken, f)?;
    Ok(true)
}
