//! How much a close look may try out: for each figure that is found by trying, so many attempts to place a task.
//!
//! A hundredth of the [tasks that the scenario asks for](Scenario::tasks_asked_for), so that a long run is not made longer by
//! more than a few per cent, and [`LEAST`] where that is more; where fewer than [`PLACEMENTS`] tasks are to be placed for each
//! instance, as of a cluster that was imported with its tasks, [`LEAST_OF_FEW`], which takes some ten milliseconds; never more
//! than [`MOST`]. It is the same for every policy and seed, and nothing that happens in a run changes it. Where a whole cluster
//! would take more, a [sample](super::sample) of its instances stands for it.

use crate::model::Scenario;

/// What any scenario may try.
const LEAST: u64 = 2_000;
/// What a scenario may try that has few tasks to place.
const LEAST_OF_FEW: u64 = 100_000;
/// Tasks to place for each instance, from which on there are not few.
const PLACEMENTS: u64 = 10;
/// What no scenario may pass.
const MOST: u64 = 1_000_000;
/// One attempt for so many tasks that are asked for.
const TASKS_AN_ATTEMPT: u64 = 100;
/// What is begun because it seems to fit may take so many times as much.
const STRETCH: u64 = 4;

/// Attempts for each figure.
pub(super) fn of(scenario: &Scenario) -> u64 {
    let (asked, running) = (scenario.tasks_asked_for(), scenario.running.iter().map(|running| running.count()).sum());
    let is_long = asked.saturating_sub(running) >= PLACEMENTS.saturating_mul(scenario.fleet.instances.len() as u64);
    (asked / TASKS_AN_ATTEMPT).clamp(if is_long { LEAST } else { LEAST_OF_FEW }, MOST)
}

/// Attempts after which a figure is given up.
pub(super) fn most(scenario: &Scenario) -> u64 {
    STRETCH * of(scenario)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_support::scenario;

    #[test]
    fn a_long_load_may_try_more() {
        let of_tasks = |desired| of(&scenario(1, &[(0, 9, 9, None)], &[("s", 1, 1, desired)]));
        assert_eq!([9, 10, 200_000, 200_100, 200_000_000].map(of_tasks), [100_000, 2_000, 2_000, 2_001, MOST]);
    }
}
