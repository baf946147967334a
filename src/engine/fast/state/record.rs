//! What every decision needs to know of one instance, in 16 bytes.

use crate::engine::InstanceStatus;

/// One instance: four to a cache line, in input order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(16))]
pub(crate) struct Record {
    /// CPU units left.
    pub(crate) cpu: u32,
    /// MiB left.
    pub(crate) memory: u32,
    /// Position among the instances of its cell.
    pub(crate) local: u32,
    /// Tasks in the low 24 bits, then 6 bits of cell, then 2 of status.
    packed: u32,
}

/// Where an instance stands: its cell, and its position among the instances of the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) cell: usize,
    pub(crate) local: u32,
}

/// An instance and its cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InCell {
    pub(crate) id: u32,
    pub(crate) cell: usize,
}

/// What has changed on one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) instance: u32,
    pub(crate) before: Record,
    pub(crate) after: Record,
}

/// What a task that comes or goes changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News<'c> {
    pub(crate) change: &'c Change,
    /// The task's group.
    pub(crate) group: u32,
    /// The group had no task there and has one now, or the other way round.
    pub(crate) turned: bool,
    /// What the task takes, if that is more than cpu and memory: a form of the cluster.
    pub(crate) extras: Option<u32>,
}

/// Cells are numbered below this, so that a set of them is one word.
pub(crate) const MAX_CELLS: usize = 64;

const TASK_BITS: u32 = 24;
const STATUS_SHIFT: u32 = 30;
/// Where the status stands: ACTIVE, without its agent.
const AWAY: u32 = 3;

impl Record {
    pub(crate) fn new(cpu: u32, memory: u32, cell: usize, local: u32) -> Self {
        assert!(cell < MAX_CELLS, "cells are numbered below 64");
        let cell = u32::try_from(cell).expect("below 64");
        Self { cpu, memory, local, packed: cell << TASK_BITS }
    }

    #[inline]
    pub(crate) fn tasks(self) -> u32 {
        self.packed & ((1 << TASK_BITS) - 1)
    }

    #[inline]
    pub(crate) fn cell(self) -> usize {
        (self.packed >> TASK_BITS & 63) as usize
    }

    #[inline]
    pub(crate) fn slot(self) -> Slot {
        Slot { cell: self.cell(), local: self.local }
    }

    /// It takes tasks: it is ACTIVE, and its agent is connected.
    #[inline]
    pub(crate) fn is_active(self) -> bool {
        self.packed >> STATUS_SHIFT == 0
    }

    /// It is ACTIVE, and its agent is not connected.
    pub(crate) fn is_away(self) -> bool {
        self.packed >> STATUS_SHIFT == AWAY
    }

    pub(crate) fn status(self) -> InstanceStatus {
        match self.packed >> STATUS_SHIFT {
            0 | AWAY => InstanceStatus::Active,
            1 => InstanceStatus::Draining,
            _ => InstanceStatus::Lost,
        }
    }

    /// Of an ACTIVE instance the agent is connected.
    pub(crate) fn set_status(&mut self, status: InstanceStatus) {
        self.set_code(match status {
            InstanceStatus::Active => 0,
            InstanceStatus::Draining => 1,
            InstanceStatus::Lost => 2,
        });
    }

    /// It is ACTIVE, and its agent is not connected: no index offers it.
    pub(crate) fn set_away(&mut self) {
        self.set_code(AWAY);
    }

    fn set_code(&mut self, code: u32) {
        self.packed = self.packed & ((1 << STATUS_SHIFT) - 1) | code << STATUS_SHIFT;
    }

    /// # Panics
    /// If they do not fit, or if there were more than 16 million tasks on the instance.
    #[inline]
    pub(crate) fn take(&mut self, cpu: u32, memory: u32, tasks: u32) {
        self.cpu = self.cpu.checked_sub(cpu).expect("more cpu taken than remains");
        self.memory = self.memory.checked_sub(memory).expect("more memory taken than remains");
        assert!(self.tasks() + tasks < 1 << TASK_BITS, "more than 2^24 tasks on one instance");
        self.packed += tasks;
    }

    /// # Panics
    /// If the instance has no task.
    #[inline]
    pub(crate) fn give_back(&mut self, cpu: u32, memory: u32) {
        assert!(self.tasks() > 0, "stopped a task that is not there");
        self.cpu += cpu;
        self.memory += memory;
        self.packed -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_fields_do_not_touch() {
        let mut record = Record::new(10, 20, 63, 5);
        record.take(4, 5, 3);
        record.set_status(InstanceStatus::Lost);
        record.give_back(1, 2);
        assert_eq!((record.cpu, record.memory, record.local), (7, 17, 5));
        assert_eq!((record.tasks(), record.cell(), record.status()), (2, 63, InstanceStatus::Lost));
        record.set_status(InstanceStatus::Active);
        assert!(record.is_active());
        assert_eq!(size_of::<Record>(), 16);
    }
}
