//! One table for the worked choices of all strategies.

use super::{Candidate, Strategy, View};
use crate::model::{
    ClassId, CpuUnits, DefinitionId, Demand, Fleet, InstanceClass, InstanceId, MemoryMib, Scenario, Service,
    ServiceSettings, TaskDefinition, ZoneId,
};

/// CPU units and MiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    pub(super) cpu: u32,
    pub(super) memory: u32,
}

pub(super) const fn amounts(cpu: u32, memory: u32) -> Amounts {
    Amounts { cpu, memory }
}

/// An instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) registered: Amounts,
    pub(super) left: Amounts,
}

pub(super) const fn row(registered: Amounts, left: Amounts) -> Row {
    Row { registered, left }
}

/// An instance of 8 CPU units and 8 MiB.
pub(super) const fn eight(cpu: u32, memory: u32) -> Row {
    row(amounts(8, 8), amounts(cpu, memory))
}

/// The strategy chooses `expected` among these instances for a demand of cpu and memory.
pub(super) fn check(strategy: &dyn Strategy, demand: Amounts, rows: &[Row], expected: usize) {
    let classes: Vec<InstanceClass> =
        rows.iter().map(|row| InstanceClass::new(ZoneId(0), "a", row.registered.cpu, row.registered.memory)).collect();
    let candidate = |(position, row): (usize, &Row)| Candidate {
        instance: InstanceId::from_index(position),
        class: &classes[position],
        cpu: CpuUnits(row.left.cpu),
        memory: MemoryMib(row.left.memory),
        gpus: 0,
        devices: &[],
        tasks: 0,
        group_tasks: 0,
    };
    let candidates: Vec<Candidate<'_>> = rows.iter().enumerate().map(candidate).collect();
    let demand = Demand::new(demand.cpu, demand.memory);
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
