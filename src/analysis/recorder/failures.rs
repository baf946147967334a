//! M22: attempts that failed, by group and reason, and tasks that were never placed.

use rustc_hash::FxHashMap;

use crate::analysis::record::{Figure, FailureRow};
use crate::analysis::sheet::Sheet;
use crate::engine::Reason;
use crate::model::{GroupId, Requests};

/// What failed for one group and reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    attempts: u64,
    tasks_never_placed: u64,
}

/// Counters of failed attempts.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    counts: FxHashMap<(GroupId, Reason), Counts>,
}

impl Failures {
    /// An attempt failed.
    pub(super) fn fail(&mut self, group: GroupId, reason: Reason) {
        self.counts.entry((group, reason)).or_default().attempts += 1;
    }

    /// A task whose last attempt failed for this reason will never be placed.
    pub(super) fn give_up(&mut self, group: GroupId, reason: Reason) {
        self.counts.entry((group, reason)).or_default().tasks_never_placed += 1;
    }

    /// Writes the figures of a run in which `placed` attempts did not fail.
    pub(super) fn write(&self, placed: u64, sheet: &mut Sheet) {
        let failed: u64 = self.counts.values().map(|counts| counts.attempts).sum();
        let never_placed = self.counts.values().map(|counts| counts.tasks_never_placed).sum();
        let attempts = placed + failed;
        sheet.set("tasks_placed", Figure::Count(placed));
        sheet.set("tasks_never_placed", Figure::Count(never_placed));
        sheet.set("attempts", Figure::Count(attempts));
        sheet.set("attempts_failed", Figure::Count(failed));
        sheet.set("failure_rate", Figure::ratio(u128::from(failed), u128::from(attempts)));
    }

    /// One row for each group and reason that occurred: groups in order, then reasons in the order of table 6.1.
    pub(super) fn rows(&self, requests: &Requests) -> Vec<FailureRow> {
        let mut counts: Vec<_> = self.counts.iter().collect();
        counts.sort_unstable_by_key(|&(&key, _)| key);
        let row = |(&(group, reason), counts): (&(GroupId, Reason), &Counts)| FailureRow {
            group: requests.groups[group.index()].clone(),
            reason: reason.text().to_owned(),
            attempts: counts.attempts,
            tasks_never_placed: counts.tasks_never_placed,
        };
        counts.into_iter().map(row).collect()
    }
}
