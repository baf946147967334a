//! The command line as it is written.

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::import::collect::Shell;
use super::kit::documents::DocumentOptions;

/// Simulates, benchmarks and plans how Amazon ECS places tasks on container instances.
#[derive(Debug, Parser)]
#[command(name = "stowplan", version = crate::VERSION, propagate_version = true, arg_required_else_help = true,
          after_help = "`stowplan --version --verbose` also says formats, features and what is new.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// The same after words that options took are put where they belong: `run --policy x scenario.toml` names a scenario.
    pub(crate) fn completed(mut self) -> Self {
        if let Command::Run(run) = &mut self.command
            && run.scenario.is_none()
        {
            if run.policy.len() < 2 {
                let mut command = Self::command();
                command.build();
                let run = command.find_subcommand_mut("run").expect("it is a command");
                run.error(
                    ErrorKind::MissingRequiredArgument,
                    "no scenario is given: write `run SCENARIO --policy NAME`",
                )
                .exit();
            }
            run.scenario = run.policy.pop().map(PathBuf::from);
        }
        self
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run every policy of a scenario on every seed and leave a results folder.
    #[command(after_long_help = super::formats::RUN, override_usage = "stowplan run [OPTIONS] <SCENARIO>")]
    Run(RunArguments),
    /// Compare policies of a results folder, or two folders, by paired differences over seeds.
    #[command(after_long_help = super::formats::COMPARE)]
    Compare(CompareArguments),
    /// Report every problem of a scenario file, with its place.
    Check(CheckArguments),
    /// Turn documents of a cluster, or a template of it, into a scenario.
    ///
    /// The files hold what `aws ecs describe-container-instances`, `describe-tasks`, `describe-services` and
    /// `describe-task-definition` print, the inputs of `create-service`, `register-task-definition` and `run-task`, or a
    /// template, plan or state that makes them; their names do not matter. What could not be known is told on standard
    /// error.
    #[command(after_long_help = super::import::WALK_THROUGHS)]
    Import(ImportArguments),
    /// Say where a task goes and, for every instance, why not there.
    ///
    /// Without `--at` the cluster is as it is found: what runs already is on it, and nothing else.
    /// Exit code 1: a task does not fit.
    Explain(ExplainArguments),
    /// List the instances that satisfy an expression of the cluster query language, or say what one means.
    ///
    /// Without files it says whether the expression is valid and what it asks of an instance, in words.
    /// Exit code 1: no instance satisfies it, or it is not valid.
    Query(QueryArguments),
    /// Plan capacity: how many instances, of which type, at what price, with what confidence.
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Plan {
        #[command(subcommand)]
        question: super::plan::args::PlanCommand,
    },
    /// Run many runs in shards on an engine that you have, such as Slurm, and join them to one result.
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Sweep {
        #[command(subcommand)]
        command: super::sweep::args::SweepCommand,
    },
    /// Print the load of one seed as a trace that `run` reads back.
    Generate(GenerateArguments),
    /// Write tables and pictures of a results folder anew.
    Report(ReportArguments),
    /// Measure the engine beside a naive scan and the memory of this machine.
    Bench(BenchArguments),
    /// Check every decision of an event log again: of a results folder, or of another program.
    ///
    /// Amounts, buckets and expressions are worked out anew from the log for every placement and rejection. What cannot be
    /// told from it is counted and said. Exit code 1: something is wrong.
    #[command(after_long_help = super::formats::AUDIT)]
    Audit(AuditArguments),
    /// Hold a placer to the laws of placement: one in any language, or the engines of this program.
    ///
    /// Random small histories are played on it beside an oracle that only lists and counts. A history that breaks a law is
    /// made as small as it will go and printed as a table, a scenario and a Rust test. Exit code 1: a law is broken.
    #[command(after_long_help = super::formats::LAWS)]
    Laws(LawsArguments),
    /// Print completions for a shell, or write those of every shell into a folder.
    Completions(super::pages::CompletionsArguments),
    /// Print the manual page, or a reference page in Markdown; or write a page for each command into a folder.
    Man(super::pages::ManArguments),
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
    /// A table for documents.
    Markdown,
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

#[derive(Clone, Debug, Args)]
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
    /// The scenario file; `-` is standard input.
    #[arg(required_unless_present = "policy")]
    pub(crate) scenario: Option<PathBuf>,
    /// Results folder [default: results/<scenario name>].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite a folder that is not a results folder of this program.
    #[arg(long)]
    pub(crate) force: bool,
    /// Number of seeds, in place of the scenario's: 11 unless it says otherwise, 20 or more for a published study. A policy
    /// that draws nothing, in a load that draws nothing, runs once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) seeds: Option<u32>,
    /// Run these policies only; where no scenario stands before it, the last word is the scenario.
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

impl RunArguments {
    /// The scenario file.
    ///
    /// # Panics
    /// If the arguments were not [`Arguments::completed`].
    pub(crate) fn scenario(&self) -> &Path {
        self.scenario.as_deref().expect("completed arguments have a scenario")
    }
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The results folder.
    pub(crate) folder: PathBuf,
    /// A second folder, made after a change: each of its policies is compared with the one of that name in the first.
    #[arg(conflicts_with = "baseline")]
    pub(crate) after: Option<PathBuf>,
    /// The policy that others are compared with [default: that of the scenario's `[comparison]`, else the first].
    #[arg(long, value_name = "NAME")]
    pub(crate) baseline: Option<String>,
    /// The figure that ranks, a column of runs.csv: its verdicts are corrected for the number of policies
    /// [default: that of the scenario's `[comparison]`, else `instances_in_use_peak`].
    #[arg(long, value_name = "COLUMN")]
    pub(crate) primary: Option<String>,
    /// The smallest difference of it that matters [default: that of the scenario's `[comparison]`, else 1 of a count
    /// and 1 % of the baseline otherwise].
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) smallest_effect: Option<f64>,
    /// End with exit code 1 if this figure is worse; may be repeated.
    ///
    /// Worse is a difference whose whole interval is on the worse side and, of the figure that ranks, is not too small to
    /// matter. Where there is no interval, because all runs of a policy are the same or there is one seed, it is any
    /// difference for the worse on every seed.
    #[arg(long, value_name = "worse:COLUMN")]
    pub(crate) fail_if: Vec<super::gate::Gate>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The scenario files; `-` is standard input.
    #[arg(required_unless_present_any = ["schema", "explain"])]
    pub(crate) scenarios: Vec<PathBuf>,
    /// Print the JSON Schema of scenario files, for editors.
    #[arg(long, conflicts_with = "scenarios")]
    pub(crate) schema: bool,
    /// Explain a code such as S004; after scenarios, without a code, how each policy finds instances and what that costs.
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// Files of one cluster, in any order; `-` is standard input.
    #[arg(required_unless_present_any = ["commands", "members"])]
    pub(crate) files: Vec<PathBuf>,
    /// Print the script that collects a cluster, and do nothing else.
    #[arg(long, conflicts_with_all = ["files", "out", "name", "parameters", "fleets", "family"])]
    pub(crate) commands: bool,
    /// Print what becomes of every member of the API, and do nothing else.
    #[arg(long, conflicts_with_all = ["commands", "files", "out", "name", "parameters", "fleets", "family"])]
    pub(crate) members: bool,
    /// The language of the script.
    #[arg(long, value_enum, default_value_t, requires = "commands")]
    pub(crate) shell: Shell,
    /// Write the scenario to this file; `-` is standard output [default: standard output].
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Ask where all tasks would go on empty instances: under their own strategies, and under other policies.
    #[arg(long)]
    pub(crate) as_new: bool,
    /// Name of the scenario [default: that of the cluster].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Replace account, names, ids and images consistently, so that the result can be shown; placement stays as it is.
    /// With `--format json` the documents themselves are printed.
    #[arg(long, visible_alias = "anonymize")]
    pub(crate) anonymise: bool,
    #[command(flatten)]
    pub(crate) documents: DocumentOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A scenario file, or documents of one cluster as for `import`; `-` is standard input, of either kind.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The task definition: a family, or `family:revision`.
    #[arg(long, value_name = "FAMILY")]
    pub(crate) task_definition: Option<String>,
    /// One more task of this service.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["task_definition", "group"])]
    pub(crate) service: Option<String>,
    /// The group of the task [default: family:<family>].
    #[arg(long, value_name = "GROUP", requires = "task_definition")]
    pub(crate) group: Option<String>,
    /// A policy of the scenario, or a template of the console such as az-balanced-binpack [default: the first].
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// Go on placing such tasks, and explain the last one, or the first that does not fit.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,
    /// Run the scenario up to this time first, such as 3h, and ask then.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The seed of random choices, and of the run with `--at`.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seed: u32,
    /// Show every instance, not only the first few.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) documents: DocumentOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct QueryArguments {
    /// The expression, such as 'attribute:stack == prod and runningTasksCount < 5'.
    pub(crate) expression: String,
    /// A scenario file, or documents of one cluster as for `import`; `-` is standard input. Without any the expression
    /// itself is explained.
    pub(crate) files: Vec<PathBuf>,
    /// Show every instance with the value of every part of the expression.
    #[arg(long)]
    pub(crate) explain: bool,
    /// The policy of the run with `--at`, or a template of the console such as az-balanced-binpack [default: the first].
    #[arg(long, value_name = "NAME", requires = "files")]
    pub(crate) policy: Option<String>,
    /// Run the scenario up to this time first, such as 3h, and ask then.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The seed of the run with `--at`.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seed: u32,
    #[command(flatten)]
    pub(crate) documents: DocumentOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// The scenario file; `-` is standard input.
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
    /// Also write every table as Parquet, for DuckDB, pandas and Polars; needs a build with the feature `parquet`.
    #[arg(long)]
    pub(crate) parquet: bool,
    #[command(flatten)]
    pub(crate) paper: super::figures::PaperOptions,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
    /// Print no notes.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl ReportArguments {
    /// How it prints, as other commands have it.
    pub(crate) fn output(&self) -> Output {
        Output { format: Format::Table, color: self.color, quiet: self.quiet }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// A results folder with events.csv, or a log with its columns; `-` is standard input. With --after the documents of
    /// a cluster, as for `import`, before it placed tasks.
    pub(crate) log: PathBuf,
    /// More documents of the cluster before.
    #[arg(requires = "after", value_name = "FILES")]
    pub(crate) and: Vec<PathBuf>,
    /// What `aws ecs describe-tasks` said afterwards: was each new task placed where the rules allow, and under which
    /// options? So a record of the real service becomes a case; may be repeated.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scenario", "rules"])]
    pub(crate) after: Vec<PathBuf>,
    /// The scenario that the log is of [default: of a results folder, the file that its manifest names, where it is found].
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// Of a log without a folder: the policy of the scenario that it is of [default: the first].
    #[arg(long, value_name = "NAME", requires = "scenario")]
    pub(crate) policy: Option<String>,
    /// The rules of a log of another program: a JSON object from group, or `*`, to what create-service and run-task are
    /// given, placementStrategy and placementConstraints.
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    pub(crate) rules: Option<PathBuf>,
    /// Print at most so many findings; all are counted.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) show: u64,
    #[command(flatten)]
    pub(crate) documents: DocumentOptions,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct LawsArguments {
    /// The program that places, as a shell would start it: it reads questions and writes answers, one JSON object a line
    /// (docs/laws.md) [default: the engines of this program].
    #[arg(long, value_name = "COMMAND")]
    pub(crate) placer: Option<String>,
    /// List every law, what holds it and where it comes from, and do nothing else.
    #[arg(long)]
    pub(crate) list: bool,
    /// How many random histories.
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cases: u32,
    /// The seed of all of them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// This history alone, by its number.
    #[arg(long, value_name = "N", conflicts_with = "cases")]
    pub(crate) case: Option<u32>,
    /// How long the program of `--placer` may take for one answer.
    #[arg(long, value_name = "TIME", default_value = "5s", requires = "placer")]
    pub(crate) timeout: String,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// Measure these policies only [default: all].
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) policy: Vec<String>,
    /// Measure what people really run, and how many times as long each takes as zone spread and binpack; `--policy` then
    /// names parts of rows.
    #[arg(long)]
    pub(crate) realistic: bool,
    /// With `--realistic`: every chain of up to three rules with every tie-break, by amount and by fraction, in place of what
    /// people run.
    #[arg(long, requires = "realistic")]
    pub(crate) chains: bool,
    /// Milliseconds that a row of `--realistic` takes at most, for its fill and for its exchange each.
    #[arg(long, value_name = "MS", default_value_t = 3_000, requires = "realistic",
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) budget: u64,
    /// Numbers of instances, parted by commas or spaces.
    #[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000],
          value_parser = clap::value_parser!(u32).range(3..=16_000_000))]
    pub(crate) sizes: Vec<u32>,
    /// Numbers of services, parted by commas or spaces.
    #[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',', default_values_t = [20],
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) services: Vec<u32>,
    /// Repetitions, of which the median counts.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) repetitions: u16,
    /// Pairs of one stop and one arrival to time.
    #[arg(long, value_name = "N", default_value_t = 500_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) pairs: u64,
    /// Also write bench.csv, bench.json and pictures to this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}
