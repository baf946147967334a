//! One placement of the fast engine, by thread CPU time: `place/<policy>/<operation>/<instances>/<services>`.
//!
//! The table of `stowplan bench` is made by the same loops; here criterion judges how they differ from the last time.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use stowplan::bench::{Operation, POLICIES, sample};

const OPERATIONS: [Operation; 4] = [Operation::Fill, Operation::Churn, Operation::Refuse, Operation::Batch];

/// Time of one operation at every size; once for the smallest where nothing is measured.
pub(crate) fn benches(c: &mut Criterion) {
    let is_measured = crate::is_measured();
    let (sizes, services): (&[usize], &[usize]) =
        if is_measured { (&[1_000, 10_000, 100_000, 1_000_000], &[1, 20, 500]) } else { (&[1_000], &[20]) };
    for policy in &POLICIES {
        for operation in OPERATIONS {
            let mut group = c.benchmark_group(format!("place/{}/{}", policy.name, operation.name()));
            group.sample_size(10);
            for &instances in sizes {
                for &services in services {
                    group.bench_function(BenchmarkId::new(instances.to_string(), services), |bencher| {
                        bencher.iter_custom(|repetitions| {
                            let ns: f64 = (0..repetitions)
                                .map(|_| black_box(sample(policy, operation, instances, services)))
                                .sum();
                            Duration::from_secs_f64(ns / 1e9)
                        });
                    });
                }
            }
            group.finish();
        }
    }
}
