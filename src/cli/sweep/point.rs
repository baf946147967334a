//! The scenario of a point, as it was planned: nothing of it may have changed since.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::super::kit::input;
use super::super::run::narrow;
use super::Changed;
use crate::model::Scenario;
use crate::scenario::{self, Input, LoadError, Loaded, Rule, Setting, with_values};
use crate::sweep::{Plan, Planned};

/// A point that can run, or says why it never will.
pub(super) enum Point {
    /// Its scenario, with the seeds and policies of the plan.
    Ready(Box<Loaded>),
    /// It breaks a rule of scenarios.
    Invalid(String),
}

/// The text of a planned scenario.
///
/// # Errors
/// If it cannot be read, or is another than was planned.
pub(super) fn text_of(base: &Path, planned: &Planned) -> anyhow::Result<(PathBuf, String)> {
    let path = base.join(&planned.file);
    let bytes = scenario::read_file(&path)
        .map_err(|error| anyhow::anyhow!("cannot read scenario `{}`: {error}", path.display()))?;
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if found != planned.sha256 {
        return Err(changed(&path.display().to_string(), &planned.name));
    }
    let text = String::from_utf8(bytes).map_err(|_| changed(&path.display().to_string(), &planned.name))?;
    Ok((path, text))
}

fn changed(file: &str, scenario: &str) -> anyhow::Error {
    Changed(format!(
        "`{file}` of scenario `{scenario}` is not what was planned: it changed since; put back what it was, or plan again \
         with `stowplan sweep plan` and start all shards anew"
    ))
    .into()
}

/// The scenario of a point of a plan.
///
/// # Errors
/// If a file cannot be read, or is another than was planned.
pub(super) fn load(base: &Path, plan: &Plan, scenario: usize, point: u64) -> anyhow::Result<Point> {
    let planned = &plan.scenarios[scenario];
    let (path, text) = text_of(base, planned)?;
    let text = match with_point(text, planned, point) {
        Ok(text) => text,
        Err(problem) => return Ok(Point::Invalid(problem)),
    };
    let (inputs, read) = match input::read_text(&text, &path) {
        Ok(loaded) => (loaded.inputs.clone(), Ok(loaded)),
        Err(LoadError { problems, inputs, .. }) => (inputs, Err(problems)),
    };
    ensure_planned(&inputs, planned)?;
    let mut loaded = match read {
        Ok(loaded) => loaded,
        Err(problems) => {
            // A file that is not there, as where a disk is not mounted, is no fault of the point.
            if let Some(problem) = problems.iter().find(|problem| problem.rule == Rule::Unreadable) {
                anyhow::bail!("{problem}");
            }
            // Without the place: where the file lies is no part of a result.
            let said = |problem: &scenario::Diagnostic| format!("error[{}]: {}", problem.rule.code(), problem.message);
            let worst = problems.iter().find(|problem| problem.severity() == scenario::Severity::Error);
            return Ok(Point::Invalid(worst.map_or_else(String::new, said)));
        }
    };
    match narrow_to(&mut loaded.scenario, planned) {
        Ok(()) => Ok(Point::Ready(Box::new(loaded))),
        Err(problem) => Ok(Point::Invalid(problem.to_string())),
    }
}

/// The text of a scenario with the values of a point.
///
/// # Errors
/// If it has no such key.
pub(super) fn with_point(text: String, planned: &Planned, point: u64) -> Result<String, String> {
    if planned.axes.is_empty() {
        return Ok(text);
    }
    let values = planned.values_at(point);
    let settings = planned.axes.iter().zip(values);
    with_values(&text, settings.map(|(axis, value)| Setting { path: &axis.key, value: axis.values.toml(value).into() }))
}

fn ensure_planned(inputs: &[Input], planned: &Planned) -> anyhow::Result<()> {
    match inputs.iter().find(|input| planned.inputs.binary_search(&input.sha256).is_err()) {
        Some(input) => Err(changed(&input.name, &planned.name)),
        None => Ok(()),
    }
}

/// Leaves the seeds and policies of the plan.
fn narrow_to(scenario: &mut Scenario, planned: &Planned) -> anyhow::Result<()> {
    let names: Vec<String> = planned.policies.iter().map(|policy| policy.name.clone()).collect();
    narrow(scenario, Some(planned.seeds), &names)
}
