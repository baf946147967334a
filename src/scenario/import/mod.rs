//! A cluster that AWS described, as the text of a scenario.
//!
//! Instances that share everything but their name are one entry with a line for each, so that the text of a cluster
//! of 10,000 stays readable. What the catalogue knows of an instance type is joined here.

mod as_new;
pub mod fleet;
mod placement;
mod providers;
mod services;
mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::aws::snapshot::{Definition, Instance, Notes, RunningTasks, Snapshot};
use crate::model::{
    Attributes, Constraint, Demand, Device, GpuKind, MemoryMib, OtherGpus, Port, TYPE_ATTRIBUTE, ZONE_ATTRIBUTE,
    counted,
};
use crate::query::Instant;
use crate::scenario::cluster::catalogue;
use crate::scenario::load::gpus;
use text::{key, lines, list, ports, quoted};

/// The attribute that trunked instances have; its value names an interface of one instance.
const TRUNK_ATTRIBUTE: &str = "ecs.awsvpc-trunk-id";

/// A scenario file, and what its writer could not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The text of the scenario.
    pub toml: String,
    /// What could not be known, one sentence each.
    pub notes: Vec<String>,
}

/// Everything that instances share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    instance_type: Option<String>,
    zone: String,
    cpu: u32,
    memory: u32,
    gpus: u32,
    gpu_kind: GpuKind,
    other_gpus: OtherGpus,
    eni_tasks: Option<u32>,
    has_trunking: bool,
    reserved_ports: Vec<Port>,
    other_ports: Vec<Port>,
    attributes: Attributes,
    agent_version: Option<String>,
    agent_connected: bool,
    is_draining: bool,
    capacity_provider: Option<String>,
    /// Why the sizes are not those that the instances registered.
    held_back: Vec<String>,
}

/// Writes a scenario of that name.
#[must_use]
pub fn write(snapshot: &Snapshot, name: &str) -> Imported {
    write_by(snapshot, name, &snapshot.instances, Question::GoOn)
}

/// Writes a scenario that lists every instance that is up, also those that take no task: they are there to be
/// asked for, and of no size.
#[must_use]
pub fn write_listing(snapshot: &Snapshot, name: &str) -> Imported {
    let listed = |bystander: &Instance| Instance { cpu: 1, memory: 1, ..bystander.clone() };
    let all: Vec<Instance> = snapshot.instances.iter().cloned().chain(snapshot.bystanders.iter().map(listed)).collect();
    write_by(snapshot, name, &all, Question::GoOn)
}

/// Writes a scenario of that name that asks where all this would go, from empty instances, under the strategies that were
/// found (the policy `as-is`) and under the templates of the console.
#[must_use]
pub fn write_as_new(snapshot: &Snapshot, name: &str) -> Imported {
    write_by(snapshot, name, &snapshot.instances, Question::AsNew)
}

/// What a scenario is to answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    /// How the cluster goes on from where it is.
    GoOn,
    /// Where all tasks would go on empty instances.
    AsNew,
}

fn write_by(snapshot: &Snapshot, name: &str, instances: &[Instance], question: Question) -> Imported {
    let mut writer = Writer { toml: String::new(), notes: snapshot.notes.clone() };
    writer.head(snapshot, name, instances, question);
    writer.instances(instances);
    writer.providers(snapshot);
    let referred = writer.definitions(&snapshot.definitions);
    match question {
        Question::GoOn => writer.running(snapshot, &referred),
        Question::AsNew => writer.running_as_new(snapshot, &referred),
    }
    writer.services(snapshot, &referred, question);
    writer.calls(snapshot, &referred);
    if question == Question::AsNew {
        writer.policies();
    }
    Imported { toml: writer.toml, notes: writer.notes.lines() }
}

struct Writer {
    toml: String,
    notes: Notes,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.toml.push_str(line);
        self.toml.push('\n');
    }

    fn set(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.toml, "{key} = {value}");
    }

    fn head(&mut self, snapshot: &Snapshot, name: &str, instances: &[Instance], question: Question) {
        let cluster = snapshot.cluster.as_deref().map_or("a cluster".to_owned(), |name| format!("the cluster {name}"));
        self.set("name", quoted(name));
        match question {
            Question::GoOn => {
                self.set("description", quoted(&format!("What AWS described of {cluster}.")));
                self.line("# Nothing here is drawn at random unless a placement is, so one seed tells most.");
                self.set("seeds", 1);
            }
            Question::AsNew => self.head_as_new(&cluster),
        }
        self.line("# Price and packing are figures over time, and managed scaling works by the minute.");
        self.set("horizon", quoted("1h"));
        self.line("");
        self.line("[cluster]");
        let zones = instances.iter().map(|instance| instance.zone.as_str()).filter(|zone| !zone.is_empty());
        let mut zones: Vec<&str> = zones.collect();
        zones.sort_unstable();
        zones.dedup();
        if !zones.is_empty() || instances.is_empty() {
            self.set("zones", list(zones.into_iter().map(quoted)));
        }
        if !snapshot.subnets.is_empty() {
            self.line("[cluster.subnets]");
            for (id, (zone, vpc)) in &snapshot.subnets {
                let vpc = vpc.as_ref().map(|vpc| format!(", vpc = {}", quoted(vpc))).unwrap_or_default();
                self.set(&key(id), format!("{{ zone = {}{vpc} }}", quoted(zone)));
            }
        }
    }

    fn instances(&mut self, instances: &[Instance]) {
        let mut position_of: BTreeMap<Kind, usize> = BTreeMap::new();
        let mut members: Vec<(Kind, Vec<&Instance>)> = Vec::new();
        let mut unknown_types: BTreeMap<String, usize> = BTreeMap::new();
        for instance in instances {
            let kind = self.kind(instance, &mut unknown_types);
            let position = *position_of.entry(kind.clone()).or_insert(members.len());
            if position == members.len() {
                members.push((kind, Vec::new()));
            }
            members[position].1.push(instance);
        }
        for (name, count) in unknown_types {
            let what =
                if name.is_empty() { "without a type".to_owned() } else { format!("of the unknown type `{name}`") };
            let rest = "how many awsvpc tasks they hold and what they cost is not known; the first is taken as \
                        unlimited: give `eni-tasks` and `price-usd-per-hour`";
            self.notes.push(format!("{} {what}: {rest}", counted(count, "instance")));
        }
        for (kind, instances) in members {
            self.kind_of_instances(&kind, &instances);
        }
    }

    fn kind(&mut self, instance: &Instance, unknown_types: &mut BTreeMap<String, usize>) -> Kind {
        let known = instance.instance_type.as_deref().and_then(catalogue::find);
        let mut attributes = instance.attributes.clone();
        attributes.remove(ZONE_ATTRIBUTE);
        if let Some(trunk) = attributes.get_mut(TRUNK_ATTRIBUTE) {
            *trunk = None;
        }
        let has_trunking = attributes.contains_key(TRUNK_ATTRIBUTE);
        let limit = match known {
            Some(kind) => {
                attributes.remove(TYPE_ATTRIBUTE);
                Some(kind.eni_tasks_trunking.filter(|_| has_trunking).unwrap_or(kind.eni_tasks))
            }
            None => {
                *unknown_types.entry(instance.instance_type.clone().unwrap_or_default()).or_default() += 1;
                None
            }
        };
        let over = limit.filter(|limit| instance.eni_used > *limit);
        if let Some(limit) = over {
            let used = instance.eni_used;
            let sentence = "instances with more awsvpc tasks than their type holds: `eni-tasks` is what runs";
            self.notes.about(sentence, &format!("{} ({used} of {limit})", instance.name));
        }
        Kind {
            instance_type: known.map(|kind| kind.name.to_owned()),
            zone: instance.zone.clone(),
            cpu: instance.cpu,
            memory: instance.memory,
            gpus: instance.gpus,
            gpu_kind: instance.gpu_kind.clone(),
            other_gpus: instance.other_gpus.clone(),
            eni_tasks: over.map(|_| instance.eni_used),
            has_trunking,
            reserved_ports: instance.reserved_ports.clone(),
            other_ports: instance.other_ports.clone(),
            attributes,
            agent_version: self.agent_version(instance),
            agent_connected: instance.agent_connected,
            is_draining: instance.is_draining,
            capacity_provider: instance.capacity_provider.clone(),
            held_back: instance.differences.iter().map(ToString::to_string).collect(),
        }
    }

    fn agent_version(&mut self, instance: &Instance) -> Option<String> {
        let version = instance.agent_version.clone()?;
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if version.len() <= 64 && version.split('.').all(is_part) {
            return Some(version);
        }
        let what = format!("{} (`{}`)", instance.name, version.escape_debug());
        self.notes.about("agent versions that are no versions are left out", &what);
        None
    }

    fn kind_of_instances(&mut self, kind: &Kind, instances: &[&Instance]) {
        self.line("\n[[cluster.instances]]");
        for difference in &kind.held_back {
            self.line(&format!("# {difference};"));
        }
        if !kind.held_back.is_empty() {
            self.line("# the sizes below are what remains and what the tasks below reserve");
        }
        if let Some(name) = &kind.instance_type {
            self.set("type", quoted(name));
        }
        self.set("cpu", kind.cpu);
        self.set("memory", kind.memory);
        self.set("gpu", kind.gpus);
        let memory = |memory: &[MemoryMib]| list(memory.iter().map(|memory| memory.0.to_string()));
        if !kind.gpu_kind.memory.is_empty() {
            self.set("gpu-memory", memory(&kind.gpu_kind.memory));
        }
        if kind.other_gpus.count > 0 {
            self.set("other-gpu", kind.other_gpus.count);
        }
        if !kind.other_gpus.memory.is_empty() {
            self.set("other-gpu-memory", memory(&kind.other_gpus.memory));
        }
        if kind.zone.is_empty() {
            self.set("unknown-zone", true);
        } else {
            self.set("zones", list([quoted(&kind.zone)]));
        }
        let ports = |ports: &[Port]| list(ports.iter().map(|port| quoted(&port.to_string())));
        self.set("reserved-ports", ports(&kind.reserved_ports));
        if !kind.other_ports.is_empty() {
            self.set("other-ports", ports(&kind.other_ports));
        }
        if kind.has_trunking {
            self.set("awsvpc-trunking", true);
        }
        if let Some(limit) = kind.eni_tasks {
            self.set("eni-tasks", limit);
        }
        if let Some(version) = &kind.agent_version {
            self.set("agent-version", quoted(version));
        }
        if !kind.agent_connected {
            self.set("agent-connected", false);
        }
        if kind.is_draining {
            self.set("status", quoted("DRAINING"));
        }
        if let Some(provider) = &kind.capacity_provider {
            self.set("capacity-provider", quoted(provider));
        }
        self.set("derived-attributes", false);
        self.line("identities = [");
        for instance in instances {
            self.line(&format!("    {},", identity(instance)));
        }
        self.line("]");
        if !kind.attributes.is_empty() {
            self.line("[cluster.instances.attributes]");
            for (name, value) in &kind.attributes {
                self.set(&key(name), value.as_deref().map_or_else(|| "true".to_owned(), quoted));
            }
        }
    }

    /// Writes the task definitions, and answers how others refer to each.
    fn definitions(&mut self, definitions: &BTreeMap<String, Definition>) -> BTreeMap<String, String> {
        for (reference, Definition { revision, task, hard_memory, is_guess, is_active, .. }) in definitions {
            self.line("\n[[task-definitions]]");
            if !is_active {
                self.line("# not ACTIVE: ECS starts no task of it but for what has it");
            }
            if *is_guess {
                self.line(&format!("# {reference} was in no file: what its tasks show of it"));
            }
            self.set("family", quoted(&task.family));
            if let Some(revision) = revision {
                self.set("revision", revision);
            }
            self.set("cpu", task.demand.cpu.0);
            self.set("memory", task.demand.memory.0);
            if let Some(limit) = hard_memory {
                self.set("hard-memory", limit);
            }
            if let Some((key, value)) = gpus::written(task.demand.gpus) {
                self.set(key, value);
            }
            if task.demand.eni_slots > 0 {
                self.set("network-mode", quoted("awsvpc"));
            }
            if !task.demand.ports.is_empty() {
                self.set("ports", ports(&task.demand.ports));
            }
            if let Some(family) = &task.platform.os_family {
                self.set("operating-system-family", quoted(family));
            }
            if let Some(architecture) = &task.platform.cpu_architecture {
                self.set("cpu-architecture", quoted(architecture));
            }
            if !task.requires_attributes.is_empty() {
                let required = task.requires_attributes.iter().map(|(name, value)| match value {
                    Some(value) => format!("{{ name = {}, value = {} }}", quoted(name), quoted(value)),
                    None => format!("{{ name = {} }}", quoted(name)),
                });
                self.set("requires-attributes", lines(required));
            }
            let constraints: Vec<Constraint> = task.member_of.iter().cloned().map(Constraint::MemberOf).collect();
            self.constraints(&constraints);
        }
        let reference = |definition: &Definition| match definition.revision {
            Some(revision) => format!("{}:{revision}", definition.task.family),
            None => definition.task.family.clone(),
        };
        definitions.iter().map(|(known, definition)| (known.clone(), reference(definition))).collect()
    }

    fn running(&mut self, snapshot: &Snapshot, referred: &BTreeMap<String, String>) {
        for tasks in &snapshot.running {
            let RunningTasks { definition, group, demand, places, device } = tasks;
            let own = &snapshot.definitions[definition].task.demand;
            self.line("\n[[running]]");
            self.set("task-definition", quoted(&referred[definition]));
            self.set("group", quoted(group));
            self.sizes(demand, own);
            if *device != Device::ANY {
                self.set("gpu-device", device.index());
            }
            if demand.ports != own.ports {
                self.set("ports", ports(&demand.ports));
            }
            self.line("[running.instances]");
            for (&position, count) in places {
                self.set(&key(&snapshot.instances[position].name), count);
            }
        }
    }

    /// The sizes that are not those of the task definition.
    fn sizes(&mut self, demand: &Demand, own: &Demand) {
        let sizes = [("cpu", demand.cpu.0, own.cpu.0), ("memory", demand.memory.0, own.memory.0)];
        for (key, size, _) in sizes.into_iter().filter(|(_, size, own)| size != own) {
            self.set(key, size);
        }
        if demand.gpus != own.gpus {
            let (key, value) = gpus::written(demand.gpus).unwrap_or(("gpu", "0".to_owned()));
            self.set(key, value);
        }
    }
}

fn identity(instance: &Instance) -> String {
    let mut text = format!("{{ name = {}", quoted(&instance.name));
    if let Some(id) = &instance.ec2_instance_id {
        let _ = write!(text, ", ec2-instance-id = {}", quoted(id));
    }
    if let Some(at) = instance.registered_at.and_then(Instant::from_seconds) {
        let _ = write!(text, ", registered-at = {}", quoted(&at.to_string()));
    }
    // Where nothing remains a size of 1 is written, as there is none of 0; together they are what it registered.
    let held = |resource: &str| {
        let difference = instance.differences.iter().find(|difference| difference.resource == resource);
        difference.map_or(0, |one| one.held_back().min(one.registered - (one.reserved + one.remaining.max(0)).max(1)))
    };
    let others = [("tasks", i64::from(instance.other_tasks)), ("cpu", held("CPU")), ("memory", held("MEMORY"))];
    for (what, amount) in others.into_iter().filter(|(_, amount)| *amount > 0) {
        let _ = write!(text, ", other-{what} = {amount}");
    }
    let surplus = |resource: &str| {
        let difference = instance.differences.iter().find(|difference| difference.resource == resource);
        difference.map_or(0, |one| (one.reserved + one.remaining.max(0)).max(1) - one.registered.max(1))
    };
    let all = [("cpu", surplus("CPU")), ("memory", surplus("MEMORY"))];
    for (what, amount) in all.into_iter().filter(|(_, amount)| *amount > 0) {
        let _ = write!(text, ", surplus-{what} = {amount}");
    }
    text + " }"
}
