//! Paired comparison at every point of a sweep, for people and for programs.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::analysis::catalogue::{METRICS, Unit, position};
use crate::analysis::compare::{Comparison, Verdict};
use crate::report::answers::comparison::{COMPARISON_HEADER, verdict, write_comparison_csv};
use crate::report::text::humane::{Style, counted};
use crate::report::text::names::printable;
use crate::report::text::wrap::wrapped;

/// The differences at one point.
#[derive(Clone, Debug, Serialize)]
pub struct PointComparison {
    /// Name of the scenario.
    pub scenario: String,
    /// The values of the varied keys.
    pub values: Vec<String>,
    /// Every figure of every other policy.
    pub comparisons: Vec<Comparison>,
}

/// So many lines are printed; `--format csv` has all.
const MOST_LINES: usize = 400;

/// A comparison, and the point where it was made.
struct Line<'a> {
    point: &'a PointComparison,
    row: &'a Comparison,
}

/// The figure that ranks at every point, each line within `width` where names allow it.
#[must_use]
pub fn point_table(points: &[PointComparison], keys: &[&str], primary: &str, width: usize) -> String {
    let rows: Vec<Line<'_>> = points
        .iter()
        .flat_map(|point| {
            let ranks = point.comparisons.iter().filter(|row| row.metric == primary && row.n > 0);
            ranks.map(move |row| Line { point, row })
        })
        .collect();
    let Some(Line { row: first, .. }) = rows.first() else {
        return "there is no other policy to compare with\n".to_owned();
    };
    let full = drawn(&rows, keys, &keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());
    let fits = |table: &str| table.lines().all(|line| line.chars().count() <= width);
    let short: Vec<String> = keys.iter().map(|key| last_of(key)).collect();
    let table = if fits(&full) { full } else { drawn(&rows, keys, &short) };
    let most = rows.iter().map(|line| line.row.n).max().unwrap_or(0);
    let title = METRICS[position(primary).expect("a figure of the catalogue")].title;
    let mut lines = vec![
        format!(
            "{title}: policy less `{}` at each point, paired over at most {}",
            first.baseline,
            counted(most as u64, "seed")
        ),
        format!("p values are corrected for all {} together", counted(rows.len() as u64, "comparison")),
    ];
    if rows.iter().any(|line| line.row.verdict == Verdict::Exact) {
        lines.push("exact: neither of the two draws anything, so that there is the one difference".to_owned());
    }
    if rows.len() > MOST_LINES {
        let more = counted((rows.len() - MOST_LINES) as u64, "more comparison");
        lines.push(format!("`--format csv` prints {more}"));
    }
    let below =
        |line: &String| format!("  {}\n", wrapped(line, width.saturating_sub(4)).trim_end().replace('\n', "\n    "));
    format!("{table}\n{}", lines.iter().map(below).collect::<String>())
}

/// `cluster.instances[0].count` as `count`.
pub(super) fn last_of(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).to_owned()
}

fn drawn(rows: &[Line<'_>], keys: &[&str], headings: &[String]) -> String {
    let many = rows.iter().any(|line| line.point.scenario != rows[0].point.scenario);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let scenario = many.then(|| "scenario".to_owned());
    let fixed = ["policy", "difference", "95 % interval", "verdict"].map(str::to_owned);
    table.set_header(scenario.into_iter().chain(headings.iter().cloned()).chain(fixed));
    let mut previous: Option<&PointComparison> = None;
    for Line { point, row } in rows.iter().take(MOST_LINES) {
        let is_new = previous.is_none_or(|previous| !std::ptr::eq(previous, *point));
        let at = |text: &str| if is_new { printable(text) } else { String::new() };
        let place = many.then(|| at(&point.scenario)).into_iter().chain(point.values.iter().map(|value| at(value)));
        let place: Vec<String> = place.collect();
        let (difference, interval) = said(row);
        let cells = [printable(&row.policy), difference, interval, verdict(row).to_owned()];
        table.add_row(place.into_iter().chain(cells));
        previous = Some(point);
    }
    let first = usize::from(many) + keys.len() + 1;
    for column in first..first + 2 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn said(row: &Comparison) -> (String, String) {
    let metric = &METRICS[position(row.metric).expect("a figure of the catalogue")];
    let Some(mean) = row.mean else { return ("–".to_owned(), "–".to_owned()) };
    let spread = row.low.zip(row.high).map_or(0.0, |(low, high)| (high - low) / 2.0);
    let style = Style::of(metric.unit, mean, spread);
    let difference = match metric.unit {
        Unit::Share => format!("{} points", style.number(mean)),
        _ => style.show(mean),
    };
    let interval = row.low.zip(row.high);
    let interval = interval.map(|(low, high)| format!("{} .. {}", style.number(low), style.number(high)));
    (difference, interval.unwrap_or_else(|| "–".to_owned()))
}

/// Writes every comparison of every point as CSV, with the point in the first columns.
///
/// # Errors
/// What `out` answers.
pub fn write_points_csv(out: &mut impl Write, points: &[PointComparison], keys: &[&str]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["scenario"].into_iter().chain(keys.iter().copied()).chain(COMPARISON_HEADER))?;
    for point in points {
        let mut rows = Vec::new();
        write_comparison_csv(&mut rows, &point.comparisons)?;
        let place = || std::iter::once(point.scenario.as_str()).chain(point.values.iter().map(String::as_str));
        for row in csv::Reader::from_reader(rows.as_slice()).records() {
            writer.write_record(place().chain(row?.iter()))?;
        }
    }
    writer.flush()
}

/// Writes every comparison of every point as a JSON array with a final newline.
///
/// # Errors
/// What `out` answers.
pub fn write_points_json(out: &mut impl Write, points: &[PointComparison]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, points)?;
    out.write_all(b"\n")
}
