//! Placement strategies, placement constraints and policies, in the words of the AWS API (table 1.4).
//!
//! Both lists are written as TOML tables with the AWS keys, or as one text that holds AWS JSON. As in the API, an empty
//! strategy is the same as none: ECS's own default then holds.

use toml::de::DeValue;

use super::context::Problem;
use super::json;
use super::keys;
use super::query_text::read_expression;
use super::reader::{Item, Table};
use super::rules::Rule;
use crate::model::{
    Constraint, MAX_CONSTRAINTS, MAX_RULES, PackedResource, Policy, Rule as PlacementRule, SpreadField, Strategy,
};
use crate::query::Expression;
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

/// What a table says of placement beside its other keys.
pub(super) struct Placement {
    pub(super) strategy: Option<Strategy>,
    pub(super) constraints: Vec<Constraint>,
}

/// The `placementStrategy` and `placementConstraints` of a service or of tasks.
pub(super) fn read(table: &Table<'_>) -> Placement {
    let strategy = table.get("placementStrategy").and_then(|item| read_strategy(&item));
    let constraints = table.get("placementConstraints").map(|item| read_constraints(&item)).unwrap_or_default();
    Placement { strategy, constraints }
}

/// The `[[policies]]` of a scenario; without any there is one, which leaves all to ECS.
pub(super) fn read_policies(root: &Table<'_>) -> Vec<Policy> {
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
    super::report_duplicates(tables.iter().filter_map(|table| table.get("name")), "policy");
    policies
}

fn read_policy(table: &Table<'_>) -> Option<Policy> {
    let Placement { strategy, mut constraints } = read(table);
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
    let name = table.get("name")?.text_of("1 to 64 letters, digits and - _ .", super::is_file_name)?;
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

/// Calls `read` with the elements of a list, written as TOML or as a text of AWS JSON.
pub(super) fn elements<T>(item: &Item<'_>, read: impl FnOnce(Vec<Item<'_>>) -> T) -> Option<T> {
    let Some(text) = item.value().as_str() else {
        return item.list().map(read);
    };
    let as_item = |value: &DeValue<'_>| Item::new(item.context(), item.key(), item.span(), value).list().map(read);
    match json::read(text, &item.span(), as_item) {
        Ok(answer) => answer,
        Err(reason) => {
            let problem = Problem::new(Rule::Malformed, format!("`{}` is no JSON: {reason}", item.key()));
            item.report(problem.label("read as AWS JSON").help("write a TOML list, or a text that holds a JSON list"));
            None
        }
    }
}

fn read_strategy(item: &Item<'_>) -> Option<Strategy> {
    let rules = elements(item, |rules| {
        if let Some(sixth) = rules.get(MAX_RULES) {
            let message = format!("a strategy of {} rules", rules.len());
            sixth.report(
                Problem::new(Rule::TooManyRules, message)
                    .label("one too many")
                    .help(format!("Amazon ECS takes at most {MAX_RULES} rules")),
            );
        }
        let read: Vec<PlacementRule> = rules.iter().filter_map(read_rule).collect();
        if read.len() == rules.len() {
            warn_after_random(&rules, &read);
        }
        read
    })?;
    (!rules.is_empty()).then_some(Strategy(rules))
}

/// After `random` one candidate is left, and later rules order nothing (U-2).
fn warn_after_random(items: &[Item<'_>], rules: &[PlacementRule]) {
    let first = rules.iter().position(|rule| *rule == PlacementRule::Random);
    if let Some(late) = first.and_then(|position| items.get(position + 1)) {
        let problem = Problem::new(Rule::Unused, "a rule after `random` has no effect");
        late.report(problem.label("one candidate is left here").help("leave it out, or put `random` last"));
    }
}

fn read_rule(item: &Item<'_>) -> Option<PlacementRule> {
    let table = item.table(&keys::STRATEGY_RULE)?;
    let kind = table.get("type")?.choice(&[("spread", "spread"), ("binpack", "binpack"), ("random", "random")])?;
    let field = table.get("field");
    match (kind, field) {
        ("random", field) => {
            if let Some(field) = field {
                let problem =
                    Problem::new(Rule::Unused, "`random` does not use a field").label("not used").help("leave it out");
                field.report(problem);
            }
            Some(PlacementRule::Random)
        }
        ("spread", Some(field)) => read_spread(&field).map(PlacementRule::Spread),
        (_, Some(field)) => read_packed(&field).map(PlacementRule::Binpack),
        (kind, None) => {
            let help = match kind {
                "spread" => "`instanceId`, or `attribute:` and a name such as `attribute:ecs.availability-zone`",
                _ => "`cpu` or `memory`",
            };
            let problem = Problem::new(Rule::Placement, format!("`{kind}` has no `field`"));
            table.report(problem.label("`field` is missing").help(format!("the field is {help}")));
            None
        }
    }
}

fn read_spread(field: &Item<'_>) -> Option<SpreadField> {
    let text = field.text()?;
    if text.eq_ignore_ascii_case("instanceId") || text.eq_ignore_ascii_case("host") {
        return Some(SpreadField::InstanceId);
    }
    match text.strip_prefix("attribute:") {
        Some(name) if super::cluster::is_attribute_name(name) => {
            field.context().mention_attribute(name, field.span());
            Some(SpreadField::Attribute(name.to_owned()))
        }
        Some(_) => {
            let problem = Problem::new(Rule::Placement, format!("`{}` names no attribute", text.escape_debug()));
            field.report(
                problem.label("not a name").help("write 1 to 128 letters, digits and - _ . / \\ after `attribute:`"),
            );
            None
        }
        None => {
            let problem = Problem::new(Rule::Placement, format!("`spread` has no field `{}`", text.escape_debug()));
            let help = match super::cluster::is_attribute_name(text) {
                true => format!("did you mean `attribute:{text}`?"),
                false => "the field is `instanceId`, or `attribute:` and a name".to_owned(),
            };
            field.report(problem.label("not a field of `spread`").help(help));
            None
        }
    }
}

fn read_packed(field: &Item<'_>) -> Option<PackedResource> {
    let text = field.text()?;
    match text.to_ascii_lowercase().as_str() {
        "cpu" => Some(PackedResource::Cpu),
        "memory" => Some(PackedResource::Memory),
        _ => {
            let problem = Problem::new(Rule::Placement, format!("`binpack` has no field `{}`", text.escape_debug()));
            field.report(problem.label("not a field of `binpack`").help("the field is `cpu` or `memory`"));
            None
        }
    }
}

fn read_constraints(item: &Item<'_>) -> Vec<Constraint> {
    let constraints = elements(item, |items| {
        if let Some(late) = items.get(MAX_CONSTRAINTS) {
            let problem = Problem::new(Rule::TooManyConstraints, format!("{} placement constraints", items.len()));
            late.report(
                problem
                    .label("one too many")
                    .help(format!("Amazon ECS takes at most {MAX_CONSTRAINTS}; join expressions by `and`")),
            );
        }
        items.iter().filter_map(read_constraint).collect()
    });
    constraints.unwrap_or_default()
}

fn read_constraint(item: &Item<'_>) -> Option<Constraint> {
    let table = item.table(&keys::CONSTRAINT)?;
    let kind = table.get("type")?.choice(&[("distinctInstance", false), ("memberOf", true)])?;
    match (kind, table.get("expression")) {
        (true, Some(expression)) => read_expression(&expression).map(Constraint::MemberOf),
        (true, None) => {
            let problem = Problem::new(Rule::Placement, "`memberOf` has no `expression`");
            let help = "write for example `expression = \"attribute:ecs.instance-type =~ m5.*\"`";
            table.report(problem.label("`expression` is missing").help(help));
            None
        }
        (false, Some(expression)) => {
            let problem = Problem::new(Rule::Placement, "`distinctInstance` takes no `expression`");
            expression.report(problem.label("not used").help("leave it out, or write `type = \"memberOf\"`"));
            None
        }
        (false, None) => Some(Constraint::DistinctInstance),
    }
}

/// The constraints of a task definition, where only `memberOf` is allowed.
pub(super) fn read_member_of(item: &Item<'_>) -> Vec<Expression> {
    let mut expressions = Vec::new();
    for constraint in read_constraints(item) {
        match constraint {
            Constraint::MemberOf(expression) => expressions.push(expression),
            Constraint::DistinctInstance => {
                let problem = Problem::new(Rule::Placement, "`distinctInstance` is not allowed in a task definition");
                item.report(
                    problem.label("only `memberOf` here").help("give it to the service, the tasks or a policy"),
                );
            }
        }
    }
    expressions
}
