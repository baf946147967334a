//! The largest numbers that a scenario may hold, far above EC2 and low enough that sums of a fleet stay exact.

/// CPU units of an instance or a task: 16,384 vCPUs.
pub(crate) const CPU: u32 = 1 << 24;
/// MiB of an instance or a task: 128 TiB.
pub(crate) const MEMORY: u32 = 1 << 27;
/// GPUs of an instance or a task.
pub(crate) const GPUS: u32 = 1_024;
/// Instances of a cluster.
pub(crate) const INSTANCES: u32 = 10_000_000;
/// Tasks of a source or a service.
pub(crate) const TASKS: u64 = 1_000_000_000;
/// Seeds of an experiment.
pub(crate) const SEEDS: u32 = 100_000;
/// Weight of a shape.
pub(crate) const WEIGHT: u32 = 1_000_000;
/// Groups of a source.
pub(crate) const GROUPS: u32 = 1 << 16;
/// How many times a load may come.
pub(crate) const LOAD_FACTOR: u32 = 100;
/// Arrivals an hour.
pub(crate) const RATE: f64 = 1e9;

/// Tasks of one instance that are in no file.
pub(crate) const OTHER_TASKS: u32 = 1 << 16;
