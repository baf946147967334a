//! What a world says to a command that it cannot carry out. Nothing has changed then.

use std::fmt;

use crate::engine::InstanceStatus;
use crate::model::{DefinitionId, InstanceId, ProviderId, RequestId, SimTime, ZoneId};

/// What a command speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A task, by its number.
    Task(u64),
    /// A service, by its name.
    Service(String),
    /// A container instance.
    Instance(InstanceId),
    /// A task definition.
    Definition(DefinitionId),
    /// A zone.
    Zone(ZoneId),
    /// A zone, by its name.
    ZoneNamed(String),
    /// A capacity provider.
    Provider(ProviderId),
    /// A capacity provider, by its name.
    ProviderNamed(String),
    /// A kind of task.
    Kind(RequestId),
    /// A call, by the name that the API gives it.
    Call(&'static str),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(number) => write!(f, "task {number}"),
            Self::Service(name) => write!(f, "service `{name}`"),
            Self::Instance(id) => write!(f, "container instance {id}"),
            Self::Definition(id) => write!(f, "task definition {id}"),
            Self::Zone(id) => write!(f, "zone {id}"),
            Self::ZoneNamed(name) => write!(f, "zone `{name}`"),
            Self::Provider(id) => write!(f, "capacity provider {id}"),
            Self::ProviderNamed(name) => write!(f, "capacity provider `{name}`"),
            Self::Kind(id) => write!(f, "kind of task {id}"),
            Self::Call(name) => write!(f, "`{name}`"),
        }
    }
}

/// Why a command is not carried out. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The moment is over.
    #[error("moment {at} has passed, it is {now}")]
    Past {
        /// The moment that was named.
        at: SimTime,
        /// The time of the world.
        now: SimTime,
    },
    /// There is no such thing, or no more.
    #[error("there is no {0}")]
    NotThere(Subject),
    /// There is such a thing already.
    #[error("there is {0} already")]
    Exists(Subject),
    /// It is so already.
    #[error("container instance {instance} is {} already", name_of(*.status))]
    Already {
        /// The instance.
        instance: InstanceId,
        /// Its status.
        status: InstanceStatus,
    },
    /// The agent of an instance is so already.
    #[error("the agent of container instance {instance} is {} already", if *.connected { "connected" } else { "disconnected" })]
    Agent {
        /// The instance.
        instance: InstanceId,
        /// Whether its agent is connected.
        connected: bool,
    },
    /// The status of an instance does not allow it.
    #[error("container instance {instance} is {}", name_of(*.status))]
    Status {
        /// The instance.
        instance: InstanceId,
        /// Its status.
        status: InstanceStatus,
    },
    /// A rule of the API is against it.
    #[error("{subject}: {rule}")]
    Rule {
        /// What it is about.
        subject: Subject,
        /// The rule, with the value that breaks it and the remedy.
        rule: String,
    },
}

impl Error {
    pub(super) fn rule(subject: Subject, rule: impl Into<String>) -> Self {
        Self::Rule { subject, rule: rule.into() }
    }
}

/// A status as the API writes it.
fn name_of(status: InstanceStatus) -> &'static str {
    match status {
        InstanceStatus::Active => "ACTIVE",
        InstanceStatus::Draining => "DRAINING",
        InstanceStatus::Lost => "lost",
    }
}
