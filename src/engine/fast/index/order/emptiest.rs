//! The buckets of an attribute with many values by how many tasks of a group they hold, so that the emptiest with a
//! candidate are found without a look at each.
//!
//! # Invariants
//! 1. Every bucket is in exactly one set of each group, that of its count; no set is empty.
//!
//! # Cost
//! A bit for each bucket, group and count that occurs, which are two or three where tasks are spread. A task that comes or
//! goes moves one bit; a search reads a word for 64 buckets of each count up to the one it finds.

use std::collections::BTreeMap;

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
}

impl Emptiest {
    /// No task anywhere.
    pub(super) fn new(groups: usize, buckets: usize) -> Self {
        let words = buckets.div_ceil(64);
        let mut all = Set { words: vec![u64::MAX; words], len: buckets };
        if let Some(last) = all.words.last_mut().filter(|_| !buckets.is_multiple_of(64)) {
            *last = (1 << (buckets % 64)) - 1;
        }
        Self { words, sets: vec![BTreeMap::from([(0, all)]); groups] }
    }

    /// A bucket holds another number of tasks of a group.
    pub(super) fn step(&mut self, group: u32, bucket: u32, before: u32, now: u32) {
        let sets = &mut self.sets[group as usize];
        let (word, bit) = (bucket as usize / 64, 1 << (bucket % 64));
        let left = sets.get_mut(&before).expect("a bucket is in the set of its count");
        left.words[word] &= !bit;
        left.len -= 1;
        let spare = if left.len == 0 { sets.remove(&before) } else { None };
        let fresh = || spare.unwrap_or_else(|| Set { words: vec![0; self.words], len: 0 });
        let entered = sets.entry(now).or_insert_with(fresh);
        entered.words[word] |= bit;
        entered.len += 1;
    }

    /// Those with the fewest tasks of a group among some, written to `found`; `false` if these are none.
    pub(super) fn of(&self, group: u32, among: &[u64], found: &mut Vec<u64>) -> bool {
        self.sets[group as usize].values().any(|set| {
            found.clear();
            found.extend(set.words.iter().zip(among).map(|(set, among)| set & among));
            found.iter().any(|word| *word != 0)
        })
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emptiest_of_some_buckets_are_found_at_any_count() {
        let mut emptiest = Emptiest::new(2, 70);
        let mut found = Vec::new();
        let mut check = |emptiest: &Emptiest, among: [u64; 2], expected: Option<[u64; 2]>| {
            let is_any = emptiest.of(1, &among, &mut found);
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
}
