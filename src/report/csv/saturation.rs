//! `saturation.csv`: M27 as a curve, one row a run and twentieth of the capacity that was offered.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::{Figure, RunRecord};

/// Writes `saturation.csv`, rows in the order of `records`, then by what was offered.
///
/// # Errors
/// What `out` answers.
pub fn write_saturation(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let columns = ["run", "offered_share", "cpu_allocated_share", "memory_allocated_share", "gpu_allocated_share"];
    let mut table = Table::new(out, columns)?;
    for record in records {
        for row in &record.saturation {
            table.cell(record.run)?;
            table.cell(Figure::ratio(u128::from(row.offered_percent), 100))?;
            table.cell(row.cpu)?;
            table.cell(row.memory)?;
            table.cell(row.gpu)?;
            table.end_row()?;
        }
    }
    table.finish()
}
