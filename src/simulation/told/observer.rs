//! What a run tells while it goes.

use std::borrow::Cow;

use crate::engine::{Engine, InstanceStatus, Reason};
use crate::model::{ClassId, Device, InstanceId, ProviderId, RequestId, SimTime};

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
    /// The task has met no refusal before. Never so for a move between zones, which is no task that anybody lacks.
    pub is_first: bool,
    /// It was PROVISIONING for too long, for this reason.
    pub is_timed_out: bool,
}

impl Rejection {
    /// The reason in words, as tables and logs have it.
    #[must_use]
    pub fn text(&self) -> Cow<'static, str> {
        refusal_text(self.reason, self.is_timed_out)
    }
}

/// A reason in words; that of a task that was PROVISIONING for too long says so.
#[must_use]
pub fn refusal_text(reason: Reason, is_timed_out: bool) -> Cow<'static, str> {
    if is_timed_out { format!("PROVISIONING timed out: {reason}").into() } else { reason.text().into() }
}

/// A task waits for a capacity provider with managed scaling: no refusal, and told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Now.
    pub at: SimTime,
    /// Number of the task.
    pub task: u64,
    /// Its kind.
    pub request: RequestId,
    /// What it waits for: the check that keeps it from being placed now.
    pub reason: Reason,
    /// When it was first asked for.
    pub asked: SimTime,
}

/// A task that waited is wanted no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Now.
    pub at: SimTime,
    /// Number of the task.
    pub task: u64,
    /// Its kind.
    pub request: RequestId,
    /// When it was first asked for.
    pub asked: SimTime,
}

/// Why a task stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopCause {
    /// Its life was over.
    Ended,
    /// Its instance was lost.
    InstanceLost,
    /// Its service wants fewer tasks.
    ScaledIn,
    /// Its service runs another revision.
    Deployment,
    /// Its instance drains.
    Drained,
    /// Its service has started another one in an emptier zone.
    Rebalanced,
    /// Somebody has stopped it.
    Asked,
}

impl StopCause {
    /// Every cause.
    pub const ALL: [Self; 7] = [
        Self::Ended,
        Self::InstanceLost,
        Self::ScaledIn,
        Self::Deployment,
        Self::Drained,
        Self::Rebalanced,
        Self::Asked,
    ];

    /// The word for it in `events.csv`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::InstanceLost => "instance-lost",
            Self::ScaledIn => "scaled-in",
            Self::Deployment => "deployment",
            Self::Drained => "drained",
            Self::Rebalanced => "rebalanced",
            Self::Asked => "asked",
        }
    }
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

/// Why a deployment does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StuckReason {
    /// Minimum and maximum percent let nothing stop and nothing start.
    Percentages,
    /// What could stop is protected.
    Protection,
    /// The next task cannot be placed, for this reason.
    Refused(Reason),
}

impl StuckReason {
    /// ECS's own text for it, where there is one.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Percentages => {
                "was unable to stop or start tasks during a deployment because of the service deployment configuration."
            }
            Self::Protection => "waits for tasks that are protected from scale-in",
            Self::Refused(reason) => reason.text(),
        }
    }
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every task is of the new revision and healthy.
    Completed,
    /// The circuit breaker tripped and the service went back to the last revision that was completed.
    RolledBack,
    /// The circuit breaker tripped.
    Failed,
    /// The next deployment came first.
    Superseded,
    /// The run ended first.
    Unfinished,
}

impl Outcome {
    /// The word for it in `deployments.csv`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::RolledBack => "rolled-back",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::Unfinished => "unfinished",
        }
    }
}

/// What a deployment took and what it left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentReport {
    /// Position of the service in the scenario.
    pub service: u32,
    /// Position of the revision among those of the service, the one at the start being 0.
    pub revision: u32,
    /// Any request of the revision.
    pub request: RequestId,
    /// The strategy, by the name of the API.
    pub strategy: &'static str,
    /// When it was asked for.
    pub started: SimTime,
    /// When the new revision had all traffic and the bake time was over, so that the old one could go: of deployments in
    /// stages that came so far.
    pub clean_up: Option<SimTime>,
    /// When it ended.
    pub ended: SimTime,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it does not move at its end, and since when.
    pub stuck: Option<(StuckReason, SimTime)>,
    /// Tasks that it started.
    pub tasks_started: u64,
    /// Tasks that it stopped.
    pub tasks_stopped: u64,
    /// Attempts to place a task that failed.
    pub attempts_failed: u64,
    /// Most tasks of the service at one time.
    pub tasks_peak: u64,
    /// Most CPU units and MiB that the service reserved at one time.
    pub reserved_peak: (u64, u64),
    /// Most less fewest tasks of the service over the zones of the fleet, at the end.
    pub zone_skew: u64,
    /// Most tasks of the service on one instance, at the end.
    pub tasks_on_one_instance: u64,
}

/// What managed scaling does in one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// The group has what it needs.
    None,
    /// It launches this many instances.
    Out(u32),
    /// It needs more, and waits for those that it launched to warm up.
    WarmingUp,
    /// It has more than it needs; this many points in a row say so.
    Counting(u32),
    /// It has more than it needs; the last step inwards was too short a time ago.
    Pausing,
    /// Tasks wait that fit on none of its instance types: it stays at its target.
    AtTarget,
    /// It needs more than its group may have.
    AtMaximum,
    /// It needs fewer than its group keeps.
    AtMinimum,
    /// It terminates this many instances.
    In(u32),
    /// It would terminate some, and every instance runs a task.
    Protected,
}

/// One minute of one capacity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricPoint {
    /// Now.
    pub at: SimTime,
    /// The provider.
    pub provider: ProviderId,
    /// M: instances needed.
    pub needed: u64,
    /// N: instances that are up.
    pub running: u64,
    /// Instances on their way.
    pub launching: u64,
    /// Instances that run a task which is no daemon.
    pub busy: u64,
    /// Tasks that wait for the provider.
    pub waiting: u64,
    /// CapacityProviderReservation, as a fraction of percent.
    pub reservation: (u64, u64),
    /// What is done about it.
    pub scaling: Scaling,
}

/// Hears of everything that happens in a run, in order. Times never fall. All methods do nothing by default.
pub trait Observer {
    /// A task was placed.
    fn placed(&mut self, _start: &Start) {}

    /// An attempt failed.
    fn rejected(&mut self, _rejection: &Rejection) {}

    /// A task waits for its capacity provider.
    fn waiting(&mut self, _wait: &Wait) {}

    /// A task that was refused or waited is wanted no more.
    fn withdrawn(&mut self, _withdrawal: &Withdrawal) {}

    /// A task stopped.
    fn stopped(&mut self, _stop: &Stop) {}

    /// An instance changed its status. When one is lost, this comes before the stops of its tasks.
    fn instance_changed(&mut self, _at: SimTime, _instance: InstanceId, _from: InstanceStatus, _to: InstanceStatus) {}

    /// The agent of an instance was connected or disconnected, the instance being up.
    fn agent_changed(&mut self, _at: SimTime, _instance: InstanceId, _connected: bool) {}

    /// A new, ACTIVE, empty instance has registered.
    fn instance_registered(&mut self, _at: SimTime, _instance: InstanceId, _class: ClassId) {}

    /// A task that was just placed is held PENDING until `until`: its instance still runs what was told to stop.
    fn held_pending(&mut self, _at: SimTime, _task: u64, _until: SimTime) {}

    /// A deployment has ended, or the run before it.
    fn deployment_ended(&mut self, _report: &DeploymentReport) {}

    /// A capacity provider was measured.
    fn measured(&mut self, _point: &MetricPoint) {}

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
    /// As [`Tasks::for_each`], with the device that the share of a GPU lies on, where it is known.
    fn for_each_on(&self, visit: &mut dyn FnMut(RequestId, InstanceId, Device)) {
        self.for_each(&mut |request, instance| visit(request, instance, Device::ANY));
    }
    /// How many tasks wait to be placed.
    fn waiting(&self) -> u64;
    /// Calls `visit` with the kind of every waiting task and when it was first asked for. A task that stands behind
    /// another one of its service may never have been tried.
    fn for_each_waiting(&self, visit: &mut dyn FnMut(RequestId, SimTime));
    /// The kind of task that the service at this position of the scenario starts now, which is of the revision that it
    /// wants; `None` past the last service, and where nobody keeps services.
    fn current(&self, _service: usize) -> Option<RequestId> {
        None
    }
}
