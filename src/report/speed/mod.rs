//! What `stowplan bench` measured, for people and for programs.
//!
//! One line of the table is one policy at one size; the CSV has one row a figure. The picture is
//! [`plot::speed`](super::plot::speed).

mod realistic;

pub use realistic::{realistic_table, write_realistic_csv, write_realistic_json};

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use crate::bench::{BenchReport, BenchRow};
use crate::model::counted;
use crate::report::text::humane::{count, ratio};

/// The figures as a table: nanoseconds of thread CPU time, and how they compare with memory and with the naive scan.
#[must_use]
pub fn speed_table(report: &BenchReport) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(HEADER);
    let mut previous = String::new();
    for fill in report.rows.iter().filter(|row| row.operation == "fill") {
        let name = format!("{}, {}", fill.policy, counted(fill.services, "service"));
        let cells = cells(report, fill);
        table.add_row(std::iter::once(if name == previous { String::new() } else { name.clone() }).chain(cells));
        previous = name;
    }
    for column in 1..HEADER.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{}\n\n{}{}", lines.join("\n"), units(report), growth(report))
}

const HEADER: [&str; 11] = [
    "policy",
    "instances",
    "fill ns",
    "in u or P",
    "x naive",
    "x vector",
    "pair ns",
    "batch ns",
    "refuse ns",
    "2 cores",
    "B/instance",
];

fn cells(report: &BenchReport, fill: &BenchRow) -> Vec<String> {
    let same =
        |row: &&BenchRow| row.policy == fill.policy && row.services == fill.services && row.instances == fill.instances;
    let row = |operation: &str| report.rows.iter().filter(same).find(|row| row.operation == operation);
    let other = |operation: &str| row(operation).map_or_else(|| "–".to_owned(), |row| ratio(row.ns));
    let speed_up = row("two").and_then(|row| row.speed_up);
    // A chase at 10,000 lines depends on who else uses the cache: small clusters are compared with u, large ones with P.
    let compared = match fill.instances {
        0..50_000 => format!("{} u", ratio(fill.per_cache_load)),
        _ => format!("{} P", ratio(fill.per_memory_load)),
    };
    vec![
        count(fill.instances as u64),
        ratio(fill.ns),
        compared,
        fill.naive_ratio.map_or_else(|| "–".to_owned(), ratio),
        fill.vector_ratio.map_or_else(|| "–".to_owned(), ratio),
        other("churn"),
        other("batch"),
        other("refuse"),
        speed_up.map_or_else(|| "–".to_owned(), |factor| format!("x {factor:.2}")),
        ratio(fill.bytes_per_instance),
    ]
}

fn units(report: &BenchReport) -> String {
    format!(
        "  thread CPU time; fill to 90 % of cpu, pair = one stop and one arrival there, batch = one task of 100 placed at once,\n  \
         2 cores = placements of two threads at once over those of one; x naive, x vector = times a plain scan takes, and one\n  \
         with vector instructions\n  \
         u = {} ns, a dependent load over 1,000 lines of 64 bytes; P = {} ns, over 1,000,000 lines\n",
        ratio(report.cache_load_ns),
        ratio(report.memory_load_ns)
    )
}

fn growth(report: &BenchReport) -> String {
    let worst = report.growth.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
    worst.map_or_else(String::new, |worst| {
        format!(
            "  from the smallest to the largest cluster a fill grows {} times at most ({}, exponent {:.3})\n",
            ratio(worst.ratio),
            worst.policy,
            worst.exponent
        )
    })
}

/// Writes every figure as CSV: a row for each policy, size and operation.
///
/// # Errors
/// What `out` answers.
pub fn write_speed_csv(out: &mut impl Write, report: &BenchReport) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    for row in &report.rows {
        writer.serialize(row).map_err(io::Error::other)?;
    }
    writer.flush()
}

/// Writes all that was measured as one JSON object with a final newline.
///
/// # Errors
/// What `out` answers.
pub fn write_speed_json(out: &mut impl Write, report: &BenchReport) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::bench::GrowthRow;

    /// Two policies at three sizes, with every operation.
    pub(in crate::report) fn sample() -> BenchReport {
        let mut report = BenchReport { cache_load_ns: 4.0, memory_load_ns: 200.0, ..BenchReport::default() };
        for (policy, ns) in [("random", 20.0), ("binpack-memory", 50.0)] {
            for (instances, grown) in [(1_000, 1.0), (10_000, 1.2), (1_000_000, 2.0)] {
                for (operation, times) in [
                    ("fill", 1.0),
                    ("churn", 2.5),
                    ("refuse", 0.3),
                    ("batch", 0.1),
                    ("two", 1.05),
                    ("naive", 500.0),
                    ("vector", 40.0),
                ] {
                    let ns = ns * grown * times;
                    report.rows.push(BenchRow {
                        policy: policy.to_owned(),
                        operation,
                        instances,
                        services: 20,
                        operations: 1_000,
                        ns,
                        per_cache_load: ns / 4.0,
                        per_memory_load: ns / 200.0,
                        naive_ratio: (operation == "fill").then_some(500.0),
                        vector_ratio: (operation == "fill").then_some(40.0),
                        speed_up: (operation == "two").then_some(1.9),
                        bytes_per_instance: 24.25,
                    });
                }
            }
            let policy = policy.to_owned();
            report.growth.push(GrowthRow { policy, services: 20, ratio: 2.0, exponent: 0.1 });
        }
        report
    }

    #[test]
    fn the_table_compares_small_clusters_with_the_cache_and_large_ones_with_memory() {
        insta::assert_snapshot!(speed_table(&sample()));
    }

    #[test]
    fn programs_get_a_row_a_figure() {
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        write_speed_csv(&mut csv, &sample()).unwrap();
        write_speed_json(&mut json, &sample()).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        assert_eq!(csv.lines().count(), 1 + 2 * 3 * 7);
        assert!(csv.starts_with("policy,operation,instances,services,operations,ns,"), "{csv}");
        assert!(csv.contains("\nrandom,fill,1000,20,1000,20.0,5.0,0.1,500.0,40.0,,24.25\n"), "{csv}");
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(value["rows"].as_array().map(Vec::len), Some(42));
    }
}
