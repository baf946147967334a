//! What one service has, wants and waits for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::tasks::{ServiceTask, ServiceTasks};
use crate::engine::Reason;
use crate::model::{
    Cleanup, DeploymentStrategy, InstanceId, RequestId, Service, ServiceSettings, Shared, SimSpan, SimTime,
};
use crate::simulation::observer::{DeploymentReport, StuckReason};

/// A task that waits to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitingTask {
    pub(crate) number: u64,
    pub(crate) asked: SimTime,
    /// The instance that a daemon's task is for; `None` is any.
    pub(crate) on: Option<InstanceId>,
    /// The item of the capacity provider strategy that it goes through.
    pub(crate) item: u8,
    /// That it was refused, or waits, was told. Those that were told stand before those that were not.
    pub(crate) is_told: bool,
}

/// The longest interval between two attempts of a throttled service.
const LONGEST_RETRY: SimSpan = SimSpan::from_secs(15 * 60);

#[derive(Clone, Debug)]
pub(crate) struct State<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) settings: Shared<'a, ServiceSettings>,
    pub(crate) tasks: ServiceTasks,
    pub(crate) waiting: VecDeque<WaitingTask>,
    pub(crate) desired: u32,
    /// Position among the service's revisions of the one that it wants.
    pub(crate) revision: usize,
    /// The last revision that was completed, where a failed deployment goes back to.
    pub(crate) completed: usize,
    /// The next entry of its deployments.
    pub(crate) next_deployment: usize,
    pub(crate) request: RequestId,
    /// Tasks that are to be replaced: of another revision, or on a DRAINING instance.
    pub(crate) replaceable: usize,
    /// Tasks told to stop whose containers are not gone yet, by the time they will be.
    pub(crate) stopping: VecDeque<SimTime>,
    /// It waits for its turn in the list of services that something has happened to.
    pub(crate) is_dirty: bool,
    /// The time of its timer.
    pub(crate) wake: SimTime,
    /// The last attempt of this moment failed.
    pub(crate) refused: Option<Reason>,
    /// Items of the capacity provider strategy that had no room in this moment, a bit each.
    pub(crate) refused_items: u32,
    /// Why the last refused task of each item was.
    pub(crate) reasons: BTreeMap<u8, Reason>,
    /// Not tried again before.
    pub(crate) not_before: SimTime,
    pub(crate) retry_interval: SimSpan,
    /// How often room had come when its last attempt failed.
    pub(crate) tried: u64,
    pub(crate) rollout: Option<Rollout>,
    /// Tasks of older revisions that are to be started: replacements of lost ones and their share of a scale-out (R-7.6a).
    /// Empty unless a deployment is in progress.
    pub(crate) owed: BTreeMap<RequestId, usize>,
    /// That there is no room for them was told.
    pub(crate) owed_is_refused: bool,
    /// The task that AZ rebalancing has started and the zone that will give one up for it.
    pub(crate) move_in_work: Option<u64>,
    /// It was told that AZ rebalancing finds no room.
    pub(crate) move_is_refused: bool,
    /// Tasks that somebody protects, and until when.
    pub(crate) protected: BTreeMap<u64, SimTime>,
}

/// A deployment in progress.
#[derive(Clone, Debug)]
pub(crate) struct Rollout {
    pub(crate) report: DeploymentReport,
    /// What its tasks reserve now.
    pub(crate) reserved: (u64, u64),
    /// Failed tasks since the last healthy one.
    pub(crate) failed: u64,
    /// Most healthy tasks of the revision so far.
    pub(crate) healthy_seen: usize,
    /// The breaker has tripped, and there is nowhere to go back to.
    pub(crate) is_given_up: bool,
    pub(crate) stage: Stage,
    /// A task of the new revision could not be placed: the end of a deployment in stages.
    pub(crate) is_unplaceable: bool,
    /// Tasks that replaced lost ones of an older revision.
    pub(crate) own: BTreeSet<u64>,
}

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Tasks are replaced within minimum and maximum percent.
    Rolling,
    /// Both revisions run whole; until then, once the new one is healthy.
    Beside { until: Option<SimTime> },
    /// The old revision may go.
    CleanUp,
}

/// A service that has no task yet.
#[derive(Clone, Debug)]
pub(crate) struct NewService<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) desired: u32,
    pub(crate) settings: Shared<'a, ServiceSettings>,
    /// When it is created.
    pub(crate) at: SimTime,
}

impl<'a> From<&'a Service> for NewService<'a> {
    fn from(service: &'a Service) -> Self {
        let settings = Shared::from(&service.settings);
        Self { name: Cow::Borrowed(&service.name), desired: service.desired_count, settings, at: SimTime::ZERO }
    }
}

impl<'a> State<'a> {
    pub(crate) fn new(service: NewService<'a>, request: RequestId) -> Self {
        let NewService { name, desired, settings, at } = service;
        Self {
            name,
            tasks: ServiceTasks::default(),
            waiting: VecDeque::new(),
            desired: settings.curve.as_ref().map_or(desired, |curve| curve.at(at)),
            revision: 0,
            completed: 0,
            next_deployment: 0,
            request,
            replaceable: 0,
            stopping: VecDeque::new(),
            settings,
            is_dirty: false,
            wake: SimTime(u64::MAX),
            refused: None,
            refused_items: 0,
            reasons: BTreeMap::new(),
            not_before: SimTime::ZERO,
            retry_interval: SimSpan(0),
            tried: 0,
            rollout: None,
            owed: BTreeMap::new(),
            owed_is_refused: false,
            move_in_work: None,
            move_is_refused: false,
            protected: BTreeMap::new(),
        }
    }

    /// Its deployment has failed, and there is nowhere to go back to.
    pub(crate) fn is_given_up(&self) -> bool {
        self.rollout.as_ref().is_some_and(|rollout| rollout.is_given_up)
    }

    /// Tasks that are there to stay.
    pub(crate) fn good(&self) -> usize {
        self.tasks.len() - self.replaceable
    }

    /// healthy tasks below which nothing healthy may stop.
    pub(crate) fn minimum(&self) -> usize {
        usize::try_from(self.settings.minimum_healthy(self.desired)).unwrap_or(usize::MAX)
    }

    /// tasks above which nothing may start.
    pub(crate) fn maximum(&self) -> usize {
        usize::try_from(self.settings.maximum(self.desired)).unwrap_or(usize::MAX)
    }

    /// How many tasks the service may start now.
    pub(crate) fn startable(&self) -> usize {
        if self.is_given_up() {
            return 0;
        }
        let missing = (self.desired as usize).saturating_sub(self.good());
        missing.min(self.room().saturating_sub(self.owed.values().sum()))
    }

    /// How many more tasks there may be: up to the maximum, or one of each revision while two run whole.
    pub(crate) fn room(&self) -> usize {
        let most = if self.is_beside() { self.maximum().saturating_mul(2) } else { self.maximum() };
        most.saturating_sub(self.tasks.len() + self.stopping.len())
    }

    /// Both revisions of a deployment in stages run whole.
    pub(crate) fn is_beside(&self) -> bool {
        matches!(self.stage(), Some(Stage::Beside { .. }))
    }

    /// R-7.6b: so many healthy tasks of the new revision end a rolling deployment before it is whole.
    pub(crate) fn is_early_success(&self, healthy: usize) -> bool {
        let DeploymentStrategy::Rolling { early_success: Some(early) } = self.settings.strategy else { return false };
        let is_clean = early.cleanup == Cleanup::Deferred || self.replaceable == 0;
        is_clean && healthy as u64 >= early.tasks(self.desired)
    }

    /// How far its deployment is.
    pub(crate) fn stage(&self) -> Option<Stage> {
        self.rollout.as_ref().map(|rollout| rollout.stage)
    }

    /// The oldest waiting task whose provider may still have room, with its position among those that wait.
    pub(crate) fn first_offer(&self) -> Option<(usize, WaitingTask)> {
        let may_fit = |task: &WaitingTask| self.refused_items >> task.item & 1 == 0;
        self.waiting.iter().copied().enumerate().find(|(_, task)| may_fit(task))
    }

    /// Nothing was tried yet in this moment.
    pub(crate) fn forget_refusals(&mut self) {
        self.refused = None;
        self.refused_items = 0;
    }

    pub(crate) fn is_protected(&self, task: &ServiceTask, now: SimTime) -> bool {
        task.runs.after(self.settings.protection) > now
            || self.protected.get(&task.number).is_some_and(|&until| until > now)
    }

    /// Some of its tasks may be protected.
    pub(crate) fn protects(&self) -> bool {
        self.settings.protection.0 > 0 || !self.protected.is_empty()
    }

    pub(crate) fn healthy(&self, now: SimTime) -> usize {
        self.tasks.iter().filter(|task| task.is_healthy(now, self.settings.healthy_after)).count()
    }

    /// Everything is as it should be: the state in which AZ rebalancing may begin.
    pub(crate) fn is_steady(&self, now: SimTime) -> bool {
        self.rollout.is_none()
            && self.replaceable == 0
            && self.waiting.is_empty()
            && self.tasks.len() == self.desired as usize
            && self.healthy(now) == self.tasks.len()
    }

    /// The next time at which tasks of the service change by themselves: one becomes healthy, loses its protection, or
    /// is gone at last.
    pub(crate) fn next_change(&self, now: SimTime) -> SimTime {
        let settings = &self.settings;
        let times = self.tasks.iter().flat_map(|task| {
            [task.runs, task.runs.after(settings.healthy_after), task.runs.after(settings.protection)]
        });
        let gone = self.stopping.front().copied().into_iter().chain(self.protected.values().copied());
        let until = match self.stage() {
            Some(Stage::Beside { until }) => until,
            _ => None,
        };
        times.chain(gone).chain(until).filter(|&at| at > now).min().unwrap_or(SimTime(u64::MAX))
    }

    /// An attempt failed: the interval of a throttled service doubles.
    pub(crate) fn back_off(&mut self, now: SimTime, first: SimSpan) {
        let doubled = SimSpan(self.retry_interval.0.saturating_mul(2)).max(first);
        self.retry_interval = doubled.min(LONGEST_RETRY.max(first));
        self.not_before = now.after(self.retry_interval);
    }

    /// A task has started, or there is a new revision: the next failure is the first again.
    pub(crate) fn forget_failures(&mut self) {
        self.retry_interval = SimSpan(0);
        self.not_before = SimTime::ZERO;
    }

    /// Notes why a deployment does not move, or that it does again.
    pub(crate) fn note_stuck(&mut self, now: SimTime, reason: Option<StuckReason>) {
        let Some(rollout) = &mut self.rollout else { return };
        match (reason, rollout.report.stuck) {
            (Some(reason), Some((_, since))) => rollout.report.stuck = Some((reason, since)),
            (Some(reason), None) => rollout.report.stuck = Some((reason, now)),
            (None, _) => rollout.report.stuck = None,
        }
    }
}
