//! Who is where, what is left, and the checks of placement.

use std::collections::BTreeMap;

use crate::laws::placer::Left;
use crate::laws::world::{Constraint, History, Kind, Step};
use crate::model::{MAX_PORTS_PER_INSTANCE, Port};

/// What placement may do with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It takes tasks.
    Active,
    /// Its tasks run on; it takes no more.
    Draining,
    /// It is not there.
    Absent,
}

/// A counted task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Living {
    /// Position of its kind.
    pub kind: usize,
    /// Position of its instance.
    pub instance: usize,
}

/// A cluster at one step of a history. Instances and kinds go by their positions in it.
#[derive(Clone, Debug)]
pub struct Cluster<'h> {
    /// Where instances and kinds are described.
    pub history: &'h History,
    /// The status of each instance.
    pub statuses: Vec<Status>,
    /// In which order instances joined.
    pub order: Vec<usize>,
    /// Counted tasks by number.
    pub tasks: BTreeMap<u32, Living>,
    /// Tasks on draining instances count for spread (U-3).
    pub counts_draining: bool,
}

impl<'h> Cluster<'h> {
    /// Nobody there yet.
    #[must_use]
    pub fn new(history: &'h History, counts_draining: bool) -> Self {
        let statuses = vec![Status::Absent; history.instances.len()];
        Self { history, statuses, order: Vec::new(), tasks: BTreeMap::new(), counts_draining }
    }

    /// The instance of this name, if it has joined and is not lost.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<usize> {
        let is_there = |position: &usize| self.statuses[*position] != Status::Absent;
        self.history.instances.iter().position(|instance| instance.name == name).filter(is_there)
    }

    /// The kinds of the counted tasks on an instance, one entry a task.
    pub fn on(&self, instance: usize) -> impl Iterator<Item = &'h Kind> {
        let history = self.history;
        self.tasks.values().filter(move |task| task.instance == instance).map(move |task| &history.kinds[task.kind])
    }

    /// What is left; below 0 where more was placed than there is.
    #[must_use]
    pub fn left(&self, instance: usize) -> Left {
        let registered = &self.history.instances[instance];
        let taken = |of: fn(&Kind) -> u32| self.on(instance).map(|kind| i64::from(of(kind))).sum::<i64>();
        Left {
            cpu: i64::from(registered.cpu) - taken(Kind::demanded_cpu),
            memory: i64::from(registered.memory) - taken(Kind::demanded_memory),
            gpus: i64::from(registered.gpus) - taken(|kind| kind.gpus),
        }
    }

    /// Ports in use, those that are reserved included.
    #[must_use]
    pub fn ports(&self, instance: usize) -> Vec<Port> {
        let reserved = self.history.instances[instance].reserved_ports.iter().copied();
        reserved.chain(self.on(instance).flat_map(|kind| kind.ports.iter().copied())).collect()
    }

    /// Interfaces that are free; `None` is any number.
    #[must_use]
    pub fn interfaces(&self, instance: usize) -> Option<i64> {
        let used = i64::try_from(self.on(instance).filter(|kind| kind.interface).count()).expect("few tasks");
        self.history.instances[instance].interfaces.map(|all| i64::from(all) - used)
    }

    /// Counted tasks of a group on an instance.
    #[must_use]
    pub fn of_group(&self, instance: usize, group: &str) -> u32 {
        u32::try_from(self.on(instance).filter(|kind| kind.group == group).count()).expect("few tasks")
    }

    /// The counted tasks of the group of a kind, the oldest first.
    #[must_use]
    pub fn of_service(&self, kind: &Kind) -> Vec<u32> {
        let is_its = |task: &Living| self.history.kinds[task.kind].group == kind.group;
        let mut tasks: Vec<u32> = self.tasks.iter().filter(|(_, task)| is_its(task)).map(|(task, _)| *task).collect();
        let asked = |task: &u32| {
            self.history.steps.iter().position(|step| matches!(step, Step::Place { task: one, .. } if one == task))
        };
        tasks.sort_by_key(asked);
        tasks
    }

    /// Its memberOf expressions are true on an instance.
    #[must_use]
    pub fn is_member(&self, kind: &Kind, instance: usize) -> bool {
        let groups: Vec<&str> = self.on(instance).map(|kind| kind.group.as_str()).collect();
        let described = &self.history.instances[instance];
        kind.constraints.iter().all(|constraint| match constraint {
            Constraint::MemberOf(expression) => expression.holds(described, &groups),
            Constraint::DistinctInstance => true,
        })
    }

    /// The checks that an instance fails for a task of a kind, in the order and by the words of `docs/laws.md`.
    #[must_use]
    pub fn failures(&self, kind: &Kind, instance: usize) -> Vec<&'static str> {
        let (left, ports) = (self.left(instance), self.ports(instance));
        let free = kind.ports.iter().all(|port| !ports.contains(port));
        let few = kind.ports.is_empty() || ports.len() + kind.ports.len() <= MAX_PORTS_PER_INSTANCE;
        let checks = [
            ("INACTIVE", self.statuses[instance] == Status::Active),
            ("AGENT", self.history.instances[instance].agent_connected),
            ("RESOURCE:CPU", i64::from(kind.demanded_cpu()) <= left.cpu),
            ("RESOURCE:MEMORY", i64::from(kind.demanded_memory()) <= left.memory),
            ("RESOURCE:GPU", i64::from(kind.gpus) <= left.gpus),
            ("RESOURCE:PORTS", free && few),
            ("RESOURCE:ENI", !kind.interface || self.interfaces(instance).is_none_or(|free| free >= 1)),
            ("MemberOf placement constraint unsatisfied.", self.is_member(kind, instance)),
            (
                "DistinctInstance placement constraint unsatisfied.",
                !kind.is_distinct() || self.of_group(instance, &kind.group) == 0,
            ),
        ];
        checks.into_iter().filter(|(_, holds)| !holds).map(|(reason, _)| reason).collect()
    }

    /// The instances that may take a task of a kind, in the order in which they joined.
    #[must_use]
    pub fn candidates(&self, kind: &Kind) -> Vec<usize> {
        self.order.iter().copied().filter(|&instance| self.failures(kind, instance).is_empty()).collect()
    }
}
