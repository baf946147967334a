//! `stowplan laws`: holds a placer to the laws of placement, one in any language or the engines of this program.

mod cpu;
mod listing;
mod process;

use std::io::{self, Write as _};

use indicatif::ProgressBar;

use super::Exit;
use super::args::{Format, LawsArguments};
use super::kit::results::Stopwatch;
use super::kit::terminal;
use crate::laws::{Broken, Effort, InLines, Placers, Suite, Tally, engines};
use crate::model::counted;
use process::Process;

pub(super) fn run(arguments: &LawsArguments) -> anyhow::Result<Exit> {
    if arguments.list {
        listing::print(arguments.output.format)?;
        return Ok(Exit::Done);
    }
    let Some(command) = &arguments.placer else {
        let [reference, fast] = [
            held(&mut engines::Reference::default(), arguments, "the reference engine"),
            held(&mut engines::Fast::default(), arguments, "the fast engine"),
        ];
        return told(&[reference?, fast?], arguments);
    };
    let timeout = crate::scenario::parse_span(&arguments.timeout).map_err(|why| {
        anyhow::anyhow!("`--timeout {}` is no span of time: {why}; write it as 5s or 500ms", arguments.timeout)
    })?;
    let mut process = Process::new(command, timeout);
    let watch = Stopwatch::start();
    let held = held(&mut process, arguments, &format!("`{command}`"))?;
    let exit = told(std::slice::from_ref(&held), arguments)?;
    if exit == Exit::Done && arguments.output.format == Format::Table {
        pipe(&mut io::stdout().lock(), &process, watch.seconds())?;
    }
    Ok(exit)
}

/// A placer that was held to the laws.
struct Heard {
    name: String,
    result: Result<Tally, Box<Broken>>,
    seconds: f64,
}

/// How fast questions were answered over the pipe, our own part and the placer's told apart where the system does.
fn pipe(out: &mut impl io::Write, process: &Process, seconds: f64) -> io::Result<()> {
    let asked = process.asked();
    let a_second = |seconds: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = asked as f64 / seconds.max(0.001);
        format!("{rate:.0}")
    };
    let own = process.own_time().map(|own| own.as_secs_f64());
    let own =
        own.map(|own| format!("; the placer took {own:.1} s of it: {} a second without", a_second(seconds - own)));
    let questions = counted(asked, "question");
    let text = format!("{questions} over the pipe, {} a second{}", a_second(seconds), own.unwrap_or_default());
    indented(out, &text)
}

fn held(placers: &mut dyn Placers, arguments: &LawsArguments, name: &str) -> anyhow::Result<Heard> {
    let only = arguments.case;
    let effort = Effort {
        cases: only.map_or(arguments.cases, |_| 1),
        first: only.unwrap_or(0),
        seed: arguments.seed,
        compared: if only.is_some() { 1 } else { Effort::default().compared },
        fixtures: only.is_none(),
        ..Effort::default()
    };
    let watch = Stopwatch::start();
    let mut suite =
        Suite::new(placers, effort).map_err(|trouble| anyhow::anyhow!("{name} cannot be asked: {trouble}"))?;
    let bar = if arguments.output.quiet { ProgressBar::hidden() } else { ProgressBar::new(u64::from(suite.length())) };
    let result = loop {
        match suite.step() {
            Ok(true) => bar.inc(1),
            Ok(false) => break Ok(suite.tally.clone()),
            Err(broken) => break Err(broken),
        }
    };
    bar.finish_and_clear();
    drop(suite);
    Ok(Heard { name: name.to_owned(), result, seconds: watch.seconds() })
}

/// Prints what was heard of some placers.
fn told(all: &[Heard], arguments: &LawsArguments) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    let is_foreign = arguments.placer.is_some();
    match arguments.output.format {
        Format::Table => all.iter().try_for_each(|heard| said(&mut out, heard, is_foreign))?,
        Format::Json => all.iter().try_for_each(|heard| writeln!(out, "{}", listing::json(heard, is_foreign)))?,
        Format::Csv => listing::write_results(&mut out, all)?,
        Format::Markdown => {
            let mut csv = Vec::new();
            listing::write_results(&mut csv, all)?;
            out.write_all(crate::report::markdown_of_csv(&csv).as_bytes())?;
        }
    }
    out.flush()?;
    let broken = || all.iter().filter_map(|heard| heard.result.as_ref().err());
    for broken in broken() {
        if let ((seed, Some(case)), true) = (broken.found_in, broken.comes_back) {
            terminal::note(&arguments.output, &format!("again: --seed {seed} --case {case}"));
        }
    }
    Ok(if broken().next().is_none() { Exit::Done } else { Exit::AnswerIsNo })
}

fn said(out: &mut impl io::Write, heard: &Heard, is_foreign: bool) -> io::Result<()> {
    let Heard { name, result, seconds } = heard;
    let tally = match result {
        Ok(tally) => tally,
        Err(broken) if is_foreign => return writeln!(out, "{name}\n{}", InLines(broken)),
        Err(broken) => return writeln!(out, "{name}\n{broken}"),
    };
    let Tally { cases, placements, choices, refusals, held, passed_over } = tally;
    writeln!(out, "{name} is held to {}: none is broken", counted(held.len(), "law"))?;
    let histories = counted(*cases, "history");
    let [placements, refusals] = [counted(*placements, "placement"), counted(*refusals, "refusal")];
    let text = format!("{histories}, {placements} ({choices} with a choice), {refusals}, {seconds:.1} s");
    indented(out, &text)?;
    if passed_over.is_empty() {
        return Ok(());
    }
    let passed_over = passed_over.join(" ");
    indented(out, &format!("not asked, as it does not say that it knows what they are about: {passed_over}"))
}

/// Words below a heading, in lines of the terminal's width.
fn indented(out: &mut impl io::Write, text: &str) -> io::Result<()> {
    let width = terminal::width().max(40) - 2;
    listing::wrapped(text, width).iter().try_for_each(|line| writeln!(out, "  {line}"))
}
