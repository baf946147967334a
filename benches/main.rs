//! All benches, a module per layer; ids go from general to special.

mod analysis;
mod live;
mod placement;
mod planning;
mod realistic;
mod report;
mod scenario;
mod simulation;
mod whole;
mod workload;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    layers,
    placement::benches,
    realistic::benches,
    scenario::benches,
    workload::benches,
    simulation::benches,
    whole::benches,
    live::benches,
    analysis::benches,
    planning::benches,
    report::benches
);
criterion_main!(layers);
