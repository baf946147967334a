//! The table of runs read back, one point at a time.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::super::csv::figure_in;
use super::rows::{self, Columns};
use crate::analysis::record::RunRecord;

/// The runs of one scenario at one combination of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Name of the scenario.
    pub scenario: String,
    /// The values of the varied keys, empty where the scenario does not vary one.
    pub values: Vec<String>,
    /// Its runs that did not fail, in order.
    pub records: Vec<RunRecord>,
    /// How many failed.
    pub failed: u32,
}

/// Reads points in the order of their runs.
pub struct PointReader<R: Read> {
    reader: csv::Reader<R>,
    columns: Columns,
    /// The first row of the next point.
    pending: VecDeque<csv::StringRecord>,
}

impl<R: Read> PointReader<R> {
    /// Reads the table of a sweep of these keys.
    ///
    /// # Errors
    /// If it has other columns.
    pub fn new(table: R, keys: &[&str]) -> io::Result<Self> {
        let mut reader = csv::Reader::from_reader(table);
        if !reader.headers()?.iter().eq(rows::header(keys).iter().map(String::as_str)) {
            let problem = "its columns are not those of this version of the program; merge the sweep again";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(Self { reader, columns: Columns::of(keys.len()), pending: VecDeque::new() })
    }

    /// The next point; `None` after the last.
    ///
    /// # Errors
    /// If the table cannot be read, or a cell is no figure.
    pub fn next_point(&mut self) -> io::Result<Option<Point>> {
        let mut point: Option<Point> = None;
        loop {
            let row = match self.pending.pop_front() {
                Some(row) => row,
                None => {
                    let mut row = csv::StringRecord::new();
                    if !self.reader.read_record(&mut row)? {
                        return Ok(point);
                    }
                    row
                }
            };
            let values = self.columns.keys().map(|column| &row[column]);
            match &mut point {
                None => {
                    let values = values.map(str::to_owned).collect();
                    let scenario = row[Columns::SCENARIO].to_owned();
                    let mut begun = Point { scenario, values, records: Vec::new(), failed: 0 };
                    self.take(&row, &mut begun)?;
                    point = Some(begun);
                }
                Some(there) => {
                    let is_same =
                        there.scenario == row[Columns::SCENARIO] && there.values.iter().map(String::as_str).eq(values);
                    if !is_same {
                        self.pending.push_back(row);
                        return Ok(point);
                    }
                    self.take(&row, there)?;
                }
            }
        }
    }

    fn take(&self, row: &csv::StringRecord, point: &mut Point) -> io::Result<()> {
        let invalid = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
        if !row[self.columns.failure()].is_empty() {
            point.failed += 1;
            return Ok(());
        }
        let number =
            |column: usize| row[column].parse().map_err(|_| invalid(format!("`{}` is no number", &row[column])));
        let figures = self
            .columns
            .figures()
            .map(|column| figure_in(&row[column]).ok_or_else(|| invalid(format!("`{}` is no figure", &row[column]))));
        point.records.push(RunRecord {
            run: number(0)?,
            policy: row[self.columns.policy()].to_owned(),
            seed: number(self.columns.seed())?,
            is_fixed: &row[self.columns.is_fixed()] == "1",
            load: row[self.columns.load()].to_owned(),
            figures: figures.collect::<io::Result<_>>()?,
            ..RunRecord::default()
        });
        Ok(())
    }
}
