//! Why a task cannot be placed: the checks in their order, and how the reason of a refusal is chosen.

use std::fmt;

/// The first failing check of an instance, or why there is none that could take a task. Checks are made in this
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// There is no ACTIVE instance at all.
    NoInstances,
    /// The named instance is not ACTIVE (StartTask only).
    Inactive,
    /// The agent is disconnected.
    Agent,
    /// The instance is of another capacity provider: our own word, since ECS has none.
    Provider,
    /// The instance is in no zone that the task may run in.
    Location,
    /// A required attribute is missing, or the instance is in another VPC.
    Attribute,
    /// Too little CPU remains.
    Cpu,
    /// Too little memory remains.
    Memory,
    /// Too few GPUs are free.
    Gpu,
    /// A static port is taken, or the limit of 100 would be passed.
    Ports,
    /// No interface slot is free.
    Eni,
    /// A `memberOf` expression is false.
    MemberOf,
    /// The group already has a task there.
    DistinctInstance,
    /// The capacity provider has instances, and none of them is ACTIVE.
    NoActiveInstances,
    /// No instance is registered for the capacity provider.
    EmptyCapacityProvider,
    /// As many tasks of the cluster as may be PROVISIONING at one time are so already.
    ProvisioningQuota,
}

impl Reason {
    /// Every reason in table order.
    pub const ALL: [Self; 16] = [
        Self::NoInstances,
        Self::Inactive,
        Self::Agent,
        Self::Provider,
        Self::Location,
        Self::Attribute,
        Self::Cpu,
        Self::Memory,
        Self::Gpu,
        Self::Ports,
        Self::Eni,
        Self::MemberOf,
        Self::DistinctInstance,
        Self::NoActiveInstances,
        Self::EmptyCapacityProvider,
        Self::ProvisioningQuota,
    ];

    /// ECS's own text for it; for the quota, of which ECS gives an exception, ours.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NoInstances => "No Container Instances were found in your cluster.",
            Self::Inactive => "INACTIVE",
            Self::Agent => "AGENT",
            Self::Provider => "not of the capacity provider",
            Self::Location => "LOCATION",
            Self::Attribute => "ATTRIBUTE",
            Self::Cpu => "RESOURCE:CPU",
            Self::Memory => "RESOURCE:MEMORY",
            Self::Gpu => "RESOURCE:GPU",
            Self::Ports => "RESOURCE:PORTS",
            Self::Eni => "RESOURCE:ENI",
            Self::MemberOf => "MemberOf placement constraint unsatisfied.",
            Self::DistinctInstance => "DistinctInstance placement constraint unsatisfied.",
            Self::NoActiveInstances => "NO ACTIVE INSTANCES",
            Self::EmptyCapacityProvider => "EMPTY CAPACITY PROVIDER",
            Self::ProvisioningQuota => "quota of PROVISIONING tasks",
        }
    }

    /// How far an instance got that fails this check first, where constraints are asked before resources. The reason of
    /// a refused task is the check that the instance fails which got furthest: of an instance that is
    /// connected, of the provider, in reach, has the attributes and satisfies the constraints it is the resource it lacks;
    /// where no instance comes so far, it is the check that left none.
    #[must_use]
    pub fn progress(self) -> u8 {
        let is_resource = matches!(self, Self::Cpu | Self::Memory | Self::Gpu | Self::Ports | Self::Eni);
        let stage = u8::from(self.is_constraint()) + 2 * u8::from(is_resource);
        stage * 64 + self as u8
    }

    /// Whether it is a check of one instance, and not that there is none.
    #[must_use]
    pub fn is_check(self) -> bool {
        (Self::Inactive..=Self::DistinctInstance).contains(&self)
    }

    /// Whether it is a placement constraint.
    #[must_use]
    pub fn is_constraint(self) -> bool {
        matches!(self, Self::MemberOf | Self::DistinctInstance)
    }

    /// The end of the event that ECS writes of a service whose task it cannot place: the instance that it calls the closest,
    /// and why not there.
    #[must_use]
    pub fn of_event(self, instance: &str) -> String {
        let why = match self {
            Self::Agent => "doesn't have the agent connected.".to_owned(),
            Self::Attribute => "is missing an attribute required by your task.".to_owned(),
            Self::Cpu => "has insufficient CPU units available.".to_owned(),
            Self::Memory => "has insufficient memory available.".to_owned(),
            Self::Ports => "is already using a port required by your task.".to_owned(),
            other => format!("encountered error \"{other}\"."),
        };
        format!("The closest matching (container-instance {instance}) {why}")
    }

    /// The reason of a request that is held to a capacity provider, where its instances are the question: `furthest` is
    /// that of all ACTIVE instances, `registered` and `active` tell whether the provider has any and an ACTIVE one.
    pub(super) fn of_provider(furthest: Self, registered: bool, active: bool) -> Self {
        match furthest {
            Self::NoInstances | Self::Agent | Self::Provider if !registered => Self::EmptyCapacityProvider,
            Self::NoInstances | Self::Agent | Self::Provider if !active => Self::NoActiveInstances,
            // It has ACTIVE instances, and none of them passed the check before.
            Self::Provider => Self::Agent,
            other => other,
        }
    }

    /// The reason with this text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.text() == text)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
