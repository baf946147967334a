//! M10: what would be left over of each resource if tasks of the mix's mean shape could be poured like water.
//!
//! With q the mean memory of the mix over its mean cpu, an instance takes as much cpu as it has, or as its memory allows
//! at q MiB a unit, whichever is less; the rest of either is stranded.

use super::room::Room;
use crate::analysis::record::Figure;
use crate::analysis::sheet::Sheet;

/// Sums over all holes, and the mix's demand in all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fluid {
    /// Weighted cpu and memory of the mix; q is the second over the first.
    mix: [u128; 2],
    free: [u128; 2],
    /// Usable cpu times the mix's memory.
    usable: u128,
}

/// Looks at every hole.
pub(super) fn take(room: &Room<'_>) -> Fluid {
    let demand = |r: usize| {
        room.shapes.iter().map(|shape| u128::from(shape.amounts()[r]) * u128::from(shape.weight)).sum::<u128>()
    };
    let mix = [demand(0), demand(1)];
    let usable = |hole: &super::room::Hole| (u128::from(hole.cpu) * mix[1]).min(u128::from(hole.memory) * mix[0]);
    let usable = room.holes.iter().map(|(hole, count)| usable(hole) * u128::from(*count)).sum();
    Fluid { mix, free: room.free(), usable }
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
    pub(super) fn write(&self, capacity: [u64; 2], sheet: &mut Sheet) {
        let q = if self.stranded().is_some() { Figure::ratio(self.mix[1], self.mix[0]) } else { Figure::Absent };
        sheet.set("mix_gib_per_vcpu", q);
        let columns = [
            ("cpu_fluid_stranded_units", "cpu_fluid_stranded_share"),
            ("memory_fluid_stranded_mib", "memory_fluid_stranded_share"),
        ];
        for (r, (amount, share)) in columns.into_iter().enumerate() {
            let (top, bottom) = self.stranded().map_or((0, 0), |stranded| stranded[r]);
            sheet.set(amount, Figure::ratio(top, bottom));
            sheet.set(share, Figure::ratio(top, bottom * u128::from(capacity[r])));
        }
    }
}
