//! A task as `describe-tasks` shows it.

use super::attribute::Attribute;
use super::network::Attachment;
use super::overrides::TaskOverride;
use crate::aws::reading::arn::last_segment;
use crate::aws::reading::check::{Check, Checker};
use crate::aws::reading::size;
use crate::model::{ContainerSize, Demand, Port, Protocol};

documents! {
    /// A task; without `containerInstanceArn` while it waits for capacity.
    Task {
        task_arn: text,
        cluster_arn: text,
        task_definition_arn: text,
        container_instance_arn: text,
        availability_zone: text,
        group: text,
        started_by: text,
        launch_type: text,
        capacity_provider_name: text,
        last_status: text,
        desired_status: text,
        health_status: text,
        stop_code: text,
        stopped_reason: text,
        cpu: size,
        memory: size,
        containers: list<Container>,
        overrides: one<TaskOverride>,
        attributes: list<Attribute>,
        attachments: list<Attachment>,
        created_at: time,
        started_at: time,
        stopping_at: time,
        stopped_at: time,
    }

    /// A container of a task; its sizes are texts here.
    Container {
        name: text,
        cpu: size,
        memory: size,
        memory_reservation: size,
        network_bindings: list<NetworkBinding>,
        gpu_ids: texts,
    }

    /// A port that a container has on the host, static or dynamic.
    NetworkBinding {
        #[serde(rename = "bindIP")]
        bind_ip: text,
        container_port: whole,
        host_port: whole,
        protocol: text,
    }
}

impl Task {
    /// Whether it counts for placement: it is wanted to run. A task without the member is taken to be.
    pub(crate) fn is_counted(&self) -> bool {
        let wanted = self.desired_status.as_deref().unwrap_or("RUNNING");
        wanted == "RUNNING" && self.last_status.as_deref() != Some("STOPPED")
    }

    /// What it takes as far as it shows: for tasks whose definition is not at hand. Of the ports that it has on the host
    /// those are static which the instance lists as taken; `None` if a sum exceeds 32 bits.
    pub(crate) fn shown_demand(&self, taken: &[Port]) -> Option<Demand> {
        let sizes: Vec<ContainerSize> = self
            .containers
            .iter()
            .map(|container| ContainerSize {
                cpu: container.cpu.as_deref().and_then(size::cpu_units).unwrap_or_default(),
                memory: container.memory.as_deref().and_then(size::memory_mib),
                memory_reservation: container.memory_reservation.as_deref().and_then(size::memory_mib),
            })
            .collect();
        let own = (self.cpu.as_deref().and_then(size::cpu_units), self.memory.as_deref().and_then(size::memory_mib));
        let mut demand = Demand::of_task(own.0, own.1, &sizes)?;
        demand.gpus = u32::try_from(self.containers.iter().map(|one| one.gpu_ids.len()).sum::<usize>()).ok()?.into();
        let bindings = self.containers.iter().flat_map(|container| &container.network_bindings);
        demand.ports = bindings.filter_map(NetworkBinding::port).filter(|port| taken.contains(port)).collect();
        demand.ports.sort_unstable();
        demand.ports.dedup();
        let is_interface = |one: &Attachment| one.kind.as_deref() == Some("ElasticNetworkInterface");
        demand.eni_slots = u32::from(self.attachments.iter().any(is_interface));
        Some(demand)
    }
}

impl NetworkBinding {
    fn port(&self) -> Option<Port> {
        let number = u16::try_from(self.host_port?).ok().filter(|number| *number > 0)?;
        let protocol = if self.protocol.as_deref() == Some("udp") { Protocol::Udp } else { Protocol::Tcp };
        Some(Port { number, protocol })
    }
}

impl Check for Task {
    fn check(&self, at: &mut Checker) {
        at.required("taskArn", self.task_arn.as_deref());
        at.required("taskDefinitionArn", self.task_definition_arn.as_deref());
        let arn = self.task_definition_arn.as_deref().unwrap_or_default();
        let reference = last_segment(arn);
        let (family, revision) = reference.split_once(':').unwrap_or((reference, "1"));
        let is_family = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if !arn.is_empty()
            && (family.is_empty() || !family.bytes().all(is_family) || !revision.parse::<u32>().is_ok_and(|r| r > 0))
        {
            let said = if reference.is_empty() { arn } else { reference };
            let message = format!("`{}` is no task definition", said.escape_debug());
            at.report("taskDefinitionArn", message, "ECS ends it with `family:revision`");
        }
        at.shorter("group", self.group.as_deref(), 255);
        at.shorter("startedBy", self.started_by.as_deref(), 128);
        at.one("overrides", self.overrides.as_ref());
        super::overrides::check_size("cpu", self.cpu.as_deref(), size::cpu_units, at);
        super::overrides::check_size("memory", self.memory.as_deref(), size::memory_mib, at);
    }
}
