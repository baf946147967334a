//! A history as a scenario file: step n happens at second n.

use std::fmt;

use crate::laws::suite::Broken;
use crate::laws::world::{Constraint, History, Instance, Kind, Step};
use crate::model::{Rule, SpreadField, ZONE_ATTRIBUTE};

/// So many tasks are written at most; a longer history is told by its beginning.
const TASKS: usize = 60;

pub(super) fn scenario(broken: &Broken, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let history = &broken.history;
    writeln!(f, "name = \"law-{}\"", broken.law.id.to_lowercase())?;
    writeln!(f, "description = {:?}", broken.law.text)?;
    writeln!(f, "horizon = \"{}s\"", history.steps.len() + 1)?;
    let mut zones: Vec<&str> = history.instances.iter().map(Instance::zone).filter(|zone| !zone.is_empty()).collect();
    zones.sort_unstable();
    zones.dedup();
    writeln!(f, "\n[cluster]\nzones = {zones:?}")?;
    for (position, instance) in history.instances.iter().enumerate() {
        instance_table(history, position, instance, f)?;
    }
    for (position, kind) in history.kinds.iter().enumerate() {
        definition(position, kind, f)?;
    }
    for (at, step) in history.steps.iter().enumerate().take(TASKS * 2) {
        step_table(history, at, *step, f)?;
    }
    writeln!(f, "\n[[policies]]\nname = \"own\"\nplacementStrategy = []")?;
    writeln!(f, "\n[options]\nspread-counts-draining = {}", broken.known.spread_counts_draining)
}

fn instance_table(history: &History, position: usize, instance: &Instance, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let joins = history.steps.iter().position(|step| *step == Step::Register(position));
    let is_late = joins.is_some_and(|at| history.steps[..at].iter().any(|step| !matches!(step, Step::Register(_))));
    let late = if is_late { "  # joins later in the history" } else { "" };
    writeln!(f, "\n[[cluster.instances]]{late}")?;
    writeln!(f, "identities = [{{ name = {:?} }}]", instance.name)?;
    writeln!(f, "cpu = {}\nmemory = {}\nzones = [{:?}]", instance.cpu, instance.memory, instance.zone())?;
    writeln!(f, "derived-attributes = false")?;
    if instance.gpus > 0 {
        writeln!(f, "gpu = {}", instance.gpus)?;
    }
    if let Some(interfaces) = instance.interfaces {
        writeln!(f, "eni-tasks = {interfaces}")?;
    }
    let ports: Vec<String> = instance.reserved_ports.iter().map(ToString::to_string).collect();
    writeln!(f, "reserved-ports = {ports:?}")?;
    let others = instance.attributes.iter().filter(|(name, _)| *name != ZONE_ATTRIBUTE);
    let attributes: Vec<String> = others
        .map(|(name, value)| match value {
            Some(value) => format!("{name} = {value:?}"),
            None => format!("{name} = {{}}"),
        })
        .collect();
    if !attributes.is_empty() {
        writeln!(f, "attributes = {{ {} }}", attributes.join(", "))?;
    }
    if !instance.agent_connected {
        writeln!(f, "agent-connected = false")?;
    }
    Ok(())
}

fn definition(position: usize, kind: &Kind, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n[[task-definitions]]\nfamily = \"{}\"", family(position, kind))?;
    writeln!(f, "cpu = {}\nmemory = {}", kind.demanded_cpu(), kind.demanded_memory())?;
    if kind.gpus > 0 {
        writeln!(f, "gpu = {}", kind.gpus)?;
    }
    if kind.interface {
        writeln!(f, "network-mode = \"awsvpc\"")?;
    }
    if !kind.ports.is_empty() {
        let ports: Vec<String> = kind.ports.iter().map(ToString::to_string).collect();
        writeln!(f, "ports = {ports:?}")?;
    }
    Ok(())
}

fn family(position: usize, kind: &Kind) -> String {
    format!("{}-{position}", kind.family)
}

/// When a task is told to stop, if it is.
fn ends(history: &History, at: usize, task: u32) -> Option<usize> {
    history.steps.iter().skip(at).position(|step| *step == Step::Stop(task)).map(|after| after + at)
}

fn step_table(history: &History, at: usize, step: Step, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let happens = |f: &mut fmt::Formatter<'_>, what: &str, instance: usize| {
        writeln!(f, "\n[[happenings]]\nat = \"{at}s\"\n{what} = {:?}", history.instances[instance].name)
    };
    match step {
        Step::Register(_) | Step::Stop(_) | Step::Gone(_) => Ok(()),
        Step::ScaleIn(kind) => {
            writeln!(f, "\n# at {at}s {} gives up one task, as a lower desired-count does", history.kinds[kind].group)
        }
        Step::Drain(instance) => happens(f, "instance-drained", instance),
        Step::Activate(instance) => happens(f, "instance-activated", instance),
        Step::Lose(instance) => happens(f, "instance-lost", instance),
        Step::Place { task, kind: position } => {
            let kind = &history.kinds[position];
            writeln!(
                f,
                "\n[[tasks]]  # t{task}\ntask-definition = \"{}\"\ncount = 1\nstart = \"{at}s\"",
                family(position, kind)
            )?;
            writeln!(f, "group = {:?}", kind.group)?;
            if let Some(end) = ends(history, at, task) {
                writeln!(f, "lifetime = {{ model = \"constant\", value = \"{}s\" }}", end - at)?;
            }
            let rules: Vec<String> = kind.strategy.iter().map(rule).collect();
            writeln!(f, "placementStrategy = [{}]", rules.join(", "))?;
            if !kind.constraints.is_empty() {
                let constraints: Vec<String> = kind.constraints.iter().map(constraint).collect();
                writeln!(f, "placementConstraints = [{}]", constraints.join(", "))?;
            }
            Ok(())
        }
    }
}

pub(super) fn rule(rule: &Rule) -> String {
    let with = |kind: &str, field: &str| format!("{{ type = \"{kind}\", field = \"{field}\" }}");
    match rule {
        Rule::Spread(SpreadField::InstanceId) => with("spread", "instanceId"),
        Rule::Spread(SpreadField::Attribute(name)) => with("spread", &format!("attribute:{name}")),
        Rule::Binpack(crate::model::PackedResource::Cpu) => with("binpack", "cpu"),
        Rule::Binpack(crate::model::PackedResource::Memory) => with("binpack", "memory"),
        Rule::Random | Rule::Custom(_) => "{ type = \"random\" }".to_owned(),
    }
}

fn constraint(constraint: &Constraint) -> String {
    match constraint {
        Constraint::DistinctInstance => "{ type = \"distinctInstance\" }".to_owned(),
        Constraint::MemberOf(expression) => {
            format!("{{ type = \"memberOf\", expression = {:?} }}", expression.to_string())
        }
    }
}
