//! How the GPU devices of one instance are held, and which one a share gets (R-5.15 to R-5.15c, U-23).
//!
//! # Invariants
//! 1. `idle` counts the devices that are [`Use::Idle`].
//! 2. A device is [`Use::Memory`] or [`Use::Milli`] exactly while some of `shares` lie on it, or shares of tasks that the
//!    scenario does not know, and what is left of it is what they leave.
//!
//! # Cost
//! Whether whole devices fit is one comparison; a share looks at every device.

use smallvec::SmallVec;

use super::{Device, DeviceUse, GpuDemand, GpuSlice, InstanceClass, MILLI_PER_DEVICE};
use crate::model::units::MemoryMib;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Idle,
    Dedicated,
    /// MiB left.
    Memory(u32),
    /// Thousandths left.
    Milli(u32),
}

/// The devices of one instance and what lies on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceLedger {
    idle: u32,
    devices: SmallVec<[Use; FEW]>,
    /// Device and amount of every share, in no order.
    shares: SmallVec<[(Device, u32); FEW]>,
}

/// A device that no known task has.
fn empty(class: &InstanceClass, position: usize) -> Use {
    match class.use_when_empty(position) {
        DeviceUse::Memory { left } => Use::Memory(left.0),
        _ => Use::Idle,
    }
}

/// So many devices and shares stand in the ledger itself: what is asked of it is in one place of the memory.
const FEW: usize = 4;

impl DeviceLedger {
    /// The devices of an empty instance.
    #[must_use]
    pub fn new(class: &InstanceClass) -> Self {
        let devices = (0..class.gpus as usize).map(|position| empty(class, position)).collect();
        Self { idle: class.idle_gpus(), devices, shares: SmallVec::new() }
    }

    /// How many devices are idle.
    #[must_use]
    pub fn idle(&self) -> u32 {
        self.idle
    }

    /// How each device is used, in device order.
    #[must_use]
    pub fn uses(&self) -> Vec<DeviceUse> {
        let used = |used: &Use| match *used {
            Use::Idle => DeviceUse::Idle,
            Use::Dedicated => DeviceUse::Dedicated,
            Use::Memory(left) => DeviceUse::Memory { left: MemoryMib(left) },
            Use::Milli(left) => DeviceUse::Milli { left },
        };
        self.devices.iter().map(used).collect()
    }

    /// Whether a task may come to an instance of `class`.
    #[inline]
    #[must_use]
    pub fn fits(&self, wanted: GpuDemand, class: &InstanceClass) -> bool {
        match wanted {
            GpuDemand::None => true,
            GpuDemand::Whole(count) => count <= self.idle && class.gpu_kind.slice.is_none(),
            GpuDemand::Slice(slice) => self.idle > 0 && class.gpu_kind.slice == Some(slice),
            GpuDemand::All => class.has_all_gpus() && self.idle == class.gpus,
            GpuDemand::Memory(memory) => self.by_memory(memory.0, class).is_some(),
            GpuDemand::Share(milli) => self.by_share(milli, class.gpu_kind.slice).is_some(),
        }
    }

    /// Whether a share fits on this device. A task that has it as a whole would have an idle one as well.
    #[must_use]
    pub fn fits_on(&self, wanted: GpuDemand, class: &InstanceClass, device: Device) -> bool {
        let Some(used) = self.devices.get(device.index()) else { return false };
        let used = if *used == Use::Dedicated && self.idle > 0 { Use::Idle } else { *used };
        match (wanted, used) {
            (GpuDemand::Memory(memory), Use::Memory(left)) => memory.0 <= left,
            (GpuDemand::Memory(memory), Use::Idle) => {
                class.device_memory(device.index()).is_some_and(|whole| memory <= whole)
            }
            (GpuDemand::Share(milli), Use::Milli(left)) => milli <= left,
            (GpuDemand::Share(_), Use::Idle) => class.gpu_kind.slice.is_none(),
            _ => false,
        }
    }

    /// U-23, for MiB.
    fn by_memory(&self, wanted: u32, class: &InstanceClass) -> Option<usize> {
        let mut best: Option<(u64, usize)> = None;
        for (position, (used, memory)) in self.devices.iter().zip(&class.gpu_kind.memory).enumerate() {
            let rank = match *used {
                Use::Memory(left) if left >= wanted => u64::from(left),
                Use::Idle if memory.0 >= wanted => 1 << 32 | u64::from(memory.0),
                _ => continue,
            };
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, position));
            }
        }
        best.map(|(_, position)| position)
    }

    /// U-23, for thousandths.
    fn by_share(&self, wanted: u32, slice: Option<GpuSlice>) -> Option<usize> {
        if slice.is_some() {
            return None;
        }
        let mut best: Option<(u32, usize)> = None;
        for (position, used) in self.devices.iter().enumerate() {
            let rank = match *used {
                Use::Milli(left) if left >= wanted => left,
                Use::Idle => MILLI_PER_DEVICE + 1,
                _ => continue,
            };
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, position));
            }
        }
        best.map(|(_, position)| position)
    }

    /// A task comes, its share on a device that has room or, of [`Device::ANY`], where U-23 says. Answers the device of a
    /// share. Which device a task has as a whole is told by nothing, so that one gives way to a share that is known to lie
    /// there.
    ///
    /// # Panics
    /// If it does not fit.
    pub fn take(&mut self, wanted: GpuDemand, class: &InstanceClass, on: Device) -> Device {
        let (position, amount) = match wanted {
            GpuDemand::Memory(memory) => (self.by_memory(memory.0, class), memory.0),
            GpuDemand::Share(milli) => (self.by_share(milli, class.gpu_kind.slice), milli),
            wanted => {
                self.take_whole(wanted.whole_devices(class));
                return Device::ANY;
            }
        };
        let position = if on == Device::ANY { position } else { Some(self.make_way(on.index())) };
        let position = position.expect("more of a GPU taken than is free");
        let used = &mut self.devices[position];
        self.idle -= u32::from(*used == Use::Idle);
        *used = match (*used, wanted) {
            (Use::Idle, GpuDemand::Memory(_)) => Use::Memory(class.gpu_kind.memory[position].0 - amount),
            (Use::Memory(left), _) => Use::Memory(left - amount),
            (Use::Milli(left), _) => Use::Milli(left - amount),
            (_, _) => Use::Milli(MILLI_PER_DEVICE - amount),
        };
        let device = Device::from_index(position);
        self.shares.push((device, amount));
        device
    }

    /// The device at a position is no task's as a whole: that task has another one.
    fn make_way(&mut self, position: usize) -> usize {
        if self.devices[position] == Use::Dedicated {
            let idle = self.devices.iter().position(|used| *used == Use::Idle);
            self.devices.swap(position, idle.expect("more of a GPU taken than is free"));
        }
        position
    }

    fn take_whole(&mut self, count: u32) {
        let idle = self.devices.iter_mut().filter(|used| **used == Use::Idle);
        let taken = idle.take(count as usize).map(|used| *used = Use::Dedicated).count();
        assert!(taken == count as usize, "more GPUs taken than are free");
        self.idle -= count;
    }

    /// A task goes; its share lies on `device`, or on the first that has one of that size.
    ///
    /// # Panics
    /// If no such task is there.
    pub fn give_back(&mut self, wanted: GpuDemand, class: &InstanceClass, device: Device) {
        let (GpuDemand::Memory(MemoryMib(amount)) | GpuDemand::Share(amount)) = wanted else {
            let count = wanted.whole_devices(class);
            let taken = self.devices.iter_mut().rev().filter(|used| **used == Use::Dedicated);
            let given = taken.take(count as usize).map(|used| *used = Use::Idle).count();
            assert!(given == count as usize, "more GPUs given back than were taken");
            self.idle += count;
            return;
        };
        let is_memory = matches!(wanted, GpuDemand::Memory(_));
        let is_it = |&(_, &(on, share)): &(usize, &(Device, u32))| {
            share == amount
                && (device == Device::ANY || device == on)
                && is_memory == matches!(self.devices[on.index()], Use::Memory(_))
        };
        let found = self.shares.iter().enumerate().filter(is_it).min_by_key(|(_, share)| share.0);
        let (position, &(on, _)) = found.expect("a share given back that was not taken there");
        self.shares.swap_remove(position);
        let is_last = self.shares.iter().all(|share| share.0 != on);
        let used = &mut self.devices[on.index()];
        *used = match *used {
            _ if is_last => empty(class, on.index()),
            Use::Memory(left) => Use::Memory(left + amount),
            Use::Milli(left) => Use::Milli(left + amount),
            used => used,
        };
        self.idle += u32::from(*used == Use::Idle);
    }

    /// Recounts what is left from the shares.
    ///
    /// # Errors
    /// A sentence with what was kept and what is there.
    pub fn validate(&self, class: &InstanceClass) -> Result<(), String> {
        let mut recount: SmallVec<[Use; FEW]> = self
            .devices
            .iter()
            .enumerate()
            .map(|(position, used)| match used {
                Use::Memory(_) => Use::Memory(class.gpu_kind.memory[position].0),
                Use::Milli(_) => Use::Milli(MILLI_PER_DEVICE),
                used => *used,
            })
            .collect();
        for &(device, amount) in &self.shares {
            match &mut recount[device.index()] {
                Use::Memory(left) | Use::Milli(left) => *left -= amount,
                Use::Idle | Use::Dedicated => return Err(format!("a share on {device:?}, which is not shared")),
            }
        }
        let is_shared = |position| {
            empty(class, position) != Use::Idle
                || self.shares.iter().any(|share| share.0 == Device::from_index(position))
        };
        let all_shared = recount
            .iter()
            .enumerate()
            .all(|(position, used)| matches!(used, Use::Idle | Use::Dedicated) || is_shared(position));
        let idle = recount.iter().filter(|used| **used == Use::Idle).count();
        if recount == self.devices && all_shared && idle == self.idle as usize {
            return Ok(());
        }
        Err(format!("kept {:?} with {} idle, recounted {recount:?}, {idle} idle", self.devices, self.idle))
    }
}
