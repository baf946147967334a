//! M22: attempts that failed, by group and reason, and tasks that were never placed.
//!
//! A task is never placed if its only attempt failed (`RunTask`), or if it still waits at the end. One that waits behind
//! another of its service may not have been tried itself; it shares the reason of the one that was.

use rustc_hash::FxHashMap;

use crate::analysis::record::{FailureRow, Figure};
use crate::analysis::sheet::Sheet;
use crate::engine::Reason;
use crate::model::{GroupId, RequestId, Requests};

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
    /// Why the last failed attempt of a kind that is tried again failed.
    last: FxHashMap<RequestId, Reason>,
    attempts: u64,
    tasks_never_placed: u64,
}

impl Failures {
    /// An attempt failed, and there will be no other.
    pub(super) fn refuse(&mut self, group: GroupId, reason: Reason) {
        let counts = self.counts.entry((group, reason)).or_default();
        counts.attempts += 1;
        counts.tasks_never_placed += 1;
        self.attempts += 1;
        self.tasks_never_placed += 1;
    }

    /// An attempt failed and will be repeated.
    pub(super) fn defer(&mut self, request: RequestId, group: GroupId, reason: Reason) {
        self.counts.entry((group, reason)).or_default().attempts += 1;
        self.last.insert(request, reason);
        self.attempts += 1;
    }

    /// A task waits at the end of the run.
    pub(super) fn leave_open(&mut self, request: RequestId, group: GroupId) {
        self.tasks_never_placed += 1;
        if let Some(&reason) = self.last.get(&request) {
            self.counts.entry((group, reason)).or_default().tasks_never_placed += 1;
        }
    }

    /// Writes the figures of a run in which `placed` attempts did not fail.
    pub(super) fn write(&self, placed: u64, sheet: &mut Sheet) {
        let attempts = placed + self.attempts;
        sheet.set("tasks_placed", Figure::Count(placed));
        sheet.set("tasks_never_placed", Figure::Count(self.tasks_never_placed));
        sheet.set("attempts", Figure::Count(attempts));
        sheet.set("attempts_failed", Figure::Count(self.attempts));
        sheet.set("failure_rate", Figure::ratio(u128::from(self.attempts), u128::from(attempts)));
    }

    /// One row for each group and reason that occurred: groups in order, then reasons in the order of table 6.1.
    pub(super) fn rows(&self, requests: &Requests) -> Vec<FailureRow> {
        let mut counts: Vec<_> = self.counts.iter().map(|(&key, &counts)| (key, counts)).collect();
        counts.sort_unstable_by_key(|&(key, _)| key);
        let row = |((group, reason), counts): ((GroupId, Reason), Counts)| FailureRow {
            group: requests.groups[group.index()].clone(),
            reason: reason.text().to_owned(),
            attempts: counts.attempts,
            tasks_never_placed: counts.tasks_never_placed,
        };
        counts.into_iter().map(row).collect()
    }
}
