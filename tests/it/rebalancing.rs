//! AZ rebalancing step by step: when a move begins, what it waits for, and what it leaves alone.

use crate::services::{cluster, diary};

/// A service of two tasks over two zones, of which `b` is lost for four minutes, so that both tasks are in `a` at 5 min.
fn two_in_one_zone(service: &str, more: &str) -> String {
    let happening = |at: &str, what: &str| format!("[[happenings]]\nat = '{at}'\n{what}\n");
    cluster("['a', 'b']", 2, 8)
        + "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 2\n"
        + &format!("availability-zone-rebalancing = true\n{service}\n")
        + &happening("1m", "zone-lost = 'b'")
        + &happening("5m", "zone-returned = 'b'")
        + more
}

fn after_return(service: &str, more: &str) -> Vec<String> {
    diary(&two_in_one_zone(service, more)).after(299).into_iter().map(str::to_owned).collect()
}

/// Something happens to the instances ten seconds after the return, so that every service looks at itself again.
const STIR: &str = "[[happenings]]\nat = '310s'\ninstances-registered = { like = 'i-00000000', count = 1 }\n";

#[test]
fn r7_42_the_heavier_zone_gives_up_a_task_only_when_the_new_one_is_healthy() {
    let expected = ["300 + old on 1", "360 - old on 0 rebalanced"];
    assert_eq!(after_return("healthy-after = '60s'", ""), expected);
    assert_eq!(after_return("healthy-after = '60s'", STIR), expected);
}

#[test]
fn r7_41_a_move_begins_in_steady_state_only() {
    // The third task is asked for at 290 s and healthy at 350 s.
    let lines = after_return("healthy-after = '60s'\ndesired = [{ at = '290s', count = 3 }]", STIR);
    assert_eq!(lines, ["350 + old on 1", "410 - old on 0 rebalanced"]);
}

#[test]
fn r7_40_a_service_that_may_not_start_one_more_is_not_rebalanced() {
    assert_eq!(after_return("minimum-healthy-percent = 50\nmaximum-percent = 100", STIR), [""; 0]);
}

#[test]
fn r7_43_a_zone_without_an_active_instance_does_not_count() {
    // The zone comes back at 3,540 s only.
    let text = two_in_one_zone("", "").replacen("at = '5m'", "at = '59m'", 1);
    let diary = diary(&text);
    let after: Vec<&str> = diary.after(60).into_iter().filter(|line| !line.starts_with("35")).collect();
    assert_eq!(after, [""; 0], "nothing is tried in a zone that is lost");
}

/// What is lost while a move is under way is made good by it: the service never has fewer tasks than it wants for long.
#[test]
fn a_task_that_is_lost_during_a_move_is_not_given_up_once_more() {
    let lost = "[[happenings]]\nat = '320s'\ninstance-lost = 'i-00000000'\n";
    let lines = after_return("healthy-after = '60s'", lost);
    assert_eq!(lines[0], "300 + old on 1");
    let of = |what: &str| lines.iter().filter(|line| line.contains(what)).count();
    assert_eq!((of("instance-lost"), of(" + old on 1"), of("rebalanced")), (2, 2, 0), "{lines:?}");
}
