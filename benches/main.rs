//! All benches, a module per layer; ids go from general to special.

mod report;
mod workload;

use criterion::{criterion_group, criterion_main};

criterion_group!(layers, report::benches, workload::benches);
criterion_main!(layers);
