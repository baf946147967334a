//! The fewest instances of one type that hold tasks by the rules: cpu, memory, GPUs device by device, interfaces, ports,
//! and tasks that may not meet.
//!
//! Tasks are put one after another, largest first, on every instance that takes them or on a new one; of instances in the
//! same state one is tried, and a share on one device of each state. A packing with as many instances as a bound proves
//! ends the search. It is given up after [`MOST_STEPS`] steps: then the best packing so far is the optimum only if a bound
//! says so.

use std::collections::BTreeSet;

use super::kinds::{Key, Kinds};
use crate::analysis::bounds::{InstanceType, Packing};
use crate::model::{Device, DeviceLedger, GpuDemand};

/// More tasks than this are not looked at.
const MOST_TASKS: u64 = 500;
/// Steps after which a search is given up.
const MOST_STEPS: u64 = 5_000;

/// The optimum, where it is proved; `proved` is a bound that is known to hold. `None` where types differ.
pub(crate) fn solve(packing: &Packing, proved: u64) -> Option<u64> {
    let [size] = &packing.types[..] else { return None };
    let kinds = Kinds::of(packing);
    let of_type = kinds.types.first()?;
    if packing.tasks() > MOST_TASKS || of_type.taken.iter().any(Option::is_none) {
        return None;
    }
    let share = |kind: usize| {
        let taken = of_type.taken[kind].unwrap_or_default();
        let parts = taken.iter().zip(of_type.capacity);
        parts.map(|(&taken, of)| (u128::from(taken) << 40) / u128::from(of.max(1))).max().unwrap_or(0)
    };
    let mut order: Vec<usize> = (0..packing.items.len()).collect();
    order.sort_by_key(|&kind| (std::cmp::Reverse(share(kind)), kind));
    let tasks = order
        .into_iter()
        .flat_map(|kind| std::iter::repeat_n(kind, usize::try_from(packing.items[kind].count).unwrap_or(usize::MAX)));
    let tasks: Vec<usize> = tasks.collect();
    let mut search = Search {
        packing,
        kinds: &kinds,
        size,
        tasks: &tasks,
        open: Vec::new(),
        best: tasks.len() + 1,
        proved,
        steps: 0,
    };
    let is_over = search.go(0);
    let best = search.best as u64;
    (best <= tasks.len() as u64 && (is_over || best <= proved)).then_some(best)
}

/// What an instance holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Load {
    cpu: u64,
    memory: u64,
    interfaces: u64,
    ports: u64,
    keys: BTreeSet<Key>,
    devices: DeviceLedger,
}

struct Search<'a> {
    packing: &'a Packing,
    kinds: &'a Kinds,
    size: &'a InstanceType,
    /// Kinds, one a task.
    tasks: &'a [usize],
    open: Vec<Load>,
    best: usize,
    proved: u64,
    steps: u64,
}

impl Search<'_> {
    /// Puts the tasks from `depth` on; answers whether everything was tried that could matter.
    fn go(&mut self, depth: usize) -> bool {
        self.steps += 1;
        if self.open.len() >= self.best || self.best as u64 <= self.proved {
            return true;
        }
        if depth == self.tasks.len() {
            self.best = self.open.len();
            return true;
        }
        if self.steps > MOST_STEPS {
            return false;
        }
        let kind = self.tasks[depth];
        for index in 0..self.open.len() {
            let is_tried = self.devices(kind, index).is_empty() || self.open[..index].contains(&self.open[index]);
            if !is_tried && !self.on(depth, kind, index) {
                return false;
            }
        }
        self.open.push(self.empty());
        let lasted = self.on(depth, kind, self.open.len() - 1);
        self.open.pop();
        lasted
    }

    /// Tries one task on one instance, in every way that differs.
    fn on(&mut self, depth: usize, kind: usize, index: usize) -> bool {
        for device in self.devices(kind, index) {
            let before = self.open[index].clone();
            self.put(kind, index, device);
            let lasted = self.go(depth + 1);
            self.open[index] = before;
            if !lasted {
                return false;
            }
        }
        true
    }

    /// Where its share may lie; nowhere if it does not fit.
    fn devices(&self, kind: usize, index: usize) -> Vec<Device> {
        let (load, item) = (&self.open[index], &self.packing.items[kind]);
        let class = &self.size.class;
        let is_room = item.demand[0] <= load.cpu
            && item.demand[1] <= load.memory
            && item.interfaces <= load.interfaces
            && item.ports.len() as u64 <= load.ports
            && !self.kinds.list[kind].keys.iter().any(|key| load.keys.contains(key))
            && load.devices.fits(item.gpus, class);
        match item.gpus {
            _ if !is_room => Vec::new(),
            GpuDemand::Share(_) | GpuDemand::Memory(_) => {
                let uses = load.devices.uses();
                let memory = |at: usize| class.device_memory(at);
                let is_new = |at: usize| !(0..at).any(|other| uses[other] == uses[at] && memory(other) == memory(at));
                let positions = (0..uses.len()).filter(|&at| is_new(at)).map(Device::from_index);
                positions.filter(|&device| load.devices.fits_on(item.gpus, class, device)).collect()
            }
            _ => vec![Device::ANY],
        }
    }

    fn put(&mut self, kind: usize, index: usize, device: Device) {
        let (load, item) = (&mut self.open[index], &self.packing.items[kind]);
        load.cpu -= item.demand[0];
        load.memory -= item.demand[1];
        load.interfaces -= item.interfaces;
        load.ports -= item.ports.len() as u64;
        load.keys.extend(&self.kinds.list[kind].keys);
        load.devices.take(item.gpus, &self.size.class, device);
    }

    fn empty(&self) -> Load {
        let class = &self.size.class;
        Load {
            cpu: class.cpu.0.into(),
            memory: class.memory.0.into(),
            interfaces: class.eni_tasks.map_or(u64::MAX, u64::from),
            ports: self.size.port_slots(),
            keys: BTreeSet::new(),
            devices: DeviceLedger::new(class),
        }
    }
}
