//! Container instances of a snapshot, before their tasks are looked at.

use std::collections::BTreeMap;

use super::collect::{Collected, id};
use super::gpus::KnownGpus;
use super::providers::Known;
use super::{Instance, Snapshot};
use crate::aws::documents::container_instance::ContainerInstance;
use crate::aws::documents::resource;
use crate::model::{Attributes, Port, TYPE_ATTRIBUTE, ZONE_ATTRIBUTE};

/// What an instance says of its resources.
pub(super) struct Amounts {
    pub(super) registered: [i64; 2],
    /// What remains, if it says so.
    pub(super) remaining: Option<[i64; 2]>,
    /// GPUs.
    pub(super) gpus: KnownGpus,
    /// Ports taken at registration.
    pub(super) reserved_ports: Vec<Port>,
    /// Ports taken now.
    pub(super) taken_ports: Vec<Port>,
    /// Tasks that it counts, if it says so.
    pub(super) counted: Option<i64>,
}

/// The names of what [`Amounts`] holds two of.
pub(super) const NAMES: [&str; 2] = ["CPU", "MEMORY"];

impl Amounts {
    pub(super) fn of(instance: &ContainerInstance) -> Self {
        let amounts = |resources| {
            NAMES.map(|name| resource::find(resources, name).and_then(|found| found.amount()).unwrap_or_default())
        };
        Self {
            registered: amounts(&instance.registered_resources),
            remaining: Some(amounts(&instance.remaining_resources))
                .filter(|_| !instance.remaining_resources.is_empty()),
            gpus: KnownGpus::of(instance),
            reserved_ports: resource::ports(&instance.registered_resources),
            taken_ports: resource::ports(&instance.remaining_resources),
            counted: count(instance.running_tasks_count)
                .map(|running| running + count(instance.pending_tasks_count).unwrap_or(0)),
        }
    }
}

/// A number of tasks; what can be none counts as not told.
fn count(value: Option<i64>) -> Option<i64> {
    value.filter(|count| (0..=i64::from(i32::MAX)).contains(count))
}

/// The instances that are up; the others are noted.
pub(super) fn read(collected: &Collected<'_>, known: &Known<'_>, snapshot: &mut Snapshot) {
    let mut of_target: BTreeMap<&str, Attributes> = BTreeMap::new();
    for attribute in &collected.attributes {
        let (Some(target), Some(name)) = (attribute.target_id.as_deref(), attribute.name.clone()) else { continue };
        let target = crate::aws::reading::arn::last_segment(target);
        of_target.entry(target).or_default().insert(name, attribute.value.clone());
    }
    for (place, instance) in &collected.instances {
        if !instance.is_up() {
            let status = instance.status.as_deref().unwrap_or_default();
            let sentence = format!("instances with the status {status} take no tasks and are left out");
            let ec2 = instance.ec2_instance_id.as_deref().filter(|id| !id.is_empty());
            snapshot.notes.about(&sentence, ec2.or_else(|| id(instance)).unwrap_or_default());
            continue;
        }
        let Some(name) = id(instance) else { continue };
        let mut attributes: Attributes = (instance.attributes.iter().enumerate())
            .filter(|(position, _)| collected.has(place, *position))
            .filter_map(|(_, one)| Some((one.name.clone()?, one.value.clone())))
            .collect();
        attributes.extend(of_target.remove(name).unwrap_or_default());
        let one = read_one(name, instance, attributes);
        let is_managed = one.capacity_provider.as_deref().is_some_and(|provider| known.is_elsewhere(provider));
        if instance.may_take_tasks() && !is_managed {
            snapshot.instances.push(one);
            continue;
        }
        let sentence = match instance.is_external() {
            true => {
                "external instances (ECS Anywhere) take no task of EC2: `query` lists them, placement leaves them out"
            }
            false if is_managed => {
                "Managed Instances take no task of EC2: `query` lists them, placement leaves them out"
            }
            false => "instances of which no resource is told: `query` lists them, placement leaves them out",
        };
        snapshot.notes.about(sentence, name);
        snapshot.bystanders.push(one);
    }
}

fn read_one(name: &str, instance: &ContainerInstance, attributes: Attributes) -> Instance {
    let of = |name: &str| attributes.get(name).cloned().flatten();
    let version = instance.version_info.as_ref().and_then(|versions| versions.agent_version.as_deref());
    Instance {
        name: name.to_owned(),
        ec2_instance_id: instance.ec2_instance_id.clone().filter(|id| !id.is_empty()),
        registered_at: instance.registered_at.map(|at| at.seconds()),
        // Of the attributes that are read: one that is left out tells nothing.
        zone: of(ZONE_ATTRIBUTE).unwrap_or_default(),
        instance_type: of(TYPE_ATTRIBUTE),
        agent_version: version.map(|version| version.trim_start_matches('v').to_owned()).filter(|v| !v.is_empty()),
        agent_connected: instance.agent_connected.unwrap_or(true),
        capacity_provider: instance.capacity_provider_name.clone().filter(|name| !name.is_empty()),
        is_draining: instance.status.as_deref() == Some("DRAINING"),
        attributes,
        ..Instance::default()
    }
}
