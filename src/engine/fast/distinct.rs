//! For `distinctInstance`: how many of the instances that fit a shape already hold a task of a group, so that "none is
//! left" is known without a search.
//!
//! # Invariants
//! 1. For every watched pair of group and shape, `taken` of a cell counts its instances that fit the shape and hold at
//!    least one task of the group.
//! 2. With few groups, no instance of a cell that fits the shape and holds no task of the group has a key below `from` in
//!    the pack index. With many, an instance holds few of them, and a search by key soon meets one that holds none.
//!
//! # Cost
//! Two additions for a task that comes or goes. An instance that starts or ceases to fit a watched shape costs a look
//! at each group that it holds, on the line that the change touches anyway. With few groups, every change looks at all.

use super::cluster::Cluster;
use super::counts::MOST_DENSE_GROUPS;
use super::fit::{FitIndex, ShapeSet};
use super::record::Record;

const IS_WATCHED: &str = "every request with distinctInstance is watched";

/// A watched pair.
#[derive(Clone, Debug)]
struct Watched {
    shape: u32,
    /// By cell.
    taken: Vec<u32>,
    /// By cell and pack index.
    from: Vec<Keys>,
}

/// Keys of an instance in the pack indexes by cpu and by memory; 0 where there is none.
pub(super) type Keys = [u32; 2];

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Taken {
    cells: usize,
    /// By group; nearly always one.
    by_group: Vec<Vec<Watched>>,
    /// Watched shapes, as a mask.
    is_watched: Vec<u64>,
    /// Watched shapes that the instance of now ceases and starts to fit, as masks.
    flips: [Vec<u64>; 2],
    has_flips: bool,
    /// `from` is kept.
    follows_keys: bool,
}

impl Taken {
    pub(super) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        let mask = vec![0; shapes.div_ceil(64)];
        Self {
            cells,
            by_group: vec![Vec::new(); groups],
            is_watched: mask.clone(),
            flips: [mask.clone(), mask],
            has_flips: false,
            follows_keys: false,
        }
    }

    /// Watches a pair. No task may run yet.
    pub(super) fn watch(&mut self, group: u32, shape: u32) {
        let of_group = &mut self.by_group[group as usize];
        if !of_group.iter().any(|watched| watched.shape == shape) {
            of_group.push(Watched { shape, taken: vec![0; self.cells], from: vec![[0; 2]; self.cells] });
            self.is_watched[shape as usize / 64] |= 1 << (shape % 64);
            self.follows_keys = self.by_group.len() <= MOST_DENSE_GROUPS;
        }
    }

    #[inline]
    pub(super) fn follows_keys(&self) -> bool {
        self.follows_keys
    }

    /// An instance has changed and has these keys now.
    pub(super) fn has_moved(&mut self, id: u32, keys: Keys, (cluster, fit): (&Cluster<'_>, &FitIndex)) {
        let record = cluster.records[id as usize];
        for (group, of_group) in (0..).zip(&mut self.by_group) {
            if !of_group.is_empty() && cluster.group_count(id, group) == 0 {
                let fits = |watched: &&mut Watched| fit.contains(record.cell(), watched.shape, record.local);
                for watched in of_group.iter_mut().filter(fits) {
                    let from = &mut watched.from[record.cell()];
                    *from = [from[0].min(keys[0]), from[1].min(keys[1])];
                }
            }
        }
    }

    /// Below this key, no instance of a cell may be chosen.
    #[inline]
    pub(super) fn from(&self, (group, shape): (u32, u32), cell: usize, pack: usize) -> u32 {
        self.watched(group, shape).from[cell][pack]
    }

    /// A search has found that so it is.
    #[inline]
    pub(super) fn set_from(&mut self, (group, shape): (u32, u32), cell: usize, pack: usize, key: usize) {
        if self.follows_keys {
            let mut of_group = self.by_group[group as usize].iter_mut();
            let watched = of_group.find(|watched| watched.shape == shape).expect(IS_WATCHED);
            watched.from[cell][pack] = u32::try_from(key).expect("keys are below 2^32");
        }
    }

    #[inline]
    fn watched(&self, group: u32, shape: u32) -> &Watched {
        self.by_group[group as usize].iter().find(|watched| watched.shape == shape).expect(IS_WATCHED)
    }

    /// Whether some pair of the group is watched.
    pub(super) fn watches(&self, group: u32) -> bool {
        !self.by_group[group as usize].is_empty()
    }

    /// How many instances of a cell fit a watched shape and hold the group.
    #[inline]
    pub(super) fn get(&self, group: u32, shape: u32, cell: usize) -> u32 {
        self.watched(group, shape).taken[cell]
    }

    /// The instance at a place holds another number of tasks of a group, and fits what it fitted.
    #[inline]
    pub(super) fn step(&mut self, group: u32, (cell, local): (usize, u32), (before, now): (u32, u32), fit: &FitIndex) {
        if (before == 0) != (now == 0) {
            for watched in &mut self.by_group[group as usize] {
                let fits = u32::from(fit.contains(cell, watched.shape, local));
                let taken = &mut watched.taken[cell];
                *taken = if now == 0 { *taken - fits } else { *taken + fits };
            }
        }
    }

    /// An instance starts or ceases to fit some shapes. To be followed by [`Taken::settle`].
    #[inline]
    pub(super) fn flipped(&mut self, shapes: ShapeSet, fits: bool) {
        let word = shapes.first as usize / 64;
        let watched = shapes.bits & self.is_watched[word];
        self.flips[usize::from(fits)][word] |= watched;
        self.has_flips |= watched != 0;
    }

    /// Counts what has been noted of an instance, in one look at the groups that it holds.
    #[inline]
    pub(super) fn settle(&mut self, (id, cell): (u32, usize), cluster: &Cluster<'_>) {
        if self.has_flips {
            self.count_flips((id, cell), cluster);
        }
    }

    fn count_flips(&mut self, (id, cell): (u32, usize), cluster: &Cluster<'_>) {
        let Self { by_group, flips, .. } = self;
        let counts = cluster.counts.as_ref().expect("groups are counted where distinctInstance is asked");
        counts.for_each(id, |group, _| {
            for watched in &mut by_group[group as usize] {
                let (word, bit) = (watched.shape as usize / 64, watched.shape % 64);
                let taken = &mut watched.taken[cell];
                *taken -= u32::from(flips[0][word] >> bit & 1 == 1);
                *taken += u32::from(flips[1][word] >> bit & 1 == 1);
            }
        });
        flips.iter_mut().flatten().for_each(|word| *word = 0);
        self.has_flips = false;
    }

    pub(super) fn validate(
        &self,
        cluster: &Cluster<'_>,
        fit: &FitIndex,
        keys: impl Fn(Record) -> Keys,
    ) -> Result<(), String> {
        for (group, of_group) in (0..).zip(&self.by_group) {
            for watched in of_group {
                let mut taken = vec![0; self.cells];
                for (id, record) in (0..).zip(&cluster.records) {
                    let fits = fit.contains(record.cell(), watched.shape, record.local);
                    let is_taken = cluster.group_count(id, group) > 0;
                    taken[record.cell()] += u32::from(fits && is_taken);
                    let (from, key) = (watched.from[record.cell()], keys(*record));
                    if fits && !is_taken && (from[0] > key[0] || from[1] > key[1]) {
                        return Err(format!("keys of group {group}: from {from:?}, instance {id} has {key:?}"));
                    }
                }
                if taken != watched.taken {
                    return Err(format!("taken of group {group}: kept {:?}, recounted {taken:?}", watched.taken));
                }
            }
        }
        Ok(())
    }
}
