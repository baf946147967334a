//! Standalone tasks that go through a capacity provider: which of several, and those that are PROVISIONING because they
//! fit nowhere yet.
//!
//! A source keeps the ratio of its providers over all tasks that it asks for, so which provider a task goes to depends on
//! the load alone. A task that its provider has no room for waits there and is never moved to another one. It is tried
//! again when instances come and when services retry (U-21), the oldest first; one that others of its kind stand before
//! is not tried before them. It has not failed: that it waits is told once, with what it waits for. Beyond the quota of the
//! cluster, which tasks of services that wait for a provider count against too, it is refused for good, as `RunTask` does,
//! and so it is once it has waited for too long. A provider without managed scaling launches nothing, so that nothing waits
//! for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::{Engine, Reason};
use crate::model::{RequestId, SimSpan, SimTime, TaskCount};
use crate::simulation::moment::Simulation;
use crate::simulation::observer::{Observer, Rejection, Wait};
use crate::simulation::standalone::Asked;

/// A standalone task that was asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulation) struct Standalone {
    pub(in crate::simulation) number: u64,
    pub(in crate::simulation) asked: SimTime,
    pub(in crate::simulation) life: Option<SimSpan>,
}

/// The PROVISIONING standalone tasks, and what sources have asked of their providers.
#[derive(Clone, Debug, Default)]
pub(in crate::simulation) struct Provisioning {
    /// By kind; no queue is empty.
    queues: BTreeMap<RequestId, Queue>,
    len: u64,
    /// By source with a choice, then by item of its capacity provider strategy.
    asked: BTreeMap<usize, Vec<u64>>,
    /// Instances have come since the last attempt.
    pub(in crate::simulation) is_due: bool,
}

/// The PROVISIONING tasks of one kind.
#[derive(Clone, Debug)]
struct Queue {
    /// Oldest first.
    tasks: VecDeque<Standalone>,
    /// Why the oldest was not placed when it was last tried.
    reason: Reason,
}

impl Provisioning {
    pub(in crate::simulation) fn len(&self) -> u64 {
        self.len
    }

    /// Kinds with the number of tasks that wait.
    pub(in crate::simulation) fn kinds(&self) -> impl Iterator<Item = TaskCount> {
        self.queues.iter().map(|(&request, queue)| TaskCount { request, count: queue.tasks.len() as u64 })
    }

    pub(in crate::simulation) fn for_each(&self, mut visit: impl FnMut(RequestId, SimTime)) {
        for (&request, queue) in &self.queues {
            queue.tasks.iter().for_each(|task| visit(request, task.asked));
        }
    }

    fn push(&mut self, request: RequestId, task: Standalone, reason: Reason) {
        let queue = self.queues.entry(request).or_insert_with(|| Queue { tasks: VecDeque::new(), reason });
        queue.tasks.push_back(task);
        queue.reason = reason;
        self.len += 1;
    }

    /// Takes the oldest of a kind; answers it with the number of the one behind it.
    fn pop(&mut self, request: RequestId) -> Option<(Standalone, Option<u64>)> {
        let queue = self.queues.get_mut(&request)?;
        let task = queue.tasks.pop_front()?;
        let next = queue.tasks.front().map(|task| task.number);
        if next.is_none() {
            self.queues.remove(&request);
        }
        self.len -= 1;
        Some((task, next))
    }

    /// The oldest of each kind.
    fn oldest(&self) -> impl Iterator<Item = (RequestId, Standalone)> {
        self.queues.iter().filter_map(|(&request, queue)| Some((request, *queue.tasks.front()?)))
    }
}

impl<E: Engine, O: Observer> Simulation<'_, E, O> {
    /// The request that a standalone task of a kind makes: that of its next provider, where there are several.
    pub(in crate::simulation) fn through_provider(&mut self, kind: RequestId) -> RequestId {
        let requests = &self.world.requests;
        if requests.splits.is_empty() {
            return kind;
        }
        let Some(split) = requests.splits.get(&kind) else { return kind };
        let nothing = || vec![0; split.requests.len()];
        let asked = self.provisioning.asked.entry(split.source).or_insert_with(nothing);
        let item = split.providers.next(asked);
        asked[item] += 1;
        split.requests[item]
    }

    /// Why a task of this kind cannot be placed, as it stands behind others that wait.
    pub(in crate::simulation) fn reason_to_stand_behind(&self, request: RequestId) -> Option<Reason> {
        if self.provisioning.len == 0 {
            return None;
        }
        self.provisioning.queues.get(&request).map(|queue| queue.reason)
    }

    /// A standalone task could not be placed: it waits where its provider is scaled for it and the quota lets it.
    pub(in crate::simulation) fn turn_away(&mut self, request: RequestId, task: Standalone, reason: Reason) -> Asked {
        if !self.is_scaled_for(request) {
            self.refuse_standalone(request, task, reason, false);
            return Asked::Refused(reason);
        }
        if !self.is_below_quota() {
            self.refuse_standalone(request, task, Reason::ProvisioningQuota, false);
            return Asked::Refused(Reason::ProvisioningQuota);
        }
        let Standalone { number, asked, .. } = task;
        self.observer.waiting(&Wait { at: self.now, task: number, request, reason, asked });
        self.provisioning.push(request, task, reason);
        self.schedule_retry();
        Asked::Waits(reason)
    }

    fn is_below_quota(&self) -> bool {
        self.provisioning.len + self.services.waiting_for_providers() < self.provisioning_quota()
    }

    /// It will never be placed.
    fn refuse_standalone(&mut self, request: RequestId, task: Standalone, reason: Reason, is_timed_out: bool) {
        let Standalone { number, asked, .. } = task;
        let at = self.now;
        let rejection =
            Rejection { at, task: number, request, reason, asked, waits: false, is_first: true, is_timed_out };
        self.observer.rejected(&rejection);
    }

    /// Tries what waits, oldest first; of each kind until one does not fit.
    pub(in crate::simulation) fn retry_provisioning(&mut self) {
        self.provisioning.is_due = false;
        self.time_out();
        let mut turns: BTreeSet<(u64, RequestId)> =
            self.provisioning.oldest().map(|(request, task)| (task.number, request)).collect();
        while let Some((_, request)) = turns.pop_first() {
            match self.engine.place(request) {
                Some(placed) => {
                    let Some((task, next)) = self.provisioning.pop(request) else { continue };
                    self.start_standalone(request, task, placed);
                    turns.extend(next.map(|number| (number, request)));
                }
                None => {
                    let reason = self.engine.refusal(request);
                    if let Some(queue) = self.provisioning.queues.get_mut(&request) {
                        queue.reason = reason;
                    }
                }
            }
        }
    }

    /// Gives up tasks that have been PROVISIONING for too long; queues are in order of asking.
    fn time_out(&mut self) {
        let Some(timeout) = self.world.dynamics.provider_options.provisioning_timeout else { return };
        let now = self.now;
        let is_over = |task: &Standalone| task.asked.after(timeout) <= now;
        let mut over: Vec<(u64, RequestId)> = Vec::new();
        for (&request, queue) in &self.provisioning.queues {
            over.extend(queue.tasks.iter().take_while(|task| is_over(task)).map(|task| (task.number, request)));
        }
        over.sort_unstable();
        for (_, request) in over {
            let reason = self.provisioning.queues.get(&request).map(|queue| queue.reason);
            if let (Some(reason), Some((task, _))) = (reason, self.provisioning.pop(request)) {
                self.refuse_standalone(request, task, reason, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(number: u64) -> Standalone {
        Standalone { number, asked: SimTime(number), life: None }
    }

    #[test]
    fn kinds_are_queues_of_their_own_and_none_is_empty() {
        let mut waiting = Provisioning::default();
        let (a, b) = (RequestId(3), RequestId(7));
        let of = |request, count| TaskCount { request, count };
        [(b, 1), (a, 2), (b, 3)]
            .into_iter()
            .for_each(|(request, number)| waiting.push(request, task(number), Reason::Cpu));
        assert_eq!((waiting.len(), waiting.kinds().collect::<Vec<_>>()), (3, vec![of(a, 1), of(b, 2)]));
        let popped = |waiting: &mut Provisioning, request| waiting.pop(request).map(|(task, next)| (task.number, next));
        assert_eq!(popped(&mut waiting, b), Some((1, Some(3))));
        assert_eq!(popped(&mut waiting, a), Some((2, None)));
        assert_eq!(popped(&mut waiting, a), None);
        assert_eq!((waiting.len(), waiting.kinds().collect::<Vec<_>>()), (1, vec![of(b, 1)]));
    }
}
