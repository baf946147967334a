//! The whole, valid input of an experiment.

use std::collections::BTreeMap;

use crate::model::load::{
    DaemonRoom, Failures, Happening, Running, Scheduling, Service, ServiceOptions, StartTask, TaskDefinition,
    TaskSource, Trace,
};
use crate::model::policy::{Constraint, PlacementOptions, Policy, Strategy};
use crate::model::resources::{CapacityProvider, Fleet, ProviderOptions};
use crate::model::units::{DefinitionId, InstanceId, MemoryMib, SimSpan, SimTime};

/// A check of one figure, for scenarios that are fixtures too.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The policy it speaks of.
    pub policy: String,
    /// The metric's column name in `runs.csv`.
    pub metric: String,
    /// What must hold of the mean over seeds.
    pub bound: Bound,
}

/// What an [`Expectation`] asks of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Equal within 1e-9.
    Equals(f64),
    /// Not below.
    AtLeast(f64),
    /// Not above.
    AtMost(f64),
    /// The value is absent.
    Absent,
}

/// What happens by itself as time goes by, and how services answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dynamics {
    /// Readings of open points about services.
    pub services: ServiceOptions,
    /// Random failures of instances; `None` is none.
    pub failures: Option<Failures>,
    /// Capacity providers; [`ProviderId`](super::ProviderId) is the position.
    pub providers: Vec<CapacityProvider>,
    /// Readings of open points about them.
    pub provider_options: ProviderOptions,
}

/// How the policies of an experiment are compared, fixed before it runs. What is absent is the tool's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparisonPlan {
    /// Column of the figure that ranks.
    pub primary: Option<String>,
    /// The smallest difference of it that matters.
    pub smallest_effect: Option<f64>,
    /// Name of the policy that the others are compared with.
    pub baseline: Option<String>,
    /// Under which policies services and tasks keep a strategy of their own.
    pub own_strategies: OwnStrategies,
}

/// Under which policies services and tasks keep a strategy of their own; under the others the policy decides for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OwnStrategies {
    /// Under every policy.
    #[default]
    Always,
    /// Under these alone, by name.
    Under(Vec<String>),
}

/// Everything a run needs but its policy and seed. Valid by construction: see `crate::scenario`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Short name, also that of the results folder.
    pub name: String,
    /// What it shows and where its numbers come from.
    pub description: String,
    /// Seeds to run, numbered from 1.
    pub seeds: u32,
    /// End of simulated time; `None` is the last event.
    pub horizon: Option<SimTime>,
    /// When the fleet is looked at closely; `None` is as soon as no arrival and no happening is left.
    pub snapshot: Option<SimTime>,
    /// The instances.
    pub fleet: Fleet,
    /// The task definitions, those made from traces included.
    pub definitions: Vec<TaskDefinition>,
    /// The memory limit of tasks, where it is known and is not what they reserve: beyond it the kernel kills (W-12).
    pub hard_memory: BTreeMap<DefinitionId, MemoryMib>,
    /// Tasks that run already at time 0; they fit on their instances.
    pub running: Vec<Running>,
    /// Instances that take no task from time 0 on.
    pub draining: Vec<InstanceId>,
    /// Services.
    pub services: Vec<Service>,
    /// Generators of standalone tasks.
    pub sources: Vec<TaskSource>,
    /// Calls of StartTask.
    pub starts: Vec<StartTask>,
    /// Trace of standalone tasks.
    pub trace: Trace,
    /// Happenings in time order.
    pub happenings: Vec<Happening>,
    /// Policies to compare, at least one, names distinct.
    pub policies: Vec<Policy>,
    /// Readings of open points.
    pub options: PlacementOptions,
    /// How often a service with waiting tasks tries again (U-21).
    pub retry_interval: SimSpan,
    /// What happens by itself, and how services answer.
    pub dynamics: Dynamics,
    /// How policies are compared.
    pub comparison: ComparisonPlan,
    /// Checks that the tests make.
    pub expected: Vec<Expectation>,
    /// Every setting that the file left to its default, as (key, value, where it comes from), for the manifest.
    pub defaults: Vec<(String, String, String)>,
}

impl Scenario {
    /// A scenario of this name with nothing in it, for those who build one without a file: one seed, no fleet, no load and
    /// no policy yet, every open point read by default, and waiting services trying again every second.
    ///
    /// # Examples
    ///
    /// ```
    /// use stowplan::model::Scenario;
    ///
    /// let scenario = Scenario { seeds: 11, ..Scenario::empty("by hand") };
    /// assert!(scenario.services.is_empty() && scenario.policies.is_empty());
    /// ```
    #[must_use]
    pub fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            seeds: 1,
            horizon: None,
            snapshot: None,
            fleet: Fleet::default(),
            definitions: Vec::new(),
            hard_memory: BTreeMap::new(),
            running: Vec::new(),
            draining: Vec::new(),
            services: Vec::new(),
            sources: Vec::new(),
            starts: Vec::new(),
            trace: Trace::default(),
            happenings: Vec::new(),
            policies: Vec::new(),
            options: PlacementOptions::default(),
            retry_interval: SimSpan::SECOND,
            dynamics: Dynamics::default(),
            comparison: ComparisonPlan::default(),
            expected: Vec::new(),
            defaults: Vec::new(),
        }
    }

    /// Whether services and tasks keep a strategy of their own under a policy.
    #[must_use]
    pub fn keeps_own(&self, policy: &Policy) -> bool {
        match &self.comparison.own_strategies {
            OwnStrategies::Always => true,
            OwnStrategies::Under(policies) => policies.contains(&policy.name),
        }
    }

    /// Whether there is a task that the chain of a policy places, or the default of ECS in its stead. DAEMON services and
    /// calls of StartTask use no strategy.
    #[must_use]
    pub fn is_decided_by(&self, policy: &Policy) -> bool {
        let keeps_own = self.keeps_own(policy);
        let is_free = |own: &Option<Strategy>| own.is_none() || !keeps_own;
        let is_replica = |service: &&Service| service.settings.scheduling == Scheduling::Replica;
        self.services.iter().filter(is_replica).any(|service| is_free(&service.strategy))
            || self.sources.iter().any(|source| is_free(&source.strategy))
            || !self.trace.tasks.is_empty()
    }

    /// Whether room may be kept for daemons that do not run yet (R-7.31).
    #[must_use]
    pub fn holds_room(&self) -> bool {
        self.dynamics.services.daemon_room == DaemonRoom::HeldBack
            && self.services.iter().any(|service| service.settings.scheduling == Scheduling::Daemon)
    }

    /// Constraints of a task: those of the policy and its own.
    #[must_use]
    pub fn constraints(policy: &Policy, own: &[Constraint]) -> Vec<Constraint> {
        policy.constraints.iter().chain(own).cloned().collect()
    }
}
