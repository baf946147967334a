//! All benches, a module per layer; ids go from general to special.

mod workload;

use criterion::{criterion_group, criterion_main};

criterion_group!(layers, workload::benches);
criterion_main!(layers);
