//! Services as ECS keeps them: how many tasks, within which bounds, which revision, and from when on.
//!
//! Sizes and times are integers. A daily curve is a table here; working it out from a cosine is done where it is read.

use super::{DeploymentStrategy, Replacements};
use crate::model::policy::{Constraint, Strategy};
use crate::model::resources::{ProviderStrategy, TaskNetwork};
use crate::model::units::{DefinitionId, SimSpan, SimTime};

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Name; its group is `service:<name>`.
    pub name: String,
    /// What its tasks run at the start.
    pub definition: DefinitionId,
    /// How many tasks it keeps at the start.
    pub desired_count: u32,
    /// Its own strategy, which then holds under every policy.
    pub strategy: Option<Strategy>,
    /// Its own constraints, added to those of the policy.
    pub constraints: Vec<Constraint>,
    /// How it is kept over time.
    pub settings: ServiceSettings,
}

/// How a service is kept over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSettings {
    /// REPLICA or DAEMON.
    pub scheduling: Scheduling,
    /// What healthy tasks may not fall below, in percent of the desired count (R-7.2).
    pub minimum_healthy_percent: u32,
    /// What tasks may not rise above, in percent of the desired count (R-7.2).
    pub maximum_percent: u32,
    /// How long a task must run before it counts as healthy (R-7.4).
    pub healthy_after: SimSpan,
    /// Changes of the desired count, in time order.
    pub steps: Vec<(SimTime, u32)>,
    /// A desired count that follows the hour of the day; it holds from the start on.
    pub curve: Option<DailyCurve>,
    /// How long a task is protected from scale-in and deployments once it runs (R-7.9).
    pub protection: SimSpan,
    /// When a deployment is given up.
    pub breaker: Option<CircuitBreaker>,
    /// Tasks are moved between zones in steady state (R-7.40).
    pub rebalancing: bool,
    /// New revisions, in time order.
    pub deployments: Vec<Deployment>,
    /// How they take the place of the old ones.
    pub strategy: DeploymentStrategy,
    /// The capacity providers that its tasks go through; a DAEMON has one at most.
    pub providers: ProviderStrategy,
    /// The network of its tasks, which holds for those in `awsvpc` mode.
    pub network: TaskNetwork,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            scheduling: Scheduling::Replica,
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            healthy_after: Self::HEALTHY_AFTER,
            steps: Vec::new(),
            curve: None,
            protection: SimSpan(0),
            breaker: None,
            rebalancing: false,
            deployments: Vec::new(),
            strategy: DeploymentStrategy::default(),
            providers: ProviderStrategy::default(),
            network: TaskNetwork::default(),
        }
    }
}

impl ServiceSettings {
    /// Without a load balancer and without a health check, a task is healthy 40 s after it runs (R-7.4).
    pub const HEALTHY_AFTER: SimSpan = SimSpan::from_secs(40);

    /// Healthy tasks that may not be given up, with this many desired (R-7.2: rounded up).
    ///
    /// ```
    /// use stowplan::model::ServiceSettings;
    ///
    /// let settings = ServiceSettings { minimum_healthy_percent: 75, ..Default::default() };
    /// assert_eq!(settings.minimum_healthy(2), 2);
    /// ```
    #[must_use]
    pub fn minimum_healthy(&self, desired: u32) -> u64 {
        (u64::from(desired) * u64::from(self.minimum_healthy_percent)).div_ceil(100)
    }

    /// Tasks that there may be at most, with this many desired (R-7.2: rounded down).
    #[must_use]
    pub fn maximum(&self, desired: u32) -> u64 {
        u64::from(desired) * u64::from(self.maximum_percent) / 100
    }

    /// A full service of this many tasks can replace one of them: it may start one more, or stop one first.
    #[must_use]
    pub fn can_replace(&self, desired: u32) -> bool {
        desired == 0 || self.maximum(desired) > u64::from(desired) || self.minimum_healthy(desired) < u64::from(desired)
    }
}

/// How many tasks a service runs where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheduling {
    /// The desired count, placed by its strategy.
    #[default]
    Replica,
    /// One on every eligible instance; desired count and strategy are not used (R-7.31).
    Daemon,
}

/// A desired count for every part of a day, the same every day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyCurve {
    /// Length of a part; [`Self::counts`] parts make 24 hours.
    pub part: SimSpan,
    /// The count of each part, from the start of the run on.
    pub counts: Vec<u32>,
}

impl DailyCurve {
    /// The count at a time.
    #[must_use]
    pub fn at(&self, time: SimTime) -> u32 {
        let parts = self.counts.len() as u64;
        let part = usize::try_from(time.0 / self.part.0 % parts).expect("a position in the table");
        self.counts[part]
    }

    /// The largest count from one time until before another; `None` is for ever.
    #[must_use]
    pub fn most(&self, from: SimTime, until: Option<SimTime>) -> u32 {
        let (first, all) = (from.0 / self.part.0, self.counts.len() as u64);
        let parts = until.map_or(all, |until| (until.0.div_ceil(self.part.0)).saturating_sub(first).clamp(1, all));
        (first..first + parts).map(|part| self.at(SimTime(part * self.part.0))).max().unwrap_or_default()
    }

    /// The next time after `time` at which the count differs; `None` if it never does.
    #[must_use]
    pub fn next_change(&self, time: SimTime) -> Option<SimTime> {
        let now = self.at(time);
        let start = time.0 / self.part.0;
        let parts = 1..=self.counts.len() as u64;
        parts.map(|ahead| SimTime((start + ahead) * self.part.0)).find(|&at| self.at(at) != now)
    }
}

/// A new revision of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// When it is asked for.
    pub at: SimTime,
    /// What its tasks run.
    pub definition: DefinitionId,
}

/// When a deployment has failed (R-7.23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// How many failures are too many.
    pub threshold: Threshold,
    /// A failed deployment goes back to the last revision that was completed.
    pub rollback: bool,
    /// A healthy task sets the count of failures back.
    pub reset_on_healthy_task: bool,
}

/// How many failed tasks trip the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// This many.
    Count(u32),
    /// This share of the desired count, in percent, but 3 to 200.
    BoundedPercent(u32),
    /// This share of the desired count, in percent, at least 1.
    UnboundedPercent(u32),
}

impl Threshold {
    /// The number of failures that trip the breaker.
    ///
    /// ```
    /// use stowplan::model::Threshold;
    ///
    /// let of = |desired| Threshold::BoundedPercent(50).failures(desired);
    /// assert_eq!([1, 25, 400, 800].map(of), [3, 13, 200, 200]); // G-18
    /// ```
    #[must_use]
    pub fn failures(self, desired: u32) -> u64 {
        let share = |percent: u32| (u64::from(desired) * u64::from(percent)).div_ceil(100);
        match self {
            Self::Count(count) => u64::from(count),
            Self::BoundedPercent(percent) => share(percent).clamp(3, 200),
            Self::UnboundedPercent(percent) => share(percent).max(1),
        }
    }
}

/// Our readings of what AWS leaves open about services; each is a named option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceOptions {
    /// Which of several services gets the next turn (U-20).
    pub turns: Turns,
    /// Which task is given up (R-7.20, U-14).
    pub scale_in: ScaleInRule,
    /// Failed placements lengthen the retry interval of a service, up to 15 minutes (R-7.22).
    pub throttle: bool,
    /// Tasks that are stopping count against the maximum percent (AWS's pages differ).
    pub maximum_counts_stopping: bool,
    /// Which revision replaces what is lost during a rolling deployment (R-7.6a).
    pub replacements: Replacements,
    /// How long a task that was told to stop still holds its instance's resources (R-5.26).
    pub stop_delay: SimSpan,
    /// Whose the room of a daemon is that does not run yet (R-7.31).
    pub daemon_room: DaemonRoom,
}

/// Whose the room of a daemon is that is wanted on an instance and does not run there yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DaemonRoom {
    /// Its own: CPU, memory and interface are kept from every other task.
    #[default]
    HeldBack,
    /// Anyone's, as earlier versions of the service had it.
    Shared,
}

/// Which of several services gets the next turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turns {
    /// One task each, by name.
    #[default]
    RoundRobin,
    /// The one whose oldest task has waited longest.
    OldestPending,
}

/// Which task a service gives up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleInRule {
    /// The chain of the service in reverse (R-7.20).
    #[default]
    Mirror,
    /// Balance over the first rule's buckets, and any task of the bucket (R-7.20).
    RandomInBucket,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g13_bounds_are_those_of_the_table() {
        let check = |desired, minimum, maximum, expected: (u64, u64, bool)| {
            let settings = ServiceSettings {
                minimum_healthy_percent: minimum,
                maximum_percent: maximum,
                ..ServiceSettings::default()
            };
            let bounds = (settings.minimum_healthy(desired), settings.maximum(desired), settings.can_replace(desired));
            assert_eq!(bounds, expected, "{desired} at {minimum} % to {maximum} %");
        };
        check(4, 50, 200, (2, 8, true));
        check(2, 75, 200, (2, 4, true));
        check(3, 100, 125, (3, 3, false));
        check(4, 100, 100, (4, 4, false));
        check(10, 33, 150, (4, 15, true));
        check(7, 90, 110, (7, 7, false));
        check(1, 50, 100, (1, 1, false));
        check(3, 50, 100, (2, 3, true));
        check(5, 0, 100, (0, 5, true));
        check(0, 100, 100, (0, 0, true));
    }

    #[test]
    fn g18_the_breaker_trips_between_3_and_200_failures() {
        let check = |threshold: Threshold, desired, expected| assert_eq!(threshold.failures(desired), expected);
        for (desired, expected) in [(1, 3), (25, 13), (400, 200), (800, 200), (0, 3)] {
            check(Threshold::BoundedPercent(50), desired, expected);
        }
        check(Threshold::UnboundedPercent(50), 800, 400);
        check(Threshold::UnboundedPercent(10), 1, 1);
        check(Threshold::Count(7), 800, 7);
    }

    #[test]
    fn a_daily_curve_repeats_and_tells_its_next_change() {
        let hours = |hour: u64| SimTime(hour * SimSpan::HOUR.0);
        let mut counts = vec![5; 24];
        counts[12] = 9;
        let curve = DailyCurve { part: SimSpan::HOUR, counts };
        assert_eq!([0, 12, 13, 36].map(|hour| curve.at(hours(hour))), [5, 9, 5, 9]);
        assert_eq!(curve.most(hours(0), None), 9);
        assert_eq!([12, 13].map(|end| curve.most(hours(0), Some(hours(end)))), [5, 9], "until before the end");
        assert_eq!([(13, 36), (13, 37)].map(|(from, end)| curve.most(hours(from), Some(hours(end)))), [5, 9]);
        assert_eq!(curve.next_change(SimTime(7)), Some(hours(12)));
        assert_eq!(curve.next_change(hours(13)), Some(hours(36)));
        assert_eq!(DailyCurve { part: SimSpan::HOUR, counts: vec![5; 24] }.next_change(hours(1)), None);
    }
}
