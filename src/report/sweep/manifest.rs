//! `manifest.json` of a sweep: the plan that it was made from, and its files.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::super::manifest::{FORMAT, FileEntry, PROGRAM};
use crate::sweep::Plan;

/// What the results folder of a sweep was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepManifest {
    /// Always `stowplan`.
    pub program: String,
    /// Version of the program.
    pub version: String,
    /// Format of the folder.
    pub format: u32,
    /// Every run is in the files.
    pub complete: bool,
    /// The plan.
    pub sweep: Plan,
    /// The files of the folder, names ascending.
    pub files: Vec<FileEntry>,
}

impl SweepManifest {
    /// The manifest of a sweep of which nothing has been written yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            program: PROGRAM.to_owned(),
            version: crate::VERSION.to_owned(),
            format: FORMAT,
            complete: false,
            sweep: plan.clone().without_paths(),
            files: Vec::new(),
        }
    }

    /// Whether a manifest is that of a sweep.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|value| value.get("sweep").is_some())
    }

    /// Reads a manifest back.
    ///
    /// # Errors
    /// A sentence saying why it is none of this program.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("no manifest of a sweep: {error}"))?;
        if manifest.program != PROGRAM || manifest.format != FORMAT {
            let (program, format) = (manifest.program, manifest.format);
            return Err(format!("written by {program} in format {format}, and this program reads format {FORMAT}"));
        }
        Ok(manifest)
    }

    /// Writes the manifest as JSON with a final newline.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}
