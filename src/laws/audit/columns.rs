//! Reading a log: which columns there are, and cells as values. What cannot be read is told by line and column.

use std::fmt;
use std::io::Read;

use super::row::{Event, Row};
use crate::model::{Port, Protocol};

/// The columns of a log. The first six are needed; without the others less can be checked.
#[derive(Clone, Copy, Debug)]
pub struct Columns;

impl Columns {
    /// What a log must have.
    pub const NEEDED: [&'static str; 6] = ["event", "task", "group", "cpu", "memory_mib", "instance"];
    /// What it may have besides.
    pub const MORE: [&'static str; 9] =
        ["run", "seq", "time_s", "task_definition", "gpu", "gpu_memory_mib", "ports", "zone", "reason"];
}

/// Why something is no log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column `{column}`: {what}")]
pub struct BadLog {
    /// From 1; the header is line 1.
    pub line: u64,
    /// The column.
    pub column: String,
    /// What is there, and what is needed.
    pub what: String,
}

impl BadLog {
    pub(super) fn at(line: u64, column: &str, what: impl fmt::Display) -> Self {
        Self { line, column: column.to_owned(), what: what.to_string() }
    }
}

/// A log under way.
pub(super) struct Log<R> {
    rows: csv::Reader<R>,
    record: csv::StringRecord,
    /// Where each column stands: those that are needed, then the others.
    places: [Option<usize>; 15],
    seq: u64,
    run: String,
}

/// Position of a column in `places`.
fn place(column: &str) -> usize {
    let all = Columns::NEEDED.iter().chain(&Columns::MORE);
    all.enumerate().find(|(_, name)| **name == column).map(|(place, _)| place).expect("a column of the table")
}

impl<R: Read> Log<R> {
    pub(super) fn open(log: R) -> Result<Self, BadLog> {
        let mut rows = csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 18).from_reader(log);
        let header = rows.headers().map_err(|error| BadLog::at(1, "event", error))?.clone();
        let mut places = [None; 15];
        for (position, name) in header.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}').trim();
            let known = Columns::NEEDED.iter().chain(&Columns::MORE).position(|known| *known == name);
            if let Some(known) = known {
                if places[known].is_some() {
                    return Err(BadLog::at(1, name, "the column stands there twice"));
                }
                places[known] = Some(position);
            }
        }
        let missing: Vec<&str> = Columns::NEEDED.into_iter().filter(|name| places[place(name)].is_none()).collect();
        if !missing.is_empty() {
            let what = format!(
                "the header has no column {}; an event log needs {} (results/README.md, `events.csv`)",
                missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
                Columns::NEEDED.map(|name| format!("`{name}`")).join(", ")
            );
            return Err(BadLog::at(1, missing[0], what));
        }
        Ok(Self { rows, record: csv::StringRecord::new(), places, seq: 0, run: String::new() })
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, BadLog> {
        let line = self.rows.position().line();
        let read = self.rows.read_record(&mut self.record);
        if !read.map_err(|error| BadLog::at(line, "event", error))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(line, csv::Position::line);
        self.in_order(line)?;
        let this = &*self;
        let cells = Cells { record: &this.record, places: &this.places, line };
        Ok(Some(Row {
            line,
            run: cells.text("run"),
            time_ms: cells.seconds("time_s")?,
            event: Event::named(cells.text("event")).map_err(|what| BadLog::at(line, "event", what))?,
            task: cells.text("task"),
            group: cells.text("group"),
            task_definition: cells.text("task_definition"),
            cpu: cells.number("cpu")?,
            memory: cells.number("memory_mib")?,
            gpu_milli: cells.thousandths("gpu")?,
            gpu_memory: cells.number("gpu_memory_mib")?,
            ports: cells.text("ports"),
            instance: cells.text("instance"),
            zone: cells.has("zone").then(|| cells.text("zone")),
            reason: cells.has("reason").then(|| cells.text("reason")),
        }))
    }

    /// A row more or less, or one in another place, shows in `seq`.
    fn in_order(&mut self, line: u64) -> Result<(), BadLog> {
        let cells = Cells { record: &self.record, places: &self.places, line };
        cells.is_whole()?;
        let run = cells.text("run");
        if self.run != run {
            run.clone_into(&mut self.run);
            self.seq = 0;
        }
        if cells.has("seq") {
            let seq = cells.number("seq")?;
            if seq != Some(self.seq) {
                let is = seq.map_or_else(|| "empty".to_owned(), |seq| seq.to_string());
                let what = format!(
                    "it is {is} where {} comes next: a row is missing, twice there, or out of its place",
                    self.seq
                );
                return Err(BadLog::at(line, "seq", what));
            }
        }
        self.seq += 1;
        Ok(())
    }
}

/// The cells of one row.
struct Cells<'r> {
    record: &'r csv::StringRecord,
    places: &'r [Option<usize>; 15],
    line: u64,
}

impl<'r> Cells<'r> {
    fn has(&self, column: &str) -> bool {
        self.places[place(column)].is_some()
    }

    fn text(&self, column: &str) -> &'r str {
        self.places[place(column)].and_then(|place| self.record.get(place)).unwrap_or_default()
    }

    /// A row that is cut off has fewer cells.
    fn is_whole(&self) -> Result<(), BadLog> {
        let all = Columns::NEEDED.iter().chain(&Columns::MORE);
        let cut = all.zip(self.places).find(|(_, place)| place.is_some_and(|place| place >= self.record.len()));
        let Some((column, _)) = cut else { return Ok(()) };
        let what = format!("the row ends before it, with {} cells: is the file cut off here?", self.record.len());
        Err(BadLog::at(self.line, column, what))
    }

    fn number(&self, column: &str) -> Result<Option<u64>, BadLog> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |_| BadLog::at(self.line, column, format!("`{text}` is no whole number of at least 0"));
        text.parse::<u64>().map(Some).map_err(wrong)
    }

    /// A decimal number in thousandths.
    fn thousandths(&self, column: &str) -> Result<Option<u64>, BadLog> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let value = (digits(whole) && digits(part) && part.len() <= 3 && !whole.is_empty())
            .then(|| format!("{whole}{part:0<3}").parse::<u64>().ok())
            .flatten();
        let wrong = || BadLog::at(self.line, column, format!("`{text}` is no decimal number of at most three places"));
        value.map(Some).ok_or_else(wrong)
    }

    fn seconds(&self, column: &str) -> Result<u64, BadLog> {
        self.thousandths(column).map(Option::unwrap_or_default)
    }
}

/// `80/tcp 53/udp`.
pub(super) fn ports(row: &Row<'_>) -> Result<Vec<Port>, BadLog> {
    let port = |text: &str| {
        let (number, protocol) = text.split_once('/')?;
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return None,
        };
        Some(Port { number: number.parse().ok()?, protocol })
    };
    let wrong = |text: &str| BadLog::at(row.line, "ports", format!("`{text}` is no port such as `80/tcp`"));
    row.ports.split_whitespace().map(|text| port(text).ok_or_else(|| wrong(text))).collect()
}
