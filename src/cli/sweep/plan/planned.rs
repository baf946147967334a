//! One scenario of a plan: every value of every varied key is put into it and read once.
//!
//! Combinations are not: of three keys with ten values each 28 are read and not 1,000. A combination that breaks a rule which
//! no value alone breaks is told by the rows of its runs.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use fs_err as fs;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::cli::args::Output;
use crate::cli::kit::{input, terminal};
use crate::cli::run::{fixed, narrow};
use crate::cli::sweep::point::with_point;
use crate::experiment::EngineKind;
use crate::model::Scenario;
use crate::scenario::{self, Diagnostic, LoadError, Loaded, SweptScenario};
use crate::sweep::{Fixed, Planned, PlannedPolicy};

/// What plans share.
pub(super) struct Asked<'a> {
    pub(super) engine: EngineKind,
    pub(super) output: &'a Output,
    /// Runs answer a question, one a policy, whatever the seeds.
    pub(super) answers: bool,
    /// The folder that paths in the plan start from.
    pub(super) base: PathBuf,
}

/// A scenario as the plan has it, and its description.
///
/// # Errors
/// If it cannot be read, or with one of the values cannot run; all problems have been shown then.
pub(super) fn planned(
    file: &Path,
    swept: &SweptScenario,
    seeds: Option<u32>,
    asked: &Asked<'_>,
) -> anyhow::Result<(Planned, String)> {
    let bytes = scenario::read_file(file).with_context(|| format!("cannot read scenario `{}`", file.display()))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut planned = Planned {
        file: relative(&asked.base, file)?,
        name: String::new(),
        sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        inputs: Vec::new(),
        seeds: 0,
        has_expectations: false,
        comparison: Fixed::default(),
        is_narrowed: seeds.is_some() || !swept.policies.is_empty(),
        policies: Vec::new(),
        axes: swept.axes.clone(),
    };
    let probes = probes(&planned);
    let looked: Vec<Looked> = probes.par_iter().map(|probe| look(&text, file, &planned, *probe)).collect();
    let mut scenarios = Vec::new();
    let mut inputs = BTreeSet::new();
    let mut wrong = 0;
    for (probe, looked) in probes.iter().zip(looked) {
        inputs.extend(looked.inputs);
        match looked.read {
            Ok(loaded) => scenarios.push(loaded),
            Err(problems) => {
                wrong += 1;
                tell(&problems, &planned, *probe, asked.output);
            }
        }
    }
    anyhow::ensure!(wrong == 0, "scenario `{}` cannot run with {wrong} of {} values", file.display(), probes.len());
    planned.inputs = inputs.into_iter().collect();
    let mut scenarios: Vec<(Scenario, Vec<Diagnostic>)> = scenarios;
    for (scenario, _) in &mut scenarios {
        narrow(scenario, seeds, &swept.policies)?;
    }
    let Some((first, warnings)) = scenarios.first() else { anyhow::bail!("no value of it can be read") };
    if !asked.output.quiet {
        input::show(warnings, asked.output);
    }
    ensure_alike(scenarios.iter().map(|(scenario, _)| scenario), file)?;
    fill(&mut planned, first);
    planned.name = swept.name.clone().unwrap_or(planned.name);
    let fixed: Vec<Vec<bool>> = scenarios.par_iter().map(|(scenario, _)| fixed(scenario, asked.engine)).collect();
    for (place, policy) in planned.policies.iter_mut().enumerate() {
        policy.is_fixed = asked.answers || fixed.iter().all(|fixed| fixed[place]);
    }
    Ok((planned, first.description.clone()))
}

/// What the plan says of its scenario.
fn fill(planned: &mut Planned, scenario: &Scenario) {
    let comparison = &scenario.comparison;
    planned.name.clone_from(&scenario.name);
    planned.seeds = scenario.seeds;
    planned.has_expectations = !scenario.expected.is_empty();
    planned.comparison = Fixed {
        primary: comparison.primary.clone(),
        smallest_effect: comparison.smallest_effect.map(|effect| effect.to_string()),
        baseline: comparison.baseline.clone(),
    };
    let policy = |name: &str| PlannedPolicy { name: name.to_owned(), is_fixed: false };
    planned.policies = scenario.policies.iter().map(|known| policy(&known.name)).collect();
}

/// The numbers of the points that are looked at: every value of each key beside the first values of the others.
fn probes(planned: &Planned) -> Vec<u64> {
    let mut probes = vec![0];
    let mut stride = 1_u64;
    for axis in planned.axes.iter().rev() {
        probes.extend(axis.values.probes().filter(|&value| value > 0).map(|value| value.saturating_mul(stride)));
        stride = stride.saturating_mul(axis.values.len());
    }
    probes
}

/// What a point turned out to be.
struct Looked {
    inputs: Vec<String>,
    read: Result<(Scenario, Vec<Diagnostic>), Problems>,
}

/// Why a point cannot run.
enum Problems {
    /// There is no such key.
    Key(String),
    /// It breaks rules of scenarios.
    Rules(Vec<Diagnostic>),
}

fn look(text: &str, file: &Path, planned: &Planned, point: u64) -> Looked {
    let text = match with_point(text.to_owned(), planned, point) {
        Ok(text) => text,
        Err(problem) => return Looked { inputs: Vec::new(), read: Err(Problems::Key(problem)) },
    };
    let hashes = |inputs: Vec<scenario::Input>| inputs.into_iter().map(|input| input.sha256).collect();
    match input::read_text(&text, file) {
        Ok(Loaded { scenario, warnings, inputs, .. }) => {
            Looked { inputs: hashes(inputs), read: Ok((scenario, warnings)) }
        }
        Err(LoadError { problems, inputs, .. }) => {
            Looked { inputs: hashes(inputs), read: Err(Problems::Rules(problems)) }
        }
    }
}

/// Says what is wrong with a point, and at which values.
fn tell(problems: &Problems, planned: &Planned, point: u64, output: &Output) {
    let values = planned.axes.iter().zip(planned.values_at(point));
    let at: Vec<String> = values.map(|(axis, value)| format!("`{}` = {}", axis.key, axis.values.toml(value))).collect();
    if !at.is_empty() {
        terminal::say(&format!("with {}:", at.join(", ")));
    }
    match problems {
        Problems::Key(problem) => terminal::say(&format!("error: {}: {problem}\n", planned.file)),
        Problems::Rules(problems) => input::show(problems, output),
    }
}

/// Rows are told apart by names, and runs are numbered by counts, that no value may change.
fn ensure_alike<'s>(scenarios: impl Iterator<Item = &'s Scenario>, file: &Path) -> anyhow::Result<()> {
    let identity = |scenario: &Scenario| {
        let names: Vec<String> = scenario.policies.iter().map(|policy| policy.name.clone()).collect();
        (scenario.name.clone(), scenario.seeds, names)
    };
    let mut all = scenarios.map(identity);
    let first = all.next();
    anyhow::ensure!(
        all.all(|other| Some(other) == first),
        "a varied key of `{}` changes the name, the seeds or the names of policies, by which runs are told apart; vary what is \
         in a policy, and name policies and seeds in the sweep",
        file.display()
    );
    Ok(())
}

/// A file as seen from a folder, so that both can be moved together.
pub(super) fn relative(base: &Path, file: &Path) -> anyhow::Result<String> {
    let (from, to) = (fs::canonicalize(base)?, fs::canonicalize(file)?);
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut path = PathBuf::new();
    from[shared..].iter().for_each(|_| path.push(".."));
    path.extend(&to[shared..]);
    let text = path.to_str().with_context(|| format!("the path `{}` is not UTF-8", path.display()))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_the_folder_of_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("a/b")).unwrap();
        fs::create_dir_all(path("c")).unwrap();
        fs::write(path("c/s.toml"), "").unwrap();
        assert_eq!(relative(&path("a/b"), &path("c/s.toml")).unwrap(), "../../c/s.toml");
        assert_eq!(relative(&path("c"), &path("c/s.toml")).unwrap(), "s.toml");
        assert_eq!(relative(&path("."), &path("c/s.toml")).unwrap(), "c/s.toml");
    }
}
