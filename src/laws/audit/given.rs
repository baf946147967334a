//! Rules that people write: a JSON object from group to placement strategy and constraints, in the words of the ECS API.

use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::rules::{Asked, Least, Rules};
use crate::model::{MAX_CONSTRAINTS, MAX_RULES, PackedResource, Rule, ServiceSettings, SpreadField, Strategy};
use crate::query::Expression;

/// The members of a JSON object as they stand: a map would lose one of two that have the same name.
struct Members(Vec<Member>);

struct Member {
    name: String,
    value: Value,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from group to its rules, such as {\"*\": {\"placementStrategy\": []}}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry()? {
                    members.push(Member { name, value });
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[derive(Default)]
struct Group {
    asked: Asked,
    /// Of a service, for its percent bounds.
    desired_count: Option<u32>,
    minimum_healthy_percent: Option<u32>,
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
        let Members(groups) = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let (mut rules, mut wrong) = (Self::default(), Vec::new());
        for (position, Member { name, value }) in groups.iter().enumerate() {
            let mut note = |what: String| wrong.push(format!("`{name}`: {what}"));
            if groups[..position].iter().any(|before| before.name == *name) {
                note("it stands there twice; which of the two is meant?".to_owned());
            }
            let group = group(value, &mut note);
            if let Err(what) = percents(name, &group, &mut rules) {
                note(what);
            }
            match name.as_str() {
                "*" => rules.any = Some(group.asked),
                _ => {
                    rules.groups.insert(name.clone(), group.asked);
                }
            }
        }
        if wrong.is_empty() { Ok(rules) } else { Err(wrong.join("\n")) }
    }
}

/// The rules of one group; what is wrong in them is noted, all of it.
fn group(value: &Value, note: &mut dyn FnMut(String)) -> Group {
    let mut group = Group::default();
    let Some(members) = value.as_object() else {
        note("an object such as {\"placementStrategy\": []} is needed".to_owned());
        return group;
    };
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    for (key, value) in members {
        let count = match key.as_str() {
            "placementStrategy" => {
                group.asked.strategy = Some(Strategy(list(key, value, MAX_RULES, rule, note)));
                continue;
            }
            "placementConstraints" => {
                for constraint in list(key, value, MAX_CONSTRAINTS, constraint, note) {
                    match constraint {
                        Constraint::Distinct => group.asked.distinct_instance = true,
                        Constraint::MemberOf(expression) => group.asked.member_of.push(expression),
                    }
                }
                continue;
            }
            "desiredCount" => &mut group.desired_count,
            "minimumHealthyPercent" => &mut group.minimum_healthy_percent,
            "maximumPercent" => &mut group.maximum_percent,
            other => {
                note(format!("`{other}` is no member: {} are", MEMBERS.join(", ")));
                continue;
            }
        };
        *count = number(value);
        if count.is_none() {
            note(format!("`{key}` is {value}, and a whole number of at least 0 is needed"));
        }
    }
    if !members.contains_key("placementStrategy") {
        note("`placementStrategy` is missing; [] is none".to_owned());
    }
    group
}

const MEMBERS: [&str; 5] =
    ["placementStrategy", "placementConstraints", "desiredCount", "minimumHealthyPercent", "maximumPercent"];

/// Each element of a list that can be read; the others are noted.
fn list<T: DeserializeOwned, R>(
    key: &str,
    value: &Value,
    most: usize,
    read: fn(&T) -> Result<R, String>,
    note: &mut dyn FnMut(String),
) -> Vec<R> {
    let Some(elements) = value.as_array() else {
        note(format!("`{key}` is {value}, and a list such as [{{\"type\": …}}] is needed"));
        return Vec::new();
    };
    if elements.len() > most {
        note(format!("`{key}` has {} elements, and at most {most} are allowed", elements.len()));
    }
    let mut all = Vec::new();
    for (position, element) in elements.iter().enumerate() {
        let text = serde_json::from_value(element.clone()).map_err(|error| error.to_string());
        match text.and_then(|text| read(&text)) {
            Ok(one) => all.push(one),
            Err(what) => note(format!("{key}[{position}]: {what}")),
        }
    }
    all
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

enum Constraint {
    Distinct,
    MemberOf(Expression),
}

fn constraint(text: &ConstraintText) -> Result<Constraint, String> {
    match (text.kind.as_str(), &text.expression) {
        ("distinctInstance", None) => Ok(Constraint::Distinct),
        ("memberOf", Some(text)) => match Expression::parse(text) {
            Ok(expression) => Ok(Constraint::MemberOf(expression)),
            Err(error) => Err(format!("expression `{text}`: {}", error.message)),
        },
        ("distinctInstance", Some(_)) => Err("`distinctInstance` takes no expression".to_owned()),
        ("memberOf", None) => Err("`memberOf` needs an `expression`".to_owned()),
        (other, _) => Err(format!("`{other}` is no constraint: `distinctInstance` and `memberOf` are")),
    }
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
