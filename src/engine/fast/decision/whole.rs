//! A decision over lanes as long as the first instance of each tells all: sets of lanes, narrowed rule by rule.
//!
//! # Cost
//! A spread over an attribute reads a word for each bucket and 64 lanes; a spread over instances a word for each lane that
//! is left; what is least, the first instance of each. Nothing is searched for but firsts that are not known.

use std::cmp::Ordering;

use super::lanes::{Alive, Alives, Choice, Ids, Ranges};
use crate::engine::draw::Decision;
use crate::engine::fast::index::order::firsts::Firsts;
use crate::engine::fast::index::order::lane_set::LaneSet;
use crate::engine::fast::index::order::table::Bits;
use crate::engine::fast::index::order::{Given, Order};
use crate::engine::fast::plan::chain::{Chain, End, Shown};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::parts::{Key, Range, id_of};

/// One decision under way.
pub(super) struct Lanes<'e, 'a> {
    cluster: &'e Cluster<'a>,
    given: &'e Given<'e>,
    order: &'e Order,
    firsts: &'e mut Firsts,
    left: &'e mut LaneSet,
    /// Which instances of these lanes are left: those of the kind, or those at a level.
    asked: Bits,
    /// The part that was compared last: what is left of each lane is as good by it as the first.
    last_part: Option<usize>,
}

impl<'e, 'a> Lanes<'e, 'a> {
    pub(super) fn new(
        cluster: &'e Cluster<'a>,
        given: &'e Given<'e>,
        order: &'e Order,
        firsts: &'e mut Firsts,
        left: &'e mut LaneSet,
    ) -> Self {
        Self { cluster, given, order, firsts, left, asked: given.entry.kind, last_part: None }
    }

    /// All lanes with an instance of the kind; answers the chain that they go through.
    pub(super) fn begin(&mut self) -> &'e Chain {
        self.left.copy_from(self.order.lanes_with(self.asked));
        self.given.chain
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The first instance of a lane is at hand, or there are but few lanes.
    pub(super) fn knows_firsts(&self) -> bool {
        self.asked == self.given.entry.kind || self.firsts.are_kept(self.asked)
    }

    /// All of a lane is left that has what is asked for.
    pub(super) fn are_whole(&self) -> bool {
        self.last_part.is_none()
    }

    /// Keeps the lanes in the buckets with the fewest tasks of the group; those without the attribute only where that is a
    /// bucket, or where there are no others.
    pub(super) fn keep_emptiest(&mut self, attribute: usize) {
        let Given { spreads, absent_is_bucket, group, .. } = *self.given;
        let buckets = self.order.buckets(attribute);
        if let Some(absent) = spreads.absent(attribute).filter(|_| !absent_is_bucket) {
            buckets.leave_out(self.left, absent);
        }
        buckets.keep_emptiest(self.left, spreads.of_group(attribute, group));
    }

    /// Keeps the instances with the fewest tasks of the group; answers whether the field tells them apart.
    pub(super) fn keep_lowest_level(&mut self) -> bool {
        let field = self.order.field(self.given.entry);
        let Bits { word, bits } = field.all();
        let any = self.order.any(word);
        // The bits of a field are in the order of the counts.
        let all = self.left.union(any) & bits;
        let lowest = all & all.wrapping_neg();
        self.left.retain(|lane| any[lane] & lowest != 0);
        self.asked = Bits { word, bits: lowest };
        field.is_one_count(self.asked)
    }

    /// Keeps the lanes whose first instance is least by a part of the order.
    pub(super) fn keep_least(&mut self, part: usize) {
        self.last_part = Some(part);
        self.keep_likely(part);
        let by = self.order.layout.part(part);
        let Self { order, firsts, left, asked, .. } = self;
        let mut best = None;
        left.keep_best(|lane| {
            let of_lane = &order.lanes[lane];
            let value = order.layout.value(part, firsts.get(lane, *asked, &of_lane.shelf));
            let value = by.share(value, of_lane.whole);
            let compared = best.map_or(Ordering::Less, |best| value.compare(best));
            best = if compared.is_lt() { Some(value) } else { best };
            compared
        });
    }

    /// Of many lanes, leaves out most that have not the least of the first part.
    fn keep_likely(&mut self, part: usize) {
        if part == 0 {
            let lanes = &self.order.lanes;
            self.firsts.keep_likely(self.asked, self.left, |lane| &lanes[lane].shelf);
        }
    }

    /// The instance with the least key.
    pub(super) fn least_key(mut self) -> u32 {
        if self.are_whole() {
            self.keep_likely(0);
        }
        let Self { order, firsts, left, asked, .. } = self;
        let least = |end, lane: usize| firsts.before(lane, asked, &order.lanes[lane].shelf, end).unwrap_or(end);
        id_of(left.lanes().fold(Key::MAX, least))
    }

    /// The first instance of each lane that is left.
    fn ids(&mut self) -> impl Iterator<Item = u32> {
        let Self { order, firsts, left, asked, .. } = self;
        left.lanes().map(|lane| id_of(firsts.get(lane, *asked, &order.lanes[lane].shelf)))
    }

    /// All steps are done.
    pub(super) fn end(mut self, end: &End, alive: &mut Alives, decision: Decision) -> Choice {
        match end {
            End::Lowest => Choice::One(self.ids().min().expect("some lane is left")),
            End::Ask(_, Shown::Best) => {
                let mut best: Ids = self.ids().collect();
                best.sort_unstable();
                Choice::Among(best)
            }
            _ => self.ranges(alive).end(end, decision),
        }
    }

    /// The instances that are left: in each lane all as good as the first, by the last part that was compared.
    pub(super) fn ranges<'r>(self, alive: &'r mut Alives) -> Ranges<'r, 'a>
    where
        'e: 'r,
    {
        let Self { cluster, given, order, firsts, left, asked, last_part } = self;
        for lane in left.lanes() {
            let first = last_part.map(|_| firsts.get(lane, asked, &order.lanes[lane].shelf));
            let range = first.zip(last_part).map_or(Range::ALL, |(first, part)| order.layout.equals(part, first));
            alive.push(Alive { lane, range, asked, first });
        }
        Ranges { cluster, given, order, alive }
    }
}
