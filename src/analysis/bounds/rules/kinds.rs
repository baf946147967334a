//! Tasks and types of instances as amounts of six resources, and which tasks may not meet.
//!
//! What a task takes may differ by the type of its instance: a share of a GPU's memory is more of a small GPU.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::bounds::{Alike, InstanceType, Item, Packing, alike};
use crate::model::{Device, GpuDemand, MILLI_PER_DEVICE, Port};

/// The resources that are counted, after cpu and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    /// Parts of GPUs, exact.
    GpuParts = 2,
    /// Halves of devices: 2 for what leaves no room for its like, 1 for half of a device, nothing for less.
    HalfDevices,
    Interfaces,
    Ports,
}

/// How many there are.
pub(super) const DIMENSIONS: usize = 6;

/// Amounts of all of them.
pub(in crate::analysis::bounds) type Amounts = [u64; DIMENSIONS];

/// What two tasks on one instance may not have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::analysis::bounds) enum Key {
    /// A group, each of whose tasks asks for distinctInstance.
    Group(u32),
    /// A static port.
    Port(Port),
}

/// Tasks that are alike.
#[derive(Clone, Debug)]
pub(in crate::analysis::bounds) struct Kind {
    pub(super) keys: Vec<Key>,
    pub(in crate::analysis::bounds) count: u64,
}

/// A type of instances.
#[derive(Clone, Debug)]
pub(in crate::analysis::bounds) struct Type {
    pub(super) capacity: Amounts,
    /// What a task of each kind takes here; `None` where it can never be here.
    pub(super) taken: Vec<Option<Amounts>>,
}

/// Kinds, and types that know them.
#[derive(Clone, Debug)]
pub(in crate::analysis::bounds) struct Kinds {
    pub(in crate::analysis::bounds) list: Vec<Kind>,
    pub(super) types: Vec<Type>,
    /// What a task of each kind takes of its devices, one by one: how many, and parts of each.
    devices: Vec<Option<(u64, u64)>>,
    /// Parts of the largest device.
    largest_device: u64,
}

impl Kinds {
    pub(in crate::analysis::bounds) fn of(packing: &Packing) -> Self {
        let types: Vec<Type> = packing.types.iter().map(|size| describe(packing, size)).collect();
        let list = packing.items.iter().map(|item| Kind { keys: keys(item), count: item.count }).collect();
        let parts = |size: &InstanceType| packing.scale.map_or(0, |scale| scale.device(&size.class));
        let largest_device = packing.types.iter().filter(|size| size.class.gpus > 0).map(parts).max().unwrap_or(0);
        let devices = packing.items.iter().map(|item| on_devices(packing, item)).collect();
        Self { list, types, devices, largest_device }
    }

    /// Whether more than cpu and memory decides what fits.
    pub(super) fn ask_for_more_than_cpu_and_memory(&self) -> bool {
        let is_more = |taken: &Amounts| taken[Dimension::GpuParts as usize..].iter().any(|&amount| amount > 0);
        self.list.iter().any(|kind| !kind.keys.is_empty())
            || self.types.iter().flat_map(|size| &size.taken).any(|taken| taken.as_ref().is_none_or(is_more))
    }

    /// Whether two tasks of these kinds fit together on no instance.
    pub(in crate::analysis::bounds) fn conflict(&self, a: usize, b: usize) -> bool {
        let fit_together = |size: &Type| {
            let Some((a, b)) = size.taken[a].zip(size.taken[b]) else { return false };
            (0..DIMENSIONS).all(|r| a[r] + b[r] <= size.capacity[r])
        };
        let has = |key: &Key| self.list[b].keys.contains(key);
        self.list[a].keys.iter().any(has) || !self.types.iter().any(fit_together)
    }

    /// The least that a task of a kind takes of each resource, on whatever type could hold it.
    pub(super) fn least(&self, kind: usize) -> Amounts {
        let taken = || self.types.iter().filter_map(|size| size.taken[kind]);
        std::array::from_fn(|r| taken().map(|taken| taken[r]).min().unwrap_or(0))
    }

    /// How many tasks of a kind an instance of a type holds alone.
    pub(super) fn most(&self, size: &Type, kind: usize) -> u64 {
        let Some(taken) = size.taken[kind] else { return 0 };
        let Kind { keys, count } = &self.list[kind];
        let most = if keys.is_empty() { *count } else { 1 };
        taken.iter().zip(size.capacity).filter_map(|(&taken, of)| of.checked_div(taken)).fold(most, u64::min)
    }

    /// Every key, ascending.
    pub(super) fn keys(&self) -> Vec<Key> {
        let keys: BTreeSet<Key> = self.list.iter().flat_map(|kind| kind.keys.iter().copied()).collect();
        keys.into_iter().collect()
    }

    /// Sizes of one resource, ascending, each with how many tasks have it, and the largest capacity; absent where no task
    /// asks for it, or where some instance has as much as there is.
    pub(super) fn along(&self, dimension: Dimension) -> Option<(Vec<Alike<u64>>, u64)> {
        let r = dimension as usize;
        let capacity = self.types.iter().map(|size| size.capacity[r]).max().filter(|&most| most < u64::MAX)?;
        let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
        for (position, kind) in self.list.iter().enumerate() {
            let taken = self.types.iter().filter_map(|size| Some(size.taken[position]?[r])).min();
            *sizes.entry(taken.unwrap_or(0).min(capacity)).or_default() += kind.count;
        }
        let is_asked_for = sizes.keys().any(|&size| size > 0);
        is_asked_for.then(|| (alike(sizes), capacity))
    }

    /// What is asked of single devices: parts, ascending, each with how often.
    pub(super) fn on_devices(&self) -> Vec<Alike<u64>> {
        let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
        for (kind, devices) in self.list.iter().zip(&self.devices) {
            if let Some((number, parts)) = devices {
                *sizes.entry((*parts).min(self.largest_device)).or_default() += number * kind.count;
            }
        }
        alike(sizes)
    }

    pub(super) fn parts_of_a_device(&self) -> u64 {
        self.largest_device
    }
}

fn keys(item: &Item) -> Vec<Key> {
    let ports = item.ports.iter().map(|&port| Key::Port(port));
    item.distinct.map(Key::Group).into_iter().chain(ports).collect()
}

fn describe(packing: &Packing, size: &InstanceType) -> Type {
    let class = &size.class;
    let gpus = packing.scale.map_or(0, |scale| scale.capacity(class));
    let interfaces = class.eni_tasks.map_or(u64::MAX, u64::from);
    let capacity = [
        u64::from(class.cpu.0),
        u64::from(class.memory.0),
        gpus,
        2 * u64::from(class.gpus),
        interfaces,
        size.port_slots(),
    ];
    let taken = |item: &Item| {
        let gpus = packing.scale.map_or(0, |scale| scale.least([class], item.gpus).unwrap_or(u64::MAX));
        let cannot = item.gpus.copies(class) == Some(0);
        let [cpu, memory] = item.demand;
        let amounts = [cpu, memory, gpus, half_devices(item.gpus, size), item.interfaces, item.ports.len() as u64];
        let is_within = amounts.iter().zip(capacity).all(|(&amount, capacity)| amount <= capacity);
        (is_within && !cannot).then_some(amounts)
    };
    Type { capacity, taken: packing.items.iter().map(taken).collect() }
}

/// See [`Dimension::HalfDevices`]; of memory, a device is the largest.
fn half_devices(gpus: GpuDemand, size: &InstanceType) -> u64 {
    let halves = |part: u32, of: u32| match (2 * u64::from(part)).cmp(&u64::from(of)) {
        std::cmp::Ordering::Greater => 2,
        std::cmp::Ordering::Equal => 1,
        std::cmp::Ordering::Less => 0,
    };
    match gpus {
        GpuDemand::Share(milli) => halves(milli, MILLI_PER_DEVICE),
        GpuDemand::Memory(memory) => {
            let largest = size.class.gpu_kind.memory.iter().map(|memory| memory.0).max().unwrap_or(0);
            halves(memory.0, largest)
        }
        whole => 2 * u64::from(whole.whole_devices(&size.class)),
    }
}

/// How many devices a task asks for, and the fewest parts of each, over all types that could hold it.
fn on_devices(packing: &Packing, item: &Item) -> Option<(u64, u64)> {
    let scale = packing.scale?;
    let could = packing.types.iter().filter(|size| item.gpus.copies(&size.class).is_some_and(|copies| copies > 0));
    let one = |size: &InstanceType| {
        let number = u64::from(item.gpus.whole_devices(&size.class)).max(1);
        let parts = match item.gpus.is_share() {
            true => scale.least([&size.class], item.gpus).unwrap_or(0),
            false => scale.taken(&size.class, item.gpus, Device::ANY) / number,
        };
        (number, parts)
    };
    let (mut number, mut parts) = could.map(one).unzip::<u64, u64, Vec<_>, Vec<_>>();
    number.sort_unstable();
    parts.sort_unstable();
    Some((*number.first()?, *parts.first()?))
}
