//! A decision over lanes: rule by rule, each lane answers for its best instance, and the lanes that are not best go.
//!
//! # Cost
//! A look at each lane, and in each that is left one search for every rule that is not a spread over an attribute.

use smallvec::SmallVec;

use crate::engine::draw::Decision;
use crate::engine::fast::index::order::shelf::{Bits, single};
use crate::engine::fast::index::order::{Entry, Order, Orders};
use crate::engine::fast::plan::Plan;
use crate::engine::fast::plan::chain::{End, Step};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::parts::{Key, Range, id_of};

/// A lane that is left, and which of its instances are.
#[derive(Clone, Copy, Debug)]
struct Alive {
    lane: usize,
    range: Range,
    asked: Bits,
    /// The first of them, where it is known.
    first: Option<Key>,
}

/// One decision under way.
struct Lanes<'e, 'a> {
    cluster: &'e Cluster<'a>,
    orders: &'e Orders,
    order: &'e Order,
    entry: Entry,
    group: u32,
    alive: SmallVec<[Alive; 16]>,
}

/// What a decision comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Nobody,
    One(u32),
    /// A strategy chooses one of these, which ascend.
    Among(Vec<u32>),
}

/// Chooses for a plan that an order serves.
pub(crate) fn choose(cluster: &Cluster<'_>, orders: &Orders, plan: &Plan, decision: Decision) -> Choice {
    let entry = orders.entry(plan);
    let order = orders.order(entry);
    let asked = entry.kind;
    let alive = order.lanes.iter().enumerate().filter(|(_, lane)| lane.shelf.has(asked));
    let alive = alive.map(|(lane, _)| Alive { lane, range: Range::ALL, asked, first: None }).collect();
    let mut lanes = Lanes { cluster, orders, order, entry, group: plan.group, alive };
    if lanes.alive.is_empty() {
        return Choice::Nobody;
    }
    let chain = &orders.chains[entry.chain];
    for &step in &chain.steps {
        match step {
            Step::Bucket(attribute) => lanes.keep_emptiest(attribute),
            Step::Least(part) => lanes.keep_least(part),
            Step::Level => lanes.keep_lowest_level(),
        }
    }
    match chain.end {
        End::Lowest => Choice::One(lanes.lowest()),
        End::Uniform => Choice::One(lanes.draw(decision)),
        End::Ask(_) => Choice::Among(lanes.firsts()),
    }
}

impl Lanes<'_, '_> {
    /// The first instance that is left in a lane.
    #[inline]
    fn first(&self, alive: &mut Alive) -> Key {
        *alive.first.get_or_insert_with(|| {
            let shelf = &self.order.lanes[alive.lane].shelf;
            shelf.first(alive.asked, alive.range).expect("a lane that is left has an instance")
        })
    }

    /// Keeps the lanes in the buckets with the fewest tasks of the group; those without the attribute only where that is
    /// a bucket, or where there are no others.
    fn keep_emptiest(&mut self, attribute: usize) {
        let Self { orders, order, group, alive, .. } = self;
        let bucket = |alive: &Alive| order.lanes[alive.lane].buckets[attribute];
        if !orders.absent_is_bucket {
            let is_there = |alive: &Alive| !orders.spreads.is_absent(attribute, bucket(alive));
            if alive.iter().any(is_there) {
                alive.retain(|alive| is_there(alive));
            }
        }
        let tasks = |alive: &Alive| orders.spreads.get(attribute, *group, bucket(alive));
        if let Some(least) = alive.iter().map(tasks).min() {
            alive.retain(|alive| tasks(alive) == least);
        }
    }

    /// Keeps the instances that are least by a part of the order.
    fn keep_least(&mut self, part: usize) {
        let mut alive = std::mem::take(&mut self.alive);
        let value = |alive: &mut Alive| {
            let first = self.first(alive);
            (self.order.layout.value(part, first), self.order.lanes[alive.lane].whole)
        };
        let by = self.order.layout.part(part);
        let mut best = value(&mut alive[0]);
        for alive in &mut alive[1..] {
            let value = value(alive);
            if by.compare(value, best).is_lt() {
                best = value;
            }
        }
        alive.retain(|alive| by.compare(value(alive), best).is_eq());
        for alive in &mut alive {
            let first = self.first(alive);
            let equals = self.order.layout.equals(part, first);
            alive.range = Range { from: equals.from, end: equals.end.min(alive.range.end) };
        }
        self.alive = alive;
    }

    /// Keeps the instances with the fewest tasks of the group.
    fn keep_lowest_level(&mut self) {
        let field = self.order.field(self.entry);
        let mut alive = std::mem::take(&mut self.alive);
        let mut best = u64::MAX;
        let mut bits = 0;
        for alive in &mut alive {
            let shelf = &self.order.lanes[alive.lane].shelf;
            // The bits of a field are in the order of the counts.
            let lowest = shelf.lowest_bit(field.all(), alive.range).expect("an instance that is left has a count");
            (alive.asked, alive.first) = (lowest, None);
            if lowest.bits <= best {
                (best, bits) = (lowest.bits, lowest.bits);
            }
        }
        alive.retain(|alive| alive.asked.bits == bits);
        self.alive = alive;
        if field.level(self.alive[0].asked).is_none() {
            self.keep_lowest_of_many();
        }
    }

    /// As [`Self::keep_lowest_level`] where the field tells no more: each instance that is left is looked at, and those
    /// that are kept stand alone from then on.
    #[cold]
    fn keep_lowest_of_many(&mut self) {
        let mut least = u32::MAX;
        let mut kept: SmallVec<[Alive; 16]> = SmallVec::new();
        for alive in std::mem::take(&mut self.alive) {
            self.order.lanes[alive.lane].shelf.for_each(alive.asked, alive.range, |key, _| {
                let tasks = self.cluster.group_count(id_of(key), self.group);
                if tasks < least {
                    least = tasks;
                    kept.clear();
                }
                if tasks == least {
                    kept.push(Alive { range: single(key), first: Some(key), ..alive });
                }
                true
            });
        }
        self.alive = kept;
    }

    fn lowest(mut self) -> u32 {
        let mut alive = std::mem::take(&mut self.alive);
        alive.iter_mut().map(|alive| id_of(self.first(alive))).min().expect("some lane is left")
    }

    /// The best instance of each lane that is left, ascending.
    fn firsts(mut self) -> Vec<u32> {
        let mut alive = std::mem::take(&mut self.alive);
        let mut firsts: Vec<u32> = alive.iter_mut().map(|alive| id_of(self.first(alive))).collect();
        firsts.sort_unstable();
        firsts
    }

    /// A uniform one of all that are left.
    fn draw(&self, decision: Decision) -> u32 {
        let instances = u32::try_from(self.cluster.records.len()).expect("fewer than 2^32 instances");
        if let Some(count) = self.tallied() {
            let is_left = |&id: &u32| {
                let lane = self.order.lane_of(self.cluster.class_id(id)) as usize;
                self.order.has(id, self.alive[0].asked) && self.alive.iter().any(|alive| alive.lane == lane)
            };
            if let Some(id) = decision.tries(count, instances).find(is_left) {
                return id;
            }
        }
        let mut left = Vec::new();
        for alive in &self.alive {
            self.order.lanes[alive.lane].shelf.for_each(alive.asked, alive.range, |key, _| {
                left.push(id_of(key));
                true
            });
        }
        left.sort_unstable();
        decision.among(&left, self.cluster.records.len())
    }

    /// How many are left, where whole lanes are.
    fn tallied(&self) -> Option<u32> {
        let is_whole = |alive: &Alive| alive.range.from == 0 && alive.range.end == Key::MAX;
        let count = |alive: &Alive| self.order.lanes[alive.lane].count(alive.asked);
        self.alive.iter().all(is_whole).then(|| self.alive.iter().map(count).sum())
    }
}
