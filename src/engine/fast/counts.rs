//! How many counted tasks of each group every instance holds: kept only if some policy asks.
//!
//! # Layout
//! With few groups, one byte for each instance and group; a count of 255 or more stands in a side table. With many,
//! a line of 15 entries an instance, each a group and a count in one word, and a link to further lines.
//!
//! # Cost
//! One line, in the second layout one more for each 15 groups on the instance.

use rustc_hash::FxHashMap;

/// Counted tasks by (instance, group).
#[derive(Clone, Debug)]
pub(super) enum GroupCounts {
    Dense(Dense),
    Sparse(Sparse),
}

/// With at most this many groups, a byte for each is smaller than lists.
pub(super) const MOST_DENSE_GROUPS: usize = 32;

impl GroupCounts {
    pub(super) fn new(groups: usize) -> Self {
        if groups <= MOST_DENSE_GROUPS {
            Self::Dense(Dense { groups, counts: Vec::new(), large: FxHashMap::default() })
        } else {
            assert!(groups < 1 << GROUP_BITS, "fewer than 2^24 groups");
            Self::Sparse(Sparse::default())
        }
    }

    pub(super) fn push_instance(&mut self) {
        match self {
            Self::Dense(dense) => dense.counts.resize(dense.counts.len() + dense.groups, 0),
            Self::Sparse(sparse) => sparse.lines.push(EMPTY_LINE),
        }
    }

    #[inline]
    pub(super) fn get(&self, instance: u32, group: u32) -> u32 {
        match self {
            Self::Dense(dense) => dense.get(instance, group),
            Self::Sparse(sparse) => sparse.get(instance, group),
        }
    }

    /// Adds `tasks` and answers the count before.
    #[inline]
    pub(super) fn add(&mut self, instance: u32, group: u32, tasks: u32) -> u32 {
        match self {
            Self::Dense(dense) => {
                let before = dense.get(instance, group);
                dense.set(instance, group, before + tasks);
                before
            }
            Self::Sparse(sparse) => sparse.add(instance, group, tasks),
        }
    }

    /// Takes one away and answers the count before.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub(super) fn remove(&mut self, instance: u32, group: u32) -> u32 {
        match self {
            Self::Dense(dense) => {
                let before = dense.get(instance, group);
                dense.set(instance, group, before.checked_sub(1).expect("stopped a task that is not there"));
                before
            }
            Self::Sparse(sparse) => sparse.remove(instance, group),
        }
    }

    /// Calls `visit` with every group on the instance and its count, each once or in parts that add up.
    pub(super) fn for_each(&self, instance: u32, mut visit: impl FnMut(u32, u32)) {
        match self {
            Self::Dense(dense) => {
                for group in 0..u32::try_from(dense.groups).expect("at most 32") {
                    let count = dense.get(instance, group);
                    if count > 0 {
                        visit(group, count);
                    }
                }
            }
            Self::Sparse(sparse) => sparse.lines_of(instance).for_each(|line| {
                line.entries.iter().filter(|entry| **entry != 0).for_each(|&entry| {
                    visit(entry >> COUNT_BITS, entry & COUNT_MASK);
                });
            }),
        }
    }

    /// Where the counts of an instance begin, to be fetched early.
    pub(super) fn address(&self, instance: u32) -> *const u8 {
        match self {
            Self::Dense(dense) => dense.counts.as_ptr().wrapping_add(instance as usize * dense.groups),
            Self::Sparse(sparse) => sparse.lines.as_ptr().wrapping_add(instance as usize).cast(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.counts.capacity() + dense.large.capacity() * 16,
            Self::Sparse(sparse) => (sparse.lines.capacity() + sparse.spill.capacity()) * size_of::<Line>(),
        }
    }
}

/// A byte for each group.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    groups: usize,
    counts: Vec<u8>,
    large: FxHashMap<(u32, u32), u32>,
}

impl Dense {
    #[inline]
    fn get(&self, instance: u32, group: u32) -> u32 {
        match self.counts[instance as usize * self.groups + group as usize] {
            u8::MAX => self.large[&(instance, group)],
            count => u32::from(count),
        }
    }

    #[inline]
    fn set(&mut self, instance: u32, group: u32, count: u32) {
        let cell = &mut self.counts[instance as usize * self.groups + group as usize];
        match u8::try_from(count) {
            Ok(small) if small < u8::MAX => {
                if *cell == u8::MAX {
                    self.large.remove(&(instance, group));
                }
                *cell = small;
            }
            _ => {
                *cell = u8::MAX;
                self.large.insert((instance, group), count);
            }
        }
    }
}

const COUNT_BITS: u32 = 8;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;
const GROUP_BITS: u32 = 24;
const ENTRIES: usize = 15;

/// Fifteen entries and the number of the next line, counted from 1; 0 is none. An entry is a group and a count of
/// 1 to 255; a larger count is several entries. 0 is an empty entry.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line {
    entries: [u32; ENTRIES],
    next: u32,
}

const EMPTY_LINE: Line = Line { entries: [0; ENTRIES], next: 0 };

/// A list of (group, count) for each instance, in lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Sparse {
    lines: Vec<Line>,
    spill: Vec<Line>,
    /// Head of the list of free spill lines, linked by `next`.
    free: u32,
}

impl Sparse {
    fn lines_of(&self, instance: u32) -> impl Iterator<Item = &Line> {
        let mut line = Some(&self.lines[instance as usize]);
        std::iter::from_fn(move || {
            let current = line?;
            line = (current.next > 0).then(|| &self.spill[current.next as usize - 1]);
            Some(current)
        })
    }

    fn get(&self, instance: u32, group: u32) -> u32 {
        self.lines_of(instance).map(|line| count_in(line, group)).sum()
    }

    fn add(&mut self, instance: u32, group: u32, tasks: u32) -> u32 {
        let before = self.get(instance, group);
        let mut left = tasks;
        while left > 0 {
            left -= self.add_entry(instance, group, left);
        }
        before
    }

    /// Adds up to `tasks` in one entry and answers how many.
    fn add_entry(&mut self, instance: u32, group: u32, tasks: u32) -> u32 {
        let has_room = |entry: &u32| *entry >> COUNT_BITS == group && *entry != 0 && *entry & COUNT_MASK < COUNT_MASK;
        if let Some(entry) = self.find(instance, has_room) {
            let added = tasks.min(COUNT_MASK - (*entry & COUNT_MASK));
            *entry += added;
            return added;
        }
        let added = tasks.min(COUNT_MASK);
        match self.find(instance, |entry| *entry == 0) {
            Some(entry) => *entry = group << COUNT_BITS | added,
            None => self.grow(instance, group << COUNT_BITS | added),
        }
        added
    }

    fn remove(&mut self, instance: u32, group: u32) -> u32 {
        let before = self.get(instance, group);
        let found = self.find(instance, |entry| *entry >> COUNT_BITS == group && *entry != 0);
        let entry = found.expect("stopped a task that is not there");
        *entry = if *entry & COUNT_MASK == 1 { 0 } else { *entry - 1 };
        if *entry == 0 {
            self.shrink(instance);
        }
        before
    }

    fn find(&mut self, instance: u32, wanted: impl Fn(&u32) -> bool) -> Option<&mut u32> {
        let mut place = (false, instance as usize);
        loop {
            let line = if place.0 { &self.spill[place.1] } else { &self.lines[place.1] };
            if let Some(position) = line.entries.iter().position(&wanted) {
                let line = if place.0 { &mut self.spill[place.1] } else { &mut self.lines[place.1] };
                return Some(&mut line.entries[position]);
            }
            if line.next == 0 {
                return None;
            }
            place = (true, line.next as usize - 1);
        }
    }

    /// Puts a new line with `entry` behind the first line of the instance.
    fn grow(&mut self, instance: u32, entry: u32) {
        let number = match self.free {
            0 => {
                self.spill.push(EMPTY_LINE);
                u32::try_from(self.spill.len()).expect("fewer than 2^32 lines")
            }
            number => {
                self.free = self.spill[number as usize - 1].next;
                number
            }
        };
        let first = &mut self.lines[instance as usize];
        let line = &mut self.spill[number as usize - 1];
        *line = Line { next: first.next, ..EMPTY_LINE };
        line.entries[0] = entry;
        first.next = number;
    }

    /// Gives back the second line of the instance if it is empty.
    fn shrink(&mut self, instance: u32) {
        let number = self.lines[instance as usize].next;
        if number == 0 || self.spill[number as usize - 1].entries != EMPTY_LINE.entries {
            return;
        }
        let line = &mut self.spill[number as usize - 1];
        self.lines[instance as usize].next = line.next;
        line.next = self.free;
        self.free = number;
    }
}

#[inline]
fn count_in(line: &Line, group: u32) -> u32 {
    line.entries.iter().map(|&entry| if entry >> COUNT_BITS == group { entry & COUNT_MASK } else { 0 }).sum()
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
            groups in prop::sample::select(vec![3_usize, 40]),
            steps in prop::collection::vec((0..2_u32, 0..40_u32, prop::sample::select(vec![0_u32, 0, 1, 1, 2, 300])), 0..300),
        ) {
            let mut counts = GroupCounts::new(groups);
            let mut model: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            (0..2).for_each(|_| counts.push_instance());
            for (instance, group, tasks) in steps {
                let group = group % u32::try_from(groups).unwrap();
                let known = model.entry((instance, group)).or_insert(0);
                if tasks == 0 && *known > 0 {
                    prop_assert_eq!(counts.remove(instance, group), *known);
                    *known -= 1;
                } else if tasks > 0 {
                    prop_assert_eq!(counts.add(instance, group, tasks), *known);
                    *known += tasks;
                }
            }
            let mut listed: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            for instance in 0..2 {
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
