//! `stowplan sweep emit`: the script for an engine, with a number of shards that suits it.
//!
//! A few runs from all over the plan are timed first, on one thread: a shard should take longer than the engine takes to start
//! it. What is printed says so; nothing of it decides a result.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::super::Exit;
use super::super::kit::results::Stopwatch;
use super::super::kit::terminal;
use super::args::{EmitArguments, folder_of};
use super::execute::Session;
use super::{base_of, read};
use crate::model::counted;
use crate::simulation::Control;
use crate::sweep::Plan;
use crate::sweep::engines::{Job, script};

/// The probe ends after so many seconds, whatever it has seen.
const LONGEST_PROBE: f64 = 4.0;
/// It looks at so many runs.
const MOST_PROBED: u32 = 24;

pub(super) fn run(arguments: &EmitArguments) -> anyhow::Result<Exit> {
    let plan = read(&arguments.plan)?;
    let folder = folder_of(&arguments.plan, arguments.folder.as_ref());
    let results = arguments.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&plan.name));
    let seconds = probe(&plan, arguments)?;
    let total = seconds * f64::from(plan.total());
    let shards = arguments.shards.unwrap_or_else(|| fitting(total, arguments, &plan));
    let each = total / f64::from(shards);
    let least = arguments.engine.least_seconds();
    if each < least && shards > 1 {
        let words = format!(
            "note: a shard would take {}, and starting one on this engine is worth shards of {} and more: {} would do",
            about(each),
            about(least),
            fitting(total, arguments, &plan)
        );
        terminal::note(&arguments.output, &words);
    }
    let most = arguments.engine.most_shards();
    if shards > most {
        let words =
            format!("warning: {} takes {most} shards in one job unless it was set up for more", arguments.engine);
        terminal::say(&words);
    }
    let estimate = about(each);
    let job = Job {
        name: &plan.name,
        plan: &arguments.plan.display().to_string(),
        folder: &folder.display().to_string(),
        results: &results.display().to_string(),
        shards,
        runs: plan.total(),
        estimate: &estimate,
        minutes: minutes(each),
    };
    io::stdout().lock().write_all(script(arguments.engine, &job).as_bytes())?;
    Ok(Exit::Done)
}

/// Seconds of one run, with its share of what a shard reads.
fn probe(plan: &Plan, arguments: &EmitArguments) -> anyhow::Result<f64> {
    let session = Session::new(plan, base_of(&arguments.plan).to_owned(), Arc::new(Control::default()));
    let count = plan.total().clamp(1, MOST_PROBED);
    let stopwatch = Stopwatch::start();
    let mut done = 0_u32;
    // The middles of equal stretches of the plan.
    for place in 0..count {
        let run = u32::try_from((u64::from(place) * 2 + 1) * u64::from(plan.total()) / (u64::from(count) * 2));
        session.run(&[run.unwrap_or_default().min(plan.total().saturating_sub(1))], &|| {})?;
        done += 1;
        if stopwatch.seconds() > LONGEST_PROBE {
            break;
        }
    }
    let seconds = stopwatch.seconds() / f64::from(done.max(1));
    let all = counted(plan.total(), "run");
    let words = format!("note: {done} of {all} timed: {} each, on one thread", about(seconds));
    terminal::note(&arguments.output, &words);
    Ok(seconds)
}

/// As many shards as take the least that is worth starting.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a small whole number")]
fn fitting(total: f64, arguments: &EmitArguments, plan: &Plan) -> u32 {
    let most = arguments.engine.most_shards().min(plan.total().max(1));
    (total / arguments.engine.least_seconds()).floor().clamp(1.0, f64::from(most)) as u32
}

/// Ten times what a shard is expected to take, and twenty minutes at least.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a month of minutes")]
fn minutes(each: f64) -> u64 {
    (each / 6.0).ceil().clamp(20.0, 43_200.0) as u64
}

/// `about 40 s`.
fn about(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.001 => "less than a millisecond".to_owned(),
        seconds if seconds < 1.0 => format!("about {:.0} ms", seconds * 1_000.0),
        seconds if seconds < 120.0 => format!("about {seconds:.0} s"),
        seconds => format!("about {:.0} min", seconds / 60.0),
    }
}
