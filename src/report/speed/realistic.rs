//! What `stowplan bench --realistic` measured, as a table and as CSV.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use crate::bench::{RealisticRow, Takes};
use crate::report::text::humane::{count, ratio};

/// The rows as a table, size by size; a `!` marks those that take longer than they may. How full a cluster was and the way
/// of its requests are for the CSV, so that a line fits 80 columns.
#[must_use]
pub fn realistic_table(rows: &[RealisticRow]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["", "fill ns", "fill", "last", "pair", "may "]);
    for of_size in rows.chunk_by(|one, next| one.instances == next.instances) {
        table.add_row([format!("{} instances", count(of_size[0].instances as u64))]);
        shown(of_size).into_iter().for_each(|row| _ = table.add_row(cells(row)));
    }
    for column in 1..6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{}\n\n{}{}{}", lines.join("\n"), scans(rows), left_out(rows), worst(rows))
}

/// That not all rows are shown, and where they are.
fn left_out(rows: &[RealisticRow]) -> String {
    let is_many = rows.chunk_by(|one, next| one.instances == next.instances).any(|of_size| of_size.len() > MANY);
    let told = format!("  the {WORST} worst of each size are shown; `--format csv` and `--out` have all\n");
    if is_many { told } else { String::new() }
}

/// More rows than people read.
const MANY: usize = 100;
/// So many of them are shown, the worst first.
const WORST: usize = 20;

/// The rows of a size that are shown: all, or the worst of many.
fn shown(of_size: &[RealisticRow]) -> Vec<&RealisticRow> {
    let mut rows: Vec<&RealisticRow> = of_size.iter().collect();
    if rows.len() > MANY {
        rows.sort_by(|one, other| other.of_what_it_may().total_cmp(&one.of_what_it_may()));
        rows.truncate(WORST);
    }
    rows
}

fn cells(row: &RealisticRow) -> [String; 6] {
    let Takes { fill, last_tenth, pair } = row.takes();
    let may = match row.most_ns_an_instance {
        Some(ns) => format!("{} ns/i", ratio(ns)),
        None => ratio(row.most),
    };
    let mark = if row.is_held { " " } else { "!" };
    let name = format!("  {}", row.row);
    [name, ratio(row.fill_ns), ratio(fill), ratio(last_tenth), ratio(pair), format!("{may}{mark}")]
}

/// Rows that look at each instance, beside the plain loop.
fn scans(rows: &[RealisticRow]) -> String {
    let line = |row: &RealisticRow| {
        let (ns, plain) = (row.ns_an_instance?, row.plain_ns_an_instance?);
        let instances = count(row.instances as u64);
        Some(format!("  {}, {instances}: {} ns/i, a plain loop {}\n", row.row, ratio(ns), ratio(plain)))
    };
    rows.iter().filter_map(line).collect()
}

fn worst(rows: &[RealisticRow]) -> String {
    let over = RealisticRow::of_what_it_may;
    let held = rows.iter().filter(|row| row.is_held).count();
    let worst = rows.iter().max_by(|a, b| over(a).total_cmp(&over(b)));
    worst.map_or_else(String::new, |worst| {
        format!(
            "  thread CPU time of a placement; fill, last, pair = times the row it is held to\n  \
             (`{}` for most) over a fill, in its last tenth, and for a pair of\n  \
             one stop and one arrival there, each of which may be `may`; ns/i = nanoseconds\n  \
             for each instance, in place of times\n  \
             {held} of {} rows are held; the worst is `{}`\n  \
             at {} instances, {} times what it may take\n",
            "zone, memory",
            rows.len(),
            worst.row,
            count(worst.instances as u64),
            ratio(over(worst))
        )
    })
}

/// Writes every row as CSV.
///
/// # Errors
/// What `out` answers.
pub fn write_realistic_csv(out: &mut impl Write, rows: &[RealisticRow]) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    for row in rows {
        writer.serialize(row).map_err(io::Error::other)?;
    }
    writer.flush()
}

/// Writes every row as one JSON array with a final newline.
///
/// # Errors
/// What `out` answers.
pub fn write_realistic_json(out: &mut impl Write, rows: &[RealisticRow]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, rows)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(last_tenth_ratio: f64) -> RealisticRow {
        RealisticRow {
            row: "memory, cpu".to_owned(),
            instances: 10_000,
            path: "scan",
            filled_percent: 90.0,
            fill_ns: 400.0,
            last_tenth_ns: 500.0,
            pair_ns: 900.0,
            bytes_per_instance: 60.0,
            held_to: "zone, memory",
            fill_ratio: 3.0,
            last_tenth_ratio,
            pair_ratio: 1.5,
            most: 4.0,
            most_ns_an_instance: None,
            ns_an_instance: None,
            plain_ns_an_instance: None,
            is_held: last_tenth_ratio <= 4.0,
        }
    }

    fn scanned() -> RealisticRow {
        RealisticRow {
            row: "zone, rack (2, some have none), memory".to_owned(),
            instances: 100_000,
            fill_ns: 192_417.0,
            last_tenth_ns: 200_000.0,
            pair_ns: 150_000.0,
            most_ns_an_instance: Some(3.0),
            ns_an_instance: Some(1.92),
            plain_ns_an_instance: Some(1.0),
            ..row(3.5)
        }
    }

    #[test]
    fn of_many_rows_the_worst_are_shown() {
        let many: Vec<RealisticRow> = (0..=MANY)
            .map(|number| RealisticRow { row: format!("row {number}"), ..row(if number == 7 { 9.5 } else { 3.5 }) })
            .collect();
        let table = realistic_table(&many);
        let rows: Vec<&str> = table.lines().map(str::trim_start).filter(|line| line.starts_with("row ")).collect();
        assert_eq!(rows.len(), WORST, "{table}");
        assert!(rows[0].starts_with("row 7 "), "{table}");
        assert!(table.contains("the 20 worst of each size are shown") && table.contains("100 of 101 rows are held"));
    }

    #[test]
    fn a_row_that_takes_too_long_is_marked_and_the_worst_is_named() {
        let table = realistic_table(&[row(3.5), row(8.0), scanned()]);
        insta::assert_snapshot!(table);
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    }

    #[test]
    fn programs_get_all_three_ratios_and_the_verdict() {
        let mut csv = Vec::new();
        write_realistic_csv(&mut csv, &[row(8.0)]).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        assert!(csv.starts_with("row,instances,path,filled_percent,fill_ns,last_tenth_ns,pair_ns,"), "{csv}");
        assert!(csv.contains(",fill_ratio,last_tenth_ratio,pair_ratio,most,"), "{csv}");
        assert!(csv.contains(",3.0,8.0,1.5,4.0,,,,false\n"), "{csv}");
    }
}
