//! Outcomes of single runs on disk, each written whole or not at all, so that an interrupted experiment can go on.
//!
//! The store is a folder. Its outcomes lie in one folder a *key*: the key says what decides their bytes, so that another
//! scenario file or option finds none of them and disturbs none of them.
//! It knows what an outcome belongs to and whether it is whole, not what it is: any value that can be serialised.
//!
//! # Invariants
//! 1. An outcome is complete: it is written under another name, flushed to disk and renamed.
//! 2. Everything else that a run leaves (its event log) is in place before its outcome is.
//! 3. An outcome is answered only for the run that it was stored for, and only as it was stored ([`record`]).
//! 4. Nothing is removed but what [`Store::clear`] is told to, remainders of writing, and joined event logs.
//!
//! Only one process may write at a time: whoever opens the results folder sees to that.

mod record;

use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

pub use record::{Damage, EventLog, Seal};

use record::Header;

/// The store could not be used; the message names the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("cannot use the store of the results folder")]
    Io(#[from] std::io::Error),
    /// An outcome could not be turned into JSON.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// What is stored for a run is not what was stored for it.
    #[error("the stored outcome of policy `{policy}`, seed {seed} is not as it was written: {damage}: `{}`", .path.display())]
    Damaged {
        /// Its policy.
        policy: String,
        /// Its seed.
        seed: u32,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
}

/// Which run an outcome is of. Its number in the plan is no part of it: the plan may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunName<'a> {
    /// Name of the policy.
    pub policy: &'a str,
    /// Number of the seed.
    pub seed: u32,
}

/// The outcomes under one key.
#[derive(Debug)]
pub struct Store {
    /// The folder of the key.
    folder: PathBuf,
    key: String,
}

impl Store {
    /// The store in `folder` for outcomes under `key`; nothing is read or written yet.
    #[must_use]
    pub fn new(folder: &Path, key: &str) -> Self {
        const DIGITS: usize = 16;
        let key = hexadecimal(&Sha256::digest(key));
        Self { folder: folder.join(&key[..DIGITS]), key }
    }

    /// Makes it ready to be written: its folder is there, and remainders of a writing that was cut off are not.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn prepare(&self) -> Result<(), StoreError> {
        fs::create_dir_all(&self.folder)?;
        self.remove(|path| path.extension().is_some_and(|extension| extension == record::PARTIAL))
    }

    /// Throws all outcomes under this key away.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.remove(|_| true)
    }

    /// Throws the event logs away, once they have been joined.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn forget_events(&self) -> Result<(), StoreError> {
        self.remove(|path| path.extension().is_some_and(|extension| extension == "csv"))
    }

    fn remove(&self, is_unwanted: impl Fn(&Path) -> bool) -> Result<(), StoreError> {
        if !self.folder.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if is_unwanted(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Whether it holds any outcome.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_outcome = |path: &Path| path.extension().is_some_and(|extension| extension == record::EXTENSION);
        let Ok(mut entries) = fs::read_dir(&self.folder) else { return true };
        !entries.any(|entry| entry.is_ok_and(|entry| is_outcome(&entry.path())))
    }

    /// The outcome of a run and what seals it; `None` if it is not there.
    ///
    /// # Errors
    /// If it is there and cannot be read, or is not what was stored for this run.
    pub fn load<T: DeserializeOwned>(&self, run: RunName<'_>) -> Result<Option<(T, Seal)>, StoreError> {
        let path = self.outcome_path(run);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        match record::open(&bytes, &self.key, run) {
            Ok(found) => Ok(Some(found)),
            Err(damage) => Err(StoreError::Damaged { policy: run.policy.to_owned(), seed: run.seed, path, damage }),
        }
    }

    /// Keeps the outcome of a run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save<T: Serialize>(&self, run: RunName<'_>, seal: Seal, outcome: &T) -> Result<(), StoreError> {
        let header = Header { key: self.key.clone(), policy: run.policy.to_owned(), seed: run.seed, seal };
        let path = self.outcome_path(run);
        let bytes =
            record::close(&header, outcome).map_err(|source| StoreError::Write { path: path.clone(), source })?;
        Ok(record::write_whole(&path, &bytes)?)
    }

    /// Whether the event log of a run is there as it was when its outcome was stored.
    #[must_use]
    pub fn has_events(&self, run: RunName<'_>, seal: &Seal) -> bool {
        let Some(expected) = seal.events else { return false };
        EventLog::of_file(expected.run, &self.events_path(run)).is_ok_and(|found| found == expected)
    }

    /// Where the event log of a run goes.
    #[must_use]
    pub fn events_path(&self, run: RunName<'_>) -> PathBuf {
        self.folder.join(format!("{}.events.csv", file_stem(run)))
    }

    fn outcome_path(&self, run: RunName<'_>) -> PathBuf {
        self.folder.join(format!("{}.{}", file_stem(run), record::EXTENSION))
    }
}

/// A name that is safe on every system, and another for every run: the policy's own name where it can be read in it,
/// and digits of its hash.
fn file_stem(run: RunName<'_>) -> String {
    const LONGEST: usize = 40;
    const DIGITS: usize = 8;
    let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let readable: String = run.policy.chars().map(safe).take(LONGEST).collect();
    let hash = hexadecimal(&Sha256::digest(run.policy));
    format!("{readable}-{}-seed-{:05}", &hash[..DIGITS], run.seed)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: RunName<'_> = RunName { policy: "a/b", seed: 3 };
    const OTHER: RunName<'_> = RunName { policy: "a-b", seed: 3 };

    fn store(folder: &Path, key: &str) -> Store {
        let store = Store::new(folder, key);
        store.prepare().unwrap();
        store
    }

    fn outcome(store: &Store, run: RunName<'_>) -> Option<Vec<i32>> {
        store.load(run).unwrap().map(|(outcome, _)| outcome)
    }

    #[test]
    fn outcomes_are_found_under_their_key_and_stay_there() {
        let folder = tempfile::tempdir().unwrap();
        let a = store(folder.path(), "a");
        assert!(a.is_empty());
        a.save(RUN, Seal::default(), &vec![1, 2]).unwrap();
        let b = store(folder.path(), "b");
        assert_eq!(outcome(&b, RUN), None);
        b.save(RUN, Seal::default(), &vec![3]).unwrap();
        b.clear().unwrap();
        assert_eq!((outcome(&b, RUN), b.is_empty()), (None, true));
        assert_eq!((outcome(&store(folder.path(), "a"), RUN), a.is_empty()), (Some(vec![1, 2]), false));
    }

    #[test]
    fn policies_with_like_names_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), "a");
        store.save(RUN, Seal::default(), &vec![1]).unwrap();
        assert_eq!(outcome(&store, OTHER), None);
        assert_eq!(outcome(&store, RunName { seed: 4, ..RUN }), None);
    }

    /// What each meddling with a stored outcome is called.
    #[test]
    fn an_outcome_that_is_not_as_it_was_stored_is_told() {
        let check = |meddle: &dyn Fn(&Store, Vec<u8>), expected: Damage| {
            let folder = tempfile::tempdir().unwrap();
            let store = store(folder.path(), "a");
            store.save(OTHER, Seal::default(), &vec![7]).unwrap();
            store.save(RUN, Seal::default(), &vec![1, 2]).unwrap();
            meddle(&store, fs::read(store.outcome_path(RUN)).unwrap());
            match store.load::<Vec<i32>>(RUN) {
                Err(StoreError::Damaged { damage, .. }) => assert_eq!(damage, expected),
                found => panic!("{expected:?}: {found:?}"),
            }
        };
        let write = |store: &Store, bytes: &[u8]| fs::write(store.outcome_path(RUN), bytes).unwrap();
        check(&|store, bytes| write(store, &bytes[..bytes.len() - 2]), Damage::Changed);
        check(&|store, _| write(store, b""), Damage::NoOutcome);
        check(&|store, bytes| write(store, &bytes[..70]), Damage::NoOutcome);
        check(
            &|store, mut bytes| {
                let last = bytes.len() - 3;
                bytes[last] ^= 1;
                write(store, &bytes);
            },
            Damage::Changed,
        );
        let copied = |store: &Store, _| {
            fs::copy(store.outcome_path(OTHER), store.outcome_path(RUN)).unwrap();
        };
        check(&copied, Damage::OtherRun);
        let of_other_key = |store: &Store, _| {
            let other = Store { key: "b".to_owned(), folder: store.folder.clone() };
            other.save(RUN, Seal::default(), &vec![1]).unwrap();
        };
        check(&of_other_key, Damage::OtherExperiment);
    }

    #[test]
    fn what_a_cut_off_writing_left_is_no_outcome_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), "a");
        let partial = store.outcome_path(RUN).with_extension(record::PARTIAL);
        fs::write(&partial, "[1,").unwrap();
        assert_eq!(outcome(&store, RUN), None);
        store.prepare().unwrap();
        assert!(!partial.exists());
    }

    #[test]
    fn an_event_log_counts_only_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), "a");
        let path = store.events_path(RUN);
        fs::write(&path, "0,0,row\n").unwrap();
        let seal = Seal { events: Some(EventLog::of_file(7, &path).unwrap()), ..Seal::default() };
        assert!(store.has_events(RUN, &seal));
        assert!(!store.has_events(RUN, &Seal::default()), "no log belongs to the outcome");
        fs::write(&path, "0,0,raw\n").unwrap();
        assert!(!store.has_events(RUN, &seal));
        store.forget_events().unwrap();
        assert!(!store.has_events(RUN, &seal));
    }
}
