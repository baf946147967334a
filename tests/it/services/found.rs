//! Tasks that run before the start: of an old revision or on a DRAINING instance they are replaced within the
//! percentages, and they count as healthy from the start on.

use crate::services::{cluster, diary};

/// Two tasks of `running` on each of two instances with room for four, and the service wants four of `wanted`.
fn found(instances: u32, running: &str, more: &str) -> String {
    cluster("['a']", instances, 4)
        + &format!(
            "[[running]]
            task-definition = '{running}'
            group = 'service:s'
            instances = {{ i-00000000 = 2, i-00000001 = 2 }}
            [[services]]
            name = 's'
            task-definition = 'new'
            desired-count = 4
            {more}\n"
        )
}

const FOUND: [&str; 4] = ["0 + old on 0", "0 + old on 0", "0 + old on 1", "0 + old on 1"];

#[test]
fn r7_6_an_old_revision_that_runs_is_replaced_start_first() {
    let lines = diary(&found(2, "old", "")).lines;
    let new = ["0 + new on 0", "0 + new on 1", "0 + new on 0", "0 + new on 1"];
    let stopped = [
        "40 - old on 0 deployment",
        "40 - old on 0 deployment",
        "40 - old on 1 deployment",
        "40 - old on 1 deployment",
    ];
    assert_eq!(lines[..4], FOUND);
    assert_eq!(lines[4..8], new, "100 % to 200 %: four more may start, and none may stop before they are healthy");
    let mut rest = lines[8..].to_vec();
    rest.sort();
    assert_eq!(rest, stopped);
}

#[test]
fn r7_6_an_old_revision_that_runs_is_replaced_stop_first_where_nothing_may_start() {
    let lines = diary(&found(2, "old", "minimum-healthy-percent = 50\nmaximum-percent = 100")).lines;
    let count = |from: usize, to: usize, sign: &str| lines[from..to].iter().filter(|line| line.contains(sign)).count();
    assert_eq!((count(4, 8, "0 - old"), count(4, 8, "0 + new")), (2, 2), "{lines:#?}");
    assert!(lines[8..].iter().all(|line| line.starts_with("40 ")), "the other half when the first is healthy");
    assert_eq!((count(8, 12, "- old"), count(8, 12, "+ new"), lines.len()), (2, 2, 12));
}

#[test]
fn r7_6_an_old_revision_stays_where_percentages_let_nothing_move() {
    assert_eq!(diary(&found(2, "old", "maximum-percent = 100")).lines, FOUND);
}

#[test]
fn r7_30_tasks_found_on_a_draining_instance_are_replaced_from_the_start_on() {
    let text = found(2, "new", "").replacen(
        "count = 2",
        "identities = [{ name = 'i-00000000' }]
        status = 'DRAINING'
        [[cluster.instances]]
        cpu = 400
        memory = 100000
        identities = [{ name = 'i-00000001' }]",
        1,
    );
    let lines = diary(&text).lines;
    let expected = ["0 + new on 1", "0 + new on 1", "40 - new on 0 drained", "40 - new on 0 drained"];
    assert_eq!(lines[4..], expected);
}
