//! One row of a sweep's `runs.csv`: which run it is, where it stands, its figures, and why it failed if it did.

use std::io;

use super::super::csv::Row;
use crate::analysis::bounds::name;
use crate::analysis::catalogue::METRICS;
use crate::analysis::record::RunRecord;
use crate::sweep::{Place, Plan};

/// The columns before the varied keys.
const BEFORE: [&str; 2] = ["run", "scenario"];
/// The columns between the varied keys and the figures.
const IDENTITY: [&str; 2] = ["policy", "seed"];
/// The columns after the figures.
const AFTER: [&str; 4] = ["instances_bound_best_name", "is_fixed", "load", "failure"];

/// The first line of the table.
pub fn header(keys: &[&str]) -> Vec<String> {
    let keys = keys.iter().copied();
    let figures = METRICS.iter().map(|metric| metric.column);
    BEFORE.into_iter().chain(keys).chain(IDENTITY).chain(figures).chain(AFTER).map(str::to_owned).collect()
}

/// Where things stand in a row of a sweep of so many varied keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    keys: usize,
}

impl Columns {
    pub(super) fn of(keys: usize) -> Self {
        Self { keys }
    }

    pub(super) const SCENARIO: usize = 1;

    pub(super) fn keys(self) -> std::ops::Range<usize> {
        BEFORE.len()..BEFORE.len() + self.keys
    }

    pub(super) fn policy(self) -> usize {
        BEFORE.len() + self.keys
    }

    pub(super) fn seed(self) -> usize {
        self.policy() + 1
    }

    pub(super) fn figures(self) -> std::ops::Range<usize> {
        let first = self.policy() + IDENTITY.len();
        first..first + METRICS.len()
    }

    pub(super) fn is_fixed(self) -> usize {
        self.figures().end + 1
    }

    pub(super) fn load(self) -> usize {
        self.figures().end + 2
    }

    pub(super) fn failure(self) -> usize {
        self.figures().end + 3
    }

    /// How many there are.
    pub(super) fn count(self) -> usize {
        self.figures().end + AFTER.len()
    }
}

/// Takes rows apart that come one by one as texts. One reader does: making one costs several times what reading a row does.
#[derive(Debug)]
pub(super) struct RowParser {
    reader: csv::Reader<Feed>,
}

/// The text at hand, and what of it has been read.
#[derive(Debug, Default)]
struct Feed {
    text: Vec<u8>,
    at: usize,
}

impl io::Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = (&self.text[self.at..]).read(out)?;
        self.at += count;
        Ok(count)
    }
}

impl RowParser {
    pub(super) fn new() -> Self {
        Self { reader: csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(Feed::default()) }
    }

    /// The cells of a row without its line end; whether there are any.
    ///
    /// # Errors
    /// If it is no row.
    pub(super) fn parse(&mut self, text: &str, row: &mut csv::StringRecord) -> io::Result<bool> {
        let feed = self.reader.get_mut();
        feed.text.clear();
        feed.text.extend_from_slice(text.as_bytes());
        feed.text.push(b'\n');
        feed.at = 0;
        Ok(self.reader.read_record(row)?)
    }
}

/// Writes the rows of a plan.
#[derive(Clone, Copy, Debug)]
pub struct RowTexts<'a> {
    /// The plan.
    pub plan: &'a Plan,
}

impl RowTexts<'_> {
    /// The row of a run that ended, without its line end.
    ///
    /// # Errors
    /// Never: rows are written into memory.
    pub fn of_record(&self, place: Place, record: &RunRecord) -> io::Result<String> {
        let mut row = self.begun(place)?;
        for &figure in &record.figures {
            row.cell(figure)?;
        }
        row.cell(name::of_run(record))?;
        row.cell(u32::from(record.is_fixed))?;
        row.cell(record.load.as_str())?;
        row.cell("")?;
        row.text()
    }

    /// The row of a run that fails however often it is tried.
    ///
    /// # Errors
    /// Never: rows are written into memory.
    pub fn of_failure(&self, place: Place, why: &str) -> io::Result<String> {
        let mut row = self.begun(place)?;
        for _ in 0..METRICS.len() + AFTER.len() - 1 {
            row.cell("")?;
        }
        row.cell(why)?;
        row.text()
    }

    fn begun(&self, place: Place) -> io::Result<Row> {
        let planned = &self.plan.scenarios[place.scenario];
        let mut row = Row::default();
        row.cell(place.run)?;
        row.cell(planned.name.as_str())?;
        for cell in self.plan.cells(place) {
            row.cell(cell.as_str())?;
        }
        row.cell(planned.policies[place.policy].name.as_str())?;
        row.cell(place.seed)?;
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_apart_one_by_one_whatever_is_in_them() {
        let mut parser = RowParser::new();
        let mut row = csv::StringRecord::new();
        let long = "x".repeat(20_000);
        for cells in [&["1", "a,b", ""][..], &["2", "two\nlines \"quoted\"", "z"], &["3"], &[long.as_str(), "c"]] {
            let mut text = Row::default();
            cells.iter().for_each(|cell| text.cell(*cell).unwrap());
            assert!(parser.parse(&text.text().unwrap(), &mut row).unwrap());
            assert_eq!(row.iter().collect::<Vec<_>>(), cells);
        }
    }
}
