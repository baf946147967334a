//! Placement strategies and constraints on the wire, to and from [`crate::model`].
//!
//! Fields are taken in any case and `host` for `instanceId`; they are written as the API returns them: `instanceId`, and
//! `CPU` and `MEMORY` in upper case.

use crate::aws::reading::check::{Check, Checker};
use crate::model::{Constraint, MAX_CONSTRAINTS, MAX_RULES, PackedResource, Rule, SpreadField, Strategy};
use crate::query::Expression;

documents! {
    /// One rule of a strategy.
    PlacementStrategy {
        #[serde(rename = "type")]
        kind: text,
        field: text,
    }

    /// One constraint.
    PlacementConstraint {
        #[serde(rename = "type")]
        kind: text,
        expression: text,
    }
}

impl PlacementStrategy {
    /// Whether it draws.
    pub(crate) fn is_random(&self) -> bool {
        self.kind.as_deref() == Some("random")
    }

    /// The rule, or the member that is wrong, what is wrong with it, and what to do.
    fn rule(&self) -> Result<Rule, (&'static str, String, &'static str)> {
        let field = self.field.as_deref().filter(|field| !field.is_empty());
        let unknown = |field: &str, kind| format!("`{kind}` has no field `{}`", field.escape_debug());
        match (self.kind.as_deref(), field) {
            (Some("random"), _) => Ok(Rule::Random),
            (Some(kind @ ("spread" | "binpack")), None) => {
                Err(("field", format!("`{kind}` has no `field`"), "`spread` and `binpack` need one"))
            }
            (Some("spread"), Some(field)) => spread_field(field).map(Rule::Spread).ok_or_else(|| {
                ("field", unknown(field, "spread"), "write `instanceId`, `host` or `attribute:` and a name")
            }),
            (Some("binpack"), Some(field)) => packed(field)
                .map(Rule::Binpack)
                .ok_or_else(|| ("field", unknown(field, "binpack"), "write `cpu` or `memory`")),
            (None, _) => Err(("type", "`type` is missing".to_owned(), "write random, spread or binpack")),
            (Some(kind), _) => {
                let message = format!("`type` cannot be `{}`", kind.escape_debug());
                Err(("type", message, "write random, spread or binpack"))
            }
        }
    }

    /// A rule as the API returns it. A strategy that is no rule of ECS keeps its name, which the API refuses.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        let (kind, field) = match rule {
            Rule::Random => ("random", None),
            Rule::Custom(custom) => (custom.name(), None),
            Rule::Spread(SpreadField::InstanceId) => ("spread", Some("instanceId".to_owned())),
            Rule::Spread(SpreadField::Attribute(name)) => ("spread", Some(format!("attribute:{name}"))),
            Rule::Binpack(PackedResource::Cpu) => ("binpack", Some("CPU".to_owned())),
            Rule::Binpack(PackedResource::Memory) => ("binpack", Some("MEMORY".to_owned())),
        };
        Self { kind: Some(kind.to_owned()), field }
    }
}

fn spread_field(field: &str) -> Option<SpreadField> {
    if field.eq_ignore_ascii_case("instanceId") || field.eq_ignore_ascii_case("host") {
        return Some(SpreadField::InstanceId);
    }
    let name = field.strip_prefix("attribute:")?;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./\\".contains(&byte);
    let is_name = (1..=128).contains(&name.len()) && name.bytes().all(is_allowed);
    is_name.then(|| SpreadField::Attribute(name.to_owned()))
}

fn packed(field: &str) -> Option<PackedResource> {
    match field.to_ascii_lowercase().as_str() {
        "cpu" => Some(PackedResource::Cpu),
        "memory" => Some(PackedResource::Memory),
        _ => None,
    }
}

impl PlacementConstraint {
    fn constraint(&self) -> Result<Constraint, (&'static str, String, String)> {
        let expression = self.expression.as_deref().filter(|text| !text.is_empty());
        match (self.kind.as_deref(), expression) {
            (Some("distinctInstance"), None) => Ok(Constraint::DistinctInstance),
            (Some("distinctInstance"), Some(_)) => {
                Err(("expression", "`distinctInstance` takes no `expression`".to_owned(), "leave it out".to_owned()))
            }
            (Some("memberOf"), None) => {
                Err(("expression", "`memberOf` has no `expression`".to_owned(), "add one".to_owned()))
            }
            (Some("memberOf"), Some(text)) => match Expression::parse(text) {
                Ok(expression) => Ok(Constraint::MemberOf(expression)),
                Err(error) => {
                    let column = text.get(..error.span.start).unwrap_or_default().chars().count() + 1;
                    let otherwise =
                        || "`stowplan query EXPRESSION` shows where, and what an expression may be".to_owned();
                    let message = format!("{} (character {column} of `{}`)", error.message, text.escape_debug());
                    Err(("expression", message, error.help.clone().unwrap_or_else(otherwise)))
                }
            },
            (None, _) => Err(("type", "`type` is missing".to_owned(), "write distinctInstance or memberOf".to_owned())),
            (Some(kind), _) => {
                let message = format!("`type` cannot be `{}`", kind.escape_debug());
                Err(("type", message, "write distinctInstance or memberOf".to_owned()))
            }
        }
    }

    /// A constraint as the API returns it.
    #[must_use]
    pub fn of(constraint: &Constraint) -> Self {
        match constraint {
            Constraint::DistinctInstance => Self { kind: Some("distinctInstance".to_owned()), expression: None },
            Constraint::MemberOf(expression) => {
                Self { kind: Some("memberOf".to_owned()), expression: Some(expression.to_string()) }
            }
        }
    }
}

impl Check for PlacementStrategy {
    fn check(&self, at: &mut Checker) {
        if let Err((member, message, help)) = self.rule() {
            at.report(member, message, help);
        }
    }
}

impl Check for PlacementConstraint {
    fn check(&self, at: &mut Checker) {
        if let Err((member, message, help)) = self.constraint() {
            at.report(member, message, help);
        }
    }
}

/// The strategy of a document; none if it is absent or empty, which is the same to ECS. Wrong rules are left out:
/// checking reports them.
pub(crate) fn strategy(rules: &[PlacementStrategy]) -> Option<Strategy> {
    let rules: Vec<Rule> = rules.iter().filter_map(|rule| rule.rule().ok()).collect();
    (!rules.is_empty()).then_some(Strategy(rules))
}

/// The constraints of a document.
pub(crate) fn constraints(constraints: &[PlacementConstraint]) -> Vec<Constraint> {
    constraints.iter().filter_map(|constraint| constraint.constraint().ok()).collect()
}

/// The limits of the two lists of a service or a call.
pub(crate) fn check_lists(strategy: &[PlacementStrategy], constraints: &[PlacementConstraint], at: &mut Checker) {
    at.at_most("placementStrategy", strategy, MAX_RULES);
    at.each("placementStrategy", strategy);
    at.at_most("placementConstraints", constraints, MAX_CONSTRAINTS);
    at.each("placementConstraints", constraints);
}
