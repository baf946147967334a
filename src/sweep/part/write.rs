//! Writing a part: under a name of its own, flushed to disk, then renamed.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fs_err as fs;
use sha2::{Digest as _, Sha256};

use super::super::selection::Selection;
use super::{END, MARK, escaped};

/// What one run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The number of the run.
    pub run: u32,
    /// What the caller says of it.
    pub text: &'a str,
}

/// Writes the part of some runs of a plan, rows ascending, and answers where it is.
///
/// It is there whole or not at all; several that write the same at a time do not meet.
///
/// # Errors
/// If it cannot be written.
pub fn write<'a>(
    folder: &Path,
    plan: &str,
    selection: &Selection,
    rows: impl Iterator<Item = Row<'a>>,
) -> io::Result<PathBuf> {
    let path = folder.join(selection.file_name(plan));
    let (temporary, file) = own_file(&path)?;
    let mut out = Hashing { out: BufWriter::new(file), hasher: Sha256::new() };
    let written = write_rows(&mut out, plan, selection, rows).and_then(|()| out.out.get_ref().sync_all());
    if let Err(error) = written {
        // What failed is told; a remainder that cannot be removed either adds nothing to it.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    fs::rename(&temporary, &path)?;
    Ok(path)
}

fn write_rows<'a>(
    out: &mut Hashing<impl Write>,
    plan: &str,
    selection: &Selection,
    rows: impl Iterator<Item = Row<'a>>,
) -> io::Result<()> {
    let head = serde_json::json!({ "plan": plan, "runs": selection.to_string() });
    writeln!(out, "{MARK}\n{head}")?;
    let mut count = 0_u64;
    for Row { run, text } in rows {
        writeln!(out, "{run}\t{}", escaped(text))?;
        count += 1;
    }
    let digest: String = out.hasher.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(out, "{END}\t{count}\t{digest}")?;
    out.flush()
}

/// A file beside `path` that nobody else writes: another process, on another machine, may be writing the same part.
fn own_file(path: &Path) -> io::Result<(PathBuf, fs::File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let process = std::process::id();
    for attempt in 0_u32.. {
        let temporary = path.with_file_name(format!(".{name}.{process}-{attempt}.tmp"));
        match fs::OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((temporary, file)),
        }
    }
    Err(io::Error::other("no name is left for a temporary file"))
}

/// Gives a damaged part another name, so that a whole one can take its place and nothing is lost; answers that name.
///
/// # Errors
/// If it cannot be renamed.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let free =
        (1_u32..).map(|number| path.with_file_name(format!("{name}.damaged-{number}"))).find(|aside| !aside.exists());
    let aside = free.ok_or_else(|| io::Error::other("no name is left for a damaged part"))?;
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Hashes what passes through.
struct Hashing<W> {
    out: W,
    hasher: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
