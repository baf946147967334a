//! What happens to a cluster, step by step.
//!
//! A step names what it speaks of by number, and one that has become meaningless (the stop of a task that was refused) is
//! passed over: so any part of a history is a history, which is what shrinking needs.

use super::{Instance, Kind};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An instance joins, by its position in [`History::instances`].
    Register(usize),
    /// A task is to be placed.
    Place {
        /// Its number.
        task: u32,
        /// Position of its kind in [`History::kinds`].
        kind: usize,
    },
    /// A task is told to stop.
    Stop(u32),
    /// Its containers have ended.
    Gone(u32),
    /// An instance takes no more tasks.
    Drain(usize),
    /// It takes tasks again.
    Activate(usize),
    /// It is gone, with its tasks.
    Lose(usize),
    /// The service of this kind gives up one task, which the placer names.
    ScaleIn(usize),
}

/// A cluster and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Every instance that may join.
    pub instances: Vec<Instance>,
    /// Every kind of task that may be placed.
    pub kinds: Vec<Kind>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Key of the placer's own draws.
    pub seed: u64,
}

/// The name of a task by its number.
#[must_use]
pub fn task_name(task: u32) -> String {
    format!("t{task}")
}

impl History {
    /// Whether any kind that is placed has a `random` rule.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Place { kind, .. } if self.kinds[*kind].draws()))
    }

    /// Whether no other kind that is placed is of the same group: its tasks are then all alike.
    #[must_use]
    pub fn is_alone(&self, kind: usize) -> bool {
        let shares = |other: usize| other != kind && self.kinds[other].group == self.kinds[kind].group;
        !self.steps.iter().any(|step| matches!(step, Step::Place { kind: other, .. } if shares(*other)))
    }

    /// A number that no task has.
    #[must_use]
    pub fn free_task(&self) -> u32 {
        let number = |step: &Step| if let Step::Place { task, .. } = step { *task + 1 } else { 0 };
        self.steps.iter().map(number).max().unwrap_or(0)
    }

    /// The same with other steps.
    #[must_use]
    pub fn with_steps(&self, steps: Vec<Step>) -> Self {
        Self { steps, ..self.clone() }
    }
}
