//! Services whose strategy changes while they run.

use stowplan::live::{Command, Live, Register, ServiceChange};
use stowplan::model::{
    DefinitionId, Demand, InstanceClass, Rule, Scenario, Service, ServiceSettings, SimSpan, SimTime, SpreadField,
    Strategy, TaskDefinition,
};

const SERVICE: &str = "web";

/// Four instances of two stacks, and a service of four tasks, one on each.
fn world() -> Live {
    let mut live = Live::open(&Scenario::empty("services"), None, 1, ());
    let zone = live.add_zone("a").unwrap();
    let definition = TaskDefinition { family: "f".into(), demand: Demand::new(300, 256), ..TaskDefinition::default() };
    live.define(definition);
    for stack in ["prod", "prod", "prod", "test"] {
        let mut class = InstanceClass::new(zone, "a", 1_024, 1_024);
        class.attributes.insert("stack".into(), Some(stack.into()));
        live.apply(Command::Register(Register { class, count: 1, identity: None })).unwrap();
    }
    live.apply(Command::CreateService(Service {
        name: SERVICE.into(),
        definition: DefinitionId(0),
        desired_count: 4,
        strategy: Some(Strategy(vec![Rule::Spread(SpreadField::InstanceId)])),
        constraints: Vec::new(),
        settings: ServiceSettings { healthy_after: SimSpan(0), ..ServiceSettings::default() },
    }))
    .unwrap();
    live.advance_to(SimTime(600_000)).unwrap();
    live
}

/// On which instances the tasks run.
fn places(live: &Live) -> Vec<u32> {
    live.look().tasks_of(SERVICE).iter().map(|task| task.instance.0).collect()
}

/// Which tasks go when a service shrinks is asked of the strategy it has then, though nobody spread over that
/// attribute when it was made.
#[test]
fn r7_20_a_strategy_that_came_later_says_which_tasks_go() {
    let mut live = world();
    assert_eq!(places(&live), [0, 1, 2, 3]);
    let spread = Rule::Spread(SpreadField::Attribute("stack".into()));
    update(&mut live, ServiceChange { strategy: Some(Strategy(vec![spread])), ..ServiceChange::default() });
    update(&mut live, ServiceChange::desired(2));
    let left = places(&live);
    assert!(
        left.len() == 2 && left.iter().filter(|&&instance| instance == 3).count() == 1,
        "one of each stack: {left:?}"
    );
}

/// Ten minutes pass after it.
fn update(live: &mut Live, change: ServiceChange) {
    live.apply(Command::UpdateService { service: SERVICE.into(), change }).unwrap();
    live.advance_to(SimTime(live.now().0 + 600_000)).unwrap();
}
