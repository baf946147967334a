//! Room that is held on instances, which is the exception: an instance is taken out of the indexes, changed, and put back.
//!
//! # Cost
//! As much as draining an instance and activating it. Without a hold there is nothing to look at.

use super::FastEngine;
use crate::engine::{InstanceStatus, Room};
use crate::model::{CpuUnits, InstanceId, MemoryMib};

impl FastEngine<'_> {
    /// Holds up to what is wanted, as far as it remains.
    pub(super) fn hold_room(&mut self, instance: InstanceId, wanted: Room) -> Room {
        let record = self.cluster.records[instance.index()];
        let slots = self.cluster.extras.as_mut().map(|extras| extras[instance.index()].hold_slots(wanted.eni_slots));
        let held = Room {
            cpu: wanted.cpu.min(CpuUnits(record.cpu)),
            memory: wanted.memory.min(MemoryMib(record.memory)),
            eni_slots: slots.unwrap_or_default(),
        };
        if held.is_none() {
            return held;
        }
        self.leave(instance, record.cpu - held.cpu.0, record.memory - held.memory.0);
        *self.held.entry(instance.0).or_default() += held;
        held
    }

    /// Gives back what was held.
    pub(super) fn release_room(&mut self, instance: InstanceId, held: Room) {
        if held.is_none() {
            return;
        }
        let kept = self.held.get_mut(&instance.0).expect("what is released was held");
        *kept -= held;
        if kept.is_none() {
            self.held.remove(&instance.0);
        }
        // The indexes are told once all is back: they know the interfaces too.
        if let Some(extras) = &mut self.cluster.extras {
            extras[instance.index()].release_slots(held.eni_slots);
        }
        let record = self.cluster.records[instance.index()];
        self.leave(instance, record.cpu + held.cpu.0, record.memory + held.memory.0);
        self.refusals.note(instance.0);
    }

    /// CPU units and MiB that are left for tasks on an instance are others, and perhaps its interface slots, which indexes
    /// follow whether it takes tasks or not.
    fn leave(&mut self, instance: InstanceId, cpu: u32, memory: u32) {
        let before = self.cluster.records[instance.index()];
        if before.is_active() {
            self.cluster.records[instance.index()].set_status(InstanceStatus::Draining);
            self.indexes.change_status(&self.cluster, instance.0, before);
        }
        let record = &mut self.cluster.records[instance.index()];
        (record.cpu, record.memory) = (cpu, memory);
        let without = *record;
        if before.is_active() {
            record.set_status(InstanceStatus::Active);
        }
        // Whoever remembers interfaces hears of them whatever the status.
        self.indexes.change_status(&self.cluster, instance.0, without);
    }
}
