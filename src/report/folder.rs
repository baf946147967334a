//! The results folder: which files it has, and that they appear whole.
//!
//! It opens a folder for one experiment, refuses a folder that is somebody else's, and writes every file from
//! records and manifest. It knows neither how records came about nor what the figures mean.
//!
//! # Invariants
//! 1. A file is written under a temporary name and renamed: a name in the folder is a whole file.
//! 2. The manifest is there from the first moment and says `complete` only after everything else is written.
//! 3. Only files that a manifest of ours names, and remainders of writing them, are ever removed; those of another
//!    scenario only where that is forced.
//! 4. What is written depends on what is asked for now, not on what the folder held before.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::csv;
use super::manifest::{FileEntry, LoadEntry, Manifest};
use super::plot;
use crate::analysis::record::RunRecord;
use crate::analysis::summary::SummaryRow;
use crate::model::Fleet;

const MANIFEST: &str = "manifest.json";
const INSTANCES: &str = "instances.csv";
const FLEET: &str = "fleet.csv";
const UNPLACED: &str = "unplaced.csv";
const SUMMARY: &str = "summary.csv";
const EVENTS: &str = "events.csv";
const TIMINGS: &str = "timings.csv";
/// Where the exact outcomes of the runs lie; the folder of tables has nothing else hidden in it.
const STORE: &str = ".store";

/// Why a results folder cannot be used or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading or writing failed; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The folder holds files and no manifest.
    #[error("`{}` is not empty and is no results folder; choose another with `--out`, or write into it with `--force`", .path.display())]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds the results of another scenario.
    #[error("`{}` holds the results of scenario `{theirs}`, and this is `{ours}`; choose another folder with `--out`, or replace them with `--force`", .path.display())]
    OtherScenario {
        /// The folder.
        path: PathBuf,
        /// Name of the scenario whose results are there.
        theirs: String,
        /// Name of the scenario that was to be written.
        ours: String,
    },
    /// Another process writes into it.
    #[error("another `stowplan` is writing into `{}`; wait until it ends, or choose another folder with `--out`", .path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// There is a file where the folder should be.
    #[error("`{}` is not a folder; choose another with `--out`", .path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The manifest is not one that this program understands.
    #[error("cannot use the results folder `{}`: {problem}", .path.display())]
    Manifest {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// What to do with a folder that holds something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// Use only empty folders and those of the same scenario.
    #[default]
    OwnOnly,
    /// Write beside whatever is there, and in place of the results of another scenario.
    Force,
}

/// Whether every run of the experiment is among the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All runs.
    Complete,
    /// Some runs are missing, as after Ctrl-C.
    Partial,
}

/// Whether to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// Every picture that the records allow.
    #[default]
    Draw,
    /// None.
    Skip,
}

/// Where `events.csv` comes from.
#[derive(Clone, Copy, Debug)]
pub enum Events<'a> {
    /// There is none, and none stays.
    None,
    /// It stays as it is.
    Kept,
    /// It is joined from the event log of each run, without headers, in plan order.
    Joined(&'a [PathBuf]),
}

/// What a folder is written from. Files whose source is `None` stay as they are.
#[derive(Clone, Copy, Debug)]
pub struct Results<'a> {
    /// One record a run, in plan order.
    pub records: &'a [RunRecord],
    /// Statistics over the seeds of each policy.
    pub summary: &'a [SummaryRow],
    /// The instances, for `instances.csv`.
    pub fleet: Option<&'a Fleet>,
    /// The event log.
    pub events: Events<'a>,
    /// Wall-clock figures, for `timings.csv`.
    pub timings: Option<&'a [csv::Timing]>,
    /// Whether to draw pictures.
    pub pictures: Pictures,
    /// Whether all runs are there.
    pub completeness: Completeness,
}

/// A results folder that is open for one experiment.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    manifest: Manifest,
    resumed: bool,
    /// Held by those who write.
    _lock: Option<Lock>,
}

impl Folder {
    /// Makes `path` the results folder of an experiment and writes its manifest, not yet complete.
    ///
    /// Tables of the same experiment stay until they are written anew; those of another one are removed, as are
    /// remainders of a writing that was cut off.
    ///
    /// # Errors
    /// If the folder is not ours or of another scenario (and is not forced), or cannot be written.
    pub fn create(path: &Path, manifest: &Manifest, overwrite: Overwrite) -> Result<Self, Error> {
        // Looked at before the lock, so that nothing is written into a folder that is not ours, and again under it.
        previous(path, manifest, overwrite)?;
        let lock = Some(Lock::take(path)?);
        let previous = previous(path, manifest, overwrite)?;
        let mut folder = Self { path: path.to_owned(), manifest: manifest.clone(), resumed: false, _lock: lock };
        folder.remove_remainders()?;
        if let Some(previous) = previous {
            folder.resumed = previous.same_experiment(manifest);
            folder.take_over(previous.files)?;
        }
        folder.manifest.complete = false;
        folder.write_manifest()?;
        Ok(folder)
    }

    /// Opens an existing results folder, to read it.
    ///
    /// # Errors
    /// If there is no manifest, or none that this program understands.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if !path.is_dir() {
            let problem = "there is no such folder".to_owned();
            return Err(Error::Manifest { path: path.to_owned(), problem });
        }
        let problem = || format!("it has no `{MANIFEST}`; `stowplan run` makes results folders");
        let manifest = claim::manifest_in(path, Manifest::read)?
            .ok_or_else(|| Error::Manifest { path: path.to_owned(), problem: problem() })?;
        Ok(Self { path: path.to_owned(), manifest, resumed: true, _lock: None })
    }

    /// Opens an existing results folder, to write its derived files again.
    ///
    /// # Errors
    /// If there is no manifest, or none that this program understands, or another process writes into it.
    pub fn open_to_write(path: &Path) -> Result<Self, Error> {
        Self::open(path)?;
        let lock = Some(Lock::take(path)?);
        let folder = Self { _lock: lock, ..Self::open(path)? };
        folder.remove_remainders()?;
        Ok(folder)
    }

    /// The name of the table that has every figure of every run.
    pub const RUNS: &str = "runs.csv";

    /// Whether the table of all runs is among the files.
    #[must_use]
    pub fn has_runs(&self) -> bool {
        self.kept(Self::RUNS).is_some()
    }

    /// Whether the event log is among the files.
    #[must_use]
    pub fn has_events(&self) -> bool {
        self.kept(EVENTS).is_some() && self.path.join(EVENTS).exists()
    }

    /// Where the exact outcomes of its runs lie.
    #[must_use]
    pub fn store_path(&self) -> PathBuf {
        self.path.join(STORE)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says about its experiment.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether the folder already belonged to the same experiment, so that what is stored beside its files is valid.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Writes every file, the manifest last, and answers the paths of all files, names ascending.
    ///
    /// Pictures that cannot be drawn from these records are left out; files of an earlier writing that are not
    /// written now are removed.
    ///
    /// # Errors
    /// If a file cannot be written; the message names it.
    pub fn write(&mut self, results: &Results<'_>) -> Result<Vec<PathBuf>, Error> {
        let mut files = self.write_tables(results)?;
        files.extend(self.write_sources(results)?);
        if results.pictures == Pictures::Draw {
            files.extend(self.write_pictures(results)?);
            files.push(self.write_report(results)?);
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let earlier = std::mem::replace(&mut self.manifest.files, files);
        self.remove_stale(&earlier)?;
        self.manifest.loads = loads(results.records);
        self.manifest.complete = results.completeness == Completeness::Complete;
        self.write_manifest()?;
        let names = self.manifest.files.iter().map(|file| file.name.as_str()).chain([MANIFEST]);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        Ok(names.into_iter().map(|name| self.path.join(name)).collect())
    }

    /// Writes again what follows from the figures of the runs alone, and answers the paths. Everything else stays.
    ///
    /// # Errors
    /// If a file cannot be written; the message names it.
    pub fn write_from_runs(&mut self, summary: &[SummaryRow]) -> Result<Vec<PathBuf>, Error> {
        let mut files = vec![self.file(SUMMARY, |out| csv::write_summary(out, summary))?];
        files.extend(self.write_picture("headline", plot::headline(&self.manifest, summary, plot::Canvas::SCREEN))?);
        let paths = files.iter().map(|file| self.path.join(&file.name)).collect();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        let others = self.manifest.files.iter().filter(|file| !names.contains(&file.name.as_str()));
        let mut all: Vec<FileEntry> = others.cloned().collect();
        all.extend(files);
        all.sort_by(|a, b| a.name.cmp(&b.name));
        self.manifest.files = all;
        self.write_manifest()?;
        Ok(paths)
    }

    /// A picture in both forms; nothing where there is none.
    fn write_picture(&self, name: &str, picture: Option<plot::Drawing>) -> Result<Vec<FileEntry>, Error> {
        let Some(picture) = picture else { return Ok(Vec::new()) };
        Ok(vec![
            self.file(&format!("{name}.svg"), |out| out.write_all(picture.svg().as_bytes()))?,
            self.file(&format!("{name}.png"), |out| out.write_all(&picture.png()))?,
        ])
    }

    /// What follows from the records alone.
    fn write_tables(&self, results: &Results<'_>) -> Result<Vec<FileEntry>, Error> {
        let Results { records, summary, .. } = *results;
        Ok(vec![
            self.file(Self::RUNS, |out| csv::write_runs(out, records))?,
            self.file(SUMMARY, |out| csv::write_summary(out, summary))?,
            self.file("timeseries.csv", |out| csv::write_timeseries(out, records))?,
            self.file("failures.csv", |out| csv::write_failures(out, records))?,
            self.file("services.csv", |out| csv::write_services(out, records))?,
            self.file("autoscaling.csv", |out| csv::write_autoscaling(out, records))?,
            self.file("deployments.csv", |out| csv::write_deployments(out, records))?,
            self.file("shapes.csv", |out| csv::write_shapes(out, records))?,
            self.file("frontier.csv", |out| csv::write_frontier(out, records))?,
            self.file("saturation.csv", |out| csv::write_saturation(out, records))?,
        ])
    }

    /// What needs more than records; kept as it is where that is not at hand.
    fn write_sources(&self, results: &Results<'_>) -> Result<Vec<FileEntry>, Error> {
        let mut files = Vec::new();
        match results.fleet {
            Some(fleet) => {
                files.push(self.file(INSTANCES, |out| csv::write_instances(out, fleet))?);
                files.push(self.file(FLEET, |out| csv::write_fleet(out, results.records, fleet))?);
                files.push(self.file(UNPLACED, |out| csv::write_unplaced(out, results.records, fleet))?);
            }
            None => files.extend([INSTANCES, FLEET, UNPLACED].into_iter().filter_map(|name| self.kept(name))),
        }
        match results.events {
            Events::None => {}
            Events::Kept => files.extend(self.kept(EVENTS)),
            Events::Joined(parts) => files.push(self.file(EVENTS, |out| join_events(out, parts))?),
        }
        match results.timings {
            Some(timings) => {
                let entry = self.file(TIMINGS, |out| csv::write_timings(out, timings))?;
                files.push(FileEntry { sha256: None, ..entry });
            }
            None => files.extend(self.kept(TIMINGS)),
        }
        Ok(files)
    }

    fn write_pictures(&self, results: &Results<'_>) -> Result<Vec<FileEntry>, Error> {
        let mut files = Vec::new();
        let utilisation = plot::utilisation(&self.manifest, results.records, plot::Canvas::SCREEN);
        let headline = plot::headline(&self.manifest, results.summary, plot::Canvas::SCREEN);
        files.extend(self.write_picture("utilisation", utilisation)?);
        files.extend(self.write_picture("headline", headline)?);
        let slugs = slugs(self.manifest.policies.iter().map(|policy| policy.name.as_str()));
        for (policy, slug) in self.manifest.policies.iter().zip(slugs) {
            let first = results.records.iter().find(|record| record.policy == policy.name);
            let Some((record, picture)) =
                first.and_then(|record| Some((record, plot::fleet(&self.manifest, record, plot::Canvas::SCREEN)?)))
            else {
                continue;
            };
            files.push(self.file(&format!("fleet-{slug}.png"), |out| out.write_all(&picture.png()))?);
            if record.fleet.len() <= plot::MAX_SVG_CELLS {
                files.push(self.file(&format!("fleet-{slug}.svg"), |out| out.write_all(picture.svg().as_bytes()))?);
            }
        }
        Ok(files)
    }

    fn write_report(&self, results: &Results<'_>) -> Result<FileEntry, Error> {
        let Results { records, summary, completeness, .. } = *results;
        let plans = &self.plans()[..];
        let experiment = super::html::Experiment { manifest: &self.manifest, records, summary, plans, completeness };
        self.file("report.html", |out| out.write_all(super::html::report(experiment).as_bytes()))
    }

    fn file(&self, name: &str, write: impl FnOnce(&mut Writing) -> io::Result<()>) -> Result<FileEntry, Error> {
        Files::of(&self.path).write(name, write)
    }

    fn remove_remainders(&self) -> Result<(), Error> {
        Files::of(&self.path).remove_remainders()
    }

    fn write_manifest(&self) -> Result<(), Error> {
        self.file(MANIFEST, |out| self.manifest.write(out)).map(|_| ())
    }

    /// The entry of a file that an earlier writing left here.
    fn kept(&self, name: &str) -> Option<FileEntry> {
        self.manifest.files.iter().find(|file| file.name == name).cloned()
    }

    /// Keeps the files of the same experiment; removes those of another.
    fn take_over(&mut self, files: Vec<FileEntry>) -> Result<(), Error> {
        if self.resumed {
            self.manifest.files = files;
            return Ok(());
        }
        self.manifest.files = Vec::new();
        self.remove_stale(&files)
    }

    /// Removes those of our `earlier` files that are no longer in the manifest.
    fn remove_stale(&self, earlier: &[FileEntry]) -> Result<(), Error> {
        Files::of(&self.path).remove_stale(earlier, &self.manifest.files)
    }
}

/// The manifest of what is in a folder that may be used; `None` where nothing is, or nothing of ours.
fn previous(path: &Path, manifest: &Manifest, overwrite: Overwrite) -> Result<Option<Manifest>, Error> {
    claim::previous(path, overwrite, &manifest.scenario.name, Manifest::read, |found| &found.scenario.name)
}

/// The load of each seed, ascending.
fn loads(records: &[RunRecord]) -> Vec<LoadEntry> {
    let by_seed: BTreeMap<u32, &str> = records.iter().map(|record| (record.seed, record.load.as_str())).collect();
    by_seed.into_iter().map(|(seed, digest)| LoadEntry { seed, digest: digest.to_owned() }).collect()
}

/// The header once, then the rows of every run.
fn join_events(out: &mut impl Write, parts: &[PathBuf]) -> io::Result<()> {
    out.write_all(csv::EVENTS_HEADER.as_bytes())?;
    for part in parts {
        io::copy(&mut fs_err::File::open(part)?, out)?;
    }
    Ok(())
}

/// Names that are safe in file names on every system, all different even where case does not count.
pub(crate) fn slugs<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    const LONGEST: usize = 80;
    let mut slugs: Vec<String> = Vec::new();
    for name in names {
        let safe =
            |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c.to_ascii_lowercase() } else { '-' };
        let slug: String = name.chars().map(safe).take(LONGEST).collect();
        let numbered = (2..).map(|number| format!("{slug}-{number}"));
        let free = std::iter::once(slug.clone()).chain(numbered).find(|slug| !slugs.contains(slug));
        slugs.push(free.expect("there are more numbers than policies"));
    }
    slugs
}

pub(super) mod claim;
mod damage;
mod files;
mod lock;
mod plans;

pub(super) use damage::sha256_of;
pub use damage::{Damage, DamageKind};
use files::hexadecimal;
pub(super) use files::{Files, Writing};
pub(super) use lock::Lock;

#[cfg(test)]
mod tests;
