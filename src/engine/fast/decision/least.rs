//! One pass for what no index serves: the instance that is least, rule by rule, among those that pass every check.
//!
//! Each rule gives an instance a number that does not hang on who else is a candidate, so that to narrow by one rule after
//! another is to look for the least list of numbers. What is dear to ask of an instance (an expression over tasks, its GPUs,
//! ports and slots) is asked of those alone that would be chosen over the best so far.
//!
//! # Cost
//! The record of every instance is looked at once, without a branch, and where a spread over an attribute comes first only
//! those are compared that are in a bucket as empty as the emptiest so far: two or three nanoseconds an instance.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::scan::Scan;
use crate::engine::draw::Decision;
use crate::engine::fast::index::order::Orders;
use crate::engine::fast::state::looks;
use crate::engine::fast::state::record::Record;
use crate::model::columns::{BLOCK, Block, bits};
use crate::model::contract::Custom;
use crate::model::{ClassId, InstanceId, PackedResource, Rule, SpreadField, TieBreak};

/// What a rule or a tie-break compares; the least is best.
#[derive(Clone, Debug)]
enum Score {
    /// By class: the tasks of the group in its bucket.
    Bucket(Vec<u64>),
    /// What is left of a resource.
    Left(PackedResource),
    /// The same as a share of what is registered.
    ShareLeft(PackedResource),
    /// The tasks of the group on the instance.
    Level,
    /// All tasks there.
    Tasks,
    /// The greater of the shares that are taken of cpu and memory.
    GreaterShareTaken,
}

/// What chooses among those that are equal by every score.
#[derive(Clone, Copy, Debug)]
enum End<'s> {
    First,
    Draw,
    Ask(&'s Custom),
}

/// What may be better is less by its class, or equal by it and below this by the lead.
#[derive(Clone, Copy)]
struct Limit {
    of_class: u64,
    lead: u64,
}

/// The best so far.
struct Best {
    of_class: u64,
    lead: u32,
    /// One a score.
    values: SmallVec<[Fraction; 6]>,
}

/// With this reading of U-5, instances without an attribute come after all that have it.
const ABSENT: u64 = 1 << 63;
/// By class: it fails a check.
const NEVER: u64 = u64::MAX;
/// Bits of a half of a number.
const HALF: u32 = 31;

impl Scan<'_, '_> {
    /// The chosen instance.
    pub(crate) fn choose(self, orders: &Orders, decision: Decision) -> Option<u32> {
        let (mut scores, end) = self.scores(orders);
        let of_class = self.of_class(&mut scores);
        looks::look(self.cluster.records.len());
        let all = !matches!(end, End::First);
        let tied = match scores.first() {
            Some(Score::Left(PackedResource::Cpu)) => self.least(&of_class, |record| record.cpu, &scores, all),
            Some(Score::Left(PackedResource::Memory)) => self.least(&of_class, |record| record.memory, &scores, all),
            _ => self.least(&of_class, |_| 0, &scores, all),
        };
        match (end, tied.as_slice()) {
            (_, &[only]) => Some(only),
            (End::Draw, [_, ..]) => Some(decision.among(&tied, self.cluster.records.len())),
            (End::Ask(custom), [_, ..]) => Some(self.ask(custom, &tied)),
            (_, tied) => tied.first().copied(),
        }
    }

    /// What the first rule says of a class, if it is a spread over an attribute, and the second as well where both numbers
    /// fit in one. They are taken away from the scores.
    fn of_class(&self, scores: &mut SmallVec<[Score; 6]>) -> Vec<u64> {
        let mut of_class = match scores.first() {
            Some(Score::Bucket(tasks)) => tasks.clone(),
            _ => vec![0; self.failures.len()],
        };
        let is_half = |tasks: &[u64]| tasks.iter().all(|tasks| *tasks < 1 << HALF);
        if let Some(Score::Bucket(_)) = scores.first() {
            scores.remove(0);
            if let Some(Score::Bucket(tasks)) = scores.first()
                && is_half(tasks)
                && is_half(&of_class)
            {
                of_class.iter_mut().zip(tasks).for_each(|(of, tasks)| *of = *of << HALF | tasks);
                scores.remove(0);
            }
        }
        of_class.iter_mut().zip(self.failures).filter(|(_, fails)| fails.is_some()).for_each(|(of, _)| *of = NEVER);
        of_class
    }

    /// What the rules compare, and what chooses then.
    fn scores(&self, orders: &Orders) -> (SmallVec<[Score; 6]>, End<'_>) {
        let mut scores = SmallVec::new();
        for rule in &self.request.strategy.0 {
            match rule {
                Rule::Spread(SpreadField::Attribute(name)) => scores.push(Score::Bucket(self.buckets(orders, name))),
                Rule::Spread(SpreadField::InstanceId) => scores.push(Score::Level),
                Rule::Binpack(resource) if self.options.binpack_by_fraction => {
                    scores.push(Score::ShareLeft(*resource));
                }
                Rule::Binpack(resource) => scores.push(Score::Left(*resource)),
                Rule::Random => return (scores, End::Draw),
                Rule::Custom(custom) => return (scores, End::Ask(custom)),
            }
        }
        match self.options.tie_break {
            TieBreak::Order => {}
            TieBreak::Random => return (scores, End::Draw),
            TieBreak::FewestTasks => scores.push(Score::Tasks),
            TieBreak::MostRemaining => scores.push(Score::GreaterShareTaken),
        }
        (scores, End::First)
    }

    /// By class: the tasks of the group in its bucket of an attribute, as an order counts them, or else counted here.
    fn buckets(&self, orders: &Orders, name: &str) -> Vec<u64> {
        let classes = &self.cluster.fleet.classes;
        let shifted = |is_absent: bool| if is_absent && !self.options.absent_attribute_is_bucket { ABSENT } else { 0 };
        if let Some(attribute) = orders.attribute(name) {
            let (spreads, tasks) = (&orders.spreads, orders.spreads.of_group(attribute, self.plan.group));
            let of_class = |class: usize| {
                let bucket = spreads.bucket(attribute, ClassId::from_index(class));
                u64::from(tasks[bucket as usize]) + shifted(spreads.absent(attribute) == Some(bucket))
            };
            return (0..classes.len()).map(of_class).collect();
        }
        let mut of_value: FxHashMap<Option<Option<&str>>, u64> = FxHashMap::default();
        for id in (0..self.instances()).filter(|&id| self.is_counted(id)) {
            let tasks = self.cluster.group_count(id, self.plan.group);
            if tasks > 0 {
                *of_value.entry(self.cluster.class(id).attribute(name)).or_insert(0) += u64::from(tasks);
            }
        }
        let values = classes.iter().map(|class| class.attribute(name));
        values.map(|value| of_value.get(&value).copied().unwrap_or(0) + shifted(value.is_none())).collect()
    }

    /// The instances that are least by a number of their class and then by every score, ascending: all of them, or the first.
    /// `lead` is the first score once more, where the record tells it: most are told apart by it, a block at a time.
    #[inline(always)]
    fn least(&self, of_class: &[u64], lead: impl Fn(&Record) -> u32, scores: &[Score], all: bool) -> Vec<u32> {
        let mut tied = Vec::new();
        let mut best = Best { of_class: NEVER - 1, lead: 0, values: SmallVec::new() };
        // Those that are equal so far need not be looked at where nothing more tells them apart.
        let of_equals = u64::from(all || !matches!(scores, [] | [Score::Left(_)]));
        let blocks = self.cluster.records.chunks(BLOCK).zip(self.cluster.class_ids().chunks(BLOCK));
        for (block, (records, classes)) in blocks.enumerate() {
            let limit = Limit { of_class: best.of_class, lead: u64::from(best.lead) + of_equals };
            for at in bits(self.fitting(records, classes, of_class, &lead, limit)) {
                let id = InstanceId::from_index(block * BLOCK + at).0;
                let one = One { id, record: &records[at], class: classes[at] };
                let (first, lead) = (of_class[one.class.index()], lead(one.record));
                let order = (first.cmp(&best.of_class)).then(lead.cmp(&best.lead));
                let order = order.then_with(|| self.compare(scores, one, &best.values));
                if order.is_gt() || (order.is_eq() && !all) || self.is_hindered(id) {
                    continue;
                }
                if order.is_lt() {
                    tied.clear();
                    let values = scores.iter().map(|score| self.value(score, one)).collect();
                    best = Best { of_class: first, lead, values };
                }
                tied.push(id);
            }
        }
        tied
    }

    fn compare(&self, scores: &[Score], one: One<'_>, best: &[Fraction]) -> Ordering {
        let each = scores.iter().zip(best).map(|(score, best)| self.value(score, one).cmp(best));
        each.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn level(&self, id: u32) -> u32 {
        self.cluster.group_count(id, self.plan.group)
    }

    /// Which of some instances, 64 at most, take tasks, have the cpu and the memory, and may be better than the best so far, a
    /// bit each.
    #[inline(always)]
    fn fitting(
        &self,
        records: &[Record],
        classes: &[ClassId],
        of_class: &[u64],
        lead: impl Fn(&Record) -> u32,
        limit: Limit,
    ) -> u64 {
        let (cpu, memory) = (self.plan.cpu, self.plan.memory);
        // Byte by byte and without a branch.
        let mut fits = [0_u8; BLOCK];
        for (fits, (record, class)) in fits.iter_mut().zip(records.iter().zip(classes)) {
            let has_room = (record.cpu >= cpu) & (record.memory >= memory) & record.is_active();
            let first = of_class[class.index()];
            let is_better =
                (first < limit.of_class) | ((first == limit.of_class) & (u64::from(lead(record)) < limit.lead));
            *fits = u8::from(has_room & is_better);
        }
        packed(&fits)
    }

    fn value(&self, score: &Score, One { id, record, class }: One<'_>) -> Fraction {
        let share = |amount: u32, whole: u32| Fraction(u64::from(amount), u64::from(whole.max(1)));
        let of = |class: ClassId| &self.cluster.fleet.classes[class.index()];
        match score {
            Score::Bucket(tasks) => Fraction(tasks[class.index()], 1),
            Score::Left(PackedResource::Cpu) => Fraction(u64::from(record.cpu), 1),
            Score::Left(PackedResource::Memory) => Fraction(u64::from(record.memory), 1),
            Score::ShareLeft(PackedResource::Cpu) => share(record.cpu, of(class).cpu.0),
            Score::ShareLeft(PackedResource::Memory) => share(record.memory, of(class).memory.0),
            Score::Level => Fraction(u64::from(self.level(id)), 1),
            Score::Tasks => Fraction(u64::from(record.tasks()), 1),
            Score::GreaterShareTaken => {
                let (cpu, memory) = (of(class).cpu.0.max(1), of(class).memory.0.max(1));
                share(cpu - record.cpu, cpu).max(share(memory - record.memory, memory))
            }
        }
    }
}

/// The lowest bit of each byte.
#[inline]
fn packed(bytes: &Block<u8>) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let eights = bytes.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |set, (at, eight)| set | (u64::from_le_bytes(*eight).wrapping_mul(TOGETHER) >> 56) << (at * 8))
}

/// An instance that is compared.
#[derive(Clone, Copy)]
struct One<'r> {
    id: u32,
    record: &'r Record,
    class: ClassId,
}

/// A fraction of numbers whose products fit, compared exactly.
#[derive(Clone, Copy, Debug)]
struct Fraction(u64, u64);

impl Ord for Fraction {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fraction {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_bits_in_their_order() {
        for set in [0, 1, 1 << 63, 0x8000_0001_0000_0100, 0x1234_5678_9abc_def0, u64::MAX] {
            let mut bytes = [0; BLOCK];
            bits(set).for_each(|at| bytes[at] = 1);
            assert_eq!(packed(&bytes), set);
        }
    }
}
