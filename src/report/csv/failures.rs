//! `failures.csv`: refusals by run, group and reason.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;

/// Writes `failures.csv`, runs in the order of `records`.
///
/// # Errors
/// What `out` answers.
pub fn write_failures(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table =
        Table::new(out, ["run", "group", "reason", "tasks_refused", "tasks_never_placed", "attempts_failed"])?;
    for record in records {
        for failure in &record.failures {
            table.cell(record.run)?;
            table.cell(failure.group.as_str())?;
            table.cell(failure.reason.as_str())?;
            table.cell(failure.tasks_refused)?;
            table.cell(failure.tasks_never_placed)?;
            table.cell(failure.attempts)?;
            table.end_row()?;
        }
    }
    table.finish()
}
