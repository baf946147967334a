//! What instances are ordered by, and how it is packed into one number.
//!
//! # Invariants
//! 1. Keys of instances that registered the same cpu and memory compare as their parts do, one after another, and then as
//!    their ids.
//! 2. Parts that are shares compare across classes only by [`Share::compare`], which is exact.

use std::cmp::Ordering;

use super::record::Record;
use super::stored::Stored;
use crate::model::InstanceClass;

/// Where an instance stands: the parts of its order, and in the low bits its id.
pub(crate) type Key = u128;

/// Some keys: from one on, and below another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) from: Key,
    pub(crate) end: Key,
}

impl Range {
    pub(crate) const ALL: Self = Self { from: 0, end: Key::MAX };

    #[inline]
    pub(crate) fn contains(self, key: Key) -> bool {
        self.from <= key && key < self.end
    }
}

/// One thing that instances are ordered by; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// CPU units left.
    Cpu,
    /// MiB left.
    Memory,
    /// CPU units left, as a share of what is registered.
    CpuShare,
    /// MiB left, as a share of what is registered.
    MemoryShare,
    /// Tasks.
    Tasks,
    /// The lesser of both shares, the greatest first.
    GreatestLeastShare,
    /// Both shares added up.
    LeastShares,
    /// Both shares added up, the greatest first.
    GreatestShares,
}

/// What an instance registered; nothing counts as one, of which nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Whole {
    cpu: u64,
    memory: u64,
    /// The least number that both divide: in this unit shares of either are whole numbers.
    both: u64,
    /// How many of these units a CPU unit is, and a MiB.
    of_cpu: u64,
    of_memory: u64,
}

/// A value of a part as a share of what is the whole, or an amount as a share of one: so values compare whatever instances
/// registered, and less is better.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    value: u64,
    of: u64,
}

impl Share {
    #[inline]
    pub(crate) fn compare(self, other: Self) -> Ordering {
        if self.of == other.of {
            return self.value.cmp(&other.value);
        }
        let scaled = |value: u64, by: u64| u128::from(value) * u128::from(by);
        scaled(self.value, other.of).cmp(&scaled(other.value, self.of))
    }
}

impl Whole {
    pub(crate) fn of(class: &InstanceClass) -> Self {
        let [cpu, memory] = [class.cpu.0, class.memory.0].map(|amount| u64::from(amount.max(1)));
        let (of_cpu, of_memory) = (memory / common(cpu, memory), cpu / common(cpu, memory));
        Self { cpu, memory, both: cpu * of_cpu, of_cpu, of_memory }
    }
}

/// The greatest number that divides two.
fn common(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { common(other, one % other) }
}

impl Part {
    /// It compares amounts with what is registered, so that only instances which registered the same share an order.
    pub(crate) fn is_share(self) -> bool {
        !matches!(self, Self::Cpu | Self::Memory | Self::Tasks)
    }

    /// Its values may have more than 64 bits; they are compared with nothing but those of one whole.
    fn is_long(self) -> bool {
        matches!(self, Self::LeastShares | Self::GreatestShares)
    }

    /// No value is above this.
    fn most(self, whole: Whole) -> u128 {
        let both = || u128::from(whole.both);
        match self {
            Self::Cpu | Self::CpuShare => u128::from(whole.cpu),
            Self::Memory | Self::MemoryShare => u128::from(whole.memory),
            Self::Tasks => u128::from(u32::MAX >> 8),
            Self::GreatestLeastShare => both(),
            Self::LeastShares | Self::GreatestShares => 2 * both(),
        }
    }

    #[inline]
    fn value(self, record: &Record, whole: &Whole) -> u128 {
        let (of_cpu, of_memory) = (u64::from(record.cpu) * whole.of_cpu, u64::from(record.memory) * whole.of_memory);
        let sum = || u128::from(of_cpu) + u128::from(of_memory);
        match self {
            Self::LeastShares => sum(),
            Self::GreatestShares => self.most(*whole) - sum(),
            _ => u128::from(self.low_value(record, whole)),
        }
    }

    /// The low 64 bits of its value.
    #[inline]
    fn low_value(self, record: &Record, whole: &Whole) -> u64 {
        let (of_cpu, of_memory) =
            (|| u64::from(record.cpu) * whole.of_cpu, || u64::from(record.memory) * whole.of_memory);
        let sum = || of_cpu().wrapping_add(of_memory());
        match self {
            Self::Cpu | Self::CpuShare => u64::from(record.cpu),
            Self::Memory | Self::MemoryShare => u64::from(record.memory),
            Self::Tasks => u64::from(record.tasks()),
            Self::GreatestLeastShare => whole.both - of_cpu().min(of_memory()),
            Self::LeastShares => sum(),
            Self::GreatestShares => whole.both.wrapping_mul(2).wrapping_sub(sum()),
        }
    }

    /// A value of it as a share of what is registered, scaled to [`RANK_BITS`] bits; 0 where that would not be exact.
    #[inline]
    fn scaled(self, value: u64, whole: Whole) -> i16 {
        let Share { value, of } = self.share(value, whole);
        if of > EXACT {
            return 0;
        }
        #[expect(clippy::cast_precision_loss, reason = "both are exact up to 2^53")]
        let share = value as f64 / of as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a share is at most one")]
        let rank = (share * f64::from(i16::MAX - 1)) as i16;
        rank
    }

    /// A value of it as a share, on instances that registered so much.
    #[inline]
    pub(crate) fn share(self, value: u64, whole: Whole) -> Share {
        let of = match self {
            Self::Cpu | Self::Memory | Self::Tasks => 1,
            Self::CpuShare => whole.cpu,
            Self::MemoryShare => whole.memory,
            // The value is what is missing to the whole.
            Self::GreatestLeastShare => whole.both,
            Self::LeastShares | Self::GreatestShares => unreachable!("a strategy compares these, with its demand"),
        };
        Share { value, of }
    }
}

/// Bits of a rank: eight of them are compared by one instruction.
const RANK_BITS: u32 = 15;
/// Numbers up to this are exact as fractions of two, so that equal shares become equal quotients, and greater never less.
const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// The parts of a key, the first the most significant, and above the id.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    fields: Vec<Field>,
    /// Bits of an id.
    id_bits: u32,
    /// Keys have no more than 64 bits.
    is_short: bool,
}

/// A part in a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    part: Part,
    shift: u32,
    bits: u32,
}

impl Field {
    /// Its value in a key as a share, on an instance that registered so much.
    #[inline]
    pub(crate) fn share(self, key: impl Stored, whole: Whole) -> Share {
        self.part.share(key.number(self.shift, self.bits), whole)
    }
}

/// Bits of an id at most. The records of more instances would take 4 GiB.
const MOST_ID_BITS: u32 = 28;

impl Layout {
    /// With room for the ids of so many instances, so that most orders have keys of 64 bits. `None` if the parts of instances
    /// that register so much are too long for a key, however few there are.
    pub(crate) fn new(parts: &[Part], wholes: &[Whole], instances: usize) -> Option<Self> {
        let id_bits = (usize::BITS - instances.leading_zeros()).clamp(1, MOST_ID_BITS);
        let mut shift = id_bits;
        let mut fields = Vec::new();
        for &part in parts.iter().rev() {
            let most = wholes.iter().map(|&whole| part.most(whole)).max().unwrap_or(0);
            let bits = u128::BITS - most.leading_zeros();
            fields.push(Field { part, shift, bits });
            shift += bits;
        }
        fields.reverse();
        // The highest key is none, so that a range may end after it.
        (shift - id_bits + MOST_ID_BITS < u128::BITS).then_some(Self { fields, id_bits, is_short: shift <= u64::BITS })
    }

    /// The same with room for an id, which was too great.
    ///
    /// # Panics
    /// If no key has room for it.
    pub(crate) fn widened(&self, id: u32) -> Self {
        let id_bits = u32::BITS - id.leading_zeros() + 1;
        assert!(id_bits <= MOST_ID_BITS, "instances of an order are numbered below 2^{}", MOST_ID_BITS - 1);
        let more = id_bits - self.id_bits;
        let fields: Vec<Field> =
            self.fields.iter().map(|field| Field { shift: field.shift + more, ..*field }).collect();
        let bits = fields.first().map_or(id_bits, |first| first.shift + first.bits);
        Self { fields, id_bits, is_short: bits <= u64::BITS }
    }

    /// Keys have room for an id.
    #[inline]
    pub(crate) fn has_room(&self, id: u32) -> bool {
        id >> self.id_bits == 0
    }

    #[inline]
    pub(crate) fn key(&self, id: u32, record: &Record, whole: &Whole) -> Key {
        if !self.is_short {
            return self.long_key(id, record, whole);
        }
        let of = |key: u64, &Field { part, shift, .. }: &Field| key | part.low_value(record, whole) << shift;
        Key::from(self.fields.iter().fold(u64::from(id), of))
    }

    #[inline(never)]
    fn long_key(&self, id: u32, record: &Record, whole: &Whole) -> Key {
        let of = |key: Key, &Field { part, shift, .. }: &Field| key | part.value(record, whole) << shift;
        self.fields.iter().fold(Key::from(id), of)
    }

    /// No key has more bits.
    pub(crate) fn bits(&self) -> u32 {
        self.fields.first().map_or(self.id_bits, |first| first.shift + first.bits)
    }

    /// What no key with a lesser first part exceeds, in [`RANK_BITS`] bits: keys of instances that registered whatever
    /// compare by it as by their first part, but for many that it does not tell apart.
    #[inline]
    pub(crate) fn rank(&self, key: impl Stored, whole: Whole) -> i16 {
        let first = Field { part: Part::Tasks, shift: 0, bits: self.id_bits };
        let Field { part, shift, bits } = *self.fields.first().unwrap_or(&first);
        if part.is_long() {
            return 0;
        }
        let value = key.number(shift, bits);
        if part.is_share() {
            return part.scaled(value, whole);
        }
        i16::try_from(value >> bits.saturating_sub(RANK_BITS)).expect("as many bits are left out as are too many")
    }

    /// A part.
    #[inline]
    pub(crate) fn field(&self, part: usize) -> Field {
        self.fields[part]
    }

    /// From a key on, those with the same value of a part and of all before it.
    #[inline]
    pub(crate) fn equals(&self, part: usize, key: Key) -> Range {
        let Field { shift, .. } = self.fields[part];
        Range { from: key, end: ((key >> shift) + 1) << shift }
    }

    /// The key that another instance would have in the place of this one; of one more than the last, where the next begins.
    #[inline]
    pub(crate) fn with_id(&self, key: Key, id: u32) -> Key {
        (key >> self.id_bits << self.id_bits) + Key::from(id)
    }

    /// The instance of a key.
    #[inline]
    pub(crate) fn id_of(&self, key: Key) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "the low bits of a word are the id")]
        {
            key as u32 & ((1 << self.id_bits) - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ZoneId;
    use proptest::prelude::*;

    /// CPU units and MiB.
    #[derive(Clone, Copy)]
    struct Amounts {
        cpu: u32,
        memory: u32,
    }

    fn amounts(cpu: u32, memory: u32) -> Amounts {
        Amounts { cpu, memory }
    }

    fn instance(registered: Amounts, left: Amounts) -> (Record, Whole) {
        let class = InstanceClass::new(ZoneId(0), "a", registered.cpu, registered.memory);
        (Record::new(left.cpu, left.memory, 0, 0), Whole::of(&class))
    }

    #[test]
    fn keys_compare_as_their_parts_and_then_as_ids() {
        let (one, whole) = instance(amounts(8, 16), amounts(3, 9));
        let (other, _) = instance(amounts(8, 16), amounts(3, 10));
        let layout = Layout::new(&[Part::Cpu, Part::Memory], &[whole], 9).unwrap();
        assert!(layout.key(7, &one, &whole) < layout.key(2, &other, &whole));
        assert!(layout.key(2, &one, &whole) < layout.key(7, &one, &whole));
        let key = layout.key(7, &one, &whole);
        let value = |part: usize| key.number(layout.fields[part].shift, layout.fields[part].bits);
        assert_eq!((value(0), value(1), layout.id_of(key)), (3, 9, 7));
        let same_cpu = layout.equals(0, key);
        assert!(
            layout.key(2, &other, &whole) < same_cpu.end && layout.equals(1, key).end <= layout.key(0, &other, &whole)
        );
    }

    #[test]
    fn keys_with_room_for_greater_ids_compare_as_before() {
        let (one, whole) = instance(amounts(8, 16), amounts(3, 9));
        let (other, _) = instance(amounts(8, 16), amounts(3, 10));
        let layout = Layout::new(&[Part::Cpu, Part::Memory], &[whole], 3).unwrap();
        let wide = layout.widened(4);
        assert!(layout.has_room(3) && !layout.has_room(4) && wide.has_room(9) && wide.bits() > layout.bits());
        for layout in [&layout, &wide] {
            let [first, second, third] = [(0, &one), (3, &one), (1, &other)].map(|(id, it)| layout.key(id, it, &whole));
            assert!(first < second && second < third);
            assert_eq!([first, second, third].map(|key| layout.id_of(key)), [0, 3, 1]);
            assert!(layout.equals(1, first).contains(second) && !layout.equals(1, first).contains(third));
        }
        // Behind the last id, even where ids have no bit for one more.
        let last = layout.key(3, &one, &whole);
        assert_eq!(layout.with_id(last, 4), last + 1);
    }

    #[test]
    fn shares_count_in_the_least_unit_that_both_resources_have() {
        let check = |cpu: u32, memory: u32, both: u128| {
            let (_, whole) = instance(amounts(cpu, memory), amounts(0, 0));
            assert_eq!(Part::GreatestLeastShare.most(whole), both);
        };
        check(16_384, 65_536, 65_536);
        check(6, 4, 12);
        check(7, 5, 35);
        check(0, 3, 3);
    }

    #[test]
    fn shares_compare_across_what_is_registered() {
        let check = |part: Part, one: [Amounts; 2], other: [Amounts; 2], expected| {
            let [one, other] = [one, other].map(|[registered, left]| {
                let (record, whole) = instance(registered, left);
                part.share(part.low_value(&record, &whole), whole)
            });
            assert_eq!(one.compare(other), expected, "{part:?}");
        };
        let of = |registered: [u32; 2], left: [u32; 2]| [registered, left].map(|[cpu, memory]| amounts(cpu, memory));
        check(Part::CpuShare, of([8, 1], [2, 0]), of([4, 1], [1, 0]), Ordering::Equal);
        check(Part::MemoryShare, of([1, 9], [0, 5]), of([1, 7], [0, 4]), Ordering::Less);
        // 2/8 is the least share of one, 2/4 of the other: more is better.
        check(Part::GreatestLeastShare, of([8, 4], [2, 4]), of([4, 4], [2, 3]), Ordering::Greater);
        check(Part::GreatestLeastShare, of([8, 4], [4, 4]), of([4, 2], [2, 2]), Ordering::Equal);
    }

    proptest! {
        /// Whoever is less by the first part has no greater rank, and whoever is equal the same, whatever they registered.
        #[test]
        fn ranks_never_turn_the_order(
            wholes in prop::collection::vec((1..40_u32, 1..40_u32, 0..40_u32, 0..40_u32), 2..20),
            scale in prop::sample::select(vec![1_u32, 3, 1_000, 50_000_000]),
            part in prop::sample::select(vec![
                Part::Cpu, Part::Memory, Part::Tasks, Part::CpuShare, Part::MemoryShare, Part::GreatestLeastShare,
            ]),
        ) {
            let of = |&(cpu, memory, left, other): &(u32, u32, u32, u32)| {
                let scaled = |cpu: u32, memory: u32| amounts(cpu * scale, memory * scale);
                instance(scaled(cpu, memory), scaled(left.min(cpu), other.min(memory)))
            };
            let instances: Vec<(Record, Whole)> = wholes.iter().map(of).collect();
            let all: Vec<Whole> = instances.iter().map(|(_, whole)| *whole).collect();
            let layout = Layout::new(&[part], &all, 3).unwrap();
            let key = |&(record, whole): &(Record, Whole)| layout.key(3, &record, &whole);
            for one in &instances {
                for other in &instances {
                    let [value, against] = [one, other].map(|it| layout.field(0).share(key(it), it.1));
                    let ranks = [one, other].map(|it| layout.rank(key(it), it.1));
                    match value.compare(against) {
                        Ordering::Less => prop_assert!(ranks[0] <= ranks[1]),
                        Ordering::Equal => prop_assert_eq!(ranks[0], ranks[1]),
                        Ordering::Greater => prop_assert!(ranks[0] >= ranks[1]),
                    }
                }
            }
        }
    }

    #[test]
    fn parts_that_are_too_long_have_no_layout() {
        let class = InstanceClass::new(ZoneId(0), "a", u32::MAX, u32::MAX);
        let whole = Whole::of(&class);
        assert!(Layout::new(&[Part::Memory, Part::Cpu], &[whole], 1).is_some());
        assert!(Layout::new(&[Part::Memory, Part::Cpu, Part::Tasks, Part::GreatestLeastShare], &[whole], 1).is_none());
    }
}
