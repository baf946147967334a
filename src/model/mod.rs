//! Values and their laws: units, ids, demands, fleets, placement rules, loads, scenarios.
//!
//! Nothing here reads a file or a clock, draws a number, prints, or knows a file format. A value that exists is
//! valid; checking what people write is the work of [`crate::scenario`].

mod capacity;
mod chance;
pub mod contract;
mod demand;
mod deployment;
mod devices;
mod eligible;
mod fleet;
mod gpu;
mod gpu_scale;
mod ids;
mod load;
mod mix;
mod network;
mod placement;
mod ratio;
mod request;
mod request_kinds;
mod request_streams;
mod scenario;
mod service;
mod shared;
mod stream_name;
mod units;

pub use capacity::{CapacityProvider, IdleProvider, ProviderOptions, ProviderShare, ProviderStrategy, ScaleOutGroups};
pub use demand::{ContainerSize, DEFAULT_RESERVED_TCP_PORTS, Demand, MAX_PORTS_PER_INSTANCE, Port, Protocol};
pub use deployment::{Cleanup, DeploymentStrategy, EarlySuccess, Replacements, Staged, Traffic};
pub use devices::DeviceLedger;
pub(crate) use eligible::takes_class;
pub use fleet::{
    ARCHITECTURE_ATTRIBUTE, Attributes, Capabilities, Fleet, Identity, InstanceClass, OS_FAMILY_ATTRIBUTE,
    OS_TYPE_ATTRIBUTE, Others, SUBNET_ATTRIBUTE, TASK_ENI_ATTRIBUTE, TYPE_ATTRIBUTE, VPC_ATTRIBUTE, ZONE_ATTRIBUTE,
};
pub use gpu::{Device, DeviceUse, GpuDemand, GpuKind, GpuSlice, MILLI_PER_DEVICE, Milli};
pub use gpu_scale::GpuScale;
pub use ids::{ClassId, DefinitionId, GroupId, InstanceId, ProviderId, RequestId, ZoneId};
pub use load::{
    Arrivals, BatchShares, CallDetails, CountLaw, Failures, Groups, Happening, HappeningKind, Harmonic, Lifetime,
    LoadFactor, Mmpp2, PatchWave, RateCurve, Running, SpotInterruption, StartTask, TaskDefinition, TaskSource, Trace,
    TraceTask, WeightedShape,
};
pub use mix::{MixShape, ReferenceMix};
pub use network::{Platform, TaskNetwork, os_type};
pub use placement::{
    Constraint, MAX_CONSTRAINTS, MAX_RULES, PackedResource, PlacementOptions, Policy, Rule, SpreadField, Strategy,
    TieBreak,
};
pub use ratio::Ratio;
pub use request::{Only, Request, Requests, Revision, Split};
pub(crate) use request_kinds::NewKind;
pub use scenario::{Bound, ComparisonPlan, Dynamics, Expectation, OwnStrategies, Scenario};
pub use service::{
    CircuitBreaker, DaemonRoom, DailyCurve, Deployment, ScaleInRule, Scheduling, Service, ServiceOptions,
    ServiceSettings, Threshold, Turns,
};
pub use shared::Shared;
pub(crate) use stream_name::Numbers;
pub use stream_name::StreamName;
pub use units::{CpuUnits, MemoryMib, MicroUsdPerHour, SimSpan, SimTime};
