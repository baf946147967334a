//! The row that registers an instance: enough to build the instance anew, for whoever checks the log.
//!
//! What instances of a class share is put in words once; what an instance has to itself is added to each row.
//!
//! # Invariant
//! Of the attributes that were derived for an agent, those are there that a task of the run asks for: all sixty would make
//! the log of a large fleet ten times as long, and no decision hangs on the others.

use std::collections::BTreeSet;

use serde::Serialize;

use super::cells::ports_text;
use super::{EventSource, gpu_count};
use crate::model::{Attributes, ClassId, Identity, InstanceClass, InstanceId, Request, Requests, Rule, SpreadField};
use crate::query::Instant;

/// The words of every class, and what each instance has to itself.
#[derive(Debug)]
pub(super) struct Registrations<'a> {
    source: EventSource<'a>,
    classes: Vec<Option<ClassCells>>,
    /// Attributes that a task of the run asks for.
    asked: BTreeSet<&'a str>,
}

/// What the rows of one class share.
#[derive(Debug)]
struct ClassCells {
    /// `task,group,task_definition,cpu,memory_mib,gpu,gpu_memory_mib,ports,`
    capacity: Vec<u8>,
    /// The `reason`, but for what the instance has to itself and the `}`.
    reason: String,
}

/// What instances of a class share of the `reason`; what is unknown is left out.
#[derive(Serialize)]
struct OfClass<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity_provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eni_tasks: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_version: Option<&'a str>,
    agent_connected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu_slice: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gpu_memory_mib: Vec<u32>,
    #[serde(skip_serializing_if = "is_zero")]
    other_gpus: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shared_gpus: Vec<u32>,
    attributes: Attributes,
}

/// What an instance has to itself.
#[derive(Serialize)]
struct OfInstance<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ec2_instance_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registered_at: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    other_tasks: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl<'a> Registrations<'a> {
    pub(super) fn new(source: EventSource<'a>) -> Self {
        let classes = source.fleet.classes.iter().map(|_| None).collect();
        Self { source, classes, asked: asked(source.requests) }
    }

    /// `task,group,task_definition,cpu,memory_mib,gpu,gpu_memory_mib,ports,`
    pub(super) fn capacity(&mut self, class: ClassId) -> &[u8] {
        &self.of_class(class).capacity
    }

    /// The `reason` of an instance.
    pub(super) fn reason(&mut self, instance: InstanceId, class: ClassId) -> String {
        let identity = self.source.fleet.identities.get(instance.index());
        let own = identity.map(of_instance).unwrap_or_default();
        let shared = &self.of_class(class).reason;
        if own.is_empty() { format!("{shared}}}") } else { format!("{shared},{own}}}") }
    }

    fn of_class(&mut self, class: ClassId) -> &ClassCells {
        let Self { source, classes, asked } = self;
        classes[class.index()].get_or_insert_with(|| cells(*source, &source.fleet.classes[class.index()], asked))
    }
}

/// Every attribute that requirements, constraints and strategies of the run name.
fn asked(requests: &Requests) -> BTreeSet<&str> {
    requests.table.iter().flat_map(named_by).collect()
}

fn named_by(request: &Request) -> impl Iterator<Item = &str> {
    let required = request.requires_attributes.iter().map(|(name, _)| name.as_str());
    let spread = request.strategy.0.iter().filter_map(|rule| match rule {
        Rule::Spread(SpreadField::Attribute(name)) => Some(name.as_str()),
        _ => None,
    });
    let of_expressions = request.member_of.iter().flat_map(|expression| expression.attribute_names());
    required.chain(spread).chain(of_expressions)
}

fn cells(source: EventSource<'_>, class: &InstanceClass, asked: &BTreeSet<&str>) -> ClassCells {
    let mut attributes = class.attributes.clone();
    let derived = class.capabilities.iter().filter(|name| asked.contains(name));
    attributes.extend(derived.map(|name| (name.to_owned(), None)));
    let provider = class.provider.and_then(|provider| source.providers.get(provider.index()));
    let shared = OfClass {
        instance_type: class.instance_type.as_deref(),
        capacity_provider: provider.map(|provider| provider.name.as_str()),
        eni_tasks: class.eni_tasks,
        agent_version: class.agent_version.as_deref(),
        agent_connected: class.agent_connected,
        gpu_slice: class.gpu_kind.slice.map(crate::model::GpuSlice::text),
        gpu_memory_mib: class.gpu_kind.memory.iter().map(|memory| memory.0).collect(),
        other_gpus: class.other_gpus.count,
        shared_gpus: (0..class.gpus).filter(|device| class.other_gpus.share(*device as usize)).collect(),
        attributes,
    };
    let mut reason = serde_json::to_string(&shared).expect("strings and numbers are always JSON");
    assert_eq!(reason.pop(), Some('}'), "an object");
    let ports = ports_text(&class.reserved_ports);
    let gpu_memory: u64 = class.gpu_kind.memory.iter().map(|memory| u64::from(memory.0)).sum();
    let capacity = format!(",,,{},{},{},{gpu_memory},{ports},", class.cpu.0, class.memory.0, gpu_count(class));
    ClassCells { capacity: capacity.into_bytes(), reason }
}

/// The members of an object without its braces; nothing where an instance has nothing to itself.
fn of_instance(identity: &Identity) -> String {
    let own = OfInstance {
        ec2_instance_id: identity.ec2_instance_id.as_deref(),
        registered_at: identity.registered_at.and_then(Instant::from_seconds).map(|at| at.to_string()),
        other_tasks: identity.others.tasks,
    };
    let text = serde_json::to_string(&own).expect("strings and numbers are always JSON");
    text[1..text.len() - 1].to_owned()
}
