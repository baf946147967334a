//! The contract between an engine and a strategy that is no ECS rule: what it is shown, and what it answers.
//!
//! A strategy never sees an instance that may not take the task, and never refuses one: filters and constraints come
//! before it, whatever it is. It is a pure function of what it is shown, so that both engines, every number of threads
//! and every repetition choose alike.
//!
//! [`crate::strategy`] holds the ones from the literature and the laws that any of them must obey.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::columns::Columns;
use crate::model::resources::{Demand, Device, DeviceUse, InstanceClass};
use crate::model::scenario::Scenario;
use crate::model::units::{CpuUnits, InstanceId, MemoryMib, ZoneId};

/// How an instance is chosen for a task, in place of, or after, the rules of ECS.
///
/// # Examples
///
/// ```
/// use stowplan::strategy::{Strategy, View};
///
/// /// The instance with the fewest tasks, the first of several.
/// #[derive(Debug)]
/// struct Fewest;
///
/// impl Strategy for Fewest {
///     fn name(&self) -> &str {
///         "fewest"
///     }
///
///     fn choose(&self, view: &View<'_>) -> usize {
///         view.least(|candidate| candidate.tasks)
///     }
/// }
/// ```
pub trait Strategy: fmt::Debug + Send + Sync {
    /// Its name in scenarios, manifests and tables: letters, digits and `-`. Results that are stored belong to a name,
    /// so a strategy whose choices change needs another one.
    fn name(&self) -> &str;

    /// The position of the chosen one in [`View::candidates`], which has two at least. The same view must get the same
    /// answer: no clock, no random number, no memory of earlier tasks.
    fn choose(&self, view: &View<'_>) -> usize;

    /// On which device of the chosen instance a share of a GPU is to lie: one that has room for it. [`Device::ANY`] leaves
    /// it to the rule for ECS, U-23.
    fn device(&self, _demand: &Demand, _chosen: &Candidate<'_>) -> Device {
        Device::ANY
    }

    /// In which order tasks that ask at one moment are placed.
    fn order(&self) -> Order {
        Order::Given
    }

    /// What is known of its choices beforehand, so that an engine need not show it every candidate. What it says must
    /// hold for every view; the fast engine relies on it, the reference engine does not ask.
    fn ranking(&self) -> Ranking {
        Ranking::EachByItself
    }

    /// The strategy made ready for a scenario, where it needs to know the load or the fleet beforehand; it is asked
    /// once, before the runs. `None` is the strategy as it is.
    fn prepare(&self, _scenario: &Scenario) -> Option<Arc<dyn Strategy>> {
        None
    }
}

/// How a strategy ranks candidates, as far as that does not hang on the task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ranking {
    /// Nothing is known: it is shown every candidate.
    #[default]
    EachByItself,
    /// By what remains of cpu and memory and by the class, beside the demand: it is told of no tasks. Which of two is better
    /// does not hang on who else is there, and of several that are equally good it is the first. So the best of some
    /// candidates is found among the best of parts of them, and a choice costs a few comparisons for what has changed.
    ByAmounts,
    /// The first in input order, whatever it is.
    First,
    /// Of candidates that registered the same cpu and memory, the one whose remaining shares of both are the least when
    /// added up; the first of several.
    LeastShares,
    /// As [`Ranking::LeastShares`], the greatest.
    GreatestShares,
}

/// In which order tasks that ask at one moment are placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// As they come.
    #[default]
    Given,
    /// The largest first: the offline heuristics, which see all tasks of a moment before they place one. Size is the
    /// sum of the demands of cpu and memory, each as a share of what the fleet registers; equal sizes keep their order.
    Decreasing,
}

/// An instance that may take the task.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Which one; also its place in the order of the input.
    pub instance: InstanceId,
    /// What it registered: capacity, zone, type, price, attributes.
    pub class: &'a InstanceClass,
    /// CPU units that remain, at least the demand.
    pub cpu: CpuUnits,
    /// MiB that remain, at least the demand.
    pub memory: MemoryMib,
    /// GPU devices that are idle.
    pub gpus: u32,
    /// How each of its devices is used; empty where no request of the run asks for GPUs.
    pub devices: &'a [DeviceUse],
    /// Counted tasks on it.
    pub tasks: u32,
    /// Those of them that belong to the group of the task.
    pub group_tasks: u32,
}

/// One decision as a strategy sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What the task takes.
    pub demand: &'a Demand,
    seen: Seen<'a>,
    zone_tasks: &'a dyn Fn(ZoneId) -> u64,
}

/// The candidates, as an engine has them.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Listed(&'a [Candidate<'a>]),
    Columns(&'a Columns<'a>),
}

impl<'a> View<'a> {
    /// A view; `zone_tasks` counts the tasks of the group in a zone, when it is asked.
    #[must_use]
    pub fn new(demand: &'a Demand, candidates: &'a [Candidate<'a>], zone_tasks: &'a dyn Fn(ZoneId) -> u64) -> Self {
        Self { demand, seen: Seen::Listed(candidates), zone_tasks }
    }

    /// A view of columns.
    pub(crate) fn of_columns(
        demand: &'a Demand,
        columns: &'a Columns<'a>,
        zone_tasks: &'a dyn Fn(ZoneId) -> u64,
    ) -> Self {
        Self { demand, seen: Seen::Columns(columns), zone_tasks }
    }

    /// The instances that pass every filter and constraint, and the rules that stand before the strategy, in input
    /// order. To list them costs more than to score them by [`Self::least`] and [`Self::greatest`].
    #[must_use]
    pub fn candidates(&self) -> &'a [Candidate<'a>] {
        match self.seen {
            Seen::Listed(candidates) => candidates,
            Seen::Columns(columns) => columns.listed(),
        }
    }

    /// How many candidates there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self.seen {
            Seen::Listed(candidates) => candidates.len(),
            Seen::Columns(columns) => columns.len(),
        }
    }

    /// Counted tasks of the group in a zone, those on instances that are no candidates included.
    #[must_use]
    pub fn group_tasks_in_zone(&self, zone: ZoneId) -> u64 {
        (self.zone_tasks)(zone)
    }

    /// The position of the candidate with the least score, the first of several.
    ///
    /// # Panics
    /// If there is no candidate: no strategy is asked then.
    #[must_use]
    pub fn least<S: Ord>(&self, score: impl Fn(&Candidate<'a>) -> S) -> usize {
        let least = match self.seen {
            Seen::Listed(candidates) => (0..candidates.len()).min_by_key(|&position| score(&candidates[position])),
            Seen::Columns(columns) => columns.least(score),
        };
        least.expect("a strategy chooses among candidates")
    }

    /// The position of the candidate with the greatest score, the first of several.
    ///
    /// # Panics
    /// If there is no candidate: no strategy is asked then.
    #[must_use]
    pub fn greatest<S: Ord>(&self, score: impl Fn(&Candidate<'a>) -> S) -> usize {
        self.least(|candidate| std::cmp::Reverse(score(candidate)))
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("demand", self.demand)
            .field("candidates", &self.candidates())
            .finish_non_exhaustive()
    }
}

/// A strategy as a rule of a chain. Two are the same if their names are.
#[derive(Clone, Debug)]
pub struct Custom(Arc<dyn Strategy>);

impl Custom {
    /// A strategy as a rule.
    pub fn new(strategy: impl Strategy + 'static) -> Self {
        Self(Arc::new(strategy))
    }

    /// A strategy that is shared already.
    #[must_use]
    pub fn shared(strategy: Arc<dyn Strategy>) -> Self {
        Self(strategy)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// In which order tasks that ask at one moment are placed.
    #[must_use]
    pub fn order(&self) -> Order {
        self.0.order()
    }

    /// The rule made ready for a scenario.
    #[must_use]
    pub fn prepared(&self, scenario: &Scenario) -> Self {
        self.0.prepare(scenario).map_or_else(|| self.clone(), Self)
    }

    /// On which device of the chosen instance a share of a GPU is to lie.
    #[must_use]
    pub fn device(&self, demand: &Demand, chosen: &Candidate<'_>) -> Device {
        self.0.device(demand, chosen)
    }

    /// How it ranks candidates.
    #[must_use]
    pub fn ranking(&self) -> Ranking {
        self.0.ranking()
    }

    /// What the strategy answers, whatever it is.
    pub(crate) fn answer(&self, view: &View<'_>) -> usize {
        self.0.choose(view)
    }

    /// The position of the chosen candidate. One that is alone is chosen unasked.
    ///
    /// # Panics
    /// If the strategy answers a position that is not there: that is a bug of its author.
    #[must_use]
    pub fn choose(&self, view: &View<'_>) -> usize {
        let count = view.count();
        if count == 1 {
            return 0;
        }
        let chosen = self.answer(view);
        assert!(chosen < count, "strategy `{}` chose position {chosen} of {count} candidates", self.name());
        chosen
    }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Custom {}

impl PartialOrd for Custom {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Custom {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl Hash for Custom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers a fixed position.
    #[derive(Debug)]
    struct Fixed(usize);

    impl Strategy for Fixed {
        fn name(&self) -> &str {
            "fixed"
        }

        fn choose(&self, _: &View<'_>) -> usize {
            self.0
        }
    }

    fn ask(position: usize, instances: u32) -> usize {
        let (class, demand) = (InstanceClass::new(ZoneId(0), "a", 4, 4), Demand::new(1, 1));
        let candidate = |id| Candidate {
            instance: InstanceId(id),
            class: &class,
            cpu: CpuUnits(4),
            memory: MemoryMib(4),
            gpus: 0,
            devices: &[],
            tasks: id % 2,
            group_tasks: 0,
        };
        let candidates: Vec<Candidate<'_>> = (0..instances).map(candidate).collect();
        let view = View::new(&demand, &candidates, &|_| 0);
        if instances > 2 {
            assert_eq!((view.least(|c| c.tasks), view.greatest(|c| c.tasks)), (0, 1), "the first of several");
        }
        Custom::new(Fixed(position)).choose(&view)
    }

    #[test]
    fn the_first_of_equals_is_least_and_greatest_and_one_alone_is_not_asked_for() {
        assert_eq!(ask(2, 4), 2);
        assert_eq!(ask(7, 1), 0);
    }

    #[test]
    #[should_panic(expected = "strategy `fixed` chose position 4 of 4 candidates")]
    fn a_position_that_is_not_there_names_the_strategy() {
        ask(4, 4);
    }
}
