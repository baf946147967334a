//! `shapes.csv`: room for each shape of the reference mix at the snapshot; `frontier.csv`: the largest remainders.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::RunRecord;

const HEADER: [&str; 7] = [
    "run",
    "task_definition",
    "weight",
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
            for figure in [
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

/// Writes `frontier.csv`: free cpu and memory that no instance surpasses in both, cpu ascending within a run.
///
/// # Errors
/// What `out` answers.
pub fn write_frontier(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, ["run", "cpu", "memory_mib"])?;
    for record in records {
        for &(cpu, memory) in &record.frontier {
            table.cell(record.run)?;
            table.cell(cpu)?;
            table.cell(memory)?;
            table.end_row()?;
        }
    }
    table.finish()
}
