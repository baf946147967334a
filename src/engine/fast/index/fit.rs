//! Which instances fit which shape: one [`BitGrid`] for each cell, with a column for each shape.
//!
//! # Invariants
//! 1. Bit `local` of column `shape` of a cell's grid is set exactly if that instance is ACTIVE and fits the shape.
//! 2. `occupied` and `totals` say of each shape in which cells, and how often, that is so.
//!
//! # Cost
//! "Nothing fits" is one load. A change of an instance costs one line for eight shapes, and only if some of them start or
//! cease to fit.

use super::bitgrid::{BitGrid, Column, LANES, count};
use crate::engine::fast::state::cells::{CellSet, members};
use crate::engine::fast::state::cluster::{Cluster, Instance};
use crate::engine::fast::state::extras::form_of;
use crate::engine::fast::state::record::Record;
use crate::engine::fast::state::shapes::{Ranks, Shape, Shapes};
use crate::model::Demand;

/// See the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct FitIndex {
    cells: Vec<BitGrid>,
    /// By shape: the cells where an instance fits.
    occupied: Vec<CellSet>,
    /// By shape, in eights: how many instances fit.
    totals: Vec<[u32; LANES]>,
    /// Shapes with GPUs, ports or interface slots.
    extras: Vec<Asking>,
    /// What they ask for of these, each form once.
    forms: Vec<Form>,
    /// By word of the mask: the shapes that cpu and memory alone decide.
    plain: Vec<u64>,
    /// By word: those that ask for more.
    odd: Vec<u64>,
}

/// A shape with GPUs, ports or interface slots, and its demand.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub(crate) shape: u32,
    pub(crate) demand: Demand,
}

/// GPUs, ports and interface slots that some shapes ask for, alike.
#[derive(Clone, Debug)]
struct Form {
    demand: Demand,
    /// The shapes, as a mask.
    shapes: Vec<u64>,
}

/// The forms of some shapes, whose masks have so many words.
fn forms(extras: &[Asking], words: usize) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for Asking { shape, demand } in extras {
        let demand = form_of(demand);
        let known = forms.iter().position(|form| form.demand == demand).unwrap_or(forms.len());
        if known == forms.len() {
            forms.push(Form { demand, shapes: vec![0; words] });
        }
        forms[known].shapes[*shape as usize / 64] |= 1 << (shape % 64);
    }
    forms
}

/// Some of the shapes from a multiple of 64 on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShapeSet {
    pub(crate) first: u32,
    pub(crate) bits: u64,
}

impl ShapeSet {
    /// The shapes, ascending.
    #[inline]
    pub(crate) fn iter(self) -> impl Iterator<Item = u32> {
        let mut rest = self.bits;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(self.first + bit)
        })
    }
}

impl FitIndex {
    /// `fitted` says which shapes are followed; `extras` are those of them that ask for more than cpu and memory.
    pub(crate) fn new(cells: usize, fitted: &[bool], extras: Vec<Asking>) -> Self {
        // What stands after the last shape that is followed takes no memory and no time.
        let shapes = fitted.iter().rposition(|fitted| *fitted).map_or(0, |last| last + 1);
        let mut plain = vec![0; shapes.div_ceil(64)];
        let mut odd = plain.clone();
        for (shape, _) in fitted.iter().enumerate().filter(|(_, fitted)| **fitted) {
            plain[shape / 64] |= 1 << (shape % 64);
        }
        for &Asking { shape, .. } in &extras {
            plain[shape as usize / 64] &= !(1 << (shape % 64));
            odd[shape as usize / 64] |= 1 << (shape % 64);
        }
        let cells = vec![BitGrid::new(shapes); cells];
        let totals = vec![[0; LANES]; shapes.div_ceil(LANES)];
        let forms = forms(&extras, plain.len());
        let occupied = fitted.iter().map(|fitted| if *fitted { 0 } else { CellSet::MAX }).collect();
        Self { cells, occupied, totals, extras, forms, plain, odd }
    }

    /// The cells where an instance fits a shape; all of them where the shape is not followed.
    #[inline]
    pub(crate) fn occupied(&self, shape: u32) -> CellSet {
        self.occupied[shape as usize]
    }

    /// How many instances fit a shape.
    #[inline]
    pub(crate) fn total(&self, shape: u32) -> u32 {
        self.totals[shape as usize / LANES][shape as usize % LANES]
    }

    #[inline]
    pub(crate) fn contains(&self, cell: usize, shape: u32, local: u32) -> bool {
        self.cells[cell].contains(shape as usize, local)
    }

    #[inline]
    pub(crate) fn grid(&self, cell: usize) -> &BitGrid {
        &self.cells[cell]
    }

    /// The instances of a cell that fit a shape.
    #[inline]
    pub(crate) fn column(&self, cell: usize, shape: u32) -> Column<'_> {
        Column::new(&self.cells[cell], shape as usize)
    }

    /// The lowest instance of a cell that fits a shape.
    #[inline]
    pub(crate) fn lowest(&mut self, cell: usize, shape: u32) -> Option<u32> {
        self.cells[cell].lowest(shape as usize)
    }

    /// How many instances of some cells fit a shape.
    #[inline]
    pub(crate) fn len(&self, cells: CellSet, shape: u32) -> u32 {
        members(cells).map(|cell| self.cells[cell].len(shape as usize)).sum()
    }

    /// Some shape asks for more than cpu and memory.
    #[inline]
    pub(crate) fn has_extras(&self) -> bool {
        !self.extras.is_empty()
    }

    /// Takes memory for so many instances of a cell.
    pub(crate) fn reserve(&mut self, cell: usize, instances: usize) {
        self.cells[cell].reserve(instances);
    }

    /// Makes room for an instance.
    pub(crate) fn grow(&mut self, record: Record) {
        self.cells[record.cell()].grow(record.local as usize + 1);
    }

    /// The ranks of an instance have grown or shrunk; tells `heard` the shapes that it starts (`true`) or ceases to fit by
    /// cpu and memory alone.
    #[inline]
    pub(crate) fn moved(
        &mut self,
        shapes: &Shapes,
        record: Record,
        before: Ranks,
        now: Ranks,
        mut heard: impl FnMut(ShapeSet, bool),
    ) {
        let words = self.plain.len();
        let mut moved = |word: usize, old: u64, new: u64| {
            let bits = (old ^ new) & self.plain[word];
            if bits != 0 {
                debug_assert!(
                    new & bits == 0 || old & bits == 0,
                    "ranks that grow or shrink change all shapes one way"
                );
                let flips = ShapeSet { first: u32::try_from(word * 64).expect("shapes are few"), bits };
                self.flip(flips, record, new & bits != 0);
                heard(flips, new & bits != 0);
            }
        };
        for word in 0..words {
            moved(word, shapes.fitting(before, word), shapes.fitting(now, word));
        }
    }

    /// As [`FitIndex::moved`], for the shapes that ask for more.
    pub(crate) fn extras_moved(
        &mut self,
        Instance { cluster, id }: Instance<'_, '_>,
        shapes: &Shapes,
        now: Ranks,
        mut heard: impl FnMut(ShapeSet, bool),
    ) {
        let record = cluster.records[id as usize];
        for word in 0..self.plain.len() {
            let extra = self.odd[word];
            if extra == 0 {
                continue;
            }
            let mut fitting = shapes.fitting(now, word) & extra;
            for form in &self.forms {
                // What the instance has no cpu or memory for is not asked.
                if form.shapes[word] & fitting != 0 && !cluster.extras_fit(id, &form.demand) {
                    fitting &= !form.shapes[word];
                }
            }
            let first = u32::try_from(word * 64).expect("shapes are few");
            let fitted = ShapeSet { first, bits: extra }.iter();
            let fitted = fitted.filter(|&shape| self.contains(record.cell(), shape, record.local));
            let fitted = fitted.fold(0, |bits, shape| bits | 1 << (shape % 64));
            for (bits, fits) in [(fitted & !fitting, false), (fitting & !fitted, true)] {
                if bits != 0 {
                    self.flip(ShapeSet { first, bits }, record, fits);
                    heard(ShapeSet { first, bits }, fits);
                }
            }
        }
    }

    /// An instance starts (`fits`) or ceases to fit some shapes.
    #[inline]
    fn flip(&mut self, shapes: ShapeSet, record: Record, fits: bool) {
        let mut rest = shapes.bits;
        while rest != 0 {
            let eight = rest.trailing_zeros() as usize / LANES;
            let columns = rest.to_le_bytes()[eight];
            rest &= !(0xff << (eight * LANES));
            self.flip_line(shapes.first as usize / LANES + eight, columns, record, fits);
        }
    }

    #[inline]
    fn flip_line(&mut self, line: usize, columns: u8, record: Record, fits: bool) {
        count(&mut self.totals[line], columns, fits);
        let at_edge = self.cells[record.cell()].flip(line, record.local, columns, fits);
        if at_edge != 0 {
            self.toggle_cell(line, record.cell(), at_edge, fits);
        }
    }

    /// A cell has its first instance that fits some shapes of a line, or has lost its last.
    #[cold]
    fn toggle_cell(&mut self, line: usize, cell: usize, columns: u8, fits: bool) {
        for lane in (0..LANES).filter(|lane| columns >> lane & 1 == 1) {
            let occupied = &mut self.occupied[line * LANES + lane];
            *occupied = *occupied & !(1 << cell) | u64::from(fits) << cell;
        }
    }

    /// The shape is followed.
    fn follows(&self, shape: usize) -> bool {
        let is_in = |words: &[u64]| words.get(shape / 64).is_some_and(|word| word >> (shape % 64) & 1 == 1);
        is_in(&self.plain) || is_in(&self.odd)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.cells.iter().map(BitGrid::bytes).sum()
    }

    /// Recounts every bit.
    pub(crate) fn validate(&self, cluster: &Cluster<'_>, shapes: &Shapes) -> Result<(), String> {
        for (id, &record) in (0..).zip(&cluster.records) {
            for (shape, &Shape { cpu, memory }) in
                (0..).zip(&shapes.amounts).filter(|(shape, _)| self.follows(*shape as usize))
            {
                let extra = self.extras.iter().find(|asking| asking.shape == shape);
                let fits = record.is_active()
                    && cpu <= record.cpu
                    && memory <= record.memory
                    && extra.is_none_or(|asking| cluster.extras_fit(id, &asking.demand));
                if self.contains(record.cell(), shape, record.local) != fits {
                    return Err(format!("fit index: instance {id}, shape {shape}: kept {}, is {fits}", !fits));
                }
            }
        }
        for shape in (0..shapes.len()).filter(|&shape| self.follows(shape)) {
            let lens: Vec<u32> = self.cells.iter().map(|grid| grid.len(shape)).collect();
            let occupied = lens.iter().enumerate().fold(0, |set, (cell, &len)| set | u64::from(len > 0) << cell);
            let total = self.totals[shape / LANES][shape % LANES];
            if (self.occupied[shape], total) != (occupied, lens.iter().sum()) {
                return Err(format!("fit index: shape {shape}: cells or total are wrong, by cell {lens:?}"));
            }
        }
        self.cells.iter().try_for_each(BitGrid::validate)
    }
}
