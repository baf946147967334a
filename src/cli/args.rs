//! The command line as it is written.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Simulates, benchmarks and plans how Amazon ECS places tasks on container instances.
#[derive(Debug, Parser)]
#[command(name = "stowplan", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run every policy of a scenario on every seed and leave a results folder.
    Run(RunArguments),
    /// Compare policies of one results folder by paired differences over seeds.
    Compare(CompareArguments),
    /// Report every problem of a scenario file, with its place.
    Check(CheckArguments),
    /// Turn what the AWS CLI prints of a cluster into a scenario.
    ///
    /// The files hold what `aws ecs describe-container-instances`, `describe-tasks`, `describe-services` and
    /// `describe-task-definition` print, or the inputs of `create-service`, `register-task-definition` and `run-task`; their
    /// names do not matter. What could not be known is told on standard error.
    #[command(after_long_help = super::import::WALK_THROUGHS)]
    Import(ImportArguments),
    /// Print the load of one seed as a trace that `run` reads back.
    Generate(GenerateArguments),
    /// Write tables and pictures of a results folder anew.
    Report(ReportArguments),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For programs and spreadsheets.
    Csv,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal only.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// The fast engine.
    #[default]
    Fast,
    /// The dull engine that scans every instance: the oracle of the other.
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct Output {
    /// How to print the answer.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
    /// Print no progress and no notes.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The scenario file.
    pub(crate) scenario: PathBuf,
    /// Results folder [default: results/<scenario name>].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite a folder that is not a results folder of this program.
    #[arg(long)]
    pub(crate) force: bool,
    /// Number of seeds, in place of the scenario's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seeds: Option<u32>,
    /// Run these policies only.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) policy: Vec<String>,
    /// Number of threads [default: one for each processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Write every placement, refusal and stop to events.csv.
    #[arg(long)]
    pub(crate) events: bool,
    /// Draw no pictures.
    #[arg(long)]
    pub(crate) no_pictures: bool,
    /// Which engine places.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) engine: Engine,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The results folder.
    pub(crate) folder: PathBuf,
    /// The policy that others are compared with [default: the first].
    #[arg(long, value_name = "NAME")]
    pub(crate) baseline: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The scenario files.
    #[arg(required_unless_present_any = ["schema", "explain"])]
    pub(crate) scenarios: Vec<PathBuf>,
    /// Print the JSON Schema of scenario files, for editors.
    #[arg(long, conflicts_with = "scenarios")]
    pub(crate) schema: bool,
    /// Explain a code such as S004.
    #[arg(long, value_name = "CODE", conflicts_with = "scenarios")]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// JSON files of one cluster, in any order; `-` is standard input.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Write the scenario to this file [default: standard output].
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Name of the scenario [default: that of the cluster].
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// The scenario file.
    pub(crate) scenario: PathBuf,
    /// The seed.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seed: u32,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The results folder.
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}
