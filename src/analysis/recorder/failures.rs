//! M22: tasks that met a refusal, by group and by the reason of their first one; attempts that failed beside them, and
//! tasks that were never placed.
//!
//! A task is never placed if its only attempt failed (`RunTask`), or if it still waits at the end. It takes the reason of
//! the last refusal of its kind. A task that waits for its capacity provider has met no refusal.

use rustc_hash::FxHashMap;

use crate::analysis::record::{FailureRow, Figure};
use crate::analysis::sheet::Sheet;
use crate::engine::Reason;
use crate::model::{GroupId, RequestId, Requests};
use crate::simulation::{Rejection, refusal_text};

/// Why tasks were refused, and whether they had waited before.
type Why = (Reason, bool);

/// What was refused of one group for one reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    attempts: u64,
    tasks_refused: u64,
    tasks_never_placed: u64,
}

/// Counters of refusals.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    counts: FxHashMap<(GroupId, Why), Counts>,
    /// Why the last refused task of a kind that is tried again was.
    last: FxHashMap<RequestId, Why>,
    attempts: u64,
    tasks_refused: u64,
    tasks_never_placed: u64,
    /// Tasks that asked, were not placed and are wanted no more.
    withdrawn: u64,
}

impl Failures {
    /// A task of a group was refused.
    pub(super) fn refuse(&mut self, group: GroupId, rejection: &Rejection) {
        let why = (rejection.reason, rejection.is_timed_out);
        let counts = self.counts.entry((group, why)).or_default();
        let (first, never) = (u64::from(rejection.is_first), u64::from(!rejection.waits));
        counts.attempts += 1;
        counts.tasks_refused += first;
        counts.tasks_never_placed += never;
        self.attempts += 1;
        self.tasks_refused += first;
        self.tasks_never_placed += never;
        if rejection.waits {
            self.last.insert(rejection.request, why);
        }
    }

    /// A task that waited is wanted no more.
    pub(super) fn withdraw(&mut self) {
        self.withdrawn += 1;
    }

    /// A task waits at the end of the run.
    pub(super) fn leave_open(&mut self, request: RequestId, group: GroupId) {
        self.tasks_never_placed += 1;
        if let Some(&why) = self.last.get(&request) {
            self.counts.entry((group, why)).or_default().tasks_never_placed += 1;
        }
    }

    /// Writes the figures of a run that placed this many tasks.
    pub(super) fn write(&self, placed: u64, sheet: &mut Sheet) {
        let attempts = placed + self.attempts;
        let asked = placed + self.tasks_never_placed + self.withdrawn;
        let rate = |failed: u64, of: u64| Figure::ratio(u128::from(failed), u128::from(of));
        sheet.set("tasks_placed", Figure::Count(placed));
        sheet.set("tasks_asked", Figure::Count(asked));
        sheet.set("tasks_refused", Figure::Count(self.tasks_refused));
        sheet.set("tasks_never_placed", Figure::Count(self.tasks_never_placed));
        sheet.set("attempts", Figure::Count(attempts));
        sheet.set("attempts_failed", Figure::Count(self.attempts));
        sheet.set("attempt_failure_rate", rate(self.attempts, attempts));
        sheet.set("failure_rate", rate(self.tasks_refused, asked));
    }

    /// One row for each group and reason that occurred: groups in order, then reasons in the order of the reasons in `docs/laws.md`.
    pub(super) fn rows(&self, requests: &Requests) -> Vec<FailureRow> {
        let mut counts: Vec<_> = self.counts.iter().map(|(&key, &counts)| (key, counts)).collect();
        counts.sort_unstable_by_key(|&(key, _)| key);
        let row = |((group, (reason, is_timed_out)), counts): ((GroupId, Why), Counts)| FailureRow {
            group: requests.groups[group.index()].clone(),
            reason: refusal_text(reason, is_timed_out).into_owned(),
            tasks_refused: counts.tasks_refused,
            tasks_never_placed: counts.tasks_never_placed,
            attempts: counts.attempts,
        };
        counts.into_iter().map(row).collect()
    }
}
