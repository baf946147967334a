//! `stowplan report --parquet`: the tables of a results folder as Parquet beside them.

use std::path::{Path, PathBuf};

/// Writes every table of a folder as Parquet, and answers where; `tables` are the names of its files.
///
/// # Errors
/// If this build has no Parquet, or a table cannot be read or written.
#[cfg(feature = "parquet")]
pub(in crate::cli) fn write_parquet<'a>(
    folder: &Path,
    tables: impl Iterator<Item = &'a str>,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for name in tables.filter_map(|name| name.strip_suffix(".csv")) {
        let (table, path) = (folder.join(format!("{name}.csv")), folder.join(format!("{name}.parquet")));
        let temporary = folder.join(format!(".{name}.parquet.tmp"));
        let file = std::io::BufWriter::new(fs_err::File::create(&temporary)?);
        crate::report::write_parquet(&table, file)?;
        fs_err::rename(&temporary, &path)?;
        written.push(path);
    }
    Ok(written)
}

/// Says which build it takes.
///
/// # Errors
/// Always.
#[cfg(not(feature = "parquet"))]
pub(in crate::cli) fn write_parquet<'a>(_: &Path, _: impl Iterator<Item = &'a str>) -> anyhow::Result<Vec<PathBuf>> {
    anyhow::bail!("this build has no Parquet: build it with `cargo build --release --features parquet`")
}
