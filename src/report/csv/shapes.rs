//! `shapes.csv`: room for each shape of the reference mix at the snapshot; `frontier.csv`: the largest remainders.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;

const HEADER: [&str; 11] = [
    "run",
    "task_definition",
    "weight",
    "group",
    "holes",
    "holes_pooled",
    "hole_efficiency",
    "holes_by_cpu_and_memory",
    "holes_pooled_by_cpu_and_memory",
    "hole_efficiency_by_cpu_and_memory",
    "largest_placeable",
];

/// Writes `shapes.csv`, runs in the order of `records`, shapes in that of the mix.
///
/// # Errors
/// What `out` answers.
pub fn write_shapes(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for record in records {
        for row in &record.shapes {
            table.cell(record.run)?;
            table.cell(row.task_definition.as_str())?;
            table.cell(row.weight)?;
            table.cell(row.group.as_str())?;
            for figure in [
                row.holes,
                row.holes_pooled,
                row.hole_efficiency,
                row.holes_by_cpu_and_memory,
                row.holes_pooled_by_cpu_and_memory,
                row.hole_efficiency_by_cpu_and_memory,
                row.largest_placeable,
            ] {
                table.cell(figure)?;
            }
            table.end_row()?;
        }
    }
    table.finish()
}

/// Writes `frontier.csv`: what is free that no instance surpasses in everything, cpu ascending within a run.
///
/// # Errors
/// What `out` answers.
pub fn write_frontier(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, ["run", "cpu", "memory_mib", "gpu"])?;
    for record in records {
        for row in &record.frontier {
            table.cell(record.run)?;
            table.cell(row.cpu)?;
            table.cell(row.memory_mib)?;
            table.cell(row.gpu)?;
            table.end_row()?;
        }
    }
    table.finish()
}
