//! Random histories: small, so that ties, exact fits and refusals are common.
//!
//! A history is a function of the seed, the number of the case and what the placer declares. Whole resources, constraints
//! and operations are left out of some cases, so that each is also met alone.

use super::dice::Dice;
use super::{Constraint, Expression, History, Instance, Kind, Predicate, Step, Subject, Test};
use crate::laws::Capabilities;
use crate::model::{ContainerSize, PackedResource, Port, Rule, SpreadField};

/// What a case has of what the placer knows.
struct Taste {
    gpus: bool,
    ports: bool,
    interfaces: bool,
    containers: bool,
    distinct: bool,
    member_of: bool,
    long_chains: bool,
    /// Rules that the placer knows, each so often.
    rules: Vec<Rule>,
    chain: usize,
    drain: bool,
    lose: bool,
    /// Amounts are below this.
    largest: u32,
}

impl Taste {
    fn draw(dice: &mut Dice, known: &Capabilities) -> Self {
        let mut some = |known: bool| known && !dice.one_in(3);
        let (gpus, ports, interfaces) = (some(known.gpus), some(known.ports), some(known.interfaces));
        let (containers, distinct, member_of) =
            (some(known.containers), some(known.distinct_instance), some(known.member_of));
        let (drain, lose, long_chains) = (some(known.drain), some(known.lose), some(true));
        let mut rules = Vec::new();
        if known.spread {
            rules.extend([Rule::spread_zones(), Rule::spread_zones(), Rule::Spread(SpreadField::InstanceId)]);
            rules.extend(["stack", "rack"].map(|name| Rule::Spread(SpreadField::Attribute(name.to_owned()))));
        }
        if known.binpack {
            let (cpu, memory) = (Rule::Binpack(PackedResource::Cpu), Rule::Binpack(PackedResource::Memory));
            rules.extend([cpu.clone(), memory.clone(), cpu, memory]);
        }
        if known.random {
            rules.push(Rule::Random);
        }
        let largest = [3, 5, 12][dice.position(3)];
        Self {
            gpus,
            ports,
            interfaces,
            containers,
            distinct,
            member_of,
            long_chains,
            rules,
            chain: known.chain,
            drain,
            lose,
            largest,
        }
    }
}

/// The history of one case.
#[must_use]
pub fn generate(seed: u64, case: u32, known: &Capabilities) -> History {
    let mut dice = Dice::new(seed, u64::from(case));
    let taste = Taste::draw(&mut dice, known);
    let instances: Vec<Instance> =
        (0..1 + dice.position(8)).map(|number| instance(&mut dice, &taste, number)).collect();
    let kinds: Vec<Kind> = (0..1 + dice.position(5)).map(|number| kind(&mut dice, &taste, number)).collect();
    let mut steps = steps(&mut dice, &taste, instances.len(), kinds.len());
    if known.scale_in.is_some() {
        scale_in(&mut Dice::new(!seed, u64::from(case)), &mut steps, kinds.len());
    }
    History { instances, kinds, steps, seed: seed ^ u64::from(case) }
}

fn instance(dice: &mut Dice, taste: &Taste, number: usize) -> Instance {
    let zone = dice.pick(&["a", "b", "c"]);
    let amounts = |dice: &mut Dice| 1 + dice.below(taste.largest * 4);
    let mut instance = Instance::new(&format!("i{number}"), zone, amounts(dice), amounts(dice));
    if taste.gpus {
        instance.gpus = dice.below(5);
    }
    if taste.interfaces {
        instance.interfaces = dice.pick(&[None, Some(1), Some(2), Some(3)]);
    }
    if taste.ports && dice.one_in(2) {
        instance.reserved_ports = vec![Port::tcp(22)];
    }
    let values = [None, Some(None), Some(Some("dev")), Some(Some("prod")), Some(Some("prod"))];
    if let Some(value) = dice.pick(&values) {
        instance.attributes.insert("stack".to_owned(), value.map(str::to_owned));
    }
    if !dice.one_in(3) {
        instance.attributes.insert("rack".to_owned(), Some(dice.below(4).to_string()));
    }
    instance.agent_connected = !dice.one_in(12);
    instance
}

fn kind(dice: &mut Dice, taste: &Taste, number: usize) -> Kind {
    let strategy = chain(dice, taste);
    let (cpu, memory) = (dice.below(taste.largest), 1 + dice.below(taste.largest - 1));
    let mut kind = Kind::new(&format!("k{number}"), cpu, memory, strategy);
    if dice.one_in(3) {
        kind.group = "family:shared".to_owned();
    }
    if taste.containers {
        size(dice, taste, &mut kind);
    }
    if taste.gpus && dice.one_in(2) {
        kind.gpus = 1 + dice.below(2);
    }
    if taste.ports && dice.one_in(2) {
        kind.ports = dice.pick(&[
            vec![Port::tcp(80)],
            vec![Port::udp(80)],
            vec![Port::tcp(53), Port::udp(53)],
            vec![Port::tcp(22)],
        ]);
    }
    kind.interface = taste.interfaces && dice.one_in(2);
    if kind.interface {
        // A task with an interface of its own takes no port of the host.
        kind.ports.clear();
    }
    if taste.distinct && dice.one_in(2) {
        kind.constraints.push(Constraint::DistinctInstance);
    }
    if taste.member_of {
        let count = dice.pick(&[0, 0, 0, 1, 1, 2]);
        kind.constraints.extend((0..count).map(|_| Constraint::MemberOf(expression(dice, 2))));
    }
    kind
}

/// The same amounts said by containers, or others.
fn size(dice: &mut Dice, taste: &Taste, kind: &mut Kind) {
    let count = 1 + dice.position(2);
    let container = |dice: &mut Dice| {
        let soft = dice.below(taste.largest);
        let hard = soft + 2 + dice.below(taste.largest);
        let (memory, memory_reservation) =
            dice.pick(&[(Some(hard), None), (Some(hard), Some(soft.max(1))), (None, Some(soft.max(1)))]);
        ContainerSize { cpu: dice.below(taste.largest), memory, memory_reservation }
    };
    kind.containers = (0..count).map(|_| container(dice)).collect();
    kind.cpu = kind.cpu.filter(|_| dice.one_in(3));
    kind.memory = kind.memory.filter(|_| dice.one_in(4));
}

fn chain(dice: &mut Dice, taste: &Taste) -> Vec<Rule> {
    if taste.rules.is_empty() || dice.one_in(8) {
        return Vec::new();
    }
    let longest = if taste.long_chains { taste.chain } else { taste.chain.min(2) };
    let length = 1 + dice.position(longest.max(1)).min(1 + dice.position(longest.max(1)));
    (0..length).map(|_| dice.pick(&taste.rules)).collect()
}

fn expression(dice: &mut Dice, depth: u32) -> Expression {
    let inner = |dice: &mut Dice| Box::new(expression(dice, depth - 1));
    match dice.below(if depth == 0 { 4 } else { 7 }) {
        4 => Expression::And(inner(dice), inner(dice)),
        5 => Expression::Or(inner(dice), inner(dice)),
        6 => Expression::Not(inner(dice)),
        _ => Expression::Predicate(predicate(dice)),
    }
}

fn predicate(dice: &mut Dice) -> Predicate {
    let words = ["prod", "dev", "none"].map(str::to_owned);
    let zones = ["a", "b", "c"].map(str::to_owned);
    let groups = ["service:k0", "service:k1", "family:shared"].map(str::to_owned);
    let (subject, values) = match dice.below(6) {
        0 | 1 => (Subject::Attribute("stack".to_owned()), &words),
        2 => (Subject::Attribute("ecs.availability-zone".to_owned()), &zones),
        3 => (Subject::TaskGroup, &groups),
        4 => {
            let test =
                dice.pick(&[Test::Less(2), Test::AtLeast(2), Test::Exists, Test::NotExists, Test::Is("1".to_owned())]);
            return Predicate { subject: Subject::Attribute("rack".to_owned()), test };
        }
        _ => {
            let bound = 1 + dice.below(3);
            let test = dice.pick(&[Test::Less(bound), Test::AtLeast(bound - 1), Test::IsNot(bound.to_string())]);
            return Predicate { subject: Subject::RunningTasksCount, test };
        }
    };
    let value = dice.pick(values);
    let first = value[..1].to_owned();
    let test = match dice.below(9) {
        0 | 1 => Test::Is(value),
        2 | 8 => Test::IsNot(value),
        3 => Test::In(vec![value, dice.pick(values)]),
        4 => Test::NotIn(vec![value]),
        5 => Test::Exists,
        6 => Test::NotExists,
        _ if dice.one_in(2) => Test::Starts(first),
        _ => Test::StartsNot(first),
    };
    Predicate { subject, test }
}

fn steps(dice: &mut Dice, taste: &Taste, instances: usize, kinds: usize) -> Vec<Step> {
    let late = if dice.one_in(2) { 0 } else { dice.position(instances) };
    let mut steps: Vec<Step> = (0..instances - late).map(Step::Register).collect();
    let mut coming = instances - late..instances;
    let (mut tasks, mut stopped) = (0, Vec::new());
    for _ in 0..4 + dice.below(36) {
        let any = dice.position(instances);
        let step = match dice.below(24) {
            0..=3 if tasks > 0 => {
                let task = dice.below(tasks);
                stopped.push(task);
                Step::Stop(task)
            }
            4 if !stopped.is_empty() => Step::Gone(stopped.swap_remove(0)),
            5 if taste.drain => Step::Drain(any),
            6 if taste.drain => Step::Activate(any),
            7 if taste.lose => Step::Lose(any),
            8 if !coming.is_empty() => Step::Register(coming.next().expect("one is coming")),
            _ => {
                tasks += 1;
                Step::Place { task: tasks - 1, kind: dice.position(kinds) }
            }
        };
        steps.push(step);
    }
    steps
}

/// Every second history ends with services that give up tasks, and a task more, by dice of its own: what comes before is
/// the same for placers that know nothing of it.
fn scale_in(dice: &mut Dice, steps: &mut Vec<Step>, kinds: usize) {
    if dice.one_in(2) {
        return;
    }
    let placed = steps.iter().filter(|step| matches!(step, Step::Place { .. })).count();
    let mut task = u32::try_from(placed).expect("short histories");
    for _ in 0..1 + dice.below(4) {
        steps.push(Step::ScaleIn(dice.position(kinds)));
        if dice.one_in(2) {
            steps.push(Step::Place { task, kind: dice.position(kinds) });
            task += 1;
        }
    }
}
