//! The load of a scenario: task definitions and sources of standalone tasks.

pub(crate) mod gpus;
mod groups;
mod laws;
mod lives;
pub(crate) mod network;
pub(crate) mod running;
pub(crate) mod shapes;
pub(crate) mod start_task;
pub(crate) mod trace;

use std::collections::BTreeMap;

use crate::aws::name_of;
use crate::model::{
    Arrivals, CpuUnits, DefinitionId, Demand, GpuDemand, Lifetime, MemoryMib, Platform, Port, SimTime, Strategy,
    TASK_ENI_ATTRIBUTE, TaskDefinition, TaskSource, WeightedShape,
};
use crate::query::Expression;
use crate::scenario::policies::placement;
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::instants;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::names::{ECS_NAME, is_attribute_name, is_attribute_value, is_ecs_name};
use crate::scenario::reading::nearest::suggestion;
use crate::scenario::reading::reader::{FromTable, Item, Table};
use crate::scenario::reading::rules::Rule;
use groups::{read_batch_shares, read_groups, read_load_factor};
use laws::read_arrivals;
use lives::read_lifetime;
use shapes::Shapes;

/// The task definitions that the scenario writes out, and where.
pub(crate) struct Definitions<'a> {
    /// In the order of the file.
    pub(crate) list: Vec<TaskDefinition>,
    /// The table of each.
    pub(crate) tables: Vec<Table<'a>>,
    /// Memory limits of those that have one of their own.
    pub(crate) hard_memory: BTreeMap<DefinitionId, MemoryMib>,
    /// By `family:revision`, and by family alone, which means the last revision.
    by_reference: BTreeMap<String, (u32, DefinitionId)>,
}

/// What networking a task has; it decides what its ports and interfaces take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NetworkMode {
    Bridge,
    Host,
    Awsvpc,
    None,
}

impl<'a> Definitions<'a> {
    /// Reads the `[[task-definitions]]`.
    pub(crate) fn read(root: &Table<'a>) -> Self {
        let tables = root.tables("task-definitions", &keys::DEFINITION);
        let mut definitions =
            Self { list: Vec::new(), tables: Vec::new(), hard_memory: BTreeMap::new(), by_reference: BTreeMap::new() };
        for table in tables {
            let id = DefinitionId::from_index(definitions.list.len());
            let family = table.get("family").and_then(|item| item.text_of(ECS_NAME, is_ecs_name));
            if let Some(family) = family {
                definitions.refer(&table, family, id);
            }
            definitions.list.push(read_definition(&table, family.unwrap_or_default()));
            definitions.read_hard_memory(&table, id);
            definitions.tables.push(table);
        }
        definitions
    }

    /// The limit that a container may not pass is at least what is reserved for it.
    fn read_hard_memory(&mut self, table: &Table<'a>, id: DefinitionId) {
        let reserved = self.list[id.index()].demand.memory.0;
        let item = table.or_absent("hard-memory");
        let limit = item.and_then(|item| item.integer_u32(reserved.max(1)..=limits::MEMORY));
        self.hard_memory.extend(limit.map(|limit| (id, MemoryMib(limit))));
    }

    /// Makes a definition known by its names; a name that is taken is reported.
    fn refer(&mut self, table: &Table<'a>, family: &str, id: DefinitionId) {
        let revision = table.or_absent("revision").and_then(|item| item.integer_u32(1..=u32::MAX));
        let reference = revision.map_or_else(|| family.to_owned(), |revision| format!("{family}:{revision}"));
        let order = revision.unwrap_or_default();
        let taken = self.by_reference.get(&reference).filter(|(known, _)| revision.is_some() || *known == 0).copied();
        if let (Some((_, first)), Some(item)) = (taken, table.get("family")) {
            let problem = Problem::new(Rule::DuplicateName, format!("task definition `{reference}` is defined twice"));
            let problem = problem.label("defined again").help("give it another name, or leave it out");
            let earlier = self.tables[first.index()].get("family").map_or_else(|| item.span(), |item| item.span());
            item.report(problem.related(earlier, "defined first here"));
            return;
        }
        if revision.is_some() {
            self.by_reference.insert(reference, (order, id));
        }
        let of_family = self.by_reference.entry(family.to_owned()).or_insert((order, id));
        if order >= of_family.0 {
            *of_family = (order, id);
        }
    }

    /// Every name by which a definition is known.
    pub(crate) fn references(&self) -> BTreeMap<String, DefinitionId> {
        self.by_reference.iter().map(|(reference, (_, id))| (reference.clone(), *id)).collect()
    }

    /// The definition that an item names: a family, `family:revision`, or an ARN that ends so.
    pub(crate) fn find(&self, item: &Item<'_>) -> Option<DefinitionId> {
        let family = name_of(item.text()?);
        let found = self.by_reference.get(family).map(|(_, id)| *id);
        if found.is_none() {
            let problem =
                Problem::new(Rule::UnknownName, format!("unknown task definition `{}`", family.escape_debug()));
            let help = suggestion(family, self.by_reference.keys().map(String::as_str));
            let nothing = || "add `[[task-definitions]]` with this `family`".to_owned();
            item.report(problem.label("not the family of a task definition").help(help.unwrap_or_else(nothing)));
        }
        found
    }
}

fn read_definition(table: &Table<'_>, family: &str) -> TaskDefinition {
    let modes = [
        ("bridge", NetworkMode::Bridge),
        ("host", NetworkMode::Host),
        ("awsvpc", NetworkMode::Awsvpc),
        ("none", NetworkMode::None),
    ];
    let mode = table.or_default("network-mode").choice(&modes).unwrap_or(NetworkMode::Bridge);
    let size = |key, range| table.get(key).and_then(|item: Item<'_>| item.integer_u32(range)).unwrap_or_default();
    let demand = Demand {
        cpu: CpuUnits(size("cpu", 0..=limits::CPU)),
        memory: MemoryMib(size("memory", 1..=limits::MEMORY)),
        gpus: gpus::read(table).unwrap_or_else(|| {
            table.or_default("gpu");
            GpuDemand::None
        }),
        ports: read_ports(table, mode),
        eni_slots: u32::from(mode == NetworkMode::Awsvpc),
    };
    warn_of_no_cpu(table, family);
    let mut requires_attributes = read_required_attributes(table);
    let task_eni = (TASK_ENI_ATTRIBUTE.to_owned(), None);
    if mode == NetworkMode::Awsvpc && !requires_attributes.contains(&task_eni) {
        requires_attributes.push(task_eni);
    }
    let platform = read_platform(table);
    let constraints = table.get("placementConstraints").map(|item| placement::read_member_of(&item));
    let mut member_of = constraints.unwrap_or_default();
    member_of.extend(platform.expression());
    TaskDefinition { family: family.to_owned(), demand, requires_attributes, member_of, platform }
}

/// What the definition says of operating system and processor (U-18).
fn read_platform(table: &Table<'_>) -> Platform {
    let family = table.or_absent("operating-system-family").and_then(|item| item.os_family());
    const ARCHITECTURES: [(&str, &str); 4] =
        [("x86_64", "x86_64"), ("arm64", "arm64"), ("X86_64", "x86_64"), ("ARM64", "arm64")];
    let architecture = table.or_absent("cpu-architecture").and_then(|item| item.choice(&ARCHITECTURES));
    Platform { os_family: family.map(str::to_owned), cpu_architecture: architecture.map(str::to_owned) }
}

fn warn_of_no_cpu(table: &Table<'_>, family: &str) {
    let Some(item) = table.get("cpu") else { return };
    if item.value().as_integer().is_some_and(|cpu| cpu.as_str() == "0") {
        let problem = Problem::new(Rule::NoSize, format!("`{family}` reserves no CPU")).label("legal");
        item.report(problem.help("`binpack` by CPU is blind to such tasks; pack them by memory"));
    }
}

/// Host ports that the task takes: none with an interface of its own.
fn read_ports(table: &Table<'_>, mode: NetworkMode) -> Vec<Port> {
    let item = table.or_default("ports");
    let ports = item.ports().unwrap_or_default();
    match mode {
        NetworkMode::Bridge | NetworkMode::Host => ports,
        NetworkMode::Awsvpc => Vec::new(),
        NetworkMode::None => {
            if !ports.is_empty() {
                let problem = Problem::new(Rule::Conflict, "a task without a network has `ports`");
                item.report(
                    problem.label("no host ports here").help("leave `ports` out, or choose another `network-mode`"),
                );
            }
            Vec::new()
        }
    }
}

fn read_required_attributes(table: &Table<'_>) -> Vec<(String, Option<String>)> {
    let read = |entry: &Table<'_>| {
        let name = entry.get("name")?;
        let text = name.text_of("1 to 128 letters, digits and - _ . / \\", is_attribute_name)?;
        let form = "1 to 128 letters, digits, spaces and - _ . @ / \\ :";
        let value = entry.get("value").and_then(|item| item.text_of(form, is_attribute_value));
        entry.context().mention_attribute(text, name.span());
        Some((text.to_owned(), value.map(str::to_owned)))
    };
    table.tables("requires-attributes", &keys::REQUIRED_ATTRIBUTE).iter().filter_map(read).collect()
}

/// The `[[tasks]]`, each with its table.
pub(crate) fn read_sources<'a>(
    root: &Table<'a>,
    definitions: &Definitions<'a>,
    drawn: &mut Shapes,
    horizon: Option<SimTime>,
) -> Vec<FromTable<'a, TaskSource>> {
    let known = Known { definitions, providers: crate::scenario::cluster::capacity::names(root), horizon };
    let tables = root.tables("tasks", &keys::TASKS).into_iter();
    let tables = tables.filter(|table| table.get(start_task::NAMES).is_none());
    tables.map(|table| FromTable { what: read_source(&table, &known, drawn), table }).collect()
}

/// What the tables of a source may name, and the end of the run.
struct Known<'d, 'a> {
    definitions: &'d Definitions<'a>,
    providers: Vec<&'a str>,
    horizon: Option<SimTime>,
}

fn read_source(table: &Table<'_>, known: &Known<'_, '_>, drawn: &mut Shapes) -> TaskSource {
    let &Known { definitions, ref providers, horizon } = known;
    let placement = placement::read(table);
    let arrivals = read_arrivals(&table.or_default("arrivals"));
    let lifetime = read_lifetime(&table.or_default("lifetime"));
    let start = table.or_default("start");
    let shapes = read_shapes(table, definitions, drawn);
    let group = if table.get("groups").is_some() { None } else { table.or_absent("group") };
    let details = start_task::read_details(table, definitions, &shapes);
    TaskSource {
        count: read_count(table, arrivals.as_ref(), horizon),
        group: group.and_then(|item| item.name()).map(str::to_owned),
        groups: read_groups(table, shapes.len()),
        shapes,
        batch_shares: read_batch_shares(table, arrivals.as_ref(), lifetime.as_ref()),
        load_factor: read_load_factor(&table.or_default("load-factor")),
        providers: crate::scenario::cluster::capacity::read_strategy(table, providers),
        start: instants::read_instant(&start, horizon).unwrap_or_default(),
        arrivals: arrivals.unwrap_or(Arrivals::AtOnce),
        lifetime: lifetime.unwrap_or(Lifetime::Forever),
        strategy: placement.own(Strategy::run_task_default),
        constraints: placement.constraints,
        details,
    }
}

/// Tasks without a count arrive until the horizon, if there is one and they do not arrive all at once.
fn read_count(table: &Table<'_>, arrivals: Option<&Arrivals>, horizon: Option<SimTime>) -> Option<u64> {
    if let Some(item) = table.or_absent("count") {
        return item.integer(1..=limits::TASKS);
    }
    match arrivals {
        Some(Arrivals::AtOnce) => {
            let problem = Problem::new(Rule::MissingKey, "tasks that arrive at once have no `count`");
            table.report(problem.label("`count` is missing").help("add `count`, or other `arrivals`"));
        }
        Some(_) if horizon.is_none() => {
            let problem = Problem::new(Rule::Endless, "tasks arrive without an end").label("no `count`");
            table.report(problem.help("give these tasks a `count`, or the scenario a `horizon`"));
        }
        _ => {}
    }
    None
}

fn read_shapes(table: &Table<'_>, definitions: &Definitions<'_>, drawn: &mut Shapes) -> Vec<WeightedShape> {
    match (table.get("task-definition"), table.get("shapes")) {
        (Some(item), None) => {
            definitions.find(&item).map(|definition| WeightedShape { definition, weight: 1 }).into_iter().collect()
        }
        (None, Some(item)) if item.value().is_table() => drawn.read(&item).unwrap_or_default(),
        (None, Some(item)) => read_weighted(table, &item, definitions),
        (Some(_), Some(item)) => {
            let problem = Problem::new(Rule::Conflict, "tasks have a `task-definition` and `shapes`");
            item.report(problem.label("one too many").help("leave one of the two out"));
            Vec::new()
        }
        (None, None) => {
            let problem = Problem::new(Rule::Conflict, "tasks have neither a `task-definition` nor `shapes`");
            table.report(problem.label("what do they run?").help("add `task-definition`"));
            Vec::new()
        }
    }
}

fn read_weighted(table: &Table<'_>, item: &Item<'_>, definitions: &Definitions<'_>) -> Vec<WeightedShape> {
    let entries = table.tables("shapes", &keys::WEIGHTED_SHAPE);
    if entries.is_empty() {
        item.report(Problem::new(Rule::Law, "`shapes` is empty").label("empty").help("give at least one shape"));
    }
    let read = |entry: &Table<'_>| {
        let definition = entry.get("task-definition").and_then(|item| definitions.find(&item));
        let weight = entry.or_default("weight").integer_u32(1..=limits::WEIGHT);
        Some(WeightedShape { definition: definition?, weight: weight? })
    };
    entries.iter().filter_map(read).collect()
}

/// How many `memberOf` constraints a definition brings along.
pub(crate) fn constraints_of(definitions: &[TaskDefinition], id: DefinitionId) -> usize {
    definitions.get(id.index()).map_or(0, |definition| {
        // What the platform asks for is no constraint of the definition.
        <[Expression]>::len(&definition.member_of) - usize::from(definition.platform.os_family.is_some())
    })
}
