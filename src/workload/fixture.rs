//! Scenarios for the tests of this module: nothing but a load.

use crate::model::{
    Arrivals, BatchShares, CallDetails, ComparisonPlan, DefinitionId, Demand, Dynamics, Fleet, Lifetime, LoadFactor,
    PlacementOptions, Policy, ProviderStrategy, Requests, Scenario, SimSpan, SimTime, TaskDefinition, TaskSource,
    Trace, WeightedShape,
};
use crate::workload::{Arrival, Workload};

/// A scenario of three task definitions, one bare policy, and these sources.
pub(super) fn scenario(sources: Vec<TaskSource>) -> Scenario {
    let definition = |family: &str| TaskDefinition {
        family: family.to_owned(),
        demand: Demand::new(256, 512),
        requires_attributes: Vec::new(),
        member_of: Vec::new(),
    };
    Scenario {
        name: "golden".to_owned(),
        description: String::new(),
        seeds: 1,
        horizon: None,
        snapshot: None,
        fleet: Fleet::default(),
        definitions: ["a", "b", "c"].map(definition).to_vec(),
        running: Vec::new(),
        draining: Vec::new(),
        services: Vec::new(),
        sources,
        starts: Vec::new(),
        trace: Trace::default(),
        happenings: Vec::new(),
        policies: vec![Policy { name: "bare".to_owned(), strategy: None, constraints: Vec::new() }],
        options: PlacementOptions::default(),
        retry_interval: SimSpan::SECOND,
        dynamics: Dynamics::default(),
        comparison: ComparisonPlan::default(),
        expected: Vec::new(),
        defaults: Vec::new(),
    }
}

/// `count` tasks of the three definitions, weights 1, 2 and 5.
pub(super) fn source(arrivals: Arrivals, lifetime: Lifetime, count: Option<u64>) -> TaskSource {
    let shape = |(position, weight)| WeightedShape { definition: DefinitionId(position), weight };
    TaskSource {
        shapes: [(0, 1), (1, 2), (2, 5)].map(shape).to_vec(),
        count,
        group: None,
        groups: None,
        start: SimTime::ZERO,
        arrivals,
        lifetime,
        batch_shares: BatchShares::default(),
        load_factor: LoadFactor::ONE,
        providers: ProviderStrategy::default(),
        strategy: None,
        constraints: Vec::new(),
        details: CallDetails::default(),
    }
}

/// The whole load of seed 1.
pub(super) fn load(scenario: &Scenario) -> Vec<Arrival> {
    let requests = Requests::compile(scenario, &scenario.policies[0]);
    Workload::new(scenario, &requests, 1).collect()
}
