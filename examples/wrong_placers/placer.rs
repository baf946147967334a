//! A small placer that is right, and the ways in which it can be wrong.

use std::collections::BTreeMap;

use stowplan::laws::{Capabilities, Constraint, Decision, Instance, Kind, Placer, Task, Trouble};
use stowplan::model::{PackedResource, Port, Protocol, Rule, SpreadField, TieBreak};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    SpreadsByAllTasks,
    CountsOnlyCandidates,
    BreaksTiesBeforeTheNextRule,
    LastRuleFirst,
    IgnoresTheSecondConstraint,
    PlacesOnDraining,
    BooksAPortTwice,
    TcpForUdp,
    ForgetsReservedPorts,
    ForgetsToFreePorts,
    ForgetsToFreeGpus,
    ForgetsToFreeInterfaces,
    OffByOneInMemory,
    SumsSoftAndHardLimits,
    CountsStoppingTasksInDistinct,
    BiasedRandom,
    TakesTurnsForRandom,
    HashOrder,
    ChangesOnRefusal,
    ForgetsTasksAtRegister,
    PacksByShare,
    CountsLostTasks,
    OrdersByName,
    ForgetsToActivate,
    DifferentWithoutTheAttribute,
    DistinctByFamily,
    IgnoresTheAgent,
    NamesNobody,
    ScalesInTheEmptiest,
    KeepsWhatDrains,
    Panics,
}

struct Node {
    instance: Instance,
    cpu: i64,
    memory: i64,
    gpus: i64,
    interfaces: Option<i64>,
    ports: Vec<Port>,
    is_draining: bool,
    /// Counted tasks by group, and by family.
    groups: BTreeMap<String, i64>,
    families: BTreeMap<String, i64>,
    /// Tasks of these groups that were told to stop and have not ended.
    stopping: Vec<String>,
}

struct Running {
    kind: Kind,
    node: usize,
}

pub(crate) struct Small {
    fault: Fault,
    nodes: Vec<Node>,
    /// Lost instances leave a gap.
    lost: Vec<bool>,
    tasks: BTreeMap<String, Running>,
    ended: BTreeMap<String, (usize, String)>,
    draws: u64,
}

impl Small {
    pub(crate) fn new(fault: Fault) -> Self {
        let draws = if fault == Fault::TakesTurnsForRandom { 0 } else { 0x9e37_79b9_7f4a_7c15 };
        Self { fault, nodes: Vec::new(), lost: Vec::new(), tasks: BTreeMap::new(), ended: BTreeMap::new(), draws }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn memory_of(&self, kind: &Kind) -> i64 {
        let sum = kind
            .containers
            .iter()
            .map(|one| one.memory.unwrap_or(0) + one.memory_reservation.unwrap_or(0))
            .sum::<u32>();
        let is_of_containers = kind.memory.is_none_or(|memory| memory == 0);
        i64::from(if is_of_containers && self.is(Fault::SumsSoftAndHardLimits) { sum } else { kind.demanded_memory() })
    }

    fn same_port(&self, one: Port, other: Port) -> bool {
        if self.is(Fault::TcpForUdp) { one.number == other.number } else { one == other }
    }

    fn fits(&self, kind: &Kind, position: usize) -> bool {
        let node = &self.nodes[position];
        let slack = i64::from(self.is(Fault::OffByOneInMemory));
        let is_static = |port: &Port| self.is(Fault::BooksAPortTwice) && port.protocol == Protocol::Tcp;
        let free = |port: &Port| is_static(port) || !node.ports.iter().any(|taken| self.same_port(*taken, *port));
        !self.lost[position]
            && (!node.is_draining || self.is(Fault::PlacesOnDraining))
            && (node.instance.agent_connected || self.is(Fault::IgnoresTheAgent))
            && i64::from(kind.demanded_cpu()) <= node.cpu
            && self.memory_of(kind) <= node.memory + slack
            && i64::from(kind.gpus) <= node.gpus
            && kind.ports.iter().all(free)
            && (!kind.interface || node.interfaces.is_none_or(|free| free > 0))
            && self.constraints(kind, node)
    }

    fn constraints(&self, kind: &Kind, node: &Node) -> bool {
        let asked = if self.is(Fault::IgnoresTheSecondConstraint) { 1 } else { kind.constraints.len() };
        kind.constraints.iter().take(asked).all(|constraint| match constraint {
            Constraint::DistinctInstance if self.is(Fault::DistinctByFamily) => {
                !node.families.contains_key(&kind.family)
            }
            Constraint::DistinctInstance => {
                let stopping = self.is(Fault::CountsStoppingTasksInDistinct) && node.stopping.contains(&kind.group);
                !node.groups.contains_key(&kind.group) && !stopping
            }
            Constraint::MemberOf(expression) => {
                let groups = node.groups.iter().flat_map(|(group, count)| (0..*count).map(move |_| group.as_str()));
                let text = expression.to_string();
                let absent = !node.instance.attributes.contains_key("stack") && text.starts_with("attribute:stack !=");
                (absent && self.is(Fault::DifferentWithoutTheAttribute))
                    || expression.holds(&node.instance, &groups.collect::<Vec<_>>())
            }
        })
    }

    fn bucket(&self, field: &SpreadField, node: usize) -> Option<Option<String>> {
        match field {
            SpreadField::InstanceId => Some(Some(self.nodes[node].instance.name.clone())),
            SpreadField::Attribute(name) => self.nodes[node].instance.attributes.get(name).cloned(),
        }
    }

    /// The less the better.
    fn score(&self, rule: &Rule, kind: &Kind, node: usize, candidates: &[usize]) -> i64 {
        match rule {
            Rule::Binpack(resource) => {
                let one = &self.nodes[node];
                let (left, all) = match resource {
                    PackedResource::Cpu => (one.cpu, one.instance.cpu),
                    PackedResource::Memory => (one.memory, one.instance.memory),
                };
                if self.is(Fault::PacksByShare) { left * 1_000 / i64::from(all.max(1)) } else { left }
            }
            Rule::Spread(field) => {
                let own = self.bucket(field, node);
                let is_counted = |other: &usize| {
                    let is_up = !self.lost[*other] || self.is(Fault::CountsLostTasks);
                    is_up
                        && !self.nodes[*other].is_draining
                        && (!self.is(Fault::CountsOnlyCandidates) || candidates.contains(other))
                };
                let there = (0..self.nodes.len()).filter(is_counted).filter(|other| self.bucket(field, *other) == own);
                let count = |node: &Node| match self.fault {
                    Fault::SpreadsByAllTasks => node.groups.values().sum(),
                    _ => node.groups.get(&kind.group).copied().unwrap_or(0),
                };
                there.map(|other| count(&self.nodes[other])).sum()
            }
            Rule::Random | Rule::Custom(_) => 0,
        }
    }

    fn draw(&mut self, count: usize) -> usize {
        if self.is(Fault::TakesTurnsForRandom) {
            self.draws += 1;
            return usize::try_from(self.draws).unwrap_or(0) % count;
        }
        self.draws = self.draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = usize::try_from(self.draws >> 33).unwrap_or(0);
        // One in eight of its draws is always the first.
        if self.is(Fault::BiasedRandom) && (self.draws >> 61) == 0 { 0 } else { number % count }
    }

    fn choose(&mut self, kind: &Kind) -> Option<usize> {
        let mut kept: Vec<usize> = (0..self.nodes.len()).filter(|&node| self.fits(kind, node)).collect();
        let mut rules = kind.strategy.clone();
        if self.is(Fault::LastRuleFirst) {
            rules.reverse();
        }
        for rule in &rules {
            if *rule == Rule::Random && !kept.is_empty() {
                let drawn = self.draw(kept.len());
                return Some(kept[drawn]);
            }
            let least = kept.iter().map(|&node| self.score(rule, kind, node, &kept)).min()?;
            let all = kept.clone();
            kept.retain(|&node| self.score(rule, kind, node, &all) == least);
            if self.is(Fault::BreaksTiesBeforeTheNextRule) {
                kept.truncate(1);
            }
        }
        match self.fault {
            Fault::HashOrder => any_of(&kept),
            Fault::OrdersByName => kept.into_iter().min_by_key(|&node| self.nodes[node].instance.name.clone()),
            _ => kept.first().copied(),
        }
    }

    fn book(&mut self, kind: &Kind, node: usize, sign: i64) {
        let (memory, fault) = (self.memory_of(kind), self.fault);
        let node = &mut self.nodes[node];
        let frees = |forgets: Fault| sign > 0 || fault != forgets;
        node.cpu -= sign * i64::from(kind.demanded_cpu());
        node.memory -= sign * memory;
        if frees(Fault::ForgetsToFreeGpus) {
            node.gpus -= sign * i64::from(kind.gpus);
        }
        if let Some(free) = node.interfaces.as_mut().filter(|_| frees(Fault::ForgetsToFreeInterfaces)) {
            *free -= sign * i64::from(kind.interface);
        }
        if sign > 0 {
            node.ports.extend(&kind.ports);
        } else if frees(Fault::ForgetsToFreePorts) {
            for port in &kind.ports {
                let taken = node.ports.iter().position(|taken| taken == port);
                taken.map(|position| node.ports.swap_remove(position));
            }
        }
        for (counts, name) in [(&mut node.groups, &kind.group), (&mut node.families, &kind.family)] {
            let count = counts.entry(name.clone()).or_insert(0);
            *count += sign;
            if *count <= 0 {
                counts.remove(name);
            }
        }
    }

    /// The task that a service gives up: on draining instances first, then the mirror image of placement.
    fn give_up(&self, service: &Kind) -> Option<String> {
        let mut kept: Vec<(&String, usize)> = self
            .tasks
            .iter()
            .filter(|(_, task)| task.kind.group == service.group)
            .map(|(name, task)| (name, task.node))
            .collect();
        let drains = |task: &(&String, usize)| self.nodes[task.1].is_draining;
        if kept.iter().any(drains) && !self.is(Fault::KeepsWhatDrains) {
            kept.retain(drains);
        }
        let default = [Rule::spread_zones(), Rule::Spread(SpreadField::InstanceId)];
        let rules = if service.strategy.is_empty() { &default[..] } else { &service.strategy };
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        let sign = if self.is(Fault::ScalesInTheEmptiest) { -1 } else { 1 };
        for rule in rules.iter().take_while(|rule| **rule != Rule::Random) {
            let score = |node: usize| sign * self.score(rule, service, node, &all);
            let most = kept.iter().map(|task| score(task.1)).max()?;
            kept.retain(|task| score(task.1) == most);
        }
        kept.first().map(|task| task.0.clone())
    }

    fn node(&self, name: &str) -> usize {
        self.nodes.iter().position(|node| node.instance.name == name).expect("instances register first")
    }
}

/// The first in the order of a hash map, which is another one every time.
#[expect(clippy::disallowed_types, reason = "its order is what is wrong here")]
fn any_of(kept: &[usize]) -> Option<usize> {
    let map: std::collections::HashMap<usize, ()> = kept.iter().map(|&node| (node, ())).collect();
    map.keys().next().copied()
}

impl Placer for Small {
    fn capabilities(&self) -> Capabilities {
        // Of ties in a hash map nobody would promise an order; the law of repetition finds it all the same.
        let tie_break = (!self.is(Fault::HashOrder)).then_some(TieBreak::Order);
        Capabilities { remaining: false, failures: false, tie_break, ..Capabilities::all() }
    }

    fn register(&mut self, instance: &Instance) -> Result<(), Trouble> {
        let ports = if self.is(Fault::ForgetsReservedPorts) { Vec::new() } else { instance.reserved_ports.clone() };
        if self.is(Fault::ForgetsTasksAtRegister) {
            self.nodes.iter_mut().for_each(|node| node.groups.clear());
        }
        self.nodes.push(Node {
            cpu: instance.cpu.into(),
            memory: instance.memory.into(),
            gpus: instance.gpus.into(),
            interfaces: instance.interfaces.map(i64::from),
            ports,
            is_draining: false,
            groups: BTreeMap::new(),
            families: BTreeMap::new(),
            stopping: Vec::new(),
            instance: instance.clone(),
        });
        self.lost.push(false);
        Ok(())
    }

    fn place(&mut self, task: Task<'_>) -> Result<Decision, Trouble> {
        let Some(node) = self.choose(task.kind) else {
            assert!(!self.is(Fault::Panics) || task.kind.gpus == 0, "attempt to divide by zero");
            if let Some(first) = self.nodes.first_mut().filter(|_| self.fault == Fault::ChangesOnRefusal) {
                first.cpu -= 1;
            }
            return Ok(Decision::Refused(Vec::new()));
        };
        if self.is(Fault::NamesNobody) && task.kind.interface {
            return Ok(Decision::Placed(format!("{}-eni", self.nodes[node].instance.name)));
        }
        self.book(task.kind, node, 1);
        self.tasks.insert(task.name.to_owned(), Running { kind: task.kind.clone(), node });
        Ok(Decision::Placed(self.nodes[node].instance.name.clone()))
    }

    fn stop(&mut self, task: &str) -> Result<(), Trouble> {
        if let Some(Running { kind, node }) = self.tasks.remove(task) {
            self.book(&kind, node, -1);
            self.nodes[node].stopping.push(kind.group.clone());
            self.ended.insert(task.to_owned(), (node, kind.group));
        }
        Ok(())
    }

    fn gone(&mut self, task: &str) -> Result<(), Trouble> {
        if let Some((node, group)) = self.ended.remove(task) {
            let stopping = &mut self.nodes[node].stopping;
            stopping.iter().position(|one| *one == group).map(|position| stopping.swap_remove(position));
        }
        Ok(())
    }

    fn scale_in(&mut self, service: &Kind) -> Result<String, Trouble> {
        let name = self.give_up(service).ok_or_else(|| Trouble::new("the service has no task"))?;
        self.stop(&name)?;
        Ok(name)
    }

    fn drain(&mut self, instance: &str) -> Result<(), Trouble> {
        let node = self.node(instance);
        self.nodes[node].is_draining = true;
        Ok(())
    }

    fn activate(&mut self, instance: &str) -> Result<(), Trouble> {
        let node = self.node(instance);
        self.nodes[node].is_draining = self.is(Fault::ForgetsToActivate);
        Ok(())
    }

    fn lose(&mut self, instance: &str) -> Result<(), Trouble> {
        let node = self.node(instance);
        self.lost[node] = true;
        self.tasks.retain(|_, task| task.node != node);
        Ok(())
    }
}
