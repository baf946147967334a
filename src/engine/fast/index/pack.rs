//! Instances by what is left of one resource, for `binpack`: the least remaining amount that fits is a search for a set
//! bit, however many instances there are.
//!
//! An instance is in the bag of its key (the remaining amount of the packed resource, made dense) and of its rank (how
//! many of the amounts demanded of the *other* resource fit). A demand is met by any bag whose key is at least the
//! demanded amount and whose rank is at least that of the demanded other amount.
//!
//! # Invariants
//! 1. Every ACTIVE instance that has both ranks above 0 is in exactly one bag, that of its cell, key and rank.
//! 2. Bit `rank` of the mask of `key` is set exactly if that bag is not empty.
//! 3. So is bit `key` of column `rank`; a bit of the summary is set if its word is not 0.
//!
//! # Cost
//! A search reads one word of each rank for the block of 64 keys, and one summary word for 64 blocks: one line each
//! for up to eight ranks. A move is a bag operation in each of two bags; a bag of one instance is the word of the table
//! that stands for it. (Columns of "at least this rank" would make a search one word, but a bag that turns would then
//! change several: 10 % more instructions in all.) The keys of a 128 GiB instance in steps of 256 MiB are 512 bits, so
//! all but large bags stays in the nearer caches.
//!
//! # Sources
//! Segregated free lists, as in Wilson et al., "Dynamic Storage Allocation: A Survey and Critical Review", IWMM 1995;
//! two-level segregated fit, Masmano et al., ECRTS 2004.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::bag::Bag;
use super::front::Position;
use super::pack_keys::Keys;
use super::uniform::{halved, instances, tried};
use crate::engine::draw::Decision;
use crate::engine::fast::plan::Wanted;
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::record::Record;
use crate::engine::fast::state::shapes::{Shapes, Standing};
use crate::model::{Fleet, PackedResource, Requests};

/// So many ids are listed to find the one of a rank.
const FEW: usize = 64;

/// The bags of one cell.
#[derive(Clone, Debug)]
struct CellBags {
    /// Word of a block of 64 keys, for every rank.
    words: Vec<u64>,
    /// Bit for each block, for every rank.
    summary: Vec<u64>,
    /// For every key, the ranks whose bag is not empty, in words of 64.
    held: Vec<u64>,
    table: Table,
}

/// What stands for the bag of (key, rank): 0 if it is empty, one more than the id of its only instance, or [`MANY`] and
/// the number of a [`Bag`].
#[derive(Clone, Debug)]
enum Table {
    Dense(Vec<u32>),
    /// Where amounts are so odd that the table would be mostly empty.
    Hashed(FxHashMap<usize, u32>),
}

const LARGEST_DENSE_TABLE: usize = 1 << 20;
const MANY: u32 = 1 << 31;

impl Table {
    #[inline]
    fn get(&self, place: usize) -> u32 {
        match self {
            Self::Dense(entries) => entries[place],
            Self::Hashed(entries) => get_hashed(entries, place),
        }
    }

    #[inline]
    fn set(&mut self, place: usize, entry: u32) {
        match self {
            Self::Dense(entries) => entries[place] = entry,
            Self::Hashed(entries) => set_hashed(entries, place, entry),
        }
    }
}

#[inline(never)]
fn get_hashed(entries: &FxHashMap<usize, u32>, place: usize) -> u32 {
    entries.get(&place).copied().unwrap_or(0)
}

#[inline(never)]
fn set_hashed(entries: &mut FxHashMap<usize, u32>, place: usize, entry: u32) {
    if entry == 0 {
        entries.remove(&place);
    } else {
        entries.insert(place, entry);
    }
}

/// The bags of more than one instance, or of one that is left of several.
#[derive(Clone, Debug, Default)]
struct Bags {
    all: Vec<Bag>,
    /// Numbers of those that are not in use, and empty.
    free: Vec<u32>,
}

impl Bags {
    #[inline]
    fn of(&self, entry: u32) -> Slot<'_> {
        if entry & MANY == 0 { Slot::One(entry - 1) } else { Slot::Many(&self.all[(entry & !MANY) as usize]) }
    }

    /// The entry of a bag that is not empty, with one instance more.
    #[inline(never)]
    fn insert(&mut self, entry: u32, id: u32) -> u32 {
        let entry = if entry & MANY == 0 { self.start(entry - 1) } else { entry };
        self.all[(entry & !MANY) as usize].insert(id);
        entry
    }

    /// The entry of a bag with a single instance.
    fn start(&mut self, id: u32) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.all.push(Bag::default());
            u32::try_from(self.all.len() - 1).expect("fewer bags than 2^31")
        });
        self.all[number as usize].insert(id);
        MANY | number
    }

    /// The entry of a bag of several, with one instance less.
    #[inline(never)]
    fn remove(&mut self, entry: u32, id: u32) -> u32 {
        assert!(entry & MANY != 0, "instance {id} is not in the bag");
        let number = entry & !MANY;
        let bag = &mut self.all[number as usize];
        bag.remove(id);
        if !bag.is_empty() {
            return entry;
        }
        self.free.push(number);
        0
    }
}

/// A bag that is not empty.
#[derive(Clone, Copy, Debug)]
enum Slot<'b> {
    One(u32),
    Many(&'b Bag),
}

impl<'b> Slot<'b> {
    #[inline]
    fn lowest(self) -> Option<u32> {
        match self {
            Self::One(id) => Some(id),
            Self::Many(bag) => bag.lowest(),
        }
    }

    /// The lowest id from `id` on.
    fn lowest_from(self, id: u32) -> Option<u32> {
        match self {
            Self::One(only) => (only >= id).then_some(only),
            Self::Many(bag) => bag.lowest_from(id),
        }
    }

    fn len(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(bag) => bag.len(),
        }
    }

    /// How many ids are below `id`.
    fn below(self, id: u32) -> usize {
        match self {
            Self::One(only) => usize::from(only < id),
            Self::Many(bag) => bag.below(id),
        }
    }

    fn iter(self) -> impl Iterator<Item = u32> + use<'b> {
        let (one, many) = match self {
            Self::One(id) => (Some(id), None),
            Self::Many(bag) => (None, Some(bag)),
        };
        one.into_iter().chain(many.into_iter().flat_map(Bag::iter))
    }
}

/// Where an instance stands in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    key: u32,
    /// Counted from 1; 0 stands nowhere.
    rank: u32,
}

impl Place {
    #[inline]
    fn key(self) -> usize {
        self.key as usize
    }

    #[inline]
    fn rank(self) -> usize {
        self.rank as usize - 1
    }

    fn is_somewhere(self) -> bool {
        self.rank > 0
    }
}

/// Equally good instances: those of some cells with one key that fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tied {
    pub(crate) cells: CellSet,
    pub(crate) key: usize,
    pub(crate) wanted: Wanted,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct PackIndex {
    resource: PackedResource,
    keys: Keys,
    ranks: usize,
    /// Words of a mask over all ranks.
    held_words: usize,
    cells: Vec<CellBags>,
    bags: Bags,
}

/// What the index may take, and how much more for every instance. Amounts that are odd and large make as many keys as an
/// instance has MiB, in every cell.
const MOST_BYTES: usize = 128 << 20;
const MOST_BYTES_AN_INSTANCE: usize = 64;

impl PackIndex {
    /// The index over no instance; `None` where it would take more memory than it is worth.
    pub(crate) fn new(
        resource: PackedResource,
        fleet: &Fleet,
        requests: &Requests,
        cells: usize,
        shapes: &Shapes,
    ) -> Option<Self> {
        let mut registered: Vec<u32> = fleet
            .classes
            .iter()
            .map(|class| match resource {
                PackedResource::Cpu => class.cpu.0,
                PackedResource::Memory => class.memory.0,
            })
            .collect();
        let demanded = requests.table.iter().map(|request| match resource {
            PackedResource::Cpu => request.demand.cpu.0,
            PackedResource::Memory => request.demand.memory.0,
        });
        if requests.holds {
            // All that is left may be kept from every task: then nothing is left, whatever was registered.
            registered.push(0);
        }
        let keys = Keys::new(&registered, demanded);
        let ranks = match resource {
            PackedResource::Cpu => shapes.memory.top(),
            PackedResource::Memory => shapes.cpu.top(),
        } as usize;
        let blocks = keys.count.div_ceil(64);
        let places = keys.count.checked_mul(ranks)?;
        let held_words = ranks.div_ceil(64);
        let dense = if places <= LARGEST_DENSE_TABLE { places * size_of::<u32>() } else { 0 };
        let words = blocks.checked_mul(ranks)?.checked_add(keys.count.checked_mul(held_words)?)?;
        let bytes = words.checked_mul(size_of::<u64>())?.checked_add(dense)?.checked_mul(cells)?;
        if bytes > MOST_BYTES + MOST_BYTES_AN_INSTANCE * fleet.instances.len() {
            return None;
        }
        let table = if places <= LARGEST_DENSE_TABLE {
            Table::Dense(vec![0; places])
        } else {
            Table::Hashed(FxHashMap::default())
        };
        let empty = CellBags {
            words: vec![0; blocks * ranks],
            summary: vec![0; blocks.div_ceil(64) * ranks],
            held: vec![0; keys.count * held_words],
            table,
        };
        Some(Self { resource, keys, ranks, held_words, cells: vec![empty; cells], bags: Bags::default() })
    }

    /// What a task with these demands needs.
    pub(crate) fn wanted(&self, shapes: &Shapes, cpu: u32, memory: u32) -> Wanted {
        let (packed, other) = match self.resource {
            PackedResource::Cpu => (cpu, shapes.memory.rank(memory)),
            PackedResource::Memory => (memory, shapes.cpu.rank(cpu)),
        };
        Wanted { key: self.keys.key(packed), rank: other - 1 }
    }

    /// The key of an instance.
    #[inline]
    pub(crate) fn key(&self, record: Record) -> u32 {
        let amount = match self.resource {
            PackedResource::Cpu => record.cpu,
            PackedResource::Memory => record.memory,
        };
        self.keys.key(amount)
    }

    #[inline]
    fn place(&self, Standing { record, ranks }: Standing) -> Place {
        let (amount, rank, packed_rank) = match self.resource {
            PackedResource::Cpu => (record.cpu, ranks.memory, ranks.cpu),
            PackedResource::Memory => (record.memory, ranks.cpu, ranks.memory),
        };
        Place { key: self.keys.key(amount), rank: if packed_rank == 0 { 0 } else { rank } }
    }

    /// An instance has changed from `before` to `after`.
    #[inline(always)]
    pub(crate) fn moved(&mut self, id: u32, before: Standing, after: Standing) {
        let (from, to) = (self.place(before), self.place(after));
        if from == to {
            return;
        }
        if from.is_somewhere() {
            self.remove(after.record.cell(), from, id);
        }
        if to.is_somewhere() {
            self.insert(after.record.cell(), to, id);
        }
    }

    #[inline]
    fn insert(&mut self, cell: usize, place: Place, id: u32) {
        let table = &mut self.cells[cell].table;
        let at = place.key() * self.ranks + place.rank();
        let entry = table.get(at);
        if entry == 0 {
            assert!(id + 1 < MANY, "fewer than 2^31 instances");
            table.set(at, id + 1);
            self.toggle_bag(cell, place);
        } else {
            table.set(at, self.bags.insert(entry, id));
        }
    }

    #[inline]
    fn remove(&mut self, cell: usize, place: Place, id: u32) {
        let table = &mut self.cells[cell].table;
        let at = place.key() * self.ranks + place.rank();
        let entry = table.get(at);
        let left = if entry == id + 1 { 0 } else { self.bags.remove(entry, id) };
        if left == 0 {
            table.set(at, 0);
            self.toggle_bag(cell, place);
        }
    }

    /// A bag has become empty, or ceased to be.
    #[inline]
    fn toggle_bag(&mut self, cell: usize, place: Place) {
        let (key, rank) = (place.key(), place.rank());
        let bags = &mut self.cells[cell];
        bags.held[key * self.held_words + rank / 64] ^= 1 << (rank % 64);
        let (block, bit) = (key / 64, 1 << (key % 64));
        let word = &mut bags.words[block * self.ranks + rank];
        *word ^= bit;
        if *word & !bit == 0 {
            bags.summary[block / 64 * self.ranks + rank] ^= 1 << (block % 64);
        }
    }

    /// The least key at or above that of `wanted` with an instance that fits.
    #[inline]
    pub(crate) fn search(&self, cell: usize, wanted: Wanted) -> Option<usize> {
        let bags = &self.cells[cell];
        let (key, rank) = (wanted.key as usize, wanted.rank as usize);
        let any = |words: &[u64], row: usize| {
            let from = row * self.ranks;
            words.get(from + rank..from + self.ranks).map(|words| words.iter().fold(0, |all, word| all | word))
        };
        let own = key / 64;
        let mut row = own / 64;
        let mut blocks = any(&bags.summary, row)? & u64::MAX << (own % 64);
        loop {
            while blocks == 0 {
                row += 1;
                blocks = any(&bags.summary, row)?;
            }
            let block = row * 64 + blocks.trailing_zeros() as usize;
            let least = if block == own { key % 64 } else { 0 };
            let keys = any(&bags.words, block)? & u64::MAX << least;
            if keys != 0 {
                return Some(block * 64 + keys.trailing_zeros() as usize);
            }
            blocks &= blocks - 1;
        }
    }

    /// The bags of a key whose instances fit.
    #[inline]
    fn fitting_bags(&self, cell: usize, key: usize, wanted: Wanted) -> impl Iterator<Item = Slot<'_>> {
        let CellBags { held, table, .. } = &self.cells[cell];
        let held = &held[key * self.held_words..][..self.held_words];
        let rank = wanted.rank as usize;
        let mut word = rank / 64;
        let mut rest = held[word] & u64::MAX << (rank % 64);
        std::iter::from_fn(move || {
            while rest == 0 {
                word += 1;
                rest = *held.get(word)?;
            }
            let rank = word * 64 + rest.trailing_zeros() as usize;
            rest &= rest - 1;
            Some(self.bags.of(table.get(key * self.ranks + rank)))
        })
    }

    /// The first instance from a position on that fits by cpu and memory; the end if there is none.
    #[inline]
    pub(crate) fn next(&self, cell: usize, wanted: Wanted, from: Position) -> Position {
        if from == Position::END {
            return from;
        }
        let mut wanted = wanted.from(from.key());
        if from.id() > 0 && wanted.key == from.key() {
            let bags = self.fitting_bags(cell, wanted.key as usize, wanted);
            if let Some(id) = bags.filter_map(|bag| bag.lowest_from(from.id())).min() {
                return Position::new(wanted.key, id);
            }
            wanted = wanted.above(wanted.key as usize);
        }
        let Some(key) = self.search(cell, wanted) else { return Position::END };
        let id = self.lowest(cell, key, wanted).expect("the search found a bag");
        Position::new(u32::try_from(key).expect("keys are below 2^32"), id)
    }

    /// The lowest id with this key that fits.
    #[inline]
    pub(crate) fn lowest(&self, cell: usize, key: usize, wanted: Wanted) -> Option<u32> {
        if self.held_words > 1 {
            return self.fitting_bags(cell, key, wanted).filter_map(Slot::lowest).min();
        }
        let CellBags { held, table, .. } = &self.cells[cell];
        let mut lowest = None;
        let mut rest = held[key] & u64::MAX << (wanted.rank % 64);
        while rest != 0 {
            let entry = table.get(key * self.ranks + rest.trailing_zeros() as usize);
            let id = if entry & MANY == 0 { Some(entry - 1) } else { self.bags.of(entry).lowest() };
            lowest = lowest.map_or(id, |lowest: u32| id.map(|id| id.min(lowest)));
            rest &= rest - 1;
        }
        lowest
    }

    /// All ids with this key that fit, bag by bag, each bag ascending.
    pub(crate) fn ids(
        &self,
        cell: usize,
        key: usize,
        wanted: Wanted,
    ) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        self.fitting_bags(cell, key, wanted).map(Slot::iter)
    }

    /// A uniform one of the ids with this key that fit in any of the cells, which must not be none; `fits` says whether
    /// an instance is ACTIVE and has what is wanted left.
    pub(crate) fn draw(
        &self,
        Tied { cells, key, wanted }: Tied,
        records: &[Record],
        decision: Decision,
        fits: impl Fn(u32, Record) -> bool,
    ) -> u32 {
        let bags = || members(cells).flat_map(|cell| self.fitting_bags(cell, key, wanted));
        let total: usize = bags().map(Slot::len).sum();
        let count = u32::try_from(total).expect("ids are 32-bit");
        let is_tied = |id, record: Record| {
            fits(id, record) && cells >> record.cell() & 1 == 1 && self.key(record) as usize == key
        };
        if let Some(id) = tried(decision, count, records, is_tied) {
            return id;
        }
        let rank = decision.rank(count);
        if total <= FEW {
            let mut ids: SmallVec<[u32; FEW]> = bags().flat_map(Slot::iter).collect();
            return *ids.select_nth_unstable(rank as usize).1;
        }
        let below = |id| u32::try_from(bags().map(|bag| bag.below(id)).sum::<usize>()).expect("ids are 32-bit");
        halved(rank, instances(records), below)
    }

    pub(crate) fn bytes(&self) -> usize {
        let tables = self.cells.iter().map(|cell| match &cell.table {
            Table::Dense(numbers) => numbers.len() * 4,
            Table::Hashed(numbers) => numbers.capacity() * 16,
        });
        let words = self.cells.iter().map(|cell| (cell.words.len() + cell.summary.len() + cell.held.len()) * 8);
        tables.chain(words).chain(self.bags.all.iter().map(Bag::bytes)).sum()
    }

    /// Looks for every instance that is admitted in its bag, and for no other.
    pub(crate) fn validate(
        &self,
        shapes: &Shapes,
        records: &[Record],
        admits: impl Fn(u32) -> bool,
    ) -> Result<(), String> {
        let mut expected = 0;
        for (id, &record) in (0..).zip(records) {
            let place = self.place(shapes.standing(record));
            if !place.is_somewhere() || !admits(id) {
                continue;
            }
            expected += 1;
            let entry = self.cells[record.cell()].table.get(place.key() * self.ranks + place.rank());
            let is_there = entry > 0 && self.bags.of(entry).iter().any(|other| other == id);
            if !is_there {
                return Err(format!("pack index: instance {id} is not in bag {place:?} of its cell"));
            }
        }
        let entries = self.cells.iter().flat_map(|cell| (0..self.keys.count * self.ranks).map(|at| cell.table.get(at)));
        let kept: usize = entries.filter(|&entry| entry > 0).map(|entry| self.bags.of(entry).len()).sum();
        if kept != expected {
            return Err(format!("pack index: {kept} instances kept, {expected} expected"));
        }
        self.validate_words()
    }

    fn validate_words(&self) -> Result<(), String> {
        for (number, cell) in self.cells.iter().enumerate() {
            for key in 0..self.keys.count {
                for rank in 0..self.ranks {
                    let entry = cell.table.get(key * self.ranks + rank);
                    let is_full = entry > 0 && self.bags.of(entry).len() > 0;
                    let held = cell.held[key * self.held_words + rank / 64] >> (rank % 64) & 1 == 1;
                    let word = cell.words[key / 64 * self.ranks + rank];
                    let block = cell.summary[key / 4096 * self.ranks + rank] >> (key / 64 % 64) & 1 == 1;
                    if held != is_full || (word >> (key % 64) & 1 == 1) != is_full || block != (word != 0) {
                        return Err(format!("pack index: bits of key {key}, rank {rank} of cell {number} are wrong"));
                    }
                }
            }
        }
        Ok(())
    }
}
