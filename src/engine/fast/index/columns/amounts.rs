//! What strategies that must see every candidate read of instances, as columns.
//!
//! # Invariants
//! 1. Each column has an entry for every instance, which is that of its record; the rest of the last block is filled up.
//!
//! # Cost
//! 16 bytes an instance; four stores at a change.

use super::journal::Journal;
use crate::engine::fast::state::cluster::Cluster;
use crate::model::ClassId;
use crate::model::columns::{BLOCK, Block};

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Amounts {
    pub(crate) cpu: Vec<Block<u32>>,
    pub(crate) memory: Vec<Block<u32>>,
    pub(crate) tasks: Vec<Block<u32>>,
    pub(crate) class_of: Vec<Block<ClassId>>,
    instances: usize,
    /// Who has changed, in whatever way.
    pub(crate) journal: Journal,
}

impl Amounts {
    /// An instance is new.
    pub(crate) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        let (block, at) = place(id);
        if at == 0 {
            for column in [&mut self.cpu, &mut self.memory, &mut self.tasks] {
                column.push([0; BLOCK]);
            }
            self.class_of.push([cluster.class_id(id); BLOCK]);
        }
        self.class_of[block][at] = cluster.class_id(id);
        self.instances += 1;
        self.update(cluster, id);
    }

    /// An instance may have changed.
    #[inline]
    pub(crate) fn update(&mut self, cluster: &Cluster<'_>, id: u32) {
        let ((block, at), record) = (place(id), cluster.records[id as usize]);
        self.cpu[block][at] = record.cpu;
        self.memory[block][at] = record.memory;
        self.tasks[block][at] = record.tasks();
        self.journal.note(id, self.instances);
    }

    /// How many instances there are.
    pub(crate) fn len(&self) -> usize {
        self.instances
    }

    #[inline]
    pub(crate) fn class(&self, id: u32) -> ClassId {
        let (block, at) = place(id);
        self.class_of[block][at]
    }

    pub(crate) fn bytes(&self) -> usize {
        let blocks = self.cpu.capacity() + self.memory.capacity() + self.tasks.capacity() + self.class_of.capacity();
        blocks * size_of::<Block<u32>>() + self.journal.bytes()
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        for (id, record) in (0..).zip(&cluster.records) {
            let (block, at) = place(id);
            let kept = (self.cpu[block][at], self.memory[block][at], self.tasks[block][at]);
            if kept != (record.cpu, record.memory, record.tasks()) || self.class(id) != cluster.class_id(id) {
                return Err(format!("columns: instance {id} is kept as {kept:?} and is {record:?}"));
            }
        }
        Ok(())
    }
}

/// The block of an instance, and where it stands in it.
#[inline]
pub(super) fn place(id: u32) -> (usize, usize) {
    (id as usize / BLOCK, id as usize % BLOCK)
}
