//! `manifest.json`: what a results folder was made from, so that it can be judged, repeated and written again.
//!
//! It holds no wall-clock time and no path of the machine, so that the same experiment has the same manifest. It is
//! also the mark by which a folder is known to be ours.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::analysis::compare::{PRIMARY, Plan};
use crate::model::{ComparisonPlan, Constraint, GpuDemand, PlacementOptions, Policy, Scenario, Strategy};

/// The format of results folders that this program writes and reads.
pub const FORMAT: u32 = 2;

/// Name of the program, the first thing a manifest says.
pub(super) const PROGRAM: &str = "stowplan";

/// What a results folder was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `stowplan`.
    pub program: String,
    /// Version of the program.
    pub version: String,
    /// Format of the folder, see [`FORMAT`].
    pub format: u32,
    /// Every run of the experiment is in the files.
    pub complete: bool,
    /// The input.
    pub scenario: ScenarioEntry,
    /// Name of the engine.
    pub engine: String,
    /// Whether every decision was logged, for `events.csv`.
    pub events: bool,
    /// Whether pictures were asked for; without them no film of the fleet is kept.
    pub pictures: bool,
    /// The policies compared, in the order of the runs.
    pub policies: Vec<PolicyEntry>,
    /// Seed numbers, in the order of the runs of each policy.
    pub seeds: Vec<u32>,
    /// The load of each seed that has been run.
    #[serde(default)]
    pub loads: Vec<LoadEntry>,
    /// Readings of what ECS leaves open.
    pub options: Options,
    /// How policies are compared.
    #[serde(default)]
    pub comparison: ComparisonEntry,
    /// Every setting that the scenario left to its default.
    pub defaults: Vec<DefaultSetting>,
    /// Zone names; records speak of zones by position.
    pub zones: Vec<String>,
    /// The mix of shapes that fragmentation is measured against.
    pub reference_mix: Vec<MixShape>,
    /// The files of the folder, names ascending.
    pub files: Vec<FileEntry>,
}

/// The scenario of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioEntry {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// Name of its file, without folders.
    pub file: String,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// End of simulated time in milliseconds; absent until the last event.
    pub horizon_ms: Option<u64>,
    /// Set moment of the snapshot in milliseconds; absent when the last arrival sets it.
    pub snapshot_ms: Option<u64>,
}

/// One policy, spelled out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyEntry {
    /// Its name.
    pub name: String,
    /// Its chain, such as `spread(instanceId), random`; ECS's own defaults are spelled out.
    pub strategy: String,
    /// Its constraints, such as `distinctInstance`.
    pub constraints: Vec<String>,
    /// Neither it nor the load draws anything, so that it runs on the first seed only.
    #[serde(default)]
    pub is_fixed: bool,
    /// How instances are found for what it places, each way once; none where an engine scans all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathEntry>,
}

/// A way in which instances are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathEntry {
    /// Its name, as in `timings.csv`.
    pub path: String,
    /// What a placement costs, in plain words.
    pub cost: String,
}

/// The load that every policy of a seed faced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadEntry {
    /// Number of the seed.
    pub seed: u32,
    /// Digest of the drawn load: equal for equal loads, of whatever scenario.
    pub digest: String,
}

/// Our readings of open points, under the keys of scenario files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Final tie-break (U-1).
    pub tie_break: String,
    /// Whether tasks on DRAINING instances count for spread (U-3).
    pub spread_counts_draining: bool,
    /// Whether instances without a spread attribute form a bucket (U-5).
    pub absent_attribute_is_bucket: bool,
    /// Whether binpack compares fractions instead of amounts.
    pub binpack_by_fraction: bool,
    /// How often a service with waiting tasks tries again, in milliseconds (U-21).
    pub retry_interval_ms: u64,
}

/// How policies are compared, as fixed before the runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonEntry {
    /// Column of the figure that ranks.
    pub primary: String,
    /// The smallest difference of it that matters; absent is 1 of a count, else 1 % of the baseline.
    pub smallest_effect: Option<f64>,
    /// The policy that the others are compared with; absent is the first.
    pub baseline: Option<String>,
}

impl Default for ComparisonEntry {
    fn default() -> Self {
        Self { primary: PRIMARY.to_owned(), smallest_effect: None, baseline: None }
    }
}

impl ComparisonEntry {
    /// What a scenario says. A baseline that is not run is none.
    fn of(scenario: &Scenario) -> Self {
        let ComparisonPlan { primary, smallest_effect, baseline, .. } = scenario.comparison.clone();
        let baseline = baseline.filter(|name| scenario.policies.iter().any(|policy| policy.name == *name));
        Self { primary: primary.unwrap_or_else(|| PRIMARY.to_owned()), smallest_effect, baseline }
    }

    /// What [`compare`](crate::analysis::compare::compare) needs.
    #[must_use]
    pub fn plan(&self) -> Plan<'_> {
        Plan { primary: &self.primary, smallest_effect: self.smallest_effect }
    }
}

/// A setting that the scenario did not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultSetting {
    /// Key in the scenario.
    pub key: String,
    /// The value that held.
    pub value: String,
    /// Why this value.
    pub source: String,
}

/// What a shape of the reference mix asks of GPUs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MixGpus {
    /// So many whole ones.
    Whole(u32),
    /// Another form, in words.
    Form(String),
}

impl From<GpuDemand> for MixGpus {
    fn from(demand: GpuDemand) -> Self {
        match demand {
            GpuDemand::None => Self::Whole(0),
            GpuDemand::Whole(count) => Self::Whole(count),
            other => Self::Form(other.to_string()),
        }
    }
}

/// One shape of the reference mix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MixShape {
    /// Family of a task definition with this shape.
    pub task_definition: String,
    /// CPU units.
    pub cpu: u32,
    /// MiB.
    pub memory_mib: u32,
    /// GPUs.
    pub gpu: MixGpus,
    /// Its weight, in tasks.
    pub weight: u64,
}

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name within the folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal; absent for wall-clock figures, which are never the same twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a manifest says that the scenario does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Name of the scenario's file; folders are cut off.
    pub file: String,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Name of the engine.
    pub engine: String,
    /// Whether every decision is logged.
    pub events: bool,
    /// Whether pictures are asked for.
    pub pictures: bool,
    /// The seeds that are run.
    pub seeds: Vec<u32>,
    /// For each policy, whether every seed would be the same run.
    pub fixed: Vec<bool>,
    /// For each policy, how instances are found.
    pub paths: Vec<Vec<PathEntry>>,
    /// The mix that fragmentation is measured against.
    pub reference_mix: Vec<MixShape>,
}

impl Manifest {
    /// The manifest of an experiment of which nothing has been written yet.
    #[must_use]
    pub fn new(scenario: &Scenario, provenance: Provenance) -> Self {
        let defaults = scenario.defaults.iter().cloned();
        let policies = policies(scenario, &provenance);
        Self {
            program: PROGRAM.to_owned(),
            version: crate::VERSION.to_owned(),
            format: FORMAT,
            complete: false,
            scenario: scenario_entry(scenario, &provenance),
            engine: provenance.engine,
            events: provenance.events,
            pictures: provenance.pictures,
            policies,
            seeds: provenance.seeds,
            loads: Vec::new(),
            options: options(scenario),
            comparison: ComparisonEntry::of(scenario),
            defaults: defaults.map(|(key, value, source)| DefaultSetting { key, value, source }).collect(),
            zones: scenario.fleet.zones.clone(),
            reference_mix: provenance.reference_mix,
            files: Vec::new(),
        }
    }

    /// The numbers of the runs of the experiment, in plan order: a policy under which every seed is the same run has one.
    pub fn planned(&self) -> impl Iterator<Item = u32> {
        let seeds = self.seeds.len();
        let runs = self.policies.iter().enumerate().flat_map(move |(place, policy)| {
            (0..if policy.is_fixed { seeds.min(1) } else { seeds }).map(move |seed| place * seeds + seed)
        });
        runs.map(|run| u32::try_from(run).expect("runs are numbered in 32 bits"))
    }

    /// The policy that the others are compared with; `None` if there is no policy.
    #[must_use]
    pub fn baseline(&self) -> Option<&str> {
        let first = self.policies.first().map(|policy| policy.name.as_str());
        self.comparison.baseline.as_deref().or(first)
    }

    /// Whether both describe the same experiment, whatever has been written of it so far.
    #[must_use]
    pub fn same_experiment(&self, other: &Self) -> bool {
        // By which way the program finds an instance is no part of the experiment: it is always the same instance.
        let bare = |manifest: &Self| {
            let policy = |policy: &PolicyEntry| PolicyEntry { paths: Vec::new(), ..policy.clone() };
            let policies = manifest.policies.iter().map(policy).collect();
            Self { complete: false, files: Vec::new(), loads: Vec::new(), policies, ..manifest.clone() }
        };
        bare(self) == bare(other)
    }

    /// Everything that decides the bytes of a run's outcome but which run it is: what the [store] keeps outcomes
    /// under. More seeds, fewer policies or an event log make no other outcome of a run.
    ///
    /// [store]: crate::experiment::Store
    #[must_use]
    pub fn store_key(&self) -> String {
        let key = Self {
            version: String::new(),
            complete: false,
            events: false,
            policies: Vec::new(),
            seeds: Vec::new(),
            loads: Vec::new(),
            comparison: ComparisonEntry::default(),
            files: Vec::new(),
            ..self.clone()
        };
        serde_json::to_string(&key).expect("a manifest is plain data")
    }

    /// Writes the manifest as JSON with a final newline.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }

    /// Reads a manifest back.
    ///
    /// # Errors
    /// A sentence saying why `bytes` is not a manifest that this program understands.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        /// What every manifest has, of whatever format.
        #[derive(Deserialize)]
        struct Head {
            program: String,
            version: String,
            format: u32,
            #[serde(default)]
            sweep: Option<serde::de::IgnoredAny>,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|error| format!("no manifest: {error}"))?;
        if head.program != PROGRAM {
            return Err(format!("written by `{}`, not by `{PROGRAM}`", head.program));
        }
        if head.format != FORMAT {
            let (version, format) = (head.version, head.format);
            return Err(format!(
                "written by {PROGRAM} {version} in format {format}, and this program reads format {FORMAT}; run the scenario \
                 again with `--force`, or read the folder with that version"
            ));
        }
        if head.sweep.is_some() {
            return Err(
                "it holds the results of a sweep, which `stowplan compare` and `stowplan report` read".to_owned()
            );
        }
        serde_json::from_slice(bytes).map_err(|error| format!("damaged manifest: {error}"))
    }
}

fn scenario_entry(scenario: &Scenario, provenance: &Provenance) -> ScenarioEntry {
    let file = provenance.file.rsplit(['/', '\\']).next().unwrap_or_default();
    ScenarioEntry {
        name: scenario.name.clone(),
        description: scenario.description.clone(),
        file: file.to_owned(),
        sha256: provenance.sha256.clone(),
        horizon_ms: scenario.horizon.map(|time| time.0),
        snapshot_ms: scenario.snapshot.map(|time| time.0),
    }
}

fn policies(scenario: &Scenario, provenance: &Provenance) -> Vec<PolicyEntry> {
    let entry = |(place, policy)| PolicyEntry {
        is_fixed: provenance.fixed.get(place).copied().unwrap_or_default(),
        paths: provenance.paths.get(place).cloned().unwrap_or_default(),
        ..policy_entry(scenario, policy)
    };
    scenario.policies.iter().enumerate().map(entry).collect()
}

/// A policy; of one that decides nothing the chain is not shown, for it was not used.
fn policy_entry(scenario: &Scenario, policy: &Policy) -> PolicyEntry {
    let strategy = match scenario.is_decided_by(policy) {
        true => policy.strategy.as_ref().map_or_else(default_strategy, Strategy::to_string),
        false => "decides nothing: what is placed by a strategy has its own".to_owned(),
    };
    PolicyEntry {
        is_fixed: false,
        paths: Vec::new(),
        name: policy.name.clone(),
        strategy,
        constraints: policy.constraints.iter().map(constraint_text).collect(),
    }
}

fn default_strategy() -> String {
    format!("{} for services, {} for tasks", Strategy::service_default(), Strategy::run_task_default())
}

fn constraint_text(constraint: &Constraint) -> String {
    match constraint {
        Constraint::DistinctInstance => "distinctInstance".to_owned(),
        Constraint::MemberOf(expression) => format!("memberOf({expression})"),
    }
}

fn options(scenario: &Scenario) -> Options {
    let PlacementOptions { tie_break, spread_counts_draining, absent_attribute_is_bucket, binpack_by_fraction } =
        scenario.options;
    Options {
        tie_break: tie_break.name().to_owned(),
        spread_counts_draining,
        absent_attribute_is_bucket,
        binpack_by_fraction,
        retry_interval_ms: scenario.retry_interval.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fleet, Rule, SimSpan, SimTime, TieBreak};

    fn scenario() -> Scenario {
        let policy = |name: &str, strategy, constraints| Policy { name: String::from(name), strategy, constraints };
        Scenario {
            description: "A \"sample\"".into(),
            seeds: 2,
            horizon: Some(SimTime(21_600_000)),
            fleet: Fleet { zones: vec!["us-east-1a".into()], ..Fleet::default() },
            policies: vec![
                policy("ecs-default", None, Vec::new()),
                policy(
                    "az",
                    Some(Strategy(vec![Rule::spread_zones(), Rule::Random])),
                    vec![Constraint::DistinctInstance],
                ),
            ],
            options: PlacementOptions { tie_break: TieBreak::FewestTasks, ..PlacementOptions::default() },
            retry_interval: SimSpan(30_000),
            defaults: vec![("seeds".into(), "2".into(), "U-99".into())],
            ..Scenario::empty("web-and-batch")
        }
    }

    fn manifest() -> Manifest {
        let shape =
            MixShape { task_definition: "api".into(), cpu: 512, memory_mib: 1024, gpu: MixGpus::Whole(0), weight: 400 };
        Manifest::new(
            &scenario(),
            Provenance {
                file: "/home/someone/scenarios/web-and-batch.toml".into(),
                sha256: "ab".repeat(32),
                engine: "reference".into(),
                events: true,
                pictures: false,
                seeds: vec![1, 2],
                fixed: vec![false, true],
                paths: Vec::new(),
                reference_mix: vec![shape],
            },
        )
    }

    #[test]
    fn a_manifest_says_what_was_run_and_no_path_of_the_machine() {
        let mut bytes = Vec::new();
        let sample = Manifest { version: "0.0.0".into(), ..manifest() };
        sample.write(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("someone"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_manifest_reads_back() {
        let mut manifest = manifest();
        manifest.files = vec![FileEntry { name: "timings.csv".into(), sha256: None }];
        let mut bytes = Vec::new();
        manifest.write(&mut bytes).unwrap();
        assert_eq!(Manifest::read(&bytes), Ok(manifest));
    }

    #[test]
    fn the_same_experiment_is_known_however_much_of_it_is_written() {
        let (manifest, mut written) = (self::manifest(), self::manifest());
        written.complete = true;
        written.files = vec![FileEntry { name: "runs.csv".into(), sha256: None }];
        assert!(manifest.same_experiment(&written));
        written.scenario.sha256 = "cd".repeat(32);
        assert!(!manifest.same_experiment(&written));
    }
}
