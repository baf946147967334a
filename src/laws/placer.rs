//! The door: what a placer is asked, what it answers, and what it says it can do.
//!
//! A placer is whatever decides where tasks of Amazon ECS go: ours, yours, a process in another language. It is told of
//! instances and tasks by name and by what they are, one thing after another, and is asked where the next task goes. It
//! knows nothing of this crate's engines, ids or options.

use std::fmt;

use super::world::{Instance, Kind};
use crate::model::{ScaleInRule, TieBreak};

/// A task that is to be placed.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Its name, unique within a history.
    pub name: &'a str,
    /// What it is.
    pub kind: &'a Kind,
}

/// Where a task went, or that it went nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// On the instance of this name.
    Placed(String),
    /// On none. What is said of why: an instance and the first check that fails there, as the `failures` of RunTask have it; empty if
    /// the placer says nothing.
    Refused(Vec<Failure>),
}

/// Why one instance may not take a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The instance.
    pub instance: String,
    /// The reason in the words of ECS, which `docs/laws.md` lists, such as `RESOURCE:MEMORY`.
    pub reason: String,
}

/// What a placer says is left on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// CPU units.
    pub cpu: i64,
    /// MiB.
    pub memory: i64,
    /// GPUs.
    pub gpus: i64,
}

/// No answer: the placer died, hangs, talks nonsense, or panicked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Trouble {
    /// What happened, in a sentence.
    pub what: String,
    /// It never answered; asking it again costs the time of the wait.
    pub is_slow: bool,
}

impl Trouble {
    /// A trouble that can be told at once.
    pub fn new(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), is_slow: false }
    }
}

/// What a placer can do. A law whose subject it does not know is not asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// It counts GPUs.
    pub gpus: bool,
    /// It knows static ports.
    pub ports: bool,
    /// It counts network interfaces.
    pub interfaces: bool,
    /// It works out what a task takes from its containers; else it is given task-level amounts.
    pub containers: bool,
    /// It knows `distinctInstance`.
    pub distinct_instance: bool,
    /// It knows `memberOf` and the cluster query language.
    pub member_of: bool,
    /// It knows the rule `spread`.
    pub spread: bool,
    /// It knows the rule `binpack`.
    pub binpack: bool,
    /// It knows the rule `random`.
    pub random: bool,
    /// At most so many rules in a chain.
    pub chain: usize,
    /// Instances may drain and be activated again.
    pub drain: bool,
    /// Instances may be lost.
    pub lose: bool,
    /// It says which task a service gives up, by this reading of R-7.20.
    pub scale_in: Option<ScaleInRule>,
    /// It says what is left on an instance.
    pub remaining: bool,
    /// It says of every instance why it may not take a refused task.
    pub failures: bool,
    /// How it tells equally good instances apart (U-1); `None` is not said, and any of them is right.
    pub tie_break: Option<TieBreak>,
    /// Tasks on draining instances count for spread (U-3).
    pub spread_counts_draining: bool,
}

impl Capabilities {
    /// Everything, with ties broken by the order of the input.
    #[must_use]
    pub fn all() -> Self {
        Self { gpus: true, ports: true, interfaces: true, containers: true, ..Self::plain() }.with_the_rest()
    }

    /// CPU, memory and the three rules, and nothing else; of ties it is not said who wins.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            gpus: false,
            ports: false,
            interfaces: false,
            containers: false,
            distinct_instance: false,
            member_of: false,
            spread: true,
            binpack: true,
            random: true,
            chain: crate::model::MAX_RULES,
            drain: false,
            lose: false,
            scale_in: None,
            remaining: false,
            failures: false,
            tie_break: None,
            spread_counts_draining: false,
        }
    }

    fn with_the_rest(self) -> Self {
        Self {
            distinct_instance: true,
            member_of: true,
            drain: true,
            lose: true,
            scale_in: Some(ScaleInRule::Mirror),
            remaining: true,
            failures: true,
            tie_break: Some(TieBreak::Order),
            ..self
        }
    }

    /// Ties are broken in a way that is known and draws nothing, so that the laws that compare two histories hold.
    #[must_use]
    pub fn is_determined(&self) -> bool {
        matches!(self.tie_break, Some(TieBreak::Order | TieBreak::MostRemaining | TieBreak::FewestTasks))
    }
}

/// Something that places tasks, on a cluster that is empty when it is made.
///
/// # Examples
///
/// ```
/// use stowplan::laws::{self, Capabilities, Decision, Effort, Instance, Placer, Task, Trouble};
///
/// /// Takes the first instance, whether it has room or not.
/// #[derive(Default)]
/// struct Careless(Vec<String>);
///
/// impl Placer for Careless {
///     fn capabilities(&self) -> Capabilities {
///         Capabilities::plain()
///     }
///
///     fn register(&mut self, instance: &Instance) -> Result<(), Trouble> {
///         self.0.push(instance.name.clone());
///         Ok(())
///     }
///
///     fn place(&mut self, _task: Task<'_>) -> Result<Decision, Trouble> {
///         Ok(self.0.first().map_or(Decision::Refused(Vec::new()), |first| Decision::Placed(first.clone())))
///     }
///
///     fn stop(&mut self, _task: &str) -> Result<(), Trouble> {
///         Ok(())
///     }
/// }
///
/// let broken = laws::check(&mut Careless::default, Effort::quick()).unwrap_err();
/// assert_eq!(broken.law.id, "P9", "{broken}");
/// ```
pub trait Placer {
    /// What it can do. Asked once.
    fn capabilities(&self) -> Capabilities;

    /// An instance joins: ACTIVE, empty, last in order.
    ///
    /// # Errors
    /// If it does not answer.
    fn register(&mut self, instance: &Instance) -> Result<(), Trouble>;

    /// Places one task, or changes nothing.
    ///
    /// # Errors
    /// If it does not answer.
    fn place(&mut self, task: Task<'_>) -> Result<Decision, Trouble>;

    /// A task is told to stop: from now on it counts nowhere, and what it held is free (R-5.25).
    ///
    /// # Errors
    /// If it does not answer.
    fn stop(&mut self, task: &str) -> Result<(), Trouble>;

    /// The containers of a task that was told to stop have ended. Placement has nothing to do with it.
    ///
    /// # Errors
    /// If it does not answer.
    fn gone(&mut self, _task: &str) -> Result<(), Trouble> {
        Ok(())
    }

    /// An instance takes no more tasks; those on it run on.
    ///
    /// # Errors
    /// If it does not answer.
    fn drain(&mut self, _instance: &str) -> Result<(), Trouble> {
        Err(Trouble::new("the placer declares `drain` and does not know it"))
    }

    /// A draining instance takes tasks again.
    ///
    /// # Errors
    /// If it does not answer.
    fn activate(&mut self, _instance: &str) -> Result<(), Trouble> {
        Err(Trouble::new("the placer declares `drain` and does not know `activate`"))
    }

    /// An instance is gone, with every task on it.
    ///
    /// # Errors
    /// If it does not answer.
    fn lose(&mut self, _instance: &str) -> Result<(), Trouble> {
        Err(Trouble::new("the placer declares `lose` and does not know it"))
    }

    /// The service of these tasks gives one up: answers its name. It is told to stop, as [`Self::stop`] does.
    ///
    /// # Errors
    /// If it does not answer.
    fn scale_in(&mut self, _service: &Kind) -> Result<String, Trouble> {
        Err(Trouble::new("the placer declares `scaleIn` and does not know it"))
    }

    /// What is left on an instance.
    ///
    /// # Errors
    /// If it does not answer.
    fn remaining(&mut self, _instance: &str) -> Result<Left, Trouble> {
        Err(Trouble::new("the placer declares `remaining` and does not know it"))
    }
}

/// What a history may bring, for placers that are built for it; the others need not look.
#[derive(Clone, Copy, Debug)]
pub struct Foreseen<'a> {
    /// Every instance that may register.
    pub instances: &'a [Instance],
    /// Every kind of task that may be placed.
    pub kinds: &'a [Kind],
    /// Key of the placer's own draws.
    pub seed: u64,
}

/// What makes placers: a fresh one, with an empty cluster, for every history.
pub trait Placers {
    /// What they can do.
    ///
    /// # Errors
    /// If none can be asked.
    fn capabilities(&mut self) -> Result<Capabilities, Trouble>;

    /// The next placer has nothing to do with those before it, not even a process; who makes each from nothing need not
    /// do anything.
    fn renew(&mut self) {}

    /// Makes a placer, and has it `used` once.
    ///
    /// # Errors
    /// If none can be made.
    fn with(&mut self, foreseen: Foreseen<'_>, used: &mut dyn FnMut(&mut dyn Placer)) -> Result<(), Trouble>;
}

impl<P: Placer, F: FnMut() -> P> Placers for F {
    fn capabilities(&mut self) -> Result<Capabilities, Trouble> {
        Ok(self().capabilities())
    }

    fn with(&mut self, _foreseen: Foreseen<'_>, used: &mut dyn FnMut(&mut dyn Placer)) -> Result<(), Trouble> {
        used(&mut self());
        Ok(())
    }
}
