//! CSV files that a scenario names: opened, unpacked, read row by row, their problems placed by line and column.
//!
//! Of many wrong rows the first 20 are kept and the rest counted, so that a file with the wrong separator does not
//! bring a million messages. Fields are not copied; what a row costs is what the `csv` reader costs.

use std::ops::RangeInclusive;

use super::bytes;
use super::context::{Context, Problem};
use super::diagnostic::{Diagnostic, Source};
use super::reader::Item;
use super::rules::Rule;
use crate::model::counted;

/// At most this many wrong rows are shown.
const SHOWN: usize = 20;

/// A problem of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowProblem {
    line: u64,
    offset: usize,
    field: Option<usize>,
    message: String,
    help: String,
}

/// The problems of a file: the first ones, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowProblems {
    /// What parts the fields of a row.
    separator: u8,
    shown: Vec<RowProblem>,
    more: u64,
}

/// A CSV text being read.
pub(crate) struct Rows<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    record: csv::ByteRecord,
    width: usize,
    problems: RowProblems,
}

/// A column by the name in its header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnName<'n> {
    pub(crate) name: &'n str,
    /// What to do where it is missing, if it must be there.
    pub(crate) remedy: Option<&'n str>,
}

impl<'a> Rows<'a> {
    /// Starts reading; the bytes should be UTF-8. The separator is what parts the header: a comma, a semicolon or a tab.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let separator = separator(bytes);
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(separator).buffer_capacity(1 << 16);
        Self {
            bytes,
            reader: builder.from_reader(bytes),
            record: csv::ByteRecord::new(),
            width: 0,
            problems: RowProblems { separator, ..RowProblems::default() },
        }
    }

    /// Reads the header, in which each name may stand once; `false` where there is none, which is a problem.
    pub(crate) fn header(&mut self) -> bool {
        if !self.read() {
            self.record = csv::ByteRecord::new();
            self.problem(None, "the file is empty", "its first row names the columns, the others are data");
            return false;
        }
        self.width = self.record.len();
        let names = self.names();
        for (place, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..place].contains(name) {
                let message = format!("column `{}` stands twice in the header", name.escape_debug());
                self.problem(Some(place), message, "rename one of the two, or leave it out");
            }
        }
        true
    }

    /// The names of the header, while it is the row at hand.
    pub(crate) fn names(&self) -> Vec<String> {
        self.record.iter().map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned()).collect()
    }

    /// The column of that name, while the header is the row at hand.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.record.iter().position(|field| field.trim_ascii() == name.trim().as_bytes())
    }

    /// Reads the header and finds the columns; one that is missing and has a remedy is a problem.
    pub(crate) fn columns<const N: usize>(&mut self, names: [ColumnName<'_>; N]) -> [Option<usize>; N] {
        if !self.header() {
            return [None; N];
        }
        names.map(|ColumnName { name, remedy }| {
            let column = self.position(name);
            if let (None, Some(remedy)) = (column, remedy) {
                self.problem(None, format!("column `{}` is missing", name.escape_debug()), remedy);
            }
            column
        })
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// The columns of further names, in their order; a missing one is a problem.
    pub(crate) fn more_columns(&mut self, names: &[String]) -> Vec<usize> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            match self.position(name) {
                Some(column) => found.push(column),
                None => self.problem(
                    None,
                    format!("column `{name}` is missing"),
                    "add the column, or leave it out of `node-attributes`",
                ),
            }
        }
        found
    }

    /// Moves to the next row that has as many fields as the header; `false` at the end.
    pub(crate) fn next_row(&mut self) -> bool {
        while self.read() {
            if self.record.len() == self.width {
                return true;
            }
            let (found, expected) = (self.record.len(), self.width);
            self.problem(None, format!("row of {found} fields"), format!("give it {expected}, as the header has"));
        }
        false
    }

    fn read(&mut self) -> bool {
        // Bytes are in memory and lengths are free, so that the reader has nothing to complain of.
        self.reader.read_byte_record(&mut self.record).unwrap_or(false)
    }

    /// A field of the row; empty where the column is absent.
    pub(crate) fn field(&self, column: Option<usize>) -> &[u8] {
        column.and_then(|column| self.record.get(column)).unwrap_or_default().trim_ascii()
    }

    /// A field of the row as text.
    pub(crate) fn text(&self, column: Option<usize>) -> &str {
        std::str::from_utf8(self.field(column)).unwrap_or_default()
    }

    /// Notes a problem of the row.
    #[cold]
    pub(crate) fn problem(&mut self, field: Option<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.problems.shown.len() == SHOWN {
            self.problems.more += 1;
            return;
        }
        let position = self.record.position();
        self.problems.shown.push(RowProblem {
            line: position.map_or(1, csv::Position::line),
            offset: position.map_or(0, |position| usize::try_from(position.byte()).unwrap_or(self.bytes.len())),
            field,
            message: message.into(),
            help: help.into(),
        });
    }

    /// Notes that a field is not a number of the form that `help` describes.
    #[cold]
    pub(crate) fn refuse(&mut self, column: Option<usize>, help: &str) {
        let field = self.text(column);
        let message = match field {
            "" => "a field that must be given is empty".to_owned(),
            _ => format!("`{}` is not a number that can be used here", field.escape_debug()),
        };
        self.problem(column, message, help);
    }

    /// A whole number within `range`.
    pub(crate) fn size(&mut self, column: Option<usize>, range: RangeInclusive<u32>) -> Option<u32> {
        let value = digits(self.field(column)).and_then(|value| u32::try_from(value).ok());
        let value = value.filter(|value| range.contains(value));
        if value.is_none() {
            self.refuse(column, &format!("write a whole number from {} to {}", range.start(), range.end()));
        }
        value
    }

    /// A whole number up to `most`; 0 where nothing is written.
    pub(crate) fn size_or_zero(&mut self, column: Option<usize>, most: u32) -> Option<u32> {
        if self.field(column).is_empty() { Some(0) } else { self.size(column, 0..=most) }
    }

    /// Ends the reading.
    pub(crate) fn finish(self) -> RowProblems {
        self.problems
    }
}

/// A whole number of plain digits.
pub(crate) fn digits(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 18 {
        return None;
    }
    field.iter().try_fold(0_u64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}

impl RowProblems {
    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Hands the problems of the file `name` with these bytes to the context.
    pub(crate) fn report(self, context: &Context, name: &str, bytes: &[u8]) {
        let last = self.shown.last().map_or(0, |problem| problem.line);
        for problem in self.shown {
            let (line, span) = locate(name, bytes, &problem, self.separator);
            context.report_line(line, span, Problem::new(Rule::Row, problem.message).help(problem.help));
        }
        if self.more > 0 {
            let message = format!("{} in `{name}` after line {last}", counted(self.more, "more problem"));
            context.report_file(name, Problem::new(Rule::Row, message).help("mend those that are shown first"));
        }
    }

    /// The problems as diagnostics, for readers of a file alone.
    pub(crate) fn into_diagnostics(self, name: &str, bytes: &[u8]) -> Vec<Diagnostic> {
        let context = Context::new(name, "", std::path::Path::new(""));
        self.report(&context, name, bytes);
        context.into_problems()
    }
}

/// The line of a problem as a source of its own, and the bytes of its field in it.
fn locate(name: &str, bytes: &[u8], problem: &RowProblem, separator: u8) -> (Source, std::ops::Range<usize>) {
    let rest = bytes.get(problem.offset..).unwrap_or_default();
    // The position of a record may be that of the line break before it.
    let skipped = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let rest = &rest[skipped..];
    let skipped_lines =
        bytes[problem.offset.min(bytes.len())..][..skipped].iter().filter(|byte| **byte == b'\n').count();
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    let text = String::from_utf8_lossy(&rest[..end]).into_owned();
    let span = problem.field.map_or(0..text.len(), |field| field_span(&text, field, char::from(separator)));
    let first_line = usize::try_from(problem.line).unwrap_or(usize::MAX) + skipped_lines;
    (Source::new(name, text, first_line), span)
}

/// The bytes of the `field`-th field of a line; separators in quotes do not count.
fn field_span(line: &str, field: usize, separator: char) -> std::ops::Range<usize> {
    let mut is_quoted = false;
    let mut separators = line.char_indices().filter(|&(_, c)| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    });
    let start = match field {
        0 => 0,
        _ => separators.nth(field - 1).map_or(line.len(), |(at, _)| at + 1),
    };
    let end = separators.next().map_or(line.len(), |(at, _)| at);
    start..end
}

/// What parts the first line most often, outside quotes; a comma where nothing does.
fn separator(bytes: &[u8]) -> u8 {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    let mut is_quoted = false;
    let mut counts = [0_u64; 3];
    for byte in &bytes[..end] {
        is_quoted ^= *byte == b'"';
        if let Some(place) = SEPARATORS.iter().position(|separator| separator == byte)
            && !is_quoted
        {
            counts[place] += 1;
        }
    }
    let best = (0..SEPARATORS.len()).rev().max_by_key(|place| counts[*place]).unwrap_or_default();
    SEPARATORS[best]
}

/// In order of preference.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Reads the file that an item names, unpacks it if it is packed, and checks that it is UTF-8.
pub(crate) fn read_file(item: &Item<'_>) -> Option<(String, Vec<u8>)> {
    let name = item.name()?;
    let context = item.context();
    let packed = match context.read_file(name) {
        Ok(bytes) => bytes,
        Err(error) => {
            let problem = Problem::new(Rule::Unreadable, format!("cannot read `{}`: {error}", name.escape_debug()));
            let help = match context.files_from() {
                Some(place) => format!("it comes from {place}; names are relative to the scenario's folder"),
                None => "names are relative to the scenario's folder".to_owned(),
            };
            item.report(problem.label("no such readable file").help(help));
            return None;
        }
    };
    let bytes = match bytes::unpack(packed) {
        Ok(bytes) => bytes,
        Err(reason) => {
            let message = format!("cannot unpack `{}`: {reason}", name.escape_debug());
            item.report(
                Problem::new(Rule::Unreadable, message)
                    .label("not a whole gzip file")
                    .help("pack it again, or give it unpacked"),
            );
            return None;
        }
    };
    if let Err(error) = std::str::from_utf8(&bytes) {
        context.report_not_utf8(name, &bytes, error.valid_up_to());
        return None;
    }
    Some((name.to_owned(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_digits() {
        assert_eq!(digits(b"0042"), Some(42));
        for field in [&b""[..], b"-1", b"1.5", b"1e3", b" 1", b"9999999999999999999"] {
            assert_eq!(digits(field), None);
        }
    }

    #[test]
    fn fields_are_found_by_their_commas() {
        let check = |line: &str, field, expected: &str| assert_eq!(&line[field_span(line, field, ',')], expected);
        check("a,b,c", 0, "a");
        check("a,b,c", 2, "c");
        check("\"a,b\",c", 1, "c");
        check("a,b", 5, "");
    }

    #[test]
    fn the_separator_is_that_of_the_header() {
        let check = |text: &str, expected: u8| assert_eq!(separator(text.as_bytes()), expected, "{text}");
        check("a,b,c\n1;2;3;4;5", b',');
        check("a;b,c;d\n", b';');
        check("a\tb\r\n1,2,3", b'\t');
        check("\"a;b;c\",d", b',');
        check("a,b;c", b',');
        check("", b',');
    }
}
