//! A cluster with its tasks on it: packed, or as it was found; each task with what would be started in its place.

use std::collections::BTreeMap;

use super::packing::{Packed, Packing};
use crate::engine::{Engine, FastEngine, InstanceStatus, Setup};
use crate::model::{Device, InstanceId, Policy, RequestId, Requests, Running, Scenario, Scheduling, Trace};
use crate::workload::{Origin, Purpose};

/// One task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    /// What is there.
    pub(crate) request: RequestId,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// Where.
    pub(crate) instance: InstanceId,
    /// The device of its share of a GPU.
    pub(crate) device: Device,
}

/// Whose a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Of the service at a position; it starts such a task in its place.
    Service(usize, RequestId),
    /// Of the DAEMON service at a position: it is for its instance alone.
    Daemon(usize),
    /// Nobody starts it anew.
    Standalone,
}

/// Tasks on an engine.
#[derive(Clone, Debug)]
pub(crate) struct Standing<'a> {
    pub(crate) engine: FastEngine<'a>,
    /// In the order in which they were started.
    pub(crate) tasks: Vec<Task>,
}

impl<'a> Standing<'a> {
    /// A packing of the prefix that was packed last.
    pub(crate) fn of_packed(packing: &'a Packing<'_>, packed: &Packed) -> Self {
        let mut engine = FastEngine::new(packing.setup());
        let owners = Owners::of(&packing.load.scenario, packing.requests);
        let mut tasks = Vec::with_capacity(packed.tasks.len());
        for &(request, instance) in &packed.tasks {
            engine.restore(request, instance);
            let device = engine.last_device();
            tasks.push(Task { request, owner: owners.of_request(request), instance, device });
        }
        Self { engine, tasks }
    }

    /// The cluster of a scenario as it was found: what runs, and what drains.
    pub(crate) fn found(scenario: &'a Scenario, requests: &'a Requests) -> Self {
        let seed = Origin::only(1, "run").draws(Purpose::Placement).key();
        let setup = Setup { fleet: &scenario.fleet, requests, options: scenario.options, seed };
        let mut engine = FastEngine::new(setup);
        let owners = Owners::of(scenario, requests);
        let mut tasks = Vec::new();
        for (running, &request) in scenario.running.iter().zip(&requests.running) {
            let owner = owners.of_group(&running.group);
            for &(instance, count) in &running.places {
                for _ in 0..count {
                    engine.prefer_device(running.device);
                    engine.restore(request, instance);
                    let device = engine.last_device();
                    tasks.push(Task { request, owner, instance, device });
                }
            }
        }
        let mut standing = Self { engine, tasks };
        scenario.draining.iter().for_each(|&instance| standing.drain(instance));
        standing
    }

    /// An ACTIVE instance takes no more tasks.
    pub(crate) fn drain(&mut self, instance: InstanceId) {
        let tasks: Vec<RequestId> =
            self.tasks.iter().filter(|task| task.instance == instance).map(|task| task.request).collect();
        self.engine.drain(instance, &tasks);
    }

    /// Every instance that takes tasks.
    pub(crate) fn active(&self) -> impl Iterator<Item = InstanceId> + '_ {
        let ids = (0..self.engine.instance_count()).map(InstanceId::from_index);
        ids.filter(|&instance| self.engine.status(instance) == InstanceStatus::Active)
    }

    /// How many tasks of each service there are.
    pub(crate) fn of_services(&self, services: usize) -> Vec<u64> {
        let mut counts = vec![0; services];
        for task in &self.tasks {
            if let Owner::Service(service, _) = task.owner {
                counts[service] += 1;
            }
        }
        counts
    }
}

/// Who owns which kinds and groups.
struct Owners<'a> {
    scenario: &'a Scenario,
    requests: &'a Requests,
    by_request: Vec<Owner>,
}

impl<'a> Owners<'a> {
    fn of(scenario: &'a Scenario, requests: &'a Requests) -> Self {
        let mut by_request = vec![Owner::Standalone; requests.table.len()];
        for (service, revisions) in requests.revisions.iter().enumerate() {
            let is_daemon = scenario.services[service].settings.scheduling == Scheduling::Daemon;
            for revision in revisions {
                for &request in std::iter::once(&revision.request).chain(&revision.by_provider).chain(&revision.by_zone)
                {
                    by_request[request.index()] =
                        if is_daemon { Owner::Daemon(service) } else { Owner::Service(service, request) };
                }
            }
        }
        Self { scenario, requests, by_request }
    }

    fn of_request(&self, request: RequestId) -> Owner {
        self.by_request[request.index()]
    }

    /// What runs already is of the service of its group, which starts tasks of its own kind in its place.
    fn of_group(&self, group: &str) -> Owner {
        let name = group.strip_prefix("service:");
        let service = name.and_then(|name| self.scenario.services.iter().position(|service| service.name == name));
        service.map_or(Owner::Standalone, |service| self.of_request(self.requests.services[service]))
    }
}

impl Standing<'_> {
    /// The tasks as what a scenario finds running.
    pub(crate) fn as_running(&self, requests: &Requests) -> Vec<Running> {
        let mut places: BTreeMap<(RequestId, Device), BTreeMap<InstanceId, u32>> = BTreeMap::new();
        for task in &self.tasks {
            *places.entry((task.request, task.device)).or_default().entry(task.instance).or_default() += 1;
        }
        let running = |((request, device), places): ((RequestId, Device), BTreeMap<InstanceId, u32>)| {
            let kind = &requests[request];
            Running {
                definition: kind.definition,
                group: requests.groups[kind.group.index()].clone(),
                demand: kind.demand.clone(),
                places: places.into_iter().collect(),
                device,
            }
        };
        places.into_iter().map(running).collect()
    }
}

/// A cluster that stands, and nothing that happens to it: no arrival, no change, no happening.
pub(crate) fn at_rest(scenario: &Scenario, policy: &Policy, running: Vec<Running>) -> Scenario {
    let mut still = Scenario {
        running,
        sources: Vec::new(),
        starts: Vec::new(),
        trace: Trace::default(),
        happenings: Vec::new(),
        snapshot: None,
        horizon: None,
        policies: vec![policy.clone()],
        ..scenario.clone()
    };
    still.dynamics.failures = None;
    still.dynamics.providers.iter_mut().for_each(|provider| provider.managed_scaling = false);
    for service in &mut still.services {
        service.settings.steps.clear();
        service.settings.curve = None;
        service.settings.deployments.clear();
    }
    still
}
