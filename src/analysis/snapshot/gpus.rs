//! The GPU form of M1, M8, M9, M11 and M15: devices as exact fractions ([`GpuScale`]), absent where no instance has one.
//!
//! What a task of the mix cannot use is counted device by device, as the code of the paper on fragmentation has it: where
//! the task does not fit, all that is left of the instance's devices; where it fits, the devices with less left than it
//! takes of one.
//!
//! # Sources
//! Weng et al., USENIX ATC 2023.

use super::roll::Roll;
use super::room::{Hole, Room, Shape};
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::model::{Fleet, GpuScale};

/// Parts of devices, summed over the instances that are up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gpus {
    /// Parts of one GPU; 0 where no instance has one.
    parts: u128,
    capacity: u128,
    /// The most that an instance has.
    largest: u128,
    free: u128,
    /// Free where no cpu or no memory is.
    stranded: u128,
    /// Free where no shape of the mix fits.
    dead: u128,
    most_free: u128,
    /// Free, times the weight of shapes that ask for GPUs and cannot use it.
    unusable: u128,
    /// Weight of the shapes that ask for GPUs.
    weight: u128,
}

/// Looks at every instance, and at every hole and shape.
pub(super) fn take(scale: Option<GpuScale>, fleet: &Fleet, roll: &Roll, room: &Room<'_>) -> Gpus {
    let Some(scale) = scale else { return Gpus::default() };
    let mut gpus = Gpus { parts: u128::from(scale.parts()), ..Gpus::default() };
    for (_, standing) in roll.up() {
        let capacity = u128::from(scale.capacity(&fleet.classes[standing.class.index()]));
        gpus.capacity += capacity;
        gpus.largest = gpus.largest.max(capacity);
    }
    gpus.weight = asking(room).map(|shape| u128::from(shape.weight)).sum();
    for (hole, count) in &room.holes {
        gpus.add(scale, fleet, hole, u128::from(*count), room);
    }
    gpus
}

fn asking<'r, 'a>(room: &'r Room<'a>) -> impl Iterator<Item = &'r Shape<'a>> {
    room.shapes.iter().filter(|shape| !shape.demand.gpus.is_none())
}

impl Gpus {
    fn add(&mut self, scale: GpuScale, fleet: &Fleet, hole: &Hole, count: u128, room: &Room<'_>) {
        let class = &fleet.classes[hole.class.index()];
        let devices = hole.devices.iter().enumerate();
        let left: Vec<u64> = devices.map(|(position, &used)| scale.left(class, position, used)).collect();
        let all: u128 = left.iter().map(|&left| u128::from(left)).sum();
        self.free += all * count;
        self.most_free = self.most_free.max(all);
        self.stranded += if hole.cpu == 0 || hole.memory == 0 { all * count } else { 0 };
        self.dead += if room.shapes.iter().any(|shape| shape.fits(hole)) { 0 } else { all * count };
        for shape in asking(room) {
            let serves = |position: usize| shape.demand.gpus.fits_device(class, position, hole.devices[position]);
            let small = left.iter().enumerate().filter(|(position, _)| !serves(*position));
            let unusable = if shape.fits(hole) { small.map(|(_, &left)| u128::from(left)).sum() } else { all };
            self.unusable += unusable * count * u128::from(shape.weight);
        }
    }

    /// M11 as a share of what is free.
    pub(super) fn rate(&self) -> Figure {
        Figure::ratio(self.unusable, self.free * self.weight)
    }

    /// B1: what is reserved over the most that an instance has.
    pub(super) fn bound(&self) -> u64 {
        u64::try_from((self.capacity - self.free).div_ceil(self.largest.max(1))).unwrap_or(u64::MAX)
    }

    /// Parts of the devices of all instances that are up.
    pub(super) fn capacity(&self) -> u128 {
        self.capacity
    }

    /// Writes its figures.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        let share = |part: u128| Figure::ratio(part, self.capacity);
        sheet.set("gpu_reservation_snapshot", share(self.capacity - self.free));
        sheet.set("gpu_stranded_share", share(self.stranded));
        sheet.set("gpu_stranded_devices", Figure::ratio(self.stranded, self.parts));
        sheet.set("gpu_dead_free_devices", Figure::ratio(self.dead, self.parts));
        sheet.set("gpu_dead_free_share", Figure::ratio(self.dead, self.free));
        sheet.set("gpu_fragmentation_rate", self.rate());
        sheet.set("gpu_fragmented_devices", Figure::ratio(self.unusable, self.weight * self.parts));
        sheet.set("gpu_external_fragmentation", Figure::ratio(self.free - self.most_free.min(self.free), self.free));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::{Fixture, scenario};
    use crate::engine::{Engine, FastEngine, Setup};
    use crate::model::{GpuDemand, RequestId, Scenario};

    /// Two instances of 8 cpu and 4 GPUs. `whole` wants two GPUs and 4 cpu, `part` 0.6 of one and 1 cpu, one task each.
    fn cluster() -> Scenario {
        let mut scenario = scenario(1, &[(0, 8, 99, None), (0, 8, 99, None)], &[("whole", 4, 1, 1), ("part", 1, 1, 1)]);
        scenario.fleet.classes.iter_mut().for_each(|class| class.gpus = 4);
        scenario.definitions[0].demand.gpus = GpuDemand::Whole(2);
        scenario.definitions[1].demand.gpus = GpuDemand::Share(600);
        scenario
    }

    #[test]
    fn worked_by_hand() {
        let fixture = Fixture::new(cluster());
        let Fixture { scenario, requests, mix } = &fixture;
        let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed: 1 };
        let mut engine = FastEngine::new(setup);
        let (whole, part) = (requests.services[0], requests.services[1]);
        // On the first: two devices and 0.6 of a third, so that 1 + 0.4 are left, with 3 cpu. The second is empty.
        for request in [whole, part] {
            engine.place_on(request, crate::model::InstanceId(0)).unwrap();
        }
        let _: RequestId = whole;
        let subject = super::super::Subject { scenario, requests, mix };
        let roll = Roll::of(&engine);
        let room = Room::of(subject, &engine, &roll);
        let gpus = take(GpuScale::of(scenario), &scenario.fleet, &roll, &room);
        let of_gpus = |numerator: u128, tenths: u128| Figure::ratio(numerator, tenths);
        assert_eq!(Figure::ratio(gpus.capacity - gpus.free, gpus.capacity), of_gpus(26, 80));
        // `whole` can use nothing of the first, 1.4; `part` not the 0.4: 1.8 of 2 x 5.4.
        assert_eq!(Figure::ratio(gpus.unusable, gpus.free * gpus.weight), of_gpus(18, 108));
        assert_eq!(Figure::ratio(gpus.dead, gpus.free), of_gpus(0, 54));
        assert_eq!(Figure::ratio(gpus.free - gpus.most_free, gpus.free), of_gpus(14, 54));
        assert_eq!(Figure::ratio(gpus.stranded, gpus.capacity), of_gpus(0, 80));
        assert_eq!(gpus.bound(), 1, "2.6 of 4 GPUs");
    }
}
