//! Why nothing fits, from counters: which ACTIVE instances of each class there are.
//!
//! # Invariants
//! 1. A class counts its ACTIVE instances, with and without their agent, and those that are not lost.

use crate::engine::fast::plan::Failures;
use crate::engine::fast::state::cluster::Cluster;
use crate::engine::fast::state::record::Record;
use crate::engine::{InstanceStatus, Reason};
use crate::model::{ClassId, Fleet, ProviderId, RequestId};

/// Instances by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// ACTIVE, the agent connected.
    active: Vec<u32>,
    /// ACTIVE, the agent not connected.
    away: Vec<u32>,
    /// ACTIVE or DRAINING.
    registered: Vec<u32>,
}

impl Census {
    pub(crate) fn new(classes: usize) -> Self {
        Self { active: vec![0; classes], away: vec![0; classes], registered: vec![0; classes] }
    }

    /// An instance of a class is new.
    pub(crate) fn add(&mut self, class: ClassId) {
        self.active[class.index()] += 1;
        self.registered[class.index()] += 1;
    }

    /// The status of an instance has changed, or whether its agent is connected.
    pub(crate) fn turn(&mut self, class: ClassId, from: Record, to: Record) {
        let step = |count: &mut u32, is: fn(Record) -> bool| *count = *count + u32::from(is(to)) - u32::from(is(from));
        step(&mut self.active[class.index()], Record::is_active);
        step(&mut self.away[class.index()], Record::is_away);
        step(&mut self.registered[class.index()], |record| record.status() != InstanceStatus::Lost);
    }

    /// The static check that leaves no ACTIVE instance to a request; `None` if it is none of those. Where the agent is not
    /// connected, no further check is asked.
    pub(crate) fn furthest(&self, failures: &Failures, request: RequestId) -> Option<Reason> {
        let of_class = &failures.by_filter[failures.filter_of[request.index()] as usize];
        let is_any_away = self.away.iter().any(|away| *away > 0);
        let mut furthest = if is_any_away { Reason::Agent } else { Reason::NoInstances };
        for (failure, _) in of_class.iter().zip(&self.active).filter(|(_, active)| **active > 0) {
            furthest = (*failure)?.max(furthest);
        }
        Some(furthest)
    }

    /// Whether a capacity provider has an instance, and an ACTIVE one.
    pub(crate) fn of_provider(&self, fleet: &Fleet, provider: ProviderId) -> (bool, bool) {
        let is_its = |position: &usize| fleet.classes[*position].provider == Some(provider);
        let any = |counts: &[u32]| (0..counts.len()).filter(is_its).any(|position| counts[position] > 0);
        (any(&self.registered), any(&self.active) || any(&self.away))
    }

    pub(crate) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        let mut recount = Self::new(self.active.len());
        for id in 0..u32::try_from(cluster.records.len()).expect("fewer than 2^32 instances") {
            let (class, record) = (cluster.class_id(id), cluster.records[id as usize]);
            let mut new = record;
            new.set_status(InstanceStatus::Active);
            recount.add(class);
            recount.turn(class, new, record);
        }
        if recount == *self { Ok(()) } else { Err(format!("census: kept {self:?}, recounted {recount:?}")) }
    }
}
