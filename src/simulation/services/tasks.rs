//! The living tasks of one service, in order of instance and age whenever somebody asks.
//!
//! A start is an append. Whoever needs the order pays for what was appended since: choosing a victim looks at every
//! task anyway, so sorting a short tail costs no more than that.

use crate::model::{InstanceId, RequestId, SimSpan, SimTime};

/// A counted task of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServiceTask {
    /// Numbers of one service rise with the time of asking, so that the lowest is the oldest.
    pub(crate) number: u64,
    /// When its containers run; later than its start only if it was held PENDING.
    pub(crate) runs: SimTime,
    /// It ran before the start, so that it is healthy from the start on.
    pub(crate) is_found: bool,
    pub(crate) instance: InstanceId,
    pub(crate) request: RequestId,
}

impl ServiceTask {
    pub(crate) fn is_pending(&self, now: SimTime) -> bool {
        self.runs > now
    }

    pub(crate) fn is_healthy(&self, now: SimTime, after: SimSpan) -> bool {
        self.is_found || self.runs.after(after) <= now
    }

    fn key(&self) -> (InstanceId, u64) {
        (self.instance, self.number)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceTasks {
    list: Vec<ServiceTask>,
    /// How many from the front on are in order.
    sorted: usize,
}

impl ServiceTasks {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn push(&mut self, task: ServiceTask) {
        self.list.push(task);
    }

    /// All of them, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ServiceTask> {
        self.list.iter()
    }

    /// All of them, by instance and then oldest first.
    pub(crate) fn in_order(&mut self) -> &[ServiceTask] {
        if self.sorted < self.list.len() {
            // The sort finds the long run that is in order and merges the tail into it.
            self.list.sort_by_key(ServiceTask::key);
            self.sorted = self.list.len();
        }
        &self.list
    }

    /// Takes out the tasks at these positions of [`Self::in_order`], and answers them in the order of the positions.
    pub(crate) fn remove(&mut self, positions: &[usize]) -> Vec<ServiceTask> {
        assert_eq!(self.sorted, self.list.len(), "positions are those of the sorted list");
        let removed = positions.iter().map(|&position| self.list[position]).collect();
        let mut ascending = positions.to_vec();
        ascending.sort_unstable();
        let Some(&first) = ascending.first() else { return removed };
        let (mut next, mut kept) = (0, first);
        for position in first..self.list.len() {
            if ascending.get(next) == Some(&position) {
                next += 1;
            } else {
                self.list[kept] = self.list[position];
                kept += 1;
            }
        }
        assert_eq!(next, ascending.len(), "each position is in the list, and named once");
        self.list.truncate(kept);
        self.sorted = kept;
        removed
    }

    /// Takes out the tasks for which `is_gone` holds, by instance and then oldest first.
    pub(crate) fn remove_where(&mut self, is_gone: impl Fn(&ServiceTask) -> bool) -> Vec<ServiceTask> {
        if !self.list.iter().any(&is_gone) {
            return Vec::new();
        }
        let positions: Vec<usize> = self
            .in_order()
            .iter()
            .enumerate()
            .filter(|(_, task)| is_gone(task))
            .map(|(position, _)| position)
            .collect();
        self.remove(&positions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(instance: u32, number: u64) -> ServiceTask {
        ServiceTask { number, runs: SimTime(0), is_found: false, instance: InstanceId(instance), request: RequestId(0) }
    }

    #[test]
    fn tasks_are_in_order_of_instance_and_age_and_can_be_taken_out() {
        let mut tasks = ServiceTasks::default();
        [task(3, 1), task(1, 2), task(3, 0), task(2, 5)].into_iter().for_each(|task| tasks.push(task));
        let order = |tasks: &mut ServiceTasks| tasks.in_order().iter().map(ServiceTask::key).collect::<Vec<_>>();
        let key = |instance, number| (InstanceId(instance), number);
        assert_eq!(order(&mut tasks), [key(1, 2), key(2, 5), key(3, 0), key(3, 1)]);
        assert_eq!(tasks.remove(&[3, 1]), [task(3, 1), task(2, 5)]);
        tasks.push(task(1, 1));
        assert_eq!(order(&mut tasks), [key(1, 1), key(1, 2), key(3, 0)]);
        assert_eq!(tasks.remove_where(|task| task.instance.0 == 1), [task(1, 1), task(1, 2)]);
        assert_eq!(tasks.remove_where(|_| false), []);
        assert_eq!(tasks.len(), 1);
    }
}
