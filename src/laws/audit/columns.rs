//! Reading a log: which columns there are, and cells as values. What cannot be read is told by line and column.

use std::io::{BufRead, Chain, Cursor, Read as _};

use super::bad::BadRow;
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

/// A log under way.
pub(super) struct Log<R> {
    rows: csv::Reader<Chain<Cursor<Vec<u8>>, R>>,
    record: csv::StringRecord,
    /// Where each column stands: those that are needed, then the others.
    places: [Option<usize>; 15],
    seq: u64,
    run: String,
    is_over: bool,
}

/// Position of a column in `places`.
fn place(column: &str) -> usize {
    let all = Columns::NEEDED.iter().chain(&Columns::MORE);
    all.enumerate().find(|(_, name)| **name == column).map(|(place, _)| place).expect("a column of the table")
}

/// What may part cells, in order of preference.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// What parts the cells of a header.
fn separator(header: &[u8]) -> u8 {
    let count = |separator: &u8| header.iter().filter(|byte| *byte == separator).count();
    SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

impl<R: BufRead> Log<R> {
    pub(super) fn open(mut log: R) -> Result<Self, BadRow> {
        /// A header is no longer than this.
        const LONGEST_HEADER: u64 = 1 << 20;
        let mut header = Vec::new();
        let read = log.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut header);
        read.map_err(|error| BadRow::at(1, "event", format!("it cannot be read: {error}")))?;
        if header.is_empty() {
            let needed = Columns::NEEDED.map(|name| format!("`{name}`")).join(", ");
            let what = format!(
                "the log is empty, without even a header; look whether whatever writes it has failed. It needs {needed} (results/README.md, `events.csv`)"
            );
            return Err(BadRow::at(1, "event", what));
        }
        let first = header.iter().copied().find(|byte| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte));
        if matches!(first, Some(b'{' | b'[')) {
            let what = "the log is JSON, and an event log is CSV with a header; documents of a cluster are audited by \
                        `stowplan audit BEFORE… --after TASKS`";
            return Err(BadRow::at(1, "event", what));
        }
        if header.starts_with(&[0xff, 0xfe]) || header.starts_with(&[0xfe, 0xff]) {
            return Err(BadRow::at(1, "event", "the log is UTF-16, and UTF-8 is read: save it as that"));
        }
        let mut builder = csv::ReaderBuilder::new();
        builder.flexible(true).delimiter(separator(&header)).buffer_capacity(1 << 18);
        let mut rows = builder.from_reader(Cursor::new(header).chain(log));
        let header = rows.headers().map_err(|error| BadRow::at(1, "event", error))?.clone();
        let mut places = [None; 15];
        for (position, name) in header.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}').trim();
            let known = Columns::NEEDED.iter().chain(&Columns::MORE).position(|known| *known == name);
            if let Some(known) = known {
                if places[known].is_some() {
                    return Err(BadRow::at(1, name, "the column stands there twice"));
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
            return Err(BadRow::at(1, missing[0], what));
        }
        Ok(Self { rows, record: csv::StringRecord::new(), places, seq: 0, run: String::new(), is_over: false })
    }

    /// The next row, or all that is wrong in it; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<Row<'_>, Vec<BadRow>>> {
        let line = self.rows.position().line();
        if self.is_over {
            return None;
        }
        match self.rows.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                // What cannot be read once cannot be read again.
                self.is_over = error.is_io_error();
                return Some(Err(vec![BadRow::at(line, "event", error)]));
            }
        }
        let line = self.record.position().map_or(line, csv::Position::line);
        if let Err(wrong) = self.in_order(line) {
            return Some(Err(vec![wrong]));
        }
        let cells = Cells { record: &self.record, places: &self.places, line };
        Some(cells.row())
    }

    /// A row more or less, or one in another place, shows in `seq`.
    fn in_order(&mut self, line: u64) -> Result<(), BadRow> {
        let cells = Cells { record: &self.record, places: &self.places, line };
        cells.is_whole()?;
        let run = cells.text("run");
        if self.run != run {
            run.clone_into(&mut self.run);
            self.seq = 0;
        }
        let expected = self.seq;
        self.seq += 1;
        if !cells.has("seq") {
            return Ok(());
        }
        let seq = cells.number("seq")?;
        if seq == Some(expected) {
            return Ok(());
        }
        // What follows is counted from here.
        self.seq = seq.map_or(self.seq, |seq| seq.saturating_add(1));
        let is = seq.map_or_else(|| "empty".to_owned(), |seq| seq.to_string());
        let what =
            format!("it is {is} where {expected} comes next: a row is missing, twice there, or out of its place");
        Err(BadRow::at(line, "seq", what))
    }
}

/// The cells of one row.
struct Cells<'r> {
    record: &'r csv::StringRecord,
    places: &'r [Option<usize>; 15],
    line: u64,
}

impl<'r> Cells<'r> {
    /// The row that they are, or all that is wrong in them.
    fn row(&self) -> Result<Row<'r>, Vec<BadRow>> {
        let (cells, line, mut wrong) = (self, self.line, Vec::new());
        let event = Event::named(cells.text("event")).map_err(|what| BadRow::at(line, "event", what));
        let row = Row {
            line,
            run: cells.text("run"),
            time_ms: or_note(cells.seconds("time_s"), &mut wrong),
            event: event.unwrap_or_else(|row| {
                wrong.push(row);
                Event::Waiting
            }),
            task: cells.text("task"),
            group: cells.text("group"),
            task_definition: cells.text("task_definition"),
            cpu: or_note(cells.number("cpu"), &mut wrong),
            memory: or_note(cells.number("memory_mib"), &mut wrong),
            gpu_milli: or_note(cells.thousandths("gpu"), &mut wrong),
            gpu_memory: or_note(cells.number("gpu_memory_mib"), &mut wrong),
            ports: cells.text("ports"),
            tells_ports: cells.has("ports"),
            instance: cells.text("instance"),
            zone: cells.has("zone").then(|| cells.text("zone")),
            reason: cells.has("reason").then(|| cells.text("reason")),
        };
        if let Err(port) = ports(&row) {
            wrong.push(port);
        }
        if wrong.is_empty() { Ok(row) } else { Err(wrong) }
    }

    fn has(&self, column: &str) -> bool {
        self.places[place(column)].is_some()
    }

    fn text(&self, column: &str) -> &'r str {
        self.places[place(column)].and_then(|place| self.record.get(place)).unwrap_or_default()
    }

    /// A row that is cut off has fewer cells.
    fn is_whole(&self) -> Result<(), BadRow> {
        let all = Columns::NEEDED.iter().chain(&Columns::MORE);
        let cut = all.zip(self.places).find(|(_, place)| place.is_some_and(|place| place >= self.record.len()));
        let Some((column, _)) = cut else { return Ok(()) };
        let what = format!("the row ends before it, with {} cells: is the file cut off here?", self.record.len());
        Err(BadRow::at(self.line, column, what))
    }

    fn number(&self, column: &str) -> Result<Option<u64>, BadRow> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |_| BadRow::at(self.line, column, format!("`{text}` is no whole number of at least 0"));
        text.parse::<u64>().map(Some).map_err(wrong)
    }

    /// A decimal number in thousandths.
    fn thousandths(&self, column: &str) -> Result<Option<u64>, BadRow> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let value = (digits(whole) && digits(part) && part.len() <= 3 && !whole.is_empty())
            .then(|| format!("{whole}{part:0<3}").parse::<u64>().ok())
            .flatten();
        let wrong = || BadRow::at(self.line, column, self.no_decimal(column, text));
        value.map(Some).ok_or_else(wrong)
    }

    fn no_decimal(&self, column: &str, text: &str) -> String {
        let remedy = if column == "time_s" && text.contains([':', '-']) {
            ": seconds since the first row are meant; a log without this column is audited in the order of its rows"
        } else {
            ""
        };
        format!("`{text}` is no decimal number of at most three places{remedy}")
    }

    fn seconds(&self, column: &str) -> Result<u64, BadRow> {
        self.thousandths(column).map(Option::unwrap_or_default)
    }
}

/// A value, or what is wrong as a note.
fn or_note<T: Default>(read: Result<T, BadRow>, wrong: &mut Vec<BadRow>) -> T {
    read.unwrap_or_else(|row| {
        wrong.push(row);
        T::default()
    })
}

/// `80/tcp 53/udp`.
pub(super) fn ports(row: &Row<'_>) -> Result<Vec<Port>, BadRow> {
    let port = |text: &str| {
        let (number, protocol) = text.split_once('/')?;
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return None,
        };
        Some(Port { number: number.parse().ok()?, protocol })
    };
    let wrong = |text: &str| BadRow::at(row.line, "ports", format!("`{text}` is no port such as `80/tcp`"));
    row.ports.split_whitespace().map(|text| port(text).ok_or_else(|| wrong(text))).collect()
}
