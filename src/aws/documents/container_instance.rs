//! A container instance as `describe-container-instances` shows it.

use super::attribute::Attribute;
use super::gpus::GpuDevice;
use super::network::Attachment;
use super::resource::{self, Resource};
use crate::aws::reading::arn::last_segment;
use crate::aws::reading::check::{Check, Checker};

documents! {
    /// An EC2 instance that has registered with a cluster.
    ContainerInstance {
        container_instance_arn: text,
        ec2_instance_id: text,
        capacity_provider_name: text,
        status: text,
        status_reason: text,
        agent_connected: flag,
        running_tasks_count: whole,
        pending_tasks_count: whole,
        version_info: one<VersionInfo>,
        registered_resources: list<Resource>,
        remaining_resources: list<Resource>,
        attributes: list<Attribute>,
        registered_at: time,
        attachments: list<Attachment>,
        gpu_devices: list<GpuDevice>,
    }

    /// Versions of what runs on it.
    VersionInfo {
        agent_version: text,
        agent_hash: text,
        docker_version: text,
    }
}

/// The states of a container instance.
pub(crate) const STATUSES: [&str; 6] =
    ["ACTIVE", "DRAINING", "REGISTERING", "REGISTRATION_FAILED", "DEREGISTERING", "INACTIVE"];

impl ContainerInstance {
    /// The value of an attribute: `None` absent, `Some(None)` present without a value.
    pub(crate) fn attribute(&self, name: &str) -> Option<Option<&str>> {
        let found = self.attributes.iter().find(|attribute| attribute.name.as_deref() == Some(name))?;
        Some(found.value.as_deref())
    }

    /// Whether it is part of the cluster and can have tasks.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.status.as_deref(), None | Some("ACTIVE" | "DRAINING"))
    }
}

impl Check for ContainerInstance {
    fn check(&self, at: &mut Checker) {
        let arn = self.container_instance_arn.as_deref();
        at.required("containerInstanceArn", arn);
        if arn.is_some_and(|arn| !arn.is_empty() && last_segment(arn).trim().is_empty()) {
            at.report("containerInstanceArn", "the ARN has no id at its end", "give it as ECS prints it");
        }
        at.shorter("containerInstanceArn", arn, 512);
        at.shorter("ec2InstanceId", self.ec2_instance_id.as_deref(), 255);
        at.word("status", self.status.as_deref(), &STATUSES);
        for (member, count) in
            [("runningTasksCount", self.running_tasks_count), ("pendingTasksCount", self.pending_tasks_count)]
        {
            at.range(member, count, 0, i64::from(i32::MAX));
        }
        at.each("registeredResources", &self.registered_resources);
        at.each("remainingResources", &self.remaining_resources);
        at.each("attributes", &self.attributes);
    }
}

/// The attribute of an instance outside AWS (ECS Anywhere); `mi-` begins its id.
const EXTERNAL_ATTRIBUTE: &str = "ecs.capability.external";

impl ContainerInstance {
    /// Whether it is outside AWS: it takes no task of the launch type EC2.
    pub(crate) fn is_external(&self) -> bool {
        let has_id = self.ec2_instance_id.as_deref().is_some_and(|id| id.starts_with("mi-"));
        has_id || self.attribute(EXTERNAL_ATTRIBUTE).is_some()
    }

    /// Whether the document tells nothing of its resources.
    pub(crate) fn has_no_resources(&self) -> bool {
        self.registered_resources.is_empty()
    }

    /// Whether it can take a task at all, as far as the document tells.
    pub(crate) fn may_take_tasks(&self) -> bool {
        self.is_up() && !self.is_external() && !self.has_no_resources()
    }

    /// What placement needs of an instance that may take tasks and a document may lack: CPU and memory.
    pub(crate) fn check_needs(&self, at: &mut Checker) {
        for name in ["CPU", "MEMORY"] {
            let total = check_amount(name, "registeredResources", &self.registered_resources, at);
            // Where nothing is told of what remains, it is what was registered less what tasks take.
            if self.remaining_resources.is_empty() {
                continue;
            }
            let left = check_amount(name, "remainingResources", &self.remaining_resources, at);
            if let (Some(total), Some(left)) = (total, left)
                && left > total
            {
                let message = format!("{name}: remaining {left} is more than registered {total}");
                at.report("remainingResources", message, "collect the file anew");
            }
        }
    }
}

/// The amount of a resource that every instance has, if it is one that can be.
fn check_amount(name: &str, member: &str, resources: &[Resource], at: &mut Checker) -> Option<i64> {
    let Some(found) = resource::find(resources, name) else {
        at.report(member, format!("the instance has no {name}"), "ECS lists CPU and MEMORY of every instance");
        return None;
    };
    let amount = found.amount()?;
    // The upper limits are those of scenario files, far above EC2.
    let (low, high) = match (member, name) {
        ("registeredResources", "CPU") => (1, 1 << 24),
        ("registeredResources", _) => (1, 1 << 27),
        _ => (i64::from(i32::MIN), 1 << 27),
    };
    if (low..=high).contains(&amount) {
        return Some(amount);
    }
    let message = format!("{name} = {amount} is outside {low} to {high}");
    at.report(member, message, "amounts are CPU units and MiB");
    None
}
