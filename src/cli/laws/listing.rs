//! The laws as a list, and what was found as JSON.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use super::Heard;
use crate::cli::args::Format;
use crate::cli::kit::terminal;
use crate::laws::{Broken, Held, InLines, LAWS, Law, Tally};

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
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
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

/// What was heard of a placer as an object.
pub(super) fn json(heard: &Heard, is_foreign: bool) -> Value {
    match &heard.result {
        Ok(tally) => tally_json(&heard.name, tally),
        Err(broken) => broken_json(&heard.name, broken, is_foreign),
    }
}

/// What was heard of some placers, a row each.
pub(super) fn write_results(out: impl io::Write, all: &[Heard]) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(["placer", "broken", "what", "seed", "case", "step", "histories", "placements", "refusals"])?;
    for Heard { name, result, .. } in all {
        let text = |number: Option<String>| number.unwrap_or_default();
        let record = match result {
            Ok(tally) => {
                let counts = [tally.cases.to_string(), tally.placements.to_string(), tally.refusals.to_string()];
                [vec![name.clone()], vec![String::new(); 5], counts.to_vec()].concat()
            }
            Err(broken) => {
                let (seed, case) = broken.found_in;
                let step = text(broken.step.map(|step| step.to_string()));
                let found = [broken.what.clone(), seed.to_string(), text(case.map(|case| case.to_string())), step];
                [vec![name.clone(), broken.law.id.to_owned()], found.to_vec(), vec![String::new(); 3]].concat()
            }
        };
        rows.write_record(record)?;
    }
    rows.flush()
}

fn tally_json(name: &str, tally: &Tally) -> Value {
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

fn broken_json(name: &str, broken: &Broken, is_foreign: bool) -> Value {
    json!({
        "placer": name,
        "broken": broken.law.id,
        "law": law_json(broken.law),
        "what": broken.what,
        "seed": broken.found_in.0,
        "case": broken.found_in.1,
        "step": broken.step,
        "steps": broken.history.steps.len(),
        "comes_back": broken.comes_back,
        "questions": broken.questions(),
        "told": if is_foreign { InLines(broken).to_string() } else { broken.to_string() },
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
