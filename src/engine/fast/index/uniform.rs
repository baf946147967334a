//! The uniform choice among equally good instances, from indexes: the same instance as `Decision::among` chooses from a
//! list of them.
//!
//! The candidates are a union of sorted sets, one for each cell or bag, that is never listed: the caller says how many
//! there are, whether an instance is one, and how many are below an instance.
//!
//! # Cost
//! A try is a look at an instance's record, which is fetched [`AHEAD`] placements before: which instances are tried does
//! not hang on the state of the cluster. In a cluster of one cell it is a look at a bit of the fit index, 64 times as dense,
//! and only the record of the one that will probably be chosen is fetched. Where candidates are few, the one of a rank is looked for where it would be
//! if they lay evenly among the ids, with one count in each set for each look.

use std::ops::Range;

use smallvec::SmallVec;

use super::bitgrid::Column;
use crate::engine::draw::Decision;
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::memory::prefetch;
use crate::engine::fast::state::record::Record;
use crate::model::columns::bits;

/// So many placements of a request ahead, what it will try is fetched.
const AHEAD: u64 = 16;
/// So many tries of a decision are fetched ahead.
const TRIES_AHEAD: u64 = 2;

/// Has fetched what a decision that is yet to come will try first.
#[inline(always)]
pub(crate) fn expect_tries(decision: Decision, cluster: &Cluster<'_>) {
    if cluster.is_large() {
        let records = &cluster.records;
        for id in tries_ahead(decision, instances(records)) {
            prefetch(records.as_ptr().wrapping_add(id as usize));
        }
    }
}

/// What a decision that is yet to come will try first, among so many instances.
#[inline(always)]
pub(crate) fn tries_ahead(decision: Decision, instances: u32) -> impl Iterator<Item = u32> {
    let later = decision.later(AHEAD);
    (0..TRIES_AHEAD).map(move |number| later.tried(number, instances))
}

/// As [`AHEAD`], where the first try that will be right is looked for: nearer, so that it seldom becomes another.
const FOUND_AHEAD: u64 = 4;

/// A uniform one of so many members of a column, in a cluster of one cell, where positions are ids.
#[inline(always)]
pub(crate) fn one_of_column(cluster: &Cluster<'_>, column: Column<'_>, count: u32, decision: Decision) -> u32 {
    let (instances, members) = (instances(&cluster.records), column.members());
    let is_member = |id| members.contains(id);
    if cluster.is_large()
        && let Some(id) = decision.later(FOUND_AHEAD).first_tried(count, instances, is_member)
    {
        cluster.expect_instance(id);
    }
    decision.first_tried(count, instances, is_member).unwrap_or_else(|| column.nth(decision.rank(count)))
}

/// The first of the tried instances that is a candidate, of which there are so many.
#[inline(always)]
pub(crate) fn tried(
    decision: Decision,
    candidates: u32,
    records: &[Record],
    is_candidate: impl Fn(u32, Record) -> bool,
) -> Option<u32> {
    decision.tries(candidates, instances(records)).find(|&id| is_candidate(id, records[id as usize]))
}

/// The member with `n` members below it, of a union of columns of the cells that has so many members: `nth` answers for one
/// column, `below` how many members of a column have a lower position, `word` for the 64 positions from one on.
#[inline(never)]
pub(crate) fn ranked(
    cluster: &Cluster<'_>,
    cells: CellSet,
    rank: Rank,
    nth: impl Fn(usize, u32) -> u32,
    below: impl Fn(usize, u32) -> u32,
    word: impl Fn(usize, u32) -> u64,
) -> u32 {
    if cells.count_ones() == 1 {
        let cell = cells.trailing_zeros() as usize;
        return cluster.id(cell, nth(cell, rank.n));
    }
    let position = |cell: usize, id: u32| {
        let before = cluster.members[cell].partition_point(|&member| member < id);
        u32::try_from(before).expect("fewer than 2^32 instances")
    };
    let member = |cell: usize, start: u32, bit: usize| cluster.id(cell, start + u32::try_from(bit).expect("below 64"));
    let list = |ids: Range<u32>, found: &mut Ids| {
        let of_cell = |cell| {
            let positions = position(cell, ids.start)..position(cell, ids.end);
            let mut start = positions.start & !63;
            while start < positions.end && found.len() < MOST {
                let candidates = word(cell, start) & low(positions.end, start) & !low(positions.start, start);
                found.extend(bits(candidates).zip(0..MOST - found.len()).map(|(bit, _)| member(cell, start, bit)));
                start += 64;
            }
            below(cell, positions.start)
        };
        members(cells).map(of_cell).sum()
    };
    let below = |id| members(cells).map(|cell| below(cell, position(cell, id))).sum();
    narrowed(rank, instances(&cluster.records), below, list)
}

/// The places of a word that begins at a position which are below another position.
fn low(end: u32, start: u32) -> u64 {
    match end.saturating_sub(start) {
        count @ 0..64 => (1 << count) - 1,
        _ => u64::MAX,
    }
}

/// Which one of how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rank {
    pub(crate) n: u32,
    pub(crate) of: u32,
}

/// The lowest id below `end` with more than `n` members up to it; `below` counts the members below an id.
pub(crate) fn halved(n: u32, end: u32, below: impl Fn(u32) -> u32) -> u32 {
    let (mut least, mut most) = (0, end);
    while least < most {
        let middle = least + (most - least) / 2;
        if below(middle + 1) > n {
            most = middle;
        } else {
            least = middle + 1;
        }
    }
    least
}

/// The member with `rank.n` members below it, of `rank.of` which lie about evenly among the ids below `end`: lists those
/// around the place where it would be; where these may be many, one count tells that place better first. Every third step is
/// a count in the middle, so that no other distribution is much slower. `below` counts the members below an id; `list` does
/// so for a range of ids, and appends the members in it, as long as that [has room](MOST).
pub(crate) fn narrowed(
    Rank { n, of }: Rank,
    end: u32,
    below: impl Fn(u32) -> u32,
    list: impl Fn(Range<u32>, &mut Ids) -> u32,
) -> u32 {
    let (mut least, mut most) = (Bound { id: 0, below: 0 }, Bound { id: end, below: of });
    let mut ids = Ids::new();
    for step in 0.. {
        let (span, inside, rank) = (most.id - least.id, most.below - least.below, n - least.below);
        let is_third = step % 3 == 2 && span > 1;
        let stray = stray(rank, inside);
        if stray <= FEW && !is_third {
            let at = |rank: u32| least.id + part(span, rank.min(inside), inside);
            let start = at(rank.saturating_sub(stray)).min(most.id - 1);
            let window = start..at(rank + stray + 1).max(start + 1);
            ids.clear();
            let before = list(window.clone(), &mut ids);
            if ids.len() < MOST {
                let end = before + u32::try_from(ids.len()).expect("few");
                if (before..end).contains(&n) {
                    return *ids.select_nth_unstable((n - before) as usize).1;
                }
                if n < before {
                    most = Bound { id: window.start, below: before };
                } else {
                    least = Bound { id: window.end, below: end };
                }
                continue;
            }
        }
        let ahead = if is_third { span / 2 } else { part(span, rank, inside) };
        let id = least.id + ahead.clamp(1, span - 1);
        let bound = Bound { id, below: below(id) };
        *(if bound.below > n { &mut most } else { &mut least }) = bound;
    }
    unreachable!("every step narrows the ids that are left")
}

/// So far the member of a rank may be from where it would be, in ranks, with nineteen chances of twenty.
fn stray(rank: u32, of: u32) -> u32 {
    let variance = u64::from(rank) * u64::from(of - rank) / u64::from(of);
    u32::try_from(2 * variance.isqrt() + 2).expect("far below 2^32")
}

/// The part of a span in which `rank` of so many lie.
fn part(span: u32, rank: u32, of: u32) -> u32 {
    u32::try_from(u64::from(span) * u64::from(rank) / u64::from(of)).expect("no more than the span")
}

/// The farthest place for which all around are listed.
const FEW: u32 = 32;

/// No more are listed.
pub(crate) const MOST: usize = 3 * FEW as usize;

/// Members that are listed.
pub(crate) type Ids = SmallVec<[u32; MOST]>;

/// An id, and how many members are below it.
#[derive(Clone, Copy, Debug)]
struct Bound {
    id: u32,
    below: u32,
}

pub(crate) fn instances(records: &[Record]) -> u32 {
    u32::try_from(records.len()).expect("fewer than 2^32 instances")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_finds_every_member() {
        let set = [0_u32, 3, 4, 9, 10, 63, 64, 99];
        let below = |id| u32::try_from(set.partition_point(|&member| member < id)).unwrap();
        for (n, &member) in (0..).zip(&set) {
            assert_eq!(halved(n, 100, below), member);
        }
    }

    /// Evenly spread, in one clump, in two, everybody: in few steps that look at few.
    #[test]
    fn narrowing_finds_every_member_wherever_they_lie() {
        let sets: [Vec<u32>; 5] = [
            vec![0, 3, 4, 9, 10, 63, 64, 99],
            (0..20_000).step_by(7).collect(),
            (19_000..19_900).collect(),
            (10..200).chain((15_000..18_000).step_by(3)).collect(),
            (0..20_000).collect(),
        ];
        for set in sets {
            let count = |id| u32::try_from(set.partition_point(|&member| member < id)).unwrap();
            let of = count(u32::MAX);
            for n in (0..of).step_by(1 + of as usize / 100) {
                let steps = std::cell::Cell::new(0);
                let below = |id| {
                    steps.set(steps.get() + 1);
                    count(id)
                };
                let list = |ids: Range<u32>, found: &mut Ids| {
                    let before = below(ids.start);
                    found.extend(set[before as usize..count(ids.end) as usize].iter().copied().take(MOST));
                    before
                };
                assert_eq!(narrowed(Rank { n, of }, 20_000, below, list), set[n as usize]);
                assert!(steps.get() < 30, "{} steps to {n} of {of}", steps.get());
            }
        }
    }
}
