//! Static ports and network interface slots: kept only if some request of the run asks for them.

use super::ports::{Claim, Ports, Taken};
use crate::model::{ClassId, CpuUnits, Demand, InstanceClass, MemoryMib, Requests};

/// What one instance has left beside cpu, memory and GPUs: two to a cache line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(align(32))]
pub(crate) struct Extra {
    /// Free interface slots; `None` is unlimited.
    eni_slots: Option<u32>,
    /// Ports of tasks; those of the class are not among them.
    pub(crate) ports: Taken,
}

impl Extra {
    pub(crate) fn new(class: &InstanceClass) -> Self {
        Self { eni_slots: class.eni_tasks, ports: Taken::default() }
    }

    pub(crate) fn eni_fits(&self, wanted: u32) -> bool {
        self.eni_slots.is_none_or(|free| wanted <= free)
    }

    #[inline]
    pub(crate) fn fits(&self, demand: &Demand, class: ClassId, ports: &Ports) -> bool {
        self.eni_fits(demand.eni_slots) && ports.fit(&self.ports, &demand.ports, class)
    }

    /// A task has come.
    #[inline]
    pub(crate) fn take(&mut self, form: &Form) {
        if let Some(free) = &mut self.eni_slots {
            *free -= form.demand.eni_slots;
        }
        self.ports.take(&form.ports);
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

    /// It has gone.
    #[inline]
    pub(crate) fn give_back(&mut self, form: &Form) {
        if let Some(free) = &mut self.eni_slots {
            *free += form.demand.eni_slots;
        }
        self.ports.give_back(&form.ports);
    }
}

/// What tasks take beside cpu and memory, worked out once for all requests that take the same.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Of no cpu and no memory.
    pub(crate) demand: Demand,
    pub(crate) ports: Claim,
}

impl Form {
    pub(crate) fn new(demand: Demand, ports: &Ports) -> Self {
        Self { ports: ports.claim(&demand.ports), demand }
    }

    /// It takes GPUs or interface slots.
    #[inline]
    pub(crate) fn has_devices(&self) -> bool {
        self.demand.eni_slots > 0 || !self.demand.gpus.is_none()
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
