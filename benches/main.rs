//! All benches, a module per layer; ids go from general to special.

mod analysis;
mod workload;

use criterion::{criterion_group, criterion_main};

criterion_group!(layers, analysis::benches, workload::benches);
criterion_main!(layers);
