//! What a call of `run` finds in the store of its folder, and what it leaves there.

use std::path::PathBuf;

use super::super::args::{Output, RunArguments};
use super::super::kit::results::Kept;
use super::super::kit::terminal;
use crate::analysis::record::RunRecord;
use crate::experiment::{EventLog, RunName, Seal, Store, StoreError};
use crate::report::Folder;
use crate::report::csv::Timing;

/// What one run left.
pub(super) struct Outcome {
    pub(super) record: RunRecord,
    pub(super) timing: Timing,
    /// It was not run now.
    pub(super) is_stored: bool,
}

/// The store of a results folder, for one call.
pub(super) struct Stored<'a> {
    store: Store,
    /// Which build of the program this is.
    build: String,
    with_events: bool,
    output: &'a Output,
}

impl<'a> Stored<'a> {
    /// Opens the store; `--force` empties it of the runs of this experiment, so that all are run again.
    pub(super) fn open(folder: &Folder, arguments: &'a RunArguments) -> anyhow::Result<Self> {
        let store = Store::new(&folder.store_path(), &folder.manifest().store_key());
        store.prepare()?;
        if arguments.force {
            store.clear()?;
        }
        Ok(Self { store, build: build(), with_events: arguments.events, output: &arguments.output })
    }

    /// The outcome of a run under its present number, if it is there as this program would make it. One that is
    /// damaged is told and counts as not there.
    pub(super) fn outcome(&self, run: u32, name: RunName<'_>) -> anyhow::Result<Option<Outcome>> {
        let (Kept { mut record, mut timing }, seal) = match self.store.load::<Kept<RunRecord, Timing>>(name) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            Err(damaged @ StoreError::Damaged { .. }) => {
                terminal::note(self.output, &format!("warning: {damaged}; it is run again"));
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let has_events = || seal.events.is_some_and(|log| log.run == run) && self.store.has_events(name, &seal);
        if seal.build != self.build || (self.with_events && !has_events()) {
            return Ok(None);
        }
        (record.run, timing.run) = (run, run);
        Ok(Some(Outcome { record, timing, is_stored: true }))
    }

    /// Keeps what a run left; its event log is complete.
    pub(super) fn keep(&self, name: RunName<'_>, record: &RunRecord, timing: &Timing) -> anyhow::Result<()> {
        let log = |path: PathBuf| EventLog::of_file(record.run, &path);
        let events = self.with_events.then(|| log(self.events_path(name))).transpose()?;
        let seal = Seal { build: self.build.clone(), events };
        Ok(self.store.save(name, seal, &Kept { record, timing })?)
    }

    pub(super) fn events_path(&self, name: RunName<'_>) -> PathBuf {
        self.store.events_path(name)
    }

    pub(super) fn forget_events(&self) -> anyhow::Result<()> {
        Ok(self.store.forget_events()?)
    }
}

/// Version, size and time of the program's own file: a program that was built anew may come to other outcomes.
fn build() -> String {
    let metadata = std::env::current_exe().and_then(std::fs::metadata).ok();
    let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
    let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let (size, nanoseconds) =
        (metadata.map_or(0, |metadata| metadata.len()), since.map_or(0, |since| since.as_nanos()));
    format!("{} {size} {nanoseconds}", crate::VERSION)
}
