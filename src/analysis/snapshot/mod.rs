//! The close look at a cluster, once a run: M1, M5, M6, M8 to M21, M27, and a row for every group, shape and instance.
//!
//! It reads the cluster through [`Engine`] and the living tasks through [`Tasks`] and keeps nothing of them. What has to
//! be tried out (M5 releasable, M12) is tried out on a copy of it or of a sample of its instances ([tried]).
//!
//! # Cost
//! For `n` instances, `t` living tasks and `k` shapes of the mix: `O(n + t)`, and for fragmentation
//! `O(k)` for each distinct vector of what remains. Counts of tasks by group and instance are kept sparse, because
//! groups times instances would not fit into memory. What is tried out has a [budget](tried).

mod balance;
mod eligible;
mod fluid;
mod fragmentation;
mod gpus;
mod holes;
mod instances;
mod inventory;
pub(super) mod provider;
mod residents;
mod roll;
mod room;
mod spread;
mod tried;

pub(super) use tried::saturation;

use super::mix::ReferenceMix;
use super::record::{Figure, FleetCell, ServiceRow};
use super::sheet::Sheet;
use crate::engine::Engine;
use crate::model::{GpuScale, Requests, Scenario, SimTime};
use crate::simulation::Tasks;
use balance::Balance;
use fluid::Fluid;
use fragmentation::Fragmentation;
use gpus::Gpus;
use holes::Holes;
use instances::Instances;
use inventory::Inventory;
use residents::Residents;
use roll::Roll;
use room::Room;
use spread::Spread;
use tried::{Ground, Inflation};

/// What a run is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) requests: &'a Requests,
    pub(super) mix: &'a ReferenceMix,
}

/// What the close look saw.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) at: SimTime,
    pub(super) services: Vec<ServiceRow>,
    pub(super) fleet: Vec<FleetCell>,
    inventory: Inventory,
    fragmentation: Fragmentation,
    gpus: Gpus,
    fluid: Fluid,
    pub(super) holes: Holes,
    balance: Balance,
    spread: Spread,
    pub(super) instances: Instances,
    releasable: Figure,
    /// M6: what managed scaling measured last, where it did.
    pub(super) provider: Figure,
    inflation: Inflation,
}

/// Looks.
pub(super) fn take(subject: Subject<'_>, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) -> Snapshot {
    let fleet = &subject.scenario.fleet;
    let roll = Roll::of(cluster);
    let (inventory, cells) = inventory::take(fleet, &roll);
    let room = Room::of(subject, cluster, &roll);
    let residents = residents::of(subject, &roll, tasks);
    let (spread, services) = spread::take(subject, &roll, &residents);
    let ground = Ground { subject, cluster, roll: &roll, residents: &residents };
    let tried::Tried { by_rules, inflation, released } = tried::all(ground, &room);
    Snapshot {
        at,
        services,
        fragmentation: fragmentation::take(&room),
        gpus: gpus::take(GpuScale::of(subject.scenario), fleet, &roll, &room),
        fluid: fluid::take(GpuScale::of(subject.scenario), &room),
        holes: holes::take(subject.scenario, &room, &by_rules),
        balance: balance::take(subject, cluster, &roll, &room),
        fleet: cells,
        spread,
        instances: instances::take(subject, &roll, &residents, &released),
        releasable: released.figure(),
        provider: provider::take(subject, inventory.instances(), tasks),
        inflation,
        inventory,
    }
}

impl Snapshot {
    /// Cpu, memory and parts of GPUs of the instances looked at.
    fn capacity(&self) -> [u128; 3] {
        let [cpu, memory] = self.inventory.capacity().map(u128::from);
        [cpu, memory, self.gpus.capacity()]
    }

    /// Writes the figures of the close look.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        self.inventory.write(self.gpus.bound(), sheet);
        self.fragmentation.write(self.gpus.rate(), sheet);
        self.gpus.write(sheet);
        self.fluid.write(self.capacity(), sheet);
        self.holes.write(sheet);
        self.balance.write(sheet);
        self.spread.write(sheet);
        self.inflation.write(self.capacity(), sheet);
        sheet.set("instances_releasable_snapshot", self.releasable);
        sheet.set("capacity_provider_reservation_percent", self.provider);
    }
}
