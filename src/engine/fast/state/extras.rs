//! Static ports and network interface slots: kept only if some request of the run asks for them.

use smallvec::SmallVec;

use crate::model::{CpuUnits, Demand, InstanceClass, MAX_PORTS_PER_INSTANCE, MemoryMib, Port, Requests};

/// What one instance has left beside cpu, memory and GPUs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extra {
    /// Free interface slots; `None` is unlimited.
    eni_slots: Option<u32>,
    /// Ports of tasks, in no order; those of the class are not among them.
    ports: SmallVec<[Port; 2]>,
}

impl Extra {
    pub(crate) fn new(class: &InstanceClass) -> Self {
        Self { eni_slots: class.eni_tasks, ports: SmallVec::new() }
    }

    ///
    pub(crate) fn ports_fit(&self, wanted: &[Port], class: &InstanceClass) -> bool {
        let taken = |port| self.ports.contains(port) || class.reserved_ports.contains(port);
        wanted.is_empty()
            || (!wanted.iter().any(taken)
                && class.reserved_ports.len() + self.ports.len() + wanted.len() <= MAX_PORTS_PER_INSTANCE)
    }

    /// Ports that are taken.
    pub(crate) fn port_count(&self, class: &InstanceClass) -> usize {
        class.reserved_ports.len() + self.ports.len()
    }

    pub(crate) fn eni_fits(&self, wanted: u32) -> bool {
        self.eni_slots.is_none_or(|free| wanted <= free)
    }

    pub(crate) fn fits(&self, demand: &Demand, class: &InstanceClass) -> bool {
        self.eni_fits(demand.eni_slots) && self.ports_fit(&demand.ports, class)
    }

    pub(crate) fn take(&mut self, demand: &Demand) {
        if let Some(free) = &mut self.eni_slots {
            *free -= demand.eni_slots;
        }
        self.ports.extend_from_slice(&demand.ports);
    }

    /// Takes up to so many interface slots from every task; answers how many.
    pub(crate) fn hold_slots(&mut self, wanted: u32) -> u32 {
        let Some(free) = &mut self.eni_slots else { return 0 };
        let held = wanted.min(*free);
        *free -= held;
        held
    }

    /// Gives interface slots back that were held.
    pub(crate) fn release_slots(&mut self, held: u32) {
        self.eni_slots.iter_mut().for_each(|free| *free += held);
    }

    pub(crate) fn give_back(&mut self, demand: &Demand) {
        if let Some(free) = &mut self.eni_slots {
            *free += demand.eni_slots;
        }
        self.ports.retain(|port| !demand.ports.contains(port));
    }
}

/// The demand asks for more than cpu and memory.
pub(crate) fn asks_for_extras(demand: &Demand) -> bool {
    !demand.gpus.is_none() || demand.eni_slots > 0 || !demand.ports.is_empty()
}

/// A demand without its cpu and memory: GPUs, ports and interface slots.
pub(crate) fn form_of(demand: &Demand) -> Demand {
    Demand { cpu: CpuUnits(0), memory: MemoryMib(0), ..demand.clone() }
}

/// Some request asks for GPUs.
pub(crate) fn any_gpus(requests: &Requests) -> bool {
    requests.table.iter().any(|request| !request.demand.gpus.is_none())
}

/// Some request asks for more than cpu and memory.
pub(crate) fn any_extras(requests: &Requests) -> bool {
    requests.table.iter().any(|request| asks_for_extras(&request.demand))
}
