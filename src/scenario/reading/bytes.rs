//! The bytes of a file that people name, within stated limits: no file is so large, and no pipe so silent, that reading it
//! does not end.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// The largest file that is read, and the largest that a packed one may become.
pub(crate) const LARGEST: u64 = 2 << 30;

/// How long a pipe may have nobody who writes into it.
const LONGEST_SILENCE: Duration = Duration::from_secs(2);

/// Reads a file whole.
///
/// # Errors
/// If it cannot be read, holds more than [`LARGEST`] bytes, or is a pipe that nobody writes into.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    if length > LARGEST {
        return Err(too_large("it"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    read_into(file, &mut bytes, "it")?;
    Ok(bytes)
}

/// What a file begins with that is packed by gzip.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads standard input whole.
///
/// # Errors
/// If it cannot be read, or holds more than [`LARGEST`] bytes.
pub(crate) fn read_standard_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_into(io::stdin().lock(), &mut bytes, "it")?;
    Ok(bytes)
}

/// Unpacks gzip, told by its first two bytes.
///
/// # Errors
/// In a few words, if it is cut off or becomes larger than [`LARGEST`] bytes.
pub(crate) fn unpack(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::with_capacity(bytes.len() * 4);
    read_into(flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut unpacked, "what is packed in it")?;
    Ok(unpacked)
}

fn read_into(from: impl Read, bytes: &mut Vec<u8>, what: &str) -> io::Result<()> {
    if read_at_most(LARGEST, from, bytes)? { Ok(()) } else { Err(too_large(what)) }
}

/// Whether all was read: there may be more.
fn read_at_most(largest: u64, from: impl Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    from.take(largest + 1).read_to_end(bytes)?;
    Ok(bytes.len() as u64 <= largest)
}

fn too_large(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("{what} holds more than the {} GiB that are read", LARGEST >> 30),
    )
}

/// Opens a file. A pipe is opened once somebody writes into it, which is waited for by a thread that may be left behind.
fn open(path: &Path) -> io::Result<File> {
    if !is_pipe(path) {
        return File::open(path);
    }
    let (sender, receiver) = mpsc::channel();
    let path: PathBuf = path.to_owned();
    std::thread::spawn(move || sender.send(File::open(path)));
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "it is a pipe, and for two seconds nobody wrote into it");
    receiver.recv_timeout(LONGEST_SILENCE).unwrap_or_else(|_| Err(silent()))
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_packed_text_is_unpacked_and_a_cut_one_is_refused() {
        let packed = packed(b"a,b\n1,2\n");
        assert_eq!(unpack(packed.clone()).unwrap(), b"a,b\n1,2\n");
        assert!(unpack(packed[..packed.len() - 4].to_vec()).is_err());
        assert_eq!(unpack(b"plain".to_vec()).unwrap(), b"plain");
    }

    #[test]
    fn what_is_too_large_is_said_and_not_read() {
        assert!(read_at_most(3, &b"abc"[..], &mut Vec::new()).unwrap());
        let mut bytes = Vec::new();
        assert!(!read_at_most(3, io::repeat(b'x'), &mut bytes).unwrap(), "it has no end");
        assert_eq!(bytes.len(), 4);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(read(&path).unwrap_err().to_string(), "it holds more than the 2 GiB that are read");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_nobody_writes_into_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("nobody wrote into it"), "{error}");
    }
}
