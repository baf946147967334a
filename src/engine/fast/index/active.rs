//! How many ACTIVE instances of each cell there are by cpu rank: whether a refused task is short of cpu or of memory.
//!
//! # Invariants
//! 1. `active` counts every ACTIVE instance once, under its cell and the rank of its remaining cpu.

use crate::engine::Reason;
use crate::engine::fast::plan::Plan;
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::record::Record;
use crate::engine::fast::state::shapes::Shapes;

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct ActiveByRank {
    ranks: usize,
    /// By cell, then rank.
    active: Vec<u32>,
}

impl ActiveByRank {
    pub(crate) fn new(cells: usize, shapes: &Shapes) -> Self {
        let ranks = shapes.cpu.top() as usize + 1;
        Self { ranks, active: vec![0; cells * ranks] }
    }

    /// An instance takes tasks from now on.
    pub(crate) fn add(&mut self, cell: usize, rank: u32) {
        self.active[cell * self.ranks + rank as usize] += 1;
    }

    /// An instance takes no more tasks.
    pub(crate) fn remove(&mut self, cell: usize, rank: u32) {
        self.active[cell * self.ranks + rank as usize] -= 1;
    }

    /// The rank of an ACTIVE instance has changed.
    #[inline]
    pub(crate) fn shift(&mut self, cell: usize, from: u32, to: u32) {
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

    /// What is short of a refused request that has instances, which indexes serve, and that asks for cpu and memory alone:
    /// memory on an instance that has the cpu, if there is one.
    pub(crate) fn shortage(&self, plan: &Plan, shapes: &Shapes) -> Reason {
        if self.any_active(plan.eligible, shapes.cpu.rank(plan.cpu)) { Reason::Memory } else { Reason::Cpu }
    }

    pub(crate) fn validate(&self, shapes: &Shapes, records: &[Record]) -> Result<(), String> {
        let mut recount = Self { active: vec![0; self.active.len()], ..self.clone() };
        let active = records.iter().filter(|record| record.is_active());
        active.for_each(|record| recount.add(record.cell(), shapes.cpu.rank(record.cpu)));
        if recount.active != self.active {
            return Err(format!("active by rank: kept {:?}, recounted {:?}", self.active, recount.active));
        }
        Ok(())
    }
}
