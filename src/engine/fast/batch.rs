//! A batch: equal tasks placed at once, each exactly where it would go alone.
//!
//! What makes equal tasks quick is that the next choice of a cell is known from the last: packing stays on an instance
//! until it is full, spreading goes on to the next instance of the same level. Each cell therefore keeps a *line* with
//! its best instance at the head, and a task goes to the best of the heads; indexes hear of it when a line moves on.
//!
//! # Invariants
//! 1. The head of a line is what the chain chooses within its cell, all tasks of the batch so far counted.
//! 2. Cells do not see each other: a task changes the line of its own cell and its bucket alone.
//!
//! # Cost
//! A task costs a look at each line. Packing writes an instance once however many tasks it takes; spreading writes it
//! for each, and the levels once for 64 instances.

use smallvec::SmallVec;

use super::FastEngine;
use super::change::{self, Start};
use super::index::Indexes;
use super::index::levels::Taken;
use super::plan::{Core, Path, Plan, Tie};
use super::state::cells::members;
use super::state::record::Record;
use crate::engine::Placed;
use crate::model::{InstanceId, PackedResource, RequestId};

/// The best instances of one cell.
#[derive(Clone, Copy, Debug)]
struct Line {
    cell: usize,
    /// What the chain compares between cells: what is left, or the level; then the id.
    head: (u32, u32),
    /// Tasks on the head before the batch.
    tasks: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The head takes tasks until it is full: those it has taken, and those it can yet take.
    Stay { taken: u32, room: u32 },
    /// Each instance of a word of a level takes one: where the word starts, who has taken one, and who has not.
    Sweep { start: u32, taken: u64, rest: u64 },
}

/// One batch under way.
struct Batch<'e, 'a> {
    engine: &'e mut FastEngine<'a>,
    plan: Plan,
    spread: Option<usize>,
    core: Core,
}

impl Plan {
    /// Whether [`place`] serves the plan: ties go to the lowest, and indexes alone say what fits.
    pub(super) fn is_batched(&self, indexes: &Indexes) -> bool {
        let Path::Index { core, tie: Tie::Lowest, .. } = self.path else { return false };
        let is_plain = !self.distinct && self.extras.is_none() && (self.cpu > 0 || self.memory > 0);
        is_plain && (core != Core::Level || indexes.is_followed_alone(self))
    }
}

/// Places up to `count` tasks and tells each to `sink`.
pub(super) fn place(engine: &mut FastEngine<'_>, request: RequestId, count: u32, sink: &mut dyn FnMut(Placed)) -> u32 {
    let plan = engine.plans[request.index()];
    let Path::Index { spread, core, .. } = plan.path else { unreachable!("scans are made one by one") };
    Batch { engine, plan, spread, core }.place(count, sink)
}

impl Batch<'_, '_> {
    fn place(mut self, count: u32, sink: &mut dyn FnMut(Placed)) -> u32 {
        let mut lines: SmallVec<[Line; 4]> = SmallVec::new();
        if count > 0 {
            lines.extend(members(self.engine.indexes.candidates(&self.plan)).filter_map(|cell| self.open(cell, 0)));
        }
        let mut done = 0;
        while done < count && !lines.is_empty() {
            let at = self.best(&lines);
            let line = &mut lines[at];
            sink(Placed { instance: InstanceId(line.head.1), is_first: line.is_first() });
            done += 1;
            let (instance, cell) = (line.head.1, line.cell);
            let FastEngine { indexes, .. } = &mut *self.engine;
            indexes.count(self.plan.group, cell, instance, 1);
            if !self.advance(line) {
                let written = *line;
                self.write(written);
                match self.open(written.cell, written.end()) {
                    Some(next) => lines[at] = next,
                    None => drop(lines.remove(at)),
                }
            }
        }
        lines.into_iter().for_each(|line| self.write(line));
        done
    }

    /// The line whose head the chain chooses.
    #[inline]
    fn best(&self, lines: &[Line]) -> usize {
        if lines.len() == 1 {
            return 0;
        }
        let tasks = |line: &Line| match self.spread {
            Some(attribute) => self.engine.indexes.buckets.get(attribute, self.plan.group, line.cell),
            None => 0,
        };
        let score = |at: &usize| (tasks(&lines[*at]), lines[*at].head);
        (0..lines.len()).min_by_key(score).expect("there is a line")
    }

    /// The line of a cell, as the indexes have it; `None` if nothing fits there. Below `from`, everything that fits is
    /// known to hold a task of the group.
    fn open(&mut self, cell: usize, from: u32) -> Option<Line> {
        let FastEngine { cluster, indexes, .. } = &mut *self.engine;
        let id = match self.core {
            Core::Any => cluster.id(cell, indexes.fit.lowest(cell, self.plan.shape)?),
            Core::Pack(resource) => {
                let pack = indexes.pack_of(&self.plan, resource);
                let key = pack.search(cell, self.plan.wanted)?;
                pack.lowest(cell, key, self.plan.wanted)?
            }
            Core::Level => return self.sweep_listed(cell, from).or_else(|| self.sweep(cell)),
        };
        let record = cluster.records[id as usize];
        let kind = Kind::Stay { taken: 0, room: self.plan.room(record) };
        Some(Line { cell, head: (self.left(record), id), tasks: record.tasks(), kind })
    }

    /// As [`Self::open`] for the lowest level of a cell.
    fn sweep(&mut self, cell: usize) -> Option<Line> {
        let Indexes { levels, fit, .. } = &mut self.engine.indexes;
        let found = levels.first(self.plan.pair, cell, fit.column(cell, self.plan.shape))?;
        let kind = Kind::Sweep { start: found.start, taken: 0, rest: found.bits };
        let mut line = Line { cell, head: (found.level, 0), tasks: 0, kind };
        self.look(&mut line).then_some(line)
    }

    /// As [`Self::sweep`] for a pair without levels, as long as some instance has no task of the group; when none is
    /// left, or too many had to be passed over, the pair has earned its levels.
    fn sweep_listed(&mut self, cell: usize, from: u32) -> Option<Line> {
        if self.engine.indexes.levels.has_levels(self.plan.pair) {
            return None;
        }
        let (line, passed) = self.first_free_word(cell, from);
        let FastEngine { cluster, indexes, .. } = &mut *self.engine;
        if line.is_none() || indexes.levels.charge(self.plan.pair, passed, cluster.records.len()) {
            indexes.levels.build(self.plan.pair, cluster, &indexes.fit);
        }
        line
    }

    /// The first word of a cell from a position on with an instance that fits and has no task of the group, and how many
    /// words were passed over.
    fn first_free_word(&self, cell: usize, from: u32) -> (Option<Line>, usize) {
        let FastEngine { cluster, indexes, .. } = &*self.engine;
        let fitting = indexes.fit.column(cell, self.plan.shape);
        let mut next = fitting.next(from);
        let mut passed = 0;
        while let Some(local) = next {
            let start = local & !63;
            let is_free = |bit: &u32| cluster.group_count(cluster.id(cell, start + bit), self.plan.group) == 0;
            let rest = bits(fitting.word_of(start)).filter(is_free).fold(0, |rest, bit| rest | 1 << bit);
            let mut line = Line { cell, head: (0, 0), tasks: 0, kind: Kind::Sweep { start, taken: 0, rest } };
            if self.look(&mut line) {
                return (Some(line), passed);
            }
            passed += 1;
            next = fitting.next(start + 64);
        }
        (None, passed)
    }

    /// What is compared between cells under packing.
    fn left(&self, record: Record) -> u32 {
        match self.core {
            Core::Pack(PackedResource::Cpu) => record.cpu,
            Core::Pack(PackedResource::Memory) => record.memory,
            Core::Any | Core::Level => 0,
        }
    }

    /// A task goes to the head. Answers whether the line has a head for the next.
    #[inline]
    fn advance(&self, line: &mut Line) -> bool {
        match &mut line.kind {
            Kind::Stay { taken, room } => {
                *taken += 1;
                *room -= 1;
                line.head.0 -= match self.core {
                    Core::Pack(PackedResource::Cpu) => self.plan.cpu,
                    Core::Pack(PackedResource::Memory) => self.plan.memory,
                    Core::Any | Core::Level => 0,
                };
                *room > 0
            }
            Kind::Sweep { taken, rest, .. } => {
                *taken |= *rest & rest.wrapping_neg();
                *rest &= *rest - 1;
                self.look(line)
            }
        }
    }

    /// Makes the lowest instance of a swept word that has taken none the head; answers whether there is one.
    #[inline]
    fn look(&self, line: &mut Line) -> bool {
        let Kind::Sweep { start, rest, .. } = line.kind else { return true };
        if rest != 0 {
            let cluster = &self.engine.cluster;
            line.head.1 = cluster.id(line.cell, start + rest.trailing_zeros());
            line.tasks = cluster.records[line.head.1 as usize].tasks();
        }
        rest != 0
    }

    /// Tells the cluster and the indexes what the instances of a line have taken.
    fn write(&mut self, line: Line) {
        let FastEngine { cluster, indexes, refusals, notes_starts, .. } = &mut *self.engine;
        if *notes_starts {
            refusals.note(line.head.1);
        }
        match line.kind {
            Kind::Stay { taken, .. } => {
                if taken > 0 {
                    let start = Start { instance: line.head.1, tasks: taken };
                    change::start_counted(cluster, indexes, &self.plan, start);
                }
            }
            Kind::Sweep { start, taken, .. } => {
                let (pair, level) = (self.plan.pair, line.head.0);
                if indexes.levels.has_levels(pair) {
                    indexes.levels.sweep(pair, level, line.cell, Taken { start, members: taken });
                }
                for local in bits(taken).map(|bit| start + bit) {
                    let id = cluster.id(line.cell, local);
                    if *notes_starts {
                        refusals.note(id);
                    }
                    change::start_swept(cluster, indexes, &self.plan, id, level);
                }
            }
        }
    }
}

impl Line {
    /// The position after the word that is swept.
    fn end(&self) -> u32 {
        match self.kind {
            Kind::Stay { .. } => 0,
            Kind::Sweep { start, .. } => start + 64,
        }
    }

    #[inline]
    fn is_first(&self) -> bool {
        match self.kind {
            Kind::Stay { taken, .. } => self.tasks + taken == 0,
            Kind::Sweep { .. } => self.tasks == 0,
        }
    }
}

impl Plan {
    /// How many such tasks fit into what is left.
    pub(super) fn room(&self, record: Record) -> u32 {
        let fit = |left: u32, demand: u32| left.checked_div(demand).unwrap_or(u32::MAX);
        fit(record.cpu, self.cpu).min(fit(record.memory, self.memory))
    }
}

/// The positions of the set bits.
fn bits(mut set: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(bit)
    })
}
