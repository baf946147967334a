//! `instances.csv`: the fleet at time 0.

use std::io::{self, Write};

use super::Table;
use crate::model::{Fleet, InstanceClass};
use crate::report::json::attributes_json;

const HEADER: [&str; 9] =
    ["instance", "zone", "instance_type", "cpu", "memory_mib", "gpu", "eni_tasks", "usd_per_hour", "attributes"];

/// Writes `instances.csv`, one row an instance in input order.
///
/// # Errors
/// What `out` answers.
pub fn write_instances(out: &mut impl Write, fleet: &Fleet) -> io::Result<()> {
    let attributes: Vec<String> = fleet.classes.iter().map(|class| attributes_json(&class.attributes)).collect();
    let mut table = Table::new(out, HEADER)?;
    for id in fleet.ids() {
        table.cell(&*fleet.name(id))?;
        class_cells(&mut table, fleet, fleet.class(id))?;
        table.cell(attributes[fleet.instances[id.index()].index()].as_str())?;
        table.end_row()?;
    }
    table.finish()
}

fn class_cells<W: Write>(table: &mut Table<W>, fleet: &Fleet, class: &InstanceClass) -> io::Result<()> {
    table.cell(fleet.zones[class.zone.index()].as_str())?;
    table.cell(class.instance_type.as_deref())?;
    table.cell(class.cpu.0)?;
    table.cell(class.memory.0)?;
    table.cell(class.gpus)?;
    table.cell(class.eni_tasks)?;
    table.cell(class.price)
}
