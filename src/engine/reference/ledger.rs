//! What one instance has left. Every amount that placement accounts for is taken and given back here.

use std::collections::BTreeSet;

use super::devices::Devices;
use crate::engine::{Remaining, Room};
use crate::model::{CpuUnits, Demand, Device, InstanceClass, MAX_PORTS_PER_INSTANCE, MemoryMib, Port};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) cpu: CpuUnits,
    pub(super) memory: MemoryMib,
    pub(super) devices: Devices,
    /// Taken ports, reserved ones included.
    ports: BTreeSet<Port>,
    /// Free interface slots; `None` is unlimited.
    eni_slots: Option<u32>,
}

impl Ledger {
    pub(super) fn new(class: &InstanceClass) -> Self {
        Self {
            cpu: class.cpu,
            memory: class.memory,
            devices: Devices::new(class),
            ports: class.reserved_ports.iter().copied().collect(),
            eni_slots: class.eni_tasks,
        }
    }

    /// What is left of the amounts.
    pub(super) fn remaining(&self) -> Remaining {
        Remaining { cpu: self.cpu, memory: self.memory, gpus: self.devices.idle() }
    }

    /// No wanted port is taken, and at most 100 are in use afterwards. A task without static ports
    /// always fits.
    pub(super) fn ports_fit(&self, wanted: &[Port]) -> bool {
        wanted.is_empty()
            || (wanted.iter().all(|port| !self.ports.contains(port))
                && self.ports.len() + wanted.len() <= MAX_PORTS_PER_INSTANCE)
    }

    /// Those of the wanted ports that are taken.
    pub(super) fn taken_of(&self, wanted: &[Port]) -> Vec<Port> {
        wanted.iter().filter(|port| self.ports.contains(port)).copied().collect()
    }

    /// Ports in use, reserved ones included.
    pub(super) fn ports_in_use(&self) -> usize {
        self.ports.len()
    }

    /// Free interface slots; `None` is unlimited.
    pub(super) fn free_eni_slots(&self) -> Option<u32> {
        self.eni_slots
    }

    pub(super) fn eni_fits(&self, wanted: u32) -> bool {
        self.eni_slots.is_none_or(|free| wanted <= free)
    }

    /// Answers the device of a share of a GPU.
    ///
    /// # Panics
    /// If it does not fit: the filters have been skipped.
    pub(super) fn take(&mut self, demand: &Demand, class: &InstanceClass, on: Device) -> Device {
        self.take_but_devices(demand);
        self.devices.take(demand.gpus, class, on)
    }

    /// Everything but GPUs.
    pub(super) fn take_but_devices(&mut self, demand: &Demand) {
        self.cpu = CpuUnits(self.cpu.0.checked_sub(demand.cpu.0).expect("more cpu taken than remains"));
        self.memory = MemoryMib(self.memory.0.checked_sub(demand.memory.0).expect("more memory taken than remains"));
        for &port in &demand.ports {
            assert!(self.ports.insert(port), "port {port} taken twice");
        }
        if let Some(free) = &mut self.eni_slots {
            *free = free.checked_sub(demand.eni_slots).expect("more interface slots taken than are free");
        }
    }

    /// Takes room, or what is left of it, so that no task has it.
    pub(super) fn hold(&mut self, wanted: Room) -> Room {
        let held = Room {
            cpu: wanted.cpu.min(self.cpu),
            memory: wanted.memory.min(self.memory),
            eni_slots: self.eni_slots.map_or(0, |free| free.min(wanted.eni_slots)),
        };
        self.take_but_devices(&held.as_demand());
        held
    }

    /// Gives room back that was held.
    pub(super) fn release(&mut self, held: Room) {
        self.cpu.0 += held.cpu.0;
        self.memory.0 += held.memory.0;
        if let Some(free) = &mut self.eni_slots {
            *free += held.eni_slots;
        }
    }

    /// A share of a GPU lies on `device`, or on any that has one of that size.
    pub(super) fn give_back(&mut self, demand: &Demand, class: &InstanceClass, device: Device) {
        self.devices.give_back(demand.gpus, class, device);
        self.cpu = CpuUnits(self.cpu.0 + demand.cpu.0);
        self.memory = MemoryMib(self.memory.0 + demand.memory.0);
        for port in &demand.ports {
            assert!(self.ports.remove(port), "port {port} given back twice");
        }
        if let Some(free) = &mut self.eni_slots {
            *free += demand.eni_slots;
        }
    }
}
