//! The tasks of each group in each bucket of the attributes that chains over lanes spread over, however many buckets there
//! are.
//!
//! # Invariants
//! 1. `tasks` of a group and a bucket counts the tasks that count for spread on the instances whose class has the value.
//!
//! # Cost
//! Four bytes for each group and bucket; an addition for each attribute when a task comes or goes.

use rustc_hash::{FxHashMap, FxHashSet};

use super::emptiest::{Among, Emptiest};
use crate::model::{ClassId, Fleet, ZoneId};

/// Counts of all attributes together at most.
const MOST_COUNTS: usize = 1 << 26;

/// One attribute.
#[derive(Clone, Debug)]
struct Spread {
    of_class: Vec<u32>,
    /// The bucket of the instances without the attribute, where some class has none.
    absent: Option<u32>,
    width: usize,
    /// By group, then bucket.
    tasks: Vec<u32>,
    /// The buckets by their counts, where it is asked for.
    emptiest: Option<Emptiest>,
}

/// How many values an attribute has among the classes of a fleet; to have none is one.
pub(super) fn buckets(name: &str, fleet: &Fleet) -> usize {
    fleet.classes.iter().map(|class| class.attribute(name)).collect::<FxHashSet<_>>().len()
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Spreads {
    all: Vec<Spread>,
    /// Which of them has a bucket for each zone, where a strategy may ask.
    by_zone: Option<usize>,
}

impl Spreads {
    /// `None` if there are too many groups and buckets. Zones are counted too if some strategy may ask for them.
    pub(crate) fn new(names: &[String], fleet: &Fleet, groups: usize, asks_zones: bool) -> Option<Self> {
        let mut left = MOST_COUNTS;
        let spread = |name: &String| {
            let mut values: FxHashMap<Option<Option<&str>>, u32> = FxHashMap::default();
            let mut of_class = Vec::with_capacity(fleet.classes.len());
            for class in &fleet.classes {
                let next = u32::try_from(values.len()).expect("fewer classes than 2^32");
                of_class.push(*values.entry(class.attribute(name)).or_insert(next));
            }
            left = left.checked_sub(values.len() * groups)?;
            let tasks = vec![0; values.len() * groups];
            Some(Spread { of_class, absent: values.get(&None).copied(), width: values.len(), tasks, emptiest: None })
        };
        let mut all: Vec<Spread> = names.iter().map(spread).collect::<Option<_>>()?;
        let by_zone = asks_zones.then_some(all.len());
        if asks_zones {
            let of_class: Vec<u32> = fleet.classes.iter().map(|class| class.zone.0).collect();
            let width = of_class.iter().max().map_or(0, |last| *last as usize + 1);
            let tasks = vec![0; width * groups];
            all.push(Spread { of_class, absent: None, width, tasks, emptiest: None });
        }
        Some(Self { all, by_zone })
    }

    /// The tasks of a group in a zone.
    pub(crate) fn in_zone(&self, group: u32, zone: ZoneId) -> u64 {
        let by_zone = self.by_zone.expect("zones are counted where a strategy may ask for them");
        self.of_group(by_zone, group).get(zone.index()).copied().map_or(0, u64::from)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The bucket of a class.
    pub(crate) fn bucket(&self, attribute: usize, class: ClassId) -> u32 {
        self.all[attribute].of_class[class.index()]
    }

    /// Keeps the buckets of an attribute by their counts from now on. No task may run yet.
    pub(crate) fn rank(&mut self, attribute: usize) {
        let Spread { width, tasks, emptiest, .. } = &mut self.all[attribute];
        emptiest.get_or_insert_with(|| Emptiest::new(tasks.len() / *width, *width));
    }

    /// The buckets with the fewest tasks of a group among some, of an attribute whose buckets are ranked; `false` if these
    /// are none.
    pub(crate) fn emptiest(&self, attribute: usize, group: u32, among: Among<'_>, found: &mut Vec<u64>) -> bool {
        self.ranked(attribute).of(group, among, found)
    }

    fn ranked(&self, attribute: usize) -> &Emptiest {
        self.all[attribute].emptiest.as_ref().expect("the buckets are ranked where this is asked")
    }

    /// What a search for the emptiest passes over has none of some buckets.
    pub(super) fn validate_floors(&self, attribute: usize, among: Among<'_>) -> Result<(), String> {
        self.ranked(attribute).validate_floors(among)
    }

    pub(crate) fn bytes(&self) -> usize {
        let of = |spread: &Spread| spread.tasks.len() * 4 + spread.emptiest.as_ref().map_or(0, Emptiest::bytes);
        self.all.iter().map(of).sum()
    }

    pub(crate) fn validate(&self) -> Result<(), String> {
        let ranked = self.all.iter().filter_map(|spread| Some((spread, spread.emptiest.as_ref()?)));
        ranked.into_iter().try_for_each(|(spread, emptiest)| emptiest.validate(&spread.tasks, spread.width))
    }

    /// The bucket of the instances that have no such attribute, if there is one.
    pub(crate) fn absent(&self, attribute: usize) -> Option<u32> {
        self.all[attribute].absent
    }

    /// The tasks of a group in every bucket.
    #[inline]
    pub(crate) fn of_group(&self, attribute: usize, group: u32) -> &[u32] {
        let Spread { width, tasks, .. } = &self.all[attribute];
        &tasks[group as usize * width..][..*width]
    }

    /// `tasks` of a group have come to instances of a class, or gone if negative.
    #[inline]
    pub(crate) fn add(&mut self, group: u32, class: ClassId, tasks: i64) {
        for Spread { of_class, width, tasks: counts, emptiest, .. } in &mut self.all {
            let bucket = of_class[class.index()];
            let count = &mut counts[group as usize * *width + bucket as usize];
            let before = *count;
            let now = i64::from(before) + tasks;
            *count = u32::try_from(now).expect("fewer than 2^32 tasks, and never less than none");
            if let Some(emptiest) = emptiest {
                emptiest.step(group, bucket, before, *count);
            }
        }
    }
}
