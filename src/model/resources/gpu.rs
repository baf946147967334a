//! GPUs: what a task asks of them, what an instance has, and how one device may be used.
//!
//! A device is idle, belongs to one task as a whole, or is shared: by memory (NVIDIA MPS, R-5.15c) or, in research
//! traces only, by thousandths. It is never two of these at once.

use std::fmt;

use super::InstanceClass;
use crate::model::units::{MemoryMib, Ratio};

/// The part of a physical GPU that an instance type has as its device (R-5.15a).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GpuSlice {
    /// `0.125`: `g6f.large`, `g6f.xlarge`.
    Eighth,
    /// `0.25`: `g6f.2xlarge`.
    Quarter,
    /// `0.5`: `g6f.4xlarge`, `gr6f.4xlarge`.
    Half,
}

impl GpuSlice {
    /// Every slice, the smallest first.
    pub const ALL: [Self; 3] = [Self::Eighth, Self::Quarter, Self::Half];

    /// How many of them make a GPU.
    #[must_use]
    pub const fn parts(self) -> u32 {
        match self {
            Self::Eighth => 8,
            Self::Quarter => 4,
            Self::Half => 2,
        }
    }

    /// As a task definition writes it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Eighth => "0.125",
            Self::Quarter => "0.25",
            Self::Half => "0.5",
        }
    }

    /// The slice with this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slice| slice.text() == text)
    }

    /// The slice that the devices of an EC2 instance type are; `None` is whole GPUs, or none.
    #[must_use]
    pub fn of_type(instance_type: &str) -> Option<Self> {
        match instance_type {
            "g6f.large" | "g6f.xlarge" => Some(Self::Eighth),
            "g6f.2xlarge" => Some(Self::Quarter),
            "g6f.4xlarge" | "gr6f.4xlarge" => Some(Self::Half),
            _ => None,
        }
    }
}

/// Thousandths that a whole device has.
pub const MILLI_PER_DEVICE: u32 = 1_000;

/// What a task asks of the GPUs of its instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GpuDemand {
    /// Nothing.
    #[default]
    None,
    /// So many whole devices, at least 1.
    Whole(u32),
    /// One device that is this slice (R-5.15a).
    Slice(GpuSlice),
    /// Every device of the instance, which has one at least; all must be idle (R-5.15b).
    All,
    /// MiB of the memory of one device, shared by NVIDIA MPS (R-5.15c).
    Memory(MemoryMib),
    /// Thousandths of one whole device, 1 to 999: traces of research only, no form of ECS.
    Share(u32),
}

impl From<u32> for GpuDemand {
    /// So many whole devices.
    fn from(count: u32) -> Self {
        if count == 0 { Self::None } else { Self::Whole(count) }
    }
}

impl fmt::Display for GpuDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no GPU"),
            Self::Whole(1) => f.write_str("1 GPU"),
            Self::Whole(count) => write!(f, "{count} GPUs"),
            Self::Slice(slice) => write!(f, "{} GPU", slice.text()),
            Self::All => f.write_str("all GPUs"),
            Self::Memory(memory) => write!(f, "{} MiB of one GPU", memory.0),
            Self::Share(milli) => write!(f, "{} of one GPU", Milli(*milli)),
        }
    }
}

/// Thousandths as a decimal number without trailing zeros.
#[derive(Clone, Copy, Debug)]
pub struct Milli(pub u32);

impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / MILLI_PER_DEVICE, self.0 % MILLI_PER_DEVICE);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:03}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// What the devices of an instance are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GpuKind {
    /// The slice that each of them is; `None` is whole devices.
    pub slice: Option<GpuSlice>,
    /// The memory of each in device order; empty is unknown: then none can be shared by memory.
    pub memory: Vec<MemoryMib>,
}

/// What tasks that the scenario does not know hold of the devices of an instance: those left out of its [`GpuKind`], and
/// a part of those in it that are shared by memory, which no task has as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherGpus {
    /// How many devices they have as a whole.
    pub count: u32,
    /// MiB of every device, of the instance's own ones first; empty is unknown, or nothing.
    pub memory: Vec<MemoryMib>,
}

impl OtherGpus {
    /// Whether they have a part of this device, one of the instance's own.
    #[must_use]
    pub fn share(&self, device: usize) -> bool {
        self.memory.get(device).is_some_and(|held| held.0 > 0)
    }

    /// The devices of an instance once these tasks are gone.
    #[must_use]
    pub fn given_back(&self, gpus: u32, kind: &GpuKind) -> (u32, GpuKind) {
        if *self == Self::default() {
            return (gpus, kind.clone());
        }
        let all = gpus.saturating_add(self.count);
        let of_device = |(at, held): (usize, &MemoryMib)| {
            MemoryMib(kind.memory.get(at).map_or(0, |memory| memory.0).saturating_add(held.0))
        };
        // Where some device's memory is not known, that of none is.
        let is_known = self.memory.len() == all as usize && kind.memory.len() == gpus as usize;
        let memory = if is_known { self.memory.iter().enumerate().map(of_device).collect() } else { Vec::new() };
        (all, GpuKind { slice: kind.slice, memory })
    }
}

/// The position of a device on its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device(pub u16);

impl Device {
    /// No device in particular.
    pub const ANY: Self = Self(u16::MAX);

    /// A device by position.
    ///
    /// # Panics
    /// If it is beyond the 65,534th.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        let device = Self(u16::try_from(index).expect("an instance has at most 1,024 devices"));
        assert!(device != Self::ANY, "an instance has at most 1,024 devices");
        device
    }

    /// Its position.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// How a device is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceUse {
    /// By nobody: `IDLE`.
    Idle,
    /// By one task as a whole: `DEDICATED`.
    Dedicated,
    /// By memory, so many MiB being left: `NVIDIA_MPS`.
    Memory {
        /// MiB that are left.
        left: MemoryMib,
    },
    /// By thousandths, so many being left.
    Milli {
        /// Thousandths that are left.
        left: u32,
    },
}

impl GpuDemand {
    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::None
    }

    /// Whether it asks for a part of one device that others may share.
    #[must_use]
    pub fn is_share(self) -> bool {
        matches!(self, Self::Memory(_) | Self::Share(_))
    }

    /// How many devices of an instance of `class` a task holds as a whole.
    #[must_use]
    pub fn whole_devices(self, class: &InstanceClass) -> u32 {
        match self {
            Self::Whole(count) => count,
            Self::Slice(_) => 1,
            Self::All => class.gpus,
            Self::None | Self::Memory(_) | Self::Share(_) => 0,
        }
    }

    /// How many devices of the kind that it asks for are held by tasks that the scenario does not know.
    #[must_use]
    pub fn held_by_others(self, class: &InstanceClass) -> u32 {
        let slice = class.gpu_kind.slice;
        let held = class.other_gpus.count + class.gpus - class.idle_gpus();
        match self {
            Self::Whole(_) if slice.is_none() => held,
            Self::Slice(wanted) if slice == Some(wanted) => held,
            Self::All => held,
            Self::None | Self::Whole(_) | Self::Slice(_) | Self::Memory(_) | Self::Share(_) => 0,
        }
    }

    /// Whether devices that are used so have room for a task.
    #[must_use]
    pub fn fits(self, class: &InstanceClass, devices: &[DeviceUse]) -> bool {
        let idle = || devices.iter().filter(|used| **used == DeviceUse::Idle).count();
        let slice = class.gpu_kind.slice;
        match self {
            Self::None => true,
            Self::Whole(count) => slice.is_none() && idle() >= count as usize,
            Self::Slice(wanted) => slice == Some(wanted) && idle() > 0,
            Self::All => class.has_all_gpus() && idle() == class.gpus as usize,
            Self::Memory(_) | Self::Share(_) => {
                devices.iter().enumerate().any(|(position, &used)| self.fits_device(class, position, used))
            }
        }
    }

    /// Whether what is left of one device is enough for what a task takes of one.
    #[must_use]
    pub fn fits_device(self, class: &InstanceClass, position: usize, used: DeviceUse) -> bool {
        match (self, used) {
            (Self::Memory(memory), DeviceUse::Idle) => {
                class.device_memory(position).is_some_and(|whole| memory <= whole)
            }
            (Self::Memory(memory), DeviceUse::Memory { left }) => memory <= left,
            (Self::Share(_), DeviceUse::Idle) => class.gpu_kind.slice.is_none(),
            (Self::Share(milli), DeviceUse::Milli { left }) => milli <= left,
            (Self::Memory(_) | Self::Share(_), _) => false,
            (_, used) => used == DeviceUse::Idle,
        }
    }

    /// How many such tasks the devices of an empty instance hold; `None` is any number, as they ask for nothing.
    #[must_use]
    pub fn copies(self, class: &InstanceClass) -> Option<u64> {
        let gpus = u64::from(class.idle_gpus());
        let whole = if class.gpu_kind.slice.is_none() { gpus } else { 0 };
        Some(match self {
            Self::None => return None,
            Self::Whole(count) => whole / u64::from(count),
            Self::Slice(slice) => {
                if class.gpu_kind.slice == Some(slice) {
                    gpus
                } else {
                    0
                }
            }
            Self::All => u64::from(class.has_all_gpus()),
            Self::Memory(wanted) => {
                class.gpu_kind.memory.iter().map(|memory| u64::from(memory.0 / wanted.0.max(1))).sum()
            }
            Self::Share(milli) => whole * u64::from(MILLI_PER_DEVICE / milli.max(1)),
        })
    }

    /// How many such tasks devices that are used like this have room for; `None` is any number, as they ask for nothing.
    #[must_use]
    pub fn copies_left(self, class: &InstanceClass, devices: &[DeviceUse]) -> Option<u64> {
        let idle = || devices.iter().filter(|used| **used == DeviceUse::Idle).count() as u64;
        let fitting = || devices.iter().enumerate().filter(|&(at, &used)| self.fits_device(class, at, used));
        Some(match self {
            Self::None => return None,
            Self::Whole(_) | Self::Slice(_) if self.copies(class) == Some(0) => 0,
            Self::Whole(count) => idle() / u64::from(count),
            Self::Slice(_) => idle(),
            Self::All => u64::from(class.has_all_gpus() && idle() == u64::from(class.gpus)),
            Self::Memory(wanted) => {
                let left = |(at, used): (usize, &DeviceUse)| match *used {
                    DeviceUse::Memory { left } => left.0,
                    _ => class.device_memory(at).map_or(0, |memory| memory.0),
                };
                fitting().map(|device| u64::from(left(device) / wanted.0.max(1))).sum()
            }
            Self::Share(milli) => {
                let left = |(_, used): (usize, &DeviceUse)| match *used {
                    DeviceUse::Milli { left } => left,
                    _ => MILLI_PER_DEVICE,
                };
                fitting().map(|device| u64::from(left(device) / milli.max(1))).sum()
            }
        })
    }

    /// What a task holds of the devices of an instance of `class`, in GPUs; a share lies on `device`, or on the first
    /// where that is not told.
    #[must_use]
    pub fn amount(self, class: &InstanceClass, device: Device) -> Ratio {
        let part = class.gpu_kind.slice.map_or(1, GpuSlice::parts);
        let (of, parts) = match self {
            Self::None => (0, 1),
            Self::Whole(_) | Self::Slice(_) | Self::All => (self.whole_devices(class), part),
            Self::Memory(wanted) => {
                let memory = class.gpu_kind.memory.get(device.index()).or(class.gpu_kind.memory.first());
                return memory
                    .and_then(|memory| Ratio::new(wanted.0.into(), u128::from(memory.0) * u128::from(part)))
                    .unwrap_or(Ratio::whole(0));
            }
            Self::Share(milli) => (milli, MILLI_PER_DEVICE * part),
        };
        Ratio::new(of.into(), parts.into()).expect("no device has 0 parts")
    }
}

impl InstanceClass {
    /// The memory of a device, where it is known.
    #[must_use]
    pub fn device_memory(&self, device: usize) -> Option<MemoryMib> {
        self.gpu_kind.memory.get(device).copied()
    }

    /// How a device is used where no known task runs: one that others share by memory stays shared.
    #[must_use]
    pub fn use_when_empty(&self, device: usize) -> DeviceUse {
        match self.device_memory(device).filter(|_| self.other_gpus.share(device)) {
            Some(left) => DeviceUse::Memory { left },
            None => DeviceUse::Idle,
        }
    }

    /// How many of its devices are idle where no known task runs.
    #[must_use]
    pub fn idle_gpus(&self) -> u32 {
        if self.other_gpus.memory.is_empty() {
            return self.gpus;
        }
        let is_idle = |device: u32| self.use_when_empty(device as usize) == DeviceUse::Idle;
        (0..self.gpus).fold(0, |idle, device| idle.saturating_add(is_idle(device).into()))
    }

    /// Whether a task may have every device of it (R-5.15b): there are some, and no task that is not known has one or a part.
    #[must_use]
    pub fn has_all_gpus(&self) -> bool {
        self.gpus > 0 && self.other_gpus.count == 0 && self.idle_gpus() == self.gpus
    }

    /// What its devices are together, in GPUs.
    #[must_use]
    pub fn gpu_amount(&self) -> Ratio {
        let parts = self.gpu_kind.slice.map_or(1, GpuSlice::parts);
        Ratio::new(self.gpus.into(), parts.into()).expect("no device has 0 parts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::ZoneId;

    fn class(gpus: u32, slice: Option<GpuSlice>, memory: &[u32]) -> InstanceClass {
        let memory = memory.iter().map(|&mib| MemoryMib(mib)).collect();
        InstanceClass { gpus, gpu_kind: GpuKind { slice, memory }, ..InstanceClass::new(ZoneId(0), "a", 4096, 8192) }
    }

    #[test]
    fn r5_15_copies_of_each_form_on_an_empty_instance() {
        let (four, eighth) = (class(4, None, &[1000, 1000, 1000, 500]), class(1, Some(GpuSlice::Eighth), &[3000]));
        let check = |demand: GpuDemand, on_four, on_eighth| {
            assert_eq!((demand.copies(&four), demand.copies(&eighth)), (Some(on_four), Some(on_eighth)), "{demand}");
        };
        check(GpuDemand::Whole(3), 1, 0);
        check(GpuDemand::Slice(GpuSlice::Eighth), 0, 1);
        check(GpuDemand::Slice(GpuSlice::Half), 0, 0);
        check(GpuDemand::All, 1, 1);
        check(GpuDemand::Memory(MemoryMib(400)), 7, 7);
        check(GpuDemand::Share(450), 8, 0);
        assert_eq!(GpuDemand::None.copies(&four), None);
        assert_eq!(GpuDemand::All.copies(&class(0, None, &[])), Some(0));
    }

    #[test]
    fn copies_that_are_left_room_for_on_devices_in_use() {
        use DeviceUse::{Dedicated, Idle, Memory, Milli};
        let four = class(4, None, &[1000, 1000, 1000, 500]);
        let check = |demand: GpuDemand, devices: [DeviceUse; 4], expected| {
            assert_eq!(demand.copies_left(&four, &devices), expected, "{demand} {devices:?}");
        };
        let shared = [Idle, Dedicated, Memory { left: MemoryMib(700) }, Milli { left: 400 }];
        check(GpuDemand::Whole(1), shared, Some(1));
        check(GpuDemand::Whole(2), shared, Some(0));
        check(GpuDemand::All, shared, Some(0));
        check(GpuDemand::All, [Idle; 4], Some(1));
        check(GpuDemand::Memory(MemoryMib(300)), shared, Some(3 + 2));
        check(GpuDemand::Share(200), shared, Some(5 + 2));
        check(GpuDemand::Slice(GpuSlice::Half), [Idle; 4], Some(0));
        check(GpuDemand::None, shared, None);
    }

    #[test]
    fn amounts_are_exact_fractions_of_gpus() {
        let (four, eighth) = (class(4, None, &[900, 900, 900, 300]), class(1, Some(GpuSlice::Eighth), &[3000]));
        let check =
            |amount: Ratio, numerator, denominator| assert_eq!(Some(amount), Ratio::new(numerator, denominator));
        check(GpuDemand::Whole(2).amount(&four, Device::ANY), 2, 1);
        check(GpuDemand::All.amount(&four, Device::ANY), 4, 1);
        check(GpuDemand::Memory(MemoryMib(150)).amount(&four, Device(0)), 1, 6);
        check(GpuDemand::Memory(MemoryMib(150)).amount(&four, Device(3)), 1, 2);
        check(GpuDemand::Share(250).amount(&four, Device(1)), 1, 4);
        check(GpuDemand::Slice(GpuSlice::Eighth).amount(&eighth, Device::ANY), 1, 8);
        check(eighth.gpu_amount(), 1, 8);
        check(four.gpu_amount(), 4, 1);
    }

    #[test]
    fn forms_read_as_people_write_them() {
        let forms = [GpuDemand::Whole(2), GpuDemand::Slice(GpuSlice::Quarter), GpuDemand::All, GpuDemand::Share(450)];
        assert_eq!(forms.map(|form| form.to_string()), ["2 GPUs", "0.25 GPU", "all GPUs", "0.45 of one GPU"]);
        assert_eq!(GpuSlice::from_text("0.3"), None);
        assert_eq!((Milli(1500).to_string(), Milli(2000).to_string()), ("1.5".to_owned(), "2".to_owned()));
    }
}
