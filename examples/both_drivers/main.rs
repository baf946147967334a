//! Drives a scenario twice, by a run and by a live world that is told of everything when it is time, and says whether
//! observers heard the same. Tests do so with the small scenarios of the repository; this is for the large ones.
//!
//! `cargo run --release --example both_drivers -- scenarios/fleet-100k.toml`

mod drive;

use std::fmt::Arguments;
use std::hash::Hasher as _;
use std::process::ExitCode;

use rustc_hash::FxHasher;
use stowplan::engine::{Engine, InstanceStatus};
use stowplan::model::{ClassId, InstanceId, Requests, SimTime};
use stowplan::simulation::{DeploymentReport, MetricPoint, Observer, Rejection, Start, Stop, Tasks, Wait, Withdrawal};

/// How much was heard, and a hash of it.
#[derive(Clone, Default)]
struct Heard {
    told: u64,
    hash: FxHasher,
}

impl Heard {
    fn tell(&mut self, what: Arguments<'_>) {
        self.told += 1;
        self.hash.write(what.to_string().as_bytes());
    }

    /// As [`Self::tell`], for what is told millions of times.
    fn tell_numbers(&mut self, numbers: [u64; 4]) {
        self.told += 1;
        numbers.into_iter().for_each(|number| self.hash.write_u64(number));
    }
}

impl Observer for Heard {
    fn placed(&mut self, start: &Start) {
        let kind = u64::from(start.request.0) << 32 | u64::from(start.instance.0);
        self.tell_numbers([start.at.0, start.task, kind, start.asked.0 << 1 | u64::from(start.is_first)]);
    }

    fn stopped(&mut self, stop: &Stop) {
        let kind = u64::from(stop.request.0) << 32 | u64::from(stop.instance.0);
        self.tell_numbers([stop.at.0, stop.task, kind, (stop.cause as u64) << 1 | u64::from(stop.is_last)]);
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

    fn snapshot(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        for id in (0..cluster.instance_count()).map(InstanceId::from_index) {
            let left = cluster.remaining(id);
            let tasks = u64::from(cluster.task_count(id)) << 2 | cluster.status(id) as u64;
            self.tell_numbers([at.0, left.cpu.0.into(), left.memory.0.into(), tasks]);
        }
        tasks.for_each_on(&mut |request, instance, device| {
            self.tell_numbers([at.0, request.0.into(), instance.0.into(), device.index() as u64]);
        });
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it has done")]
fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("error: name a scenario, such as `scenarios/fleet-100k.toml`");
        return ExitCode::from(2);
    };
    let scenario = match stowplan::scenario::load(file.as_ref(), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let mut all_same = true;
    for (position, policy) in scenario.policies.iter().enumerate() {
        let requests = Requests::compile(&scenario, policy);
        let one = drive::driven_by_a_run(&scenario, &requests, Heard::default());
        let other = drive::driven_from_outside(&scenario, position, &requests, Heard::default());
        let (run, live) = ((one.told, one.hash.finish()), (other.told, other.hash.finish()));
        let verdict = if run == live { "the same" } else { "they differ" };
        println!(
            "{}: a run tells {} things ({:016x}), a live world {} ({:016x}): {verdict}",
            policy.name, run.0, run.1, live.0, live.1
        );
        all_same &= run == live;
    }
    if all_same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
