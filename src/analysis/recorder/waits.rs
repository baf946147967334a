//! M23: how long tasks waited to be placed.
//!
//! Tasks that were placed at once are a number, and waits are counted by millisecond, so the memory does not grow with
//! the number of tasks. A task that still waits at the end is not dropped: it ranks as "more than its age". A task
//! that is not tried again (`RunTask`) does not wait; it is counted as never placed (M22).

use rustc_hash::FxHashMap;

use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::engine::Reason;
use crate::model::{GroupId, SimTime};
use crate::simulation::Rejection;

/// Milliseconds in a second.
const MS_PER_SECOND: u128 = 1_000;

/// The waits of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    /// Tasks by wait in milliseconds, those that did wait.
    ended: FxHashMap<u64, u64>,
    /// Tasks that wait now, by number.
    open: FxHashMap<u64, Open>,
    /// The last time at which a task was told to wait.
    last_open: Option<SimTime>,
}

/// A task that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// When it was first asked for.
    pub(super) asked: SimTime,
    /// Its group.
    pub(super) group: GroupId,
    /// Why its last attempt failed.
    pub(super) reason: Reason,
}

impl Waits {
    /// An attempt failed and will be repeated.
    pub(super) fn wait(&mut self, rejection: &Rejection, group: GroupId) {
        self.open.insert(rejection.task, Open { asked: rejection.asked, group, reason: rejection.reason });
        self.last_open = Some(rejection.at);
    }

    /// A task was placed. Most never waited, and for those this is two comparisons.
    #[inline]
    pub(super) fn placed(&mut self, task: u64, asked: SimTime, at: SimTime) {
        if Some(asked) <= self.last_open {
            self.open.remove(&task);
        }
        if asked < at {
            *self.ended.entry(at.since(asked).0).or_default() += 1;
        }
    }

    /// The tasks that wait, in no order.
    pub(super) fn open(&self) -> impl Iterator<Item = &Open> {
        self.open.values()
    }

    /// Writes the figures of a run that ended at `end`, had `placed` tasks and leaves `waiting` tasks.
    pub(super) fn write(&self, (placed, waiting): (u64, u64), end: SimTime, sheet: &mut Sheet) {
        let ranks = self.ranks(placed, end);
        let count: u64 = ranks.iter().map(|&(_, tasks)| tasks).sum();
        let percentile = |percent: u64| nth(&ranks, (count * percent).div_ceil(100));
        sheet.set("wait_s_p50", percentile(50));
        sheet.set("wait_s_p95", percentile(95));
        sheet.set("wait_s_p99", percentile(99));
        sheet.set("wait_s_max", percentile(100));
        sheet.set("tasks_waiting_end", Figure::Count(waiting));
    }

    /// Tasks by wait, ascending; at equal times those that still wait come last.
    fn ranks(&self, placed: u64, end: SimTime) -> Vec<(Wait, u64)> {
        let mut ranks: Vec<_> = self.ended.iter().map(|(&ms, &tasks)| (Wait::Of(ms), tasks)).collect();
        let waited: u64 = self.ended.values().sum();
        ranks.push((Wait::Of(0), placed - waited));
        ranks.extend(self.open().map(|open| (Wait::MoreThan(end.since(open.asked).0), 1)));
        ranks.sort_unstable_by_key(|&(wait, _)| match wait {
            Wait::Of(ms) => (ms, 0),
            Wait::MoreThan(ms) => (ms, 1),
        });
        ranks
    }
}

/// One wait.
#[derive(Clone, Copy, Debug)]
enum Wait {
    Of(u64),
    MoreThan(u64),
}

/// The `rank`-th smallest, counted from 1.
fn nth(ranks: &[(Wait, u64)], rank: u64) -> Figure {
    let mut seen = 0;
    let found = ranks.iter().find(|&&(_, tasks)| {
        seen += tasks;
        rank > 0 && rank <= seen
    });
    match found {
        None => Figure::Absent,
        Some((Wait::Of(ms), _)) => Figure::ratio(u128::from(*ms), MS_PER_SECOND),
        Some((Wait::MoreThan(ms), _)) => Figure::MoreThanMs(*ms),
    }
}
