//! The suite: laws with numbers, what looks for a broken one, and what makes the find small.

mod catalogue;
mod drive;
mod finding;
mod fixtures;
mod monotone;
mod relations;
mod rules;
mod run;
mod shrink;
mod statistics;
mod steps;

pub use catalogue::{Held, LAWS, Law, OfHistories, OfItself, OfStep, law};
pub use drive::{Outcome, Played, play};
pub use finding::{Broken, hold};
pub use rules::{EcsRule, RULES};
pub use run::{Effort, Suite, Tally, check};
