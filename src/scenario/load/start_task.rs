//! Calls of StartTask in `[[tasks]]`: those that name their instances; and what calls say of each task.

use std::collections::BTreeMap;

use super::Definitions;
use super::lives::read_lifetime;
use super::running::{instance_names, read_demand, report_unknown};
use crate::aws::name_of;
use crate::model::{CallDetails, Fleet, InstanceId, Lifetime, SimTime, StartTask, WeightedShape};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::instants;
use crate::scenario::reading::keys;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// The key whose presence makes an entry a call of StartTask.
pub(crate) const NAMES: &str = "container-instances";

/// At most this many instances in one call.
const MOST_INSTANCES: usize = 10;

/// What StartTask does not take, or what is of many tasks.
const NOT_OF_START_TASK: [&str; 10] = [
    "shapes",
    "count",
    "arrivals",
    "placementStrategy",
    "placementConstraints",
    "groups",
    "batch-shares",
    "load-factor",
    "capacity-provider",
    "capacityProviderStrategy",
];

/// The entries that name their instances.
pub(crate) fn read(
    root: &Table<'_>,
    definitions: &Definitions<'_>,
    fleet: &Fleet,
    horizon: Option<SimTime>,
) -> Vec<StartTask> {
    let tables = root.tables("tasks", &keys::TASKS).into_iter().filter(|table| table.get(NAMES).is_some());
    let tables: Vec<Table<'_>> = tables.collect();
    if tables.is_empty() {
        return Vec::new();
    }
    let names = instance_names(fleet);
    tables.iter().filter_map(|table| read_call(table, definitions, &names, horizon)).collect()
}

fn read_call(
    table: &Table<'_>,
    definitions: &Definitions<'_>,
    names: &BTreeMap<String, InstanceId>,
    horizon: Option<SimTime>,
) -> Option<StartTask> {
    report_unused(table);
    let Some(definition) = table.get("task-definition") else {
        let problem = Problem::new(Rule::Conflict, "tasks on named instances have no `task-definition`");
        table.report(problem.label("what do they run?").help("add `task-definition`"));
        return None;
    };
    let definition = definitions.find(&definition);
    let instances = read_instances(table, names);
    let start = table.or_default("start");
    let lifetime = table.or_default("lifetime");
    let life = match read_lifetime(&lifetime) {
        Some(Lifetime::Constant(life)) => Some(life),
        Some(Lifetime::Forever) | None => None,
        Some(_) => {
            let problem = Problem::new(Rule::Conflict, "the life of tasks on named instances cannot be drawn");
            lifetime.report(problem.label("drawn").help("write the model `constant` or `forever`"));
            None
        }
    };
    let group = table.or_absent("group").and_then(|item| item.name()).map(str::to_owned);
    let definition = definition?;
    let shape = [WeightedShape { definition, weight: 1 }];
    Some(StartTask {
        at: instants::read_instant(&start, horizon).unwrap_or_default(),
        definition,
        group,
        instances,
        life,
        details: read_details(table, definitions, &shape),
    })
}

fn read_instances(table: &Table<'_>, names: &BTreeMap<String, InstanceId>) -> Vec<InstanceId> {
    let Some(item) = table.get(NAMES) else { return Vec::new() };
    let elements = item.list().unwrap_or_default();
    if elements.is_empty() && item.value().is_array() {
        let problem = Problem::new(Rule::Law, format!("`{NAMES}` is empty")).label("empty");
        item.report(problem.help("name 1 to 10 instances, or leave it out: a strategy places the tasks then"));
    }
    if let Some(late) = elements.get(MOST_INSTANCES) {
        let message = format!("{} instances in one call of StartTask", elements.len());
        let problem = Problem::new(Rule::OutOfRange, message).label("one too many");
        late.report(problem.help(format!("Amazon ECS takes at most {MOST_INSTANCES}; write another entry")));
    }
    let read = |element: &super::Item<'_>| {
        let name = element.text()?;
        let found = names.get(name_of(name)).copied();
        if found.is_none() {
            report_unknown(element, name, names);
        }
        found
    };
    elements.iter().filter_map(read).collect()
}

/// StartTask takes no strategy, no constraints and no count, and it is one moment.
fn report_unused(table: &Table<'_>) {
    for key in NOT_OF_START_TASK {
        if let Some(item) = table.get(key) {
            let problem = Problem::new(Rule::Conflict, format!("tasks on named instances have `{key}`"));
            item.report(problem.label("not of StartTask").help(format!("leave it out, or `{NAMES}`")));
        }
    }
}

/// An override changes one task definition of the file: not several, and not shapes that are drawn.
fn report_nothing_to_override(item: &Item<'_>, table: &Table<'_>) {
    let key = item.key();
    let problem = if table.get("shapes").is_some_and(|shapes| shapes.value().is_table()) {
        let problem = Problem::new(Rule::Conflict, format!("`{key}` overrides shapes that are drawn"));
        problem.label("their sizes are drawn").help("leave it out, or give one `task-definition`")
    } else {
        let problem = Problem::new(Rule::Conflict, format!("`{key}` overrides several task definitions"));
        problem.label("of which?").help("give one `task-definition` instead of `shapes`")
    };
    item.report(problem);
}

/// What the overrides of a call leave, and who started the tasks.
pub(crate) fn read_details(table: &Table<'_>, definitions: &Definitions<'_>, shapes: &[WeightedShape]) -> CallDetails {
    let started_by = table.get("started-by").and_then(|item| {
        item.text_of("1 to 128 characters", |text| (1..=128).contains(&text.chars().count())).map(str::to_owned)
    });
    let first = ["cpu", "memory", "gpu", "gpu-memory"].into_iter().find_map(|key| table.get(key));
    let only = match shapes {
        // A shape that is drawn has no definition in the file.
        [only] => definitions.list.get(only.definition.index()),
        _ => None,
    };
    let demand = first.and_then(|item| match only {
        Some(definition) => Some(read_demand(table, &definition.demand)),
        None => {
            report_nothing_to_override(&item, table);
            None
        }
    });
    CallDetails { demand, started_by, network: super::network::read_subnets(table) }
}
