//! The buckets that lanes are in, by one attribute.
//!
//! # Invariants
//! 1. A lane is a member of its bucket and of no other.
//!
//! # Cost
//! Four bytes for each lane, and a bit for each lane and bucket where both are few.

use super::lane_set::LaneSet;

/// Words of all sets of members at most.
const MOST_WORDS: usize = 1 << 14;

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets {
    /// By lane.
    pub(crate) of_lanes: Vec<u32>,
    /// By bucket, then word of 64 lanes; empty where these were too many.
    members: Vec<u64>,
}

impl Buckets {
    /// All lanes are known.
    pub(super) fn complete(&mut self) {
        let words = self.of_lanes.len().div_ceil(64);
        let width = self.of_lanes.iter().max().map_or(0, |last| *last as usize + 1);
        if width * words > MOST_WORDS {
            return;
        }
        self.members = vec![0; width * words];
        for (lane, &bucket) in self.of_lanes.iter().enumerate() {
            self.members[bucket as usize * words + lane / 64] |= 1 << (lane % 64);
        }
    }

    /// Keeps the lanes in the buckets with the fewest tasks; `tasks` has those of each bucket.
    pub(crate) fn keep_emptiest(&self, left: &mut LaneSet, tasks: &[u32]) {
        if self.members.is_empty() || left.len() <= self.members.len() {
            let of = |lane: usize| tasks[self.of_lanes[lane] as usize];
            let least = left.lanes().map(of).fold(u32::MAX, u32::min);
            left.retain(|lane| of(lane) == least);
        } else {
            left.keep_least_of(&self.members, tasks);
        }
    }

    /// Keeps the lanes that are not in a bucket, if there are any.
    pub(crate) fn leave_out(&self, left: &mut LaneSet, bucket: u32) {
        if left.lanes().any(|lane| self.of_lanes[lane] != bucket) {
            left.retain(|lane| self.of_lanes[lane] != bucket);
        }
    }
}
