//! One request against the instances as they are: which check one fails, and so why a task is refused where counters do not
//! tell. What no index serves is chosen by it (`least.rs`, `ask.rs`).
//!
//! It needs nothing but the [`Cluster`], so it is right whatever the indexes hold.

use super::refusals::Furthest;
use crate::engine::fast::plan::Plan;
use crate::engine::fast::state::cells::CellSet;
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::facts::InstanceFacts;
use crate::engine::fast::state::looks;
use crate::engine::{InstanceStatus, Reason};
use crate::model::{PlacementOptions, Request};
use crate::query::{Dependence, Expression};

/// One request against the whole cluster.
#[derive(Clone, Copy)]
pub(crate) struct Scan<'e, 'a> {
    pub(crate) cluster: &'e Cluster<'a>,
    pub(crate) request: &'e Request,
    pub(crate) plan: &'e Plan,
    /// By class: the check of the class that its instances fail.
    pub(crate) failures: &'e [Option<Reason>],
    pub(crate) options: PlacementOptions,
}

impl Scan<'_, '_> {
    /// The instance that gets furthest, looked for from one on and then before it; `enough` is known to be as far as any
    /// gets.
    pub(crate) fn furthest_from(&self, start: u32, enough: Option<Reason>) -> Furthest {
        let last = if self.plan.extras.is_some() { Reason::Eni } else { Reason::Memory };
        let enough = enough.unwrap_or(last);
        let mut furthest = Furthest { reason: Reason::NoInstances, witness: start };
        for id in (start..self.instances()).chain(0..start.min(self.instances())) {
            furthest.take(id, self.hindrance_of(id));
            if furthest.reason.progress() >= enough.progress() {
                break;
            }
        }
        furthest
    }

    /// The first check that an ACTIVE instance fails where constraints are asked before resources.
    ///
    /// # Panics
    /// If it fails none: the task could be placed.
    pub(crate) fn hindrance_of(&self, id: u32) -> Option<Reason> {
        looks::look(1);
        let record = self.cluster.records.get(id as usize)?;
        if record.is_away() {
            return Some(Reason::Agent);
        }
        // Where the static checks are settled, some instance passes them: the others get no further.
        let may_be_best = !self.plan.settled || has(self.plan.eligible, record.cell());
        (record.is_active() && may_be_best)
            .then(|| self.first_hindrance(id).expect("asked why a task is refused that could be placed"))
    }

    /// The first check that an instance fails where constraints are asked before resources.
    fn first_hindrance(&self, id: u32) -> Option<Reason> {
        let cell = self.cluster.records[id as usize].cell();
        let constrained = || self.constraint_failure(id, cell);
        self.static_failure(id, cell).or_else(constrained).or_else(|| self.resource_failure(id))
    }

    pub(super) fn instances(&self) -> u32 {
        u32::try_from(self.cluster.records.len()).expect("fewer than 2^32 instances")
    }

    /// The first check that the ACTIVE instance fails.
    pub(crate) fn first_failure(&self, id: u32) -> Option<Reason> {
        looks::look(1);
        let record = self.cluster.records[id as usize];
        if record.is_away() {
            return Some(Reason::Agent);
        }
        let constrained = || self.constraint_failure(id, record.cell());
        self.static_failure(id, record.cell()).or_else(|| self.resource_failure(id)).or_else(constrained)
    }

    fn resource_failure(&self, id: u32) -> Option<Reason> {
        let record = self.cluster.records[id as usize];
        if self.plan.cpu > record.cpu {
            return Some(Reason::Cpu);
        }
        if self.plan.memory > record.memory {
            return Some(Reason::Memory);
        }
        self.extra_failure(id)
    }

    fn static_failure(&self, id: u32, cell: usize) -> Option<Reason> {
        if self.plan.settled && has(self.plan.passing, cell) {
            return None;
        }
        self.failures[self.cluster.class_id(id).index()].filter(|reason| *reason != Reason::MemberOf)
    }

    /// What an instance that has the cpu and the memory, and whose class passes, fails of all that hangs on itself.
    pub(super) fn is_hindered(&self, id: u32) -> bool {
        let asks_for_more = |expression: &&Expression| expression.dependence() > Dependence::Class;
        let facts = InstanceFacts { cluster: self.cluster, instance: id };
        self.extra_failure(id).is_some()
            || self.is_taken(id)
            || !self.request.member_of.iter().filter(asks_for_more).all(|expression| expression.evaluate(&facts))
    }

    fn extra_failure(&self, id: u32) -> Option<Reason> {
        self.plan.extras?;
        let extra = &self.cluster.extras.as_ref().expect("extras are kept where a request asks for them")[id as usize];
        let (demand, gpus) = (&self.request.demand, self.cluster.gpus.as_ref());
        let checks = [
            (Reason::Gpu, gpus.is_none_or(|gpus| gpus[id as usize].fits(demand.gpus, self.cluster.class(id)))),
            (Reason::Ports, self.cluster.ports.fit(&extra.ports, &demand.ports, self.cluster.class_id(id))),
            (Reason::Eni, extra.eni_fits(demand.eni_slots)),
        ];
        checks.into_iter().find(|(_, holds)| !holds).map(|(reason, _)| reason)
    }

    /// Every check holds but those of resources and of `distinctInstance`.
    pub(crate) fn is_eligible(&self, id: u32) -> bool {
        let record = self.cluster.records[id as usize];
        record.is_active() && self.static_failure(id, record.cell()).is_none() && self.is_member(id, record.cell())
    }

    fn is_member(&self, id: u32, cell: usize) -> bool {
        if self.plan.settled {
            return has(self.plan.eligible, cell);
        }
        let facts = InstanceFacts { cluster: self.cluster, instance: id };
        self.request.member_of.iter().all(|expression| expression.evaluate(&facts))
    }

    fn constraint_failure(&self, id: u32, cell: usize) -> Option<Reason> {
        if !self.is_member(id, cell) {
            return Some(Reason::MemberOf);
        }
        self.is_taken(id).then_some(Reason::DistinctInstance)
    }

    fn is_taken(&self, id: u32) -> bool {
        self.plan.distinct && self.cluster.group_count(id, self.plan.group) > 0
    }

    /// Tasks on the instance count for spread.
    pub(super) fn is_counted(&self, id: u32) -> bool {
        match self.cluster.records[id as usize].status() {
            InstanceStatus::Active => true,
            InstanceStatus::Draining => self.options.spread_counts_draining,
            InstanceStatus::Lost => false,
        }
    }
}

fn has(cells: CellSet, cell: usize) -> bool {
    cells >> cell & 1 == 1
}
