//! The documents of the Amazon ECS API as JSON: what `aws ecs …` prints and takes, read, checked and written.
//!
//! One noun a file. It knows the values of [`crate::model`] and the query language, no engine and no scenario file, and
//! reads no files: it is given texts.
//!
//! # Invariants
//! 1. Every member of a document is optional, and members that are not known are ignored: ECS grows.
//! 2. Reading never stops at the first problem. A member of the wrong kind is reported with its path, left out, and the
//!    rest is read; a [`Problem`] names the file and the member, or line and column where the text is no JSON.
//! 3. Documents are told apart by their members, never by the name of their file.
//! 4. What is written reads back equal, and what the writers make satisfies the API model of botocore (a script in CI
//!    asks botocore).
//!
//! # Cost
//! A text is read twice: once for its top-level members, once for its values. A document that has members of the wrong
//! kind is read once more for each of them, up to [`read::MOST_PROBLEMS`].
//!
//! # Sources
//! Section 9 of the placement specification, which follows the API version 2014-11-13; limits of sections 1.4, 4.3
//! and 5.

#[macro_use]
mod members;

mod arn;
mod attribute;
mod capacity_provider;
mod check;
mod cluster;
mod container_instance;
mod container_instance_requests;
mod document;
mod failure;
mod kind;
mod lenient;
mod network;
mod overrides;
mod placement;
mod problem;
pub mod read;
mod resource;
mod service;
mod service_requests;
mod size;
pub mod snapshot;
mod task;
mod task_definition;
mod task_requests;
#[cfg(test)]
mod tests;
mod timestamp;

pub use arn::{cluster_of, last_segment};
pub use attribute::Attribute;
pub use capacity_provider::{AutoScalingGroupProvider, CapacityProvider, CapacityProviderStrategyItem, ManagedScaling};
pub use cluster::{Cluster, CreateCluster};
pub use container_instance::{ContainerInstance, VersionInfo};
pub use container_instance_requests::{PlatformDevice, PutAttributes, RegisterContainerInstance};
pub use document::Document;
pub use failure::Failure;
pub use network::{Attachment, AwsvpcConfiguration, KeyValue, NetworkConfiguration};
pub use overrides::{ContainerOverride, TaskOverride};
pub use placement::{PlacementConstraint, PlacementStrategy};
pub use problem::Problem;
pub use read::{Part, Texts};
pub use resource::Resource;
pub use service::{CircuitBreaker, Deployment, DeploymentConfiguration, DeploymentController, Service, ServiceEvent};
pub use service_requests::CreateService;
pub use task::{Container, NetworkBinding, Task};
pub use task_definition::{ContainerDefinition, PortMapping, ResourceRequirement, RuntimePlatform, TaskDefinition};
pub use task_requests::{RunTask, StartTask, TasksResponse};
pub use timestamp::Timestamp;
