//! Plans: a compaction, a consolidation, and the bound that stands beside them. `results/2026-11-30-planning/run.sh` has
//! the large ones, a process each, with their memory.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::Criterion;
use stowplan::analysis::bounds::patterns::{Kind, Limits, Offer, solve};
use stowplan::model::{LoadFactor, Scenario};
use stowplan::planning::compact::{self, Confidence, compact};
use stowplan::planning::consolidate::{self, consolidate};
use stowplan::planning::{Load, Tolerance, Watch};

pub(crate) fn benches(c: &mut Criterion) {
    bound(c);
    compaction(c);
    consolidation(c);
}

/// Numbers that are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count
    }
}

/// 10,000 tasks of 50 shapes over 50 types: at most 2 s, and a gap of at most 2 % to the best known fleet.
fn bound(c: &mut Criterion) {
    let mut numbers = Numbers(7);
    let offers: Vec<Offer> = (0..50)
        .map(|of| {
            let (cpu, gib) = (2_u64 << (of % 6), [2, 4, 8][of % 3]);
            let price = cpu * (20_000 + 6_000 * gib) + numbers.below(20_000);
            Offer { capacity: vec![cpu * 1_024, cpu * gib * 1_024 * 96 / 100], price, ..Offer::default() }
        })
        .collect();
    let kinds: Vec<Kind> = (0..50)
        .map(|_| {
            let demand = vec![128 * (1 + numbers.below(30)), 256 * (1 + numbers.below(60))];
            let most = |offer: &Offer| (offer.capacity[0] / demand[0]).min(offer.capacity[1] / demand[1]);
            Kind {
                most: offers.iter().map(most).collect(),
                demand,
                count: 200,
                conflicts: Vec::new(),
                in_zones: Vec::new(),
            }
        })
        .collect();
    let found = solve(&kinds, &offers, Limits::default());
    let bound = found.bound().expect("every task fits somewhere");
    assert!(bound <= found.cost, "{bound} is above {}, which is enough", found.cost);
    // How far the best known lies above the bound, in thousandths.
    let gap = (found.cost - bound) * 1_000 / bound;
    assert!(gap <= 20, "{} is {gap} thousandths above {bound}", found.cost);
    let mut group = c.benchmark_group("planning/bound");
    group.sample_size(10);
    group.bench_function(format!("10000-tasks-50-shapes-50-types-gap-{gap}-of-1000"), |bencher| {
        bencher.iter(|| black_box(solve(black_box(&kinds), &offers, Limits::default())));
    });
    group.finish();
}

fn scenario(instances: u32, services: u64, running: bool) -> Scenario {
    let mut numbers = Numbers(11);
    let mut text = format!(
        "name = \"plan\"\n[cluster]\nzones = [\"a\", \"b\", \"c\"]\n[[cluster.instances]]\ncpu = 16384\nmemory = 62000\ncount = {instances}\n"
    );
    for service in 0..services {
        let (cpu, memory) = (256 << numbers.below(3), 512 << numbers.below(3));
        let count = u64::from(instances) * 8 / services;
        writeln!(text, "[[task-definitions]]\nfamily = \"f{service}\"\ncpu = {cpu}\nmemory = {memory}").expect("text");
        if running {
            let places: Vec<String> = (0..count)
                .map(|task| format!("\"i-{:08}\" = 1", (service * 131 + task * 7) % u64::from(instances)))
                .collect();
            let mut places = places;
            places.sort();
            places.dedup();
            let (group, list) = (format!("service:s{service}"), places.join(", "));
            writeln!(
                text,
                "[[running]]\ntask-definition = \"f{service}\"\ngroup = \"{group}\"\ninstances = {{ {list} }}"
            )
            .expect("text");
        }
        writeln!(
            text,
            "[[services]]\nname = \"s{service}\"\ntask-definition = \"f{service}\"\ndesired-count = {count}"
        )
        .expect("text");
    }
    text.push_str(
        "[[policies]]\nname = \"own\"\nplacementStrategy = [{ type = \"spread\", field = \"attribute:ecs.availability-zone\" }, \
         { type = \"binpack\", field = \"memory\" }]\n",
    );
    match stowplan::scenario::parse(&text, "plan.toml".as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{}", error.problems[0]),
    }
}

/// 1,000 where times are taken.
fn instances() -> u32 {
    if crate::is_measured() { 1_000 } else { 200 }
}

/// 8,000 tasks on 1,000 instances, 11 orders.
fn compaction(c: &mut Criterion) {
    let instances = instances();
    let load = Load::of(&scenario(instances, 50, false), LoadFactor::ONE);
    let question = compact::Question { tolerance: Tolerance::NONE, confidence: Confidence::P90 };
    let work = || compact(&load, &load.scenario().policies[0], question, &Watch::default());
    let found = work();
    assert!(found.answer.is_some() && found.trials.len() >= 11, "the timed work is the right work");
    let mut group = c.benchmark_group("planning/compact");
    group.sample_size(10);
    group.bench_function(format!("{instances}-instances-11-orders"), |bencher| bencher.iter(|| black_box(work())));
    group.finish();
}

/// 8,000 tasks on 1,000 instances that run.
fn consolidation(c: &mut Criterion) {
    let instances = instances();
    let scenario = scenario(instances, 50, true);
    let work = || consolidate(&scenario, &scenario.policies[0], consolidate::Question::default(), &Watch::default());
    let found = work();
    assert!(found.is_verified && !found.steps.is_empty(), "the timed work is the right work");
    let mut group = c.benchmark_group("planning/consolidate");
    group.sample_size(10);
    group.bench_function(format!("{instances}-instances"), |bencher| bencher.iter(|| black_box(work())));
    group.finish();
}
