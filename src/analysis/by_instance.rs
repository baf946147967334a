//! Things sorted by the instance that they lie on, such as the living tasks of a cluster: one list for all, in which those of
//! an instance are neighbours.
//!
//! # Cost
//! Two passes over the things, or one where it is known how many lie on each; no comparison between instances, and no list for
//! each of them.

use std::ops::Range;

use crate::engine::fast::memory::roomy;
use crate::model::InstanceId;

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(super) struct ByInstance<T> {
    /// Where the things of each instance begin, and where those of the last end.
    starts: Vec<u32>,
    things: Vec<T>,
}

/// One thing and where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lying<T> {
    pub(super) on: InstanceId,
    pub(super) what: T,
}

impl<T: Copy> ByInstance<T> {
    /// Sorts things that lie on so many instances; on each they keep their order.
    ///
    /// # Panics
    /// If one lies on none of them.
    pub(super) fn new(instances: usize, lying: &[Lying<T>]) -> Self {
        let mut counts = vec![0; instances];
        lying.iter().for_each(|thing| counts[thing.on.index()] += 1);
        let Some(first) = lying.first() else { return Self { starts: vec![0; instances + 1], things: Vec::new() } };
        let mut sorting = Sorting::new(&counts, first.what).expect("fewer than 2^32 of them");
        lying.iter().for_each(|&thing| sorting.put(thing));
        sorting.done().expect("they were counted")
    }
}

/// So many are found in a cache.
const FEW: usize = 1 << 17;
/// Instances of a neighbourhood, where there are more: the things of one are found in a cache.
const NEIGHBOURS: usize = 1 << 11;

/// Things of which it is known how many lie on each instance. Those of a neighbourhood are put down together as they come, and
/// sorted once all have come: where they are many, no cache holds the places of all of them.
#[derive(Debug)]
pub(super) struct Sorting<T> {
    starts: Vec<u32>,
    neighbours: usize,
    /// Where the next thing of each neighbourhood goes.
    next: Vec<u32>,
    lying: Vec<Lying<T>>,
    /// There was no place for one.
    is_full: bool,
}

impl<T: Copy> Sorting<T> {
    /// So many lie on each; until it is put there, a place holds `any`. `None` if there are too many.
    pub(super) fn new(counts: &[u32], any: T) -> Option<Self> {
        let mut starts = Vec::with_capacity(counts.len() + 1);
        let mut all = 0_u32;
        for &count in counts {
            starts.push(all);
            all = all.checked_add(count)?;
        }
        starts.push(all);
        let neighbours = if all as usize <= FEW { 1 } else { NEIGHBOURS };
        let next = starts[..counts.len()].iter().copied().step_by(neighbours).collect();
        let mut lying = roomy(all as usize);
        lying.resize(all as usize, Lying { on: InstanceId(0), what: any });
        Some(Self { starts, neighbours, next, lying, is_full: false })
    }

    /// Takes a thing to its neighbourhood.
    #[inline]
    pub(super) fn put(&mut self, thing: Lying<T>) {
        let neighbourhood = if self.neighbours == 1 { thing.on.index() } else { thing.on.index() / NEIGHBOURS };
        let place = &mut self.next[neighbourhood];
        match self.lying.get_mut(*place as usize) {
            Some(there) => *there = thing,
            None => self.is_full = true,
        }
        *place += 1;
    }

    /// All of them have come; `None` if they are others than were counted.
    pub(super) fn done(self) -> Option<ByInstance<T>> {
        let Self { starts, lying, .. } = self;
        let Some(first) = lying.first().filter(|_| !self.is_full) else {
            return (!self.is_full).then_some(ByInstance { starts, things: Vec::new() });
        };
        let mut next = starts[..starts.len() - 1].to_vec();
        let mut things = roomy(lying.len());
        things.resize(lying.len(), first.what);
        for Lying { on, what } in &lying {
            let place = &mut next[on.index()];
            // Whoever has too many of them takes a place of another, which then lacks one.
            *things.get_mut(*place as usize)? = *what;
            *place += 1;
        }
        (next == starts[1..]).then_some(ByInstance { starts, things })
    }
}

impl<T: Ord> ByInstance<T> {
    /// On each instance, things ascend.
    pub(super) fn ascending(mut self) -> Self {
        for instance in 0..self.instances() {
            let range = self.range(instance);
            self.things[range].sort_unstable();
        }
        self
    }
}

impl<T> ByInstance<T> {
    /// What lies on an instance.
    pub(super) fn on(&self, instance: InstanceId) -> &[T] {
        &self.things[self.range(instance.index())]
    }

    /// All of it, instance by instance.
    pub(super) fn all(&self) -> &[T] {
        &self.things
    }

    /// How many instances there are.
    pub(super) fn instances(&self) -> usize {
        self.starts.len() - 1
    }

    /// Every instance with what lies on it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (InstanceId, &[T])> {
        (0..self.instances()).map(InstanceId::from_index).map(|instance| (instance, self.on(instance)))
    }

    fn range(&self, instance: usize) -> Range<usize> {
        self.starts[instance] as usize..self.starts[instance + 1] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_an_instance_stays_together() {
        let lying = [(2, 5), (0, 9), (2, 4), (2, 5), (0, 1)];
        let lying = lying.map(|(on, what)| Lying { on: InstanceId(on), what });
        let sorted = ByInstance::new(4, &lying);
        let lists: Vec<&[i32]> = sorted.iter().map(|(_, things)| things).collect();
        assert_eq!(lists, [&[9, 1][..], &[], &[5, 4, 5], &[]]);
        assert_eq!(sorted.ascending().all(), [1, 9, 4, 5, 5]);
        assert!(ByInstance::<i32>::new(0, &[]).iter().next().is_none());
        let counted = |counts: [u32; 4]| {
            let mut sorting = Sorting::new(&counts, 0).unwrap();
            lying.iter().for_each(|&thing| sorting.put(thing));
            sorting.done()
        };
        assert_eq!(counted([2, 0, 3, 0]).unwrap().all(), [9, 1, 5, 4, 5]);
        assert!([[2, 0, 4, 0], [2, 1, 3, 0], [2, 0, 2, 1]].into_iter().all(|counts| counted(counts).is_none()));
        assert!(Sorting::new(&[u32::MAX, 1], 0).is_none());
    }

    #[test]
    fn many_things_come_to_their_places_in_order() {
        let instances = 5_003;
        let many =
            (0..2 * FEW).map(|number| Lying { on: InstanceId::from_index(number * 77 % instances), what: number });
        let sorted = ByInstance::new(instances, &many.collect::<Vec<_>>());
        let is_right = |(on, things): (InstanceId, &[usize])| {
            things.is_sorted() && things.iter().all(|number| number * 77 % instances == on.index())
        };
        assert!(sorted.all().len() == 2 * FEW && sorted.iter().all(is_right));
    }
}
