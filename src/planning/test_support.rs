//! Small scenarios for tests of plans.

use crate::model::{
    DefinitionId, Demand, Fleet, InstanceClass, MicroUsdPerHour, Policy, Rule, Scenario, Service, ServiceSettings,
    Strategy, TaskDefinition, ZoneId,
};

pub(super) const ZONES: [&str; 3] = ["az-a", "az-b", "az-c"];

/// An instance: zone, cpu, memory, price in millionths of a dollar an hour.
pub(super) type Machine = (u32, u32, u32, u64);

/// A service: name, cpu, memory, desired count.
pub(super) type Wanted = (&'static str, u32, u32, u32);

/// A scenario of these instances and services, under one chain.
pub(super) fn scenario(machines: &[Machine], services: &[Wanted], chain: Vec<Rule>) -> Scenario {
    let mut fleet = Fleet { zones: ZONES.map(str::to_owned).to_vec(), ..Fleet::default() };
    for &(zone, cpu, memory, price) in machines {
        let class = InstanceClass::new(ZoneId(zone), ZONES[zone as usize], cpu, memory);
        let class = fleet.intern(InstanceClass { price: Some(MicroUsdPerHour(price)), ..class });
        fleet.instances.push(class);
    }
    let definition = |&(name, cpu, memory, _): &Wanted| TaskDefinition {
        family: name.to_owned(),
        demand: Demand::new(cpu, memory),
        ..TaskDefinition::default()
    };
    let service = |(position, &(name, _, _, desired_count)): (usize, &Wanted)| Service {
        name: name.to_owned(),
        definition: DefinitionId::from_index(position),
        desired_count,
        strategy: None,
        constraints: Vec::new(),
        settings: ServiceSettings::default(),
    };
    Scenario {
        fleet,
        definitions: services.iter().map(definition).collect(),
        services: services.iter().enumerate().map(service).collect(),
        policies: vec![Policy { name: "p".to_owned(), strategy: Some(Strategy(chain)), constraints: Vec::new() }],
        ..Scenario::empty("plan")
    }
}

/// `binpack(cpu)`.
pub(super) fn binpack() -> Vec<Rule> {
    vec![Rule::Binpack(crate::model::PackedResource::Cpu)]
}

/// `spread(zone)`, and what comes after it.
pub(super) fn by_zone(then: Vec<Rule>) -> Vec<Rule> {
    std::iter::once(Rule::spread_zones()).chain(then).collect()
}
