//! Reading a part: whether it is whole, and its rows.

use std::borrow::Cow;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::super::plan::Plan;
use super::super::selection::Selection;
use super::{Damage, END, MARK, Part, unescaped};

/// The second line.
#[derive(Deserialize)]
struct Head {
    plan: String,
    runs: String,
}

/// Reads a part from its first to its last byte; `Err` within is why it does not count.
///
/// # Errors
/// If it cannot be read.
pub fn verify(path: &Path, plan: &Plan) -> io::Result<Result<Part, Damage>> {
    let mut file = BufReader::with_capacity(1 << 18, fs::File::open(path)?);
    let mut state = Verifying::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            return Ok(Err(Damage::CutOff));
        }
        if line.last() != Some(&b'\n') {
            return Ok(Err(Damage::CutOff));
        }
        state.bytes += line.len() as u64;
        match state.take(&line, plan) {
            Ok(None) => {}
            Ok(Some((selection, rows))) => {
                let part = Part { path: path.to_owned(), selection, rows, bytes: state.bytes };
                let is_last = file.fill_buf()?.is_empty();
                return Ok(if is_last { Ok(part) } else { Err(Damage::NoPart) });
            }
            Err(damage) => return Ok(Err(damage)),
        }
    }
}

/// What is known of a part after some of its lines.
#[derive(Default)]
struct Verifying {
    lines: u64,
    bytes: u64,
    hasher: Sha256,
    selection: Option<Selection>,
    /// The runs that are due, as an iterator cannot be kept beside what it borrows: how many rows came, and the last.
    rows: u64,
    last: Option<u32>,
}

impl Verifying {
    /// Takes a line; answers what the part holds when it was the last one.
    fn take(&mut self, line: &[u8], plan: &Plan) -> Result<Option<(Selection, u64)>, Damage> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        self.lines += 1;
        match self.lines {
            1 if text != MARK.as_bytes() => return Err(Damage::NoPart),
            1 => {}
            2 => {
                let head: Head = serde_json::from_slice(text).map_err(|_| Damage::NoPart)?;
                if head.plan != plan.hash {
                    return Err(Damage::OtherPlan(head.plan));
                }
                self.selection = Some(head.runs.parse().map_err(|_| Damage::NoPart)?);
            }
            _ if text.starts_with(END.as_bytes()) => return self.end(text, plan).map(Some),
            _ => self.row(text, plan)?,
        }
        self.hasher.update(line);
        Ok(None)
    }

    fn row(&mut self, text: &[u8], plan: &Plan) -> Result<(), Damage> {
        let run = number_of(text).ok_or(Damage::NoPart)?;
        let selection = self.selection.as_ref().ok_or(Damage::NoPart)?;
        let ascends = self.last.is_none_or(|last| last < run);
        if !ascends || run >= plan.total() || !selection.contains(run) {
            return Err(Damage::OtherRows);
        }
        (self.rows, self.last) = (self.rows + 1, Some(run));
        Ok(())
    }

    fn end(&mut self, text: &[u8], plan: &Plan) -> Result<(Selection, u64), Damage> {
        let selection = self.selection.take().ok_or(Damage::NoPart)?;
        let digest: String =
            std::mem::take(&mut self.hasher).finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if text != format!("{END}\t{}\t{digest}", self.rows).as_bytes() {
            return Err(Damage::Changed);
        }
        // Rows ascend and each is one of the selection, so that the right number of them is all of them.
        if self.rows != selection.len(plan.total()) {
            return Err(Damage::OtherRows);
        }
        Ok((selection, self.rows))
    }
}

/// The number of the run of a row.
fn number_of(row: &[u8]) -> Option<u32> {
    let tab = row.iter().position(|&byte| byte == b'\t')?;
    std::str::from_utf8(&row[..tab]).ok()?.parse().ok()
}

/// The rows of a part that was verified, read a stretch at a time: no file stays open in between, so that a merge may have
/// any number of them.
#[derive(Debug)]
pub struct Rows {
    path: PathBuf,
    /// Where the next row begins; 0 before the first.
    at: u64,
    is_done: bool,
}

impl Rows {
    /// Those of a part.
    #[must_use]
    pub fn of(part: &Part) -> Self {
        Self { path: part.path.clone(), at: 0, is_done: false }
    }

    /// Hands on the rows of the next runs below `end`.
    ///
    /// # Errors
    /// If the part cannot be read, or is not what it was when it was verified.
    pub fn below(&mut self, end: u32, mut hand_on: impl FnMut(u32, Cow<'_, str>)) -> io::Result<()> {
        if self.is_done {
            return Ok(());
        }
        let changed = || {
            io::Error::new(io::ErrorKind::InvalidData, format!("`{}` changed while it was read", self.path.display()))
        };
        let mut file = BufReader::with_capacity(1 << 16, fs::File::open(&self.path)?);
        file.seek(SeekFrom::Start(self.at))?;
        let mut line = Vec::new();
        if self.at == 0 {
            for _ in 0..2 {
                line.clear();
                self.at += file.read_until(b'\n', &mut line)? as u64;
            }
        }
        loop {
            line.clear();
            let length = file.read_until(b'\n', &mut line)?;
            let text = line.strip_suffix(b"\n").ok_or_else(changed)?;
            if text.starts_with(END.as_bytes()) {
                self.is_done = true;
                return Ok(());
            }
            let run = number_of(text).ok_or_else(changed)?;
            if run >= end {
                return Ok(());
            }
            let text = std::str::from_utf8(text).map_err(|_| changed())?;
            let (_, row) = text.split_once('\t').ok_or_else(changed)?;
            hand_on(run, unescaped(row));
            self.at += length as u64;
        }
    }
}
