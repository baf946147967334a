//! The end of a decision over lanes that draws: a uniform one of the instances that are left, which is the same as
//! [`Decision::among`] chooses from a list of them.
//!
//! # Invariants
//! 1. At the end of a chain every part of the order has been compared, so that the keys of a range differ in their ids
//!    alone; and no instance of the lane before the range has the bits that are asked for.
//!
//! # Cost
//! A count in each lane that is left until the candidates are known to be dense; then a try looks at the mask and the
//! record of an instance. Where they are not dense, a search by rank: of one lane straight down its shelf, of several one
//! count in each, and at most some sixty instances that are listed; two counts where there are very many.

use smallvec::SmallVec;

use super::lanes::{Alive, Ranges};
use crate::engine::draw::{Decision, are_dense};
use crate::engine::fast::index::uniform::{Ids, MOST, Rank, expect_tries, instances, narrowed, tries_ahead};
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Range, id_of, with_id};

impl Alive {
    /// It is one key.
    fn is_single(&self) -> bool {
        self.range.end == self.range.from + 1
    }

    /// The keys of its instances from one id on and below another.
    fn keys(&self, ids: std::ops::Range<u32>) -> Range {
        let Range { from, end } = self.range;
        let key = |id: u32| with_id(from, id).clamp(from, end);
        Range { from: key(ids.start), end: key(ids.end) }
    }
}

impl Ranges<'_, '_> {
    /// A uniform one of all that are left.
    pub(super) fn draw(self, decision: Decision) -> u32 {
        let instances = instances(&self.cluster.records);
        if self.alive.iter().all(Alive::is_single) {
            return self.one_of_singles(decision);
        }
        if self.cluster.is_large() {
            expect_tries(decision, self.cluster);
            tries_ahead(decision, instances).for_each(|id| self.order.expect_change(id));
        }
        // How many are tried hangs on no more than whether the candidates are dense.
        let mut counts = self.alive.iter().map(|alive| self.count(alive));
        let mut count = 0;
        while !are_dense(count, instances)
            && let Some(more) = counts.next()
        {
            count += more;
        }
        if let Some(id) = decision.tries(count, instances).find(|&id| self.is_left(id)) {
            return id;
        }
        let of = count + counts.sum::<u32>();
        self.ranked(Rank { n: decision.rank(of), of }, instances)
    }

    /// The same where each was looked at.
    #[cold]
    fn one_of_singles(&self, decision: Decision) -> u32 {
        let mut ids: SmallVec<[u32; 8]> = self.alive.iter().map(|alive| id_of(alive.range.from)).collect();
        ids.sort_unstable();
        decision.among(&ids, self.cluster.records.len())
    }

    /// How many are left in a lane.
    #[inline]
    fn count(&self, alive: &Alive) -> u32 {
        let lane = &self.order.lanes[alive.lane];
        if alive.is_whole() { lane.count(alive.asked) } else { lane.shelf.count_below(alive.asked, alive.range.end) }
    }

    /// An instance is left.
    #[inline]
    fn is_left(&self, id: u32) -> bool {
        self.order.is_among(self.cluster, id, self.alive[0].asked, |lane, key| self.holds(lane as usize, key))
    }

    /// A key is in the range of its lane.
    #[inline]
    fn holds(&self, lane: usize, key: Key) -> bool {
        let place = match self.alive.len() {
            1 => 0,
            // All of them.
            count if count == self.order.lanes.len() => lane,
            _ => self.alive.partition_point(|alive| alive.lane < lane),
        };
        self.alive.get(place).is_some_and(|alive| alive.lane == lane && alive.range.contains(key))
    }

    /// The one of a rank.
    #[inline(never)]
    fn ranked(&self, rank: Rank, instances: u32) -> u32 {
        let shelf = |alive: &Alive| &self.order.lanes[alive.lane].shelf;
        if let [only] = &self.alive[..] {
            return id_of(shelf(only).nth(only.asked, rank.n).expect("a range that is left has so many instances"));
        }
        let below =
            |id| self.alive.iter().map(|alive| shelf(alive).count_below(alive.asked, alive.keys(0..id).end)).sum();
        let list = |ids: std::ops::Range<u32>, found: &mut Ids| {
            let of_lane = |alive: &Alive| {
                shelf(alive).count_and_list(alive.asked, alive.keys(ids.clone()), |key| {
                    looks::look(1);
                    found.push(id_of(key));
                    found.len() < MOST
                })
            };
            self.alive.iter().map(of_lane).sum()
        };
        narrowed(rank, instances, below, list)
    }
}
