//! The sweep file: several scenarios, and keys of them that are varied over values.
//!
//! A sweep names scenarios by their files and changes nothing in them: the value of a key is put into the text of a scenario
//! before that is read ([`with_values`]), so that whatever a scenario may say can be varied, and a value that is wrong is told as
//! in a scenario that has it.
//!
//! ```
//! # let text = r#"
//! name = "fleet-sizes"
//! seeds = 20                      # in place of the scenarios' own
//! policies = ["binpack"]          # without it: all of each scenario
//! scenarios = ["quickstart.toml"]
//! vary."cluster.instances[0].count" = [100, 200, 400]
//! vary."services[0].desired-count" = { from = 10, to = 30, step = 10 }
//! # "#;
//! let sweep = stowplan::scenario::parse_sweep(text, "sweep.toml".as_ref()).unwrap();
//! assert_eq!(sweep.scenarios[0].axes[1].values.len(), 3);
//! ```
//!
//! A scenario may have keys of its own: `[[scenarios]]` with `file` and `vary`, in place of a name in the list; `name` calls it
//! something else in the results, so that one file may stand there twice. `[[pictures]]` are figures that are drawn by
//! themselves.

mod path;
mod pictures;

use toml::de::{DeTable, DeValue};

use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys::Shape;
use crate::scenario::reading::limits;
use crate::scenario::reading::names;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;
use crate::sweep::PlannedPicture;
use crate::sweep::axis::{Axis, Range, Values};

pub use path::{Setting, with_values};

/// The form of names, which are parts of file names.
const NAME: &str = "1 to 64 letters, digits and - _ .";
/// The most values of a key, and the most scenarios.
const MOST: u64 = 10_000_000;

/// The key that names scenarios.
const SCENARIO_NAMES: &str = "scenarios";

/// The keys at the top.
pub(super) const SWEEP: Shape = Shape {
    title: "a sweep",
    path: "sweep",
    required: &["name", SCENARIO_NAMES],
    optional: &["description", "seeds", "policies", "vary", "question", "pictures"],
};
const SCENARIO: Shape = Shape {
    title: "[[scenarios]]",
    path: "sweep.scenarios",
    required: &["file"],
    optional: &["name", "vary", "policies"],
};
const RANGE: Shape =
    Shape { title: "a range of values", path: "sweep.range", required: &["from", "to"], optional: &["step"] };

/// What each run of a sweep answers in place of being simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How few instances hold the load.
    Compact,
    /// Which zones may be lost.
    ZoneLoss,
}

impl Question {
    /// The words of the file.
    pub const WORDS: [(&'static str, Self); 2] = [("compact", Self::Compact), ("zone-loss", Self::ZoneLoss)];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::ZoneLoss => "zone-loss",
        }
    }
}

/// A sweep that can be planned, its scenarios not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepFile {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// Number of seeds, in place of that of every scenario.
    pub seeds: Option<u32>,
    /// Policies to run; all of each scenario if it is empty.
    pub policies: Vec<String>,
    /// What each run answers.
    pub question: Option<Question>,
    /// The scenarios, in order.
    pub scenarios: Vec<SweptScenario>,
    /// The pictures that are asked for.
    pub pictures: Vec<PlannedPicture>,
}

/// A scenario of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweptScenario {
    /// Its file, as a path from the folder of the sweep.
    pub file: String,
    /// What it is called in the results, in place of its own name.
    pub name: Option<String>,
    /// Policies to run, in place of those of the sweep.
    pub policies: Vec<String>,
    /// Its varied keys, in the order of the file.
    pub axes: Vec<Axis>,
}

/// Whether a text is a sweep file and not a scenario: it names scenarios.
#[must_use]
pub fn is_sweep(text: &str) -> bool {
    let (table, _) = DeTable::parse_recoverable(text);
    table.get_ref().contains_key("scenarios") && !table.get_ref().contains_key("cluster")
}

/// Reads every part; parts with problems are stand-ins.
pub(super) fn read(root: &Table<'_>) -> SweepFile {
    let name = root.get("name").and_then(|item| item.text_of(NAME, names::is_file_name));
    let shared = root.get("vary").map_or_else(Vec::new, |item| read_axes(&item));
    let scenarios = root.get("scenarios").map_or_else(Vec::new, |item| read_scenarios(&item, &shared));
    SweepFile {
        name: name.unwrap_or_default().to_owned(),
        description: root.get("description").and_then(|item| item.text()).unwrap_or_default().to_owned(),
        seeds: root.get("seeds").and_then(|item| item.integer_u32(1..=limits::SEEDS)),
        policies: root.get("policies").map_or_else(Vec::new, |item| read_names(&item)),
        question: root.get("question").and_then(|item| item.choice(&Question::WORDS)),
        scenarios,
        pictures: root.get("pictures").map_or_else(Vec::new, |item| pictures::read(&item)),
    }
}

fn read_names(item: &Item<'_>) -> Vec<String> {
    let names = item.list().unwrap_or_default();
    names.iter().filter_map(|name| name.name().map(str::to_owned)).collect()
}

/// Each a file name, or a table with more to say. What all vary comes before what one varies.
fn read_scenarios(item: &Item<'_>, shared: &[Axis]) -> Vec<SweptScenario> {
    let items = item.list().unwrap_or_default();
    if items.is_empty() {
        item.report(
            Problem::new(Rule::OutOfRange, "a sweep needs a scenario")
                .label("no scenario")
                .help("name a file, such as `scenarios = [\"quickstart.toml\"]`"),
        );
    }
    items.iter().filter_map(|item| read_scenario(item, shared)).collect()
}

fn read_scenario(item: &Item<'_>, shared: &[Axis]) -> Option<SweptScenario> {
    if let DeValue::String(_) = item.value() {
        return Some(SweptScenario {
            file: item.name()?.to_owned(),
            name: None,
            policies: Vec::new(),
            axes: shared.to_vec(),
        });
    }
    let table = item.table(&SCENARIO)?;
    let own = table.get("vary").map_or_else(Vec::new, |item| read_axes(&item));
    let policies = table.get("policies").map_or_else(Vec::new, |item| read_names(&item));
    let is_own = |axis: &&Axis| own.iter().all(|other| other.key != axis.key);
    let axes = shared.iter().filter(is_own).cloned().chain(own.iter().cloned()).collect();
    let name = table.get("name").and_then(|item| item.text_of(NAME, names::is_file_name)).map(str::to_owned);
    Some(SweptScenario { file: table.get("file")?.name()?.to_owned(), name, policies, axes })
}

/// The varied keys, in the order in which they are written.
fn read_axes(item: &Item<'_>) -> Vec<Axis> {
    let mut entries = item.free_table().unwrap_or_default();
    entries.sort_by_key(|entry| entry.span().start);
    entries.iter().filter_map(read_axis).collect()
}

fn read_axis(item: &Item<'_>) -> Option<Axis> {
    if let Err(problem) = path::check(item.key()) {
        let message = format!("`{}` is no key of a scenario: {problem}", item.key().escape_debug());
        let help = "write its path, such as `\"cluster.instances[0].count\"`, positions from 0";
        item.report(Problem::new(Rule::Malformed, message).label("varied here").help(help));
        return None;
    }
    let values = match item.value() {
        DeValue::Table(_) => read_range(item)?,
        _ => read_list(item)?,
    };
    Some(Axis { key: item.key().to_owned(), values })
}

fn read_list(item: &Item<'_>) -> Option<Values> {
    let DeValue::Array(array) = item.value() else {
        let message = format!("`{}` is varied over no list", item.key());
        let help = "write `[100, 200, 400]`, or `{ from = 100, to = 400, step = 100 }`";
        item.report(Problem::new(Rule::WrongType, message).label("one value").help(help));
        return None;
    };
    let context = item.context();
    let written = |span: std::ops::Range<usize>| context.text().get(span).unwrap_or_default().trim().to_owned();
    let values: Vec<String> = array.iter().map(|element| written(element.span())).collect();
    let is_empty = values.is_empty();
    if is_empty {
        let message = format!("`{}` is varied over no value", item.key());
        item.report(
            Problem::new(Rule::OutOfRange, message).label("an empty list").help("give a value, or leave the key out"),
        );
    }
    let twice = values.iter().enumerate().find(|(place, value)| values[..*place].contains(value));
    if let Some((_, value)) = twice {
        let message = format!("`{}` has the value {value} twice", item.key());
        item.report(Problem::new(Rule::DuplicateName, message).label("varied here").help("give each value once"));
    }
    (!is_empty && twice.is_none()).then_some(Values::List(values))
}

fn read_range(item: &Item<'_>) -> Option<Values> {
    let table = item.table(&RANGE)?;
    let number = |key| table.get(key).and_then(|item: Item<'_>| item.integer(0..=u64::from(u32::MAX)));
    let (from, to) = (number("from"), number("to"));
    let step = match table.get("step") {
        Some(item) => item.integer(1..=u64::from(u32::MAX))?,
        None => 1,
    };
    let range = Range { from: from?, to: to?, step };
    let count = Values::Range(range).len();
    let problem = match () {
        () if range.from > range.to => "goes from a larger number to a smaller one".to_owned(),
        () if count > MOST => format!("has {count} values, and {MOST} are taken"),
        () => return Some(Values::Range(range)),
    };
    let message = format!("the range of `{}` {problem}", item.key());
    item.report(
        Problem::new(Rule::OutOfRange, message)
            .label("this range")
            .help("write `{ from = 100, to = 400, step = 100 }`"),
    );
    None
}
