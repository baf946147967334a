//! `fleet.csv`: every instance at the snapshot of one run of each policy, by name.

use std::io::{self, Write};

use super::Table;
use crate::analysis::record::{InstanceRow, RunRecord};
use crate::model::{ClassId, Fleet, InstanceId};

const HEADER: [&str; 19] = [
    "run",
    "policy",
    "instance",
    "ec2_instance_id",
    "instance_type",
    "zone",
    "status",
    "cpu",
    "cpu_free",
    "memory_mib",
    "memory_mib_free",
    "gpu",
    "gpu_free",
    "tasks",
    "eni_tasks",
    "eni_tasks_free",
    "memory_mib_limits",
    "releasable",
    "held_by",
];

/// Writes `fleet.csv`, runs in the order of `records`; runs that kept no instances have no rows.
///
/// # Errors
/// What `out` answers.
pub fn write_fleet(out: &mut impl Write, records: &[RunRecord], fleet: &Fleet) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for record in records {
        for row in &record.instances {
            table.cell(record.run)?;
            table.cell(record.policy.as_str())?;
            identity_cells(&mut table, row, fleet)?;
            amount_cells(&mut table, row, fleet)?;
            let releasable = row.releasable.map(|is| if is { "true" } else { "false" });
            table.cell(releasable)?;
            table.cell(row.held_by.and_then(|holder| record.holders.get(holder as usize)).map(String::as_str))?;
            table.end_row()?;
        }
    }
    table.finish()
}

fn identity_cells<W: Write>(table: &mut Table<W>, row: &InstanceRow, fleet: &Fleet) -> io::Result<()> {
    let (id, class) = (InstanceId(row.instance), &fleet.classes[ClassId(row.class).index()]);
    table.cell(fleet.name(id).as_ref())?;
    table.cell(fleet.ec2_instance_id(id))?;
    table.cell(class.instance_type.as_deref())?;
    table.cell(fleet.zones[class.zone.index()].as_str())?;
    table.cell(if row.is_draining { "DRAINING" } else { "ACTIVE" })
}

/// Amounts that no instance of the class has are absent, not 0.
fn amount_cells<W: Write>(table: &mut Table<W>, row: &InstanceRow, fleet: &Fleet) -> io::Result<()> {
    let class = &fleet.classes[ClassId(row.class).index()];
    let has_gpus = class.gpus > 0;
    let others = fleet.others(InstanceId(row.instance));
    table.cell(class.cpu.0 + others.cpu)?;
    table.cell(row.cpu_free)?;
    table.cell(class.memory.0 + others.memory)?;
    table.cell(row.memory_mib_free)?;
    table.cell(has_gpus.then_some(class.gpus))?;
    table.cell(has_gpus.then_some(row.gpu_free))?;
    table.cell(row.tasks + others.tasks)?;
    table.cell(row.eni_tasks)?;
    table.cell(class.eni_tasks.map(|most| most.saturating_sub(row.eni_tasks)))?;
    table.cell(row.memory_mib_limits)
}
