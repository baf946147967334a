//! Which instances fit which shape: one [`BitGrid`] for each cell, with a column for each shape.

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
    /// Shapes with GPUs, ports or interface slots, as (shape, demand): their bits are found one by one.
    extras: Vec<(u32, Demand)>,
    /// By word of the mask: the shapes that cpu and memory alone decide.
    plain: Vec<u64>,
}

impl FitIndex {
    pub(super) fn new(cells: usize, shapes: &Shapes, extras: Vec<(u32, Demand)>) -> Self {
        let mut plain = vec![u64::MAX; shapes.words()];
        for &(shape, _) in &extras {
            plain[shape as usize / 64] &= !(1 << (shape % 64));
        }
        Self { cells: vec![BitGrid::new(shapes.len()); cells], extras, plain }
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

    /// Makes room for an instance.
    pub(super) fn grow(&mut self, record: Record) {
        self.cells[record.cell()].grow(record.local as usize + 1);
    }

    /// An instance has changed from `before` to what it is now; tells `heard` every shape that it starts (`true`) or
    /// ceases to fit.
    #[inline]
    pub(super) fn moved(
        &mut self,
        (cluster, shapes): (&Cluster<'_>, &Shapes),
        id: u32,
        before: Ranks,
        mut heard: impl FnMut(u32, bool),
    ) {
        let record = cluster.records[id as usize];
        let grid = &mut self.cells[record.cell()];
        let now = ranks(shapes, record);
        if now != before {
            for word in 0..shapes.words() {
                let (old, new) = (shapes.fitting(before, word), shapes.fitting(now, word));
                let mut flips = (old ^ new) & self.plain[word];
                while flips != 0 {
                    let bit = flips.trailing_zeros();
                    flips &= flips - 1;
                    let (column, fits) = (word * 64 + bit as usize, new >> bit & 1 == 1);
                    if fits {
                        grid.insert(column, record.local);
                    } else {
                        grid.remove(column, record.local);
                    }
                    heard(u32::try_from(column).expect("at most 1024 shapes"), fits);
                }
            }
        }
        for (shape, demand) in &self.extras {
            let column = *shape as usize;
            let fits = shapes.fitting(now, column / 64) >> (column % 64) & 1 == 1 && cluster.extras_fit(id, demand);
            if fits != grid.contains(column, record.local) {
                if fits {
                    grid.insert(column, record.local);
                } else {
                    grid.remove(column, record.local);
                }
                heard(*shape, fits);
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
        self.cells.iter().try_for_each(BitGrid::validate)
    }
}

/// The ranks of what is left; both 0 where no task may go.
#[inline]
pub(super) fn ranks(shapes: &Shapes, record: Record) -> Ranks {
    if record.is_active() { shapes.ranks(record.cpu, record.memory) } else { Ranks::default() }
}
