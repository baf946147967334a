//! The buckets of an attribute with many values by how many tasks of a group they hold, so that the emptiest with a
//! candidate are found without a look at each.
//!
//! # Invariants
//! 1. Every bucket is in exactly one set of each group, that of its count; no set is empty.
//! 2. As long as a bucket has not become one of some since the last search among them, none of them holds fewer tasks of the
//!    group than the floor.
//!
//! # Cost
//! A bit for each bucket, group and count that occurs, which are two or three where tasks are spread, and more once some
//! buckets are full. A task that comes or goes moves one bit; a search reads a word for 64 buckets of each count from the
//! floor up to the one it finds: those whose buckets are full are passed over once.

use std::cell::Cell;
use std::collections::BTreeMap;

/// Some buckets, as they are known to who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Among<'w> {
    /// 64 buckets to a word.
    pub(crate) buckets: &'w [u64],
    /// Who asks: another, or the same once a bucket has become one of these, is another version.
    pub(crate) version: Version,
}

/// The buckets with an instance of a kind of an order, and how often one has become one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) order: usize,
    pub(crate) kind: usize,
    pub(crate) gains: u64,
}

/// Below this count no bucket is one of those that were last asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Floor {
    count: u32,
    of: Version,
}

/// Some buckets, 64 to a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Set {
    words: Vec<u64>,
    len: usize,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Emptiest {
    words: usize,
    /// By group, then count.
    sets: Vec<BTreeMap<u32, Set>>,
    /// By group.
    floors: Vec<Cell<Floor>>,
}

impl Emptiest {
    /// No task anywhere.
    pub(super) fn new(groups: usize, buckets: usize) -> Self {
        let words = buckets.div_ceil(64);
        let mut all = Set { words: vec![u64::MAX; words], len: buckets };
        if let Some(last) = all.words.last_mut().filter(|_| !buckets.is_multiple_of(64)) {
            *last = (1 << (buckets % 64)) - 1;
        }
        Self { words, sets: vec![BTreeMap::from([(0, all)]); groups], floors: vec![Cell::default(); groups] }
    }

    /// A bucket holds another number of tasks of a group. Kept out of line: few attributes are ranked.
    #[inline(never)]
    pub(super) fn step(&mut self, group: u32, bucket: u32, before: u32, now: u32) {
        let sets = &mut self.sets[group as usize];
        let (word, bit) = (bucket as usize / 64, 1 << (bucket % 64));
        let left = sets.get_mut(&before).expect("a bucket is in the set of its count");
        left.words[word] &= !bit;
        left.len -= 1;
        let floor = self.floors[group as usize].get_mut();
        floor.count = floor.count.min(now);
        let spare = if left.len == 0 { sets.remove(&before) } else { None };
        let fresh = || spare.unwrap_or_else(|| Set { words: vec![0; self.words], len: 0 });
        let entered = sets.entry(now).or_insert_with(fresh);
        entered.words[word] |= bit;
        entered.len += 1;
    }

    /// Those with the fewest tasks of a group among some, written to `found`; `false` if these are none.
    pub(super) fn of(&self, group: u32, among: Among<'_>, found: &mut Vec<u64>) -> bool {
        let floor = &self.floors[group as usize];
        let from = self.floor(group, among.version);
        let emptiest = self.sets[group as usize].range(from..).find(|(_, set)| {
            found.clear();
            found.extend(set.words.iter().zip(among.buckets).map(|(set, among)| set & among));
            found.iter().any(|word| *word != 0)
        });
        let Some((&count, _)) = emptiest else { return false };
        floor.set(Floor { count, of: among.version });
        true
    }

    /// The count from which on some buckets are looked for.
    fn floor(&self, group: u32, version: Version) -> u32 {
        let Floor { count, of } = self.floors[group as usize].get();
        if of == version { count } else { 0 }
    }

    pub(super) fn bytes(&self) -> usize {
        self.sets.iter().flat_map(BTreeMap::values).map(|set| set.words.capacity() * 8).sum()
    }

    /// Finds the set of every bucket anew, from the counts by group and bucket.
    pub(super) fn validate(&self, tasks: &[u32], buckets: usize) -> Result<(), String> {
        for (group, sets) in self.sets.iter().enumerate() {
            let mut recount: BTreeMap<u32, Set> = BTreeMap::new();
            for (bucket, &count) in tasks[group * buckets..][..buckets].iter().enumerate() {
                let set = recount.entry(count).or_insert_with(|| Set { words: vec![0; self.words], len: 0 });
                set.words[bucket / 64] |= 1 << (bucket % 64);
                set.len += 1;
            }
            if recount != *sets {
                return Err(format!("emptiest buckets of group {group}: kept {sets:?}, recounted {recount:?}"));
            }
        }
        Ok(())
    }

    /// None of some buckets is below the floor that is kept for them.
    pub(super) fn validate_floors(&self, among: Among<'_>) -> Result<(), String> {
        let is_any = |set: &Set| set.words.iter().zip(among.buckets).any(|(set, among)| set & among != 0);
        (0..).zip(&self.sets).try_for_each(|(group, sets)| {
            let floor = self.floor(group, among.version);
            match sets.range(..floor).find(|(_, set)| is_any(set)) {
                Some((count, _)) => Err(format!("emptiest buckets of group {group}: {count} tasks, below {floor}")),
                None => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emptiest_of_some_buckets_are_found_at_any_count() {
        let mut emptiest = Emptiest::new(2, 70);
        let mut found = Vec::new();
        let mut gains = 0;
        let mut check = |emptiest: &Emptiest, buckets: [u64; 2], expected: Option<[u64; 2]>| {
            gains += 1;
            let among = Among { buckets: &buckets, version: Version { order: 0, kind: 0, gains } };
            let is_any = emptiest.of(1, among, &mut found);
            assert_eq!(emptiest.validate_floors(among), Ok(()));
            assert_eq!(is_any.then(|| [found[0], found[1]]), expected);
        };
        check(&emptiest, [u64::MAX; 2], Some([u64::MAX, 0x3f]));
        emptiest.step(1, 65, 0, 3);
        emptiest.step(1, 2, 0, 1);
        emptiest.step(0, 3, 0, 9);
        check(&emptiest, [0b1100, 0b11], Some([0b1000, 0b01]));
        check(&emptiest, [0b0100, 0b10], Some([0b0100, 0]));
        check(&emptiest, [0, 0b10], Some([0, 0b10]));
        check(&emptiest, [0, 0], None);
        emptiest.step(1, 65, 3, 0);
        check(&emptiest, [0b0100, 0b10], Some([0, 0b10]));
        let mut tasks = vec![0; 140];
        (tasks[3], tasks[72]) = (9, 1);
        assert_eq!(emptiest.validate(&tasks, 70), Ok(()));
        tasks[3] = 8;
        assert!(emptiest.validate(&tasks, 70).is_err());
    }

    #[test]
    fn buckets_that_are_full_are_passed_over_once() {
        let mut emptiest = Emptiest::new(1, 3);
        let version = Version { order: 2, kind: 4, gains: 1 };
        let mut found = Vec::new();
        let mut find = |emptiest: &Emptiest, buckets: u64, version: Version| {
            let among = Among { buckets: &[buckets], version };
            let is_any = emptiest.of(0, among, &mut found);
            assert_eq!(emptiest.validate_floors(among), Ok(()));
            (is_any.then(|| found[0]), emptiest.floor(0, version))
        };
        emptiest.step(0, 1, 0, 5);
        emptiest.step(0, 2, 0, 9);
        assert_eq!(find(&emptiest, 0b110, version), (Some(0b010), 5));
        assert_eq!(find(&emptiest, 0b100, version), (Some(0b100), 9));
        // Another asks, or a bucket is one of these again: from the start.
        assert_eq!(find(&emptiest, 0b111, Version { order: 1, ..version }), (Some(0b001), 0));
        assert_eq!(find(&emptiest, 0b100, version), (Some(0b100), 9));
        assert_eq!(find(&emptiest, 0b110, Version { gains: 2, ..version }), (Some(0b010), 5));
        // A bucket that holds fewer tasks than the floor.
        assert_eq!(find(&emptiest, 0b100, version), (Some(0b100), 9));
        emptiest.step(0, 2, 9, 2);
        assert_eq!(find(&emptiest, 0b100, version), (Some(0b100), 2));
        let among = Among { buckets: &[0b111], version };
        assert!(emptiest.validate_floors(among).is_err(), "bucket 0 was not one of these");
    }
}
