//! Tables in Markdown, for documents: the summary as people read it, and any other answer from its CSV.

use super::terminal;
use crate::analysis::summary::SummaryRow;
use crate::report::text::humane;
use crate::report::text::names::printable;

/// The headline figures of every policy, policies as columns, with the notes of the terminal table below.
#[must_use]
pub fn summary_markdown(rows: &[SummaryRow]) -> String {
    let terminal::Parts { policies, rows, notes } = terminal::parts(rows);
    if policies.is_empty() {
        return "no run has finished yet\n".to_owned();
    }
    let heading: Vec<String> = std::iter::once("figure".to_owned()).chain(policies).collect();
    let mut text = table(&heading, &rows, |column| column > 0);
    for note in notes {
        text.push_str(&format!("\n{}\n", escaped(&note)));
    }
    text
}

/// The rows of a CSV text; its first row is the heading, and columns of numbers alone stand at the right.
///
/// # Panics
/// If the text is not CSV: it is our own.
#[must_use]
pub fn markdown_of_csv(csv: &[u8]) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
    let row = |record: Result<csv::StringRecord, csv::Error>| -> Vec<String> {
        record.expect("what this program writes is CSV").iter().map(one_line).collect()
    };
    let mut rows: Vec<Vec<String>> = reader.records().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let heading = rows.remove(0);
    let is_number = |text: &str| text.is_empty() || text.parse::<f64>().is_ok();
    let numbers: Vec<bool> = (0..heading.len())
        .map(|column| rows.iter().all(|row| row.get(column).is_none_or(|cell| is_number(cell))))
        .collect();
    let count = rows.len() as u64;
    let mut text = table(&heading, &rows, |column| numbers[column] && count > 0);
    if count == 0 {
        text.push_str(&format!("\n{}\n", humane::counted(0, "row")));
    }
    text
}

fn table(heading: &[String], rows: &[Vec<String>], is_right: impl Fn(usize) -> bool) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule: Vec<&str> = (0..heading.len()).map(|column| if is_right(column) { "---:" } else { "---" }).collect();
    let body: String = rows.iter().map(|row| line(row)).collect();
    format!("{}| {} |\n{body}", line(heading), rule.join(" | "))
}

/// What can be shown of a cell, on one line.
fn one_line(text: &str) -> String {
    printable(&text.replace(['\n', '\r'], " "))
}

/// Signs that would be markup, or would end a cell.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '~' => out.extend(['\\', letter]),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_never_become_markup() {
        let text = markdown_of_csv(b"name,count,note\na|b,3,\"*x*\ny\"\nc,40,\n");
        assert_eq!(text, "| name | count | note |\n| --- | ---: | --- |\n| a\\|b | 3 | \\*x\\* y |\n| c | 40 |  |\n");
        assert_eq!(markdown_of_csv(b""), "");
        assert_eq!(markdown_of_csv(b"a,b\n"), "| a | b |\n| --- | --- |\n\n0 rows\n");
    }
}
