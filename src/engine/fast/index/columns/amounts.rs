//! What strategies that must see every candidate read of instances, as columns.
//!
//! # Invariants
//! 1. Each column has an entry for every instance, which is that of its record.
//!
//! # Cost
//! 16 bytes an instance; four stores at a change.

use super::journal::Journal;
use crate::engine::fast::state::cluster::Cluster;
use crate::model::ClassId;

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Amounts {
    pub(crate) cpu: Vec<u32>,
    pub(crate) memory: Vec<u32>,
    pub(crate) tasks: Vec<u32>,
    pub(crate) class_of: Vec<ClassId>,
    /// Who has changed, in whatever way.
    pub(crate) journal: Journal,
}

impl Amounts {
    /// An instance is new.
    pub(crate) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        for column in [&mut self.cpu, &mut self.memory, &mut self.tasks] {
            column.push(0);
        }
        self.class_of.push(cluster.class_id(id));
        self.update(cluster, id);
    }

    /// An instance may have changed.
    #[inline]
    pub(crate) fn update(&mut self, cluster: &Cluster<'_>, id: u32) {
        let (at, record) = (id as usize, cluster.records[id as usize]);
        (self.cpu[at], self.memory[at], self.tasks[at]) = (record.cpu, record.memory, record.tasks());
        self.journal.note(id, self.class_of.len());
    }

    pub(crate) fn bytes(&self) -> usize {
        let columns = self.cpu.capacity() + self.memory.capacity() + self.tasks.capacity() + self.class_of.capacity();
        columns * size_of::<u32>() + self.journal.bytes()
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        for (at, (id, record)) in (0..).zip(&cluster.records).enumerate() {
            let kept = (self.cpu[at], self.memory[at], self.tasks[at]);
            if kept != (record.cpu, record.memory, record.tasks()) || self.class_of[at] != cluster.class_id(id) {
                return Err(format!("columns: instance {id} is kept as {kept:?} and is {record:?}"));
            }
        }
        Ok(())
    }
}
