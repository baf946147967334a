//! `deployments.csv`: what each deployment took, why it stopped moving, and what it left behind.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;
use crate::model::{SimSpan, SimTime};

const HEADER: [&str; 20] = [
    "run",
    "group",
    "revision",
    "task_definition",
    "strategy",
    "started_s",
    "clean_up_s",
    "ended_s",
    "duration_s",
    "outcome",
    "stuck_since_s",
    "reason",
    "tasks_started",
    "tasks_stopped",
    "attempts_failed",
    "tasks_peak",
    "cpu_peak",
    "memory_mib_peak",
    "zone_skew",
    "tasks_on_one_instance",
];

/// Writes `deployments.csv`, runs in the order of `records`, deployments by the time of their ends.
///
/// # Errors
/// What `out` answers.
pub fn write_deployments(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for record in records {
        for row in &record.deployments {
            table.cell(record.run)?;
            table.cell(row.group.as_str())?;
            table.cell(row.revision)?;
            table.cell(row.task_definition.as_str())?;
            table.cell(row.strategy.as_str())?;
            table.cell(SimTime(row.started_ms))?;
            table.cell(row.clean_up_ms.map(SimTime))?;
            table.cell(SimTime(row.ended_ms))?;
            table.cell(SimSpan(row.ended_ms - row.started_ms).to_string().as_str())?;
            table.cell(row.outcome.as_str())?;
            table.cell(row.stuck_since_ms.map(SimTime))?;
            table.cell(row.reason.as_str())?;
            let counts = [row.tasks_started, row.tasks_stopped, row.attempts_failed, row.tasks_peak];
            let sizes = [row.cpu_peak, row.memory_mib_peak, row.zone_skew, row.tasks_on_one_instance];
            for count in counts.into_iter().chain(sizes) {
                table.cell(count)?;
            }
            table.end_row()?;
        }
    }
    table.finish()
}
