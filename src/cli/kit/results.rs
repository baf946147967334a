//! What commands share about results: reading a folder, timing a run, printing a summary.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::terminal;
use crate::analysis::catalogue::{Better, METRICS, position};
use crate::analysis::expectation::Finding;
use crate::analysis::record::{Figure, RunRecord};
use crate::analysis::summary::SummaryRow;
use crate::cli::args::{Format, Output};
use crate::experiment::{RunName, Store, StoreError};
use crate::model::{Bound, counted};
use crate::report::csv::{Timing, read_runs, write_summary};
use crate::report::terminal::{Colour, View, summary_table};
use crate::report::{Folder, Manifest, summary_markdown, write_summary_json};

/// How many missing runs are named; the rest are counted.
const MOST_NAMED: usize = 6;

/// Whether a figure of this name can rank policies.
///
/// # Errors
/// If there is none, or it only describes.
pub(in crate::cli) fn ensure_ranks(column: &str) -> anyhow::Result<()> {
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

/// One outcome as it is stored: a record and what it cost on a clock.
#[derive(Serialize, Deserialize)]
pub(in crate::cli) struct Kept<R, T> {
    pub(in crate::cli) record: R,
    pub(in crate::cli) timing: T,
}

/// Wall-clock time of one run.
pub(in crate::cli) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "timings.csv is the one file that may differ between two runs")]
    pub(in crate::cli) fn start() -> Self {
        Self(Instant::now())
    }

    /// So far.
    pub(in crate::cli) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    pub(in crate::cli) fn timing(&self, record: &RunRecord, paths: Vec<String>) -> Timing {
        let attempts = match record.figures[position("attempts").expect("a metric of the catalogue")] {
            Figure::Count(attempts) => attempts,
            _ => 0,
        };
        let (policy, wall) = (record.policy.clone(), self.0.elapsed());
        Timing { run: record.run, policy, seed: record.seed, wall, attempts, paths }
    }
}

/// Where the records of a folder were read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Source {
    /// The exact outcomes in `.store`.
    Store,
    /// `runs.csv`, which has the figures and no more.
    Tables,
}

/// A results folder with the records of its runs.
pub(in crate::cli) struct Results {
    pub(in crate::cli) folder: Folder,
    /// In plan order; runs that are not there are left out.
    pub(in crate::cli) records: Vec<RunRecord>,
    pub(in crate::cli) source: Source,
    /// Numbers of the runs that are not there.
    missing: Vec<u32>,
}

impl Results {
    /// Reads the runs of a folder: from its store, or from its tables where the store is missing.
    ///
    /// # Errors
    /// If no run of it is complete, or one that is there cannot be trusted: nothing is averaged with it.
    pub(in crate::cli) fn read(folder: Folder) -> anyhow::Result<Self> {
        let store = Store::new(&folder.store_path(), &folder.manifest().store_key());
        let (records, source) = if store.is_empty() && folder.has_runs() {
            (runs_of_tables(&folder)?, Source::Tables)
        } else {
            (runs_of_store(&folder, &store)?, Source::Store)
        };
        anyhow::ensure!(
            !records.is_empty(),
            "no run of `{}` is complete; `stowplan run` on its scenario goes on where it stopped",
            folder.path().display()
        );
        let records = records.into_iter().map(|record| with_manifest(record, folder.manifest())).collect::<Vec<_>>();
        let there: BTreeSet<u32> = records.iter().map(|record| record.run).collect();
        let missing = folder.manifest().planned().filter(|run| !there.contains(run)).collect();
        Ok(Self { folder, records, source, missing })
    }

    /// Policies that have a record, in plan order.
    pub(in crate::cli) fn policies(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.records.iter().map(|record| record.policy.as_str()).collect();
        names.dedup();
        names
    }

    pub(in crate::cli) fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// Says which runs are missing: averages over what is there would hide it.
    pub(in crate::cli) fn warn_of_missing(&self, output: &Output) {
        if !self.missing.is_empty() {
            let (count, planned) = (self.missing.len(), self.missing.len() + self.records.len());
            let named: Vec<String> = self.missing.iter().take(MOST_NAMED).map(|&run| self.name_of(run)).collect();
            let more = if count > MOST_NAMED { ", …" } else { "" };
            let words = format!("warning: {count} of {} missing: {}{more}", counted(planned, "run"), named.join(", "));
            terminal::note(output, &words);
        }
    }

    /// Says which tables are not as they were written, where figures do not come from them.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub(in crate::cli) fn warn_of_damage(&self, output: &Output) -> anyhow::Result<()> {
        let folder = self.folder.path().display();
        for damage in self.folder.damage()? {
            let words = match self.source {
                Source::Store => format!(
                    "warning: {damage}; the figures here are those of `{}`, and `stowplan report {folder}` writes the \
                     tables anew",
                    self.folder.store_path().display()
                ),
                Source::Tables => format!("warning: {damage}"),
            };
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

/// A record that says of itself what tables do not, and the manifest does: whether it stands for every seed, and which
/// load it faced.
fn with_manifest(record: RunRecord, manifest: &Manifest) -> RunRecord {
    let policy = manifest.policies.iter().find(|policy| policy.name == record.policy);
    let load = manifest.loads.iter().find(|entry| entry.seed == record.seed).map(|entry| entry.digest.clone());
    let is_fixed = policy.is_some_and(|policy| policy.is_fixed);
    RunRecord { is_fixed, load: load.unwrap_or_else(|| record.load.clone()), ..record }
}

/// Every run of a folder with its number, in plan order.
fn planned(manifest: &Manifest) -> impl Iterator<Item = (u32, RunName<'_>)> {
    manifest.planned().map(|run| {
        let (policy, seed) = (run as usize / manifest.seeds.len(), run as usize % manifest.seeds.len());
        (run, RunName { policy: &manifest.policies[policy].name, seed: manifest.seeds[seed] })
    })
}

/// The exact outcomes that are there.
fn runs_of_store(folder: &Folder, store: &Store) -> anyhow::Result<Vec<RunRecord>> {
    let (mut records, mut damaged, mut builds) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (run, name) in planned(folder.manifest()) {
        match store.load::<Kept<RunRecord, Timing>>(name) {
            Ok(Some((Kept { record, .. }, seal))) => {
                builds.insert(seal.build);
                records.push(RunRecord { run, ..record });
            }
            Ok(None) => {}
            Err(error @ StoreError::Damaged { .. }) => damaged.push(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    let path = folder.path().display();
    let scenario = &folder.manifest().scenario.file;
    anyhow::ensure!(
        damaged.is_empty(),
        "nothing is averaged over runs that cannot be trusted: {}; `stowplan run {scenario} --out {path}` repeats these",
        damaged.join("; ")
    );
    let is_ours = |record: &RunRecord| record.figures.len() == METRICS.len();
    anyhow::ensure!(
        builds.len() <= 1 && records.iter().all(is_ours),
        "the runs of `{path}` were made by other versions of this program; \
         `stowplan run {scenario} --out {path}` makes them anew"
    );
    Ok(records)
}

/// The figures that `runs.csv` has, as it was written.
fn runs_of_tables(folder: &Folder) -> anyhow::Result<Vec<RunRecord>> {
    let path = folder.path().display();
    if let Some(damage) = folder.damage()?.into_iter().find(|damage| damage.file == Folder::RUNS) {
        anyhow::bail!("{damage}, and there is no store in `{path}` to take its figures from; run the scenario again");
    }
    let table = folder.path().join(Folder::RUNS);
    read_runs(fs_err::File::open(&table)?).with_context(|| format!("cannot read `{}`", table.display()))
}

/// Prints a summary on standard output in the format that the person wants.
pub(in crate::cli) fn print_summary(summary: &[SummaryRow], output: &Output) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    match output.format {
        Format::Table => {
            let colour = if terminal::colours_on_stdout(output) { Colour::On } else { Colour::Off };
            let view = View { width: terminal::width(), colour };
            out.write_all(summary_table(summary, view).as_bytes())?;
        }
        Format::Json => write_summary_json(out, summary)?,
        Format::Csv => write_summary(out, summary)?,
        Format::Markdown => out.write_all(summary_markdown(summary).as_bytes())?,
    }
    out.flush()?;
    Ok(())
}

/// `binpack: tasks_never_placed is 3, expected at most 0`.
pub(in crate::cli) fn describe(finding: &Finding) -> String {
    let measured = finding.measured.map_or("absent".to_owned(), |value| value.to_string());
    let bound = match finding.expectation.bound {
        Bound::Equals(value) => format!("{value}"),
        Bound::AtLeast(value) => format!("at least {value}"),
        Bound::AtMost(value) => format!("at most {value}"),
        Bound::Absent => "absent".to_owned(),
    };
    format!("{}: {} is {measured}, expected {bound}", finding.expectation.policy, finding.expectation.metric)
}
