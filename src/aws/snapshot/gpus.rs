//! The GPUs of an instance as its document shows them, and what its tasks hold of them.

use std::collections::BTreeMap;

use crate::aws::documents::container_instance::ContainerInstance;
use crate::aws::documents::resource;
use crate::aws::documents::task::Task;
use crate::model::{Demand, Device, GpuDemand, GpuKind, MemoryMib, OtherGpus};

/// One device.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownGpu {
    id: String,
    total: Option<u32>,
    remaining: Option<u32>,
    is_dedicated: bool,
    is_shared: bool,
}

/// What the document says.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownGpus {
    /// Devices one by one, where they are described so.
    devices: Vec<KnownGpu>,
    registered: u32,
    free: u32,
}

/// The devices of an instance, told apart by who may have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    /// How many there are for known tasks and new ones.
    pub(super) gpus: u32,
    /// What they are.
    pub(super) kind: GpuKind,
    /// What others hold.
    pub(super) others: OtherGpus,
}

/// What tasks hold.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldGpus {
    whole: u32,
    wants_all: bool,
    shares: bool,
    /// Of some that share one it is not told which.
    is_untold: bool,
    /// MiB of each device that is told.
    on_device: BTreeMap<Device, u32>,
}

impl KnownGpus {
    pub(super) fn of(instance: &ContainerInstance) -> Self {
        let mib = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        let mut devices: Vec<KnownGpu> = instance
            .gpu_devices
            .iter()
            .map(|device| KnownGpu {
                id: device.gpu_id.clone().unwrap_or_default(),
                total: mib(device.total_memory),
                remaining: mib(device.remaining_memory),
                is_dedicated: device.sharing_mode.as_deref() == Some("DEDICATED"),
                is_shared: device.sharing_mode.as_deref() == Some("NVIDIA_MPS"),
            })
            .collect();
        // Devices of an instance are alike, so that one without its memory has that of another.
        let largest = devices.iter().filter_map(|device| device.total).max();
        devices.iter_mut().for_each(|device| device.total = device.total.or(largest));
        // The last ones are left out where nobody is known to hold them.
        devices.sort_by_key(|device| (device.shares_unknown(), device.is_dedicated));
        let listed = |resources| resource::find(resources, "GPU").map(|found| found.string_set_value.len());
        let count = |listed: Option<usize>| u32::try_from(listed.unwrap_or_default()).unwrap_or_default();
        let registered = count(listed(&instance.registered_resources)).max(count(Some(devices.len())));
        let free = match instance.remaining_resources.is_empty() {
            true => registered,
            false => count(listed(&instance.remaining_resources)),
        };
        Self { devices, registered, free }
    }

    /// The device that the shares of a task lie on, if its containers name one.
    pub(super) fn device_of(&self, task: &Task, demand: &Demand) -> Device {
        let named = task.containers.iter().flat_map(|container| &container.gpu_ids);
        let mut positions = named.filter_map(|id| self.devices.iter().position(|device| device.id == *id));
        let position = positions.next().filter(|_| demand.gpus.is_share());
        position.map_or(Device::ANY, Device::from_index)
    }

    /// The devices for known tasks and new ones, beside what others hold: whole devices, and MiB of shared ones.
    pub(super) fn for_tasks(&self, held: &HeldGpus) -> Shares {
        if self.devices.is_empty() {
            let all = held.wants_all || held.shares;
            let count = if all { self.registered } else { self.free.saturating_add(held.whole).min(self.registered) };
            let count = count.max(held.whole);
            let others = OtherGpus { count: self.registered.saturating_sub(count), memory: Vec::new() };
            return Shares { gpus: count, kind: GpuKind::default(), others };
        }
        let is_dedicated = |device: &&KnownGpu| device.is_dedicated;
        let dedicated = self.devices.iter().filter(is_dedicated).count();
        let of_tasks = if held.wants_all { dedicated } else { dedicated.min(held.whole as usize) };
        let unknown = self.devices.iter().filter(|device| device.shares_unknown()).count();
        let of_others = if held.wants_all || held.shares { 0 } else { unknown };
        let kept = &self.devices[..self.devices.len() - of_others - (dedicated - of_tasks)];
        // Where known tasks have so many as a whole, what is said of sharing is not so any more.
        let shared = kept.iter().filter(|device| device.is_shared).count();
        let may_share = !held.wants_all && held.whole as usize + shared <= kept.len();
        let memory = |(position, device): (usize, &KnownGpu)| {
            let shares = held.on_device.get(&Device::from_index(position)).copied().unwrap_or(0);
            let left = if may_share { device.left_by_others(shares, held) } else { None };
            device.total.map(|total| MemoryMib(left.unwrap_or(total)))
        };
        let memory: Option<Vec<MemoryMib>> = kept.iter().enumerate().map(memory).collect();
        let count = u32::try_from(kept.len()).unwrap_or(u32::MAX);
        let kind = GpuKind { slice: None, memory: memory.unwrap_or_default() };
        Shares { gpus: count, others: self.beside(count, &kind), kind }
    }

    /// What is missing of the devices where so many of a kind are left.
    fn beside(&self, count: u32, left: &GpuKind) -> OtherGpus {
        let held = |(position, device): (usize, &KnownGpu)| {
            Some(MemoryMib(device.total? - left.memory.get(position).map_or(0, |left| left.0)))
        };
        let memory: Option<Vec<MemoryMib>> = self.devices.iter().enumerate().map(held).collect();
        let memory = memory.filter(|all| all.iter().any(|held| held.0 > 0)).unwrap_or_default();
        OtherGpus { count: self.registered.saturating_sub(count), memory }
    }
}

impl KnownGpu {
    /// Tasks share it by memory, and how much memory it has is told of no device: nobody else can share it then.
    fn shares_unknown(&self) -> bool {
        self.is_shared && self.total.is_none()
    }

    /// MiB that tasks which are not known leave of it, where known ones hold so many; `None` is all.
    fn left_by_others(&self, shares: u32, held: &HeldGpus) -> Option<u32> {
        // Without the device of its tasks, what remains of it cannot be told apart from what they hold.
        let total = self.total.filter(|_| self.is_shared && (shares > 0 || !held.is_untold))?;
        match (shares, self.remaining) {
            // Somebody shares it, and be it for a MiB; that much is held where no document says more.
            (0, left) => Some(left.unwrap_or(0).min(total.saturating_sub(1))),
            (shares, left) => left.map(|left| total.min(left.saturating_add(shares))),
        }
    }
}

impl HeldGpus {
    /// A task runs there.
    pub(super) fn add(&mut self, demand: &Demand, device: Device) {
        match demand.gpus {
            GpuDemand::None => {}
            // What no instance has is refused where the scenario is read.
            GpuDemand::Whole(count) => self.whole = self.whole.saturating_add(count),
            GpuDemand::Slice(_) => self.whole = self.whole.saturating_add(1),
            GpuDemand::All => self.wants_all = true,
            GpuDemand::Memory(memory) => {
                self.shares = true;
                self.is_untold |= device == Device::ANY;
                if device != Device::ANY {
                    let there = self.on_device.entry(device).or_default();
                    *there = there.saturating_add(memory.0);
                }
            }
            GpuDemand::Share(_) => (self.shares, self.is_untold) = (true, true),
        }
    }
}
