//! `runs.csv`: one row a run, every figure of the catalogue, and the name of the best bound on its instances; written,
//! and read back where nothing else is left of the runs.

use std::io::{self, Read, Write};

use super::Table;
use crate::analysis::bounds::name;
use crate::analysis::catalogue::METRICS;
use crate::analysis::record::{Figure, RunRecord};
use crate::analysis::seen::Seen;

/// Writes `runs.csv`, rows in the order of `records`.
///
/// # Errors
/// What `out` answers.
pub fn write_runs(out: &mut impl Write, records: &[RunRecord]) -> io::Result<()> {
    let mut table = Table::new(out, header())?;
    for record in records {
        table.cell(record.run)?;
        table.cell(record.policy.as_str())?;
        table.cell(record.seed)?;
        record.figures.iter().try_for_each(|&figure| table.cell(figure))?;
        table.cell(name::of_run(record))?;
        table.end_row()?;
    }
    table.finish()
}

fn header() -> impl Iterator<Item = &'static str> {
    let figures = METRICS.iter().map(|metric| metric.column);
    IDENTITY.into_iter().chain(figures).chain(["instances_bound_best_name"])
}

/// The columns before the figures.
const IDENTITY: [&str; 3] = ["run", "policy", "seed"];

/// Reads `runs.csv`. The records have identity and figures; a fraction is that of the double that was printed.
///
/// # Errors
/// If it cannot be read, has other columns than this program writes, or a cell that is no figure; the message says
/// which.
pub fn read_runs(table: impl Read) -> io::Result<Vec<RunRecord>> {
    let mut reader = ::csv::Reader::from_reader(table);
    if !reader.headers()?.iter().eq(header()) {
        let problem = "its columns are not those of this version of the program; run the scenario again";
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    let mut records = Vec::new();
    for (row, line) in reader.records().zip(2..) {
        records.push(
            record(&row?)
                .map_err(|problem| io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {problem}")))?,
        );
    }
    Ok(records)
}

fn record(row: &::csv::StringRecord) -> Result<RunRecord, String> {
    let whole = |at: usize| row[at].parse().map_err(|_| format!("`{}` is no {}", &row[at], IDENTITY[at]));
    let cells = row.iter().skip(IDENTITY.len()).zip(METRICS);
    let figures =
        cells.map(|(cell, metric)| figure_in(cell).ok_or_else(|| format!("`{cell}` is no {}", metric.column)));
    Ok(RunRecord {
        run: whole(0)?,
        policy: row[1].to_owned(),
        seed: whole(2)?,
        figures: figures.collect::<Result<_, _>>()?,
        ..RunRecord::default()
    })
}

/// The inverse of how a figure is printed in a cell.
pub(in crate::report) fn figure_in(cell: &str) -> Option<Figure> {
    const PER_SECOND: u128 = 1_000;
    if cell.is_empty() {
        return Some(Figure::Absent);
    }
    if let Some(seconds) = cell.strip_prefix('>') {
        let (numerator, denominator) = decimal(seconds)?;
        return u64::try_from(numerator * PER_SECOND / denominator).ok().map(Figure::MoreThanMs);
    }
    if let Ok(count) = cell.parse() {
        return Some(Figure::Count(count));
    }
    decimal(cell)?;
    let (numerator, denominator) = binary(cell.parse().ok()?)?;
    Some(Figure::ratio(numerator, denominator))
}

/// What was seen of the figure in a cell; `None` within for an empty one. Quicker than by way of a fraction.
pub(in crate::report) fn seen_in(cell: &str) -> Result<Option<Seen>, String> {
    let (digits, is_more) = cell.strip_prefix('>').map_or((cell, false), |digits| (digits, true));
    if cell.is_empty() {
        return Ok(None);
    }
    let value: f64 =
        digits.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| format!("`{cell}` is no figure"))?;
    Ok(Some(if is_more { Seen::MoreThan(value) } else { Seen::Exactly(value) }))
}

/// A plain decimal as a fraction; `None` where it is none, or has more digits than fit.
fn decimal(text: &str) -> Option<(u128, u128)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_plain(whole) || !is_plain(part) {
        return None;
    }
    let denominator = 10_u128.checked_pow(u32::try_from(part.len()).ok()?)?;
    Some((format!("{whole}{part}").parse().ok()?, denominator))
}

/// The fraction that a double is, so that dividing it gives back the double that was printed.
fn binary(value: f64) -> Option<(u128, u128)> {
    const MANTISSA: u32 = 52;
    const BIAS: i32 = 1_075;
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> MANTISSA & 0x7ff).ok()?;
    let mantissa = u128::from(bits & ((1 << MANTISSA) - 1) | 1 << MANTISSA);
    let shift = u32::try_from((BIAS - exponent).abs()).ok().filter(|shift| exponent > 0 && *shift < u128::BITS)?;
    if exponent >= BIAS {
        mantissa.checked_mul(1 << shift).map(|numerator| (numerator, 1))
    } else {
        let common = mantissa.trailing_zeros().min(shift);
        Some((mantissa >> common, 1 << (shift - common)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, Shape};

    #[test]
    fn what_is_written_reads_back() {
        let mut records = sample::runs(Shape { policies: &["a", "b, \"c\""], seeds: 3, instances: 4, samples: 2 });
        records[0].figures[0] = Figure::ratio(1, 3);
        records[1].figures[1] = Figure::MoreThanMs(1_500);
        records[2].figures[2] = Figure::ratio(1, 30_000_000);
        let mut table = Vec::new();
        write_runs(&mut table, &records).unwrap();
        let read = read_runs(table.as_slice()).unwrap();
        let identity = |record: &RunRecord| (record.run, record.policy.clone(), record.seed);
        let numbers = |record: &RunRecord| {
            let number = |figure: &Figure| (figure.to_f64(), matches!(figure, Figure::MoreThanMs(1_500)));
            record.figures.iter().map(number).collect::<Vec<_>>()
        };
        assert!(read.iter().map(identity).eq(records.iter().map(identity)));
        assert!(read.iter().map(numbers).eq(records.iter().map(numbers)));
    }

    #[test]
    fn what_is_no_table_of_ours_is_said() {
        let check = |table: String, expected: &str| {
            let error = read_runs(table.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        let header = header().collect::<Vec<_>>().join(",");
        check("a,b\n".into(), "its columns are not those of this version");
        let cells = |first: &str| format!("{header}\n0,a,1,{first}{}\n", ",".repeat(METRICS.len()));
        assert_eq!(read_runs(cells("7").as_bytes()).unwrap()[0].figures[0], Figure::Count(7));
        check(cells("x"), "line 2: `x` is no tasks_placed");
        check(cells("1e9"), "line 2: `1e9` is no");
        check(format!("{header}\nx,a,1{}\n", ",".repeat(METRICS.len() + 1)), "line 2: `x` is no run");
    }
}
