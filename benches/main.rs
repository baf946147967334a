//! All benches, a module per layer; ids go from general to special.
//!
//! `cargo bench` takes times. `cargo test --bench main` only runs everything once, in a build that is not optimised, and
//! on a twentieth of the work: what is asserted of it is asserted there too.

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

/// Whether times are taken.
fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Whether times are taken, and those of this id too.
fn is_asked_for(id: &str) -> bool {
    is_measured() && std::env::args().skip(1).all(|argument| argument.starts_with('-') || id.contains(&argument))
}

/// So much work where times are taken, and a twentieth of it elsewhere.
fn work(measured: u64) -> u64 {
    if is_measured() { measured } else { measured / 20 }
}

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
