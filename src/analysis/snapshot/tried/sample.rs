//! A sample of a cluster: every so-manyth instance of each class, with its tasks, in place of one that is too large to be
//! tried out on within the [budget](super::budget).
//!
//! Instances of a class are counted on from those of the class before, so that a sample has as much of each class as the
//! cluster, whatever the order in which they registered. Kinds of request that neither run there nor are drawn are left out,
//! so that thousands of groups elsewhere cost nothing; the streams of draws keep their names.
//!
//! # Cost
//! A look at every instance, and what runs on the sample.

use super::lottery::Lottery;
use super::replica::{Ground, Part, Replica};
use crate::analysis::by_instance::Lying;
use crate::analysis::snapshot::Subject;
use crate::analysis::snapshot::residents::{Resident, Residents};
use crate::model::{ClassId, Fleet, GroupId, InstanceId, Request, RequestId, Requests};

/// Some instances and the kinds of request that matter there, both numbered anew.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) fleet: Fleet,
    pub(super) requests: Requests,
    pub(super) lottery: Lottery,
    /// What they are in the cluster, ascending.
    pub(super) instances: Vec<InstanceId>,
    /// What the kinds are in the run, ascending.
    pub(super) kinds: Vec<RequestId>,
    residents: Residents,
}

impl Sample {
    /// Every so-manyth instance of a cluster that is up.
    pub(super) fn of(Ground { subject, roll, residents, .. }: Ground<'_>, lottery: &Lottery, step: u64) -> Self {
        let classes = subject.scenario.fleet.classes.len();
        let instances = every(step, classes, roll.up().map(|(id, standing)| Up { id, class: standing.class }));
        Self::with(subject, lottery, instances, residents)
    }

    /// Every so-manyth instance of an empty fleet.
    pub(super) fn of_fleet(subject: Subject<'_>, lottery: &Lottery, step: u64) -> Self {
        let fleet = &subject.scenario.fleet;
        let nobody = Residents::new(fleet.instances.len(), &[]);
        let all = (0..).map(InstanceId).zip(&fleet.instances).map(|(id, &class)| Up { id, class });
        Self::with(subject, lottery, every(step, fleet.classes.len(), all), &nobody)
    }

    fn with(subject: Subject<'_>, lottery: &Lottery, instances: Vec<InstanceId>, residents: &Residents) -> Self {
        let mut is_there = vec![false; subject.requests.table.len()];
        let on = instances.iter().flat_map(|&instance| residents.on(instance)).map(|alike| alike.request);
        lottery.requests().chain(on).for_each(|kind| is_there[kind.index()] = true);
        let kinds: Vec<RequestId> =
            (0..is_there.len()).filter(|&kind| is_there[kind]).map(RequestId::from_index).collect();
        let mut numbers = vec![RequestId(0); is_there.len()];
        (0..).map(RequestId).zip(&kinds).for_each(|(number, kind)| numbers[kind.index()] = number);
        let lying = |(at, &instance): (usize, &InstanceId)| {
            let renumbered = |task: Resident| Resident { request: numbers[task.request.index()], ..task };
            let on = InstanceId::from_index(at);
            residents.each_on(instance).map(renumbered).map(move |what| Lying { on, what })
        };
        let lying: Vec<Lying<Resident>> = instances.iter().enumerate().flat_map(lying).collect();
        Self {
            fleet: fleet_of(&subject.scenario.fleet, &instances),
            requests: requests_of(subject.requests, &kinds),
            lottery: lottery.renumbered(|kind| numbers[kind.index()]),
            residents: Residents::new(instances.len(), &lying),
            instances,
            kinds,
        }
    }

    /// What it is about, in its own numbers.
    pub(super) fn subject<'a>(&'a self, of: Subject<'a>) -> Subject<'a> {
        Subject { requests: &self.requests, ..of }
    }

    /// The sample made anew; `None` if its tasks are not those that the cluster counts.
    pub(super) fn replica<'a>(&'a self, ground: Ground<'a>) -> Option<Replica<'a>> {
        let (subject, instances) = (self.subject(ground.subject), Some(&self.instances[..]));
        Replica::of_part(Part { subject, fleet: &self.fleet, instances, residents: &self.residents }, ground.cluster)
    }

    /// The classes of its instances.
    pub(super) fn classes<'s>(&'s self, ground: Ground<'s>) -> impl Iterator<Item = ClassId> {
        self.instances.iter().map(move |&instance| ground.roll[instance].class)
    }
}

/// An instance that is up.
#[derive(Clone, Copy)]
struct Up {
    id: InstanceId,
    class: ClassId,
}

/// Every so-manyth of some instances of so many classes if they were sorted by class, in their own order.
fn every(step: u64, classes: usize, all: impl Iterator<Item = Up> + Clone) -> Vec<InstanceId> {
    let mut counts = vec![0_u64; classes];
    all.clone().for_each(|up| counts[up.class.index()] += 1);
    // Where the next of each class stands, counted from the last multiple of the step.
    let before = counts.iter().scan(0, |before, count| Some(std::mem::replace(before, *before + count)));
    let mut next: Vec<u64> = before.map(|before| before % step).collect();
    let is_taken = |&Up { class, .. }: &Up| {
        let position = &mut next[class.index()];
        let is_taken = *position == step / 2;
        *position = if *position + 1 == step { 0 } else { *position + 1 };
        is_taken
    };
    all.filter(is_taken).map(|up| up.id).collect()
}

/// The instances of the start among these, with the identities that they have.
fn fleet_of(fleet: &Fleet, instances: &[InstanceId]) -> Fleet {
    let known = || instances.iter().filter(|instance| instance.index() < fleet.instances.len());
    Fleet {
        zones: fleet.zones.clone(),
        classes: fleet.classes.clone(),
        instances: known().map(|instance| fleet.instances[instance.index()]).collect(),
        identities: known().filter_map(|instance| fleet.identities.get(instance.index()).cloned()).collect(),
    }
}

/// These kinds alone, and their groups.
fn requests_of(requests: &Requests, kinds: &[RequestId]) -> Requests {
    let mut groups: Vec<GroupId> = kinds.iter().map(|&kind| requests[kind].group).collect();
    groups.sort_unstable();
    groups.dedup();
    let group = |id: GroupId| GroupId::from_index(groups.binary_search(&id).expect("it is one of them"));
    let stream = |kind: &RequestId| requests.streams.get(kind.index()).copied().unwrap_or(kind.index() as u64);
    let request = |&kind: &RequestId| {
        let request = &requests[kind];
        Request { group: group(request.group), ..request.clone() }
    };
    Requests {
        table: kinds.iter().map(request).collect(),
        streams: kinds.iter().map(stream).collect(),
        groups: groups.iter().map(|group| requests.groups[group.index()].clone()).collect(),
        holds: requests.holds,
        order: requests.order,
        ..Requests::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_as_much_of_each_class() {
        let class = |id: InstanceId| ClassId(id.0 % 3);
        let all = (0..999).map(InstanceId).map(|id| Up { id, class: class(id) });
        for (step, expected) in [(3, 333), (9, 111), (10, 99), (37, 27)] {
            let some = every(step, 3, all.clone());
            let of_class = |wanted| some.iter().filter(|id| class(**id) == ClassId(wanted)).count();
            assert!(some.is_sorted() && some.len().abs_diff(expected) <= 1, "{step}: {}", some.len());
            assert!((0..3).all(|one| of_class(one).abs_diff(some.len() / 3) <= 1), "{step}");
        }
        assert_eq!(every(1, 3, all.clone()).len(), 999);
        assert!(every(5, 3, all.take(2)).is_empty());
    }
}
