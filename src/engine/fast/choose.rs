//! One decision from the indexes: the emptiest bucket's cells, then the deciding rule, then the tie-break.

use super::bitgrid::{Column, DENSE_ENOUGH, MOST_TRIES};
use super::cells::{CellSet, members};
use super::cluster::Cluster;
use super::fit::FitIndex;
use super::indexes::{Indexes, pack_position};
use super::lookahead::Lookahead;
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
        self.draws.below_u32(self.next, count)
    }
}

/// Everything one decision reads.
pub(super) struct Chooser<'e, 'a> {
    pub(super) cluster: &'e Cluster<'a>,
    pub(super) indexes: &'e mut Indexes,
    pub(super) stream: &'e mut Stream,
    pub(super) lookahead: &'e mut Lookahead,
}

impl Chooser<'_, '_> {
    /// The instance for a request that indexes serve.
    #[inline(always)]
    pub(super) fn choose(self, plan: &Plan) -> Option<u32> {
        let Path::Index { spread, core, tie } = plan.path else { unreachable!("scans are made elsewhere") };
        let candidates = self.indexes.candidates(plan);
        if candidates == 0 {
            return None;
        }
        if let Core::Pack(resource) = core
            && (plan.distinct || plan.extras)
        {
            return self.walk(plan, (spread, resource, tie), candidates);
        }
        let cells = match spread {
            Some(attribute) => self.indexes.buckets.emptiest(attribute, plan.group, candidates),
            None => candidates,
        };
        Some(match core {
            Core::Pack(resource) => self.tightest(plan, resource, cells, tie),
            Core::Any if !plan.distinct => match tie {
                Tie::Uniform => self.any_uniform(plan, cells),
                Tie::Lowest => lowest_id(self.cluster, &mut self.indexes.fit, cells, plan.shape),
            },
            // With distinctInstance, candidates are those at level 0.
            Core::Any | Core::Level => self.least_level(plan, cells, tie),
        })
    }

    /// A uniform one of all that fit: by trying instances drawn ahead, if enough of all instances fit.
    #[inline(always)]
    fn any_uniform(self, plan: &Plan, cells: CellSet) -> u32 {
        let records = &self.cluster.records;
        let fit = &self.indexes.fit;
        let is_everywhere = cells == fit.occupied(plan.shape);
        let fitting = if is_everywhere { fit.total(plan.shape) } else { fit.len(cells, plan.shape) };
        if !plan.extras && u64::from(fitting) * u64::from(DENSE_ENOUGH) >= records.len() as u64 {
            self.lookahead.prepare(records, self.stream);
            for _ in 0..MOST_TRIES {
                let id = self.lookahead.next(records, self.stream);
                let record = records[id as usize];
                let fits = (record.cpu >= plan.cpu) & (record.memory >= plan.memory);
                if fits & record.is_active() & (cells >> record.cell() & 1 == 1) {
                    return id;
                }
            }
        }
        let column = |cell| fit.column(cell, plan.shape);
        uniform_id(self.cluster, cells, column, self.stream)
    }

    /// The instance with the least remaining amount that fits.
    #[inline(always)]
    fn tightest(self, plan: &Plan, resource: PackedResource, cells: CellSet, tie: Tie) -> u32 {
        let pack = self.indexes.packs[pack_position(resource)].as_ref().expect("made for every packed resource");
        let mut best = usize::MAX;
        let mut tied = 0;
        for cell in members(cells) {
            let key = pack.search(cell, plan.wanted).expect("the cell has a candidate");
            if key <= best {
                tied = if key < best { 0 } else { tied } | 1 << cell;
                best = key;
            }
        }
        match tie {
            Tie::Lowest => {
                let mut lowest = u32::MAX;
                for cell in members(tied) {
                    lowest = pack.lowest(cell, best, plan.wanted).map_or(lowest, |id| lowest.min(id));
                }
                lowest
            }
            Tie::Uniform => {
                self.stream.next += 1;
                pack.draw(tied, best, plan.wanted, (self.stream.draws, self.stream.next))
            }
        }
    }

    /// The instance with the fewest tasks of the group.
    #[inline(always)]
    fn least_level(self, plan: &Plan, cells: CellSet, tie: Tie) -> u32 {
        if !self.indexes.levels.has_levels(plan.pair) {
            return self.least_level_listed(plan, cells, tie);
        }
        let Indexes { levels, fit, .. } = self.indexes;
        match tie {
            Tie::Lowest => {
                let mut best = (u64::MAX, 0, 0);
                for cell in members(cells) {
                    if let Some(found) = levels.first(plan.pair, cell, fit.column(cell, plan.shape)) {
                        let local = found.start + found.bits.trailing_zeros();
                        let id = self.cluster.id(cell, local);
                        best = best.min((u64::from(found.level) << 32 | u64::from(id), cell, local));
                    }
                }
                #[expect(clippy::cast_possible_truncation, reason = "the two halves of a word")]
                let (level, id) = ((best.0 >> 32) as u32, best.0 as u32);
                levels.expect_next(plan.pair, level, (best.1, best.2), (self.cluster, fit));
                id
            }
            Tie::Uniform => {
                let (cells, level) = levels.lowest(plan.pair, cells, fit);
                let len = |cell| levels.len(plan.pair, level, cell);
                let mut n = self.stream.below(members(cells).map(len).sum());
                let holds = |cell: &usize| {
                    let len = len(*cell);
                    let is_here = n < len;
                    n = n.wrapping_sub(len);
                    is_here
                };
                let cell = members(cells).find(holds).expect("a draw below the number of members");
                self.cluster.id(cell, levels.draw(plan.pair, level, (cell, self.cluster, fit), self.stream))
            }
        }
    }

    /// As [`Self::least_level`] for a pair without levels: looks at the instances that fit, up to the first without a
    /// task of the group.
    #[inline(never)]
    fn least_level_listed(self, plan: &Plan, cells: CellSet, tie: Tie) -> u32 {
        let (id, steps) = match tie {
            Tie::Lowest => first_of_least_level(self.cluster, self.indexes, plan, cells),
            Tie::Uniform => draw_of_least_level(self.cluster, self.indexes, plan, cells, self.stream),
        };
        if steps > 1 && self.indexes.levels.charge(plan.pair, steps, self.cluster.records.len()) {
            self.indexes.levels.build(plan.pair, self.cluster, &self.indexes.fit);
        }
        id
    }
}

/// The lowest id of the least level, and how many instances were looked at.
fn first_of_least_level(cluster: &Cluster<'_>, indexes: &Indexes, plan: &Plan, cells: CellSet) -> (u32, usize) {
    let mut best = (u32::MAX, u32::MAX);
    let mut steps = 0;
    for cell in members(cells) {
        let fitting = indexes.fit.column(cell, plan.shape);
        let mut next = fitting.first();
        while let Some(local) = next {
            steps += 1;
            let id = cluster.id(cell, local);
            let level = cluster.group_count(id, plan.group);
            best = best.min((level, id));
            if level == 0 {
                break;
            }
            next = fitting.next(local + 1);
        }
    }
    (best.1, steps)
}

/// A uniform id of the least level, and how many instances were looked at.
fn draw_of_least_level(
    cluster: &Cluster<'_>,
    indexes: &Indexes,
    plan: &Plan,
    cells: CellSet,
    stream: &mut Stream,
) -> (u32, usize) {
    let column = |cell| indexes.fit.column(cell, plan.shape);
    for tries in 1..=MOST_TRIES {
        let id = uniform_id(cluster, cells, column, stream);
        if cluster.group_count(id, plan.group) == 0 {
            return (id, tries);
        }
    }
    let mut best = u32::MAX;
    let mut tied = Vec::new();
    let mut steps = 0;
    for cell in members(cells) {
        let fitting = column(cell);
        let mut next = fitting.first();
        while let Some(local) = next {
            steps += 1;
            let id = cluster.id(cell, local);
            let level = cluster.group_count(id, plan.group);
            if level < best {
                best = level;
                tied.clear();
            }
            if level == best {
                tied.push(id);
            }
            next = fitting.next(local + 1);
        }
    }
    let chosen = stream.below(u32::try_from(tied.len()).expect("ids are 32-bit"));
    (tied[chosen as usize], MOST_TRIES + steps)
}

/// The lowest id of some cells that fits a shape, where there is one.
#[inline]
fn lowest_id(cluster: &Cluster<'_>, fit: &mut FitIndex, cells: CellSet, shape: u32) -> u32 {
    let mut lowest = u32::MAX;
    for cell in members(cells) {
        if let Some(local) = fit.lowest(cell, shape) {
            lowest = lowest.min(cluster.id(cell, local));
        }
    }
    lowest
}

/// A uniform id among the members of columns of different cells.
#[inline(never)]
fn uniform_id<'g>(
    cluster: &Cluster<'_>,
    cells: CellSet,
    column: impl Fn(usize) -> Column<'g>,
    stream: &mut Stream,
) -> u32 {
    let total = members(cells).map(|cell| column(cell).len()).sum();
    let mut n = stream.below(total);
    for cell in members(cells) {
        let column = column(cell);
        if n < column.len() {
            let local = column.draw(cluster.members[cell].len(), stream);
            return cluster.id(cell, local);
        }
        n -= column.len();
    }
    unreachable!("a draw below the number of members")
}
