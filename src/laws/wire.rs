//! The lines that are spoken with a placer in another language: one JSON object a line, a question and an answer each.
//!
//! `docs/laws.md` describes them for those who write a placer; names are those of the ECS API where it has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::placer::{Capabilities, Decision, Failure, Left};
use super::world::{Constraint, Instance, Kind};
use crate::model::{PackedResource, Port, Rule, ScaleInRule, SpreadField, TieBreak};

/// A question.
#[derive(Debug, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Question<'a> {
    /// Who are you?
    Hello {
        /// Version of these lines.
        version: u32,
    },
    /// Forget everything.
    Reset {
        /// Key of draws.
        seed: u64,
    },
    /// An instance joins.
    Register {
        /// The instance.
        instance: InstanceLine<'a>,
    },
    /// Place this task.
    Place {
        /// The task.
        task: TaskLine<'a>,
    },
    /// A task is told to stop.
    Stop {
        /// Its name.
        task: &'a str,
    },
    /// A task that was told to stop has ended.
    Gone {
        /// Its name.
        task: &'a str,
    },
    /// An instance takes no more tasks.
    Drain {
        /// Its name.
        instance: &'a str,
    },
    /// It takes tasks again.
    Activate {
        /// Its name.
        instance: &'a str,
    },
    /// It is gone, with its tasks.
    Lose {
        /// Its name.
        instance: &'a str,
    },
    /// A service gives up one task: which?
    #[serde(rename = "scale-in")]
    ScaleIn {
        /// The service.
        #[serde(flatten)]
        service: ServiceLine<'a>,
    },
    /// What is left there?
    Remaining {
        /// Its name.
        instance: &'a str,
    },
}

/// Version of these lines.
pub const VERSION: u32 = 1;

/// An instance as it is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceLine<'a> {
    name: &'a str,
    zone: &'a str,
    cpu: u32,
    memory: u32,
    gpus: u32,
    interfaces: Option<u32>,
    reserved_ports: Vec<String>,
    attributes: &'a BTreeMap<String, Option<String>>,
    agent_connected: bool,
}

/// A task as it is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskLine<'a> {
    name: &'a str,
    group: &'a str,
    family: &'a str,
    cpu: Option<u32>,
    memory: Option<u32>,
    containers: Vec<ContainerLine>,
    gpus: u32,
    ports: Vec<String>,
    interface: bool,
    placement_strategy: Vec<RuleLine<'a>>,
    placement_constraints: Vec<ConstraintLine>,
}

/// A service as it is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLine<'a> {
    group: &'a str,
    placement_strategy: Vec<RuleLine<'a>>,
}

impl<'a> ServiceLine<'a> {
    /// The line of the service whose tasks are of this kind.
    #[must_use]
    pub fn new(kind: &'a Kind) -> Self {
        Self { group: &kind.group, placement_strategy: kind.strategy.iter().map(rule).collect() }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerLine {
    cpu: u32,
    memory: Option<u32>,
    memory_reservation: Option<u32>,
}

#[derive(Debug, Serialize)]
struct RuleLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Debug, Serialize)]
struct ConstraintLine {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
}

fn ports(ports: &[Port]) -> Vec<String> {
    ports.iter().map(ToString::to_string).collect()
}

impl<'a> InstanceLine<'a> {
    /// The line of an instance.
    #[must_use]
    pub fn new(instance: &'a Instance) -> Self {
        Self {
            name: &instance.name,
            zone: instance.zone(),
            cpu: instance.cpu,
            memory: instance.memory,
            gpus: instance.gpus,
            interfaces: instance.interfaces,
            reserved_ports: ports(&instance.reserved_ports),
            attributes: &instance.attributes,
            agent_connected: instance.agent_connected,
        }
    }
}

impl<'a> TaskLine<'a> {
    /// The line of a task.
    #[must_use]
    pub fn new(name: &'a str, kind: &'a Kind) -> Self {
        let containers = kind.containers.iter().map(|one| ContainerLine {
            cpu: one.cpu,
            memory: one.memory,
            memory_reservation: one.memory_reservation,
        });
        let constraint = |constraint: &Constraint| match constraint {
            Constraint::DistinctInstance => ConstraintLine { kind: "distinctInstance", expression: None },
            Constraint::MemberOf(expression) => {
                ConstraintLine { kind: "memberOf", expression: Some(expression.to_string()) }
            }
        };
        Self {
            name,
            group: &kind.group,
            family: &kind.family,
            cpu: kind.cpu,
            memory: kind.memory,
            containers: containers.collect(),
            gpus: kind.gpus,
            ports: ports(&kind.ports),
            interface: kind.interface,
            placement_strategy: kind.strategy.iter().map(rule).collect(),
            placement_constraints: kind.constraints.iter().map(constraint).collect(),
        }
    }
}

fn rule(rule: &Rule) -> RuleLine<'_> {
    let with = |kind, field: &'static str| RuleLine { kind, field: Some(field.into()) };
    match rule {
        Rule::Spread(SpreadField::InstanceId) => with("spread", "instanceId"),
        Rule::Spread(SpreadField::Attribute(name)) => {
            RuleLine { kind: "spread", field: Some(format!("attribute:{name}").into()) }
        }
        Rule::Binpack(PackedResource::Cpu) => with("binpack", "cpu"),
        Rule::Binpack(PackedResource::Memory) => with("binpack", "memory"),
        Rule::Random | Rule::Custom(_) => RuleLine { kind: "random", field: None },
    }
}

/// The answer to `hello`: what the placer can do. What is left out it cannot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Hello {
    /// Of `gpus`, `ports`, `interfaces`, `containers`, `distinctInstance`, `memberOf`, `spread`, `binpack`, `random`, `drain`,
    /// `lose`, `scaleIn`, `remaining`, `failures`.
    capabilities: Vec<String>,
    #[serde(default)]
    longest_strategy: Option<usize>,
    /// `order`, `most-remaining` or `fewest-tasks`; absent is not said.
    #[serde(default)]
    tie_break: Option<String>,
    #[serde(default)]
    spread_counts_draining: bool,
    /// `mirror` or `random-in-bucket`.
    #[serde(default)]
    scale_in_rule: Option<String>,
}

/// Reads the answer to `hello`.
///
/// # Errors
/// A sentence that says what is wrong with the line.
pub fn capabilities(line: &str) -> Result<Capabilities, String> {
    let hello: Hello = serde_json::from_str(line).map_err(|error| about(line, &error.to_string()))?;
    let mut known = Capabilities { spread: false, binpack: false, random: false, ..Capabilities::plain() };
    let mut scales_in = false;
    for name in &hello.capabilities {
        let flag = match name.as_str() {
            "gpus" => &mut known.gpus,
            "ports" => &mut known.ports,
            "interfaces" => &mut known.interfaces,
            "containers" => &mut known.containers,
            "distinctInstance" => &mut known.distinct_instance,
            "memberOf" => &mut known.member_of,
            "spread" => &mut known.spread,
            "binpack" => &mut known.binpack,
            "random" => &mut known.random,
            "drain" => &mut known.drain,
            "lose" => &mut known.lose,
            "scaleIn" => &mut scales_in,
            "remaining" => &mut known.remaining,
            "failures" => &mut known.failures,
            other => return Err(format!("`{other}` is no capability: {CAPABILITIES} are")),
        };
        *flag = true;
    }
    known.tie_break = match hello.tie_break.as_deref() {
        None => None,
        Some("order") => Some(TieBreak::Order),
        Some("most-remaining") => Some(TieBreak::MostRemaining),
        Some("fewest-tasks") => Some(TieBreak::FewestTasks),
        Some("random") => Some(TieBreak::Random),
        Some(other) => {
            return Err(format!(
                "tieBreak `{other}` is not known: `order`, `most-remaining`, `fewest-tasks`, `random` are"
            ));
        }
    };
    known.scale_in = match hello.scale_in_rule.as_deref() {
        None | Some("mirror") => scales_in.then_some(ScaleInRule::Mirror),
        Some("random-in-bucket") => scales_in.then_some(ScaleInRule::RandomInBucket),
        Some(other) => return Err(format!("scaleInRule `{other}` is not known: `mirror`, `random-in-bucket` are")),
    };
    known.chain = hello.longest_strategy.unwrap_or(known.chain).min(known.chain);
    known.spread_counts_draining = hello.spread_counts_draining;
    Ok(known)
}

const CAPABILITIES: &str = "gpus, ports, interfaces, containers, distinctInstance, memberOf, spread, binpack, random, drain, \
                            lose, scaleIn, remaining, failures";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceAnswer {
    #[serde(default)]
    instance: Option<String>,
    #[serde(default)]
    failures: Vec<FailureLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailureLine {
    instance: String,
    reason: String,
}

/// Reads the answer to `place`: `{"instance": "i0"}`, or `{"instance": null}` with `failures` where there are any.
///
/// # Errors
/// A sentence that says what is wrong with the line.
pub fn decision(line: &str) -> Result<Decision, String> {
    if !line.contains("\"instance\"") {
        return Err(about(line, "it has no member `instance`; a task that is refused gets `{\"instance\": null}`"));
    }
    let answer: PlaceAnswer = serde_json::from_str(line).map_err(|error| about(line, &error.to_string()))?;
    let failure = |line: FailureLine| Failure { instance: line.instance, reason: line.reason };
    Ok(match answer.instance {
        Some(instance) => Decision::Placed(instance),
        None => Decision::Refused(answer.failures.into_iter().map(failure).collect()),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScaleInAnswer {
    task: String,
}

/// Reads the answer to `scale-in`: `{"task": "t3"}`.
///
/// # Errors
/// A sentence that says what is wrong with the line.
pub fn given_up(line: &str) -> Result<String, String> {
    let answer: ScaleInAnswer = serde_json::from_str(line).map_err(|error| about(line, &error.to_string()))?;
    Ok(answer.task)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftLine {
    cpu: i64,
    memory: i64,
    #[serde(default)]
    gpus: i64,
}

/// Reads the answer to `remaining`.
///
/// # Errors
/// A sentence that says what is wrong with the line.
pub fn left(line: &str) -> Result<Left, String> {
    let LeftLine { cpu, memory, gpus } = serde_json::from_str(line).map_err(|error| about(line, &error.to_string()))?;
    Ok(Left { cpu, memory, gpus })
}

/// Reads the answer to what asks nothing: an object, whatever it holds.
///
/// # Errors
/// A sentence that says what is wrong with the line.
pub fn heard(line: &str) -> Result<(), String> {
    let trimmed = line.trim();
    let is_object = trimmed == "{}" || serde_json::from_str::<BTreeMap<String, serde::de::IgnoredAny>>(trimmed).is_ok();
    if is_object { Ok(()) } else { Err(about(line, "an object such as {} was expected")) }
}

fn about(line: &str, what: &str) -> String {
    format!("the placer answered `{}`: {what}", shown(line))
}

/// A line as it is shown to people: its beginning.
#[must_use]
pub fn shown(line: &str) -> String {
    const LONGEST: usize = 120;
    let line = line.trim();
    let beginning: String = line.chars().take(LONGEST).collect();
    if line.chars().nth(LONGEST).is_some() { format!("{beginning}…") } else { beginning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_line_the_beginning_is_shown_and_that_there_is_more() {
        let whole = "é".repeat(120);
        assert_eq!(shown(&format!("  {whole}\n")), whole);
        assert_eq!(shown(&format!("{whole}x")), format!("{whole}…"));
        assert_eq!(shown("\n"), "");
        assert!(
            about(&"y".repeat(500), "no answer").starts_with(&format!("the placer answered `{}…`", "y".repeat(120)))
        );
    }
}
