//! For every chain that no special index serves: the instances of each lane in the order of the chain, with the kinds of
//! request that each may serve.
//!
//! Whatever decides whether an instance is a candidate is a bit of its mask, found anew when the instance changes: what is
//! full by ports, interface slots or GPUs, what an expression over tasks rules out, what holds a task of the group has no
//! such bit, and no search looks at it again before a change gives it back.
//!
//! # Invariants
//! Those of each order (`instances.rs`), of what is known of the first of every lane (`firsts.rs`), of the shelves and of the
//! counts of spread (`spreads.rs`).
//!
//! # Cost
//! A change of an instance finds its mask anew and moves it on one shelf of each order; where it stood there is worked out
//! from its record, so that what is known of it besides is one place in memory. An instance costs 16 bytes or more (24 where
//! keys are long) and its mask about two and a half times; what serves no kind costs 8 bytes and once that.

pub(crate) mod buckets;
mod counts;
mod emptiest;
pub(crate) mod field;
pub(crate) mod firsts;
mod instances;
pub(crate) mod kinds;
pub(crate) mod lane;
pub(crate) mod lane_set;
mod ranks;
mod reads;
pub(crate) mod rows;
pub(crate) mod shelf;
mod spreads;
pub(crate) mod table;

use crate::engine::Setup;
use crate::engine::fast::index::columns::amounts::Amounts;
use crate::engine::fast::index::columns::contests::Contests;
use crate::engine::fast::index::columns::rosters::Rosters;
use crate::engine::fast::plan::chain::{Chain, End, Names, Shown};
use crate::engine::fast::plan::{Path, Plan, Plans};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::parts::{Layout, Part, Whole};
use crate::engine::fast::state::record::{News, Record};
use field::Looked;
use firsts::Firsts;
pub(crate) use instances::Order;
use kinds::Drafts;
use lane_set::LaneSet;
use spreads::Spreads;
use table::Bits;

/// Orders at most: each is moved at every change.
const MOST_ORDERS: usize = 8;

/// How a plan uses its order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) order: usize,
    pub(crate) chain: usize,
    /// Its kind.
    pub(crate) kind: Bits,
    /// The field of its kind, as a position.
    field: Option<u32>,
    pub(crate) way: Way,
}

/// How a decision goes through lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Rule by rule.
    Steps,
    /// Keys tell all, in the emptiest buckets of an attribute if one is spread over, and lanes are few.
    Keys(Option<usize>),
    /// The same, where the attribute has many buckets.
    Many(usize),
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders {
    orders: Vec<Order>,
    /// By order.
    firsts: Vec<Firsts>,
    chains: Vec<Chain>,
    /// By [`Plan::pair`] of the plans on this path.
    entries: Vec<Entry>,
    pub(crate) spreads: Spreads,
    /// The attributes that are spread over.
    names: Names,
    /// Reading of U-5.
    absent_is_bucket: bool,
    /// Kept where a strategy must see every candidate.
    amounts: Option<Amounts>,
    /// Where strategies rank by amounts alone.
    pub(crate) contests: Contests,
    pub(crate) rosters: Rosters,
    /// Lanes that a decision has left.
    left: LaneSet,
}

/// What a decision reads.
pub(crate) struct Parts<'o> {
    pub(crate) order: &'o Order,
    pub(crate) firsts: &'o mut Firsts,
    pub(crate) given: Given<'o>,
    pub(crate) left: &'o mut LaneSet,
}

/// What a decision is told of its plan and of the cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'o> {
    pub(crate) entry: &'o Entry,
    pub(crate) chain: &'o Chain,
    pub(crate) spreads: &'o Spreads,
    /// Reading of U-5.
    pub(crate) absent_is_bucket: bool,
    /// The plan's.
    pub(crate) group: u32,
}

/// What chains have in common that share an order.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Sort {
    parts: Vec<Part>,
    attributes: Vec<usize>,
}

/// A plan that may get an entry.
struct Wish {
    plan: usize,
    chain: usize,
    order: usize,
    kind: u32,
    many: Option<usize>,
}

/// With more buckets, the emptiest are not looked for one by one.
const MANY_BUCKETS: usize = if cfg!(test) { 2 } else { 64 };

/// So many lanes are a set in one word.
const MANY_LANES: usize = if cfg!(test) { 3 } else { 64 };

/// Keys have room for so many times the instances that there are at first.
const MORE: usize = if cfg!(test) { 0 } else { 2 };

/// An order before all its kinds are known.
struct Sketch<'a> {
    sort: Sort,
    has_shares: bool,
    draws: bool,
    /// Some chain spreads over instances before it compares amounts.
    asks_levels: bool,
    layout: Layout,
    drafts: Drafts<'a>,
}

impl Orders {
    /// Serves every plan that would be scanned, or walked past full instances, and can be served.
    pub(crate) fn new(setup: &Setup<'_>, plans: &mut Plans) -> Self {
        let wholes: Vec<Whole> = setup.fleet.classes.iter().map(Whole::of).collect();
        let (mut names, mut chains, mut sketches, mut wishes) = (Names::new(), Vec::new(), Vec::new(), Vec::new());
        let mut widths: Vec<usize> = Vec::new();
        let room = MORE * setup.fleet.instances.len();
        for (position, _) in plans.table.iter().enumerate().filter(|(_, plan)| plan.path == Path::Scan) {
            let request = &setup.requests.table[position];
            let chain = Chain::new(&request.strategy, setup.options, &mut names);
            let Some(order) = sketch(&mut sketches, &chain, &wholes, room) else { continue };
            let (filter, has_level) = (plans.failures.filter_of[position], chain.has_level());
            let Some(kind) = sketches[order].drafts.number(request, filter, has_level) else { continue };
            sketches[order].draws |= chain.end == End::Uniform;
            let known = chains.iter().rposition(|known| *known == chain).unwrap_or(chains.len());
            if known == chains.len() {
                chains.push(chain);
            }
            widths.extend(names[widths.len()..].iter().map(|name| spreads::buckets(name, setup.fleet)));
            let one = chains[known].spread_then_by_key().filter(|_| setup.options.absent_attribute_is_bucket);
            let many = one.filter(|&attribute| widths[attribute] > MANY_BUCKETS);
            sketches[order].asks_levels |= chains[known].asks_levels();
            wishes.push(Wish { plan: position, chain: known, order, kind, many });
        }
        let sees_all = chains.iter().any(|chain| matches!(chain.end, End::Ask(_, Shown::All | Shown::Winners)));
        let Some(spreads) = Spreads::new(&names, setup.fleet, setup.requests.groups.len(), sees_all) else {
            return Self::default();
        };
        let passes = |filter: u32, class: usize| plans.failures.by_filter[filter as usize][class].is_none();
        let made = sketches.iter().map(|sketch| {
            Order::new(sketch, setup, &wholes, &spreads, &plans.forms, passes).map(|order| (order, sketch))
        });
        let made: Vec<Option<(Order, &Sketch<'_>)>> = made.collect();
        let absent_is_bucket = setup.options.absent_attribute_is_bucket;
        let amounts = sees_all.then(Amounts::default);
        let mut orders = Self { chains, spreads, names, absent_is_bucket, amounts, ..Self::default() };
        let places: Vec<Option<usize>> =
            made.into_iter().map(|made| made.map(|(order, sketch)| orders.keep(order, sketch))).collect();
        for wish in wishes {
            let Some(order) = places[wish.order] else { continue };
            let plan = &mut plans.table[wish.plan];
            plan.path = Path::Order;
            plan.pair = u32::try_from(orders.entries.len()).expect("no more than requests");
            let kind = Bits::of_kind(wish.kind);
            let field = orders.orders[order].kinds.field(wish.kind);
            wish.many.iter().for_each(|&attribute| orders.spreads.rank(attribute));
            let way = match wish.many {
                Some(attribute) => Way::Many(attribute),
                None => orders.way(order, wish.chain),
            };
            orders.entries.push(Entry { order, chain: wish.chain, kind, field, way });
        }
        if orders.orders.is_empty() { Self::default() } else { orders }
    }

    fn keep(&mut self, order: Order, Sketch { drafts, layout, asks_levels, .. }: &Sketch<'_>) -> usize {
        let wholes: Vec<Whole> = order.lanes.iter().map(|lane| lane.whole).collect();
        let slots = if *asks_levels { order.kinds.words * 64 } else { drafts.len() };
        self.firsts.push(Firsts::new(slots, &wholes, layout));
        self.orders.push(order);
        self.orders.len() - 1
    }

    fn way(&self, order: usize, chain: usize) -> Way {
        let chain = &self.chains[chain];
        let spread = chain.spread_then_by_key().filter(|_| self.absent_is_bucket);
        let are_few = self.orders[order].lanes.len() <= MANY_LANES;
        match spread {
            _ if !are_few => Way::Steps,
            Some(attribute) => Way::Keys(Some(attribute)),
            None if chain.by_key == Some(0) => Way::Keys(None),
            None => Way::Steps,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(crate) fn entry(&self, plan: &Plan) -> Entry {
        self.entries[plan.pair as usize]
    }

    /// What a decision of a plan on this path reads.
    #[inline]
    pub(crate) fn parts(&mut self, plan: &Plan) -> Parts<'_> {
        let Self { orders, firsts, chains, entries, spreads, absent_is_bucket, left, .. } = self;
        let entry = &entries[plan.pair as usize];
        let (chain, absent_is_bucket, group) = (&chains[entry.chain], *absent_is_bucket, plan.group);
        let given = Given { entry, chain, spreads, absent_is_bucket, group };
        Parts { order: &orders[entry.order], firsts: &mut firsts[entry.order], given, left }
    }

    /// An instance is new. To be followed by [`Self::update`].
    pub(crate) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        let orders = self.orders.iter_mut().zip(&mut self.firsts);
        orders.for_each(|(order, firsts)| order.added(firsts, cluster, id));
        self.amounts.iter_mut().for_each(|amounts| amounts.added(cluster, id));
    }

    /// Has what a change of an instance will read fetched.
    #[inline]
    pub(crate) fn expect_change(&self, cluster: &Cluster<'_>, id: u32) {
        if self.orders.is_empty() || !cluster.is_large() {
            return;
        }
        for order in &self.orders {
            order.expect_change(id);
        }
        cluster.expect_columns(id);
    }

    /// `tasks` of a group have come to an instance, or gone if negative, that count for spread.
    #[inline]
    pub(crate) fn count(&mut self, group: u32, instance: u32, tasks: i64) {
        // Beside the mask, which has just been read.
        let class = self.orders[0].class(instance);
        self.spreads.add(group, class, tasks);
    }

    /// An instance may have changed, in whatever way; its record was another one before, or is the same.
    #[inline(never)]
    pub(crate) fn update(&mut self, cluster: &Cluster<'_>, id: u32, before: Record) {
        for (order, firsts) in self.orders.iter_mut().zip(&mut self.firsts) {
            order.look(cluster, id);
            order.update(firsts, cluster, id, &before);
        }
        self.amounts.iter_mut().for_each(|amounts| amounts.update(cluster, id));
    }

    /// As [`Self::update`], where a task has come or gone.
    #[inline(never)]
    pub(crate) fn follow(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        for (order, firsts) in self.orders.iter_mut().zip(&mut self.firsts) {
            order.follow(firsts, cluster, news);
        }
        self.amounts.iter_mut().for_each(|amounts| amounts.update(cluster, news.change.instance));
    }

    /// A decision of a plan has looked at instances whose counts its field did not tell apart.
    #[cold]
    pub(crate) fn count_looked(&mut self, cluster: &Cluster<'_>, plan: &Plan, looked: Looked) {
        let entry = self.entry(plan);
        let order = &mut self.orders[entry.order];
        let field = entry.field.expect("a chain that spreads over instances has a field") as usize;
        if let Some(base) = order.kinds.fields[field].count_looked(looked, cluster.records.len()) {
            order.move_field(&mut self.firsts[entry.order], cluster, field, base);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let amounts = self.amounts.as_ref().map_or(0, Amounts::bytes);
        let orders: usize = self.orders.iter().map(Order::bytes).sum();
        let firsts: usize = self.firsts.iter().map(Firsts::bytes).sum();
        orders + firsts + self.spreads.bytes() + amounts + self.contests.bytes() + self.rosters.bytes()
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        self.amounts.iter().try_for_each(|amounts| amounts.validate(cluster))?;
        self.spreads.validate()?;
        self.entries.iter().try_for_each(|entry| match entry.way {
            Way::Many(attribute) => self.spreads.validate_floors(attribute, self.orders[entry.order].with_kind(entry)),
            Way::Steps | Way::Keys(_) => Ok(()),
        })?;
        self.contests.validate(|title, demand| self.game(cluster, title, demand))?;
        self.rosters.validate(|asked| self.source(cluster, asked))?;
        self.orders.iter().zip(&self.firsts).try_for_each(|(order, firsts)| {
            firsts.validate(|lane| &order.lanes[lane].shelf)?;
            order.validate(cluster)
        })
    }
}

/// The sketch for a chain, made if it is new, with room for so many instances; `None` if there are too many, or its parts are
/// too long for a key.
fn sketch(sketches: &mut Vec<Sketch<'_>>, chain: &Chain, wholes: &[Whole], room: usize) -> Option<usize> {
    let sort = Sort { parts: chain.parts.clone(), attributes: chain.attributes.clone() };
    if let Some(known) = sketches.iter().position(|known| known.sort == sort) {
        return Some(known);
    }
    if sketches.len() == MOST_ORDERS {
        return None;
    }
    let layout = Layout::new(&sort.parts, wholes, room)?;
    let (has_shares, drafts) = (chain.has_shares(), Drafts::default());
    sketches.push(Sketch { sort, has_shares, draws: false, asks_levels: false, layout, drafts });
    Some(sketches.len() - 1)
}
