//! `stowplan report`: tables and pictures of a results folder anew, from the stored records alone.

use std::io::{self, Write as _};

use super::Exit;
use super::args::ReportArguments;
use super::results::Results;
use crate::analysis::summary::summarise;
use crate::report::{self, Completeness, Pictures};

pub(super) fn run(arguments: &ReportArguments) -> anyhow::Result<Exit> {
    let mut results = Results::read(&arguments.folder)?;
    results.warn_of_missing(&arguments.output);
    let summary = summarise(&results.records);
    let completeness = if results.is_complete() { Completeness::Complete } else { Completeness::Partial };
    let written = results.folder.write(&report::Results {
        records: &results.records,
        summary: &summary,
        fleet: None,
        events: None,
        timings: None,
        pictures: Pictures::Draw,
        completeness,
    })?;
    let out = &mut io::stdout().lock();
    written.iter().try_for_each(|path| writeln!(out, "{}", path.display()))?;
    Ok(Exit::Done)
}
