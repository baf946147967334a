//! What failures to place a task lead to: the quota over all kinds, the breaker and what resets it, throttling and what
//! ends it.

use stowplan::simulation::Outcome;

use crate::services::{cluster, diary};

/// The quota of a cluster is one for all kinds of task that wait for a provider.
#[test]
fn r6_5_the_quota_is_shared_by_all_kinds_of_task_that_wait() {
    let service = |name: &str, family: &str| {
        format!(
            "[[services]]\nname = '{name}'\ntask-definition = '{family}'\ndesired-count = 5\ncapacity-provider = 'p'\n"
        )
    };
    let text =
        "name = 'x'\nhorizon = '10m'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 100\nmemory = 1000\n\
                count = 0\ncapacity-provider = 'p'\n[[capacity-providers]]\nname = 'p'\n\
                [[task-definitions]]\nfamily = 'f'\ncpu = 100\nmemory = 10\n\
                [[task-definitions]]\nfamily = 'g'\ncpu = 99\nmemory = 10\n"
            .to_owned()
            + &service("a", "f")
            + &service("b", "g")
            + "[options]\nprovisioning-quota = 6\nscale-out-groups = 'sum'\n";
    let first = diary(&text).points[0];
    assert_eq!((first.waiting, first.needed), (6, 6), "five of one kind and one of the other");
}

/// What waits of services counts for standalone tasks too: of three, one is the sixth to wait.
#[test]
fn r6_5_the_quota_of_standalone_tasks_counts_those_of_services_that_wait() {
    let text = "name = 'x'\nhorizon = '10m'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 100\nmemory = 1000\n\
                count = 0\ncapacity-provider = 'p'\n[[capacity-providers]]\nname = 'p'\n\
                [[task-definitions]]\nfamily = 'f'\ncpu = 100\nmemory = 10\n\
                [[task-definitions]]\nfamily = 'g'\ncpu = 99\nmemory = 10\n\
                [[services]]\nname = 'a'\ntask-definition = 'f'\ndesired-count = 5\ncapacity-provider = 'p'\n\
                [[tasks]]\ntask-definition = 'g'\ncount = 3\nstart = '30s'\ncapacity-provider = 'p'\n\
                [options]\nprovisioning-quota = 6\n";
    let lines = diary(text).lines;
    let of = |what: &str| lines.iter().filter(|line| line.starts_with(&format!("30 {what} g"))).count();
    assert_eq!([of("~"), of("!")], [1, 2], "{lines:?}");
}

/// The first of two tasks trips the breaker: the other is of the revision before by then, which nothing has refused.
#[test]
fn r7_23_what_refused_a_revision_refuses_no_task_of_the_one_that_is_gone_back_to() {
    let text = cluster("['a']", 1, 4).replace("family = 'new'\n        cpu = 100", "family = 'new'\n        cpu = 700")
        + "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 4\nminimum-healthy-percent = 50\n\
           maximum-percent = 100\ndeployments = [{ at = '10m', task-definition = 'new' }]\n\
           circuit-breaker = { rollback = true, threshold-type = 'COUNT', threshold-value = 1 }\n";
    let lines = diary(&text).lines;
    let refused = |what: &str| lines.iter().filter(|line| line.contains(&format!("! {what}"))).count();
    assert_eq!([refused("new"), refused("old")], [1, 0], "{lines:?}");
}

/// A threshold of one: the failure that trips the breaker is the reason, and nothing was seen to be stuck before.
#[test]
fn r7_23_a_deployment_that_fails_at_its_first_failure_says_why() {
    for rollback in [true, false] {
        let text = cluster("['a']", 1, 4)
            .replace("family = 'new'\n        cpu = 100", "family = 'new'\n        cpu = 700")
            + &format!(
                "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 2\n\
                 deployments = [{{ at = '10m', task-definition = 'new' }}]\n\
                 circuit-breaker = {{ rollback = {rollback}, threshold-type = 'COUNT', threshold-value = 1 }}\n"
            );
        let report = diary(&text).reports[0];
        let expected = if rollback { Outcome::RolledBack } else { Outcome::Failed };
        assert_eq!((report.outcome, report.ended.0), (expected, 600_000));
        let (reason, since) = report.stuck.expect("it says why");
        assert_eq!((reason.text(), since.0), ("RESOURCE:CPU", 600_000));
    }
}

/// One new task at a time finds room; each waits 40 s until it is healthy and an old one goes, failing meanwhile.
fn deployed_slowly(reset: bool) -> Vec<Outcome> {
    let text = cluster("['a']", 1, 4)
        + &format!(
            "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 3\n\
             deployments = [{{ at = '10m', task-definition = 'new' }}]\n\
             circuit-breaker = {{ threshold-type = 'COUNT', threshold-value = 6, reset-on-healthy-task = {reset} }}\n\
             [options]\nretry-interval = '15s'\n"
        );
    diary(&text).reports.iter().map(|report| report.outcome).collect()
}

#[test]
fn r7_23_a_healthy_task_sets_the_count_of_failures_back_where_it_is_told_to() {
    assert_eq!(deployed_slowly(true), [Outcome::Completed]);
    assert_eq!(deployed_slowly(false), [Outcome::Failed]);
}

/// Failures at 0, 10, 30 and 70 s double the interval up to 80 s; a task that starts makes the next failure the first.
#[test]
fn r7_22_a_task_that_starts_ends_the_throttling() {
    let text = cluster("['a']", 1, 1)
        + "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 3\n\
           [[happenings]]\nat = '100s'\ninstances-registered = { like = 'i-00000000', count = 1 }\n\
           [[happenings]]\nat = '10m'\ninstances-registered = { like = 'i-00000000', count = 1 }\n\
           [options]\nretry-throttling = true\nretry-interval = '10s'\n";
    let lines = diary(&text).lines;
    let times = |sign: &str| -> Vec<u64> {
        let of = lines.iter().filter(|line| line.contains(sign));
        let mut times: Vec<u64> = of.map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
        times.dedup();
        times
    };
    assert_eq!(times(" + ")[..2], [0, 150], "not at 100 s: the service waits");
    let failures = times(" ! ");
    let after: Vec<u64> = failures.into_iter().filter(|&at| at > 150).collect();
    assert_eq!(after[..3], [160, 180, 220], "10 s, 20 s, 40 s again");
}
