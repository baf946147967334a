//! One process at a time in a results folder.
//!
//! The lock is one of the operating system, on a file: it ends with the process, however that ends, so that a killed run
//! jams nothing. Readers need no lock: every file appears whole.

use std::fs::TryLockError;
use std::path::Path;

use fs_err as fs;

use super::{Error, STORE};

/// A results folder that no other process of ours writes into while this value lives.
#[derive(Debug)]
pub(in crate::report) struct Lock {
    _file: fs::File,
}

impl Lock {
    /// Takes the folder, making it if need be.
    ///
    /// # Errors
    /// If another process has it, or it cannot be written.
    pub(in crate::report) fn take(results: &Path) -> Result<Self, Error> {
        let store = results.join(STORE);
        fs::create_dir_all(&store)?;
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(store.join("lock"))?;
        match file.file().try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path: results.to_owned() }),
            // Some network file systems have no locks; results are written there as they were before there was one.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                Ok(Self { _file: file })
            }
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
