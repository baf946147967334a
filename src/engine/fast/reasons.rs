//! Why nothing fits, from counters: how many ACTIVE instances of each cell there are by cpu rank.
//!
//! # Invariants
//! 1. `active` counts every ACTIVE instance once, under its cell and the rank of its remaining cpu.

use super::cells::{CellSet, members};
use super::fit::FitIndex;
use super::plan::Plan;
use super::record::Record;
use super::shapes::Shapes;
use crate::engine::Reason;

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct ActiveByRank {
    ranks: usize,
    /// By cell, then rank.
    active: Vec<u32>,
    /// Cells whose agent is connected.
    connected: CellSet,
}

impl ActiveByRank {
    pub(super) fn new(cells: usize, shapes: &Shapes, connected: CellSet) -> Self {
        let ranks = shapes.cpu.top() as usize + 1;
        Self { ranks, active: vec![0; cells * ranks], connected }
    }

    /// An instance takes tasks from now on.
    pub(super) fn add(&mut self, cell: usize, rank: u32) {
        self.active[cell * self.ranks + rank as usize] += 1;
    }

    /// An instance takes no more tasks.
    pub(super) fn remove(&mut self, cell: usize, rank: u32) {
        self.active[cell * self.ranks + rank as usize] -= 1;
    }

    /// The rank of an ACTIVE instance has changed.
    #[inline]
    pub(super) fn shift(&mut self, cell: usize, from: u32, to: u32) {
        let active = &mut self.active[cell * self.ranks..][..self.ranks];
        active[from as usize] -= 1;
        active[to as usize] += 1;
    }

    fn any_active(&self, cells: CellSet, least_rank: u32) -> bool {
        members(cells).any(|cell| {
            let ranks = &self.active[cell * self.ranks..(cell + 1) * self.ranks];
            ranks[least_rank as usize..].iter().any(|&instances| instances > 0)
        })
    }

    /// The furthest reason of a refused request that indexes serve and that asks for cpu and memory alone.
    pub(super) fn reason(&self, plan: &Plan, shapes: &Shapes, fit: &FitIndex) -> Reason {
        let all = u64::MAX >> (64 - self.active.len() / self.ranks);
        if fit.len(plan.eligible, plan.shape) > 0 {
            // They fit and are refused: only the last check of all is left.
            Reason::DistinctInstance
        } else if fit.len(plan.passing & !plan.eligible, plan.shape) > 0 {
            Reason::MemberOf
        } else if self.any_active(plan.passing, shapes.cpu.rank(plan.cpu)) {
            Reason::Memory
        } else if self.any_active(plan.passing, 0) {
            Reason::Cpu
        } else if self.any_active(self.connected & all, 0) {
            Reason::Attribute
        } else if self.any_active(all, 0) {
            Reason::Agent
        } else {
            Reason::NoInstances
        }
    }

    pub(super) fn validate(&self, shapes: &Shapes, records: &[Record]) -> Result<(), String> {
        let mut recount = Self { active: vec![0; self.active.len()], ..self.clone() };
        let active = records.iter().filter(|record| record.is_active());
        active.for_each(|record| recount.add(record.cell(), shapes.cpu.rank(record.cpu)));
        if recount.active != self.active {
            return Err(format!("active by rank: kept {:?}, recounted {:?}", self.active, recount.active));
        }
        Ok(())
    }
}
