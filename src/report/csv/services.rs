//! `services.csv`: how evenly each group lies at the snapshot.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;

const HEADER: [&str; 8] = [
    "run",
    "group",
    "zone_skew",
    "excess_zone_skew",
    "instance_skew",
    "blast_radius_instance",
    "blast_radius_zone",
    "tasks",
];

/// Writes `services.csv`, runs in the order of `records`.
///
/// # Errors
/// What `out` answers.
pub fn write_services(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for record in records {
        for row in &record.services {
            table.cell(record.run)?;
            table.cell(row.group.as_str())?;
            let skews = [row.zone_skew, row.excess_zone_skew, row.instance_skew];
            for figure in skews.into_iter().chain([row.blast_radius_instance, row.blast_radius_zone]) {
                table.cell(figure)?;
            }
            table.cell(row.tasks)?;
            table.end_row()?;
        }
    }
    table.finish()
}
