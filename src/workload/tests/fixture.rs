//! Scenarios for the tests of this module: nothing but a load.

use crate::model::{
    Arrivals, DefinitionId, Demand, Lifetime, Policy, Requests, Scenario, TaskDefinition, TaskSource, WeightedShape,
};
use crate::workload::{Arrival, Workload};

/// A scenario of three task definitions, one bare policy, and these sources.
pub(in crate::workload) fn scenario(sources: Vec<TaskSource>) -> Scenario {
    let definition = |family: &str| TaskDefinition {
        family: family.to_owned(),
        demand: Demand::new(256, 512),
        ..TaskDefinition::default()
    };
    Scenario {
        definitions: ["a", "b", "c"].map(definition).to_vec(),
        sources,
        policies: vec![Policy { name: "bare".to_owned(), strategy: None, constraints: Vec::new() }],
        ..Scenario::empty("golden")
    }
}

/// `count` tasks of the three definitions, weights 1, 2 and 5.
pub(in crate::workload) fn source(arrivals: Arrivals, lifetime: Lifetime, count: Option<u64>) -> TaskSource {
    let shape = |(position, weight)| WeightedShape { definition: DefinitionId(position), weight };
    TaskSource { count, arrivals, lifetime, ..TaskSource::of([(0, 1), (1, 2), (2, 5)].map(shape).to_vec()) }
}

/// The whole load of seed 1.
pub(in crate::workload) fn load(scenario: &Scenario) -> Vec<Arrival> {
    let requests = Requests::compile(scenario, &scenario.policies[0]);
    Workload::new(scenario, &requests, 1).collect()
}
