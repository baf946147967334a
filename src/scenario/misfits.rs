//! Tasks that fit on no instance of the fleet, however empty, and how much of the instances is held back.
//!
//! Held back are what tasks take that are in no file, the room of daemons, and what is reserved for the system. A daemon is
//! counted on instances where its attributes and expressions hold without a task; it is no other task's room, whether it runs
//! there yet or not.

use std::collections::{BTreeMap, BTreeSet};

use super::Load;
use super::load::Definitions;
use super::reading::context::Problem;
use super::reading::quantity;
use super::reading::reader::{FromTable, Table};
use super::reading::rules::Rule;
use crate::model::{
    ClassId, Constraint, DefinitionId, Demand, Fleet, GpuDemand, GpuSlice, InstanceClass, MAX_PORTS_PER_INSTANCE,
    Neighbours, Port, Scheduling, Service, Shown, TaskDefinition, TaskSource, Trace,
};

/// One resource that an instance has too little of.
pub(super) struct Shortfall {
    resource: &'static str,
    need: u64,
    pub(super) have: u64,
    held: Vec<Held>,
}

/// A part of a resource that no such task has.
struct Held {
    amount: u64,
    by: String,
}

const BY_OTHERS: &str = "by tasks that are in no file";

impl Shortfall {
    /// Millionths of the need that are missing.
    pub(super) fn share(&self) -> u64 {
        (self.need - self.have) * 1_000_000 / self.need
    }

    fn describe(&self) -> String {
        let Self { resource, need, have, held } = self;
        let parts: Vec<String> = held.iter().map(|Held { amount, by }| format!("{amount} {by}")).collect();
        let held = if parts.is_empty() { String::new() } else { format!(" (held back: {})", parts.join(", ")) };
        format!("has {have} of the {need} {resource} it needs, short by {}{held}", need - have)
    }

    /// Whether it would have enough if nothing were held back.
    fn is_for_held(&self) -> bool {
        self.have + self.held.iter().map(|held| held.amount).sum::<u64>() >= self.need
    }
}

/// A DAEMON service whose task is on every instance of a class.
struct Daemon<'f> {
    name: &'f str,
    definition: DefinitionId,
    demand: &'f Demand,
}

/// The fleet, and what of its instances is held back.
pub(super) struct Rooms<'f> {
    fleet: &'f Fleet,
    /// MiB that are reserved, by class; those that are not there reserve none.
    reserved: &'f BTreeMap<ClassId, u32>,
    by_class: Vec<OfClass<'f>>,
}

/// What is held back of instances of one class, of the one where that is most.
#[derive(Default)]
struct OfClass<'f> {
    cpu: u32,
    memory: u32,
    daemons: Vec<Daemon<'f>>,
}

impl<'f> Rooms<'f> {
    pub(super) fn new(fleet: &'f Fleet, reserved: &'f BTreeMap<ClassId, u32>) -> Self {
        let mut by_class: Vec<OfClass<'f>> = fleet.classes.iter().map(|_| OfClass::default()).collect();
        for (class, identity) in fleet.instances.iter().zip(&fleet.identities) {
            let known = &mut by_class[class.index()];
            known.cpu = known.cpu.max(identity.others.cpu);
            known.memory = known.memory.max(identity.others.memory);
        }
        Self { fleet, reserved, by_class }
    }

    pub(super) fn fleet(&self) -> &'f Fleet {
        self.fleet
    }

    /// Counts the room of daemons as held back from all others.
    pub(super) fn with_daemons(mut self, load: &'f Load<'_>) -> Self {
        let is_daemon = |one: &&FromTable<'_, Service>| one.what.settings.scheduling == Scheduling::Daemon;
        for FromTable { what: service, .. } in load.services.iter().filter(is_daemon) {
            // A definition that is unknown was reported.
            let Some(definition) = load.definitions.get(service.definition.index()) else { continue };
            for (class, held) in self.fleet.classes.iter().zip(&mut self.by_class) {
                if is_on(service, definition, class) {
                    held.daemons.push(Daemon {
                        name: &service.name,
                        definition: service.definition,
                        demand: &definition.demand,
                    });
                }
            }
        }
        self
    }

    /// What keeps a task from an instance of the class without any other task.
    fn shortfalls(&self, id: DefinitionId, demand: &Demand, class_id: usize) -> Vec<Shortfall> {
        let (class, held) = (&self.fleet.classes[class_id], &self.by_class[class_id]);
        let daemons = |amount: fn(&Demand) -> u32| {
            let others = held.daemons.iter().filter(move |daemon| daemon.definition != id);
            let some = others.map(move |daemon| (amount(daemon.demand), daemon.name)).filter(|(amount, _)| *amount > 0);
            some.map(|(amount, name)| Held { amount: amount.into(), by: format!("for daemon `{name}`") }).collect()
        };
        let by = |amount: u32, by: &str| (amount > 0).then(|| Held { amount: amount.into(), by: by.to_owned() });
        let reserved = self.reserved.get(&ClassId::from_index(class_id)).copied().unwrap_or(0);
        let (cpu, memory) = (by(held.cpu, BY_OTHERS), by(held.memory, BY_OTHERS));
        let memory = memory.into_iter().chain(by(reserved, "by `reserved-memory`"));
        let interfaces = class.eni_tasks.map_or(u64::MAX, u64::from);
        let resources = [
            Resource::new("CPU units", demand.cpu.0, class.cpu.0.into()).less(daemons(|one| one.cpu.0)).beside(cpu),
            Resource::new("MiB of memory", demand.memory.0, class.memory.0.into())
                .less(daemons(|one| one.memory.0))
                .beside(memory),
            Resource::new("network interfaces", demand.eni_slots, interfaces).less(daemons(|one| one.eni_slots)),
            ports(&demand.ports, class),
        ];
        resources.into_iter().filter_map(Resource::shortfall).chain(gpu_shortfall(demand.gpus, class)).collect()
    }

    /// The class that comes closest to holding the task, and what it lacks; `None` if some class holds it (U-15).
    fn closest(&self, id: DefinitionId, demand: &Demand) -> Option<Misfit<'f>> {
        let lacks = (0..self.fleet.classes.len()).map(|class| (class, self.shortfalls(id, demand, class)));
        let (class, lacks) = lacks.min_by_key(|(_, lacks)| {
            let worst = lacks.iter().map(Shortfall::share).max().unwrap_or_default();
            (lacks.len(), worst)
        })?;
        (!lacks.is_empty()).then(|| Misfit { class: &self.fleet.classes[class], lacks })
    }
}

/// Whether a daemon has a task on every instance of a class.
fn is_on(service: &Service, definition: &TaskDefinition, class: &InstanceClass) -> bool {
    let settings = &service.settings;
    let own = service.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::MemberOf(expression) => Some(expression),
        Constraint::DistinctInstance => None,
    });
    let facts = Shown { class, identity: None, neighbours: Neighbours::Of(&[]) };
    let has = |(name, value): &(String, Option<String>)| {
        class.attribute(name).is_some_and(|found| value.is_none() || found == value.as_deref())
    };
    class.agent_connected
        && settings.providers.provider(0).is_none_or(|provider| class.provider == Some(provider))
        && settings.network.admits_zone(class)
        && settings.network.admits_vpc(class)
        && definition.requires_attributes.iter().all(has)
        && definition.member_of.iter().chain(own).all(|expression| expression.evaluate(&facts))
}

/// What is needed and there of one resource.
struct Resource {
    name: &'static str,
    need: u64,
    have: u64,
    held: Vec<Held>,
}

impl Resource {
    fn new(name: &'static str, need: u32, have: u64) -> Self {
        Self { name, need: need.into(), have, held: Vec::new() }
    }

    /// So much of what is there is held back.
    fn less(mut self, held: Vec<Held>) -> Self {
        self.have = self.have.saturating_sub(held.iter().map(|held| held.amount).sum());
        self.held.extend(held);
        self
    }

    /// So much is held back beside what is there.
    fn beside(mut self, held: impl IntoIterator<Item = Held>) -> Self {
        self.held.extend(held);
        self
    }

    fn shortfall(self) -> Option<Shortfall> {
        let Self { name: resource, need, have, held } = self;
        (need > have).then_some(Shortfall { resource, need, have, held })
    }
}

/// Ports of which some are taken before any task runs.
fn ports(wanted: &[Port], class: &InstanceClass) -> Resource {
    let ports_left = MAX_PORTS_PER_INSTANCE.saturating_sub(class.reserved_ports.len());
    let is_other = |port: &&Port| class.other_ports.contains(port);
    let taken: Vec<&Port> = wanted.iter().filter(|port| class.reserved_ports.contains(port)).collect();
    let others = taken.iter().filter(|port| is_other(port)).count() as u64;
    let by = |amount: u64, by: &str| (amount > 0).then(|| Held { amount, by: by.to_owned() });
    Resource {
        name: "ports",
        need: wanted.len() as u64,
        have: (wanted.len() - taken.len()).min(ports_left) as u64,
        held: by(others, BY_OTHERS).into_iter().chain(by(taken.len() as u64 - others, "reserved")).collect(),
    }
}

/// GPUs that an empty instance lacks for a task.
pub(super) fn gpu_shortfall(wanted: GpuDemand, class: &InstanceClass) -> Option<Shortfall> {
    if wanted.copies(class).is_none_or(|copies| copies > 0) {
        return None;
    }
    let whole = if class.gpu_kind.slice.is_none() { u64::from(class.idle_gpus()) } else { 0 };
    let largest = class.gpu_kind.memory.iter().map(|memory| u64::from(memory.0)).max().unwrap_or(0);
    let (resource, need, have) = match wanted {
        GpuDemand::Slice(GpuSlice::Eighth) => ("GPU slices of 0.125", 1, 0),
        GpuDemand::Slice(GpuSlice::Quarter) => ("GPU slices of 0.25", 1, 0),
        GpuDemand::Slice(GpuSlice::Half) => ("GPU slices of 0.5", 1, 0),
        GpuDemand::Memory(memory) => ("MiB of one GPU", u64::from(memory.0), largest),
        GpuDemand::Whole(count) => ("GPUs", u64::from(count), whole),
        GpuDemand::All => ("GPUs", u64::from(class.gpus + class.other_gpus.count).max(whole + 1), whole),
        GpuDemand::None | GpuDemand::Share(_) => ("GPUs", 1, whole),
    };
    let held = wanted.held_by_others(class);
    let held = (held > 0).then(|| Held { amount: held.into(), by: BY_OTHERS.to_owned() });
    Some(Shortfall { resource, need, have, held: held.into_iter().collect() })
}

/// A task that fits nowhere: the class that comes closest, and what it lacks.
struct Misfit<'f> {
    class: &'f InstanceClass,
    lacks: Vec<Shortfall>,
}

impl Misfit<'_> {
    fn explain(&self) -> String {
        let size = format!("{} / {}", self.class.cpu, self.class.memory);
        let name = self.class.instance_type.clone().unwrap_or(size);
        let reasons: Vec<String> = self.lacks.iter().map(Shortfall::describe).collect();
        format!("the closest, `{name}`, {}", reasons.join("; "))
    }

    fn help(&self) -> &'static str {
        if self.lacks.iter().all(Shortfall::is_for_held) {
            "such tasks are never placed as long as that is held back; free it, or give the cluster larger instances"
        } else {
            "such tasks are never placed; give the cluster larger instances, or the tasks less"
        }
    }

    fn problem(&self, message: String, label: &str) -> Problem {
        Problem::new(Rule::FitsNowhere, message).label(label).help(self.help())
    }
}

impl Rooms<'_> {
    /// Warns of task definitions that fit on no instance of the fleet, however empty.
    pub(super) fn warn_of_misfits(&self, definitions: &Definitions<'_>) {
        for (position, (definition, table)) in definitions.list.iter().zip(&definitions.tables).enumerate() {
            let Some(misfit) = self.closest(DefinitionId::from_index(position), &definition.demand) else { continue };
            let message = format!("`{}` fits on no instance: {}", definition.family, misfit.explain());
            let span = table.get("family").map_or_else(|| table.span(), |item| item.span());
            table.context().report(span, misfit.problem(message, "fits nowhere"));
        }
    }

    /// Warns, once a source, of drawn shapes that fit on no instance of the fleet.
    pub(super) fn warn_of_drawn_misfits(
        &self,
        sources: &[FromTable<'_, TaskSource>],
        written: &Definitions<'_>,
        definitions: &[TaskDefinition],
    ) {
        for FromTable { what: source, table } in sources {
            let drawn = source.shapes.iter().filter(|shape| shape.definition.index() >= written.list.len());
            let misfit = |id: DefinitionId| self.closest(id, &definitions[id.index()].demand);
            let misfits: Vec<_> = drawn.filter(|shape| misfit(shape.definition).is_some()).collect();
            let Some(first) = misfits.first() else { continue };
            let Some(found) = misfit(first.definition) else { continue };
            let weight = |shapes: &mut dyn Iterator<Item = u32>| shapes.map(u64::from).sum::<u64>();
            let part = weight(&mut misfits.iter().map(|shape| shape.weight));
            let all = weight(&mut source.shapes.iter().map(|shape| shape.weight));
            let percent = quantity::shown(part * 100_000 / all, 1_000);
            let (family, reason) = (&definitions[first.definition.index()].family, found.explain());
            let message = format!("{percent} % of drawn tasks fit on no instance; for `{family}`, {reason}");
            let span = table.get("shapes").map_or_else(|| table.span(), |item| item.span());
            table.context().report(span, found.problem(message, "some fit nowhere"));
        }
    }

    /// Warns, once, of shapes of the trace that fit on no instance of the fleet.
    pub(super) fn warn_of_trace_misfits(&self, root: &Table<'_>, trace: &Trace, definitions: &[TaskDefinition]) {
        let Some(first) = trace.tasks.iter().map(|task| task.definition.index()).min() else { return };
        let misfit = |index: usize| self.closest(DefinitionId::from_index(index), &definitions[index].demand);
        let misfits: BTreeSet<DefinitionId> =
            (first..definitions.len()).filter(|&index| misfit(index).is_some()).map(DefinitionId::from_index).collect();
        let Some(example) = misfits.first().map(|id| id.index()) else { return };
        let Some(found) = misfit(example) else { return };
        let tasks = trace.tasks.iter().filter(|task| misfits.contains(&task.definition)).count();
        let (all, family, reason) = (trace.tasks.len(), &definitions[example].family, found.explain());
        let message = format!("{tasks} of {all} tasks of the trace fit on no instance; for `{family}`, {reason}");
        let span = root.get("trace").map_or(0..0, |item| item.span());
        root.context().report(span, found.problem(message, "some fit nowhere"));
    }
}
