//! One table for the worked choices of all strategies.

use super::{Candidate, Strategy, View};
use crate::model::{
    ClassId, CpuUnits, DefinitionId, Demand, Fleet, InstanceClass, InstanceId, MemoryMib, Scenario, Service,
    ServiceSettings, TaskDefinition, ZoneId,
};

/// An instance as (registered cpu and memory, remaining cpu and memory).
pub(super) type Row = ((u32, u32), (u32, u32));

/// The strategy chooses `expected` among these instances for a demand of cpu and memory.
pub(super) fn check(strategy: &dyn Strategy, demand: (u32, u32), rows: &[Row], expected: usize) {
    let classes: Vec<InstanceClass> =
        rows.iter().map(|&((cpu, memory), _)| InstanceClass::new(ZoneId(0), "a", cpu, memory)).collect();
    let candidate = |(position, &(_, (cpu, memory))): (usize, &Row)| Candidate {
        instance: InstanceId::from_index(position),
        class: &classes[position],
        cpu: CpuUnits(cpu),
        memory: MemoryMib(memory),
        gpus: 0,
        devices: &[],
        tasks: 0,
        group_tasks: 0,
    };
    let candidates: Vec<Candidate<'_>> = rows.iter().enumerate().map(candidate).collect();
    let demand = Demand::new(demand.0, demand.1);
    let view = View::new(&demand, &candidates, &|_| 0);
    assert_eq!(strategy.choose(&view), expected, "{} on {rows:?}", strategy.name());
}

/// Four instances of 4096 / 16384; five tasks of 1024 / 2048, two of 2048 / 12288.
pub(super) fn fixture_a() -> Scenario {
    let definition = |(family, cpu, memory): (&str, u32, u32)| TaskDefinition {
        family: family.to_owned(),
        demand: Demand::new(cpu, memory),
        ..TaskDefinition::default()
    };
    let service = |(position, count): (u32, u32)| Service {
        name: format!("s{position}"),
        definition: DefinitionId(position),
        desired_count: count,
        strategy: None,
        constraints: Vec::new(),
        settings: ServiceSettings::default(),
    };
    Scenario {
        fleet: Fleet {
            zones: vec!["a".to_owned()],
            classes: vec![InstanceClass::new(ZoneId(0), "a", 4096, 16384)],
            instances: vec![ClassId(0); 4],
            identities: Vec::new(),
        },
        definitions: [("web", 1024, 2048), ("db", 2048, 12288)].map(definition).to_vec(),
        services: [(0, 5), (1, 2)].map(service).to_vec(),
        ..Scenario::empty("fixture-a")
    }
}
