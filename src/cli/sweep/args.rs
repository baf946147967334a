//! The command lines of `sweep`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::super::args::{Engine, Output};
use crate::sweep::engines::Engine as Engines;
use crate::sweep::{RunList, Shard};

/// Many runs in shards, on any engine that people have.
#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    /// Number the runs of a scenario or a sweep file, and write down what decides their results.
    Plan(PlanArguments),
    /// Run one shard, and leave what it comes to as one file.
    ///
    /// A shard that is there already ends at once, so that retries and duplicates do no harm. Exit code 42: it can never
    /// succeed, such as after a change of the scenario, and is not worth a retry. A run that fails is a row.
    Run(ShardArguments),
    /// Say which runs are there, and which shards to run again.
    ///
    /// Exit code 3: some are missing.
    Status(StatusArguments),
    /// Join the shards to the results folder that `stowplan run` writes.
    ///
    /// Exit code 1: an expectation of the scenario does not hold; 3: runs are missing.
    Merge(MergeArguments),
    /// Print the script that runs a plan on an engine, what to edit marked.
    ///
    /// A few runs are timed first, so that there are as many shards as are worth starting.
    Emit(EmitArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The scenario or sweep file.
    pub(crate) file: PathBuf,
    /// Write the plan to this file.
    #[arg(long, short, value_name = "FILE", default_value = "plan.json")]
    pub(crate) out: PathBuf,
    /// Overwrite another plan.
    #[arg(long)]
    pub(crate) force: bool,
    /// Number of seeds, in place of the scenario's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) seeds: Option<u32>,
    /// Run these policies only.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) policy: Vec<String>,
    /// Draw no pictures when merging.
    #[arg(long)]
    pub(crate) no_pictures: bool,
    /// Which engine places.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) engine: Engine,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ShardArguments {
    /// The plan.
    pub(crate) plan: PathBuf,
    /// The shard: K/N with K from 0, or `auto`, which takes K from the engine's variable (`SLURM_ARRAY_TASK_ID`,
    /// `AWS_BATCH_JOB_ARRAY_INDEX`, `JOB_COMPLETION_INDEX` or `HQ_TASK_ID`).
    #[arg(long, value_name = "K/N", required_unless_present = "runs", conflicts_with = "runs")]
    pub(crate) shard: Option<Wanted>,
    /// How many shards there are, for `--shard auto`: no engine says it reliably.
    #[arg(long, value_name = "N")]
    pub(crate) shards: Option<u64>,
    /// These runs, such as 17,40-60, for a repair.
    #[arg(long, value_name = "RUNS", conflicts_with = "shards")]
    pub(crate) runs: Option<RunList>,
    /// The folder of the shards [default: the plan's name with `.shards`].
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Number of threads [default: one for each processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// The plan.
    pub(crate) plan: PathBuf,
    /// The folder of the shards [default: the plan's name with `.shards`].
    pub(crate) folder: Option<PathBuf>,
    /// Print the numbers of the shards, of so many, that have a run which is missing: as `sbatch --array=` takes them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Shard::MOST)))]
    pub(crate) missing_shards: Option<u32>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// The plan.
    pub(crate) plan: PathBuf,
    /// The folder of the shards [default: the plan's name with `.shards`].
    pub(crate) folder: Option<PathBuf>,
    /// Results folder [default: results/<name>].
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite a folder that is not a results folder of this program.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct EmitArguments {
    /// The plan.
    pub(crate) plan: PathBuf,
    /// The folder of the shards [default: the plan's name with `.shards`].
    pub(crate) folder: Option<PathBuf>,
    /// The engine: slurm, aws-batch, k8s, parallel, ray, dask or snakemake.
    #[arg(long, value_name = "ENGINE", value_parser = engine)]
    pub(crate) engine: Engines,
    /// How many shards [default: as many as take long enough on the engine].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Shard::MOST)))]
    pub(crate) shards: Option<u32>,
    /// Results folder [default: results/<name>].
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// An engine by its word.
fn engine(word: &str) -> Result<Engines, String> {
    let found = Engines::ALL.iter().find(|(known, _)| *known == word).map(|(_, engine)| *engine);
    let words: Vec<&str> = Engines::ALL.iter().map(|(word, _)| *word).collect();
    found.ok_or_else(|| format!("write one of {}", words.join(", ")))
}

/// Which shard is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The one that the engine's variable says.
    Auto,
    /// This one.
    This(Shard),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::This) }
    }
}

/// Where the shards of a plan are unless it is said.
pub(super) fn folder_of(plan: &Path, said: Option<&PathBuf>) -> PathBuf {
    said.cloned().unwrap_or_else(|| plan.with_extension("shards"))
}
