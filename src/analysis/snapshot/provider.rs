//! M6, the reservation of a capacity provider: 100 x instances needed / instances up.
//!
//! Needed are the instances in use; while tasks wait, all that are up and as many more as the waiting tasks of one shape
//! would take by themselves, the largest number over shapes. Where managed scaling measures it, the figure is what was
//! measured last, of several providers their sums; else it is counted at the snapshot as if the whole cluster were one.

use std::collections::BTreeMap;

use super::Subject;
use super::inventory::InstanceCounts;
use crate::analysis::record::Figure;
use crate::model::{DefinitionId, Fleet};
use crate::simulation::Tasks;

/// M6 as a figure in percent.
pub(in crate::analysis) fn reservation(needed: u64, running: u64) -> Figure {
    match (needed, running) {
        (0, 0) => Figure::Count(100),
        (_, 0) => Figure::Count(200),
        _ => Figure::ratio(100 * u128::from(needed), u128::from(running)),
    }
}

/// M6 of a cluster with this many instances up and in use.
pub(super) fn take(subject: Subject<'_>, InstanceCounts { up, in_use }: InstanceCounts, tasks: &dyn Tasks) -> Figure {
    let mut waiting: BTreeMap<DefinitionId, u64> = BTreeMap::new();
    tasks.for_each_waiting(&mut |request, _| *waiting.entry(subject.requests[request].definition).or_default() += 1);
    let more = waiting.iter().filter_map(|(&shape, &count)| needed(subject, shape, count)).max();
    reservation(more.map_or(in_use, |more| up + more), up)
}

/// Instances of the largest class that tasks of one shape take; `None` if one does not fit on the smallest.
fn needed(subject: Subject<'_>, shape: DefinitionId, count: u64) -> Option<u64> {
    let demand = &subject.scenario.definitions[shape.index()].demand;
    let demand = [demand.cpu.0, demand.memory.0];
    let sizes = sizes(&subject.scenario.fleet);
    let (smallest, largest) = (sizes.iter().min()?, sizes.iter().max()?);
    let is_held = (0..2).all(|r| demand[r] <= smallest[r]);
    let instances = |r: usize| (u64::from(demand[r]) * count).div_ceil(u64::from(largest[r]).max(1));
    is_held.then(|| instances(0).max(instances(1)).max(1))
}

fn sizes(fleet: &Fleet) -> Vec<[u32; 2]> {
    fleet.classes.iter().map(|class| [class.cpu.0, class.memory.0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m6_and_golden_case_g_25() {
        let check = |needed, running, expected| assert_eq!(reservation(needed, running), expected);
        check(0, 0, Figure::Count(100));
        check(3, 0, Figure::Count(200));
        check(2, 3, Figure::ratio(200, 3));
        check(3, 2, Figure::ratio(150, 1));
        check(8, 10, Figure::ratio(80, 1));
    }
}
