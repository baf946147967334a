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

/// So many placements of a request ahead, what it will try is fetched.
const AHEAD: u64 = 16;
/// So many tries of a decision are fetched ahead.
const TRIES_AHEAD: u64 = 2;

/// Has fetched what a decision that is yet to come will try first.
#[inline(always)]
pub(crate) fn expect_tries(decision: Decision, cluster: &Cluster<'_>) {
    if cluster.is_large() {
        let (later, records) = (decision.later(AHEAD), &cluster.records);
        for number in 0..TRIES_AHEAD {
            let id = later.tried(number, instances(records));
            prefetch(records.as_ptr().wrapping_add(id as usize));
        }
    }
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
    let below = |id| members(cells).map(|cell| below(cell, position(cell, id))).sum();
    let list = |ids: Range<u32>, found: &mut Ids| {
        for cell in members(cells) {
            let positions = position(cell, ids.start)..position(cell, ids.end);
            let mut start = positions.start & !63;
            while start < positions.end {
                let within = |at: u32| if at <= start { 0 } else { u64::MAX >> (64 - (at - start).min(64)) };
                let candidates = word(cell, start) & within(positions.end) & !within(positions.start);
                found.extend(
                    (start..)
                        .zip(0..64)
                        .filter(|(_, bit)| candidates >> bit & 1 == 1)
                        .map(|(at, _)| cluster.id(cell, at)),
                );
                start += 64;
            }
        }
    };
    narrowed(rank, instances(&cluster.records), below, list)
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

/// The member with `rank.n` members below it, of `rank.of` which lie about evenly among the ids below `end`: looks where the
/// ones a little before and behind it would be, until few are left between, and in the middle at every third step, so that
/// it is never much slower. `below` counts the members below an id, `list` those of a range of ids.
pub(crate) fn narrowed(
    Rank { n, of }: Rank,
    end: u32,
    below: impl Fn(u32) -> u32,
    list: impl Fn(Range<u32>, &mut Ids),
) -> u32 {
    let (mut least, mut most) = (Bound { id: 0, below: 0 }, Bound { id: end, below: of });
    for step in 0.. {
        let (span, inside) = (most.id - least.id, most.below - least.below);
        if inside <= FEW || span <= 1 {
            break;
        }
        // Ranks stray from where they would be by the root of how many there are.
        let (rank, stray) = (n - least.below, inside.isqrt() / 2 + 1);
        let aim = if step % 3 == 0 { rank + stray } else { rank.saturating_sub(stray) };
        let share = u64::from(span) * u64::from(aim) / u64::from(inside);
        let ahead = if step % 3 == 2 { span / 2 } else { u32::try_from(share).unwrap_or(span) };
        let id = least.id + ahead.clamp(1, span - 1);
        let bound = Bound { id, below: below(id) };
        *(if bound.below > n { &mut most } else { &mut least }) = bound;
    }
    let mut ids = Ids::new();
    list(least.id..most.id, &mut ids);
    *ids.select_nth_unstable((n - least.below) as usize).1
}

/// So few members are listed.
const FEW: u32 = 16;

/// Members that are listed.
pub(crate) type Ids = SmallVec<[u32; FEW as usize]>;

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
            let steps = std::cell::Cell::new(0);
            let counted = |id| {
                steps.set(steps.get() + 1);
                below(id)
            };
            let list =
                |ids: Range<u32>, found: &mut Ids| found.extend(set.iter().copied().filter(|id| ids.contains(id)));
            assert_eq!(narrowed(Rank { n, of: 8 }, 100, counted, list), member);
            assert!(steps.get() < 14, "{} steps", steps.get());
        }
    }
}
