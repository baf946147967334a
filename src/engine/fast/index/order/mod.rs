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
//! from its record, so that what is known of it besides is one place in memory. An instance costs 24 bytes or more and its
//! mask about two and a half times; what serves no kind costs 8 bytes and once that.

mod emptiest;
pub(crate) mod field;
pub(crate) mod firsts;
mod heads;
pub(crate) mod kinds;
mod reads;
pub(crate) mod shelf;
mod spreads;
pub(crate) mod table;

use rustc_hash::FxHashMap;

use crate::engine::Setup;
use crate::engine::fast::index::columns::amounts::Amounts;
use crate::engine::fast::index::columns::contests::Contests;
use crate::engine::fast::index::columns::marks::Marks;
use crate::engine::fast::index::columns::rosters::Rosters;
use crate::engine::fast::plan::chain::{Chain, End, Names, Shown};
use crate::engine::fast::plan::{Path, Plan, Plans};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::memory::prefetch;
use crate::engine::fast::state::parts::{Key, Layout, Part, Range, Whole};
use crate::engine::fast::state::record::{News, Record};
use crate::model::ClassId;
use field::{Field, Looked};
use firsts::Firsts;
use heads::Heads;
use kinds::{Drafts, Kinds};
use shelf::Shelf;
use spreads::Spreads;
use table::Bits;

/// Orders at most: each is moved at every change.
const MOST_ORDERS: usize = 8;
/// Lanes of an order at most: a decision looks at each.
const MOST_LANES: usize = 1 << 14;

/// Instances that a chain tells apart by what is left and by their tasks alone.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) shelf: Shelf,
    /// What they registered, where shares are compared.
    pub(crate) whole: Whole,
    /// By bit; empty where no kind draws.
    tallies: Vec<u32>,
    /// The kinds that every instance of the lane may serve which has the cpu and the memory, as a mask.
    plain: Vec<u64>,
}

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
    /// Where the emptiest of many buckets are looked for.
    heads: Option<Heads>,
    /// By attribute, then lane: the bucket; empty for attributes that the order does not spread over.
    buckets: Vec<Vec<u32>>,
    pub(crate) firsts: Firsts,
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
    pub(crate) chains: Vec<Chain>,
    /// By [`Plan::pair`] of the plans on this path.
    entries: Vec<Entry>,
    pub(crate) spreads: Spreads,
    /// The attributes that are spread over.
    names: Names,
    /// Reading of U-5.
    pub(crate) absent_is_bucket: bool,
    /// Kept where a strategy must see every candidate.
    amounts: Option<Amounts>,
    /// Where strategies rank by amounts alone.
    pub(crate) contests: Contests,
    pub(crate) rosters: Rosters,
    /// Lanes that a decision finds.
    pub(crate) found: Vec<u64>,
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
    has_heads: bool,
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
            sketches[order].has_heads |= many.is_some();
            wishes.push(Wish { plan: position, chain: known, order, kind, many });
        }
        let sees_all = chains.iter().any(|chain| matches!(chain.end, End::Ask(_, Shown::All | Shown::Winners)));
        let Some(spreads) = Spreads::new(&names, setup.fleet, setup.requests.groups.len(), sees_all) else {
            return Self::default();
        };
        let passes = |filter: u32, class: usize| plans.failures.by_filter[filter as usize][class].is_none();
        let made = sketches.iter().map(|sketch| Order::new(sketch, setup, &wholes, &spreads, passes));
        let made: Vec<Option<Order>> = made.collect();
        let absent_is_bucket = setup.options.absent_attribute_is_bucket;
        let amounts = sees_all.then(Amounts::default);
        let mut orders = Self { chains, spreads, names, absent_is_bucket, amounts, ..Self::default() };
        let places: Vec<Option<usize>> = made.into_iter().map(|order| Some(orders.keep(order?))).collect();
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

    fn keep(&mut self, order: Order) -> usize {
        self.orders.push(order);
        self.orders.len() - 1
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(crate) fn entry(&self, plan: &Plan) -> Entry {
        self.entries[plan.pair as usize]
    }

    pub(crate) fn order(&self, entry: Entry) -> &Order {
        &self.orders[entry.order]
    }

    pub(crate) fn order_mut(&mut self, entry: Entry) -> &mut Order {
        &mut self.orders[entry.order]
    }

    /// An instance is new. To be followed by [`Self::update`].
    pub(crate) fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        self.orders.iter_mut().for_each(|order| order.added(cluster, id));
        self.amounts.iter_mut().for_each(|amounts| amounts.added(cluster, id));
    }

    /// Has what a change of an instance will read fetched.
    #[inline]
    pub(crate) fn expect_change(&self, id: u32) {
        for order in &self.orders {
            prefetch(order.seats.as_ptr().wrapping_add(id as usize * (order.kinds.words + 1)));
        }
    }

    /// An instance may have changed, in whatever way; its record was another one before, or is the same.
    #[inline(never)]
    pub(crate) fn update(&mut self, cluster: &Cluster<'_>, id: u32, before: Record) {
        for order in &mut self.orders {
            order.kinds.look(cluster, id);
            order.update(cluster, id, before);
        }
        self.amounts.iter_mut().for_each(|amounts| amounts.update(cluster, id));
    }

    /// As [`Self::update`], where a task has come or gone.
    #[inline(never)]
    pub(crate) fn follow(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        let id = news.change.instance;
        for order in &mut self.orders {
            order.kinds.hear(cluster, news);
            order.update(cluster, id, news.change.before);
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
        orders + self.spreads.bytes() + amounts + self.contests.bytes() + self.rosters.bytes()
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        self.amounts.iter().try_for_each(|amounts| amounts.validate(cluster))?;
        self.spreads.validate()?;
        self.contests.validate(|title, demand| self.game(cluster, title, demand))?;
        self.rosters.validate(|asked| self.source(cluster, asked))?;
        self.orders.iter().try_for_each(|order| order.validate(cluster))
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
    sketches.push(Sketch { sort, has_shares, draws: false, has_heads: false, layout, drafts });
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
                let tallies = vec![0; if sketch.draws { kinds.words * 64 } else { 0 }];
                let plain = vec![u64::MAX; kinds.own_words()];
                lanes.push(Lane { shelf: Shelf::new(kinds.words), whole, tallies, plain });
                let pairs = sketch.sort.attributes.iter().zip(&buckets);
                pairs.for_each(|(&attribute, &bucket)| of_lanes[attribute].push(bucket));
                next
            });
            let plain = &mut lanes[number as usize].plain;
            plain.iter_mut().zip(kinds.plain(position)).for_each(|(all, plain)| *all &= plain);
            lane_of_class.push(number);
        }
        (lanes.len() <= MOST_LANES).then(|| Self {
            layout: sketch.layout.clone(),
            now: vec![0; kinds.words],
            any: vec![0; kinds.own_words() * lanes.len()],
            with_kind: vec![0; if sketch.has_heads { kinds.own_words() * 64 * lanes.len().div_ceil(64) } else { 0 }],
            heads: sketch.has_heads.then(|| Heads::new(sketch.drafts.len(), lanes.len(), sketch.layout.bits())),
            buckets: of_lanes,
            firsts: Firsts::new(sketch.drafts.len(), lanes.len()),
            kinds,
            lanes,
            lane_of_class,
            seats: Vec::new(),
        })
    }

    fn added(&mut self, cluster: &Cluster<'_>, id: u32) {
        self.seats.push(u64::from(cluster.class_id(id).0));
        self.seats.resize(self.seats.len() + self.kinds.words, 0);
        self.kinds.added(cluster, id);
    }

    /// Class and mask of an instance.
    #[inline]
    fn seat(&self, id: u32) -> Seat<'_> {
        let seat = &self.seats[id as usize * (self.kinds.words + 1)..][..=self.kinds.words];
        Seat { class: ClassId(class_in(seat[0])), mask: &seat[1..] }
    }

    fn update(&mut self, cluster: &Cluster<'_>, id: u32, before: Record) {
        let Self { now, kinds, seats, .. } = self;
        let words = kinds.words;
        let (class, mask) =
            seats[id as usize * (words + 1)..][..=words].split_first_mut().expect("a class comes first");
        let class = class_in(*class);
        kinds.write(cluster, id, ClassId(class), now);
        let is_any = |mask: &[u64]| mask.iter().any(|word| *word != 0);
        let number = self.lane_of_class[class as usize] as usize;
        let lane = &mut self.lanes[number];
        let key = |record: Record| self.layout.key(id, record, lane.whole);
        match (is_any(mask), is_any(now)) {
            (false, false) => return,
            (true, false) => {
                let before = key(before);
                lane.shelf.remove(before);
            }
            (false, true) => {
                let key = key(cluster.records[id as usize]);
                lane.shelf.insert(key, now);
            }
            (true, true) => {
                let (before, key) = (key(before), key(cluster.records[id as usize]));
                if before == key && *mask == **now {
                    return;
                }
                lane.shelf.change(before, key, now);
            }
        }
        lane.tally(mask, now);
        self.firsts.forget(number);
        self.heads.iter_mut().for_each(|heads| heads.forget(number));
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
    }

    /// A field begins with another count: every instance is written anew.
    #[cold]
    fn move_field(&mut self, cluster: &Cluster<'_>, field: usize, base: u32) {
        self.kinds.fields[field].move_to(base);
        let Self { kinds, seats, lanes, lane_of_class, layout, firsts, now, .. } = self;
        for (id, seat) in (0..).zip(seats.chunks_exact_mut(kinds.words + 1)) {
            let (class, mask) = seat.split_first_mut().expect("a class comes first");
            now.copy_from_slice(mask);
            kinds.rewrite(cluster, id, &kinds.fields[field], now);
            if *mask != **now {
                let number = lane_of_class[class_in(*class) as usize] as usize;
                let lane = &mut lanes[number];
                let key = layout.key(id, cluster.records[id as usize], lane.whole);
                lane.shelf.change(key, key, now);
                lane.tally(mask, now);
                firsts.forget(number);
                mask.copy_from_slice(now);
            }
        }
    }

    /// A word of the union of each lane.
    #[inline]
    pub(crate) fn any(&self, word: usize) -> &[u64] {
        &self.any[word * self.lanes.len()..][..self.lanes.len()]
    }

    /// The lanes with an instance of a kind, 64 to a word, where the order has heads.
    #[inline]
    pub(crate) fn with_kind(&self, kind: Bits) -> &[u64] {
        let number = kind.word * 64 + kind.bits.trailing_zeros() as usize;
        let words = self.lanes.len().div_ceil(64);
        &self.with_kind[number * words..][..words]
    }

    /// The least key of a kind in some lanes, 64 to a word, each of which has an instance of the kind.
    pub(crate) fn head(&mut self, kind: Bits, among: &[u64]) -> Option<Key> {
        let Self { heads, lanes, .. } = self;
        let heads = heads.as_mut().expect("heads are kept where the emptiest of many buckets are looked for");
        heads.least(kind, among, |lane| &lanes[lane].shelf)
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
        let heads = self.heads.as_ref().map_or(0, Heads::bytes);
        shelves + heads + self.seats.capacity() * 8
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
            let mut found = false;
            let this = shelf::single(self.layout.key(id, record, self.lanes[lane].whole));
            for word in (0..words).filter(|&word| mask[word] != 0) {
                let asked = Bits { word, bits: u64::MAX };
                self.lanes[lane].shelf.for_each(asked, this, |_, there| {
                    found = there == mask;
                    true
                });
            }
            if found != is_anywhere {
                return Err(format!("order: instance {id} is not on its shelf with its mask"));
            }
        }
        self.firsts.validate(|lane| &self.lanes[lane].shelf)?;
        self.heads.iter().try_for_each(|heads| heads.validate(self.lanes.len(), |lane| &self.lanes[lane].shelf))?;
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

impl Lane {
    /// An instance has another mask.
    #[inline]
    fn tally(&mut self, before: &[u64], now: &[u64]) {
        if self.tallies.is_empty() {
            return;
        }
        for (word, (before, now)) in before.iter().zip(now).enumerate() {
            let mut turned = before ^ now;
            while turned != 0 {
                let bit = turned.trailing_zeros() as usize;
                turned &= turned - 1;
                let tally = &mut self.tallies[word * 64 + bit];
                *tally = if now >> bit & 1 == 1 { *tally + 1 } else { *tally - 1 };
            }
        }
    }

    /// How many instances of a range may serve a kind, where cpu and memory are the same on all and decide alone.
    pub(crate) fn alike(&self, kind: Bits, range: Range) -> Option<u32> {
        let is_plain = self.plain.get(kind.word).is_some_and(|plain| plain & kind.bits != 0);
        is_plain.then(|| u32::try_from(self.shelf.len(range)).expect("fewer than 2^32 instances"))
    }

    /// How many instances have a bit.
    pub(crate) fn count(&self, asked: Bits) -> u32 {
        self.tallies[asked.word * 64 + asked.bits.trailing_zeros() as usize]
    }
}

fn bit_of(mask: &[u64], bit: usize) -> u32 {
    u32::from(mask[bit / 64] >> (bit % 64) & 1 == 1)
}
