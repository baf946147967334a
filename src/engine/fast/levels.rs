//! For `spread(instanceId)`: the instances that fit a shape, by how many tasks of a group they hold.
//!
//! A *pair* is a group and a shape. A pair earns its level sets when looking through the fitting instances one by one
//! has cost more than building them ([`Levels::charge`]); with few groups all have them from the start.
//!
//! # Invariants
//! 1. In a pair with sets, `fitting[k]` of a cell counts its instances that fit the shape and hold `k` tasks of the group.
//! 2. Each of them is in set `k`. Others may be there too: one that ceases to fit or gets another task stays behind, and
//!    is thrown out when a search for the lowest meets it. Where instances are drawn, none stays behind: a draw would
//!    meet them all over the cluster.
//! 3. `lowest` is at most the lowest level with an instance that fits.
//!
//! # Cost
//! An instance that ceases to fit costs one addition for every pair of the shape with sets, one that starts to fit a bit
//! as well, which is often still there: instances near full change all the time, and seldom are the next to be chosen.
//! Counting only instances that *fit* is what makes the lowest level useful: full ones stay at low levels for ever.

use super::bitgrid::BitGrid;
use super::cells::CellSet;
use super::cells::members;
use super::choose::Stream;
use super::cluster::Cluster;
use super::fit::FitIndex;
use super::lowest::LowestFirst;
use super::memory::prefetch;
use super::record::Record;

/// A group with a shape.
#[derive(Clone, Copy, Debug)]
struct Pair {
    group: u32,
    shape: u32,
    has_sets: bool,
    /// Instances looked at in vain since the pair was made.
    charge: usize,
}

/// The positions at one level.
#[derive(Clone, Debug)]
enum LevelSet {
    /// Of which the lowest is chosen: those that fit, and some that did.
    Ordered(LowestFirst),
    /// From which one is drawn: those that fit.
    Drawn(BitGrid),
}

impl LevelSet {
    /// Adds some positions of a word; in a set that is drawn from, none of them is there.
    fn insert_all(&mut self, start: u32, bits: u64) {
        match self {
            Self::Ordered(set) => set.insert_all(start, bits),
            Self::Drawn(set) => {
                set.grow(start as usize + 64);
                set.insert_all(0, start, bits);
            }
        }
    }
}

/// One pair in one cell.
#[derive(Clone, Debug, Default)]
struct CellLevels {
    /// By level.
    fitting: Vec<u32>,
    /// By level.
    sets: Vec<LevelSet>,
    lowest: usize,
}

impl CellLevels {
    #[inline]
    fn leave(&mut self, level: u32, local: u32) {
        self.fitting[level as usize] -= 1;
        if let LevelSet::Drawn(set) = &mut self.sets[level as usize] {
            set.remove(0, local);
        }
    }

    #[inline]
    fn enter(&mut self, level: u32, local: u32, is_drawn: bool) {
        let level = level as usize;
        if level >= self.sets.len() {
            self.rise(level, is_drawn);
        }
        self.fitting[level] += 1;
        self.lowest = self.lowest.min(level);
        match &mut self.sets[level] {
            LevelSet::Ordered(set) => set.insert(local),
            LevelSet::Drawn(set) => {
                set.grow(local as usize + 1);
                set.insert(0, local);
            }
        }
    }

    /// Makes levels up to this one.
    #[cold]
    fn rise(&mut self, level: usize, is_drawn: bool) {
        let empty = || {
            if is_drawn { LevelSet::Drawn(BitGrid::new(1)) } else { LevelSet::Ordered(LowestFirst::default()) }
        };
        self.fitting.resize(level + 1, 0);
        self.sets.resize_with(level + 1, empty);
    }

    /// The lowest level with an instance that fits.
    #[inline]
    fn lowest(&mut self) -> Option<usize> {
        while *self.fitting.get(self.lowest)? == 0 {
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
    /// Pairs with sets and their groups, by shape.
    by_shape: Vec<Vec<(u32, u32)>>,
    /// By pair, then cell.
    levels: Vec<CellLevels>,
    cells: usize,
    /// Some plan draws among the instances of a level.
    pub(super) is_drawn: bool,
}

impl Levels {
    pub(super) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        Self {
            pairs: Vec::new(),
            by_group: vec![Vec::new(); groups],
            by_shape: vec![Vec::new(); shapes],
            levels: Vec::new(),
            cells,
            is_drawn: false,
        }
    }

    /// The number of the pair, made if it is new.
    pub(super) fn pair(&mut self, group: u32, shape: u32) -> u32 {
        let known = &self.by_group[group as usize];
        if let Some(&pair) = known.iter().find(|&&pair| self.pairs[pair as usize].shape == shape) {
            return pair;
        }
        let pair = u32::try_from(self.pairs.len()).expect("no more pairs than requests");
        self.pairs.push(Pair { group, shape, has_sets: false, charge: 0 });
        self.levels.resize(self.pairs.len() * self.cells, CellLevels::default());
        self.by_group[group as usize].push(pair);
        pair
    }

    #[inline]
    pub(super) fn has_sets(&self, pair: u32) -> bool {
        self.pairs[pair as usize].has_sets
    }

    /// Notes that `steps` instances were looked at in vain, and answers whether the pair has earned its sets.
    pub(super) fn charge(&mut self, pair: u32, steps: usize, instances: usize) -> bool {
        let pair = &mut self.pairs[pair as usize];
        pair.charge += steps;
        pair.charge > instances / 4 + 64
    }

    /// Makes the sets of a pair.
    pub(super) fn build(&mut self, number: u32, cluster: &Cluster<'_>, fit: &FitIndex) {
        let pair = &mut self.pairs[number as usize];
        pair.has_sets = true;
        let Pair { group, shape, .. } = *pair;
        self.by_shape[shape as usize].push((number, group));
        for (cell, ids) in cluster.members.iter().enumerate() {
            for (local, &id) in (0..).zip(ids) {
                if fit.contains(cell, shape, local) {
                    let (count, is_drawn) = (cluster.group_count(id, group), self.is_drawn);
                    self.at(number, cell).enter(count, local, is_drawn);
                }
            }
        }
    }

    #[inline]
    fn at(&mut self, pair: u32, cell: usize) -> &mut CellLevels {
        &mut self.levels[pair as usize * self.cells + cell]
    }

    /// Takes an instance out of the levels of a group whose count is about to change from `count`.
    #[inline]
    pub(super) fn lift(&mut self, group: u32, (cell, local): (usize, u32), count: u32, fit: &FitIndex) {
        for &number in &self.by_group[group as usize] {
            let pair = self.pairs[number as usize];
            if pair.has_sets && fit.contains(cell, pair.shape, local) {
                self.levels[number as usize * self.cells + cell].leave(count, local);
            }
        }
    }

    /// Puts an instance back into the levels of a group whose count is now `count`.
    #[inline]
    pub(super) fn drop_back(&mut self, group: u32, (cell, local): (usize, u32), count: u32, fit: &FitIndex) {
        for &number in &self.by_group[group as usize] {
            let pair = self.pairs[number as usize];
            if pair.has_sets && fit.contains(cell, pair.shape, local) {
                self.levels[number as usize * self.cells + cell].enter(count, local, self.is_drawn);
            }
        }
    }

    /// As [`Self::lift`] and [`Self::drop_back`] in one, where the instance fits what it fitted.
    #[inline]
    pub(super) fn step(&mut self, group: u32, (cell, local): (usize, u32), counts: (u32, u32), fit: &FitIndex) {
        for &number in &self.by_group[group as usize] {
            let pair = self.pairs[number as usize];
            if pair.has_sets && fit.contains(cell, pair.shape, local) {
                let levels = &mut self.levels[number as usize * self.cells + cell];
                levels.leave(counts.0, local);
                levels.enter(counts.1, local, self.is_drawn);
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
        for &(pair, group) in &self.by_shape[shape as usize] {
            if group != lifted {
                let count = cluster.group_count(id, group);
                let levels = &mut self.levels[pair as usize * self.cells + record.cell()];
                if fits {
                    levels.enter(count, record.local, self.is_drawn);
                } else {
                    levels.leave(count, record.local);
                }
            }
        }
    }

    /// Those of `cells` where the lowest level of a pair with sets is lowest, and that level.
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

    /// The lowest position at a level of a cell that has one.
    #[inline]
    pub(super) fn first(&mut self, pair: u32, level: usize, (cell, cluster, fit): View<'_>) -> u32 {
        let Pair { group, shape, .. } = self.pairs[pair as usize];
        let set = match &mut self.at(pair, cell).sets[level] {
            LevelSet::Drawn(set) => return set.first(0).expect("the level has a member"),
            LevelSet::Ordered(set) => set,
        };
        loop {
            // Whole words of instances that fit no more go at once.
            let fitting = |position| fit.grid(cell).word_of(shape as usize, position);
            let local = set.first_kept(fitting).expect("the level has a member");
            if cluster.group_count(cluster.id(cell, local), group) as usize == level {
                return local;
            }
            set.remove(local);
        }
    }

    /// Instances of a cell at a level.
    #[inline]
    pub(super) fn len(&self, pair: u32, level: usize, cell: usize) -> u32 {
        self.levels[pair as usize * self.cells + cell].fitting[level]
    }

    /// A uniform position at a level of a cell that has one.
    pub(super) fn draw(
        &self,
        pair: u32,
        level: usize,
        (cell, cluster): (usize, &Cluster<'_>),
        stream: &mut Stream,
    ) -> u32 {
        match &self.levels[pair as usize * self.cells + cell].sets[level] {
            LevelSet::Drawn(set) => set.draw(0, cluster.members[cell].len(), stream),
            LevelSet::Ordered(_) => unreachable!("sets are made to be drawn from where a plan draws"),
        }
    }

    /// Throws out the position that was just chosen as the lowest, whose count is about to change, and has the next
    /// candidate fetched: unless another becomes lower in the meantime, it is what the next task of the pair gets.
    #[inline]
    pub(super) fn forget(
        &mut self,
        pair: u32,
        level: usize,
        (cell, local): (usize, u32),
        (cluster, fit): (&Cluster<'_>, &FitIndex),
    ) {
        let LevelSet::Ordered(set) = &mut self.at(pair, cell).sets[level] else { return };
        set.remove(local);
        if cluster.is_large()
            && let Some(next) = set.first()
        {
            prefetch(fit.grid(cell).address(next));
            cluster.expect_start(cell, next);
        }
    }

    /// Takes out the lowest word of a level of a cell that has a member, as the position of its first bit and its
    /// bits. All of those at the level that fit are among them; others may be.
    pub(super) fn take_word(&mut self, pair: u32, level: usize, (cell, _, fit): View<'_>) -> (u32, u64) {
        let shape = self.pairs[pair as usize].shape as usize;
        let set = &mut self.at(pair, cell).sets[level];
        loop {
            let word = match set {
                LevelSet::Ordered(set) => set.take_word(),
                LevelSet::Drawn(set) => set.take_word(0),
            };
            let (start, bits) = word.expect("the level has a member");
            let bits = bits & fit.grid(cell).word_of(shape, start);
            if bits != 0 {
                return (start, bits);
            }
        }
    }

    /// Of the word that was taken out, some are about to take a task each, and the rest goes back.
    pub(super) fn sweep_begins(&mut self, pair: u32, level: u32, cell: usize, (start, taken, rest): (u32, u64, u64)) {
        let levels = self.at(pair, cell);
        levels.fitting[level as usize] -= taken.count_ones();
        if rest != 0 {
            levels.sets[level as usize].insert_all(start, rest);
        }
    }

    /// They have taken it, and those that still fit are at the next level.
    pub(super) fn sweep_ends(
        &mut self,
        pair: u32,
        level: u32,
        cell: usize,
        (start, taken): (u32, u64),
        fit: &FitIndex,
    ) {
        let (shape, is_drawn) = (self.pairs[pair as usize].shape as usize, self.is_drawn);
        let still = taken & fit.grid(cell).word_of(shape, start);
        if still == 0 {
            return;
        }
        let levels = self.at(pair, cell);
        if level as usize >= levels.sets.len() {
            levels.rise(level as usize, is_drawn);
        }
        levels.lowest = levels.lowest.min(level as usize);
        levels.fitting[level as usize] += still.count_ones();
        levels.sets[level as usize].insert_all(start, still);
    }

    /// The group has this pair alone, and it has sets.
    pub(super) fn is_alone(&self, group: u32, pair: u32) -> bool {
        self.by_group[group as usize] == [pair] && self.has_sets(pair)
    }

    /// Has what a stop will change fetched: the words of the levels that the instance comes to.
    pub(super) fn expect_stop(
        &self,
        group: u32,
        (id, record): (u32, Record),
        flips: impl Iterator<Item = usize>,
        cluster: &Cluster<'_>,
    ) {
        let word = |pair: u32, level: u32| {
            let sets = &self.levels[pair as usize * self.cells + record.cell()].sets;
            if let Some(set) = sets.get(level as usize) {
                match set {
                    LevelSet::Ordered(set) => prefetch(set.address(record.local)),
                    LevelSet::Drawn(set) => prefetch(set.address(record.local)),
                }
            }
        };
        for &pair in &self.by_group[group as usize] {
            word(pair, cluster.group_count(id, group).saturating_sub(1));
        }
        for shape in flips {
            self.by_shape[shape].iter().for_each(|&(pair, group)| word(pair, cluster.group_count(id, group)));
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let bytes = |set: &LevelSet| match set {
            LevelSet::Ordered(set) => set.bytes(),
            LevelSet::Drawn(set) => set.bytes(),
        };
        self.levels.iter().flat_map(|levels| &levels.sets).map(bytes).sum()
    }

    pub(super) fn validate(&self, cluster: &Cluster<'_>, fit: &FitIndex) -> Result<(), String> {
        for (number, pair) in self.pairs.iter().enumerate().filter(|(_, pair)| pair.has_sets) {
            let levels = &self.levels[number * self.cells..][..self.cells];
            let mut counted: Vec<Vec<u32>> = levels.iter().map(|levels| vec![0; levels.fitting.len()]).collect();
            for (id, record) in (0..).zip(&cluster.records) {
                let (kept, level) = (&levels[record.cell()], cluster.group_count(id, pair.group) as usize);
                if fit.contains(record.cell(), pair.shape, record.local) {
                    let is_there = kept.sets.get(level).is_some_and(|set| match set {
                        LevelSet::Ordered(set) => set.contains(record.local),
                        LevelSet::Drawn(set) => record.local < set.positions() && set.contains(0, record.local),
                    });
                    if !is_there {
                        return Err(format!("levels of pair {number}: instance {id} is not in the set of {level}"));
                    }
                    if kept.lowest > level {
                        return Err(format!("levels of pair {number}: lowest {}, instance {id} {level}", kept.lowest));
                    }
                    counted[record.cell()][level] += 1;
                }
            }
            for (kept, counted) in levels.iter().zip(counted) {
                if kept.fitting != counted {
                    return Err(format!("levels of pair {number}: kept {:?}, recounted {counted:?}", kept.fitting));
                }
            }
        }
        self.levels.iter().flat_map(|levels| &levels.sets).try_for_each(|set| match set {
            LevelSet::Ordered(set) => set.validate(),
            LevelSet::Drawn(set) => set.validate(),
        })
    }
}

/// A cell, and what says which of its instances fit.
pub(super) type View<'e> = (usize, &'e Cluster<'e>, &'e FitIndex);
