//! A decision over lanes: rule by rule, each lane answers for its best instance, and the lanes that are not best go.
//!
//! # Cost
//! A look at each lane, and in each that is left one search for every rule that is not a spread over an attribute.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::whole::Lanes;
use crate::engine::draw::Decision;
use crate::engine::fast::index::order::field::Looked;
use crate::engine::fast::index::order::rows::Lowest;
use crate::engine::fast::index::order::shelf::single;
use crate::engine::fast::index::order::table::Bits;
use crate::engine::fast::index::order::{Given, Order, Orders, Parts, Way};
use crate::engine::fast::plan::Plan;
use crate::engine::fast::plan::chain::{End, Shown, Step};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::looks;
use crate::engine::fast::state::parts::{Key, Range};

/// A lane that is left, and which of its instances are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alive {
    pub(super) lane: usize,
    pub(super) range: Range,
    pub(super) asked: Bits,
    /// The first of them, where it is known.
    pub(super) first: Option<Key>,
}

impl Alive {
    /// The range is all of the lane.
    pub(super) fn is_whole(&self) -> bool {
        self.range.from == 0 && self.range.end == Key::MAX
    }
}

/// One decision under way, once ranges of instances are left in the lanes, or each stands for itself.
pub(super) struct Ranges<'e, 'a> {
    pub(super) cluster: &'e Cluster<'a>,
    pub(super) given: &'e Given<'e>,
    pub(super) order: &'e Order,
    /// By lane, and there by key, ascending. Lent, as it is too large to be moved.
    pub(super) alive: &'e mut Alives,
}

pub(super) type Alives = SmallVec<[Alive; 64]>;

/// Instances, of which there are nearly always few.
pub(super) type Ids = SmallVec<[u32; 8]>;

/// What a decision comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Nobody,
    One(u32),
    /// A strategy chooses one of these, which ascend.
    Among(Ids),
    /// A strategy chooses among all that these say.
    Pass(Pass),
}

/// All instances with one of some bits, of some classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) asked: Bits,
    /// By class, where not all will do.
    pub(crate) classes: Option<Vec<bool>>,
}

/// Chooses for a plan that an order serves. What was looked at one by one is told apart, to be counted by
/// [`Orders::count_looked`].
pub(crate) fn choose(
    cluster: &Cluster<'_>,
    orders: &mut Orders,
    plan: &Plan,
    decision: Decision,
    looked: &mut Option<Looked>,
) -> Choice {
    let Parts { order, firsts, given, left } = orders.parts(plan);
    let kind = given.entry.kind;
    let shelf = |lane: usize| &order.lanes[lane].shelf;
    let least = match given.entry.way {
        Way::Many(attribute) => {
            // Lanes are numbered as buckets are: both in the order of the classes.
            let is_any = given.spreads.emptiest(attribute, plan.group, order.with_kind(given.entry), left.anew());
            Some(if is_any { firsts.least(kind, left, shelf) } else { None })
        }
        Way::Keys(spread) => {
            let lanes = match spread {
                Some(attribute) => emptiest_of_few(order, &given, attribute),
                // A fleet without a class has no lane.
                None => order.lanes_with(kind).first().copied().unwrap_or(0),
            };
            Some(firsts.least_of_few(kind, lanes, shelf))
        }
        Way::Steps => None,
    };
    if let Some(least) = least {
        return least.map_or(Choice::Nobody, |key| Choice::One(order.layout.id_of(key)));
    }
    choose_by_steps(Lanes::new(cluster, &given, order, firsts, left), decision, looked)
}

/// Of the lanes with an instance of the kind, as a set in one word, those in the buckets with the fewest tasks of the group:
/// in one pass, where a set that is narrowed takes two.
#[inline]
fn emptiest_of_few(order: &Order, given: &Given<'_>, attribute: usize) -> u64 {
    let Bits { word, bits } = given.entry.kind;
    let tasks = given.spreads.of_group(attribute, given.group);
    let lanes = (0..).zip(order.any(word).iter().zip(&order.buckets(attribute).of_lanes));
    // Which lanes these are changes all the time: selected, not branched on.
    let (least, set) = lanes.fold((u32::MAX, 0), |(least, set), (lane, (any, bucket))| {
        let tasks = if any & bits == 0 { u32::MAX } else { tasks[*bucket as usize] };
        let others = if tasks < least { 0 } else { set };
        (least.min(tasks), others | u64::from(tasks <= least) << lane)
    });
    if least == u32::MAX { 0 } else { set }
}

/// Kept out of line, so that a decision by keys alone has little to keep at hand.
#[inline(never)]
fn choose_by_steps(mut lanes: Lanes<'_, '_>, decision: Decision, looked: &mut Option<Looked>) -> Choice {
    let chain = lanes.begin();
    if lanes.is_empty() {
        return Choice::Nobody;
    }
    let mut alive = SmallVec::new();
    let mut steps = chain.steps.iter();
    loop {
        let rest = steps.as_slice();
        if rest.is_empty() && chain.end == End::Lowest && chain.parts.is_empty()
            || chain.by_key == Some(chain.steps.len() - rest.len())
        {
            return Choice::One(lanes.least_key());
        }
        match steps.next() {
            Some(&Step::Bucket(attribute)) => lanes.keep_emptiest(attribute),
            Some(&Step::Least(part)) if lanes.knows_firsts() => lanes.keep_least(part),
            Some(Step::Level) if lanes.are_whole() => {
                if !lanes.keep_lowest_level() {
                    let mut ranges = lanes.ranges(&mut alive);
                    *looked = Some(ranges.keep_lowest_of_many());
                    return ranges.go_on(steps.as_slice(), &chain.end, decision);
                }
            }
            Some(Step::Level) => {
                let mut ranges = lanes.ranges(&mut alive);
                *looked = ranges.keep_lowest_level();
                return ranges.go_on(steps.as_slice(), &chain.end, decision);
            }
            Some(Step::Least(_)) => return lanes.ranges(&mut alive).go_on(rest, &chain.end, decision),
            None => return lanes.end(&chain.end, &mut alive, decision),
        }
    }
}

impl Ranges<'_, '_> {
    /// The rest of the steps, and the end.
    pub(super) fn go_on(mut self, steps: &[Step], end: &End, decision: Decision) -> Choice {
        steps.iter().for_each(|step| self.keep(*step));
        self.end(end, decision)
    }

    /// Keeps what is of lanes in the buckets with the fewest tasks of the group; of those without the attribute only where
    /// that is a bucket, or where there are no others.
    fn keep_emptiest(&mut self, attribute: usize) {
        let Self { given, order, alive, .. } = self;
        let of_lanes = &order.buckets(attribute).of_lanes;
        let bucket = |alive: &Alive| of_lanes[alive.lane];
        if let Some(absent) = given.spreads.absent(attribute).filter(|_| !given.absent_is_bucket)
            && alive.iter().any(|alive| bucket(alive) != absent)
        {
            alive.retain(|alive| bucket(alive) != absent);
        }
        let tasks = given.spreads.of_group(attribute, given.group);
        if let Some(least) = alive.iter().map(|alive| tasks[bucket(alive) as usize]).min() {
            alive.retain(|alive| tasks[bucket(alive) as usize] == least);
        }
    }

    fn keep(&mut self, step: Step) {
        match step {
            Step::Bucket(attribute) => self.keep_emptiest(attribute),
            Step::Least(part) => self.keep_least(part),
            Step::Level => unreachable!("a rule stands in a chain once"),
        }
    }

    pub(super) fn end(self, end: &End, decision: Decision) -> Choice {
        match end {
            End::Lowest => Choice::One(self.lowest()),
            End::Uniform => Choice::One(self.draw(decision)),
            End::Ask(_, Shown::Best) => Choice::Among(self.best()),
            End::Ask(_, Shown::All | Shown::Winners) => self.all(),
        }
    }

    /// The instance of a key.
    pub(super) fn id_of(&self, key: Key) -> u32 {
        self.order.layout.id_of(key)
    }

    /// The first instance that is left in a lane.
    #[inline]
    fn first(&self, alive: &mut Alive) -> Key {
        *alive.first.get_or_insert_with(|| {
            let shelf = &self.order.lanes[alive.lane].shelf;
            shelf.first(alive.asked, alive.range).expect("a lane that is left has an instance")
        })
    }

    /// Keeps the instances that are least by a part of the order.
    fn keep_least(&mut self, part: usize) {
        let layout = &self.order.layout;
        let field = layout.field(part);
        let mut best = None;
        let mut kept = 0;
        for at in 0..self.alive.len() {
            let mut alive = self.alive[at];
            let first = self.first(&mut alive);
            let value = field.share(first, self.order.lanes[alive.lane].whole);
            let compared = best.map_or(Ordering::Less, |best| value.compare(best));
            if compared.is_lt() {
                (best, kept) = (Some(value), 0);
            }
            if compared.is_le() {
                let equals = layout.equals(part, first);
                alive.range = Range { from: equals.from, end: equals.end.min(alive.range.end) };
                self.alive[kept] = alive;
                kept += 1;
            }
        }
        self.alive.truncate(kept);
    }

    /// Keeps the instances with the fewest tasks of the group; answers what was looked at one by one.
    fn keep_lowest_level(&mut self) -> Option<Looked> {
        let field = self.order.field(self.given.entry);
        let mut least = u64::MAX;
        let mut kept = 0;
        for at in 0..self.alive.len() {
            let alive = self.alive[at];
            let shelf = &self.order.lanes[alive.lane].shelf;
            // The bits of a field are in the order of the counts.
            let lowest = shelf.lowest_bit(field.all(), alive.range);
            let Lowest { bits: asked, first } = lowest.expect("an instance that is left has a count");
            if asked.bits < least {
                (least, kept) = (asked.bits, 0);
            }
            if asked.bits == least {
                self.alive[kept] = Alive { asked, first, ..alive };
                kept += 1;
            }
        }
        self.alive.truncate(kept);
        (!field.is_one_count(self.alive[0].asked)).then(|| self.keep_lowest_of_many())
    }

    /// As [`Self::keep_lowest_level`] where the field tells no more: each instance that is left is looked at, and those
    /// that are kept stand alone from then on.
    #[cold]
    fn keep_lowest_of_many(&mut self) -> Looked {
        let (mut least, mut instances) = (u32::MAX, 0);
        let mut kept = Alives::new();
        for alive in self.alive.drain(..) {
            self.order.lanes[alive.lane].shelf.for_each(alive.asked, alive.range, |key| {
                let tasks = self.cluster.group_count(self.order.layout.id_of(key), self.given.group);
                looks::look(1);
                instances += 1;
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
        *self.alive = kept;
        Looked { instances, least }
    }

    pub(super) fn lowest(self) -> u32 {
        let first = |&(mut alive): &Alive| self.id_of(self.first(&mut alive));
        self.alive.iter().map(first).min().expect("some lane is left")
    }

    /// The best instance of each lane that is left, ascending.
    fn best(self) -> Ids {
        let mut ids: Ids = self.alive.iter().map(|&(mut alive)| self.id_of(self.first(&mut alive))).collect();
        ids.sort_unstable();
        ids
    }

    /// All instances that are left: where whole lanes are, they need not be listed.
    fn all(self) -> Choice {
        let asked = self.alive[0].asked;
        if self.alive.iter().all(|alive| alive.is_whole() && alive.asked == asked) {
            let chain = self.given.chain;
            let classes = (!chain.attributes.is_empty()).then(|| {
                let mut lanes = vec![false; self.order.lanes.len()];
                self.alive.iter().for_each(|alive| lanes[alive.lane] = true);
                self.order.lanes_of_classes().iter().map(|&lane| lanes[lane as usize]).collect()
            });
            return Choice::Pass(Pass { asked, classes });
        }
        Choice::Among(self.listed().into())
    }

    fn listed(&self) -> Vec<u32> {
        let mut ids = Vec::new();
        for alive in self.alive.iter() {
            self.order.lanes[alive.lane].shelf.for_each(alive.asked, alive.range, |key| {
                looks::look(1);
                ids.push(self.id_of(key));
                true
            });
        }
        ids.sort_unstable();
        ids
    }
}
