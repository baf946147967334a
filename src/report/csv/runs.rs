//! `runs.csv`: one row a run, every figure of the catalogue.

use std::io::{self, Write};

use super::Table;
use crate::analysis::catalogue::METRICS;
use crate::analysis::record::RunRecord;

/// Writes `runs.csv`, rows in the order of `records`.
///
/// # Errors
/// What `out` answers.
pub fn write_runs(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let header = ["run", "policy", "seed"].into_iter().chain(METRICS.iter().map(|metric| metric.column));
    let mut table = Table::new(out, header)?;
    for record in records {
        table.cell(record.run)?;
        table.cell(record.policy.as_str())?;
        table.cell(record.seed)?;
        record.figures.iter().try_for_each(|&figure| table.cell(figure))?;
        table.end_row()?;
    }
    table.finish()
}
