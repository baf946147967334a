//! What people really run, by thread CPU time: `realistic/<row>/<instances>`, one task of a fill.
//!
//! The table of `stowplan bench --realistic` is made by the same loops; here criterion judges how they differ from the last
//! time.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use stowplan::bench::{realistic_names, realistic_sample};

/// A fill of every row at two sizes; once, and small, where nothing is measured.
pub(crate) fn benches(c: &mut Criterion) {
    let is_measured = crate::is_measured();
    let (sizes, budget_ms): (&[usize], u64) = if is_measured { (&[10_000, 100_000], 3_000) } else { (&[200], 1) };
    for name in realistic_names() {
        let mut group = c.benchmark_group(format!("realistic/{name}"));
        group.sample_size(10);
        for &instances in sizes {
            group.bench_function(BenchmarkId::from_parameter(instances), |bencher| {
                bencher.iter_custom(|repetitions| {
                    let ns: f64 =
                        (0..repetitions).map(|_| black_box(realistic_sample(&name, instances, budget_ms))).sum();
                    Duration::from_secs_f64(ns / 1e9)
                });
            });
        }
        group.finish();
    }
}
