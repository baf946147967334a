//! A task definition, as RegisterTaskDefinition takes it and DescribeTaskDefinition shows it, and what a task of it demands.

use super::attribute::Attribute;
use super::gpus::SharingStrategy;
use super::overrides::{TaskOverride, check_size};
use super::placement::{self, PlacementConstraint};
use crate::aws::reading::check::{Check, Checker};
use crate::aws::reading::size;
use crate::model::{self, ContainerSize, Demand, MAX_CONSTRAINTS, Port, Protocol};

documents! {
    /// What a task is made of.
    TaskDefinition {
        task_definition_arn: text,
        family: text,
        revision: whole,
        status: text,
        network_mode: text,
        cpu: size,
        memory: size,
        container_definitions: list<ContainerDefinition>,
        placement_constraints: list<PlacementConstraint>,
        requires_attributes: given<Attribute>,
        requires_compatibilities: texts,
        compatibilities: texts,
        runtime_platform: one<RuntimePlatform>,
        task_role_arn: text,
        execution_role_arn: text,
        pid_mode: text,
        ipc_mode: text,
        proxy_configuration: raw,
        volumes: raw,
        ephemeral_storage: raw,
        enable_fault_injection: raw,
        inference_accelerators: raw,
    }

    /// One container of it, as far as placement looks, and what its definition requires of an instance for it.
    ContainerDefinition {
        name: text,
        image: text,
        cpu: whole,
        memory: whole,
        memory_reservation: whole,
        essential: flag,
        port_mappings: list<PortMapping>,
        resource_requirements: list<ResourceRequirement>,
        working_directory: text,
        user: size,
        log_configuration: raw,
        repository_credentials: raw,
        secrets: raw,
        firelens_configuration: raw,
        environment_files: raw,
        health_check: raw,
        depends_on: raw,
        start_timeout: raw,
        stop_timeout: raw,
        privileged: raw,
        readonly_root_filesystem: raw,
        dns_servers: raw,
        dns_search_domains: raw,
        extra_hosts: raw,
        links: raw,
        ulimits: raw,
        docker_labels: raw,
        linux_parameters: raw,
        docker_security_options: raw,
        credential_specs: raw,
        restart_policy: raw,
    }

    /// A port of a container.
    PortMapping {
        container_port: whole,
        host_port: whole,
        protocol: text,
        container_port_range: text,
        name: text,
    }

    /// A device that a container needs; `value` is a count in a text, a fraction, or `ALL`.
    ResourceRequirement {
        #[serde(rename = "type")]
        kind: text,
        value: size,
        sharing_strategy: one<SharingStrategy>,
    }

    /// Processor and operating system (U-18).
    RuntimePlatform {
        cpu_architecture: text,
        operating_system_family: text,
    }
}

/// Seconds between health checks where a container does not say.
const HEALTH_INTERVAL: u64 = 30;

/// Bounds of task-level CPU on EC2.
const TASK_CPU: std::ops::RangeInclusive<u32> = 128..=196_608;

impl TaskDefinition {
    /// The network mode; `bridge` where none is given.
    pub(crate) fn mode(&self) -> &str {
        self.network_mode.as_deref().unwrap_or("bridge")
    }

    /// `family:revision`, or the family alone.
    pub(crate) fn reference(&self) -> Option<String> {
        let family = self.family.as_deref()?;
        Some(self.revision.map_or_else(|| family.to_owned(), |revision| format!("{family}:{revision}")))
    }

    /// What a task of it takes, overrides of the call included; `None` if a sum exceeds 32 bits
    /// or its form of GPUs is not supported.
    ///
    /// A document should be checked first: members that are wrong count as absent here.
    #[must_use]
    pub fn demand(&self, overrides: Option<&TaskOverride>) -> Option<Demand> {
        let mut demand = self.demand_without_gpus(overrides)?;
        demand.gpus = self.gpu_demand(overrides.unwrap_or(&TaskOverride::default())).ok()?;
        Some(demand)
    }

    /// As [`TaskDefinition::demand`], whatever it asks of GPUs.
    pub(crate) fn demand_without_gpus(&self, overrides: Option<&TaskOverride>) -> Option<Demand> {
        let none = TaskOverride::default();
        let overrides = overrides.unwrap_or(&none);
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        let sizes: Vec<ContainerSize> = self
            .container_definitions
            .iter()
            .map(|container| {
                let over = overrides.container_overrides.iter().find(|over| over.name == container.name);
                ContainerSize {
                    cpu: number(over.and_then(|over| over.cpu).or(container.cpu)).unwrap_or_default(),
                    memory: number(over.and_then(|over| over.memory).or(container.memory)),
                    memory_reservation: number(
                        over.and_then(|over| over.memory_reservation).or(container.memory_reservation),
                    ),
                }
            })
            .collect();
        // Windows containers have no size but their own.
        let of_task = |over: &Option<String>, own: &Option<String>, read: fn(&str) -> Option<u32>| {
            over.as_deref().or(own.as_deref()).filter(|_| !self.is_windows()).and_then(read)
        };
        let cpu = of_task(&overrides.cpu, &self.cpu, size::cpu_units);
        let memory = of_task(&overrides.memory, &self.memory, size::memory_mib);
        let mut demand = Demand::of_task(cpu, memory, &sizes)?;
        demand.ports = self.ports();
        demand.eni_slots = u32::from(self.mode() == "awsvpc");
        Some(demand)
    }

    /// What it says of operating system and processor, as instances name them; words that are none are left out.
    fn platform(&self) -> model::Platform {
        let Some(platform) = &self.runtime_platform else { return model::Platform::default() };
        let is_word = |text: &&String| {
            let bytes = || text.bytes();
            !text.is_empty() && bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let architecture = platform.cpu_architecture.as_deref().and_then(|architecture| match architecture {
            "X86_64" => Some("x86_64"),
            "ARM64" => Some("arm64"),
            _ => None,
        });
        model::Platform {
            os_family: platform.operating_system_family.as_ref().filter(is_word).cloned(),
            cpu_architecture: architecture.map(str::to_owned),
        }
    }

    fn is_windows(&self) -> bool {
        let system = self.runtime_platform.as_ref().and_then(|platform| platform.operating_system_family.as_deref());
        system.is_some_and(|system| system.starts_with("WINDOWS"))
    }

    /// MiB that its containers may use together before they are killed, where that is not what they reserve: the sum of
    /// their `memory`, if each has one and the task has no size of its own.
    pub(crate) fn hard_memory(&self) -> Option<u32> {
        let mut limits = self.container_definitions.iter().map(|container| container.memory);
        let total = limits.try_fold(0_i64, |sum, limit| sum.checked_add(limit?))?;
        let reserved = self.demand(None)?.memory.0;
        u32::try_from(total).ok().filter(|&total| self.memory.is_none() && total > reserved)
    }

    /// Seconds after which a task can be healthy by its container health checks: the longest time to the first check of an
    /// essential container; `None` where no such container has one.
    pub(crate) fn healthy_after_seconds(&self) -> Option<u32> {
        let seconds = |container: &ContainerDefinition| {
            let check = container.health_check.as_ref().filter(|check| check.is_object())?;
            let is_none = check.pointer("/command/0").and_then(serde_json::Value::as_str) == Some("NONE");
            let interval = check.get("interval").and_then(serde_json::Value::as_u64).unwrap_or(HEALTH_INTERVAL);
            (!is_none && container.essential != Some(false)).then(|| u32::try_from(interval).ok()).flatten()
        };
        self.container_definitions.iter().filter_map(seconds).max()
    }

    /// The ports of the host that a task takes, ascending, each once.
    fn ports(&self) -> Vec<Port> {
        let mappings = self.container_definitions.iter().flat_map(|container| &container.port_mappings);
        let mut ports: Vec<Port> = mappings.filter_map(|mapping| mapping.host_port_in(self.mode())).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// The task definition as placement sees it, or `None` if a sum of its sizes exceeds 32 bits.
    #[must_use]
    pub fn to_model(&self) -> Option<model::TaskDefinition> {
        let required = |attribute: &Attribute| Some((attribute.name.clone()?, attribute.value.clone()));
        let requires_attributes = match &self.requires_attributes {
            Some(listed) => listed.iter().filter_map(required).collect(),
            None => self.derived_requirements().required.into_iter().map(|name| (name, None)).collect(),
        };
        let member_of = placement::constraints(&self.placement_constraints).into_iter();
        Some(model::TaskDefinition {
            family: self.family.clone().unwrap_or_default(),
            demand: self.demand(None)?,
            requires_attributes,
            member_of: member_of
                .filter_map(|constraint| match constraint {
                    model::Constraint::MemberOf(expression) => Some(expression),
                    model::Constraint::DistinctInstance => None,
                })
                .collect(),
            platform: self.platform(),
        })
    }

    /// A document that demands what the value does, in one container.
    #[must_use]
    pub fn of(definition: &model::TaskDefinition) -> Self {
        let demand = &definition.demand;
        let mode = match (demand.eni_slots, demand.ports.is_empty()) {
            (0, true) => None,
            (0, false) => Some("host"),
            _ => Some("awsvpc"),
        };
        let mapping = |port: &Port| PortMapping {
            container_port: Some(i64::from(port.number)),
            host_port: Some(i64::from(port.number)),
            protocol: Some(if port.protocol == Protocol::Tcp { "tcp" } else { "udp" }.to_owned()),
            ..PortMapping::default()
        };
        let constraint = |expression: &crate::query::Expression| model::Constraint::MemberOf(expression.clone());
        let container = ContainerDefinition {
            name: Some(definition.family.clone()),
            image: Some("unknown".to_owned()),
            cpu: Some(i64::from(demand.cpu.0)),
            memory: Some(i64::from(demand.memory.0)),
            port_mappings: demand.ports.iter().map(mapping).collect(),
            resource_requirements: ResourceRequirement::of(demand.gpus).into_iter().collect(),
            ..ContainerDefinition::default()
        };
        let platform = RuntimePlatform {
            cpu_architecture: definition.platform.cpu_architecture.as_deref().map(str::to_uppercase),
            operating_system_family: definition.platform.os_family.clone(),
        };
        Self {
            family: Some(definition.family.clone()),
            network_mode: mode.map(str::to_owned),
            runtime_platform: Some(platform).filter(|platform| *platform != RuntimePlatform::default()),
            container_definitions: vec![container],
            placement_constraints: definition
                .member_of
                .iter()
                .map(|expression| PlacementConstraint::of(&constraint(expression)))
                .collect(),
            requires_attributes: Some(
                definition
                    .requires_attributes
                    .iter()
                    .map(|(name, value)| Attribute::new(name, value.as_deref()))
                    .collect(),
            ),
            ..Self::default()
        }
    }
}

impl PortMapping {
    /// The port that is taken on the host under a network mode, if any.
    pub(crate) fn host_port_in(&self, mode: &str) -> Option<Port> {
        let number = match mode {
            "bridge" => self.host_port,
            "host" => self.host_port.filter(|port| *port > 0).or(self.container_port),
            _ => None,
        };
        let number = u16::try_from(number?).ok().filter(|number| *number > 0)?;
        // Any other word counts as tcp.
        let protocol = if self.protocol.as_deref() == Some("udp") { Protocol::Udp } else { Protocol::Tcp };
        Some(Port { number, protocol })
    }
}

impl Check for TaskDefinition {
    fn check(&self, at: &mut Checker) {
        at.required("family", self.family.as_deref());
        at.shorter("family", self.family.as_deref(), 255);
        let family = self.family.as_deref().unwrap_or_default();
        if !family.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
            let message = format!("`family` = `{}` has other than letters, digits, - and _", family.escape_debug());
            at.report("family", message, "name the family as ECS allows");
        }
        at.range("revision", self.revision, 1, i64::from(u32::MAX));
        at.word("networkMode", self.network_mode.as_deref(), &["bridge", "host", "awsvpc", "none"]);
        at.one("runtimePlatform", self.runtime_platform.as_ref());
        self.check_task_size(at);
        if self.container_definitions.is_empty() {
            at.report("containerDefinitions", "there are no containers", "a task has at least one");
        }
        let has_task_memory = self.memory.as_deref().and_then(size::memory_mib).is_some_and(|memory| memory > 0);
        at.each_by("containerDefinitions", &self.container_definitions, |container, at| {
            container.check_size(has_task_memory, at);
            self.check_ports(container, at);
            at.each("resourceRequirements", &container.resource_requirements);
        });
        at.at_most("placementConstraints", &self.placement_constraints, MAX_CONSTRAINTS);
        at.each_by("placementConstraints", &self.placement_constraints, |constraint, at| {
            constraint.check(at);
            if constraint.kind.as_deref() == Some("distinctInstance") {
                at.report("type", "`distinctInstance` is not allowed in a task definition", "give it to the service");
            }
        });
        let listed = self.requires_attributes.as_deref().unwrap_or_default();
        at.each_by("requiresAttributes", listed, super::attribute::check_given);
    }
}

impl Check for RuntimePlatform {
    fn check(&self, at: &mut Checker) {
        at.word("cpuArchitecture", self.cpu_architecture.as_deref(), &["X86_64", "ARM64"]);
        // ECS adds families of Windows as they come, so that the form is held and not a list.
        let is_family = |family: &str| {
            let of_windows = family.strip_prefix("WINDOWS_SERVER_");
            let is_rest = |rest: &str| {
                rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
            };
            family == "LINUX" || of_windows.is_some_and(is_rest)
        };
        if let Some(family) = self.operating_system_family.as_deref().filter(|family| !is_family(family)) {
            let message = format!("`operatingSystemFamily` cannot be `{}`", family.escape_debug());
            at.report("operatingSystemFamily", message, "write LINUX, or one such as WINDOWS_SERVER_2022_CORE");
        }
    }
}

impl TaskDefinition {
    /// Sizes of the task, and those of its containers against them.
    fn check_task_size(&self, at: &mut Checker) {
        check_size("cpu", self.cpu.as_deref(), size::cpu_units, at);
        check_size("memory", self.memory.as_deref(), size::memory_mib, at);
        let cpu = self.cpu.as_deref().and_then(size::cpu_units).filter(|cpu| *cpu > 0);
        let memory = self.memory.as_deref().and_then(size::memory_mib).filter(|memory| *memory > 0);
        if let Some(cpu) = cpu.filter(|cpu| !TASK_CPU.contains(cpu)) {
            let message = format!("`cpu` = {cpu} is outside {} to {}", TASK_CPU.start(), TASK_CPU.end());
            at.report("cpu", message, "write CPU units within the limits of ECS");
        }
        let containers: Vec<ContainerSize> = self
            .container_definitions
            .iter()
            .map(|container| ContainerSize {
                cpu: container.cpu.and_then(|cpu| u32::try_from(cpu).ok()).unwrap_or_default(),
                memory: container.memory.and_then(|memory| u32::try_from(memory).ok()),
                memory_reservation: container.memory_reservation.and_then(|memory| u32::try_from(memory).ok()),
            })
            .collect();
        let Some(sum) = Demand::of_task(None, None, &containers) else {
            at.report("containerDefinitions", "the sizes of the containers exceed 32 bits", "write smaller sizes");
            return;
        };
        for (member, sum, own) in [("cpu", sum.cpu.0, cpu), ("memory", sum.memory.0, memory)] {
            if let Some(own) = own.filter(|own| sum > *own) {
                let message = format!("the containers ask for {sum} in all, and the task has `{member}` = {own}");
                at.report(member, message, "raise the size of the task, or lower those of its containers");
            }
        }
    }

    fn check_ports(&self, container: &ContainerDefinition, at: &mut Checker) {
        at.each_by("portMappings", &container.port_mappings, |mapping, at| {
            at.range("containerPort", mapping.container_port, 0, 65_535);
            at.range("hostPort", mapping.host_port, 0, 65_535);
            let (inner, outer) = (mapping.container_port, mapping.host_port.filter(|port| *port > 0));
            if ["host", "awsvpc"].contains(&self.mode()) && outer.is_some() && outer != inner {
                let message = format!("`hostPort` = {} differs from `containerPort`", outer.unwrap_or_default());
                at.report("hostPort", message, "leave `hostPort` out in the modes host and awsvpc");
            }
        });
        if self.mode() == "none" && !container.port_mappings.is_empty() {
            at.report("portMappings", "a task without a network has ports", "leave them out");
        }
    }
}

impl ContainerDefinition {
    /// Sizes of a container; 4 MiB is the least that any Docker takes.
    fn check_size(&self, has_task_memory: bool, at: &mut Checker) {
        at.range("cpu", self.cpu, 0, 1 << 24);
        at.range("memory", self.memory.filter(|memory| *memory != 0), 4, 1 << 27);
        at.range("memoryReservation", self.memory_reservation.filter(|memory| *memory != 0), 4, 1 << 27);
        let hard = self.memory.filter(|memory| *memory > 0);
        let soft = self.memory_reservation.filter(|memory| *memory > 0);
        if let (Some(hard), Some(soft)) = (hard, soft)
            && hard <= soft
        {
            let message = format!("`memory` = {hard} is not above `memoryReservation` = {soft}");
            at.report("memory", message, "the hard limit must be above the soft one");
        }
        if hard.is_none() && soft.is_none() && !has_task_memory {
            let message = "neither the task nor this container has a memory size";
            at.report("", message, "give `memory` or `memoryReservation`");
        }
    }
}
