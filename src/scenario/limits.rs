//! The largest numbers that a scenario may hold, far above EC2 and low enough that sums of a fleet stay exact.

/// CPU units of an instance or a task: 16,384 vCPUs.
pub(super) const CPU: u32 = 1 << 24;
/// MiB of an instance or a task: 128 TiB.
pub(super) const MEMORY: u32 = 1 << 27;
/// GPUs of an instance or a task.
pub(super) const GPUS: u32 = 1_024;
/// Instances of a cluster.
pub(super) const INSTANCES: u32 = 10_000_000;
/// Tasks of a source or a service.
pub(super) const TASKS: u64 = 1_000_000_000;
/// Seeds of an experiment.
pub(super) const SEEDS: u32 = 100_000;
/// Weight of a shape.
pub(super) const WEIGHT: u32 = 1_000_000;
/// Groups of a source.
pub(super) const GROUPS: u32 = 1 << 16;
/// How many times a load may come.
pub(super) const LOAD_FACTOR: u32 = 100;
/// Arrivals an hour.
pub(super) const RATE: f64 = 1e9;
