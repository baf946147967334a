//! Placement strategies, placement constraints and the options for what AWS leaves open.

use std::fmt;

use super::contract::{Custom, Order};
use crate::model::scenario::Scenario;
use crate::query::Expression;

/// The resource of a binpack rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackedResource {
    /// CPU units.
    Cpu,
    /// MiB.
    Memory,
}

/// What a spread rule makes buckets of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpreadField {
    /// Each instance is a bucket; `host` is an alias.
    InstanceId,
    /// Each value of the named attribute is a bucket; instances without it share one more (U-5).
    Attribute(String),
}

/// One rule of a placement strategy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Keep the candidates in the buckets with the fewest tasks of the group.
    Spread(SpreadField),
    /// Keep the candidates with the least remaining amount.
    Binpack(PackedResource),
    /// Keep one candidate, uniformly at random.
    Random,
    /// Keep the candidate that a strategy chooses which is no rule of ECS.
    Custom(Custom),
}

/// The most rules in a chain.
pub const MAX_RULES: usize = 5;
/// The most constraints of a task, those of its task definition included.
pub const MAX_CONSTRAINTS: usize = 10;

/// A chain of up to five rules, applied in order by narrowing. An empty chain is legal.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strategy(pub Vec<Rule>);

impl Strategy {
    /// The default of `RunTask`: one candidate at random.
    #[must_use]
    pub fn run_task_default() -> Self {
        Self(vec![Rule::Random])
    }

    /// The default of a REPLICA service: zones first, then instances.
    #[must_use]
    pub fn service_default() -> Self {
        Self(vec![Rule::spread_zones(), Rule::Spread(SpreadField::InstanceId)])
    }

    /// The chain with every strategy in it that is no rule of ECS made ready for a scenario.
    #[must_use]
    pub fn prepared(&self, scenario: &Scenario) -> Self {
        let ready = |rule: &Rule| match rule {
            Rule::Custom(custom) => Rule::Custom(custom.prepared(scenario)),
            rule => rule.clone(),
        };
        Self(self.0.iter().map(ready).collect())
    }

    /// The strategy among the rules that is no rule of ECS.
    #[must_use]
    pub fn custom(&self) -> Option<&Custom> {
        self.0.iter().find_map(|rule| if let Rule::Custom(custom) = rule { Some(custom) } else { None })
    }

    /// In which order tasks that ask at one moment are placed.
    #[must_use]
    pub fn order(&self) -> Order {
        let order = |rule: &Rule| if let Rule::Custom(custom) = rule { custom.order() } else { Order::Given };
        self.0.iter().map(order).max().unwrap_or_default()
    }
}

impl Rule {
    /// `spread(attribute:ecs.availability-zone)`.
    #[must_use]
    pub fn spread_zones() -> Self {
        Self::Spread(SpreadField::Attribute(crate::model::resources::ZONE_ATTRIBUTE.to_owned()))
    }

    /// Whether it is [`Rule::spread_zones`]; nothing is allocated to find out.
    #[must_use]
    pub fn is_spread_zones(&self) -> bool {
        matches!(self, Self::Spread(SpreadField::Attribute(name)) if name == crate::model::resources::ZONE_ATTRIBUTE)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spread(SpreadField::InstanceId) => f.write_str("spread(instanceId)"),
            Self::Spread(SpreadField::Attribute(name)) => write!(f, "spread(attribute:{name})"),
            Self::Binpack(PackedResource::Cpu) => f.write_str("binpack(cpu)"),
            Self::Binpack(PackedResource::Memory) => f.write_str("binpack(memory)"),
            Self::Random => f.write_str("random"),
            Self::Custom(custom) => write!(f, "{custom}"),
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("(no strategy)");
        }
        for (position, rule) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{rule}")?;
        }
        Ok(())
    }
}

/// One placement constraint; all constraints of a task must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// No two counted tasks of the group on one instance.
    DistinctInstance,
    /// The expression holds on the instance.
    MemberOf(Expression),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DistinctInstance => f.write_str("distinctInstance"),
            Self::MemberOf(expression) => write!(f, "memberOf({expression})"),
        }
    }
}

/// A named strategy and constraints, compared with others in an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Name in results.
    pub name: String,
    /// The chain; `None` is ECS's own default, which differs between services and tasks.
    pub strategy: Option<Strategy>,
    /// Constraints added to those of services, tasks and task definitions.
    pub constraints: Vec<Constraint>,
}

/// How equally good candidates are told apart in the end (U-1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TieBreak {
    /// The first in input order.
    #[default]
    Order,
    /// Uniformly at random, by the run's seed.
    Random,
    /// The largest least fraction remaining of cpu and memory, then input order.
    MostRemaining,
    /// The fewest tasks of any group, then input order.
    FewestTasks,
}

impl TieBreak {
    /// The name in scenario files and in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Random => "random",
            Self::MostRemaining => "most-remaining",
            Self::FewestTasks => "fewest-tasks",
        }
    }
}

/// Our readings of what AWS leaves open; each is a named option and is written to the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacementOptions {
    /// Final tie-break (U-1).
    pub tie_break: TieBreak,
    /// Tasks on DRAINING instances count for spread (U-3).
    pub spread_counts_draining: bool,
    /// Instances without a spread attribute form a bucket (`true`) or are no candidates (`false`) (U-5).
    pub absent_attribute_is_bucket: bool,
    /// binpack compares amounts (`false`) or fractions of the registered amount (`true`).
    pub binpack_by_fraction: bool,
}

impl Default for PlacementOptions {
    fn default() -> Self {
        Self {
            tie_break: TieBreak::Order,
            spread_counts_draining: false,
            absent_attribute_is_bucket: true,
            binpack_by_fraction: false,
        }
    }
}
