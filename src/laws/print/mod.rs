//! What is printed of a broken law: its number and text, the history as a table, a scenario file, and a Rust test.

mod rust;
mod scenario;
mod table;

use std::fmt;

use super::suite::{Broken, Held};

pub(super) fn broken(broken: &Broken, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let law = broken.law;
    writeln!(f, "broken: {} {} ({})", law.id, law.text, law.rule)?;
    writeln!(f, "  {}", broken.what)?;
    match broken.found_in {
        (seed, Some(case)) => writeln!(f, "  found with seed {seed} in case {case}, and made smaller")?,
        (_, None) if matches!(law.held, Held::Fixture(_)) => writeln!(f, "  in a history that belongs to this law")?,
        _ => {}
    }
    if broken.history.steps.is_empty() {
        return Ok(());
    }
    writeln!(f)?;
    table::history(broken, f)?;
    writeln!(f, "\nThe same as a scenario:\n")?;
    scenario::scenario(broken, f)?;
    writeln!(f, "\nThe same as a Rust test:\n")?;
    rust::test(broken, f)
}
