//! Deployments by revision, with early success, and in stages (R-7.6a to R-7.6c).

use stowplan::simulation::{DeploymentReport, Outcome};

use crate::services::{Diary, cluster, diary};

const DEPLOY: &str = "deployments = [{ at = '10m', task-definition = 'new' }]\n";

fn service(desired: u32, more: &str) -> String {
    format!("[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = {desired}\n{DEPLOY}{more}\n")
}

fn lost(at: &str, instance: u32) -> String {
    format!("[[happenings]]\nat = '{at}'\ninstance-lost = 'i-{instance:08}'\n")
}

fn last(diary: &Diary) -> DeploymentReport {
    *diary.reports.last().expect("a deployment was told")
}

/// Living tasks of a family after each event: the most and the fewest from a time on.
fn most(diary: &Diary, family: &str) -> i64 {
    let (mut now, mut most) = (0, 0);
    for line in &diary.lines {
        now += i64::from(line.contains(&format!(" + {family} "))) - i64::from(line.contains(&format!(" - {family} ")));
        most = most.max(now);
    }
    most
}

/// Four tasks spread over four instances, one lost 20 s into the deployment, when no new one is healthy yet.
fn lost_during(option: &str) -> Diary {
    let text = cluster("['a']", 4, 8)
        + &service(4, "placementStrategy = [{ type = 'spread', field = 'instanceId' }]")
        + &lost("620s", 0)
        + &format!("[options]\ndeployment-replacements = '{option}'\n");
    diary(&text)
}

#[test]
fn r7_6a_a_task_lost_during_a_deployment_is_replaced_by_its_own_revision() {
    let started = |diary: &Diary, at: &str, family: &str| {
        diary.lines.iter().filter(|line| line.starts_with(&format!("{at} + {family}"))).count()
    };
    let own = lost_during("own-revision");
    assert_eq!([started(&own, "620", "old"), started(&own, "620", "new")], [1, 1], "{:?}", own.lines);
    let new = lost_during("new-revision");
    assert_eq!([started(&new, "620", "old"), started(&new, "620", "new")], [0, 1], "{:?}", new.lines);
    for diary in [own, new] {
        assert_eq!((last(&diary).outcome, diary.living.len()), (Outcome::Completed, 4));
        assert_eq!(most(&diary, "new") - 1, 4 - 1 + i64::from(most(&diary, "new") > 4));
    }
}

#[test]
fn r7_6a_a_scale_out_during_a_deployment_adds_to_both_revisions() {
    let text = |option: &str| {
        cluster("['a']", 4, 16)
            + &service(4, "desired = [{ at = '620s', count = 8 }]")
            + &format!("[options]\ndeployment-replacements = '{option}'\n")
    };
    let at_620 = |option: &str, family: &str| {
        let diary = diary(&text(option));
        diary.lines.iter().filter(|line| line.starts_with(&format!("620 + {family}"))).count()
    };
    // Four old and four new run: of the four more, two are old; the new revision wants eight in the end.
    assert_eq!((at_620("own-revision", "old"), at_620("own-revision", "new")), (2, 4));
    assert_eq!((at_620("new-revision", "old"), at_620("new-revision", "new")), (0, 4));
    let diary = diary(&text("own-revision"));
    assert_eq!((last(&diary).outcome, diary.living.len()), (Outcome::Completed, 8));
}

/// Where old tasks may stop, none is started to be stopped again: all that is missing is new.
#[test]
fn r7_6a_a_scale_out_starts_no_old_task_while_old_ones_may_stop() {
    let text =
        cluster("['a']", 1, 16) + &service(2, "minimum-healthy-percent = 0\ndesired = [{ at = '10m', count = 4 }]");
    let diary = diary(&text);
    let at_600 = |what: &str| diary.lines.iter().filter(|line| line.starts_with(&format!("600 {what}"))).count();
    assert_eq!([at_600("+ old"), at_600("+ new"), at_600("- old")], [0, 4, 2], "{:?}", diary.lines);
}

fn early(cleanup: &str) -> Diary {
    // Room for six: two new ones at first, the others as old ones go.
    let text = cluster("['a']", 1, 6)
        + &service(
            4,
            &format!(
                "minimum-healthy-percent = 50\nmaximum-percent = 150\nscale-in-protection = '20m'\n\
                 deployment-configuration = {{ early-success = {{ healthy-percent = 50, source-cleanup = '{cleanup}' }} }}"
            ),
        );
    diary(&text)
}

#[test]
fn r7_6b_early_success_ends_a_deployment_at_its_share_of_healthy_tasks() {
    let deferred = last(&early("DEFERRED"));
    assert_eq!((deferred.outcome, deferred.ended.0), (Outcome::Completed, 640_000), "two of four are healthy");
    let blocking = last(&early("BLOCKING"));
    assert_eq!((blocking.outcome, blocking.ended.0), (Outcome::Completed, 1_200_000), "when the old ones are gone");
    for cleanup in ["DEFERRED", "BLOCKING"] {
        let diary = early(cleanup);
        assert_eq!(diary.living.len(), 4, "what is missing is started after it");
        assert_eq!(diary.lines.iter().filter(|line| line.contains("+ new")).count(), 4);
    }
}

/// A service of four and room for as many tasks, deployed in stages.
fn staged(room: u32, configuration: &str, more: &str) -> Diary {
    let configuration = format!("deployment-configuration = {{ {configuration} }}\n{more}");
    diary(&(cluster("['a']", 1, room) + &service(4, &configuration)))
}

fn times(diary: &Diary, what: &str) -> Vec<u64> {
    let of = diary.lines.iter().filter(|line| line.contains(what));
    of.map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn r7_6c_blue_stays_whole_until_the_bake_time_is_over() {
    for (configuration, beside) in [
        ("strategy = 'BLUE_GREEN', bake-time = '5m'", 300),
        ("strategy = 'BLUE_GREEN', bake-time = '5m', pause = '2m'", 420),
        ("strategy = 'LINEAR', bake-time = '1m', step-percent = 25, step-bake-time = '2m'", 540),
        ("strategy = 'CANARY', bake-time = '1m', canary-percent = 12.5, canary-bake-time = '4m'", 300),
    ] {
        let diary = staged(8, configuration, "");
        assert_eq!(times(&diary, "+ new"), [600; 4], "{configuration}");
        assert_eq!(times(&diary, "- old"), [640 + beside; 4], "{configuration}");
        let report = last(&diary);
        assert_eq!((report.outcome, report.tasks_peak), (Outcome::Completed, 8));
        assert_eq!(report.clean_up.map(|at| at.0), Some((640 + beside) * 1_000));
        assert!(configuration.contains(report.strategy), "{}", report.strategy);
    }
}

#[test]
fn r7_6c_percentages_and_breaker_are_not_asked() {
    let percents = "minimum-healthy-percent = 0\nmaximum-percent = 100\n";
    let diary = staged(8, "strategy = 'BLUE_GREEN', bake-time = '5m'", percents);
    assert_eq!((times(&diary, "- old"), last(&diary).tasks_peak), (vec![940; 4], 8));
}

#[test]
fn r7_6c_if_green_cannot_be_placed_the_deployment_fails_and_blue_stays() {
    let diary = staged(7, "strategy = 'BLUE_GREEN', bake-time = '5m'", "");
    let report = last(&diary);
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.stuck.unwrap().0.text().contains("RESOURCE:CPU"));
    assert_eq!((times(&diary, "- old"), times(&diary, "- new").len()), (vec![], 3), "{:?}", diary.lines);
    assert_eq!(diary.living.len(), 4);
}

#[test]
fn r7_6c_a_later_deployment_ends_the_one_before_and_blue_is_still_the_old_one() {
    let text = cluster("['a']", 1, 12)
        + "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = 4\n\
           deployments = [{ at = '10m', task-definition = 'new' }, { at = '12m', task-definition = 'new' }]\n\
           deployment-configuration = { strategy = 'BLUE_GREEN', bake-time = '5m' }\n";
    let diary = diary(&text);
    let outcomes: Vec<Outcome> = diary.reports.iter().map(|report| report.outcome).collect();
    assert_eq!(outcomes, [Outcome::Superseded, Outcome::Completed]);
    assert_eq!(times(&diary, "- old"), [720 + 40 + 300; 4]);
}

#[test]
fn r7_6c_what_blue_loses_is_blue_again() {
    let text = cluster("['a']", 4, 8)
        + &service(
            4,
            "placementStrategy = [{ type = 'spread', field = 'instanceId' }]\n\
             deployment-configuration = { strategy = 'BLUE_GREEN', bake-time = '20m' }",
        )
        + &lost("700s", 0);
    let diary = diary(&text);
    let at_700 = |what: &str| diary.lines.iter().filter(|line| line.starts_with(&format!("700 {what}"))).count();
    assert_eq!((at_700("+ old"), at_700("+ new")), (1, 1), "{:?}", diary.lines);
    assert_eq!((last(&diary).outcome, diary.living.len()), (Outcome::Completed, 4));
}
