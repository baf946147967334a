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
    pub(super) count: u32,
}

/// All tasks of a cluster. On each instance they lie in an order that says nothing.
#[derive(Clone, Debug)]
pub(super) struct Residents {
    instances: usize,
    /// Where tasks were counted: a number for each kind on the first instance, then on the next.
    counts: Vec<u32>,
    kinds: usize,
    /// Where they were not.
    lying: ByInstance<Resident>,
    tasks: u64,
    adds_up: bool,
}

/// How many tasks of each kind there are on each instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts<'a> {
    counts: &'a [u32],
    kinds: usize,
}

impl<'a> Counts<'a> {
    /// The number for each kind on an instance.
    #[inline]
    pub(super) fn on(self, instance: InstanceId) -> &'a [u32] {
        &self.counts[instance.index() * self.kinds..][..self.kinds]
    }

    /// The number for each kind on the first instance, then on the next.
    pub(super) fn by_instance(self) -> impl Iterator<Item = &'a [u32]> {
        self.counts.chunks_exact(self.kinds)
    }
}

/// A table of counts has so many cells at most for each task and instance.
const CELLS: usize = 4;

/// All tasks of a cluster.
pub(super) fn of(subject: Subject<'_>, roll: &Roll, tasks: &dyn Tasks) -> Residents {
    let kinds = &subject.requests.table;
    let shares = kinds.iter().any(|request| request.demand.gpus.is_share());
    let things: usize = roll.all().iter().map(|standing| 1 + standing.tasks as usize).sum();
    // Without a kind there is nothing to count by.
    if !kinds.is_empty() && !shares && kinds.len().saturating_mul(roll.all().len()) <= CELLS * things {
        return Residents::counted(kinds.len(), roll, tasks);
    }
    let counts: Vec<u32> = roll.all().iter().map(|standing| standing.tasks).collect();
    let any = Resident { request: RequestId(0), device: Device::ANY };
    let sorted = Sorting::new(&counts, any).and_then(|mut sorting| {
        tasks.for_each_on(&mut |request, on, device| sorting.put(Lying { on, what: Resident { request, device } }));
        sorting.done()
    });
    sorted.map(Residents::from).unwrap_or_else(|| {
        let mut lying = Vec::new();
        tasks.for_each_on(&mut |request, on, device| lying.push(Lying { on, what: Resident { request, device } }));
        Residents { adds_up: false, ..Residents::new(counts.len(), &lying) }
    })
}

impl From<ByInstance<Resident>> for Residents {
    /// As many lie on each instance as it counts.
    fn from(lying: ByInstance<Resident>) -> Self {
        let (instances, tasks) = (lying.instances(), lying.all().len() as u64);
        Self { instances, counts: Vec::new(), kinds: 0, lying, tasks, adds_up: true }
    }
}

impl Residents {
    /// Tasks that lie on so many instances, as many as these count.
    pub(super) fn new(instances: usize, lying: &[Lying<Resident>]) -> Self {
        ByInstance::new(instances, lying).into()
    }

    /// Tasks of so many kinds, none of which shares a device.
    fn counted(kinds: usize, roll: &Roll, tasks: &dyn Tasks) -> Self {
        let instances = roll.all().len();
        let mut counts = vec![0_u32; kinds * instances];
        tasks.for_each(&mut |request, on| counts[on.index() * kinds + request.index()] += 1);
        let (mut all, mut adds_up) = (0, true);
        for (position, standing) in roll.all().iter().enumerate() {
            let here: u64 = counts[position * kinds..][..kinds].iter().map(|&count| u64::from(count)).sum();
            adds_up &= here == u64::from(standing.tasks);
            all += here;
        }
        Self { instances, counts, kinds, lying: ByInstance::new(0, &[]), tasks: all, adds_up }
    }

    /// The tasks of an instance, alike ones together.
    #[inline]
    pub(super) fn on(&self, instance: InstanceId) -> impl Iterator<Item = Alike> {
        let (counts, lying): (&[u32], &[Resident]) = match self.counts() {
            None => (&[], self.lying.on(instance)),
            Some(counts) => (counts.on(instance), &[]),
        };
        let counted = (0..).map(RequestId).zip(counts).filter(|(_, count)| **count > 0);
        let counted = counted.map(|(request, &count)| Alike { request, device: Device::ANY, count });
        counted.chain(lying.iter().map(|&Resident { request, device }| Alike { request, device, count: 1 }))
    }

    /// The tasks of an instance, one by one.
    pub(super) fn each_on(&self, instance: InstanceId) -> impl Iterator<Item = Resident> {
        self.on(instance).flat_map(|Alike { request, device, count }| {
            std::iter::repeat_n(Resident { request, device }, count as usize)
        })
    }

    /// How many tasks of each kind there are on each instance, if they were counted.
    pub(super) fn counts(&self) -> Option<Counts<'_>> {
        (!self.counts.is_empty()).then_some(Counts { counts: &self.counts, kinds: self.kinds })
    }

    /// How many living tasks there are of each of so many kinds.
    pub(super) fn by_kind(&self, kinds: usize) -> Vec<u64> {
        let mut living = vec![0; kinds];
        for counts in self.counts.chunks_exact(self.kinds.max(1)) {
            living.iter_mut().zip(counts).for_each(|(living, &count)| *living += u64::from(count));
        }
        self.lying.all().iter().for_each(|task| living[task.request.index()] += 1);
        living
    }

    /// How many instances there are.
    pub(super) fn instances(&self) -> usize {
        self.instances
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::{Fixture, scenario};

    /// Nobody asks for a task, as in a dump of instances alone.
    #[test]
    fn instances_without_a_kind_of_task_have_none() {
        let fixture = Fixture::new(scenario(1, &[(0, 99, 99, None); 3], &[]));
        let Fixture { scenario, requests, mix } = &fixture;
        let stage = fixture.stage();
        let found = of(Subject { scenario, requests, mix }, &Roll::of(&stage.cluster), &stage.cluster);
        assert_eq!((found.counts().is_none(), found.instances(), found.tasks(), found.adds_up()), (true, 3, 0, true));
        assert_eq!((0..3).map(|id| found.on(InstanceId(id)).count()).sum::<usize>(), 0);
    }

    /// Counted where there are few kinds and sorted where there are many, they are the same tasks, and others than are counted
    /// on the instances are noticed.
    #[test]
    fn tasks_are_the_same_however_they_are_found() {
        let names: Vec<&str> = (0..40).map(|number| &*format!("s{number}").leak()).collect();
        for (services, are_counted) in [(3, true), (40, false)] {
            let services: Vec<_> = names[..services].iter().map(|name| (*name, 1, 1, 1)).collect();
            let fixture = Fixture::new(scenario(1, &[(0, 99, 99, None); 3], &services));
            let Fixture { scenario, requests, mix } = &fixture;
            let subject = Subject { scenario, requests, mix };
            let mut stage = fixture.stage();
            [(2, 1), (0, 2), (2, 1), (0, 1)].into_iter().for_each(|(request, instance)| stage.place(request, instance));
            let roll = Roll::of(&stage.cluster);
            let found = of(subject, &roll, &stage.cluster);
            assert_eq!((!found.counts.is_empty(), found.tasks(), found.adds_up()), (are_counted, 4, true));
            let kinds = |instance| {
                let mut kinds: Vec<u32> = found.each_on(InstanceId(instance)).map(|task| task.request.0).collect();
                kinds.sort_unstable();
                kinds
            };
            assert_eq!([0, 1, 2].map(kinds), [vec![], vec![0, 2, 2], vec![0]]);
            assert_eq!(found.by_kind(services.len())[..3], [2, 0, 2]);
            stage.cluster.tasks[3].1 = InstanceId(0);
            let moved = of(subject, &roll, &stage.cluster);
            assert_eq!((moved.tasks(), moved.adds_up(), moved.on(InstanceId(0)).count()), (4, false, 1));
        }
    }
}
