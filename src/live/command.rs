//! What may be done to a world, as values.

use crate::model::{
    Attributes, CallDetails, Constraint, DefinitionId, HappeningKind, Identity, InstanceClass, InstanceId,
    ProviderStrategy, RequestId, Service, ServiceSettings, SimSpan, Strategy,
};
use crate::simulation::Asked;

/// One call, change or happening.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// RunTask.
    RunTask(RunTask),
    /// RunTask for a kind that is [known](super::Live::kind): the cheap form.
    Run {
        /// The kind of task.
        kind: RequestId,
        /// How many.
        count: u32,
        /// How long each runs once placed; `None` runs until it is stopped.
        life: Option<SimSpan>,
    },
    /// StartTask: a task on each named instance.
    StartTask(StartTask),
    /// StopTask, of a task of a service as of any other.
    StopTask(u64),
    /// UpdateTaskProtection, of a task of a service.
    ProtectTask {
        /// The number of the task.
        task: u64,
        /// For how long from now; `None` ends it.
        time: Option<SimSpan>,
    },
    /// CreateService. What it plans (deployments, steps) is given as commands when it is time.
    CreateService(Service),
    /// UpdateService.
    UpdateService {
        /// Its name.
        service: String,
        /// What is new.
        change: ServiceChange,
    },
    /// DeleteService.
    DeleteService {
        /// Its name.
        service: String,
        /// Even if it wants tasks.
        force: bool,
    },
    /// RegisterContainerInstance, so many times.
    Register(Register),
    /// The same for many that differ: the world grows once for all of their classes, where one command after another would
    /// have it grow for each. All of them are registered or none.
    RegisterAll(Vec<Register>),
    /// DeregisterContainerInstance: the instance is gone, with its tasks.
    Deregister {
        /// The instance.
        instance: InstanceId,
        /// Even if tasks run there.
        force: bool,
    },
    /// UpdateContainerInstancesState, PutAttributes and what else befalls instances.
    Instance(InstanceId, InstanceChange),
    /// Something befalls zones or many instances: a zone lost or back, a patch wave, a spot interruption.
    Happening(HappeningKind),
}

/// Tasks that are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTask {
    /// The task definition.
    pub definition: DefinitionId,
    /// How many: 1 to 10.
    pub count: u32,
    /// The task group; by default that of the family.
    pub group: Option<String>,
    /// The placement strategy; by default that of the world.
    pub strategy: Option<Strategy>,
    /// Placement constraints, beside those of the task definition.
    pub constraints: Vec<Constraint>,
    /// The capacity provider strategy.
    pub providers: ProviderStrategy,
    /// How long each runs once placed; `None` runs until it is stopped.
    pub life: Option<SimSpan>,
    /// Network and overrides.
    pub details: CallDetails,
}

impl RunTask {
    /// One task of a definition, with the defaults of the API.
    #[must_use]
    pub fn of(definition: DefinitionId) -> Self {
        Self {
            definition,
            count: 1,
            group: None,
            strategy: None,
            constraints: Vec::new(),
            providers: ProviderStrategy::default(),
            life: None,
            details: CallDetails::default(),
        }
    }
}

/// A task for each of some instances.
#[derive(Clone, Debug, PartialEq)]
pub struct StartTask {
    /// The task definition.
    pub definition: DefinitionId,
    /// The task group; by default that of the family.
    pub group: Option<String>,
    /// Where: 1 to 10 instances.
    pub instances: Vec<InstanceId>,
    /// How long each runs once placed; `None` runs until it is stopped.
    pub life: Option<SimSpan>,
    /// Network and overrides.
    pub details: CallDetails,
}

/// What is new of a service; what is `None` stays as it is. A deployment begins where tasks would be other tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceChange {
    /// How many tasks it wants.
    pub desired_count: Option<u32>,
    /// What it runs.
    pub definition: Option<DefinitionId>,
    /// Its placement strategy.
    pub strategy: Option<Strategy>,
    /// Its placement constraints.
    pub constraints: Option<Vec<Constraint>>,
    /// Bounds, health, network, providers and so on.
    pub settings: Option<ServiceSettings>,
    /// A deployment begins whatever has changed.
    pub force_new_deployment: bool,
}

impl ServiceChange {
    /// Another desired count.
    #[must_use]
    pub fn desired(count: u32) -> Self {
        Self { desired_count: Some(count), ..Self::default() }
    }

    /// Another task definition.
    #[must_use]
    pub fn deploy(definition: DefinitionId) -> Self {
        Self { definition: Some(definition), ..Self::default() }
    }
}

/// Instances that register.
#[derive(Clone, Debug, PartialEq)]
pub struct Register {
    /// What they are.
    pub class: InstanceClass,
    /// How many.
    pub count: u32,
    /// Who it is, if it is one.
    pub identity: Option<Identity>,
}

/// What is done to one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceChange {
    /// It takes no further task.
    Drain,
    /// It takes tasks again.
    Activate,
    /// It is gone, with its tasks.
    Lose,
    /// It is back, as it registered. Where its attributes were changed since, or tasks that nobody knows held a part of it, that
    /// is a further instance with an id of its own; commands for the first one are for that one from then on.
    Return,
    /// Its agent is connected no more: its tasks stay, further ones do not come.
    Disconnect,
    /// Its agent is connected again.
    Connect,
    /// It has these attributes, beside those that it has under other names.
    PutAttributes(Attributes),
    /// It has none of these attributes.
    DeleteAttributes(Vec<String>),
}

/// What a command has brought about at once. What follows is seen by a look, and told to the observer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// Tasks that were asked for, in order.
    Tasks(Vec<TaskAnswer>),
    /// Instances that have registered.
    Instances(Vec<InstanceId>),
}

/// One task that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskAnswer {
    /// Its number.
    pub task: u64,
    /// What became of it.
    pub outcome: Asked,
}
