//! How much a close look may try out: for each figure that is found by trying, so many attempts to place a task.
//!
//! A fiftieth of the [tasks that the scenario asks for](Scenario::tasks_asked_for), so that a long run is not made longer by
//! more than a few per cent; [`LEAST`] where that is more, which takes some ten milliseconds and leaves traces of some hundred
//! thousand tasks their figures; never more than [`MOST`]. It is the same for every policy and seed, and nothing that happens
//! in a run changes it. A figure that would need more is absent.

use crate::model::Scenario;

/// What any scenario may try.
const LEAST: u64 = 100_000;
/// What no scenario may pass.
const MOST: u64 = 1_000_000;
/// One attempt for so many tasks that are asked for.
const TASKS_AN_ATTEMPT: u64 = 50;

/// Attempts for each figure.
pub(super) fn of(scenario: &Scenario) -> u64 {
    (scenario.tasks_asked_for() / TASKS_AN_ATTEMPT).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::scenario;

    #[test]
    fn a_long_load_may_try_more() {
        let of_tasks = |desired| of(&scenario(1, &[(0, 9, 9, None)], &[("s", 1, 1, desired)]));
        assert_eq!(
            [1, 5_000_000, 5_000_050, 40_000_000, 200_000_000].map(of_tasks),
            [100_000, 100_000, 100_001, 800_000, MOST]
        );
    }
}
