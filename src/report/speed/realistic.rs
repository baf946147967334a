//! What `stowplan bench --realistic` measured, as a table and as CSV.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use crate::bench::RealisticRow;
use crate::report::text::humane::{count, ratio};

/// The rows as a table; a `!` marks those that take longer than they may.
#[must_use]
pub fn realistic_table(rows: &[RealisticRow]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["", "instances", "filled", "fill ns", "last ns", "pair ns", "x", "x pair", "may", "path"]);
    for row in rows {
        table.add_row([
            row.row.to_owned(),
            count(row.instances as u64),
            format!("{:.0} %", row.filled_percent),
            ratio(row.fill_ns),
            ratio(row.last_tenth_ns),
            ratio(row.pair_ns),
            ratio(row.fill_ratio),
            ratio(row.pair_ratio),
            format!("{}{}", may(row), if row.is_held() { " " } else { "!" }),
            row.path.to_owned(),
        ]);
    }
    for column in 1..9 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{}\n\n{}{}", lines.join("\n"), scans(rows), worst(rows))
}

/// What a row may take: so many times another, or so many nanoseconds an instance.
fn may(row: &RealisticRow) -> String {
    match row.most_ns_an_instance {
        Some(ns) => format!("{} ns/i", ratio(ns)),
        None => ratio(row.most),
    }
}

/// Rows that look at each instance, beside the plain loop.
fn scans(rows: &[RealisticRow]) -> String {
    let line = |row: &RealisticRow| {
        let (ns, plain) = (row.ns_an_instance?, row.plain_ns_an_instance?);
        let instances = count(row.instances as u64);
        Some(format!("  {}, {instances}: {} ns an instance, a plain loop {}\n", row.row, ratio(ns), ratio(plain)))
    };
    rows.iter().filter_map(line).collect()
}

fn worst(rows: &[RealisticRow]) -> String {
    let over = RealisticRow::of_what_it_may;
    let held = rows.iter().filter(|row| row.is_held()).count();
    let worst = rows.iter().max_by(|a, b| over(a).total_cmp(&over(b)));
    worst.map_or_else(String::new, |worst| {
        format!(
            "  thread CPU time; x = times the row it is held to (`{}` for most), of which `may` are allowed, or nanoseconds an\n  instance where each is looked at\n  \
             {held} of {} rows are held; the worst is `{}` at {} instances, {} times what it may take\n",
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

    fn row(fill_ratio: f64) -> RealisticRow {
        RealisticRow {
            row: "memory, cpu",
            instances: 10_000,
            path: "scan",
            filled_percent: 90.0,
            fill_ns: 400.0,
            last_tenth_ns: 500.0,
            pair_ns: 900.0,
            bytes_per_instance: 60.0,
            held_to: "zone, memory",
            fill_ratio,
            pair_ratio: 1.5,
            most: 4.0,
            most_ns_an_instance: None,
            ns_an_instance: None,
            plain_ns_an_instance: None,
        }
    }

    #[test]
    fn a_row_that_takes_too_long_is_marked_and_the_worst_is_named() {
        let table = realistic_table(&[row(3.0), row(8.0)]);
        assert!(table.contains("1 of 2 rows are held; the worst is `memory, cpu` at 10,000 instances, 2"), "{table}");
        assert_eq!(table.matches('!').count(), 1, "{table}");
        let scanned = RealisticRow {
            most_ns_an_instance: Some(3.0),
            ns_an_instance: Some(1.5),
            plain_ns_an_instance: Some(1.0),
            ..row(900.0)
        };
        let table = realistic_table(&[scanned]);
        assert!(table.contains("3.0 ns/i ") && table.contains("1 of 1 rows are held"), "{table}");
        assert!(table.contains("memory, cpu, 10,000: 1.5 ns an instance, a plain loop 1.0\n"), "{table}");
        let mut csv = Vec::new();
        write_realistic_csv(&mut csv, &[row(3.0)]).unwrap();
        assert!(String::from_utf8(csv).unwrap().starts_with("row,instances,path,filled_percent,fill_ns,"));
    }
}
