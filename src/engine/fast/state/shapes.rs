//! The distinct demands of a run, and which of them fit into what an instance has left, as one bit each.
//!
//! Demands are few while instances are many, so "cpu and memory both fit" is worked out from two small tables instead
//! of by comparing: the rank of an amount is how many distinct demanded amounts do not exceed it, and the shapes that
//! fit are those of the cpu rank and those of the memory rank.
//!
//! # Invariants
//! 1. Shape `s` fits exactly if bit `s` is set in the masks of both ranks.
//! 2. Ranks grow with the amount; rank 0 fits no shape.
//!
//! # Cost
//! Two loads from tables of a few hundred bytes for each resource. Where amounts are so odd that a table would pass
//! 2^16 entries, a binary search takes its place.

use super::record::Record;
use crate::model::Demand;

/// The sorted distinct amounts that shapes demand of one resource.
#[derive(Clone, Debug)]
pub(crate) struct Thresholds {
    amounts: Vec<u32>,
    /// Rank by `amount >> shift`, up to the largest threshold; empty if that were too long.
    table: Vec<u32>,
    /// The last position of the table.
    last: u32,
    shift: u32,
}

const LONGEST_TABLE: usize = 1 << 16;

impl Thresholds {
    pub(crate) fn new(demanded: impl Iterator<Item = u32>) -> Self {
        let mut amounts: Vec<u32> = demanded.collect();
        amounts.sort_unstable();
        amounts.dedup();
        // All thresholds are multiples of 2^shift, so the bits below it never decide.
        let shift = amounts.iter().fold(0, |bits, amount| bits | amount).trailing_zeros().min(31);
        let last = amounts.last().map_or(0, |&largest| largest >> shift);
        let mut thresholds = Self { amounts, table: Vec::new(), last, shift };
        if (last as usize) < LONGEST_TABLE {
            thresholds.table = (0..=last).map(|position| thresholds.search(position << shift)).collect();
        }
        thresholds
    }

    /// How many distinct demanded amounts are at most `amount`.
    #[inline]
    pub(crate) fn rank(&self, amount: u32) -> u32 {
        let position = amount.wrapping_shr(self.shift).min(self.last);
        self.table.get(position as usize).copied().unwrap_or_else(|| self.search(amount))
    }

    #[inline(never)]
    fn search(&self, amount: u32) -> u32 {
        let below = self.amounts.partition_point(|&threshold| threshold <= amount);
        u32::try_from(below).expect("no more thresholds than requests")
    }

    /// The largest rank there is.
    pub(crate) fn top(&self) -> u32 {
        u32::try_from(self.amounts.len()).expect("no more thresholds than requests")
    }
}

/// Ranks of what an instance has left; both 0 where it takes no task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranks {
    pub(crate) cpu: u32,
    pub(crate) memory: u32,
}

/// An instance at a moment, and the ranks of what it has left then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) record: Record,
    pub(crate) ranks: Ranks,
}

/// Cpu and memory of a demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) cpu: u32,
    pub(crate) memory: u32,
}

impl Shape {
    pub(crate) fn of(demand: &Demand) -> Self {
        Self { cpu: demand.cpu.0, memory: demand.memory.0 }
    }
}

/// Cpu and memory of every distinct demand, with the tables. Shapes are numbered as given.
#[derive(Clone, Debug)]
pub(crate) struct Shapes {
    pub(crate) amounts: Vec<Shape>,
    pub(crate) cpu: Thresholds,
    pub(crate) memory: Thresholds,
    /// The largest demanded amounts of cpu and of memory.
    largest: Shape,
    words: usize,
    /// By word, then rank.
    cpu_masks: Vec<u64>,
    memory_masks: Vec<u64>,
}

impl Shapes {
    pub(crate) fn new(amounts: Vec<Shape>) -> Self {
        let cpu = Thresholds::new(amounts.iter().map(|shape| shape.cpu));
        let memory = Thresholds::new(amounts.iter().map(|shape| shape.memory));
        let words = amounts.len().div_ceil(64);
        let largest =
            |most: Shape, shape: &Shape| Shape { cpu: most.cpu.max(shape.cpu), memory: most.memory.max(shape.memory) };
        let largest = amounts.iter().fold(Shape::default(), largest);
        let cpu_masks = masks(&cpu, words, amounts.iter().map(|shape| shape.cpu));
        let memory_masks = masks(&memory, words, amounts.iter().map(|shape| shape.memory));
        Self { amounts, cpu, memory, largest, words, cpu_masks, memory_masks }
    }

    pub(crate) fn len(&self) -> usize {
        self.amounts.len()
    }

    /// How many 64-bit words a mask over all shapes takes.
    #[inline]
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    #[inline]
    fn ranks(&self, cpu: u32, memory: u32) -> Ranks {
        Ranks { cpu: self.cpu.rank(cpu), memory: self.memory.rank(memory) }
    }

    /// Every shape fits into what is left, so that none starts or ceases to fit while that is so.
    #[inline]
    pub(crate) fn all_fit(&self, record: Record) -> bool {
        (record.cpu >= self.largest.cpu) & (record.memory >= self.largest.memory)
    }

    /// The ranks of what an instance has left.
    #[inline]
    pub(crate) fn ranks_of(&self, record: &Record) -> Ranks {
        if record.is_active() { self.ranks(record.cpu, record.memory) } else { Ranks::default() }
    }

    /// An instance as it is.
    #[inline]
    pub(crate) fn standing(&self, record: Record) -> Standing {
        Standing { record, ranks: self.ranks_of(&record) }
    }

    /// Word `word` of the mask of shapes that fit.
    #[inline(always)]
    pub(crate) fn fitting(&self, ranks: Ranks, word: usize) -> u64 {
        // Nearly always, one word holds all.
        if word == 0 { self.first_fitting(ranks) } else { self.later_fitting(ranks, word) }
    }

    #[inline(always)]
    fn first_fitting(&self, ranks: Ranks) -> u64 {
        self.cpu_masks[ranks.cpu as usize] & self.memory_masks[ranks.memory as usize]
    }

    #[inline(never)]
    fn later_fitting(&self, ranks: Ranks, word: usize) -> u64 {
        let at = |thresholds: &Thresholds, rank: u32| word * (thresholds.amounts.len() + 1) + rank as usize;
        self.cpu_masks[at(&self.cpu, ranks.cpu)] & self.memory_masks[at(&self.memory, ranks.memory)]
    }
}

/// For each word and rank, the shapes whose demand has at most that rank.
fn masks(thresholds: &Thresholds, words: usize, demanded: impl Iterator<Item = u32>) -> Vec<u64> {
    let ranks = thresholds.top() as usize + 1;
    let mut masks = vec![0; ranks * words.max(1)];
    for (shape, amount) in demanded.enumerate() {
        for rank in thresholds.rank(amount)..=thresholds.top() {
            masks[shape / 64 * ranks + rank as usize] |= 1 << (shape % 64);
        }
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(cpu: u32, memory: u32) -> Shape {
        Shape { cpu, memory }
    }

    fn check(shapes: &[Shape], left: Shape) {
        let table = Shapes::new(shapes.to_vec());
        let ranks = table.ranks(left.cpu, left.memory);
        for (number, shape) in shapes.iter().enumerate() {
            let bit = table.fitting(ranks, number / 64) >> (number % 64) & 1 == 1;
            let fits = shape.cpu <= left.cpu && shape.memory <= left.memory;
            assert_eq!(bit, fits, "shape {number} of {shapes:?} in {left:?}");
        }
    }

    #[test]
    fn exact_fit_and_zero_demands_fit() {
        check(&[shape(256, 512), shape(0, 0), shape(512, 512)], shape(256, 512));
        check(&[shape(0, 0)], shape(0, 0));
        check(&[shape(1, u32::MAX), shape(1, 7)], shape(1, 7));
    }

    proptest! {
        #[test]
        fn masks_say_what_two_comparisons_say(
            amounts in prop::collection::vec((0..6_u32, 0..6_u32), 1..80),
            left in (0..8_u32, 0..8_u32),
            scale in prop::sample::select(vec![1_u32, 3, 256, 100_000]),
        ) {
            let shapes: Vec<_> = amounts.into_iter().map(|(cpu, memory)| shape(cpu * scale, memory * scale)).collect();
            check(&shapes, shape(left.0 * scale, left.1 * scale));
            check(&shapes, shape((left.0 * scale).saturating_sub(1), left.1 * scale));
        }
    }
}
