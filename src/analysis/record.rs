//! The outcome of one run, exact, as it is stored and as reports read it.

use serde::{Deserialize, Serialize};

pub use super::fleet_rows::{FleetCell, InstanceRow};

use super::seen::Seen;
use crate::model::Ratio;

/// A figure: a count, an exact fraction, or absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Figure {
    /// Not defined for this run, such as a ratio to nothing.
    #[default]
    Absent,
    /// A whole number.
    Count(u64),
    /// An exact fraction.
    Ratio(Ratio),
    /// More than this many milliseconds, for waits that had not ended (M23).
    MoreThanMs(u64),
}

impl Figure {
    /// A fraction, absent when `denominator` is 0.
    #[must_use]
    pub fn ratio(numerator: u128, denominator: u128) -> Self {
        Ratio::new(numerator, denominator).map_or(Self::Absent, Self::Ratio)
    }

    /// A whole number of any size.
    #[must_use]
    pub fn whole(value: u128) -> Self {
        u64::try_from(value).map_or_else(|_| Self::Ratio(Ratio::whole(value)), Self::Count)
    }

    /// The largest that is a number; absent if none is.
    #[must_use]
    pub fn largest(figures: impl IntoIterator<Item = Self>) -> Self {
        figures
            .into_iter()
            .filter(|figure| figure.exact().is_some())
            .max_by_key(|figure| figure.exact())
            .unwrap_or(Self::Absent)
    }

    /// The exact value; `None` when absent or censored.
    #[must_use]
    pub fn exact(self) -> Option<Ratio> {
        match self {
            Self::Absent | Self::MoreThanMs(_) => None,
            Self::Count(count) => Some(Ratio::whole(u128::from(count))),
            Self::Ratio(ratio) => Some(ratio),
        }
    }

    /// The value, or the one that it is larger than; `None` when absent.
    #[must_use]
    pub fn seen(self) -> Option<Seen> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "waits of less than 2^53 ms")]
            Self::MoreThanMs(ms) => Some(Seen::MoreThan(ms as f64 / 1_000.0)),
            figure => figure.to_f64().map(Seen::Exactly),
        }
    }

    /// The value for statistics and printing; `None` when absent or censored.
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^53; for printing and statistics only")]
    #[must_use]
    pub fn to_f64(self) -> Option<f64> {
        match self {
            Self::Absent | Self::MoreThanMs(_) => None,
            Self::Count(count) => Some(count as f64),
            Self::Ratio(ratio) => Some(ratio.to_f64()),
        }
    }
}

impl From<Figure> for String {
    fn from(figure: Figure) -> Self {
        match figure {
            Figure::Absent => Self::new(),
            Figure::Count(count) => count.to_string(),
            Figure::Ratio(ratio) => ratio.to_string(),
            Figure::MoreThanMs(ms) => format!(">{ms}ms"),
        }
    }
}

impl TryFrom<String> for Figure {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::Absent);
        }
        if let Some(ms) = text.strip_prefix('>').and_then(|rest| rest.strip_suffix("ms")) {
            return ms.parse().map(Self::MoreThanMs).map_err(|_| format!("`{text}` is not a figure"));
        }
        match text.parse() {
            Ok(count) => Ok(Self::Count(count)),
            Err(_) => text.parse().map(Self::Ratio),
        }
    }
}

/// The outcome of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Position in the plan, from 0: policies outermost, seeds within.
    pub run: u32,
    /// Policy name.
    pub policy: String,
    /// Seed number, from 1.
    pub seed: u32,
    /// Neither the load nor the policy draws anything: every seed would be this run again.
    #[serde(default)]
    pub is_fixed: bool,
    /// The load is described as one that repeats by the day.
    #[serde(default)]
    pub is_periodic: bool,
    /// Digest of the load that it faced.
    #[serde(default)]
    pub load: String,
    /// One figure for each entry of the metric catalogue, in its order.
    pub figures: Vec<Figure>,
    /// The state over time.
    pub samples: Vec<Sample>,
    /// Refusals by group and reason.
    pub failures: Vec<FailureRow>,
    /// Spread of each group with living tasks at the snapshot.
    pub services: Vec<ServiceRow>,
    /// What deployments did, by the time of their ends.
    #[serde(default)]
    pub deployments: Vec<DeploymentRow>,
    /// Every minute of every capacity provider.
    #[serde(default)]
    pub autoscaling: Vec<AutoscalingRow>,
    /// The instances at the snapshot, for the picture of the fleet.
    pub fleet: Vec<FleetCell>,
    /// The instances that are up at the snapshot, by id; kept for one seed of a policy only.
    pub instances: Vec<InstanceRow>,
    /// Groups and task definitions that hold instances, which [`InstanceRow::held_by`] points to.
    pub holders: Vec<String>,
    /// What people call the instances, by id, where pictures have room for names.
    pub names: Vec<String>,
    /// Who is not placed at the end; kept for one seed of a policy only.
    pub unplaced: Vec<UnplacedRow>,
    /// Room for each shape of the reference mix at the snapshot, the heaviest shapes only.
    pub shapes: Vec<ShapeRow>,
    /// M27 as a curve; empty where it is absent.
    #[serde(default)]
    pub saturation: Vec<SaturationRow>,
    /// M14: what is free that no instance surpasses in everything, at the snapshot.
    pub frontier: Vec<FrontierRow>,
    /// The moment of the snapshot, in milliseconds.
    pub snapshot_ms: u64,
    /// Which tasks lay where over time; kept for one seed of a policy only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub film: Option<Film>,
}

/// The tasks of every instance at a few times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Film {
    /// What tasks can be; frames speak of them by position.
    pub kinds: Vec<FilmKind>,
    /// Zone, CPU units and MiB of every instance, by id.
    pub instances: Vec<(u32, u32, u32)>,
    /// Types of instances; empty is none.
    #[serde(default)]
    pub types: Vec<String>,
    /// For each instance its place among the types.
    #[serde(default)]
    pub type_of: Vec<u32>,
    /// Times ascending.
    pub frames: Vec<Frame>,
}

/// One kind of task of a film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmKind {
    /// Group name.
    pub group: String,
    /// CPU units.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
}

/// The tasks of every instance at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// When, in milliseconds.
    pub at_ms: u64,
    /// One entry an instance, separated by `;`: `x` for a lost one, else its kinds as `kind` or `kind*tasks`,
    /// separated by `,`.
    pub stacks: String,
}

/// The state at one time; events of that time itself have not happened yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When, in milliseconds.
    pub at_ms: u64,
    /// M1 of cpu.
    pub cpu_reservation: Figure,
    /// M1 of memory.
    pub memory_reservation: Figure,
    /// M1 of GPUs; absent where no instance has one.
    #[serde(default)]
    pub gpu_reservation: Figure,
    /// Instances with at least one task.
    pub instances_in_use: u64,
    /// Instances that are ACTIVE or DRAINING.
    pub instances_up: u64,
    /// Counted tasks.
    pub tasks: u64,
    /// Tasks that wait to be placed.
    pub waiting: u64,
}

/// Refusals of one group for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureRow {
    /// Group name.
    pub group: String,
    /// ECS's text.
    pub reason: String,
    /// Tasks whose first refusal was for this reason.
    pub tasks_refused: u64,
    /// Tasks that were never placed and whose last refusal was for this reason.
    pub tasks_never_placed: u64,
    /// Attempts that failed, repetitions included.
    pub attempts: u64,
}

/// How evenly one group lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// Group name.
    pub group: String,
    /// Its living tasks.
    pub tasks: u64,
    /// M17: most less fewest tasks over zones.
    pub zone_skew: Figure,
    /// M17: what of it no placement could avoid taken off.
    pub excess_zone_skew: Figure,
    /// M18: the same over instances.
    pub instance_skew: Figure,
    /// M20: largest share of its tasks on one instance.
    pub blast_radius_instance: Figure,
    /// M20: largest share of its tasks in one zone.
    pub blast_radius_zone: Figure,
}

/// One deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentRow {
    /// Group name.
    pub group: String,
    /// Position among the revisions of the service, the one at the start being 0.
    pub revision: u32,
    /// Family of its task definition.
    pub task_definition: String,
    /// The strategy, by the name of the API.
    pub strategy: String,
    /// When the old revision could go, of a deployment in stages.
    pub clean_up_ms: Option<u64>,
    /// When it was asked for.
    pub started_ms: u64,
    /// When it ended.
    pub ended_ms: u64,
    /// How it ended.
    pub outcome: String,
    /// Since when it did not move at its end.
    pub stuck_since_ms: Option<u64>,
    /// Why it did not.
    pub reason: String,
    /// Tasks that it started.
    pub tasks_started: u64,
    /// Tasks that it stopped.
    pub tasks_stopped: u64,
    /// Attempts to place a task that failed.
    pub attempts_failed: u64,
    /// Most tasks of the service at one time.
    pub tasks_peak: u64,
    /// Most CPU units that the service reserved at one time.
    pub cpu_peak: u64,
    /// Most MiB that the service reserved at one time.
    pub memory_mib_peak: u64,
    /// Most less fewest tasks over the zones, left behind.
    pub zone_skew: u64,
    /// Most tasks on one instance, left behind.
    pub tasks_on_one_instance: u64,
}

/// One minute of one capacity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoscalingRow {
    /// When, in milliseconds.
    pub at_ms: u64,
    /// Its name.
    pub provider: String,
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
    /// CapacityProviderReservation in percent.
    pub reservation_percent: Figure,
    /// Instances launched less instances terminated.
    pub change: i64,
    /// What was done, in words.
    pub reason: String,
}

/// Room for one shape of the reference mix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShapeRow {
    /// Family of the task definition.
    pub task_definition: String,
    /// Its weight in the mix.
    pub weight: u64,
    /// The group whose constraints the next three count by.
    #[serde(default)]
    pub group: String,
    /// M13: how many more would fit by every rule of placement.
    #[serde(default)]
    pub holes: Figure,
    /// M13: how many would if what remains where they may go were one instance.
    #[serde(default)]
    pub holes_pooled: Figure,
    /// M13: the first over the second.
    #[serde(default)]
    pub hole_efficiency: Figure,
    /// M13: how many more would fit by what remains, instance by instance.
    pub holes_by_cpu_and_memory: Figure,
    /// M13: how many would if all that remains were one instance.
    pub holes_pooled_by_cpu_and_memory: Figure,
    /// M13: the first over the second.
    pub hole_efficiency_by_cpu_and_memory: Figure,
    /// M14: the largest multiple of the shape that fits on an instance.
    pub largest_placeable: Figure,
}

/// What is free on an instance such that none has more of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontierRow {
    /// CPU units.
    pub cpu: u32,
    /// MiB.
    pub memory_mib: u32,
    /// GPUs; absent where no instance has one.
    pub gpu: Figure,
}

/// What an empty cluster had taken in when tasks of the mix worth this much had been offered to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaturationRow {
    /// What was offered, in percent of the capacity, of the resource of which most was.
    pub offered_percent: u32,
    /// M1 of cpu.
    pub cpu: Figure,
    /// M1 of memory.
    pub memory: Figure,
    /// M1 of GPUs; absent where no instance has one.
    #[serde(default)]
    pub gpu: Figure,
}

/// Tasks of one kind that are not placed at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnplacedRow {
    /// The kind.
    pub request: u32,
    /// Group name.
    pub group: String,
    /// Family of the task definition.
    pub task_definition: String,
    /// Whether they are tried again.
    pub state: UnplacedState,
    /// How many.
    pub tasks: u64,
    /// Since when the oldest waits, or when the first was refused.
    pub since_ms: u64,
    /// Why the last attempt failed; empty where none was made.
    pub reason: String,
    /// What is short on the best instance of those that the constraints allow.
    pub best: Option<Shortage>,
}

/// Whether unplaced tasks are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnplacedState {
    /// They wait.
    Waiting,
    /// They were refused once and for all.
    Refused,
}

impl UnplacedState {
    /// The word in tables.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Refused => "refused",
        }
    }
}

/// What an instance lacks for one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// The instance.
    pub instance: u32,
    /// What is short, in words.
    pub words: String,
    /// The first check that fails.
    pub check: String,
    /// Needed, had and missing, where the check is about an amount.
    pub amounts: Option<(u64, u64, u64)>,
    /// Whether the instance is one that such a task waits for by itself, as a task of a DAEMON service does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_its_own: bool,
}
