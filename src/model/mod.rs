//! Values and their laws: units, ids, demands, fleets, placement rules, loads, scenarios.
//!
//! Nothing here reads a file or a clock, draws a number, prints, or knows a file format. A value that exists is
//! valid; checking what people write is the work of [`crate::scenario`].

mod capacity;
mod chance;
pub mod contract;
mod demand;
mod eligible;
mod fleet;
mod ids;
mod load;
mod mix;
mod network;
mod placement;
mod ratio;
mod request;
mod scenario;
mod service;
mod units;

pub use capacity::{CapacityProvider, ProviderOptions, ProviderShare, ProviderStrategy, ScaleOutGroups};
pub use demand::{ContainerSize, DEFAULT_RESERVED_TCP_PORTS, Demand, MAX_PORTS_PER_INSTANCE, Port, Protocol};
pub use fleet::{
    ARCHITECTURE_ATTRIBUTE, Attributes, Capabilities, Fleet, Identity, InstanceClass, OS_FAMILY_ATTRIBUTE,
    OS_TYPE_ATTRIBUTE, Others, SUBNET_ATTRIBUTE, TASK_ENI_ATTRIBUTE, TYPE_ATTRIBUTE, VPC_ATTRIBUTE, ZONE_ATTRIBUTE,
};
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
pub use scenario::{Bound, ComparisonPlan, Dynamics, Expectation, Scenario};
pub use service::{
    CircuitBreaker, DailyCurve, Deployment, ScaleInRule, Scheduling, Service, ServiceOptions, ServiceSettings,
    Threshold, Turns,
};
pub use units::{CpuUnits, MemoryMib, MicroUsdPerHour, SimSpan, SimTime};
