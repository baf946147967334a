//! Which instances fit which shape: one [`BitGrid`] for each cell, with a column for each shape.
//!
//! # Invariants
//! 1. Bit `local` of column `shape` of a cell's grid is set exactly if that instance is ACTIVE and fits the shape.
//! 2. `counts` says of each shape in which cells, and how often, that is so.
//!
//! # Cost
//! "Nothing fits" is one load. A change of an instance costs one line, and only if a shape starts or ceases to fit.

use super::bitgrid::BitGrid;
use super::cells::{CellSet, members};
use super::cluster::Cluster;
use super::record::Record;
use super::shapes::{Ranks, Shapes};
use crate::model::Demand;

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct FitIndex {
    cells: Vec<BitGrid>,
    /// By shape.
    counts: Vec<Fitting>,
    /// Shapes with GPUs, ports or interface slots, as (shape, demand): their bits are found one by one.
    extras: Vec<(u32, Demand)>,
    /// By word of the mask: the shapes that cpu and memory alone decide.
    plain: Vec<u64>,
}

/// How far the instances that fit one shape are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fitting {
    /// The cells where there is one.
    pub(super) cells: CellSet,
    /// How many there are.
    pub(super) total: u32,
}

impl FitIndex {
    pub(super) fn new(cells: usize, shapes: &Shapes, extras: Vec<(u32, Demand)>) -> Self {
        let mut plain = vec![u64::MAX; shapes.words()];
        for &(shape, _) in &extras {
            plain[shape as usize / 64] &= !(1 << (shape % 64));
        }
        let cells = vec![BitGrid::new(shapes.len()); cells];
        Self { cells, counts: vec![Fitting::default(); shapes.len()], extras, plain }
    }

    /// How far the instances that fit a shape are spread.
    #[inline]
    pub(super) fn fitting(&self, shape: u32) -> Fitting {
        self.counts[shape as usize]
    }

    #[inline]
    pub(super) fn contains(&self, cell: usize, shape: u32, local: u32) -> bool {
        self.cells[cell].contains(shape as usize, local)
    }

    #[inline]
    pub(super) fn grid(&self, cell: usize) -> &BitGrid {
        &self.cells[cell]
    }

    /// How many instances of some cells fit a shape.
    #[inline]
    pub(super) fn len(&self, cells: CellSet, shape: u32) -> u32 {
        members(cells).map(|cell| self.cells[cell].len(shape as usize)).sum()
    }

    /// Some shape asks for more than cpu and memory.
    #[inline]
    pub(super) fn has_extras(&self) -> bool {
        !self.extras.is_empty()
    }

    /// Makes room for an instance.
    pub(super) fn grow(&mut self, record: Record) {
        self.cells[record.cell()].grow(record.local as usize + 1);
    }

    /// The ranks of an instance have changed; tells `heard` every shape that it starts (`true`) or ceases to fit by cpu
    /// and memory alone.
    #[inline]
    pub(super) fn moved(
        &mut self,
        shapes: &Shapes,
        record: Record,
        (before, now): (Ranks, Ranks),
        mut heard: impl FnMut(u32, bool),
    ) {
        let (cell, local) = (record.cell(), record.local);
        let grid = &mut self.cells[cell];
        for (word, &plain) in self.plain.iter().enumerate() {
            let (old, new) = (shapes.fitting(before, word), shapes.fitting(now, word));
            let mut flips = (old ^ new) & plain;
            while flips != 0 {
                let bit = flips.trailing_zeros();
                flips &= flips - 1;
                let shape = word * 64 + bit as usize;
                let fits = new >> bit & 1 == 1;
                flip(grid, &mut self.counts[shape], (shape, cell, local), fits);
                heard(u32::try_from(shape).expect("at most 1024 shapes"), fits);
            }
        }
    }

    /// As [`FitIndex::moved`], for the shapes that ask for more.
    pub(super) fn extras_moved(
        &mut self,
        (cluster, shapes): (&Cluster<'_>, &Shapes),
        id: u32,
        now: Ranks,
        mut heard: impl FnMut(u32, bool),
    ) {
        let record = cluster.records[id as usize];
        let grid = &mut self.cells[record.cell()];
        for &(number, ref demand) in &self.extras {
            let shape = number as usize;
            let fits = shapes.fitting(now, shape / 64) >> (shape % 64) & 1 == 1 && cluster.extras_fit(id, demand);
            if fits != grid.contains(shape, record.local) {
                flip(grid, &mut self.counts[shape], (shape, record.cell(), record.local), fits);
                heard(number, fits);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.cells.iter().map(BitGrid::bytes).sum()
    }

    /// Recounts every bit.
    pub(super) fn validate(&self, cluster: &Cluster<'_>, shapes: &Shapes) -> Result<(), String> {
        for (id, &record) in (0..).zip(&cluster.records) {
            for (shape, &(cpu, memory)) in (0..).zip(&shapes.amounts) {
                let extra = self.extras.iter().find(|(other, _)| *other == shape);
                let fits = record.is_active()
                    && cpu <= record.cpu
                    && memory <= record.memory
                    && extra.is_none_or(|(_, demand)| cluster.extras_fit(id, demand));
                if self.contains(record.cell(), shape, record.local) != fits {
                    return Err(format!("fit index: instance {id}, shape {shape}: kept {}, is {fits}", !fits));
                }
            }
        }
        for shape in 0..shapes.len() {
            let lens: Vec<u32> = self.cells.iter().map(|grid| grid.len(shape)).collect();
            let occupied = lens.iter().enumerate().fold(0, |set, (cell, &len)| set | u64::from(len > 0) << cell);
            if self.counts[shape] != (Fitting { cells: occupied, total: lens.iter().sum() }) {
                return Err(format!("fit index: shape {shape}: cells or total are wrong, by cell {lens:?}"));
            }
        }
        self.cells.iter().try_for_each(BitGrid::validate)
    }
}

/// An instance starts (`fits`) or ceases to fit a shape.
#[inline]
fn flip(grid: &mut BitGrid, counts: &mut Fitting, (shape, cell, local): (usize, usize, u32), fits: bool) {
    counts.total = counts.total.wrapping_add(if fits { 1 } else { u32::MAX });
    match grid.flip(shape, local, fits) {
        0 => counts.cells &= !(1 << cell),
        1 => counts.cells |= 1 << cell,
        _ => {}
    }
}
