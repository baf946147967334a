//! For `spread(attribute)`: the tasks of each group in each bucket of each spread attribute.

use crate::engine::fast::state::cells::{CellSet, members};

/// Counted tasks by attribute, group and bucket.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    attributes: Vec<Attribute>,
}

#[derive(Clone, Debug)]
struct Attribute {
    /// The bucket of every cell.
    of_cell: Vec<u32>,
    /// How many buckets there are.
    width: usize,
    /// The tasks of each group in each bucket.
    tasks: Vec<u32>,
}

impl Buckets {
    pub(crate) fn new(groups: usize, of_cell: Vec<Vec<u32>>) -> Self {
        let attribute = |of_cell: Vec<u32>| {
            let width = of_cell.iter().max().map_or(0, |most| *most as usize + 1);
            Attribute { of_cell, width, tasks: vec![0; groups * width] }
        };
        Self { attributes: of_cell.into_iter().map(attribute).collect() }
    }

    /// No rule spreads over an attribute.
    pub(crate) fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// `tasks` of a group have come to a cell, or gone if negative.
    #[inline(always)]
    pub(crate) fn add(&mut self, group: u32, cell: usize, tasks: i64) {
        for Attribute { of_cell, width, tasks: counts } in &mut self.attributes {
            let count = &mut counts[group as usize * *width + of_cell[cell] as usize];
            let now = i64::from(*count) + tasks;
            *count = u32::try_from(now).expect("fewer than 2^32 tasks, and never less than none");
        }
    }

    /// The tasks of a group in the bucket of a cell.
    #[inline]
    pub(crate) fn get(&self, attribute: usize, group: u32, cell: usize) -> u32 {
        let Attribute { of_cell, width, tasks } = &self.attributes[attribute];
        tasks[group as usize * width + of_cell[cell] as usize]
    }

    /// The cells, out of some that each have a candidate, in the buckets with the fewest tasks of the group.
    #[inline]
    pub(crate) fn emptiest(&self, attribute: usize, group: u32, cells: CellSet) -> CellSet {
        let Attribute { of_cell, width, tasks } = &self.attributes[attribute];
        let tasks = &tasks[group as usize * width..][..*width];
        let mut least = u32::MAX;
        let mut set = 0;
        for cell in members(cells) {
            let tasks = tasks[of_cell[cell] as usize];
            // Which bucket is emptier changes all the time: selected, not branched on.
            let others = if tasks < least { 0 } else { set };
            set = if tasks <= least { others | 1 << cell } else { set };
            least = least.min(tasks);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_emptiest_buckets_with_a_candidate_are_kept() {
        // Four cells in three buckets.
        let mut buckets = Buckets::new(2, vec![vec![0, 1, 1, 2]]);
        let check = |buckets: &Buckets, candidates: CellSet, expected: CellSet| {
            assert_eq!(buckets.emptiest(0, 1, candidates), expected);
        };
        check(&buckets, 0b1111, 0b1111);
        buckets.add(1, 0, 2);
        buckets.add(0, 1, 9);
        buckets.add(1, 2, 1);
        check(&buckets, 0b1111, 0b1000);
        check(&buckets, 0b0111, 0b0110);
        check(&buckets, 0b0001, 0b0001);
        buckets.add(1, 2, -1);
        check(&buckets, 0b1110, 0b1110);
        check(&buckets, 0, 0);
    }
}
