//! The second ledger: what tasks that were told to stop still hold of their instance.
//!
//! Placement frees at once; the agent starts a task only when its instance really has the room. As the stop delay is
//! the same for all, the moment is known when the task is placed: once what is still stopping fits beside everything
//! that is placed. Without a stop delay nothing is kept.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::engine::Engine;
use crate::model::{Demand, Device, DeviceUse, GpuDemand, InstanceId, RequestId, Requests, SimSpan, SimTime};

#[derive(Clone, Debug)]
pub(super) struct Held {
    delay: SimSpan,
    /// Stopping tasks of each instance that has some, and when each is gone; times ascend.
    stopping: FxHashMap<InstanceId, VecDeque<Stopping>>,
}

#[derive(Clone, Copy, Debug)]
struct Stopping {
    gone: SimTime,
    request: RequestId,
    /// Where its share of a GPU lies.
    device: Device,
}

impl Held {
    pub(super) fn new(delay: SimSpan) -> Self {
        Self { delay, stopping: FxHashMap::default() }
    }

    /// A task is told to stop.
    #[inline]
    pub(super) fn stop(&mut self, instance: InstanceId, request: RequestId, device: Device, now: SimTime) {
        if self.delay.0 > 0 {
            let gone = now.after(self.delay);
            self.stopping.entry(instance).or_default().push_back(Stopping { gone, request, device });
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
        request: RequestId,
        instance: InstanceId,
        now: SimTime,
    ) -> SimTime {
        if self.delay.0 == 0 {
            return now;
        }
        let Some(queue) = self.stopping.get_mut(&instance) else { return now };
        while queue.front().is_some_and(|stopping| stopping.gone <= now) {
            queue.pop_front();
        }
        let left = engine.remaining(instance);
        let demand = |id: RequestId| -> &Demand { &requests[id].demand };
        let wanted = demand(request);
        let mut runs = now;
        for skipped in 0..queue.len() {
            let still = || queue.range(skipped..);
            let demands = || still().map(|stopping| demand(stopping.request));
            let sums = demands().fold((0_u64, 0_u64), |(cpu, memory), demand| {
                (cpu + u64::from(demand.cpu.0), memory + u64::from(demand.memory.0))
            });
            let of_gpus =
                |stopping: &Stopping| OnGpus { wanted: demand(stopping.request).gpus, device: stopping.device };
            let fits = sums.0 <= u64::from(left.cpu.0)
                && sums.1 <= u64::from(left.memory.0)
                && !demands().flat_map(|demand| &demand.ports).any(|port| wanted.ports.contains(port))
                && still_fit_on_gpus(engine, instance, still().map(of_gpus));
            if fits {
                break;
            }
            runs = queue[skipped].gone;
        }
        if queue.is_empty() {
            self.stopping.remove(&instance);
        }
        runs
    }
}

/// What a task wants of the GPUs, and where its share lies.
struct OnGpus {
    wanted: GpuDemand,
    device: Device,
}

/// Whether what stopping tasks hold of the GPUs is held by no other: the devices of shares are idle, or shared and have
/// that much left, and so many others are idle as are held as a whole. A task that asks for GPUs is among the others.
fn still_fit_on_gpus<E: Engine>(engine: &E, instance: InstanceId, stopping: impl Iterator<Item = OnGpus>) -> bool {
    let mut asking = stopping.filter(|held| !held.wanted.is_none()).peekable();
    if asking.peek().is_none() {
        return true;
    }
    let mut devices = engine.devices(instance);
    let mut is_held = vec![false; devices.len()];
    let mut whole = 0;
    for OnGpus { wanted: gpus, device } in asking {
        if !gpus.is_share() {
            whole += match gpus {
                GpuDemand::Whole(count) => count as usize,
                GpuDemand::All => devices.len(),
                _ => 1,
            };
            continue;
        }
        match (gpus, devices.get_mut(device.index())) {
            (GpuDemand::Memory(amount), Some(DeviceUse::Memory { left })) if amount <= *left => left.0 -= amount.0,
            (GpuDemand::Share(amount), Some(DeviceUse::Milli { left })) if amount <= *left => *left -= amount,
            (_, Some(DeviceUse::Idle)) => is_held[device.index()] = true,
            _ => return false,
        }
    }
    let idle = devices.iter().zip(is_held).filter(|(used, is_held)| **used == DeviceUse::Idle && !is_held);
    whole <= idle.count()
}
