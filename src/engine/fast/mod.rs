//! The fast engine: exactly the choices of the reference engine, at the cost of a few memory accesses.
//!
//! A placement is: look up the [`plan`] of the request, ask the indexes for the instance that its chain chooses, take
//! the demand from the instance's [`record`], and tell every index how the instance has moved. Whatever no index
//! serves is scanned.

mod cells;
mod cluster;
mod counts;
mod extras;
mod facts;
mod plan;
mod record;
mod scan;
mod shapes;

use super::draw::Draws;
use super::{Engine, InstanceStatus, Placed, Reason, Remaining, Setup};
use crate::model::{ClassId, CpuUnits, InstanceId, MemoryMib, RequestId};
use cluster::{Cluster, Keep};
use plan::{Path, Plan, Plans};
use scan::Scan;

/// The fast engine. See the [module](self).
#[derive(Clone, Debug)]
pub struct FastEngine<'a> {
    setup: Setup<'a>,
    plans: Vec<Plan>,
    cluster: Cluster<'a>,
    draws: Draws,
    decisions: u64,
}

impl<'a> FastEngine<'a> {
    /// An engine for the empty cluster of `setup`.
    #[must_use]
    pub fn new(setup: Setup<'a>) -> Self {
        let plans = Plans::new(&setup);
        let keep = Keep { extras: extras::any_extras(setup.requests), counts: true };
        let cluster = Cluster::new(setup.fleet, &setup.requests.groups, plans.partition, keep);
        let mut engine = Self { setup, plans: plans.table, cluster, draws: Draws::new(setup.seed), decisions: 0 };
        for &class in &setup.fleet.instances {
            engine.register(class);
        }
        engine
    }

    fn scan(&self, request: RequestId) -> Scan<'_, 'a> {
        Scan {
            cluster: &self.cluster,
            request: &self.setup.requests[request],
            plan: &self.plans[request.index()],
            options: self.setup.options,
        }
    }

    fn choose(&mut self, request: RequestId) -> Option<u32> {
        let decision = self.decisions;
        self.decisions += 1;
        self.scan(request).choose(self.draws, decision)
    }
}

impl Engine for FastEngine<'_> {
    fn place(&mut self, request: RequestId) -> Option<Placed> {
        let id = self.choose(request)?;
        let plan = self.plans[request.index()];
        self.cluster.take(id, &plan, &self.setup.requests[request].demand, 1);
        Some(Placed { instance: InstanceId(id), is_first: self.cluster.records[id as usize].tasks() == 1 })
    }

    fn refusal(&mut self, request: RequestId) -> Reason {
        self.scan(request).reason()
    }

    fn stop(&mut self, request: RequestId, instance: InstanceId) -> bool {
        let plan = self.plans[request.index()];
        self.cluster.give_back(instance.0, &plan, &self.setup.requests[request].demand);
        self.cluster.records[instance.index()].tasks() == 0
    }

    fn set_status(&mut self, instance: InstanceId, status: InstanceStatus) {
        self.cluster.records[instance.index()].set_status(status);
    }

    fn register(&mut self, class: ClassId) -> InstanceId {
        InstanceId(self.cluster.push(class))
    }

    fn instance_count(&self) -> usize {
        self.cluster.records.len()
    }

    fn class(&self, instance: InstanceId) -> ClassId {
        self.cluster.class_id(instance.0)
    }

    fn status(&self, instance: InstanceId) -> InstanceStatus {
        self.cluster.records[instance.index()].status()
    }

    fn remaining(&self, instance: InstanceId) -> Remaining {
        let record = self.cluster.records[instance.index()];
        let gpus = match &self.cluster.extras {
            Some(extras) => extras[instance.index()].gpus,
            None => self.cluster.class(instance.0).gpus,
        };
        Remaining { cpu: CpuUnits(record.cpu), memory: MemoryMib(record.memory), gpus }
    }

    fn task_count(&self, instance: InstanceId) -> u32 {
        self.cluster.records[instance.index()].tasks()
    }

    fn path(&self, request: RequestId) -> &'static str {
        match self.plans[request.index()].path {
            Path::Scan => "scan",
            Path::Index { .. } => "scan",
        }
    }

    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}
