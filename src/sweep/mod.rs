//! Sweeps: many runs in shards that any engine may start anywhere, and one result whatever ran where.
//!
//! Runs are numbered by arithmetic from the axes of a [`Plan`] and never listed; a shard is every N-th of them; what it comes
//! to is one sealed [`part`] file; [`merge`] puts the rows of all parts into the order of the runs. What a run *is* stands
//! elsewhere: a row is a number and a text here. Nothing in it starts, ships or repeats work; engines do ([`engines`]).
//!
//! # Invariants
//! 1. A row is a function of the plan's hash and the number of the run: no clock, host, thread or shard is in it.
//! 2. How many shards there are is always said and never guessed.
//! 3. A part is in a folder whole or not at all, and is never overwritten: one that is damaged is set aside.
//! 4. A folder belongs to one plan; the first shard marks it.
//! 5. Merged is only what is complete and without contradiction, whatever mix of shards it came from.

pub mod axis;
pub mod engines;
pub mod folder;
pub mod merge;
pub mod part;
pub mod picture;
pub mod plan;
pub mod selection;

pub use axis::Axis;
pub use folder::{Found, Missing, Stranger};
pub use picture::PlannedPicture;
pub use plan::{Fixed, Place, Plan, PlanError, Planned, PlannedPolicy};
pub use selection::{RunList, Selection, Shard};
