//! The laws as a list, and what was found as JSON.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::cli::args::Format;
use crate::cli::kit::terminal;
use crate::laws::{Broken, Held, LAWS, Law, Tally};

/// What holds a law, in a word.
fn holder(law: &Law) -> &'static str {
    match law.held {
        Held::Steps(_) => "every answer",
        Held::Histories(_) => "changed histories",
        Held::Fixture(_) => "own histories",
        Held::Elsewhere(_) => "a test here",
    }
}

pub(super) fn print(format: Format) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => LAWS.iter().try_for_each(|law| table_row(&mut out, law))?,
        Format::Json => writeln!(out, "{}", Value::from(LAWS.iter().map(law_json).collect::<Vec<_>>()))?,
        Format::Csv => write_csv(&mut out)?,
        Format::Markdown => {
            let mut csv = Vec::new();
            write_csv(&mut csv)?;
            out.write_all(crate::report::markdown_of_csv(&csv).as_bytes())?;
        }
    }
    out.flush()
}

fn write_csv(out: impl io::Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(["law", "held_by", "rule", "text"])?;
    LAWS.iter().try_for_each(|law| rows.write_record([law.id, holder(law), law.rule, law.text]))?;
    rows.flush()
}

fn table_row(out: &mut impl io::Write, law: &Law) -> io::Result<()> {
    const BEFORE: usize = 24;
    let width = terminal::width().max(60) - BEFORE;
    let text = if let Held::Elsewhere(test) = law.held {
        format!("{} [{test}]", law.text)
    } else {
        format!("{} ({})", law.text, law.rule)
    };
    for (number, line) in wrapped(&text, width).iter().enumerate() {
        let (id, holder) = if number == 0 { (law.id, holder(law)) } else { ("", "") };
        writeln!(out, "{}", format!("{id:<4} {holder:<18} {line}").trim_end())?;
    }
    Ok(())
}

/// Words in lines of at most this many characters, where a word is not longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("one at least");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

fn law_json(law: &Law) -> Value {
    let test = if let Held::Elsewhere(test) = law.held { Some(test) } else { None };
    json!({ "law": law.id, "text": law.text, "rule": law.rule, "held_by": holder(law), "test": test })
}

pub(super) fn tally_json(name: &str, tally: &Tally) -> Value {
    json!({
        "placer": name,
        "broken": null,
        "histories": tally.cases,
        "placements": tally.placements,
        "choices": tally.choices,
        "refusals": tally.refusals,
        "held": tally.held,
        "passed_over": tally.passed_over,
    })
}

pub(super) fn broken_json(name: &str, broken: &Broken) -> Value {
    json!({
        "placer": name,
        "broken": broken.law.id,
        "law": law_json(broken.law),
        "what": broken.what,
        "seed": broken.found_in.0,
        "case": broken.found_in.1,
        "step": broken.step,
        "steps": broken.history.steps.len(),
        "told": broken.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_are_no_longer_than_they_may_be() {
        assert_eq!(super::wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(super::wrapped("incomprehensible no", 4), ["incomprehensible", "no"], "a word is not cut");
    }
}
