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
        if self.members.is_empty() || left.len() * 2 <= self.members.len() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Ordering;

    proptest! {
        /// Lanes are kept whose bucket has the fewest tasks, whether they are read lane by lane or in words.
        #[test]
        fn the_emptiest_are_those_of_a_list(
            of_lanes in prop::collection::vec(0..9_u32, 1..200),
            tasks in prop::collection::vec(0..4_u32, 9),
            asked in prop::collection::vec(any::<bool>(), 200),
            absent in 0..9_u32,
        ) {
            let mut buckets = Buckets { of_lanes: of_lanes.clone(), members: Vec::new() };
            let mut left: Vec<usize> = (0..of_lanes.len()).filter(|&lane| asked[lane]).collect();
            let mut words = vec![0; of_lanes.len().div_ceil(64)];
            left.iter().for_each(|lane| words[lane / 64] |= 1 << (lane % 64));
            if left.iter().any(|&lane| of_lanes[lane] != absent) {
                left.retain(|&lane| of_lanes[lane] != absent);
            }
            let least = left.iter().map(|&lane| tasks[of_lanes[lane] as usize]).min();
            left.retain(|&lane| Some(tasks[of_lanes[lane] as usize]) == least);
            for are_complete in [false, true] {
                if are_complete {
                    buckets.complete();
                    prop_assert!(!buckets.members.is_empty());
                }
                let mut set = LaneSet::default();
                set.copy_from(&words);
                buckets.leave_out(&mut set, absent);
                let mut by_words = set.clone();
                by_words.keep_least_of(&buckets.members, &tasks);
                buckets.keep_emptiest(&mut set, &tasks);
                prop_assert_eq!(set.lanes().collect::<Vec<_>>(), left.clone());
                if are_complete {
                    prop_assert_eq!(by_words.lanes().collect::<Vec<_>>(), left.clone());
                }
            }
        }

        /// The best of some lanes, and those that another set has too.
        #[test]
        fn the_best_and_what_two_sets_share_are_those_of_a_list(
            of_lanes in prop::collection::vec(any::<u64>(), 1..150),
            step in 1..4_usize,
        ) {
            let lanes: Vec<usize> = (0..of_lanes.len()).step_by(step).collect();
            let mut words = vec![0; of_lanes.len().div_ceil(64)];
            lanes.iter().for_each(|lane| words[lane / 64] |= 1 << (lane % 64));
            let mut set = LaneSet::default();
            set.copy_from(&words);
            prop_assert_eq!(set.len(), lanes.len());
            let shared: Vec<usize> =
                lanes.iter().copied().filter(|lane| of_lanes[lane / 64] >> (lane % 64) & 1 == 1).collect();
            let mut both = set.clone();
            prop_assert_eq!(both.keep_those_of(&of_lanes), !shared.is_empty());
            let expected = if shared.is_empty() { &lanes } else { &shared };
            prop_assert_eq!(&both.lanes().collect::<Vec<_>>(), expected);
            let mut best: Option<u64> = None;
            set.keep_best(|lane| {
                let compared = best.map_or(Ordering::Less, |best| (of_lanes[lane] % 3).cmp(&best));
                best = if compared.is_lt() { Some(of_lanes[lane] % 3) } else { best };
                compared
            });
            let least = lanes.iter().map(|&lane| of_lanes[lane] % 3).min();
            let kept: Vec<usize> = lanes.into_iter().filter(|&lane| Some(of_lanes[lane] % 3) == least).collect();
            prop_assert_eq!(set.lanes().collect::<Vec<_>>(), kept);
        }
    }
}
