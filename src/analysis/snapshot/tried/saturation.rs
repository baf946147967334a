//! M27, saturation: offer tasks of the mix to the empty cluster, none of which stops, until what was offered of some
//! resource reaches 1.3 times the capacity; what is reserved then.
//!
//! On the way there, what is reserved is kept at every twentieth of the capacity that is offered: the curve.
//!
//! It depends on the policy and on which tasks are drawn, not on the load over time; the seed of the run draws. Where it
//! would take more than the [budget](super::budget), a [sample](super::sample) of the fleet stands for it.
//!
//! # Sources
//! Weng et al., USENIX ATC 2023: allocation at 130 % of the cluster's GPUs requested.

use std::cmp::Ordering;

use super::lottery::Lottery;
use super::replica::{self, Efforts, refusals_last};
use super::sample::Sample;
use super::scales::{Amounts, Scales, add};
use super::{Work, budget};
use crate::analysis::record::{Figure, SaturationRow};
use crate::analysis::sheet::Sheet;
use crate::analysis::snapshot::Subject;
use crate::engine::Engine;
use crate::model::Fleet;

/// Offers end at this many tenths of the capacity.
const TENTHS: u128 = 13;
/// Keys of the draws of a run follow this one.
const KEY: u64 = 0x7361_7475_7261_7465;

/// A point of the curve is kept whenever this many percent of the capacity have been offered again.
const STEP_PERCENT: u32 = 5;

/// Writes the figures for the run of a seed and answers the curve that leads there.
pub(in crate::analysis) fn write(subject: Subject<'_>, seed: u32, sheet: &mut Sheet) -> Vec<SaturationRow> {
    let Saturation { reserved, capacity, curve } = saturate(subject, KEY ^ u64::from(seed)).unwrap_or_default();
    let columns = ["cpu_saturation_allocation", "memory_saturation_allocation", "gpu_saturation_allocation"];
    for (r, column) in columns.into_iter().enumerate() {
        sheet.set(column, Figure::ratio(reserved[r], capacity[r]));
    }
    curve
}

/// What offering left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Saturation {
    reserved: Amounts,
    capacity: Amounts,
    curve: Vec<SaturationRow>,
}

impl Saturation {
    /// Keeps a point for every step that has been reached since the last one: what was reserved `before` for those that
    /// have been passed, what is now for the one that is met.
    fn follow(&mut self, offered: Amounts, before: Amounts) {
        loop {
            let next = self.curve.last().map_or(0, |row| row.offered_percent + STEP_PERCENT);
            let at = |r: usize| (offered[r] * 100).cmp(&(u128::from(next) * self.capacity[r]));
            let there = (0..3).filter(|&r| self.capacity[r] > 0);
            let reserved = match there.map(at).max() {
                None | Some(Ordering::Less) => return,
                Some(Ordering::Equal) => self.reserved,
                Some(Ordering::Greater) => before,
            };
            let allocated = |r: usize| Figure::ratio(reserved[r], self.capacity[r]);
            let [cpu, memory, gpu] = [0, 1, 2].map(allocated);
            self.curve.push(SaturationRow { offered_percent: next, cpu, memory, gpu });
        }
    }
}

/// What is reserved in the end; `None` if nothing can be offered or the budget does not last.
fn saturate(subject: Subject<'_>, key: u64) -> Option<Saturation> {
    let (scales, lottery, fleet) = (Scales::of(subject), Lottery::of(subject), &subject.scenario.fleet);
    let capacity = scales.capacity(fleet.instances.iter().copied());
    let grows =
        |r: usize| capacity[r] > 0 && lottery.requests().any(|id| scales.asked(&subject.requests[id].demand)[r] > 0);
    if !(0..3).any(grows) {
        return None;
    }
    let tasks = u64::try_from(scales.tasks(capacity, TENTHS)).unwrap_or(u64::MAX);
    let work = Work { instances: fleet.instances.len() as u64, tasks };
    let (few, most) = (budget::of(subject.scenario), budget::most(subject.scenario));
    work.steps(few).find_map(|step| {
        if step == 1 {
            return Offers { subject, fleet, lottery: &lottery, key }.make(most);
        }
        let sample = Sample::of_fleet(subject, &lottery, step);
        Offers { subject: sample.subject(subject), fleet: &sample.fleet, lottery: &sample.lottery, key }.make(most)
    })
}

/// What is offered to which fleet.
struct Offers<'a> {
    subject: Subject<'a>,
    fleet: &'a Fleet,
    lottery: &'a Lottery,
    key: u64,
}

impl Offers<'_> {
    /// Offers until the end; `None` if the budget does not last.
    fn make(&self, mut budget: u64) -> Option<Saturation> {
        let Self { subject, fleet, lottery, key } = *self;
        let scales = Scales::of(subject);
        let capacity = scales.capacity(fleet.instances.iter().copied());
        let asked: Vec<Amounts> = subject.requests.table.iter().map(|request| scales.asked(&request.demand)).collect();
        let mut engine = replica::empty(subject, fleet);
        let (mut offered, mut result) = ([0; 3], Saturation { capacity, ..Saturation::default() });
        result.follow(offered, [0; 3]);
        let efforts = Efforts::of(&engine, subject.requests.table.len());
        let mut is_refused = vec![false; subject.requests.table.len()];
        let refusals_last = refusals_last(subject);
        for number in 0.. {
            if (0..3).any(|r| capacity[r] > 0 && 10 * offered[r] >= TENTHS * capacity[r]) {
                break;
            }
            let request = lottery.draw(key, number);
            offered = add(offered, asked[request.index()]);
            let effort = if is_refused[request.index()] { 1 } else { efforts.of_attempt(request) };
            budget = budget.checked_sub(effort)?;
            let before = result.reserved;
            if !is_refused[request.index()] {
                if let Some(placed) = engine.place(request) {
                    let demand = &subject.requests[request].demand;
                    let taken = scales.taken(demand, engine.class(placed.instance), engine.last_device());
                    result.reserved = add(result.reserved, taken);
                } else {
                    is_refused[request.index()] = refusals_last;
                }
            }
            result.follow(offered, before);
        }
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::{Fixture, scenario};
    use crate::model::GpuDemand;

    fn check(tasks_of: u32, expected: ([u128; 2], [u128; 2])) {
        let fixture = Fixture::new(scenario(1, &[(0, 10, 99, None), (0, 10, 99, None)], &[("s", tasks_of, 0, 1)]));
        let Fixture { scenario, requests, mix } = &fixture;
        let Saturation { reserved, capacity, curve } = saturate(Subject { scenario, requests, mix }, 1).unwrap();
        let two = |amounts: Amounts| [amounts[0], amounts[1]];
        assert_eq!((two(reserved), two(capacity)), expected, "{tasks_of}");
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

    /// Two instances of 4 GPUs; each task takes 3 of them and next to no cpu: two find room, and at four tasks, 12 of 8
    /// GPUs, offers end.
    #[test]
    fn m27_worked_by_gpus() {
        let mut scenario = scenario(1, &[(0, 100, 99, None), (0, 100, 99, None)], &[("s", 1, 0, 1)]);
        scenario.fleet.classes.iter_mut().for_each(|class| class.gpus = 4);
        scenario.definitions[0].demand.gpus = GpuDemand::Whole(3);
        let fixture = Fixture::new(scenario);
        let Fixture { scenario, requests, mix } = &fixture;
        let found = saturate(Subject { scenario, requests, mix }, 1).unwrap();
        assert_eq!((found.reserved, found.capacity), ([2, 0, 6 * 8], [200, 198, 8 * 8]));
        let last = found.curve.last().unwrap();
        assert_eq!((last.offered_percent, last.gpu), (150, Figure::ratio(6, 8)));
        // 37.5 % are offered with the first task.
        let at = |percent| found.curve.iter().find(|row| row.offered_percent == percent).unwrap().gpu;
        assert_eq!((at(35), at(40), at(75)), (Figure::ratio(0, 8), Figure::ratio(3, 8), Figure::ratio(6, 8)));
    }

    #[test]
    fn m27_is_absent_when_nothing_can_be_offered() {
        let fixture = Fixture::new(scenario(1, &[(0, 10, 99, None)], &[("s", 0, 0, 1)]));
        let Fixture { scenario, requests, mix } = &fixture;
        assert_eq!(saturate(Subject { scenario, requests, mix }, 1), None);
    }
}
