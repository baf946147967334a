//! The figures of one run while they are being written, by column.

use super::catalogue::{METRICS, position};
use super::record::Figure;

/// One figure for each entry of the catalogue; absent until written.
#[derive(Clone, Debug)]
pub(super) struct Sheet(Vec<Option<Figure>>);

impl Sheet {
    /// Nothing is written yet.
    pub(super) fn new() -> Self {
        Self(vec![None; METRICS.len()])
    }

    /// Writes one figure.
    ///
    /// # Panics
    /// If the catalogue has no such column or it was written before.
    pub(super) fn set(&mut self, column: &str, figure: Figure) {
        let position = position(column).unwrap_or_else(|| panic!("`{column}` is in the catalogue"));
        let before = self.0[position].replace(figure);
        assert!(before.is_none(), "`{column}` is written once");
    }

    /// The figures in the order of the catalogue.
    pub(super) fn into_figures(self) -> Vec<Figure> {
        self.0.into_iter().map(|figure| figure.unwrap_or(Figure::Absent)).collect()
    }
}
