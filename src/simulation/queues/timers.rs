//! What will happen at a known time, apart from the ends of tasks: one queue, in order of time, then of setting.
//!
//! Nothing is ever taken out of it; what is no longer wanted is ignored by whoever set it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::{ClassId, InstanceId, ProviderId, SimTime};

/// What happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The desired count of a service changes by its curve.
    Desired(u32),
    /// A service looks at itself again: a task is healthy, or no longer protected.
    Service(u32),
    /// A patch wave looks at an instance.
    Patch {
        /// Position among the waves of the run.
        wave: u32,
        /// The instance.
        instance: InstanceId,
        /// What is due.
        step: PatchStep,
    },
    /// The notice of a spot instance runs out.
    SpotLost {
        /// Position among the interruptions of the run.
        spot: u32,
        /// The instance.
        instance: InstanceId,
    },
    /// A lost instance comes back.
    Returned(InstanceId),
    /// The next random failure.
    Failure,
    /// The minute of the capacity providers.
    Metric,
    /// An instance that was launched registers.
    Launched {
        /// Who launched it.
        provider: ProviderId,
        /// What it is.
        class: ClassId,
    },
}

/// What is due of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PatchStep {
    /// Time to be empty is over.
    Deadline,
    /// The patch is done.
    Done,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    queue: BinaryHeap<Reverse<(SimTime, u64, Timer)>>,
    set: u64,
}

impl Timers {
    /// Sets a timer. At equal times those set first come first.
    pub(crate) fn set(&mut self, at: SimTime, timer: Timer) {
        self.queue.push(Reverse((at, self.set, timer)));
        self.set += 1;
    }

    /// The time of the next one; the far end of time if there is none.
    #[inline]
    pub(crate) fn next_time(&self) -> SimTime {
        self.queue.peek().map_or(SimTime(u64::MAX), |Reverse((at, ..))| *at)
    }

    /// The next one that is due at `now`.
    #[inline]
    pub(crate) fn pop_at(&mut self, now: SimTime) -> Option<Timer> {
        if self.next_time() > now {
            return None;
        }
        let Reverse((_, _, timer)) = self.queue.pop()?;
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_come_in_the_order_of_setting() {
        let mut timers = Timers::default();
        timers.set(SimTime(5), Timer::Service(1));
        timers.set(SimTime(3), Timer::Metric);
        timers.set(SimTime(5), Timer::Desired(0));
        assert_eq!(timers.next_time(), SimTime(3));
        assert_eq!(timers.pop_at(SimTime(2)), None);
        assert_eq!(timers.pop_at(SimTime(3)), Some(Timer::Metric));
        assert_eq!(timers.pop_at(SimTime(5)), Some(Timer::Service(1)));
        assert_eq!(timers.pop_at(SimTime(5)), Some(Timer::Desired(0)));
        assert_eq!((timers.pop_at(SimTime(9)), timers.next_time()), (None, SimTime(u64::MAX)));
    }
}
