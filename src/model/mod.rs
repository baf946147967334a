//! Values and their laws: units, ids, demands, fleets, placement rules, loads, scenarios.
//!
//! Nothing here reads a file or a clock, draws a number, prints, or knows a file format. A value that exists is
//! valid; checking what people write is the work of [`crate::scenario`].

mod derived;
mod load;
mod policy;
mod resources;
mod scenario;
mod units;

pub use derived::{GpuScale, MixShape, Only, ReferenceMix, Request, Requests, Revision, Split, StreamName, TaskCount};
pub(crate) use derived::{Neighbours, NewKind, Numbers, Shown, takes_class};
pub use load::{
    Arrivals, BatchShares, CallDetails, CircuitBreaker, Cleanup, CountLaw, DaemonRoom, DailyCurve, Deployment,
    DeploymentStrategy, EarlySuccess, Failures, Groups, Happening, HappeningKind, Harmonic, LifeQuantile, Lifetime,
    LoadFactor, Mmpp2, PatchWave, RateCurve, Replacements, Running, ScaleInRule, Scheduling, Service, ServiceOptions,
    ServiceSettings, SpotInterruption, Staged, StartTask, TaskDefinition, TaskSource, Threshold, Trace, TraceTask,
    Traffic, Turns, WeightedShape,
};
pub(crate) use policy::columns;
pub use policy::contract;
pub use policy::{
    Constraint, MAX_CONSTRAINTS, MAX_RULES, PackedResource, PlacementOptions, Policy, Rule, SpreadField, Strategy,
    TieBreak,
};
pub use resources::{
    ARCHITECTURE_ATTRIBUTE, Attributes, Capabilities, CapacityProvider, ContainerSize, DEFAULT_RESERVED_TCP_PORTS,
    Demand, Device, DeviceLedger, DeviceUse, Fleet, GpuDemand, GpuKind, GpuSlice, Identity, IdleProvider,
    InstanceClass, MAX_PORTS_PER_INSTANCE, MILLI_PER_DEVICE, Milli, OS_FAMILY_ATTRIBUTE, OS_TYPE_ATTRIBUTE, OtherGpus,
    Others, Platform, Port, Protocol, ProviderOptions, ProviderShare, ProviderStrategy, SUBNET_ATTRIBUTE,
    ScaleOutGroups, TASK_ENI_ATTRIBUTE, TYPE_ATTRIBUTE, TaskNetwork, VPC_ATTRIBUTE, ZONE_ATTRIBUTE, os_type,
};
pub use scenario::{Bound, ComparisonPlan, Dynamics, Expectation, OwnStrategies, Scenario};
pub use units::{
    ClassId, CpuUnits, DefinitionId, GroupId, InstanceId, MemoryMib, MicroUsdPerHour, ProviderId, Ratio, RequestId,
    Shared, SimSpan, SimTime, ZoneId, counted, noun_of,
};
