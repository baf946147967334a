//! For `spread(attribute)`: the tasks of each group in each bucket of each spread attribute.

use super::cells::{CellSet, members};

/// Counted tasks by attribute, group and bucket.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    /// For each attribute, the bucket of every cell.
    of_cell: Vec<Vec<u32>>,
    /// For each attribute, how many buckets there are.
    widths: Vec<usize>,
    /// For each attribute, the tasks of each group in each bucket.
    tasks: Vec<Vec<u32>>,
}

impl Buckets {
    pub(super) fn new(groups: usize, of_cell: Vec<Vec<u32>>) -> Self {
        let widths: Vec<usize> =
            of_cell.iter().map(|buckets| buckets.iter().max().map_or(0, |most| *most as usize + 1)).collect();
        let tasks = widths.iter().map(|width| vec![0; groups * width]).collect();
        Self { of_cell, widths, tasks }
    }

    /// `tasks` of a group have come to a cell, or gone if negative.
    #[inline]
    pub(super) fn add(&mut self, group: u32, cell: usize, tasks: i64) {
        for attribute in 0..self.widths.len() {
            let count = &mut self.tasks[attribute]
                [group as usize * self.widths[attribute] + self.of_cell[attribute][cell] as usize];
            *count = u32::try_from(i64::from(*count) + tasks).expect("fewer than 2^32 tasks, and never less than none");
        }
    }

    #[inline]
    fn get(&self, attribute: usize, group: u32, cell: usize) -> u32 {
        self.tasks[attribute][group as usize * self.widths[attribute] + self.of_cell[attribute][cell] as usize]
    }

    /// The cells in the buckets with the fewest tasks of the group, among those that have a candidate.
    #[inline]
    pub(super) fn emptiest(
        &self,
        attribute: usize,
        group: u32,
        cells: CellSet,
        has: impl Fn(usize) -> bool,
    ) -> CellSet {
        let mut least = u32::MAX;
        let mut set = 0;
        for cell in members(cells) {
            let tasks = self.get(attribute, group, cell);
            if tasks <= least && has(cell) {
                set = if tasks < least { 0 } else { set } | 1 << cell;
                least = tasks;
            }
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
            assert_eq!(buckets.emptiest(0, 1, 0b1111, |cell| candidates >> cell & 1 == 1), expected);
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
