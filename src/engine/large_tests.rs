//! The fast engine held to the reference in clusters of hundreds of instances and up to 500 services, filled and churned
//! for thousands of operations, in small ones for hundreds of thousands, under rules that draw too, and the law of its random
//! choices.

use super::arbitrary::turn;
use super::{Draws, Engine, FastEngine, InstanceStatus, Placed, ReferenceEngine, Setup};
use crate::model::{
    ClassId, DefinitionId, Demand, Fleet, GroupId, InstanceClass, InstanceId, Only, PackedResource, PlacementOptions,
    Request, RequestId, Requests, Rule, SpreadField, Strategy, TieBreak, ZoneId,
};

const ZONES: [&str; 3] = ["a", "b", "c"];
/// Cpu units and MiB.
const SHAPES: [(u32, u32); 8] =
    [(512, 1024), (256, 512), (256, 2048), (512, 4096), (1024, 2048), (1024, 1024), (2048, 8192), (4096, 6144)];

/// A cluster under one policy.
struct Cluster {
    fleet: Fleet,
    requests: Requests,
    options: PlacementOptions,
}

impl Cluster {
    fn new(rules: &[Rule], distinct: bool, ties: TieBreak, instances: usize, services: usize) -> Self {
        let class = |zone: u32, vcpus: u32| {
            InstanceClass::new(ZoneId(zone), ZONES[zone as usize], vcpus * 1024, vcpus * 4064 - 256)
        };
        let classes: Vec<InstanceClass> = (0..3).flat_map(|zone| [2, 4, 8].map(|vcpus| class(zone, vcpus))).collect();
        let draws = Draws::new(11);
        let instances = (0..instances as u64).map(|number| ClassId::from_index(draws.below(number, classes.len())));
        let fleet = Fleet {
            zones: ZONES.map(str::to_owned).to_vec(),
            instances: instances.collect(),
            classes,
            identities: Vec::new(),
        };
        let request = |service: usize| Request {
            definition: DefinitionId(0),
            group: GroupId::from_index(service),
            demand: Demand::new(SHAPES[service % 8].0, SHAPES[service % 8].1),
            requires_attributes: Vec::new(),
            strategy: Strategy(rules.to_vec()),
            distinct_instance: distinct,
            member_of: Vec::new(),
            only: Only::default(),
        };
        let groups = (0..services).map(|service| format!("service:s{service}")).collect();
        let requests = Requests { table: (0..services).map(request).collect(), groups, ..Requests::default() };
        Self { fleet, requests, options: PlacementOptions { tie_break: ties, ..PlacementOptions::default() } }
    }

    fn setup(&self) -> Setup<'_> {
        Setup { fleet: &self.fleet, requests: &self.requests, options: self.options, seed: 5 }
    }
}

fn policies() -> Vec<(Vec<Rule>, bool)> {
    let memory = || Rule::Binpack(PackedResource::Memory);
    let instance = || Rule::Spread(SpreadField::InstanceId);
    vec![
        (vec![Rule::Random], false),
        (vec![Rule::spread_zones()], false),
        (vec![memory()], false),
        (vec![Rule::Binpack(PackedResource::Cpu)], false),
        (vec![instance()], false),
        (vec![Rule::spread_zones(), instance()], false),
        (vec![Rule::spread_zones(), memory()], false),
        (vec![memory()], true),
        (vec![Rule::spread_zones(), memory()], true),
        (vec![Rule::spread_zones()], true),
    ]
}

/// Fills, then churns: arrivals and departures in turn, and now and then an instance that drains, is lost or returns.
fn check(cluster: &Cluster, operations: u64) {
    let (mut fast, mut reference) = (FastEngine::new(cluster.setup()), ReferenceEngine::new(cluster.setup()));
    let draws = Draws::new(3);
    let mut tasks: Vec<(RequestId, InstanceId)> = Vec::new();
    let mut refused = 0;
    for operation in 0..operations {
        if operation % 1_009 == 0 {
            assert_eq!(fast.validate(), Ok(()), "operation {operation}");
        }
        let draw = |purpose: u64, count: usize| draws.below(operation * 8 + purpose, count);
        if operation % 97 == 96 {
            let instance = InstanceId::from_index(draw(0, fast.instance_count()));
            let status =
                [InstanceStatus::Active, InstanceStatus::Active, InstanceStatus::Draining, InstanceStatus::Lost];
            let status = status[draw(1, 4)];
            turn(&mut fast, instance, status, tasks.iter().copied());
            turn(&mut reference, instance, status, tasks.iter().copied());
            if status == InstanceStatus::Lost {
                for (request, instance) in tasks.extract_if(.., |task| task.1 == instance) {
                    assert_eq!(fast.stop(request, instance), reference.stop(request, instance));
                }
            }
        }
        if refused > 0 && draw(2, 2) == 0 && !tasks.is_empty() {
            let (request, instance) = tasks.swap_remove(draw(3, tasks.len()));
            fast.announce_stop(request, instance);
            assert_eq!(fast.stop(request, instance), reference.stop(request, instance), "operation {operation}");
            continue;
        }
        let request = RequestId::from_index(draw(4, cluster.requests.table.len()));
        if operation % 23 == 22 {
            let count = u32::try_from(draw(5, 150)).unwrap();
            let mut batch = Vec::new();
            fast.place_batch(request, count, &mut |placed| batch.push(placed));
            let singles: Vec<Placed> = (0..count).map_while(|_| reference.place(request)).collect();
            assert_eq!(batch, singles, "operation {operation}: a batch of {count}");
            tasks.extend(batch.into_iter().map(|placed| (request, placed.instance)));
            continue;
        }
        let placed = fast.place(request);
        assert_eq!(placed, reference.place(request), "operation {operation}");
        refused += u64::from(placed.is_none());
        tasks.extend(placed.map(|placed| (request, placed.instance)));
    }
    assert!(refused > 0 && tasks.len() > 100, "the cluster was full and is not empty");
    assert_eq!(fast.validate(), Ok(()));
}

#[test]
fn large_clusters_are_filled_and_churned_as_by_the_reference() {
    for (rules, distinct) in policies() {
        for ties in [TieBreak::Order, TieBreak::Random] {
            for (instances, services) in [(200, 1), (200, 20), (250, 500)] {
                let tasks = if distinct { instances * services.min(8) } else { instances * 12 };
                check(&Cluster::new(&rules, distinct, ties, instances, services), tasks.max(3_000) as u64);
            }
        }
    }
}

/// Services with a level each, in one word, in two, and in more than their kinds leave room in; and so few instances that
/// levels rise past what the bits of a mask tell apart.
#[test]
fn many_services_spread_over_instances_and_pack_as_by_the_reference() {
    let (memory, cpu) = (Rule::Binpack(PackedResource::Memory), Rule::Binpack(PackedResource::Cpu));
    let instance = Rule::Spread(SpreadField::InstanceId);
    let chains = [
        vec![instance.clone(), memory.clone()],
        vec![Rule::spread_zones(), instance.clone(), cpu],
        vec![memory, Rule::spread_zones(), instance],
    ];
    for rules in chains {
        for (ties, services) in [(TieBreak::Order, 5), (TieBreak::MostRemaining, 30), (TieBreak::Random, 90)] {
            check(&Cluster::new(&rules, false, ties, 150, services), 4_000);
        }
    }
}

/// Small clusters are quick to hold to the reference: eight hundred thousand operations.
#[test]
fn small_clusters_are_churned_for_long_as_by_the_reference() {
    for (rules, distinct) in policies() {
        for ties in [TieBreak::Order, TieBreak::Random] {
            check(&Cluster::new(&rules, distinct, ties, 70, 15), 40_000);
        }
    }
}

/// Chi-square of the places that one decision, taken back and made anew, draws; the bound is passed by chance once in
/// a million.
#[test]
fn random_choices_are_uniform_over_the_right_instances() {
    const DRAWS_EACH: usize = 400;
    for (rules, distinct) in policies() {
        let cluster = Cluster::new(&rules, distinct, TieBreak::Random, 60, 20);
        let (mut fast, mut reference) = (FastEngine::new(cluster.setup()), ReferenceEngine::new(cluster.setup()));
        for number in 0..350 {
            let request = RequestId::from_index(Draws::new(9).below(number, 20));
            if let Some(placed) = fast.place(request) {
                assert_eq!(reference.place_on(request, placed.instance), Ok(placed));
            }
        }
        for request in [0, 3, 11].map(RequestId::from_index) {
            let right = reference.final_candidates(request);
            let mut seen = vec![0_u32; fast.instance_count()];
            for _ in 0..DRAWS_EACH * right.len() {
                let placed = fast.place(request).expect("some instance is right");
                seen[placed.instance.index()] += 1;
                fast.stop(request, placed.instance);
            }
            let each = f64::from(u32::try_from(DRAWS_EACH).unwrap());
            let term = |id: &InstanceId| (f64::from(seen[id.index()]) - each).powi(2) / each;
            let (chi, freedom) = (right.iter().map(term).sum::<f64>(), right.len() as f64 - 1.0);
            // Wilson and Hilferty: the cube root of chi-square over its degrees of freedom is nearly normal.
            let bound = freedom * (1.0 - 2.0 / (9.0 * freedom) + 4.8 * (2.0 / (9.0 * freedom)).sqrt()).powi(3);
            assert_eq!(seen.iter().sum::<u32>() as usize, DRAWS_EACH * right.len());
            assert!(right.len() < 2 || chi < bound, "{rules:?} distinct {distinct}: {chi} of {bound} over {right:?}");
        }
    }
}
