//! The plan of a sweep: its axes, and the hash of everything that decides a result.
//!
//! Runs are not listed. Scenarios come one after another; within one its points (the last varied key moves first), within a
//! point its policies, within a policy its seeds. A policy that draws nothing under a load that draws nothing has one run
//! alone, as others would be copies. So the place of a run follows from its number by division, and a plan of a million runs is
//! as small as one of ten.
//!
//! Whether a policy draws is looked at for every value of an axis beside the first values of the others: a policy has one run
//! only if that holds everywhere. A point that draws less than its plan expects says so in its rows.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::axis::Axis;
use super::picture::PlannedPicture;

/// The format of plans that this program writes and reads.
pub const FORMAT: u32 = 1;
/// The most runs of a plan.
pub const MOST_RUNS: u64 = 100_000_000;
/// Name of the program, the first thing a plan says.
const PROGRAM: &str = "stowplan";

/// Why a plan cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It cannot be read.
    #[error("cannot read the plan `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: std::io::Error,
    },
    /// It is no plan.
    #[error("`{}` is no plan of a sweep ({problem}); `stowplan sweep plan SCENARIO -o plan.json` writes one", .path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another version of the program wrote it, and would come to other results.
    #[error("the plan `{}` is of stowplan {theirs}, and this is {}: use that version, or plan again with this one", .path.display(), crate::VERSION)]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The version that wrote it.
        theirs: String,
    },
    /// Somebody changed it.
    #[error("the plan `{}` was changed after it was written: its hash does not hold; plan again with `stowplan sweep plan`", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

impl PlanError {
    /// Whether it will be the same however often it is tried.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Read { .. })
    }
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Always `stowplan`.
    pub program: String,
    /// Version of the program.
    pub version: String,
    /// Format of the plan, see [`FORMAT`].
    pub format: u32,
    /// SHA-256 of everything that decides a result: all below but where files are and which pictures are asked for.
    pub hash: String,
    /// Name of the sweep, or of its only scenario.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// What was planned, as a path from the folder of the plan.
    pub file: String,
    /// Whether it is one scenario as it is, so that it merges to what `stowplan run` writes.
    pub is_plain: bool,
    /// Name of the engine.
    pub engine: String,
    /// Whether pictures are drawn.
    pub pictures: bool,
    /// What each run answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The scenarios, in the order of their runs.
    pub scenarios: Vec<Planned>,
    /// The pictures that are asked for, in place of those of every key; none of a sweep that asks for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<PlannedPicture>,
}

/// One scenario of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Its file, as a path from the folder of the plan.
    pub file: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of its text as it is written.
    pub sha256: String,
    /// SHA-256 of every file that it reads, ascending.
    pub inputs: Vec<String>,
    /// Number of seeds.
    pub seeds: u32,
    /// Whether it expects anything of its figures.
    pub has_expectations: bool,
    /// What was fixed before the runs for comparing policies.
    pub comparison: Fixed,
    /// Seeds or policies are not all of the scenario's own, so that its expectations are not asked.
    pub is_narrowed: bool,
    /// The policies, in the order of their runs.
    pub policies: Vec<PlannedPolicy>,
    /// The varied keys; the last moves first.
    pub axes: Vec<Axis>,
}

/// What a scenario fixes of comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixed {
    /// The figure that ranks.
    pub primary: Option<String>,
    /// The smallest difference of it that matters, as it prints.
    pub smallest_effect: Option<String>,
    /// The policy that others are compared with.
    pub baseline: Option<String>,
}

/// One policy of a scenario of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPolicy {
    /// Its name.
    pub name: String,
    /// Neither it nor the load draws anything, so that it has one run a point.
    pub is_fixed: bool,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the run in the plan.
    pub run: u32,
    /// Position of the scenario.
    pub scenario: usize,
    /// Number of the point among those of the scenario.
    pub point: u64,
    /// Position of the policy among the planned ones.
    pub policy: usize,
    /// Seed number, from 1.
    pub seed: u32,
}

impl Planned {
    /// How many combinations of values there are.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.axes.iter().map(|axis| axis.values.len()).fold(1, u64::saturating_mul)
    }

    /// How many runs a point has.
    #[must_use]
    pub fn runs_of_point(&self) -> u64 {
        self.policies.iter().map(|policy| u64::from(self.seeds_of(policy))).sum()
    }

    fn seeds_of(&self, policy: &PlannedPolicy) -> u32 {
        if policy.is_fixed { self.seeds.min(1) } else { self.seeds }
    }

    fn runs(&self) -> u64 {
        self.points().saturating_mul(self.runs_of_point())
    }

    /// For each axis, the number of its value at a point.
    #[must_use]
    pub fn values_at(&self, point: u64) -> Vec<u64> {
        let mut rest = point;
        let mut values: Vec<u64> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let length = axis.values.len().max(1);
                let value = rest % length;
                rest /= length;
                value
            })
            .collect();
        values.reverse();
        values
    }

    /// The policy and the seed of the run of a point with this number.
    fn case(&self, mut number: u64) -> Option<(usize, u32)> {
        for (position, policy) in self.policies.iter().enumerate() {
            let seeds = u64::from(self.seeds_of(policy));
            if number < seeds {
                return Some((position, u32::try_from(number).ok()? + 1));
            }
            number -= seeds;
        }
        None
    }
}

impl Plan {
    /// A plan with its hash; the other fields are given.
    #[must_use]
    pub fn sealed(self) -> Self {
        let plan = Self { program: PROGRAM.to_owned(), version: crate::VERSION.to_owned(), format: FORMAT, ..self };
        Self { hash: plan.hash_of(), ..plan }
    }

    /// Where files lie decides no row, nor does what is drawn of it; what is in files does.
    fn hash_of(&self) -> String {
        let scenarios = self.scenarios.iter().map(|scenario| Planned { file: String::new(), ..scenario.clone() });
        let scenarios = scenarios.collect();
        let (hash, file, drawn) = (String::new(), String::new(), Vec::new());
        let bare = Self { hash, file, drawn, scenarios, ..self.clone() };
        let text = serde_json::to_string(&bare).expect("a plan is plain data");
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// How many runs it has.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.scenarios.iter().map(Planned::runs).fold(0, u64::saturating_add)
    }

    /// The same, as runs are numbered.
    ///
    /// # Panics
    /// If they are more than [`MOST_RUNS`], which no plan that is written or read has.
    #[must_use]
    pub fn total(&self) -> u32 {
        u32::try_from(self.runs()).expect("a plan has at most MOST_RUNS runs")
    }

    /// The place of a run; `None` if there are fewer.
    #[must_use]
    pub fn locate(&self, run: u32) -> Option<Place> {
        let mut number = u64::from(run);
        for (scenario, planned) in self.scenarios.iter().enumerate() {
            if number < planned.runs() {
                let (point, case) = (number / planned.runs_of_point(), number % planned.runs_of_point());
                let (policy, seed) = planned.case(case)?;
                return Some(Place { run, scenario, point, policy, seed });
            }
            number -= planned.runs();
        }
        None
    }

    /// Every key that is varied in some scenario, in the order of their first mention.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for axis in self.scenarios.iter().flat_map(|scenario| &scenario.axes) {
            if !keys.contains(&axis.key.as_str()) {
                keys.push(&axis.key);
            }
        }
        keys
    }

    /// What stands in the columns of [`Plan::keys`] for a place; empty where the scenario does not vary the key.
    #[must_use]
    pub fn cells(&self, place: Place) -> Vec<String> {
        let planned = &self.scenarios[place.scenario];
        let at = planned.values_at(place.point);
        let cell = |key: &str| {
            let axis = planned.axes.iter().position(|axis| axis.key == key)?;
            Some(planned.axes[axis].values.cell(at[axis]))
        };
        self.keys().into_iter().map(|key| cell(key).unwrap_or_default()).collect()
    }

    /// The plan as results folders tell it: names of files, and not where they lie.
    #[must_use]
    pub fn without_paths(mut self) -> Self {
        let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        self.file = name(&self.file);
        self.scenarios.iter_mut().for_each(|planned| planned.file = name(&planned.file));
        self
    }

    /// As JSON with a final newline.
    ///
    /// # Panics
    /// Never: a plan is plain data.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a plan is plain data");
        text.push('\n');
        text
    }

    /// Reads a plan that this program wrote.
    ///
    /// # Errors
    /// If it cannot be read, is none, or is of another version.
    pub fn read(path: &Path) -> Result<Self, PlanError> {
        /// What every plan has, of whatever format.
        #[derive(Deserialize)]
        struct Head {
            program: String,
            version: String,
            format: u32,
        }
        let path = path.to_owned();
        let no_plan = |problem: String| PlanError::NoPlan { path: path.clone(), problem };
        let bytes = std::fs::read(&path).map_err(|source| PlanError::Read { path: path.clone(), source })?;
        let head: Head = serde_json::from_slice(&bytes).map_err(|error| no_plan(error.to_string()))?;
        if head.program != PROGRAM {
            return Err(no_plan(format!("written by `{}`", head.program)));
        }
        if head.version != crate::VERSION || head.format != FORMAT {
            return Err(PlanError::OtherVersion { path, theirs: head.version });
        }
        let plan: Self = serde_json::from_slice(&bytes).map_err(|error| no_plan(error.to_string()))?;
        if plan.hash != plan.hash_of() || plan.runs() > MOST_RUNS || !plan.is_sound() {
            return Err(PlanError::Changed { path });
        }
        Ok(plan)
    }

    /// Whether every division in it is possible.
    fn is_sound(&self) -> bool {
        self.scenarios.iter().all(|scenario| scenario.runs_of_point() > 0 && scenario.points() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::{Range, Values};
    use super::*;

    fn planned(name: &str, seeds: u32, fixed: &[bool], axes: &[(&str, &[&str])]) -> Planned {
        let policy = |(place, &is_fixed): (usize, &bool)| PlannedPolicy { name: format!("p{place}"), is_fixed };
        let axis = |(key, values): &(&str, &[&str])| Axis {
            key: (*key).to_owned(),
            values: Values::List(values.iter().map(|value| (*value).to_owned()).collect()),
        };
        Planned {
            file: format!("{name}.toml"),
            name: name.to_owned(),
            sha256: "00".into(),
            inputs: Vec::new(),
            seeds,
            has_expectations: false,
            comparison: Fixed::default(),
            is_narrowed: false,
            policies: fixed.iter().enumerate().map(policy).collect(),
            axes: axes.iter().map(axis).collect(),
        }
    }

    fn plan(scenarios: Vec<Planned>) -> Plan {
        Plan {
            program: String::new(),
            version: String::new(),
            format: 0,
            hash: String::new(),
            name: "sweep".into(),
            description: String::new(),
            file: "sweep.toml".into(),
            is_plain: false,
            engine: "fast".into(),
            pictures: true,
            question: None,
            scenarios,
            drawn: Vec::new(),
        }
        .sealed()
    }

    /// Nested loops over the axes say the same as the arithmetic.
    #[test]
    fn the_arithmetic_is_that_of_nested_loops() {
        let plan = plan(vec![
            planned("a", 3, &[false, true], &[("x", &["1", "2"]), ("y", &["7", "8", "9"])]),
            planned("b", 2, &[true], &[]),
            planned("c", 2, &[false], &[("y", &["5"])]),
        ]);
        let mut expected = Vec::new();
        for (scenario, planned) in plan.scenarios.iter().enumerate() {
            let of = |axis: usize| planned.axes.get(axis).map_or(1, |axis| axis.values.len());
            for point in 0..of(0) * of(1) {
                for (policy, entry) in planned.policies.iter().enumerate() {
                    for seed in 1..=(if entry.is_fixed { 1 } else { planned.seeds }) {
                        let run = u32::try_from(expected.len()).unwrap();
                        expected.push(Place { run, scenario, point, policy, seed });
                    }
                }
            }
        }
        assert_eq!(plan.total() as usize, expected.len());
        assert_eq!(plan.total(), 6 * 4 + 1 + 2);
        for place in &expected {
            assert_eq!(plan.locate(place.run), Some(*place));
        }
        assert_eq!(plan.locate(plan.total()), None);
        assert_eq!(plan.keys(), ["x", "y"]);
        assert_eq!(plan.cells(expected[5]), ["1", "8"], "the last key moves first");
        assert_eq!(plan.cells(expected[26]), ["", "5"]);
    }

    #[test]
    fn a_plan_reads_back_and_a_changed_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        let plan = plan(vec![planned("a", 3, &[false], &[("x", &["1"])])]);
        std::fs::write(&path, plan.to_json()).unwrap();
        assert_eq!(Plan::read(&path).unwrap(), plan);
        let check = |from: &str, to: &str, expected: &str| {
            let text = plan.to_json();
            assert!(text.contains(from), "{from} is not in the plan");
            std::fs::write(&path, text.replace(from, to)).unwrap();
            let error = Plan::read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("\"seeds\": 3", "\"seeds\": 4", "was changed after it was written");
        check(&format!("\"version\": \"{}\"", crate::VERSION), "\"version\": \"9.9.9\"", "of stowplan 9.9.9");
        check("\"program\": \"stowplan\"", "\"program\": \"other\"", "is no plan");
        check("{", "", "is no plan");
    }

    #[test]
    fn the_hash_is_of_what_decides_results_and_not_of_where_files_are() {
        let here = plan(vec![planned("a", 3, &[false], &[])]);
        let mut there = here.clone();
        there.scenarios[0].file = "/elsewhere/a.toml".into();
        assert_eq!(there.sealed().hash, here.hash);
        let mut drawn = here.clone();
        let (name, figure) = ("p".to_owned(), "f".to_owned());
        drawn.drawn.push(PlannedPicture {
            name,
            figure,
            title: None,
            scenarios: Vec::new(),
            policies: Vec::new(),
            at: Vec::new(),
        });
        assert_eq!(drawn.sealed().hash, here.hash, "shards need not run again for another picture");
        let mut other = here.clone();
        other.scenarios[0].inputs.push("11".into());
        assert_ne!(other.sealed().hash, here.hash);
    }

    #[test]
    fn a_million_runs_are_a_small_plan() {
        let mut wide = planned("a", 20, &[false], &[]);
        let values = Values::Range(Range { from: 1, to: 50_000, step: 1 });
        wide.axes.push(Axis { key: "cluster.instances[0].count".into(), values });
        let plan = plan(vec![wide]);
        assert_eq!(plan.total(), 1_000_000);
        assert!(plan.to_json().len() < 2_000);
        assert_eq!(plan.cells(plan.locate(999_999).unwrap()), ["50000"]);
    }
}
