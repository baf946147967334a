//! Tables as Parquet, for DuckDB, pandas and Polars: the rows and columns of a CSV file, with types.
//!
//! A column is of whole numbers if all its cells are, else of doubles if all are numbers, else of texts (so a wait that had not
//! ended, `>600`, makes its column one of texts). An empty cell is a null. The table is read twice, once for the types and once
//! for the rows, so that memory does not grow with it.
//!
//! This file is there only with the cargo feature `parquet`.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

/// Rows of a group: some hundred columns of so many are held at a time.
const GROUP: usize = 16_384;

/// The kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Whole,
    Double,
    Text,
}

impl Kind {
    fn of(cell: &str) -> Self {
        let is_whole = || cell.parse::<i64>().is_ok_and(|value| value.to_string() == cell);
        let is_double = || cell.parse::<f64>().is_ok_and(f64::is_finite) && !cell.starts_with(['+', '.']);
        match cell {
            "" => Self::Whole,
            _ if is_whole() => Self::Whole,
            _ if is_double() => Self::Double,
            _ => Self::Text,
        }
    }

    fn physical(self) -> Physical {
        match self {
            Self::Whole => Physical::INT64,
            Self::Double => Physical::DOUBLE,
            Self::Text => Physical::BYTE_ARRAY,
        }
    }
}

/// Writes the table of a CSV file as Parquet.
///
/// # Errors
/// If the table cannot be read, or `out` cannot be written.
pub fn write_parquet(table: &Path, out: impl Write + Send) -> io::Result<()> {
    convert(table, out).map_err(io::Error::other)
}

fn convert(table: &Path, out: impl Write + Send) -> Result<()> {
    let (names, kinds) = kinds(table)?;
    let fields: Result<Vec<Arc<Type>>> = names.iter().zip(&kinds).map(|(name, kind)| field(name, *kind)).collect();
    let schema = Arc::new(Type::group_type_builder("table").with_fields(fields?).build()?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(format!("stowplan {}", crate::VERSION));
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()))?;
    let mut reader = reader(table)?;
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); kinds.len()];
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(outer)? {
        for (column, cell) in columns.iter_mut().zip(&row) {
            column.push(cell.to_owned());
        }
        if columns.first().is_some_and(|column| column.len() == GROUP) {
            write_group(writer.next_row_group()?, &kinds, &mut columns)?;
        }
    }
    if columns.first().is_some_and(|column| !column.is_empty()) {
        write_group(writer.next_row_group()?, &kinds, &mut columns)?;
    }
    writer.close()?;
    Ok(())
}

fn outer(error: csv::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

fn reader(table: &Path) -> Result<csv::Reader<fs_err::File>> {
    Ok(csv::Reader::from_reader(fs_err::File::open(table)?))
}

/// Names and kinds of all columns.
fn kinds(table: &Path) -> Result<(Vec<String>, Vec<Kind>)> {
    let mut reader = reader(table)?;
    let names: Vec<String> = reader.headers().map_err(outer)?.iter().map(str::to_owned).collect();
    let mut kinds = vec![Kind::Whole; names.len()];
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(outer)? {
        for (kind, cell) in kinds.iter_mut().zip(&row).filter(|(kind, _)| **kind != Kind::Text) {
            *kind = (*kind).max(Kind::of(cell));
        }
    }
    Ok((names, kinds))
}

fn field(name: &str, kind: Kind) -> Result<Arc<Type>> {
    let builder = Type::primitive_type_builder(name, kind.physical()).with_repetition(Repetition::OPTIONAL);
    let builder = if kind == Kind::Text { builder.with_converted_type(ConvertedType::UTF8) } else { builder };
    builder.build().map(Arc::new)
}

fn write_group<W: Write + Send>(
    mut group: SerializedRowGroupWriter<'_, W>,
    kinds: &[Kind],
    columns: &mut [Vec<String>],
) -> Result<()> {
    for (kind, cells) in kinds.iter().zip(columns) {
        let Some(mut column) = group.next_column()? else { break };
        let cells = std::mem::take(cells);
        let there: Vec<i16> = cells.iter().map(|cell| i16::from(!cell.is_empty())).collect();
        let known = cells.iter().filter(|cell| !cell.is_empty());
        match kind {
            Kind::Whole => {
                let values: Vec<i64> = known.filter_map(|cell| cell.parse().ok()).collect();
                column.typed::<Int64Type>().write_batch(&values, Some(&there), None)?;
            }
            Kind::Double => {
                let values: Vec<f64> = known.filter_map(|cell| cell.parse().ok()).collect();
                column.typed::<DoubleType>().write_batch(&values, Some(&there), None)?;
            }
            Kind::Text => {
                let values: Vec<ByteArray> = known.map(|cell| ByteArray::from(cell.as_str())).collect();
                column.typed::<ByteArrayType>().write_batch(&values, Some(&there), None)?;
            }
        }
        column.close()?;
    }
    group.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::*;

    #[test]
    fn the_kind_of_a_cell_keeps_every_digit() {
        let check = |cell: &str, expected: Kind| assert_eq!(Kind::of(cell), expected, "{cell}");
        check("12", Kind::Whole);
        check("", Kind::Whole);
        check("0.5", Kind::Double);
        check("18446744073709551615", Kind::Double);
        check(">600", Kind::Text);
        check("007", Kind::Double);
        check("nan", Kind::Text);
        check("m5.large", Kind::Text);
    }

    #[test]
    fn rows_and_columns_are_those_of_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        fs_err::write(&path, "run,x,name\n0,0.5,\"a, b\"\n1,,\n2,3,c\n").unwrap();
        let mut bytes = Vec::new();
        write_parquet(&path, &mut bytes).unwrap();
        let out = folder.path().join("t.parquet");
        fs_err::write(&out, &bytes).unwrap();
        let reader = SerializedFileReader::new(fs_err::File::open(&out).unwrap().into_parts().0).unwrap();
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(
            rows,
            ["{run: 0, x: 0.5, name: \"a, b\"}", "{run: 1, x: null, name: null}", "{run: 2, x: 3.0, name: \"c\"}"]
        );
        let mut again = Vec::new();
        write_parquet(&path, &mut again).unwrap();
        assert_eq!(bytes, again);
    }
}
