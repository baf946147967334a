//! Bounds that know GPUs, network interfaces, static ports and distinctInstance beside cpu and memory.
//!
//! | bound | sees | ignores |
//! |---|---|---|
//! | `gpus` | shares of GPUs, devices that cannot be shared | everything else |
//! | `slots` | interfaces and static ports, counted | everything else |
//! | `sets` ([B8](super::patterns) with every price 1) | all resources of an instance together, and which tasks may not meet | that tasks are whole, how shares lie on devices |
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

use super::patterns::{self, Limits, Offer};
use super::{Alike, Packing, dff, l2};
use kinds::{Dimension, Kinds};

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

fn of_one_resource(sizes: &[Alike<u64>], capacity: u64) -> u64 {
    l2::of_one(sizes, capacity).max(dff::of_every_k(sizes, capacity))
}

/// More kinds of tasks than this are not tried.
const MOST_KINDS: usize = 60;
/// How long is searched, in every run: less than for a plan.
const LIMITS: Limits = Limits { rounds: 100, steps: 2_000, cells: 1 << 14 };

/// B8 with every price 1; absent where it could say no more than what cpu and memory say.
fn sets(kinds: &Kinds) -> Option<u64> {
    if !kinds.ask_for_more_than_cpu_and_memory() || kinds.list.len() > MOST_KINDS {
        return None;
    }
    let keys = kinds.keys();
    let position = |key: &kinds::Key| {
        let found = keys.binary_search(key).expect("every key is among them");
        u32::try_from(found).expect("fewer keys than tasks")
    };
    let kind = |(index, kind): (usize, &kinds::Kind)| patterns::Kind {
        demand: kinds.least(index).to_vec(),
        count: kind.count,
        most: kinds.types.iter().map(|size| kinds.most(size, index)).collect(),
        conflicts: kind.keys.iter().map(position).collect(),
        in_zones: Vec::new(),
    };
    let all: Vec<patterns::Kind> = kinds.list.iter().enumerate().map(kind).collect();
    let offer = |size: &kinds::Type| Offer { capacity: size.capacity.to_vec(), price: 1, ..Offer::default() };
    let offers: Vec<Offer> = kinds.types.iter().map(offer).collect();
    let proof = patterns::solve(&all, &offers, LIMITS).proof?;
    u64::try_from(proof.bound).ok()
}
