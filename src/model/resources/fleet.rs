//! The container instances of a cluster, before any task runs.
//!
//! Instances that differ in nothing but their name share an [`InstanceClass`], so that a million of them
//! cost four bytes each, and so that anything true of a class (a zone, an attribute, a static `memberOf`) is
//! worked out once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{DEFAULT_RESERVED_TCP_PORTS, GpuKind, OtherGpus, Port};
use crate::model::units::{ClassId, CpuUnits, InstanceId, MemoryMib, MicroUsdPerHour, ProviderId, ZoneId};

/// The name of the attribute that holds the availability zone.
pub const ZONE_ATTRIBUTE: &str = "ecs.availability-zone";
/// The name of the attribute that holds the EC2 instance type.
pub const TYPE_ATTRIBUTE: &str = "ecs.instance-type";

/// The name of the attribute that holds the operating system family.
pub const OS_FAMILY_ATTRIBUTE: &str = "ecs.os-family";
/// The name of the attribute that holds the operating system, `linux` or `windows`.
pub const OS_TYPE_ATTRIBUTE: &str = "ecs.os-type";
/// The name of the attribute that holds the processor architecture.
pub const ARCHITECTURE_ATTRIBUTE: &str = "ecs.cpu-architecture";
/// The name of the attribute that holds the subnet of the instance.
pub const SUBNET_ATTRIBUTE: &str = "ecs.subnet-id";
/// The name of the attribute that holds the VPC of the instance.
pub const VPC_ATTRIBUTE: &str = "ecs.vpc-id";
/// The name of the attribute that instances have which can give a task a network interface of its own.
pub const TASK_ENI_ATTRIBUTE: &str = "ecs.capability.task-eni";

/// Attributes by name; `None` is an attribute without a value, which exists and equals nothing.
pub type Attributes = BTreeMap<String, Option<String>>;

/// Attributes without a value that an agent registers, ascending. They are shared by all classes with such an agent, so
/// that a fleet of many classes does not hold dozens of names for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capabilities(Arc<[&'static str]>);

impl Capabilities {
    /// Of these names, in any order.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        let mut names: Vec<&'static str> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        Self(names.into())
    }

    /// Whether the agent registers this attribute.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.binary_search(&name).is_ok()
    }

    /// The names, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }

    /// Nothing is registered, or nothing was derived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Everything that instances of one kind share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceClass {
    /// The EC2 instance type, where known.
    pub instance_type: Option<String>,
    /// Its availability zone.
    pub zone: ZoneId,
    /// Registered CPU.
    pub cpu: CpuUnits,
    /// Registered memory, below the nominal size of the type (R-5.23).
    pub memory: MemoryMib,
    /// How many GPU devices it has.
    pub gpus: u32,
    /// What they are.
    pub gpu_kind: GpuKind,
    /// What tasks that the scenario does not know hold beside them.
    pub other_gpus: OtherGpus,
    /// How many `awsvpc` tasks it can hold; `None` is unknown and taken as unlimited (U-13).
    pub eni_tasks: Option<u32>,
    /// Ports that are taken before any task runs, ascending.
    pub reserved_ports: Vec<Port>,
    /// Those of them that tasks take which the scenario does not know, ascending.
    pub other_ports: Vec<Port>,
    /// Price, where known.
    pub price: Option<MicroUsdPerHour>,
    /// Built-in (`ecs.*`) and custom attributes.
    pub attributes: Attributes,
    /// What its agent registers beside them, where that was derived and not listed.
    pub capabilities: Capabilities,
    /// Version of the ECS agent, where known.
    pub agent_version: Option<String>,
    /// Whether the agent is connected; a disconnected instance takes no task (R-1.2).
    pub agent_connected: bool,
    /// The capacity provider that such instances belong to, if they do.
    pub provider: Option<ProviderId>,
}

impl InstanceClass {
    /// A class with cpu and memory alone; `zone_name` becomes the zone attribute.
    #[must_use]
    pub fn new(zone: ZoneId, zone_name: &str, cpu: u32, memory: u32) -> Self {
        Self {
            instance_type: None,
            zone,
            cpu: CpuUnits(cpu),
            memory: MemoryMib(memory),
            gpus: 0,
            gpu_kind: GpuKind::default(),
            other_gpus: OtherGpus::default(),
            eni_tasks: None,
            reserved_ports: DEFAULT_RESERVED_TCP_PORTS.map(Port::tcp).to_vec(),
            other_ports: Vec::new(),
            price: None,
            attributes: Attributes::from([(ZONE_ATTRIBUTE.to_owned(), Some(zone_name.to_owned()))]),
            capabilities: Capabilities::default(),
            agent_version: None,
            agent_connected: true,
            provider: None,
        }
    }

    /// Such an instance as it registers anew: empty, so that what others take is its own, and with its agent connected.
    ///
    /// # Examples
    ///
    /// ```
    /// use stowplan::model::{InstanceClass, Others, ZoneId};
    ///
    /// let left = InstanceClass::new(ZoneId(0), "us-east-1a", 1024, 512);
    /// let new = left.as_new(Others { tasks: 3, cpu: 1024, memory: 7168, ..Others::default() });
    /// assert_eq!((new.cpu.0, new.memory.0), (2048, 7680));
    /// ```
    #[must_use]
    pub fn as_new(&self, others: Others) -> Self {
        let is_free = |port: &Port| self.other_ports.contains(port);
        let (gpus, gpu_kind) = self.other_gpus.given_back(self.gpus, &self.gpu_kind);
        Self {
            cpu: CpuUnits(self.cpu.0.saturating_add(others.cpu).saturating_sub(others.surplus_cpu)),
            memory: MemoryMib(self.memory.0.saturating_add(others.memory).saturating_sub(others.surplus_memory)),
            reserved_ports: self.reserved_ports.iter().filter(|port| !is_free(port)).copied().collect(),
            other_ports: Vec::new(),
            gpus,
            gpu_kind,
            other_gpus: OtherGpus::default(),
            agent_connected: true,
            ..self.clone()
        }
    }

    /// The value of an attribute: `None` absent, `Some(None)` present without a value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Option<&str>> {
        let listed = self.attributes.get(name).map(Option::as_deref);
        listed.or_else(|| self.capabilities.contains(name).then_some(None))
    }

    /// Whether it is known in which zone such instances are.
    #[must_use]
    pub fn knows_zone(&self) -> bool {
        self.attributes.contains_key(ZONE_ATTRIBUTE)
    }
}

/// What one instance has to itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Name in results.
    pub name: String,
    /// EC2 instance id for the query language; the name where absent.
    pub ec2_instance_id: Option<String>,
    /// Registration time in seconds since 1970-01-01 UTC, where known.
    pub registered_at: Option<i64>,
    /// What runs there and is in no file.
    pub others: Others,
}

/// What tasks take of an instance that the scenario does not know: they are there to stay, and their groups, ports and
/// interfaces are not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Others {
    /// How many; the query language counts them.
    pub tasks: u32,
    /// CPU units that the instance registered beyond those of its class.
    pub cpu: u32,
    /// MiB, likewise.
    pub memory: u32,
    /// CPU units of its class that it did not register: more is free than there should be.
    pub surplus_cpu: u32,
    /// MiB, likewise.
    pub surplus_memory: u32,
}

/// The instances of a cluster at time 0, in input order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Zone names; [`ZoneId`] is the position.
    pub zones: Vec<String>,
    /// Classes; [`ClassId`] is the position.
    pub classes: Vec<InstanceClass>,
    /// The class of every instance; [`InstanceId`] is the position.
    pub instances: Vec<ClassId>,
    /// One per instance, or none at all: then instances are named by number and have no further identity.
    pub identities: Vec<Identity>,
}

impl Fleet {
    /// The name of the zone that instances of an unknown zone share; it can be no zone of AWS.
    pub const UNKNOWN_ZONE: &str = "(unknown)";

    /// Whether a zone is one, and not what stands for all that are unknown: that one is a bucket of its own
    /// for spread, is never a target of rebalancing, and does not count where zones are counted.
    #[must_use]
    pub fn is_known(&self, zone: ZoneId) -> bool {
        self.zones[zone.index()] != Self::UNKNOWN_ZONE
    }

    /// The class of an instance.
    ///
    /// # Panics
    /// If the instance is not of this fleet.
    #[must_use]
    pub fn class(&self, instance: InstanceId) -> &InstanceClass {
        &self.classes[self.instances[instance.index()].index()]
    }

    /// The name of an instance; numbered instances read `i-00000042`.
    #[must_use]
    pub fn name(&self, instance: InstanceId) -> Cow<'_, str> {
        match self.identities.get(instance.index()) {
            Some(identity) => Cow::Borrowed(&identity.name),
            None => Cow::Owned(format!("i-{:08}", instance.0)),
        }
    }

    /// The EC2 instance of an instance, where it is known.
    #[must_use]
    pub fn ec2_instance_id(&self, instance: InstanceId) -> Option<&str> {
        self.identities.get(instance.index())?.ec2_instance_id.as_deref()
    }

    /// What tasks take of an instance that the scenario does not know.
    #[must_use]
    pub fn others(&self, instance: InstanceId) -> Others {
        self.identities.get(instance.index()).map(|identity| identity.others).unwrap_or_default()
    }

    /// What people call an instance, in a column: its EC2 instance id where it has one, else its name.
    #[must_use]
    pub fn label(&self, instance: InstanceId) -> Cow<'_, str> {
        self.ec2_instance_id(instance).map_or_else(|| self.name(instance), Cow::Borrowed)
    }

    /// What people call an instance, in a sentence: its EC2 instance id and its name where they differ.
    #[must_use]
    pub fn called(&self, instance: InstanceId) -> Cow<'_, str> {
        let name = self.name(instance);
        match self.ec2_instance_id(instance) {
            Some(id) if *id != *name => Cow::Owned(format!("{id} ({name})")),
            _ => name,
        }
    }

    /// The id of a class equal to `class`, adding it if it is new. Linear in the number of classes.
    pub fn intern(&mut self, class: InstanceClass) -> ClassId {
        if let Some(found) = self.classes.iter().position(|known| *known == class) {
            return ClassId::from_index(found);
        }
        self.classes.push(class);
        ClassId::from_index(self.classes.len() - 1)
    }

    /// The class of an instance that registers and is like another one.
    ///
    /// # Panics
    /// If the class is not of this fleet.
    #[must_use]
    pub fn like(&self, class: ClassId, instance: InstanceId) -> InstanceClass {
        self.classes[class.index()].as_new(self.others(instance))
    }

    /// For every instance the class of one that registers and is like it; the fleet has these classes from then on.
    pub fn clones(&mut self) -> Vec<ClassId> {
        let mut known: BTreeMap<(ClassId, Others), ClassId> = BTreeMap::new();
        let mut ids: BTreeMap<InstanceClass, ClassId> = BTreeMap::new();
        let mut clones = Vec::with_capacity(self.instances.len());
        for at in 0..self.instances.len() {
            let (class, others) = (self.instances[at], self.others(InstanceId::from_index(at)));
            let id = *known.entry((class, others)).or_insert_with(|| {
                let new = self.classes[class.index()].as_new(others);
                if new == self.classes[class.index()] {
                    return class;
                }
                if ids.is_empty() {
                    ids.extend(self.classes.iter().cloned().zip((0..).map(ClassId::from_index)));
                }
                *ids.entry(new).or_insert_with_key(|new| {
                    self.classes.push(new.clone());
                    ClassId::from_index(self.classes.len() - 1)
                })
            });
            clones.push(id);
        }
        clones
    }

    /// Whether an instance is as it registered: no task is there that the scenario does not know, and its agent is connected.
    #[must_use]
    pub fn is_as_registered(&self, class: ClassId, instance: InstanceId) -> bool {
        self.others(instance) == Others::default() && self.like(class, instance) == self.classes[class.index()]
    }

    /// The class of an instance that registers and is like one of a class beside such tasks.
    fn intern_new(&mut self, class: ClassId, others: Others) -> ClassId {
        let new = self.classes[class.index()].as_new(others);
        if new == self.classes[class.index()] { class } else { self.intern(new) }
    }

    /// The classes of instances that are launched in place of those of some classes, each once, in their order.
    pub fn launched(&mut self, classes: &[ClassId]) -> Vec<ClassId> {
        let mut others: BTreeMap<ClassId, BTreeSet<Others>> = BTreeMap::new();
        for (&class, identity) in self.instances.iter().zip(&self.identities) {
            others.entry(class).or_default().insert(identity.others);
        }
        let mut launched = Vec::new();
        for &class in classes {
            for others in others.remove(&class).unwrap_or_else(|| BTreeSet::from([Others::default()])) {
                let id = self.intern_new(class, others);
                if !launched.contains(&id) {
                    launched.push(id);
                }
            }
        }
        launched
    }

    /// Every instance id in order.
    pub fn ids(&self) -> impl Iterator<Item = InstanceId> + use<> {
        (0..self.instances.len()).map(InstanceId::from_index)
    }
}
