//! What remains for tasks on instances that are alike, and which shapes of the reference mix would fit there.
//!
//! What is kept for DAEMON tasks that do not run yet is no room for others. A shape does not fit an instance if
//! too little cpu, memory or GPUs remain, or if a filter that holds for long rejects it: the instance is DRAINING, its
//! agent is disconnected, an attribute is missing, or an expression of the task definition is false
//! ([`eligible`](super::eligible)). Ports and interface slots in use are not looked at.
//!
//! # Cost
//! Instances with the same class, status and remainder are one [`Hole`] with a count, so that what is asked of each
//! hole and shape is asked once.

use rustc_hash::FxHashMap;

use super::Subject;
use super::eligible::{self, Needs};
use super::roll::{Roll, Standing};
use crate::engine::Engine;
use crate::model::{ClassId, DefinitionId, Demand, DeviceUse, Fleet, GpuDemand, InstanceClass, InstanceId};

/// A shape of the mix, ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Shape<'a> {
    pub(super) definition: DefinitionId,
    pub(super) demand: &'a Demand,
    pub(super) weight: u64,
    /// For each class, whether its instances may ever hold it.
    eligible: Vec<bool>,
    /// The classes of the fleet.
    pub(super) classes: &'a [InstanceClass],
}

/// What remains on instances that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Hole {
    pub(super) class: ClassId,
    /// Its instances take tasks: they are ACTIVE, with a connected agent.
    pub(super) is_open: bool,
    pub(super) cpu: u32,
    pub(super) memory: u32,
    /// Device by device; none where there are no GPUs.
    pub(super) devices: Vec<DeviceUse>,
}

/// The holes of all instances that are up, and the shapes of the mix.
#[derive(Clone, Debug)]
pub(super) struct Room<'a> {
    pub(super) shapes: Vec<Shape<'a>>,
    /// Distinct holes, ascending, each with how many instances have it.
    pub(super) holes: Vec<(Hole, u64)>,
    /// The first instance of each.
    pub(super) firsts: Vec<InstanceId>,
    /// The classes of the fleet.
    pub(super) classes: &'a [InstanceClass],
}

impl<'a> Room<'a> {
    /// Looks at every instance that is up.
    pub(super) fn of(subject: Subject<'a>, cluster: &dyn Engine, roll: &Roll) -> Self {
        let shape = |entry: &'a crate::analysis::mix::MixShape| {
            let definition = &subject.scenario.definitions[entry.definition.index()];
            let eligible = eligible::classes(&subject.scenario.fleet, &Needs::of_definition(definition, &entry.demand));
            Shape {
                definition: entry.definition,
                demand: &entry.demand,
                weight: entry.weight,
                eligible,
                classes: &subject.scenario.fleet.classes,
            }
        };
        let alike = alike(&subject.scenario.fleet, cluster, roll);
        let firsts = alike.iter().map(|(_, alike)| alike.first).collect();
        let holes = alike.into_iter().map(|(hole, alike)| (hole, alike.count)).collect();
        let shapes = subject.mix.shapes.iter().map(shape).collect();
        Self { shapes, holes, firsts, classes: &subject.scenario.fleet.classes }
    }

    /// Cpu and memory that remain for tasks in all.
    pub(super) fn free(&self) -> [u128; 2] {
        let sum = |amount: fn(&Hole) -> u32| {
            self.holes.iter().map(|(hole, count)| u128::from(amount(hole)) * u128::from(*count)).sum()
        };
        [sum(|hole| hole.cpu), sum(|hole| hole.memory)]
    }
}

impl Room<'_> {
    /// How many tasks of a shape the devices of all holes have room for, whoever may use them.
    pub(super) fn gpu_copies(&self, shape: &Shape<'_>) -> Option<u128> {
        self.holes.iter().map(|(hole, count)| Some(shape.gpu_copies(hole)? * u128::from(*count))).sum()
    }
}

impl Hole {
    pub(super) fn free(&self) -> [u32; 2] {
        [self.cpu, self.memory]
    }

    /// How many tasks of a form the devices have room for; `None` is any number, as they ask for nothing.
    pub(super) fn gpu_copies(&self, wanted: GpuDemand, classes: &[InstanceClass]) -> Option<u64> {
        wanted.copies_left(&classes[self.class.index()], &self.devices)
    }
}

impl Shape<'_> {
    pub(super) fn amounts(&self) -> [u32; 2] {
        [self.demand.cpu.0, self.demand.memory.0]
    }

    pub(super) fn fits(&self, hole: &Hole) -> bool {
        self.demand.cpu.0 <= hole.cpu
            && self.demand.memory.0 <= hole.memory
            && self.is_let_in(hole)
            && hole.gpu_copies(self.demand.gpus, self.classes).is_none_or(|copies| copies > 0)
    }

    /// How many such tasks the devices of a hole have room for; `None` for a shape that asks for no GPU.
    pub(super) fn gpu_copies(&self, hole: &Hole) -> Option<u128> {
        hole.gpu_copies(self.demand.gpus, self.classes).map(u128::from)
    }

    /// No filter but room keeps it out.
    pub(super) fn is_let_in(&self, hole: &Hole) -> bool {
        hole.is_open && self.eligible[hole.class.index()]
    }
}

/// The instances with one hole.
struct Alike {
    first: InstanceId,
    count: u64,
}

/// Distinct holes, ascending.
fn alike(fleet: &Fleet, cluster: &dyn Engine, roll: &Roll) -> Vec<(Hole, Alike)> {
    // Many are equal, so that few are left to be sorted. Where there are no GPUs, four numbers tell them apart.
    let (mut plain, mut found) = (FxHashMap::default(), FxHashMap::<Hole, Alike>::default());
    for (first, &Standing { class, is_open, left, .. }) in roll.up() {
        let held = cluster.held(first);
        let (cpu, memory) = (left.cpu.0 - held.cpu.0, left.memory.0 - held.memory.0);
        if fleet.classes[class.index()].gpus == 0 {
            plain.entry((class, is_open, cpu, memory)).or_insert(Alike { first, count: 0 }).count += 1;
        } else {
            let hole = Hole { class, is_open, cpu, memory, devices: cluster.devices(first) };
            found.entry(hole).or_insert(Alike { first, count: 0 }).count += 1;
        }
    }
    let of_plain =
        |((class, is_open, cpu, memory), alike)| (Hole { class, is_open, cpu, memory, devices: Vec::new() }, alike);
    let mut found: Vec<(Hole, Alike)> = plain.into_iter().map(of_plain).chain(found).collect();
    found.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    found
}
