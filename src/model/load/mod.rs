//! What is to run and what befalls it: tasks, services, their deployments, happenings.

mod deployment;
mod service;
mod tasks;

pub use deployment::{Cleanup, DeploymentStrategy, EarlySuccess, Replacements, Staged, Traffic};
pub use service::{
    CircuitBreaker, DaemonRoom, DailyCurve, Deployment, ScaleInRule, Scheduling, Service, ServiceOptions,
    ServiceSettings, Threshold, Turns,
};
pub use tasks::{
    Arrivals, BatchShares, CallDetails, CountLaw, Failures, Groups, Happening, HappeningKind, Harmonic, LifeQuantile,
    Lifetime, LoadFactor, Mmpp2, PatchWave, RateCurve, Running, SpotInterruption, StartTask, TaskDefinition,
    TaskSource, Trace, TraceTask, WeightedShape,
};
