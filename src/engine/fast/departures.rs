//! Departures that the caller has announced, on their way from "its record is being fetched" to "what its record points
//! to is being fetched".

use super::index::Indexes;
use super::plan::Plan;
use super::state::cluster::Cluster;
use super::state::memory::prefetch;

/// A stage follows this many announcements after the one before, when what it reads has arrived.
const STAGES_APART: usize = 4;
const STAGES: usize = 3;

/// An announced departure.
#[derive(Clone, Copy, Debug, Default)]
struct Departure {
    id: u32,
    group: u32,
}

/// The last few announced departures.
#[derive(Clone, Debug, Default)]
pub(super) struct Departures {
    last: [Departure; STAGES_APART * (STAGES - 1)],
    at: usize,
}

impl Departures {
    #[inline]
    pub(super) fn announce(&mut self, plan: &Plan, id: u32, cluster: &Cluster<'_>, indexes: &Indexes) {
        prefetch(cluster.records.as_ptr().wrapping_add(id as usize));
        if let Some(counts) = &cluster.counts {
            prefetch(counts.address(id));
        }
        if cluster.is_large() {
            self.advance(Departure { id, group: plan.group }, cluster, indexes);
        }
    }

    fn advance(&mut self, departure: Departure, cluster: &Cluster<'_>, indexes: &Indexes) {
        self.at = (self.at + 1) % self.last.len();
        let second = self.last[(self.at + STAGES_APART) % self.last.len()];
        let third = std::mem::replace(&mut self.last[self.at], departure);
        if let Some(record) = cluster.records.get(second.id as usize) {
            prefetch(indexes.fit.grid(record.cell()).address(record.local));
        }
        if let Some(counts) = &cluster.counts
            && (third.id as usize) < cluster.records.len()
        {
            counts.expect_further(third.id);
            indexes.expect_stop(cluster, third.id, third.group);
        }
    }
}
