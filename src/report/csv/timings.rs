//! `timings.csv`: what runs cost on a clock; the only file that two identical experiments may disagree on.

use std::io::{self, Write};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Table;

/// The cost of one run, measured by the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Number of the run.
    pub run: u32,
    /// Policy name.
    pub policy: String,
    /// Seed number.
    pub seed: u32,
    /// Wall-clock time of the whole run.
    pub wall: Duration,
    /// Attempts to place a task.
    pub attempts: u64,
    /// Which ways instances were found, such as `scan`; each once.
    pub paths: Vec<String>,
}

/// Writes `timings.csv`, rows in the order given.
///
/// `attempts_per_s` is empty for a run that took no measurable time.
///
/// # Errors
/// What `out` answers.
pub fn write_timings(out: &mut impl Write, timings: &[Timing]) -> io::Result<()> {
    write_timings_of(out, &mut timings.iter().cloned())
}

/// The same of timings that come one after another.
pub(in crate::report) fn write_timings_of(
    out: &mut impl Write,
    timings: &mut dyn Iterator<Item = Timing>,
) -> io::Result<()> {
    let mut table = Table::new(out, ["run", "policy", "seed", "wall_s", "attempts", "attempts_per_s", "paths"])?;
    for timing in timings {
        table.cell(timing.run)?;
        table.cell(timing.policy.as_str())?;
        table.cell(timing.seed)?;
        table.cell(timing.wall.as_secs_f64())?;
        table.cell(timing.attempts)?;
        table.cell(attempts_per_second(&timing))?;
        table.cell(timing.paths.join("; ").as_str())?;
        table.end_row()?;
    }
    table.finish()
}

/// Rounded to a whole number: the clock has no more digits than that to say.
#[expect(clippy::cast_precision_loss, reason = "a rate for people, from counts below 2^53")]
fn attempts_per_second(timing: &Timing) -> Option<f64> {
    let seconds = timing.wall.as_secs_f64();
    (seconds > 0.0).then(|| (timing.attempts as f64 / seconds).round())
}
