//! Room of an instance that is kept from every task, for one that does not run there yet.

use crate::model::{CpuUnits, Demand, MemoryMib};

/// An amount of what a daemon has held back for it: CPU, memory and network interfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// CPU units.
    pub cpu: CpuUnits,
    /// MiB.
    pub memory: MemoryMib,
    /// Slots for tasks with an interface of their own; none where an instance has any number of them.
    pub eni_slots: u32,
}

impl Room {
    /// What a task asks for of it.
    #[must_use]
    pub fn of(demand: &Demand) -> Self {
        Self { cpu: demand.cpu, memory: demand.memory, eni_slots: demand.eni_slots }
    }

    /// What a task that takes just this would ask for.
    pub(crate) fn as_demand(self) -> Demand {
        Demand { eni_slots: self.eni_slots, ..Demand::new(self.cpu.0, self.memory.0) }
    }

    /// Nothing is kept.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl std::ops::AddAssign for Room {
    fn add_assign(&mut self, other: Self) {
        self.cpu.0 += other.cpu.0;
        self.memory.0 += other.memory.0;
        self.eni_slots += other.eni_slots;
    }
}

impl std::ops::SubAssign for Room {
    fn sub_assign(&mut self, other: Self) {
        self.cpu.0 -= other.cpu.0;
        self.memory.0 -= other.memory.0;
        self.eni_slots -= other.eni_slots;
    }
}
