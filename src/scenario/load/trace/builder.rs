//! Tasks from the rows of a trace: shapes and groups are told apart, times counted from where the run begins.

use rustc_hash::FxHashMap;

use super::columns::Columns;
use super::fields::{self, Fields};
use super::{Censored, Origin, RunningAtStart, TraceLoad, TraceOptions};
use crate::model::{DefinitionId, Demand, GpuDemand, GroupId, Milli, SimSpan, SimTime, TaskDefinition, TraceTask};
use crate::scenario::reading::quantity::LONGEST;
use crate::scenario::reading::rows::Rows;

#[derive(Default)]
pub(super) struct Builder {
    /// Rows so far, the wrong ones too.
    pub(super) rows: u64,
    /// Until it is finished, the time of a task is [`packed`].
    load: TraceLoad,
    fate: Censored,
    groups: FxHashMap<Box<str>, GroupId>,
    shapes: FxHashMap<Shape, (DefinitionId, GroupId)>,
    last: Option<(Shape, (DefinitionId, GroupId))>,
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
    pub(super) fn new(options: &TraceOptions) -> Self {
        Self { fate: options.censored, ..Self::default() }
    }

    pub(super) fn row(&mut self, rows: &mut Rows<'_>, columns: &Columns) {
        self.rows += 1;
        let Some(Fields { at, life, is_censored, cpu, memory, gpus }) = fields::read(rows, columns) else { return };
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

    pub(super) fn finish(mut self, options: &TraceOptions) -> TraceLoad {
        self.load.rows = self.rows;
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
