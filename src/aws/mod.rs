//! The documents of the Amazon ECS API as JSON: what `aws ecs …` prints and takes, read, checked and written.
//!
//! One noun a file: `documents` has what the API describes, `requests` what its calls take, `files` a text of either, and
//! `snapshot` joins them to a cluster; `reading` is the kit of all. It knows the values of [`crate::model`] and the query language, no engine and no scenario file, and
//! reads no files: it is given texts.
//!
//! # Invariants
//! 1. Every member of a document is optional, and members that are not known are ignored: ECS grows.
//! 2. Reading never stops at the first problem. A member of the wrong kind is reported with its path, left out, and the
//!    rest is read; a [`Problem`] names the file and the member, or line and column where the text is no JSON, and its
//!    [`Effect`] says what is lost. Only what breaks a rule of the API keeps the rest from being used.
//! 3. Documents are told apart by their members, never by the name of their file.
//! 4. What is written reads back equal, and what the writers make satisfies the API model of botocore (a script in CI
//!    asks botocore).
//!
//! # Cost
//! A text is read twice: once for its top-level members, once for its values. An object that has members of the wrong
//! kind is read once more for each of them, up to [`read::MOST_PROBLEMS`], the others of its document once more.
//!
//! # Sources
//! The API of Amazon ECS, version 2014-11-13, with its limits.

#[macro_use]
mod reading;

pub mod anonymise;
mod documents;
mod files;
pub mod members;
mod requests;
pub mod snapshot;
#[cfg(test)]
mod tests;

pub use documents::attribute::Attribute;
pub use documents::capacity_provider::{
    AutoScalingGroupProvider, CapacityProvider, CapacityProviderStrategyItem, ManagedScaling,
};
pub use documents::cluster::{Cluster, CreateCluster};
pub use documents::container_instance::{ContainerInstance, VersionInfo};
pub use documents::failure::Failure;
pub use documents::gpus::{GpuDevice, NvidiaMps, SharingStrategy};
pub use documents::network::{Attachment, AwsvpcConfiguration, KeyValue, NetworkConfiguration};
pub use documents::overrides::{ContainerOverride, TaskOverride};
pub use documents::placement::{PlacementConstraint, PlacementStrategy};
pub use documents::resource::Resource;
pub use documents::service::{
    CircuitBreaker, Deployment, DeploymentConfiguration, DeploymentController, LoadBalancer, Service, ServiceEvent,
    ThresholdConfiguration,
};
pub use documents::task::{Container, NetworkBinding, Task};
pub use documents::task_definition::{
    ContainerDefinition, PortMapping, ResourceRequirement, RuntimePlatform, TaskDefinition,
};
pub use files::document::Document;
pub use files::read;
pub use files::read::{File, Part, Texts};
pub use reading::arn::{cluster_of, last_segment, name_of};
pub use reading::problem::{Effect, Problem};
pub use reading::timestamp::Timestamp;
pub use requests::container_instance::{PlatformDevice, PutAttributes, RegisterContainerInstance};
pub use requests::service::{CreateService, UpdateService};
pub use requests::task::{RunTask, StartTask, TasksResponse};
