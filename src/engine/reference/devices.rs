//! The GPUs of one instance: which are idle, which belong to a task, and who shares which (R-5.15 to R-5.15c, U-23).

use crate::model::{Device, DeviceUse, GpuDemand, InstanceClass, MILLI_PER_DEVICE, MemoryMib};

/// What lies on one device, largest first, so that two ledgers of the same tasks are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Nothing,
    OneTask,
    Memory(Vec<u32>),
    Milli(Vec<u32>),
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Devices(Vec<Content>);

/// What a task needs of the devices, what it finds, and what it would find on an empty instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub(super) need: u32,
    pub(super) have: u32,
    pub(super) registered: u32,
}

/// So many tasks that want the same.
pub(super) struct Alike {
    pub(super) wanted: GpuDemand,
    pub(super) count: u32,
}

impl Devices {
    pub(super) fn new(class: &InstanceClass) -> Self {
        Self((0..class.gpus as usize).map(|position| empty(class, position)).collect())
    }

    pub(super) fn idle(&self) -> u32 {
        let idle = self.0.iter().filter(|content| **content == Content::Nothing).count();
        u32::try_from(idle).expect("an instance has at most 1,024 devices")
    }

    /// How each device is used.
    pub(super) fn uses(&self, class: &InstanceClass) -> Vec<DeviceUse> {
        let used = |(position, content): (usize, &Content)| match content {
            Content::Nothing => DeviceUse::Idle,
            Content::OneTask => DeviceUse::Dedicated,
            Content::Memory(shares) => {
                DeviceUse::Memory { left: MemoryMib(memory(class, position) - shares.iter().sum::<u32>()) }
            }
            Content::Milli(shares) => DeviceUse::Milli { left: MILLI_PER_DEVICE - shares.iter().sum::<u32>() },
        };
        self.0.iter().enumerate().map(used).collect()
    }

    pub(super) fn fits(&self, wanted: GpuDemand, class: &InstanceClass) -> bool {
        let Need { need, have, .. } = self.need(wanted, class);
        need <= have
    }

    /// The figures of the check `RESOURCE:GPU`.
    pub(super) fn need(&self, wanted: GpuDemand, class: &InstanceClass) -> Need {
        let only = |condition: bool, count: u32| if condition { count } else { 0 };
        let slice = class.gpu_kind.slice;
        let (need, passes) = match wanted {
            GpuDemand::None => (0, true),
            GpuDemand::Whole(count) => (count, slice.is_none()),
            GpuDemand::Slice(wanted) => (1, slice == Some(wanted)),
            GpuDemand::All => ((class.gpus + class.other_gpus.count).max(1), true),
            GpuDemand::Memory(memory) => return self.shared_need(wanted, memory.0, class),
            GpuDemand::Share(milli) => return self.shared_need(wanted, milli, class),
        };
        Need { need, have: only(passes, self.idle()), registered: only(passes, class.idle_gpus()) }
    }

    /// Of a share, the device with the most room counts.
    fn shared_need(&self, wanted: GpuDemand, need: u32, class: &InstanceClass) -> Need {
        let most = |devices: &Self| {
            let rooms = (0..devices.0.len()).filter_map(|position| devices.room(wanted, class, position));
            rooms.max().unwrap_or(0)
        };
        Need { need, have: most(self), registered: most(&Self::new(class)) }
    }

    /// What of a device is left for shares of this form; `None` if the device cannot be shared so.
    fn room(&self, wanted: GpuDemand, class: &InstanceClass, position: usize) -> Option<u32> {
        let is_whole = class.gpu_kind.slice.is_none();
        match (&self.0[position], wanted) {
            (Content::Nothing, GpuDemand::Memory(_)) => class.device_memory(position).map(|memory| memory.0),
            (Content::Memory(shares), GpuDemand::Memory(_)) => {
                Some(memory(class, position) - shares.iter().sum::<u32>())
            }
            (Content::Nothing, GpuDemand::Share(_)) if is_whole => Some(MILLI_PER_DEVICE),
            (Content::Milli(shares), GpuDemand::Share(_)) => Some(MILLI_PER_DEVICE - shares.iter().sum::<u32>()),
            _ => None,
        }
    }

    /// U-23: the shared device with the least left that fits, else an idle one with the least memory; then device order.
    fn choose(&self, wanted: GpuDemand, amount: u32, class: &InstanceClass) -> Option<usize> {
        let fitting = (0..self.0.len()).filter_map(|position| {
            let room = self.room(wanted, class, position).filter(|&room| amount <= room)?;
            Some((self.0[position] == Content::Nothing, room, position))
        });
        fitting.min().map(|(.., position)| position)
    }

    /// The share lies on a device that has room or, of [`Device::ANY`], where U-23 says. Answers the device of a share.
    ///
    /// # Panics
    /// If it does not fit: the filters have been skipped.
    pub(super) fn take(&mut self, wanted: GpuDemand, class: &InstanceClass, on: Device) -> Device {
        let (GpuDemand::Memory(MemoryMib(amount)) | GpuDemand::Share(amount)) = wanted else {
            for _ in 0..wanted.whole_devices(class) {
                let idle = self.0.iter_mut().find(|content| **content == Content::Nothing);
                *idle.expect("more GPUs taken than are free") = Content::OneTask;
            }
            return Device::ANY;
        };
        let chosen =
            || Device::from_index(self.choose(wanted, amount, class).expect("more of a GPU taken than is free"));
        let device = if on == Device::ANY { chosen() } else { on };
        if self.0[device.index()] == Content::OneTask {
            // Which device that task has is told by nothing: it has an idle one.
            let idle = self.0.iter().position(|content| *content == Content::Nothing);
            self.0.swap(device.index(), idle.expect("more of a GPU taken than is free"));
        }
        self.share(device, wanted, amount);
        device
    }

    /// Puts a share on a device.
    fn share(&mut self, device: Device, wanted: GpuDemand, amount: u32) {
        let content = &mut self.0[device.index()];
        if *content == Content::Nothing {
            let is_memory = matches!(wanted, GpuDemand::Memory(_));
            *content = if is_memory { Content::Memory(Vec::new()) } else { Content::Milli(Vec::new()) };
        }
        let (Content::Memory(shares) | Content::Milli(shares)) = content else { panic!("a device is shared or not") };
        shares.push(amount);
        shares.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// Whether all that lies on the devices is what these tasks ask for.
    pub(super) fn recount(&self, tasks: impl Iterator<Item = Alike>, class: &InstanceClass) -> Result<(), String> {
        let (mut whole, mut shares) = (0, Vec::new());
        for Alike { wanted, count } in tasks {
            whole += count * wanted.whole_devices(class);
            if let GpuDemand::Memory(MemoryMib(amount)) | GpuDemand::Share(amount) = wanted {
                let is_memory = matches!(wanted, GpuDemand::Memory(_));
                shares.extend((0..count).map(|_| (is_memory, amount)));
            }
        }
        let (mut kept_whole, mut kept) = (0, Vec::new());
        for content in &self.0 {
            match content {
                Content::Nothing => {}
                Content::OneTask => kept_whole += 1,
                Content::Memory(shares) => kept.extend(shares.iter().map(|&share| (true, share))),
                Content::Milli(shares) => kept.extend(shares.iter().map(|&share| (false, share))),
            }
        }
        shares.sort_unstable();
        kept.sort_unstable();
        let is_empty = |(position, content): (usize, &Content)| {
            *content == Content::Memory(Vec::new()) && empty(class, position) == Content::Nothing
        };
        let is_same = whole == kept_whole && shares == kept && !self.0.iter().enumerate().any(is_empty);
        if is_same { Ok(()) } else { Err(format!("kept {self:?}, recounted {whole} whole and {shares:?}")) }
    }

    /// # Panics
    /// If no such task is there.
    pub(super) fn give_back(&mut self, wanted: GpuDemand, class: &InstanceClass, device: Device) {
        let (GpuDemand::Memory(MemoryMib(amount)) | GpuDemand::Share(amount)) = wanted else {
            for _ in 0..wanted.whole_devices(class) {
                let taken = self.0.iter_mut().rev().find(|content| **content == Content::OneTask);
                *taken.expect("more GPUs given back than were taken") = Content::Nothing;
            }
            return;
        };
        let is_memory = matches!(wanted, GpuDemand::Memory(_));
        let holds = |content: &Content| match content {
            Content::Memory(shares) => is_memory && shares.contains(&amount),
            Content::Milli(shares) => !is_memory && shares.contains(&amount),
            Content::Nothing | Content::OneTask => false,
        };
        let position = match device {
            Device::ANY => self.0.iter().position(holds).expect("a share given back that was not taken"),
            device => device.index(),
        };
        let content = &mut self.0[position];
        assert!(holds(content), "a share given back that was not taken there");
        let (Content::Memory(shares) | Content::Milli(shares)) = content else { return };
        let found = shares.iter().position(|&share| share == amount);
        shares.remove(found.expect("it is among them"));
        if shares.is_empty() {
            *content = empty(class, position);
        }
    }
}

/// What lies on a device where no known task runs; the shares of others are in no list.
fn empty(class: &InstanceClass, position: usize) -> Content {
    match class.use_when_empty(position) {
        DeviceUse::Memory { .. } => Content::Memory(Vec::new()),
        _ => Content::Nothing,
    }
}

fn memory(class: &InstanceClass, position: usize) -> u32 {
    class.device_memory(position).expect("only devices of known memory are shared by memory").0
}
