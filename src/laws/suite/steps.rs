//! The laws of one answer, each a function of what was before it and what was answered.

use super::drive::Seen;
use crate::laws::oracle::{Status, after_rule, best, in_bucket, tied, worst};
use crate::laws::placer::{Decision, Left};
use crate::laws::world::{Kind, task_name};
use crate::model::{PackedResource, Rule, SpreadField, counted};

type Verdict = Result<(), String>;

fn name(seen: &Seen<'_>, instance: usize) -> String {
    seen.before.history.instances[instance].name.clone()
}

fn names(seen: &Seen<'_>, instances: &[usize]) -> String {
    let names: Vec<String> = instances.iter().map(|&instance| name(seen, instance)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Kind and chosen instance of a step that placed a task.
fn placed<'s>(seen: &'s Seen<'_>) -> Option<(&'s Kind, usize)> {
    Some((seen.kind?, seen.chosen?))
}

/// The chosen instance fails none of the checks with these words.
fn passes(seen: &Seen<'_>, words: &[&str]) -> Verdict {
    let Some((kind, chosen)) = placed(seen) else { return Ok(()) };
    let failures = seen.before.failures(kind, chosen);
    let Some(failure) = failures.iter().find(|failure| words.contains(failure)) else { return Ok(()) };
    let (left, there) = (seen.before.left(chosen), name(seen, chosen));
    let ports: Vec<String> = seen.before.ports(chosen).iter().map(ToString::to_string).collect();
    Err(match *failure {
        "AGENT" => format!("{there} was chosen, and its agent is not connected"),
        "RESOURCE:CPU" => {
            format!("{there} was chosen for {} and has {} left", counted(kind.demanded_cpu(), "CPU unit"), left.cpu)
        }
        "RESOURCE:MEMORY" => {
            format!("{there} was chosen for {} MiB and has {} left", kind.demanded_memory(), left.memory)
        }
        "RESOURCE:GPU" => {
            format!("{there} was chosen for {} and has {} left", counted(kind.gpus, "GPU"), left.gpus)
        }
        "RESOURCE:ENI" => format!("{there} was chosen for a task with an interface of its own and has none left"),
        "RESOURCE:PORTS" => {
            let wanted: Vec<String> = kind.ports.iter().map(ToString::to_string).collect();
            format!("{there} was chosen for ports {}, and of it are taken {}", wanted.join(" "), ports.join(" "))
        }
        "INACTIVE" => format!("{there} was chosen while it drains"),
        other => format!("{there} was chosen: {other}"),
    })
}

fn check_left(seen: &Seen<'_>, holds: impl Fn(Left, Left, Left) -> bool, what: &str) -> Verdict {
    for one in seen.left {
        let instance = &seen.before.history.instances[one.instance];
        let registered = Left { cpu: instance.cpu.into(), memory: instance.memory.into(), gpus: instance.gpus.into() };
        // What a placer does not count it cannot say.
        let told = if seen.known.gpus { one.told } else { Left { gpus: one.counted.gpus, ..one.told } };
        if !holds(told, one.counted, registered) {
            return Err(format!(
                "{}: the placer says {} are left, {what} {}",
                instance.name,
                amounts(told),
                amounts(if what == "registered are" { registered } else { one.counted })
            ));
        }
    }
    Ok(())
}

fn amounts(left: Left) -> String {
    format!("{}, {} MiB, {}", counted(left.cpu, "CPU unit"), left.memory, counted(left.gpus, "GPU"))
}

pub(super) fn p1(seen: &Seen<'_>) -> Verdict {
    let inside = |told: i64, all: i64| (0..=all).contains(&told);
    let holds = |told: Left, _, all: Left| {
        inside(told.cpu, all.cpu) && inside(told.memory, all.memory) && inside(told.gpus, all.gpus)
    };
    check_left(seen, holds, "registered are")
}

pub(super) fn p2(seen: &Seen<'_>) -> Verdict {
    check_left(seen, |told, counted, _| told == counted, "counted are")
}

pub(super) fn p3(seen: &Seen<'_>) -> Verdict {
    let sum = |of: fn(&super::drive::Remaining) -> i64| seen.left.iter().map(of).sum::<i64>();
    let (cpu, counted) = (sum(|one| one.told.cpu), sum(|one| one.counted.cpu));
    let (memory, counted_memory) = (sum(|one| one.told.memory), sum(|one| one.counted.memory));
    if cpu == counted && memory == counted_memory {
        return Ok(());
    }
    Err(format!("{cpu} CPU units and {memory} MiB are said to be left; counted are {counted} and {counted_memory}"))
}

pub(super) fn p4(seen: &Seen<'_>) -> Verdict {
    match seen.decision {
        Some(Decision::Placed(name)) if seen.chosen.is_none() => Err(nobody(name)),
        _ => Ok(()),
    }
}

/// What is said of a task that was placed on a name that no instance has.
pub(super) fn nobody(name: &str) -> String {
    format!("the task was placed on `{name}`, and no such instance is there")
}

pub(super) fn p7(seen: &Seen<'_>) -> Verdict {
    passes(seen, &["RESOURCE:GPU", "RESOURCE:ENI"])
}

pub(super) fn p9(seen: &Seen<'_>) -> Verdict {
    passes(seen, &["AGENT", "RESOURCE:CPU", "RESOURCE:MEMORY"])
}

pub(super) fn p10(seen: &Seen<'_>) -> Verdict {
    let Some((kind, chosen)) = placed(seen).filter(|(kind, _)| kind.is_distinct()) else { return Ok(()) };
    match seen.before.of_group(chosen, &kind.group) {
        0 => Ok(()),
        count => {
            let tasks = counted(count, "counted task");
            Err(format!("{} was chosen and has {tasks} of {}", name(seen, chosen), kind.group))
        }
    }
}

pub(super) fn p11(seen: &Seen<'_>) -> Verdict {
    let Some((kind, chosen)) = placed(seen) else { return Ok(()) };
    if seen.before.is_member(kind, chosen) {
        return Ok(());
    }
    let groups: Vec<&str> = seen.before.on(chosen).map(|kind| kind.group.as_str()).collect();
    let constraints: Vec<String> = kind.constraints.iter().map(ToString::to_string).collect();
    Err(format!("{} was chosen (tasks on it: {groups:?}) against {}", name(seen, chosen), constraints.join(" and ")))
}

pub(super) fn p12(seen: &Seen<'_>) -> Verdict {
    passes(seen, &["RESOURCE:PORTS"])
}

pub(super) fn p13(seen: &Seen<'_>) -> Verdict {
    match (seen.decision, seen.candidates) {
        (Some(Decision::Refused(_)), [_, ..]) => {
            Err(format!("the task was refused, and {} may take it", names(seen, seen.candidates)))
        }
        _ => Ok(()),
    }
}

pub(super) fn p14(seen: &Seen<'_>) -> Verdict {
    match placed(seen) {
        Some((_, chosen)) if seen.before.statuses[chosen] == Status::Draining => {
            Err(format!("{} was chosen while it drains", name(seen, chosen)))
        }
        _ => Ok(()),
    }
}

pub(super) fn p15(seen: &Seen<'_>) -> Verdict {
    let (Some(kind), Some(Decision::Refused(failures))) = (seen.kind, seen.decision) else { return Ok(()) };
    for failure in failures {
        let Some(instance) = seen.before.named(&failure.instance) else {
            return Err(format!("a reason is given of `{}`, and no such instance is there", failure.instance));
        };
        let all = seen.before.failures(kind, instance);
        if all.first().copied() != Some(failure.reason.as_str()) {
            return Err(format!(
                "of {} it is said `{}`; what fails there is, in order: {all:?}",
                failure.instance, failure.reason
            ));
        }
    }
    Ok(())
}

/// The chosen instance stays when the rules up to `last` have narrowed; told only if it stood before that rule.
fn survives(seen: &Seen<'_>, is_asked: impl Fn(usize, &Rule) -> bool) -> Verdict {
    let Some((kind, chosen)) = placed(seen) else { return Ok(()) };
    for (position, rule) in kind.strategy.iter().enumerate().take_while(|(_, rule)| **rule != Rule::Random) {
        let before = best(seen.before, kind, position);
        if !before.contains(&chosen) {
            return Ok(());
        }
        let kept = after_rule(seen.before, kind, rule, &before);
        if is_asked(position, rule) && !kept.contains(&chosen) {
            let with_score =
                |&instance: &usize| format!("{} ({})", name(seen, instance), score(seen, kind, rule, instance));
            return Err(format!(
                "{} was chosen; of the candidates {} rule {} `{rule}` keeps {}",
                name(seen, chosen),
                before.iter().map(with_score).collect::<Vec<_>>().join(", "),
                position + 1,
                names(seen, &kept)
            ));
        }
    }
    Ok(())
}

/// What a rule looks at on a candidate: `rack=0: 1 of service:web`, `3 left`.
fn score(seen: &Seen<'_>, kind: &Kind, rule: &Rule, instance: usize) -> String {
    let counted = |field| format!("{} of {}", in_bucket(seen.before, kind, field, instance), kind.group);
    match rule {
        Rule::Binpack(PackedResource::Cpu) => format!("{} left", seen.before.left(instance).cpu),
        Rule::Binpack(PackedResource::Memory) => format!("{} left", seen.before.left(instance).memory),
        Rule::Spread(field @ SpreadField::InstanceId) => counted(field),
        Rule::Spread(field @ SpreadField::Attribute(attribute)) => {
            let short = attribute.trim_start_matches("ecs.availability-");
            let bucket = match seen.before.history.instances[instance].attribute(attribute) {
                Some(Some(value)) => format!("{short}={value}"),
                Some(None) => format!("{short} without a value"),
                None => format!("no {short}"),
            };
            format!("{bucket}: {}", counted(field))
        }
        Rule::Random | Rule::Custom(_) => String::new(),
    }
}

/// The rule of a chain of one.
fn alone(seen: &Seen<'_>, is_asked: fn(&Rule) -> bool) -> Verdict {
    let is_alone = seen.kind.is_some_and(|kind| kind.strategy.len() == 1);
    if is_alone { survives(seen, |_, rule| is_asked(rule)) } else { Ok(()) }
}

pub(super) fn p16(seen: &Seen<'_>) -> Verdict {
    alone(seen, |rule| matches!(rule, Rule::Binpack(_)))
}

pub(super) fn p17(seen: &Seen<'_>) -> Verdict {
    alone(seen, |rule| matches!(rule, Rule::Spread(_)))
}

pub(super) fn p18(seen: &Seen<'_>) -> Verdict {
    let Some((kind, chosen)) = placed(seen).filter(|(kind, _)| kind.strategy.first() == Some(&Rule::Random)) else {
        return Ok(());
    };
    let kept = best(seen.before, kind, 0);
    if kept.contains(&chosen) {
        Ok(())
    } else {
        Err(format!("{} was chosen among {}", name(seen, chosen), names(seen, &kept)))
    }
}

pub(super) fn p19(seen: &Seen<'_>) -> Verdict {
    let is_chain = seen.kind.is_some_and(|kind| kind.strategy.len() > 1);
    if is_chain { survives(seen, |_, _| true) } else { Ok(()) }
}

pub(super) fn p20(seen: &Seen<'_>) -> Verdict {
    let (Some((kind, chosen)), Some(tie_break)) = (placed(seen), seen.known.tie_break) else { return Ok(()) };
    let kept = best(seen.before, kind, kind.strategy.len());
    match tied(seen.before, kind, tie_break, &kept) {
        Some(right) if kept.contains(&chosen) && right != chosen => Err(format!(
            "{} was chosen; of {}, which all rules keep, `{}` takes {}",
            name(seen, chosen),
            names(seen, &kept),
            tie_break.name(),
            name(seen, right)
        )),
        _ => Ok(()),
    }
}

pub(super) fn p23(seen: &Seen<'_>) -> Verdict {
    let (Some(kind), Some(gave_up), Some(rule)) = (seen.kind, seen.gave_up, seen.known.scale_in) else {
        return Ok(());
    };
    let there = |task: &u32| {
        let host = seen.before.tasks[task].instance;
        let drains = if seen.before.statuses[host] == Status::Draining { ", which drains" } else { "" };
        format!("{} (on {}{drains})", task_name(*task), name(seen, host))
    };
    let tasks = |tasks: &[u32]| tasks.iter().map(there).collect::<Vec<_>>().join(", ");
    let (all, right) = (seen.before.of_service(kind), worst(seen.before, kind, rule));
    match gave_up {
        Ok(task) if right.contains(task) => Ok(()),
        Ok(task) => Err(format!(
            "of the tasks {} of {} {} was given up; the rules rank {} worst",
            tasks(&all),
            kind.group,
            task_name(*task),
            right.iter().map(|task| task_name(*task)).collect::<Vec<_>>().join(", ")
        )),
        Err(name) => Err(format!("`{name}` was given up, which is no task of {}: {} are", kind.group, tasks(&all))),
    }
}
