//! What is tried out on a copy of the cluster, or on an empty one: M5 releasable, M12, M13 by the rules and M27.

mod budget;
mod by_rules;
mod inflation;
mod lottery;
mod release;
mod replica;
pub(in crate::analysis) mod saturation;

pub(super) use by_rules::{ByRules, RuledRoom};
pub(super) use inflation::Inflation;
pub(super) use release::{Released, Verdict};

use super::Subject;
use super::residents::Residents;
use super::room::Room;
use crate::engine::Engine;
use replica::Replica;

/// What trying found; where the cluster is too large to be copied, nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Tried {
    pub(super) by_rules: ByRules,
    pub(super) inflation: Inflation,
    pub(super) released: Released,
}

/// Copies the cluster and tries.
pub(super) fn all<'a>(
    subject: Subject<'a>,
    cluster: &'a dyn Engine,
    residents: &'a Residents,
    room: &Room<'_>,
) -> Tried {
    let Some(replica) = Replica::of(subject, cluster, residents) else { return Tried::default() };
    Tried {
        by_rules: by_rules::take(subject, &replica, room),
        inflation: inflation::take(subject, &replica),
        released: release::try_all(replica),
    }
}
