//! For every chain that no special index serves: the instances of each lane in the order of the chain, with the kinds of
//! request that each may serve.
//!
//! Whatever decides whether an instance is a candidate is a bit of its mask, found anew when the instance changes: what is
//! full by ports, interface slots or GPUs, what an expression over tasks rules out, what holds a task of the group has no
//! such bit, and no search looks at it again before a change gives it back.
//!
//! # Invariants
//! 1. Every instance with a mask that is not empty is on the shelf of its lane, under the key and the mask that it has now.
//! 2. `any` has the unions of all shelves side by side.
//! 3. `tallies` of a lane counts the instances with each bit, where some kind draws.
//!
//! # Cost
//! A change of an instance finds its mask anew and moves it on one shelf of each order; where it stood there is worked out
//! from its record, so that what is known of it besides is one place in memory. An instance costs 16 bytes or more (24 where
//! keys are long) and its mask about two and a half times; what serves no kind costs 8 bytes and once that.

mod emptiest;
pub(crate) mod field;
pub(crate) mod firsts;
pub(crate) mod kinds;
pub(crate) mod lane;
pub(crate) mod rows;
pub(crate) mod shelf;
mod spreads;
pub(crate) mod table;

use rustc_hash::FxHashMap;

use crate::engine::Setup;
use crate::engine::fast::index::columns::amounts::Amounts;
use crate::engine::fast::index::columns::contests::{Contests, Game, Title};
use crate::engine::fast::index::columns::marks::Marks;
use crate::engine::fast::index::columns::rosters::{Asked, Rosters, Source};
use crate::engine::fast::plan::chain::{Chain, End, Names, Shown};
use crate::engine::fast::plan::{Path, Plan, Plans};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::memory::prefetch;
use crate::engine::fast::state::parts::{ID_BITS, Key, Layout, Part, Whole, id_of};
use crate::engine::fast::state::record::{News, Record};
use crate::model::{ClassId, Demand};
use field::{Field, Looked};
use firsts::Firsts;
use kinds::{Drafts, Kinds};
use lane::Lane;
use rows::Stand;
use spreads::Spreads;
use table::Bits;

/// Orders at most: each is moved at every change.
const MOST_ORDERS: usize = 8;
/// Lanes of an order at most: a decision looks at each.
const MOST_LANES: usize = 1 << 14;

/// The instances of all lanes in one order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) layout: Layout,
    kinds: Kinds,
    pub(crate) lanes: Vec<Lane>,
    /// By word of the kinds, then lane: the union of the masks.
    any: Vec<u64>,
    /// By kind, then word of 64 lanes: those with an instance of the kind; empty where nobody asks.
    with_kind: Vec<u64>,
    /// By attribute, then lane: the bucket; empty for attributes that the order does not spread over.
    buckets: Vec<Vec<u32>>,
    lane_of_class: Vec<u32>,
    /// By instance, side by side: its class, and the words of its mask.
    seats: Vec<u64>,
    /// The mask of the instance that is looked at.
    now: Vec<u64>,
}

/// How a plan uses its order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) order: usize,
    pub(crate) chain: usize,
    /// Its kind.
    pub(crate) kind: Bits,
    /// The field of its kind, as a position.
    field: Option<u32>,
    /// The one attribute that it spreads over, where that has many buckets and keys tell the rest.
    pub(crate) many: Option<usize>,
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
    /// Reading of U-5.
    absent_is_bucket: bool,
    /// Kept where a strategy must see every candidate.
    amounts: Option<Amounts>,
    /// Where strategies rank by amounts alone.
    pub(crate) contests: Contests,
    pub(crate) rosters: Rosters,
    /// Lanes that a decision finds.
    found: Vec<u64>,
}

/// What a decision reads.
pub(crate) struct Parts<'o> {
    pub(crate) order: &'o Order,
    pub(crate) firsts: &'o mut Firsts,
    pub(crate) given: Given<'o>,
    pub(crate) found: &'o mut Vec<u64>,
}

/// What a decision is told of its plan and of the cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'o> {
    pub(crate) entry: Entry,
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

/// An order before all its kinds are known.
struct Sketch<'a> {
    sort: Sort,
    has_shares: bool,
    draws: bool,
    /// Some chain looks for the emptiest of many buckets.
    has_many: bool,
    layout: Layout,
    drafts: Drafts<'a>,
}

impl Orders {
    /// Serves every plan that would be scanned, or walked past full instances, and can be served.
    pub(crate) fn new(setup: &Setup<'_>, plans: &mut Plans) -> Self {
        let wholes: Vec<Whole> = setup.fleet.classes.iter().map(Whole::of).collect();
        let (mut names, mut chains, mut sketches, mut wishes) = (Names::new(), Vec::new(), Vec::new(), Vec::new());
        let mut widths: Vec<usize> = Vec::new();
        for (position, _) in plans.table.iter().enumerate().filter(|(_, plan)| plan.path == Path::Scan) {
            let request = &setup.requests.table[position];
            let chain = Chain::new(&request.strategy, setup.options, &mut names);
            let Some(order) = sketch(&mut sketches, &chain, &wholes) else { continue };
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
            sketches[order].has_many |= many.is_some();
            wishes.push(Wish { plan: position, chain: known, order, kind, many });
        }
        let sees_all = chains.iter().any(|chain| matches!(chain.end, End::Ask(_, Shown::All | Shown::Winners)));
        let Some(spreads) = Spreads::new(&names, setup.fleet, setup.requests.groups.len(), sees_all) else {
            return Self::default();
        };
        let passes = |filter: u32, class: usize| plans.failures.by_filter[filter as usize][class].is_none();
        let made = sketches
            .iter()
            .map(|sketch| Order::new(sketch, setup, &wholes, &spreads, passes).map(|order| (order, sketch)));
        let made: Vec<Option<(Order, &Sketch<'_>)>> = made.collect();
        let absent_is_bucket = setup.options.absent_attribute_is_bucket;
        let amounts = sees_all.then(Amounts::default);
        let mut orders = Self { chains, spreads, absent_is_bucket, amounts, ..Self::default() };
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
            orders.entries.push(Entry { order, chain: wish.chain, kind, field, many: wish.many });
        }
        if orders.orders.is_empty() { Self::default() } else { orders }
    }

    fn keep(&mut self, order: Order, Sketch { drafts, layout, has_many, .. }: &Sketch<'_>) -> usize {
        self.firsts.push(Firsts::new(drafts.len(), order.lanes.len(), layout.bits(), *has_many));
        self.orders.push(order);
        self.orders.len() - 1
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(crate) fn entry(&self, plan: &Plan) -> Entry {
        self.entries[plan.pair as usize]
    }

    /// What a strategy is shown in the decisions of a plan on this path, if there is one.
    pub(crate) fn shown(&self, plan: &Plan) -> Option<Shown> {
        match &self.chains[self.entry(plan).chain].end {
            End::Ask(_, shown) => Some(*shown),
            End::Lowest | End::Uniform => None,
        }
    }

    /// What the contest of a title is about, whose chain ends with a strategy.
    pub(crate) fn game<'g>(&'g self, cluster: &'g Cluster<'_>, title: Title, demand: &'g Demand) -> Game<'g> {
        let End::Ask(custom, _) = &self.chains[title.chain].end else { unreachable!("a contest is by a strategy") };
        let order = &self.orders[title.order];
        Game {
            custom,
            demand,
            classes: &cluster.fleet.classes,
            amounts: self.amounts(),
            marks: order.marks(title.kind),
            lane_of_class: order.lanes_of_classes(),
        }
    }

    /// Where a roster is read from.
    pub(crate) fn source<'s>(&'s self, cluster: &'s Cluster<'_>, asked: Asked) -> Source<'s> {
        let counts = cluster.counts.as_ref().filter(|_| asked.group.is_some());
        Source { amounts: self.amounts(), marks: self.orders[asked.order].marks(asked.kind), counts }
    }

    /// What strategies that must see every candidate read.
    pub(crate) fn amounts(&self) -> &Amounts {
        self.amounts.as_ref().expect("kept where a strategy must see every candidate")
    }

    pub(crate) fn order(&self, entry: Entry) -> &Order {
        &self.orders[entry.order]
    }

    /// What a decision of a plan on this path reads.
    #[inline]
    pub(crate) fn parts(&mut self, plan: &Plan) -> Parts<'_> {
        let entry = self.entry(plan);
        let Self { orders, firsts, chains, spreads, absent_is_bucket, found, .. } = self;
        let (chain, absent_is_bucket, group) = (&chains[entry.chain], *absent_is_bucket, plan.group);
        let given = Given { entry, chain, spreads, absent_is_bucket, group };
        Parts { order: &orders[entry.order], firsts: &mut firsts[entry.order], given, found }
    }

    /// An instance is new. To be followed by [`Self::update`].
    pub(crate) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        self.orders.iter_mut().for_each(|order| order.added(cluster, id));
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
        let class = self.orders[0].seat(instance).class;
        self.spreads.add(group, class, tasks);
    }

    /// An instance may have changed, in whatever way; its record was another one before, or is the same.
    #[inline(never)]
    pub(crate) fn update(&mut self, cluster: &Cluster<'_>, id: u32, before: Record) {
        for (order, firsts) in self.orders.iter_mut().zip(&mut self.firsts) {
            order.kinds.look(cluster, id);
            let class = order.seat(id).class;
            order.kinds.write(cluster, id, class, &mut order.now);
            order.update(firsts, cluster, id, before);
        }
        self.amounts.iter_mut().for_each(|amounts| amounts.update(cluster, id));
    }

    /// As [`Self::update`], where a task has come or gone.
    #[inline(never)]
    pub(crate) fn follow(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        let id = news.change.instance;
        for (order, firsts) in self.orders.iter_mut().zip(&mut self.firsts) {
            order.kinds.hear(cluster, news);
            order.write_news(cluster, news);
            let next = order.update(firsts, cluster, id, news.change.before);
            // The next to be chosen may be the one behind this one: its lines are on their way by then.
            if let Some(next) = next.filter(|_| cluster.is_large()) {
                cluster.expect_change(id_of(next));
                cluster.expect_columns(id_of(next));
                order.expect_change(id_of(next));
            }
        }
        self.amounts.iter_mut().for_each(|amounts| amounts.update(cluster, id));
    }

    /// A decision has looked at instances whose counts the field of an entry did not tell apart.
    pub(crate) fn count_looked(&mut self, cluster: &Cluster<'_>, entry: Entry, looked: Looked) {
        let order = &mut self.orders[entry.order];
        let field = entry.field.expect("a chain that spreads over instances has a field") as usize;
        if let Some(base) = order.kinds.fields[field].count_looked(looked, cluster.records.len()) {
            order.move_field(cluster, field, base);
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
        self.contests.validate(|title, demand| self.game(cluster, title, demand))?;
        self.rosters.validate(|asked| self.source(cluster, asked))?;
        self.orders.iter().zip(&self.firsts).try_for_each(|(order, firsts)| {
            firsts.validate(|lane| &order.lanes[lane].shelf)?;
            order.validate(cluster)
        })
    }
}

/// The sketch for a chain, made if it is new; `None` if there are too many, or its parts are too long for a key.
fn sketch(sketches: &mut Vec<Sketch<'_>>, chain: &Chain, wholes: &[Whole]) -> Option<usize> {
    let sort = Sort { parts: chain.parts.clone(), attributes: chain.attributes.clone() };
    if let Some(known) = sketches.iter().position(|known| known.sort == sort) {
        return Some(known);
    }
    if sketches.len() == MOST_ORDERS {
        return None;
    }
    let layout = Layout::new(&sort.parts, wholes)?;
    let (has_shares, drafts) = (chain.has_shares(), Drafts::default());
    sketches.push(Sketch { sort, has_shares, draws: false, has_many: false, layout, drafts });
    Some(sketches.len() - 1)
}

impl Order {
    /// `None` if there are too many lanes.
    fn new(
        sketch: &Sketch<'_>,
        setup: &Setup<'_>,
        wholes: &[Whole],
        spreads: &Spreads,
        passes: impl Fn(u32, usize) -> bool,
    ) -> Option<Self> {
        let kinds = Kinds::new(&sketch.drafts, wholes.len(), &setup.requests.groups, passes);
        let width = sketch.sort.attributes.last().map_or(0, |last| last + 1);
        let mut numbers: FxHashMap<(Vec<u32>, Option<Whole>), u32> = FxHashMap::default();
        let mut lanes: Vec<Lane> = Vec::new();
        let mut lane_of_class = Vec::with_capacity(wholes.len());
        let mut of_lanes = vec![Vec::new(); width];
        for (position, &whole) in wholes.iter().enumerate() {
            let class = ClassId::from_index(position);
            let buckets: Vec<u32> =
                sketch.sort.attributes.iter().map(|&attribute| spreads.bucket(attribute, class)).collect();
            let next = u32::try_from(lanes.len()).expect("few lanes");
            let number = *numbers.entry((buckets.clone(), sketch.has_shares.then_some(whole))).or_insert_with(|| {
                lanes.push(Lane::new(&kinds, sketch.layout.bits(), whole, sketch.draws));
                let pairs = sketch.sort.attributes.iter().zip(&buckets);
                pairs.for_each(|(&attribute, &bucket)| of_lanes[attribute].push(bucket));
                next
            });
            lanes[number as usize].join(&kinds.plain(position));
            lane_of_class.push(number);
        }
        (lanes.len() <= MOST_LANES).then(|| Self {
            layout: sketch.layout.clone(),
            now: vec![0; kinds.words],
            any: vec![0; kinds.own_words() * lanes.len()],
            with_kind: vec![0; if sketch.has_many { kinds.own_words() * 64 * lanes.len().div_ceil(64) } else { 0 }],
            buckets: of_lanes,
            kinds,
            lanes,
            lane_of_class,
            seats: Vec::new(),
        })
    }

    fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        assert!(id < 1 << ID_BITS, "instances of an order are numbered below 2^{ID_BITS}");
        self.seats.push(u64::from(cluster.class_id(id).0));
        self.seats.resize(self.seats.len() + self.kinds.words, 0);
        self.kinds.added(cluster, id);
    }

    #[inline]
    fn expect_change(&self, id: u32) {
        prefetch(self.seats.as_ptr().wrapping_add(id as usize * (self.kinds.words + 1)));
        self.kinds.expect_change(id);
    }

    /// Class and mask of an instance.
    #[inline]
    fn seat(&self, id: u32) -> Seat<'_> {
        let seat = &self.seats[id as usize * (self.kinds.words + 1)..][..=self.kinds.words];
        Seat { class: ClassId(class_in(seat[0])), mask: &seat[1..] }
    }

    /// Finds the mask of an instance where a task has come or gone.
    #[inline]
    fn write_news(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        let Self { now, kinds, seats, .. } = self;
        let (class, before) = seats[news.change.instance as usize * (kinds.words + 1)..][..=kinds.words]
            .split_first()
            .expect("a class comes first");
        kinds.write_news(cluster, news, ClassId(class_in(*class)), before, now);
    }

    /// An instance has the mask `now`; its record was another one before, or is the same. Answers the key behind the one that
    /// it had, if it has moved and that is at hand.
    fn update(&mut self, firsts: &mut Firsts, cluster: &Cluster<'_>, id: u32, before: Record) -> Option<Key> {
        let Self { now, kinds, seats, .. } = self;
        let words = kinds.words;
        let (class, mask) =
            seats[id as usize * (words + 1)..][..=words].split_first_mut().expect("a class comes first");
        let class = class_in(*class);
        let is_any = |mask: &[u64]| mask.iter().any(|word| *word != 0);
        let number = self.lane_of_class[class as usize] as usize;
        let lane = &mut self.lanes[number];
        let key = |record: Record| self.layout.key(id, record, lane.whole);
        let (was_any, is_any) = (is_any(mask), is_any(now));
        if !was_any && !is_any {
            return None;
        }
        let from = Stand { key: key(before), mask };
        let to = Stand { key: key(cluster.records[id as usize]), mask: now };
        let next = match (was_any, is_any) {
            (false, _) => {
                lane.shelf.insert(to.key, to.mask);
                None
            }
            (_, false) => lane.shelf.remove(from.key, from.mask),
            _ if from == to => return None,
            _ => lane.shelf.change(from, to),
        };
        let own = kinds.own_words();
        firsts.changed(number, Stand { mask: &mask[..own], ..from }, Stand { mask: &now[..own], ..to });
        lane.tally(mask, now);
        let lanes = self.lanes.len();
        for word in 0..self.kinds.own_words() {
            let (any, now) = (&mut self.any[word * lanes + number], self.lanes[number].shelf.any(word));
            let mut turned = std::mem::replace(any, now) ^ now;
            while turned != 0 && !self.with_kind.is_empty() {
                let kind = word * 64 + turned.trailing_zeros() as usize;
                self.with_kind[kind * lanes.div_ceil(64) + number / 64] ^= 1 << (number % 64);
                turned &= turned - 1;
            }
        }
        mask.copy_from_slice(now);
        next
    }

    /// A field begins with another count: every instance is written anew.
    #[cold]
    fn move_field(&mut self, cluster: &Cluster<'_>, field: usize, base: u32) {
        self.kinds.fields[field].move_to(base);
        let Self { kinds, seats, lanes, lane_of_class, layout, now, .. } = self;
        for (id, seat) in (0..).zip(seats.chunks_exact_mut(kinds.words + 1)) {
            let (class, mask) = seat.split_first_mut().expect("a class comes first");
            now.copy_from_slice(mask);
            kinds.rewrite(cluster, id, &kinds.fields[field], now);
            if *mask != **now {
                let number = lane_of_class[class_in(*class) as usize] as usize;
                let lane = &mut lanes[number];
                let key = layout.key(id, cluster.records[id as usize], lane.whole);
                lane.shelf.change(Stand { key, mask }, Stand { key, mask: now });
                lane.tally(mask, now);
                mask.copy_from_slice(now);
            }
        }
    }

    /// A word of the union of each lane.
    #[inline]
    pub(crate) fn any(&self, word: usize) -> &[u64] {
        &self.any[word * self.lanes.len()..][..self.lanes.len()]
    }

    /// The lanes with an instance of a kind, 64 to a word, where the least among many lanes is asked for.
    #[inline]
    pub(crate) fn with_kind(&self, kind: Bits) -> &[u64] {
        let number = kind.word * 64 + kind.bits.trailing_zeros() as usize;
        let words = self.lanes.len().div_ceil(64);
        &self.with_kind[number * words..][..words]
    }

    /// The bucket of each lane.
    #[inline]
    pub(crate) fn buckets(&self, attribute: usize) -> &[u32] {
        &self.buckets[attribute]
    }

    /// An instance has one of some bits, and is in a range of its lane.
    #[inline]
    pub(crate) fn is_among(
        &self,
        cluster: &Cluster<'_>,
        id: u32,
        asked: Bits,
        holds: impl Fn(u32, Key) -> bool,
    ) -> bool {
        let Seat { class, mask } = self.seat(id);
        mask[asked.word] & asked.bits != 0 && {
            let lane = self.lane_of(class);
            holds(lane, self.layout.key(id, cluster.records[id as usize], self.lanes[lane as usize].whole))
        }
    }

    /// Who has one of some bits, of whatever class.
    pub(crate) fn marks(&self, Bits { word, bits }: Bits) -> Marks<'_> {
        Marks { masks: &self.seats, words: self.kinds.words + 1, word: word + 1, bits }
    }

    /// The lane of a class.
    pub(crate) fn lane_of(&self, class: ClassId) -> u32 {
        self.lane_of_class[class.index()]
    }

    /// The lane of every class.
    pub(crate) fn lanes_of_classes(&self) -> &[u32] {
        &self.lane_of_class
    }

    /// The field of an entry, whose chain spreads over instances.
    pub(crate) fn field(&self, entry: Entry) -> &Field {
        &self.kinds.fields[entry.field.expect("a chain that spreads over instances has a field") as usize]
    }

    fn bytes(&self) -> usize {
        let shelves: usize = self.lanes.iter().map(|lane| lane.shelf.bytes() + lane.tallies.len() * 4).sum();
        shelves + self.seats.capacity() * 8
    }

    /// Finds every mask and key anew, and counts what is on the shelves.
    fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        let words = self.kinds.words;
        let mut expected = vec![0; self.lanes.len()];
        let mut tallies: Vec<Vec<u32>> = self.lanes.iter().map(|lane| vec![0; lane.tallies.len()]).collect();
        let mut mask = vec![0; words];
        for (id, &record) in (0..).zip(&cluster.records) {
            let class = cluster.class_id(id);
            self.kinds.write(cluster, id, class, &mut mask);
            let kept = self.seat(id);
            let is_anywhere = mask.iter().any(|word| *word != 0);
            self.kinds.validate(cluster, id)?;
            if mask != kept.mask || class != kept.class {
                return Err(format!("order: instance {id} has {mask:x?}, kept {kept:x?}"));
            }
            let lane = self.lane_of(class) as usize;
            expected[lane] += usize::from(is_anywhere);
            tallies[lane].iter_mut().enumerate().for_each(|(bit, tally)| *tally += bit_of(&mask, bit));
            let there = self.lanes[lane].shelf.mask(self.layout.key(id, record, self.lanes[lane].whole));
            let found = there.is_some_and(|there| there == mask);
            if found != is_anywhere {
                return Err(format!("order: instance {id} is not on its shelf with its mask"));
            }
        }
        for (number, lane) in self.lanes.iter().enumerate() {
            if (0..self.kinds.own_words()).any(|word| self.any(word)[number] != lane.shelf.any(word)) {
                return Err(format!("order: the union of lane {number} is not that of its shelf"));
            }
            let has = |kind: usize| lane.shelf.any(kind / 64) >> (kind % 64) & 1;
            let is_set =
                |kind: usize| self.with_kind[kind * self.lanes.len().div_ceil(64) + number / 64] >> (number % 64) & 1;
            if !self.with_kind.is_empty() && (0..self.kinds.own_words() * 64).any(|kind| has(kind) != is_set(kind)) {
                return Err(format!(
                    "order: lane {number} is among those of a kind, or is not, and should be otherwise"
                ));
            }
        }
        for ((lane, expected), tallies) in self.lanes.iter().zip(expected).zip(tallies) {
            let kept = lane.shelf.validate()?;
            if kept != expected || tallies != lane.tallies {
                return Err(format!("order: {kept} instances on a shelf, {expected} expected, or a tally is wrong"));
            }
        }
        Ok(())
    }
}

/// What an order knows of an instance.
#[derive(Clone, Copy, Debug)]
struct Seat<'s> {
    class: ClassId,
    /// Empty if it is on no shelf.
    mask: &'s [u64],
}

/// The class at the head of a seat.
#[inline]
fn class_in(word: u64) -> u32 {
    u32::try_from(word).expect("a class is a number of 32 bits")
}

fn bit_of(mask: &[u64], bit: usize) -> u32 {
    u32::from(mask[bit / 64] >> (bit % 64) & 1 == 1)
}
