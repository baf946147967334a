//! For `spread(instanceId)`: the instances of every cell, by how many tasks of a group they hold.
//!
//! A *pair* is a group and a shape. A pair earns its levels when looking through the fitting instances one by one has
//! cost more than building and keeping them ([`Levels::charge`]); with few groups all have them from the start.
//!
//! # Invariants
//! 1. In a pair with levels, the members of level `k` of a cell are its instances that hold `k` tasks of the group, and
//!    the level counts those of them that fit the shape.
//! 2. `lowest` is at most the lowest level with an instance that fits.
//!
//! # Cost
//! A task that comes or goes moves its instance from one level to the next in the pairs of its group. An instance that
//! starts or ceases to fit costs a few additions for every pair of the shape. Counting only instances that *fit* is what
//! makes the lowest level useful: full ones stay at low levels for ever.

use super::cells::{CellSet, members};
use super::choose::Stream;
use super::cluster::Cluster;
use super::fit::{FitIndex, ShapeSet};
use super::level::{After, Level};
use super::memory::prefetch;
use super::record::Record;

/// A group with a shape.
#[derive(Clone, Copy, Debug)]
struct Pair {
    group: u32,
    shape: u32,
    has_levels: bool,
    /// Instances looked at in vain since the pair was made.
    charge: usize,
}

/// One pair in one cell.
#[derive(Clone, Debug, Default)]
struct CellLevels {
    levels: Vec<Level>,
    lowest: usize,
    /// Instances of the cell.
    positions: usize,
}

impl CellLevels {
    /// Makes an instance a member of a level.
    #[inline]
    fn enter(&mut self, level: u32, local: u32, fits: bool) {
        self.reach(level).insert(local, 1 << (local % 64));
        self.count(level, local, fits);
    }

    #[inline]
    fn leave(&mut self, level: u32, local: u32, fits: bool) {
        let level = &mut self.levels[level as usize];
        level.remove(local, 1 << (local % 64));
        level.count_down(local, u16::from(fits));
    }

    /// A member of a level starts to fit, if so.
    #[inline]
    fn count(&mut self, level: u32, local: u32, fits: bool) {
        self.levels[level as usize].count_up(local, u16::from(fits));
        let lowest = if fits { level as usize } else { usize::MAX };
        self.lowest = self.lowest.min(lowest);
    }

    /// A level, made if it is new.
    #[inline]
    fn reach(&mut self, level: u32) -> &mut Level {
        if level as usize >= self.levels.len() {
            self.rise(level as usize);
        }
        &mut self.levels[level as usize]
    }

    #[cold]
    fn rise(&mut self, level: usize) {
        let positions = self.positions;
        self.levels.resize_with(level + 1, || Level::new(positions));
    }

    fn grow(&mut self, positions: usize) {
        self.positions = self.positions.max(positions);
        self.levels.iter_mut().for_each(|level| level.grow(positions));
    }

    /// The lowest level with an instance that fits.
    #[inline]
    fn lowest(&mut self) -> Option<usize> {
        while self.levels.get(self.lowest)?.len() == 0 {
            self.lowest += 1;
        }
        Some(self.lowest)
    }
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Levels {
    pairs: Vec<Pair>,
    /// Pairs, by group.
    by_group: Vec<Vec<u32>>,
    /// Pairs with levels and their groups, by shape.
    by_shape: Vec<Vec<(u32, u32)>>,
    /// By pair, then cell.
    levels: Vec<CellLevels>,
    cells: usize,
    /// How often an instance started or ceased to fit each shape: what keeping the levels of a pair costs.
    flips: Vec<usize>,
}

impl Levels {
    pub(super) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        Self {
            pairs: Vec::new(),
            by_group: vec![Vec::new(); groups],
            by_shape: vec![Vec::new(); shapes],
            levels: Vec::new(),
            cells,
            flips: vec![0; shapes],
        }
    }

    /// The number of the pair, made if it is new.
    pub(super) fn pair(&mut self, group: u32, shape: u32) -> u32 {
        let known = &self.by_group[group as usize];
        if let Some(&pair) = known.iter().find(|&&pair| self.pairs[pair as usize].shape == shape) {
            return pair;
        }
        let pair = u32::try_from(self.pairs.len()).expect("no more pairs than requests");
        self.pairs.push(Pair { group, shape, has_levels: false, charge: 0 });
        self.levels.resize(self.pairs.len() * self.cells, CellLevels::default());
        self.by_group[group as usize].push(pair);
        pair
    }

    #[inline]
    pub(super) fn has_levels(&self, pair: u32) -> bool {
        self.pairs[pair as usize].has_levels
    }

    /// Notes that `steps` instances were looked at in vain, and answers whether the pair has earned its levels: whether
    /// looking has cost more than building and having kept them would have.
    pub(super) fn charge(&mut self, pair: u32, steps: usize, instances: usize) -> bool {
        let pair = &mut self.pairs[pair as usize];
        pair.charge += steps;
        pair.charge > instances / 4 + 64 + self.flips[pair.shape as usize]
    }

    /// Makes the levels of a pair.
    pub(super) fn build(&mut self, number: u32, cluster: &Cluster<'_>, fit: &FitIndex) {
        let pair = &mut self.pairs[number as usize];
        pair.has_levels = true;
        let Pair { group, shape, .. } = *pair;
        self.by_shape[shape as usize].push((number, group));
        for (cell, ids) in cluster.members.iter().enumerate() {
            let levels = self.at(number, cell);
            levels.grow(ids.len());
            for (local, &id) in (0..).zip(ids) {
                levels.enter(cluster.group_count(id, group), local, fit.contains(cell, shape, local));
            }
        }
    }

    #[inline]
    fn at(&mut self, pair: u32, cell: usize) -> &mut CellLevels {
        &mut self.levels[pair as usize * self.cells + cell]
    }

    /// An instance is new: it holds nothing and does not fit yet.
    pub(super) fn added(&mut self, record: Record) {
        for (number, _) in self.by_shape.iter().flatten() {
            let levels = &mut self.levels[*number as usize * self.cells + record.cell()];
            levels.grow(record.local as usize + 1);
            levels.enter(0, record.local, false);
        }
    }

    /// Takes an instance out of the levels of a group whose count is about to change from `count`.
    #[inline]
    pub(super) fn lift(&mut self, group: u32, place: (usize, u32), count: u32, fit: &FitIndex) {
        self.each(group, place, fit, |levels, fits| levels.leave(count, place.1, fits));
    }

    /// Puts an instance back into the levels of a group whose count is now `count`.
    #[inline]
    pub(super) fn drop_back(&mut self, group: u32, place: (usize, u32), count: u32, fit: &FitIndex) {
        self.each(group, place, fit, |levels, fits| levels.enter(count, place.1, fits));
    }

    /// As [`Self::lift`] and [`Self::drop_back`] in one, where the instance fits what it fitted.
    #[inline]
    pub(super) fn step(&mut self, group: u32, place: (usize, u32), counts: (u32, u32), fit: &FitIndex) {
        self.each(group, place, fit, |levels, fits| {
            levels.leave(counts.0, place.1, fits);
            levels.enter(counts.1, place.1, fits);
        });
    }

    /// Changes the levels of every pair of a group in the cell of an instance, knowing whether it fits the pair's shape.
    #[inline(always)]
    fn each(
        &mut self,
        group: u32,
        (cell, local): (usize, u32),
        fit: &FitIndex,
        mut change: impl FnMut(&mut CellLevels, bool),
    ) {
        for &number in &self.by_group[group as usize] {
            let pair = self.pairs[number as usize];
            if pair.has_levels {
                let levels = &mut self.levels[number as usize * self.cells + cell];
                change(levels, fit.contains(cell, pair.shape, local));
            }
        }
    }

    /// An instance starts or ceases to fit some shapes. The group that is lifted now, if any, is left out.
    #[inline]
    pub(super) fn flipped(
        &mut self,
        shapes: ShapeSet,
        (id, record): (u32, Record),
        lifted: u32,
        cluster: &Cluster<'_>,
        fits: bool,
    ) {
        for shape in shapes.iter() {
            self.flips[shape as usize] += 1;
            for &(pair, group) in &self.by_shape[shape as usize] {
                if group != lifted {
                    let count = cluster.group_count(id, group);
                    let levels = &mut self.levels[pair as usize * self.cells + record.cell()];
                    if fits {
                        levels.count(count, record.local, true);
                    } else {
                        levels.levels[count as usize].count_down(record.local, 1);
                    }
                }
            }
        }
    }

    /// Those of `cells` where the lowest level of a pair with levels is lowest, and that level.
    #[inline]
    pub(super) fn lowest(&mut self, pair: u32, cells: CellSet) -> (CellSet, usize) {
        let mut best = usize::MAX;
        let mut tied = 0;
        for cell in members(cells) {
            let level = self.at(pair, cell).lowest().unwrap_or(usize::MAX);
            let others = if level < best { 0 } else { tied };
            tied = if level <= best { others | 1 << cell } else { tied };
            best = best.min(level);
        }
        (tied, best)
    }

    /// The lowest word of a level of a cell with an instance that fits: the position of its first bit, and all that fit.
    #[inline]
    pub(super) fn first(&self, pair: u32, level: usize, cell: usize, fit: &FitIndex) -> Option<(u32, u64)> {
        self.level(pair, level, cell).first(self.fitting(pair, cell, fit))
    }

    /// How many instances of a cell at a level fit.
    #[inline]
    pub(super) fn len(&self, pair: u32, level: usize, cell: usize) -> u32 {
        self.level(pair, level, cell).len()
    }

    /// A uniform position at a level of a cell that has one that fits.
    pub(super) fn draw(
        &self,
        pair: u32,
        level: usize,
        (cell, cluster, fit): (usize, &Cluster<'_>, &FitIndex),
        stream: &mut Stream,
    ) -> u32 {
        let fitting = self.fitting(pair, cell, fit);
        self.level(pair, level, cell).draw(cluster.members[cell].len(), fitting, stream)
    }

    #[inline]
    fn level(&self, pair: u32, level: usize, cell: usize) -> &Level {
        &self.levels[pair as usize * self.cells + cell].levels[level]
    }

    /// Who fits the shape of a pair, by the word of a position.
    #[inline]
    fn fitting(&self, pair: u32, cell: usize, fit: &FitIndex) -> impl Fn(u32) -> u64 {
        let (grid, shape) = (fit.grid(cell), self.pairs[pair as usize].shape as usize);
        move |position| grid.word_of(shape, position)
    }

    /// Has the candidate after the one that was just chosen fetched: unless another becomes better in the meantime, it is
    /// what the next task of the pair gets.
    #[inline]
    pub(super) fn expect_next(
        &self,
        pair: u32,
        level: usize,
        (cell, local): (usize, u32),
        (cluster, fit): (&Cluster<'_>, &FitIndex),
    ) {
        if !cluster.is_large() {
            return;
        }
        let of = self.level(pair, level, cell);
        match of.after(local, self.fitting(pair, cell, fit)) {
            After::At(next) => cluster.expect_start(cell, next),
            After::InBlock(start) => of.expect_block(start, |position| fit.grid(cell).address(position)),
            After::Nobody => {}
        }
    }

    /// Has what a stop will change fetched: the words of the levels that the instance leaves and comes to.
    pub(super) fn expect_stop(&self, group: u32, (id, record): (u32, Record), cluster: &Cluster<'_>) {
        for &pair in &self.by_group[group as usize] {
            let levels = &self.levels[pair as usize * self.cells + record.cell()].levels;
            let count = cluster.group_count(id, group) as usize;
            for level in levels.iter().take(count + 1).skip(count.saturating_sub(1)) {
                prefetch(level.address(record.local));
            }
        }
    }

    /// Some instances of a word of a level are about to take a task each.
    pub(super) fn sweep_begins(&mut self, pair: u32, level: u32, cell: usize, (start, taken): (u32, u64)) {
        let level = &mut self.at(pair, cell).levels[level as usize];
        level.remove(start, taken);
        level.count_down(start, ones(taken));
    }

    /// They have taken it and are at the next level, `level`, which is above the lowest.
    pub(super) fn sweep_ends(
        &mut self,
        pair: u32,
        level: u32,
        cell: usize,
        (start, taken): (u32, u64),
        fit: &FitIndex,
    ) {
        let still = taken & self.fitting(pair, cell, fit)(start);
        let levels = self.at(pair, cell);
        let at = levels.reach(level);
        at.insert(start, taken);
        at.count_up(start, ones(still));
    }

    /// The group has this pair alone.
    pub(super) fn is_alone(&self, group: u32, pair: u32) -> bool {
        self.by_group[group as usize] == [pair]
    }

    pub(super) fn bytes(&self) -> usize {
        self.levels.iter().flat_map(|levels| &levels.levels).map(Level::bytes).sum()
    }

    pub(super) fn validate(&self, cluster: &Cluster<'_>, fit: &FitIndex) -> Result<(), String> {
        for (number, pair) in (0..).zip(&self.pairs).filter(|(_, pair)| pair.has_levels) {
            for (id, record) in (0..).zip(&cluster.records) {
                let levels = &self.levels[number as usize * self.cells + record.cell()];
                let count = cluster.group_count(id, pair.group) as usize;
                let of = |level: &Level| level.contains(record.local);
                if levels.levels.iter().filter(|level| of(level)).count() != 1 || !of(&levels.levels[count]) {
                    return Err(format!("levels of pair {number}: instance {id} is not at level {count} alone"));
                }
                if fit.contains(record.cell(), pair.shape, record.local) && levels.lowest > count {
                    return Err(format!("levels of pair {number}: lowest {}, instance {id} {count}", levels.lowest));
                }
            }
            for cell in 0..self.cells {
                let levels = &self.levels[number as usize * self.cells + cell].levels;
                levels.iter().try_for_each(|level| level.validate(self.fitting(number, cell, fit)))?;
            }
        }
        Ok(())
    }
}

/// Members of a word.
#[inline]
fn ones(bits: u64) -> u16 {
    u16::try_from(bits.count_ones()).expect("at most 64")
}
