//! For `spread(instanceId)`: the instances of every cell, by how many tasks of a group they hold.
//!
//! A *pair* is a group and a shape. A pair earns its levels when looking through the fitting instances one by one has
//! cost more than building and keeping them ([`Levels::charge`]); with few groups all have them from the start.
//!
//! # Invariants
//! 1. In a pair with levels, the members of level `k` of a cell are its instances that hold `k` tasks of the group, and
//!    the level counts those of them that fit the shape.
//! 2. No instance that fits is at a level and position before `front`; `id` is the instance at that position, if known.
//!
//! # Cost
//! A task that comes or goes moves its instance from one level to the next in the pairs of its group. An instance that
//! starts or ceases to fit costs a few additions for every pair of the shape. Counting only instances that *fit* is what
//! makes the lowest level useful: full ones stay at low levels for ever. In a large cluster the candidate after the chosen
//! one is fetched in steps a few decisions apart: its block, its record and counts, and with several cells the number of the
//! instance between them.

use super::bitgrid::Column;
use super::fit::{FitIndex, ShapeSet};
use super::level::{After, Level};
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::{Cluster, Instance};
use crate::engine::fast::state::counts::{CountsOf, GroupCounts, Held};
use crate::engine::fast::state::delay::Delay;
use crate::engine::fast::state::memory::prefetch;
use crate::engine::fast::state::record::{Change, Record, Slot};

/// A group with a shape.
#[derive(Clone, Copy, Debug)]
struct Pair {
    group: u32,
    shape: u32,
    has_levels: bool,
    /// Instances looked at in vain since the pair was made.
    charge: usize,
}

/// A level, and a position of it in the low half, so that the lower level comes first and then the lower position.
type Front = u64;

#[inline]
fn front(level: u32, position: u32) -> Front {
    u64::from(level) << 32 | u64::from(position)
}

/// The lowest level with an instance that fits, the first position of its lowest word with one, and all that fit there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) level: u32,
    pub(crate) start: u32,
    pub(crate) bits: u64,
    /// The instance at the lowest position, if that is known without a look, or [`UNKNOWN`].
    id: u32,
}

/// No instance has this id.
const UNKNOWN: u32 = u32::MAX;

impl Found {
    /// The lowest position.
    #[inline]
    pub(crate) fn local(self) -> u32 {
        self.start + self.bits.trailing_zeros()
    }

    /// The instance there.
    #[inline]
    pub(crate) fn id(self, cell: usize, cluster: &Cluster<'_>) -> u32 {
        if self.id == UNKNOWN { cluster.id(cell, self.local()) } else { self.id }
    }
}

/// Members of the word of a level that begins at a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) start: u32,
    pub(crate) members: u64,
}

/// Levels of a pair that are kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Where they begin.
    first: u32,
    /// The shape, or the group, of the pair: the one by which it is not listed.
    other: u32,
}

/// An instance, and its position in its cell.
#[derive(Clone, Copy, Debug)]
struct Standing {
    id: u32,
    local: u32,
}

/// One pair in one cell.
#[derive(Clone, Debug)]
struct CellLevels {
    levels: Vec<Level>,
    /// A level and a position in it: where the next search begins.
    front: Front,
    /// The instance that stands at the front, or [`UNKNOWN`].
    id: u32,
    /// Instances of the cell.
    positions: usize,
}

impl Default for CellLevels {
    fn default() -> Self {
        Self { levels: Vec::new(), front: 0, id: UNKNOWN, positions: 0 }
    }
}

impl CellLevels {
    /// Makes an instance a member of a level.
    #[inline]
    fn enter(&mut self, level: u32, Standing { id, local }: Standing, fits: bool) {
        let of = self.reach(level);
        of.insert(local, 1 << (local % 64));
        of.count_up(local, u16::from(fits));
        let from = if fits { front(level, local) } else { Front::MAX };
        self.id = if from <= self.front { id } else { self.id };
        self.front = self.front.min(from);
    }

    #[inline]
    fn leave(&mut self, level: u32, local: u32, fits: bool) {
        let level = &mut self.levels[level as usize];
        level.remove(local, 1 << (local % 64));
        level.count_down(local, u16::from(fits));
    }

    /// An instance goes from one level to another.
    #[inline(never)]
    fn step(&mut self, held: Held, standing: Standing, fits: bool) {
        self.leave(held.before, standing.local, fits);
        self.enter(held.now, standing, fits);
    }

    /// A member of a level starts to fit. Where it is the best now, what its next task will change is fetched.
    #[inline]
    fn start_to_fit(&mut self, level: u32, Standing { id, local }: Standing) {
        self.levels[level as usize].count_up(local, 1);
        let from = front(level, local);
        if from < self.front {
            (self.front, self.id) = (from, id);
            self.expect(level, local);
        }
    }

    /// The instance that stands at a level and position, which may be the front.
    fn know(&mut self, level: u32, Standing { id, local }: Standing) {
        if self.front == front(level, local) {
            self.id = id;
        }
    }

    /// Has the words of a level and the next fetched, between which an instance moves.
    #[inline]
    fn expect(&self, level: u32, local: u32) {
        for level in self.levels.iter().skip(level as usize).take(2) {
            prefetch(level.address(local));
        }
    }

    /// Makes some members of the word of a position, all of which fit, members of the next level.
    fn raise(&mut self, level: u32, Taken { start, members }: Taken) {
        self.reach(level + 1);
        let count = u16::try_from(members.count_ones()).expect("at most 64");
        let [from, to] = &mut self.levels[level as usize..][..2] else { unreachable!("two levels") };
        from.remove(start, members);
        from.count_down(start, count);
        to.insert(start, members);
        to.count_up(start, count);
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

    /// What is found first, the lowest level and there the lowest position.
    #[inline]
    fn first(&mut self, fit: Column<'_>) -> Option<Found> {
        let (level, start) = self.from();
        let bits = self.levels.get(level as usize)?.word_of(start) & fit.word_of(start);
        if bits == 0 {
            return self.search(fit);
        }
        let is_front = front(level, start + bits.trailing_zeros()) == self.front;
        Some(Found { level, start, bits, id: if is_front { self.id } else { UNKNOWN } })
    }

    /// The level and word where a search begins.
    #[inline]
    fn from(&self) -> (u32, u32) {
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of a word")]
        let (level, position) = ((self.front >> 32) as u32, self.front as u32);
        (level, position & !63)
    }

    #[inline(never)]
    fn search(&mut self, fit: Column<'_>) -> Option<Found> {
        let (begin, _) = self.from();
        let mut levels = (begin..).zip(&self.levels[begin as usize..]);
        let (level, of) = levels.find(|(_, level)| !level.is_empty())?;
        let (start, bits) = of.first(fit).expect("the level has a member that fits");
        let found = Found { level, start, bits, id: UNKNOWN };
        (self.front, self.id) = (front(level, found.local()), UNKNOWN);
        Some(found)
    }
}

/// A pair in a cell.
#[derive(Clone, Copy, Debug, Default)]
struct InCellOf {
    pair: u32,
    cell: usize,
}

/// The candidate that a pair will probably choose next.
#[derive(Clone, Copy, Debug)]
struct Expected {
    pair: u32,
    level: u32,
    slot: Slot,
}

/// What was fetched has arrived so many decisions later.
const STEPS_APART: usize = 2;

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    pairs: Vec<Pair>,
    /// Pairs, by group.
    by_group: Vec<Vec<u32>>,
    /// Pairs with levels, by group: where their levels begin, and the shape.
    kept_by_group: Vec<Vec<Kept>>,
    /// Pairs with levels, by shape: where their levels begin, and the group.
    kept_by_shape: Vec<Vec<Kept>>,
    /// By pair, then cell.
    levels: Vec<CellLevels>,
    cells: usize,
    /// How often an instance started or ceased to fit each shape: what keeping the levels of a pair costs.
    flips: Vec<usize>,
    /// Where the next candidate is looked up when its block has arrived.
    in_blocks: Delay<Option<InCellOf>, STEPS_APART>,
    /// Next candidates, whose instance is looked up when its number has arrived.
    located: Delay<Option<Expected>, STEPS_APART>,
}

impl Levels {
    pub(crate) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        Self {
            pairs: Vec::new(),
            by_group: vec![Vec::new(); groups],
            kept_by_group: vec![Vec::new(); groups],
            kept_by_shape: vec![Vec::new(); shapes],
            levels: Vec::new(),
            cells,
            flips: vec![0; shapes],
            in_blocks: Delay::default(),
            located: Delay::default(),
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
        self.kept_by_group[group as usize].push(Kept { first, other: shape });
        self.kept_by_shape[shape as usize].push(Kept { first, other: group });
        for (cell, ids) in cluster.members.iter().enumerate() {
            let levels = self.at(number, cell);
            levels.grow(ids.len());
            for (local, &id) in (0..).zip(ids) {
                let standing = Standing { id, local };
                levels.enter(cluster.group_count(id, group), standing, fit.contains(cell, shape, local));
            }
        }
    }

    #[inline]
    fn at(&mut self, pair: u32, cell: usize) -> &mut CellLevels {
        &mut self.levels[pair as usize * self.cells + cell]
    }

    /// An instance is new: it holds nothing and does not fit yet.
    pub(crate) fn added(&mut self, id: u32, record: Record) {
        let standing = Standing { id, local: record.local };
        for kept in self.kept_by_shape.iter().flatten() {
            let levels = &mut self.levels[kept.first as usize + record.cell()];
            levels.grow(record.local as usize + 1);
            levels.enter(0, standing, false);
        }
    }

    /// The instance at a place holds another number of tasks of a group, and fits what it fitted.
    #[inline]
    pub(crate) fn step(&mut self, group: u32, Change { instance: id, before, .. }: Change, held: Held, fit: &FitIndex) {
        let Slot { cell, local } = before.slot();
        for &Kept { first, other: shape } in &self.kept_by_group[group as usize] {
            let fits = fit.contains(cell, shape, local);
            self.levels[first as usize + cell].step(held, Standing { id, local }, fits);
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
        let (cell, standing) = (record.cell(), Standing { id, local: record.local });
        match counts {
            GroupCounts::Dense(dense) => self.flip(shapes, cell, standing, dense.of(id), fits),
            GroupCounts::Sparse(sparse) => self.flip(shapes, cell, standing, |group| sparse.get(id, group), fits),
        }
    }

    #[inline(always)]
    fn flip(&mut self, shapes: ShapeSet, cell: usize, standing: Standing, count_of: impl Fn(u32) -> u32, fits: bool) {
        for shape in shapes.iter() {
            self.flips[shape as usize] += 1;
            for &Kept { first, other: group } in &self.kept_by_shape[shape as usize] {
                let levels = &mut self.levels[first as usize + cell];
                if fits {
                    levels.start_to_fit(count_of(group), standing);
                } else {
                    levels.levels[count_of(group) as usize].count_down(standing.local, 1);
                }
            }
        }
    }

    /// What a pair with levels has first in a cell.
    #[inline]
    pub(crate) fn first(&mut self, pair: u32, cell: usize, fit: Column<'_>) -> Option<Found> {
        self.at(pair, cell).first(fit)
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
        &self.levels[pair as usize * self.cells + cell].levels[level as usize]
    }

    /// Who fits the shape of a pair.
    #[inline]
    fn fitting<'f>(&self, pair: u32, cell: usize, fit: &'f FitIndex) -> Column<'f> {
        fit.column(cell, self.pairs[pair as usize].shape)
    }

    /// Has the candidate after the one that was just chosen fetched: unless another becomes better in the meantime, it is
    /// what the next task of the pair gets. Where only its block is known, it is looked up a few decisions later.
    #[inline]
    pub(crate) fn expect_next(
        &mut self,
        pair: u32,
        level: u32,
        Slot { cell, local }: Slot,
        cluster: &Cluster<'_>,
        fit: &FitIndex,
    ) {
        if !cluster.is_large() {
            return;
        }
        let of = self.level(pair, level, cell);
        let (mut in_block, mut located) = (None, None);
        match of.after(local, self.fitting(pair, cell, fit)) {
            After::At(next) => {
                cluster.expect_start(cell, next);
                located = Some(Expected { pair, level, slot: Slot { cell, local: next } });
            }
            After::InBlock(start) => {
                of.expect_block(start, |position| fit.grid(cell).address(position));
                in_block = Some(InCellOf { pair, cell });
            }
            After::Nobody => {}
        }
        if let Some(Some(arrived)) = self.in_blocks.pass(in_block) {
            located = self.locate(arrived, cluster, fit);
        }
        if cluster.members.len() > 1
            && let Some(Some(Expected { pair, level, slot })) = self.located.pass(located)
        {
            let id = cluster.id(slot.cell, slot.local);
            cluster.expect_instance(id);
            self.at(pair, slot.cell).know(level, Standing { id, local: slot.local });
        }
    }

    /// The block has arrived where the next candidate of a pair is: has fetched what a placement there will need.
    fn locate(&mut self, InCellOf { pair, cell }: InCellOf, cluster: &Cluster<'_>, fit: &FitIndex) -> Option<Expected> {
        let fitting = self.fitting(pair, cell, fit);
        let levels = self.at(pair, cell);
        let found = levels.first(fitting)?;
        let (level, local) = (found.level, found.local());
        levels.expect(level, local);
        cluster.expect_start(cell, local);
        Some(Expected { pair, level, slot: Slot { cell, local } })
    }

    /// Has what a stop will change fetched: the words of the levels that the instance leaves and comes to.
    pub(crate) fn expect_stop(&self, group: u32, Instance { cluster, id }: Instance<'_, '_>) {
        let record = cluster.records[id as usize];
        for &Kept { first, .. } in &self.kept_by_group[group as usize] {
            let levels = &self.levels[first as usize + record.cell()].levels;
            let count = cluster.group_count(id, group) as usize;
            for level in levels.iter().take(count + 1).skip(count.saturating_sub(1)) {
                prefetch(level.address(record.local));
            }
        }
    }

    /// Some instances of a word of a level take a task each; all of them fit as yet.
    pub(crate) fn sweep(&mut self, pair: u32, level: u32, cell: usize, taken: Taken) {
        self.at(pair, cell).raise(level, taken);
    }

    /// The group has this pair alone.
    pub(crate) fn is_alone(&self, group: u32, pair: u32) -> bool {
        self.by_group[group as usize] == [pair]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.levels.iter().flat_map(|levels| &levels.levels).map(Level::bytes).sum()
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>, fit: &FitIndex) -> Result<(), String> {
        for (number, pair) in (0..).zip(&self.pairs).filter(|(_, pair)| pair.has_levels) {
            for (id, record) in (0..).zip(&cluster.records) {
                let levels = &self.levels[number as usize * self.cells + record.cell()];
                let count = cluster.group_count(id, pair.group) as usize;
                let of = |level: &Level| level.contains(record.local);
                if levels.levels.iter().filter(|level| of(level)).count() != 1 || !of(&levels.levels[count]) {
                    return Err(format!("levels of pair {number}: instance {id} is not at level {count} alone"));
                }
                let place = front(cluster.group_count(id, pair.group), record.local);
                if fit.contains(record.cell(), pair.shape, record.local) && place < levels.front {
                    return Err(format!("levels of pair {number}: front {:x}, instance {id} {place:x}", levels.front));
                }
            }
            for cell in 0..self.cells {
                let CellLevels { levels, front, id, .. } = &self.levels[number as usize * self.cells + cell];
                #[expect(clippy::cast_possible_truncation, reason = "the lower half of a word")]
                let position = *front as u32;
                if *id != UNKNOWN && cluster.id(cell, position) != *id {
                    return Err(format!("levels of pair {number}: instance {id} does not stand at front {front:x}"));
                }
                levels.iter().try_for_each(|level| level.validate(self.fitting(number, cell, fit)))?;
            }
        }
        Ok(())
    }
}
