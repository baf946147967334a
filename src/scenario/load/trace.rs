//! Traces: tasks that were recorded somewhere, one a row of a CSV file.
//!
//! Columns are found by name: `arrival_s`, `cpu_units` and `memory_mib` are needed; `task_id` (kept for people only),
//! `group`, `duration_s` or `stop_s`, `duration_censored` and `gpu` are optional, others are passed over. Times have up to
//! three decimals that count; further ones are cut off. An empty duration or stop runs to the end, and an empty group is
//! `family:<family>`, where the family is that of the task's shape, `trace-<cpu>-<memory>[-<gpu>]`.
//! With `gpu-milli = true`, `gpu_milli` says how many thousandths of one GPU a task takes.
//!
//! A task that began before the run does, by a negative arrival or by a window, starts with the run and has what is left
//! of its life; where nothing is left it does not come.
//!
//! # Cost
//! Well below a microsecond a row: one pass over bytes, one hash of the group, none of a shape that repeats. Rows need
//! not be in order of arrival; sorting them is stable, so equal times keep the order of the file.

use rustc_hash::FxHashMap;

use super::groups::read_load_factor;
use crate::model::{
    DefinitionId, Demand, GpuDemand, GroupId, MILLI_PER_DEVICE, Milli, SimSpan, SimTime, TaskDefinition, Trace,
    TraceTask,
};
use crate::scenario::reading::bytes;
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::diagnostic::Diagnostic;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::quantity::{LONGEST, show_span};
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rows::{self, RowProblems, Rows};
use crate::scenario::reading::rules::Rule;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
/// let load = read_trace(b"arrival_s,duration_s,cpu_units,memory_mib\n0.5,60,256,512\n", TraceOptions::default()).unwrap();
/// assert_eq!(load.trace.tasks[0].at.0, 500);
/// assert_eq!(load.definitions[0].family, "trace-256-512");
/// ```
pub fn read_trace(bytes: &[u8], options: TraceOptions) -> Result<TraceLoad, Vec<Diagnostic>> {
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
    let (load, problems) = read_rows(&bytes, options);
    let is_clean = problems.is_empty();
    problems.report(table.context(), &name, &bytes);
    if is_clean {
        report_empty_window(&table, &load, options);
        warn_of_lives(&table, &file, &load, options);
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
fn report_empty_window(table: &Table<'_>, load: &TraceLoad, options: TraceOptions) {
    let has_window = options.from.is_some() || options.to.is_some();
    if has_window && load.trace.tasks.is_empty() {
        let problem = Problem::new(Rule::Law, "the trace has no task between `from` and `to`").label("an empty window");
        let from = options.from.unwrap_or_default();
        let to = options.to.map_or_else(|| "its end".to_owned(), |to| show_span(SimSpan(to.0)));
        let help = format!("look where its times are; this is from {} to {to}", show_span(SimSpan(from.0)));
        table.report(problem.help(help));
    }
}

/// Warns of lives that are not what they seem, unless that was decided, and of rows that do not come.
fn warn_of_lives(table: &Table<'_>, file: &Item<'_>, load: &TraceLoad, options: TraceOptions) {
    let all = load.trace.tasks.len();
    if load.censored > 0 && table.get("censored").is_none() {
        let message = format!(
            "{} of {all} tasks of the trace were not seen to end; they run to the end of the run",
            load.censored
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

/// Columns by position.
struct Columns {
    group: Option<usize>,
    arrival: Option<usize>,
    duration: Option<usize>,
    stop: Option<usize>,
    censored: Option<usize>,
    cpu: Option<usize>,
    memory: Option<usize>,
    gpu: Option<usize>,
    /// Thousandths of a GPU, where the trace is read with them.
    gpu_milli: Option<usize>,
}

fn read_rows(bytes: &[u8], options: TraceOptions) -> (TraceLoad, RowProblems) {
    let mut rows = Rows::new(bytes);
    let names = [
        "group",
        "arrival_s",
        "duration_s",
        "stop_s",
        "duration_censored",
        "cpu_units",
        "memory_mib",
        "gpu",
        "gpu_milli",
    ];
    let found = rows.columns(&["arrival_s", "cpu_units", "memory_mib"], names);
    let [group, arrival, duration, stop, censored, cpu, memory, gpu, gpu_milli] = found;
    let gpu_milli = gpu_milli.filter(|_| options.gpu_milli);
    let columns = Columns { group, arrival, duration, stop, censored, cpu, memory, gpu, gpu_milli };
    let mut builder = Builder { fate: options.censored, ..Builder::default() };
    let limit = options.limit.unwrap_or(u64::MAX);
    let is_ambiguous = duration.is_some() && stop.is_some();
    if is_ambiguous {
        rows.problem(stop, "columns `duration_s` and `stop_s` both say when tasks end", "leave one of the two out");
    }
    // A row that has no place in a column would be wrong in every row: the header's problem says it once.
    if columns.arrival.is_some() && columns.cpu.is_some() && columns.memory.is_some() && !is_ambiguous {
        let mut count = 0;
        while count < limit && rows.next_row() {
            count += 1;
            builder.row(&mut rows, &columns);
        }
    }
    (builder.finish(options), rows.finish())
}

#[derive(Default)]
struct Builder {
    /// Until it is finished, the time of a task is [`packed`].
    load: TraceLoad,
    fate: Censored,
    groups: FxHashMap<Box<str>, GroupId>,
    shapes: FxHashMap<Shape, (DefinitionId, GroupId)>,
    last: Option<(Shape, (DefinitionId, GroupId))>,
}

/// Whole GPUs, or thousandths of one.
fn gpus(rows: &mut Rows<'_>, columns: &Columns) -> Option<GpuDemand> {
    let count = rows.size_or_zero(columns.gpu, limits::GPUS);
    if columns.gpu_milli.is_none() || rows.text(columns.gpu_milli).is_empty() {
        return count.map(GpuDemand::from);
    }
    let milli = rows.size_or_zero(columns.gpu_milli, MILLI_PER_DEVICE);
    let (count, milli) = (count?, milli?);
    match (count, milli) {
        (1, 1..MILLI_PER_DEVICE) => return Some(GpuDemand::Share(milli)),
        (0, 0) | (1.., MILLI_PER_DEVICE) => return Some(count.into()),
        (0, _) => {
            let message = format!("`gpu_milli` = {milli} is a share of no GPU");
            rows.problem(columns.gpu_milli, message, "write 1 in `gpu`, or no share");
        }
        (_, _) => {
            let noun = if count == 1 { "GPU" } else { "GPUs" };
            let message = format!("`gpu_milli` = {milli} is a share of {count} {noun}");
            rows.problem(columns.gpu_milli, message, "a share is of one device: write 1000");
        }
    }
    None
}

/// A time that may be negative and whether the life was not seen to end, in the order of the times.
fn packed(milliseconds: i64, is_censored: bool) -> SimTime {
    let shifted = milliseconds + LONGEST_SIGNED;
    SimTime(u64::try_from(shifted).expect("no time is before the longest") * 2 + u64::from(is_censored))
}

/// The time 0 of [`packed`] times.
const LONGEST_SIGNED: i64 = 36_500 * 24 * 3_600_000;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    cpu: u32,
    memory: u32,
    gpus: GpuDemand,
}

impl Builder {
    fn row(&mut self, rows: &mut Rows<'_>, columns: &Columns) {
        let arrival = signed_time(rows, columns.arrival);
        let life = life(rows, columns, arrival);
        let is_censored = censored(rows, columns.censored);
        let cpu = rows.size(columns.cpu, 0..=limits::CPU);
        let memory = rows.size(columns.memory, 0..=limits::MEMORY);
        let gpus = gpus(rows, columns);
        let (Some(at), Some(life), Some(is_censored)) = (arrival, life, is_censored) else { return };
        let (Some(cpu), Some(memory), Some(gpus)) = (cpu, memory, gpus) else { return };
        let life = if is_censored && self.fate == Censored::RunOn { None } else { life };
        let (definition, family_group) = self.shape(Shape { cpu, memory, gpus });
        let group = match rows.text(columns.group) {
            "" => family_group,
            name => self.group(name),
        };
        let at = packed(at, is_censored);
        self.load.trace.tasks.push(TraceTask { at, life: life.map(SimSpan), definition, group });
    }

    fn shape(&mut self, shape: Shape) -> (DefinitionId, GroupId) {
        if let Some((last, ids)) = self.last
            && last == shape
        {
            return ids;
        }
        let ids = match self.shapes.get(&shape) {
            Some(&ids) => ids,
            None => self.add_shape(shape),
        };
        self.last = Some((shape, ids));
        ids
    }

    fn add_shape(&mut self, shape: Shape) -> (DefinitionId, GroupId) {
        let Shape { cpu, memory, gpus } = shape;
        let suffix = match gpus {
            GpuDemand::Whole(count) => format!("-{count}"),
            GpuDemand::Share(milli) => format!("-{}", Milli(milli)),
            _ => String::new(),
        };
        let family = format!("trace-{cpu}-{memory}{suffix}");
        let group = self.group(&format!("family:{family}"));
        let definition = DefinitionId::from_index(self.load.definitions.len());
        let demand = Demand { gpus, ..Demand::new(cpu, memory) };
        self.load.definitions.push(TaskDefinition { family, demand, ..TaskDefinition::default() });
        self.shapes.insert(shape, (definition, group));
        (definition, group)
    }

    fn group(&mut self, name: &str) -> GroupId {
        if let Some(&id) = self.groups.get(name) {
            return id;
        }
        let id = GroupId::from_index(self.load.trace.groups.len());
        self.load.trace.groups.push(name.to_owned());
        self.groups.insert(name.into(), id);
        id
    }

    fn finish(mut self, options: TraceOptions) -> TraceLoad {
        let tasks = &mut self.load.trace.tasks;
        if !tasks.is_sorted_by_key(|task| task.at.0 >> 1) {
            tasks.sort_by_key(|task| task.at.0 >> 1);
        }
        let zero = match options.origin {
            Origin::File => LONGEST.0,
            Origin::FirstArrival => tasks.first().map_or(LONGEST.0, |task| task.at.0 >> 1),
        };
        let begin = zero + options.from.map_or(0, |from| from.0);
        let end = options.to.map_or(u64::MAX, |to| zero + to.0);
        let before = tasks.len();
        let (mut censored, mut ended_before) = (0, 0);
        tasks.retain_mut(|task| {
            let is_censored = task.at.0 & 1 == 1;
            let at = task.at.0 >> 1;
            let age = begin.saturating_sub(at);
            let left = task.life.map(|life| life.0.saturating_sub(age));
            let is_over = age > 0 && left == Some(0);
            ended_before += u64::from(is_over);
            if at >= end || is_over || (age > 0 && options.running_at_start == RunningAtStart::Drop) {
                return false;
            }
            censored += u64::from(is_censored);
            (task.at, task.life) = (SimTime(at.saturating_sub(begin)), left.map(SimSpan));
            true
        });
        (self.load.censored, self.load.ended_before) = (censored, ended_before);
        if self.load.trace.tasks.len() < before {
            self.load.forget_unused();
        }
        self.load
    }
}

impl TraceLoad {
    /// Leaves out the definitions and groups of tasks that do not come.
    fn forget_unused(&mut self) {
        let tasks = &mut self.trace.tasks;
        let mut definitions = vec![false; self.definitions.len()];
        let mut groups = vec![false; self.trace.groups.len()];
        for task in tasks.iter() {
            definitions[task.definition.index()] = true;
            groups[task.group.index()] = true;
        }
        let renumbered = |used: &[bool]| {
            let mut next = 0;
            let number = |is_used: &bool| {
                next += usize::from(*is_used);
                next.saturating_sub(1)
            };
            used.iter().map(number).collect::<Vec<usize>>()
        };
        let (new_definitions, new_groups) = (renumbered(&definitions), renumbered(&groups));
        for task in tasks {
            task.definition = DefinitionId::from_index(new_definitions[task.definition.index()]);
            task.group = GroupId::from_index(new_groups[task.group.index()]);
        }
        let mut is_used = definitions.into_iter();
        self.definitions.retain(|_| is_used.next().unwrap_or_default());
        let mut is_used = groups.into_iter();
        self.trace.groups.retain(|_| is_used.next().unwrap_or_default());
    }
}

const SECONDS: &str = "write seconds such as `12` or `12.5`, at most 100 years";

/// Seconds with decimals as milliseconds.
fn time(rows: &mut Rows<'_>, column: Option<usize>) -> Option<u64> {
    let value = milliseconds(rows.field(column)).filter(|value| *value <= LONGEST.0);
    if value.is_none() {
        rows.refuse(column, SECONDS);
    }
    value
}

/// Seconds with decimals and perhaps a sign as milliseconds.
fn signed_time(rows: &mut Rows<'_>, column: Option<usize>) -> Option<i64> {
    let field = rows.field(column);
    let (digits, is_negative) = match field.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (field, false),
    };
    let value = milliseconds(digits).filter(|value| *value <= LONGEST.0).and_then(|value| i64::try_from(value).ok());
    if value.is_none() {
        rows.refuse(column, SECONDS);
    }
    value.map(|value| if is_negative { -value } else { value })
}

/// The life of a row: `Some(None)` is one without an end, `None` is a wrong one.
#[expect(clippy::option_option, reason = "without an end is an answer, wrong is none")]
fn life(rows: &mut Rows<'_>, columns: &Columns, arrival: Option<i64>) -> Option<Option<u64>> {
    if columns.stop.is_none() {
        return if rows.field(columns.duration).is_empty() {
            Some(None)
        } else {
            time(rows, columns.duration).map(Some)
        };
    }
    if rows.field(columns.stop).is_empty() {
        return Some(None);
    }
    let (stop, arrival) = (signed_time(rows, columns.stop)?, arrival?);
    let life = u64::try_from(stop - arrival).ok();
    if life.is_none() {
        rows.problem(columns.stop, "a task stops before it starts", "write a stop at or after the arrival of the row");
    }
    life.map(Some)
}

/// Whether the life of a row was not seen to end.
fn censored(rows: &mut Rows<'_>, column: Option<usize>) -> Option<bool> {
    match rows.field(column) {
        b"" | b"0" => Some(false),
        b"1" => Some(true),
        _ => {
            rows.refuse(column, "write 1 if the life was not seen to end, else 0");
            None
        }
    }
}

fn milliseconds(field: &[u8]) -> Option<u64> {
    let (whole, fraction) = match field.iter().position(|byte| *byte == b'.') {
        None => (field, &[][..]),
        Some(dot) => (&field[..dot], &field[dot + 1..]),
    };
    if whole.len() > 15 || (fraction.is_empty() && whole.len() < field.len()) {
        return None;
    }
    let mut thousandths = 0;
    for (position, byte) in fraction.iter().enumerate() {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        thousandths += [100, 10, 1].get(position).map_or(0, |weight| weight * digit);
    }
    Some(rows::digits(whole)? * 1_000 + thousandths)
}
