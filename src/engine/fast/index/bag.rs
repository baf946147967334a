//! A sorted set of instance ids that is cheapest at its low end, for the instances with one value of a binpack key.
//!
//! # Invariants
//! 1. Ids descend within a run, and every id of a run is above all of the run after it. The last id is the lowest.
//! 2. No run is longer than [`LONGEST_RUN`]; none is empty, except the lowest if the bag is.
//!
//! # Cost
//! The lowest id is the last of the last run: no search, and taking it away moves nothing. Any other insert or remove
//! is a binary search over the runs and one in a run, and moves at most 1 KiB. Nearly all bags have one short run.
//!
//! # Sources
//! The leaves of a B+ tree with one level above them (Comer, "The Ubiquitous B-Tree", Computing Surveys 1979). Heaps
//! with lazy deletion are cheaper to change but cannot be walked in order or drawn from.

const LONGEST_RUN: usize = 256;

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Bag {
    /// The run with the lowest ids.
    low: Vec<u32>,
    /// Further runs, those with lower ids later.
    high: Vec<Vec<u32>>,
}

impl Bag {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.low.is_empty()
    }

    #[inline]
    pub(crate) fn lowest(&self) -> Option<u32> {
        self.low.last().copied()
    }

    /// The lowest id from `id` on.
    pub(crate) fn lowest_from(&self, id: u32) -> Option<u32> {
        let first = |run: &Vec<u32>| run.partition_point(|&other| other >= id).checked_sub(1).map(|place| run[place]);
        if self.low.first().is_some_and(|&highest| highest >= id) {
            return first(&self.low);
        }
        // Runs descend: the last one whose highest id is not below.
        let run = self.high.partition_point(|run| run[0] >= id).checked_sub(1)?;
        first(&self.high[run])
    }

    pub(crate) fn len(&self) -> usize {
        self.low.len() + self.high.iter().map(Vec::len).sum::<usize>()
    }

    /// All ids, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let high = self.high.iter().rev().flat_map(|run| run.iter().rev());
        self.low.iter().rev().chain(high).copied()
    }

    /// How many ids are below `id`.
    pub(crate) fn below(&self, id: u32) -> usize {
        let runs = std::iter::once(&self.low).chain(self.high.iter().rev());
        let mut below = 0;
        for run in runs {
            let here = run.len() - run.partition_point(|&other| other >= id);
            below += here;
            if here < run.len() {
                break;
            }
        }
        below
    }

    /// Adds an id that is not there.
    #[inline]
    pub(crate) fn insert(&mut self, id: u32) {
        if self.low.last().is_none_or(|&lowest| id < lowest) && self.low.len() < LONGEST_RUN {
            self.low.push(id);
        } else {
            self.insert_inside(id);
        }
    }

    /// Takes away an id that is there.
    #[inline]
    pub(crate) fn remove(&mut self, id: u32) {
        if self.low.last() == Some(&id) {
            self.low.pop();
            self.refill();
        } else {
            self.remove_inside(id);
        }
    }

    #[inline(never)]
    fn insert_inside(&mut self, id: u32) {
        let run = self.run_for(id);
        let ids = self.run_mut(run);
        let place = ids.partition_point(|&other| other > id);
        debug_assert!(ids.get(place) != Some(&id), "instance {id} is in the bag");
        ids.insert(place, id);
        if ids.len() > LONGEST_RUN {
            let lower = ids.split_off(LONGEST_RUN / 2);
            let higher = std::mem::replace(ids, lower);
            self.high.insert(run, higher);
        }
    }

    #[inline(never)]
    fn remove_inside(&mut self, id: u32) {
        let run = self.run_for(id);
        let ids = self.run_mut(run);
        let place = ids.partition_point(|&other| other > id);
        assert!(ids.get(place) == Some(&id), "instance {id} is not in the bag");
        ids.remove(place);
        if ids.is_empty() && run < self.high.len() {
            self.high.remove(run);
        }
        self.refill();
    }

    /// The position of the run that holds or would hold `id`; `high.len()` is the low run.
    fn run_for(&self, id: u32) -> usize {
        // The last id of a run is its lowest: the run wanted is the first whose lowest is not above `id`.
        self.high.partition_point(|run| run[run.len() - 1] > id)
    }

    fn run_mut(&mut self, run: usize) -> &mut Vec<u32> {
        if run < self.high.len() { &mut self.high[run] } else { &mut self.low }
    }

    #[inline]
    fn refill(&mut self) {
        if self.low.is_empty() && !self.high.is_empty() {
            self.refill_from_high();
        }
    }

    #[cold]
    fn refill_from_high(&mut self) {
        self.low = self.high.pop().expect("asked only where there is one");
    }

    pub(crate) fn bytes(&self) -> usize {
        let runs = self.high.iter().map(|run| run.capacity() * 4 + size_of::<Vec<u32>>()).sum::<usize>();
        size_of::<Self>() + self.low.capacity() * 4 + runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// A bag is a sorted set, also past the length of a run.
        #[test]
        fn bags_are_sorted_sets(ids in prop::collection::vec(0..2_500_u32, 0..3_000), start in 0..2_000_u32) {
            let mut bag = Bag::default();
            let mut model = BTreeSet::new();
            for id in (0..start).rev() {
                bag.insert(id);
                model.insert(id);
            }
            for (step, id) in ids.into_iter().enumerate() {
                if model.remove(&id) {
                    bag.remove(id);
                } else {
                    model.insert(id);
                    bag.insert(id);
                }
                prop_assert_eq!(bag.lowest(), model.first().copied());
                if step % 97 == 0 {
                    prop_assert!(bag.iter().eq(model.iter().copied()));
                    prop_assert_eq!(bag.len(), model.len());
                    prop_assert_eq!(bag.below(id), model.range(..id).count());
                    prop_assert_eq!(bag.lowest_from(id), model.range(id..).next().copied());
                    prop_assert_eq!(bag.lowest_from(id + 1), model.range(id + 1..).next().copied());
                }
            }
            while let Some(lowest) = bag.lowest() {
                prop_assert_eq!(model.pop_first(), Some(lowest));
                bag.remove(lowest);
            }
            prop_assert!(model.is_empty() && bag.is_empty());
        }
    }
}
