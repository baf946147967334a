//! Which groups have tasks on the instances that drain, so that these can be taken out of the buckets of a spread and put
//! back (U-3).
//!
//! It is kept only where groups are not counted by instance: a drain is told with its tasks, so no placement pays for
//! what may drain one day. An instance without an entry has no task that is out of the buckets.

use rustc_hash::FxHashMap;

/// Counted tasks by group of each instance that drains.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drained(FxHashMap<u32, Vec<GroupTasks>>);

#[derive(Clone, Copy, Debug)]
struct GroupTasks {
    group: u32,
    tasks: u32,
}

impl Drained {
    /// An instance begins to drain with tasks of these groups, one entry a task.
    pub(crate) fn remember(&mut self, instance: u32, groups: impl Iterator<Item = u32>) {
        let list = self.0.entry(instance).or_default();
        list.clear();
        for group in groups {
            match list.iter_mut().find(|known| known.group == group) {
                Some(known) => known.tasks += 1,
                None => list.push(GroupTasks { group, tasks: 1 }),
            }
        }
    }

    /// A task stops on an instance.
    #[cold]
    pub(crate) fn stop(&mut self, instance: u32, group: u32) {
        let list = self.0.get_mut(&instance).into_iter().flatten();
        if let Some(known) = list.into_iter().find(|known| known.group == group) {
            known.tasks -= 1;
        }
    }

    /// An instance drains no more.
    pub(crate) fn forget(&mut self, instance: u32) {
        self.0.remove(&instance);
    }

    /// Calls `visit` with every group that has or had tasks there and how many it has.
    pub(crate) fn for_each(&self, instance: u32, mut visit: impl FnMut(u32, u32)) {
        self.0.get(&instance).into_iter().flatten().for_each(|known| visit(known.group, known.tasks));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_on_a_draining_instance_is_remembered_no_more() {
        let mut drained = Drained::default();
        let known = |drained: &Drained, instance| {
            let mut list = Vec::new();
            drained.for_each(instance, |group, tasks| list.push((group, tasks)));
            list
        };
        drained.remember(7, [2, 5, 2].into_iter());
        assert_eq!((known(&drained, 7), known(&drained, 8)), (vec![(2, 2), (5, 1)], vec![]));
        drained.stop(7, 2);
        drained.stop(8, 2);
        assert_eq!(known(&drained, 7), [(2, 1), (5, 1)]);
        drained.forget(7);
        assert_eq!(known(&drained, 7), []);
    }
}
