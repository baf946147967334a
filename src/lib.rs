//! Simulates, benchmarks and plans how Amazon ECS places tasks on container instances.
//!
//! Data moves one way: a scenario file becomes a valid [`model::Scenario`]; each policy and seed of it is one run, in
//! which [`simulation`] feeds the load of [`workload`] to an [`engine`] and tells observers; [`analysis`] turns what
//! they saw into exact figures; [`planning`] asks how many instances it takes; [`report`] turns figures into tables, files and pictures.
//!
//! A run never reads a file, a clock, the environment or a global generator: the same scenario and seed give the same
//! bytes for any number of threads.

/// The version of this program; `+highs` where it was built with HiGHS, as that build proves larger optima and so writes
/// other bytes.
pub const VERSION: &str =
    if cfg!(feature = "highs") { concat!(env!("CARGO_PKG_VERSION"), "+highs") } else { env!("CARGO_PKG_VERSION") };

pub mod analysis;
pub mod aws;
pub mod bench;
pub mod cli;
pub mod engine;
pub mod experiment;
pub mod forms;
pub mod laws;
pub mod live;
pub mod model;
pub mod planning;
pub mod query;
pub mod report;
pub mod scenario;
pub mod simulation;
pub mod strategy;
pub mod sweep;
pub mod workload;
