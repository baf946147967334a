//! Which tasks a service gives up: the mirror image of placement (R-7.20, U-14).
//!
//! The first class that is not empty is used: on a DRAINING instance, not yet RUNNING, of an older revision, the rest.
//! Within it the chain of the service keeps the fullest buckets, and the instances that the stop of their oldest task
//! would leave emptiest; then the lowest instance and its oldest task go. Every stop is followed by a recount, so that a batch
//! is the same as one after another, and it is told in that order.
//!
//! # Cost
//! One look at every task and one at every instance that hosts one; then, for each task given up, one more at every such
//! instance. Nothing is listed but the hosts. The bench to watch is `simulation/services`.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::tasks::ServiceTask;
use crate::engine::{Engine, InstanceStatus, Setup};
use crate::model::{
    ClassId, Fleet, InstanceId, PackedResource, PlacementOptions, Ratio, Request, RequestId, Requests, Rule,
    ScaleInRule, SimTime, SpreadField,
};

/// What a choice looks at.
pub(super) struct Choice<'a, E> {
    pub(super) engine: &'a E,
    pub(super) requests: &'a Requests,
    pub(super) fleet: &'a Fleet,
    pub(super) options: PlacementOptions,
    pub(super) rule: ScaleInRule,
    pub(super) chain: &'a [Rule],
    pub(super) buckets: &'a Buckets,
    pub(super) now: SimTime,
}

/// A task of a service on an engine, for who asks about an engine alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// The lowest is the oldest.
    pub(crate) number: u64,
    pub(crate) instance: InstanceId,
    pub(crate) request: RequestId,
}

/// Which of its tasks a service would give up, all of them RUNNING and of one revision; the position of the task.
pub(crate) fn victim<E: Engine>(setup: Setup<'_>, engine: &E, service: RequestId, tasks: &[Standing]) -> Option<usize> {
    let default = [Rule::spread_zones(), Rule::Spread(SpreadField::InstanceId)];
    let own = setup.requests[service].strategy.0.as_slice();
    let chain = if own.is_empty() { &default[..] } else { own };
    let choice = Choice {
        engine,
        requests: setup.requests,
        fleet: setup.fleet,
        options: setup.options,
        rule: ScaleInRule::Mirror,
        chain,
        buckets: &Buckets::new(setup.fleet, std::iter::once(chain)),
        now: SimTime(1),
    };
    let task = |&Standing { number, instance, request }: &Standing| ServiceTask {
        number,
        runs: SimTime::ZERO,
        is_found: false,
        instance,
        request,
    };
    let mut list: Vec<ServiceTask> = tasks.iter().map(task).collect();
    list.sort_by_key(|task| (task.instance, task.number));
    let chosen = choice.choose(&list, 1, &mut |_| 0, |_| true, |_| false);
    let number = list[*chosen.first()?].number;
    tasks.iter().position(|task| task.number == number)
}

/// The buckets of instance classes under every attribute that a service spreads over.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    by_attribute: FxHashMap<String, Vec<u32>>,
}

impl Buckets {
    pub(super) fn new<'a>(fleet: &Fleet, chains: impl Iterator<Item = &'a [Rule]>) -> Self {
        let mut buckets = Self::default();
        for rule in chains.flatten() {
            let Rule::Spread(SpreadField::Attribute(name)) = rule else { continue };
            if !buckets.by_attribute.contains_key(name) {
                buckets.by_attribute.insert(name.clone(), of_classes(fleet, name));
            }
        }
        buckets
    }

    fn of(&self, name: &str) -> &[u32] {
        &self.by_attribute[name]
    }
}

fn of_classes(fleet: &Fleet, name: &str) -> Vec<u32> {
    let mut values: Vec<Option<Option<&str>>> = Vec::new();
    let mut bucket = |value| {
        let position = values.iter().position(|known| *known == value).unwrap_or_else(|| {
            values.push(value);
            values.len() - 1
        });
        u32::try_from(position).expect("fewer classes than 2^32")
    };
    fleet.classes.iter().map(|class| bucket(class.attribute(name))).collect()
}

/// One instance with tasks of the service: a run of the ordered list of tasks.
#[derive(Clone, Copy, Debug)]
struct Host {
    class: ClassId,
    is_draining: bool,
    /// Position of its first task.
    first: usize,
    /// How many positions are its.
    len: usize,
    /// Its tasks count for spread.
    is_counted: bool,
    /// Counted tasks of the service there that were not given up yet, candidates or not.
    tasks: u32,
    /// Candidates there that were not given up yet.
    left: u32,
    /// Positions before this one hold no candidate that was not given up yet.
    next: usize,
    instance: InstanceId,
    /// CPU units and MiB that stops so far have given back there.
    freed: Freed,
    /// What the stop of its oldest candidate would give back.
    would_free: Freed,
}

/// CPU units and MiB that stops give back.
#[derive(Clone, Copy, Debug, Default)]
struct Freed {
    cpu: u32,
    memory: u32,
}

impl Freed {
    fn by(request: &Request) -> Self {
        Self { cpu: request.demand.cpu.0, memory: request.demand.memory.0 }
    }

    fn add(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.memory += other.memory;
    }
}

/// What is chosen among.
struct Ballot<'b> {
    /// By instance.
    hosts: Vec<Host>,
    /// Which class each task is of, by position.
    classes: Vec<u8>,
    /// For each rule of the chain.
    counts: Vec<Counts<'b>>,
}

/// The class of tasks that may not go; below are those of in order.
const STAYS: u8 = 4;

/// Counted tasks of the service under a rule that spreads over an attribute; nothing under other rules.
#[derive(Default)]
struct Counts<'b> {
    of_class: &'b [u32],
    tasks: Vec<u32>,
}

impl Counts<'_> {
    /// The number of tasks in the bucket of a class.
    fn of(&mut self, class: ClassId) -> &mut u32 {
        &mut self.tasks[self.of_class[class.index()] as usize]
    }

    fn of_host(&self, host: &Host) -> u32 {
        self.tasks[self.of_class[host.class.index()] as usize]
    }
}

impl<'b, E: Engine> Choice<'b, E> {
    /// Positions of up to `wanted` of the tasks for which `may_go` holds, in the order in which they were decided on.
    pub(super) fn choose(
        &self,
        tasks: &[ServiceTask],
        wanted: usize,
        draw: &mut dyn FnMut(usize) -> usize,
        may_go: impl Fn(&ServiceTask) -> bool,
        is_old: impl Fn(&ServiceTask) -> bool,
    ) -> Vec<usize> {
        let mut sizes = [0_usize; STAYS as usize + 1];
        let mut ballot = self.ballot(tasks);
        for host in &ballot.hosts {
            for task in &tasks[host.first..][..host.len] {
                let class = if may_go(task) { self.class_of(task, host, &is_old) } else { STAYS };
                sizes[usize::from(class)] += 1;
                ballot.classes.push(class);
            }
        }
        let mut chosen = Vec::with_capacity(wanted.min(tasks.len()));
        for class in (0..STAYS).filter(|&class| sizes[usize::from(class)] > 0) {
            ballot.open(class, tasks, self.requests);
            while chosen.len() < wanted
                && let Some(host) = self.best_host(&ballot, draw)
            {
                chosen.push(self.give_up(&mut ballot, host, class, tasks));
            }
        }
        chosen
    }

    /// How soon a task goes that may.
    fn class_of(&self, task: &ServiceTask, host: &Host, is_old: impl Fn(&ServiceTask) -> bool) -> u8 {
        if host.is_draining {
            0
        } else if task.is_pending(self.now) {
            1
        } else if is_old(task) {
            2
        } else {
            3
        }
    }

    /// Every host, and counted tasks of the service by bucket of every rule; nobody is a candidate yet.
    fn ballot(&self, tasks: &[ServiceTask]) -> Ballot<'b> {
        let mut hosts: Vec<Host> = Vec::with_capacity(tasks.len());
        let mut first = 0;
        for there in tasks.chunk_by(|a, b| a.instance == b.instance) {
            let (instance, len) = (there[0].instance, there.len());
            let status = self.engine.status(instance);
            let is_counted = self.options.spread_counts_draining || status == InstanceStatus::Active;
            let tasks = if is_counted { u32::try_from(len).expect("fewer than 2^32 tasks") } else { 0 };
            let is_draining = status == InstanceStatus::Draining;
            let class = self.engine.class(instance);
            hosts.push(Host {
                class,
                is_draining,
                first,
                len,
                is_counted,
                tasks,
                left: 0,
                next: first,
                instance,
                freed: Freed::default(),
                would_free: Freed::default(),
            });
            first += len;
        }
        let count = |rule: &Rule| {
            let Rule::Spread(SpreadField::Attribute(name)) = rule else { return Counts::default() };
            let of_class = self.buckets.of(name);
            let mut counts = Counts { of_class, tasks: vec![0; of_class.len()] };
            hosts.iter().for_each(|host| *counts.of(host.class) += host.tasks);
            counts
        };
        let counts = self.chain.iter().map(count).collect();
        Ballot { hosts, classes: Vec::with_capacity(tasks.len()), counts }
    }

    /// The host that every rule of the chain keeps; the lowest of several.
    fn best_host(&self, ballot: &Ballot<'_>, draw: &mut dyn FnMut(usize) -> usize) -> Option<usize> {
        let is_drawn = |rule: &Rule| match rule {
            Rule::Random => true,
            Rule::Spread(SpreadField::Attribute(_)) => self.rule == ScaleInRule::RandomInBucket,
            _ => false,
        };
        if self.chain.iter().any(is_drawn) {
            return self.narrowed(ballot, draw);
        }
        let mut best: Option<usize> = None;
        for host in (0..ballot.hosts.len()).filter(|&host| ballot.hosts[host].left > 0) {
            if best.is_none_or(|best| self.compare(ballot, host, best) == Ordering::Greater) {
                best = Some(host);
            }
        }
        best
    }

    /// Which of two hosts the chain would rather keep: the first rule that tells them apart.
    fn compare(&self, ballot: &Ballot<'_>, a: usize, b: usize) -> Ordering {
        let (a, b) = (&ballot.hosts[a], &ballot.hosts[b]);
        let by_rule = |(rule, counts): (&Rule, &Counts<'_>)| match rule {
            Rule::Spread(SpreadField::InstanceId) => a.tasks.cmp(&b.tasks),
            Rule::Spread(SpreadField::Attribute(_)) => counts.of_host(a).cmp(&counts.of_host(b)),
            Rule::Binpack(resource) => {
                let ((left_a, of_a), (left_b, of_b)) = (self.left_after(a, *resource), self.left_after(b, *resource));
                (left_a * of_b).cmp(&(left_b * of_a))
            }
            // A strategy that is no rule of ECS says where to start tasks, not where to stop them.
            Rule::Random | Rule::Custom(_) => Ordering::Equal,
        };
        let mut orders = self.chain.iter().zip(&ballot.counts).map(by_rule);
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The same where a rule draws: rule by rule, until one does.
    fn narrowed(&self, ballot: &Ballot<'_>, draw: &mut dyn FnMut(usize) -> usize) -> Option<usize> {
        let mut left: Vec<usize> = (0..ballot.hosts.len()).filter(|&host| ballot.hosts[host].left > 0).collect();
        for (position, rule) in self.chain.iter().enumerate() {
            if left.len() <= 1 {
                break;
            }
            match rule {
                Rule::Random => return Some(drawn(ballot, &left, draw)),
                Rule::Spread(SpreadField::InstanceId) => keep_most(&mut left, |host| ballot.hosts[host].tasks),
                Rule::Spread(SpreadField::Attribute(_)) => {
                    let counts = &ballot.counts[position];
                    keep_most(&mut left, |host| counts.of_host(&ballot.hosts[host]));
                    if self.rule == ScaleInRule::RandomInBucket {
                        return Some(drawn(ballot, &left, draw));
                    }
                }
                Rule::Binpack(resource) => keep_most(&mut left, |host| {
                    let (left, whole) = self.left_after(&ballot.hosts[host], *resource);
                    Ratio::new(left.into(), whole.into()).expect("nothing is divided by 0")
                }),
                Rule::Custom(_) => {}
            }
        }
        left.first().copied()
    }

    /// What remains of a resource once the oldest candidate has stopped, and what it is a part of; products of two fit.
    fn left_after(&self, host: &Host, resource: PackedResource) -> (u64, u64) {
        let remaining = self.engine.remaining(host.instance);
        let class = &self.fleet.classes[host.class.index()];
        let (left, registered) = match resource {
            PackedResource::Cpu => (remaining.cpu.0 + host.freed.cpu + host.would_free.cpu, class.cpu.0),
            PackedResource::Memory => (remaining.memory.0 + host.freed.memory + host.would_free.memory, class.memory.0),
        };
        let whole = if self.options.binpack_by_fraction { registered.max(1) } else { 1 };
        (u64::from(left), u64::from(whole))
    }

    /// Takes the oldest candidate of a host; answers its position.
    fn give_up(&self, ballot: &mut Ballot<'_>, host: usize, class: u8, tasks: &[ServiceTask]) -> usize {
        let Ballot { hosts, classes, .. } = ballot;
        let host = &mut hosts[host];
        let position = host.oldest(class, classes).expect("a candidate is left");
        host.next = position + 1;
        host.left -= 1;
        host.freed.add(host.would_free);
        host.foresee(class, tasks, classes, self.requests);
        if host.is_counted {
            host.tasks -= 1;
            for counts in ballot.counts.iter_mut().filter(|counts| !counts.of_class.is_empty()) {
                *counts.of(host.class) -= 1;
            }
        }
        position
    }
}

impl Ballot<'_> {
    /// The tasks of a class become the candidates.
    fn open(&mut self, class: u8, tasks: &[ServiceTask], requests: &Requests) {
        for host in &mut self.hosts {
            let there = self.classes[host.first..][..host.len].iter().filter(|of| **of == class);
            host.left = u32::try_from(there.count()).expect("fewer than 2^32 tasks");
            host.next = host.first;
            host.foresee(class, tasks, &self.classes, requests);
        }
    }
}

impl Host {
    /// The position of its oldest candidate that was not given up yet.
    fn oldest(&self, class: u8, classes: &[u8]) -> Option<usize> {
        (self.next..self.first + self.len).find(|&position| classes[position] == class)
    }

    /// Another task is the oldest candidate.
    fn foresee(&mut self, class: u8, tasks: &[ServiceTask], classes: &[u8], requests: &Requests) {
        let oldest = self.oldest(class, classes);
        self.next = oldest.unwrap_or(self.first + self.len);
        self.would_free = oldest.map(|oldest| Freed::by(&requests[tasks[oldest].request])).unwrap_or_default();
    }
}

/// Any task of the hosts that are left, each as likely as the others.
fn drawn(ballot: &Ballot<'_>, left: &[usize], draw: &mut dyn FnMut(usize) -> usize) -> usize {
    let tasks: usize = left.iter().map(|&host| ballot.hosts[host].left as usize).sum();
    let mut rest = draw(tasks);
    for &host in left {
        let here = ballot.hosts[host].left as usize;
        if rest < here {
            return host;
        }
        rest -= here;
    }
    left[0]
}

fn keep_most<S: Ord>(left: &mut Vec<usize>, score: impl Fn(usize) -> S) {
    if let Some(most) = left.iter().map(|&host| score(host)).max() {
        left.retain(|&host| score(host) == most);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::engine::ReferenceEngine;
    use crate::engine::arbitrary::{Step, World, programs, worlds};

    /// A cluster after a program of placements, stops and changes of status, and what lives on it.
    fn populated<'a>(world: &'a World, program: &[Step]) -> (ReferenceEngine<'a>, Vec<ServiceTask>) {
        let mut engine = ReferenceEngine::new(world.setup());
        let mut tasks: Vec<ServiceTask> = Vec::new();
        let request = |index: &Index| RequestId::from_index(index.index(world.requests.table.len()));
        for (number, step) in (0..).zip(program) {
            let placed = match step {
                Step::Place(kind) => engine.place(request(kind)).map(|placed| (request(kind), placed.instance)),
                Step::PlaceOn(kind, instance) if engine.instance_count() > 0 => {
                    let instance = InstanceId::from_index(instance.index(engine.instance_count()));
                    engine.place_on(request(kind), instance).ok().map(|_| (request(kind), instance))
                }
                Step::Stop(task) if !tasks.is_empty() => {
                    let task = tasks.swap_remove(task.index(tasks.len()));
                    engine.stop(task.request, task.instance);
                    None
                }
                Step::Status(instance, status) if engine.instance_count() > 0 && *status != InstanceStatus::Lost => {
                    engine.set_status(InstanceId::from_index(instance.index(engine.instance_count())), *status);
                    None
                }
                _ => None,
            };
            tasks.extend(placed.map(|(request, instance)| ServiceTask {
                number,
                runs: SimTime::ZERO,
                is_found: false,
                instance,
                request,
            }));
        }
        tasks.sort_by_key(|task| (task.instance, task.number));
        (engine, tasks)
    }

    /// The chain up to its first `random`, after which nothing has an effect (U-2).
    fn effective(chain: &[Rule]) -> &[Rule] {
        let end = chain.iter().position(|rule| *rule == Rule::Random).unwrap_or(chain.len());
        &chain[..end]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

        /// P23: a batch of victims is what the reference gives up one after another, recounting everything each time;
        /// then the oldest task of the service on that instance goes.
        #[test]
        fn p23_victims_are_those_of_the_reference(
            mut world in worlds(),
            program in programs(60),
            kind in any::<Index>(),
            wanted in 0..8_usize,
        ) {
            let id = RequestId::from_index(kind.index(world.requests.table.len()));
            let chain = effective(&world.requests[id].strategy.0).to_vec();
            world.requests.table[id.index()].strategy.0.clone_from(&chain);
            let group = world.requests[id].group;
            let (mut engine, all) = populated(&world, &program);
            let tasks: Vec<ServiceTask> =
                all.into_iter().filter(|task| world.requests[task.request].group == group).collect();
            let buckets = Buckets::new(&world.fleet, std::iter::once(chain.as_slice()));
            let choice = Choice {
                engine: &engine,
                requests: &world.requests,
                fleet: &world.fleet,
                options: world.options,
                rule: ScaleInRule::Mirror,
                chain: &chain,
                buckets: &buckets,
                now: SimTime(1),
            };
            let chosen = choice.choose(&tasks, wanted, &mut |_| 0, |_| true, |_| false);

            let mut expected: Vec<usize> = Vec::new();
            let oldest = |expected: &[usize], instance: InstanceId| {
                let on_it = |position: &usize| tasks[*position].instance == instance && !expected.contains(position);
                (0..tasks.len()).find(on_it).map(|position| tasks[position].request)
            };
            while expected.len() < wanted
                && let Some(instance) =
                    engine.scale_in(id, |instance| oldest(&expected, instance).expect("it hosts the service"))
            {
                let is_next = |position: &usize| tasks[*position].instance == instance && !expected.contains(position);
                let position = (0..tasks.len()).find(is_next).expect("the reference counts the tasks that are there");
                engine.stop(tasks[position].request, instance);
                expected.push(position);
            }
            prop_assert_eq!(chosen, expected, "chain {:?}, tasks {:?}", chain, tasks);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

        /// A batch is one victim after another, whatever is pending or old: nothing that a stop gives back is forgotten.
        #[test]
        fn a_batch_of_victims_is_one_after_another(
            world in worlds(),
            program in programs(60),
            kind in any::<Index>(),
            wanted in 1..8_usize,
            kinds in prop::collection::vec(0..3_u8, 7),
        ) {
            let id = RequestId::from_index(kind.index(world.requests.table.len()));
            let chain = effective(&world.requests[id].strategy.0);
            let group = world.requests[id].group;
            let (mut engine, all) = populated(&world, &program);
            let kind_of = |task: &ServiceTask| kinds[usize::try_from(task.number).unwrap() % kinds.len()];
            let runs = |task: &ServiceTask| SimTime(if kind_of(task) == 1 { 5 } else { 0 });
            let of_group = all.into_iter().filter(|task| world.requests[task.request].group == group);
            let mut tasks: Vec<ServiceTask> = of_group.map(|task| ServiceTask { runs: runs(&task), ..task }).collect();
            let buckets = Buckets::new(&world.fleet, std::iter::once(chain));
            let choose = |engine: &ReferenceEngine<'_>, tasks: &[ServiceTask], wanted| {
                let choice = Choice {
                    engine,
                    requests: &world.requests,
                    fleet: &world.fleet,
                    options: world.options,
                    rule: ScaleInRule::Mirror,
                    chain,
                    buckets: &buckets,
                    now: SimTime(1),
                };
                choice.choose(tasks, wanted, &mut |_| 0, |_| true, |task| kind_of(task) == 2)
            };
            let batch = choose(&engine, &tasks, wanted);
            let class = |position: usize| match (engine.status(tasks[position].instance), kind_of(&tasks[position])) {
                (InstanceStatus::Draining, _) => 0,
                (_, 1) => 1,
                (_, 2) => 2,
                _ => 3,
            };
            let stays = (0..tasks.len()).filter(|position| !batch.contains(position)).map(class).min();
            let goes = batch.iter().map(|&position| class(position)).max();
            prop_assert!(stays.is_none() || goes <= stays, "R-7.20: {:?} before {:?}", goes, stays);
            let batch: Vec<u64> = batch.into_iter().map(|position| tasks[position].number).collect();
            let mut single = Vec::new();
            while single.len() < wanted && let Some(&position) = choose(&engine, &tasks, 1).first() {
                let task = tasks.remove(position);
                engine.stop(task.request, task.instance);
                single.push(task.number);
            }
            prop_assert_eq!(batch, single);
        }
    }

    #[test]
    fn random_programs_leave_services_on_several_instances() {
        use proptest::strategy::ValueTree as _;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut several = 0;
        for _ in 0..100 {
            let (world, program) = (worlds(), programs(60)).new_tree(&mut runner).expect("a case").current();
            let (_, tasks) = populated(&world, &program);
            let hosts: std::collections::BTreeSet<_> = tasks.iter().map(|task| task.instance).collect();
            several += usize::from(hosts.len() > 1);
        }
        assert!(several > 30, "{several} of 100 cases have anything to choose from");
    }
}
