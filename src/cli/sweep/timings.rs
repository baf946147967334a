//! What the runs of a part cost on a clock, in a file beside it: the one thing of a shard that no byte of a result comes from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::report::csv::Timing;

fn path_of(part: &Path) -> PathBuf {
    part.with_extension("timings")
}

/// Keeps the timings of a part.
///
/// # Errors
/// If they cannot be written.
pub(super) fn keep(part: &Path, timings: &[Timing]) -> anyhow::Result<()> {
    let path = path_of(part);
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, serde_json::to_vec(timings)?)?;
    fs::rename(temporary, path)?;
    Ok(())
}

/// The timings beside some parts, by the number of the run; those that are lost are not there.
pub(super) fn read<'a>(parts: impl Iterator<Item = &'a Path>) -> BTreeMap<u32, Timing> {
    let of_part = |part: &Path| {
        let bytes = fs::read(path_of(part)).ok()?;
        serde_json::from_slice::<Vec<Timing>>(&bytes).ok()
    };
    parts.filter_map(of_part).flatten().map(|timing| (timing.run, timing)).collect()
}
