//! An instance and a kind of task, by what they are.

use std::collections::BTreeMap;
use std::fmt;

use super::Expression;
use crate::model::{ContainerSize, Port, Rule, ZONE_ATTRIBUTE};

/// A container instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name, unique within a history.
    pub name: String,
    /// Registered CPU units.
    pub cpu: u32,
    /// Registered MiB.
    pub memory: u32,
    /// GPUs.
    pub gpus: u32,
    /// How many tasks with a network interface of their own it can hold; `None` is any number.
    pub interfaces: Option<u32>,
    /// Ports that are taken before any task runs.
    pub reserved_ports: Vec<Port>,
    /// Attributes, the zone among them; `None` is an attribute without a value.
    pub attributes: BTreeMap<String, Option<String>>,
    /// Its agent is connected.
    pub agent_connected: bool,
}

impl Instance {
    /// An instance of CPU and memory alone, in a zone.
    #[must_use]
    pub fn new(name: &str, zone: &str, cpu: u32, memory: u32) -> Self {
        let zone = (ZONE_ATTRIBUTE.to_owned(), Some(zone.to_owned()));
        Self {
            name: name.to_owned(),
            cpu,
            memory,
            gpus: 0,
            interfaces: None,
            reserved_ports: Vec::new(),
            attributes: BTreeMap::from([zone]),
            agent_connected: true,
        }
    }

    /// Its availability zone; empty if it has none.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.attribute(ZONE_ATTRIBUTE).flatten().unwrap_or_default()
    }

    /// The value of an attribute: `None` absent, `Some(None)` present without a value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.attributes.get(name).map(Option::as_deref)
    }
}

/// A placement constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// No two counted tasks of the group on one instance.
    DistinctInstance,
    /// The expression is true of the instance.
    MemberOf(Expression),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DistinctInstance => f.write_str("distinctInstance"),
            Self::MemberOf(expression) => write!(f, "memberOf({expression})"),
        }
    }
}

/// Tasks of one task definition in one group, with a strategy and constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The family of the task definition.
    pub family: String,
    /// The task group: `service:…` or `family:…`.
    pub group: String,
    /// Task-level CPU units, where set.
    pub cpu: Option<u32>,
    /// Task-level MiB, where set.
    pub memory: Option<u32>,
    /// The containers; empty where the task-level amounts say all.
    pub containers: Vec<ContainerSize>,
    /// GPUs.
    pub gpus: u32,
    /// Static host ports.
    pub ports: Vec<Port>,
    /// It has a network interface of its own (`awsvpc`).
    pub interface: bool,
    /// The rules of its placement strategy.
    pub strategy: Vec<Rule>,
    /// Its placement constraints.
    pub constraints: Vec<Constraint>,
}

impl Kind {
    /// Tasks of CPU and memory alone, in the group `service:NAME`.
    #[must_use]
    pub fn new(name: &str, cpu: u32, memory: u32, strategy: Vec<Rule>) -> Self {
        Self {
            family: name.to_owned(),
            group: format!("service:{name}"),
            cpu: Some(cpu),
            memory: Some(memory),
            containers: Vec::new(),
            gpus: 0,
            ports: Vec::new(),
            interface: false,
            strategy,
            constraints: Vec::new(),
        }
    }

    /// The CPU units that one takes: the task's own where set above 0, else those of its containers.
    #[must_use]
    pub fn demanded_cpu(&self) -> u32 {
        match self.cpu {
            Some(own) if own > 0 => own,
            _ => self.containers.iter().map(|container| container.cpu).sum(),
        }
    }

    /// The MiB that one takes: the task's own where set above 0, else of each container the soft limit where it has one and
    /// the hard one otherwise.
    #[must_use]
    pub fn demanded_memory(&self) -> u32 {
        let of_container = |container: &ContainerSize| match (container.memory_reservation, container.memory) {
            (Some(soft), _) if soft > 0 => soft,
            (_, hard) => hard.unwrap_or(0),
        };
        match self.memory {
            Some(own) if own > 0 => own,
            _ => self.containers.iter().map(of_container).sum(),
        }
    }

    /// Whether its group may have one task on an instance only.
    #[must_use]
    pub fn is_distinct(&self) -> bool {
        self.constraints.contains(&Constraint::DistinctInstance)
    }

    /// Whether a draw decides where its tasks go.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.strategy.contains(&Rule::Random)
    }
}
