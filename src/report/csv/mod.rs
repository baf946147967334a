//! The CSV files of a results folder, one table a file; other programs read them.
//!
//! UTF-8, comma, a header row, LF; absent values are empty. Integers are printed as integers, fractions as the
//! shortest decimal that reads back as the same double, waits that had not ended as `>` and seconds.
//! This module knows rows and cells, not folders: every writer takes any [`Write`].
//!
//! # Cost
//! The event log is the only file whose length is the load's; see [`EventWriter`]. The bench to watch is
//! `report/events`.

mod autoscaling;
mod cell;
mod deployments;
mod events;
mod failures;
mod fleet;
mod instances;
mod runs;
mod saturation;
mod services;
mod shapes;
mod summary;
mod timeseries;
mod timings;
mod unplaced;

use std::io::{self, Write};

pub use autoscaling::write_autoscaling;
pub use deployments::write_deployments;
pub use events::{EVENTS_HEADER, EventSource, EventWriter};
pub use failures::write_failures;
pub use fleet::write_fleet;
pub use instances::write_instances;
pub(in crate::report) use runs::{figure_in, seen_in};
pub use runs::{read_runs, write_runs};
pub use saturation::write_saturation;
pub use services::write_services;
pub use shapes::{write_frontier, write_shapes};
pub use summary::write_summary;
pub use timeseries::write_timeseries;
pub(in crate::report) use timings::write_timings_of;
pub use timings::{Timing, write_timings};
pub use unplaced::write_unplaced;

/// A table being written: cells are added one by one and a row is closed explicitly.
struct Table<W: Write> {
    writer: ::csv::Writer<W>,
}

impl<W: Write> Table<W> {
    fn new<'h>(out: W, header: impl IntoIterator<Item = &'h str>) -> io::Result<Self> {
        let mut table = Self::bare(out);
        header.into_iter().try_for_each(|name| table.cell(name))?;
        table.end_row()?;
        Ok(table)
    }

    /// A table without a header.
    fn bare(out: W) -> Self {
        Self { writer: ::csv::WriterBuilder::new().terminator(::csv::Terminator::Any(b'\n')).from_writer(out) }
    }

    fn cell(&mut self, value: impl cell::Cell) -> io::Result<()> {
        value.with_text(|text| self.writer.write_field(text)).map_err(into_io)
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.writer.write_record(None::<&[u8]>).map_err(into_io)
    }

    fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// One row in memory, without its line end.
#[derive(Clone, Debug, Default)]
pub(in crate::report) struct Row {
    text: String,
    cells: usize,
}

impl Row {
    /// Adds a cell.
    pub(in crate::report) fn cell(&mut self, value: impl cell::Cell) -> io::Result<()> {
        if self.cells > 0 {
            self.text.push(',');
        }
        self.cells += 1;
        value.with_text(|cell| {
            // As the writer of tables quotes: only where a comma, a quote or a line end makes it necessary.
            match cell.contains([',', '"', '\n', '\r']) {
                true => {
                    self.text.push('"');
                    self.text.push_str(&cell.replace('"', "\"\""));
                    self.text.push('"');
                }
                false => self.text.push_str(cell),
            }
        });
        Ok(())
    }

    /// The row.
    pub(in crate::report) fn text(self) -> io::Result<String> {
        Ok(self.text)
    }
}

/// The tables write nothing but rows of one length, so that all that can fail is the writing itself.
fn into_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("a table's rows differ in length: {other:?}")),
    }
}

#[cfg(test)]
mod tests;
