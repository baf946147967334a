//! The candidates of one decision as columns: a number of each kind for every instance, which a strategy that scores each
//! candidate by itself goes through in one pass, without a list of them.
//!
//! # Invariants
//! 1. All columns have one length, and positions are those of the candidates in input order.
//!
//! # Cost
//! What a score does not read is not loaded: a candidate is put together where the score is inlined.

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

impl<'a> Columns<'a> {
    /// The instances that are candidates, ascending.
    #[inline(always)]
    fn instances(&self) -> impl Iterator<Item = usize> {
        let Marks { masks, words, word, bits, classes } = self.marks;
        let masks = masks.iter().skip(word).step_by(words.max(1)).zip(self.class_of);
        let is_right = move |(mask, class): (&u64, &ClassId)| {
            mask & bits != 0 && classes.is_none_or(|classes| classes[class.index()])
        };
        masks.enumerate().filter_map(move |(at, row)| is_right(row).then_some(at))
    }

    #[inline(always)]
    fn candidate(&self, at: usize) -> Candidate<'a> {
        let class = &self.classes[self.class_of[at].index()];
        Candidate {
            instance: InstanceId::from_index(at),
            class,
            cpu: CpuUnits(self.cpu[at]),
            memory: MemoryMib(self.memory[at]),
            gpus: class.gpus,
            devices: &[],
            tasks: self.tasks[at],
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
        for (position, instance) in self.instances().enumerate() {
            let score = score(&self.candidate(instance));
            if best.as_ref().is_none_or(|(least, _)| score < *least) {
                best = Some((score, Found { position, instance }));
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
        self.memo.listed.get().map_or_else(|| self.instances().count(), Vec::len)
    }

    /// The instance of a candidate; `None` if there are not so many.
    pub(crate) fn instance(&self, position: usize) -> Option<usize> {
        match self.memo.found.get() {
            Some(found) if found.position == position => Some(found.instance),
            _ => self.instances().nth(position),
        }
    }
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
