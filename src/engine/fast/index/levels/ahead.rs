//! What is fetched ahead of the next choices and stops.
//!
//! The candidate after the chosen one comes in steps a few decisions apart, so that what a step reads has arrived: its block,
//! then its position with its record and counts, and with several cells the number of the instance in between. Unless another
//! becomes better in the meantime, it is what the next task of the pair gets.
//!
//! # Invariants
//! What was not fetched is read all the same, later: the levels learn nothing here but who it is that stands at their front.
//!
//! # Cost
//! In a small cluster nothing; in a large one a search for nearly every decision, which is made early instead of late.

use super::cell::Member;
use super::level::After;
use super::{Kept, Levels};
use crate::engine::fast::index::fit::FitIndex;
use crate::engine::fast::state::cluster::{Cluster, Instance};
use crate::engine::fast::state::delay::Delay;
use crate::engine::fast::state::record::Slot;

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

/// What is on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead {
    /// Where the next candidate is looked up when its block has arrived.
    in_blocks: Delay<Option<InCellOf>, STEPS_APART>,
    /// Next candidates, whose instance is looked up when its number has arrived.
    located: Delay<Option<Expected>, STEPS_APART>,
}

impl Levels {
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
        match of.after(local, fit.column(cell, self.pairs[pair as usize].shape)) {
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
        if let Some(Some(arrived)) = self.ahead.in_blocks.pass(in_block) {
            located = self.locate(arrived, cluster, fit);
        }
        if cluster.members.len() > 1
            && let Some(Some(Expected { pair, level, slot })) = self.ahead.located.pass(located)
        {
            let id = cluster.id(slot.cell, slot.local);
            cluster.expect_instance(id);
            let at = self.at(pair, slot.cell);
            self.levels[at].know(level, Member { id, local: slot.local });
        }
    }

    /// The block has arrived where the next candidate of a pair is: has fetched what a placement there will need.
    fn locate(&mut self, InCellOf { pair, cell }: InCellOf, cluster: &Cluster<'_>, fit: &FitIndex) -> Option<Expected> {
        let (at, column) = (self.at(pair, cell), fit.column(cell, self.pairs[pair as usize].shape));
        let found = self.levels[at].first(column)?;
        let (level, local) = (found.level, found.local());
        self.levels[at].expect_from(level, local);
        cluster.expect_start(cell, local);
        Some(Expected { pair, level, slot: Slot { cell, local } })
    }

    /// Has what a stop will change fetched: the words of the levels that the instance leaves and comes to.
    pub(crate) fn expect_stop(&self, group: u32, Instance { cluster, id }: Instance<'_, '_>) {
        let Slot { cell, local } = cluster.records[id as usize].slot();
        for &Kept { first, .. } in &self.kept_by_group[group as usize] {
            let lower = cluster.group_count(id, group).saturating_sub(1);
            self.levels[first as usize + cell].expect_from(lower, local);
        }
    }
}
