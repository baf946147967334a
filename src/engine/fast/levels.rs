//! For `spread(instanceId)`: the instances that fit a shape, by how many tasks of a group they hold.
//!
//! A *pair* is a group and a shape. A pair earns its level sets when looking through the fitting instances one by one
//! has cost more than building them ([`Levels::charge`]); with few groups all have them from the start.
//!
//! # Invariants
//! 1. In a pair with sets, an instance is in the set of its level exactly if it fits the shape; level `k` holds `k`
//!    tasks of the group.
//! 2. A set that becomes empty goes back to the pool of its cell, so only levels in use take memory.
//! 3. `lowest` is at most the lowest level in use.
//!
//! # Cost
//! A task that comes or goes is one remove and one insert. An instance that starts or ceases to fit a shape is one
//! operation for every pair of that shape with sets. Keeping sets over *fitting* instances is what makes the lowest
//! level useful: full instances stay at low levels for ever.

use super::bitgrid::BitGrid;
use super::cells::CellSet;
use super::cells::members;
use super::cluster::Cluster;
use super::fit::FitIndex;
use super::record::Record;

const NONE: u32 = u32::MAX;

/// A group with a shape.
#[derive(Clone, Debug)]
struct Pair {
    group: u32,
    shape: u32,
    /// Instances looked at in vain since the pair was made.
    charge: usize,
    /// By cell; empty until they are earned.
    cells: Vec<CellLevels>,
}

/// The sets of one pair in one cell.
#[derive(Clone, Debug, Default)]
struct CellLevels {
    /// Number of the set of each level in the pool.
    sets: Vec<u32>,
    lowest: usize,
}

/// Sets of positions in one cell, in use or free for use.
#[derive(Clone, Debug, Default)]
struct Pool {
    sets: Vec<BitGrid>,
    free: Vec<u32>,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Levels {
    pairs: Vec<Pair>,
    by_group: Vec<Vec<u32>>,
    /// Pairs with sets.
    by_shape: Vec<Vec<u32>>,
    pools: Vec<Pool>,
}

/// The lowest level of a pair among some cells: the sets of it, with their cells.
pub(super) struct Lowest<'a> {
    levels: &'a Levels,
    pair: usize,
    pub(super) level: usize,
    pub(super) cells: CellSet,
}

impl Lowest<'_> {
    pub(super) fn set(&self, cell: usize) -> &BitGrid {
        let number = self.levels.pairs[self.pair].cells[cell].sets[self.level];
        &self.levels.pools[cell].sets[number as usize]
    }
}

impl Levels {
    pub(super) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        let pools = vec![Pool::default(); cells];
        Self { pairs: Vec::new(), by_group: vec![Vec::new(); groups], by_shape: vec![Vec::new(); shapes], pools }
    }

    /// The number of the pair, made if it is new.
    pub(super) fn pair(&mut self, group: u32, shape: u32) -> u32 {
        let known = &self.by_group[group as usize];
        if let Some(&pair) = known.iter().find(|&&pair| self.pairs[pair as usize].shape == shape) {
            return pair;
        }
        let pair = u32::try_from(self.pairs.len()).expect("no more pairs than requests");
        self.pairs.push(Pair { group, shape, charge: 0, cells: Vec::new() });
        self.by_group[group as usize].push(pair);
        pair
    }

    #[inline]
    pub(super) fn has_sets(&self, pair: u32) -> bool {
        !self.pairs[pair as usize].cells.is_empty()
    }

    /// Notes that `steps` instances were looked at in vain, and answers whether the pair has earned its sets.
    pub(super) fn charge(&mut self, pair: u32, steps: usize, instances: usize) -> bool {
        let pair = &mut self.pairs[pair as usize];
        pair.charge += steps;
        pair.charge > instances / 4 + 64
    }

    /// Makes the sets of a pair.
    pub(super) fn build(&mut self, pair: u32, cluster: &Cluster<'_>, fit: &FitIndex) {
        let Pair { group, shape, .. } = self.pairs[pair as usize];
        self.pairs[pair as usize].cells = vec![CellLevels::default(); self.pools.len()];
        self.by_shape[shape as usize].push(pair);
        for (cell, ids) in cluster.members.iter().enumerate() {
            for (local, &id) in (0..).zip(ids) {
                if fit.contains(cell, shape, local) {
                    self.insert(pair, cell, local, cluster.group_count(id, group));
                }
            }
        }
    }

    /// Takes an instance out of the sets of a group whose count is about to change from `count`.
    #[inline]
    pub(super) fn lift(&mut self, group: u32, (cell, local): (usize, u32), count: u32, fit: &FitIndex) {
        for position in 0..self.by_group[group as usize].len() {
            let pair = self.by_group[group as usize][position];
            if self.has_sets(pair) && fit.contains(cell, self.pairs[pair as usize].shape, local) {
                self.remove(pair, cell, local, count);
            }
        }
    }

    /// Puts an instance back into the sets of a group whose count is now `count`.
    #[inline]
    pub(super) fn drop_back(&mut self, group: u32, (cell, local): (usize, u32), count: u32, fit: &FitIndex) {
        for position in 0..self.by_group[group as usize].len() {
            let pair = self.by_group[group as usize][position];
            if self.has_sets(pair) && fit.contains(cell, self.pairs[pair as usize].shape, local) {
                self.insert(pair, cell, local, count);
            }
        }
    }

    /// An instance starts or ceases to fit `shape`. The group that is lifted now, if any, is left out.
    #[inline]
    pub(super) fn flipped(
        &mut self,
        shape: u32,
        (id, record): (u32, Record),
        lifted: u32,
        cluster: &Cluster<'_>,
        fits: bool,
    ) {
        for position in 0..self.by_shape[shape as usize].len() {
            let pair = self.by_shape[shape as usize][position];
            let group = self.pairs[pair as usize].group;
            if group == lifted {
                continue;
            }
            let count = cluster.group_count(id, group);
            if fits {
                self.insert(pair, record.cell(), record.local, count);
            } else {
                self.remove(pair, record.cell(), record.local, count);
            }
        }
    }

    #[inline]
    fn insert(&mut self, pair: u32, cell: usize, local: u32, count: u32) {
        let levels = &mut self.pairs[pair as usize].cells[cell];
        let level = count as usize;
        if levels.sets.len() <= level {
            levels.sets.resize(level + 1, NONE);
        }
        levels.lowest = levels.lowest.min(level);
        let pool = &mut self.pools[cell];
        if levels.sets[level] == NONE {
            levels.sets[level] = pool.free.pop().unwrap_or_else(|| {
                pool.sets.push(BitGrid::new(1));
                u32::try_from(pool.sets.len() - 1).expect("fewer sets than 2^32")
            });
        }
        let set = &mut pool.sets[levels.sets[level] as usize];
        set.grow(local as usize + 1);
        set.insert(0, local);
    }

    #[inline]
    fn remove(&mut self, pair: u32, cell: usize, local: u32, count: u32) {
        let levels = &mut self.pairs[pair as usize].cells[cell];
        let number = levels.sets[count as usize];
        let set = &mut self.pools[cell].sets[number as usize];
        set.remove(0, local);
        if set.len(0) == 0 {
            levels.sets[count as usize] = NONE;
            self.pools[cell].free.push(number);
        }
    }

    /// The lowest level of a pair with sets, among `cells`; `None` if no instance fits there.
    #[inline]
    pub(super) fn lowest(&mut self, pair: u32, cells: CellSet) -> Option<Lowest<'_>> {
        let mut best = usize::MAX;
        let mut best_cells = 0;
        for cell in members(cells) {
            let levels = &mut self.pairs[pair as usize].cells[cell];
            while levels.sets.get(levels.lowest) == Some(&NONE) {
                levels.lowest += 1;
            }
            if levels.lowest < levels.sets.len() && levels.lowest <= best {
                best_cells = if levels.lowest < best { 0 } else { best_cells } | 1 << cell;
                best = levels.lowest;
            }
        }
        (best_cells != 0).then_some(Lowest { levels: self, pair: pair as usize, level: best, cells: best_cells })
    }

    pub(super) fn bytes(&self) -> usize {
        self.pools.iter().flat_map(|pool| &pool.sets).map(BitGrid::bytes).sum()
    }

    pub(super) fn validate(&self, cluster: &Cluster<'_>, fit: &FitIndex) -> Result<(), String> {
        for (number, pair) in self.pairs.iter().enumerate().filter(|(_, pair)| !pair.cells.is_empty()) {
            for (id, record) in (0..).zip(&cluster.records) {
                let (levels, count) = (&pair.cells[record.cell()], cluster.group_count(id, pair.group) as usize);
                let sets = levels.sets.iter().enumerate().filter(|(_, set)| **set != NONE);
                let is_in = |set: u32| {
                    let grid = &self.pools[record.cell()].sets[set as usize];
                    record.local < grid.positions() && grid.contains(0, record.local)
                };
                let found: Vec<usize> = sets.filter(|(_, set)| is_in(**set)).map(|(level, _)| level).collect();
                let fits = fit.contains(record.cell(), pair.shape, record.local);
                let expected = if fits { vec![count] } else { Vec::new() };
                if found != expected || fits && levels.lowest > count {
                    return Err(format!("levels of pair {number}: instance {id} in {found:?}, expected {expected:?}"));
                }
            }
        }
        self.pools.iter().flat_map(|pool| &pool.sets).try_for_each(BitGrid::validate)
    }
}
