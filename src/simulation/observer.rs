//! What a run tells while it goes.

use crate::engine::{Engine, InstanceStatus, Reason};
use crate::model::{InstanceId, RequestId, SimTime};

/// A task was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Now.
    pub at: SimTime,
    /// Number of the task, unique within the run and the same under every policy.
    pub task: u64,
    /// Its kind.
    pub request: RequestId,
    /// Where it went.
    pub instance: InstanceId,
    /// It is the only task there.
    pub is_first: bool,
    /// When it was first asked for; earlier than `at` if it waited.
    pub asked: SimTime,
}

/// An attempt to place a task failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Now.
    pub at: SimTime,
    /// Number of the task.
    pub task: u64,
    /// Its kind.
    pub request: RequestId,
    /// Why.
    pub reason: Reason,
    /// When it was first asked for.
    pub asked: SimTime,
    /// It will be tried again (a service's task); otherwise it is never placed.
    pub waits: bool,
}

/// Why a task stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// Its life was over.
    Ended,
    /// Its instance was lost.
    InstanceLost,
}

/// A task stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Now.
    pub at: SimTime,
    /// Number of the task.
    pub task: u64,
    /// Its kind.
    pub request: RequestId,
    /// Where it ran.
    pub instance: InstanceId,
    /// The instance has no task now.
    pub is_last: bool,
    /// Why.
    pub cause: StopCause,
}

/// Hears of everything that happens in a run, in order. Times never fall. All methods do nothing by default.
pub trait Observer {
    /// A task was placed.
    fn placed(&mut self, _start: &Start) {}

    /// An attempt failed.
    fn rejected(&mut self, _rejection: &Rejection) {}

    /// A task stopped.
    fn stopped(&mut self, _stop: &Stop) {}

    /// An instance changed its status. When one is lost, this comes before the stops of its tasks.
    fn instance_changed(&mut self, _at: SimTime, _instance: InstanceId, _from: InstanceStatus, _to: InstanceStatus) {}

    /// The next time at which [`Observer::sample`] wants to be called; asked again after each call.
    fn next_sample(&self) -> Option<SimTime> {
        None
    }

    /// A look at the whole cluster at a sample time. Events at that very time have not happened yet.
    fn sample(&mut self, _at: SimTime, _cluster: &dyn Engine, _tasks: &dyn Tasks) {}

    /// The close look, once a run, at a time that is the same under every policy (`Scenario::snapshot`). All that
    /// happens at that time has happened.
    fn snapshot(&mut self, _at: SimTime, _cluster: &dyn Engine, _tasks: &dyn Tasks) {}

    /// The end of the run.
    fn finished(&mut self, _at: SimTime, _cluster: &dyn Engine, _tasks: &dyn Tasks) {}
}

/// The living tasks, for looks at the whole cluster.
pub trait Tasks {
    /// Calls `visit` with kind and instance of every living task, in an unspecified but reproducible order.
    fn for_each(&self, visit: &mut dyn FnMut(RequestId, InstanceId));
    /// How many tasks wait to be placed.
    fn waiting(&self) -> u64;
    /// Calls `visit` with the kind of every waiting task and when it was first asked for. A task that stands behind
    /// another one of its service may never have been tried.
    fn for_each_waiting(&self, visit: &mut dyn FnMut(RequestId, SimTime));
}

/// Two observers hear the same.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn placed(&mut self, start: &Start) {
        self.0.placed(start);
        self.1.placed(start);
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.0.rejected(rejection);
        self.1.rejected(rejection);
    }

    fn stopped(&mut self, stop: &Stop) {
        self.0.stopped(stop);
        self.1.stopped(stop);
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        self.0.instance_changed(at, instance, from, to);
        self.1.instance_changed(at, instance, from, to);
    }

    fn next_sample(&self) -> Option<SimTime> {
        match (self.0.next_sample(), self.1.next_sample()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn sample(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        if self.0.next_sample() == Some(at) {
            self.0.sample(at, cluster, tasks);
        }
        if self.1.next_sample() == Some(at) {
            self.1.sample(at, cluster, tasks);
        }
    }

    fn snapshot(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.0.snapshot(at, cluster, tasks);
        self.1.snapshot(at, cluster, tasks);
    }

    fn finished(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.0.finished(at, cluster, tasks);
        self.1.finished(at, cluster, tasks);
    }
}

/// Somebody may listen.
impl<O: Observer> Observer for Option<O> {
    fn placed(&mut self, start: &Start) {
        if let Some(observer) = self {
            observer.placed(start);
        }
    }

    fn rejected(&mut self, rejection: &Rejection) {
        if let Some(observer) = self {
            observer.rejected(rejection);
        }
    }

    fn stopped(&mut self, stop: &Stop) {
        if let Some(observer) = self {
            observer.stopped(stop);
        }
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        if let Some(observer) = self {
            observer.instance_changed(at, instance, from, to);
        }
    }

    fn next_sample(&self) -> Option<SimTime> {
        self.as_ref().and_then(Observer::next_sample)
    }

    fn sample(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        if let Some(observer) = self {
            observer.sample(at, cluster, tasks);
        }
    }

    fn snapshot(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        if let Some(observer) = self {
            observer.snapshot(at, cluster, tasks);
        }
    }

    fn finished(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        if let Some(observer) = self {
            observer.finished(at, cluster, tasks);
        }
    }
}

/// Nobody listens.
impl Observer for () {}
