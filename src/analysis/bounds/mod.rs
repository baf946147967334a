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
//! | B4 | `clique` | tasks no two of which share an instance: by cpu, memory, GPUs, interfaces, static port or distinctInstance | larger sets |
//! | - | `distinct` | tasks of one distinctInstance group, tasks with one static port | resources |
//! | B5 | `columns` | cpu and memory together, tasks cut into parts | that tasks are whole |
//! | B6 | `exact` | cpu and memory together, whole tasks | - |
//! | B7 | `price` | total cpu, memory and GPUs, two at a time, prices of all types | that tasks are whole |
//! | B8 | `rules` | cpu, memory, GPUs, interfaces, static ports and distinctInstance together, every price 1; for runs | that tasks are whole |
//! | B8 | [`patterns`] | every resource, whole tasks, prices, which type may hold what; for plans | spread |
//!
//! All ignore zones and spread, `memberOf`, required attributes, and how many instances of each size there are: any
//! instance may be as large as the largest. All but B4, `rules` and L1 ignore GPUs, network interfaces and the limit of
//! ports. What is written *ignores* above comes on top. With mixed sizes, B1 to B3 take an instance that has the most of
//! each resource.
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
pub(super) mod rules;

#[cfg(test)]
mod highs_optima;
#[cfg(test)]
mod proptests;
#[cfg(test)]
mod worked;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::record::Figure;
use super::sheet::Sheet;
use crate::model::{
    DefinitionId, GpuDemand, GpuScale, InstanceClass, MAX_PORTS_PER_INSTANCE, Port, Requests, Scenario, TaskCount,
    ZoneId,
};
use rules::Rules;

/// Tasks that are alike as far as bounds look at them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    /// Cpu and memory of one.
    pub(super) demand: [u64; 2],
    /// The group whose other tasks of this kind may not share its instance.
    pub(super) distinct: Option<u32>,
    /// Its static ports.
    pub(super) ports: Vec<Port>,
    /// Its GPUs.
    pub(super) gpus: GpuDemand,
    /// Network interfaces.
    pub(super) interfaces: u64,
    /// How many there are, at least 1.
    pub(super) count: u64,
}

/// Tasks to be held, and the sizes of what may hold them.
#[derive(Clone, Debug, Default)]
pub(super) struct Packing {
    pub(super) items: Vec<Item>,
    /// Capacities of instances that no other capacity surpasses in both.
    pub(super) sizes: Vec<[u64; 2]>,
    /// Types of instances that no other surpasses in everything.
    pub(super) types: Vec<InstanceType>,
    /// The unit of GPUs; `None` where no instance has one.
    pub(super) scale: Option<GpuScale>,
}

/// What instances of a fleet have that are alike for tasks: a class without its names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InstanceType {
    pub(super) class: InstanceClass,
}

impl InstanceType {
    pub(super) fn of(class: &InstanceClass) -> Self {
        let InstanceClass { cpu, memory, gpus, gpu_kind, eni_tasks, reserved_ports, .. } = class.clone();
        let bare = InstanceClass::new(ZoneId(0), "", cpu.0, memory.0);
        Self { class: InstanceClass { gpus, gpu_kind, eni_tasks, reserved_ports, ..bare } }
    }

    /// Ports that tasks may have.
    pub(super) fn port_slots(&self) -> u64 {
        MAX_PORTS_PER_INSTANCE.saturating_sub(self.class.reserved_ports.len()) as u64
    }

    /// Whether an instance of this type could stand for one of the other whatever is on it.
    fn surpasses(&self, other: &Self) -> bool {
        let (a, b) = (&self.class, &other.class);
        let interfaces = |class: &InstanceClass| class.eni_tasks.unwrap_or(u32::MAX);
        let gpus = |class: &InstanceClass| (class.gpus, class.idle_gpus(), class.other_gpus.count);
        let is_as_good = b.gpus == 0 || (gpus(a), &a.gpu_kind) == (gpus(b), &b.gpu_kind);
        let is_as_large = a.cpu >= b.cpu && a.memory >= b.memory && interfaces(a) >= interfaces(b);
        is_as_good && is_as_large && self.port_slots() >= other.port_slots()
    }

    /// Those that no other surpasses; of equals the first.
    fn undominated(classes: &[InstanceClass]) -> Vec<Self> {
        let mut kept: Vec<Self> = Vec::new();
        for size in classes.iter().map(Self::of) {
            if !kept.iter().any(|other| other.surpasses(&size)) {
                kept.retain(|other| !size.surpasses(other));
                kept.push(size);
            }
        }
        kept
    }
}

impl Packing {
    /// These numbers of tasks of each kind, on instances such as the fleet has.
    pub(super) fn of(scenario: &Scenario, requests: &Requests, counts: &[TaskCount]) -> Self {
        let mut items: BTreeMap<Item, u64> = BTreeMap::new();
        for TaskCount { request, count } in alike_kinds(requests, counts) {
            let kind = &requests[request];
            let item = Item {
                demand: [kind.demand.cpu.0, kind.demand.memory.0].map(u64::from),
                distinct: kind.distinct_instance.then_some(kind.group.0),
                ports: kind.demand.ports.clone(),
                gpus: kind.demand.gpus,
                interfaces: kind.demand.eni_slots.into(),
                count: 0,
            };
            *items.entry(item).or_default() += count;
        }
        let items = items.into_iter().map(|(item, count)| Item { count, ..item }).collect();
        let classes = &scenario.fleet.classes;
        Self {
            items,
            sizes: undominated(classes.iter().map(|c| [c.cpu.0, c.memory.0].map(u64::from))),
            types: InstanceType::undominated(classes),
            scale: GpuScale::of(scenario),
        }
    }

    /// The most of each resource that an instance has.
    pub(super) fn largest(&self) -> [u64; 2] {
        let most = |r: usize| self.sizes.iter().map(|size| size[r]).max().unwrap_or(0);
        [most(0), most(1)]
    }

    /// Cpu, memory and parts of GPUs of all tasks, each taking as few as on any type.
    pub(super) fn demand(&self) -> [u64; 3] {
        let sum = |r: usize| self.items.iter().map(|item| item.demand[r] * item.count).sum();
        let gpus = |item: &Item| {
            let least = |scale: GpuScale| scale.least(self.types.iter().map(|size| &size.class), item.gpus);
            self.scale.and_then(least).unwrap_or(0) * item.count
        };
        [sum(0), sum(1), self.items.iter().map(gpus).sum()]
    }

    /// How many tasks there are.
    pub(super) fn tasks(&self) -> u64 {
        self.items.iter().map(|item| item.count).sum()
    }

    /// The same tasks by cpu and memory alone, largest first.
    fn shapes(&self) -> Vec<Alike<[u64; 2]>> {
        let mut shapes: BTreeMap<[u64; 2], u64> = BTreeMap::new();
        self.items.iter().for_each(|item| *shapes.entry(item.demand).or_default() += item.count);
        let mut shapes = alike(shapes);
        shapes.reverse();
        shapes
    }

    /// The same tasks by one resource alone, in ascending order, and that resource's capacity.
    fn sizes_of(&self, r: usize) -> (Vec<Alike<u64>>, u64) {
        let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
        self.items.iter().for_each(|item| *sizes.entry(item.demand[r]).or_default() += item.count);
        (alike(sizes), self.largest()[r])
    }
}

/// These numbers of tasks, those of kinds that ask for the same as one where that is cheap to see: thousands of groups may run
/// a few task definitions.
fn alike_kinds(requests: &Requests, counts: &[TaskCount]) -> Vec<TaskCount> {
    let mut firsts: FxHashMap<DefinitionId, usize> = FxHashMap::default();
    let mut kinds: Vec<TaskCount> = Vec::new();
    for &TaskCount { request, count } in counts.iter().filter(|of| of.count > 0) {
        let kind = &requests[request];
        let first = *firsts.entry(kind.definition).or_insert(kinds.len());
        let is_alike = |other: &TaskCount| {
            let other = &requests[other.request];
            !kind.distinct_instance && !other.distinct_instance && kind.demand == other.demand
        };
        match kinds.get_mut(first).filter(|other| is_alike(other)) {
            Some(other) => other.count += count,
            None => kinds.push(TaskCount { request, count }),
        }
    }
    kinds
}

/// Tasks that ask for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alike<D> {
    pub(crate) demand: D,
    pub(crate) count: u64,
}

/// Counts by demand, ascending.
fn alike<D>(counts: BTreeMap<D, u64>) -> Vec<Alike<D>> {
    counts.into_iter().map(|(demand, count)| Alike { demand, count }).collect()
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
    /// What GPUs, interfaces, ports and distinctInstance ask for beside cpu and memory.
    rules: Rules,
    /// The fewest instances by the rules, proved.
    optimum: Option<u64>,
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
            rules: Rules::of(packing),
            ..Self::default()
        };
        bounds.columns = columns::bound(packing);
        // What is proved of cpu and memory of this very moment: other bounds speak of more than B6 looks at.
        let proved = [l1::bound(packing), bounds.l2, bounds.dff, bounds.columns.unwrap_or(0)];
        let exact = exact::solve(packing, proved.into_iter().max().unwrap_or(0));
        bounds.exact = exact.map(|exact| (exact.bound, exact.is_optimum));
        bounds.optimum = match bounds.rules == Rules::default() {
            true => exact.filter(|exact| exact.is_optimum).map(|exact| exact.bound),
            false => rules::optimum::solve(packing, bounds.best_of(l1::bound(packing))),
        };
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
            rules: self.rules.max(other.rules),
            optimum: self.optimum.max(other.optimum),
        }
    }

    /// The largest of all.
    pub(super) fn best(&self) -> u64 {
        self.best_of(self.l1)
    }

    fn best_of(&self, l1: u64) -> u64 {
        let exact = self.exact.map_or(0, |(bound, _)| bound);
        let Rules { gpus, slots, sets } = self.rules;
        let maybe = [self.columns, gpus, slots, sets].map(|bound| bound.unwrap_or(0));
        [l1, self.l2, self.dff, self.clique, self.distinct, exact].into_iter().chain(maybe).max().unwrap_or(0)
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
        sheet.set("instances_bound_gpus_peak", maybe(self.rules.gpus));
        sheet.set("instances_bound_slots_peak", maybe(self.rules.slots));
        sheet.set("instances_bound_sets_peak", maybe(self.rules.sets));
        sheet.set("instances_optimum_peak", maybe(self.optimum.filter(|&optimum| optimum == best)));
        let optimum = self.exact.filter(|&(_, is_optimum)| is_optimum);
        sheet.set("instances_optimum_by_cpu_and_memory_peak", maybe(optimum.map(|(optimum, _)| optimum)));
        sheet.set("instances_bound_best_peak", Figure::Count(best));
        sheet.set("instances_over_bound_best", Figure::Count(peak.saturating_sub(best)));
        sheet.set("instances_gap_best", Figure::ratio(u128::from(peak.saturating_sub(best)), u128::from(best)));
    }
}
