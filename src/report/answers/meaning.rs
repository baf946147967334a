//! What an expression means, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::query::{Dependence, Expression, Warning, Words};
use crate::report::text::names::printable;
use crate::report::text::wrap::wrapped;

/// A valid expression in words.
#[must_use]
pub fn meaning_table(expression: &Expression, width: usize) -> String {
    let words = expression.words();
    let what = format!("an instance satisfies it if {words}");
    let when = match expression.dependence() {
        Dependence::Class | Dependence::Instance => {
            "whether it holds on an instance does not change as tasks come and go"
        }
        Dependence::Tasks => "whether it holds on an instance changes as tasks come and go",
    };
    wrapped(&printable_lines(&format!("valid: {expression}\n{what}\n{when}\n")), width)
}

/// Every line with what could disturb a terminal escaped.
fn printable_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", printable(line))).collect()
}

#[derive(Serialize)]
struct Meaning {
    valid: bool,
    expression: String,
    attributes: Vec<String>,
    changes_with_tasks: bool,
    warnings: Vec<String>,
    words: Part,
}

#[derive(Serialize)]
struct Part {
    text: String,
    expression: String,
    parts: Vec<Part>,
}

impl Part {
    fn of(words: &Words) -> Self {
        Self {
            text: words.text.clone(),
            expression: words.expression.clone(),
            parts: words.parts.iter().map(Self::of).collect(),
        }
    }
}

/// Writes a valid expression, what it asks for, and its words as a tree, as one JSON object.
///
/// # Errors
/// What `out` answers.
pub fn write_meaning_json(out: &mut impl Write, expression: &Expression, warnings: &[Warning]) -> io::Result<()> {
    let meaning = Meaning {
        valid: true,
        expression: expression.to_string(),
        attributes: expression.attribute_names().map(str::to_owned).collect(),
        changes_with_tasks: expression.dependence() == Dependence::Tasks,
        warnings: warnings.iter().map(|warning| warning.message.clone()).collect(),
        words: Part::of(&expression.words()),
    };
    serde_json::to_writer_pretty(&mut *out, &meaning)?;
    out.write_all(b"\n")
}

/// Writes a row for every part of a valid expression.
///
/// # Errors
/// What `out` answers.
pub fn write_meaning_csv(out: impl Write, expression: &Expression) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["depth", "part", "words"])?;
    write_part(&mut writer, &expression.words(), 0)?;
    writer.flush()?;
    Ok(())
}

fn write_part(writer: &mut csv::Writer<impl Write>, words: &Words, depth: usize) -> Result<(), csv::Error> {
    writer.write_record([&depth.to_string(), &words.expression, &words.text])?;
    words.parts.iter().try_for_each(|part| write_part(writer, part, depth + 1))
}
