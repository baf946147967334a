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
use crate::laws::{Effort, Placers, Suite, Tally, engines};
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
        return Ok(if [reference?, fast?].contains(&Exit::AnswerIsNo) { Exit::AnswerIsNo } else { Exit::Done });
    };
    let timeout = crate::scenario::parse_span(&arguments.timeout).map_err(|why| {
        anyhow::anyhow!("`--timeout {}` is no span of time: {why}; write it as 5s or 500ms", arguments.timeout)
    })?;
    let mut process = Process::new(command, timeout);
    let watch = Stopwatch::start();
    let exit = held(&mut process, arguments, &format!("`{command}`"))?;
    if exit == Exit::Done && arguments.output.format == Format::Table {
        pipe(&mut io::stdout().lock(), &process, watch.seconds())?;
    }
    Ok(exit)
}

/// How fast questions were answered over the pipe, our own part and the placer's told apart where the system does.
fn pipe(out: &mut impl io::Write, process: &Process, seconds: f64) -> io::Result<()> {
    let asked = process.asked();
    let a_second = |seconds: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = asked as f64 / seconds.max(0.001);
        format!("{rate:.0}")
    };
    write!(out, "  {asked} questions over the pipe, {} a second", a_second(seconds))?;
    match process.own_time().map(|own| own.as_secs_f64()) {
        Some(own) => {
            writeln!(out, "; the placer took {own:.1} s of it: {} a second without", a_second(seconds - own))
        }
        None => writeln!(out),
    }
}

fn held(placers: &mut dyn Placers, arguments: &LawsArguments, name: &str) -> anyhow::Result<Exit> {
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
    let seconds = watch.seconds();
    let mut out = io::stdout().lock();
    match (&result, arguments.output.format) {
        (Ok(tally), Format::Table) => said(&mut out, name, tally, seconds)?,
        (Err(broken), Format::Table) => writeln!(out, "{name}\n{broken}")?,
        (Ok(tally), _) => writeln!(out, "{}", listing::tally_json(name, tally))?,
        (Err(broken), _) => writeln!(out, "{}", listing::broken_json(name, broken))?,
    }
    out.flush()?;
    if let Err((seed, Some(case))) = result.as_ref().map_err(|broken| broken.found_in) {
        terminal::note(&arguments.output, &format!("again: --seed {seed} --case {case}"));
    }
    Ok(if result.is_ok() { Exit::Done } else { Exit::AnswerIsNo })
}

fn said(out: &mut impl io::Write, name: &str, tally: &Tally, seconds: f64) -> io::Result<()> {
    writeln!(
        out,
        "{name} is held to {} laws: none is broken\n  {} histories, {} placements ({} with a choice), {} refusals, {seconds:.1} s",
        tally.held.len(),
        tally.cases,
        tally.placements,
        tally.choices,
        tally.refusals
    )?;
    if !tally.passed_over.is_empty() {
        writeln!(
            out,
            "  not asked, as it does not say that it knows what they are about: {}",
            tally.passed_over.join(" ")
        )?;
    }
    Ok(())
}
