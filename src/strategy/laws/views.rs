//! A view as it was, to be shown again: at another address, on another thread, later.

use crate::model::{CpuUnits, Demand, DeviceUse, InstanceClass, InstanceId, MemoryMib, ZoneId};
use crate::strategy::{Candidate, Custom, View};

/// What a strategy was shown, and answered.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    demand: Demand,
    candidates: Vec<Owned>,
    /// Tasks of the group by zone.
    zones: Vec<u64>,
    pub(super) answer: usize,
}

#[derive(Clone, Debug)]
struct Owned {
    class: InstanceClass,
    devices: Vec<DeviceUse>,
    number: u32,
    cpu: u32,
    memory: u32,
    gpus: u32,
    tasks: u32,
    group_tasks: u32,
}

/// So many places in memory are tried.
const PLACES: usize = 4;

/// Worlds have no more zones.
const ZONES: u32 = 3;

impl Shown {
    pub(super) fn new(view: &View<'_>, answer: usize) -> Self {
        let owned = |candidate: &Candidate<'_>| Owned {
            class: candidate.class.clone(),
            devices: candidate.devices.to_vec(),
            number: candidate.instance.0,
            cpu: candidate.cpu.0,
            memory: candidate.memory.0,
            gpus: candidate.gpus,
            tasks: candidate.tasks,
            group_tasks: candidate.group_tasks,
        };
        Self {
            demand: view.demand.clone(),
            candidates: view.candidates().iter().map(owned).collect(),
            zones: (0..ZONES).map(|zone| view.group_tasks_in_zone(ZoneId(zone))).collect(),
            answer,
        }
    }

    /// What a strategy answers when it is shown this.
    pub(super) fn show(&self, strategy: &Custom) -> usize {
        self.show_with(strategy, &self.demand)
    }

    /// What it answers when it is shown this with the demand at another place in memory: one of a few, by the number of the
    /// look.
    pub(super) fn show_elsewhere(&self, strategy: &Custom, look: u64) -> usize {
        // Neighbours of one list are at addresses that differ in every way that a strategy might look at.
        let places: [Demand; PLACES] = std::array::from_fn(|_| self.demand.clone());
        let place = usize::try_from(look % PLACES as u64).expect("a small number");
        self.show_with(strategy, &places[place])
    }

    /// The instance that was chosen.
    pub(super) fn chosen(&self) -> Option<u32> {
        self.candidates.get(self.answer).map(|candidate| candidate.number)
    }

    /// The instance that it chooses of two thirds of the candidates and the one that was chosen, told of no tasks; which
    /// thirds, by the number of the look.
    pub(super) fn chosen_of_fewer(&self, strategy: &Custom, look: u64) -> Option<u32> {
        let is_shown = |place: usize| place == self.answer || !(place as u64 + look).is_multiple_of(3);
        let shown = self.candidates.iter().enumerate().filter(|(place, _)| is_shown(*place));
        let candidates: Vec<Candidate<'_>> =
            shown.map(|(_, owned)| Candidate { tasks: 0, group_tasks: 0, ..candidate(owned) }).collect();
        let position = match candidates.len() {
            1 => 0,
            _ => strategy.answer(&View::new(&self.demand, &candidates, &|_| 0)),
        };
        candidates.get(position).map(|candidate| candidate.instance.0)
    }

    fn show_with(&self, strategy: &Custom, demand: &Demand) -> usize {
        let candidates: Vec<Candidate<'_>> = self.candidates.iter().map(candidate).collect();
        let zones = |zone: ZoneId| self.zones[zone.index()];
        strategy.answer(&View::new(demand, &candidates, &zones))
    }
}

fn candidate(owned: &Owned) -> Candidate<'_> {
    Candidate {
        instance: InstanceId(owned.number),
        class: &owned.class,
        cpu: CpuUnits(owned.cpu),
        memory: MemoryMib(owned.memory),
        gpus: owned.gpus,
        devices: &owned.devices,
        tasks: owned.tasks,
        group_tasks: owned.group_tasks,
    }
}
