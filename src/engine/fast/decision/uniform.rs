//! The end of a decision over lanes that draws: a uniform one of the instances that are left, which is the same as
//! [`Decision::among`] chooses from a list of them.
//!
//! # Invariants
//! 1. At the end of a chain every part of the order has been compared, so that the keys of a range differ in their ids
//!    alone; and no instance of the lane before the range has the bits that are asked for.
//!
//! # Cost
//! Where all of lanes is left, a count for each; where ranges are, these are listed if they are short. Where candidates are
//! dense, a try looks at the mask of an instance, and at its record where ranges are left. Where they are not, a search by
//! rank: of one lane straight down its shelf, of several one count in each, and at most some sixty instances that are
//! listed; two counts where there are very many.

use super::lanes::{Alive, Ranges};
use super::whole::Lanes;
use crate::engine::draw::{Decision, are_dense};
use crate::engine::fast::index::order::Order;
use crate::engine::fast::index::order::shelf::Shelf;
use crate::engine::fast::index::order::table::Bits;
use crate::engine::fast::index::uniform::{Ids, MOST, Rank, expect_tries, instances, narrowed, tries_ahead};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Layout, Range};

impl Lanes<'_, '_> {
    /// A uniform one of all in the lanes that are left: no part has been compared, as there is none, and keys are ids.
    pub(super) fn draw(self, decision: Decision) -> u32 {
        let Self { cluster, order, left, asked, .. } = self;
        expect(cluster, order, decision);
        let instances = instances(&cluster.records);
        let shelves = || left.lanes().map(|lane| &order.lanes[lane].shelf);
        let count = shelves().map(|shelf| shelf.count(asked)).sum();
        let is_left = |id| order.lane_with(id, asked).is_some_and(|lane| left.has(lane));
        if let Some(id) = decision.first_tried(count, instances, is_left) {
            return id;
        }
        let n = decision.rank(count);
        if left.is_single() {
            let only = shelves().next().and_then(|shelf| shelf.nth(asked, n));
            return order.layout.id_of(only.expect("so many instances are left in the lane"));
        }
        let below = |id| shelves().map(|shelf| shelf.count_below(asked, Key::from(id))).sum();
        let list = |ids: std::ops::Range<u32>, found: &mut Ids| {
            let range = Range { from: Key::from(ids.start), end: Key::from(ids.end) };
            shelves().map(|shelf| count_and_list(shelf, asked, range, &order.layout, found)).sum()
        };
        narrowed(Rank { n, of: count }, instances, below, list)
    }
}

impl Alive {
    /// It is one key.
    fn is_single(&self) -> bool {
        self.range.end == self.range.from + 1
    }

    /// The keys of its instances from one id on and below another.
    fn keys(&self, layout: &Layout, ids: std::ops::Range<u32>) -> Range {
        let Range { from, end } = self.range;
        let key = |id: u32| layout.with_id(from, id).clamp(from, end);
        Range { from: key(ids.start), end: key(ids.end) }
    }
}

impl Ranges<'_, '_> {
    /// A uniform one of all that are left.
    pub(super) fn draw(self, decision: Decision) -> u32 {
        expect(self.cluster, self.order, decision);
        let instances = instances(&self.cluster.records);
        let mut ids = Ids::new();
        if self.list(&mut ids) {
            return one_of(ids, decision, instances);
        }
        // How many are tried hangs on no more than whether the candidates are dense.
        let mut counts = self.alive.iter().map(|alive| self.shelf(alive).count_below(alive.asked, alive.range.end));
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

    fn shelf(&self, alive: &Alive) -> &Shelf {
        &self.order.lanes[alive.lane].shelf
    }

    /// Lists all that are left, unless these are many: it then answers `false`. What was looked at one by one is listed.
    fn list(&self, ids: &mut Ids) -> bool {
        let most = if self.alive.iter().all(Alive::is_single) { usize::MAX } else { MOST };
        self.alive.iter().all(|alive| {
            if alive.is_single() {
                ids.push(self.id_of(alive.range.from));
            } else {
                self.shelf(alive).for_each(alive.asked, alive.range, |key| {
                    looks::look(1);
                    ids.push(self.id_of(key));
                    ids.len() < most
                });
            }
            ids.len() < most
        })
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
        if let [only] = &self.alive[..] {
            let nth = self.shelf(only).nth(only.asked, rank.n);
            return self.id_of(nth.expect("a range that is left has so many instances"));
        }
        let layout = &self.order.layout;
        let of_lane = |alive: &Alive, id| self.shelf(alive).count_below(alive.asked, alive.keys(layout, 0..id).end);
        let below = |id| self.alive.iter().map(|alive| of_lane(alive, id)).sum();
        let list = |ids: std::ops::Range<u32>, found: &mut Ids| {
            let keys = |alive: &Alive| alive.keys(layout, ids.clone());
            let of = |alive: &Alive| count_and_list(self.shelf(alive), alive.asked, keys(alive), layout, found);
            self.alive.iter().map(of).sum()
        };
        narrowed(rank, instances, below, list)
    }
}

/// In a large cluster, has fetched what the decisions to come will try.
fn expect(cluster: &Cluster<'_>, order: &Order, decision: Decision) {
    if cluster.is_large() {
        expect_tries(decision, cluster);
        tries_ahead(decision, instances(&cluster.records)).for_each(|id| order.expect_change(id));
    }
}

/// How many before a range of a shelf have a bit; lists those in it, as long as there is room.
fn count_and_list(shelf: &Shelf, asked: Bits, range: Range, layout: &Layout, found: &mut Ids) -> u32 {
    shelf.count_and_list(asked, range, |key| {
        looks::look(1);
        found.push(layout.id_of(key));
        found.len() < MOST
    })
}

/// A uniform one of all candidates.
fn one_of(mut ids: Ids, decision: Decision, instances: u32) -> u32 {
    let count = u32::try_from(ids.len()).expect("fewer than 2^32 instances");
    if are_dense(count, instances) {
        ids.sort_unstable();
        return decision.among(&ids, instances as usize);
    }
    *ids.select_nth_unstable(decision.rank(count) as usize).1
}
