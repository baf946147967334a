//! Outcomes of single runs on disk, each written whole or not at all, so that an interrupted experiment can go on.
//!
//! The store is the folder `.store` of a results folder. Its key says what the outcomes belong to: another scenario,
//! version or option means another key, and what is stored under it is thrown away.
//!
//! # Invariants
//! 1. A file `run-<number>.json` is complete: it is written under another name, flushed to disk and renamed.
//! 2. Everything else that a run leaves (its event log) is in place before that file is.

use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The store of one results folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

/// The store could not be used; the message names the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("cannot use the store of the results folder")]
    Io(#[from] std::io::Error),
    /// An outcome could not be turned into JSON or back.
    #[error("`{}` does not hold the outcome of a run; delete that file and run the scenario again, which repeats this run only", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Store {
    /// The name of the store within a results folder.
    pub const FOLDER: &str = ".store";

    /// Opens the store of a results folder for outcomes under `key`, creating it if need be and emptying it if it
    /// holds outcomes under another key.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn open(results: &Path, key: &str) -> Result<Self, StoreError> {
        let store = Self { folder: results.join(Self::FOLDER) };
        let key_file = store.folder.join("key");
        if fs::read_to_string(&key_file).is_ok_and(|found| found == key) {
            return Ok(store);
        }
        if store.folder.exists() {
            fs::remove_dir_all(&store.folder)?;
        }
        fs::create_dir_all(&store.folder)?;
        fs::write(key_file, key)?;
        Ok(store)
    }

    /// Opens the store of a results folder as it is.
    #[must_use]
    pub fn existing(results: &Path) -> Self {
        Self { folder: results.join(Self::FOLDER) }
    }

    /// Throws all outcomes away.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn clear(&self) -> Result<(), StoreError> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name != "key") {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// The outcome of a run; `None` if it is not there.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn load<T: DeserializeOwned>(&self, run: u32) -> Result<Option<T>, StoreError> {
        let path = self.outcome_path(run);
        if !path.exists() {
            return Ok(None);
        }
        let reader = BufReader::new(fs::File::open(&path)?);
        serde_json::from_reader(reader).map(Some).map_err(|source| StoreError::Format { path, source })
    }

    /// Keeps the outcome of a run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save<T: Serialize>(&self, run: u32, outcome: &T) -> Result<(), StoreError> {
        let path = self.outcome_path(run);
        let partial = path.with_extension("json.partial");
        let mut writer = BufWriter::new(fs::File::create(&partial)?);
        serde_json::to_writer(&mut writer, outcome)
            .map_err(|source| StoreError::Format { path: partial.clone(), source })?;
        writer.flush()?;
        writer.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(partial, path)?;
        Ok(())
    }

    /// Throws the event logs away, once they have been joined.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn forget_events(&self) -> Result<(), StoreError> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "csv") {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Where the event log of a run goes.
    #[must_use]
    pub fn events_path(&self, run: u32) -> PathBuf {
        self.folder.join(format!("run-{run:06}.events.csv"))
    }

    fn outcome_path(&self, run: u32) -> PathBuf {
        self.folder.join(format!("run-{run:06}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_survive_under_their_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "a").unwrap();
        store.save(3, &vec![1, 2]).unwrap();
        assert_eq!(Store::open(folder.path(), "a").unwrap().load(3).unwrap(), Some(vec![1, 2]));
        assert_eq!(Store::open(folder.path(), "b").unwrap().load::<Vec<i32>>(3).unwrap(), None);
    }

    #[test]
    fn a_partial_outcome_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "a").unwrap();
        fs::write(store.outcome_path(0).with_extension("json.partial"), "[1,").unwrap();
        assert_eq!(store.load::<Vec<i32>>(0).unwrap(), None);
        fs::write(store.outcome_path(0), "[1,").unwrap();
        assert!(matches!(store.load::<Vec<i32>>(0), Err(StoreError::Format { .. })));
    }
}
