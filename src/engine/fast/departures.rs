//! Departures that the caller has announced, on their way from "its record is being fetched" to "what its record points
//! to is being fetched".

use super::cluster::Cluster;
use super::indexes::Indexes;
use super::prefetch::prefetch;

/// The second stage follows this many announcements after the first, when the record has arrived.
const STAGES_APART: usize = 4;

/// The last few announced instances.
#[derive(Clone, Debug, Default)]
pub(super) struct Departures {
    ids: [u32; STAGES_APART],
    at: usize,
}

impl Departures {
    #[inline]
    pub(super) fn announce(&mut self, id: u32, cluster: &Cluster<'_>, indexes: &Indexes) {
        prefetch(cluster.records.as_ptr().wrapping_add(id as usize));
        if let Some(counts) = &cluster.counts {
            prefetch(counts.address(id));
        }
        self.at = (self.at + 1) % STAGES_APART;
        let earlier = std::mem::replace(&mut self.ids[self.at], id);
        if let Some(record) = cluster.records.get(earlier as usize) {
            prefetch(indexes.fit.grid(record.cell()).address(record.local));
        }
    }
}
