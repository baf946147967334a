//! The tasks of each group in each bucket of the attributes that chains over lanes spread over, however many buckets there
//! are.
//!
//! # Invariants
//! 1. `tasks` of a group and a bucket counts the tasks that count for spread on the instances whose class has the value.
//!
//! # Cost
//! Four bytes for each group and bucket; an addition for each attribute when a task comes or goes.

use rustc_hash::FxHashMap;

use crate::model::{ClassId, Fleet};

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
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(crate) struct Spreads(Vec<Spread>);

impl Spreads {
    /// `None` if there are too many groups and buckets.
    pub(crate) fn new(names: &[String], fleet: &Fleet, groups: usize) -> Option<Self> {
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
            Some(Spread { of_class, absent: values.get(&None).copied(), width: values.len(), tasks })
        };
        names.iter().map(spread).collect::<Option<_>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bucket of a class.
    pub(crate) fn bucket(&self, attribute: usize, class: ClassId) -> u32 {
        self.0[attribute].of_class[class.index()]
    }

    /// Instances of the bucket have no such attribute.
    pub(crate) fn is_absent(&self, attribute: usize, bucket: u32) -> bool {
        self.0[attribute].absent == Some(bucket)
    }

    /// The tasks of a group in every bucket.
    #[inline]
    pub(crate) fn of_group(&self, attribute: usize, group: u32) -> &[u32] {
        let Spread { width, tasks, .. } = &self.0[attribute];
        &tasks[group as usize * width..][..*width]
    }

    /// `tasks` of a group have come to instances of a class, or gone if negative.
    #[inline]
    pub(crate) fn add(&mut self, group: u32, class: ClassId, tasks: i64) {
        for Spread { of_class, width, tasks: counts, .. } in &mut self.0 {
            let count = &mut counts[group as usize * *width + of_class[class.index()] as usize];
            let now = i64::from(*count) + tasks;
            *count = u32::try_from(now).expect("fewer than 2^32 tasks, and never less than none");
        }
    }
}
