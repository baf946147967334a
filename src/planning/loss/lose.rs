//! One loss tried out: instances go with their tasks, services start them anew on the survivors.

use std::collections::BTreeMap;

use super::Order;
use crate::engine::{Engine, InstanceStatus, Reason};
use crate::model::{InstanceId, RequestId, Requests, Scenario, ZoneId};
use crate::planning::ground::LeftOut;
use crate::planning::ground::standing::{Owner, Standing};
use crate::query::Dependence;

/// What a loss does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Instances that are lost.
    pub instances: u64,
    /// Tasks of services on them, daemons left out.
    pub tasks: u64,
    /// Standalone tasks on them: nobody starts them anew.
    pub standalone: u64,
    /// Tasks of services that found no room on the survivors, by position of the service.
    pub left_out: BTreeMap<usize, LeftOut>,
    /// The service that has least left before anything is started anew: position, tasks left, tasks before.
    pub worst: Option<(usize, u64, u64)>,
    /// Most less fewest tasks of a service over the zones, once what was lost is back and empty: the worst service.
    pub skew_after: u64,
}

impl Loss {
    /// Every task found room.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.left_out.is_empty()
    }

    /// How many tasks found none.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left_out.values().map(|left| left.count).sum()
    }
}

/// Where losses are tried out.
pub(super) struct Ground<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) requests: &'a Requests,
    pub(super) order: Order,
}

impl Ground<'_> {
    /// Loses some instances of a copy of the cluster.
    pub(super) fn lose(&self, standing: &Standing<'_>, is_lost: &dyn Fn(InstanceId) -> bool) -> Loss {
        let mut copy = standing.clone();
        let mut loss = Loss::default();
        for instance in (0..copy.engine.instance_count()).map(InstanceId::from_index).filter(|&one| is_lost(one)) {
            loss.instances += u64::from(copy.engine.status(instance) != InstanceStatus::Lost);
            copy.engine.set_status(instance, InstanceStatus::Lost);
        }
        let before = standing.of_services(self.scenario.services.len());
        let mut gone = vec![0_u64; before.len()];
        let mut again: Vec<Again> = Vec::new();
        for task in standing.tasks.iter().filter(|task| is_lost(task.instance)) {
            copy.engine.stop_on(task.request, task.instance, task.device);
            match task.owner {
                Owner::Service(service, request) => {
                    gone[service] += 1;
                    again.push(Again { service, request });
                }
                Owner::Daemon(_) => {}
                Owner::Standalone => loss.standalone += 1,
            }
        }
        loss.tasks = again.len() as u64;
        loss.worst = worst(&before, &gone);
        if self.order == Order::Largest {
            let sizes = self.requests.sizes(&self.scenario.fleet);
            again.sort_by_key(|task| std::cmp::Reverse(sizes[task.request.index()]));
        }
        let placed = self.start_anew(&mut copy, &again, &mut loss);
        loss.skew_after = self.skew_after(standing, is_lost, &placed);
        loss
    }

    fn start_anew(&self, copy: &mut Standing<'_>, again: &[Again], loss: &mut Loss) -> Vec<Started> {
        let mut refused: BTreeMap<RequestId, Reason> = BTreeMap::new();
        let mut placed = Vec::with_capacity(again.len());
        for &Again { service, request } in again {
            if let Some(&reason) = refused.get(&request) {
                LeftOut::add(&mut loss.left_out, service, reason);
            } else if let Some(found) = copy.engine.place(request) {
                placed.push(Started { service, instance: found.instance });
            } else {
                let reason = copy.engine.refusal(request);
                LeftOut::add(&mut loss.left_out, service, reason);
                let asks = |dependence| dependence == Dependence::Tasks;
                if !self.requests[request].member_of.iter().any(|expression| asks(expression.dependence())) {
                    refused.insert(request, reason);
                }
            }
        }
        placed
    }

    /// Tasks do not move back by themselves: what is lost comes back empty.
    fn skew_after(&self, standing: &Standing<'_>, is_lost: &dyn Fn(InstanceId) -> bool, placed: &[Started]) -> u64 {
        let fleet = &self.scenario.fleet;
        let zone = |instance: InstanceId| -> ZoneId { fleet.classes[standing.engine.class(instance).index()].zone };
        let mut counts = vec![vec![0_u64; fleet.zones.len()]; self.scenario.services.len()];
        for task in standing.tasks.iter().filter(|task| !is_lost(task.instance)) {
            if let Owner::Service(service, _) = task.owner {
                counts[service][zone(task.instance).index()] += 1;
            }
        }
        placed.iter().for_each(|task| counts[task.service][zone(task.instance).index()] += 1);
        let mut known = vec![false; fleet.zones.len()];
        standing.active().for_each(|instance| known[zone(instance).index()] = fleet.is_known(zone(instance)));
        let skew = |counts: &Vec<u64>| {
            let of = || counts.iter().zip(&known).filter(|(_, known)| **known).map(|(count, _)| *count);
            of().max().unwrap_or(0) - of().min().unwrap_or(0)
        };
        counts.iter().map(skew).max().unwrap_or(0)
    }
}

/// A task that was lost and is started anew.
#[derive(Clone, Copy, Debug)]
struct Again {
    service: usize,
    request: RequestId,
}

/// A task that was started anew, and where.
#[derive(Clone, Copy, Debug)]
struct Started {
    service: usize,
    instance: InstanceId,
}

/// The service of which the smallest share is left, the first of equals.
fn worst(before: &[u64], gone: &[u64]) -> Option<(usize, u64, u64)> {
    let services = before.iter().zip(gone).enumerate().filter(|(_, (before, _))| **before > 0);
    let left = services.map(|(service, (&before, &gone))| (service, before - gone, before));
    left.min_by(|a, b| {
        (u128::from(a.1) * u128::from(b.2)).cmp(&(u128::from(b.1) * u128::from(a.2))).then(a.0.cmp(&b.0))
    })
}
