//! Lower bounds on the number of instances, and on the price, that any placement of given tasks needs.
//!
//! A bound speaks of tasks that live at one moment: whoever holds them all at that moment has at least so many
//! instances in use. It is found without asking where they are, so it is the same for every strategy.
//!
//! | id | bound | sees | ignores |
//! |---|---|---|---|
//! | B1 | `l1` | total cpu, total memory | that tasks are whole, everything below |
//! | B2 | `l2` | large tasks that cannot share, one resource at a time | the other resource |
//! | B3 | `dff` | sizes that waste a part of every instance, one resource at a time | the other resource |
//! | B4 | `clique` | tasks no two of which share an instance: by cpu, memory, static port or distinctInstance | larger sets |
//! | - | `distinct` | tasks of one distinctInstance group, tasks with one static port | resources |
//! | B5 | `columns` | cpu and memory together, tasks cut into parts | that tasks are whole |
//! | B6 | `exact` | cpu and memory together, whole tasks | - |
//! | B7 | `price` | total cpu and memory, prices of all types | that tasks are whole |
//! | B8 | [`patterns`] | every resource, whole tasks, prices, which type may hold what; for plans, not for runs | spread |
//!
//! All ignore zones and spread, `memberOf`, required attributes, GPUs, network interfaces, the limit of ports, and how
//! many instances of each size there are: any instance may be as large as the largest. What is written *ignores* above
//! comes on top. With mixed sizes, B1 to B3 take an instance that has the most of each resource.
//!
//! # Invariants
//! 1. Every bound is proved in integers, where a solver's numbers only propose. The one exception is B6 where no simple
//!    packing reaches the other bounds: that there is none on fewer instances is then the solver's word, within its
//!    tolerance; packings that it finds are added up again in integers.
//! 2. No answer depends on the speed of the machine: searches end after a number of steps, never of seconds.

pub(super) mod clique;
pub(super) mod columns;
pub(super) mod dff;
pub(super) mod distinct;
pub(super) mod exact;
#[cfg(feature = "highs")]
mod highs;
mod knapsack;
pub(super) mod l1;
pub(super) mod l2;
pub mod name;
pub mod patterns;
pub(super) mod price;

#[cfg(test)]
mod highs_optima;
#[cfg(test)]
mod proptests;
#[cfg(test)]
mod worked;

use std::collections::BTreeMap;

use super::record::Figure;
use super::sheet::Sheet;
use crate::model::{Fleet, Port, RequestId, Requests};

/// Tasks that are alike as far as bounds look at them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    /// Cpu and memory of one.
    pub(super) demand: [u64; 2],
    /// The group whose other tasks of this kind may not share its instance.
    pub(super) distinct: Option<u32>,
    /// Its static ports.
    pub(super) ports: Vec<Port>,
    /// How many there are, at least 1.
    pub(super) count: u64,
}

/// Tasks to be held, and the sizes of what may hold them.
#[derive(Clone, Debug, Default)]
pub(super) struct Packing {
    pub(super) items: Vec<Item>,
    /// Capacities of instances that no other capacity surpasses in both.
    pub(super) sizes: Vec<[u64; 2]>,
}

impl Packing {
    /// These numbers of tasks of each kind, on instances such as the fleet has.
    pub(super) fn of(fleet: &Fleet, requests: &Requests, counts: &[(RequestId, u64)]) -> Self {
        let mut items: BTreeMap<Item, u64> = BTreeMap::new();
        for &(request, count) in counts.iter().filter(|&&(_, count)| count > 0) {
            let kind = &requests[request];
            let item = Item {
                demand: [kind.demand.cpu.0, kind.demand.memory.0].map(u64::from),
                distinct: kind.distinct_instance.then_some(kind.group.0),
                ports: kind.demand.ports.clone(),
                count: 0,
            };
            *items.entry(item).or_default() += count;
        }
        let items = items.into_iter().map(|(item, count)| Item { count, ..item }).collect();
        Self { items, sizes: undominated(fleet.classes.iter().map(|c| [c.cpu.0, c.memory.0].map(u64::from))) }
    }

    /// The most of each resource that an instance has.
    pub(super) fn largest(&self) -> [u64; 2] {
        let most = |r: usize| self.sizes.iter().map(|size| size[r]).max().unwrap_or(0);
        [most(0), most(1)]
    }

    /// Cpu and memory of all tasks.
    pub(super) fn demand(&self) -> [u64; 2] {
        let sum = |r: usize| self.items.iter().map(|item| item.demand[r] * item.count).sum();
        [sum(0), sum(1)]
    }

    /// How many tasks there are.
    pub(super) fn tasks(&self) -> u64 {
        self.items.iter().map(|item| item.count).sum()
    }

    /// The same tasks by cpu and memory alone, largest first.
    fn shapes(&self) -> Vec<([u64; 2], u64)> {
        let mut shapes: BTreeMap<[u64; 2], u64> = BTreeMap::new();
        self.items.iter().for_each(|item| *shapes.entry(item.demand).or_default() += item.count);
        shapes.into_iter().rev().collect()
    }

    /// The same tasks by one resource alone, in ascending order, and that resource's capacity.
    fn sizes_of(&self, r: usize) -> (Vec<(u64, u64)>, u64) {
        let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
        self.items.iter().for_each(|item| *sizes.entry(item.demand[r]).or_default() += item.count);
        (sizes.into_iter().collect(), self.largest()[r])
    }
}

fn undominated(sizes: impl Iterator<Item = [u64; 2]>) -> Vec<[u64; 2]> {
    let mut sizes: Vec<[u64; 2]> = sizes.collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let mut most = None;
    sizes.retain(|size| {
        let is_kept = most.is_none_or(|most| size[1] > most);
        most = most.max(Some(size[1]));
        is_kept
    });
    sizes
}

/// Whether one demand is within a capacity.
fn fits(demand: [u64; 2], capacity: [u64; 2]) -> bool {
    demand[0] <= capacity[0] && demand[1] <= capacity[1]
}

/// Every bound on the number of instances at some moments of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    l1: u64,
    l2: u64,
    dff: u64,
    clique: u64,
    distinct: u64,
    columns: Option<u64>,
    /// The fewest instances that could be proved, and whether that many suffice.
    exact: Option<(u64, bool)>,
}

impl Bounds {
    /// The bounds of one moment; `l1` is the largest L1 of the whole run.
    pub(super) fn at(packing: &Packing, l1: u64) -> Self {
        let mut bounds = Self {
            l1: l1.max(l1::bound(packing)),
            l2: l2::bound(packing),
            dff: dff::bound(packing),
            clique: clique::bound(packing),
            distinct: distinct::bound(packing),
            ..Self::default()
        };
        bounds.columns = columns::bound(packing);
        // What is proved of cpu and memory of this very moment: other bounds speak of more than B6 looks at.
        let proved = [l1::bound(packing), bounds.l2, bounds.dff, bounds.columns.unwrap_or(0)];
        let exact = exact::solve(packing, proved.into_iter().max().unwrap_or(0));
        bounds.exact = exact.map(|exact| (exact.bound, exact.is_optimum));
        bounds
    }

    /// The larger of each; an optimum counts as long as it is that of the larger number.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            l1: self.l1.max(other.l1),
            l2: self.l2.max(other.l2),
            dff: self.dff.max(other.dff),
            clique: self.clique.max(other.clique),
            distinct: self.distinct.max(other.distinct),
            columns: self.columns.max(other.columns),
            exact: self.exact.max(other.exact),
        }
    }

    /// The largest of all.
    pub(super) fn best(&self) -> u64 {
        let exact = self.exact.map_or(0, |(bound, _)| bound);
        [self.l1, self.l2, self.dff, self.clique, self.distinct, self.columns.unwrap_or(0), exact]
            .into_iter()
            .max()
            .unwrap_or(0)
    }

    /// Writes them, and how far above the best of them `peak` instances are.
    pub(super) fn write(&self, peak: u64, sheet: &mut Sheet) {
        let maybe = |bound: Option<u64>| bound.map_or(Figure::Absent, Figure::Count);
        let best = self.best();
        sheet.set("instances_bound_l2_peak", Figure::Count(self.l2));
        sheet.set("instances_bound_dff_peak", Figure::Count(self.dff));
        sheet.set("instances_bound_clique_peak", Figure::Count(self.clique));
        sheet.set("instances_bound_distinct_peak", Figure::Count(self.distinct));
        sheet.set("instances_bound_columns_peak", maybe(self.columns));
        sheet.set("instances_bound_exact_peak", maybe(self.exact.map(|(bound, _)| bound)));
        let optimum = self.exact.filter(|&(bound, is_optimum)| is_optimum && bound == best);
        sheet.set("instances_optimum_by_cpu_and_memory_peak", maybe(optimum.map(|(optimum, _)| optimum)));
        sheet.set("instances_bound_best_peak", Figure::Count(best));
        sheet.set("instances_over_bound_best", Figure::Count(peak.saturating_sub(best)));
        sheet.set("instances_gap_best", Figure::ratio(u128::from(peak.saturating_sub(best)), u128::from(best)));
    }
}
