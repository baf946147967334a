//! One decision from the indexes: the emptiest bucket's cells, then the deciding rule, then the tie-break.

use crate::engine::draw::Decision;
use crate::engine::fast::index::Indexes;
use crate::engine::fast::index::fit::FitIndex;
use crate::engine::fast::index::pack::Tied;
use crate::engine::fast::index::uniform::{Rank, expect_tries, one_of_column, ranked, tried};
use crate::engine::fast::plan::{Core, Path, Plan, Tie};
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::record::{Record, Slot};
use crate::model::PackedResource;

/// Everything one decision reads.
pub(crate) struct Chooser<'e, 'a> {
    pub(crate) cluster: &'e Cluster<'a>,
    pub(crate) indexes: &'e mut Indexes,
    /// Its draws, where it has any.
    pub(crate) decision: Decision,
}

/// A chain that packs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackChain {
    /// As in [`Path::Index`].
    pub(crate) spread: Option<usize>,
    pub(crate) resource: PackedResource,
    pub(crate) tie: Tie,
}

impl Chooser<'_, '_> {
    /// The instance for a request that indexes serve.
    #[inline(always)]
    pub(crate) fn choose(self, plan: &Plan) -> Option<u32> {
        let Path::Index { spread, core, tie } = plan.path else { unreachable!("scans are made elsewhere") };
        let candidates = self.indexes.candidates(plan);
        if candidates == 0 {
            return None;
        }
        if let Core::Pack(resource) = core
            && (plan.distinct | plan.sought)
        {
            let chain = PackChain { spread, resource, tie };
            return if plan.distinct { self.walk(plan, chain, candidates) } else { self.seek(plan, chain, candidates) };
        }
        let cells = match spread {
            Some(attribute) => self.indexes.buckets.emptiest(attribute, plan.group, candidates),
            None => candidates,
        };
        Some(match core {
            Core::Pack(resource) => {
                self.tightest(plan, resource, cells, tie).expect("each of the cells has a candidate")
            }
            Core::Any if !plan.distinct => match tie {
                Tie::Uniform => self.any_uniform(plan, cells),
                Tie::Lowest => lowest_id(self.cluster, &mut self.indexes.fit, cells, plan.shape),
            },
            // With distinctInstance, candidates are those at level 0.
            Core::Any | Core::Level => self.least_level(plan, cells, tie),
        })
    }

    /// A uniform one of all that fit.
    #[inline(always)]
    fn any_uniform(self, plan: &Plan, cells: CellSet) -> u32 {
        let Self { cluster, indexes: Indexes { fit, .. }, decision } = self;
        if cluster.members.len() == 1 {
            return one_of_column(cluster, fit.column(0, plan.shape), fit.total(plan.shape), decision);
        }
        expect_tries(decision, cluster);
        let is_everywhere = cells == fit.occupied(plan.shape);
        let fitting = if is_everywhere { fit.total(plan.shape) } else { fit.len(cells, plan.shape) };
        let is_right = |_, record| match plan.extras {
            None => has_left(plan, record) & holds(cells, record),
            Some(_) => holds(cells, record) && fit.contains(record.cell(), plan.shape, record.local),
        };
        if let Some(id) = tried(decision, fitting, &cluster.records, is_right) {
            return id;
        }
        let column = |cell| fit.column(cell, plan.shape);
        let (nth, below) = (|cell, n| column(cell).nth(n), |cell, position| column(cell).below(position));
        let rank = Rank { n: decision.rank(fitting), of: fitting };
        ranked(cluster, cells, rank, nth, below, |cell, position| column(cell).word_of(position))
    }

    /// The instance with the least remaining amount that fits, in the emptiest bucket where one does: for shapes that the
    /// fit index does not follow.
    #[inline(never)]
    fn seek(self, plan: &Plan, chain: PackChain, candidates: CellSet) -> Option<u32> {
        let Self { cluster, indexes, decision } = self;
        let mut rest = candidates;
        while rest != 0 {
            let cells = match chain.spread {
                Some(attribute) => indexes.buckets.emptiest(attribute, plan.group, rest),
                None => rest,
            };
            let chooser = Chooser { cluster, indexes, decision };
            if let Some(id) = chooser.tightest(plan, chain.resource, cells, chain.tie) {
                return Some(id);
            }
            rest &= !cells;
        }
        None
    }

    /// The instance with the least remaining amount that fits.
    #[inline(always)]
    fn tightest(self, plan: &Plan, resource: PackedResource, cells: CellSet, tie: Tie) -> Option<u32> {
        let pack = self.indexes.pack_of(plan, resource);
        let mut best = usize::MAX;
        let mut tied = 0;
        for cell in members(cells) {
            let Some(key) = pack.search(cell, plan.wanted) else { continue };
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
                (lowest != u32::MAX).then_some(lowest)
            }
            Tie::Uniform if tied == 0 => None,
            Tie::Uniform => {
                let tied = Tied { cells: tied, key: best, wanted: plan.wanted };
                let filter = plan.form.map(|form| self.indexes.filter_of(form, resource));
                let fits = |id, record| has_left(plan, record) && filter.is_none_or(|filter| filter.admits(id));
                Some(pack.draw(tied, &self.cluster.records, self.decision, fits))
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
                        let id = found.id(cell, self.cluster);
                        best = best.min((u64::from(found.level) << 32 | u64::from(id), cell, found.local()));
                    }
                }
                #[expect(clippy::cast_possible_truncation, reason = "the two halves of a word")]
                let (level, id) = ((best.0 >> 32) as u32, best.0 as u32);
                levels.expect_next(plan.pair, level, Slot { cell: best.1, local: best.2 }, self.cluster, fit);
                id
            }
            Tie::Uniform => {
                let (cells, level) = levels.lowest(plan.pair, cells, fit);
                let level = |cell| levels.level(plan.pair, level, cell);
                let column = |cell| fit.column(cell, plan.shape);
                let total = members(cells).map(|cell| level(cell).len()).sum();
                let is_tied = |_, record: Record| {
                    let (cell, local) = (record.cell(), record.local);
                    holds(cells, record) && level(cell).contains(local) && fit.contains(cell, plan.shape, local)
                };
                if let Some(id) = tried(self.decision, total, &self.cluster.records, is_tied) {
                    return id;
                }
                let nth = |cell, n| level(cell).nth(n, column(cell));
                let below = |cell, position| level(cell).below(position, column(cell));
                let word = |cell, position| level(cell).word_of(position) & column(cell).word_of(position);
                let rank = Rank { n: self.decision.rank(total), of: total };
                ranked(self.cluster, cells, rank, nth, below, word)
            }
        }
    }

    /// As [`Self::least_level`] for a pair without levels: looks at the instances that fit, up to the first without a
    /// task of the group.
    #[inline(never)]
    fn least_level_listed(self, plan: &Plan, cells: CellSet, tie: Tie) -> u32 {
        let (id, steps) = match tie {
            Tie::Lowest => first_of_least_level(self.cluster, self.indexes, plan, cells),
            Tie::Uniform => draw_of_least_level(self.cluster, self.indexes, plan, cells, self.decision),
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

/// A uniform id of the least level, and how many instances were looked at. How many have no task of the group is known;
/// where none has, or they are few, all that fit are looked at.
fn draw_of_least_level(
    cluster: &Cluster<'_>,
    indexes: &Indexes,
    plan: &Plan,
    cells: CellSet,
    decision: Decision,
) -> (u32, usize) {
    let Indexes { fit, taken, .. } = indexes;
    let free =
        fit.len(cells, plan.shape) - members(cells).map(|cell| taken.get(plan.group, plan.shape, cell)).sum::<u32>();
    let is_free = |id, record: Record| {
        let fits = fit.contains(record.cell(), plan.shape, record.local);
        holds(cells, record) && fits && cluster.group_count(id, plan.group) == 0
    };
    if let Some(id) = tried(decision, free, &cluster.records, is_free).filter(|_| free > 0) {
        return (id, 1);
    }
    let mut best = u32::MAX;
    let mut tied = Vec::new();
    let mut steps = 0;
    for cell in members(cells) {
        let fitting = fit.column(cell, plan.shape);
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
    tied.sort_unstable();
    (decision.among(&tied, cluster.records.len()), steps)
}

/// An ACTIVE instance has as much cpu and memory left as the plan asks for.
#[inline(always)]
fn has_left(plan: &Plan, record: Record) -> bool {
    (record.cpu >= plan.cpu) & (record.memory >= plan.memory) & record.is_active()
}

/// An instance is in one of the cells.
#[inline(always)]
fn holds(cells: CellSet, record: Record) -> bool {
    cells >> record.cell() & 1 == 1
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
