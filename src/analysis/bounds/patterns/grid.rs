//! What sets of tasks are worth at most, for all amounts at once: a table over whole cells of the resources that run out.
//!
//! Amounts are counted in their greatest common divisor, so that nothing is rounded but capacities, which loses nothing.
//! Limits on how many of a kind an instance holds, and conflicts, are left out: the table is never too low, and a set
//! read off it is a set only if it respects them.
//!
//! # Cost
//! `O(cells x kinds)` for all types of instances together; where the amounts have no common
//! divisor that is coarse enough there is no table.

use super::knapsack::Choice;

/// The table.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// The resources that it looks at.
    resources: Vec<usize>,
    /// How much a cell is, and how many cells there are, of each of them.
    cell: Vec<u64>,
    size: Vec<usize>,
    items: Vec<Item>,
    worth: Vec<i32>,
}

/// A kind in cells.
#[derive(Clone, Debug)]
struct Item {
    kind: usize,
    value: i32,
    /// By resource, and in the table.
    cells: Vec<usize>,
}

impl Grid {
    /// The table of these kinds for the largest of these capacities that are not more cells; `None` if there is none.
    pub(super) fn of(choices: &[Choice<'_>], capacities: &[&[u64]], most_cells: usize) -> Option<Self> {
        let kinds: Vec<usize> =
            (0..choices.len()).filter(|&kind| choices[kind].value > 0 && choices[kind].most > 0).collect();
        let is_asked = |&r: &usize| kinds.iter().any(|&kind| choices[kind].demand[r] > 0);
        let resources: Vec<usize> = (0..capacities.first()?.len()).filter(is_asked).collect();
        let resources: Vec<usize> =
            resources.into_iter().filter(|&r| runs_out(choices, &kinds, r, capacities)).collect();
        let cell: Vec<u64> =
            resources.iter().map(|&r| kinds.iter().map(|&kind| choices[kind].demand[r]).fold(0, gcd)).collect();
        let size = size(&resources, &cell, capacities, most_cells)?;
        let item = |&kind: &usize| -> Option<Item> {
            let cells = |(&r, cell): (&usize, &u64)| usize::try_from(choices[kind].demand[r] / cell).ok();
            let cells: Vec<usize> = resources.iter().zip(&cell).map(cells).collect::<Option<_>>()?;
            let is_something = cells.iter().any(|&cells| cells > 0);
            is_something.then_some(Item { kind, value: i32::try_from(choices[kind].value).ok()?, cells })
        };
        let items: Vec<Item> = kinds.iter().map(item).collect::<Option<_>>()?;
        // A set has no more tasks than there are cells along all sides: no sum leaves 31 bits.
        let dearest = items.iter().map(|item| u64::from(item.value.unsigned_abs())).max().unwrap_or(0);
        let most = dearest.checked_mul(size.iter().map(|&size| size as u64).sum())?;
        i32::try_from(most).ok()?;
        let mut grid = Self { resources, cell, worth: vec![0; size.iter().product()], size, items };
        grid.fill();
        Some(grid)
    }

    /// Row after row along the last resource: every row is what kinds bring on top of earlier rows.
    fn fill(&mut self) {
        let (width, sides) = (*self.size.last().expect("a resource"), self.size.len() - 1);
        let mut at = vec![0_usize; sides];
        let is_flat = |item: &&Item| item.cells[..sides].iter().all(|&cells| cells == 0);
        let flat: Vec<(usize, i32)> =
            self.items.iter().filter(is_flat).map(|item| (item.cells[sides], item.value)).collect();
        for row in 0..self.worth.len() / width {
            let (before, rest) = self.worth.split_at_mut(row * width);
            let here = &mut rest[..width];
            for item in &self.items {
                let along = item.cells[sides];
                if along >= width || item.cells[..sides].iter().zip(&at).any(|(cells, at)| cells > at) {
                    continue;
                }
                let back =
                    item.cells[..sides].iter().zip(&self.size).fold(0, |back, (cells, size)| back * size + cells);
                if back > 0 {
                    let from = &before[(row - back) * width..][..width - along];
                    here[along..].iter_mut().zip(from).for_each(|(here, from)| *here = (*here).max(from + item.value));
                }
            }
            // Kinds that take nothing else fill the row up, each cell from those before it; so does what is not used.
            for cell in 1..width {
                let of = |&(along, value): &(usize, i32)| Some(here[cell.checked_sub(along)?] + value);
                here[cell] = flat.iter().filter_map(of).fold(here[cell].max(here[cell - 1]), i32::max);
            }
            for side in (0..sides).filter(|&side| at[side] > 0) {
                let back = self.size[side + 1..sides].iter().product::<usize>();
                let from = &before[(row - back) * width..][..width];
                here.iter_mut().zip(from).for_each(|(here, from)| *here = (*here).max(*from));
            }
            step(&mut at, &self.size);
        }
    }

    /// No set within these amounts is worth more; `None` beyond the table.
    pub(super) fn at_most(&self, left: &[u64]) -> Option<u64> {
        let mut position = 0;
        for ((&r, cell), &size) in self.resources.iter().zip(&self.cell).zip(&self.size) {
            let cells = usize::try_from(left[r] / cell).ok().filter(|&cells| cells < size)?;
            position = position * size + cells;
        }
        Some(self.worth[position].unsigned_abs().into())
    }

    /// The set that is worth so much, read off the table: how many of each kind.
    pub(super) fn set(&self, capacity: &[u64], kinds: usize) -> Option<Vec<u64>> {
        let mut left = capacity.to_vec();
        let mut worth = self.at_most(&left)?;
        let mut taken = vec![0; kinds];
        while worth > 0 {
            let before = |item: &Item| -> Option<Vec<u64>> {
                let mut less = left.clone();
                for ((&r, cell), &cells) in self.resources.iter().zip(&self.cell).zip(&item.cells) {
                    less[r] = less[r].checked_sub(cell * cells as u64)?;
                }
                (self.at_most(&less)? + u64::from(item.value.unsigned_abs()) == worth).then_some(less)
            };
            let (item, less) = self.items.iter().find_map(|item| Some((item, before(item)?)))?;
            taken[item.kind] += 1;
            left = less;
            worth -= u64::from(item.value.unsigned_abs());
        }
        Some(taken)
    }
}

/// The next place in the order of rows.
fn step(at: &mut [usize], size: &[usize]) {
    for side in (0..at.len()).rev() {
        at[side] += 1;
        if at[side] < size[side] {
            return;
        }
        at[side] = 0;
    }
}

/// Whether tasks can ask for more of a resource than some capacity has.
fn runs_out(choices: &[Choice<'_>], kinds: &[usize], r: usize, capacities: &[&[u64]]) -> bool {
    let all = |&kind: &usize| u128::from(choices[kind].demand[r]) * u128::from(choices[kind].most);
    let all: u128 = kinds.iter().map(all).sum();
    capacities.iter().any(|capacity| all > u128::from(capacity[r]))
}

/// How many cells each side has, for the largest capacities that are not too many; `None` if the smallest is too many.
fn size(resources: &[usize], cell: &[u64], capacities: &[&[u64]], most_cells: usize) -> Option<Vec<usize>> {
    let sides = |capacity: &&[u64]| -> Option<Vec<usize>> {
        let side = |(&r, cell): (&usize, &u64)| usize::try_from(capacity[r] / cell).ok()?.checked_add(1);
        resources.iter().zip(cell).map(side).collect()
    };
    let mut all: Vec<(usize, Vec<usize>)> = capacities
        .iter()
        .filter_map(sides)
        .filter_map(|sides| Some((sides.iter().try_fold(1_usize, |all, &side| all.checked_mul(side))?, sides)))
        .collect();
    all.sort();
    let mut size: Option<Vec<usize>> = None;
    for (_, sides) in all.into_iter().filter(|(_, sides)| !sides.is_empty()) {
        let larger: Vec<usize> = match &size {
            Some(size) => size.iter().zip(&sides).map(|(&a, &b)| a.max(b)).collect(),
            None => sides,
        };
        let cells = larger.iter().try_fold(1_usize, |all, &side| all.checked_mul(side));
        if cells.is_some_and(|cells| cells <= most_cells) {
            size = Some(larger);
        }
    }
    size
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The most that any number of each kind brings within these amounts.
    fn enumerate(choices: &[Choice<'_>], left: [u64; 3]) -> u64 {
        let Some((first, rest)) = choices.split_first() else { return 0 };
        let mut best = enumerate(rest, left);
        let less = [0, 1, 2].map(|r| left[r].checked_sub(first.demand[r]));
        if let [Some(a), Some(b), Some(c)] = less {
            best = best.max(first.value + enumerate(choices, [a, b, c]));
        }
        best
    }

    proptest! {
        /// What is read off is the most that any number of each kind brings, and the set that it tells brings it.
        #[test]
        fn the_table_is_what_enumeration_finds(
            drawn in prop::collection::vec(([1_u64..5, 0_u64..5, 0_u64..3], 1_u64..9), 1..5),
            capacity in [2_u64..9, 2_u64..9, 1_u64..5],
            left in [0_u64..9, 0_u64..9, 0_u64..5],
        ) {
            let choice = |(demand, value): &'_ ([u64; 3], u64)| (demand.map(|amount| amount * 6), *value);
            let drawn: Vec<([u64; 3], u64)> = drawn.iter().map(choice).collect();
            let choices: Vec<Choice<'_>> = drawn
                .iter()
                .map(|(demand, value)| Choice { demand, value: *value, most: 99, conflicts: &[] })
                .collect();
            // Capacities need not be whole cells.
            let capacity = capacity.map(|amount| amount * 6 + 5);
            let left: Vec<u64> = left.iter().zip(&capacity).map(|(&left, &most)| (left * 6 + 1).min(most)).collect();
            let Some(grid) = Grid::of(&choices, &[&capacity], 1 << 12) else { return Ok(()) };
            let most = enumerate(&choices, [left[0], left[1], left[2]]);
            prop_assert_eq!(grid.at_most(&left), Some(most));
            let set = grid.set(&left, choices.len()).expect("the table tells a set");
            prop_assert_eq!(set.iter().zip(&choices).map(|(taken, choice)| taken * choice.value).sum::<u64>(), most);
            for (r, &left) in left.iter().enumerate() {
                let taken: u64 = set.iter().zip(&choices).map(|(taken, choice)| taken * choice.demand[r]).sum();
                prop_assert!(taken <= left, "{set:?}");
            }
        }
    }

    #[test]
    fn amounts_without_a_common_divisor_have_no_table() {
        let one = |demand: &'static [u64]| Choice { demand, value: 1, most: 99, conflicts: &[] };
        let choices = [one(&[1_001, 2_003]), one(&[1_999, 997])];
        assert!(Grid::of(&choices, &[&[16_384, 65_536]], 1 << 20).is_none());
        assert!(Grid::of(&choices, &[&[500, 500]], 1 << 20).is_some());
        assert!(Grid::of(&[], &[&[4, 4]], 1 << 20).is_none());
    }
}
