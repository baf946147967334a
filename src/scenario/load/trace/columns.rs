//! Which column of a trace is which: by the names of this program, or by those that the scenario gives.
//!
//! The names of this program end with the unit: with `unit = "ms"`, arrivals are looked for in `arrival_ms`. A name that the
//! scenario gives must be there; of `duration` and `stop`, one that is named passes over the other.

use super::TraceOptions;
use super::fields::{CpuUnit, MemoryUnit, TimeUnit};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::nearest::suggestion;
use crate::scenario::reading::reader::Table;
use crate::scenario::reading::rows::Rows;
use crate::scenario::reading::rules::Rule;

/// Names of columns that are not those of this program; `None` is the name of this program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of what its name says")]
pub struct TraceColumns {
    pub arrival: Option<String>,
    pub duration: Option<String>,
    pub stop: Option<String>,
    pub censored: Option<String>,
    pub group: Option<String>,
    pub cpu: Option<String>,
    pub memory: Option<String>,
    pub gpu: Option<String>,
    pub gpu_milli: Option<String>,
}

/// The `columns` of a `[trace]`.
pub(super) fn read(trace: &Table<'_>) -> TraceColumns {
    let Some(table) = trace.or_absent("columns").and_then(|item| item.table(&keys::TRACE_COLUMNS)) else {
        return TraceColumns::default();
    };
    let name = |key| table.get(key).and_then(|item| item.name()).map(str::to_owned);
    let columns = TraceColumns {
        arrival: name("arrival"),
        duration: name("duration"),
        stop: name("stop"),
        censored: name("censored"),
        group: name("group"),
        cpu: name("cpu"),
        memory: name("memory"),
        gpu: name("gpu"),
        gpu_milli: name("gpu-milli"),
    };
    if columns.duration.is_some() && columns.stop.is_some() {
        let problem = Problem::new(Rule::Conflict, "`columns` has a `duration` and a `stop`").label("both end tasks");
        table.report(problem.help("leave one of the two out"));
    }
    if let Some(item) = table.get("gpu-milli").filter(|_| trace.get("gpu-milli").is_none()) {
        let problem = Problem::new(Rule::Unused, "the column of `gpu-milli` is not read").label("it has no effect");
        item.report(problem.help("write `gpu-milli = true` beside `columns`"));
    }
    columns
}

/// Columns by position, and the units of what stands in them.
pub(super) struct Columns {
    pub(super) group: Option<usize>,
    pub(super) arrival: Option<usize>,
    pub(super) duration: Option<usize>,
    pub(super) stop: Option<usize>,
    pub(super) censored: Option<usize>,
    pub(super) cpu: Option<usize>,
    pub(super) memory: Option<usize>,
    pub(super) gpu: Option<usize>,
    /// Thousandths of a GPU, where the trace is read with them.
    pub(super) gpu_milli: Option<usize>,
    pub(super) unit: TimeUnit,
    pub(super) cpu_unit: CpuUnit,
    pub(super) memory_unit: MemoryUnit,
}

impl Columns {
    /// Reads the header; `None` after all that is wrong with it is noted.
    pub(super) fn find(rows: &mut Rows<'_>, options: &TraceOptions) -> Option<Self> {
        if !rows.header() {
            return None;
        }
        let names = &options.columns;
        let &TraceOptions { unit, cpu_unit, memory_unit, .. } = options;
        let time =
            |what: &str| Ours::with_unit(what, unit.word(), "unit", TimeUnit::WORDS.iter().map(|(word, _)| *word));
        let cpu = Ours::with_unit("cpu", cpu_unit.word(), "cpu-unit", CpuUnit::WORDS.iter().map(|(word, _)| *word));
        let memory = MemoryUnit::WORDS.iter().map(|(word, _)| *word);
        let memory = Ours::with_unit("memory", memory_unit.word(), "memory-unit", memory);
        let gpu_milli = names.gpu_milli.as_deref().filter(|_| options.gpu_milli);
        let mut search = Search { rows, taken: Vec::new() };
        let columns = Self {
            group: search.optional("group", names.group.as_deref(), "group"),
            arrival: search.needed("arrival", names.arrival.as_deref(), &time("arrival")),
            duration: match names.stop {
                Some(_) if names.duration.is_none() => None,
                _ => search.optional("duration", names.duration.as_deref(), &time("duration").name),
            },
            stop: match names.duration {
                Some(_) => None,
                None => search.optional("stop", names.stop.as_deref(), &time("stop").name),
            },
            censored: search.optional("censored", names.censored.as_deref(), "duration_censored"),
            cpu: search.needed("cpu", names.cpu.as_deref(), &cpu),
            memory: search.needed("memory", names.memory.as_deref(), &memory),
            gpu: search.optional("gpu", names.gpu.as_deref(), "gpu"),
            gpu_milli: if options.gpu_milli { search.optional("gpu-milli", gpu_milli, "gpu_milli") } else { None },
            unit,
            cpu_unit,
            memory_unit,
        };
        if columns.duration.is_some() && columns.stop.is_some() {
            let message =
                format!("columns `{}` and `{}` both say when tasks end", time("duration").name, time("stop").name);
            rows.problem(columns.stop, message, "leave one of the two out, or name the right one in `columns`");
        }
        rows.is_clean().then_some(columns)
    }
}

/// The name of this program for a column whose unit can be set.
struct Ours {
    name: String,
    /// The key of the unit, and for each of its words the name that the column would have.
    key: &'static str,
    others: Vec<(&'static str, String)>,
}

impl Ours {
    fn with_unit(what: &str, word: &str, key: &'static str, words: impl Iterator<Item = &'static str>) -> Self {
        let others = words.map(|word| (word, format!("{what}_{word}"))).collect();
        Self { name: format!("{what}_{word}"), key, others }
    }
}

/// The header being searched.
struct Search<'s, 'a> {
    rows: &'s mut Rows<'a>,
    /// The columns found, and what they are read as.
    taken: Vec<(usize, &'static str)>,
}

impl Search<'_, '_> {
    /// A column that may be absent, unless the scenario names it.
    fn optional(&mut self, key: &'static str, given: Option<&str>, ours: &str) -> Option<usize> {
        let Some(name) = given else {
            let column = self.rows.position(ours)?;
            return self.take(key, column);
        };
        match self.rows.position(name) {
            Some(column) => self.take(key, column),
            None => {
                let names = self.rows.names();
                let there = suggestion(name, names.iter().map(String::as_str)).unwrap_or_default();
                let help = format!("`columns` says that it is the {key}; {there}");
                self.rows.problem(None, format!("column `{}` is missing", name.escape_debug()), help);
                None
            }
        }
    }

    /// A column that must be there under its name or that of the scenario.
    fn needed(&mut self, key: &'static str, given: Option<&str>, ours: &Ours) -> Option<usize> {
        if given.is_some() || self.rows.position(&ours.name).is_some() {
            return self.optional(key, given, &ours.name);
        }
        let of_other_unit = ours.others.iter().find(|(_, name)| self.rows.position(name).is_some());
        let help = match of_other_unit {
            Some((word, name)) => format!("there is `{name}`: write `{} = \"{word}\"`", ours.key),
            None => format!(
                "add it, or write which column it is: `columns = {{ {key} = \"…\" }}`; there are {}",
                shown(&self.rows.names())
            ),
        };
        self.rows.problem(None, format!("column `{}` is missing", ours.name), help);
        None
    }

    fn take(&mut self, key: &'static str, column: usize) -> Option<usize> {
        if let Some((_, other)) = self.taken.iter().find(|(taken, _)| *taken == column) {
            let message = format!("a column is read as `{other}` and as `{key}`");
            self.rows.problem(Some(column), message, "give each a column of its own in `columns`");
            return None;
        }
        self.taken.push((column, key));
        Some(column)
    }
}

/// The first few names.
fn shown(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(12).map(|name| format!("`{}`", name.escape_debug())).collect();
    let more = if names.len() > first.len() { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}
