//! The instances of all lanes in one order: what each may serve, and where it stands.
//!
//! # Invariants
//! 1. Every instance with a mask that is not empty is on the shelf of its lane, under the key and the mask that it has now.
//! 2. `any` has the unions of all shelves side by side.
//!
//! # Cost
//! A change finds the mask of the instance anew and moves it on one shelf; where it stood there is worked out from its
//! record. What is known of an instance besides is one place in memory.

use rustc_hash::FxHashMap;

use super::buckets::Buckets;
use super::emptiest::{Among, Version};
use super::field::Field;
use super::firsts::Firsts;
use super::kinds::Kinds;
use super::lane::Lane;
use super::rows::Stand;
use super::spreads::Spreads;
use super::table::{Bits, copy, is_any};
use super::{Entry, Sketch};
use crate::engine::Setup;
use crate::engine::fast::index::columns::marks::Marks;
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::memory::prefetch;
use crate::engine::fast::state::parts::{Key, Layout, Whole};
use crate::engine::fast::state::record::{News, Record};
use crate::model::{ClassId, Demand};

/// Lanes of an order at most: a decision looks at each.
const MOST_LANES: usize = 1 << 14;

/// The instances of all lanes in one order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) layout: Layout,
    pub(super) kinds: Kinds,
    pub(crate) lanes: Vec<Lane>,
    /// By word, then lane: the union of the masks.
    any: Vec<u64>,
    /// By bit, then word of 64 lanes: those with an instance that has the bit.
    with_bit: Vec<u64>,
    /// By kind: how often a lane has become one of them.
    gains: Vec<u64>,
    /// By attribute; without a lane for attributes that the order does not spread over.
    buckets: Vec<Buckets>,
    lane_of_class: Vec<u32>,
    /// By instance, side by side: its class, the words of its mask, and those of the columns of [`Kinds`].
    pub(super) seats: Vec<u64>,
    /// Words of a seat.
    width: usize,
    /// The mask of the instance that is looked at.
    pub(super) now: Vec<u64>,
    /// That of the one behind it.
    behind: Vec<u64>,
}

impl Order {
    /// `None` if there are too many lanes.
    pub(super) fn new(
        sketch: &Sketch<'_>,
        setup: &Setup<'_>,
        wholes: &[Whole],
        spreads: &Spreads,
        forms: &[Demand],
        passes: impl Fn(u32, usize) -> bool,
    ) -> Option<Self> {
        let kinds = Kinds::new(&sketch.drafts, wholes.len(), &setup.requests.groups, forms, passes);
        let width = sketch.sort.attributes.last().map_or(0, |last| last + 1);
        let mut numbers: FxHashMap<(Vec<u32>, Option<Whole>), u32> = FxHashMap::default();
        let mut lanes: Vec<Lane> = Vec::new();
        let mut lane_of_class = Vec::with_capacity(wholes.len());
        let mut buckets = vec![Buckets::default(); width];
        for (position, &whole) in wholes.iter().enumerate() {
            let class = ClassId::from_index(position);
            let own: Vec<u32> =
                sketch.sort.attributes.iter().map(|&attribute| spreads.bucket(attribute, class)).collect();
            let next = u32::try_from(lanes.len()).expect("few lanes");
            let number = *numbers.entry((own.clone(), sketch.has_shares.then_some(whole))).or_insert_with(|| {
                lanes.push(Lane::new(&kinds, sketch.layout.bits(), whole, sketch.draws));
                let pairs = sketch.sort.attributes.iter().zip(&own);
                pairs.for_each(|(&attribute, &bucket)| buckets[attribute].of_lanes.push(bucket));
                next
            });
            lane_of_class.push(number);
        }
        buckets.iter_mut().for_each(Buckets::complete);
        (lanes.len() <= MOST_LANES).then(|| Self {
            layout: sketch.layout.clone(),
            now: vec![0; kinds.words],
            behind: vec![0; kinds.words],
            any: vec![0; kinds.words * lanes.len()],
            with_bit: vec![0; kinds.words * 64 * lanes.len().div_ceil(64)],
            gains: vec![0; kinds.own_words() * 64],
            buckets,
            width: 1 + kinds.words + kinds.column_words(),
            kinds,
            lanes,
            lane_of_class,
            seats: Vec::new(),
        })
    }

    /// Makes room in all keys for the id of an instance that is new.
    #[cold]
    fn widen(&mut self, firsts: &mut Firsts, cluster: &Cluster<'_>, id: u32) {
        self.layout = self.layout.widened(id);
        firsts.widen(&self.layout);
        self.lanes.iter_mut().for_each(|lane| lane.shelf = lane.shelf.anew(self.kinds.words, self.layout.bits()));
        for (id, record) in (0..id).zip(&cluster.records) {
            let Seat { class, mask, .. } =
                Seat::of(&self.seats[id as usize * self.width..][..self.width], self.kinds.words);
            if is_any(mask) {
                let lane = &mut self.lanes[self.lane_of_class[class.index()] as usize];
                lane.shelf.insert(self.layout.key(id, record, &lane.whole), mask);
            }
        }
    }

    pub(super) fn added(&mut self, firsts: &mut Firsts, cluster: &Cluster<'_>, id: u32) {
        if !self.layout.has_room(id) {
            self.widen(firsts, cluster, id);
        }
        let start = self.seats.len();
        self.seats.push(u64::from(cluster.class_id(id).0));
        self.seats.resize(start + 1 + self.kinds.words, 0);
        self.seats.resize(start + self.width, u64::MAX);
        self.kinds.added(cluster, id, &mut self.seats[start + 1 + self.kinds.words..]);
    }

    #[inline]
    pub(crate) fn expect_change(&self, id: u32) {
        prefetch(self.seats.as_ptr().wrapping_add(id as usize * self.width));
    }

    /// The class of an instance, beside its mask.
    #[inline]
    pub(super) fn class(&self, id: u32) -> ClassId {
        ClassId(class_in(self.seats[id as usize * self.width]))
    }

    /// What is known of an instance.
    #[inline]
    pub(super) fn seat(&self, id: u32) -> Seat<'_> {
        Seat::of(&self.seats[id as usize * self.width..][..self.width], self.kinds.words)
    }

    /// Finds the mask of an instance, which may have changed in whatever way.
    pub(super) fn look(&mut self, cluster: &Cluster<'_>, id: u32) {
        let Self { kinds, seats, width, now, .. } = self;
        let seat = &mut seats[id as usize * *width..][..*width];
        kinds.look(cluster, id, &mut seat[1 + kinds.words..]);
        kinds.write(cluster, id, Seat::of(seat, kinds.words), now);
    }

    /// A task has come to an instance or gone. Kept out of the loop over orders, in which too much would be kept at hand.
    #[inline(never)]
    pub(super) fn follow(&mut self, firsts: &mut Firsts, cluster: &Cluster<'_>, news: News<'_>) {
        self.hear(cluster, news);
        let next = self.update(firsts, cluster, news.change.instance, &news.change.before);
        // The next to be chosen may be the one behind this one: its lines are on their way by then.
        if let Some(next) = next.map(|next| self.layout.id_of(next)).filter(|_| cluster.is_large()) {
            cluster.expect_change(next);
            cluster.expect_columns(next);
            self.expect_change(next);
        }
    }

    /// Finds the mask of an instance where a task has come or gone.
    #[inline]
    fn hear(&mut self, cluster: &Cluster<'_>, news: News<'_>) {
        let Self { kinds, seats, width, now, .. } = self;
        let seat = &mut seats[news.change.instance as usize * *width..][..*width];
        kinds.hear(cluster, news, &mut seat[1 + kinds.words..]);
        kinds.write_news(cluster, news, Seat::of(seat, kinds.words), now);
    }

    /// An instance has the mask `now`; its record was another one before, or is the same. Answers the key behind the one that
    /// it had, if it has moved and that is at hand.
    pub(super) fn update(
        &mut self,
        firsts: &mut Firsts,
        cluster: &Cluster<'_>,
        id: u32,
        before: &Record,
    ) -> Option<Key> {
        let (words, width, now) = (self.kinds.words, self.width, &self.now);
        let seat = |id: u32| self.seats[id as usize * width..][..=words].split_first().expect("a class comes first");
        let (class, mask) = seat(id);
        let number = self.lane_of_class[class_in(*class) as usize] as usize;
        let lane = &mut self.lanes[number];
        let key = |record: &Record| self.layout.key(id, record, &lane.whole);
        let (was_any, has_any) = (is_any(mask), is_any(now));
        if !was_any && !has_any {
            return None;
        }
        let from = Stand { key: key(before), mask };
        let to = Stand { key: key(&cluster.records[id as usize]), mask: now };
        let behind = &mut self.behind[..if firsts.are_any_kept() { words } else { 0 }];
        let next = match (was_any, has_any) {
            (false, _) => {
                lane.shelf.insert(to.key, to.mask);
                None
            }
            (_, false) => lane.shelf.remove(from.key, from.mask, behind),
            _ if from == to => return None,
            _ => lane.shelf.change(from, to, behind),
        };
        firsts.changed(number, from, to, next.map(|key| Stand { key, mask: behind }));
        copy(&mut self.seats[id as usize * width + 1..][..words], now);
        self.unite(number);
        next
    }

    /// The union of a lane may be another one.
    #[inline]
    fn unite(&mut self, number: usize) {
        let lanes = self.lanes.len();
        for word in 0..self.kinds.words {
            let (any, now) = (&mut self.any[word * lanes + number], self.lanes[number].shelf.any(word));
            let mut turned = std::mem::replace(any, now) ^ now;
            while turned != 0 {
                let bit = turned.trailing_zeros() as usize;
                let place = word * 64 + bit;
                self.with_bit[place * lanes.div_ceil(64) + number / 64] ^= 1 << (number % 64);
                if let Some(gains) = self.gains.get_mut(place) {
                    *gains += now >> bit & 1;
                }
                turned &= turned - 1;
            }
        }
    }

    /// A field begins with another count: every instance is written anew, and who is the first with one of its bits is not
    /// known any more.
    #[cold]
    pub(super) fn move_field(&mut self, firsts: &mut Firsts, cluster: &Cluster<'_>, field: usize, base: u32) {
        self.kinds.fields[field].move_to(base);
        firsts.forget(self.kinds.fields[field].all());
        let Self { kinds, seats, width, lanes, lane_of_class, layout, now, .. } = self;
        for (id, seat) in (0..).zip(seats.chunks_exact_mut(*width)) {
            let (class, mask) = seat[..=kinds.words].split_first_mut().expect("a class comes first");
            now.copy_from_slice(mask);
            kinds.fields[field].write(now, |group| cluster.group_count(id, group));
            if *mask != **now {
                let number = lane_of_class[class_in(*class) as usize] as usize;
                let lane = &mut lanes[number];
                let key = layout.key(id, &cluster.records[id as usize], &lane.whole);
                lane.shelf.change(Stand { key, mask }, Stand { key, mask: now }, &mut []);
                mask.copy_from_slice(now);
            }
        }
        (0..self.lanes.len()).for_each(|lane| self.unite(lane));
    }

    /// A word of the union of each lane.
    #[inline]
    pub(crate) fn any(&self, word: usize) -> &[u64] {
        &self.any[word * self.lanes.len()..][..self.lanes.len()]
    }

    /// The lanes with an instance that has a bit, 64 to a word.
    #[inline]
    pub(crate) fn lanes_with(&self, bit: Bits) -> &[u64] {
        let words = self.lanes.len().div_ceil(64);
        &self.with_bit[bit.number() * words..][..words]
    }

    /// The same for the kind of an entry, where lanes are buckets and the emptiest of many are asked for.
    #[inline]
    pub(crate) fn with_kind(&self, &Entry { order, kind: asked, .. }: &Entry) -> Among<'_> {
        let kind = asked.number();
        Among { buckets: self.lanes_with(asked), version: Version { order, kind, gains: self.gains[kind] } }
    }

    /// The buckets of the lanes.
    #[inline]
    pub(crate) fn buckets(&self, attribute: usize) -> &Buckets {
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
        self.lane_with(id, asked).is_some_and(|lane| {
            holds(lane, self.layout.key(id, &cluster.records[id as usize], &self.lanes[lane as usize].whole))
        })
    }

    /// The lane of an instance, if it has one of some bits.
    #[inline]
    pub(crate) fn lane_with(&self, id: u32, asked: Bits) -> Option<u32> {
        let Seat { class, mask, .. } = self.seat(id);
        (mask[asked.word] & asked.bits != 0).then(|| self.lane_of(class))
    }

    /// Who has one of some bits, of whatever class.
    pub(crate) fn marks(&self, Bits { word, bits }: Bits) -> Marks<'_> {
        Marks { masks: &self.seats, words: self.width, word: word + 1, bits }
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
    pub(crate) fn field(&self, entry: &Entry) -> &Field {
        &self.kinds.fields[entry.field.expect("a chain that spreads over instances has a field") as usize]
    }

    pub(super) fn bytes(&self) -> usize {
        let shelves: usize = self.lanes.iter().map(|lane| lane.shelf.bytes()).sum();
        shelves + self.seats.capacity() * 8
    }

    /// Finds every mask and key anew, and counts what is on the shelves.
    pub(super) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        let words = self.kinds.words;
        let mut expected = vec![0; self.lanes.len()];
        let mut mask = vec![0; words];
        for (id, record) in (0..).zip(&cluster.records) {
            let class = cluster.class_id(id);
            let kept = self.seat(id);
            self.kinds.write(cluster, id, Seat { class, ..kept }, &mut mask);
            let is_anywhere = mask.iter().any(|word| *word != 0);
            self.kinds.validate(cluster, id, kept.columns)?;
            if mask != kept.mask || class != kept.class {
                return Err(format!("order: instance {id} has {mask:x?}, kept {kept:x?}"));
            }
            let lane = self.lane_of(class) as usize;
            expected[lane] += usize::from(is_anywhere);
            let there = self.lanes[lane].shelf.mask(self.layout.key(id, record, &self.lanes[lane].whole));
            let found = there.is_some_and(|there| there == mask);
            if found != is_anywhere {
                return Err(format!("order: instance {id} is not on its shelf with its mask"));
            }
        }
        for (number, lane) in self.lanes.iter().enumerate() {
            if (0..self.kinds.words).any(|word| self.any(word)[number] != lane.shelf.any(word)) {
                return Err(format!("order: the union of lane {number} is not that of its shelf"));
            }
            let has = |bit: usize| lane.shelf.any(bit / 64) >> (bit % 64) & 1;
            let is_set = |bit: usize| self.lanes_with(Bits::of_number(bit))[number / 64] >> (number % 64) & 1;
            if (0..self.kinds.words * 64).any(|bit| has(bit) != is_set(bit)) {
                return Err(format!(
                    "order: lane {number} is among those with a bit, or is not, and should be otherwise"
                ));
            }
        }
        for (lane, expected) in self.lanes.iter().zip(expected) {
            let kept = lane.shelf.validate()?;
            if kept != expected {
                return Err(format!("order: {kept} instances on a shelf, {expected} expected"));
            }
        }
        Ok(())
    }
}

/// What an order knows of an instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat<'s> {
    pub(super) class: ClassId,
    /// Empty if it is on no shelf.
    pub(super) mask: &'s [u64],
    /// Those of [`Kinds`].
    pub(super) columns: &'s [u64],
}

impl<'s> Seat<'s> {
    /// From its words, of which so many are the mask.
    #[inline]
    fn of(words: &'s [u64], mask: usize) -> Self {
        let (class, rest) = words.split_first().expect("a class comes first");
        let (mask, columns) = rest.split_at(mask);
        Self { class: ClassId(class_in(*class)), mask, columns }
    }
}

/// The class at the head of a seat.
#[inline]
fn class_in(word: u64) -> u32 {
    u32::try_from(word).expect("a class is a number of 32 bits")
}
