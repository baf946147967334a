//! Why a task cannot be placed: the checks of table 6.1 in their order.

use std::fmt;

/// The first failing check of an instance, or of the instance that got furthest. Later is further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// There is no ACTIVE instance at all.
    NoInstances,
    /// The named instance is not ACTIVE (StartTask only).
    Inactive,
    /// The agent is disconnected.
    Agent,
    /// The instance is not in the part of the cluster that the task is held to.
    Location,
    /// A required attribute is missing.
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
    pub const ALL: [Self; 15] = [
        Self::NoInstances,
        Self::Inactive,
        Self::Agent,
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

    /// ECS's own text for it (table 6.1); for the quota, of which ECS gives an exception, ours.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NoInstances => "No Container Instances were found in your cluster.",
            Self::Inactive => "INACTIVE",
            Self::Agent => "AGENT",
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
