//! The GPU form of fragmentation, device by device, as the code of the paper has it (M11).
//!
//! Of an instance where a task of the mix does not fit, all that is left of its devices is unusable for the task. Where it
//! fits, the devices with less left than the task takes of one are: for whole devices, every one that is shared.
//!
//! # Invariants
//! 1. What is remembered of a state is what it would be worked out to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

use crate::model::{
    Demand, Device, DeviceUse, GpuDemand, GpuScale, InstanceClass, MILLI_PER_DEVICE, MemoryMib, ReferenceMix, Scenario,
};
use crate::strategy::Candidate;

/// A shape of the mix that asks for GPUs.
#[derive(Clone, Copy, Debug)]
struct Shape {
    cpu: u32,
    memory: u32,
    gpus: GpuDemand,
    weight: u64,
}

/// The mix and its unit.
#[derive(Debug)]
pub(super) struct GpuMix {
    scale: GpuScale,
    shapes: Vec<Shape>,
    /// Tells what threads remember of this mix from what they remember of others.
    id: u64,
}

/// What is left of an instance, as far as fragmentation hangs on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    class: usize,
    cpu: u32,
    memory: u32,
    devices: Vec<DeviceUse>,
}

/// So many states are remembered before all are forgotten.
const MOST_STATES: usize = 1 << 17;
/// Weights are scaled to this many bits.
const WEIGHT_BITS: u32 = 24;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static KNOWN: RefCell<(u64, FxHashMap<State, u128>)> = RefCell::default();
}

impl GpuMix {
    /// `None` where no instance has a GPU or no task asks for one.
    pub(super) fn of(scenario: &Scenario) -> Option<Self> {
        let scale = GpuScale::of(scenario)?;
        let mut merged: BTreeMap<(u32, u32, GpuDemand), u128> = BTreeMap::new();
        for shape in &ReferenceMix::of(scenario).shapes {
            let demand = &scenario.definitions[shape.definition.index()].demand;
            if !demand.gpus.is_none() {
                *merged.entry((demand.cpu.0, demand.memory.0, demand.gpus)).or_insert(0) += u128::from(shape.weight);
            }
        }
        let total: u128 = merged.values().sum();
        let shift = (u128::BITS - total.leading_zeros()).saturating_sub(WEIGHT_BITS);
        let weight = |weight: u128| u64::try_from((weight >> shift).max(1)).expect("24 bits");
        let shape = |((cpu, memory, gpus), share)| Shape { cpu, memory, gpus, weight: weight(share) };
        let shapes: Vec<Shape> = merged.into_iter().map(shape).collect();
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        (!shapes.is_empty()).then_some(Self { scale, shapes, id })
    }

    /// How fragmentation changes if the task comes to the candidate, its share to `device`.
    pub(super) fn change(&self, candidate: &Candidate<'_>, demand: &Demand, device: Device) -> i128 {
        let (before, mut after) = (state(candidate), state(candidate));
        after.cpu -= demand.cpu.0;
        after.memory -= demand.memory.0;
        take(&mut after.devices, candidate.class, demand.gpus, device);
        self.known(candidate.class, after) - self.known(candidate.class, before)
    }

    /// The device on which a share adds least to fragmentation, the first of several.
    pub(super) fn device(&self, candidate: &Candidate<'_>, demand: &Demand) -> Device {
        let positions = (0..candidate.devices.len()).map(Device::from_index);
        let fitting = positions.filter(|device| room(candidate, *device, demand.gpus));
        fitting.min_by_key(|&device| self.change(candidate, demand, device)).unwrap_or(Device::ANY)
    }

    fn known(&self, class: &InstanceClass, state: State) -> i128 {
        let found = KNOWN.with_borrow_mut(|(id, known)| {
            if *id != self.id || known.len() >= MOST_STATES {
                known.clear();
                *id = self.id;
            }
            known.get(&state).copied()
        });
        let amount = found.unwrap_or_else(|| {
            let amount = self.fragmented(class, &state);
            KNOWN.with_borrow_mut(|(_, known)| known.insert(state, amount));
            amount
        });
        i128::try_from(amount).expect("a device has 40 bits, an instance 10 bits of devices, weights 24")
    }

    /// Parts of devices that tasks of the mix cannot use, times their weights.
    fn fragmented(&self, class: &InstanceClass, state: &State) -> u128 {
        let left: Vec<u64> =
            state.devices.iter().enumerate().map(|(at, &used)| self.scale.left(class, at, used)).collect();
        let all: u64 = left.iter().sum();
        let unusable = |shape: &Shape| {
            let fits = shape.cpu <= state.cpu && shape.memory <= state.memory && shape.gpus.fits(class, &state.devices);
            if !fits {
                return all;
            }
            let too_little = |(at, _): &(usize, &u64)| !shape.gpus.fits_device(class, *at, state.devices[*at]);
            left.iter().enumerate().filter(too_little).map(|(_, left)| *left).sum()
        };
        self.shapes.iter().map(|shape| u128::from(unusable(shape)) * u128::from(shape.weight)).sum()
    }
}

fn state(candidate: &Candidate<'_>) -> State {
    State {
        class: std::ptr::from_ref(candidate.class) as usize,
        cpu: candidate.cpu.0,
        memory: candidate.memory.0,
        devices: candidate.devices.to_vec(),
    }
}

fn room(candidate: &Candidate<'_>, device: Device, wanted: GpuDemand) -> bool {
    wanted.fits_device(candidate.class, device.index(), candidate.devices[device.index()])
}

/// Takes what a task takes.
fn take(devices: &mut [DeviceUse], class: &InstanceClass, wanted: GpuDemand, device: Device) {
    let (GpuDemand::Memory(MemoryMib(amount)) | GpuDemand::Share(amount)) = wanted else {
        let idle = devices.iter_mut().filter(|used| **used == DeviceUse::Idle);
        idle.take(wanted.whole_devices(class) as usize).for_each(|used| *used = DeviceUse::Dedicated);
        return;
    };
    let Some(used) = devices.get_mut(device.index()) else { return };
    *used = match (*used, wanted) {
        (DeviceUse::Idle, GpuDemand::Memory(_)) => {
            let whole = class.device_memory(device.index()).map_or(0, |memory| memory.0);
            DeviceUse::Memory { left: MemoryMib(whole.saturating_sub(amount)) }
        }
        (DeviceUse::Idle, _) => DeviceUse::Milli { left: MILLI_PER_DEVICE - amount },
        (DeviceUse::Memory { left }, _) => DeviceUse::Memory { left: MemoryMib(left.0 - amount) },
        (DeviceUse::Milli { left }, _) => DeviceUse::Milli { left: left - amount },
        (DeviceUse::Dedicated, _) => DeviceUse::Dedicated,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GpuKind, ZoneId};

    /// Half of the tasks want 0.6 of a GPU and 1 cpu, the others two whole GPUs and 4 cpu.
    fn mix() -> GpuMix {
        let shape = |cpu, gpus| Shape { cpu, memory: 1, gpus, weight: 1 };
        let shapes = vec![shape(1, GpuDemand::Share(600)), shape(4, GpuDemand::Whole(2))];
        GpuMix { scale: GpuScale::with_parts(1000), shapes, id: NEXT_ID.fetch_add(1, Ordering::Relaxed) }
    }

    fn class() -> InstanceClass {
        InstanceClass { gpus: 3, gpu_kind: GpuKind::default(), ..InstanceClass::new(ZoneId(0), "a", 8, 9) }
    }

    const FOUR_TENTHS: DeviceUse = DeviceUse::Milli { left: 400 };

    #[test]
    fn m11_devices_with_too_little_left_are_unusable() {
        let check = |cpu, devices: &[DeviceUse], expected| {
            let state = State { class: 0, cpu, memory: 9, devices: devices.to_vec() };
            assert_eq!(mix().fragmented(&class(), &state), expected, "{cpu} {devices:?}");
        };
        let (idle, taken) = (DeviceUse::Idle, DeviceUse::Dedicated);
        check(8, &[idle, idle, idle], 0);
        // 0.4 of a device serve neither; the two idle ones serve both.
        check(8, &[idle, idle, FOUR_TENTHS], 400 + 400);
        // One idle device is too few for two: all that is left is unusable for them.
        check(8, &[idle, taken, FOUR_TENTHS], 400 + 1400);
        // Too little cpu for the larger task, and then for both.
        check(3, &[idle, idle, idle], 3000);
        check(0, &[idle, idle, FOUR_TENTHS], 2400 + 2400);
    }

    #[test]
    fn a_share_goes_to_the_device_where_it_adds_least() {
        let class = class();
        let devices = [DeviceUse::Idle, DeviceUse::Milli { left: 500 }, DeviceUse::Idle];
        let candidate = Candidate {
            instance: crate::model::InstanceId(0),
            class: &class,
            cpu: crate::model::CpuUnits(8),
            memory: MemoryMib(9),
            gpus: 2,
            devices: &devices,
            tasks: 1,
            group_tasks: 0,
        };
        let demand = Demand { gpus: GpuDemand::Share(300), ..Demand::new(1, 1) };
        // On the shared one 0.3 of what served nobody are used; an idle one would cease to serve two whole ones.
        assert_eq!(mix().device(&candidate, &demand), Device(1));
        assert_eq!(mix().change(&candidate, &demand, Device(1)), -600);
    }
}
