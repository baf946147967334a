//! The candidates of one decision as columns: a number of each kind for every instance, which a strategy that scores each
//! candidate by itself goes through in one pass, without a list of them.
//!
//! # Invariants
//! 1. All columns have one length, and positions are those of the candidates in input order.
//!
//! # Cost
//! One pass: a word tells which of 64 instances are candidates, and each of these is put together where the score is
//! inlined, so that what a score does not read is not loaded.

use std::cell::{Cell, OnceCell};

use super::contract::Candidate;
use crate::model::resources::InstanceClass;
use crate::model::units::{ClassId, CpuUnits, InstanceId, MemoryMib};

/// How many tasks of the group each instance holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GroupTasks<'a> {
    /// A byte for each instance and group, of which this is one.
    Bytes { counts: &'a [u8], groups: usize, group: usize },
    /// A number for each instance; nothing is nobody's.
    Listed(&'a [u32]),
}

impl GroupTasks<'_> {
    /// What is not there is 0, so that a load that nobody asks for can be left out.
    #[inline(always)]
    fn of(self, at: usize) -> u32 {
        match self {
            Self::Bytes { counts, groups, group } => u32::from(counts.get(at * groups + group).copied().unwrap_or(0)),
            Self::Listed(counts) => counts.get(at).copied().unwrap_or(0),
        }
    }
}

/// Which instances are candidates: those with some bits in their mask, and of some classes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks<'a> {
    /// So many words for each instance.
    pub(crate) masks: &'a [u64],
    pub(crate) words: usize,
    pub(crate) word: usize,
    pub(crate) bits: u64,
    /// By class, where not all will do.
    pub(crate) classes: Option<&'a [bool]>,
}

/// What was found last: a position among the candidates, and the instance.
#[derive(Clone, Copy, Debug)]
struct Found {
    position: usize,
    instance: usize,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    pub(crate) classes: &'a [InstanceClass],
    pub(crate) class_of: &'a [ClassId],
    pub(crate) cpu: &'a [u32],
    pub(crate) memory: &'a [u32],
    pub(crate) tasks: &'a [u32],
    pub(crate) group: GroupTasks<'a>,
    pub(crate) marks: Marks<'a>,
    pub(crate) memo: Memo<'a>,
}

/// What a decision has worked out so far.
#[derive(Debug, Default)]
pub(crate) struct Memo<'a> {
    listed: OnceCell<Vec<Candidate<'a>>>,
    found: Cell<Option<Found>>,
}

/// So many instances are told apart at a time: a bit each.
const BLOCK: usize = 64;

impl<'a> Columns<'a> {
    /// Which instances of a block are candidates, a bit each.
    #[inline(never)]
    fn marked(&self, block: usize) -> u64 {
        let Marks { masks, words, word, bits, classes } = self.marks;
        let from = block * BLOCK;
        let end = self.class_of.len().min(from + BLOCK);
        let set = |bits: u64, (at, is_in): (usize, bool)| bits | u64::from(is_in) << at;
        let has = |mask: &u64| mask & bits != 0;
        let marked = match words {
            1 => masks[from..end].iter().map(has).enumerate().fold(0, set),
            2 => {
                let pairs = masks[from * 2..end * 2].as_chunks::<2>().0;
                pairs.iter().map(|pair| has(&pair[word])).enumerate().fold(0, set)
            }
            _ => masks[from * words + word..].iter().step_by(words).take(end - from).map(has).enumerate().fold(0, set),
        };
        match classes {
            None => marked,
            Some(classes) => {
                let of_class = self.class_of[from..end].iter().map(|class| classes[class.index()]);
                marked & of_class.enumerate().fold(0, set)
            }
        }
    }

    fn blocks(&self) -> std::ops::Range<usize> {
        0..self.class_of.len().div_ceil(BLOCK)
    }

    /// The instances that are candidates, ascending.
    fn instances(&self) -> impl Iterator<Item = usize> {
        self.blocks().flat_map(|block| bits(self.marked(block)).map(move |at| block * BLOCK + at))
    }

    /// What is not there is 0, so that what a score does not ask for need not be loaded.
    #[inline(always)]
    fn candidate(&self, at: usize) -> Candidate<'a> {
        let number = |column: &[u32]| column.get(at).copied().unwrap_or(0);
        let class = &self.classes[self.class_of[at].index()];
        Candidate {
            instance: InstanceId::from_index(at),
            class,
            cpu: CpuUnits(number(self.cpu)),
            memory: MemoryMib(number(self.memory)),
            gpus: class.gpus,
            devices: &[],
            tasks: number(self.tasks),
            group_tasks: self.group.of(at),
        }
    }

    /// Two at most of the candidates: whether there is one, and whether there is a choice.
    pub(crate) fn first_two(&self) -> [Option<usize>; 2] {
        let mut instances = self.instances();
        [instances.next(), instances.next()]
    }

    /// The position of the candidate with the least score, the first of several.
    #[inline(always)]
    pub(crate) fn least<S: Ord>(&self, score: impl Fn(&Candidate<'a>) -> S) -> Option<usize> {
        let mut best: Option<(S, Found)> = None;
        let mut position = 0;
        for block in self.blocks() {
            let mut left = self.marked(block);
            while left != 0 {
                let instance = block * BLOCK + left.trailing_zeros() as usize;
                left &= left - 1;
                let score = score(&self.candidate(instance));
                if best.as_ref().is_none_or(|(least, _)| score < *least) {
                    best = Some((score, Found { position, instance }));
                }
                position += 1;
            }
        }
        let found = best?.1;
        self.memo.found.set(Some(found));
        Some(found.position)
    }

    /// The candidates' numbers, ascending.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.instances().map(|at| InstanceId::from_index(at).0).collect()
    }

    /// All candidates, listed once.
    pub(crate) fn listed(&self) -> &[Candidate<'a>] {
        self.memo.listed.get_or_init(|| self.instances().map(|at| self.candidate(at)).collect())
    }

    /// How many candidates there are.
    pub(crate) fn len(&self) -> usize {
        let count = |block| self.marked(block).count_ones() as usize;
        self.memo.listed.get().map_or_else(|| self.blocks().map(count).sum(), Vec::len)
    }

    /// The instance of a candidate; `None` if there are not so many.
    pub(crate) fn instance(&self, position: usize) -> Option<usize> {
        match self.memo.found.get() {
            Some(found) if found.position == position => Some(found.instance),
            _ => self.instances().nth(position),
        }
    }
}

/// The positions of the set bits, ascending.
#[inline]
pub(crate) fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::policy::contract::View;
    use crate::model::units::ZoneId;

    #[test]
    fn columns_show_what_a_list_shows() {
        let classes = [InstanceClass::new(ZoneId(0), "a", 8, 8), InstanceClass::new(ZoneId(1), "b", 16, 16)];
        let class_of = [0, 1, 0, 1, 1].map(ClassId);
        // Two words a mask: the second decides, and instance 2 has not the bit.
        let masks = [9, 4, 9, 4, 9, 3, 9, 4, 9, 12];
        let check = |chosen: Option<&[bool]>, expected: &[u32], best: usize| {
            let columns = Columns {
                classes: &classes,
                class_of: &class_of,
                cpu: &[5, 4, 3, 4, 9],
                memory: &[1, 2, 3, 4, 5],
                tasks: &[0; 5],
                group: GroupTasks::Bytes { counts: &[0, 1, 0, 2, 0, 3, 0, 4, 0, 5], groups: 2, group: 1 },
                marks: Marks { masks: &masks, words: 2, word: 1, bits: 4, classes: chosen },
                memo: Memo::default(),
            };
            let demand = crate::model::resources::Demand::new(1, 1);
            let view = View::of_columns(&demand, &columns, &|_| 0);
            let best_of = |view: &View<'_>| view.least(|candidate| (candidate.cpu, candidate.memory));
            assert_eq!(best_of(&view), best);
            assert_eq!(columns.instance(best), Some(expected[best] as usize));
            let seen: Vec<u32> = view.candidates().iter().map(|candidate| candidate.instance.0).collect();
            assert_eq!((seen.as_slice(), columns.len()), (expected, expected.len()));
            let groups = view.candidates().iter().map(|candidate| candidate.group_tasks);
            assert!(groups.eq(expected.iter().map(|instance| instance + 1)));
            let listed = view.candidates().to_vec();
            assert_eq!(best_of(&View::new(&demand, &listed, &|_| 0)), best);
            assert_eq!(columns.instance(expected.len()), None);
            assert_eq!(columns.first_two()[0], Some(expected[0] as usize));
        };
        check(None, &[0, 1, 3, 4], 1);
        check(Some(&[true, false]), &[0], 0);
        check(Some(&[false, true]), &[1, 3, 4], 0);
    }
}
