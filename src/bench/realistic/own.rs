//! Strategies as people write them, which no index knows: scores of several numbers, one after another.

use crate::strategy::{Strategy, View};

/// A strategy of two rules or of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Two,
    Five,
}

impl Strategy for Own {
    fn name(&self) -> &str {
        match self {
            Self::Two => "own-two",
            Self::Five => "own-five",
        }
    }

    fn choose(&self, view: &View<'_>) -> usize {
        match self {
            Self::Two => view.least(|one| (one.group_tasks, one.memory)),
            Self::Five => view.least(|one| (one.group_tasks, one.class.zone, one.tasks, one.memory, one.cpu)),
        }
    }
}
