//! The grid of policies and seeds: runs in parallel, outcomes in plan order, stored one by one.
//!
//! It knows how to run a case and how to keep what comes out of it, not what that is: outcomes are any serialisable
//! value that an observer makes.
//!
//! # Invariants
//! 1. The plan is a function of the scenario alone: policies outermost, in file order, seeds within.
//! 2. An outcome is a function of scenario and case alone, so neither the number of threads nor an interruption changes
//!    a byte of it.

mod grid;
mod moment;
mod store;

pub use grid::{Case, EngineKind, Experiment, execute};
pub use moment::{AtEnd, Held, Moment};
pub use store::{Damage, EventLog, RunName, Seal, Store, StoreError};
