//! DAEMON services where instances come back and where revisions do not fit.

use stowplan::simulation::Outcome;

use crate::services::{cluster, diary};

/// Two instances for three tasks each, a daemon, and what befalls them.
fn with_daemon(service: &str, rest: &str) -> String {
    cluster("['a']", 2, 3)
        + "[[services]]\nname = 'z'\ntask-definition = 'new'\nscheduling-strategy = 'DAEMON'\n"
        + service
        + "\n"
        + rest
}

fn happening(at: &str, what: &str) -> String {
    format!("[[happenings]]\nat = '{at}'\n{what} = 'i-00000001'\n")
}

/// What is told of the second instance after its drain.
fn on_the_second(text: &str) -> Vec<String> {
    let lines = diary(text).lines.into_iter().filter(|line| line.contains(" on 1"));
    lines.filter(|line| !line.starts_with("0 ")).collect()
}

/// Case 51.
#[test]
fn r7_31_a_daemon_is_back_as_soon_as_its_instance_is_active_again() {
    let happenings = happening("5m", "instance-drained") + &happening("10m", "instance-activated");
    assert_eq!(on_the_second(&with_daemon("", &happenings)), ["300 - new on 1 drained", "600 + new on 1"]);
    let lost = happening("5m", "instance-lost") + &happening("10m", "instance-returned");
    assert_eq!(on_the_second(&with_daemon("", &lost)), ["300 - new on 1 instance-lost", "600 + new on 1"]);
}

#[test]
fn r7_31_a_daemon_that_has_not_left_its_draining_instance_is_not_started_twice() {
    let job = "[[running]]\ntask-definition = 'old'\ninstances = { i-00000001 = 1 }\n";
    let happenings = happening("5m", "instance-drained") + &happening("10m", "instance-activated");
    assert_eq!(on_the_second(&with_daemon("", &(job.to_owned() + &happenings))), [""; 0]);
}

#[test]
fn r7_31_after_a_deployment_during_the_drain_the_new_revision_comes_back() {
    let deployments = "deployments = [{ at = '7m', task-definition = 'old' }]";
    let happenings = happening("5m", "instance-drained") + &happening("10m", "instance-activated");
    assert_eq!(on_the_second(&with_daemon(deployments, &happenings)), ["300 - new on 1 drained", "600 + old on 1"]);
}

/// Replicas that wait find the room of the daemon taken, in the moment of the activation and after every stop.
#[test]
fn r7_31_the_room_of_a_daemon_is_its_own_when_the_instance_is_active_again() {
    let replicas =
        "[[services]]\nname = 'a'\ntask-definition = 'old'\ndesired-count = 9\nminimum-healthy-percent = 0\n";
    let happenings = happening("5m", "instance-drained") + &happening("10m", "instance-activated");
    let back: Vec<String> = on_the_second(&with_daemon("", &(replicas.to_owned() + &happenings)));
    let at_600: Vec<&str> = back.iter().map(String::as_str).filter(|line| line.starts_with("600 +")).collect();
    assert_eq!(at_600, ["600 + new on 1", "600 + old on 1", "600 + old on 1"]);
}

/// One instance for four tasks of `old`: a daemon, whose next revision is twice as large, and replicas on all the rest.
fn grows(option: &str, more: &str) -> String {
    cluster("['a']", 1, 4)
        + "[[task-definitions]]\nfamily = 'large'\ncpu = 200\nmemory = 20\n\
           [[services]]\nname = 'z'\ntask-definition = 'old'\nscheduling-strategy = 'DAEMON'\n\
           deployments = [{ at = '10m', task-definition = 'large' }]\n\
           [[services]]\nname = 'a'\ntask-definition = 'new'\ndesired-count = 4\nminimum-healthy-percent = 0\n\
           desired = [{ at = '20m', count = 2 }]\n"
        + option
        + more
}

/// What a daemon lacks is kept as it is freed, and nobody else is asked in between.
#[test]
fn r7_31_room_that_a_waiting_daemon_needs_is_kept_from_replicas() {
    let at = |text: &str, seconds: &str| -> Vec<String> {
        let lines = diary(text).lines.into_iter().filter_map(|line| line.strip_prefix(seconds).map(str::to_owned));
        lines.filter(|line| !line.starts_with('!')).collect()
    };
    let held = grows("", "");
    // The old daemon goes and leaves half of what the new one needs: a replica that waits does not get it.
    assert_eq!(at(&held, "600 "), ["- old on 0 deployment"]);
    // Two replicas would go; one of them makes the room, and the daemon has it in that moment.
    assert_eq!(at(&held, "1200 "), ["- new on 0 scaled-in", "+ large on 0"]);
    let shared = grows("[options]\ndaemon-holdback = false\n", "");
    assert_eq!(at(&shared, "600 "), ["- old on 0 deployment", "+ new on 0"]);
    assert_eq!(at(&shared, "1200 "), ["- new on 0 scaled-in", "- new on 0 scaled-in", "+ large on 0"]);
}

/// Standalone tasks that come in the very moment in which room is freed do not get it either.
#[test]
fn r7_31_room_that_is_freed_goes_to_the_daemon_before_a_task_that_arrives() {
    let job = "[[tasks]]\ntask-definition = 'new'\ncount = 1\nstart = '20m'\n";
    let on = |text: &str, family: &str| {
        let lines = diary(text).lines;
        lines.iter().filter(|line| line.starts_with(&format!("1200 + {family}"))).count()
    };
    assert_eq!([on(&grows("", job), "large"), on(&grows("", job), "new")], [1, 0]);
}

/// A provider that grows knows that a part of every new instance is not for others.
#[test]
fn r7_31_a_provider_grows_by_what_daemons_leave() {
    let text = |option: &str| {
        format!(
            "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 1000\nmemory = 1000\n\
             count = 0\ncapacity-provider = 'p'\n[[capacity-providers]]\nname = 'p'\n\
             [[task-definitions]]\nfamily = 'agent'\ncpu = 300\nmemory = 10\n\
             [[task-definitions]]\nfamily = 'web'\ncpu = 250\nmemory = 10\n\
             [[services]]\nname = 'agent'\ntask-definition = 'agent'\nscheduling-strategy = 'DAEMON'\n\
             [[services]]\nname = 'web'\ntask-definition = 'web'\ndesired-count = 12\ncapacity-provider = 'p'\n{option}"
        )
    };
    // Two of `web` beside the daemon, four without it.
    assert_eq!(diary(&text("")).points[0].needed, 6);
    assert_eq!(diary(&text("[options]\ndaemon-holdback = false\n")).points[0].needed, 3);
}

/// `explain` says of the same moment what the run does.
#[test]
fn r7_31_explain_counts_what_is_held_back_as_taken() {
    let folder = tempfile::tempdir().unwrap();
    let explain = |text: String| {
        std::fs::write(folder.path().join("s.toml"), text).unwrap();
        let arguments = ["explain", "s.toml", "--service", "a", "--at", "15m"];
        crate::support::ran(&mut crate::support::stowplan(folder.path(), 100, &arguments))
    };
    let (code, out, error) = explain(grows("", ""));
    assert_eq!(code, 1, "{out}{error}");
    assert!(out.contains("held back for the daemon `z` on 1"), "{out}");
    let (code, out, error) = explain(grows("[options]\ndaemon-holdback = false\n", ""));
    assert!(code == 1 && !out.contains("held back"), "the room is taken: {out}{error}");
}

/// Case 72: a revision that fits on half of the instances trips the breaker in the middle of a deployment.
#[test]
fn r7_23_a_daemon_whose_deployment_does_not_fit_goes_back_without_losing_count() {
    let text = |first: &str, deployments: &str| {
        format!(
            "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 1024\nmemory = 1024\n\
             count = 2\n[[cluster.instances]]\ncpu = 1024\nmemory = 4096\ncount = 2\n\
             [[task-definitions]]\nfamily = 'large'\ncpu = 128\nmemory = 2048\n\
             [[task-definitions]]\nfamily = 'small'\ncpu = 128\nmemory = 512\n\
             [[services]]\nname = 'agent'\ntask-definition = '{first}'\nscheduling-strategy = 'DAEMON'\n\
             circuit-breaker = {{ rollback = true, threshold-type = 'COUNT', threshold-value = 2 }}\n{deployments}\n"
        )
    };
    let diary_of = |first: &str, deployments: &str| diary(&text(first, deployments));
    let ended = |deployments: &str| -> Vec<Outcome> {
        diary_of("large", deployments).reports.iter().map(|report| report.outcome).collect()
    };
    let again = "deployments = [{ at = '10m' }, { at = '15m' }, { at = '20m', task-definition = 'small' }]";
    assert_eq!(ended(again).last(), Some(&Outcome::Completed));
    // From small to large: two instances refuse it, the breaker trips at the second, and small is everywhere again.
    let diary = diary_of("small", "deployments = [{ at = '10m', task-definition = 'large' }]");
    let outcomes: Vec<Outcome> = diary.reports.iter().map(|report| report.outcome).collect();
    assert_eq!(outcomes, [Outcome::RolledBack, Outcome::Completed]);
    assert_eq!(diary.on_instances(4), [1, 1, 1, 1]);
}
