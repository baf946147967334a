//! Random programs of commands, right ones and wrong ones: both engines answer and tell the same, state and all; what is
//! refused has changed nothing; a fork goes on as its origin does.

use proptest::prelude::*;
use stowplan::engine::{FastEngine, Grows, ReferenceEngine};
use stowplan::live::{Answer, Command, Error, InstanceChange, Live, Register, RunTask, ServiceChange, StartTask};
use stowplan::model::{
    Constraint, DefinitionId, Demand, HappeningKind, Identity, InstanceClass, InstanceId, Policy, Rule, Scenario,
    Scheduling, Service, ServiceSettings, SimSpan, SimTime, SpotInterruption, Strategy as Chain, TaskDefinition,
    ZoneId,
};
use stowplan::query::Expression;

use super::{Told, assert_same};

/// One step of a program: what, with three numbers that say of what.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: u8,
    numbers: [u16; 3],
}

fn programs(longest: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (any::<u8>(), any::<[u16; 3]>()).prop_map(|(what, numbers)| Step { what, numbers });
    prop::collection::vec(step, 1..longest)
}

const NAMES: [&str; 4] = ["api", "web", "agent", "batch"];

fn chain(number: u16) -> Option<Chain> {
    let instances = || Rule::Spread(stowplan::model::SpreadField::InstanceId);
    let pack = || Rule::Binpack(stowplan::model::PackedResource::Memory);
    match number % 6 {
        0 => Some(Chain(vec![Rule::spread_zones(), instances()])),
        1 => Some(Chain(vec![pack()])),
        2 => Some(Chain(vec![Rule::spread_zones(), pack()])),
        3 => Some(Chain(vec![Rule::Random])),
        _ => None,
    }
}

fn constraints(number: u16) -> Vec<Constraint> {
    match number % 8 {
        0 => vec![Constraint::DistinctInstance],
        1 => vec![Constraint::MemberOf(Expression::parse("attribute:stack == prod").unwrap())],
        2 => vec![Constraint::MemberOf(Expression::parse("runningTasksCount < 4").unwrap())],
        _ => Vec::new(),
    }
}

fn settings(number: u16) -> ServiceSettings {
    ServiceSettings {
        scheduling: if number.is_multiple_of(5) { Scheduling::Daemon } else { Scheduling::Replica },
        minimum_healthy_percent: u32::from(number % 3) * 50,
        healthy_after: SimSpan::from_secs(u64::from(number % 4) * 10),
        rebalancing: number.is_multiple_of(7),
        ..ServiceSettings::default()
    }
}

/// A world with a definition or two, before the program.
fn world<E: Grows>() -> Live<Told, E> {
    let mut scenario = Scenario::empty("programs");
    scenario.fleet.zones = vec!["a".into()];
    scenario.dynamics.services.stop_delay = SimSpan::from_secs(5);
    let policy = Policy { name: "p".into(), strategy: None, constraints: Vec::new() };
    let mut live = Live::open(&scenario, Some(&policy), 3, Told::default());
    live.define(definition(0));
    live
}

fn definition(number: u16) -> TaskDefinition {
    let (cpu, memory) = [(1, 1), (2, 1), (1, 3), (0, 2)][usize::from(number % 4)];
    let ports = if number.is_multiple_of(9) { vec![stowplan::model::Port::tcp(80)] } else { Vec::new() };
    TaskDefinition {
        family: format!("f{number}"),
        demand: Demand { ports, ..Demand::new(cpu, memory) },
        ..TaskDefinition::default()
    }
}

/// What befalls an instance without more words.
const CHANGES: [InstanceChange; 6] = [
    InstanceChange::Drain,
    InstanceChange::Activate,
    InstanceChange::Lose,
    InstanceChange::Return,
    InstanceChange::Disconnect,
    InstanceChange::Connect,
];

/// Instances that come, some of a class that was not there.
fn register([a, b, c]: [u16; 3]) -> Register {
    let zone = u32::from(a % 3);
    let mut class = InstanceClass::new(ZoneId(zone), ["a", "b", "c"][zone as usize], 4, 1 + u32::from(b % 8));
    if c % 2 == 0 {
        class.attributes.insert("stack".into(), Some("prod".into()));
    }
    let identity = (c % 5 == 0).then(|| Identity { name: format!("i{c}"), ..Identity::default() });
    Register { class, count: u32::from(c % 3), identity }
}

/// The command of a step in a world; the same in worlds that are alike.
fn command<E: Grows>(live: &Live<Told, E>, Step { what, numbers: [a, b, c] }: Step) -> Command {
    let instances = u32::try_from(live.look().instances().count()).unwrap();
    // One more than there are: some are not there.
    let instance = InstanceId(u32::from(a) % (instances + 1));
    let definition = DefinitionId(u32::from(b) % (u32::try_from(live.definitions().len()).unwrap() + 1));
    let tasks = live.look().tasks();
    let task = tasks.get(usize::from(a) % (tasks.len() + 1)).map_or(u64::from(a), |task| task.task);
    let service = NAMES[usize::from(a) % NAMES.len()].to_owned();
    let life = (c % 3 == 0).then(|| SimSpan::from_secs(u64::from(c % 90)));
    match what % 20 {
        0..4 => Command::RunTask(RunTask {
            count: u32::from(c % 12),
            strategy: chain(a),
            constraints: constraints(c),
            life,
            ..RunTask::of(definition)
        }),
        4 => Command::StartTask(StartTask {
            definition,
            group: None,
            instances: vec![instance],
            life,
            details: Default::default(),
        }),
        5 => Command::StopTask(task),
        6 => Command::ProtectTask { task, time: (c % 4 != 0).then(|| SimSpan::from_secs(u64::from(c) * 20)) },
        7..9 => Command::CreateService(Service {
            name: service,
            definition,
            desired_count: u32::from(c % 7),
            strategy: if b % 5 == 0 { chain(c) } else { None },
            constraints: constraints(b),
            settings: settings(b),
        }),
        9 => Command::UpdateService { service, change: ServiceChange::desired(u32::from(b % 9)) },
        10 => Command::UpdateService { service, change: ServiceChange::deploy(definition) },
        11 => {
            let change = ServiceChange {
                strategy: chain(b),
                settings: (c % 2 == 0).then(|| settings(c)),
                force_new_deployment: c % 3 == 0,
                ..ServiceChange::default()
            };
            Command::UpdateService { service, change }
        }
        12 => Command::DeleteService { service, force: b % 2 == 0 },
        13 => Command::Register(register([a, b, c])),
        14 => Command::RegisterAll(vec![register([a, b, c]), register([b, c, a]), register([c, a, b])]),
        15 => Command::Deregister { instance, force: b % 2 == 0 },
        16 => Command::Instance(instance, CHANGES[usize::from(b % 6)].clone()),
        17 => {
            let value = ["prod", "test"][usize::from(b % 2)].to_owned();
            let attributes = [("stack".to_owned(), Some(value))].into();
            Command::Instance(instance, InstanceChange::PutAttributes(attributes))
        }
        18 if b % 2 == 0 => Command::Instance(instance, InstanceChange::DeleteAttributes(vec!["stack".into()])),
        18 => Command::Happening(HappeningKind::SpotInterruption(SpotInterruption {
            count: u32::from(c % 3),
            zone: None,
            notice: SimSpan::from_secs(30),
            replaced_after: Some(SimSpan::from_secs(60)),
        })),
        _ if b % 2 == 0 => Command::Happening(HappeningKind::ZoneLost(ZoneId(u32::from(a % 4)))),
        _ => Command::Happening(HappeningKind::ZoneReturned(ZoneId(u32::from(a % 4)))),
    }
}

/// What a step does beside giving a command.
fn before<E: Grows>(live: &mut Live<Told, E>, Step { what, numbers: [a, b, _] }: Step) {
    if what % 3 == 0 {
        live.advance_to(SimTime(live.now().0 + u64::from(a) * 10)).unwrap();
    }
    if what % 13 == 0 {
        live.define(definition(b));
    }
    if what % 29 == 0 {
        let _ = live.add_zone(["a", "b", "c"][usize::from(b % 3)]);
    }
}

/// Carries a step out; a command that is refused has changed nothing.
fn carry_out<E: Grows + std::fmt::Debug>(live: &mut Live<Told, E>, step: Step) -> Result<Answer, Error> {
    before(live, step);
    let command = command(live, step);
    let was = live.fork();
    let answer = live.apply(command.clone());
    if let Err(error) = &answer {
        assert_eq!(format!("{was:?}"), format!("{live:?}"), "`{error}`, and yet {command:?} has changed something");
    }
    answer
}

/// What is told, what is seen and what is kept agree.
fn check<E: Grows>(live: &Live<Told, E>) {
    live.engine().validate().unwrap();
    let tasks = live.look().tasks();
    for instance in live.look().instances() {
        let there = tasks.iter().filter(|task| task.instance == instance.id).count();
        assert_eq!(there, instance.tasks as usize, "tasks on {}", instance.id);
    }
    let of_services: usize = live.look().services().map(|name| live.look().tasks_of(name).len()).sum();
    assert!(of_services <= tasks.len());
}

fn seen<E: Grows>(live: &Live<Told, E>) -> String {
    let look = live.look();
    let services: Vec<_> = look.services().map(|name| (name, look.service(name))).collect();
    format!("{:?} {:?} {services:?}", look.instances().collect::<Vec<_>>(), look.tasks())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The oracle is the same world on the reference engine.
    #[test]
    fn both_engines_answer_and_tell_the_same(program in programs(70)) {
        let (mut fast, mut reference) = (world::<FastEngine>(), world::<ReferenceEngine>());
        for (position, &step) in program.iter().enumerate() {
            prop_assert_eq!(carry_out(&mut fast, step), carry_out(&mut reference, step), "step {}", position);
            prop_assert_eq!(seen(&fast), seen(&reference), "step {}", position);
            if position % 8 == 0 {
                check(&fast);
                check(&reference);
            }
        }
        check(&fast);
        assert_same("both engines", fast.observer(), reference.observer());
    }

    /// A fork and its origin tell the same under the same commands, and what one does is nothing to the other.
    #[test]
    fn a_fork_goes_on_as_its_origin(before in programs(40), after in programs(30)) {
        let mut origin = world::<FastEngine>();
        before.iter().for_each(|&step| drop(carry_out(&mut origin, step)));
        let mut fork = origin.fork();
        let was = format!("{origin:?}");
        let told: Vec<_> = after.iter().map(|&step| carry_out(&mut fork, step)).collect();
        prop_assert_eq!(was, format!("{origin:?}"), "what a fork does is nothing to its origin");
        let again: Vec<_> = after.iter().map(|&step| carry_out(&mut origin, step)).collect();
        prop_assert_eq!(told, again);
        assert_same("fork", fork.observer(), origin.observer());
        check(&fork);
    }
}
