//! `stowplan import --members`: what becomes of every member of the API, for people, programs and pages.

use std::io::{self, Write as _};

use crate::aws::members::{self, Fate, Member};
use crate::cli::Exit;
use crate::cli::args::{Format, Output};
use crate::cli::kit::terminal;

/// Where the last column begins.
const INDENT: usize = 46;

pub(super) fn run(output: &Output) -> anyhow::Result<Exit> {
    let text = match output.format {
        Format::Csv => members::csv().to_owned(),
        Format::Markdown => crate::report::markdown_of_csv(members::csv().as_bytes()),
        Format::Json => json(),
        Format::Table => table(terminal::width()),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

fn json() -> String {
    let rows = members::all().into_iter().map(|Member { shape, member, kind, fate, what }| {
        serde_json::json!({ "shape": shape, "member": member, "type": kind, "fate": fate.to_string(), "what": what })
    });
    let rows = serde_json::Value::Array(rows.collect());
    format!("{rows:#}\n")
}

fn table(width: usize) -> String {
    let members = members::all();
    let mut text = format!("{} members of {}\n", members.len(), members::MODEL);
    for fate in Fate::ALL {
        let meaning = lines(fate.meaning(), width.saturating_sub(10)).join(&format!("\n{:10}", ""));
        text.push_str(&format!("  {fate:<8}{meaning}\n"));
    }
    let mut shape = String::new();
    for Member { shape: of, member, fate, what, .. } in members {
        if of != shape {
            text.push_str(&format!("\n{of}\n"));
            shape = of;
        }
        let what = lines(&what, width.saturating_sub(INDENT)).join(&format!("\n{:INDENT$}", ""));
        text.push_str(&format!("  {member:<34} {fate:<8} {what}\n"));
    }
    text
}

/// A text in lines of at most so many characters, if its words let it.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
