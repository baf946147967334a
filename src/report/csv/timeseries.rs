//! `timeseries.csv`: the cluster at the sample times of each run.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;
use crate::model::SimTime;

const HEADER: [&str; 9] = [
    "run",
    "time_s",
    "cpu_reservation",
    "memory_reservation",
    "gpu_reservation",
    "instances_in_use",
    "instances_up",
    "tasks",
    "tasks_waiting",
];

/// Writes `timeseries.csv`, runs in the order of `records`, times rising within each.
///
/// # Errors
/// What `out` answers.
pub fn write_timeseries(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for record in records {
        for sample in &record.samples {
            table.cell(record.run)?;
            table.cell(SimTime(sample.at_ms))?;
            table.cell(sample.cpu_reservation)?;
            table.cell(sample.memory_reservation)?;
            table.cell(sample.gpu_reservation)?;
            for count in [sample.instances_in_use, sample.instances_up, sample.tasks, sample.waiting] {
                table.cell(count)?;
            }
            table.end_row()?;
        }
    }
    table.finish()
}
