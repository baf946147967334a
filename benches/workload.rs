//! Drawing the load: the whole stream of one scenario and seed, by law.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use stowplan::model::{
    Arrivals, CountLaw, DefinitionId, Demand, LifeQuantile, Lifetime, Policy, RateCurve, Requests, Scenario, SimSpan,
    TaskDefinition, TaskSource, WeightedShape,
};
use stowplan::workload::{Arrival, Workload};

const SHAPES: u32 = 8;
const MINUTE: SimSpan = SimSpan(60_000);
const DAY: SimSpan = SimSpan(24 * SimSpan::HOUR.0);

/// A million, where times are taken.
fn tasks() -> u64 {
    crate::work(1_000_000)
}

/// Time to draw a million tasks of one law and of sources merged; the issue asks for less than a microsecond each.
pub(crate) fn benches(c: &mut Criterion) {
    let tasks = tasks();
    let lognormal = Lifetime::Lognormal { median: SimSpan(20 * MINUTE.0), p99: DAY, cap: SimSpan(7 * DAY.0) };
    let pareto = Lifetime::BoundedPareto { low: MINUTE, high: SimSpan(7 * DAY.0), alpha: 1.1 };
    let quantile = |k: u32| {
        let (probability, life) = (f64::from(k) / 16.0, SimSpan(u64::from(k) * 1_000));
        LifeQuantile { probability, life }
    };
    let table = Lifetime::Empirical((0..=16).map(quantile).collect());
    let poisson = || Arrivals::Poisson { rate_per_hour: 50_000.0 };
    let batches = Arrivals::BatchPoisson {
        batches_per_hour: 5_000.0,
        batch_sizes: CountLaw::Weighted(vec![(1, 90), (5, 9), (100, 1)]),
        daily: None,
    };
    let curve = RateCurve::Hourly((0..24_u8).map(|hour| 1.0 + f64::from(hour)).collect());
    let profile = Arrivals::Daily { rate_per_hour: 50_000.0, curve };

    bench(c, "forever", vec![source(Arrivals::AtOnce, Lifetime::Forever, tasks)]);
    bench(c, "exponential", vec![source(poisson(), Lifetime::Exponential { mean: MINUTE }, tasks)]);
    bench(c, "lognormal", vec![source(poisson(), lognormal.clone(), tasks)]);
    bench(c, "bounded-pareto", vec![source(poisson(), pareto, tasks)]);
    bench(c, "empirical", vec![source(poisson(), table, tasks)]);
    bench(c, "batch-lognormal", vec![source(batches, lognormal.clone(), tasks)]);
    bench(c, "hourly-lognormal", vec![source(profile, lognormal.clone(), tasks)]);
    bench(c, "merge-10", vec![source(poisson(), lognormal.clone(), tasks / 10); 10]);
    bench(c, "merge-1000", vec![source(poisson(), lognormal, tasks / 1_000); 1_000]);
}

fn bench(c: &mut Criterion, law: &str, sources: Vec<TaskSource>) {
    let tasks = tasks();
    let scenario = scenario(sources);
    let requests = Requests::compile(&scenario, &scenario.policies[0]);
    let arrivals = Workload::new(&scenario, &requests, 1);
    assert_eq!(arrivals.count() as u64, tasks, "the timed work is the right work");

    let mut group = c.benchmark_group(format!("workload/{law}"));
    group.throughput(Throughput::Elements(tasks)).sample_size(10);
    group.bench_function(BenchmarkId::from_parameter(tasks), |b| {
        b.iter(|| Workload::new(black_box(&scenario), &requests, 1).fold(0, digest));
    });
    group.finish();
}

/// Uses every field, so that none is left undrawn.
fn digest(sum: u64, Arrival { at, request, life }: Arrival) -> u64 {
    let life = life.map_or(0, |life| life.0);
    sum.wrapping_mul(3).wrapping_add(at.0).wrapping_add(u64::from(request.0)).wrapping_add(life)
}

fn source(arrivals: Arrivals, lifetime: Lifetime, count: u64) -> TaskSource {
    TaskSource {
        count: Some(count),
        arrivals,
        lifetime,
        ..TaskSource::of((0..SHAPES).map(|k| WeightedShape { definition: DefinitionId(k), weight: k + 1 }).collect())
    }
}

fn scenario(sources: Vec<TaskSource>) -> Scenario {
    let definition =
        |k| TaskDefinition { family: format!("shape-{k}"), demand: Demand::new(256, 512), ..TaskDefinition::default() };
    Scenario {
        definitions: (0..SHAPES).map(definition).collect(),
        sources,
        policies: vec![Policy { name: "bare".to_owned(), strategy: None, constraints: Vec::new() }],
        ..Scenario::empty("bench")
    }
}
