//! A decision of `binpack` where the bags do not tell all: with `distinctInstance`, or where a request asks for more than
//! cpu and memory.
//!
//! The instances that fit by cpu and memory are looked at one after another, in the order of the pack index: by key, then
//! by id, and over the cells as if they were one. Where there is a [front](super::front), the walk begins there.

use smallvec::SmallVec;

use super::cells::{CellSet, members};
use super::choose::Chooser;
use super::front::Position;
use super::indexes::{Indexes, pack_position};
use super::plan::{Plan, Tie};
use crate::model::PackedResource;

/// How far the walk has come in one cell.
struct Head {
    cell: usize,
    /// The instance to be looked at next; before it, none is right.
    at: Position,
    /// It is known to be right.
    is_right: bool,
    /// Instances that were not right.
    passed: u32,
}

impl Chooser<'_, '_> {
    /// The instance with the least remaining amount that is right, in the emptiest bucket that has one.
    #[inline(never)]
    pub(super) fn walk(
        mut self,
        plan: &Plan,
        (spread, resource, tie): (Option<usize>, PackedResource, Tie),
        candidates: CellSet,
    ) -> Option<u32> {
        let mut rest = candidates;
        while rest != 0 {
            let cells = match spread {
                Some(attribute) => self.indexes.buckets.emptiest(attribute, plan.group, rest),
                None => rest,
            };
            let chosen = self.walk_cells(plan, resource, cells, tie);
            if chosen.is_some() {
                return chosen;
            }
            rest &= !cells;
        }
        None
    }

    #[inline]
    fn walk_cells(&mut self, plan: &Plan, resource: PackedResource, cells: CellSet, tie: Tie) -> Option<u32> {
        let Indexes { packs, fronts, fit, .. } = &mut *self.indexes;
        let pack = packs[pack_position(resource)].as_ref().expect("made for every packed resource");
        // Cpu and memory fit by the bag.
        let is_right = |id: u32| {
            self.cluster.expect_change(id);
            let fits = || {
                let record = self.cluster.records[id as usize];
                fit.contains(record.cell(), plan.shape, record.local)
            };
            (!plan.distinct || self.cluster.group_count(id, plan.group) == 0) && (!plan.extras || fits())
        };
        let head = |cell| {
            let (from, is_right) = if plan.is_tracked() { fronts.start(plan.pair, cell) } else { (Position::START, false) };
            Head { cell, at: if is_right { from } else { pack.next(cell, plan.wanted, from) }, is_right, passed: 0 }
        };
        let mut heads: SmallVec<[Head; 4]> = members(cells).map(head).collect();
        let best = loop {
            let head = heads.iter_mut().min_by_key(|head| head.at).expect("there is a cell");
            if head.at == Position::END || head.is_right || is_right(head.at.id()) {
                break head.at;
            }
            head.passed += 1;
            head.at = pack.next(head.cell, plan.wanted, head.at.after());
        };
        if plan.is_tracked() {
            heads.iter().for_each(|head| fronts.walked(plan.pair, head.cell, head.at, head.passed));
        }
        if best == Position::END || tie == Tie::Lowest {
            return (best != Position::END).then(|| best.id());
        }
        let mut tied: SmallVec<[u32; 8]> = SmallVec::new();
        for Head { cell, at, .. } in heads.into_iter().filter(|head| head.at.key() == best.key()) {
            let mut from = at;
            if plan.is_tracked() {
                let (listed, bound) = fronts.with_key(plan.pair, cell, best.key());
                tied.extend(listed);
                from = from.max(bound);
            }
            let is_left = |&id: &u32| Position::new(best.key(), id) >= from && is_right(id);
            pack.ids(cell, best.key() as usize, plan.wanted).for_each(|bag| tied.extend(bag.filter(is_left)));
        }
        Some(tied[self.stream.below(u32::try_from(tied.len()).expect("ids are 32-bit")) as usize])
    }
}
