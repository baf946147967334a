//! M13 by the rules: how many more tasks of a shape would fit, each placed by everything that ECS asks of an instance.
//!
//! Beside cpu, memory and GPUs these are the constraints of the service or task (`memberOf`, distinctInstance), its
//! capacity provider and network, static ports, the limit of ports, network interfaces, and the room of DAEMON tasks that
//! are not there yet, which is theirs. Tasks of one shape that fit are as many under every strategy (P52): an instance
//! holds what it holds, whatever lies elsewhere. Of several services or tasks with one shape, that with the most living
//! tasks is counted for, the first of several.
//!
//! The pool is all that remains where the shape is let in: as many as each resource of it allows, and where an instance
//! takes one task at most, no more than there are such instances.
//!
//! # Cost
//! For each of the heaviest [`MOST_SHAPES`] shapes a look at what remains on instances that are alike; where ports,
//! interfaces, distinctInstance, single instances or missing daemons matter, at every instance. Where an expression asks
//! which tasks are there, copies are placed one by one, as far as the [budget](super::budget) lasts.

use super::budget;
use super::replica::Ground;
use crate::analysis::record::Figure;
use crate::analysis::snapshot::residents::Alike;
use crate::analysis::snapshot::room::Room;
use crate::analysis::snapshot::{Subject, inventory};
use crate::engine::{Engine, FastEngine, Room as Held};
use crate::model::{
    DaemonRoom, Demand, DeviceUse, InstanceClass, InstanceId, MAX_PORTS_PER_INSTANCE, Port, Request, RequestId,
    Scheduling,
};
use crate::query::Dependence;

/// Shapes that are counted for, those of most weight.
const MOST_SHAPES: usize = 100;

/// The room for one shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::analysis::snapshot) struct RuledRoom {
    /// Whose constraints count.
    pub(in crate::analysis::snapshot) group: String,
    pub(in crate::analysis::snapshot) holes: Figure,
    pub(in crate::analysis::snapshot) pooled: Figure,
}

/// The room for each shape of the mix, by position; nothing for those that are not counted for.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis::snapshot) struct ByRules(Vec<Option<RuledRoom>>);

impl ByRules {
    pub(in crate::analysis::snapshot) fn of(&self, shape: usize) -> RuledRoom {
        self.0.get(shape).cloned().flatten().unwrap_or_default()
    }
}

/// Looks at every instance for every shape.
pub(super) fn take(ground: Ground<'_>, room: &Room<'_>) -> ByRules {
    if !ground.is_copied() {
        return ByRules::default();
    }
    let shapes = &ground.subject.mix.shapes;
    let mut heaviest: Vec<usize> = (0..shapes.len()).collect();
    heaviest.sort_by_key(|&shape| (std::cmp::Reverse(shapes[shape].weight), shape));
    heaviest.truncate(MOST_SHAPES);
    let mut by_rules = ByRules(vec![None; shapes.len()]);
    let speakers = speakers(ground, &heaviest);
    let mut survey = Survey::new(ground, room);
    for (shape, speaker) in heaviest.into_iter().zip(speakers) {
        by_rules.0[shape] = speaker.map(|request| survey.room(request));
    }
    by_rules
}

/// The request that each of some shapes is counted for.
fn speakers(ground: Ground<'_>, shapes: &[usize]) -> Vec<Option<RequestId>> {
    let Ground { subject: Subject { scenario, requests, mix }, residents, .. } = ground;
    let mut of_definition = vec![Vec::new(); scenario.definitions.len()];
    for (at, &shape) in shapes.iter().enumerate() {
        of_definition[mix.shapes[shape].definition.index()].push(at);
    }
    let living = residents.by_kind(requests.table.len());
    let mut speakers: Vec<Option<RequestId>> = vec![None; shapes.len()];
    for (id, request) in (0..).map(RequestId).zip(&requests.table) {
        for &at in &of_definition[request.definition.index()] {
            // Of equals the first: later ones are the same tasks held to a zone or to another provider.
            let is_first = speakers[at].is_none_or(|known| living[id.index()] > living[known.index()]);
            if is_first && request.demand == mix.shapes[shapes[at]].demand {
                speakers[at] = Some(id);
            }
        }
    }
    speakers
}

/// What an instance has left.
#[derive(Clone, Debug)]
struct Spot<'a> {
    instance: InstanceId,
    class: &'a InstanceClass,
    cpu: u64,
    memory: u64,
    devices: Vec<DeviceUse>,
    /// `None` is any number.
    interfaces: Option<u64>,
    /// Static ports in use, and how many more there may be.
    ports: Vec<Port>,
    port_slots: u64,
}

impl<'a> Spot<'a> {
    fn of_all(ground: Ground<'a>) -> Vec<Self> {
        let mut spots: Vec<Self> = inventory::up(ground.cluster).map(|id| Self::of(ground, id)).collect();
        for daemon in daemons(ground.subject).filter(|_| is_held_back(ground.subject)) {
            for spot in &mut spots {
                if is_missing(ground, daemon, spot.instance) {
                    spot.keep(&ground.subject.requests[daemon].demand);
                }
            }
        }
        spots
    }

    fn of(Ground { subject, cluster, residents, .. }: Ground<'a>, instance: InstanceId) -> Self {
        let class = &subject.scenario.fleet.classes[cluster.class(instance).index()];
        let demands = || residents.each_on(instance).map(|task| &subject.requests[task.request].demand);
        let taken: u64 = demands().map(|demand| u64::from(demand.eni_slots)).sum();
        let mut ports = class.reserved_ports.clone();
        ports.extend(demands().flat_map(|demand| &demand.ports));
        let remaining = cluster.remaining(instance);
        Self {
            instance,
            class,
            cpu: remaining.cpu.0.into(),
            memory: remaining.memory.0.into(),
            devices: cluster.devices(instance),
            interfaces: class.eni_tasks.map(|slots| u64::from(slots).saturating_sub(taken)),
            port_slots: MAX_PORTS_PER_INSTANCE.saturating_sub(ports.len()) as u64,
            ports,
        }
    }

    /// What a daemon will take is not free.
    fn keep(&mut self, demand: &Demand) {
        self.cpu = self.cpu.saturating_sub(demand.cpu.0.into());
        self.memory = self.memory.saturating_sub(demand.memory.0.into());
        self.interfaces = self.interfaces.map(|slots| slots.saturating_sub(demand.eni_slots.into()));
        self.port_slots = self.port_slots.saturating_sub(demand.ports.len() as u64);
        self.ports.extend(&demand.ports);
        let idle = self.devices.iter_mut().filter(|used| **used == DeviceUse::Idle);
        let wanted = demand.gpus.whole_devices(self.class) as usize;
        idle.take(wanted).for_each(|used| *used = DeviceUse::Dedicated);
    }

    /// How many tasks each resource has room for: cpu, memory, GPUs, interfaces, ports; `None` is any number.
    fn allows(&self, demand: &Demand) -> [Option<u64>; 5] {
        let by = |left: u64, needs: u64| left.checked_div(needs);
        [
            by(self.cpu, demand.cpu.0.into()),
            by(self.memory, demand.memory.0.into()),
            demand.gpus.copies_left(self.class, &self.devices),
            self.interfaces.and_then(|slots| by(slots, demand.eni_slots.into())),
            by(self.port_slots, demand.ports.len() as u64),
        ]
    }
}

/// The requests of services that want a task on each instance.
fn daemons(subject: Subject<'_>) -> impl Iterator<Item = RequestId> {
    let services = subject.scenario.services.iter().zip(&subject.requests.services);
    services.filter(|(service, _)| service.settings.scheduling == Scheduling::Daemon).map(|(_, &request)| request)
}

/// The room of daemons that are not there yet is theirs.
fn is_held_back(subject: Subject<'_>) -> bool {
    subject.scenario.dynamics.services.daemon_room == DaemonRoom::HeldBack
}

fn is_missing(Ground { subject, cluster, residents, .. }: Ground<'_>, daemon: RequestId, instance: InstanceId) -> bool {
    let group = subject.requests[daemon].group;
    let has = |alike: Alike| subject.requests[alike.request].group == group;
    cluster.is_eligible(daemon, instance) && !residents.on(instance).any(has)
}

struct Survey<'s, 'a> {
    ground: Ground<'a>,
    room: &'s Room<'a>,
    /// One an instance, once one is needed.
    spots: Vec<Spot<'a>>,
    /// Some daemon is not where it is wanted.
    misses_daemons: bool,
    /// A copy that tasks are placed on, once one is needed.
    trial: Option<FastEngine<'a>>,
    budget: u64,
}

/// How many tasks of one kind there is room for.
struct Sums {
    holes: Option<u128>,
    /// What remains of each resource.
    pool: [Option<u128>; 5],
    /// Instances that may take one.
    takers: u128,
}

impl Sums {
    fn new() -> Self {
        Self { holes: Some(0), pool: [Some(0); 5], takers: 0 }
    }

    /// `count` instances that are alike have room for `here` tasks each; `None` is any number.
    fn add(&mut self, count: u64, amounts: [Option<u64>; 5], here: Option<u64>) {
        let of_all = |amount: u64| u128::from(count) * u128::from(amount);
        self.takers += u128::from(count);
        for (sum, amount) in self.pool.iter_mut().zip(amounts) {
            *sum = sum.zip(amount).map(|(sum, amount)| sum + of_all(amount));
        }
        self.holes = self.holes.zip(here).map(|(sum, here)| sum + of_all(here));
    }
}

impl<'s, 'a> Survey<'s, 'a> {
    fn new(ground: Ground<'a>, room: &'s Room<'a>) -> Self {
        let misses = |daemon| inventory::up(ground.cluster).any(|instance| is_missing(ground, daemon, instance));
        let misses_daemons = is_held_back(ground.subject) && daemons(ground.subject).any(misses);
        let budget = budget::most(ground.subject.scenario);
        Self { ground, room, spots: Vec::new(), misses_daemons, trial: None, budget }
    }

    fn room(&mut self, id: RequestId) -> RuledRoom {
        let Subject { requests, .. } = self.ground.subject;
        let request = &requests[id];
        let group = requests.groups[request.group.index()].clone();
        if daemons(self.ground.subject).any(|daemon| requests[daemon].group == request.group) {
            return RuledRoom { group, ..self.of_daemon(id) };
        }
        let is_one_each = request.distinct_instance || !request.demand.ports.is_empty();
        let sums = if self.is_plain(request) { self.by_hole(id) } else { self.by_instance(id, is_one_each) };
        let needs = needs(&request.demand);
        let by_pool =
            (0..5).filter_map(|r| sums.pool[r].filter(|_| needs[r] > 0).map(|sum| sum / u128::from(needs[r])));
        let pooled = by_pool.chain(is_one_each.then_some(sums.takers)).min();
        let figure = |count: Option<u128>| count.map_or(Figure::Absent, Figure::whole);
        // A shape that nothing limits has no count.
        RuledRoom { group, holes: figure(sums.holes.filter(|_| pooled.is_some())), pooled: figure(pooled) }
    }

    /// Nothing tells instances apart for it but their class and what remains of cpu, memory and GPUs.
    fn is_plain(&self, request: &Request) -> bool {
        let Request { demand, member_of, .. } = request;
        !self.misses_daemons
            && !request.distinct_instance
            && demand.ports.is_empty()
            && demand.eni_slots == 0
            && member_of.iter().all(|expression| expression.dependence() == Dependence::Class)
    }

    /// Instances with the same class and remainder are looked at once.
    fn by_hole(&self, id: RequestId) -> Sums {
        let (demand, mut sums) = (&self.ground.subject.requests[id].demand, Sums::new());
        // Class, agent and status decide; holes ascend by the first and by whether the others let tasks in.
        let mut last = None;
        for ((hole, count), &first) in self.room.holes.iter().zip(&self.room.firsts) {
            let known = last.filter(|&(class, is_open, _)| (class, is_open) == (hole.class, hole.is_open));
            let (_, _, is_eligible) = *last.insert(
                known.unwrap_or_else(|| (hole.class, hole.is_open, self.ground.cluster.is_eligible(id, first))),
            );
            if !is_eligible {
                continue;
            }
            let by = |left: u32, needs: u32| left.checked_div(needs).map(u64::from);
            let gpus = hole.gpu_copies(demand.gpus, self.room.classes);
            let allows = [by(hole.cpu, demand.cpu.0), by(hole.memory, demand.memory.0), gpus];
            let [cpu, memory] = hole.free().map(|left| Some(u64::from(left)));
            let of_gpus = if demand.gpus.is_none() { Some(0) } else { gpus };
            sums.add(*count, [cpu, memory, of_gpus, None, None], allows.into_iter().flatten().min());
        }
        sums
    }

    fn by_instance(&mut self, id: RequestId, is_one_each: bool) -> Sums {
        if self.spots.is_empty() {
            self.spots = Spot::of_all(self.ground);
        }
        let request = &self.ground.subject.requests[id];
        let is_tried = request.member_of.iter().any(|expression| expression.dependence() == Dependence::Tasks);
        let (spots, mut sums) = (std::mem::take(&mut self.spots), Sums::new());
        for spot in &spots {
            if !self.ground.cluster.is_eligible(id, spot.instance) || self.is_closed(request, spot) {
                continue;
            }
            let allows = spot.allows(&request.demand);
            let least = allows.into_iter().flatten().min().map(|least| if is_one_each { least.min(1) } else { least });
            let here = if is_tried { self.tried(id, spot.instance) } else { least.or(is_one_each.then_some(1)) };
            sums.add(1, amounts(spot, &request.demand, allows), here);
        }
        self.spots = spots;
        sums
    }

    /// A daemon finds room where it is wanted, is not there, and fits beside what is kept for those before it.
    fn of_daemon(&mut self, id: RequestId) -> RuledRoom {
        let (mut holes, mut wanted) = (Some(0), 0);
        for instance in inventory::up(self.ground.cluster) {
            if is_missing(self.ground, id, instance) {
                let fits = self.tried_as_daemon(id, instance).map(|placed| u128::from(placed.min(1)));
                holes = holes.zip(fits).map(|(sum, fits)| sum + fits);
                wanted += 1;
            }
        }
        RuledRoom {
            group: String::new(),
            holes: holes.map_or(Figure::Absent, Figure::whole),
            pooled: Figure::whole(wanted),
        }
    }

    /// As [`Self::tried`], in the room that is kept on the instance.
    fn tried_as_daemon(&mut self, id: RequestId, instance: InstanceId) -> Option<u64> {
        let Self { ground, .. } = *self;
        let subject = ground.subject;
        let trial = self.trial()?;
        let kept = trial.held(instance);
        trial.release(instance, kept);
        let mut of_others = Held::default();
        let group = subject.requests[id].group;
        let before = daemons(subject).take_while(|&daemon| subject.requests[daemon].group != group);
        for daemon in before.filter(|_| is_held_back(subject)) {
            if is_missing(ground, daemon, instance) {
                of_others += trial.hold(instance, Held::of(&subject.requests[daemon].demand));
            }
        }
        let placed = self.tried(id, instance);
        let trial = self.trial.as_mut().expect("it was made above");
        trial.release(instance, of_others);
        trial.hold(instance, kept);
        placed
    }

    /// One of its group is there already, or one of its ports is taken.
    fn is_closed(&self, request: &Request, spot: &Spot<'_>) -> bool {
        let has_group = |alike: Alike| self.ground.subject.requests[alike.request].group == request.group;
        let mut tasks = self.ground.residents.on(spot.instance);
        request.distinct_instance && tasks.any(has_group)
            || request.demand.ports.iter().any(|port| spot.ports.contains(port))
    }

    /// How many can be placed one after another; `None` where the budget does not last.
    fn tried(&mut self, request: RequestId, instance: InstanceId) -> Option<u64> {
        let mut budget = self.budget;
        let trial = self.trial()?;
        let mut placed = Vec::new();
        loop {
            let Some(left) = budget.checked_sub(1) else {
                // What lies on the copy now stays there: nothing more is tried on it.
                self.budget = 0;
                return None;
            };
            budget = left;
            match trial.place_on(request, instance) {
                Ok(_) => placed.push(trial.last_device()),
                Err(_) => break,
            }
        }
        for &device in placed.iter().rev() {
            trial.stop_on(request, instance, device);
        }
        self.budget = budget;
        Some(placed.len() as u64)
    }

    /// The copy that tasks are placed on; `None` if there can be none.
    fn trial(&mut self) -> Option<&mut FastEngine<'a>> {
        if self.trial.is_none() {
            self.trial = self.ground.copy();
        }
        self.trial.as_mut()
    }
}

/// What one task takes of cpu, memory, GPUs, interfaces and ports; GPUs are counted in tasks.
fn needs(demand: &Demand) -> [u64; 5] {
    let gpus = u64::from(!demand.gpus.is_none());
    [demand.cpu.0.into(), demand.memory.0.into(), gpus, demand.eni_slots.into(), demand.ports.len() as u64]
}

/// What is left of each for the pool.
fn amounts(spot: &Spot<'_>, demand: &Demand, allows: [Option<u64>; 5]) -> [Option<u64>; 5] {
    let gpus = if demand.gpus.is_none() { Some(0) } else { allows[2] };
    [Some(spot.cpu), Some(spot.memory), gpus, spot.interfaces, Some(spot.port_slots)]
}
