//! The `[[capacity-providers]]` of a scenario; what they launch are the `[[cluster.instances]]` that name them.

use crate::model::{CapacityProvider, ClassId, Fleet, ProviderId, ProviderShare, ProviderStrategy, SimTime};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::json;
use crate::scenario::reading::keys;
use crate::scenario::reading::limits;
use crate::scenario::reading::names;
use crate::scenario::reading::nearest::suggestion;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// The names of the providers, in the order of the file.
pub(crate) fn names<'a>(root: &Table<'a>) -> Vec<&'a str> {
    let tables = root.get("capacity-providers").and_then(|item| item.list()).unwrap_or_default();
    let name = |table: &Item<'a>| table.value().as_table()?.get("name")?.get_ref().as_str();
    tables.iter().map(|table| name(table).unwrap_or_default()).collect()
}

/// The provider that an item names.
pub(crate) fn find(item: &Item<'_>, names: &[&str]) -> Option<ProviderId> {
    let name = item.text()?;
    let found = names.iter().position(|known| *known == name).map(ProviderId::from_index);
    if found.is_none() {
        let message = format!("unknown capacity provider `{}`", name.escape_debug());
        let help = suggestion(name, names.iter().copied());
        let problem = Problem::new(Rule::UnknownName, message).label("no capacity provider of this name");
        item.report(problem.help_or(help, "add `[[capacity-providers]]` with this `name`"));
    }
    found
}

/// The `capacity-provider` or the `capacityProviderStrategy` of a service or of tasks.
pub(crate) fn read_strategy(table: &Table<'_>, names: &[&str]) -> ProviderStrategy {
    let (one, many) = (table.or_absent("capacity-provider"), table.get("capacityProviderStrategy"));
    match (one, many) {
        (Some(_), Some(many)) => {
            let message = "there are a `capacity-provider` and a `capacityProviderStrategy`";
            many.report(Problem::new(Rule::Conflict, message).label("one too many").help("leave one of the two out"));
            ProviderStrategy::default()
        }
        (Some(one), None) => find(&one, names).map(ProviderStrategy::single).unwrap_or_default(),
        (None, Some(many)) => json::elements(&many, |items| read_shares(&many, &items, names)).unwrap_or_default(),
        (None, None) => ProviderStrategy::default(),
    }
}

/// at most 20 items, each provider once, one base, and among several at least one weight.
fn read_shares(list: &Item<'_>, items: &[Item<'_>], names: &[&str]) -> ProviderStrategy {
    if let Some(late) = items.get(MAX_SHARES) {
        let problem = Problem::new(Rule::TooManyRules, format!("a strategy of {} capacity providers", items.len()));
        late.report(problem.label("one too many").help(format!("Amazon ECS takes at most {MAX_SHARES}")));
    }
    let read: Vec<(ProviderShare, Item<'_>)> =
        items.iter().filter_map(|item| Some((read_share(item, names)?, *item))).collect();
    for (position, (share, item)) in read.iter().enumerate() {
        let before = &read[..position];
        if before.iter().any(|(other, _)| other.provider == share.provider) {
            let name = names[share.provider.index()].escape_debug();
            let problem = Problem::new(Rule::DuplicateName, format!("capacity provider `{name}` stands there twice"));
            item.report(problem.label("again").help("add its weights up"));
        }
        if share.base > 0 && before.iter().any(|(other, _)| other.base > 0) {
            let problem = Problem::new(Rule::Law, "two items have a `base`").label("the second");
            item.report(problem.help("Amazon ECS takes a `base` for one item only"));
        }
    }
    let shares: Vec<ProviderShare> = read.into_iter().map(|(share, _)| share).collect();
    if shares.len() > 1 && shares.len() == items.len() && shares.iter().all(|share| share.weight == 0) {
        let problem =
            Problem::new(Rule::Law, "no item of several has a `weight` above 0").label("where should tasks go?");
        list.report(problem.help("give one at least a `weight`"));
    }
    ProviderStrategy(shares)
}

/// At most so many items in one strategy.
const MAX_SHARES: usize = 20;

fn read_share(item: &Item<'_>, names: &[&str]) -> Option<ProviderShare> {
    let table = item.table(&keys::PROVIDER_SHARE)?;
    let provider = table.get("capacityProvider").and_then(|item| find(&item, names));
    let weight = table.or_default("weight").integer_u32(0..=1_000);
    let base = table.or_default("base").integer_u32(0..=100_000);
    Some(ProviderShare { provider: provider?, weight: weight?, base: base? })
}

/// The `[[capacity-providers]]`. The metric is made every minute, so the run needs an end.
pub(crate) fn read(root: &Table<'_>, fleet: &mut Fleet, horizon: Option<SimTime>) -> Vec<CapacityProvider> {
    let tables = root.tables("capacity-providers", &keys::CAPACITY_PROVIDER);
    names::report_duplicates(tables.iter().filter_map(|table| table.get("name")), "capacity provider");
    if let Some(table) = tables.first().filter(|_| horizon.is_none()) {
        let problem =
            Problem::new(Rule::Endless, "capacity providers are measured without an end").label("every minute");
        table.report(problem.help("give the scenario a `horizon`"));
    }
    (0..).zip(&tables).filter_map(|(position, table)| read_one(ProviderId(position), table, fleet)).collect()
}

fn read_one(id: ProviderId, table: &Table<'_>, fleet: &mut Fleet) -> Option<CapacityProvider> {
    let size = |key, range| table.or_default(key).integer_u32(range);
    let (minimum, maximum) = (size("minimum-size", 0..=limits::INSTANCES), size("maximum-size", 0..=limits::INSTANCES));
    let (minimum_step, maximum_step) =
        (size("minimum-scaling-step-size", 1..=10_000), size("maximum-scaling-step-size", 1..=10_000));
    let target_percent = size("target-capacity", 1..=100);
    let warmup = table.or_default("instance-warmup-period").span_of_time();
    let start_delay = table.or_default("start-delay").span_of_time();
    let managed_scaling = table.or_default("managed-scaling").flag();
    let termination_protection = table.or_default("managed-termination-protection").flag();
    let managed_draining = table.or_default("managed-draining").flag();
    let name = table.get("name").and_then(|item| item.name());
    let of_provider = |class: &ClassId| fleet.classes[class.index()].provider == Some(id);
    let classes: Vec<ClassId> = (0..fleet.classes.len()).map(ClassId::from_index).filter(of_provider).collect();
    let classes = fleet.launched(&classes);
    // A group that ECS does not scale needs nothing to launch: its tasks find no room.
    if classes.is_empty() && managed_scaling != Some(false) {
        let problem =
            Problem::new(Rule::EmptyCluster, "a capacity provider has nothing to launch").label("no instances");
        table
            .report(problem.help(
                "name it in `[[cluster.instances]]`: `capacity-provider = \"...\"`, if need be with `count = 0`",
            ));
    }
    contradicts(table, "minimum-size", minimum?, maximum?);
    contradicts(table, "minimum-scaling-step-size", minimum_step?, maximum_step?);
    Some(CapacityProvider {
        name: name?.to_owned(),
        classes,
        managed_scaling: managed_scaling?,
        minimum: minimum?,
        maximum: maximum?,
        target_percent: target_percent?,
        minimum_step: minimum_step?,
        maximum_step: maximum_step?,
        warmup: warmup?,
        start_delay: start_delay?,
        termination_protection: termination_protection?,
        managed_draining: managed_draining?,
    })
}

fn contradicts(table: &Table<'_>, key: &'static str, minimum: u32, maximum: u32) {
    if minimum > maximum {
        let problem = Problem::new(Rule::Law, format!("`{key}` = {minimum} is above its maximum, {maximum}"));
        let span = table.get(key).map_or_else(|| table.span(), |item| item.span());
        table.context().report(span, problem.label("above the maximum").help(format!("write at most {maximum}")));
    }
}
