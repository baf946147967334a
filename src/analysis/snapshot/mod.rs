//! The close look at a cluster, once a run: M1, M5, M8, M11, M17 to M21, and a row for every group and instance.
//!
//! It reads the cluster through [`Engine`] and the living tasks through [`Tasks`] and keeps nothing of them.
//!
//! # Cost
//! For `n` instances, `t` living tasks and `k` shapes of the mix: `O(n log n + t log t)`, and for fragmentation
//! `O(k)` for each distinct vector of what remains. Counts of tasks by group and instance are kept sparse, because
//! groups times instances would not fit into memory.

mod eligible;
mod fragmentation;
mod inventory;
mod spread;

use super::mix::ReferenceMix;
use super::record::{FleetCell, ServiceRow};
use super::sheet::Sheet;
use crate::engine::Engine;
use crate::model::{Requests, Scenario, SimTime};
use crate::simulation::Tasks;
use fragmentation::Fragmentation;
use inventory::Inventory;
use spread::Spread;

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
    spread: Spread,
}

/// Looks.
pub(super) fn take(subject: Subject<'_>, at: SimTime, (cluster, tasks): (&dyn Engine, &dyn Tasks)) -> Snapshot {
    let fleet = &subject.scenario.fleet;
    let (inventory, cells) = inventory::take(fleet, cluster);
    let fragmentation = fragmentation::take(subject, cluster);
    let (spread, services) = spread::take(subject, cluster, tasks);
    Snapshot { at, services, fleet: cells, inventory, fragmentation, spread }
}

impl Snapshot {
    /// Writes the figures of the close look.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        self.inventory.write(sheet);
        self.fragmentation.write(sheet);
        self.spread.write(sheet);
    }
}
