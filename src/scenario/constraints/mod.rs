//! What can be said of constraints before a run: an expression that no instance satisfies, a task that waits for its
//! own group to be there.
//!
//! Both are warnings, and both are certain: only attributes, the agent and the identity of instances count against an
//! expression; tasks may come and go.

mod affinity;
mod nowhere;

pub(crate) use affinity::{Starter, any_asks_for_tasks, warn_of_never_started};
pub(crate) use nowhere::warn_of_nowhere;

use crate::model::{Fleet, Neighbours, Shown};
use crate::query::Expression;

/// What expressions have to be asked of: every class, or every instance where one asks which instance it is.
fn shown<'a>(fleet: &'a Fleet, expressions: &[&Expression], neighbours: Neighbours<'a>) -> Vec<Shown<'a>> {
    if expressions.iter().any(|one| one.asks_which_instance()) {
        let one = |id| Shown { class: fleet.class(id), identity: fleet.identities.get(id.index()), neighbours };
        return fleet.ids().map(one).collect();
    }
    fleet.classes.iter().map(|class| Shown { class, identity: None, neighbours }).collect()
}
