//! For `distinctInstance`: how many of the instances that fit a shape already hold a task of a group, so that "none is
//! left" is known without a search.
//!
//! # Invariants
//! 1. For every watched pair of group and shape, `taken` of a cell counts its instances that fit the shape and hold at
//!    least one task of the group.
//!
//! # Cost
//! Two additions for a task that comes or goes. An instance that starts or ceases to fit a watched shape costs a look
//! at each group that it holds, on the line that the change touches anyway.

use super::cluster::Cluster;
use super::fit::FitIndex;
use super::record::Record;

/// A watched pair.
#[derive(Clone, Debug)]
struct Watched {
    shape: u32,
    /// By cell.
    taken: Vec<u32>,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Taken {
    cells: usize,
    /// By group; nearly always one.
    by_group: Vec<Vec<Watched>>,
    /// By shape.
    is_watched: Vec<bool>,
}

impl Taken {
    pub(super) fn new(groups: usize, shapes: usize, cells: usize) -> Self {
        Self { cells, by_group: vec![Vec::new(); groups], is_watched: vec![false; shapes] }
    }

    /// Watches a pair. No task may run yet.
    pub(super) fn watch(&mut self, group: u32, shape: u32) {
        let of_group = &mut self.by_group[group as usize];
        if !of_group.iter().any(|watched| watched.shape == shape) {
            of_group.push(Watched { shape, taken: vec![0; self.cells] });
            self.is_watched[shape as usize] = true;
        }
    }

    /// How many instances of a cell fit a watched shape and hold the group.
    #[inline]
    pub(super) fn get(&self, group: u32, shape: u32, cell: usize) -> u32 {
        let watched = self.by_group[group as usize].iter().find(|watched| watched.shape == shape);
        watched.expect("every request with distinctInstance is watched").taken[cell]
    }

    /// Leaves an instance out of the counts of a group of which it holds `count` tasks.
    #[inline]
    pub(super) fn lift(&mut self, group: u32, (cell, local): (usize, u32), count: u32, fit: &FitIndex) {
        for watched in &mut self.by_group[group as usize] {
            watched.taken[cell] -= u32::from(count > 0 && fit.contains(cell, watched.shape, local));
        }
    }

    /// Puts a lifted instance back.
    #[inline]
    pub(super) fn drop_back(&mut self, group: u32, (cell, local): (usize, u32), count: u32, fit: &FitIndex) {
        for watched in &mut self.by_group[group as usize] {
            watched.taken[cell] += u32::from(count > 0 && fit.contains(cell, watched.shape, local));
        }
    }

    /// An instance starts or ceases to fit a shape. The group that is lifted now, if any, is left out.
    #[inline]
    pub(super) fn flipped(
        &mut self,
        shape: u32,
        (id, record): (u32, Record),
        lifted: u32,
        cluster: &Cluster<'_>,
        fits: bool,
    ) {
        if !self.is_watched[shape as usize] {
            return;
        }
        let cell = record.cell();
        let counts = cluster.counts.as_ref().expect("groups are counted where distinctInstance is asked");
        counts.for_each(id, |group, _| {
            if group != lifted {
                for watched in self.by_group[group as usize].iter_mut().filter(|watched| watched.shape == shape) {
                    watched.taken[cell] = if fits { watched.taken[cell] + 1 } else { watched.taken[cell] - 1 };
                }
            }
        });
    }

    pub(super) fn validate(&self, cluster: &Cluster<'_>, fit: &FitIndex) -> Result<(), String> {
        for (group, of_group) in (0..).zip(&self.by_group) {
            for watched in of_group {
                let mut taken = vec![0; self.cells];
                for (id, record) in (0..).zip(&cluster.records) {
                    let fits = fit.contains(record.cell(), watched.shape, record.local);
                    taken[record.cell()] += u32::from(fits && cluster.group_count(id, group) > 0);
                }
                if taken != watched.taken {
                    return Err(format!("taken of group {group}: kept {:?}, recounted {taken:?}", watched.taken));
                }
            }
        }
        Ok(())
    }
}
