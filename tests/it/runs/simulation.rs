//! The event loop: order within a moment, waiting services, lost zones, and exact laws from outside.

use stowplan::engine::{Engine, InstanceStatus, ReferenceEngine, Setup};
use stowplan::model::{InstanceId, Requests, Scenario, SimTime};
use stowplan::simulation::{Control, Input, Observer, Rejection, Start, Stop, StopCause, Tasks, run};
use stowplan::workload::Workload;

use crate::support::scenario;

/// Everything that is told, as short lines.
#[derive(Default)]
struct Log {
    lines: Vec<String>,
    attempts: u64,
    failed: u64,
    living: i64,
    sample_at: Option<u64>,
    at_the_end: u64,
}

impl Observer for Log {
    fn placed(&mut self, start: &Start) {
        self.attempts += 1;
        self.living += 1;
        let waited = start.at.since(start.asked);
        let first = if start.is_first { " first" } else { "" };
        self.lines.push(format!("{} + {} on {}{first} waited {waited}", start.at, name(start.task), start.instance));
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.attempts += 1;
        self.failed += 1;
        let then = if rejection.waits { "waits" } else { "gives up" };
        self.lines.push(format!("{} ! {} {} {then}", rejection.at, name(rejection.task), rejection.reason));
    }

    fn stopped(&mut self, stop: &Stop) {
        self.living -= 1;
        let cause = if stop.cause == StopCause::InstanceLost { " lost" } else { "" };
        let last = if stop.is_last { " last" } else { "" };
        self.lines.push(format!("{} - {} on {}{cause}{last}", stop.at, name(stop.task), stop.instance));
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, _: InstanceStatus, to: InstanceStatus) {
        self.lines.push(format!("{at} instance {instance} {to:?}"));
    }

    fn next_sample(&self) -> Option<SimTime> {
        self.sample_at.map(SimTime)
    }

    fn sample(&mut self, at: SimTime, _: &dyn Engine, tasks: &dyn Tasks) {
        self.sample_at = None;
        self.lines.push(format!("{at} sample {}", count(tasks)));
    }

    fn snapshot(&mut self, at: SimTime, _: &dyn Engine, tasks: &dyn Tasks) {
        self.lines.push(format!("{at} snapshot {} waiting {}", count(tasks), tasks.waiting()));
    }

    fn finished(&mut self, at: SimTime, engine: &dyn Engine, tasks: &dyn Tasks) {
        engine.validate().unwrap();
        self.at_the_end = count(tasks);
        self.lines.push(format!("{at} end"));
    }
}

/// Replacements are numbered from 2^40.
fn name(task: u64) -> String {
    if task < 1 << 40 { format!("t{task}") } else { format!("r{}", task - (1 << 40)) }
}

fn count(tasks: &dyn Tasks) -> u64 {
    let mut count = 0;
    tasks.for_each(&mut |_, _| count += 1);
    count
}

fn run_logged(scenario: &Scenario, seed: u32, mut log: Log) -> Log {
    let requests = Requests::compile(scenario, &scenario.policies[0]);
    let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 9 };
    let control = Control::default();
    let input = Input { scenario, requests: &requests, seed, control: &control };
    let arrivals = Workload::new(scenario, &requests, seed);
    run(input, &mut ReferenceEngine::new(setup), arrivals, &mut log).unwrap();
    log
}

fn lines(text: &str) -> Vec<String> {
    run_logged(&scenario(text), 1, Log::default()).lines
}

const ONE_INSTANCE: &str = r#"
    name = "one"
    [cluster]
    zones = ["a", "b"]
    [[cluster.instances]]
    cpu = 1024
    memory = 1024
    count = 1
    [[task-definitions]]
    family = "half"
    cpu = 512
    memory = 512
    [[task-definitions]]
    family = "whole"
    cpu = 1024
    memory = 1024
"#;

#[test]
fn a_stop_makes_room_for_an_arrival_of_the_same_moment() {
    let text = format!(
        "{ONE_INSTANCE}
        [[tasks]]
        task-definition = 'whole'
        count = 1
        lifetime = {{ model = 'constant', value = '5s' }}
        [[tasks]]
        task-definition = 'whole'
        start = '5s'
        count = 2"
    );
    let expected = [
        "0 + t0 on 0 first waited 0",
        "5 - t0 on 0 last",
        "5 + t1 on 0 first waited 0",
        "5 ! t2 RESOURCE:CPU gives up",
        "5 snapshot 1 waiting 0",
        "5 end",
    ];
    assert_eq!(lines(&text), expected);
}

#[test]
fn a_service_waits_and_tries_again_at_its_interval() {
    let text = format!(
        "{ONE_INSTANCE}
        [options]
        retry-interval = '10s'
        [[tasks]]
        task-definition = 'half'
        count = 1
        start = '1s'
        lifetime = {{ model = 'constant', value = '12s' }}
        [[services]]
        name = 's'
        task-definition = 'half'
        desired-count = 3"
    );
    let expected = [
        "0 + t0 on 0 first waited 0",
        "0 + t1 on 0 waited 0",
        "0 ! t2 RESOURCE:CPU waits",
        "1 ! t3 RESOURCE:CPU gives up",
        "1 snapshot 2 waiting 1",
        "10 ! t2 RESOURCE:CPU waits",
        "10 end",
    ];
    assert_eq!(lines(&text), expected);
}

#[test]
fn services_that_wait_take_turns_by_name() {
    let text = format!(
        "{ONE_INSTANCE}
        [options]
        retry-interval = '10s'
        [[services]]
        name = 'first'
        task-definition = 'whole'
        desired-count = 1
        [[services]]
        name = 'b'
        task-definition = 'half'
        desired-count = 2
        [[services]]
        name = 'a'
        task-definition = 'half'
        desired-count = 1
        [[happenings]]
        at = '4s'
        zone-lost = 'a'
        [[happenings]]
        at = '5s'
        zone-returned = 'a'"
    );
    let lines = lines(&text);
    let after_return: Vec<&str> =
        lines.iter().map(String::as_str).skip_while(|line| *line != "5 instance 0 Active").collect();
    // Turns go a, b, first; b gets its second task only when all had a turn.
    let expected = [
        "5 instance 0 Active",
        "5 + t3 on 0 first waited 5",
        "5 + t1 on 0 waited 5",
        "5 ! r0 RESOURCE:CPU waits",
        "5 ! t2 RESOURCE:CPU waits",
        "5 snapshot 2 waiting 2",
        "10 ! t2 RESOURCE:CPU waits",
        "10 ! r0 RESOURCE:CPU waits",
        "10 end",
    ];
    assert_eq!(after_return, expected);
}

#[test]
fn a_lost_zone_takes_its_tasks_and_services_replace_theirs() {
    let text = r#"
        name = "two"
        horizon = "1m"
        [cluster]
        zones = ["a", "b"]
        [[cluster.instances]]
        cpu = 1024
        memory = 1024
        count = 2
        [[task-definitions]]
        family = "t"
        cpu = 256
        memory = 256
        [[services]]
        name = "s"
        task-definition = "t"
        desired-count = 2
        [[tasks]]
        task-definition = "t"
        count = 1
        placementStrategy = [{ type = "spread", field = "instanceId" }]
        lifetime = { model = "constant", value = "30s" }
        [[happenings]]
        at = "10s"
        zone-lost = "a"
    "#;
    let mut log = run_logged(&scenario(text), 1, Log { sample_at: Some(10_000), ..Log::default() });
    let expected = [
        "0 + t0 on 0 first waited 0",
        "0 + t1 on 1 first waited 0",
        "0 + t2 on 0 waited 0",
        "10 sample 3",
        "10 instance 0 Lost",
        "10 - t0 on 0 lost",
        "10 - t2 on 0 lost last",
        "10 + r0 on 1 waited 0",
        "10 snapshot 2 waiting 0",
        "60 end",
    ];
    assert_eq!(std::mem::take(&mut log.lines), expected);
    assert_eq!(log.at_the_end, 2);
}

#[test]
fn p4_p5_every_task_is_somewhere_and_every_attempt_ends_somehow() {
    let text = format!(
        "{ONE_INSTANCE}
        [[tasks]]
        task-definition = 'half'
        count = 500
        arrivals = {{ model = 'poisson', rate-per-hour = 60 }}
        lifetime = {{ model = 'exponential', mean = '3m' }}"
    );
    for seed in 1..=5 {
        let log = run_logged(&scenario(&text), seed, Log::default());
        let placed = log.lines.iter().filter(|line| line.contains(" + ")).count() as u64;
        assert_eq!(log.attempts, 500);
        assert_eq!(log.attempts, placed + log.failed);
        assert_eq!(u64::try_from(log.living), Ok(log.at_the_end));
        assert!(log.failed > 0, "the test must see refusals");
    }
}

/// Share of refused tasks with `slots` slots and `offered` tasks in service on average, over 20 seeds: mean and
/// standard error.
fn blocking(slots: u32, offered: f64, lifetime: &str) -> (f64, f64) {
    let text = format!(
        "name = 'erlang'
        [cluster]
        zones = ['a']
        [[cluster.instances]]
        cpu = {slots}
        memory = 1024
        count = 1
        [[task-definitions]]
        family = 't'
        cpu = 1
        memory = 1
        [[tasks]]
        task-definition = 't'
        count = 10000
        arrivals = {{ model = 'poisson', rate-per-hour = {offered} }}
        lifetime = {lifetime}"
    );
    let scenario = scenario(&text);
    let shares: Vec<f64> = (1..=20)
        .map(|seed| {
            let log = run_logged(&scenario, seed, Log::default());
            log.failed as f64 / log.attempts as f64
        })
        .collect();
    let n = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Whatever the law of lives, its mean alone decides (insensitivity of the Erlang loss system).
#[test]
fn p70_blocking_is_what_erlang_b_says() {
    let check = |slots, offered, lifetime, expected: f64| {
        let (mean, error) = blocking(slots, offered, lifetime);
        assert!((mean - expected).abs() < 4.9 * error, "B({slots}, {offered}) {lifetime}: {mean} ± {error}");
        assert!(error < 0.01, "the test can tell 0.2 from 0.25");
    };
    check(2, 1.0, "{ model = 'exponential', mean = '1h' }", 0.2);
    check(2, 1.0, "{ model = 'constant', value = '1h' }", 0.2);
    check(10, 7.0, "{ model = 'exponential', mean = '1h' }", 0.078_741);
}
