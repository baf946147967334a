//! What the instances that are up hold: M1, M5, M8, M15 and M21, and a cell for the picture of each.

use super::roll::Roll;
use crate::analysis::record::{Figure, FleetCell};
use crate::analysis::sheet::Sheet;
use crate::engine::fast::memory::roomy;
use crate::engine::{Engine, InstanceStatus};
use crate::model::{Fleet, InstanceId};

/// Jain's index counts each share of cpu in this many parts at most; exact for all capacities of real instance types.
const MAX_PARTS: u64 = 1 << 40;

/// Sums over instances that are ACTIVE or DRAINING, for cpu and memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inventory {
    capacity: [u64; 2],
    reserved: [u64; 2],
    /// What tasks hold that are in no file, beyond the capacity.
    held: [u64; 2],
    /// What remains where none of the other resource does.
    stranded: [u64; 2],
    /// The most that remains on one instance.
    most_free: [u64; 2],
    /// The most that an instance has.
    largest: [u64; 2],
    in_use: u64,
    empty: u64,
    jain: Figure,
}

/// How many instances there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct InstanceCounts {
    /// ACTIVE or DRAINING.
    pub(super) up: u64,
    /// Those of them with a task.
    pub(super) in_use: u64,
}

/// The ids of all instances that are up, in order.
pub(super) fn up(cluster: &dyn Engine) -> impl Iterator<Item = InstanceId> {
    (0..cluster.instance_count())
        .map(InstanceId::from_index)
        .filter(|&instance| cluster.status(instance) != InstanceStatus::Lost)
}

/// Sums and a cell for each instance, in order of ids.
pub(super) fn take(fleet: &Fleet, roll: &Roll) -> (Inventory, Vec<FleetCell>) {
    let mut inventory = Inventory::default();
    let mut cells = roomy(roll.all().len());
    for (instance, standing) in roll.up() {
        let class = &fleet.classes[standing.class.index()];
        let (capacity, free) = ([class.cpu.0, class.memory.0], [standing.left.cpu.0, standing.left.memory.0]);
        let cell = FleetCell {
            zone: class.zone.0,
            cpu: (capacity[0], capacity[0] - free[0]),
            memory: (capacity[1], capacity[1] - free[1]),
            tasks: standing.tasks,
        };
        inventory.add(&cell, free);
        let others = fleet.others(instance);
        inventory.held[0] += u64::from(others.cpu);
        inventory.held[1] += u64::from(others.memory);
        cells.push(cell);
    }
    inventory.jain = jain(&cells);
    (inventory, cells)
}

impl Inventory {
    fn add(&mut self, cell: &FleetCell, free: [u32; 2]) {
        for r in 0..2 {
            let (capacity, reserved) = [cell.cpu, cell.memory][r];
            self.capacity[r] += u64::from(capacity);
            self.reserved[r] += u64::from(reserved);
            self.largest[r] = self.largest[r].max(u64::from(capacity));
            self.most_free[r] = self.most_free[r].max(u64::from(free[r]));
            self.stranded[r] += if free[1 - r] == 0 { u64::from(free[r]) } else { 0 };
        }
        self.in_use += u64::from(cell.tasks > 0);
        self.empty += u64::from(cell.tasks == 0);
    }

    /// Registered cpu and memory.
    pub(super) fn capacity(&self) -> [u64; 2] {
        self.capacity
    }

    pub(super) fn instances(&self) -> InstanceCounts {
        InstanceCounts { up: self.in_use + self.empty, in_use: self.in_use }
    }

    /// M15: what of all that remains does not lie on the instance where most of it does.
    fn external_fragmentation(&self, r: usize) -> Figure {
        let free = self.capacity[r] - self.reserved[r];
        Figure::ratio(u128::from(free - self.most_free[r]), u128::from(free))
    }

    /// Writes its figures; `by_gpus` is B1 of GPUs.
    pub(super) fn write(&self, by_gpus: u64, sheet: &mut Sheet) {
        let share = |amounts: [u64; 2], r: usize| Figure::ratio(u128::from(amounts[r]), u128::from(self.capacity[r]));
        // Held back is reserved, of all that was registered.
        let allocated = |r: usize| {
            let (reserved, held) = (u128::from(self.reserved[r]), u128::from(self.held[r]));
            Figure::ratio(reserved + held, u128::from(self.capacity[r]) + held)
        };
        sheet.set("cpu_reservation_snapshot", allocated(0));
        sheet.set("memory_reservation_snapshot", allocated(1));
        sheet.set("instances_in_use_snapshot", Figure::Count(self.in_use));
        sheet.set("instances_empty_snapshot", Figure::Count(self.empty));
        // B1, every instance taken as the largest.
        let bound = (0..2).map(|r| self.reserved[r].div_ceil(self.largest[r].max(1))).max().unwrap_or(0);
        sheet.set("instances_bound_l1_snapshot", Figure::Count(bound.max(by_gpus)));
        sheet.set("cpu_stranded_units", Figure::Count(self.stranded[0]));
        sheet.set("memory_stranded_mib", Figure::Count(self.stranded[1]));
        sheet.set("cpu_external_fragmentation", self.external_fragmentation(0));
        sheet.set("memory_external_fragmentation", self.external_fragmentation(1));
        sheet.set("cpu_stranded_share", share(self.stranded, 0));
        sheet.set("memory_stranded_share", share(self.stranded, 1));
        sheet.set("cpu_jain_index", self.jain);
    }
}

/// Jain's index (sum x)^2 / (n sum x^2) of the reserved share x of the CPU units of each instance.
///
/// The shares are brought to one denominator. If that is more than [`MAX_PARTS`], which takes capacities that have
/// little in common, they are rounded down to that many parts.
fn jain(cells: &[FleetCell]) -> Figure {
    let amounts = cells.iter().map(|cell| cell.cpu);
    let mut last = 0;
    let others = amounts
        .clone()
        .map(|(registered, _)| registered)
        .filter(|&registered| std::mem::replace(&mut last, registered) != registered);
    let parts = others.map(u64::from).try_fold(1, common_multiple).unwrap_or(MAX_PARTS);
    let (mut count, mut sum, mut squares) = (0_u128, 0_u128, 0_u128);
    // Parts of one of what is registered, where these are whole.
    let (mut last, mut of_one) = (0, None);
    for (registered, reserved) in amounts.filter(|&(registered, _)| registered > 0) {
        let (registered, reserved) = (u64::from(registered), u64::from(reserved));
        if std::mem::replace(&mut last, registered) != registered {
            of_one = parts.is_multiple_of(registered).then(|| parts / registered);
        }
        // Of at most 2^40 parts, as a share is of no more than all of them.
        let share = match of_one {
            Some(of_one) => of_one * reserved,
            None => u64::try_from(u128::from(parts) * u128::from(reserved) / u128::from(registered))
                .expect("no more than all"),
        };
        count += 1;
        sum += u128::from(share);
        squares += u128::from(share) * u128::from(share);
    }
    Figure::ratio(sum * sum, count * squares)
}

fn common_multiple(multiple: u64, number: u64) -> Option<u64> {
    if number == 0 || multiple.is_multiple_of(number) {
        return Some(multiple);
    }
    multiple.checked_mul(number / gcd(multiple, number)).filter(|&multiple| multiple <= MAX_PARTS)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(amounts: &[(u32, u32)], expected: Figure) {
        let cell = |&cpu: &(u32, u32)| FleetCell { zone: 0, cpu, memory: (0, 0), tasks: 0 };
        assert_eq!(jain(&amounts.iter().map(cell).collect::<Vec<_>>()), expected, "{amounts:?}");
    }

    #[test]
    fn m21_jain_index_is_one_when_all_are_equal_and_absent_when_all_are_empty() {
        check(&[(10, 5), (20, 10)], Figure::ratio(1, 1));
        check(&[(10, 5), (20, 0)], Figure::ratio(1, 2));
        check(&[(10, 0), (20, 0)], Figure::Absent);
        check(&[], Figure::Absent);
    }

    #[test]
    fn m21_jain_index_survives_capacities_without_a_small_common_multiple() {
        let primes = [999_983, 999_979, 999_961, 999_959, 999_953].map(|prime| (prime, prime));
        check(&primes, Figure::ratio(1, 1));
    }
}
