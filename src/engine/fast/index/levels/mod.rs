//! For `spread(instanceId)`: the instances of every cell, by how many tasks of a group they hold.
//!
//! A *pair* is a group and a shape. A pair earns its levels when looking through the fitting instances one by one has
//! cost more than building and keeping them ([`Levels::charge`]); with few groups all have them from the start.
//!
//! # Invariants
//! 1. In a pair with levels, the members of level `k` of a cell are its instances that hold `k` tasks of the group, and
//!    the level counts those of them that fit the shape.
//!
//! # Cost
//! A task that comes or goes moves its instance from one level to the next in the pairs of its group. An instance that
//! starts or ceases to fit costs a few additions for every pair of the shape. Counting only instances that *fit* is what
//! makes the lowest level useful: full ones stay at low levels for ever. In a large cluster what the next decisions read is
//! fetched before they ask (`ahead.rs`).

mod ahead;
mod cell;
mod level;

use super::bitgrid::Column;
use super::fit::{FitIndex, ShapeSet};
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::counts::{CountsOf, GroupCounts, Held};
use crate::engine::fast::state::record::{Change, Record, Slot};
use ahead::Ahead;
use cell::{CellLevels, Found, Member};
use level::Level;

/// A group with a shape.
#[derive(Clone, Copy, Debug)]
struct Pair {
    group: u32,
    shape: u32,
    has_levels: bool,
    /// Instances looked at in vain since the pair was made.
    charge: usize,
}

/// Those of eight shapes, a bit each, that an instance of a cell starts or ceases to fit.
#[derive(Clone, Copy, Debug)]
struct Flips {
    eight: usize,
    shapes: u8,
    cell: usize,
}

/// Members of the word of a level that begins at a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) start: u32,
    pub(crate) members: u64,
}

/// A pair whose levels are kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Where its levels begin.
    first: u32,
    group: u32,
    shape: u32,
}

/// The kept pairs of eight shapes.
#[derive(Clone, Debug, Default)]
struct OfEight {
    kept: Vec<Kept>,
    /// By 64 pairs.
    of_shapes: Vec<PairSets>,
}

/// By a set of eight shapes, a bit each: which of 64 pairs are of one of them.
#[derive(Clone, Debug)]
struct PairSets([u64; 256]);

impl OfEight {
    fn add(&mut self, kept: Kept) {
        let (word, bit) = (self.kept.len() / 64, self.kept.len() % 64);
        if bit == 0 {
            self.of_shapes.push(PairSets([0; 256]));
        }
        let sets = self.of_shapes[word].0.iter_mut().enumerate();
        sets.filter(|(shapes, _)| shapes >> (kept.shape % 8) & 1 == 1).for_each(|(_, pairs)| *pairs |= 1 << bit);
        self.kept.push(kept);
    }

    /// Calls `visit` with every pair of some of the shapes, a bit each. How many they are cannot be foreseen: one loop, whose
    /// end is guessed wrong once, in place of one for the shapes and one more for each.
    #[inline(always)]
    fn each(&self, shapes: u8, mut visit: impl FnMut(Kept)) {
        for (sets, kept) in self.of_shapes.iter().zip(self.kept.chunks(64)) {
            let mut rest = sets.0[usize::from(shapes)];
            while rest != 0 {
                visit(kept[rest.trailing_zeros() as usize]);
                rest &= rest - 1;
            }
        }
    }
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    pairs: Vec<Pair>,
    /// Pairs, by group.
    by_group: Vec<Vec<u32>>,
    /// Pairs with levels, by group.
    kept_by_group: Vec<Vec<Kept>>,
    /// Pairs with levels, by shape, in eights.
    kept_by_shape: Vec<OfEight>,
    /// Some pair has no levels yet.
    is_waiting: bool,
    /// By pair, then cell.
    levels: Vec<CellLevels>,
    cells: usize,
    /// How often an instance started or ceased to fit each shape while some pair had no levels: what keeping them costs.
    flips: Vec<usize>,
    ahead: Ahead,
}

impl Levels {
    pub(crate) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        Self {
            pairs: Vec::new(),
            by_group: vec![Vec::new(); groups],
            kept_by_group: vec![Vec::new(); groups],
            kept_by_shape: vec![OfEight::default(); shapes.div_ceil(8)],
            is_waiting: false,
            levels: Vec::new(),
            cells,
            flips: vec![0; shapes],
            ahead: Ahead::default(),
        }
    }

    /// The number of the pair, made if it is new.
    pub(crate) fn pair(&mut self, group: u32, shape: u32) -> u32 {
        let known = &self.by_group[group as usize];
        if let Some(&pair) = known.iter().find(|&&pair| self.pairs[pair as usize].shape == shape) {
            return pair;
        }
        let pair = u32::try_from(self.pairs.len()).expect("no more pairs than requests");
        self.pairs.push(Pair { group, shape, has_levels: false, charge: 0 });
        self.levels.resize(self.pairs.len() * self.cells, CellLevels::default());
        self.by_group[group as usize].push(pair);
        self.is_waiting = true;
        pair
    }

    #[inline]
    pub(crate) fn has_levels(&self, pair: u32) -> bool {
        self.pairs[pair as usize].has_levels
    }

    /// Notes that `steps` instances were looked at in vain, and answers whether the pair has earned its levels: whether
    /// looking has cost more than building and having kept them would have.
    pub(crate) fn charge(&mut self, pair: u32, steps: usize, instances: usize) -> bool {
        let pair = &mut self.pairs[pair as usize];
        pair.charge += steps;
        pair.charge > instances / 4 + 64 + self.flips[pair.shape as usize]
    }

    /// Makes the levels of a pair.
    pub(crate) fn build(&mut self, number: u32, cluster: &Cluster<'_>, fit: &FitIndex) {
        let pair = &mut self.pairs[number as usize];
        pair.has_levels = true;
        let Pair { group, shape, .. } = *pair;
        let first = number * u32::try_from(self.cells).expect("at most 64");
        let kept = Kept { first, group, shape };
        self.kept_by_group[group as usize].push(kept);
        self.kept_by_shape[shape as usize / 8].add(kept);
        self.is_waiting = self.pairs.iter().any(|pair| !pair.has_levels);
        for (cell, ids) in cluster.members.iter().enumerate() {
            let levels = &mut self.levels[first as usize + cell];
            levels.grow(ids.len());
            for (local, &id) in (0..).zip(ids) {
                let (count, fits) = (cluster.group_count(id, group), fit.contains(cell, shape, local));
                levels.enter(count, Member { id, local }, fits);
            }
        }
    }

    #[inline]
    fn at(&self, pair: u32, cell: usize) -> usize {
        pair as usize * self.cells + cell
    }

    /// An instance is new: it holds nothing and does not fit yet.
    pub(crate) fn added(&mut self, id: u32, record: Record) {
        let member = Member { id, local: record.local };
        for kept in self.kept_by_group.iter().flatten() {
            let levels = &mut self.levels[kept.first as usize + record.cell()];
            levels.grow(record.local as usize + 1);
            levels.enter(0, member, false);
        }
    }

    /// The instance at a place holds another number of tasks of a group, and fits what it fitted.
    #[inline]
    pub(crate) fn step(&mut self, group: u32, Change { instance: id, before, .. }: Change, held: Held, fit: &FitIndex) {
        let Slot { cell, local } = before.slot();
        for &Kept { first, shape, .. } in &self.kept_by_group[group as usize] {
            let fits = fit.contains(cell, shape, local);
            self.levels[first as usize + cell].step(held, Member { id, local }, fits);
        }
    }

    /// An instance that holds the tasks of `counts` starts or ceases to fit some shapes.
    #[inline]
    pub(crate) fn count_flips(
        &mut self,
        shapes: ShapeSet,
        record: Record,
        CountsOf { counts, id }: CountsOf<'_>,
        fits: bool,
    ) {
        if self.is_waiting {
            shapes.iter().for_each(|shape| self.flips[shape as usize] += 1);
        }
        let (cell, member) = (record.cell(), Member { id, local: record.local });
        let mut rest = shapes.bits;
        while rest != 0 {
            let eight = rest.trailing_zeros() as usize / 8;
            let flips = Flips { eight: shapes.first as usize / 8 + eight, shapes: rest.to_le_bytes()[eight], cell };
            rest &= !(0xff << (eight * 8));
            match counts {
                GroupCounts::Dense(dense) => self.flip(flips, member, dense.of(id), fits),
                GroupCounts::Sparse(sparse) => self.flip(flips, member, |group| sparse.get(id, group), fits),
            }
        }
    }

    #[inline(always)]
    fn flip(
        &mut self,
        Flips { eight, shapes, cell }: Flips,
        member: Member,
        count_of: impl Fn(u32) -> u32,
        fits: bool,
    ) {
        let Self { kept_by_shape, levels, .. } = self;
        if fits {
            kept_by_shape[eight].each(shapes, |Kept { first, group, .. }| {
                levels[first as usize + cell].start_to_fit(count_of(group), member);
            });
        } else {
            kept_by_shape[eight].each(shapes, |Kept { first, group, .. }| {
                levels[first as usize + cell].cease_to_fit(count_of(group), member.local);
            });
        }
    }

    /// What a pair with levels has first in a cell.
    #[inline]
    pub(crate) fn first(&mut self, pair: u32, cell: usize, fit: Column<'_>) -> Option<Found> {
        let at = self.at(pair, cell);
        self.levels[at].first(fit)
    }

    /// Those of `cells` where the lowest level of a pair with levels is lowest, and that level.
    pub(crate) fn lowest(&mut self, pair: u32, cells: CellSet, fit: &FitIndex) -> (CellSet, u32) {
        let shape = self.pairs[pair as usize].shape;
        let mut best = u32::MAX;
        let mut tied = 0;
        for cell in members(cells) {
            let level = self.first(pair, cell, fit.column(cell, shape)).map_or(u32::MAX, |found| found.level);
            let others = if level < best { 0 } else { tied };
            tied = if level <= best { others | 1 << cell } else { tied };
            best = best.min(level);
        }
        (tied, best)
    }

    /// The instances of a cell at a level.
    #[inline]
    pub(crate) fn level(&self, pair: u32, level: u32, cell: usize) -> &Level {
        self.levels[self.at(pair, cell)].level(level)
    }

    /// Some instances of a word of a level take a task each; all of them fit as yet.
    pub(crate) fn sweep(&mut self, pair: u32, level: u32, cell: usize, taken: Taken) {
        let at = self.at(pair, cell);
        self.levels[at].raise(level, taken);
    }

    /// The group has this pair alone.
    pub(crate) fn is_alone(&self, group: u32, pair: u32) -> bool {
        self.by_group[group as usize] == [pair]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.levels.iter().map(CellLevels::bytes).sum()
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>, fit: &FitIndex) -> Result<(), String> {
        for (number, pair) in (0..).zip(&self.pairs).filter(|(_, pair)| pair.has_levels) {
            let of_pair = |error: String| format!("levels of pair {number}: {error}");
            for (id, record) in (0..).zip(&cluster.records) {
                let Slot { cell, local } = record.slot();
                let (levels, count) = (&self.levels[self.at(number, cell)], cluster.group_count(id, pair.group));
                let kept = levels.levels_of(local);
                if kept != [count] {
                    return Err(of_pair(format!("instance {id} is at levels {kept:?}, holds {count}")));
                }
                if fit.contains(cell, pair.shape, local) {
                    levels.validate_place(count, local).map_err(of_pair)?;
                }
            }
            for cell in 0..self.cells {
                let levels = &self.levels[self.at(number, cell)];
                levels.validate(fit.column(cell, pair.shape)).map_err(of_pair)?;
                levels.validate_front(cell, cluster).map_err(of_pair)?;
            }
        }
        Ok(())
    }
}
