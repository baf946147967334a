//! How many counted tasks of each group every instance holds: kept only if some policy asks.
//!
//! # Layout
//! With few groups, one byte for each instance and group, as many whole instances to a line as it holds; a count of 255 or
//! more stands in a side table. With many, a line of 15 entries an instance, each a group and a count in one word, and a link to further lines.
//!
//! # Cost
//! One line, in the second layout one more for each 15 groups on the instance.

use rustc_hash::FxHashMap;

use super::memory::{prefetch, roomy};

/// Counted tasks by (instance, group).
#[derive(Clone, Debug)]
pub(crate) enum GroupCounts {
    Dense(Dense),
    Sparse(Sparse),
}

/// The counts of one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountsOf<'c> {
    pub(crate) counts: &'c GroupCounts,
    pub(crate) id: u32,
}

/// How many tasks of a group an instance held before a change, and holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) before: u32,
    pub(crate) now: u32,
}

/// With at most this many groups, a byte for each is smaller than lists.
pub(crate) const MOST_DENSE_GROUPS: usize = 32;

impl GroupCounts {
    /// Counts of no instance yet, with room for some.
    pub(crate) fn new(groups: usize, instances: usize) -> Self {
        if groups <= MOST_DENSE_GROUPS {
            Self::Dense(Dense::new(groups, instances))
        } else {
            assert!(groups < (1 << GROUP_BITS) - 1, "fewer than 2^24 groups");
            Self::Sparse(Sparse { lines: roomy(instances), ..Sparse::default() })
        }
    }

    pub(crate) fn push_instance(&mut self) {
        match self {
            Self::Dense(dense) => dense.push_instance(),
            Self::Sparse(sparse) => sparse.lines.push(EMPTY_LINE),
        }
    }

    #[inline]
    pub(crate) fn get(&self, instance: u32, group: u32) -> u32 {
        match self {
            Self::Dense(dense) => dense.get(instance, group),
            Self::Sparse(sparse) => sparse.get(instance, group),
        }
    }

    /// Sets a count.
    #[inline]
    pub(crate) fn set(&mut self, instance: u32, group: u32, count: u32) {
        match self {
            Self::Dense(dense) => dense.set(instance, group, count),
            Self::Sparse(sparse) => sparse.set(instance, group, count),
        }
    }

    /// `tasks` tasks of a group have come to an instance, or gone if negative.
    ///
    /// # Panics
    /// If more go than there are.
    #[inline]
    pub(crate) fn add(&mut self, instance: u32, group: u32, tasks: i32) -> Held {
        match self {
            Self::Dense(dense) => dense.add(instance, group, tasks),
            Self::Sparse(sparse) => sparse.add(instance, group, tasks),
        }
    }

    /// Calls `visit` with every group on the instance and its count, each once.
    pub(crate) fn for_each(&self, instance: u32, mut visit: impl FnMut(u32, u32)) {
        match self {
            Self::Dense(dense) => {
                for group in 0..u32::try_from(dense.groups).expect("at most 32") {
                    let count = dense.get(instance, group);
                    if count > 0 {
                        visit(group, count);
                    }
                }
            }
            Self::Sparse(sparse) => sparse.for_each(instance, visit),
        }
    }

    /// Where the counts of an instance begin, to be fetched early.
    pub(crate) fn address(&self, instance: u32) -> *const u8 {
        match self {
            Self::Dense(dense) => dense.lines.as_ptr().wrapping_add(dense.place(instance).line).cast(),
            Self::Sparse(sparse) => sparse.lines.as_ptr().wrapping_add(instance as usize).cast(),
        }
    }

    /// Has what stands behind [`Self::address`], if anything, fetched.
    #[inline]
    pub(crate) fn expect_further(&self, instance: u32) {
        if let Self::Sparse(sparse) = self {
            let next = sparse.lines[instance as usize].next();
            if next != 0 {
                prefetch(&raw const sparse.spill[next as usize - 1]);
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.lines.capacity() * size_of::<Bytes>() + dense.large.capacity() * 16,
            Self::Sparse(sparse) => (sparse.lines.capacity() + sparse.spill.capacity()) * size_of::<Line>(),
        }
    }
}

/// A cache line of counts.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Bytes([u8; BYTES]);

const BYTES: usize = 64;

/// A byte for each group, of as many instances in a line as it holds.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    groups: usize,
    /// Instances in a line.
    rows: u64,
    /// 2^64 over `rows`, rounded up.
    rows_inverse: u64,
    instances: usize,
    lines: Vec<Bytes>,
    large: FxHashMap<(u32, u32), u32>,
}

/// Where the counts of an instance begin.
#[derive(Clone, Copy)]
struct Row {
    line: usize,
    start: usize,
}

impl Dense {
    fn new(groups: usize, instances: usize) -> Self {
        let rows = BYTES / groups.max(1);
        Self {
            groups,
            rows: rows as u64,
            rows_inverse: u64::MAX / rows as u64 + 1,
            instances: 0,
            lines: roomy(instances.div_ceil(rows)),
            large: FxHashMap::default(),
        }
    }

    fn push_instance(&mut self) {
        self.instances += 1;
        self.lines.resize(self.instances.div_ceil(BYTES / self.groups.max(1)), Bytes([0; BYTES]));
    }

    #[inline(always)]
    fn place(&self, instance: u32) -> Row {
        // A division, exact for numbers of 32 bits.
        let line = ((u128::from(instance) * u128::from(self.rows_inverse)) >> 64) as u64;
        let row = u64::from(instance).wrapping_sub(line.wrapping_mul(self.rows));
        #[expect(clippy::cast_possible_truncation, reason = "below 2^32")]
        let (line, row) = (line as usize, row as usize);
        Row { line, start: row.wrapping_mul(self.groups) }
    }

    #[inline]
    fn slot(&mut self, instance: u32, group: u32) -> &mut u8 {
        let Row { line, start } = self.place(instance);
        &mut self.lines[line].0[start + group as usize]
    }

    #[inline]
    fn get(&self, instance: u32, group: u32) -> u32 {
        self.of(instance)(group)
    }

    /// The counts of one instance, by group.
    #[inline]
    pub(crate) fn of(&self, instance: u32) -> impl Fn(u32) -> u32 {
        let Row { line, start } = self.place(instance);
        let row = &self.lines[line].0[start..][..self.groups];
        move |group| match row[group as usize] {
            u8::MAX => self.get_large(instance, group),
            count => u32::from(count),
        }
    }

    #[cold]
    fn get_large(&self, instance: u32, group: u32) -> u32 {
        self.large[&(instance, group)]
    }

    #[inline]
    fn add(&mut self, instance: u32, group: u32, tasks: i32) -> Held {
        let slot = self.slot(instance, group);
        let before = u32::from(*slot);
        match before.checked_add_signed(tasks).map(u8::try_from) {
            Some(Ok(now)) if before.max(u32::from(now)) < u32::from(u8::MAX) => {
                *slot = now;
                Held { before, now: u32::from(now) }
            }
            _ => self.add_large(instance, group, tasks),
        }
    }

    #[cold]
    fn add_large(&mut self, instance: u32, group: u32, tasks: i32) -> Held {
        let before = self.get(instance, group);
        let now = sum(before, tasks);
        self.set(instance, group, now);
        Held { before, now }
    }

    #[inline]
    fn set(&mut self, instance: u32, group: u32, count: u32) {
        let slot = self.slot(instance, group);
        match u8::try_from(count) {
            Ok(small) if small < u8::MAX => {
                if std::mem::replace(slot, small) == u8::MAX {
                    self.large.remove(&(instance, group));
                }
            }
            _ => {
                *slot = u8::MAX;
                self.large.insert((instance, group), count);
            }
        }
    }
}

/// A count after tasks have come, or gone if negative.
#[inline]
fn sum(count: u32, tasks: i32) -> u32 {
    count.checked_add_signed(tasks).expect("stopped a task that is not there")
}

const COUNT_BITS: u32 = 8;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;
const GROUP_BITS: u32 = 24;
const ENTRIES: usize = 15;

/// Fifteen entries and, in the last word, the number of the next line, counted from 1; 0 is none. An entry is a group,
/// counted from 1, and a count of at least 1, where 255 means that the count stands in the side table; 0 is no entry.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line {
    words: [u32; ENTRIES + 1],
}

const EMPTY_LINE: Line = Line { words: [0; ENTRIES + 1] };

/// The bit of every entry in a mask, and none for the next line.
const BITS: [u32; ENTRIES + 1] = {
    let mut bits = [0; ENTRIES + 1];
    let mut entry = 0;
    while entry < ENTRIES {
        bits[entry] = 1 << entry;
        entry += 1;
    }
    bits
};

impl Line {
    #[inline]
    fn next(&self) -> u32 {
        self.words[ENTRIES]
    }

    #[inline]
    fn entries(&self) -> &[u32] {
        &self.words[..ENTRIES]
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.entries().iter().fold(0, |all, entry| all | entry) == 0
    }

    /// The lowest entry whose group, counted from 1, is `label`; 0 is no entry.
    #[inline]
    fn find(&self, label: u32) -> Option<usize> {
        // A mask over the whole line instead of an early exit: the compiler makes vector comparisons of it.
        let bit = |(&word, &bit): (&u32, &u32)| if word >> COUNT_BITS == label { bit } else { 0 };
        let found = self.words.iter().zip(&BITS).map(bit).fold(0, |mask, bit| mask | bit);
        (found != 0).then(|| found.trailing_zeros() as usize)
    }
}

/// Where an entry stands.
#[derive(Clone, Copy)]
struct Spot {
    /// Number of the spill line, counted from 1; 0 is the instance's own line.
    line: u32,
    entry: usize,
}

/// A list of (group, count) for each instance, in lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sparse {
    lines: Vec<Line>,
    spill: Vec<Line>,
    large: FxHashMap<(u32, u32), u32>,
    /// Head of the list of free spill lines, linked by `next`.
    free: u32,
}

impl Sparse {
    #[inline]
    pub(crate) fn get(&self, instance: u32, group: u32) -> u32 {
        self.find(instance, group + 1).map_or(0, |spot| self.count_at(instance, spot))
    }

    fn set(&mut self, instance: u32, group: u32, count: u32) {
        let spot = self.find(instance, group + 1);
        self.write(instance, group, spot, count);
    }

    #[inline]
    fn add(&mut self, instance: u32, group: u32, tasks: i32) -> Held {
        let spot = self.find(instance, group + 1);
        let before = spot.map_or(0, |spot| self.count_at(instance, spot));
        let now = sum(before, tasks);
        self.write(instance, group, spot, now);
        Held { before, now }
    }

    /// Writes the count of a group that stands at `spot`, if anywhere.
    #[inline]
    fn write(&mut self, instance: u32, group: u32, spot: Option<Spot>, count: u32) {
        let small = count.min(COUNT_MASK);
        if small >= COUNT_MASK - 1 {
            self.write_large(instance, group, count);
        }
        let entry = if count == 0 { 0 } else { (group + 1) << COUNT_BITS | small };
        match spot.or_else(|| self.find(instance, 0)) {
            Some(spot) => {
                self.line_mut(instance, spot.line).words[spot.entry] = entry;
                if count == 0 && spot.line != 0 {
                    self.shrink(instance);
                }
            }
            None => self.grow(instance, entry),
        }
    }

    /// A count has come near or past what an entry holds.
    #[cold]
    fn write_large(&mut self, instance: u32, group: u32, count: u32) {
        if count >= COUNT_MASK {
            self.large.insert((instance, group), count);
        } else {
            self.large.remove(&(instance, group));
        }
    }

    #[inline]
    fn for_each(&self, instance: u32, mut visit: impl FnMut(u32, u32)) {
        let mut line = self.line(instance, 0);
        loop {
            for &entry in line.entries().iter().filter(|entry| **entry != 0) {
                visit((entry >> COUNT_BITS) - 1, self.count(instance, entry));
            }
            if line.next() == 0 {
                return;
            }
            line = self.line(instance, line.next());
        }
    }

    #[inline]
    fn count_at(&self, instance: u32, spot: Spot) -> u32 {
        self.count(instance, self.line(instance, spot.line).words[spot.entry])
    }

    #[inline]
    fn count(&self, instance: u32, entry: u32) -> u32 {
        match entry & COUNT_MASK {
            COUNT_MASK => self.large[&(instance, (entry >> COUNT_BITS) - 1)],
            small => small,
        }
    }

    /// Where an instance has an entry of the group, counted from 1, or no entry if that is 0.
    #[inline]
    fn find(&self, instance: u32, label: u32) -> Option<Spot> {
        let mut number = 0;
        loop {
            let line = self.line(instance, number);
            if let Some(entry) = line.find(label) {
                return Some(Spot { line: number, entry });
            }
            if line.next() == 0 {
                return None;
            }
            number = line.next();
        }
    }

    #[inline]
    fn line(&self, instance: u32, number: u32) -> &Line {
        if number == 0 { &self.lines[instance as usize] } else { &self.spill[number as usize - 1] }
    }

    #[inline]
    fn line_mut(&mut self, instance: u32, number: u32) -> &mut Line {
        if number == 0 { &mut self.lines[instance as usize] } else { &mut self.spill[number as usize - 1] }
    }

    /// Puts a new line with `entry` behind the first line of the instance.
    fn grow(&mut self, instance: u32, entry: u32) {
        let number = match self.free {
            0 => {
                self.make_room();
                self.spill.push(EMPTY_LINE);
                u32::try_from(self.spill.len()).expect("fewer than 2^32 lines")
            }
            number => {
                self.free = self.spill[number as usize - 1].next();
                number
            }
        };
        let next = std::mem::replace(&mut self.lines[instance as usize].words[ENTRIES], number);
        let line = &mut self.spill[number as usize - 1];
        *line = EMPTY_LINE;
        line.words[0] = entry;
        line.words[ENTRIES] = next;
    }

    /// Makes room for a line, on large pages.
    fn make_room(&mut self) {
        if self.spill.len() == self.spill.capacity() {
            let mut spill = roomy(self.spill.len() * 3 / 2 + 16);
            spill.append(&mut self.spill);
            self.spill = spill;
        }
    }

    /// Gives back the further lines of the instance up to the first that is not empty.
    fn shrink(&mut self, instance: u32) {
        let mut number = self.lines[instance as usize].next();
        while number != 0 && self.spill[number as usize - 1].is_empty() {
            let line = &mut self.spill[number as usize - 1];
            let next = std::mem::replace(&mut line.words[ENTRIES], self.free);
            self.free = number;
            number = next;
        }
        self.lines[instance as usize].words[ENTRIES] = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Both layouts are a map from (instance, group) to a count.
        #[test]
        fn counts_are_a_map(
            groups in prop::sample::select(vec![3_usize, 20, 32, 40]),
            steps in prop::collection::vec((0..24_u32, 0..40_u32, prop::sample::select(vec![0_u32, 0, 0, 1, 1, 254, 300])), 0..400),
        ) {
            let mut counts = GroupCounts::new(groups, 1);
            let mut model: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            (0..24).for_each(|_| counts.push_instance());
            for (instance, group, tasks) in steps {
                let group = group % u32::try_from(groups).unwrap();
                let known = model.entry((instance, group)).or_insert(0);
                prop_assert_eq!(counts.get(instance, group), *known);
                let before = *known;
                *known = if tasks == 0 { known.saturating_sub(1) } else { *known + tasks };
                if tasks % 2 == 0 {
                    let change = i32::try_from(*known).unwrap() - i32::try_from(before).unwrap();
                    prop_assert_eq!(counts.add(instance, group, change), Held { before, now: *known });
                } else {
                    counts.set(instance, group, *known);
                }
            }
            let mut listed: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            for instance in 0..24 {
                counts.for_each(instance, |group, count| *listed.entry((instance, group)).or_insert(0) += count);
            }
            for (&(instance, group), &count) in &model {
                prop_assert_eq!(counts.get(instance, group), count);
            }
            model.retain(|_, count| *count > 0);
            prop_assert_eq!(listed, model);
        }
    }
}
