//! Which tables of a results folder are not as they were written: gone, cut off, or changed since.
//!
//! A file appears whole or not at all, so what is found here was done afterwards, as by a copy that broke off.
//!
//! # Cost
//! Every table is read once and hashed; the event log, which may be larger than all else, is left out.

use std::fmt;
use std::io::{self, BufReader, Read};

use sha2::{Digest, Sha256};

use super::{EVENTS, Error, Folder, hexadecimal};

/// A table that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its name.
    pub file: String,
    /// What happened to it.
    pub kind: DamageKind,
}

/// What happened to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// It is not there.
    Gone,
    /// It ends in the middle of a row.
    CutOff,
    /// It holds something else.
    Changed,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            DamageKind::Gone => "is gone",
            DamageKind::CutOff => "ends in the middle of a row",
            DamageKind::Changed => "is not as it was written",
        };
        write!(f, "`{}` {what}", self.file)
    }
}

impl Folder {
    /// The tables that are not as the manifest says, names ascending.
    ///
    /// # Errors
    /// If a table is there and cannot be read.
    pub fn damage(&self) -> Result<Vec<Damage>, Error> {
        let is_table = |name: &str| name.ends_with(".csv") && name != EVENTS;
        let mut found = Vec::new();
        for entry in self.manifest.files.iter().filter(|entry| is_table(&entry.name)) {
            let Some(expected) = &entry.sha256 else { continue };
            if let Some(kind) = self.damage_of(&entry.name, expected)? {
                found.push(Damage { file: entry.name.clone(), kind });
            }
        }
        Ok(found)
    }

    fn damage_of(&self, name: &str, expected: &str) -> Result<Option<DamageKind>, Error> {
        let file = match fs_err::File::open(self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(DamageKind::Gone)),
            file => file?,
        };
        let (hash, last) = digest(file)?;
        if hash == expected {
            return Ok(None);
        }
        Ok(Some(if last == Some(b'\n') { DamageKind::Changed } else { DamageKind::CutOff }))
    }
}

/// The SHA-256 of a file.
pub(in crate::report) fn sha256_of(path: &std::path::Path) -> Result<String, Error> {
    Ok(digest(fs_err::File::open(path)?)?.0)
}

/// The hash and the last byte of what is read.
fn digest(file: impl Read) -> io::Result<(String, Option<u8>)> {
    const CHUNK: usize = 1 << 16;
    let (mut reader, mut hasher, mut last) = (BufReader::new(file), Sha256::new(), None);
    let mut chunk = vec![0; CHUNK];
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok((hexadecimal(&hasher.finalize()), last)),
            length => {
                hasher.update(&chunk[..length]);
                last = Some(chunk[length - 1]);
            }
        }
    }
}
