//! B2, the bound L2 of Martello and Toth, on each resource alone.
//!
//! For a threshold a up to half the capacity, tasks larger than C - a have an instance each that no task of at least a
//! can share; so have, among themselves, those larger than C / 2; and what of the tasks from a to C / 2 does not fit
//! beside the latter needs more.
//!
//! # Cost
//! `O(k log k)` for `k` distinct sizes: sums over ranges of sizes come from prefix sums.
//!
//! # Sources
//! Martello and Toth, "Lower bounds and reduction procedures for the bin packing problem", Discrete Applied Mathematics
//! 28, 1990.

use super::{Alike, Packing};

/// The bound over both resources.
pub(crate) fn bound(packing: &Packing) -> u64 {
    (0..2).map(|r| packing.sizes_of(r)).map(|(sizes, capacity)| of_one(&sizes, capacity)).max().unwrap_or(0)
}

/// The bound for sizes in ascending order, each with how many tasks have it.
pub(super) fn of_one(sizes: &[Alike<u64>], capacity: u64) -> u64 {
    if capacity == 0 {
        return 0;
    }
    let sums = Sums::of(sizes);
    let thresholds = sizes.iter().map(|size| size.demand).take_while(|&size| size <= capacity / 2);
    [0].into_iter().chain(thresholds).map(|threshold| sums.at(threshold, capacity)).max().unwrap_or(0)
}

/// Numbers and totals of all tasks below each distinct size.
struct Sums<'a> {
    sizes: &'a [Alike<u64>],
    /// Count and total of the first `k` distinct sizes, at position `k`.
    below: Vec<(u64, u128)>,
}

impl<'a> Sums<'a> {
    fn of(sizes: &'a [Alike<u64>]) -> Self {
        let mut below = vec![(0, 0)];
        for &Alike { demand: size, count } in sizes {
            let (tasks, total) = below[below.len() - 1];
            below.push((tasks + count, total + u128::from(size) * u128::from(count)));
        }
        Self { sizes, below }
    }

    /// Count and total of tasks with `low <= size <= high`.
    fn between(&self, low: u64, high: u64) -> (u64, u128) {
        let from = self.sizes.partition_point(|size| size.demand < low);
        let to = self.sizes.partition_point(|size| size.demand <= high).max(from);
        (self.below[to].0 - self.below[from].0, self.below[to].1 - self.below[from].1)
    }

    fn at(&self, threshold: u64, capacity: u64) -> u64 {
        let (alone, _) = self.between(capacity - threshold + 1, u64::MAX);
        let (large, large_total) = self.between(capacity / 2 + 1, capacity - threshold);
        let (_, rest) = self.between(threshold, capacity / 2);
        let room = u128::from(large) * u128::from(capacity) - large_total;
        let more = rest.saturating_sub(room).div_ceil(u128::from(capacity));
        alone + large + u64::try_from(more).unwrap_or(u64::MAX)
    }
}

/// The definition, task by task, for tests.
#[cfg(test)]
pub(super) fn by_definition(packing: &Packing) -> u64 {
    let of_one = |r: usize| {
        let capacity = packing.largest()[r];
        let each = |item: &super::Item| std::iter::repeat_n(item.demand[r], usize::try_from(item.count).unwrap());
        let tasks: Vec<u64> = packing.items.iter().flat_map(each).collect();
        let value = |a: u64| {
            let sum = |of: &dyn Fn(u64) -> bool| tasks.iter().filter(|&&x| of(x)).sum::<u64>();
            let count = |of: &dyn Fn(u64) -> bool| tasks.iter().filter(|&&x| of(x)).count() as u64;
            let (j1, j2) = (|x: u64| x > capacity - a, |x: u64| 2 * x > capacity && x <= capacity - a);
            let room = count(&j2) * capacity - sum(&j2);
            let more = sum(&|x| x >= a && 2 * x <= capacity).saturating_sub(room).div_ceil(capacity);
            count(&j1) + count(&j2) + more
        };
        (0..=capacity / 2).map(value).max().unwrap_or(0)
    };
    (0..2).map(of_one).max().unwrap_or(0)
}
