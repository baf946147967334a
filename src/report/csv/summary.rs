//! `summary.csv`: one row a policy and figure, statistics over seeds.

use std::io::{self, Write};

use super::Table;
use crate::analysis::summary::SummaryRow;

/// Writes `summary.csv`, rows in the order given.
///
/// `n` counts the runs that have a value; the others are neither averaged over nor taken as 0. Of `censored` of them it is
/// only known that they are more than something: there is no mean then, and ranks may read `>600`.
///
/// # Errors
/// What `out` answers.
pub fn write_summary(out: &mut impl Write, rows: &[SummaryRow]) -> io::Result<()> {
    let header = ["policy", "metric", "n", "mean", "low", "high", "p50", "p90", "min", "max", "censored"];
    let mut table = Table::new(out, header)?;
    for row in rows {
        table.cell(row.policy.as_str())?;
        table.cell(row.metric)?;
        table.cell(row.n)?;
        for value in [row.mean, row.low, row.high] {
            table.cell(value)?;
        }
        for value in [row.p50, row.p90, row.min, row.max] {
            table.cell(value)?;
        }
        table.cell(row.censored)?;
        table.end_row()?;
    }
    table.finish()
}
