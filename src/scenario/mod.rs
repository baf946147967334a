//! The scenario file: text to [`Scenario`], and every problem of a file at once, each with its place.
//!
//! This is the only module that knows the file format. It prints nothing and knows no engine; what it hands out is valid.
//!
//! # Invariants
//! 1. A [`Scenario`] comes out only if no rule of severity error is broken; all problems come out together, in file order.
//! 2. No key is ignored: what is not known is refused, and what is not written has a default that is listed in
//!    [`Scenario::defaults`].
//! 3. Numbers are exact: sizes, prices and times never pass through a float.
//!
//! # Where a key is read
//! Each wing reads the tables of its name: `cluster` also `[[capacity-providers]]`, `[[happenings]]` and `[failures]`,
//! `load` the `[[task-definitions]]`, `[[tasks]]`, `[[running]]` and `[trace]`, `services`, `policies` also every
//! `placementStrategy`; `settings` the keys at the top, `[options]`, `[comparison]` and `[expected]`. `reading` is the kit of
//! all, `import` writes a scenario, and `tests/it/project/tidy.rs` holds which may use which.
//!
//! # The form
//! TOML; keys are kebab-case, but placement blocks have the names of the AWS API. `stowplan check --schema` prints
//! [`schema`]. All tables but `[cluster]` are optional:
//!
//! ```
//! # let text = r#"
//! name = "web-and-batch"
//! description = "A web service beside batch work, one zone lost after three hours."
//! seeds = 11
//! horizon = "6h"                  # without it: until the last event
//! snapshot = "5h"                 # when the fleet is looked at closely
//!
//! [cluster]
//! zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
//! registered-memory = "measured"  # or "estimated", "nominal", { percent = 95.5 }
//! reserved-memory = 256           # ECS_RESERVED_MEMORY, MiB
//! ## nodes = "nodes.csv"           # instances from a file, node-attributes = ["gpu_model"]
//!
//! [[cluster.instances]]
//! type = "m5.4xlarge"             # anything the catalogue says may be overridden
//! count = 300                     # dealt round-robin over the zones
//! attributes = { stack = "prod", ssd = true }  # `true`: an attribute without a value
//!
//! [[cluster.instances]]
//! cpu = 8192                      # without a type: its own size
//! memory = 30000
//! count = 2
//! zones = ["us-east-1b"]
//! gpu = 1
//! eni-tasks = 3
//! price-usd-per-hour = 0.752
//!
//! [[task-definitions]]
//! family = "api"
//! cpu = 512
//! memory = 1024
//! ports = ["80/tcp"]
//! placementConstraints = [{ type = "memberOf", expression = "attribute:stack == prod" }]
//!
//! [[task-definitions]]
//! family = "report"
//! cpu = 1024
//! memory = 2048
//! network-mode = "awsvpc"
//!
//! [[services]]
//! name = "api"
//! task-definition = "api"
//! desired-count = 400
//!
//! [[tasks]]                       # standalone tasks (RunTask)
//! task-definition = "report"      # or: shapes = [{ task-definition = "report", weight = 3 }, …]
//! count = 5000
//! arrivals = { model = "poisson", rate-per-hour = 900 }
//! lifetime = { model = "lognormal", median = "4m", p99 = "2h" }
//!
//! ## [trace]                       # tasks from a file, plain or gzip
//! ## file = "tasks.csv"
//! ## columns = { arrival = "start_ms", cpu = "cores" }
//! ## unit = "ms"
//! ## cpu-unit = "vcpus"
//!
//! [[happenings]]
//! at = "3h"
//! zone-lost = "us-east-1b"
//!
//! [[policies]]
//! name = "balanced"
//! template = "az-balanced-binpack"
//!
//! [[policies]]
//! name = "as-pasted"              # AWS JSON in a text is taken too
//! placementStrategy = '[{"type": "spread", "field": "host"}, {"type": "binpack", "field": "MEMORY"}]'
//! placementConstraints = [{ type = "distinctInstance" }]
//!
//! [options]
//! tie-break = "random"            # readings of what AWS leaves open
//!
//! [comparison]                    # fixed before the runs: what ranks, and what difference matters
//! primary = "tasks_never_placed"
//! smallest-effect = 2
//!
//! [expected]
//! checks = [{ policy = "balanced", metric = "tasks_never_placed", at-most = 0 }]
//! # "#;
//! let loaded = stowplan::scenario::parse(text, "web.toml".as_ref(), &[]).unwrap();
//! assert_eq!(loaded.scenario.fleet.instances.len(), 302);
//! ```
//!
//! Lengths of time are exact to the millisecond: `"250ms"`, `"90s"`, `"4m"`, `"1.5h"`, `"7d"`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::model::{
    DaemonRoom, DefinitionId, Dynamics, Fleet, Running, Scenario, Service, SimSpan, SimTime, StartTask, TaskDefinition,
    TaskSource, Trace, counted,
};
use crate::strategy::Custom;

mod checks;
mod cluster;
mod constraints;
mod footprint;
pub mod import;
mod load;
mod misfits;
mod policies;
mod reading;
mod reference;
mod services;
mod settings;
mod sweeps;
#[cfg(test)]
mod tests;

use cluster::{Cluster, capacity, happenings};
use load::network::Subnets;
use load::shapes::Shapes;
use load::{Definitions, running, shapes, start_task, trace};
use misfits::Rooms;
use reading::context::{Context, Problem};
use reading::reader::{FromTable, Table};
use reading::{bytes, instants, keys, limits, names, quantity};
use services::copies;

pub use cluster::catalogue;
pub use load::trace::{
    Censored, CpuUnit, MemoryUnit, Origin, RunningAtStart, TimeUnit, TraceColumns, TraceLoad, TraceOptions, read_trace,
};
pub use policies::{AS_IS, template, template_names};
pub use reading::context::Input;
pub use reading::diagnostic::{Diagnostic, Place, Source, Style};
pub(crate) use reading::nearest::nearest;
pub(crate) use reading::quantity::span;
pub use reading::rules::{Rule, Severity, explain};
pub use reference::reference;
pub use sweeps::{Question, Setting, SweepFile, SweptScenario, is_sweep, with_values};

/// A scenario that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// What its writer should know before running it.
    pub warnings: Vec<Diagnostic>,
    /// SHA-256 over the scenario and every file it reads, in hexadecimal.
    pub digest: String,
    /// The files that it names, in the order of reading.
    pub inputs: Vec<Input>,
    /// The other files that the scenario names and that were read.
    pub files: Vec<PathBuf>,
    /// Task definitions by `family:revision` and by family alone, which means the last revision.
    pub definitions: BTreeMap<String, DefinitionId>,
}

/// A scenario that cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scenario `{}` cannot run: {}", .file.display(), counted(.problems.len(), "problem"))]
#[non_exhaustive]
pub struct LoadError {
    /// The scenario file.
    pub file: PathBuf,
    /// Every problem found, warnings included, in file order.
    pub problems: Vec<Diagnostic>,
    /// The files that it names and that could be read.
    pub inputs: Vec<Input>,
}

/// Reads a file that a person names, or standard input under the name `-`.
///
/// # Errors
/// If it cannot be read, is larger than what is read, or is a pipe that nobody writes into.
pub fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    if path == Path::new("-") { bytes::read_standard_input() } else { bytes::read(path) }
}

/// The JSON Schema of scenario files, for editors.
#[must_use]
pub fn schema() -> &'static str {
    include_str!("schema.json")
}

/// Reads a scenario file, or standard input under the name `-`, and the files that it names.
///
/// `metrics` are the names that `[expected]` may use; if it is empty, any name is taken.
///
/// # Errors
/// All problems of the file, if one of them keeps it from running.
pub fn load(path: &Path, metrics: &[&str]) -> Result<Loaded, LoadError> {
    load_with(path, metrics, &[])
}

/// Reads a scenario file whose policies may also name `strategies` as `baseline`, before any of the same name that is
/// built in.
///
/// # Errors
/// All problems of the file, if one of them keeps it from running.
pub fn load_with(path: &Path, metrics: &[&str], strategies: &[Custom]) -> Result<Loaded, LoadError> {
    let name = path.display().to_string();
    let context = Context::new("", "", Path::new(""));
    match read_file(path).map(String::from_utf8) {
        Ok(Ok(text)) => return parse_with(&text, path, metrics, strategies),
        Ok(Err(error)) => context.report_not_utf8(&name, error.as_bytes(), error.utf8_error().valid_up_to()),
        Err(error) => {
            let problem = Problem::new(Rule::Unreadable, format!("cannot read scenario `{name}`: {error}"));
            context.report_file(&name, problem.help("give the path of a scenario file, such as `my-scenario.toml`"));
        }
    }
    Err(LoadError { file: path.to_owned(), problems: context.into_problems(), inputs: Vec::new() })
}

/// Reads the text of a scenario; `file` is its name in messages, and the files it names are looked for beside it.
///
/// # Errors
/// All problems of the text, if one of them keeps it from running.
///
/// # Examples
///
/// ```
/// let error = stowplan::scenario::parse("nmae = 'x'", "x.toml".as_ref(), &[]).unwrap_err();
/// assert_eq!(error.problems[0].to_string(), "x.toml:1:1: error[S004]: unknown key `nmae` in a scenario");
/// assert_eq!(error.problems[0].help.as_deref(), Some("did you mean `name`?"));
/// ```
pub fn parse(text: &str, file: &Path, metrics: &[&str]) -> Result<Loaded, LoadError> {
    parse_with(text, file, metrics, &[])
}

/// As [`load_with`], of a text that was read from `file`.
///
/// # Errors
/// All problems of the text, if one of them keeps it from running.
pub fn parse_with(text: &str, file: &Path, metrics: &[&str], strategies: &[Custom]) -> Result<Loaded, LoadError> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let context = Context::new(&file.display().to_string(), text, folder).with_strategies(strategies);
    let (scenario, definitions) = {
        let (document, errors) = DeTable::parse_recoverable(context.text());
        let scenario = read(&Table::root(&context, document.get_ref(), &keys::ROOT), metrics);
        report_syntax(&context, &errors);
        scenario
    };
    let (digest, files, inputs) = (context.digest_hex(), context.files(), context.inputs());
    if context.has_errors() {
        return Err(LoadError { file: file.to_owned(), problems: context.into_problems(), inputs });
    }
    let scenario = Scenario { defaults: context.defaults(), ..scenario };
    Ok(Loaded { scenario, warnings: context.into_problems(), digest, files, inputs, definitions })
}

/// Reads the text of a sweep file; `file` is its name in messages.
///
/// # Errors
/// All problems of the text.
pub fn parse_sweep(text: &str, file: &Path) -> Result<SweepFile, LoadError> {
    let context = Context::new(&file.display().to_string(), text, Path::new(""));
    let sweep = {
        let (document, errors) = DeTable::parse_recoverable(context.text());
        let sweep = sweeps::read(&Table::root(&context, document.get_ref(), &sweeps::SWEEP));
        report_syntax(&context, &errors);
        sweep
    };
    if context.has_errors() {
        return Err(LoadError { file: file.to_owned(), problems: context.into_problems(), inputs: Vec::new() });
    }
    Ok(sweep)
}

/// Notes errors of syntax. What else was found then counts only if it cannot follow from them.
fn report_syntax(context: &Context, errors: &[toml::de::Error]) {
    if errors.is_empty() {
        return;
    }
    let lines: Vec<usize> = errors.iter().filter_map(|error| Some(context.line_of(error.span()?.start))).collect();
    context.retain(|problem| {
        use Rule::{Malformed, OutOfRange, UnknownChoice, UnknownInstanceType, WrongType};
        let is_local = matches!(problem.rule, Malformed | OutOfRange | UnknownChoice | UnknownInstanceType | WrongType);
        is_local && problem.place.as_ref().is_some_and(|place| !lines.contains(&place.line()))
    });
    for error in errors {
        let span = error.span().unwrap_or_default();
        context.report(
            span,
            Problem::new(Rule::Syntax, format!("not TOML: {}", error.message())).help("see toml.io for the syntax"),
        );
    }
}

/// Reads a length of time, such as `90s`.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn parse_span(text: &str) -> Result<SimSpan, &'static str> {
    quantity::span(text)
}

/// What runs and what comes, as far as it could be read.
struct Load<'a> {
    /// The definitions that are written out.
    written: Definitions<'a>,
    /// Those, and those that are drawn or come from the trace.
    definitions: Vec<TaskDefinition>,
    running: Vec<Running>,
    services: Vec<FromTable<'a, Service>>,
    sources: Vec<FromTable<'a, TaskSource>>,
    starts: Vec<StartTask>,
    trace: Trace,
    subnets: Subnets,
}

fn read_load<'a>(root: &Table<'a>, fleet: &Fleet, horizon: Option<SimTime>) -> Load<'a> {
    let written = Definitions::read(root);
    let running = running::read(root, &written, fleet);
    let mut services = services::read_services(root, &written, horizon);
    let mut drawn = Shapes::after(written.list.len());
    let mut sources = load::read_sources(root, &written, &mut drawn, horizon);
    let mut starts = start_task::read(root, &written, fleet, horizon);
    let subnets = Subnets::read(root, fleet);
    let of_services = services.iter_mut().map(|one| &mut one.what.settings.network);
    let of_sources = sources.iter_mut().map(|one| &mut one.what.details.network);
    let of_starts = starts.iter_mut().map(|start| &mut start.details.network);
    of_services.chain(of_sources).chain(of_starts).for_each(|network| subnets.resolve(network, fleet));
    shapes::report_taken(root, &drawn, &written.list);
    let mut definitions = written.list.clone();
    definitions.extend(drawn.into_list());
    let trace = trace::read(root, &mut definitions);
    Load { written, definitions, running, services, sources, starts, trace, subnets }
}

/// Reads every part; parts with problems are stand-ins.
fn read(root: &Table<'_>, metrics: &[&str]) -> (Scenario, BTreeMap<String, DefinitionId>) {
    let context = root.context();
    // Readers of files say it where one is missing, so it comes first.
    root.get("files-from").and_then(|item| item.text()).into_iter().for_each(|place| context.files_come_from(place));
    let horizon = settings::read_horizon(root);
    let (Cluster { mut fleet, draining, reserved }, is_whole) = context.watch_errors(|| cluster::read(root));
    let load = read_load(root, &fleet, horizon);
    let policies = policies::read_policies(root);
    let (options, retry_interval) = settings::read_options(root);
    let happenings = happenings::read_happenings(root, &mut fleet, horizon);
    let dynamics = Dynamics {
        services: settings::read_service_options(root),
        failures: happenings::read_failures(root, horizon),
        providers: capacity::read(root, &mut fleet, horizon),
        provider_options: settings::read_provider_options(root),
    };
    if dynamics.failures.is_some() || happenings::any_returns(&happenings) {
        // What returns is new, and of a class that the fleet has.
        fleet.clones();
    }
    settings::report_idle(root, &dynamics.providers);
    services::warn_of_stuck(&load.services, happenings::any_drains(&happenings));
    let comparison = settings::read_comparison(root, &policies, metrics);
    services::report_held_to_zones(&load.services, &load.definitions, &policies, &comparison.own_strategies);
    policies::warn_of_no_effect(root, &load.services, &load.sources, &load.trace);
    let expected = settings::read_expected(root, &policies, metrics);
    let snapshot = root.or_absent("snapshot").and_then(|item| instants::read_instant_or_end(&item, horizon));

    checks::Constrained {
        definitions: &load.definitions,
        policies: &policies,
        services: &load.services,
        sources: &load.sources,
    }
    .check();
    // What is said about the fleet holds only if all of it was read.
    if is_whole {
        let rooms = Rooms::new(&fleet, &reserved);
        let holds_daemons = dynamics.services.daemon_room == DaemonRoom::HeldBack;
        let rooms = if holds_daemons { rooms.with_daemons(&load) } else { rooms };
        checks::warn_of_fleet(root, &rooms, &load, &policies);
    }
    let name = root.get("name").and_then(|item| item.text_of("1 to 64 letters, digits and - _ .", names::is_file_name));
    let scenario = Scenario {
        name: name.unwrap_or_default().to_owned(),
        description: root.or_default("description").text().unwrap_or_default().to_owned(),
        seeds: root.or_default("seeds").integer_u32(1..=limits::SEEDS).unwrap_or_default(),
        horizon,
        snapshot,
        fleet,
        hard_memory: load.written.hard_memory.clone(),
        definitions: load.definitions,
        running: load.running,
        draining,
        services: copies::expand(load.services, horizon),
        sources: load.sources.into_iter().map(|one| one.what).collect(),
        starts: load.starts,
        trace: load.trace,
        happenings,
        policies,
        options,
        retry_interval,
        dynamics,
        comparison,
        expected,
        defaults: Vec::new(),
    };
    footprint::check(root, &scenario);
    (scenario, load.written.references())
}
