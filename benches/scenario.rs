//! Reading a trace: a million rows of text to tasks.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput};
use stowplan::scenario::{TraceOptions, read_trace};

/// Time to read a trace of a million tasks; the issue asks for less than a microsecond each.
pub(crate) fn benches(c: &mut Criterion) {
    let tasks = crate::work(1_000_000);
    let bytes = trace(tasks);
    let load = read_trace(bytes.as_bytes(), &TraceOptions::default()).expect("the trace is valid");
    assert_eq!((load.trace.tasks.len() as u64, load.definitions.len()), (tasks, 8), "the timed work is the right work");
    let mut group = c.benchmark_group("scenario/trace");
    group.throughput(Throughput::Elements(tasks)).sample_size(10);
    group.bench_function(tasks.to_string(), |bencher| {
        bencher.iter(|| black_box(read_trace(black_box(bytes.as_bytes()), &TraceOptions::default())));
    });
    group.finish();
}

/// Rows of eight shapes and a thousand groups, one every 30 ms.
fn trace(tasks: u64) -> String {
    let mut text = String::from("task_id,group,arrival_s,duration_s,cpu_units,memory_mib,gpu\n");
    for task in 0..tasks {
        let (group, shape) = (task % 1_000, task % 8 + 1);
        let (at, life) = (task * 30, task % 7_200);
        writeln!(text, "t{task},g{group},{}.{:03},{life},{},{},0", at / 1_000, at % 1_000, shape * 256, shape * 512)
            .expect("a string takes all");
    }
    text
}
