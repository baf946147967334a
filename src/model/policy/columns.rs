//! The candidates of one decision as columns: a number of each kind for every instance, which a strategy that scores each
//! candidate by itself goes through in one pass, without a list of them.
//!
//! # Invariants
//! 1. All columns have as many blocks, and positions are those of the candidates in input order.
//!
//! # Cost
//! One pass: a word tells which of a block of 64 instances are candidates, and each of these is put together where the score
//! is inlined, so that what a score does not read is not loaded. Blocks are arrays, so that no access in one is checked.

use std::cell::{Cell, OnceCell};

use super::contract::Candidate;
use crate::model::resources::InstanceClass;
use crate::model::units::{ClassId, CpuUnits, InstanceId, MemoryMib};

/// So many instances stand together: a bit each of one word.
pub(crate) const BLOCK: usize = 64;

/// A number of each of so many instances.
pub(crate) type Block<T> = [T; BLOCK];

/// How many tasks of the group each instance holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GroupTasks<'a> {
    /// The strategy is told of none.
    Untold,
    Bytes(&'a [Block<u8>]),
    Numbers(&'a [Block<u32>]),
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    pub(crate) classes: &'a [InstanceClass],
    pub(crate) class_of: &'a [Block<ClassId>],
    pub(crate) cpu: &'a [Block<u32>],
    pub(crate) memory: &'a [Block<u32>],
    pub(crate) tasks: &'a [Block<u32>],
    pub(crate) group: GroupTasks<'a>,
    /// Which instances of each block are candidates, a bit each.
    pub(crate) candidates: &'a [u64],
    pub(crate) memo: Memo<'a>,
}

/// What a decision has worked out so far.
#[derive(Debug, Default)]
pub(crate) struct Memo<'a> {
    listed: OnceCell<Vec<Candidate<'a>>>,
    found: Cell<Option<Found>>,
}

/// What was found last: a position among the candidates, and the instance.
#[derive(Clone, Copy, Debug)]
struct Found {
    position: usize,
    instance: usize,
}

/// One block of every column.
struct Rows<'c, 'a> {
    classes: &'a [InstanceClass],
    start: usize,
    class_of: &'c Block<ClassId>,
    cpu: &'c Block<u32>,
    memory: &'c Block<u32>,
    tasks: &'c Block<u32>,
    group: Block<u32>,
}

impl<'a> Rows<'_, 'a> {
    #[inline(always)]
    fn candidate(&self, at: usize) -> Candidate<'a> {
        let class = &self.classes[self.class_of[at].index()];
        Candidate {
            instance: InstanceId::from_index(self.start + at),
            class,
            cpu: CpuUnits(self.cpu[at]),
            memory: MemoryMib(self.memory[at]),
            gpus: class.idle_gpus(),
            devices: &[],
            tasks: self.tasks[at],
            group_tasks: self.group[at],
        }
    }
}

impl<'a> Columns<'a> {
    #[inline(always)]
    fn rows(&self, block: usize) -> Rows<'_, 'a> {
        Rows {
            classes: self.classes,
            start: block * BLOCK,
            class_of: &self.class_of[block],
            cpu: &self.cpu[block],
            memory: &self.memory[block],
            tasks: &self.tasks[block],
            group: match self.group {
                GroupTasks::Untold => [0; BLOCK],
                GroupTasks::Bytes(bytes) => bytes[block].map(u32::from),
                GroupTasks::Numbers(numbers) => numbers[block],
            },
        }
    }

    /// The instances that are candidates, ascending.
    fn instances(&self) -> impl Iterator<Item = usize> {
        let words = self.candidates.iter().enumerate();
        words.flat_map(|(block, word)| bits(*word).map(move |at| block * BLOCK + at))
    }

    fn candidate(&self, instance: usize) -> Candidate<'a> {
        self.rows(instance / BLOCK).candidate(instance % BLOCK)
    }

    /// Two at most of the candidates: whether there is one, and whether there is a choice.
    pub(crate) fn first_two(&self) -> [Option<usize>; 2] {
        let mut instances = self.instances();
        [instances.next(), instances.next()]
    }

    /// The position of the candidate with the least score, the first of several.
    #[inline(always)]
    pub(crate) fn least<S: Ord>(&self, score: impl Fn(&Candidate<'a>) -> S) -> Option<usize> {
        let mut instance = self.instances().next()?;
        let mut least = score(&self.candidate(instance));
        for (block, &word) in self.candidates.iter().enumerate().filter(|(_, word)| **word != 0) {
            let rows = self.rows(block);
            let mut left = word;
            while left != 0 {
                let at = left.trailing_zeros() as usize % BLOCK;
                left &= left - 1;
                let score = score(&rows.candidate(at));
                // Of tuples and the like an ordering is found with fewer branches than whether one is less.
                if score.cmp(&least).is_lt() {
                    (least, instance) = (score, rows.start + at);
                }
            }
        }
        let position = self.before(instance);
        self.memo.found.set(Some(Found { position, instance }));
        Some(position)
    }

    /// How many candidates come before an instance.
    fn before(&self, instance: usize) -> usize {
        let (block, at) = (instance / BLOCK, instance % BLOCK);
        let here = self.candidates[block] & ((1 << at) - 1);
        count(&self.candidates[..block]) + here.count_ones() as usize
    }

    /// The candidates' numbers, ascending.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.instances().map(|at| InstanceId::from_index(at).0).collect()
    }

    /// All candidates, listed once.
    pub(crate) fn listed(&self) -> &[Candidate<'a>] {
        self.memo.listed.get_or_init(|| {
            let mut listed = Vec::with_capacity(self.len());
            for (block, &word) in self.candidates.iter().enumerate().filter(|(_, word)| **word != 0) {
                let rows = self.rows(block);
                listed.extend(bits(word).map(|at| rows.candidate(at)));
            }
            listed
        })
    }

    /// How many candidates there are.
    pub(crate) fn len(&self) -> usize {
        self.memo.listed.get().map_or_else(|| count(self.candidates), Vec::len)
    }

    /// The instance of a candidate; `None` if there are not so many.
    pub(crate) fn instance(&self, position: usize) -> Option<usize> {
        match self.memo.found.get() {
            Some(found) if found.position == position => Some(found.instance),
            _ => self.instances().nth(position),
        }
    }
}

fn count(words: &[u64]) -> usize {
    words.iter().map(|word| word.count_ones() as usize).sum()
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

    /// Blocks of which the first begins and the second ends with some numbers.
    fn blocks<T: Copy>(nothing: T, numbers: [T; 5]) -> [Block<T>; 2] {
        let mut blocks = [[nothing; BLOCK]; 2];
        blocks[0][..3].copy_from_slice(&numbers[..3]);
        blocks[1][BLOCK - 2..].copy_from_slice(&numbers[3..]);
        blocks
    }

    #[test]
    fn columns_show_what_a_list_shows() {
        let classes = [InstanceClass::new(ZoneId(0), "a", 8, 8), InstanceClass::new(ZoneId(1), "b", 16, 16)];
        let class_of = blocks(ClassId(0), [0, 1, 0, 1, 1].map(ClassId));
        let (cpu, memory) = (blocks(0, [5, 4, 3, 4, 9]), blocks(0, [1, 2, 3, 4, 5]));
        let (bytes, numbers) = (blocks(0, [1, 2, 3, 4, 255]), blocks(0, [1, 2, 3, 4, 255]));
        let check = |candidates: [u64; 2], group: GroupTasks<'_>, expected: &[u32], best: usize| {
            let columns = Columns {
                classes: &classes,
                class_of: &class_of,
                cpu: &cpu,
                memory: &memory,
                tasks: &[[0; BLOCK]; 2],
                group,
                candidates: &candidates,
                memo: Memo::default(),
            };
            let demand = crate::model::resources::Demand::new(1, 1);
            let view = View::of_columns(&demand, &columns, &|_| 0);
            let best_of = |view: &View<'_>| view.least(|candidate| (candidate.cpu, candidate.memory));
            assert_eq!(best_of(&view), best);
            assert_eq!(columns.instance(best), Some(expected[best] as usize));
            assert_eq!((columns.ids().as_slice(), columns.len()), (expected, expected.len()));
            let seen: Vec<u32> = view.candidates().iter().map(|candidate| candidate.instance.0).collect();
            assert_eq!((seen.as_slice(), columns.len()), (expected, expected.len()));
            let is_untold = matches!(group, GroupTasks::Untold);
            let of_group = |id: &u32| [1, 2, 3, 4, 255][if *id < 3 { *id as usize } else { *id as usize - 123 }];
            let groups = view.candidates().iter().map(|candidate| candidate.group_tasks);
            assert!(groups.eq(expected.iter().map(|id| if is_untold { 0 } else { of_group(id) })));
            let listed = view.candidates().to_vec();
            assert_eq!(best_of(&View::new(&demand, &listed, &|_| 0)), best);
            assert_eq!(columns.instance(expected.len()), None);
            assert_eq!(columns.first_two()[0], Some(expected[0] as usize));
        };
        let (first, last) = (1 << 62, 1 << 63);
        check([0b011, first | last], GroupTasks::Bytes(&bytes), &[0, 1, 126, 127], 1);
        check([0b001, 0], GroupTasks::Numbers(&numbers), &[0], 0);
        check([0b010, last], GroupTasks::Numbers(&numbers), &[1, 127], 0);
        check([0, first | last], GroupTasks::Untold, &[126, 127], 0);
    }
}
