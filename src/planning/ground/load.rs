//! The load of a scenario as something to be placed from empty instances, in the order in which it comes.
//!
//! What runs already is placed anew: tasks of services come by their services, the others as standalone tasks of their
//! group. Nothing befalls the instances, and no capacity provider launches any: what is left out is told.
//!
//! A load is *still* if nothing of it stops or changes: then only the order of its placements matters, and a packing is
//! the placements alone, without a clock.

use std::cmp::Reverse;

use crate::model::contract::Order;
use crate::model::{
    CallDetails, ClassId, DailyCurve, Lifetime, LoadFactor, RequestId, Requests, Running, Scenario, Scheduling,
    Service, SimTime, TaskSource, WeightedShape,
};
use crate::workload::{Decreasing, Workload};

/// A load, and the fleet that it is asked about.
#[derive(Clone, Debug)]
pub struct Load {
    /// The scenario as it is placed anew.
    pub(crate) scenario: Scenario,
    /// What was left out, one sentence each.
    pub left_out: Vec<String>,
    /// Nothing stops and nothing changes.
    pub(crate) is_still: bool,
    /// It is as large as the scenario says: what runs may be looked at as it stands.
    pub(crate) is_as_found: bool,
    /// For every instance of the scenario's fleet the class of one that is had in addition and is like it.
    pub(crate) clones: Vec<ClassId>,
}

/// Some tasks of one kind that ask one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) request: RequestId,
    pub(crate) count: u32,
}

impl Load {
    /// The load of a scenario, so many times as large.
    #[must_use]
    pub fn of(scenario: &Scenario, factor: LoadFactor) -> Self {
        let mut scenario = scenario.clone();
        let mut left_out = Vec::new();
        release(&mut scenario);
        leave_out(&mut scenario, &mut left_out);
        scenario.services.iter_mut().for_each(|service| enlarge(service, factor));
        scenario.sources.iter_mut().for_each(|source| source.load_factor = source.load_factor.times(factor));
        scenario.trace.load_factor = scenario.trace.load_factor.times(factor);
        let anew = scenario.running.iter().filter(|running| !is_of_service(&scenario.services, running));
        let anew: Vec<TaskSource> = anew.map(|running| source_of(running, factor)).collect();
        scenario.sources.extend(anew);
        scenario.running.clear();
        let is_still = is_still(&scenario);
        let clones = scenario.fleet.clones();
        Self { scenario, left_out, is_still, is_as_found: factor == LoadFactor::ONE, clones }
    }

    /// The same load on instances of these classes of its fleet, all of them new.
    #[must_use]
    pub(crate) fn on(&self, instances: Vec<ClassId>) -> Self {
        let mut load = self.clone();
        load.scenario.fleet.identities.clear();
        load.scenario.fleet.instances = instances;
        load.clones = load.scenario.fleet.clones();
        load
    }

    /// The scenario as it is placed anew.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Whether nothing of it stops or changes.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.is_still
    }

    /// The kinds of the daemons: one task on each eligible instance.
    pub(crate) fn daemons(&self, requests: &Requests) -> Vec<RequestId> {
        let services = self.scenario.services.iter().zip(&requests.services);
        let is_daemon = |service: &Service| service.settings.scheduling == Scheduling::Daemon;
        services.filter(|(service, _)| is_daemon(service)).map(|(_, &request)| request).collect()
    }

    /// All tasks but daemons in the order in which they ask, of a load that is still: services, then what arrives.
    pub(crate) fn asks(&self, requests: &Requests, seed: u32) -> Vec<Ask> {
        let mut asks = Vec::new();
        self.services_in_order(requests, &mut asks);
        let mut through = Through { requests, scenario: &self.scenario, placed: Vec::new() };
        through.placed = self.scenario.sources.iter().map(|source| vec![0; source.providers.0.len()]).collect();
        let arrivals = Workload::new(&self.scenario, requests, seed);
        match requests.order {
            Order::Given => arrivals.for_each(|arrival| push(&mut asks, through.next(arrival.request))),
            Order::Decreasing => Decreasing::new(arrivals, requests.sizes(&self.scenario.fleet))
                .for_each(|arrival| push(&mut asks, through.next(arrival.request))),
        }
        asks
    }

    /// Service after service, as they are created at time 0; the one with the largest tasks first where a strategy sorts.
    fn services_in_order(&self, requests: &Requests, asks: &mut Vec<Ask>) {
        let services = self.scenario.services.iter().enumerate();
        let mut replicas: Vec<(usize, &Service)> =
            services.filter(|(_, service)| service.settings.scheduling == Scheduling::Replica).collect();
        if requests.order == Order::Decreasing {
            let sizes = requests.sizes(&self.scenario.fleet);
            replicas.sort_by_key(|&(at, _)| Reverse(sizes[requests.services[at].index()]));
        }
        for (at, service) in replicas {
            let providers = &service.settings.providers;
            let revision = &requests.revisions[at][0];
            let mut placed = vec![0; providers.0.len()];
            let mut left = first_count(service);
            while left > 0 {
                let item = providers.next(&placed);
                if let Some(placed) = placed.get_mut(item) {
                    *placed += 1;
                }
                let count = if providers.has_choice() { 1 } else { left };
                push_many(asks, Ask { request: revision.through(item), count });
                left -= count;
            }
        }
    }
}

/// Which provider a standalone task goes through.
struct Through<'a> {
    requests: &'a Requests,
    scenario: &'a Scenario,
    placed: Vec<Vec<u64>>,
}

impl Through<'_> {
    fn next(&mut self, request: RequestId) -> RequestId {
        let Some(split) = self.requests.splits.get(&request) else { return request };
        let placed = &mut self.placed[split.source];
        let item = self.scenario.sources[split.source].providers.next(placed);
        placed[item] += 1;
        split.requests[item]
    }
}

fn push(asks: &mut Vec<Ask>, request: RequestId) {
    push_many(asks, Ask { request, count: 1 });
}

fn push_many(asks: &mut Vec<Ask>, ask: Ask) {
    match asks.last_mut() {
        Some(last) if last.request == ask.request && last.count <= u32::MAX - ask.count => last.count += ask.count,
        _ => asks.push(ask),
    }
}

/// Instances that take no task are no part of the fleet; no provider launches any.
fn release(scenario: &mut Scenario) {
    let draining = std::mem::take(&mut scenario.draining);
    let fleet = &mut scenario.fleet;
    let stays: Vec<bool> = fleet.ids().map(|instance| !draining.contains(&instance)).collect();
    let mut kept = stays.iter();
    fleet.instances.retain(|_| *kept.next().expect("one a instance"));
    if !fleet.identities.is_empty() {
        let mut kept = stays.iter();
        fleet.identities.retain(|_| *kept.next().expect("one a instance"));
    }
    scenario.dynamics.providers.iter_mut().for_each(|provider| provider.managed_scaling = false);
}

fn leave_out(scenario: &mut Scenario, left_out: &mut Vec<String>) {
    let mut leave = |count: usize, what: &str| {
        if count > 0 {
            left_out.push(format!("{what} ({count})"));
        }
    };
    leave(scenario.happenings.len(), "happenings, as nothing befalls the instances of a plan");
    leave(scenario.starts.len(), "calls of StartTask, which name instances");
    leave(usize::from(scenario.dynamics.failures.is_some()), "random failures");
    leave(scenario.dynamics.providers.len(), "managed scaling, as the plan says how many instances there are");
    scenario.happenings.clear();
    scenario.starts.clear();
    scenario.dynamics.failures = None;
}

fn is_of_service(services: &[Service], running: &Running) -> bool {
    let name = running.group.strip_prefix("service:");
    name.is_some_and(|name| services.iter().any(|service| service.name == name))
}

fn source_of(running: &Running, factor: LoadFactor) -> TaskSource {
    TaskSource {
        count: Some(scaled(running.count(), factor)),
        group: Some(running.group.clone()),
        details: CallDetails { demand: Some(running.demand.clone()), ..CallDetails::default() },
        ..TaskSource::of(vec![WeightedShape { definition: running.definition, weight: 1 }])
    }
}

/// So many times a count, rounded up.
fn scaled(count: u64, factor: LoadFactor) -> u64 {
    let scaled = (u128::from(count) * u128::from(factor.0)).div_ceil(u128::from(LoadFactor::ONE.0));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn enlarge(service: &mut Service, factor: LoadFactor) {
    let enlarge = |count: &mut u32| *count = u32::try_from(scaled(u64::from(*count), factor)).unwrap_or(u32::MAX);
    enlarge(&mut service.desired_count);
    service.settings.steps.iter_mut().for_each(|(_, count)| enlarge(count));
    if let Some(DailyCurve { counts, .. }) = &mut service.settings.curve {
        counts.iter_mut().for_each(enlarge);
    }
}

/// How many tasks a service that never changes has.
fn first_count(service: &Service) -> u32 {
    service.settings.curve.as_ref().map_or(service.desired_count, |curve| curve.at(SimTime::ZERO))
}

fn is_still(scenario: &Scenario) -> bool {
    let service = |service: &Service| {
        let settings = &service.settings;
        let changes = |curve: &DailyCurve| curve.counts.windows(2).any(|pair| pair[0] != pair[1]);
        settings.steps.is_empty() && settings.deployments.is_empty() && !settings.curve.as_ref().is_some_and(changes)
    };
    scenario.services.iter().all(service)
        && scenario.sources.iter().all(|source| source.lifetime == Lifetime::Forever)
        && scenario.trace.tasks.iter().all(|task| task.life.is_none())
}
