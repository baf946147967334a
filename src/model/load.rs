//! The load of a scenario as values: what arrives, when, in which shape and for how long.
//!
//! Rates are real numbers; resources and simulated time are integers.

use super::{Constraint, DefinitionId, Demand, GroupId, SimSpan, SimTime, Strategy};
use crate::query::Expression;

/// A task definition: what a task needs and where it may run.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDefinition {
    /// Family, such as `api`.
    pub family: String,
    /// What one task reserves.
    pub demand: Demand,
    /// Attributes (name, and value where one is required) that an instance must have.
    pub requires_attributes: Vec<(String, Option<String>)>,
    /// `memberOf` expressions of the task definition; `distinctInstance` is not allowed there.
    pub member_of: Vec<Expression>,
}

/// Tasks that run before anything happens: found there, not placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Their task definition.
    pub definition: DefinitionId,
    /// Their group; where it is that of a service, they count towards its desired tasks.
    pub group: String,
    /// What each takes: the demand of the definition, or what the overrides of its call left.
    pub demand: Demand,
    /// Instances, and how many run on each.
    pub places: Vec<(super::InstanceId, u32)>,
}

impl Running {
    /// How many tasks there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.places.iter().map(|(_, count)| u64::from(*count)).sum()
    }
}

/// One entry of a weighted list of shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightedShape {
    /// The shape.
    pub definition: DefinitionId,
    /// Its weight, at least 1.
    pub weight: u32,
}

/// Standalone tasks that one generator makes.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskSource {
    /// Shapes to draw from; one entry means no draw.
    pub shapes: Vec<WeightedShape>,
    /// How many tasks; `None` means until the horizon.
    pub count: Option<u64>,
    /// Group of all of them; `None` is `family:<family>` of each (section 1.1).
    pub group: Option<String>,
    /// When the first may arrive.
    pub start: SimTime,
    /// When they arrive.
    pub arrivals: Arrivals,
    /// How long they run.
    pub lifetime: Lifetime,
    /// Their own strategy, which then holds under every policy.
    pub strategy: Option<Strategy>,
    /// Their own constraints, added to those of the policy.
    pub constraints: Vec<Constraint>,
    /// What the call says of each task.
    pub details: CallDetails,
}

/// What a call of RunTask or StartTask says of its tasks beside their task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallDetails {
    /// What each takes, where that is not the demand of the definition: what the overrides of the call left.
    pub demand: Option<Demand>,
    /// A label of who started them (`startedBy`); placement does not look at it.
    pub started_by: Option<String>,
}

/// A call of StartTask: one task on each named instance. Every check holds there, and no strategy is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartTask {
    /// When.
    pub at: SimTime,
    /// The task definition.
    pub definition: DefinitionId,
    /// The group; `None` is `family:<family>`.
    pub group: Option<String>,
    /// The instances, at most ten.
    pub instances: Vec<super::InstanceId>,
    /// How long the tasks run; `None` is to the end.
    pub life: Option<SimSpan>,
    /// What the call says of each task.
    pub details: CallDetails,
}

/// The law of arrival times.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// All at the start.
    AtOnce,
    /// A Poisson process.
    Poisson {
        /// Mean arrivals an hour, above 0.
        rate_per_hour: f64,
    },
    /// Batches arrive as a Poisson process; all tasks of a batch arrive together.
    BatchPoisson {
        /// Mean batches an hour, above 0.
        batches_per_hour: f64,
        /// Tasks in each batch by weight: (size, weight).
        batch_sizes: Vec<(u32, u32)>,
    },
    /// A Poisson process whose rate follows the hour of the day, by thinning.
    HourlyProfile {
        /// Mean arrivals an hour over a day, above 0.
        rate_per_hour: f64,
        /// Relative rate of each hour of the day; scaled so that the mean is 1.
        profile: Vec<f64>,
    },
}

/// The law of how long tasks run.
#[derive(Clone, Debug, PartialEq)]
pub enum Lifetime {
    /// For ever.
    Forever,
    /// Always the same.
    Constant(SimSpan),
    /// Exponential with this mean.
    Exponential {
        /// Mean.
        mean: SimSpan,
    },
    /// Lognormal by two quantiles, cut off at `cap`.
    Lognormal {
        /// Median, above 0.
        median: SimSpan,
        /// 99th percentile, at least the median.
        p99: SimSpan,
        /// Longest life; draws above it are cut to it.
        cap: SimSpan,
    },
    /// Pareto between two bounds.
    BoundedPareto {
        /// Shortest life, above 0.
        low: SimSpan,
        /// Longest life, above the shortest.
        high: SimSpan,
        /// Tail index, above 0.
        alpha: f64,
    },
    /// A table of (probability, life) quantiles, probabilities rising from 0 to 1, linear in between.
    Empirical(Vec<(f64, SimSpan)>),
}

/// One task of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceTask {
    /// Arrival.
    pub at: SimTime,
    /// Life; `None` runs to the end.
    pub life: Option<SimSpan>,
    /// Its shape.
    pub definition: DefinitionId,
    /// Its group, an index into [`Trace::groups`].
    pub group: GroupId,
}

/// Tasks read from a file, in arrival order; equal times keep the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Group names.
    pub groups: Vec<String>,
    /// The tasks.
    pub tasks: Vec<TraceTask>,
}

/// Something that befalls the cluster at a given time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: HappeningKind,
}

/// What can befall the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HappeningKind {
    /// Every instance of the zone is lost with its tasks.
    ZoneLost(super::ZoneId),
    /// Every lost instance of the zone comes back, empty.
    ZoneReturned(super::ZoneId),
    /// The instance takes no new task; tasks of services are moved off it, others run on.
    InstanceDrained(super::InstanceId),
    /// The instance takes tasks again.
    InstanceActivated(super::InstanceId),
    /// The instance is lost with its tasks.
    InstanceLost(super::InstanceId),
    /// The lost instance comes back, empty.
    InstanceReturned(super::InstanceId),
    /// New instances like the named one register.
    InstancesRegistered {
        /// What they are like.
        like: super::InstanceId,
        /// How many.
        count: u32,
    },
    /// Instances are drained, patched and activated, a few at a time, in order.
    PatchWave(PatchWave),
    /// Spot instances, drawn at random, get a notice: they drain, and are lost when it runs out.
    SpotInterruption(SpotInterruption),
}

/// A rolling patch of every ACTIVE instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchWave {
    /// Instances in work at the same time.
    pub at_a_time: u32,
    /// How long an instance is away once it is empty.
    pub duration: SimSpan,
    /// An instance that is not empty by then is patched with its tasks lost.
    pub deadline: SimSpan,
    /// Only instances of this zone; `None` is all.
    pub zone: Option<super::ZoneId>,
}

/// An interruption of spot instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotInterruption {
    /// How many.
    pub count: u32,
    /// Only instances of this zone; `None` is all.
    pub zone: Option<super::ZoneId>,
    /// Time between the notice and the loss.
    pub notice: SimSpan,
    /// A replacement registers this long after the loss; `None` is never.
    pub replaced_after: Option<SimSpan>,
}

/// Instances that fail at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// Mean time to the failure of one instance, exponential.
    pub mean_time: SimSpan,
    /// A replacement registers this long after a failure; `None` is never.
    pub replaced_after: Option<SimSpan>,
}
