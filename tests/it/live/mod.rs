//! A world that is driven from outside: as a run where it is told the same, as its twin on the other engine, as its fork; and
//! nothing has changed where a command is refused.

mod both_drivers;
mod errors;
mod programs;

use std::fmt::Arguments;

use stowplan::engine::{Engine, InstanceStatus};
use stowplan::model::{ClassId, InstanceId, SimTime};
use stowplan::simulation::{DeploymentReport, MetricPoint, Observer, Rejection, Start, Stop, Tasks, Wait, Withdrawal};

/// Writes down all that is told, whatever it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
    next_sample: u64,
}

/// Samples of the whole cluster.
const SAMPLE_MS: u64 = 10 * 60_000;

impl Told {
    fn tell(&mut self, what: Arguments<'_>) {
        self.lines.push(what.to_string());
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

impl Observer for Told {
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

/// Two lists of what was told are one; else where they part.
#[track_caller]
pub(crate) fn assert_same(name: &str, one: &Told, other: &Told) {
    let parted = one.lines.iter().zip(&other.lines).position(|(one, other)| one != other);
    if let Some(at) = parted {
        panic!("{name}: line {at} of what is told\n  {}\n  {}", one.lines[at], other.lines[at]);
    }
    assert_eq!(one.lines.len(), other.lines.len(), "{name}: one says more");
    assert_eq!(one, other, "{name}");
}
