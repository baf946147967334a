//! Why nothing fits, from counters: how many ACTIVE instances of each cell there are by cpu rank, and of each class.
//!
//! # Invariants
//! 1. `active` counts every ACTIVE instance once, under its cell and the rank of its remaining cpu.
//! 2. A class counts its ACTIVE instances, and those that are not lost.

use super::cells::{CellSet, members};
use super::cluster::Cluster;
use super::plan::Plan;
use super::record::Record;
use super::shapes::Shapes;
use crate::engine::{InstanceStatus, Reason};
use crate::model::{ClassId, Fleet, ProviderId, RequestId};

/// The first static check that instances of each class fail, by distinct filter.
#[derive(Clone, Debug)]
pub(super) struct Failures {
    pub(super) by_filter: Vec<Vec<Option<Reason>>>,
    /// By request.
    pub(super) filter_of: Vec<u32>,
}

/// Instances by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Census {
    active: Vec<u32>,
    /// ACTIVE or DRAINING.
    registered: Vec<u32>,
}

impl Census {
    pub(super) fn new(classes: usize) -> Self {
        Self { active: vec![0; classes], registered: vec![0; classes] }
    }

    /// An instance of a class is new.
    pub(super) fn add(&mut self, class: ClassId) {
        self.active[class.index()] += 1;
        self.registered[class.index()] += 1;
    }

    /// The status of an instance has changed.
    pub(super) fn turn(&mut self, class: ClassId, from: InstanceStatus, to: InstanceStatus) {
        let (active, registered) = (&mut self.active[class.index()], &mut self.registered[class.index()]);
        *active -= u32::from(from == InstanceStatus::Active);
        *active += u32::from(to == InstanceStatus::Active);
        *registered -= u32::from(from != InstanceStatus::Lost);
        *registered += u32::from(to != InstanceStatus::Lost);
    }

    /// The static check that leaves no ACTIVE instance to a request; `None` if it is none of those.
    pub(super) fn furthest(&self, failures: &Failures, request: RequestId) -> Option<Reason> {
        let of_class = &failures.by_filter[failures.filter_of[request.index()] as usize];
        let mut furthest = Reason::NoInstances;
        for (failure, _) in of_class.iter().zip(&self.active).filter(|(_, active)| **active > 0) {
            furthest = (*failure)?.max(furthest);
        }
        Some(furthest)
    }

    /// Whether a capacity provider has an instance, and an ACTIVE one.
    pub(super) fn of_provider(&self, fleet: &Fleet, provider: ProviderId) -> (bool, bool) {
        let is_its = |position: &usize| fleet.classes[*position].provider == Some(provider);
        let any = |counts: &[u32]| (0..counts.len()).filter(is_its).any(|position| counts[position] > 0);
        (any(&self.registered), any(&self.active))
    }

    pub(super) fn validate(&self, cluster: &Cluster<'_>) -> Result<(), String> {
        let mut recount = Self::new(self.active.len());
        for id in 0..u32::try_from(cluster.records.len()).expect("fewer than 2^32 instances") {
            recount.add(cluster.class_id(id));
            recount.turn(cluster.class_id(id), InstanceStatus::Active, cluster.records[id as usize].status());
        }
        if recount == *self { Ok(()) } else { Err(format!("census: kept {self:?}, recounted {recount:?}")) }
    }
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct ActiveByRank {
    ranks: usize,
    /// By cell, then rank.
    active: Vec<u32>,
}

impl ActiveByRank {
    pub(super) fn new(cells: usize, shapes: &Shapes) -> Self {
        let ranks = shapes.cpu.top() as usize + 1;
        Self { ranks, active: vec![0; cells * ranks] }
    }

    /// An instance takes tasks from now on.
    pub(super) fn add(&mut self, cell: usize, rank: u32) {
        self.active[cell * self.ranks + rank as usize] += 1;
    }

    /// An instance takes no more tasks.
    pub(super) fn remove(&mut self, cell: usize, rank: u32) {
        self.active[cell * self.ranks + rank as usize] -= 1;
    }

    /// The rank of an ACTIVE instance has changed.
    #[inline]
    pub(super) fn shift(&mut self, cell: usize, from: u32, to: u32) {
        let active = &mut self.active[cell * self.ranks..][..self.ranks];
        active[from as usize] -= 1;
        active[to as usize] += 1;
    }

    fn any_active(&self, cells: CellSet, least_rank: u32) -> bool {
        members(cells).any(|cell| {
            let ranks = &self.active[cell * self.ranks..(cell + 1) * self.ranks];
            ranks[least_rank as usize..].iter().any(|&instances| instances > 0)
        })
    }

    /// What is short of a refused request that has instances, which indexes serve, and that asks for cpu and memory alone:
    /// memory on an instance that has the cpu, if there is one.
    pub(super) fn shortage(&self, plan: &Plan, shapes: &Shapes) -> Reason {
        if self.any_active(plan.eligible, shapes.cpu.rank(plan.cpu)) { Reason::Memory } else { Reason::Cpu }
    }

    pub(super) fn validate(&self, shapes: &Shapes, records: &[Record]) -> Result<(), String> {
        let mut recount = Self { active: vec![0; self.active.len()], ..self.clone() };
        let active = records.iter().filter(|record| record.is_active());
        active.for_each(|record| recount.add(record.cell(), shapes.cpu.rank(record.cpu)));
        if recount.active != self.active {
            return Err(format!("active by rank: kept {:?}, recounted {:?}", self.active, recount.active));
        }
        Ok(())
    }
}
