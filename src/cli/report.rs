//! `stowplan report`: tables and pictures of a results folder anew, from the stored records alone.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Exit;
use super::args::{Color, Format, Output, ReportArguments};
use super::kit::results::{Results, Source};
use super::kit::terminal;
use super::sweep;
use crate::analysis::summary::summarise;
use crate::planning::Answer;
use crate::report::{self, Completeness, Events, Folder, Pictures, PlanAsked};

pub(super) fn run(arguments: &ReportArguments) -> anyhow::Result<Exit> {
    if sweep::results::is_one(&arguments.folder) {
        return sweep::results::report(arguments);
    }
    if arguments.paper.is_asked() {
        return for_paper(arguments);
    }
    let mut results = Results::read(Folder::open_to_write(&arguments.folder)?)?;
    results.warn_of_missing(&arguments.output());
    let written = match results.source {
        Source::Store => from_store(&mut results, &arguments.output())?,
        Source::Tables => {
            let words = "note: there is no store; what follows from `runs.csv` is written anew, all else stays as it is: \
                         `report.html` and the other tables and pictures need the outcomes that `stowplan run` stores";
            terminal::note(&arguments.output(), words);
            let summary = summarise(&results.records);
            results.folder.write_from_runs(&summary)?
        }
    };
    let mut written = written;
    if arguments.parquet {
        let names = results.folder.manifest().files.iter().map(|file| file.name.as_str());
        written.extend(sweep::results::write_parquet(results.folder.path(), names)?);
    }
    print(&written)
}

/// Keeps the answer of a plan in a results folder of the same scenario, and draws its report anew.
///
/// # Errors
/// If the folder is of something else, or has no outcomes to draw a report from.
pub(super) fn add_plan(folder: &Path, answer: &Answer, asked: &PlanAsked) -> anyhow::Result<()> {
    let mut results = Results::read(Folder::open_to_write(folder)?)?;
    let (path, scenario) = (folder.display(), &results.folder.manifest().scenario);
    anyhow::ensure!(
        scenario.sha256 == asked.digest,
        "`{path}` holds the results of `{}` as it was when it ran, and this is another scenario or another state of it; \
         `stowplan run` makes the folder anew",
        scenario.file
    );
    anyhow::ensure!(
        results.source == Source::Store,
        "`{path}` has no outcomes to draw `report.html` from; `stowplan run {} --out {path}` makes them",
        scenario.file
    );
    results.folder.keep_plan(answer, asked)?;
    from_store(&mut results, &Output { format: Format::Table, color: Color::default(), quiet: true })?;
    Ok(())
}

/// Pictures for papers alone; the folder's own files stay as they are.
fn for_paper(arguments: &ReportArguments) -> anyhow::Result<Exit> {
    let results = Results::read(Folder::open(&arguments.folder)?)?;
    results.warn_of_missing(&arguments.output());
    let summary = summarise(&results.records);
    print(&arguments.paper.write(&results, &summary)?)
}

fn print(written: &[PathBuf]) -> anyhow::Result<Exit> {
    let out = &mut io::stdout().lock();
    written.iter().try_for_each(|path| writeln!(out, "{}", path.display()))?;
    Ok(Exit::Done)
}

/// Every derived file. The event log is not one: where it was asked for and is not there, the folder is not complete.
fn from_store(results: &mut Results, output: &Output) -> anyhow::Result<Vec<PathBuf>> {
    let summary = summarise(&results.records);
    let lacks_events = results.folder.manifest().events && !results.folder.has_events();
    if lacks_events {
        let words = "warning: `events.csv` was asked for and is not there; the same `stowplan run` writes it";
        terminal::note(output, words);
    }
    let words = "note: `instances.csv`, `fleet.csv` and `unplaced.csv` stay as they are: the names of instances are in the scenario \
                 alone; the same `stowplan run` writes them";
    terminal::note(output, words);
    let is_complete = results.is_complete() && !lacks_events;
    let completeness = if is_complete { Completeness::Complete } else { Completeness::Partial };
    Ok(results.folder.write(&report::Results {
        records: &results.records,
        summary: &summary,
        fleet: None,
        events: Events::Kept,
        timings: None,
        pictures: Pictures::Draw,
        completeness,
    })?)
}
