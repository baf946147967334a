//! `[[policies]]`: placement that a scenario compares, written out, by a template of the console, or with a baseline.
//!
//! What a policy, a service, a task definition or a call says of placement is read in [`placement`].

pub(crate) mod placement;

use placement::Placement;

use crate::model::{
    Constraint, OwnStrategies, PackedResource, Policy, Rule as PlacementRule, Scheduling, Service, Strategy,
    TaskSource, Trace,
};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::names;
use crate::scenario::reading::reader::{FromTable, Item, Table};
use crate::scenario::reading::rules::Rule;
use crate::strategy::{BASELINES, Custom};

/// The template under which every service and task keeps its own strategy.
pub const AS_IS: &str = "as-is";

/// The console's templates by name, `random`, `as-is`, under which every service and task keeps its own
/// strategy, and `custom`, which stands for what is written out.
const TEMPLATES: [(&str, Template); 7] = [
    ("az-balanced-spread", Template::AzBalancedSpread),
    ("az-balanced-binpack", Template::AzBalancedBinpack),
    ("binpack", Template::Binpack),
    ("one-task-per-host", Template::OneTaskPerHost),
    ("random", Template::Random),
    (AS_IS, Template::AsIs),
    ("custom", Template::Custom),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Template {
    AzBalancedSpread,
    AzBalancedBinpack,
    Binpack,
    OneTaskPerHost,
    Random,
    AsIs,
    Custom,
}

impl Template {
    fn strategy(self) -> Option<Strategy> {
        let binpack = PlacementRule::Binpack(PackedResource::Memory);
        match self {
            Self::AzBalancedSpread => Some(Strategy::service_default()),
            Self::AzBalancedBinpack => Some(Strategy(vec![PlacementRule::spread_zones(), binpack])),
            Self::Binpack => Some(Strategy(vec![binpack])),
            Self::Random => Some(Strategy(vec![PlacementRule::Random])),
            Self::OneTaskPerHost | Self::AsIs | Self::Custom => None,
        }
    }

    fn constraints(self) -> Vec<Constraint> {
        if self == Self::OneTaskPerHost { vec![Constraint::DistinctInstance] } else { Vec::new() }
    }
}

/// The policy of a template of the console, by its name; `random` is one too.
#[must_use]
pub fn template(name: &str) -> Option<Policy> {
    let (name, template) =
        TEMPLATES.iter().find(|(known, template)| *known == name && *template != Template::Custom)?;
    Some(Policy { name: (*name).to_owned(), strategy: template.strategy(), constraints: template.constraints() })
}

/// The names that [`template`] knows.
pub fn template_names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().filter(|(_, template)| *template != Template::Custom).map(|(name, _)| *name)
}

/// The `[[policies]]` of a scenario; without any there is one, which leaves all to ECS.
pub(crate) fn read_policies(root: &Table<'_>) -> Vec<Policy> {
    if root.or_absent("policies").is_none() {
        return vec![Policy { name: "ecs-default".to_owned(), strategy: None, constraints: Vec::new() }];
    }
    let tables = root.tables("policies", &keys::POLICY);
    let policies: Vec<Policy> = tables.iter().filter_map(read_policy).collect();
    if tables.is_empty() {
        let span = root.get("policies").map_or(0..0, |item| item.span());
        let problem = Problem::new(Rule::MissingKey, "`policies` is empty").label("at least one policy");
        root.context().report(span, problem.help("leave `policies` out for the defaults of ECS"));
    }
    names::report_duplicates(tables.iter().filter_map(|table| table.get("name")), "policy");
    policies
}

/// Under which policies own strategies hold: all, or with `policies-override` those of the template `as-is`.
pub(crate) fn read_own_strategies(root: &Table<'_>) -> OwnStrategies {
    if root.or_default("policies-override").flag() != Some(true) {
        return OwnStrategies::Always;
    }
    let policies = root.get("policies").and_then(|item| item.list()).unwrap_or_default();
    let text = |policy: &Item<'_>, key| Some(policy.value().as_table()?.get(key)?.get_ref().as_str()?.to_owned());
    let as_is = policies.iter().filter(|policy| text(policy, "template").as_deref() == Some(AS_IS));
    OwnStrategies::Under(as_is.filter_map(|policy| text(policy, "name")).collect())
}

/// Warns of strategies of policies that place nothing, because all that is placed has its own.
pub(crate) fn warn_of_no_effect(
    root: &Table<'_>,
    services: &[FromTable<'_, Service>],
    sources: &[FromTable<'_, TaskSource>],
    trace: &Trace,
) {
    if root.get("policies-override").is_some_and(|item| item.value().as_bool() == Some(true)) {
        return;
    }
    let Some(policies) = root.get("policies") else { return };
    let replicas = services.iter().filter(|one| one.what.settings.scheduling == Scheduling::Replica);
    let own: Vec<bool> = replicas
        .map(|one| one.what.strategy.is_some())
        .chain(sources.iter().map(|one| one.what.strategy.is_some()))
        .collect();
    if !own.is_empty() && own.iter().all(|is_own| *is_own) && trace.tasks.is_empty() {
        let message =
            "the strategies of `policies` place nothing: every service and `[[tasks]]` has a strategy of its own";
        let problem = Problem::new(Rule::Unused, message).label("no effect but by constraints");
        let help =
            "`policies-override = true` lets the policies decide; `template = \"as-is\"` is then what each has now";
        policies.report(problem.help(help));
    }
}

fn read_policy(table: &Table<'_>) -> Option<Policy> {
    let Placement { strategy, mut constraints, .. } = placement::read(table);
    let template = table.get("template").map(|item| item.choice(&TEMPLATES)).unwrap_or(Some(Template::Custom))?;
    let written = table.get("placementStrategy");
    if let (Some(item), false) = (&written, template == Template::Custom) {
        let problem = Problem::new(Rule::Conflict, "a policy has a `template` and a `placementStrategy`");
        item.report(
            problem.label("the template has a strategy").help("write `template = \"custom\"`, or leave one out"),
        );
    }
    let mut all = template.constraints();
    all.append(&mut constraints);
    let strategy = template.strategy().or(strategy);
    let strategy = match table.get("baseline") {
        Some(item) => Some(with_baseline(&item, strategy)?),
        None => strategy,
    };
    let name = table.get("name")?.text_of("1 to 64 letters, digits and - _ .", names::is_file_name)?;
    Some(Policy { name: name.to_owned(), strategy, constraints: all })
}

/// A chain that ends in a strategy which is no rule of ECS: it decides among the instances that the rules leave.
fn with_baseline(item: &Item<'_>, chain: Option<Strategy>) -> Option<Strategy> {
    let own = item.context().strategies().iter().map(|own| (own.name(), own.clone()));
    let published: Vec<(&str, Custom)> = BASELINES.iter().map(|known| (known.name, known.strategy())).collect();
    let known: Vec<(&str, Custom)> = own.chain(published).collect();
    let custom = item.choice(&known)?;
    let mut rules = chain.map(|chain| chain.0).unwrap_or_default();
    if rules.contains(&PlacementRule::Random) {
        let problem = Problem::new(Rule::Unused, "a `baseline` after a `random` rule has no effect");
        item.report(problem.label("one candidate is left here").help("leave one of the two out"));
    }
    rules.push(PlacementRule::Custom(custom));
    Some(Strategy(rules))
}
