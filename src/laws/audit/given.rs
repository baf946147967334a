//! Rules that people write: a JSON object from group to placement strategy and constraints, in the words of the ECS API.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rules::{Asked, Least, Rules};
use crate::model::{MAX_CONSTRAINTS, MAX_RULES, PackedResource, Rule, ServiceSettings, SpreadField, Strategy};
use crate::query::Expression;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    placement_strategy: Vec<RuleText>,
    #[serde(default)]
    placement_constraints: Vec<ConstraintText>,
    /// Of a service, for its percent bounds.
    #[serde(default)]
    desired_count: Option<u32>,
    #[serde(default)]
    minimum_healthy_percent: Option<u32>,
    #[serde(default)]
    maximum_percent: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    field: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConstraintText {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    expression: Option<String>,
}

impl Rules {
    /// Rules as people write them, by group; `*` is every other one. Of ties nothing is said.
    ///
    /// # Errors
    /// Every group that is wrong, and how, one a line.
    ///
    /// # Examples
    ///
    /// ```
    /// use stowplan::laws::audit::Rules;
    ///
    /// let text = r#"{"*": {"placementStrategy": [{"type": "binpack", "field": "memory"}]}}"#;
    /// assert!(Rules::given(text).unwrap().any.is_some());
    /// assert!(Rules::given("[]").unwrap_err().contains("line 1"));
    /// ```
    pub fn given(text: &str) -> Result<Self, String> {
        let groups: BTreeMap<String, Group> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut rules = Self::default();
        let mut wrong = Vec::new();
        for (name, group) in groups {
            if let Err(what) = percents(&name, &group, &mut rules) {
                wrong.push(format!("`{name}`: {what}"));
            }
            match asked(&group) {
                Ok(asked) if name == "*" => rules.any = Some(asked),
                Ok(asked) => {
                    rules.groups.insert(name, asked);
                }
                Err(what) => wrong.push(format!("`{name}`: {what}")),
            }
        }
        if wrong.is_empty() { Ok(rules) } else { Err(wrong.join("\n")) }
    }
}

/// The percent bounds of a service (R-7.2), with the defaults of the service (R-7.3). A task is taken for healthy from its
/// placement on.
fn percents(name: &str, group: &Group, rules: &mut Rules) -> Result<(), String> {
    let says_some = group.minimum_healthy_percent.is_some() || group.maximum_percent.is_some();
    let Some(desired) = group.desired_count else {
        return if says_some { Err("percents need a `desiredCount` that they are of".to_owned()) } else { Ok(()) };
    };
    if !name.starts_with("service:") {
        return Err("a `desiredCount` has a service, which is `service:NAME`".to_owned());
    }
    let settings = ServiceSettings {
        minimum_healthy_percent: group.minimum_healthy_percent.unwrap_or(100),
        maximum_percent: group.maximum_percent.unwrap_or(200),
        ..ServiceSettings::default()
    };
    rules.most.insert(name.to_owned(), settings.maximum(desired).max(u64::from(desired)));
    let least = Least { tasks: settings.minimum_healthy(desired), settled_ms: 0 };
    rules.least.insert(name.to_owned(), least);
    Ok(())
}

fn asked(group: &Group) -> Result<Asked, String> {
    if group.placement_strategy.len() > MAX_RULES {
        return Err(format!("a strategy has at most {MAX_RULES} rules"));
    }
    if group.placement_constraints.len() > MAX_CONSTRAINTS {
        return Err(format!("a task has at most {MAX_CONSTRAINTS} constraints"));
    }
    let strategy = group.placement_strategy.iter().map(rule).collect::<Result<Vec<Rule>, String>>()?;
    let mut asked = Asked { strategy: Some(Strategy(strategy)), ..Asked::default() };
    for constraint in &group.placement_constraints {
        match (constraint.kind.as_str(), &constraint.expression) {
            ("distinctInstance", None) => asked.distinct_instance = true,
            ("memberOf", Some(text)) => {
                let parsed =
                    Expression::parse(text).map_err(|error| format!("expression `{text}`: {}", error.message))?;
                asked.member_of.push(parsed);
            }
            ("distinctInstance", Some(_)) => return Err("`distinctInstance` takes no expression".to_owned()),
            ("memberOf", None) => return Err("`memberOf` needs an `expression`".to_owned()),
            (other, _) => return Err(format!("`{other}` is no constraint: `distinctInstance` and `memberOf` are")),
        }
    }
    Ok(asked)
}

fn rule(text: &RuleText) -> Result<Rule, String> {
    let field = text.field.as_deref().unwrap_or_default();
    match (text.kind.as_str(), field.to_ascii_lowercase().as_str()) {
        ("random", _) => Ok(Rule::Random),
        ("binpack", "cpu") => Ok(Rule::Binpack(PackedResource::Cpu)),
        ("binpack", "memory") => Ok(Rule::Binpack(PackedResource::Memory)),
        ("binpack", _) => Err(format!("`binpack` by `{field}`: the field is `cpu` or `memory`")),
        ("spread", "instanceid" | "host") => Ok(Rule::Spread(SpreadField::InstanceId)),
        ("spread", _) => match field.strip_prefix("attribute:").filter(|name| !name.is_empty()) {
            Some(name) => Ok(Rule::Spread(SpreadField::Attribute(name.to_owned()))),
            None => Err(format!("`spread` by `{field}`: the field is `instanceId` or `attribute:NAME`")),
        },
        (other, _) => Err(format!("`{other}` is no type of strategy: `spread`, `binpack` and `random` are")),
    }
}
