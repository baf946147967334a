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

/// How many tasks of a family end on some instances.
fn ends(text: &str, family: &str, zones: &[&[u32]]) -> Vec<usize> {
    let lines = diary(text).lines;
    let on = |sign: &str, id: &u32| {
        let event = format!(" {sign} {family} on {id}");
        lines.iter().filter(|line| line.ends_with(&event) || line.contains(&format!("{event} "))).count()
    };
    let in_zone = |ids: &&[u32]| ids.iter().map(|id| on("+", id) - on("-", id)).sum();
    zones.iter().map(in_zone).collect()
}

/// Case 52: `z1` and `z2` have instances that the service may use, `z3` has none; `z2` is lost for a while.
const ELIGIBLE: &str = "name = 'x'\nhorizon = '3h'\n[cluster]\nzones = ['z1', 'z2', 'z3']\n\
    [[cluster.instances]]\ncpu = 8192\nmemory = 32000\nzones = ['z1', 'z2']\ncount = 4\nattributes = { side = 'ab' }\n\
    [[cluster.instances]]\ncpu = 8192\nmemory = 32000\nzones = ['z3']\n\
    [[task-definitions]]\nfamily = 'a'\ncpu = 200\nmemory = 300\n\
    [[services]]\nname = 'web'\ntask-definition = 'a'\ndesired-count = 6\navailability-zone-rebalancing = true\n\
    placementConstraints = [{ type = 'memberOf', expression = 'attribute:side == ab' }]\n\
    [[happenings]]\nat = '10m'\nzone-lost = 'z2'\n[[happenings]]\nat = '20m'\nzone-returned = 'z2'\n";

#[test]
fn r7_43_a_zone_without_an_instance_that_the_service_may_use_does_not_count() {
    assert_eq!(ends(ELIGIBLE, "a", &[&[0, 2], &[1, 3], &[4]]), [3, 3, 0]);
    let lines = diary(ELIGIBLE).lines;
    let refused = lines.iter().filter(|line| line.contains('!') && line.contains("MemberOf")).count();
    assert_eq!(refused, 0, "nothing is tried in `z3`: {lines:?}");
}

/// Case 52: four tasks in `z3`, `z1` full, or `z1` and `z2` both for half an hour.
fn full_zones(fill: &str) -> String {
    let instance = |name: &str, zone: &str| {
        format!(
            "[[cluster.instances]]\ncpu = 1000\nmemory = 4000\nzones = ['{zone}']\nidentities = [{{ name = '{name}' }}]\n"
        )
    };
    "name = 'x'\nhorizon = '4h'\n[cluster]\nzones = ['z1', 'z2', 'z3']\n".to_owned()
        + &instance("a", "z1")
        + &instance("b", "z2")
        + &instance("c", "z3")
        + "[[task-definitions]]\nfamily = 't'\ncpu = 100\nmemory = 100\n\
           [[task-definitions]]\nfamily = 'fill'\ncpu = 950\nmemory = 100\n\
           [[running]]\ntask-definition = 't'\ngroup = 'service:web'\ninstances = { c = 4 }\n\
           [[services]]\nname = 'web'\ntask-definition = 't'\ndesired-count = 4\navailability-zone-rebalancing = true\n"
        + fill
}

#[test]
fn r7_42_where_the_lightest_zone_is_full_the_next_lightest_is_tried() {
    let text = full_zones("[[running]]\ntask-definition = 'fill'\ninstances = { a = 1 }\n");
    assert_eq!(ends(&text, "t", &[&[0], &[1], &[2]]), [0, 2, 2]);
    // That `z1` has no room is told once after each move, not at every look.
    let refusals = diary(&text).lines.iter().filter(|line| line.contains('!')).count();
    assert!((1..=3).contains(&refusals), "{refusals}");
}

#[test]
fn r7_42_a_move_that_found_no_room_is_tried_again_when_a_task_ends() {
    let fill = |name: &str| {
        format!(
            "[[tasks]]\ntask-definition = 'fill'\ngroup = 'fill-{name}'\ncontainer-instances = ['{name}']\n\
             lifetime = {{ model = 'constant', value = '30m' }}\n"
        )
    };
    let text = full_zones(&(fill("a") + &fill("b")));
    let mut tasks = ends(&text, "t", &[&[0], &[1], &[2]]);
    tasks.sort_unstable();
    assert_eq!(tasks, [1, 1, 2]);
    let first = diary(&text).lines.into_iter().find(|line| line.contains("+ t on 0")).unwrap();
    assert!(first.starts_with("1800 "), "as soon as there is room: {first}");
}
