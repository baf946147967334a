//! A decision over lanes as long as the first instance of each tells all: sets of lanes, narrowed rule by rule.
//!
//! # Cost
//! A spread over an attribute reads a word for each bucket and 64 lanes; a spread over instances one for each count up to the
//! fewest and 64 lanes; what is least, the first instance of each. Nothing is searched for but firsts that are not known.

use super::lanes::{Alive, Alives, Choice, Ids, Ranges};
use crate::engine::draw::Decision;
use crate::engine::fast::index::order::firsts::Firsts;
use crate::engine::fast::index::order::lane_set::LaneSet;
use crate::engine::fast::index::order::table::Bits;
use crate::engine::fast::index::order::{Given, Order};
use crate::engine::fast::plan::chain::{Chain, End, Shown};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::parts::Range;
use crate::model::columns::bits;

/// One decision under way.
pub(super) struct Lanes<'e, 'a> {
    pub(super) cluster: &'e Cluster<'a>,
    given: &'e Given<'e>,
    pub(super) order: &'e Order,
    firsts: &'e mut Firsts,
    pub(super) left: &'e mut LaneSet,
    /// Which instances of these lanes are left: those of the kind, or those at a level.
    pub(super) asked: Bits,
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
        let Bits { word, bits: all } = field.all();
        // The bits of a field are in the order of the counts.
        let levels = bits(all).map(|level| Bits { word, bits: 1 << level });
        let lowest = levels.into_iter().find(|level| self.left.keep_those_of(self.order.lanes_with(*level)));
        self.asked = lowest.expect("an instance that is left has a count");
        field.is_one_count(self.asked)
    }

    /// Keeps the lanes whose first instance is least by a part of the order.
    pub(super) fn keep_least(&mut self, part: usize) {
        self.last_part = Some(part);
        let lanes = &self.order.lanes;
        self.firsts.keep_least(self.asked, part, self.left, |lane| &lanes[lane].shelf);
    }

    /// The instance with the least key.
    pub(super) fn least_key(self) -> u32 {
        let lanes = &self.order.lanes;
        let least = self.firsts.least(self.asked, self.left, |lane| &lanes[lane].shelf);
        self.order.layout.id_of(least.expect("some lane is left"))
    }

    /// The first instance of each lane that is left.
    fn ids(&mut self) -> impl Iterator<Item = u32> {
        let Self { order, firsts, left, asked, .. } = self;
        left.lanes().map(|lane| order.layout.id_of(firsts.get(lane, *asked, &order.lanes[lane].shelf)))
    }

    /// The least id among these.
    fn least_id(self) -> u32 {
        let lanes = &self.order.lanes;
        let least = self.firsts.least_id(self.asked, self.left, |lane| &lanes[lane].shelf);
        least.expect("some lane is left")
    }

    /// All steps are done.
    pub(super) fn end(mut self, end: &End, alive: &mut Alives, decision: Decision) -> Choice {
        match end {
            End::Lowest => Choice::One(self.least_id()),
            End::Ask(_, Shown::Best) => {
                let mut best: Ids = self.ids().collect();
                best.sort_unstable();
                Choice::Among(best)
            }
            End::Uniform if self.are_whole() => Choice::One(self.draw(decision)),
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
