//! The answer of a plan as text, JSON and CSV, as a page, and as a section of the report of a results folder.

mod page;
mod picture;
mod text;
mod value;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::planning::{Answer, Table};
pub use page::{plan_page, plan_section};
pub use text::plan_text;

/// Where an answer comes from, so that it can be had again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The command, as a shell takes it.
    pub command: String,
    /// Name of the scenario.
    pub scenario: String,
    /// SHA-256 over the scenario and every file it reads.
    pub digest: String,
}

/// An answer with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Where it comes from.
    pub asked: Asked,
    /// The answer.
    pub answer: Answer,
}

/// Writes everything as one JSON object: facts by key, tables as lists of objects, absent values as `null`.
///
/// # Errors
/// What `out` answers.
pub fn write_plan_json(out: &mut impl Write, answer: &Answer, asked: &Asked) -> io::Result<()> {
    let facts: Map<String, Json> =
        answer.facts.iter().map(|fact| (fact.key.to_string(), value::json(&fact.value))).collect();
    let tables: Map<String, Json> = answer.tables.iter().map(|table| (table.key.to_string(), rows(table))).collect();
    let whole = json!({
        "plan": answer.plan,
        "answer": if answer.is_yes { "yes" } else { "no" },
        "headline": answer.headline,
        "kind": answer.kind.word(),
        "kind_says": answer.kind.statement(),
        "interrupted": answer.is_interrupted,
        "facts": facts,
        "tables": tables,
        "notes": answer.notes,
        "may_act": answer.may_not_act.is_none(),
        "may_not_act_because": answer.may_not_act,
        "commands": answer.commands,
        "scenario": asked.scenario,
        "digest": asked.digest,
        "version": crate::VERSION,
        "command": asked.command,
    });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    out.write_all(b"\n")
}

fn rows(table: &Table) -> Json {
    let row = |row: &Vec<crate::planning::Value>| -> Json {
        let cells = table.columns.iter().zip(row).map(|(column, cell)| (column.key.to_string(), value::json(cell)));
        Json::Object(cells.collect())
    };
    Json::Array(table.rows.iter().map(row).collect())
}

/// Writes the first table as CSV: a header, then a row a row; absent values are empty.
///
/// # Errors
/// What `out` answers.
pub fn write_plan_csv(out: impl Write, answer: &Answer) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    if let Some(table) = answer.tables.first() {
        writer.write_record(table.columns.iter().map(|column| &*column.key))?;
        for row in &table.rows {
            writer.write_record(row.iter().map(value::csv))?;
        }
    }
    writer.flush()
}
