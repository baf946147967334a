//! What is right: a cluster as a list of tasks, counted anew for every question.
//!
//! Nothing here is shared with the engines of this crate, and nothing is remembered but who is where: the oracle reads like
//! the rules in `docs/rules.md` and is as dull as it can be. It follows the placer's own choices, so a choice that any rule allows is
//! right whatever we would have chosen.

mod choice;
mod cluster;

pub use choice::{after_rule, best, in_bucket, tied, worst};
pub use cluster::{Cluster, Living, Status};
