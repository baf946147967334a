//! M25: tasks that were stopped though the load did not ask for it, for each hour of a task's life; and those that the
//! load ended, apart.

use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::simulation::StopCause;

/// Milliseconds in an hour.
const MS_PER_HOUR: u128 = 3_600_000;

/// Stops so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Churn {
    by_load: u64,
    by_cluster: u64,
}

impl Churn {
    /// A task stops.
    #[inline]
    pub(super) fn stop(&mut self, cause: StopCause) {
        match cause {
            StopCause::Ended => self.by_load += 1,
            StopCause::InstanceLost => self.by_cluster += 1,
        }
    }

    /// Writes the figures of a run with this integral of living tasks over milliseconds.
    pub(super) fn write(&self, task_ms: u128, sheet: &mut Sheet) {
        let per_hour = |stops: u64| Figure::ratio(u128::from(stops) * MS_PER_HOUR, task_ms);
        sheet.set("churn_per_task_hour", per_hour(self.by_cluster));
        sheet.set("stops_by_load_per_task_hour", per_hour(self.by_load));
    }
}
