//! Worlds: instances, kinds of tasks, expressions, and histories of what happens to them.

mod dice;
mod expression;
mod generate;
mod history;
mod values;

pub use expression::{Expression, Predicate, Subject, Test};
pub use generate::generate;
pub use history::{History, Step, task_name};
pub use values::{Constraint, Instance, Kind};

pub(super) use dice::Dice;
