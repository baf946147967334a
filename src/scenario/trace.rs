//! Traces: tasks that were recorded somewhere, one a row of a CSV file.
//!
//! Columns are found by name: `arrival_s`, `cpu_units` and `memory_mib` are needed; `task_id` (kept for people only),
//! `group`, `duration_s` and `gpu` are optional, others are passed over. Times have up to three decimals that count;
//! further ones are cut off. An empty duration runs to the end, and an empty group is `family:<family>`, where the family is
//! that of the task's shape, `trace-<cpu>-<memory>[-<gpu>]`.
//!
//! # Cost
//! Well below a microsecond a row: one pass over bytes, one hash of the group, none of a shape that repeats. Rows need
//! not be in order of arrival; sorting them is stable, so equal times keep the order of the file.

use rustc_hash::FxHashMap;

use super::context::Problem;
use super::diagnostic::Diagnostic;
use super::keys;
use super::limits;
use super::quantity::LONGEST;
use super::reader::{Item, Table};
use super::rows::{self, RowProblems, Rows};
use super::rules::Rule;
use crate::model::{DefinitionId, Demand, GroupId, SimSpan, SimTime, TaskDefinition, Trace, TraceTask};

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
}

/// A trace and the task definitions that stand for its shapes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceLoad {
    /// The tasks; their definitions count from 0 within [`TraceLoad::definitions`].
    pub trace: Trace,
    /// One definition a shape, in order of appearance.
    pub definitions: Vec<TaskDefinition>,
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
    let bytes = rows::unpack(bytes.to_vec()).unwrap_or_default();
    let (load, problems) = read_rows(&bytes, options);
    if problems.is_empty() { Ok(load) } else { Err(problems.into_diagnostics("trace", &bytes)) }
}

/// The `[trace]` of a scenario; its definitions are appended to `definitions`.
pub(super) fn read(root: &Table<'_>, definitions: &mut Vec<TaskDefinition>) -> Trace {
    let Some(table) = root.get("trace").and_then(|item| item.table(&keys::TRACE)) else {
        return Trace::default();
    };
    let origins = [("file", Origin::File), ("first-arrival", Origin::FirstArrival)];
    let options = TraceOptions {
        origin: table.or_default("origin").choice(&origins).unwrap_or_default(),
        limit: table.or_absent("limit").and_then(|item| item.integer(1..=u64::from(u32::MAX))),
    };
    let Some(file) = table.get("file") else { return Trace::default() };
    let Some((name, bytes)) = rows::read_file(&file) else { return Trace::default() };
    let (load, problems) = read_rows(&bytes, options);
    problems.report(table.context(), &name, &bytes);
    warn_of_empty_shapes(&file, &load);
    append(&file, load, definitions)
}

fn append(file: &Item<'_>, load: TraceLoad, definitions: &mut Vec<TaskDefinition>) -> Trace {
    let TraceLoad { mut trace, definitions: shapes } = load;
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
    cpu: Option<usize>,
    memory: Option<usize>,
    gpu: Option<usize>,
}

fn read_rows(bytes: &[u8], options: TraceOptions) -> (TraceLoad, RowProblems) {
    let mut rows = Rows::new(bytes);
    let names = ["group", "arrival_s", "duration_s", "cpu_units", "memory_mib", "gpu"];
    let [group, arrival, duration, cpu, memory, gpu] = rows.columns(&["arrival_s", "cpu_units", "memory_mib"], names);
    let columns = Columns { group, arrival, duration, cpu, memory, gpu };
    let mut builder = Builder::default();
    let limit = options.limit.unwrap_or(u64::MAX);
    // A row that has no place in a column would be wrong in every row: the header's problem says it once.
    if columns.arrival.is_some() && columns.cpu.is_some() && columns.memory.is_some() {
        let mut count = 0;
        while count < limit && rows.next_row() {
            count += 1;
            builder.row(&mut rows, &columns);
        }
    }
    (builder.finish(options.origin), rows.finish())
}

#[derive(Default)]
struct Builder {
    load: TraceLoad,
    groups: FxHashMap<Box<str>, GroupId>,
    shapes: FxHashMap<Shape, (DefinitionId, GroupId)>,
    last: Option<(Shape, (DefinitionId, GroupId))>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    cpu: u32,
    memory: u32,
    gpus: u32,
}

impl Builder {
    fn row(&mut self, rows: &mut Rows<'_>, columns: &Columns) {
        let arrival = time(rows, columns.arrival);
        let life =
            if rows.field(columns.duration).is_empty() { Some(None) } else { time(rows, columns.duration).map(Some) };
        let cpu = rows.size(columns.cpu, 0..=limits::CPU);
        let memory = rows.size(columns.memory, 0..=limits::MEMORY);
        let gpus = rows.size_or_zero(columns.gpu, limits::GPUS);
        let (Some(at), Some(life), Some(cpu), Some(memory), Some(gpus)) = (arrival, life, cpu, memory, gpus) else {
            return;
        };
        let (definition, family_group) = self.shape(Shape { cpu, memory, gpus });
        let group = match rows.text(columns.group) {
            "" => family_group,
            name => self.group(name),
        };
        self.load.trace.tasks.push(TraceTask { at: SimTime(at), life: life.map(SimSpan), definition, group });
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
        let suffix = if gpus == 0 { String::new() } else { format!("-{gpus}") };
        let family = format!("trace-{cpu}-{memory}{suffix}");
        let group = self.group(&format!("family:{family}"));
        let definition = DefinitionId::from_index(self.load.definitions.len());
        let demand = Demand { gpus, ..Demand::new(cpu, memory) };
        self.load.definitions.push(TaskDefinition { family, demand, requires_attributes: vec![], member_of: vec![] });
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

    fn finish(mut self, origin: Origin) -> TraceLoad {
        let tasks = &mut self.load.trace.tasks;
        if !tasks.is_sorted_by_key(|task| task.at) {
            tasks.sort_by_key(|task| task.at);
        }
        if let (Origin::FirstArrival, Some(first)) = (origin, tasks.first().map(|task| task.at)) {
            for task in tasks {
                task.at = SimTime(task.at.0 - first.0);
            }
        }
        self.load
    }
}

/// Seconds with decimals as milliseconds.
fn time(rows: &mut Rows<'_>, column: Option<usize>) -> Option<u64> {
    let value = milliseconds(rows.field(column)).filter(|value| *value <= LONGEST.0);
    if value.is_none() {
        rows.refuse(column, "write seconds such as `12` or `12.5`, at most 100 years");
    }
    value
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
