//! Services over time: golden cases of deployments, draining, rebalancing and scale-in, on both engines.

mod agents; // agents that are disconnected and connected again during a run
mod bounds; // deployments of every kind over random clusters
mod daemons; // DAEMON services: drained and activated again, returned, deployed, given up
mod deployments; // deployments by revision, with early success, and in stages
mod found; // tasks found running: old revisions and draining instances are replaced
mod providers; // capacity providers: golden cases, ratios, PROVISIONING tasks, scale-out
mod rebalancing; // moves between zones, step by step
mod refusals; // what failures to place a task lead to: quota, breaker, throttling
mod scaling; // the minute of the capacity providers: steps, pauses, what waits, what is idle
mod victims; // which task a service gives up

use stowplan::engine::{Engine, FastEngine, ReferenceEngine, Setup};
use stowplan::model::{InstanceId, Requests, Scenario, SimTime};
use stowplan::simulation::{
    Control, DeploymentReport, Input, MetricPoint, Observer, Outcome, Rejection, Scaling, Start, Stop, StopCause,
    Tasks, Wait, Withdrawal, run,
};
use stowplan::workload::Workload;

use crate::support::scenario;

/// What services do, as short lines: moments with the tasks started and stopped in them.
#[derive(Default)]
pub(crate) struct Diary {
    pub(crate) lines: Vec<String>,
    pub(crate) reports: Vec<DeploymentReport>,
    pub(crate) living: Vec<(u64, InstanceId)>,
    pub(crate) points: Vec<MetricPoint>,
    /// Tasks that waited and were wanted no more.
    pub(crate) withdrawn: u64,
    /// Families of the requests.
    families: Vec<String>,
}

impl Observer for Diary {
    fn placed(&mut self, start: &Start) {
        self.living.push((start.task, start.instance));
        self.lines.push(format!("{} + {} on {}", start.at, self.families[start.request.index()], start.instance));
    }

    fn rejected(&mut self, rejection: &Rejection) {
        let family = &self.families[rejection.request.index()];
        let late = if rejection.is_timed_out { "timed out: " } else { "" };
        self.lines.push(format!("{} ! {family} {late}{}", rejection.at, rejection.reason));
    }

    fn waiting(&mut self, wait: &Wait) {
        let family = &self.families[wait.request.index()];
        self.lines.push(format!("{} ~ {family} {}", wait.at, wait.reason));
    }

    fn withdrawn(&mut self, _withdrawal: &Withdrawal) {
        self.withdrawn += 1;
    }

    fn stopped(&mut self, stop: &Stop) {
        self.living.retain(|(task, _)| *task != stop.task);
        let family = &self.families[stop.request.index()];
        self.lines.push(format!("{} - {family} on {} {}", stop.at, stop.instance, stop.cause.text()));
    }

    fn held_pending(&mut self, at: SimTime, _task: u64, until: SimTime) {
        self.lines.push(format!("{at} held until {until}"));
    }

    fn measured(&mut self, point: &MetricPoint) {
        self.points.push(*point);
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        self.reports.push(*report);
    }

    fn finished(&mut self, _at: SimTime, engine: &dyn Engine, tasks: &dyn Tasks) {
        engine.validate().unwrap();
        let mut count = 0;
        tasks.for_each(&mut |_, _| count += 1);
        assert_eq!(count, self.living.len(), "every task that was started and not stopped lives");
    }
}

impl Diary {
    /// Lines of times after `seconds`.
    pub(crate) fn after(&self, seconds: u64) -> Vec<&str> {
        let time = |line: &str| line.split(' ').next().unwrap().parse::<f64>().unwrap();
        self.lines.iter().map(String::as_str).filter(|line| time(line) > seconds as f64).collect()
    }

    /// Living tasks on each of the first `instances` instances.
    pub(crate) fn on_instances(&self, instances: u32) -> Vec<usize> {
        (0..instances).map(|id| self.living.iter().filter(|(_, at)| at.0 == id).count()).collect()
    }
}

fn run_one<E: Engine>(scenario: &Scenario, requests: &Requests, mut engine: E) -> Diary {
    let family = |request: &stowplan::model::Request| scenario.definitions[request.definition.index()].family.clone();
    let mut diary = Diary { families: requests.table.iter().map(family).collect(), ..Diary::default() };
    let control = Control::default();
    let input = Input { scenario, requests, seed: 1, control: &control };
    run(input, &mut engine, Workload::new(scenario, requests, 1), &mut diary).unwrap();
    diary
}

/// Runs a text on both engines, which must tell the same.
pub(crate) fn diary(text: &str) -> Diary {
    diary_of(&scenario(text))
}

fn diary_of(scenario: &Scenario) -> Diary {
    let requests = Requests::compile(scenario, &scenario.policies[0]);
    let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 9 };
    let reference = run_one(scenario, &requests, ReferenceEngine::new(setup));
    let fast = run_one(scenario, &requests, FastEngine::new(setup));
    assert_eq!(fast.lines, reference.lines);
    assert_eq!(fast.reports, reference.reports);
    assert_eq!(fast.points, reference.points);
    reference
}

/// `instances` of room for `tasks` tasks each, dealt over the zones; two revisions `old` and `new` of one size.
pub(crate) fn cluster(zones: &str, instances: u32, tasks: u32) -> String {
    format!(
        "name = 'x'
        horizon = '1h'
        [cluster]
        zones = {zones}
        [[cluster.instances]]
        cpu = {}
        memory = 100000
        count = {instances}
        [[task-definitions]]
        family = 'old'
        cpu = 100
        memory = 10
        [[task-definitions]]
        family = 'new'
        cpu = 100
        memory = 10
        ",
        tasks * 100
    )
}

fn service(desired: u32, more: &str) -> String {
    format!("[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = {desired}\n{more}\n")
}

const DEPLOY: &str = "deployments = [{ at = '10m', task-definition = 'new' }]";

#[test]
fn g14_a_full_cluster_replaces_half_at_a_time() {
    let text =
        cluster("['a']", 1, 4) + &service(4, &format!("minimum-healthy-percent = 50\nmaximum-percent = 100\n{DEPLOY}"));
    let diary = diary(&text);
    let expected = [
        "600 - old on 0 deployment",
        "600 - old on 0 deployment",
        "600 + new on 0",
        "600 + new on 0",
        "640 - old on 0 deployment",
        "640 - old on 0 deployment",
        "640 + new on 0",
        "640 + new on 0",
    ];
    assert_eq!(diary.after(0), expected);
    let report = diary.reports[0];
    assert_eq!(
        (report.outcome, report.started, report.ended),
        (Outcome::Completed, SimTime(600_000), SimTime(680_000))
    );
    assert_eq!((report.tasks_started, report.tasks_stopped, report.tasks_peak), (4, 4, 4));
    assert_eq!(report.reserved_peak, (400, 40));
}

#[test]
fn g15_with_room_for_twice_as_many_all_start_before_any_stops() {
    let diary = diary(&(cluster("['a']", 1, 8) + &service(4, DEPLOY)));
    let expected = [["600 + new on 0"; 4], ["640 - old on 0 deployment"; 4]].concat();
    assert_eq!(diary.after(0), expected);
    assert_eq!((diary.reports[0].tasks_peak, diary.reports[0].reserved_peak), (8, (800, 80)));
}

#[test]
fn g16_a_service_of_two_in_one_zone_is_moved_until_it_is_balanced() {
    // The second zone is lost when the service is created, and comes back.
    let text = cluster("['a', 'b']", 2, 4)
        + &service(2, "availability-zone-rebalancing = true\nhealthy-after = '20s'")
        + "[[happenings]]\nat = '1m'\nzone-lost = 'b'\n[[happenings]]\nat = '5m'\nzone-returned = 'b'\n";
    let diary = diary(&text);
    assert_eq!(diary.after(299), ["300 + old on 1", "320 - old on 0 rebalanced"]);
    assert_eq!(diary.on_instances(2), [1, 1]);
}

#[test]
fn g17_two_and_one_over_two_zones_is_balanced_and_so_is_two_two_one_over_three() {
    let check = |zones: &str, count: u32, desired: u32, expected: &[usize]| {
        let text = cluster(zones, count, 9)
            + &service(desired, "availability-zone-rebalancing = true")
            + "[[happenings]]\nat = '1m'\nzone-lost = 'b'\n[[happenings]]\nat = '5m'\nzone-returned = 'b'\n";
        let diary = diary(&text);
        let mut counts = diary.on_instances(count);
        counts.sort_unstable();
        assert_eq!(counts, expected);
        let moved = diary.lines.iter().filter(|line| line.ends_with("rebalanced")).count();
        assert_eq!(moved, 1, "{:?}", diary.lines);
    };
    check("['a', 'b']", 2, 3, &[1, 2]);
    check("['a', 'b', 'c']", 3, 5, &[1, 2, 2]);
}

#[test]
fn g29_old_tasks_count_so_that_a_deployment_leaves_a_service_lopsided() {
    let text = cluster("['a', 'b', 'c']", 3, 9)
        + &service(
            2,
            &format!(
                "{DEPLOY}\nplacementStrategy = [{{ type = 'spread', field = 'attribute:ecs.availability-zone' }}]"
            ),
        );
    let diary = diary(&text);
    assert_eq!(diary.after(0)[..2], ["600 + new on 2", "600 + new on 0"], "the empty zone first, then a tie");
    assert_eq!(diary.on_instances(3), [1, 0, 1]);
    assert_eq!(diary.reports[0].zone_skew, 1);
}

#[test]
fn g30_distinct_instances_that_are_all_taken_block_a_deployment() {
    let text = cluster("['a']", 3, 9)
        + &service(3, &format!("{DEPLOY}\nplacementConstraints = [{{ type = 'distinctInstance' }}]"));
    let diary = diary(&text);
    let after = diary.after(0);
    assert!(after.iter().all(|line| line.contains("! new DistinctInstance")), "{after:?}");
    let report = diary.reports[0];
    assert_eq!(report.outcome, Outcome::Unfinished);
    let (reason, since) = report.stuck.unwrap();
    assert_eq!((reason.text(), since), ("DistinctInstance placement constraint unsatisfied.", SimTime(600_000)));
}

#[test]
fn percentages_that_let_nothing_move_are_reported_as_such() {
    for (desired, minimum, maximum) in [(4, 100, 100), (7, 90, 110), (1, 50, 100)] {
        let mut scenario = scenario(&(cluster("['a']", 1, 20) + &service(desired, DEPLOY)));
        // A file with both percentages at 100 is refused; where the counts alone are stuck, it is not.
        let settings = &mut scenario.services[0].settings;
        (settings.minimum_healthy_percent, settings.maximum_percent) = (minimum, maximum);
        let diary = diary_of(&scenario);
        assert_eq!(diary.after(0), Vec::<&str>::new());
        let (reason, since) = diary.reports[0].stuck.unwrap();
        assert!(reason.text().contains("because of the service deployment configuration"));
        assert_eq!(since, SimTime(600_000));
    }
}

#[test]
fn g31_replacements_of_a_drained_instance_follow_each_services_own_zones() {
    // Zone a has two instances and eight tasks, b and c one instance and five tasks each.
    let mut text = "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a', 'b', 'c']\n".to_owned();
    for zone in ["a", "a", "b", "c"] {
        text += &format!("[[cluster.instances]]\ncpu = 4000\nmemory = 4000\ncount = 1\nzones = ['{zone}']\n");
    }
    text += "[[task-definitions]]\nfamily = 'old'\ncpu = 100\nmemory = 10\n";
    for name in ["u", "v", "w"] {
        text += &format!("[[services]]\nname = '{name}'\ntask-definition = 'old'\ndesired-count = 6\n");
    }
    text += "[[policies]]\nname = 'p'\nplacementStrategy = [{ type = 'spread', field = 'attribute:ecs.availability-zone' }, \
             { type = 'binpack', field = 'cpu' }]\n[[happenings]]\nat = '10m'\ninstance-drained = 'i-00000000'\n\
             [options]\nspread-counts-draining = false\n";
    let diary = diary(&text);
    assert_eq!(
        diary.on_instances(4),
        [0, 6, 6, 6],
        "every service keeps 2 in each zone, now on the other instance of a"
    );
    let drained = diary.lines.iter().filter(|line| line.ends_with("drained")).count();
    assert_eq!(drained, 6);
}

#[test]
fn a_drained_instance_keeps_its_tasks_until_their_replacements_are_healthy() {
    let text =
        cluster("['a']", 2, 4) + &service(2, "") + "[[happenings]]\nat = '10m'\ninstance-drained = 'i-00000000'\n";
    assert_eq!(diary(&text).after(0), ["600 + old on 1", "640 - old on 0 drained"]);
    let stuck = cluster("['a']", 2, 4)
        + &service(2, "maximum-percent = 100")
        + "[[happenings]]\nat = '10m'\ninstance-drained = 'i-00000000'\n";
    assert_eq!(diary(&stuck).after(0), Vec::<&str>::new(), "both percentages 100: stuck");
}

#[test]
fn g2_scale_in_takes_from_the_fullest_zone_and_there_from_the_fullest_instance() {
    let text =
        cluster("['a', 'b']", 4, 9) + &service(7, "desired = [{ at = '1m', count = 6 }, { at = '2m', count = 4 }]");
    // Seven over a1 b1 a2 b2: a has 4 (2 and 2), b has 3 (2 and 1).
    let expected = ["60 - old on 0 scaled-in", "120 - old on 1 scaled-in", "120 - old on 2 scaled-in"];
    assert_eq!(diary(&text).after(0), expected);
}

#[test]
fn protected_tasks_outlive_scale_in_until_their_protection_ends() {
    let more = "scale-in-protection = '30m'\ndesired = [{ at = '10m', count = 1 }]";
    let diary = diary(&(cluster("['a']", 1, 9) + &service(3, more)));
    assert_eq!(diary.after(0), ["1800 - old on 0 scaled-in"; 2]);
}

#[test]
fn the_breaker_goes_back_to_the_last_completed_revision() {
    // The new revision fits nowhere; desired 4 trips the breaker at 3 failures, one every 10 s.
    let text = cluster("['a']", 1, 8).replace("family = 'new'\n        cpu = 100", "family = 'new'\n        cpu = 700")
        + &service(4, &format!("{DEPLOY}\ncircuit-breaker = {{ rollback = true }}"));
    let diary = diary(&text);
    let outcomes: Vec<_> =
        diary.reports.iter().map(|report| (report.outcome, report.revision, report.ended.0)).collect();
    assert_eq!(outcomes, [(Outcome::RolledBack, 1, 620_000), (Outcome::Completed, 0, 620_000)]);
    assert_eq!(diary.living.len(), 4);
}

#[test]
fn without_rollback_a_failed_deployment_is_given_up() {
    let text = cluster("['a']", 1, 8).replace("family = 'new'\n        cpu = 100", "family = 'new'\n        cpu = 700")
        + &service(4, &format!("{DEPLOY}\ncircuit-breaker = {{ threshold-type = 'COUNT', threshold-value = 2 }}"));
    let diary = diary(&text);
    // Each of the four tasks is refused once, and the oldest once more at the retry that trips the breaker.
    assert_eq!(diary.after(0), [&["600 ! new RESOURCE:CPU"; 4][..], &["610 ! new RESOURCE:CPU"]].concat());
    assert_eq!(diary.withdrawn, 4, "nobody waits for them any longer");
    assert_eq!(diary.reports[0].outcome, Outcome::Failed);
}

#[test]
fn throttled_services_wait_twice_as_long_after_every_failure() {
    let text = cluster("['a']", 1, 1)
        + &service(2, "")
        + "[options]\nretry-throttling = true\n[[tasks]]\ntask-definition = 'old'\n\
        start = '59m'\ncount = 1\n";
    let diary = diary(&text);
    let times: Vec<&str> =
        diary.lines.iter().filter(|line| line.contains("! old")).map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(times, ["0", "10", "30", "70", "150", "310", "630", "1270", "2170", "3070", "3540"]);
}

#[test]
fn a_daemon_runs_on_every_instance_comes_first_and_leaves_last() {
    let text = cluster("['a']", 2, 3)
        + "[[services]]\nname = 'z'\ntask-definition = 'new'\nscheduling-strategy = 'DAEMON'\n"
        + &service(5, "minimum-healthy-percent = 0")
        + "[[happenings]]\nat = '10m'\ninstance-drained = 'i-00000000'\n";
    let diary = diary(&text);
    assert_eq!(diary.lines[..3], ["0 + new on 0", "0 + new on 1", "0 + old on 0"]);
    assert_eq!(diary.lines.iter().filter(|line| line.starts_with("0 + old")).count(), 4, "the daemons' room is theirs");
    let drained: Vec<&str> = diary.after(599).into_iter().filter(|line| line.contains(" - ")).collect();
    assert_eq!(drained, ["600 - old on 0 drained", "600 - old on 0 drained", "600 - new on 0 drained"]);
}

#[test]
fn a_new_daemon_revision_takes_the_room_of_the_old_one() {
    let text = cluster("['a']", 2, 2)
        + &format!(
            "[[services]]\nname = 'z'\ntask-definition = 'old'\nscheduling-strategy = 'DAEMON'\nminimum-healthy-percent = 50\n{DEPLOY}\n"
        )
        + &service(4, "").replace("'s'", "'replica'");
    let diary = diary(&text);
    let moved: Vec<&str> = diary.after(599).into_iter().filter(|line| !line.contains('!')).collect();
    let expected = ["600 - old on 0 deployment", "600 + new on 0", "640 - old on 1 deployment", "640 + new on 1"];
    assert_eq!(moved, expected);
    assert_eq!(diary.reports[0].outcome, Outcome::Completed);
}

#[test]
fn a_stop_delay_holds_a_task_until_its_instance_has_the_room() {
    let text = cluster("['a']", 1, 4)
        + &service(4, &format!("minimum-healthy-percent = 50\nmaximum-percent = 100\n{DEPLOY}"))
        + "[options]\nstop-delay = '30s'\n";
    let diary = diary(&text);
    let held: Vec<&str> = diary.lines.iter().map(String::as_str).filter(|line| line.contains("held")).collect();
    assert_eq!(held, ["600 held until 630", "600 held until 630", "670 held until 700", "670 held until 700"]);
    assert_eq!(diary.reports[0].ended, SimTime(740_000), "40 s after the last runs");
}

#[test]
fn stopping_tasks_count_against_the_maximum_where_asked() {
    let options = "[options]\nstop-delay = '30s'\nmaximum-counts-stopping = true\n";
    let text = cluster("['a']", 1, 9)
        + &service(4, &format!("minimum-healthy-percent = 50\nmaximum-percent = 100\n{DEPLOY}"))
        + options;
    let starts: Vec<String> = diary(&text).lines.into_iter().filter(|line| line.contains("+ new")).collect();
    assert_eq!(starts, ["630 + new on 0", "630 + new on 0", "700 + new on 0", "700 + new on 0"]);
}

#[test]
fn a_patch_wave_takes_instances_in_turn_and_brings_them_back() {
    let text = cluster("['a']", 3, 4)
        + &service(3, "")
        + "[[happenings]]\nat = '10m'\npatch-wave = { at-a-time = 1, duration = '2m' }\n";
    let diary = diary(&text);
    let causes = |cause: StopCause| diary.lines.iter().filter(|line| line.ends_with(cause.text())).count();
    assert!(causes(StopCause::Drained) >= 3 && causes(StopCause::InstanceLost) == 0, "{:?}", diary.lines);
    assert_eq!(diary.living.len(), 3);
}

#[test]
fn a_standalone_task_that_never_ends_is_lost_at_the_deadline_of_a_patch() {
    let text = cluster("['a']", 2, 4)
        + "[[tasks]]\ntask-definition = 'old'\ncount = 1\nplacementStrategy = [{ type = 'binpack', field = 'cpu' }]\n\
           [[happenings]]\nat = '10m'\npatch-wave = { at-a-time = 1, duration = '2m', deadline = '15m' }\n";
    assert_eq!(diary(&text).after(0), ["1500 - old on 0 instance-lost"]);
}

#[test]
fn spot_instances_drain_for_two_minutes_and_are_lost() {
    let text = cluster("['a']", 2, 4)
        + &service(2, "healthy-after = '3m'")
        + "[[happenings]]\nat = '10m'\nspot-interruption = { count = 1, replaced-after = '5m' }\n";
    let diary = diary(&text);
    let after = diary.after(0);
    assert!(after[0].starts_with("600 + old on"), "{after:?}");
    assert!(after[1].starts_with("720 - old on") && after[1].ends_with("instance-lost"), "{after:?}");
    assert_eq!(diary.living.len(), 2);
}

#[test]
fn instances_fail_about_as_often_as_their_mean_time_says() {
    let text = "name = 'f'\nhorizon = '1000h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 100\nmemory = 100\n\
        count = 20\n[[task-definitions]]\nfamily = 'old'\ncpu = 100\nmemory = 100\n[[services]]\nname = 's'\n\
        task-definition = 'old'\ndesired-count = 20\n[failures]\nmean-time = '100h'\nreplaced-after = '0s'\n";
    let lost = diary(text).lines.iter().filter(|line| line.ends_with("instance-lost")).count();
    // 200 expected, standard deviation 14.
    assert!((140..=260).contains(&lost), "{lost} failures");
}

#[test]
fn a_registered_instance_takes_what_waits() {
    let text = cluster("['a']", 1, 2)
        + &service(3, "")
        + "[[happenings]]\nat = '5s'\ninstances-registered = { like = 'i-00000000', count = 1 }\n";
    assert_eq!(diary(&text).after(0), ["5 + old on 1"]);
}

#[test]
fn a_daily_curve_starts_and_stops_tasks() {
    let text = "name = 'c'\nhorizon = '2d'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 5000\nmemory = 5000\n\
        count = 2\n[[task-definitions]]\nfamily = 'old'\ncpu = 100\nmemory = 10\n[[services]]\nname = 's'\n\
        task-definition = 'old'\ndesired-curve = { mean = 10, amplitude = 6, peak = '12h', step = '1h' }\n";
    let diary = diary(text);
    let starts = diary.lines.iter().filter(|line| line.contains(" + ")).count();
    let stops = diary.lines.iter().filter(|line| line.ends_with("scaled-in")).count();
    // 4 at midnight, up to 16 and down to 4, twice.
    assert_eq!((starts, stops), (4 + 12 + 12, 24));
}

#[test]
fn the_service_that_has_waited_longest_comes_first_where_asked() {
    let services = "[[services]]\nname = 'a'\ntask-definition = 'new'\ndesired-count = 0\ndesired = [{ at = '20s', count = 2 }]\n\
        [[services]]\nname = 'b'\ntask-definition = 'old'\ndesired-count = 3\n\
        [[happenings]]\nat = '35s'\ninstances-registered = { like = 'i-00000000', count = 1 }\n";
    let text = |options: &str| cluster("['a']", 1, 1) + services + options;
    let first = |options: &str| diary(&text(options)).after(34)[0].to_owned();
    assert_eq!(first(""), "35 + new on 1");
    assert_eq!(first("[options]\nservice-turns = 'oldest-pending'\n"), "35 + old on 1");
}

/// One provider of instances for eight tasks each.
pub(crate) fn provider(instances: u32, service: &str, more: &str) -> String {
    format!(
        "name = 'x'\nhorizon = '3h'\n[cluster]\nzones = ['a']\n[[cluster.instances]]\ncpu = 800\nmemory = 1000\n\
         count = {instances}\ncapacity-provider = 'p'\n[[task-definitions]]\nfamily = 'old'\ncpu = 100\nmemory = 10\n\
         [[capacity-providers]]\nname = 'p'\n{more}\n[[services]]\nname = 's'\ntask-definition = 'old'\n\
         capacity-provider = 'p'\n{service}\n"
    )
}

#[test]
fn from_zero_a_provider_launches_two_instances_and_waits_until_they_are_warm() {
    // Three instances are needed; the metric of 200 asks for two, which are warm 300 s after they are up.
    let diary = diary(&provider(0, "desired-count = 20", "start-delay = '90s'"));
    let out: Vec<_> = diary.points.iter().filter(|point| matches!(point.scaling, Scaling::Out(_))).collect();
    assert_eq!((out[0].at, out[0].running, out[0].needed, out[0].reservation), (SimTime(60_000), 0, 3, (200, 1)));
    assert_eq!(out[0].scaling, Scaling::Out(2));
    let placed: Vec<&str> = diary.after(0).into_iter().filter(|line| line.contains('+')).collect();
    let at = |second: &str| placed.iter().filter(|line| line.starts_with(second)).count();
    assert_eq!((at("150 "), at("570 ")), (16, 4), "{placed:?}");
}

#[test]
fn g33_protection_keeps_every_instance_that_has_a_task_after_a_peak() {
    let service = "desired-count = 32\ndesired = [{ at = '30m', count = 4 }]";
    let spread = "placementStrategy = [{ type = 'spread', field = 'instanceId' }]";
    let kept = |placement: &str| {
        let diary = diary(&provider(4, &format!("{service}\n{placement}"), ""));
        (diary.points.last().unwrap().running, diary.on_instances(4).into_iter().filter(|&tasks| tasks > 0).count())
    };
    assert_eq!(kept(spread), (4, 4), "one task everywhere, no instance goes");
    assert_eq!(kept("placementStrategy = [{ type = 'binpack', field = 'cpu' }]"), (1, 1), "three go");
}

#[test]
fn without_protection_an_instance_with_tasks_is_drained_and_goes() {
    let more = "managed-termination-protection = false";
    let service = "desired-count = 8\nplacementStrategy = [{ type = 'spread', field = 'instanceId' }]\n\
        desired = [{ at = '5m', count = 2 }]";
    let diary = diary(&provider(4, service, &format!("{more}\ntarget-capacity = 100\n")));
    assert!(diary.living.len() == 2 && diary.points.last().unwrap().running <= 2, "{:?}", diary.points.last());
    // All tasks are on the oldest instance, which goes first. Managed draining replaces them before; without it they are
    // lost with it.
    let packed = "desired-count = 8\nplacementStrategy = [{ type = 'binpack', field = 'cpu' }]";
    let stops = |more: &str, cause: &str| {
        let lines = self::diary(&provider(4, packed, more)).lines;
        lines.iter().filter(|line| line.ends_with(cause)).count()
    };
    assert!(stops(more, "drained") >= 8 && stops(more, "instance-lost") == 0);
    let without = format!("{more}\nmanaged-draining = false");
    assert!(stops(&without, "drained") == 0 && stops(&without, "instance-lost") >= 8);
}

#[test]
fn tasks_of_a_provider_stay_on_its_instances() {
    let text = provider(1, "desired-count = 12", "maximum-size = 1")
        + "[[services]]\nname = 'free'\ntask-definition = 'old'\ndesired-count = 9\n";
    let text =
        text.replace("[[task-definitions]]", "[[cluster.instances]]\ncpu = 800\nmemory = 1000\n[[task-definitions]]");
    let diary = diary(&text);
    let refused = diary.lines.iter().find(|line| line.contains('!')).unwrap();
    assert!(refused.contains("RESOURCE:CPU"), "{refused}");
    assert_eq!(diary.on_instances(2).iter().sum::<usize>(), 16);
    assert!(diary.points.iter().all(|point| point.running == 1 && point.waiting > 0));
}

#[test]
fn r7_31_a_daemon_that_runs_already_is_not_started_twice_and_drains_with_its_instance() {
    let text = cluster("['a']", 2, 4)
        + "[[running]]
        task-definition = 'old'
        group = 'service:s'
        instances = { i-00000000 = 1 }
        [[services]]
        name = 's'
        task-definition = 'old'
        scheduling-strategy = 'DAEMON'
        [[happenings]]
        at = '10m'
        instance-drained = 'i-00000000'
        [[happenings]]
        at = '20m'
        instance-lost = 'i-00000001'";
    let expected = ["0 + old on 0", "0 + old on 1", "600 - old on 0 drained", "1200 - old on 1 instance-lost"];
    assert_eq!(diary(&text).lines, expected);
}
