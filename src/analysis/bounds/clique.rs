//! B4: tasks no two of which can share an instance need one each.
//!
//! Two tasks conflict if they do not fit together on an empty instance of any type by cpu, memory, GPUs, interfaces and
//! ports, if they have a static port in common, or if they are of one group and each asks for distinctInstance. The
//! largest set of pairwise conflicts is hard to find; this takes kinds of tasks greedily, in two orders, among those that
//! are largest.
//!
//! # Cost
//! `O(m^2)` for `m` kinds, of which [`SAMPLE`] are looked at.

use super::Packing;
use super::rules::kinds::Kinds;

/// The largest kinds that are looked at.
const SAMPLE: usize = 1_000;

/// The size of the larger of two greedy cliques.
pub(crate) fn bound(packing: &Packing) -> u64 {
    let (all, largest) = (Kinds::of(packing), packing.largest());
    // The larger share of an instance of the two; compared as products, so that nothing is rounded.
    let share = |kind: &usize| {
        let part = |r: usize| u128::from(packing.items[*kind].demand[r]) * u128::from(largest[1 - r].max(1));
        part(0).max(part(1))
    };
    let mut kinds: Vec<usize> = (0..packing.items.len()).collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(share(kind)));
    kinds.truncate(SAMPLE);
    let by_share = greedy(&all, &kinds);
    kinds.sort_by_key(|&kind| std::cmp::Reverse(members(&all, kind)));
    by_share.max(greedy(&all, &kinds))
}

fn greedy(all: &Kinds, kinds: &[usize]) -> u64 {
    let mut clique: Vec<usize> = Vec::new();
    for &kind in kinds {
        if clique.iter().all(|&member| all.conflict(member, kind)) {
            clique.push(kind);
        }
    }
    clique.into_iter().map(|kind| members(all, kind)).sum()
}

/// How many tasks of a kind conflict with each other.
fn members(all: &Kinds, kind: usize) -> u64 {
    if all.conflict(kind, kind) { all.list[kind].count } else { 1 }
}
