//! What is wrong with documents, on standard error: errors where nothing is written, warnings where something is left out.
//!
//! A page that is broken throughout would fill the screen: of problems that differ by their positions alone the first few
//! are shown, and the rest counted.

use annotate_snippets::{Level, Origin, Renderer};

use crate::aws::{Effect, Problem};
use crate::cli::args::Output;
use crate::cli::kit::terminal;
use crate::model::counted;
use crate::scenario::Style;

/// At most so many problems of the same member are shown.
const SHOWN: usize = 3;

/// Shows problems. `is_something`: without what they leave out there is something to go on with.
///
/// # Errors
/// If one of them is refused, or nothing is left.
pub(super) fn tell(problems: &[Problem], is_something: bool, output: &Output) -> anyhow::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let is_refused = problems.iter().any(Problem::is_refused);
    show(problems, is_something, output);
    let count = counted(problems.len(), "problem");
    anyhow::ensure!(!is_refused, "cannot import: {count}");
    anyhow::ensure!(is_something, "cannot import: nothing is left of the files: {count}");
    terminal::note(output, "note: what the warnings name is left out; the rest is read");
    Ok(())
}

fn show(problems: &[Problem], is_something: bool, output: &Output) {
    let style = terminal::diagnostic_style(output);
    let mut told: Vec<(String, usize)> = Vec::new();
    for problem in problems {
        let key = format!("{}\0{}\0{}", problem.file, without_positions(&problem.member), problem.help);
        let position = told.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            told.push((key, 0));
            told.len() - 1
        });
        told[position].1 += 1;
        if problem.member.is_empty() || told[position].1 <= SHOWN {
            terminal::say(&render(problem, is_something, style));
        }
    }
    for (key, count) in told.iter().filter(|(key, count)| *count > SHOWN && !key.contains("\0\0")) {
        let mut parts = key.split('\0');
        let (file, member) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        terminal::say(&format!("... and {} more like it at {file}: {member}\n", count - SHOWN));
    }
}

/// `tasks[7].cpu` as `tasks[].cpu`.
fn without_positions(member: &str) -> String {
    member.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn render(problem: &Problem, is_something: bool, style: Style) -> String {
    let place = problem.place();
    let level = if problem.is_refused() || !is_something { Level::ERROR } else { Level::WARNING };
    let mut group = level.primary_title(problem.message.as_str()).element(Origin::path(place.as_str()));
    if let Effect::LeftOut(consequence) = &problem.effect
        && !consequence.is_empty()
    {
        group = group.element(Level::NOTE.message(consequence.as_str()));
    }
    let group = group.element(Level::HELP.message(problem.help.as_str()));
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    format!("{}\n", renderer.render(&[group]))
}
