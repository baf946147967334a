//! Observers made of others: two side by side, one that may be missing, one that is lent, nobody.

use super::observer::{DeploymentReport, MetricPoint, Observer, Rejection, Start, Stop, Tasks, Wait, Withdrawal};
use crate::engine::{Engine, InstanceStatus};
use crate::model::{ClassId, InstanceId, SimTime};

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

    fn waiting(&mut self, wait: &Wait) {
        self.0.waiting(wait);
        self.1.waiting(wait);
    }

    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        self.0.withdrawn(withdrawal);
        self.1.withdrawn(withdrawal);
    }

    fn stopped(&mut self, stop: &Stop) {
        self.0.stopped(stop);
        self.1.stopped(stop);
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        self.0.instance_changed(at, instance, from, to);
        self.1.instance_changed(at, instance, from, to);
    }

    fn agent_changed(&mut self, at: SimTime, instance: InstanceId, connected: bool) {
        self.0.agent_changed(at, instance, connected);
        self.1.agent_changed(at, instance, connected);
    }

    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.0.instance_registered(at, instance, class);
        self.1.instance_registered(at, instance, class);
    }

    fn held_pending(&mut self, at: SimTime, task: u64, until: SimTime) {
        self.0.held_pending(at, task, until);
        self.1.held_pending(at, task, until);
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        self.0.deployment_ended(report);
        self.1.deployment_ended(report);
    }

    fn measured(&mut self, point: &MetricPoint) {
        self.0.measured(point);
        self.1.measured(point);
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

    fn waiting(&mut self, wait: &Wait) {
        if let Some(observer) = self {
            observer.waiting(wait);
        }
    }

    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        if let Some(observer) = self {
            observer.withdrawn(withdrawal);
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

    fn agent_changed(&mut self, at: SimTime, instance: InstanceId, connected: bool) {
        if let Some(observer) = self {
            observer.agent_changed(at, instance, connected);
        }
    }

    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        if let Some(observer) = self {
            observer.instance_registered(at, instance, class);
        }
    }

    fn held_pending(&mut self, at: SimTime, task: u64, until: SimTime) {
        if let Some(observer) = self {
            observer.held_pending(at, task, until);
        }
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        if let Some(observer) = self {
            observer.deployment_ended(report);
        }
    }

    fn measured(&mut self, point: &MetricPoint) {
        if let Some(observer) = self {
            observer.measured(point);
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

/// Somebody lends an observer.
impl<O: Observer + ?Sized> Observer for &mut O {
    #[inline]
    fn placed(&mut self, start: &Start) {
        (**self).placed(start);
    }

    #[inline]
    fn rejected(&mut self, rejection: &Rejection) {
        (**self).rejected(rejection);
    }

    #[inline]
    fn waiting(&mut self, wait: &Wait) {
        (**self).waiting(wait);
    }

    #[inline]
    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        (**self).withdrawn(withdrawal);
    }

    #[inline]
    fn stopped(&mut self, stop: &Stop) {
        (**self).stopped(stop);
    }

    #[inline]
    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        (**self).instance_changed(at, instance, from, to);
    }

    #[inline]
    fn agent_changed(&mut self, at: SimTime, instance: InstanceId, connected: bool) {
        (**self).agent_changed(at, instance, connected);
    }

    #[inline]
    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        (**self).instance_registered(at, instance, class);
    }

    #[inline]
    fn held_pending(&mut self, at: SimTime, task: u64, until: SimTime) {
        (**self).held_pending(at, task, until);
    }

    #[inline]
    fn deployment_ended(&mut self, report: &DeploymentReport) {
        (**self).deployment_ended(report);
    }

    #[inline]
    fn measured(&mut self, point: &MetricPoint) {
        (**self).measured(point);
    }

    #[inline]
    fn next_sample(&self) -> Option<SimTime> {
        (**self).next_sample()
    }

    #[inline]
    fn sample(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        (**self).sample(at, cluster, tasks);
    }

    #[inline]
    fn snapshot(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        (**self).snapshot(at, cluster, tasks);
    }

    #[inline]
    fn finished(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        (**self).finished(at, cluster, tasks);
    }
}
