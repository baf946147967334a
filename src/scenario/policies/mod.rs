//! `[[policies]]`: placement that a scenario compares, written out, by a template of the console, or with a baseline.
//!
//! What a policy, a service, a task definition or a call says of placement is read in [`placement`].

pub(crate) mod placement;

use placement::Placement;

use crate::model::{Constraint, PackedResource, Policy, Rule as PlacementRule, Strategy};
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::keys;
use crate::scenario::reading::names;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;
use crate::strategy::{BASELINES, Custom};

/// The console's templates by name (section 3.1), `random`, and `custom`, which stands for what is written out.
const TEMPLATES: [(&str, Template); 6] = [
    ("az-balanced-spread", Template::AzBalancedSpread),
    ("az-balanced-binpack", Template::AzBalancedBinpack),
    ("binpack", Template::Binpack),
    ("one-task-per-host", Template::OneTaskPerHost),
    ("random", Template::Random),
    ("custom", Template::Custom),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Template {
    AzBalancedSpread,
    AzBalancedBinpack,
    Binpack,
    OneTaskPerHost,
    Random,
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
            Self::OneTaskPerHost | Self::Custom => None,
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

fn read_policy(table: &Table<'_>) -> Option<Policy> {
    let Placement { strategy, mut constraints } = placement::read(table);
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
