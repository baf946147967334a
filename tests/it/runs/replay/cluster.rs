//! A cluster made of the rows of a log: instances from what registers them, tasks from what places and stops them.

use std::collections::BTreeMap;

use stowplan::model::GpuDemand;
use stowplan::query::{Facts, Instant};

use super::gpus::Gpus;

/// CPU units and MiB.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Amounts {
    pub(super) cpu: u64,
    pub(super) memory: u64,
}

/// An instance as the log tells of it.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) zone: String,
    pub(super) cpu: u64,
    pub(super) memory: u64,
    gpus: Gpus,
    reserved_ports: Vec<String>,
    pub(super) provider: Option<String>,
    eni_tasks: Option<u64>,
    agent_version: Option<String>,
    pub(super) agent_connected: bool,
    ec2_instance_id: Option<String>,
    registered_at: Option<i64>,
    other_tasks: u32,
    attributes: BTreeMap<String, Option<String>>,
    pub(super) status: Status,
    /// Its tasks by number.
    pub(super) tasks: BTreeMap<u64, Task>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Draining,
    Lost,
}

/// A living task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) group: String,
    pub(super) family: String,
    pub(super) cpu: u64,
    pub(super) memory: u64,
    pub(super) gpus: GpuDemand,
    pub(super) ports: Vec<String>,
    /// It has an interface of its own.
    pub(super) has_eni: bool,
    pub(super) since_ms: u64,
}

impl Host {
    /// From its row.
    pub(super) fn registered(row: &csv::StringRecord) -> Self {
        let said: serde_json::Value = serde_json::from_str(&row[14]).unwrap();
        let text = |key: &str| said[key].as_str().map(str::to_owned);
        let attribute =
            |(name, value): (&String, &serde_json::Value)| (name.clone(), value.as_str().map(str::to_owned));
        Self {
            zone: row[13].to_owned(),
            cpu: row[7].parse().unwrap(),
            memory: row[8].parse().unwrap(),
            gpus: Gpus::registered(&row[9], &said),
            reserved_ports: ports(&row[11]),
            provider: text("capacity_provider"),
            eni_tasks: said["eni_tasks"].as_u64(),
            agent_version: text("agent_version"),
            agent_connected: said["agent_connected"].as_bool().unwrap(),
            ec2_instance_id: text("ec2_instance_id"),
            registered_at: text("registered_at").map(|at| Instant::parse(&at).unwrap().seconds()),
            other_tasks: u32::try_from(said["other_tasks"].as_u64().unwrap_or_default()).unwrap(),
            attributes: said["attributes"].as_object().unwrap().iter().map(attribute).collect(),
            status: Status::Active,
            tasks: BTreeMap::new(),
        }
    }

    /// What no task takes.
    pub(super) fn left(&self) -> Amounts {
        let taken = |of: fn(&Task) -> u64| self.tasks.values().map(of).sum::<u64>();
        Amounts { cpu: self.cpu - taken(|task| task.cpu), memory: self.memory - taken(|task| task.memory) }
    }

    /// What keeps a task off, of its resources; what is `held` is held back from it.
    pub(super) fn has_room(&self, task: &Task, held: Amounts) -> bool {
        let left = self.left();
        let fits = |left: u64, held: u64, need: u64| need == 0 || need <= left.saturating_sub(held);
        let interfaces = self.tasks.values().filter(|task| task.has_eni).count() as u64;
        let mut taken = self.reserved_ports.iter().chain(self.tasks.values().flat_map(|task| &task.ports));
        let count = self.reserved_ports.len() + self.tasks.values().map(|task| task.ports.len()).sum::<usize>();
        fits(left.cpu, held.cpu, task.cpu)
            && fits(left.memory, held.memory, task.memory)
            && self.gpus.fit(task.gpus)
            && !taken.any(|port| task.ports.contains(port))
            && (task.ports.is_empty() || count + task.ports.len() <= 100)
            && (!task.has_eni || self.eni_tasks.is_none_or(|most| interfaces < most))
    }

    /// A task comes.
    pub(super) fn take(&mut self, number: u64, task: Task) {
        self.gpus.take(number, task.gpus);
        self.tasks.insert(number, task);
    }

    /// A task goes; tells whether it was there.
    pub(super) fn give_back(&mut self, number: u64) -> bool {
        self.gpus.give_back(number);
        self.tasks.remove(&number).is_some()
    }

    /// Tasks of a group.
    pub(super) fn of_group(&self, group: &str) -> usize {
        self.tasks.values().filter(|task| task.group == group).count()
    }
}

impl Task {
    /// From a row of a task; what it asks of GPUs and interfaces is its definition's.
    pub(super) fn of(row: &csv::StringRecord, gpus: GpuDemand, has_eni: bool, since_ms: u64) -> Self {
        Self {
            group: row[5].to_owned(),
            family: row[6].to_owned(),
            cpu: row[7].parse().unwrap(),
            memory: row[8].parse().unwrap(),
            gpus,
            ports: ports(&row[11]),
            has_eni,
            since_ms,
        }
    }
}

fn ports(cell: &str) -> Vec<String> {
    cell.split_whitespace().map(str::to_owned).collect()
}

impl Facts for Host {
    fn agent_connected(&self) -> bool {
        self.agent_connected
    }

    fn agent_version(&self) -> Option<&str> {
        self.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> Option<i64> {
        self.registered_at
    }

    fn running_tasks_count(&self) -> u32 {
        u32::try_from(self.tasks.len()).unwrap() + self.other_tasks
    }

    fn any_task_group(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.tasks.values().any(|task| test(&task.group))
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.attributes.get(name).map(Option::as_deref)
    }
}
