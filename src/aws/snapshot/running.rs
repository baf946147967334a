//! What runs on the instances of a snapshot, and what then remains of each.

use std::collections::BTreeMap;

use super::collect::{Collected, id};
use super::gpus::HeldGpus;
use super::instances::{Amounts, NAMES};
use super::providers::{Known, not_ec2};
use super::{Definition, Difference, Instance, Notes, RunningTasks, Snapshot};
use crate::aws::documents::task::Task;
use crate::aws::reading::arn::last_segment;
use crate::model::{Demand, Device, GpuDemand, MAX_PORTS_PER_INSTANCE, Port, TaskDefinition, counted};

/// More tasks than any instance runs.
const MOST_OTHERS: u32 = 1 << 16;

/// What the tasks of one instance take together.
#[derive(Clone, Default)]
struct Load {
    tasks: u32,
    reserved: [i64; 2],
    gpus: HeldGpus,
    eni: u32,
    ports: Vec<Port>,
}

/// Tasks of one kind, by what tells them apart.
type Kinds = BTreeMap<(String, String, Vec<u32>, (GpuDemand, Device), Vec<Port>), RunningTasks>;

/// The documents of task definitions, by reference.
type Definitions<'c> = BTreeMap<String, &'c crate::aws::documents::task_definition::TaskDefinition>;

/// Reads the tasks and completes the instances.
pub(super) fn read(collected: &Collected<'_>, known: &Known<'_>, snapshot: &mut Snapshot) {
    let by_name: BTreeMap<&str, Amounts> =
        collected.instances.iter().filter_map(|(_, one)| Some((id(one)?, Amounts::of(one)))).collect();
    let names: Vec<String> = snapshot.instances.iter().map(|instance| instance.name.clone()).collect();
    let positions: BTreeMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut loads = vec![Load::default(); names.len()];
    let mut kinds = Kinds::new();
    let mut skipped = Skipped::default();
    let definitions: Definitions<'_> =
        collected.definitions.iter().filter_map(|(_, one)| Some((one.reference()?, *one))).collect();
    for (_, task) in &collected.tasks {
        if let Some(on) = elsewhere(task, known).filter(|_| task.is_counted()) {
            let name = last_segment(task.task_arn.as_deref().unwrap_or_default());
            snapshot.notes.about(&format!("tasks on {on} take no room on container instances and are left out"), name);
            continue;
        }
        let Some(position) = skipped.instance_of(task).and_then(|name| positions.get(name).copied()) else { continue };
        let amounts = &by_name[names[position].as_str()];
        let (reference, mut demand) = demand_of(&definitions, snapshot, task, amounts);
        let load = &mut loads[position];
        if load.ports.is_empty() {
            load.ports.clone_from(&amounts.reserved_ports);
        }
        let before = demand.ports.len();
        demand.ports.retain(|port| !load.ports.contains(port));
        let room = MAX_PORTS_PER_INSTANCE.saturating_sub(load.ports.len());
        demand.ports.truncate(room);
        if demand.ports.len() < before {
            let (name, arn) = (&names[position], last_segment(task.task_arn.as_deref().unwrap_or_default()));
            let sentence = "tasks whose host ports are taken on their instance already are written without them";
            snapshot.notes.about(sentence, &format!("{arn} of `{reference}` on {name}"));
        }
        let device = amounts.gpus.device_of(task, &demand);
        load.add(&demand, device);
        let family = reference.split(':').next().unwrap_or_default();
        let group =
            task.group.clone().filter(|group| !group.trim().is_empty()).unwrap_or_else(|| format!("family:{family}"));
        let sizes = vec![demand.cpu.0, demand.memory.0, demand.eni_slots];
        let key = (reference.clone(), group.clone(), sizes, (demand.gpus, device), demand.ports.clone());
        let none = || RunningTasks { definition: reference, group, demand, places: BTreeMap::new(), device };
        *kinds.entry(key).or_insert_with(none).places.entry(position).or_default() += 1;
    }
    snapshot.running = kinds.into_values().collect();
    skipped.note(&mut snapshot.notes);
    for (position, load) in loads.iter().enumerate() {
        complete(snapshot, position, load, &by_name[names[position].as_str()]);
    }
    note_differences(snapshot);
}

/// Tasks that are on no instance of the snapshot.
#[derive(Default)]
struct Skipped {
    stopping: usize,
    waiting: usize,
}

/// What a task runs on that is no container instance of EC2, if it does.
fn elsewhere(task: &Task, known: &Known<'_>) -> Option<String> {
    let launch_type = not_ec2(task.launch_type.as_deref());
    let provider = task.capacity_provider_name.as_deref().filter(|name| known.is_elsewhere(name));
    match (provider, launch_type) {
        (Some(provider), _) => Some(format!("the capacity provider {provider}")),
        (None, Some(launch_type)) => Some(format!("the launch type {launch_type}")),
        (None, None) => None,
    }
}

impl Skipped {
    /// The instance of a counted task.
    fn instance_of<'t>(&mut self, task: &'t Task) -> Option<&'t str> {
        if !task.is_counted() {
            self.stopping += 1;
            return None;
        }
        let arn = task.container_instance_arn.as_deref();
        if arn.is_none() {
            self.waiting += 1;
        }
        arn.map(last_segment)
    }

    fn note(&self, notes: &mut Notes) {
        if self.stopping > 0 {
            let tasks = counted(self.stopping, "task");
            notes.push(format!("left out, as their capacity is free: {tasks}, stopping or stopped"));
        }
        if self.waiting > 0 {
            let tasks = counted(self.waiting, "task");
            notes.push(format!("waiting for capacity: {tasks}; those of services will ask again, others are left out"));
        }
    }
}

impl Load {
    fn add(&mut self, demand: &Demand, device: Device) {
        self.tasks += 1;
        self.reserved[0] += i64::from(demand.cpu.0);
        self.reserved[1] += i64::from(demand.memory.0);
        self.gpus.add(demand, device);
        self.eni += demand.eni_slots;
        self.ports.extend(&demand.ports);
    }
}

/// The reference of a task's definition, and what the task takes.
fn demand_of(known: &Definitions<'_>, snapshot: &mut Snapshot, task: &Task, amounts: &Amounts) -> (String, Demand) {
    let reference = last_segment(task.task_definition_arn.as_deref().unwrap_or_default()).to_owned();
    if let Some(definition) = known.get(&reference) {
        if let Some(reason) = snapshot.left_out.get(&reference) {
            let demand = definition.demand_without_gpus(task.overrides.as_ref()).unwrap_or_default();
            let sentence = format!("tasks of definitions that are left out run and are written without GPUs: {reason}");
            remember(snapshot, &reference, &demand, &sentence);
            return (reference, demand);
        }
        return (reference, definition.demand(task.overrides.as_ref()).unwrap_or_default());
    }
    let mut demand = task.shown_demand(&amounts.taken_ports).unwrap_or_default();
    // A task without any memory is none of ECS's; a scenario needs some.
    demand.memory.0 = demand.memory.0.max(1);
    let sentence = match snapshot.left_out.contains_key(&reference) {
        true => "tasks of definitions that are left out run, with the sizes that they show",
        false => {
            "task definitions that are in no file: sizes are those of their tasks, attributes and constraints are not known; \
             collect each with `aws ecs describe-task-definition --task-definition NAME`"
        }
    };
    remember(snapshot, &reference, &demand, sentence);
    (reference, demand)
}

/// Makes a definition of what its tasks show, once, and says so.
fn remember(snapshot: &mut Snapshot, reference: &str, demand: &Demand, sentence: &str) {
    if snapshot.definitions.contains_key(reference) {
        return;
    }
    let (family, revision) = reference.split_once(':').unwrap_or((reference, ""));
    let guess = TaskDefinition {
        family: family.to_owned(),
        demand: demand.clone(),
        requires_attributes: Vec::new(),
        member_of: Vec::new(),
        ..TaskDefinition::default()
    };
    let entry = Definition {
        place: String::new(),
        revision: revision.parse().ok(),
        task: guess,
        hard_memory: None,
        healthy_after: None,
        is_guess: true,
        is_active: true,
    };
    snapshot.definitions.insert(reference.to_owned(), entry);
    snapshot.notes.about(sentence, reference);
}

/// What is held back beyond the tasks, and what more is free than should be: one line a resource for the whole fleet.
fn note_differences(snapshot: &mut Snapshot) {
    for resource in NAMES {
        let of_instance = |one: &Instance| {
            let difference = one.differences.iter().find(|difference| difference.resource == resource)?;
            Some((one.name.clone(), difference.held_back()))
        };
        let all: Vec<(String, i64)> = snapshot.instances.iter().filter_map(of_instance).collect();
        let signs = [
            (
                1,
                "are held back beyond the tasks of the files (tasks that are missing, or the room of daemons): no task takes them",
            ),
            (-1, "more are free than registered less what tasks reserve: what remains is taken as the truth"),
        ];
        for (sign, what) in signs {
            let of_sign: Vec<&(String, i64)> = all.iter().filter(|(_, held)| held.signum() == sign).collect();
            let Some((name, held)) = of_sign.iter().max_by_key(|(_, held)| held.abs()) else { continue };
            let sum: i64 = of_sign.iter().map(|(_, held)| held.abs()).sum();
            let most = format!("most on {name}, {}", held.abs());
            let instances = counted(of_sign.len(), "instance");
            snapshot.notes.push(format!("{resource}: {sum} {what}: {instances}, {most}"));
        }
    }
}

/// Sets the capacity of an instance to what remains and what its tasks take, and notes where that is not what it registered.
fn complete(snapshot: &mut Snapshot, position: usize, load: &Load, amounts: &Amounts) {
    let Snapshot { instances, notes, .. } = snapshot;
    let instance = &mut instances[position];
    let mut capacity = [0; 2];
    if amounts.remaining.is_none() {
        let sentence = "instances without `remainingResources`: what they registered less what the tasks of the files take is \
                        taken as free";
        notes.about(sentence, &instance.name);
    }
    let left = [0, 1].map(|at| amounts.registered[at] - load.reserved[at]);
    let remaining = amounts.remaining.unwrap_or(left);
    for (at, resource) in NAMES.into_iter().enumerate() {
        let difference = Difference {
            resource,
            registered: amounts.registered[at],
            reserved: load.reserved[at],
            remaining: remaining[at],
        };
        let total = (remaining[at].max(0) + load.reserved[at]).max(1);
        capacity[at] = u32::try_from(total).unwrap_or(u32::MAX);
        if difference.held_back() != 0 {
            instance.differences.push(difference);
        }
    }
    if let Some(counted) = amounts.counted.filter(|counted| *counted != i64::from(load.tasks)) {
        let sentence = "instances that count other tasks than the files have: what the others take is held back, their groups, \
                        ports and interfaces are not known";
        notes.about(sentence, &format!("{} ({counted}, and {} in the files)", instance.name, load.tasks));
    }
    let others = amounts.counted.unwrap_or_default().saturating_sub(i64::from(load.tasks));
    instance.other_tasks = u32::try_from(others).unwrap_or_default().min(MOST_OTHERS);
    (instance.cpu, instance.memory) = (capacity[0], capacity[1]);
    let gpus = amounts.gpus.for_tasks(&load.gpus);
    (instance.gpus, instance.gpu_kind, instance.other_gpus) = (gpus.gpus, gpus.kind, gpus.others);
    instance.eni_used = load.eni;
    let is_other = |port: &&Port| !load.ports.contains(port) && !amounts.reserved_ports.contains(port);
    instance.other_ports = amounts.taken_ports.iter().filter(is_other).copied().collect();
    instance.reserved_ports.clone_from(&amounts.reserved_ports);
    if amounts.reserved_ports.is_empty() {
        // Without a list of what was taken at registration the two cannot be told apart.
        std::mem::swap(&mut instance.reserved_ports, &mut instance.other_ports);
    }
    for ports in [&mut instance.reserved_ports, &mut instance.other_ports] {
        ports.sort_unstable();
        ports.dedup();
    }
    if !instance.agent_connected {
        let sentence =
            "instances whose agent is not connected: their tasks stay and count, and no new one comes (AGENT)";
        notes.about(sentence, &instance.name);
    }
}
