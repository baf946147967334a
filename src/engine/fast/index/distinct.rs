//! For `distinctInstance`: how many of the instances that fit a shape already hold a task of a group, so that "none is
//! left" is known without a search. Where the least level of a group is drawn from, how many have none is known too.
//!
//! # Invariants
//! 1. For every watched pair of group and shape, `taken` of a cell counts its instances that fit the shape and hold at
//!    least one task of the group.
//!
//! # Cost
//! Two additions for a task that comes or goes. An instance that starts or ceases to fit a watched shape costs a look
//! at each group that it holds, on the line that the change touches anyway. Under `binpack`, a search that is not made
//! anew each time ([`super::front`]) costs less.

use super::fit::{FitIndex, ShapeSet};
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::counts::Held;
use crate::engine::fast::state::record::{InCell, Slot};

const IS_WATCHED: &str = "every request with distinctInstance is watched";

/// A watched pair.
#[derive(Clone, Debug)]
struct Watched {
    shape: u32,
    /// By cell.
    taken: Vec<u32>,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    cells: usize,
    /// By group; nearly always one.
    by_group: Vec<Vec<Watched>>,
    /// Watched shapes, as a mask.
    is_watched: Vec<u64>,
    /// Watched shapes that the instance of now ceases and starts to fit, as masks.
    flips: [Vec<u64>; 2],
    has_flips: bool,
}

impl Taken {
    pub(crate) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        let mask = vec![0; shapes.div_ceil(64)];
        Self {
            cells,
            by_group: vec![Vec::new(); groups],
            is_watched: mask.clone(),
            flips: [mask.clone(), mask],
            has_flips: false,
        }
    }

    /// Watches a pair. No task may run yet.
    pub(crate) fn watch(&mut self, group: u32, shape: u32) {
        let of_group = &mut self.by_group[group as usize];
        if !of_group.iter().any(|watched| watched.shape == shape) {
            of_group.push(Watched { shape, taken: vec![0; self.cells] });
            self.is_watched[shape as usize / 64] |= 1 << (shape % 64);
        }
    }

    #[inline]
    fn watched(&self, group: u32, shape: u32) -> &Watched {
        self.by_group[group as usize].iter().find(|watched| watched.shape == shape).expect(IS_WATCHED)
    }

    /// Whether some pair of the group is watched.
    pub(crate) fn watches(&self, group: u32) -> bool {
        !self.by_group[group as usize].is_empty()
    }

    /// How many instances of a cell fit a watched shape and hold the group.
    #[inline]
    pub(crate) fn get(&self, group: u32, shape: u32, cell: usize) -> u32 {
        self.watched(group, shape).taken[cell]
    }

    /// The instance at a place holds another number of tasks of a group, and fits what it fitted.
    #[inline]
    pub(crate) fn step(&mut self, group: u32, slot: Slot, held: Held, fit: &FitIndex) {
        if (held.before == 0) != (held.now == 0) {
            for watched in &mut self.by_group[group as usize] {
                let fits = u32::from(fit.contains(slot.cell, watched.shape, slot.local));
                let taken = &mut watched.taken[slot.cell];
                *taken = if held.now == 0 { *taken - fits } else { *taken + fits };
            }
        }
    }

    /// An instance starts or ceases to fit some shapes. To be followed by [`Taken::settle`].
    #[inline]
    pub(crate) fn note_flips(&mut self, shapes: ShapeSet, fits: bool) {
        let word = shapes.first as usize / 64;
        let watched = shapes.bits & self.is_watched[word];
        self.flips[usize::from(fits)][word] |= watched;
        self.has_flips |= watched != 0;
    }

    /// Counts what has been noted of an instance, in one look at the groups that it holds.
    #[inline]
    pub(crate) fn settle(&mut self, at: InCell, cluster: &Cluster<'_>) {
        if self.has_flips {
            self.apply_flips(at, cluster);
        }
    }

    fn apply_flips(&mut self, InCell { id, cell }: InCell, cluster: &Cluster<'_>) {
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

    pub(crate) fn validate(&self, cluster: &Cluster<'_>, fit: &FitIndex) -> Result<(), String> {
        for (group, of_group) in (0..).zip(&self.by_group) {
            for watched in of_group {
                let mut taken = vec![0; self.cells];
                for (id, record) in (0..).zip(&cluster.records) {
                    let fits = fit.contains(record.cell(), watched.shape, record.local);
                    let is_taken = cluster.group_count(id, group) > 0;
                    taken[record.cell()] += u32::from(fits && is_taken);
                }
                if taken != watched.taken {
                    return Err(format!("taken of group {group}: kept {:?}, recounted {taken:?}", watched.taken));
                }
            }
        }
        Ok(())
    }
}
