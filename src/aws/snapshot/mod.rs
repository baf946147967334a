//! Documents of one cluster joined: instances, what runs on them, services and task definitions, as values.
//!
//! `remainingResources` is the truth about an instance: its capacity here is what remains and what its tasks take.
//! Where that differs from what it registered, the difference is told, instance by instance.
//!
//! # Invariants
//! 1. A snapshot comes out only of documents that break no rule of the API. What cannot be read or contradicts the rest is
//!    left out, and told with its place and what that means; all problems come out together.
//! 2. The tasks of every instance fit on it, with CPU, memory, GPUs and ports.
//! 3. What the documents do not say is a note, never a silent default.

mod collect;
mod contradictions;
mod daemons;
mod deployments;
mod eligible;
mod gpus;
mod instances;
mod notes;
mod providers;
mod running;
mod services;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

pub use collect::join;
pub use notes::Notes;
pub use providers::{Provider, Scaling, Share, Sizes};
pub use terms::{Breaker, Rebalancing, Terms};

use crate::aws::reading::problem::Problem;
use crate::model::{Attributes, Constraint, Demand, Device, GpuKind, OtherGpus, Port, Strategy, TaskDefinition};

/// A cluster at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Its name, where an ARN tells it.
    pub cluster: Option<String>,
    /// Whether some document is about container instances, though none may be up.
    pub has_listing: bool,
    /// Whether an instance of the documents could not be read, so that there may be more than are here.
    pub has_lost_instances: bool,
    /// Instances that are up, in the order of the documents.
    pub instances: Vec<Instance>,
    /// Instances that are up and take no task whatever it is: external ones, and those of which no resource is told. Their
    /// amounts are 0.
    pub bystanders: Vec<Instance>,
    /// The zone, and the VPC where it is told, of subnets that were described, by id.
    pub subnets: BTreeMap<String, (String, Option<String>)>,
    /// Task definitions, by reference.
    pub definitions: BTreeMap<String, Definition>,
    /// Task definitions of a form that is not supported, by reference, and why.
    pub left_out: BTreeMap<String, String>,
    /// Services that are active, in the order of the documents.
    pub services: Vec<ServiceEntry>,
    /// Tasks that run, by task definition, group and demand.
    pub running: Vec<RunningTasks>,
    /// Calls of RunTask and StartTask that were given.
    pub calls: Vec<Call>,
    /// The capacity providers that instances, services or calls name, and those that were described.
    pub providers: Vec<Provider>,
    /// The capacity providers whose instances are given beside the documents.
    pub provided: BTreeSet<String>,
    /// What could not be known or carried over.
    pub notes: Notes,
    /// What is wrong with the documents and was left out.
    pub problems: Vec<Problem>,
}

/// A container instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// The last part of its ARN.
    pub name: String,
    /// Its EC2 instance.
    pub ec2_instance_id: Option<String>,
    /// When it registered, in seconds since the epoch.
    pub registered_at: Option<i64>,
    /// Its zone; empty where it is not known.
    pub zone: String,
    /// Its EC2 instance type.
    pub instance_type: Option<String>,
    /// CPU units: what remains and what its tasks take.
    pub cpu: u32,
    /// MiB, likewise.
    pub memory: u32,
    /// GPUs, likewise.
    pub gpus: u32,
    /// What they are, if the documents say so.
    pub gpu_kind: GpuKind,
    /// What tasks that the documents have not hold beside them.
    pub other_gpus: OtherGpus,
    /// Ports that were taken when it registered, ascending.
    pub reserved_ports: Vec<Port>,
    /// Ports that are taken beside them without a task of the documents, ascending.
    pub other_ports: Vec<Port>,
    /// All its attributes.
    pub attributes: Attributes,
    /// Version of its agent.
    pub agent_version: Option<String>,
    /// Whether its agent is connected.
    pub agent_connected: bool,
    /// Whether it takes no new tasks.
    pub is_draining: bool,
    /// The capacity provider whose Auto Scaling group launched it.
    pub capacity_provider: Option<String>,
    /// `awsvpc` tasks on it.
    pub eni_used: u32,
    /// Tasks that it counts and the documents have not.
    pub other_tasks: u32,
    /// Where registered minus reserved is not remaining.
    pub differences: Vec<Difference>,
}

/// Registered - reserved = remaining does not hold for a resource of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `CPU`, `MEMORY`.
    pub resource: &'static str,
    /// What the instance registered.
    pub registered: i64,
    /// What the counted tasks of the documents reserve.
    pub reserved: i64,
    /// What the instance says remains.
    pub remaining: i64,
}

impl Difference {
    /// What is held back beyond the tasks; negative where more remains than should.
    #[must_use]
    pub fn held_back(&self) -> i64 {
        self.registered - self.reserved - self.remaining
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { resource, registered, reserved, remaining } = self;
        let expected = registered - reserved;
        write!(
            f,
            "{resource}: registered {registered} - reserved {reserved} = {expected}, but remaining is {remaining}"
        )
    }
}

/// A task definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Where it stands, such as `web.json: taskDefinition`; empty where its document is missing.
    pub place: String,
    /// Its revision, where it has one.
    pub revision: Option<u32>,
    /// What placement sees of it.
    pub task: TaskDefinition,
    /// MiB that its containers may use before they are killed, where that is more than they reserve.
    pub hard_memory: Option<u32>,
    /// Seconds after which its tasks can be healthy, where its containers have health checks.
    pub healthy_after: Option<u32>,
    /// Whether it was worked out from its tasks because its document is missing.
    pub is_guess: bool,
    /// Whether it is ACTIVE: a family alone means its last revision that is.
    pub is_active: bool,
}

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceEntry {
    /// Where it stands, such as `services.json: services[2]`.
    pub place: String,
    /// Its name.
    pub name: String,
    /// The reference of its task definition.
    pub definition: String,
    /// Desired tasks.
    pub desired_count: u32,
    /// One task on each instance that may take it.
    pub is_daemon: bool,
    /// Its strategy; none is ECS's default.
    pub strategy: Option<Strategy>,
    /// Its constraints.
    pub constraints: Vec<Constraint>,
    /// How it is kept and deployed, and where its tasks may run.
    pub terms: Terms,
}

/// Tasks of one task definition, group and demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningTasks {
    /// The reference of their task definition.
    pub definition: String,
    /// Their group.
    pub group: String,
    /// What each takes, overrides included.
    pub demand: Demand,
    /// Instances by position, and how many tasks run on each.
    pub places: BTreeMap<usize, u32>,
    /// The device that their shares of a GPU lie on, if that is known.
    pub device: Device,
}

/// A call of RunTask or StartTask.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Where it stands.
    pub place: String,
    /// The reference of its task definition.
    pub definition: String,
    /// Who chooses the instances.
    pub placed: CallPlacement,
    /// The group of its tasks, if the call gives one.
    pub group: Option<String>,
    /// What each task takes, where overrides change that.
    pub demand: Option<Demand>,
    /// Who started them, if the call says so.
    pub started_by: Option<String>,
    /// The capacity providers that its tasks go through.
    pub providers: Vec<Share>,
    /// The subnets of its `awsvpc` tasks.
    pub subnets: Vec<String>,
}

/// How the tasks of a call come to their instances.
#[derive(Clone, Debug, PartialEq)]
pub enum CallPlacement {
    /// RunTask: ECS places them.
    Chosen {
        /// How many.
        count: u32,
        /// The strategy; none is ECS's default.
        strategy: Option<Strategy>,
        /// The constraints beside those of the task definition.
        constraints: Vec<Constraint>,
    },
    /// StartTask: one on each of these instances, by position.
    Named(Vec<usize>),
}
