//! M10: what would be left over of each resource if tasks of the mix's mean shape could be poured like water.
//!
//! With q the mean memory of the mix over its mean cpu, an instance takes as much cpu as it has, or as its memory allows
//! at q MiB a unit, whichever is less; the rest of either is stranded. Where instances have GPUs, what is stranded of
//! these is worked out with all three: an instance takes as much of the mix's mean shape as each of the three allows.

use super::room::{Hole, Room, Shape};
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;
use crate::model::{GpuScale, Ratio};

/// Sums over all holes, and the mix's demand in all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fluid {
    /// Weighted cpu and memory of the mix; q is the second over the first.
    mix: [u128; 2],
    free: [u128; 2],
    /// Usable cpu times the mix's memory.
    usable: u128,
    gpus: Gpus,
}

/// All three resources of the instances that have GPUs; GPUs are in parts of a device.
#[derive(Clone, Copy, Debug, Default)]
struct Gpus {
    /// Parts of one GPU; 0 where no instance has one.
    parts: u128,
    /// Weighted demand of the mix, in lowest terms.
    mix: [u128; 3],
    free: u128,
    /// What is free of the resource that allows least of the mix's mean shape, over the holes where it is that one.
    binding: [u128; 3],
}

/// Looks at every hole.
pub(super) fn take(scale: Option<GpuScale>, room: &Room<'_>) -> Fluid {
    let demand = |r: usize| {
        room.shapes.iter().map(|shape| u128::from(shape.amounts()[r]) * u128::from(shape.weight)).sum::<u128>()
    };
    let mix = [demand(0), demand(1)];
    let usable = |hole: &Hole| (u128::from(hole.cpu) * mix[1]).min(u128::from(hole.memory) * mix[0]);
    let usable = room.holes.iter().map(|(hole, count)| usable(hole) * u128::from(*count)).sum();
    let gpus = scale.map(|scale| Gpus::of(scale, room, mix)).unwrap_or_default();
    Fluid { mix, free: room.free(), usable, gpus }
}

impl Gpus {
    fn of(scale: GpuScale, room: &Room<'_>, [cpu, memory]: [u128; 2]) -> Self {
        let asked = |shape: &Shape<'_>| {
            let parts = scale.least(shape.classes, shape.demand.gpus).unwrap_or(0);
            u128::from(parts) * u128::from(shape.weight)
        };
        let mix = [cpu, memory, room.shapes.iter().map(asked).sum()];
        let divisor = mix.into_iter().fold(0, gcd).max(1);
        let mut gpus = Self { parts: scale.parts().into(), mix: mix.map(|asked| asked / divisor), ..Self::default() };
        for (hole, count) in &room.holes {
            let of_gpus = u128::from(scale.free(&room.classes[hole.class.index()], &hole.devices));
            let free = [u128::from(hole.cpu), u128::from(hole.memory), of_gpus];
            let allows = |r: usize| Ratio::new(free[r], gpus.mix[r]);
            let least = (0..3).filter(|&r| allows(r).is_some()).min_by_key(|&r| allows(r));
            gpus.free += of_gpus * u128::from(*count);
            if let Some(r) = least {
                gpus.binding[r] += free[r] * u128::from(*count);
            }
        }
        gpus
    }

    /// What remains and cannot be used, in parts, as numerator and denominator: absent where the mix asks for no GPU, or
    /// where the numbers are too large.
    fn stranded(&self) -> (u128, u128) {
        self.fraction().unwrap_or((0, 0))
    }

    fn fraction(&self) -> Option<(u128, u128)> {
        let [cpu, memory, gpus] = self.mix;
        if gpus == 0 {
            return None;
        }
        let (cpu, memory) = (cpu.max(1), memory.max(1));
        // Usable: binding_cpu * gpus / cpu + binding_memory * gpus / memory + binding_gpus.
        let by_cpu = self.binding[0].checked_mul(gpus)?.checked_mul(memory)?;
        let by_memory = self.binding[1].checked_mul(gpus)?.checked_mul(cpu)?;
        let over = cpu.checked_mul(memory)?;
        let usable = by_cpu.checked_add(by_memory)?.checked_add(self.binding[2].checked_mul(over)?)?;
        Some((self.free.checked_mul(over)?.checked_sub(usable)?, over))
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Fluid {
    /// What remains and cannot be used, of cpu and of memory, as numerator and denominator; absent without q.
    fn stranded(&self) -> Option<[(u128, u128); 2]> {
        let [cpu, memory] = self.mix;
        if cpu == 0 || memory == 0 {
            return None;
        }
        Some([(self.free[0] * memory - self.usable, memory), (self.free[1] * cpu - self.usable, cpu)])
    }

    /// Writes its figures; `capacity` is that of the instances looked at.
    pub(super) fn write(&self, capacity: [u128; 3], sheet: &mut Sheet) {
        let q = if self.stranded().is_some() { Figure::ratio(self.mix[1], self.mix[0]) } else { Figure::Absent };
        sheet.set("mix_gib_per_vcpu", q);
        let columns = [
            ("cpu_fluid_stranded_units", "cpu_fluid_stranded_share"),
            ("memory_fluid_stranded_mib", "memory_fluid_stranded_share"),
            ("gpu_fluid_stranded_devices", "gpu_fluid_stranded_share"),
        ];
        let [cpu, memory] = self.stranded().unwrap_or([(0, 0); 2]);
        let units = [1, 1, self.gpus.parts];
        for (r, (top, bottom)) in [cpu, memory, self.gpus.stranded()].into_iter().enumerate() {
            sheet.set(columns[r].0, Figure::ratio(top, bottom * units[r]));
            sheet.set(columns[r].1, Figure::ratio(top, bottom * capacity[r]));
        }
    }
}
