//! A world that is driven from outside: as a run where it is told the same, as its twin on the other engine, as its fork; and
//! nothing has changed where a command is refused.

mod both_drivers;
mod errors;
mod programs;
mod returns;
mod services;

#[path = "../../../../examples/both_drivers/told.rs"]
mod told;

use std::fmt::Arguments;

use told::Lines;

/// All lines.
pub(crate) type Told = told::Told<Vec<String>>;

impl Lines for Vec<String> {
    fn add(&mut self, line: Arguments<'_>) {
        self.push(line.to_string());
    }
}

/// Two lists of what was told are one; else where they part.
#[track_caller]
pub(crate) fn assert_same(name: &str, one: &Told, other: &Told) {
    let parted = one.lines.iter().zip(&other.lines).position(|(one, other)| one != other);
    if let Some(at) = parted {
        panic!("{name}: line {at} of what is told\n  {}\n  {}", one.lines[at], other.lines[at]);
    }
    assert_eq!(one.lines.len(), other.lines.len(), "{name}: one says more");
    assert_eq!(one, other, "{name}");
}
