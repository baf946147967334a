//! `stowplan sweep …`: many runs in shards, wherever they run.

pub(super) mod args;
mod emit;
mod execute;
mod index;
mod merge;
pub(super) mod plan;
mod point;
mod question;
pub(super) mod results;
mod shard;
mod status;
mod timings;

use std::path::Path;

use super::Exit;
use super::kit::terminal;
use crate::sweep::{Missing, Plan, PlanError, Stranger};
use args::SweepCommand;

pub(super) fn run(command: &SweepCommand) -> anyhow::Result<Exit> {
    match command {
        SweepCommand::Plan(arguments) => plan::run(arguments),
        SweepCommand::Run(arguments) => or_never(shard::run(arguments)),
        SweepCommand::Status(arguments) => status::run(arguments),
        SweepCommand::Merge(arguments) => merge::run(arguments),
        SweepCommand::Emit(arguments) => emit::run(arguments),
    }
}

/// What was planned is not what is there now: trying again changes nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Changed(String);

/// Tells what will never succeed by an exit code of its own, so that engines do not try it again.
fn or_never(ended: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    let error = match ended {
        Ok(exit) => return Ok(exit),
        Err(error) => error,
    };
    let is_final = error.downcast_ref::<PlanError>().is_some_and(PlanError::is_final)
        || matches!(error.downcast_ref::<Stranger>(), Some(Stranger::OtherPlan { .. }))
        || error.is::<Changed>();
    if !is_final {
        return Err(error);
    }
    terminal::say(&format!("error: {error:#}"));
    Ok(Exit::NeverSucceeds)
}

/// Says what is missing and what to do, for `status` and `merge`.
fn say_incomplete(missing: &Missing, plan: &Path, folder: &Path) {
    let (plan, folder) = (plan.display(), folder.display());
    terminal::say(&format!(
        "incomplete: in `{folder}` {missing}\n\
         `stowplan sweep status {plan} {folder} --missing-shards N` prints the shards, of N, to run again; `stowplan sweep \
         run {plan} --shard K/N -o {folder}` runs one"
    ));
}

/// The parts of a folder that do not count, each with what to do.
fn say_damaged(found: &crate::sweep::Found) {
    for (path, damage) in &found.damaged {
        terminal::say(&format!(
            "warning: `{}` does not count: {damage}; its runs are missing, and running its shard again sets it aside",
            path.display()
        ));
    }
}

/// The folder that the paths in a plan start from.
fn base_of(plan: &Path) -> &Path {
    plan.parent().unwrap_or(Path::new(""))
}

/// Whether a plan can be merged and run here.
fn read(path: &Path) -> Result<Plan, PlanError> {
    Plan::read(path)
}
