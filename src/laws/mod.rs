//! The laws of placement as a product: anybody's placer is held to them, and what breaks one is made small.
//!
//! A [`Placer`] is told of instances and tasks and answers where tasks go. [`check`] plays random histories on it with an
//! [oracle] beside it that only lists and counts, asks every law that applies to what the placer [declares](Capabilities),
//! and shrinks the history that breaks one to the fewest steps, the plainest instances and the smallest numbers. What is
//! printed is the law, the history as a table, a scenario file, and a Rust test.
//!
//! A history is a function of a seed and a number: what was found can be found again. The engines of this crate go
//! [through the same door](engines).
//!
//! # Boundary
//! It knows no files and no terminal; the command `stowplan laws` does, and speaks with placers in other languages by the
//! [lines](wire) that are defined here.
//!
//! # Examples
//!
//! ```
//! use stowplan::laws::{self, Effort, engines::Reference};
//!
//! let tally = laws::check(&mut Reference::default(), Effort { cases: 20, fixtures: false, ..Effort::quick() }).unwrap();
//! assert!(tally.choices > 20);
//! ```

pub mod audit;
pub mod engines;
pub mod oracle;
mod placer;
mod print;
mod suite;
pub mod wire;
mod world;

pub use placer::{Capabilities, Decision, Failure, Foreseen, Left, Placer, Placers, Task, Trouble};
pub use print::InLines;
pub use suite::{
    Broken, EcsRule, Effort, Held, LAWS, Law, OfHistories, OfItself, OfStep, Outcome, Played, RULES, Suite, Tally,
    check, hold, law, play,
};
pub use world::{Constraint, Expression, History, Instance, Kind, Predicate, Step, Subject, Test, generate, task_name};
