//! The load of a scenario as values: what arrives, when, in which shape and for how long.
//!
//! Rates are real numbers; resources and simulated time are integers.

use crate::model::policy::{Constraint, Strategy};
use crate::model::resources::{Demand, Platform, ProviderStrategy, TaskNetwork};
use crate::model::units::{DefinitionId, GroupId, SimSpan, SimTime};
use crate::query::Expression;

/// A task definition: what a task needs and where it may run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskDefinition {
    /// Family, such as `api`.
    pub family: String,
    /// What one task reserves.
    pub demand: Demand,
    /// Attributes (name, and value where one is required) that an instance must have (R-1.2).
    pub requires_attributes: Vec<(String, Option<String>)>,
    /// `memberOf` expressions of the task definition, and what its platform asks for; `distinctInstance` is not allowed
    /// there (R-4.6).
    pub member_of: Vec<Expression>,
    /// Its operating system and processor.
    pub platform: Platform,
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
    pub places: Vec<(crate::model::units::InstanceId, u32)>,
    /// The device that their shares of a GPU lie on, if that is known.
    pub device: crate::model::resources::Device,
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
    /// Group of all of them; `None` is `family:<family>` of each, or one of `groups`.
    pub group: Option<String>,
    /// Many groups in place of one.
    pub groups: Option<Groups>,
    /// When the first may arrive.
    pub start: SimTime,
    /// When they arrive.
    pub arrivals: Arrivals,
    /// How long they run.
    pub lifetime: Lifetime,
    /// What the tasks of one batch have in common.
    pub batch_shares: BatchShares,
    /// How much of the load comes.
    pub load_factor: LoadFactor,
    /// The capacity providers that they go through; the source keeps the ratio over all its tasks.
    pub providers: ProviderStrategy,
    /// Their own strategy, which then holds under every policy.
    pub strategy: Option<Strategy>,
    /// Their own constraints, added to those of the policy.
    pub constraints: Vec<Constraint>,
    /// What the call says of each task.
    pub details: CallDetails,
}

impl TaskSource {
    /// Tasks of these shapes that all come at time 0 and stay, until the horizon if no count is set: for those who build one
    /// without a file.
    ///
    /// # Examples
    ///
    /// ```
    /// use stowplan::model::{DefinitionId, TaskSource, WeightedShape};
    ///
    /// let shape = WeightedShape { definition: DefinitionId(0), weight: 1 };
    /// let source = TaskSource { count: Some(20), ..TaskSource::of(vec![shape]) };
    /// assert!(source.constraints.is_empty());
    /// ```
    #[must_use]
    pub fn of(shapes: Vec<WeightedShape>) -> Self {
        Self {
            shapes,
            count: None,
            group: None,
            groups: None,
            start: SimTime::ZERO,
            arrivals: Arrivals::AtOnce,
            lifetime: Lifetime::Forever,
            batch_shares: BatchShares::default(),
            load_factor: LoadFactor::ONE,
            providers: ProviderStrategy::default(),
            strategy: None,
            constraints: Vec::new(),
            details: CallDetails::default(),
        }
    }
}

/// What a call of RunTask or StartTask says of its tasks beside their task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallDetails {
    /// What each takes, where that is not the demand of the definition: what the overrides of the call left (R-5.8).
    pub demand: Option<Demand>,
    /// A label of who started them (`startedBy`); placement does not look at it.
    pub started_by: Option<String>,
    /// Their network, which holds for tasks in `awsvpc` mode.
    pub network: TaskNetwork,
}

/// A call of StartTask: one task on each named instance. Every check holds there, and no strategy is asked (R-6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartTask {
    /// When.
    pub at: SimTime,
    /// The task definition.
    pub definition: DefinitionId,
    /// The group; `None` is `family:<family>`.
    pub group: Option<String>,
    /// The instances, at most ten.
    pub instances: Vec<crate::model::units::InstanceId>,
    /// How long the tasks run; `None` is to the end.
    pub life: Option<SimSpan>,
    /// What the call says of each task.
    pub details: CallDetails,
}

/// Task groups that the tasks of one source are dealt to: a task is of a group with the group's share of all sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    /// Group `k`, counted from 1, is called `<prefix>-<k>`.
    pub prefix: String,
    /// How many, at least 1.
    pub count: u32,
    /// The law of their sizes, one draw a group.
    pub sizes: CountLaw,
    /// Whether all tasks of a group have one shape, drawn for the group.
    pub one_shape: bool,
}

impl Groups {
    /// The name of the group at a position, counted from 0.
    #[must_use]
    pub fn name(&self, position: u32) -> String {
        format!("{}-{}", self.prefix, u64::from(position) + 1)
    }
}

/// A law of whole numbers above 0.
#[derive(Clone, Debug, PartialEq)]
pub enum CountLaw {
    /// A list of (number, weight).
    Weighted(Vec<(u32, u32)>),
    /// Number `k` up to `maximum` with a weight of `k^-exponent`.
    BoundedZeta {
        /// Exponent, above 0.
        exponent: f64,
        /// Largest number.
        maximum: u32,
    },
}

impl CountLaw {
    /// Every number that can come, with a weight.
    pub fn weights(&self) -> impl Iterator<Item = (u32, f64)> {
        let (listed, exponent, maximum) = match self {
            Self::Weighted(list) => (list.as_slice(), 0.0, 0),
            Self::BoundedZeta { exponent, maximum } => (&[][..], *exponent, *maximum),
        };
        let zeta = (1..=maximum).map(move |number| (number, libm::pow(f64::from(number), -exponent)));
        listed.iter().map(|&(number, weight)| (number, f64::from(weight))).chain(zeta)
    }

    /// The mean; 0 of an empty list.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let add =
            |(sum, total): (f64, f64), (number, weight): (u32, f64)| (sum + f64::from(number) * weight, total + weight);
        let (sum, total) = self.weights().fold((0.0, 0.0), add);
        if total > 0.0 { sum / total } else { 0.0 }
    }
}

/// What the tasks of one batch have in common; by default nothing but their time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchShares {
    /// The shape.
    pub shape: bool,
    /// The task group.
    pub group: bool,
    /// The class of a mixture of lives.
    pub life_class: bool,
    /// The life itself.
    pub life: bool,
}

/// How much of a load comes, in millionths: below 1 it is thinned, above 1 further copies are laid over it.
///
/// The load at one factor is part of the load at every larger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadFactor(pub u32);

impl LoadFactor {
    /// The load as it is described.
    pub const ONE: Self = Self(1_000_000);

    /// For each copy of the load, the millionths of it that come; the first copy is the load itself.
    pub fn copies(self) -> impl Iterator<Item = (u32, u32)> {
        let whole = self.0 / Self::ONE.0;
        let rest = self.0 % Self::ONE.0;
        let part = (rest > 0).then_some((whole, rest));
        (0..whole).map(|copy| (copy, Self::ONE.0)).chain(part)
    }
}

impl LoadFactor {
    /// One factor after another, rounded down; at least a millionth.
    #[must_use]
    pub fn times(self, factor: Self) -> Self {
        let product = u64::from(self.0) * u64::from(factor.0) / u64::from(Self::ONE.0);
        Self(u32::try_from(product).unwrap_or(u32::MAX).max(1))
    }
}

impl Default for LoadFactor {
    fn default() -> Self {
        Self::ONE
    }
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
        /// Tasks in each batch.
        batch_sizes: CountLaw,
        /// How the rate changes over the day.
        daily: Option<RateCurve>,
    },
    /// A Poisson process whose rate changes over the day, by thinning.
    Daily {
        /// Mean arrivals an hour over a day, above 0.
        rate_per_hour: f64,
        /// How the rate changes over the day.
        curve: RateCurve,
    },
    /// A Poisson process whose rate jumps between two values, quiet and burst (MMPP-2).
    Mmpp2 {
        /// The two rates and when they change.
        law: Mmpp2,
        /// How both rates change over the day.
        daily: Option<RateCurve>,
    },
}

impl Arrivals {
    /// Tasks an hour, on average; none of a law that is all at once.
    #[must_use]
    pub fn tasks_per_hour(&self) -> f64 {
        match self {
            Self::AtOnce => 0.0,
            Self::Poisson { rate_per_hour } | Self::Daily { rate_per_hour, .. } => *rate_per_hour,
            Self::BatchPoisson { batches_per_hour, batch_sizes, .. } => batches_per_hour * batch_sizes.mean(),
            Self::Mmpp2 { law, .. } => law.rate_per_hour,
        }
    }
}

/// A Markov-modulated Poisson process of two states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmpp2 {
    /// Mean arrivals an hour over both states, above 0.
    pub rate_per_hour: f64,
    /// The share of time in the burst, strictly between 0 and 1.
    pub burst_share: f64,
    /// The rate of the burst over the quiet one, at least 1.
    pub rate_ratio: f64,
    /// One over the sum of the two rates of change: how long a state is remembered.
    pub time_scale: SimSpan,
}

/// How a rate changes over the day, against its mean.
#[derive(Clone, Debug, PartialEq)]
pub enum RateCurve {
    /// Relative rates of equal parts of the day, of which one at least is above 0.
    Hourly(Vec<f64>),
    /// The exponential of a sum of waves.
    Harmonics(Vec<Harmonic>),
}

/// One wave of the logarithm of a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harmonic {
    /// Waves a day, at least 1.
    pub cycles: u32,
    /// Height of the wave.
    pub amplitude: f64,
    /// When it is highest.
    pub peak: SimSpan,
}

/// One quantile of lives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LifeQuantile {
    /// A life is this or shorter with so much probability.
    pub probability: f64,
    /// The life.
    pub life: SimSpan,
}

/// The law of how long tasks run. Every law but `Forever` has a longest life.
#[derive(Clone, Debug, PartialEq)]
pub enum Lifetime {
    /// For ever.
    Forever,
    /// Always the same.
    Constant(SimSpan),
    /// Exponential with this mean; a draw of 53 bits is at most 36.8 means.
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
    /// Weibull, cut off at `cap`.
    Weibull {
        /// The life that a share of 1/e exceeds, above 0.
        scale: SimSpan,
        /// Below 1 the risk of ending falls with age, above 1 it rises.
        shape: f64,
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
    /// A lognormal body; the longest `tail_share` of lives are Pareto from where the body ends to `cap`.
    LognormalPareto {
        /// Median of the body, above 0.
        median: SimSpan,
        /// 90th percentile of the body, at least the median.
        p90: SimSpan,
        /// Share of lives in the tail, above 0 and at most one half.
        tail_share: f64,
        /// Tail index, above 0.
        alpha: f64,
        /// Longest life, above the end of the body.
        cap: SimSpan,
    },
    /// A table of quantiles, probabilities rising from 0 to 1, linear in between.
    Empirical(Vec<LifeQuantile>),
    /// Classes of lives by weight; no class is a mixture itself.
    Mixture(Vec<(u32, Lifetime)>),
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
    /// How much of the trace comes.
    pub load_factor: LoadFactor,
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
    ZoneLost(crate::model::units::ZoneId),
    /// Every lost instance of the zone comes back, empty.
    ZoneReturned(crate::model::units::ZoneId),
    /// The instance takes no new task; tasks of services are moved off it, others run on (R-7.30).
    InstanceDrained(crate::model::units::InstanceId),
    /// The instance takes tasks again.
    InstanceActivated(crate::model::units::InstanceId),
    /// The instance is lost with its tasks.
    InstanceLost(crate::model::units::InstanceId),
    /// The lost instance comes back, empty.
    InstanceReturned(crate::model::units::InstanceId),
    /// The agent of the instance is connected no more: no new task comes, and those there stay and count (R-1.2).
    AgentDisconnected(crate::model::units::InstanceId),
    /// The agent of the instance is connected again.
    AgentConnected(crate::model::units::InstanceId),
    /// The agents of every instance of the zone are connected no more.
    ZoneDisconnected(crate::model::units::ZoneId),
    /// The agents of every instance of the zone are connected again.
    ZoneConnected(crate::model::units::ZoneId),
    /// New instances like the named one register.
    InstancesRegistered {
        /// What they are like.
        like: crate::model::units::InstanceId,
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
    pub zone: Option<crate::model::units::ZoneId>,
}

/// An interruption of spot instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotInterruption {
    /// How many.
    pub count: u32,
    /// Only instances of this zone; `None` is all.
    pub zone: Option<crate::model::units::ZoneId>,
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
