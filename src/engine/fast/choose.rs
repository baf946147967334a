//! One decision from the indexes: the emptiest bucket's cells, then the deciding rule, then the tie-break.

use smallvec::SmallVec;

use super::bitgrid::BitGrid;
use super::cells::{CellSet, members};
use super::cluster::Cluster;
use super::indexes::{Indexes, pack_position};
use super::plan::{Core, Path, Plan, Tie};
use crate::engine::draw::Draws;
use crate::model::PackedResource;

/// The engine's draws, one after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    pub(super) draws: Draws,
    pub(super) next: u64,
}

impl Stream {
    #[inline]
    pub(super) fn below(&mut self, count: u32) -> u32 {
        self.next += 1;
        let chosen = self.draws.below(self.next, count as usize);
        u32::try_from(chosen).expect("below a u32")
    }
}

/// Everything one decision reads.
pub(super) struct Chooser<'e, 'a> {
    pub(super) cluster: &'e Cluster<'a>,
    pub(super) indexes: &'e mut Indexes,
    pub(super) stream: &'e mut Stream,
}

/// A column of a grid, with the cell whose positions it holds.
type Column<'g> = (usize, &'g BitGrid, usize);

/// Draws from a set that is at least this dense are made by trying positions.
const DENSE_ENOUGH: u32 = 12;
/// After so many fruitless tries, the set is walked instead.
const MOST_TRIES: usize = 48;

impl Chooser<'_, '_> {
    /// The instance for a request that indexes serve.
    #[inline]
    pub(super) fn choose(mut self, plan: &Plan) -> Option<u32> {
        let Path::Index { spread, core, tie } = plan.path else { unreachable!("scans are made elsewhere") };
        let indexes = &*self.indexes;
        let cells = match spread {
            Some(attribute) => {
                let has = |cell| indexes.has_candidate(plan, cell);
                indexes.buckets.emptiest(attribute, plan.group, plan.eligible, has)
            }
            None => members(plan.eligible).filter(|&cell| indexes.has_candidate(plan, cell)).fold(0, |s, c| s | 1 << c),
        };
        if cells == 0 {
            return None;
        }
        match core {
            Core::Pack(resource) if plan.distinct || plan.extras => Some(self.walk_bags(plan, resource, cells, tie)),
            Core::Pack(resource) => Some(self.tightest(plan, resource, cells, tie)),
            Core::Any if !plan.distinct => Some(self.any(plan, cells, tie)),
            // With distinctInstance, candidates are those at level 0.
            Core::Any | Core::Level => Some(self.least_level(plan, cells, tie)),
        }
    }

    /// Any instance that fits.
    #[inline]
    fn any(&mut self, plan: &Plan, cells: CellSet, tie: Tie) -> u32 {
        let fit = &self.indexes.fit;
        let columns = members(cells).map(|cell| (cell, fit.grid(cell), plan.shape as usize));
        match tie {
            Tie::Lowest => lowest_id(self.cluster, columns),
            Tie::Uniform => uniform_id(self.cluster, &columns.collect::<SmallVec<[_; 4]>>(), self.stream),
        }
    }

    /// The instance with the least remaining amount that fits.
    #[inline]
    fn tightest(&mut self, plan: &Plan, resource: PackedResource, cells: CellSet, tie: Tie) -> u32 {
        let pack = self.indexes.packs[pack_position(resource)].as_ref().expect("made for every packed resource");
        let mut best = usize::MAX;
        let mut tied: SmallVec<[usize; 4]> = SmallVec::new();
        for cell in members(cells) {
            let key = pack.search(cell, plan.wanted).expect("the cell has a candidate");
            if key < best {
                best = key;
                tied.clear();
            }
            if key == best {
                tied.push(cell);
            }
        }
        match tie {
            Tie::Lowest => {
                let lowest = tied.iter().filter_map(|&cell| pack.lowest(cell, best, plan.wanted)).min();
                lowest.expect("a key that was found has an instance")
            }
            Tie::Uniform => {
                self.stream.next += 1;
                pack.draw(&tied, best, plan.wanted, (self.stream.draws, self.stream.next))
            }
        }
    }

    /// As [`Self::tightest`], where the bags do not tell all: looks at one instance after another in their order.
    fn walk_bags(&mut self, plan: &Plan, resource: PackedResource, cells: CellSet, tie: Tie) -> u32 {
        let pack = self.indexes.packs[pack_position(resource)].as_ref().expect("made for every packed resource");
        let fits = |id: u32| {
            let record = self.cluster.records[id as usize];
            self.indexes.fit.contains(record.cell(), plan.shape, record.local)
                && !(plan.distinct && self.cluster.group_count(id, plan.group) > 0)
        };
        let mut best: (usize, Vec<u32>) = (usize::MAX, Vec::new());
        for cell in members(cells) {
            let mut wanted = plan.wanted;
            while let Some(key) = pack.search(cell, wanted).filter(|&key| key <= best.0) {
                let most = if tie == Tie::Lowest { 1 } else { usize::MAX };
                let found: Vec<u32> =
                    pack.ids(cell, key, wanted).flat_map(|bag| bag.filter(|&id| fits(id)).take(most)).collect();
                if !found.is_empty() {
                    if key < best.0 {
                        best = (key, Vec::new());
                    }
                    best.1.extend(found);
                    break;
                }
                wanted = wanted.above(key);
            }
        }
        match tie {
            Tie::Lowest => best.1.into_iter().min().expect("the cells have a candidate"),
            Tie::Uniform => best.1[self.stream.below(u32::try_from(best.1.len()).expect("ids are 32-bit")) as usize],
        }
    }

    /// The instance with the fewest tasks of the group.
    #[inline]
    fn least_level(&mut self, plan: &Plan, cells: CellSet, tie: Tie) -> u32 {
        if !self.indexes.levels.has_sets(plan.pair) {
            return self.least_level_listed(plan, cells, tie);
        }
        let lowest = self.indexes.levels.lowest(plan.pair, cells).expect("the cells have a candidate");
        let columns = members(lowest.cells).map(|cell| (cell, lowest.set(cell), 0));
        match tie {
            Tie::Lowest => lowest_id(self.cluster, columns),
            Tie::Uniform => uniform_id(self.cluster, &columns.collect::<SmallVec<[_; 4]>>(), self.stream),
        }
    }

    /// As [`Self::least_level`] for a pair without sets: looks at the instances that fit, up to the first without a
    /// task of the group.
    fn least_level_listed(&mut self, plan: &Plan, cells: CellSet, tie: Tie) -> u32 {
        let (id, steps) = match tie {
            Tie::Lowest => self.first_of_least_level(plan, cells),
            Tie::Uniform => self.draw_of_least_level(plan, cells),
        };
        if steps > 1 && self.indexes.levels.charge(plan.pair, steps, self.cluster.records.len()) {
            self.indexes.levels.build(plan.pair, self.cluster, &self.indexes.fit);
        }
        id
    }

    fn first_of_least_level(&self, plan: &Plan, cells: CellSet) -> (u32, usize) {
        let mut best = (u32::MAX, u32::MAX);
        let mut steps = 0;
        for cell in members(cells) {
            let grid = self.indexes.fit.grid(cell);
            let mut next = grid.first(plan.shape as usize);
            while let Some(local) = next {
                steps += 1;
                let id = self.cluster.members[cell][local as usize];
                let level = self.cluster.group_count(id, plan.group);
                best = best.min((level, id));
                if level == 0 {
                    break;
                }
                next = grid.next(plan.shape as usize, local + 1);
            }
        }
        (best.1, steps)
    }

    fn draw_of_least_level(&mut self, plan: &Plan, cells: CellSet) -> (u32, usize) {
        let fit = &self.indexes.fit;
        let columns: SmallVec<[Column<'_>; 4]> =
            members(cells).map(|cell| (cell, fit.grid(cell), plan.shape as usize)).collect();
        for tries in 1..=MOST_TRIES {
            let id = uniform_id(self.cluster, &columns, self.stream);
            if self.cluster.group_count(id, plan.group) == 0 {
                return (id, tries);
            }
        }
        let mut best = u32::MAX;
        let mut tied = Vec::new();
        let mut steps = 0;
        for &(cell, grid, column) in &columns {
            let mut next = grid.first(column);
            while let Some(local) = next {
                steps += 1;
                let id = self.cluster.members[cell][local as usize];
                let level = self.cluster.group_count(id, plan.group);
                if level < best {
                    best = level;
                    tied.clear();
                }
                if level == best {
                    tied.push(id);
                }
                next = grid.next(column, local + 1);
            }
        }
        let chosen = self.stream.below(u32::try_from(tied.len()).expect("ids are 32-bit"));
        (tied[chosen as usize], MOST_TRIES + steps)
    }
}

/// The lowest id among the members of columns of different cells.
#[inline]
fn lowest_id<'g>(cluster: &Cluster<'_>, columns: impl Iterator<Item = Column<'g>>) -> u32 {
    let first = |(cell, grid, column): Column<'_>| Some(cluster.members[cell][grid.first(column)? as usize]);
    columns.filter_map(first).min().expect("the cells have a candidate")
}

/// A uniform id among the members of columns of different cells.
#[inline]
fn uniform_id(cluster: &Cluster<'_>, columns: &[Column<'_>], stream: &mut Stream) -> u32 {
    let total = columns.iter().map(|(_, grid, column)| grid.len(*column)).sum();
    let mut n = stream.below(total);
    for &(cell, grid, column) in columns {
        let len = grid.len(column);
        if n < len {
            let local = draw_member(grid, column, (cluster.members[cell].len(), n), stream);
            return cluster.members[cell][local as usize];
        }
        n -= len;
    }
    unreachable!("a draw below the number of members")
}

/// A uniform member of a column: by trying positions, or the `n`-th where they are few. `n` is itself a uniform draw
/// below the number of members that nothing else depends on.
#[inline]
fn draw_member(grid: &BitGrid, column: usize, (positions, n): (usize, u32), stream: &mut Stream) -> u32 {
    let positions = u32::try_from(positions).expect("ids are 32-bit");
    if u64::from(grid.len(column)) * u64::from(DENSE_ENOUGH) >= u64::from(positions) {
        for _ in 0..MOST_TRIES {
            let position = stream.below(positions);
            if grid.contains(column, position) {
                return position;
            }
        }
    }
    grid.nth(column, n)
}
