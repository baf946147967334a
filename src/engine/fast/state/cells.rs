//! Cells: the coarsest partition of the classes of instances that every request of the run respects.
//!
//! Two classes share a cell if no request tells them apart by what never changes: required attributes,
//! static `memberOf` expressions and the values of spread attributes. The candidates of a request are then whole
//! cells, and a set of cells is one word. Resources do not divide cells.
//!
//! # Invariants
//! 1. There are at most 64 cells. A feature that would need more is left out, and requests that need it are scanned.

use rustc_hash::FxHashMap;

use super::record::MAX_CELLS;
use crate::model::{ClassId, Fleet};

/// A set of cells: bit `c` is cell `c`.
pub(crate) type CellSet = u64;

/// The cells in a set, ascending.
pub(crate) fn members(cells: CellSet) -> impl Iterator<Item = usize> {
    let mut rest = cells;
    std::iter::from_fn(move || {
        let cell = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
        rest &= rest - 1;
        Some(cell)
    })
}

/// The cell of every class.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    cells: Vec<u8>,
    count: usize,
}

impl Partition {
    /// All classes in one cell.
    pub(crate) fn new(fleet: &Fleet) -> Self {
        Self { cells: vec![0; fleet.classes.len()], count: 1 }
    }

    /// Splits cells so that `feature` is the same within each; changes nothing and answers `false` if that makes
    /// too many.
    pub(crate) fn refine(&mut self, features: &[u32]) -> bool {
        let mut numbers: FxHashMap<(u8, u32), u8> = FxHashMap::default();
        let mut cells = Vec::with_capacity(self.cells.len());
        for (&cell, &feature) in self.cells.iter().zip(features) {
            let next = numbers.len();
            if next >= MAX_CELLS && !numbers.contains_key(&(cell, feature)) {
                return false;
            }
            let number = *numbers.entry((cell, feature)).or_insert(u8::try_from(next).expect("at most 64"));
            cells.push(number);
        }
        self.count = numbers.len().max(1);
        self.cells = cells;
        true
    }

    pub(crate) fn cell(&self, class: ClassId) -> usize {
        usize::from(self.cells[class.index()])
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }
}
