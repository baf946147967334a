//! `instances.csv`: the fleet at time 0.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Table;
use crate::model::{Fleet, InstanceClass};
use crate::report::json::attributes_json;

const HEADER: [&str; 9] =
    ["instance", "zone", "instance_type", "cpu", "memory_mib", "gpu", "eni_tasks", "usd_per_hour", "attributes"];

/// This many bytes are written at once.
const CHUNK: usize = 1 << 16;

/// Writes `instances.csv`, one row an instance in input order.
///
/// Rows of one class differ in the name alone, so what follows it is made once a class.
///
/// # Errors
/// What `out` answers.
pub fn write_instances(out: &mut impl Write, fleet: &Fleet) -> io::Result<()> {
    let rests: Vec<Vec<u8>> = fleet.classes.iter().map(|class| rest_of_row(fleet, class)).collect::<io::Result<_>>()?;
    let mut text = Vec::with_capacity(2 * CHUNK);
    Table::new(&mut text, HEADER)?.finish()?;
    for id in fleet.ids() {
        text.extend_from_slice(first_cell(&fleet.name(id))?.as_ref());
        text.push(b',');
        text.extend_from_slice(&rests[fleet.instances[id.index()].index()]);
        if text.len() >= CHUNK {
            out.write_all(&text)?;
            text.clear();
        }
    }
    out.write_all(&text)
}

/// A name as it is written in the first cell.
fn first_cell(name: &str) -> io::Result<Cow<'_, [u8]>> {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(Cow::Borrowed(name.as_bytes()));
    }
    // The row of a name and nothing, less its comma and the end of its line.
    let mut row = Vec::new();
    let mut table = Table::bare(&mut row);
    table.cell(name)?;
    table.cell("")?;
    table.end_row()?;
    table.finish()?;
    row.truncate(row.len() - 2);
    Ok(Cow::Owned(row))
}

/// All cells of an instance but its name, and the end of the line.
fn rest_of_row(fleet: &Fleet, class: &InstanceClass) -> io::Result<Vec<u8>> {
    let mut row = Vec::new();
    let mut table = Table::bare(&mut row);
    class_cells(&mut table, fleet, class)?;
    table.cell(attributes_json(&class.attributes).as_str())?;
    table.end_row()?;
    table.finish()?;
    Ok(row)
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
