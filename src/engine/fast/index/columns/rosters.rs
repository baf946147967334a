//! Who is a candidate of a kind, and how many tasks of a group every instance holds, as columns that are brought up to date
//! when they are asked for.
//!
//! # Invariants
//! 1. A roster says of every instance what it was at the moment up to which it is kept; the rest of the last block is nobody.
//!
//! # Cost
//! Nine bits for each instance and roster, or 33 once an instance holds more than 255 tasks of the group; a look at each
//! instance that has changed since. There are no more than [`MOST`] rosters: what is asked for beyond is worked out anew each
//! time.

use rustc_hash::FxHashMap;

use super::amounts::{Amounts, place};
use super::journal::Moment;
use super::marks::Marks;
use crate::engine::fast::index::order::table::Bits;
use crate::engine::fast::state::counts::GroupCounts;
use crate::model::columns::{BLOCK, Block, GroupTasks};

/// Rosters at most.
const MOST: usize = if cfg!(test) { 3 } else { 48 };

/// Whose roster: a kind of an order, and a group if its tasks are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub(crate) order: usize,
    pub(crate) kind: Bits,
    pub(crate) group: Option<u32>,
}

/// Where a roster is read from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'s> {
    pub(crate) amounts: &'s Amounts,
    pub(crate) marks: Marks<'s>,
    /// There if tasks are told.
    pub(crate) counts: Option<&'s GroupCounts>,
}

/// The tasks of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Tasks {
    #[default]
    Untold,
    Bytes(Vec<Block<u8>>),
    Numbers(Vec<Block<u32>>),
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Roster {
    until: Moment,
    candidates: Vec<u64>,
    tasks: Tasks,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rosters {
    rosters: FxHashMap<Asked, Roster>,
    /// For what is kept no roster of.
    spare: Roster,
}

impl Default for Roster {
    fn default() -> Self {
        Self { until: Moment::NEVER, candidates: Vec::new(), tasks: Tasks::Untold }
    }
}

impl Rosters {
    /// The roster as it is now; one that `is_rare` is not kept.
    pub(crate) fn of(&mut self, asked: Asked, source: Source<'_>, is_rare: bool) -> &Roster {
        let is_kept = !is_rare && (self.rosters.len() < MOST || self.rosters.contains_key(&asked));
        let roster = if is_kept { self.rosters.entry(asked).or_default() } else { &mut self.spare };
        if !is_kept {
            roster.until = Moment::NEVER;
        }
        roster.catch_up(asked.group, source);
        roster
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rosters.values().chain([&self.spare]).map(Roster::bytes).sum()
    }

    /// Reads every roster anew that is not too far behind; `source` tells where from.
    pub(crate) fn validate<'s>(&self, source: impl Fn(Asked) -> Source<'s>) -> Result<(), String> {
        for (&asked, roster) in &self.rosters {
            let source = source(asked);
            if source.amounts.journal.since(roster.until).is_none() {
                continue;
            }
            let (mut kept, mut anew) = (roster.clone(), Roster::default());
            kept.catch_up(asked.group, source);
            anew.catch_up(asked.group, source);
            if kept.candidates != anew.candidates || !kept.tasks.says_as(&anew.tasks) {
                return Err(format!("rosters: {asked:?} is kept as {kept:?} and is {anew:?}"));
            }
        }
        Ok(())
    }
}

impl Roster {
    /// Who is a candidate, a bit each.
    pub(crate) fn candidates(&self) -> &[u64] {
        &self.candidates
    }

    /// Those who are of some classes, which are given by class.
    pub(crate) fn of_classes(&self, classes: &[bool], amounts: &Amounts) -> Vec<u64> {
        let narrowed = |(&word, class_of): (&u64, &Block<_>)| {
            let is_of =
                |set: u64, (at, class): (usize, &crate::model::ClassId)| set | u64::from(classes[class.index()]) << at;
            if word == 0 { 0 } else { word & class_of.iter().enumerate().fold(0, is_of) }
        };
        self.candidates.iter().zip(&amounts.class_of).map(narrowed).collect()
    }

    pub(crate) fn tasks(&self) -> GroupTasks<'_> {
        match &self.tasks {
            Tasks::Untold => GroupTasks::Untold,
            Tasks::Bytes(bytes) => GroupTasks::Bytes(bytes),
            Tasks::Numbers(numbers) => GroupTasks::Numbers(numbers),
        }
    }

    fn catch_up(&mut self, group: Option<u32>, source: Source<'_>) {
        let Source { amounts, marks, counts } = source;
        let blocks = amounts.class_of.len();
        let told = group.zip(counts);
        match amounts.journal.since(self.until) {
            Some(changed) => {
                self.candidates.resize(blocks, 0);
                self.tasks.resize(blocks);
                for &id in changed {
                    let (block, at) = place(id);
                    let word = &mut self.candidates[block];
                    *word = *word & !(1 << at) | u64::from(marks.has(id)) << at;
                    told.iter().for_each(|(group, counts)| self.tasks.set(id, counts.get(id, *group)));
                }
            }
            None => {
                marks.write(&mut self.candidates);
                self.tasks = Tasks::Untold;
                if let Some((group, counts)) = told {
                    self.tasks = Tasks::Bytes(vec![[0; BLOCK]; blocks]);
                    let ids = 0..u32::try_from(amounts.len()).expect("fewer than 2^32 instances");
                    ids.for_each(|id| self.tasks.set(id, counts.get(id, group)));
                }
            }
        }
        self.until = amounts.journal.now();
    }

    fn bytes(&self) -> usize {
        let tasks = match &self.tasks {
            Tasks::Untold => 0,
            Tasks::Bytes(bytes) => bytes.capacity() * BLOCK,
            Tasks::Numbers(numbers) => numbers.capacity() * size_of::<Block<u32>>(),
        };
        self.candidates.capacity() * size_of::<u64>() + tasks
    }
}

impl Tasks {
    fn resize(&mut self, blocks: usize) {
        match self {
            Self::Untold => {}
            Self::Bytes(bytes) => bytes.resize(blocks, [0; BLOCK]),
            Self::Numbers(numbers) => numbers.resize(blocks, [0; BLOCK]),
        }
    }

    #[inline]
    fn set(&mut self, id: u32, count: u32) {
        let (block, at) = place(id);
        match self {
            Self::Untold => {}
            Self::Numbers(numbers) => numbers[block][at] = count,
            Self::Bytes(bytes) => match u8::try_from(count) {
                Ok(count) => bytes[block][at] = count,
                Err(_) => {
                    let mut numbers: Vec<Block<u32>> = bytes.iter().map(|block| block.map(u32::from)).collect();
                    numbers[block][at] = count;
                    *self = Self::Numbers(numbers);
                }
            },
        }
    }

    /// The same numbers, however they are written.
    fn says_as(&self, other: &Self) -> bool {
        let wide = |bytes: &[Block<u8>]| bytes.iter().map(|block| block.map(u32::from)).collect::<Vec<_>>();
        match (self, other) {
            (Self::Bytes(bytes), Self::Numbers(numbers)) | (Self::Numbers(numbers), Self::Bytes(bytes)) => {
                *numbers == wide(bytes)
            }
            _ => self == other,
        }
    }
}
