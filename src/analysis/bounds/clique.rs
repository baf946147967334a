//! B4: tasks no two of which can share an instance need one each.
//!
//! Two tasks conflict if they do not fit together on an empty instance of any size, if they have a static port in
//! common, or if they are of one group and each asks for distinctInstance. The largest set of pairwise conflicts is
//! hard to find; this takes kinds of tasks greedily, in two orders, among those that are largest.
//!
//! # Cost
//! `O(m^2)` for `m` kinds, of which [`SAMPLE`] are looked at.

use super::{Item, Packing, fits};

/// The largest kinds that are looked at.
const SAMPLE: usize = 1_000;

/// The size of the larger of two greedy cliques.
pub(crate) fn bound(packing: &Packing) -> u64 {
    let largest = packing.largest();
    // The larger share of an instance of the two; compared as products, so that nothing is rounded.
    let share = |item: &Item| {
        let part = |r: usize| u128::from(item.demand[r]) * u128::from(largest[1 - r].max(1));
        part(0).max(part(1))
    };
    let mut kinds: Vec<&Item> = packing.items.iter().collect();
    kinds.sort_by_key(|item| std::cmp::Reverse(share(item)));
    kinds.truncate(SAMPLE);
    let by_share = greedy(packing, &kinds);
    kinds.sort_by_key(|item| std::cmp::Reverse(members(packing, item)));
    by_share.max(greedy(packing, &kinds))
}

fn greedy(packing: &Packing, kinds: &[&Item]) -> u64 {
    let mut clique: Vec<&Item> = Vec::new();
    for &kind in kinds {
        if clique.iter().all(|member| conflict(packing, member, kind)) {
            clique.push(kind);
        }
    }
    clique.into_iter().map(|kind| members(packing, kind)).sum()
}

/// How many tasks of a kind conflict with each other.
fn members(packing: &Packing, kind: &Item) -> u64 {
    if conflict(packing, kind, kind) { kind.count } else { 1 }
}

fn conflict(packing: &Packing, a: &Item, b: &Item) -> bool {
    let both = [a.demand[0] + b.demand[0], a.demand[1] + b.demand[1]];
    let is_distinct = a.distinct.is_some() && a.distinct == b.distinct;
    is_distinct
        || a.ports.iter().any(|port| b.ports.contains(port))
        || !packing.sizes.iter().any(|&size| fits(both, size))
}
