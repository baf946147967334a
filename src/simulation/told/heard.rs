//! An observer that is not known when the event loop is compiled.
//!
//! The loop is compiled once for each pair of engine and observer, which is most of what makes it fast and much of what it
//! takes to build. Only recording runs are worth a loop of their own; whoever else listens does it through [`Heard`].

use super::observer::{DeploymentReport, MetricPoint, Observer, Rejection, Start, Stop, Tasks, Wait, Withdrawal};
use crate::engine::{Engine, InstanceStatus};
use crate::model::{ClassId, InstanceId, SimTime};

/// Passes all that happens to an observer of any kind.
pub struct Heard<'a>(pub &'a mut dyn Observer);

impl Observer for Heard<'_> {
    fn placed(&mut self, start: &Start) {
        self.0.placed(start);
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.0.rejected(rejection);
    }

    fn waiting(&mut self, wait: &Wait) {
        self.0.waiting(wait);
    }

    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        self.0.withdrawn(withdrawal);
    }

    fn stopped(&mut self, stop: &Stop) {
        self.0.stopped(stop);
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        self.0.instance_changed(at, instance, from, to);
    }

    fn agent_changed(&mut self, at: SimTime, instance: InstanceId, connected: bool) {
        self.0.agent_changed(at, instance, connected);
    }

    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.0.instance_registered(at, instance, class);
    }

    fn held_pending(&mut self, at: SimTime, task: u64, until: SimTime) {
        self.0.held_pending(at, task, until);
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        self.0.deployment_ended(report);
    }

    fn measured(&mut self, point: &MetricPoint) {
        self.0.measured(point);
    }

    fn next_sample(&self) -> Option<SimTime> {
        self.0.next_sample()
    }

    fn sample(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.0.sample(at, cluster, tasks);
    }

    fn snapshot(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.0.snapshot(at, cluster, tasks);
    }

    fn finished(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.0.finished(at, cluster, tasks);
    }
}

impl std::fmt::Debug for Heard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Heard")
    }
}
