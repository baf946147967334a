//! The form of one stored outcome: a checksum, what it belongs to, and the outcome itself, one line each.
//!
//! # Invariants
//! 1. The checksum covers every byte after it.
//! 2. What is opened is for the key and the run that was asked for, or it is damage.
//!
//! # Cost
//! SHA-256 over the outcome and CRC-32 over an event log as it is written: below a percent of what makes them.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use fs_err as fs;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{RunName, hexadecimal};

/// Extension of a stored outcome.
pub(super) const EXTENSION: &str = "run";
/// Extension of what is being written.
pub(super) const PARTIAL: &str = "partial";
/// Hexadecimal digits of the checksum.
const CHECKSUM: usize = 64;

/// What is kept beside an outcome that is no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Which build of the program made it: another one may come to another outcome.
    pub build: String,
    /// Its event log, where there is one.
    pub events: Option<EventLog>,
}

/// An event log that lies beside an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLog {
    /// Number of the run in its rows.
    pub run: u32,
    /// Bytes.
    pub bytes: u64,
    /// CRC-32 of them.
    pub crc32: u32,
}

impl EventLog {
    /// Reads a log.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of_file(run: u32, path: &Path) -> io::Result<Self> {
        const CHUNK: usize = 1 << 18;
        let (mut file, mut crc, mut chunk) = (fs::File::open(path)?, flate2::Crc::new(), vec![0; CHUNK]);
        let mut bytes = 0;
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(Self { run, bytes, crc32: crc.sum() }),
                length => {
                    crc.update(&chunk[..length]);
                    bytes += length as u64;
                }
            }
        }
    }
}

/// What an outcome belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) key: String,
    pub(super) policy: String,
    pub(super) seed: u32,
    pub(super) seal: Seal,
}

/// Why a stored outcome is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The file has not the form of an outcome, as when it is cut off.
    NoOutcome,
    /// Its checksum is another.
    Changed,
    /// It is the outcome of another run.
    OtherRun,
    /// It belongs to another experiment.
    OtherExperiment,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOutcome => "it is cut off or no outcome",
            Self::Changed => "its checksum does not hold",
            Self::OtherRun => "it is the outcome of another run",
            Self::OtherExperiment => "it belongs to another experiment",
        })
    }
}

/// The bytes of an outcome.
pub(super) fn close<T: Serialize>(header: &Header, outcome: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut rest = serde_json::to_vec(header)?;
    rest.push(b'\n');
    serde_json::to_writer(&mut rest, outcome)?;
    rest.push(b'\n');
    let mut bytes = hexadecimal(&Sha256::digest(&rest)).into_bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(&rest);
    Ok(bytes)
}

/// The outcome in `bytes`, if it is that of this run under this key.
pub(super) fn open<T: DeserializeOwned>(bytes: &[u8], key: &str, run: RunName<'_>) -> Result<(T, Seal), Damage> {
    if bytes.get(CHECKSUM) != Some(&b'\n') {
        return Err(Damage::NoOutcome);
    }
    let (checksum, rest) = (&bytes[..CHECKSUM], &bytes[CHECKSUM + 1..]);
    let line = rest.iter().position(|&byte| byte == b'\n').ok_or(Damage::NoOutcome)?;
    if hexadecimal(&Sha256::digest(rest)).as_bytes() != checksum {
        return Err(Damage::Changed);
    }
    let header: Header = serde_json::from_slice(&rest[..line]).map_err(|_| Damage::NoOutcome)?;
    if header.key != key {
        return Err(Damage::OtherExperiment);
    }
    if header.policy != run.policy || header.seed != run.seed {
        return Err(Damage::OtherRun);
    }
    let outcome = serde_json::from_slice(&rest[line..]).map_err(|_| Damage::NoOutcome)?;
    Ok((outcome, header.seal))
}

/// Writes a file so that it is there whole or not at all, also after the power went.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension(PARTIAL);
    let mut file = fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(partial, path)
}
