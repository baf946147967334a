//! Tables of a results folder for programs: printed, or as Parquet beside them (`stowplan report --parquet`).

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::cli::args::Format;
use crate::cli::kit::terminal;

/// Prints a table as it is, as JSON, or for documents.
///
/// # Errors
/// If it cannot be read or printed.
pub(super) fn print(table: &Path, format: Format) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    match format {
        Format::Table | Format::Csv => {
            io::copy(&mut fs_err::File::open(table)?, out)?;
        }
        Format::Json => write_json(table, out)?,
        Format::Markdown => {
            let write = |csv: &mut Vec<u8>| Ok(io::copy(&mut fs_err::File::open(table)?, csv).map(|_| ())?);
            out.write_all(terminal::markdown(write)?.as_bytes())?;
        }
    }
    Ok(out.flush()?)
}

/// An array of objects with the columns as keys, one row at a time; an empty cell is null.
fn write_json(table: &Path, out: &mut impl io::Write) -> anyhow::Result<()> {
    let mut reader = csv::Reader::from_reader(fs_err::File::open(table)?);
    let names = reader.headers()?.clone();
    let mut before = "[\n";
    for row in reader.records() {
        let row = row?;
        let cells = names.iter().zip(&row).map(|(name, cell)| (name.to_owned(), value_of(cell)));
        write!(out, "{before}  {}", Value::Object(cells.collect::<Map<_, _>>()))?;
        before = ",\n";
    }
    Ok(out.write_all(if before == ",\n" { b"\n]\n" } else { b"[]\n" })?)
}

/// A number as it is written, else a text.
fn value_of(cell: &str) -> Value {
    match cell {
        "" => Value::Null,
        _ => match serde_json::from_str(cell) {
            Ok(number @ Value::Number(_)) => number,
            _ => Value::String(cell.to_owned()),
        },
    }
}

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
