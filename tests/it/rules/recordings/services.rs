//! Recordings of services: rebalancing between zones, and deployments that cannot move.

use stowplan::simulation::{Outcome, StuckReason};

use super::text;
use crate::services::diary;

#[test]
fn r40_three_one_one_becomes_two_two_one_and_the_new_task_starts_first() {
    let diary = diary(&text("40-az-rebalance-3-1-1/s.toml"));
    let moves: Vec<&str> = diary.after(0);
    assert_eq!(moves.len(), 2, "{moves:?}");
    assert!(moves[0].contains(" + api on 1") && moves[1].ends_with(" - api on 0 rebalanced"), "{moves:?}");
    assert_eq!(diary.on_instances(3), [2, 2, 1]);
}

#[test]
fn r42_one_task_at_100_134_and_50_100_is_stuck_and_at_100_200_is_not() {
    let report = |file: &str| diary(&text(&format!("42-one-task-percent/{file}.toml"))).reports[0];
    for file in ["100-134", "50-100"] {
        let report = report(file);
        assert_eq!((report.outcome, report.tasks_started), (Outcome::Unfinished, 0), "{file}");
        let (why, since) = report.stuck.expect("it does not move");
        assert_eq!((why, since.0), (StuckReason::Percentages, 300_000));
        assert_eq!(
            why.text(),
            "was unable to stop or start tasks during a deployment because of the service deployment configuration."
        );
    }
    let moved = report("100-200");
    assert_eq!((moved.outcome, moved.tasks_started, moved.tasks_stopped), (Outcome::Completed, 1, 1));
}
