//! What every figure means, in Markdown: the definitions of the report, with the columns of `runs.csv`.
//!
//! `stowplan man figures` prints it, and `docs/figures.md` is that text; a test compares the two.

use super::html::definitions;
use crate::analysis::catalogue::{Better, METRICS};

/// The page of every figure.
#[must_use]
pub fn figures_reference() -> String {
    let mut out = String::from(
        "# What every figure means\n\n\
         Made by `stowplan man figures` from the definitions of the program; do not edit it. The ids are those of the\n\
         report; files and their columns are in [results/README.md](../results/README.md). An absent value is an empty\n\
         cell, never 0.\n",
    );
    for entry in definitions() {
        out.push_str(&format!("\n## {} {}\n\n{}\n", entry.id, entry.titles, entry.text));
        let columns: Vec<String> = METRICS.iter().filter(|metric| metric.id == entry.id).map(column).collect();
        if !columns.is_empty() {
            out.push_str(&format!("\nColumns: {}.\n", columns.join(", ")));
        }
    }
    out
}

fn column(metric: &crate::analysis::catalogue::Metric) -> String {
    let better = match metric.better {
        Better::Lower => " ↓",
        Better::Higher => " ↑",
        Better::Neither => "",
    };
    format!("`{}`{better}", metric.column)
}
