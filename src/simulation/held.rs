//! The second ledger: what tasks that were told to stop still hold of their instance.
//!
//! Placement frees at once; the agent starts a task only when its instance really has the room. As the stop delay is
//! the same for all, the moment is known when the task is placed: once what is still stopping fits beside everything
//! that is placed. Without a stop delay nothing is kept.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::engine::Engine;
use crate::model::{Demand, InstanceId, RequestId, Requests, SimSpan, SimTime};

#[derive(Debug)]
pub(super) struct Held {
    delay: SimSpan,
    /// Stopping tasks of each instance that has some, and when each is gone; times ascend.
    stopping: FxHashMap<InstanceId, VecDeque<(SimTime, RequestId)>>,
}

impl Held {
    pub(super) fn new(delay: SimSpan) -> Self {
        Self { delay, stopping: FxHashMap::default() }
    }

    /// A task is told to stop.
    #[inline]
    pub(super) fn stop(&mut self, instance: InstanceId, request: RequestId, now: SimTime) {
        if self.delay.0 > 0 {
            self.stopping.entry(instance).or_default().push_back((now.after(self.delay), request));
        }
    }

    /// An instance is lost with all that stops there.
    pub(super) fn forget(&mut self, instance: InstanceId) {
        self.stopping.remove(&instance);
    }

    /// When the containers of a task that was just placed can start.
    #[inline]
    pub(super) fn runs_at<E: Engine>(
        &mut self,
        engine: &E,
        requests: &Requests,
        (request, instance): (RequestId, InstanceId),
        now: SimTime,
    ) -> SimTime {
        if self.delay.0 == 0 {
            return now;
        }
        let Some(queue) = self.stopping.get_mut(&instance) else { return now };
        while queue.front().is_some_and(|&(gone, _)| gone <= now) {
            queue.pop_front();
        }
        let left = engine.remaining(instance);
        let demand = |id: RequestId| -> &Demand { &requests[id].demand };
        let wanted = &demand(request).ports;
        let mut runs = now;
        for skipped in 0..queue.len() {
            let still = queue.range(skipped..).map(|&(_, id)| demand(id));
            let sums = still.clone().fold((0_u64, 0_u64, 0_u64), |(cpu, memory, gpus), demand| {
                (cpu + u64::from(demand.cpu.0), memory + u64::from(demand.memory.0), gpus + u64::from(demand.gpus))
            });
            let fits = sums.0 <= u64::from(left.cpu.0)
                && sums.1 <= u64::from(left.memory.0)
                && sums.2 <= u64::from(left.gpus)
                && !still.flat_map(|demand| &demand.ports).any(|port| wanted.contains(port));
            if fits {
                break;
            }
            runs = queue[skipped].0;
        }
        if queue.is_empty() {
            self.stopping.remove(&instance);
        }
        runs
    }
}
