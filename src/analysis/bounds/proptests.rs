//! P45 to P48 and P55: bounds against their definitions, against each other and against enumeration of every packing of
//! up to 8 tasks.

use proptest::prelude::*;

use super::worked::packing;
use super::{Bounds, Packing, columns, dff, fits, l1, l2};
use crate::engine::{Engine, ReferenceEngine, Setup};
use crate::model::{ClassId, Fleet, InstanceClass, PackedResource, PlacementOptions, Policy, RequestId, Requests};
use crate::model::{Rule, Strategy as Chain, ZoneId};

const CAPACITY: [u64; 2] = [10, 12];

fn tasks(most: usize) -> impl Strategy<Value = Vec<[u64; 2]>> {
    prop::collection::vec([1..=CAPACITY[0], 1..=CAPACITY[1]], 0..=most)
}

/// The fewest instances, by putting each task on every instance that is open, or on a new one.
fn enumerate(tasks: &[[u64; 2]], open: &mut Vec<[u64; 2]>, best: usize) -> usize {
    let Some((task, rest)) = tasks.split_first() else { return open.len().min(best) };
    let mut best = best;
    if open.len() >= best {
        return best;
    }
    for index in 0..open.len() {
        if fits(*task, open[index]) {
            let before = open[index];
            open[index] = [before[0] - task[0], before[1] - task[1]];
            best = enumerate(rest, open, best);
            open[index] = before;
        }
    }
    open.push([CAPACITY[0] - task[0], CAPACITY[1] - task[1]]);
    best = enumerate(rest, open, best);
    open.pop();
    best
}

fn optimum(tasks: &[[u64; 2]]) -> u64 {
    enumerate(tasks, &mut Vec::new(), tasks.len()) as u64
}

/// u_k as defined, as fractions over k (k + 1).
fn dff_by_definition(packing: &Packing) -> u64 {
    let value = |r: usize, k: u64| {
        let capacity = packing.largest()[r];
        let u = |size: u64| {
            if ((k + 1) * size).is_multiple_of(capacity) {
                (k + 1) * size / capacity * k
            } else {
                (k + 1) * size / capacity * (k + 1)
            }
        };
        packing.items.iter().map(|item| u(item.demand[r]) * item.count).sum::<u64>().div_ceil(k * (k + 1))
    };
    (0..2).flat_map(|r| (1..=20).map(move |k| (r, k))).map(|(r, k)| value(r, k)).max().unwrap_or(0)
}

/// How many instances of a large cluster a chain uses, and how many of the tasks it was given it placed.
fn used(chain: &Chain, tasks: &[[u64; 2]], instances: usize) -> u64 {
    let mut fleet = Fleet { zones: vec!["a".into()], ..Fleet::default() };
    let [cpu, memory] = CAPACITY.map(|amount| u32::try_from(amount).unwrap());
    fleet.classes.push(InstanceClass::new(ZoneId(0), "a", cpu, memory));
    fleet.instances = vec![ClassId(0); instances];
    let services: Vec<_> =
        tasks.iter().map(|task| ("s", u32::try_from(task[0]).unwrap(), u32::try_from(task[1]).unwrap(), 1)).collect();
    let scenario = crate::analysis::test_support::scenario(1, &[], &services);
    let policy = Policy { name: "p".into(), strategy: Some(chain.clone()), constraints: Vec::new() };
    let requests = Requests::compile(&scenario, &policy);
    let options = PlacementOptions::default();
    let mut engine = ReferenceEngine::new(Setup { fleet: &fleet, requests: &requests, options, seed: 1 });
    let placed = (0..tasks.len()).filter_map(|task| engine.place(RequestId::from_index(task)));
    placed.filter(|placed| placed.is_first).count() as u64
}

fn binpack(resource: PackedResource) -> Chain {
    Chain(vec![Rule::Binpack(resource)])
}

/// A full instance cut into pieces of both resources, again and again.
fn planted(cuts: &[(u64, u64)]) -> Vec<[u64; 2]> {
    let mut tasks = Vec::new();
    for &(cpu, memory) in cuts {
        let second = [CAPACITY[0] - cpu, CAPACITY[1] - memory];
        tasks.extend([[cpu, memory], second]);
    }
    tasks
}

proptest! {
    #[test]
    fn p45_fast_bounds_are_their_definitions(tasks in tasks(30)) {
        let packing = packing(CAPACITY, &tasks);
        prop_assert_eq!(l2::bound(&packing), l2::by_definition(&packing));
        prop_assert_eq!(dff::bound(&packing), dff_by_definition(&packing));
        prop_assert!(l1::bound(&packing) <= l2::bound(&packing));
    }

    #[test]
    fn p45_p46_no_bound_passes_the_optimum_and_no_chain_beats_it(tasks in tasks(8)) {
        let optimum = optimum(&tasks);
        let bounds = Bounds::at(&packing(CAPACITY, &tasks), 0);
        for bound in [bounds.l1, bounds.l2, bounds.dff, bounds.clique, bounds.distinct] {
            prop_assert!(bound <= optimum, "{:?}, optimum {}", bounds, optimum);
        }
        prop_assert!(bounds.columns.is_none_or(|bound| bound <= optimum), "{:?}, optimum {}", bounds, optimum);
        prop_assert_eq!(bounds.exact, Some((optimum, true)));
        for chain in [binpack(PackedResource::Cpu), binpack(PackedResource::Memory), Chain(vec![Rule::Random])] {
            prop_assert!(optimum <= used(&chain, &tasks, tasks.len()), "{}", chain);
        }
    }

    /// Column generation dominates the bounds of one resource and is never below them.
    #[test]
    fn b5_is_at_least_l2_and_dff(tasks in tasks(12)) {
        let packing = packing(CAPACITY, &tasks);
        let columns = columns::bound(&packing).unwrap_or(0);
        prop_assert!(columns >= l1::bound(&packing));
        prop_assert!(columns >= dff::bound(&packing), "{} {}", columns, dff::bound(&packing));
    }

    /// P47: B <= max(1, ceil(2 sum_r D_r / C_r) - 1).
    #[test]
    fn p47_any_fit_needs_no_optimum(tasks in tasks(30)) {
        let sum = |r: usize| tasks.iter().map(|task| task[r]).sum::<u64>();
        let twice = 2 * (sum(0) * CAPACITY[1] + sum(1) * CAPACITY[0]);
        let most = twice.div_ceil(CAPACITY[0] * CAPACITY[1]).saturating_sub(1).max(1);
        for resource in [PackedResource::Cpu, PackedResource::Memory] {
            prop_assert!(used(&binpack(resource), &tasks, tasks.len()) <= most);
        }
    }

    /// P48: at most 3 k instances for two resources, and no bound above the k that were cut.
    #[test]
    fn p48_planted_lists(
        cuts in prop::collection::vec((1..CAPACITY[0], 1..CAPACITY[1]), 1..12),
        order in any::<prop::sample::Index>(),
    ) {
        let mut tasks = planted(&cuts);
        let turn = order.index(tasks.len());
        tasks.rotate_left(turn);
        let k = cuts.len() as u64;
        prop_assert!(Bounds::at(&packing(CAPACITY, &tasks), 0).best() <= k);
        for resource in [PackedResource::Cpu, PackedResource::Memory] {
            prop_assert!(used(&binpack(resource), &tasks, tasks.len()) <= 3 * k);
        }
    }

    /// P48: at most floor(1.7 k) in one resource.
    #[test]
    fn p48_planted_lists_of_one_resource(cuts in prop::collection::vec(1..CAPACITY[0], 1..12), order in any::<prop::sample::Index>()) {
        let mut tasks: Vec<[u64; 2]> = cuts.iter().flat_map(|&cut| [[cut, 0], [CAPACITY[0] - cut, 0]]).collect();
        let turn = order.index(tasks.len());
        tasks.rotate_left(turn);
        let k = cuts.len() as u64;
        prop_assert!(used(&binpack(PackedResource::Cpu), &tasks, tasks.len()) <= 17 * k / 10);
        prop_assert!(Bounds::at(&packing(CAPACITY, &tasks), 0).best() <= k);
    }

    /// P55.
    #[test]
    fn p55_l1_and_l2_never_fall_when_a_task_is_added(tasks in tasks(20), more in [1..=CAPACITY[0], 1..=CAPACITY[1]]) {
        let before = packing(CAPACITY, &tasks);
        let after = packing(CAPACITY, &[&tasks[..], &[more]].concat());
        prop_assert!(l1::bound(&before) <= l1::bound(&after));
        prop_assert!(l2::bound(&before) <= l2::bound(&after));
    }
}
