//! `runs.csv`: one row a run, every figure of the catalogue, and the name of the best bound on its instances.

use std::io::{self, Write};

use super::Table;
use crate::analysis::bounds::name;
use crate::analysis::catalogue::METRICS;
use crate::analysis::record::RunRecord;

/// Writes `runs.csv`, rows in the order of `records`.
///
/// # Errors
/// What `out` answers.
pub fn write_runs(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let figures = METRICS.iter().map(|metric| metric.column);
    let header = ["run", "policy", "seed"].into_iter().chain(figures).chain(["instances_bound_best_name"]);
    let mut table = Table::new(out, header)?;
    for record in records {
        table.cell(record.run)?;
        table.cell(record.policy.as_str())?;
        table.cell(record.seed)?;
        record.figures.iter().try_for_each(|&figure| table.cell(figure))?;
        table.cell(name::of_run(record))?;
        table.end_row()?;
    }
    table.finish()
}
