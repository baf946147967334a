//! Things sorted by the instance that they lie on, such as the living tasks of a cluster: one list for all, in which those of
//! an instance are neighbours.
//!
//! # Cost
//! Two passes over the things, or one where it is known how many lie on each; no comparison between instances, and no list for
//! each of them. Things are put in their places some steps after they are told, when the memory has come.

use std::ops::Range;

use crate::engine::fast::memory::{prefetch, roomy};
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

/// What is fetched so many things ahead has arrived.
const AHEAD: usize = 8;
/// So many are found in a cache.
const FEW: usize = 1 << 17;

/// Things of which it is known how many lie on each instance, on their way to their places.
#[derive(Debug)]
pub(super) struct Sorting<T> {
    starts: Vec<u32>,
    /// Where the next thing of each instance goes.
    next: Vec<u32>,
    things: Vec<T>,
    /// There was no place for one.
    is_full: bool,
    /// The last ones, where there are many: their next place is being fetched, then what lies there.
    coming: [Option<Lying<T>>; 2 * AHEAD],
    at: usize,
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
        let mut things = roomy(all as usize);
        things.resize(all as usize, any);
        Some(Self { next: starts.clone(), starts, things, is_full: false, coming: [None; 2 * AHEAD], at: 0 })
    }

    /// Takes a thing to its place.
    #[inline]
    pub(super) fn put(&mut self, thing: Lying<T>) {
        if self.things.len() <= FEW {
            return self.lay(thing);
        }
        self.at = (self.at + 1) % self.coming.len();
        if let Some(soon) = self.coming[(self.at + AHEAD) % self.coming.len()]
            && let Some(&place) = self.next.get(soon.on.index())
        {
            prefetch(self.things.as_ptr().wrapping_add(place as usize));
        }
        prefetch(self.next.as_ptr().wrapping_add(thing.on.index()));
        if let Some(due) = self.coming[self.at].replace(thing) {
            self.lay(due);
        }
    }

    fn lay(&mut self, Lying { on, what }: Lying<T>) {
        let place = &mut self.next[on.index()];
        match self.things.get_mut(*place as usize) {
            Some(thing) => *thing = what,
            None => self.is_full = true,
        }
        *place += 1;
    }

    /// All of them have come; `None` if they are others than were counted.
    pub(super) fn done(mut self) -> Option<ByInstance<T>> {
        let coming = self.coming;
        let (newer, older) = coming.split_at((self.at + 1) % coming.len());
        older.iter().chain(newer).flatten().for_each(|&thing| self.lay(thing));
        // Whoever has too many of them has taken a place of another, which then lacks one.
        let are_those = !self.is_full && self.next[..self.next.len() - 1] == self.starts[1..];
        are_those.then_some(ByInstance { starts: self.starts, things: self.things })
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
