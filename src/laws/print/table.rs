//! A history as tables of instances, kinds and steps.

use std::fmt;

use crate::laws::suite::{Broken, Outcome};
use crate::laws::world::{History, Instance, Kind, Step, task_name};
use crate::model::{Port, ZONE_ATTRIBUTE, counted};

/// So many steps are shown at most.
const STEPS: usize = 60;

pub(super) fn history(broken: &Broken, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let history = &broken.history;
    let instances = history.instances.iter().map(|instance| instance_row(instance).to_vec());
    rows(f, ["instance", "zone", "cpu", "memory", "more"].map(str::to_owned).to_vec(), instances.collect())?;
    writeln!(f)?;
    let kinds = history.kinds.iter().map(|kind| kind_row(kind).to_vec());
    rows(f, ["kind", "group", "cpu", "memory", "strategy", "more"].map(str::to_owned).to_vec(), kinds.collect())?;
    writeln!(f)?;
    let mut steps: Vec<Vec<String>> = Vec::new();
    for (position, step) in history.steps.iter().enumerate().take(STEPS) {
        let outcome = broken.played.outcomes.get(position);
        let mark = if broken.step == Some(position) { " <- here" } else { "" };
        steps.push(vec![
            position.to_string(),
            step_text(history, *step),
            format!("{}{mark}", outcome_text(history, outcome)),
        ]);
    }
    if history.steps.len() > STEPS {
        steps.push(vec![
            "…".to_owned(),
            format!("{} more", counted(history.steps.len() - STEPS, "step")),
            String::new(),
        ]);
    }
    rows(f, ["step", "what happens", "answer"].map(str::to_owned).to_vec(), steps)
}

fn ports(ports: &[Port]) -> String {
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn instance_row(instance: &Instance) -> [String; 5] {
    let mut more = Vec::new();
    if instance.gpus > 0 {
        more.push(counted(instance.gpus, "GPU"));
    }
    more.extend(instance.interfaces.map(|count| counted(count, "interface")));
    if !instance.reserved_ports.is_empty() {
        more.push(format!("ports {} taken", ports(&instance.reserved_ports)));
    }
    let others = instance.attributes.iter().filter(|(name, _)| *name != ZONE_ATTRIBUTE);
    more.extend(
        others.map(|(name, value)| value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}"))),
    );
    if !instance.agent_connected {
        more.push("agent not connected".to_owned());
    }
    [
        instance.name.clone(),
        instance.zone().to_owned(),
        instance.cpu.to_string(),
        instance.memory.to_string(),
        more.join(", "),
    ]
}

fn kind_row(kind: &Kind) -> [String; 6] {
    let chain: Vec<String> = kind.strategy.iter().map(ToString::to_string).collect();
    let mut more: Vec<String> = kind.constraints.iter().map(ToString::to_string).collect();
    if kind.gpus > 0 {
        more.push(counted(kind.gpus, "GPU"));
    }
    if !kind.ports.is_empty() {
        more.push(format!("ports {}", ports(&kind.ports)));
    }
    if kind.interface {
        more.push("an interface".to_owned());
    }
    for container in &kind.containers {
        let soft = container.memory_reservation.map(|soft| format!(" soft {soft}")).unwrap_or_default();
        let hard = container.memory.map(|hard| format!(" hard {hard}")).unwrap_or_default();
        more.push(format!("container cpu {}{soft}{hard}", container.cpu));
    }
    let strategy = if chain.is_empty() { "none".to_owned() } else { chain.join(", ") };
    let (cpu, memory) = (kind.demanded_cpu().to_string(), kind.demanded_memory().to_string());
    [kind.family.clone(), kind.group.clone(), cpu, memory, strategy, more.join(", ")]
}

fn step_text(history: &History, step: Step) -> String {
    let name = |instance: usize| &history.instances[instance].name;
    match step {
        Step::Register(instance) => format!("{} registers", name(instance)),
        Step::Place { task, kind } => format!("place {} ({})", task_name(task), history.kinds[kind].family),
        Step::Stop(task) => format!("{} is told to stop", task_name(task)),
        Step::Gone(task) => format!("{} has ended", task_name(task)),
        Step::Drain(instance) => format!("{} drains", name(instance)),
        Step::Activate(instance) => format!("{} is activated", name(instance)),
        Step::Lose(instance) => format!("{} is lost", name(instance)),
        Step::ScaleIn(kind) => format!("{} gives up one task", history.kinds[kind].group),
    }
}

fn outcome_text(history: &History, outcome: Option<&Outcome>) -> String {
    match outcome {
        Some(Outcome::Placed(Ok(instance))) => history.instances[*instance].name.clone(),
        Some(Outcome::Placed(Err(name))) => format!("`{name}`"),
        Some(Outcome::GaveUp(Ok(task))) => task_name(*task),
        Some(Outcome::GaveUp(Err(name))) => format!("`{name}`"),
        Some(Outcome::Refused) => "refused".to_owned(),
        Some(Outcome::Trouble(trouble)) => trouble.what.clone(),
        Some(Outcome::None) | None => String::new(),
    }
}

fn rows(f: &mut fmt::Formatter<'_>, head: Vec<String>, rows: Vec<Vec<String>>) -> fmt::Result {
    let all: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let columns = all[0].len();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &all {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        writeln!(f, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
