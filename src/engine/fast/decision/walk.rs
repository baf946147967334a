//! A decision of `binpack` with `distinctInstance`, where bags do not tell all, and those that ask for it are too many for an
//! order.
//!
//! The instances of a cell that fit by cpu and memory are looked at one after another, in the order of the pack index: by
//! key, then by id. Where there is a front, the walk begins there.

use smallvec::SmallVec;

use super::choose::{Chooser, PackChain};
use crate::engine::draw::Decision;
use crate::engine::fast::index::front::{Begin, Fronts, Position};
use crate::engine::fast::index::pack::PackIndex;
use crate::engine::fast::index::{Indexes, pack_position};
use crate::engine::fast::plan::{Plan, Tie};
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::looks;

/// A walk and what it reads.
struct Walk<'w, 'a> {
    plan: &'w Plan,
    cluster: &'w Cluster<'a>,
    pack: &'w PackIndex,
    fronts: &'w mut Fronts,
}

impl Chooser<'_, '_> {
    /// The instance with the least remaining amount that is right, in the emptiest bucket that has one.
    #[inline(never)]
    pub(crate) fn walk(
        self,
        plan: &Plan,
        PackChain { spread, resource, tie }: PackChain,
        candidates: CellSet,
    ) -> Option<u32> {
        let Indexes { packs, fronts, buckets, .. } = self.indexes;
        let pack = packs[pack_position(resource)].as_ref().expect("made for every packed resource");
        let mut walk = Walk { plan, cluster: self.cluster, pack, fronts };
        let mut rest = candidates;
        while rest != 0 {
            let cells = match spread {
                Some(attribute) => buckets.emptiest(attribute, plan.group, rest),
                None => rest,
            };
            let first = walk.first(cells, tie);
            if first != Position::END {
                return Some(match tie {
                    Tie::Lowest => first.id(),
                    Tie::Uniform => walk.draw(cells, first.key(), self.decision),
                });
            }
            rest &= !cells;
        }
        None
    }
}

impl Walk<'_, '_> {
    /// An instance that fits by cpu and memory, as the bags say, is right.
    #[inline]
    fn is_right(&self, id: u32) -> bool {
        looks::look(1);
        self.cluster.expect_change(id);
        self.cluster.group_count(id, self.plan.group) == 0
    }

    /// The first instance of some cells that is right; the end if none is. Where ties are drawn, one of the first key.
    #[inline]
    fn first(&mut self, cells: CellSet, tie: Tie) -> Position {
        let mut first = Position::END;
        for cell in members(cells) {
            let limit = if tie == Tie::Lowest { first } else { first.end_of_key() };
            first = first.min(self.first_of(cell, limit));
        }
        first
    }

    /// The first instance of a cell that is right, if it is before `limit`.
    #[inline]
    fn first_of(&mut self, cell: usize, limit: Position) -> Position {
        let is_tracked = self.plan.is_tracked();
        let begin = Begin { at: Position::START, is_free: false };
        let Begin { mut at, is_free } = if is_tracked { self.fronts.start(self.plan.pair, cell) } else { begin };
        let mut passed = 0;
        if !is_free {
            at = self.pack.next(cell, self.plan.wanted, at);
            while at < limit && !self.is_right(at.id()) {
                passed += 1;
                at = self.pack.next(cell, self.plan.wanted, at.after());
            }
        }
        if is_tracked {
            self.fronts.walked(self.plan.pair, cell, at, passed);
        }
        at
    }

    /// A uniform one of the right instances with the first key of some cells.
    fn draw(&self, cells: CellSet, key: u32, decision: Decision) -> u32 {
        let mut tied: SmallVec<[u32; 8]> = SmallVec::new();
        for cell in members(cells) {
            let mut bound = Position::START;
            if self.plan.is_tracked() {
                let (listed, end) = self.fronts.with_key(self.plan.pair, cell, key);
                tied.extend(listed);
                bound = end;
            }
            let is_right = |&id: &u32| Position::new(key, id) >= bound && self.is_right(id);
            let bags = self.pack.ids(cell, key as usize, self.plan.wanted);
            bags.for_each(|bag| tied.extend(bag.filter(is_right)));
        }
        tied.sort_unstable();
        decision.among(&tied, self.cluster.records.len())
    }
}
