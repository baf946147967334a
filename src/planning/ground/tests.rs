//! Packings against the simulation, which they are in short.

use proptest::prelude::*;

use super::packing::{Packing, Tolerance};
use super::{Load, order};
use crate::engine::{FastEngine, Setup};
use crate::model::{
    Arrivals, CallDetails, Constraint, DefinitionId, InstanceId, Lifetime, LoadFactor, RequestId, Requests, Rule,
    Scenario, Scheduling, SimSpan, SimTime, SpreadField, TaskSource, WeightedShape,
};
use crate::planning::test_support::{self, binpack, by_zone};
use crate::simulation::{self, Control, Input, Observer, Start};
use crate::workload::{Origin, Purpose, Workload};

#[derive(Default)]
struct Starts(Vec<(RequestId, InstanceId)>);

impl Observer for Starts {
    fn placed(&mut self, start: &Start) {
        self.0.push((start.request, start.instance));
    }
}

/// What the simulation places on the fleet in the order of a seed.
fn simulated(load: &Load, requests: &Requests, seed: u32) -> Vec<(RequestId, InstanceId)> {
    let order = order::of_seed(&load.scenario.fleet, seed);
    let mut scenario = load.scenario.clone();
    scenario.fleet.instances = order.iter().map(|one| load.scenario.fleet.instances[one.index()]).collect();
    let key = Origin::only(seed, "run").draws(Purpose::Placement).key();
    let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed: key };
    let (control, mut starts) = (Control::default(), Starts::default());
    let input = Input { scenario: &scenario, requests, seed, control: &control };
    let arrivals = Workload::new(&scenario, requests, seed);
    let mut engine = FastEngine::new(setup);
    simulation::run(input, &mut engine, arrivals, &mut starts).unwrap();
    starts.0
}

fn chains(number: usize) -> Vec<Rule> {
    match number {
        0 => binpack(),
        1 => by_zone(binpack()),
        2 => by_zone(vec![Rule::Spread(SpreadField::InstanceId)]),
        _ => vec![Rule::Random],
    }
}

fn source(definition: u32, count: u64, lifetime: Lifetime) -> TaskSource {
    TaskSource {
        shapes: vec![WeightedShape { definition: DefinitionId(definition), weight: 1 }],
        count: Some(count),
        group: None,
        groups: None,
        start: SimTime::ZERO,
        arrivals: Arrivals::AtOnce,
        lifetime,
        batch_shares: crate::model::BatchShares::default(),
        load_factor: LoadFactor::ONE,
        providers: crate::model::ProviderStrategy::default(),
        strategy: None,
        constraints: Vec::new(),
        details: CallDetails::default(),
    }
}

fn drawn(machines: &[(u32, u32, u32)], counts: [u32; 3], chain: usize, is_distinct: bool) -> Scenario {
    let machines: Vec<_> = machines.iter().map(|&(zone, cpu, memory)| (zone, cpu, memory, 1)).collect();
    let services = [("agent", 1, 1, 0), ("api", 3, 2, counts[0]), ("web", 2, 4, counts[1])];
    let mut scenario = test_support::scenario(&machines, &services, chains(chain));
    scenario.services[0].settings.scheduling = Scheduling::Daemon;
    if is_distinct {
        scenario.services[1].constraints.push(Constraint::DistinctInstance);
    }
    scenario.sources = vec![source(2, u64::from(counts[2]), Lifetime::Forever)];
    scenario
}

proptest! {
    /// A packing is what the simulation does at its first moment, task for task, and fits if nothing is left.
    #[test]
    fn a_packing_is_the_first_moment_of_a_run(
        machines in prop::collection::vec((0_u32..3, 4_u32..12, 4_u32..12), 1..7),
        counts in [0_u32..9, 0_u32..9, 0_u32..5],
        chain in 0_usize..4,
        is_distinct: bool,
        seed in 1_u32..5,
    ) {
        let scenario = drawn(&machines, counts, chain, is_distinct);
        let load = Load::of(&scenario, LoadFactor::ONE);
        prop_assert!(load.is_still());
        let requests = Requests::compile(&load.scenario, &load.scenario.policies[0]);
        let mut packing = Packing::new(&load, &requests, seed, Tolerance::NONE);
        let control = Control::default();
        let (packed, is_fit) = packing.packed(packing.most(), &control).unwrap();
        prop_assert_eq!(packing.fits(packing.most(), &control).unwrap(), is_fit);
        let wanted = machines.len() as u64 + u64::from(counts.iter().sum::<u32>());
        prop_assert_eq!(is_fit, packed.unplaced.is_empty());
        prop_assert_eq!(packed.tasks.len() as u64 + packed.unplaced.values().map(|left| left.count).sum::<u64>(), wanted);
        // Once a service is refused it rests for the moment, so that beyond the first refusal the orders differ.
        if is_fit {
            prop_assert_eq!(packed.tasks, simulated(&load, &requests, seed));
        }
    }

    /// The longest prefix that amounts rule out is one that does not fit.
    #[test]
    fn what_amounts_rule_out_does_not_fit(
        machines in prop::collection::vec((0_u32..3, 4_u32..12, 4_u32..12), 1..7),
        counts in [0_u32..9, 0_u32..9, 0_u32..5],
    ) {
        let load = Load::of(&drawn(&machines, counts, 0, false), LoadFactor::ONE);
        let requests = Requests::compile(&load.scenario, &load.scenario.policies[0]);
        let mut packing = Packing::new(&load, &requests, 1, Tolerance::NONE);
        for size in 0..=packing.ruled_out() {
            prop_assert!(size == 0 || !packing.fits(size, &Control::default()).unwrap(), "{size}");
        }
    }
}

#[test]
fn a_load_that_changes_is_run_and_what_is_refused_does_not_fit() {
    let mut scenario = drawn(&[(0, 4, 4), (1, 4, 4)], [1, 0, 0], 0, false);
    scenario.services.remove(0);
    scenario.sources = vec![source(2, 1, Lifetime::Constant(SimSpan(60_000)))];
    scenario.sources.push(TaskSource { start: SimTime(60_000), ..scenario.sources[0].clone() });
    let fits = |count: u64| {
        let mut scenario = scenario.clone();
        scenario.sources[1].count = Some(count);
        let load = Load::of(&scenario, LoadFactor::ONE);
        assert!(!load.is_still());
        let requests = Requests::compile(&load.scenario, &load.scenario.policies[0]);
        let mut packing = Packing::new(&load, &requests, 1, Tolerance::NONE);
        packing.packed(2, &Control::default()).unwrap()
    };
    let (packed, is_fit) = fits(1);
    assert!(is_fit, "the second comes when the first goes: {:?}", packed.unplaced);
    assert_eq!((packed.in_use, packed.peak.iter().map(|of| of.count).sum::<u64>()), (2, 2));
    assert!(!fits(2).1);
}

#[test]
fn a_larger_load_is_that_many_times_the_load() {
    let mut scenario = drawn(&[(0, 4, 4)], [3, 5, 7], 0, false);
    scenario.services.remove(0);
    let tasks = |factor: u32| {
        let load = Load::of(&scenario, LoadFactor(factor));
        let requests = Requests::compile(&load.scenario, &load.scenario.policies[0]);
        Packing::new(&load, &requests, 1, Tolerance::NONE).task_count()
    };
    assert_eq!([1_000_000, 2_000_000].map(tasks), [15, 30]);
    // Services round up; what arrives is thinned by draws.
    assert!((4..=12).contains(&tasks(500_000)), "{}", tasks(500_000));
}

#[test]
fn what_runs_already_is_placed_anew_and_what_drains_is_no_instance() {
    let mut scenario = drawn(&[(0, 9, 9), (1, 9, 9)], [2, 0, 0], 0, false);
    let running = |group: &str, count| crate::model::Running {
        definition: DefinitionId(1),
        group: group.to_owned(),
        demand: scenario.definitions[1].demand.clone(),
        places: vec![(InstanceId(0), count)],
        device: crate::model::Device::ANY,
    };
    scenario.running = vec![running("service:api", 2), running("family:once", 3)];
    scenario.draining = vec![InstanceId(1)];
    let load = Load::of(&scenario, LoadFactor::ONE);
    assert_eq!((load.scenario.fleet.instances.len(), load.scenario.running.len()), (1, 0));
    let requests = Requests::compile(&load.scenario, &load.scenario.policies[0]);
    assert_eq!(Packing::new(&load, &requests, 1, Tolerance::NONE).task_count(), 5);
}
