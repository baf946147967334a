//! An observer that hears everything, for both who compares runs line by line and who has room for a hash alone.

use std::fmt::Arguments;

use stowplan::engine::{Engine, InstanceStatus};
use stowplan::model::{ClassId, InstanceId, SimTime};
use stowplan::simulation::{DeploymentReport, MetricPoint, Observer, Rejection, Start, Stop, Tasks, Wait, Withdrawal};

/// Where lines go of what is told.
pub(crate) trait Lines {
    fn add(&mut self, line: Arguments<'_>);
}

/// Hears all that is told, whatever it is, as lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told<L> {
    pub(crate) lines: L,
    next_sample: u64,
}

/// Samples of the whole cluster.
const SAMPLE_MS: u64 = 10 * 60_000;

impl<L: Lines> Told<L> {
    fn tell(&mut self, what: Arguments<'_>) {
        self.lines.add(what);
    }

    /// What is left everywhere, and all tasks in the order in which they are told.
    fn look(&mut self, at: SimTime, name: &str, cluster: &dyn Engine, tasks: &dyn Tasks) {
        let mut seen = (0_u64, 0_u64);
        let mut add = |value: u64| seen = (seen.0 + 1, seen.1.wrapping_mul(31).wrapping_add(value));
        for id in (0..cluster.instance_count()).map(InstanceId::from_index) {
            let left = cluster.remaining(id);
            add(u64::from(left.cpu.0) << 32 | u64::from(left.memory.0));
            add(u64::from(cluster.task_count(id)) << 2 | cluster.status(id) as u64);
        }
        tasks.for_each_on(&mut |request, instance, device| {
            add(u64::from(request.0) << 32 | u64::from(instance.0));
            add(device.index() as u64);
        });
        tasks.for_each_waiting(&mut |request, asked| add(asked.0 ^ u64::from(request.0)));
        self.tell(format_args!("{name} {at:?} {seen:?} {}", tasks.waiting()));
    }
}

impl<L: Lines> Observer for Told<L> {
    fn placed(&mut self, start: &Start) {
        self.tell(format_args!("{start:?}"));
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.tell(format_args!("{rejection:?}"));
    }

    fn waiting(&mut self, wait: &Wait) {
        self.tell(format_args!("{wait:?}"));
    }

    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        self.tell(format_args!("{withdrawal:?}"));
    }

    fn stopped(&mut self, stop: &Stop) {
        self.tell(format_args!("{stop:?}"));
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        self.tell(format_args!("{at:?} {instance} {from:?} {to:?}"));
    }

    fn agent_changed(&mut self, at: SimTime, instance: InstanceId, connected: bool) {
        self.tell(format_args!("{at:?} {instance} agent {connected}"));
    }

    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.tell(format_args!("{at:?} {instance} registers {class}"));
    }

    fn held_pending(&mut self, at: SimTime, task: u64, until: SimTime) {
        self.tell(format_args!("{at:?} {task} held {until:?}"));
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        self.tell(format_args!("{report:?}"));
    }

    fn measured(&mut self, point: &MetricPoint) {
        self.tell(format_args!("{point:?}"));
    }

    fn next_sample(&self) -> Option<SimTime> {
        Some(SimTime(self.next_sample))
    }

    fn sample(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.next_sample += SAMPLE_MS;
        self.look(at, "sample", cluster, tasks);
    }

    fn snapshot(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.look(at, "snapshot", cluster, tasks);
    }

    fn finished(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.look(at, "finished", cluster, tasks);
    }
}
