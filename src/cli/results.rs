//! What commands share about results: reading a folder, timing a run, printing a summary.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use super::args::{Format, Output};
use super::terminal;
use crate::analysis::catalogue::{Better, METRICS, position};
use crate::analysis::expectation::Finding;
use crate::analysis::record::{Figure, RunRecord};
use crate::analysis::summary::SummaryRow;
use crate::experiment::Store;
use crate::model::Bound;
use crate::report::csv::{Timing, write_summary};
use crate::report::terminal::{Colour, View, summary_table};
use crate::report::{Folder, write_summary_json};

/// How many missing runs are named; the rest are counted.
const MOST_NAMED: usize = 6;

/// Whether a figure of this name can rank policies.
///
/// # Errors
/// If there is none, or it only describes.
pub(super) fn ensure_ranks(column: &str) -> anyhow::Result<()> {
    let Some(position) = position(column) else {
        anyhow::bail!("no figure `{column}`; runs.csv names them in its first line");
    };
    let ranks = METRICS[position].better != Better::Neither;
    anyhow::ensure!(
        ranks,
        "the figure `{column}` describes and ranks nothing; name one of which less or more is better"
    );
    Ok(())
}

/// What one run left. A run that came from the store has no timing.
pub(super) struct Outcome {
    pub(super) record: RunRecord,
    pub(super) timing: Option<Timing>,
}

/// Wall-clock time of one run.
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "timings.csv is the one file that may differ between two runs")]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn timing(&self, record: &RunRecord, paths: Vec<&'static str>) -> Timing {
        let attempts = match record.figures[position("attempts").expect("a metric of the catalogue")] {
            Figure::Count(attempts) => attempts,
            _ => 0,
        };
        let (policy, wall) = (record.policy.clone(), self.0.elapsed());
        Timing { run: record.run, policy, seed: record.seed, wall, attempts, paths }
    }
}

/// A results folder with the records of its runs.
pub(super) struct Results {
    pub(super) folder: Folder,
    /// In plan order; runs that are not there are left out.
    pub(super) records: Vec<RunRecord>,
    /// Numbers of the runs that are not there.
    missing: Vec<u32>,
}

impl Results {
    /// Reads a folder.
    ///
    /// # Errors
    /// If it is no results folder, or no run of it is complete.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let folder = Folder::open(path)?;
        let manifest = folder.manifest();
        let planned: Vec<u32> = manifest.planned().collect();
        let store = Store::existing(path);
        let mut records: Vec<RunRecord> = Vec::new();
        for &run in &planned {
            records.extend(store.load::<RunRecord>(run)?);
        }
        if let Some(record) = records.iter().find(|record| record.figures.len() != METRICS.len()) {
            anyhow::bail!(
                "run {} of `{}` has {} figures and this program {}: it was made by another version; run it again",
                record.run,
                path.display(),
                record.figures.len(),
                METRICS.len()
            );
        }
        anyhow::ensure!(
            !records.is_empty(),
            "no run of `{}` is complete; `stowplan run` on its scenario goes on where it stopped",
            path.display()
        );
        let there: BTreeSet<u32> = records.iter().map(|record| record.run).collect();
        let missing = planned.into_iter().filter(|run| !there.contains(run)).collect();
        Ok(Self { folder, records, missing })
    }

    /// Policies that have a record, in plan order.
    pub(super) fn policies(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.records.iter().map(|record| record.policy.as_str()).collect();
        names.dedup();
        names
    }

    pub(super) fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// Says which runs are missing: averages over what is there would hide it.
    pub(super) fn warn_of_missing(&self, output: &Output) {
        if !self.missing.is_empty() {
            let (count, planned) = (self.missing.len(), self.missing.len() + self.records.len());
            let named: Vec<String> = self.missing.iter().take(MOST_NAMED).map(|&run| self.name_of(run)).collect();
            let more = if count > MOST_NAMED { ", …" } else { "" };
            let words = format!("warning: {count} of {planned} runs are missing: {}{more}", named.join(", "));
            terminal::note(output, &words);
        }
    }

    /// Says which tables are not as they were written. Figures are read from the store, so that they are right all
    /// the same.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub(super) fn warn_of_damage(&self, output: &Output) -> anyhow::Result<()> {
        let folder = self.folder.path().display();
        for damage in self.folder.damage()? {
            let words = format!(
                "warning: {damage}; the figures here are those of `{folder}/{}`, and `stowplan report {folder}` writes \
                 the tables anew",
                Store::FOLDER
            );
            terminal::note(output, &words);
        }
        Ok(())
    }

    /// `spread seed 3`.
    fn name_of(&self, run: u32) -> String {
        let manifest = self.folder.manifest();
        let (policy, seed) = (run as usize / manifest.seeds.len(), run as usize % manifest.seeds.len());
        format!("`{}` seed {}", manifest.policies[policy].name, manifest.seeds[seed])
    }
}

/// Prints a summary on standard output in the format that the person wants.
pub(super) fn print_summary(summary: &[SummaryRow], output: &Output) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    match output.format {
        Format::Table => {
            let colour = if terminal::colours_on_stdout(output) { Colour::On } else { Colour::Off };
            let view = View { width: terminal::width(), colour };
            out.write_all(summary_table(summary, view).as_bytes())?;
        }
        Format::Json => write_summary_json(out, summary)?,
        Format::Csv => write_summary(out, summary)?,
    }
    out.flush()?;
    Ok(())
}

/// `binpack: tasks_never_placed is 3, expected at most 0`.
pub(super) fn describe(finding: &Finding) -> String {
    let measured = finding.measured.map_or("absent".to_owned(), |value| value.to_string());
    let bound = match finding.expectation.bound {
        Bound::Equals(value) => format!("{value}"),
        Bound::AtLeast(value) => format!("at least {value}"),
        Bound::AtMost(value) => format!("at most {value}"),
        Bound::Absent => "absent".to_owned(),
    };
    format!("{}: {} is {measured}, expected {bound}", finding.expectation.policy, finding.expectation.metric)
}
