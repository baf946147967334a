//! Bounds that know GPUs, network interfaces, static ports and distinctInstance beside cpu and memory.
//!
//! | bound | sees | ignores |
//! |---|---|---|
//! | `gpus` | shares of GPUs, devices that cannot be shared | everything else |
//! | `slots` | interfaces and static ports, counted | everything else |
//! | `sets` (B8 with a price of 1) | all resources of an instance together, and which tasks may not meet | that tasks are whole, how shares lie on devices |
//!
//! What `sets` takes for a set that fits is any set that no sum of what its tasks take and no key in common forbids; of
//! GPUs it counts parts and, so that two shares of more than half never share a device, halves of devices. Every set that
//! an instance can hold is among them, so that the bound holds. Supplies, zones, `memberOf` and attributes are ignored:
//! any instance may be of any type of the fleet.
//!
//! [`optimum`] is the other side: a packing by the rules, device by device.

pub(super) mod kinds;
pub(super) mod optimum;
#[cfg(test)]
mod proptests;

use super::columns::{self, Size, Sizes};
use super::knapsack::Choice;
use super::{Packing, dff, l2};
use kinds::{DIMENSIONS, Dimension, Kinds};

/// The bounds of one moment; absent where nothing of their kind is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) gpus: Option<u64>,
    pub(crate) slots: Option<u64>,
    pub(crate) sets: Option<u64>,
}

impl Rules {
    /// The bounds of one moment.
    pub(crate) fn of(packing: &Packing) -> Self {
        let kinds = Kinds::of(packing);
        Self { gpus: gpus(&kinds), slots: slots(&kinds), sets: sets(&kinds) }
    }

    /// The larger of each.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { gpus: self.gpus.max(other.gpus), slots: self.slots.max(other.slots), sets: self.sets.max(other.sets) }
    }
}

/// L1, L2 and dual feasible functions of parts of GPUs, an instance being a bin; and of devices, a device being one.
fn gpus(kinds: &Kinds) -> Option<u64> {
    let by_instance = along(kinds, Dimension::GpuParts)?;
    let devices = of_one_resource(&kinds.on_devices(), kinds.parts_of_a_device());
    let most = kinds.types.iter().map(|size| size.capacity[Dimension::HalfDevices as usize] / 2).max().unwrap_or(0);
    Some(by_instance.max(if most == 0 { 0 } else { devices.div_ceil(most) }))
}

fn slots(kinds: &Kinds) -> Option<u64> {
    along(kinds, Dimension::Interfaces).max(along(kinds, Dimension::Ports))
}

/// The bounds of one resource, every task taking as little of it as on any type, and every instance having the most.
fn along(kinds: &Kinds, dimension: Dimension) -> Option<u64> {
    let (sizes, capacity) = kinds.along(dimension)?;
    Some(of_one_resource(&sizes, capacity))
}

fn of_one_resource(sizes: &[(u64, u64)], capacity: u64) -> u64 {
    l2::of_one(sizes, capacity).max(dff::of_every_k(sizes, capacity))
}

/// Column generation over all resources and keys; absent where it could say no more than that of cpu and memory.
fn sets(kinds: &Kinds) -> Option<u64> {
    if !kinds.ask_for_more_than_cpu_and_memory() {
        return None;
    }
    let keys = kinds.keys();
    let size = |size: &kinds::Type| Size {
        capacity: size.capacity,
        choices: kinds
            .list
            .iter()
            .zip(&size.taken)
            .map(|(kind, taken)| {
                // What it cannot hold at all is more than it has.
                let demand = taken.unwrap_or_else(|| size.capacity.map(|amount| amount.saturating_add(1)));
                let position = |key: &kinds::Key| keys.binary_search(key).expect("every key is among them");
                Choice { demand, value: 0, count: kind.count, keys: kind.keys.iter().map(position).collect() }
            })
            .collect(),
    };
    columns::of_sizes::<DIMENSIONS>(&Sizes { sizes: kinds.types.iter().map(size).collect(), keys: keys.len() })
}
