//! A random small cluster and its kinds of tasks.

use crate::engine::Draws;
use crate::model::{
    ClassId, Constraint, DefinitionId, Demand, Fleet, InstanceClass, PackedResource, PlacementOptions, Policy, Port,
    Rule, Scenario, Service, ServiceSettings, Strategy, TaskDefinition, TieBreak, ZoneId,
};
use crate::strategy::Custom;

/// Numbers drawn one after another.
pub(super) struct Dice {
    draws: Draws,
    next: u64,
}

impl Dice {
    pub(super) fn new(seed: u64, world: u32, purpose: u64) -> Self {
        let key = Draws::new(seed).bits(u64::from(world) * 2 + purpose);
        Self { draws: Draws::new(key), next: 0 }
    }

    /// A number below `count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.next += 1;
        self.draws.below(self.next, count)
    }

    fn number(&mut self, count: u32) -> u32 {
        u32::try_from(self.below(count as usize)).expect("below a u32")
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// The world of this number; its one policy has the rules that stand before the strategy.
pub(super) fn draw(seed: u64, world: u32) -> Scenario {
    let mut dice = Dice::new(seed, world, 0);
    let kinds = 1 + dice.number(5);
    let definitions: Vec<TaskDefinition> = (0..kinds).map(|kind| definition(&mut dice, kind)).collect();
    let services = (0..kinds).map(|kind| service(&mut dice, kind)).collect();
    let fleet = fleet(&mut dice, world % LARGE == LARGE - 1);
    let chain = chain(&mut dice);
    let tie_break = [TieBreak::Order, TieBreak::Random][dice.below(2)];
    Scenario {
        fleet,
        definitions,
        services,
        policies: vec![Policy { name: "p".to_owned(), strategy: Some(chain), constraints: Vec::new() }],
        options: PlacementOptions {
            tie_break,
            spread_counts_draining: !dice.one_in(4),
            absent_attribute_is_bucket: !dice.one_in(4),
            binpack_by_fraction: dice.one_in(4),
        },
        ..Scenario::empty("laws")
    }
}

/// One world in so many has many instances: some errors need more than twenty candidates.
const LARGE: u32 = 10;

/// Puts a strategy at the end of the chain.
pub(super) fn put(scenario: &mut Scenario, custom: Custom) {
    let chain = scenario.policies[0].strategy.get_or_insert_default();
    chain.0.push(Rule::Custom(custom));
}

fn chain(dice: &mut Dice) -> Strategy {
    let before = match dice.below(6) {
        0 => vec![Rule::spread_zones()],
        1 => vec![Rule::Binpack(PackedResource::Memory)],
        _ => Vec::new(),
    };
    Strategy(before)
}

fn definition(dice: &mut Dice, kind: u32) -> TaskDefinition {
    let (cpu, memory) = [(0, 0), (1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (1, 4), (0, 2)][dice.below(8)];
    let mut demand = Demand::new(cpu, memory);
    if dice.one_in(8) {
        demand.ports = vec![Port::tcp(80)];
    }
    demand.gpus = u32::from(dice.one_in(8)).into();
    TaskDefinition { family: format!("t{kind}"), demand, ..TaskDefinition::default() }
}

fn service(dice: &mut Dice, kind: u32) -> Service {
    let constraints = if dice.one_in(6) { vec![Constraint::DistinctInstance] } else { Vec::new() };
    Service {
        name: format!("s{kind}"),
        definition: DefinitionId(kind),
        desired_count: 1 + dice.number(9),
        strategy: None,
        constraints,
        settings: ServiceSettings::default(),
    }
}

fn fleet(dice: &mut Dice, is_large: bool) -> Fleet {
    let class = |dice: &mut Dice| {
        let zone = dice.number(3);
        let mut class =
            InstanceClass::new(ZoneId(zone), ["a", "b", "c"][zone as usize], dice.number(9), dice.number(9));
        class.gpus = dice.number(3);
        class.agent_connected = !dice.one_in(10);
        class
    };
    let classes: Vec<InstanceClass> = (0..1 + dice.below(4)).map(|_| class(dice)).collect();
    let instances = (0..if is_large { 21 + dice.below(100) } else { dice.below(14) })
        .map(|_| ClassId::from_index(dice.below(classes.len())))
        .collect();
    Fleet { zones: ["a", "b", "c"].map(str::to_owned).to_vec(), classes, instances, identities: Vec::new() }
}
