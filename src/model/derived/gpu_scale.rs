//! GPUs as whole numbers: one unit for a whole scenario in which every share of every device is exact.

use crate::model::resources::{Device, DeviceUse, GpuDemand, GpuSlice, InstanceClass, MILLI_PER_DEVICE};
use crate::model::scenario::Scenario;

/// How many parts a GPU has in the sums of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuScale(u64);

/// A GPU has at most so many parts. Device memories of real instance types need far fewer; where a fleet of others would
/// need more, shares are rounded down to a part of this many.
const MOST_PARTS: u64 = 1 << 40;

impl GpuScale {
    /// The unit of a scenario; `None` where no instance has a GPU.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Option<Self> {
        let classes = || scenario.fleet.classes.iter().filter(|class| class.gpus > 0);
        classes().next()?;
        let demands = || {
            let overrides = scenario.running.iter().map(|running| running.demand.gpus);
            scenario.definitions.iter().map(|definition| definition.demand.gpus).chain(overrides)
        };
        let mut parts = Some(8);
        if demands().any(|gpus| matches!(gpus, GpuDemand::Share(_))) {
            parts = common_multiple(parts, u64::from(MILLI_PER_DEVICE));
        }
        if demands().any(|gpus| matches!(gpus, GpuDemand::Memory(_))) {
            for class in classes() {
                let slice = u64::from(class.gpu_kind.slice.map_or(1, GpuSlice::parts));
                let memory = class.gpu_kind.memory.iter().map(|memory| u64::from(memory.0.max(1)));
                parts = memory.fold(parts, |parts, memory| common_multiple(parts, memory * slice));
            }
        }
        Some(Self(parts.unwrap_or(MOST_PARTS)))
    }

    /// A unit by hand.
    #[cfg(test)]
    pub(crate) fn with_parts(parts: u64) -> Self {
        Self(parts)
    }

    /// Parts of a GPU.
    #[must_use]
    pub fn parts(self) -> u64 {
        self.0
    }

    /// Parts of one device of a class.
    #[must_use]
    pub fn device(self, class: &InstanceClass) -> u64 {
        self.0 / u64::from(class.gpu_kind.slice.map_or(1, GpuSlice::parts))
    }

    /// Parts of all devices of a class.
    #[must_use]
    pub fn capacity(self, class: &InstanceClass) -> u64 {
        self.device(class) * u64::from(class.gpus)
    }

    /// Parts that are left of a device.
    #[must_use]
    pub fn left(self, class: &InstanceClass, position: usize, used: DeviceUse) -> u64 {
        let whole = self.device(class);
        match used {
            DeviceUse::Idle => whole,
            DeviceUse::Dedicated => 0,
            DeviceUse::Memory { left } => {
                let memory = class.device_memory(position).map_or(1, |memory| u64::from(memory.0.max(1)));
                scaled(whole, u64::from(left.0), memory)
            }
            DeviceUse::Milli { left } => scaled(whole, u64::from(left), u64::from(MILLI_PER_DEVICE)),
        }
    }

    /// Parts that are left of all devices.
    #[must_use]
    pub fn free(self, class: &InstanceClass, devices: &[DeviceUse]) -> u64 {
        devices.iter().enumerate().map(|(position, &used)| self.left(class, position, used)).sum()
    }

    /// Parts that a task takes on an instance of a class; its share lies on `device`, or on the first.
    #[must_use]
    pub fn taken(self, class: &InstanceClass, gpus: GpuDemand, device: Device) -> u64 {
        let amount = gpus.amount(class, device);
        let part = u128::from(self.0) * amount.numerator() / amount.denominator();
        u64::try_from(part).expect("a task takes no more than an instance has")
    }
}

impl GpuScale {
    /// The fewest parts that a task takes on an instance that could hold it; `None` if none of these classes could.
    pub fn least<'c>(self, classes: impl IntoIterator<Item = &'c InstanceClass>, gpus: GpuDemand) -> Option<u64> {
        let could = |class: &&InstanceClass| gpus.copies(class).is_none_or(|copies| copies > 0);
        let parts = |class: &InstanceClass| {
            let devices = (0..class.gpus as usize).filter(|_| gpus.is_share()).map(Device::from_index);
            let by_device = devices.map(|device| self.taken(class, gpus, device)).min();
            by_device.unwrap_or_else(|| self.taken(class, gpus, Device::ANY))
        };
        classes.into_iter().filter(could).map(parts).min()
    }
}

/// `whole * part / of`, rounded down where it is not whole.
fn scaled(whole: u64, part: u64, of: u64) -> u64 {
    u64::try_from(u128::from(whole) * u128::from(part) / u128::from(of)).expect("a part is no more than the whole")
}

fn common_multiple(multiple: Option<u64>, number: u64) -> Option<u64> {
    let multiple = multiple?;
    let (mut a, mut b) = (multiple, number);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    multiple.checked_mul(number / a).filter(|&multiple| multiple <= MOST_PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::load::TaskDefinition;
    use crate::model::resources::{Demand, Fleet, GpuKind};
    use crate::model::units::{ClassId, MemoryMib, ZoneId};

    fn scenario(gpus: GpuDemand, memory: &[u32]) -> Scenario {
        let class = InstanceClass {
            gpus: u32::try_from(memory.len()).unwrap(),
            gpu_kind: GpuKind { slice: None, memory: memory.iter().map(|&mib| MemoryMib(mib)).collect() },
            ..InstanceClass::new(ZoneId(0), "a", 9, 9)
        };
        let definition = TaskDefinition {
            family: "t".to_owned(),
            demand: Demand { gpus, ..Demand::new(1, 1) },
            ..TaskDefinition::default()
        };
        let fleet = Fleet { classes: vec![class], instances: vec![ClassId(0)], ..Fleet::default() };
        Scenario { fleet, definitions: vec![definition], ..Scenario::empty("s") }
    }

    #[test]
    fn every_share_is_a_whole_number_of_parts() {
        let parts = |gpus, memory: &[u32]| GpuScale::of(&scenario(gpus, memory)).map(GpuScale::parts);
        assert_eq!(parts(GpuDemand::Whole(1), &[]), None);
        assert_eq!(parts(GpuDemand::Whole(1), &[22_888]), Some(8));
        assert_eq!(parts(GpuDemand::Share(450), &[22_888]), Some(1000));
        assert_eq!(parts(GpuDemand::Memory(MemoryMib(1)), &[300, 200]), Some(600));
    }

    #[test]
    fn the_fewest_parts_are_those_on_the_instance_that_has_most() {
        let scenario = scenario(GpuDemand::Memory(MemoryMib(50)), &[300, 200]);
        let (scale, classes) = (GpuScale::of(&scenario).unwrap(), &scenario.fleet.classes);
        assert_eq!(scale.least(classes, GpuDemand::Memory(MemoryMib(50))), Some(100));
        assert_eq!(scale.least(classes, GpuDemand::Whole(2)), Some(1200));
        assert_eq!(scale.least(classes, GpuDemand::Whole(3)), None);
        assert_eq!(scale.least(classes, GpuDemand::None), Some(0));
    }

    #[test]
    fn what_is_left_and_what_is_taken_add_up() {
        let scenario = scenario(GpuDemand::Memory(MemoryMib(50)), &[300, 200]);
        let (scale, class) = (GpuScale::of(&scenario).unwrap(), &scenario.fleet.classes[0]);
        let devices = [DeviceUse::Memory { left: MemoryMib(250) }, DeviceUse::Dedicated];
        let taken = |gpus, device| scale.taken(class, gpus, Device(device));
        let sum = taken(GpuDemand::Memory(MemoryMib(50)), 0) + taken(GpuDemand::Whole(1), 1);
        assert_eq!((scale.capacity(class), scale.free(class, &devices), sum), (1200, 500, 700));
    }
}
