//! Which instances satisfy an expression, for people and for programs.

use std::io::{self, Write};

use comfy_table::CellAlignment;
use serde::Serialize;

use super::explanation::{Expression, drawn, status_name, table, unmet_in_words};
use crate::engine::reference::ReferenceEngine;
use crate::engine::{Engine as _, InstanceStatus};
use crate::model::{Fleet, InstanceId};
use crate::query::{self, Explanation, Unmet};
use crate::report::text::humane::{count, counted};
use crate::report::text::names::printable;
use crate::report::text::wrap::wrapped;

/// An expression asked of every instance that is not lost.
#[derive(Debug)]
pub struct Matches<'a> {
    fleet: &'a Fleet,
    expression: String,
    /// In the order of the fleet.
    rows: Vec<Row>,
    /// What keeps it from holding on any.
    unmet: Vec<Unmet>,
}

/// One instance.
#[derive(Debug)]
struct Row {
    instance: InstanceId,
    zone: String,
    instance_type: Option<String>,
    status: InstanceStatus,
    tasks: u32,
    explanation: Explanation,
}

impl<'a> Matches<'a> {
    /// Asks every instance.
    #[must_use]
    pub fn new(expression: &query::Expression, fleet: &'a Fleet, engine: &ReferenceEngine<'_>) -> Self {
        let ids = (0..engine.instance_count()).map(InstanceId::from_index);
        let row = |instance| {
            let class = &fleet.classes[engine.class(instance).index()];
            Row {
                instance,
                zone: fleet.zones[class.zone.index()].clone(),
                instance_type: class.instance_type.clone(),
                status: engine.status(instance),
                tasks: engine.task_count(instance) + fleet.others(instance).tasks,
                explanation: expression.explain(&engine.facts(instance)),
            }
        };
        let rows = ids.filter(|&id| engine.status(id) != InstanceStatus::Lost).map(row).collect();
        Self { fleet, expression: expression.to_string(), rows, unmet: engine.unmet(expression) }
    }

    /// How many instances satisfy it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.iter().filter(|row| row.explanation.value).count()
    }

    fn shown(&self, all: bool) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| all || row.explanation.value)
    }
}

/// The instances that satisfy the expression; with `explain` all, each with the value of every part of it.
#[must_use]
pub fn matches_table(matches: &Matches<'_>, width: usize, explain: bool) -> String {
    let (found, all) = (matches.count() as u64, matches.rows.len() as u64);
    let summary =
        format!("{} of {} satisfy {}\n", count(found), counted(all, "instance"), printable(&matches.expression));
    if explain {
        let tree = |row: &Row| {
            let name = printable(&matches.fleet.called(row.instance));
            let lines = row.explanation.to_string();
            let lines: String = lines.lines().map(|line| format!("    {}\n", printable(line))).collect();
            format!("{name} ({}, {})\n{lines}", printable(&row.zone), status_name(row.status))
        };
        return matches.shown(true).map(tree).collect::<String>() + &summary;
    }
    if found == 0 {
        let why: String =
            matches.unmet.iter().map(|unmet| format!("  {}\n", printable(&unmet_in_words(unmet)))).collect();
        let more = "  `--explain` shows why not, instance by instance\n";
        return wrapped(&format!("{summary}{why}{more}"), width);
    }
    let cells = |row: &Row| -> [String; 5] {
        [
            printable(&matches.fleet.label(row.instance)),
            printable(&row.zone),
            row.instance_type.as_deref().map_or_else(|| "–".to_owned(), printable),
            status_name(row.status).to_owned(),
            count(u64::from(row.tasks)),
        ]
    };
    const HEADING: [&str; 5] = ["instance", "zone", "type", "status", "tasks"];
    let rows: Vec<[String; 5]> = matches.shown(false).map(cells).collect();
    // Every column, its heading included, with a space on either side and one between.
    let widest = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEADING[column].len()]).max().unwrap_or_default() + 3
    };
    if (0..5).map(widest).sum::<usize>() > width {
        let line = |row: &Row| {
            let ([instance, zone, kind, status, _], tasks) = (cells(row), counted(row.tasks.into(), "task"));
            wrapped(&format!("{instance} ({zone}, {kind}): {status}, {tasks}"), width)
        };
        return matches.shown(false).map(line).collect::<String>() + &wrapped(&summary, width);
    }
    let mut table = table(&HEADING, width);
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    if let Some(column) = table.column_mut(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    drawn(&table) + &wrapped(&summary, width)
}

#[derive(Serialize)]
struct Entry<'a> {
    instance: String,
    ec2_instance_id: Option<&'a str>,
    zone: &'a str,
    instance_type: Option<&'a str>,
    status: &'static str,
    tasks: u32,
    matches: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Expression>,
}

/// Writes a JSON array of the instances that satisfy the expression; with `explain` of all, each with every part.
///
/// # Errors
/// What `out` answers.
pub fn write_matches_json(out: &mut impl Write, matches: &Matches<'_>, explain: bool) -> io::Result<()> {
    let entries: Vec<Entry<'_>> = matches.shown(explain).map(|row| entry(matches, row, explain)).collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    out.write_all(b"\n")
}

fn entry<'a>(matches: &'a Matches<'_>, row: &'a Row, explain: bool) -> Entry<'a> {
    let identity = matches.fleet.identities.get(row.instance.index());
    Entry {
        instance: matches.fleet.name(row.instance).into_owned(),
        ec2_instance_id: identity.and_then(|identity| identity.ec2_instance_id.as_deref()),
        zone: &row.zone,
        instance_type: row.instance_type.as_deref(),
        status: status_name(row.status),
        tasks: row.tasks,
        matches: row.explanation.value,
        explanation: explain.then(|| Expression::of(&row.explanation)),
    }
}

/// Writes a row an instance that satisfies the expression; with `explain` a row for every part of it on every instance.
///
/// # Errors
/// What `out` answers.
pub fn write_matches_csv(out: impl Write, matches: &Matches<'_>, explain: bool) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    let heading = ["instance", "ec2_instance_id", "zone", "instance_type", "status", "tasks", "matches"];
    let of_parts = if explain { &["depth", "part", "value", "observed"][..] } else { &[] };
    writer.write_record(heading.iter().chain(of_parts))?;
    for row in matches.shown(explain) {
        let entry = entry(matches, row, false);
        let cells = [
            entry.instance,
            entry.ec2_instance_id.unwrap_or_default().to_owned(),
            entry.zone.to_owned(),
            entry.instance_type.unwrap_or_default().to_owned(),
            entry.status.to_owned(),
            entry.tasks.to_string(),
            entry.matches.to_string(),
        ];
        if explain {
            write_parts(&mut writer, &cells, &row.explanation, 0)?;
        } else {
            writer.write_record(cells)?;
        }
    }
    writer.flush()?;
    Ok(())
}

fn write_parts(
    writer: &mut csv::Writer<impl Write>,
    cells: &[String],
    explanation: &Explanation,
    depth: usize,
) -> Result<(), csv::Error> {
    let observed = explanation.observed.as_ref().map_or_else(String::new, ToString::to_string);
    let parts = [depth.to_string(), explanation.text.clone(), explanation.value.to_string(), observed];
    writer.write_record(cells.iter().chain(&parts))?;
    explanation.parts.iter().try_for_each(|part| write_parts(writer, cells, part, depth + 1))
}
