//! Traces: tasks that were recorded somewhere, one a row of a CSV file.
//!
//! Columns are found by name (`columns.rs`): `arrival_s`, `cpu_units` and `memory_mib` are needed; `group`, `duration_s` or
//! `stop_s`, `duration_censored` and `gpu` are optional, others are passed over. A scenario may give other names and other
//! units (`fields.rs`): times are cut off at the millisecond, sizes rounded up to whole units. An empty duration or stop
//! runs to the end, and an empty group is `family:<family>`, where the family is that of the task's shape,
//! `trace-<cpu>-<memory>[-<gpu>]`. With `gpu-milli = true`, `gpu_milli` says how many thousandths of one GPU a task takes.
//! Rows become tasks in `builder.rs`.
//!
//! A task that began before the run does, by a negative arrival or by a window, starts with the run and has what is left
//! of its life; where nothing is left it does not come.
//!
//! # Cost
//! Well below a microsecond a row: one pass over bytes, one hash of the group, none of a shape that repeats. Rows need
//! not be in order of arrival; sorting them is stable, so equal times keep the order of the file.

mod builder;
mod columns;
mod fields;

use super::groups::read_load_factor;
use crate::model::{DefinitionId, SimSpan, SimTime, TaskDefinition, Trace, TraceTask, counted};
use crate::scenario::reading::bytes;
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::diagnostic::Diagnostic;
use crate::scenario::reading::keys;
use crate::scenario::reading::quantity::show_span;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rows::{self, RowProblems, Rows};
use crate::scenario::reading::rules::Rule;
use builder::Builder;
use columns::Columns;

pub use columns::TraceColumns;
pub use fields::{CpuUnit, MemoryUnit, TimeUnit};

/// From where times count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// As written.
    #[default]
    File,
    /// The first arrival is at 0.
    FirstArrival,
}

/// How to read a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceOptions {
    /// From where times count.
    pub origin: Origin,
    /// At most this many rows from the top; `None` is all.
    pub limit: Option<u64>,
    /// The time, counted from the origin, that the run begins at; `None` is the origin itself.
    pub from: Option<SimTime>,
    /// Tasks at or after this time, counted from the origin, do not come; `None` is no such time.
    pub to: Option<SimTime>,
    /// What becomes of tasks that began before the run and still run.
    pub running_at_start: RunningAtStart,
    /// What becomes of lives that were not seen to end.
    pub censored: Censored,
    /// Whether `gpu_milli` says how many thousandths of one GPU a task takes: research only, no form of ECS.
    pub gpu_milli: bool,
    /// Names of columns that are not those of this program.
    pub columns: TraceColumns,
    /// The unit of all times.
    pub unit: TimeUnit,
    /// The unit of what tasks ask of cpu.
    pub cpu_unit: CpuUnit,
    /// The unit of what tasks ask of memory.
    pub memory_unit: MemoryUnit,
}

/// What becomes of tasks of a trace that began before the run and still run when it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunningAtStart {
    /// They start with the run, in the order of their arrivals, with what is left of their lives.
    #[default]
    Keep,
    /// They do not come.
    Drop,
}

/// What becomes of a life that was not seen to end, so that its duration is only an age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Censored {
    /// It lasts to the end of the run.
    #[default]
    RunOn,
    /// It lasts as long as it was seen to.
    StopAtAge,
}

/// A trace and the task definitions that stand for its shapes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceLoad {
    /// The tasks; their definitions count from 0 within [`TraceLoad::definitions`].
    pub trace: Trace,
    /// One definition a shape, in order of appearance.
    pub definitions: Vec<TaskDefinition>,
    /// How many rows were read.
    pub rows: u64,
    /// How many of the tasks have a life that was not seen to end.
    pub censored: u64,
    /// How many rows do not come because their tasks had stopped when the run begins.
    pub ended_before: u64,
}

/// Reads a trace from the bytes of a CSV file, plain or packed by gzip.
///
/// # Errors
/// Every row that is wrong, the first 20 of them in full.
///
/// # Examples
///
/// ```
/// use stowplan::scenario::{TraceOptions, read_trace};
///
/// let rows = b"arrival_s,duration_s,cpu_units,memory_mib\n0.5,60,256,512\n";
/// let load = read_trace(rows, &TraceOptions::default()).unwrap();
/// assert_eq!(load.trace.tasks[0].at.0, 500);
/// assert_eq!(load.definitions[0].family, "trace-256-512");
/// ```
pub fn read_trace(bytes: &[u8], options: &TraceOptions) -> Result<TraceLoad, Vec<Diagnostic>> {
    let bytes = bytes::unpack(bytes.to_vec()).unwrap_or_default();
    let (load, problems) = read_rows(&bytes, options);
    if problems.is_empty() { Ok(load) } else { Err(problems.into_diagnostics("trace", &bytes)) }
}

/// The `[trace]` of a scenario; its definitions are appended to `definitions`.
pub(crate) fn read(root: &Table<'_>, definitions: &mut Vec<TaskDefinition>) -> Trace {
    let Some(table) = root.get("trace").and_then(|item| item.table(&keys::TRACE)) else {
        return Trace::default();
    };
    let load_factor = read_load_factor(&table.or_default("load-factor"));
    let options = read_options(&table);
    let Some(file) = table.get("file") else { return Trace::default() };
    let Some((name, bytes)) = rows::read_file(&file) else { return Trace::default() };
    let Some(options) = options else { return Trace::default() };
    let (load, problems) = read_rows(&bytes, &options);
    let is_clean = problems.is_empty();
    problems.report(table.context(), &name, &bytes);
    if is_clean {
        report_empty_window(&table, &load, &options);
        warn_of_no_rows(&file, &load);
        warn_of_lives(&table, &file, &load, &options);
        warn_of_empty_shapes(&file, &load);
    }
    Trace { load_factor, ..append(&file, load, definitions) }
}

/// All but the file; `None` if the window is none.
fn read_options(table: &Table<'_>) -> Option<TraceOptions> {
    let origins = [("file", Origin::File), ("first-arrival", Origin::FirstArrival)];
    let fates = [("run-on", Censored::RunOn), ("stop-at-age", Censored::StopAtAge)];
    let running = [("keep", RunningAtStart::Keep), ("drop", RunningAtStart::Drop)];
    let time = |item: Item<'_>| item.span_of_time().map(|span| SimTime(span.0));
    let options = TraceOptions {
        origin: table.or_default("origin").choice(&origins).unwrap_or_default(),
        limit: table.or_absent("limit").and_then(|item| item.integer(1..=u64::from(u32::MAX))),
        from: table.or_absent("from").and_then(time),
        to: table.or_absent("to").and_then(time),
        running_at_start: table.or_default("running-at-start").choice(&running).unwrap_or_default(),
        censored: table.or_default("censored").choice(&fates).unwrap_or_default(),
        gpu_milli: table.or_default("gpu-milli").flag().unwrap_or_default(),
        columns: columns::read(table),
        unit: table.or_default("unit").choice(TimeUnit::WORDS).unwrap_or_default(),
        cpu_unit: table.or_default("cpu-unit").choice(CpuUnit::WORDS).unwrap_or_default(),
        memory_unit: table.or_default("memory-unit").choice(MemoryUnit::WORDS).unwrap_or_default(),
    };
    let (Some(from), Some(to)) = (options.from.or(Some(SimTime::ZERO)), options.to) else { return Some(options) };
    if from < to {
        return Some(options);
    }
    let problem = Problem::new(Rule::Law, "`to` must be above `from`").label("no time between them");
    table.get("to")?.report(problem.help("write an earlier `from` or a later `to`"));
    None
}

/// Refuses a window, or a trace, without a task.
fn report_empty_window(table: &Table<'_>, load: &TraceLoad, options: &TraceOptions) {
    let has_window = options.from.is_some() || options.to.is_some();
    if has_window && load.trace.tasks.is_empty() {
        let problem = Problem::new(Rule::Law, "the trace has no task between `from` and `to`").label("an empty window");
        let from = options.from.unwrap_or_default();
        let to = options.to.map_or_else(|| "its end".to_owned(), |to| show_span(SimSpan(to.0)));
        let help = format!("look where its times are; this is from {} to {to}", show_span(SimSpan(from.0)));
        table.report(problem.help(help));
    }
}

/// Warns of a file that is a header alone.
fn warn_of_no_rows(file: &Item<'_>, load: &TraceLoad) {
    if load.rows == 0 {
        let problem = Problem::new(Rule::Unused, "the trace has a header and no rows, so no task comes from it");
        file.report(problem.label("no rows").help("look whether the file is whole, or leave `[trace]` out"));
    }
}

/// Warns of lives that are not what they seem, unless that was decided, and of rows that do not come.
fn warn_of_lives(table: &Table<'_>, file: &Item<'_>, load: &TraceLoad, options: &TraceOptions) {
    let all = load.trace.tasks.len();
    if load.censored > 0 && table.get("censored").is_none() {
        let message = format!(
            "{} of {} of the trace not seen to end; they run to the end of the run",
            load.censored,
            counted(all, "task")
        );
        let help = "write `censored = \"run-on\"` if so it should be, or `\"stop-at-age\"`";
        file.report(Problem::new(Rule::Censored, message).label("`duration_censored` is 1 there").help(help));
    }
    if load.ended_before > 0 && options.from.is_none() {
        let noun = if load.ended_before == 1 { "row stops" } else { "rows stop" };
        let message = format!("{} {noun} before the run begins and does not come", load.ended_before);
        let message = if load.ended_before == 1 { message } else { message.replace("does not", "do not") };
        let problem = Problem::new(Rule::Unused, message).label("negative arrivals");
        file.report(problem.help("leave them out, or set `origin = \"first-arrival\"`"));
    }
}

fn append(file: &Item<'_>, load: TraceLoad, definitions: &mut Vec<TaskDefinition>) -> Trace {
    let TraceLoad { mut trace, definitions: shapes, .. } = load;
    if let Some(taken) = shapes.iter().find(|shape| definitions.iter().any(|known| known.family == shape.family)) {
        let message = format!("the trace needs the family `{}`, which the scenario defines", taken.family);
        file.report(Problem::new(Rule::DuplicateName, message).help("give the task definition another family"));
    }
    let first = definitions.len();
    for task in &mut trace.tasks {
        task.definition = DefinitionId::from_index(first + task.definition.index());
    }
    definitions.extend(shapes);
    trace
}

fn warn_of_empty_shapes(file: &Item<'_>, load: &TraceLoad) {
    let is_empty = |task: &&TraceTask| load.definitions[task.definition.index()].demand.memory.0 == 0;
    let count = load.trace.tasks.iter().filter(is_empty).count();
    if count > 0 {
        let noun = if count == 1 { "task reserves" } else { "tasks reserve" };
        let message = format!("{count} {noun} no memory, which Amazon ECS would refuse");
        file.report(
            Problem::new(Rule::NoSize, message).label("read as it is").help("give them memory, or leave them out"),
        );
    }
}

fn read_rows(bytes: &[u8], options: &TraceOptions) -> (TraceLoad, RowProblems) {
    let mut rows = Rows::new(bytes);
    let mut builder = Builder::new(options);
    let limit = options.limit.unwrap_or(u64::MAX);
    // A row that has no place in a column would be wrong in every row: the header's problem says it once.
    if let Some(columns) = Columns::find(&mut rows, options) {
        while builder.rows < limit && rows.next_row() {
            builder.row(&mut rows, &columns);
        }
    }
    (builder.finish(options), rows.finish())
}
