//! M27, saturation: offer tasks of the mix to the empty cluster, none of which stops, until what was offered of some
//! resource reaches 1.3 times the capacity; what is reserved then.
//!
//! On the way there, what is reserved is kept at every twentieth of the capacity that is offered: the curve.
//!
//! It depends on the policy and on which tasks are drawn, not on the load over time; the seed of the run draws. It is
//! absent where it would take more placements than [`BUDGET`].
//!
//! # Sources
//! Weng et al., USENIX ATC 2023: allocation at 130 % of the cluster's GPUs requested.

use std::cmp::Ordering;

use super::Subject;
use super::lottery::Lottery;
use super::replica::{self, BUDGET, Efforts, refusals_last};
use crate::analysis::record::{Figure, SaturationRow};
use crate::analysis::sheet::Sheet;
use crate::engine::Engine;

/// Offers end at this many tenths of the capacity.
const TENTHS: u128 = 13;
/// Keys of the draws of a run follow this one.
const KEY: u64 = 0x7361_7475_7261_7465;

/// A point of the curve is kept whenever this many percent of the capacity have been offered again.
const STEP_PERCENT: u32 = 5;

/// Writes the figures for the run of a seed and answers the curve that leads there.
pub(in crate::analysis) fn write(subject: Subject<'_>, seed: u32, sheet: &mut Sheet) -> Vec<SaturationRow> {
    let Saturation { reserved, capacity, curve } = saturate(subject, KEY ^ u64::from(seed)).unwrap_or_default();
    sheet.set("cpu_saturation_allocation", Figure::ratio(reserved[0], capacity[0]));
    sheet.set("memory_saturation_allocation", Figure::ratio(reserved[1], capacity[1]));
    curve
}

/// What offering left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Saturation {
    reserved: [u128; 2],
    capacity: [u128; 2],
    curve: Vec<SaturationRow>,
}

impl Saturation {
    /// Keeps a point for every step that has been reached since the last one: what was reserved `before` for those that
    /// have been passed, what is now for the one that is met.
    fn follow(&mut self, offered: [u128; 2], before: [u128; 2]) {
        loop {
            let next = self.curve.last().map_or(0, |row| row.offered_percent + STEP_PERCENT);
            let at = |r: usize| (offered[r] * 100).cmp(&(u128::from(next) * self.capacity[r]));
            let there = (0..2).filter(|&r| self.capacity[r] > 0);
            let reserved = match there.map(at).max() {
                None | Some(Ordering::Less) => return,
                Some(Ordering::Equal) => self.reserved,
                Some(Ordering::Greater) => before,
            };
            let allocated = |r: usize| Figure::ratio(reserved[r], self.capacity[r]);
            self.curve.push(SaturationRow { offered_percent: next, cpu: allocated(0), memory: allocated(1) });
        }
    }
}

/// What is reserved in the end; `None` if nothing can be offered or the budget does not last.
fn saturate(subject: Subject<'_>, key: u64) -> Option<Saturation> {
    let fleet = &subject.scenario.fleet;
    let mut capacity = [0; 2];
    for class in fleet.instances.iter().map(|class| &fleet.classes[class.index()]) {
        capacity[0] += u128::from(class.cpu.0);
        capacity[1] += u128::from(class.memory.0);
    }
    let lottery = Lottery::of(subject);
    let demand = |request| {
        let demand = &subject.requests[request].demand;
        [u128::from(demand.cpu.0), u128::from(demand.memory.0)]
    };
    let grows = |r: usize| capacity[r] > 0 && lottery.requests().any(|request| demand(request)[r] > 0);
    if fleet.instances.len() as u64 > BUDGET || !(grows(0) || grows(1)) || offers(subject, capacity) > BUDGET.into() {
        return None;
    }
    let mut engine = replica::empty(subject);
    let (mut offered, mut result) = ([0; 2], Saturation { capacity, ..Saturation::default() });
    result.follow(offered, [0; 2]);
    let efforts = Efforts::of(&engine, subject.requests.table.len());
    let mut is_refused = vec![false; subject.requests.table.len()];
    let (refusals_last, mut budget) = (refusals_last(subject), BUDGET);
    for number in 0.. {
        if (0..2).any(|r| capacity[r] > 0 && 10 * offered[r] >= TENTHS * capacity[r]) {
            break;
        }
        let request = lottery.draw(key, number);
        let amounts = demand(request);
        offered = add(offered, amounts);
        let effort = if is_refused[request.index()] { 1 } else { efforts.of_attempt(request) };
        budget = budget.checked_sub(effort)?;
        let before = result.reserved;
        if !is_refused[request.index()] {
            if engine.place(request).is_some() {
                result.reserved = add(result.reserved, amounts);
            } else {
                is_refused[request.index()] = refusals_last;
            }
        }
        result.follow(offered, before);
    }
    Some(result)
}

/// About how many tasks will be offered, so that what would take too long is not begun.
fn offers(subject: Subject<'_>, capacity: [u128; 2]) -> u128 {
    let (mut weights, mut demand) = (0, [0; 2]);
    for shape in &subject.mix.shapes {
        let weight = u128::from(shape.weight);
        let each = &subject.scenario.definitions[shape.definition.index()].demand;
        weights += weight;
        demand = add(demand, [each.cpu.0, each.memory.0].map(|amount| u128::from(amount) * weight));
    }
    let until = |r: usize| {
        let enough = TENTHS.checked_mul(capacity[r])?.checked_mul(weights)?;
        enough.checked_div(10 * demand[r]).filter(|_| capacity[r] > 0)
    };
    (0..2).filter_map(until).min().unwrap_or(0)
}

fn add(a: [u128; 2], b: [u128; 2]) -> [u128; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::{Fixture, scenario};

    fn check(tasks_of: u32, expected: ([u128; 2], [u128; 2])) {
        let fixture = Fixture::new(scenario(1, &[(0, 10, 99, None), (0, 10, 99, None)], &[("s", tasks_of, 0, 1)]));
        let Fixture { scenario, requests, mix } = &fixture;
        let Saturation { reserved, capacity, curve } = saturate(Subject { scenario, requests, mix }, 1).unwrap();
        assert_eq!((reserved, capacity), expected, "{tasks_of}");
        assert!(curve.len() >= 27, "{curve:?}");
    }

    #[test]
    fn m27_as_a_curve_has_a_point_every_five_percent() {
        let fixture = Fixture::new(scenario(1, &[(0, 10, 99, None), (0, 10, 99, None)], &[("s", 6, 0, 1)]));
        let Fixture { scenario, requests, mix } = &fixture;
        let curve = saturate(Subject { scenario, requests, mix }, 1).unwrap().curve;
        // Tasks of 30 % of the capacity each: two find room.
        let taken = |percent: u32| match percent {
            0..30 => 0,
            30..60 => 6,
            _ => 12,
        };
        let expected: Vec<(u32, Figure)> =
            (0..=30).map(|step| (5 * step, Figure::ratio(taken(5 * step), 20))).collect();
        assert_eq!(curve.iter().map(|row| (row.offered_percent, row.cpu)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn m27_worked_examples() {
        check(6, ([12, 0], [20, 198]));
        check(5, ([20, 0], [20, 198]));
    }

    #[test]
    fn m27_knows_about_how_many_tasks_it_takes() {
        let services = [("s", 6, 1, 1), ("t", 4, 9, 3)];
        let fixture = Fixture::new(scenario(1, &[(0, 900, 100, None)], &services));
        let Fixture { scenario, requests, mix } = &fixture;
        // 900 x 1.3 at a mean of 4.5, and 100 x 1.3 at a mean of 7.
        assert_eq!(offers(Subject { scenario, requests, mix }, [900, 1_000_000]), 260);
        assert_eq!(offers(Subject { scenario, requests, mix }, [900, 100]), 18);
    }

    #[test]
    fn m27_is_absent_when_nothing_can_be_offered() {
        let fixture = Fixture::new(scenario(1, &[(0, 10, 99, None)], &[("s", 0, 0, 1)]));
        let Fixture { scenario, requests, mix } = &fixture;
        assert_eq!(saturate(Subject { scenario, requests, mix }, 1), None);
    }
}
