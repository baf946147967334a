//! `unplaced.csv`: the tasks that wait or were refused, by name, of one run of each policy.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;
use crate::model::{Fleet, InstanceId, SimTime};

const HEADER: [&str; 15] = [
    "run",
    "policy",
    "group",
    "task_definition",
    "state",
    "tasks",
    "since_s",
    "reason",
    "best_instance",
    "best_ec2_instance_id",
    "check",
    "need",
    "have",
    "short_by",
    "detail",
];

/// Writes `unplaced.csv`, runs in the order of `records`.
///
/// # Errors
/// What `out` answers.
pub fn write_unplaced(out: &mut impl Write, records: &[RunRecord], fleet: &Fleet) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for record in records {
        for row in &record.unplaced {
            table.cell(record.run)?;
            table.cell(record.policy.as_str())?;
            table.cell(row.group.as_str())?;
            table.cell(row.task_definition.as_str())?;
            table.cell(row.state.text())?;
            table.cell(row.tasks)?;
            table.cell(SimTime(row.since_ms))?;
            table.cell(row.reason.as_str())?;
            let best = row.best.as_ref();
            let id = best.map(|best| InstanceId(best.instance));
            table.cell(id.map(|id| fleet.name(id)).as_deref())?;
            table.cell(id.and_then(|id| fleet.ec2_instance_id(id)))?;
            table.cell(best.map(|best| best.check.as_str()))?;
            let amounts = best.and_then(|best| best.amounts);
            table.cell(amounts.map(|(need, _, _)| need))?;
            table.cell(amounts.map(|(_, have, _)| have))?;
            table.cell(amounts.map(|(_, _, short)| short))?;
            table.cell(best.map(|best| best.words.as_str()))?;
            table.end_row()?;
        }
    }
    table.finish()
}
