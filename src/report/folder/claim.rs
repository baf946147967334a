//! Which folder may be written into: none yet, an empty one, or one with results of the same name.
//!
//! What a manifest is and whose name it has is the caller's business: a scenario's or a sweep's.

use std::io;
use std::path::Path;

use super::files::is_remainder;
use super::{Error, MANIFEST, Overwrite, STORE};

/// The manifest of what is in a folder that may be used for `ours`; `None` where nothing is, or nothing of ours.
pub(in crate::report) fn previous<M>(
    path: &Path,
    overwrite: Overwrite,
    ours: &str,
    read: impl Fn(&[u8]) -> Result<M, String>,
    name_of: impl Fn(&M) -> &str,
) -> Result<Option<M>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    if !path.is_dir() {
        return Err(Error::NotAFolder { path: path.to_owned() });
    }
    let found = match (manifest_in(path, read), overwrite) {
        (Err(_), Overwrite::Force) => return Ok(None),
        (found, _) => found?,
    };
    match (&found, overwrite) {
        (_, Overwrite::Force) => {}
        (None, Overwrite::OwnOnly) if !is_blank(path)? => return Err(Error::NotOurs { path: path.to_owned() }),
        (Some(found), Overwrite::OwnOnly) if name_of(found) != ours => {
            let (theirs, ours) = (name_of(found).to_owned(), ours.to_owned());
            return Err(Error::OtherScenario { path: path.to_owned(), theirs, ours });
        }
        _ => {}
    }
    Ok(found)
}

/// The manifest of a folder; `None` when it has none.
pub(in crate::report) fn manifest_in<M>(
    path: &Path,
    read: impl Fn(&[u8]) -> Result<M, String>,
) -> Result<Option<M>, Error> {
    match fs_err::read(path.join(MANIFEST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
        Ok(bytes) => read(&bytes).map(Some).map_err(|problem| Error::Manifest { path: path.to_owned(), problem }),
    }
}

/// Whether a folder holds nothing, or no more than a run leaves that is killed before its manifest is there.
fn is_blank(path: &Path) -> io::Result<bool> {
    for entry in fs_err::read_dir(path)? {
        let name = entry?.file_name();
        if name != STORE && !name.to_str().is_some_and(is_remainder) {
            return Ok(false);
        }
    }
    Ok(true)
}
