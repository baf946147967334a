//! `stowplan sweep merge`: the results folder that `stowplan run` would have written.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::super::Exit;
use super::super::args::{Engine, RunArguments};
use super::super::run::conclude;
use super::args::{MergeArguments, folder_of};
use super::point::{self, Point};
use super::results::Target;
use super::{base_of, read, say_damaged, say_incomplete, status, timings};
use crate::analysis::record::RunRecord;
use crate::report::Overwrite;
use crate::report::csv::Timing;
use crate::sweep::merge::{MergeError, merge};
use crate::sweep::{Found, Plan};

/// The text of a row of a plan of one scenario as it is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Plain {
    /// The run ended.
    Record(Box<RunRecord>),
    /// It fails however often it is tried.
    Failed(String),
}

pub(super) fn run(arguments: &MergeArguments) -> anyhow::Result<Exit> {
    let plan = read(&arguments.plan)?;
    let folder = folder_of(&arguments.plan, arguments.folder.as_ref());
    let found = status::look(&folder, &plan)?;
    say_damaged(&found);
    let missing = found.missing(&plan);
    if !missing.runs.is_empty() {
        say_incomplete(&missing, &arguments.plan, &folder);
        return Ok(Exit::Incomplete);
    }
    match plan.is_plain {
        true => plain(arguments, &plan, &found),
        false => rows(arguments, &plan, &found),
    }
}

/// Several scenarios or points.
fn rows(arguments: &MergeArguments, plan: &Plan, found: &Found) -> anyhow::Result<Exit> {
    let path = arguments.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&plan.name));
    let overwrite = if arguments.force { Overwrite::Force } else { Overwrite::OwnOnly };
    let target = Target { plan, base: base_of(&arguments.plan), path: &path, overwrite, output: &arguments.output };
    let parts = found.parts.iter().map(|part| part.path.as_path());
    target.write(
        |take| merge(plan, found, |_, text| take(text)).map_err(flatten),
        &mut parts.flat_map(|part| timings::read(std::iter::once(part)).into_values()),
    )
}

/// One scenario as it is.
fn plain(arguments: &MergeArguments, plan: &Plan, found: &Found) -> anyhow::Result<Exit> {
    let planned = &plan.scenarios[0];
    let base = base_of(&arguments.plan);
    let loaded = match point::load(base, plan, 0, 0)? {
        Point::Ready(loaded) => loaded,
        Point::Invalid(problem) => anyhow::bail!("scenario `{}` cannot run: {problem}", planned.name),
    };
    let mut records = Vec::new();
    merge(plan, found, |run, text| take(plan, run, text, &mut records)).map_err(flatten)?;
    let mut known = timings::read(found.parts.iter().map(|part| part.path.as_path()));
    let run_arguments = as_run(arguments, plan, base.join(&planned.file));
    conclude(&run_arguments, loaded.scenario, &loaded.digest, |deliver| {
        records.into_iter().try_for_each(|record| {
            let timing = known.remove(&record.run).unwrap_or_else(|| unknown_timing(&record));
            deliver(record, timing)
        })
    })
}

fn take(plan: &Plan, run: u32, text: &str, records: &mut Vec<RunRecord>) -> anyhow::Result<()> {
    match serde_json::from_str(text).with_context(|| format!("run {run} cannot be read"))? {
        Plain::Record(record) => {
            records.push(*record);
            Ok(())
        }
        Plain::Failed(words) => {
            anyhow::bail!("run {run} of `{}` failed, and so does `stowplan run`: {words}", plan.name)
        }
    }
}

/// The error of a merge with that of its receiver in its place.
fn flatten(error: MergeError<anyhow::Error>) -> anyhow::Error {
    match error {
        MergeError::Receiver(error) => error,
        MergeError::Io(error) => error.into(),
        other => anyhow::anyhow!("{other}"),
    }
}

fn unknown_timing(record: &RunRecord) -> Timing {
    let (policy, wall) = (record.policy.clone(), Duration::ZERO);
    Timing { run: record.run, policy, seed: record.seed, wall, attempts: 0, paths: Vec::new() }
}

/// The call of `run` that comes to the same.
fn as_run(arguments: &MergeArguments, plan: &Plan, scenario: PathBuf) -> RunArguments {
    let planned = &plan.scenarios[0];
    let names = planned.policies.iter().map(|policy| policy.name.clone());
    RunArguments {
        scenario: Some(scenario),
        out: arguments.out.clone(),
        force: arguments.force,
        seeds: planned.is_narrowed.then_some(planned.seeds),
        policy: if planned.is_narrowed { names.collect() } else { Vec::new() },
        threads: None,
        events: false,
        no_pictures: !plan.pictures,
        engine: if plan.engine == "reference" { Engine::Reference } else { Engine::Fast },
        output: arguments.output.clone(),
    }
}
