//! `autoscaling.csv`: the metric of every capacity provider at every minute, what it is made of and what was done.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;
use crate::model::SimTime;

const HEADER: [&str; 11] = [
    "run",
    "time_s",
    "capacity_provider",
    "instances_needed",
    "instances_running",
    "instances_launching",
    "instances_busy",
    "tasks_waiting",
    "reservation_percent",
    "instances_change",
    "reason",
];

/// Writes `autoscaling.csv`, runs in the order of `records`, times rising within each.
///
/// # Errors
/// What `out` answers.
pub fn write_autoscaling(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for record in records {
        for row in &record.autoscaling {
            table.cell(record.run)?;
            table.cell(SimTime(row.at_ms))?;
            table.cell(row.provider.as_str())?;
            for count in [row.needed, row.running, row.launching, row.busy, row.waiting] {
                table.cell(count)?;
            }
            table.cell(row.reservation_percent)?;
            table.cell(row.change.to_string().as_str())?;
            table.cell(row.reason.as_str())?;
            table.end_row()?;
        }
    }
    table.finish()
}
