//! The living tasks by the instance that they run on, found once for all figures.
//!
//! # Cost
//! Where a number for each instance and kind of request takes no more memory than the tasks, tasks are counted as they come,
//! and figures walk over kinds; else tasks are sorted by their instances one by one.

use super::Subject;
use super::roll::Roll;
use crate::analysis::by_instance::{ByInstance, Lying, Sorting};
use crate::model::{Device, InstanceId, RequestId};
use crate::simulation::Tasks;

/// A task on an instance: its kind, and the device of its share of a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resident {
    pub(super) request: RequestId,
    pub(super) device: Device,
}

/// Tasks on an instance that are alike. Others there may be alike too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alike {
    pub(super) request: RequestId,
    pub(super) device: Device,
    pub(super) count: u16,
}

impl Alike {
    /// Each of them.
    pub(super) fn each(self) -> impl Iterator<Item = Resident> {
        std::iter::repeat_n(Resident { request: self.request, device: self.device }, self.count.into())
    }
}

impl From<Resident> for Alike {
    fn from(Resident { request, device }: Resident) -> Self {
        Self { request, device, count: 1 }
    }
}

/// All tasks of a cluster. On each instance they lie in an order that says nothing.
#[derive(Clone, Debug)]
pub(super) struct Residents {
    lying: ByInstance<Alike>,
    tasks: u64,
    /// On each instance lie as many as it counts.
    adds_up: bool,
}

/// A table of counts has so many cells at most for each task and instance.
const CELLS: usize = 4;

/// All tasks of a cluster.
pub(super) fn of(subject: Subject<'_>, roll: &Roll, tasks: &dyn Tasks) -> Residents {
    let kinds = &subject.requests.table;
    let shares = kinds.iter().any(|request| request.demand.gpus.is_share());
    let things: usize = roll.all().iter().map(|standing| 1 + standing.tasks as usize).sum();
    if !shares && kinds.len().saturating_mul(roll.all().len()) <= CELLS * things {
        return counted(kinds.len(), roll, tasks);
    }
    let counts: Vec<u32> = roll.all().iter().map(|standing| standing.tasks).collect();
    let any = Alike { request: RequestId(0), device: Device::ANY, count: 0 };
    let sorted = Sorting::new(&counts, any).and_then(|mut sorting| {
        let mut put = |request, on, device| sorting.put(Lying { on, what: Alike { request, device, count: 1 } });
        tasks.for_each_on(&mut put);
        sorting.done()
    });
    match sorted {
        Some(lying) => Residents { tasks: lying.all().len() as u64, lying, adds_up: true },
        None => {
            let mut lying = Vec::new();
            tasks.for_each_on(&mut |request, on, device| lying.push(Lying { on, what: Resident { request, device } }));
            Residents { adds_up: false, ..Residents::new(counts.len(), &lying) }
        }
    }
}

/// The tasks of so many kinds, none of which shares a device, counted by instance and kind.
fn counted(kinds: usize, roll: &Roll, tasks: &dyn Tasks) -> Residents {
    let mut table = vec![0_u32; kinds * roll.all().len()];
    tasks.for_each(&mut |request, on| table[on.index() * kinds + request.index()] += 1);
    let mut starts = Vec::with_capacity(roll.all().len() + 1);
    let mut alike = Vec::with_capacity(table.iter().filter(|count| **count > 0).count());
    let (mut all, mut adds_up) = (0, true);
    for (counts, standing) in table.chunks_exact(kinds.max(1)).zip(roll.all()) {
        starts.push(alike.len());
        let mut here = 0;
        for (kind, &count) in counts.iter().enumerate() {
            let (request, mut left) = (RequestId::from_index(kind), count);
            here += u64::from(count);
            while left > 0 {
                let count = u16::try_from(left).unwrap_or(u16::MAX);
                alike.push(Alike { request, device: Device::ANY, count });
                left -= u32::from(count);
            }
        }
        adds_up &= here == u64::from(standing.tasks);
        all += here;
    }
    starts.resize(roll.all().len() + 1, alike.len());
    Residents { lying: ByInstance::in_order(starts, alike), tasks: all, adds_up }
}

impl Residents {
    /// Tasks that lie on so many instances, as many as these count.
    pub(super) fn new(instances: usize, lying: &[Lying<Resident>]) -> Self {
        let alike: Vec<Lying<Alike>> = lying.iter().map(|one| Lying { on: one.on, what: one.what.into() }).collect();
        Self::of_alike(instances, &alike)
    }

    /// As [`Self::new`], of tasks that are alike.
    pub(super) fn of_alike(instances: usize, lying: &[Lying<Alike>]) -> Self {
        let tasks = lying.iter().map(|one| u64::from(one.what.count)).sum();
        Self { lying: ByInstance::new(instances, lying), tasks, adds_up: true }
    }

    /// The tasks of an instance, alike ones together.
    pub(super) fn on(&self, instance: InstanceId) -> &[Alike] {
        self.lying.on(instance)
    }

    /// The tasks of an instance, one by one.
    pub(super) fn each_on(&self, instance: InstanceId) -> impl Iterator<Item = Resident> {
        self.on(instance).iter().flat_map(|alike| alike.each())
    }

    /// How many tasks an instance has.
    pub(super) fn count_on(&self, instance: InstanceId) -> usize {
        self.on(instance).iter().map(|alike| usize::from(alike.count)).sum()
    }

    /// Every instance with its tasks, alike ones together.
    pub(super) fn iter(&self) -> impl Iterator<Item = (InstanceId, &[Alike])> {
        self.lying.iter()
    }

    /// All of them, alike ones on an instance together.
    pub(super) fn all(&self) -> &[Alike] {
        self.lying.all()
    }

    /// How many instances there are.
    pub(super) fn instances(&self) -> usize {
        self.lying.instances()
    }

    /// How many tasks there are.
    pub(super) fn tasks(&self) -> u64 {
        self.tasks
    }

    /// On each instance lie as many as it counts.
    pub(super) fn adds_up(&self) -> bool {
        self.adds_up
    }
}
