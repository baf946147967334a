//! Statistics over the seeds of one policy at one point, worked out as its rows pass.

use std::io::{self, Write};

use super::super::csv::{Row, seen_in};
use super::overview::ranking_figure;
use super::pictures::bound_of;
use super::rows::Columns;
use crate::analysis::catalogue::{METRICS, Metric};
use crate::analysis::seen::Seen;
use crate::analysis::summary::{SummaryRow, row_of};
use crate::sweep::Plan;

/// What is kept of a block: where it stands, and the figures that are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Name of the scenario.
    pub scenario: String,
    /// The values of the varied keys, empty where the scenario does not vary one.
    pub values: Vec<String>,
    /// Name of the policy.
    pub policy: String,
    /// How many of its runs failed.
    pub failed: u32,
    /// The figures that it has of those that are shown: the headline, what ranks, and what pictures ask for.
    pub figures: Vec<BlockFigure>,
}

/// One figure of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockFigure {
    /// Column of the catalogue.
    pub metric: &'static str,
    /// Mean over the seeds.
    pub mean: f64,
    /// Its 95 % interval; none for one run.
    pub interval: Option<(f64, f64)>,
}

/// The block at hand.
#[derive(Debug)]
pub(super) struct Gathering {
    columns: Columns,
    /// Columns of the figures that blocks keep.
    kept: Vec<&'static str>,
    at: Vec<String>,
    runs: usize,
    failed: u32,
    is_fixed: bool,
    /// For each figure, the values seen.
    values: Vec<Vec<Seen>>,
}

/// The columns of the figures that blocks keep: the headline, what ranks, what pictures ask for, and the bounds of all these.
pub(super) fn kept(plan: &Plan) -> Vec<&'static str> {
    let ranks = ranking_figure(plan).column;
    let is_kept = |metric: &&Metric| {
        metric.headline || metric.column == ranks || plan.drawn.iter().any(|picture| picture.figure == metric.column)
    };
    let shown: Vec<&str> = METRICS.iter().filter(is_kept).map(|metric| metric.column).collect();
    let bounds: Vec<&str> = shown.iter().filter_map(|column| bound_of(column)).collect();
    METRICS
        .iter()
        .map(|metric| metric.column)
        .filter(|column| shown.contains(column) || bounds.contains(column))
        .collect()
}

/// The columns of `summary.csv` after the point and the policy.
const STATISTICS: [&str; 10] = ["metric", "n", "mean", "low", "high", "p50", "p90", "min", "max", "censored"];

/// The first line of `summary.csv`.
pub(super) fn header(keys: &[&str]) -> String {
    let names = ["scenario"].into_iter().chain(keys.iter().copied()).chain(["policy"]).chain(STATISTICS);
    let mut row = Row::default();
    names.for_each(|name| row.cell(name).expect("rows are written into memory"));
    row.text().expect("rows are written into memory")
}

impl Gathering {
    pub(super) fn new(columns: Columns, kept: Vec<&'static str>) -> Self {
        let values = vec![Vec::new(); METRICS.len()];
        Self { columns, kept, at: Vec::new(), runs: 0, failed: 0, is_fixed: true, values }
    }

    /// Whether a row belongs to the block at hand.
    pub(super) fn holds(&self, row: &csv::StringRecord) -> bool {
        let place = Columns::SCENARIO..=self.columns.policy();
        self.runs == 0 || self.at.iter().map(String::as_str).eq(place.map(|column| &row[column]))
    }

    /// Takes a row of the block.
    ///
    /// # Errors
    /// If a cell is no figure.
    pub(super) fn take(&mut self, row: &csv::StringRecord) -> io::Result<()> {
        if self.runs == 0 {
            self.at = (Columns::SCENARIO..=self.columns.policy()).map(|column| row[column].to_owned()).collect();
        }
        let is_fixed = &row[self.columns.is_fixed()] == "1";
        // Copies of one observation are one.
        if is_fixed && self.runs > 0 && self.is_fixed {
            return Ok(());
        }
        self.runs += 1;
        if !row[self.columns.failure()].is_empty() {
            self.failed += 1;
            self.is_fixed = false;
            return Ok(());
        }
        self.is_fixed &= is_fixed;
        for (column, values) in self.columns.figures().zip(&mut self.values) {
            values
                .extend(seen_in(&row[column]).map_err(|problem| io::Error::new(io::ErrorKind::InvalidData, problem))?);
        }
        Ok(())
    }

    /// Writes the statistics of the block, and begins the next.
    ///
    /// # Errors
    /// What `out` answers.
    pub(super) fn end(&mut self, out: &mut impl Write) -> io::Result<Option<Block>> {
        if self.runs == 0 {
            return Ok(None);
        }
        let mut figures = Vec::new();
        let policy = self.at.last().cloned().unwrap_or_default();
        let mut begun = Row::default();
        self.at.iter().try_for_each(|cell| begun.cell(cell.as_str()))?;
        for (metric, values) in METRICS.iter().zip(&mut self.values) {
            let values = std::mem::take(values);
            if values.is_empty() {
                continue;
            }
            let row = row_of(&policy, metric.column, values, self.runs);
            if let Some(mean) = row.mean.filter(|_| self.kept.contains(&metric.column)) {
                figures.push(BlockFigure { metric: metric.column, mean, interval: row.low.zip(row.high) });
            }
            write_row(out, &begun, &row)?;
        }
        let [scenario, values @ .., _] = self.at.as_slice() else { return Ok(None) };
        let block = Block { scenario: scenario.clone(), values: values.to_vec(), policy, failed: self.failed, figures };
        *self = Self::new(self.columns, std::mem::take(&mut self.kept));
        Ok(Some(block))
    }
}

fn write_row(out: &mut impl Write, begun: &Row, row: &SummaryRow) -> io::Result<()> {
    let mut line = begun.clone();
    line.cell(row.metric)?;
    line.cell(row.n)?;
    for value in [row.mean, row.low, row.high] {
        line.cell(value)?;
    }
    for value in [row.p50, row.p90, row.min, row.max] {
        line.cell(value)?;
    }
    line.cell(row.censored)?;
    writeln!(out, "{}", line.text()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::part::tests::plan;

    #[test]
    fn what_is_shown_is_kept_with_its_bound() {
        let kept = kept(&plan(4));
        let bounds: Vec<&str> = kept.iter().filter_map(|column| bound_of(column)).collect();
        assert_eq!(bounds.len(), 2, "of instances and of the price");
        assert!(bounds.iter().all(|bound| kept.contains(bound)), "{kept:?}");
    }
}
