//! Writing the files of a folder so that each is there whole or not at all, with its hash.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::manifest::FileEntry;
use super::Error;

/// How the name of a file ends while it is written.
const REMAINDER: &str = ".tmp";

/// The files of a folder.
#[derive(Clone, Debug)]
pub(in crate::report) struct Files {
    path: PathBuf,
}

impl Files {
    /// Those of a folder, which is there when the first is written.
    pub(in crate::report) fn of(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Writes one file under a temporary name, then renames it.
    pub(in crate::report) fn write(
        &self,
        name: &str,
        write: impl FnOnce(&mut Writing) -> io::Result<()>,
    ) -> Result<FileEntry, Error> {
        let mut writing = self.start(name)?;
        write(&mut writing)?;
        writing.finish()
    }

    /// A file that is written piece by piece; it is there once it is [finished](Writing::finish).
    pub(in crate::report) fn start(&self, name: &str) -> Result<Writing, Error> {
        let temporary = self.path.join(format!(".{name}{REMAINDER}"));
        let out = BufWriter::with_capacity(1 << 16, fs_err::File::create(&temporary)?);
        let path = self.path.join(name);
        Ok(Writing { name: name.to_owned(), path, temporary: Some(temporary), out, hasher: Sha256::new() })
    }

    /// Removes what a writing that was cut off left behind.
    pub(in crate::report) fn remove_remainders(&self) -> Result<(), Error> {
        for entry in fs_err::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(is_remainder) {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes those of our `earlier` files that are no longer among the `current` ones.
    pub(in crate::report) fn remove_stale(&self, earlier: &[FileEntry], current: &[FileEntry]) -> Result<(), Error> {
        let is_current = |name: &str| current.iter().any(|file| file.name == name);
        // A name with a folder in it was not written by this program.
        let is_plain = |name: &str| Path::new(name).file_name().is_some_and(|file| file == name);
        for file in earlier.iter().filter(|file| is_plain(&file.name) && !is_current(&file.name)) {
            match fs_err::remove_file(self.path.join(&file.name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a file of this name is one of ours whose writing was cut off.
pub(super) fn is_remainder(name: &str) -> bool {
    name.strip_prefix('.').and_then(|name| name.strip_suffix(REMAINDER)).is_some_and(|name| {
        let extension = Path::new(name).extension().and_then(std::ffi::OsStr::to_str);
        matches!(extension, Some("csv" | "json" | "html" | "svg" | "png" | "pdf" | "parquet"))
    })
}

/// A file that is being written; given up, it leaves nothing.
#[derive(Debug)]
pub(in crate::report) struct Writing {
    name: String,
    path: PathBuf,
    temporary: Option<PathBuf>,
    out: BufWriter<fs_err::File>,
    hasher: Sha256,
}

impl Writing {
    /// Gives the file its name.
    pub(in crate::report) fn finish(mut self) -> Result<FileEntry, Error> {
        self.out.flush()?;
        let sha256 = Some(hexadecimal(&std::mem::take(&mut self.hasher).finalize()));
        if let Some(temporary) = self.temporary.take() {
            fs_err::rename(&temporary, &self.path)?;
        }
        Ok(FileEntry { name: self.name.clone(), sha256 })
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // What failed is told elsewhere; a remainder that cannot be removed either adds nothing to it.
            let _ = fs_err::remove_file(temporary);
        }
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
