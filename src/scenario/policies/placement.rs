//! Placement strategies and placement constraints wherever they stand, in the words of the AWS API (table 1.4).
//!
//! Both lists are written as TOML tables with the AWS keys, or as one text that holds AWS JSON. As in the API, an empty
//! strategy is the same as none: ECS's own default then holds.

use crate::model::{
    Constraint, MAX_CONSTRAINTS, MAX_RULES, PackedResource, Rule as PlacementRule, SpreadField, Strategy,
};
use crate::query::Expression;
use crate::scenario::reading::context::Problem;
use crate::scenario::reading::json::elements;
use crate::scenario::reading::keys;
use crate::scenario::reading::names;
use crate::scenario::reading::query_text::read_expression;
use crate::scenario::reading::reader::{Item, Table};
use crate::scenario::reading::rules::Rule;

/// What a table says of placement beside its other keys.
pub(crate) struct Placement {
    pub(crate) strategy: Option<Strategy>,
    pub(crate) constraints: Vec<Constraint>,
    /// `placementStrategy = []` is written.
    pub(crate) is_empty: bool,
}

/// The `placementStrategy` and `placementConstraints` of a service or of tasks.
pub(crate) fn read(table: &Table<'_>) -> Placement {
    let written = table.get("placementStrategy");
    let strategy = written.as_ref().and_then(read_strategy);
    let is_empty = strategy.is_none() && written.is_some_and(|item| is_empty(&item));
    let constraints = table.get("placementConstraints").map(|item| read_constraints(&item)).unwrap_or_default();
    Placement { strategy, constraints, is_empty }
}

/// A strategy that is written and has no rules.
fn is_empty(item: &Item<'_>) -> bool {
    item.value().as_array().is_some_and(|rules| rules.is_empty())
        || item.value().as_str().is_some_and(|text| text.split_whitespace().collect::<String>() == "[]")
}

impl Placement {
    /// The strategy that the owner of the table has of its own: an empty one is ECS's default, whatever a policy says.
    pub(crate) fn own(&self, default: fn() -> Strategy) -> Option<Strategy> {
        self.strategy.clone().or_else(|| self.is_empty.then(default))
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
        Some(name) if names::is_attribute_name(name) => {
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
            let help = match names::is_attribute_name(text) {
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
pub(crate) fn read_member_of(item: &Item<'_>) -> Vec<Expression> {
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
