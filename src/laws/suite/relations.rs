//! Laws of several histories: one is changed, and what must be the same is compared.
//!
//! They need ties that are broken in a known way without a draw, and are not asked of histories with a `random` rule, but
//! for the law of repetition.

use std::collections::BTreeSet;

use super::drive::{Outcome, Played, Silence, Wrong, answered};
use super::fixtures::{Amounts, amounts};
use crate::laws::placer::{Capabilities, Placers};
use crate::laws::world::{Constraint, Expression, History, Instance, Kind, Predicate, Step, Subject, Test};
use crate::model::{ContainerSize, PackedResource, Rule};

pub(super) type Verdict = Result<(), Wrong>;

/// A history without what other laws than repetition cannot compare: which of several tasks a service gives up is open.
pub(super) fn without_scale_in(history: &History) -> History {
    history.with_steps(history.steps.iter().filter(|step| !matches!(step, Step::ScaleIn(_))).copied().collect())
}

/// Both histories played.
fn both(
    placers: &mut dyn Placers,
    known: &Capabilities,
    one: &History,
    other: &History,
) -> Result<[Played; 2], Box<Silence>> {
    Ok([answered(placers, known, one)?, answered(placers, known, other)?])
}

/// Outcomes of the steps that place, where they went by position.
fn placements(history: &History, played: &Played) -> Vec<Outcome> {
    let steps = history.steps.iter().zip(&played.outcomes);
    steps.filter(|(step, _)| matches!(step, Step::Place { .. })).map(|(_, outcome)| outcome.clone()).collect()
}

fn said(history: &History, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Placed(Ok(instance)) => {
            // One that was added stands behind those of the history.
            let name = history.instances.get(*instance).map_or("the instance that was added", |one| one.name.as_str());
            format!("goes to {name}")
        }
        Outcome::Placed(Err(name)) => format!("goes to `{name}`"),
        Outcome::Refused => "is refused".to_owned(),
        Outcome::Trouble(trouble) => format!("gets no answer ({})", trouble.what),
        Outcome::None | Outcome::GaveUp(_) => "is passed over".to_owned(),
    }
}

/// Each task goes where it went.
fn same(history: &History, [one, other]: [&[Outcome]; 2], when: &str) -> Verdict {
    let Some(position) = one.iter().zip(other).position(|(one, other)| one != other) else { return Ok(()) };
    let places =
        history.steps.iter().filter_map(|step| if let Step::Place { task, .. } = step { Some(*task) } else { None });
    let task = places.clone().nth(position).unwrap_or_default();
    let (one, other) = (said(history, &one[position]), said(history, &other[position]));
    Err(format!("t{task} {one}; {when} it {other}").into())
}

fn compare(placers: &mut dyn Placers, known: &Capabilities, one: &History, other: &History, when: &str) -> Verdict {
    let [first, second] = both(placers, known, one, other)?;
    same(one, [&placements(one, &first), &placements(other, &second)], when)
}

pub(super) fn p24(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let first = answered(placers, known, history)?;
    repeats(placers, known, history, &first)
}

/// A history that was played gets the same answers once more.
pub(super) fn repeats(placers: &mut dyn Placers, known: &Capabilities, history: &History, first: &Played) -> Verdict {
    let second = answered(placers, known, history)?;
    same(history, [&placements(history, first), &placements(history, &second)], "asked again from the start")
}

pub(super) fn p6(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let first = answered(placers, known, history)?;
    let is_refused = |position: usize| first.outcomes.get(position) == Some(&Outcome::Refused);
    let steps = history.steps.iter().enumerate();
    let last = history.steps.len().saturating_sub(1);
    let kept = |position: usize| position == last || !is_refused(position);
    let without = history.with_steps(steps.filter(|(position, _)| kept(*position)).map(|(_, step)| *step).collect());
    let second = answered(placers, known, &without)?;
    let outcomes =
        first.outcomes.iter().enumerate().filter(|(position, _)| kept(*position)).map(|(_, outcome)| outcome.clone());
    let first = Played { outcomes: outcomes.collect(), ..Played::default() };
    same(&without, [&placements(&without, &first), &placements(&without, &second)], "without the refused tasks before")
}

/// Steps without the tasks that come and go at once: placed, and stopped before anything else is placed.
fn without_passing(steps: &[Step]) -> Vec<Step> {
    let mut kept: Vec<Step> = Vec::new();
    let mut passed = Vec::new();
    for &step in steps {
        match (kept.last(), step) {
            (Some(&Step::Place { task, .. }), Step::Stop(stopped)) if task == stopped => {
                kept.pop();
                passed.push(task);
            }
            (_, Step::Gone(task) | Step::Stop(task)) if passed.contains(&task) => {}
            _ => kept.push(step),
        }
    }
    kept
}

pub(super) fn p38(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let without = history.with_steps(without_passing(&history.steps));
    if without.steps.len() < history.steps.len() {
        let [first, second] = both(placers, known, history, &without)?;
        let stays: Vec<u32> = without.steps.iter().filter_map(|step| task_of(*step)).collect();
        let steps = history.steps.iter().zip(&first.outcomes);
        let kept = steps.filter(|(step, _)| matches!(step, Step::Place { task, .. } if stays.contains(task)));
        let kept: Vec<Outcome> = kept.map(|(_, outcome)| outcome.clone()).collect();
        same(&without, [&kept, &placements(&without, &second)], "without the tasks that came and went")?;
    }
    // The other way round: one more that comes and goes, in the middle.
    let Some(kind) =
        history.steps.iter().find_map(|step| if let Step::Place { kind, .. } = step { Some(*kind) } else { None })
    else {
        return Ok(());
    };
    let (task, middle) = (history.free_task(), history.steps.len() * 2 / 3);
    let mut steps = history.steps.clone();
    steps.splice(middle..middle, [Step::Place { task, kind }, Step::Stop(task), Step::Gone(task)]);
    let with = history.with_steps(steps);
    let [first, second] = both(placers, known, history, &with)?;
    let mut there = placements(&with, &second);
    let extra = history.steps[..middle].iter().filter(|step| matches!(step, Step::Place { .. })).count();
    if extra < there.len() {
        there.remove(extra);
    }
    same(history, [&placements(history, &first), &there], "when one more came and went before")
}

fn task_of(step: Step) -> Option<u32> {
    if let Step::Place { task, .. } = step { Some(task) } else { None }
}

/// The history with every living task told to stop in the end, in an order.
fn emptied(history: &History, backwards: bool) -> Vec<Step> {
    let mut stops: Vec<Step> = history.steps.iter().filter_map(|step| task_of(*step)).map(Step::Stop).collect();
    if backwards {
        stops.reverse();
    }
    history.steps.iter().copied().chain(stops).collect()
}

pub(super) fn p39(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    if !known.remaining {
        return Ok(());
    }
    let [first, second] = [false, true].map(|backwards| history.with_steps(emptied(history, backwards)));
    let [one, other] = both(placers, known, &first, &second)?;
    if one.left == other.left {
        Ok(())
    } else {
        Err(format!("left after all stops: {:?}, backwards {:?}", one.left, other.left).into())
    }
}

/// A task of every kind, each gone before the next.
fn probes(history: &History) -> Vec<Step> {
    let first = history.free_task();
    let probe = |kind: usize| {
        let task = first + u32::try_from(kind).expect("few kinds");
        [Step::Place { task, kind }, Step::Stop(task), Step::Gone(task)]
    };
    (0..history.kinds.len()).flat_map(probe).collect()
}

pub(super) fn p40(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let probes = probes(history);
    let full = history.with_steps(emptied(history, false).into_iter().chain(probes.clone()).collect());
    let stays = |step: &&Step| !matches!(step, Step::Place { .. } | Step::Stop(_) | Step::Gone(_));
    let fresh = history.with_steps(history.steps.iter().filter(stays).copied().chain(probes).collect());
    let [one, other] = both(placers, known, &full, &fresh)?;
    let (one, other) = (placements(&full, &one), placements(&fresh, &other));
    if one.len() < other.len() {
        return Ok(());
    }
    same(&fresh, [&one[one.len() - other.len()..], &other], "on a cluster that never had a task")
}

/// Steps without the instances that drain and are activated at once. One that drained before was activated by it.
fn without_passing_drains(steps: &[Step]) -> Vec<Step> {
    let mut kept: Vec<Step> = Vec::new();
    let (mut there, mut draining) = (BTreeSet::new(), BTreeSet::new());
    // The last step took an ACTIVE instance.
    let mut has_effect = false;
    for &step in steps {
        if let (Some(&Step::Drain(one)), Step::Activate(other), true) = (kept.last(), step, has_effect)
            && one == other
        {
            kept.pop();
            draining.remove(&other);
            has_effect = false;
            continue;
        }
        has_effect = match step {
            Step::Register(instance) => there.insert(instance),
            Step::Drain(instance) => there.contains(&instance) && draining.insert(instance),
            Step::Activate(instance) => draining.remove(&instance),
            Step::Lose(instance) => {
                draining.remove(&instance);
                there.remove(&instance)
            }
            _ => false,
        };
        kept.push(step);
    }
    kept
}

pub(super) fn p41(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    // What a history drains and activates at once is taken out; into others such a pair is put.
    let mut steps = without_passing_drains(&history.steps);
    if steps.len() == history.steps.len() {
        let middle = steps.len() / 2;
        let before = steps[..middle].iter();
        let joined = before
            .filter_map(|step| if let Step::Register(instance) = step { Some(*instance) } else { None })
            .next_back();
        let Some(instance) = joined else { return Ok(()) };
        let is_touched = |step: &Step| matches!(step, Step::Drain(other) if *other == instance);
        if steps[..middle].iter().any(is_touched) {
            return Ok(());
        }
        steps.splice(middle..middle, [Step::Drain(instance), Step::Activate(instance)]);
    }
    let other = history.with_steps(steps);
    compare(placers, known, history, &other, "with an instance drained and activated at once, or without,")
}

pub(super) fn p22(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let mut other = history.clone();
    for kind in &mut other.kinds {
        let twice: Vec<Rule> = kind.strategy.iter().flat_map(|rule| [rule.clone(), rule.clone()]).collect();
        if twice.len() <= known.chain {
            kind.strategy = twice;
        }
    }
    compare(placers, known, history, &other, "with every rule repeated")
}

pub(super) fn p30(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let mut other = history.clone();
    let count = other.instances.len();
    for (position, instance) in other.instances.iter_mut().enumerate() {
        instance.name = format!("z{}", count - position);
    }
    compare(placers, known, history, &other, "with other names of instances")
}

pub(super) fn p31(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let other = renamed(history);
    compare(placers, known, history, &other, "with other names of zones, values and groups")
}

/// Every zone, value and group under another name; numbers stay, as expressions order them.
fn renamed(history: &History) -> History {
    let text = |text: &str| {
        if text.parse::<u32>().is_ok() { text.to_owned() } else { format!("{}-x", text.replace(':', ":x")) }
    };
    let mut other = history.clone();
    for instance in &mut other.instances {
        instance.attributes.values_mut().flatten().for_each(|value| *value = text(value));
    }
    for kind in &mut other.kinds {
        kind.group = text(&kind.group);
        for constraint in &mut kind.constraints {
            if let Constraint::MemberOf(expression) = constraint {
                rename(expression, &text);
            }
        }
    }
    other
}

fn rename(expression: &mut Expression, text: &dyn Fn(&str) -> String) {
    match expression {
        Expression::And(a, b) | Expression::Or(a, b) => [a, b].into_iter().for_each(|inner| rename(inner, text)),
        Expression::Not(inner) => rename(inner, text),
        Expression::Predicate(Predicate { subject: Subject::RunningTasksCount, .. }) => {}
        Expression::Predicate(Predicate { test, .. }) => match test {
            Test::Is(value) | Test::IsNot(value) => *value = text(value),
            Test::In(values) | Test::NotIn(values) => values.iter_mut().for_each(|value| *value = text(value)),
            // A prefix stays one: what is put in stands behind it.
            Test::Exists
            | Test::NotExists
            | Test::Starts(_)
            | Test::StartsNot(_)
            | Test::Less(_)
            | Test::AtLeast(_) => {}
        },
    }
}

/// With every amount of cpu and of memory so many times as large.
fn multiplied(history: &History, times: Amounts) -> History {
    let mut other = history.clone();
    for Instance { cpu, memory, .. } in &mut other.instances {
        *cpu *= times.cpu;
        *memory *= times.memory;
    }
    for Kind { cpu, memory, containers, .. } in &mut other.kinds {
        *cpu = cpu.map(|cpu| cpu * times.cpu);
        *memory = memory.map(|memory| memory * times.memory);
        for ContainerSize { cpu, memory, memory_reservation } in containers {
            *cpu *= times.cpu;
            *memory = memory.map(|memory| memory * times.memory);
            *memory_reservation = memory_reservation.map(|memory| memory * times.memory);
        }
    }
    other
}

pub(super) fn p32(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    for times in [amounts(3, 3), amounts(1, 5)] {
        let other = multiplied(history, times);
        compare(placers, known, history, &other, "with all amounts multiplied")?;
    }
    Ok(())
}

pub(super) fn p33(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let mut other = history.clone();
    let mut useless = Instance::new("useless", "a", 100, 100);
    useless.agent_connected = false;
    useless.attributes.insert("stack".to_owned(), Some("prod".to_owned()));
    other.instances.push(useless);
    other.steps.insert(0, Step::Register(history.instances.len()));
    compare(placers, known, history, &other, "with an instance more, whose agent is not connected,")
}

pub(super) fn p34(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    if known.tie_break != Some(crate::model::TieBreak::Order) {
        return Ok(());
    }
    // An instance that nobody else fits on, and a service that fits nowhere else.
    let mut other = history.clone();
    let mut own = Instance::new("own", "own", 2, 2);
    own.attributes.insert("own".to_owned(), None);
    let has = |name: &str| {
        Expression::Predicate(Predicate { subject: Subject::Attribute(name.to_owned()), test: Test::Exists })
    };
    for kind in &mut other.kinds {
        kind.constraints.push(Constraint::MemberOf(Expression::Not(Box::new(has("own")))));
    }
    let mut guest = Kind::new("guest", 1, 1, vec![Rule::spread_zones()]);
    guest.constraints.push(Constraint::MemberOf(has("own")));
    other.instances.push(own);
    other.kinds.push(guest);
    let first = history.free_task();
    let mut steps = vec![Step::Register(history.instances.len())];
    for (number, &step) in history.steps.iter().enumerate() {
        if number % 5 == 4 {
            let task = first + u32::try_from(number).expect("short");
            steps.extend([Step::Place { task, kind: history.kinds.len() }]);
        }
        steps.push(step);
    }
    other.steps = steps;
    let [one, two] = both(placers, known, history, &other)?;
    let placed = other.steps.iter().zip(&two.outcomes);
    let theirs = placed.filter(|(step, _)| matches!(step, Step::Place { kind, .. } if *kind < history.kinds.len()));
    let theirs: Vec<Outcome> = theirs.map(|(_, outcome)| outcome.clone()).collect();
    same(history, [&placements(history, &one), &theirs], "with a service more on an instance of its own")
}

pub(super) fn p36(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    if history.kinds.iter().any(|kind| kind.gpus > 0) {
        return Ok(());
    }
    let mut other = history.clone();
    for (position, instance) in other.instances.iter_mut().enumerate() {
        instance.gpus = u32::from(position % 2 == 0) * 4;
    }
    compare(placers, known, history, &other, "with GPUs that nobody asks for")
}

pub(super) fn p37(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let containers = history.kinds.iter().any(|kind| !kind.containers.is_empty());
    if containers {
        return Ok(());
    }
    let mut other = history.clone();
    other.instances.iter_mut().for_each(|one| std::mem::swap(&mut one.cpu, &mut one.memory));
    for kind in &mut other.kinds {
        std::mem::swap(&mut kind.cpu, &mut kind.memory);
        for rule in &mut kind.strategy {
            if let Rule::Binpack(resource) = rule {
                *resource = match resource {
                    PackedResource::Cpu => PackedResource::Memory,
                    PackedResource::Memory => PackedResource::Cpu,
                };
            }
        }
    }
    compare(placers, known, history, &other, "with CPU and memory exchanged")
}

pub(super) fn p77(placers: &mut dyn Placers, known: &Capabilities, history: &History) -> Verdict {
    let mut other = history.clone();
    for kind in &mut other.kinds {
        for constraint in &mut kind.constraints {
            if let Constraint::MemberOf(expression) = constraint {
                *expression = rewritten(expression.clone());
            }
        }
    }
    if other.kinds == history.kinds {
        return Ok(());
    }
    compare(placers, known, history, &other, "with expressions that mean the same")
}

/// Twice negated, and `and` and `or` by De Morgan's laws.
fn rewritten(expression: Expression) -> Expression {
    let not = |inner: Expression| Expression::Not(Box::new(inner));
    match expression {
        Expression::And(a, b) => not(Expression::Or(Box::new(not(*a)), Box::new(not(*b)))),
        Expression::Or(a, b) => not(Expression::And(Box::new(not(*a)), Box::new(not(*b)))),
        other => not(not(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_drain_that_took_an_active_instance_passes() {
        let (drain, activate) = (Step::Drain(0), Step::Activate(0));
        let check = |steps: &[Step], expected: &[Step]| {
            let all = |steps: &[Step]| [&[Step::Register(0)], steps].concat();
            assert_eq!(without_passing_drains(&all(steps)), all(expected), "{steps:?}");
        };
        check(&[drain, activate], &[]);
        check(&[drain, drain, activate], &[drain, drain, activate]);
        check(&[drain, activate, drain, activate], &[]);
        check(&[drain, Step::Stop(1), activate], &[drain, Step::Stop(1), activate]);
        check(&[Step::Lose(0), drain, activate], &[Step::Lose(0), drain, activate]);
    }
}
