//! Deployments of every kind, of services and daemons, with GPUs in every form, over random clusters never leave their
//! bounds (R-7.2, R-7.5 to R-7.6c, R-7.31).

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use stowplan::engine::{Engine, FastEngine, ReferenceEngine, Setup};
use stowplan::model::{
    DeploymentStrategy, GroupId, InstanceId, RequestId, Requests, Scenario, Scheduling, Service, SimTime,
};
use stowplan::simulation::{Control, DeploymentReport, Input, Observer, Outcome, Start, Stop, StopCause, run};
use stowplan::workload::Workload;

use crate::support::scenario;

/// Follows the tasks of every service and notes what leaves its bounds.
struct Watch<'a> {
    scenario: &'a Scenario,
    requests: &'a Requests,
    /// Kind, instance and start of every living task.
    living: BTreeMap<u64, (RequestId, InstanceId, SimTime)>,
    lines: Vec<String>,
    /// Too many tasks, too few healthy ones.
    above: Vec<String>,
    below: Vec<String>,
    reports: Vec<DeploymentReport>,
}

impl Watch<'_> {
    fn service(&self, request: RequestId) -> Option<&Service> {
        let group = &self.requests.groups[self.requests[request].group.index()];
        self.scenario.services.iter().find(|service| *group == format!("service:{}", service.name))
    }

    fn of_group(&self, group: GroupId) -> impl Iterator<Item = &(RequestId, InstanceId, SimTime)> {
        self.living.values().filter(move |(request, ..)| self.requests[*request].group == group)
    }

    fn healthy(&self, group: GroupId, service: &Service, now: SimTime) -> u64 {
        let is_healthy = |task: &&(RequestId, InstanceId, SimTime)| now.since(task.2) >= service.settings.healthy_after;
        self.of_group(group).filter(is_healthy).count() as u64
    }
}

/// The desired counts of a service until now: the one of now, and the most.
fn desired(service: &Service, now: SimTime) -> [u64; 2] {
    let steps = service.settings.steps.iter().filter(|(at, _)| *at <= now).map(|(_, count)| u64::from(*count));
    let all: Vec<u64> = std::iter::once(u64::from(service.desired_count)).chain(steps).collect();
    [*all.last().unwrap(), *all.iter().max().unwrap()]
}

fn is_staged(service: &Service) -> bool {
    matches!(service.settings.strategy, DeploymentStrategy::Staged(_))
}

impl Observer for Watch<'_> {
    fn placed(&mut self, start: &Start) {
        self.lines.push(format!("{} + {} on {}", start.at, start.request, start.instance));
        self.living.insert(start.task, (start.request, start.instance, start.at));
        let Some(service) = self.service(start.request) else { return };
        let group = self.requests[start.request].group;
        let count = self.of_group(group).count() as u64;
        let there = self.of_group(group).filter(|(_, instance, _)| *instance == start.instance).count();
        let [now, most] = desired(service, start.at);
        let bound = match service.settings.scheduling {
            Scheduling::Daemon if there > 1 => 0,
            Scheduling::Daemon => count,
            // Both revisions run whole; percentages are not asked (R-7.6c).
            Scheduling::Replica if is_staged(service) => 2 * most,
            Scheduling::Replica => now * u64::from(service.settings.maximum_percent) / 100,
        };
        if count > bound {
            let what = format!("{}: {count} tasks of {}, bound {bound}", start.at, service.name);
            self.above.push(what);
        }
    }

    fn stopped(&mut self, stop: &Stop) {
        self.lines.push(format!("{} - {} on {} {}", stop.at, stop.request, stop.instance, stop.cause.text()));
        let (request, _, since) = self.living.remove(&stop.task).expect("it lives");
        let Some(service) = self.service(request) else { return };
        let group = self.requests[request].group;
        let was_healthy = stop.at.since(since) >= service.settings.healthy_after;
        if stop.cause != StopCause::Deployment || !was_healthy {
            return;
        }
        let healthy = self.healthy(group, service, stop.at);
        let wanted = match service.settings.scheduling {
            Scheduling::Daemon => self.of_group(group).count() as u64 + 1,
            Scheduling::Replica => desired(service, stop.at)[0],
        };
        let is_failed = is_staged(service) && self.requests[request].definition != service.definition;
        let least = match service.settings.scheduling {
            // All of the first revision is there until the next one is whole and healthy; one that failed may go.
            Scheduling::Replica if is_staged(service) && !is_failed => wanted,
            Scheduling::Replica if is_staged(service) => 0,
            _ => (wanted * u64::from(service.settings.minimum_healthy_percent)).div_ceil(100),
        };
        if healthy < least {
            let what = format!("{}: {healthy} healthy tasks of {}, at least {least}", stop.at, service.name);
            self.below.push(what);
        }
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        self.lines.push(format!("{report:?}"));
        self.reports.push(*report);
    }
}

fn watch<'a, E: Engine>(scenario: &'a Scenario, requests: &'a Requests, mut engine: E) -> Watch<'a> {
    let mut watch = Watch {
        scenario,
        requests,
        living: BTreeMap::new(),
        lines: Vec::new(),
        above: Vec::new(),
        below: Vec::new(),
        reports: Vec::new(),
    };
    let control = Control::default();
    let input = Input { scenario, requests, seed: 1, control: &control };
    run(input, &mut engine, Workload::new(scenario, requests, 1), &mut watch).unwrap();
    engine.validate().unwrap();
    watch
}

/// A deployment of every kind, and the percentages that hold for it.
fn configurations() -> impl Strategy<Value = &'static str> {
    select(vec![
        "strategy = 'ROLLING'",
        "early-success = { healthy-percent = 100 }",
        "early-success = { healthy-percent = 100, source-cleanup = 'DEFERRED' }",
        "strategy = 'BLUE_GREEN', bake-time = '2m'",
        "strategy = 'BLUE_GREEN', bake-time = '2m', pause = '1m'",
        "strategy = 'LINEAR', bake-time = '1m', step-bake-time = '20s'",
        "strategy = 'CANARY', bake-time = '1m', canary-bake-time = '1m'",
    ])
}

/// Two revisions that ask for GPUs in one form, or for none.
fn forms() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "gpu = 1", "gpu = 'ALL'", "gpu = '0.25'", "gpu-memory = 5", "gpu-memory = 9"])
}

/// A service that is deployed twice and scaled in between.
#[derive(Clone, Copy, Debug)]
struct Deployed {
    instances: u32,
    /// Tasks for which an instance has cpu.
    room: u32,
    desired: u32,
    scaled: u32,
    /// The minute of the second deployment.
    second: u32,
    percents: Percents,
    configuration: &'static str,
    form: &'static str,
    has_daemon: bool,
}

#[derive(Clone, Copy, Debug)]
struct Percents {
    minimum: u32,
    maximum: u32,
}

prop_compose! {
    fn deployed()(
        instances in 1..4_u32,
        room in 1..7_u32,
        desired in 1..8_u32,
        scaled in 0..9_u32,
        second in 11..30_u32,
        percents in select([(100, 200), (50, 100), (0, 150), (75, 125)].map(|(minimum, maximum)| Percents { minimum, maximum }).to_vec()),
        configuration in configurations(),
        form in forms(),
        has_daemon in any::<bool>(),
    ) -> Deployed {
        Deployed { instances, room, desired, scaled, second, percents, configuration, form, has_daemon }
    }
}

fn text(deployed: Deployed) -> String {
    let Deployed { instances, room, desired, scaled, second, percents, configuration, form, has_daemon } = deployed;
    let definition = |family: &str, cpu: u32, form: &str| {
        format!("[[task-definitions]]\nfamily = '{family}'\ncpu = {cpu}\nmemory = 10\n{form}\n")
    };
    let cluster = |more: &str| {
        format!("[[cluster.instances]]\ncpu = {}\nmemory = 1000\ncount = {instances}\n{more}\n", room * 100)
    };
    let daemons = "[[services]]\nname = 'd'\ntask-definition = 'log'\nscheduling-strategy = 'DAEMON'\n\
                   minimum-healthy-percent = 50\ndeployments = [{ at = '10m', task-definition = 'log-2' }]\n";
    let (minimum, maximum) =
        (format!("minimum-healthy-percent = {}", percents.minimum), format!("maximum-percent = {}", percents.maximum));
    "name = 'x'\nhorizon = '1h'\n[cluster]\nzones = ['a', 'b']\n".to_owned()
        + &cluster("gpu = 2\ngpu-memory = [10, 20]")
        + &cluster("gpu = 3\ngpu-slice = '0.25'")
        + &definition("old", 100, form)
        + &definition("new", 100, form)
        + &definition("newer", 100, form)
        + &definition("log", 20, "")
        + &definition("log-2", 50, "")
        + if has_daemon { daemons } else { "" }
        + &format!(
            "[[services]]\nname = 's'\ntask-definition = 'old'\ndesired-count = {desired}\n{minimum}\n{maximum}\n\
             desired = [{{ at = '12m', count = {scaled} }}]\n\
             deployments = [{{ at = '10m', task-definition = 'new' }}, {{ at = '{second}m', task-definition = 'newer' }}]\n\
             deployment-configuration = {{ {configuration} }}\n"
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn r7_6_deployments_of_every_kind_stay_within_their_bounds(
        deployed in deployed(),
        loses in any::<bool>(),
    ) {
        let lost = if loses { "[[happenings]]\nat = '13m'\ninstance-lost = 'i-00000000'\n" } else { "" };
        let text = text(deployed) + lost;
        let scenario = scenario(&text);
        let requests = Requests::compile(&scenario, &scenario.policies[0]);
        let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 9 };
        let reference = watch(&scenario, &requests, ReferenceEngine::new(setup));
        let fast = watch(&scenario, &requests, FastEngine::new(setup));
        prop_assert_eq!(&fast.lines, &reference.lines, "{}", &text);
        prop_assert!(reference.above.is_empty(), "{:#?}\n{}", reference.above, text);
        // Where an instance is lost, so are healthy tasks.
        prop_assert!(loses || reference.below.is_empty(), "{:#?}\n{}", reference.below, text);
        for report in &reference.reports {
            prop_assert!(report.outcome != Outcome::Completed || report.stuck.is_none(), "{:?}", report);
        }
    }
}

/// The property is worth something only if deployments are completed, fail and are stuck in it.
#[test]
fn random_deployments_end_in_every_way() {
    let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
    for configuration in ["strategy = 'ROLLING'", "strategy = 'BLUE_GREEN', bake-time = '2m'"] {
        for room in [1, 3, 6] {
            let text = text(Deployed {
                instances: 1,
                room,
                desired: 4,
                scaled: 3,
                second: 14,
                percents: Percents { minimum: 100, maximum: 200 },
                configuration,
                form: "gpu-memory = 5",
                has_daemon: true,
            });
            let scenario = scenario(&text);
            let requests = Requests::compile(&scenario, &scenario.policies[0]);
            let setup = Setup { fleet: &scenario.fleet, requests: &requests, options: scenario.options, seed: 9 };
            let watch = watch(&scenario, &requests, FastEngine::new(setup));
            watch.reports.iter().for_each(|report| *outcomes.entry(report.outcome.text()).or_default() += 1);
        }
    }
    assert!(outcomes.len() >= 3, "{outcomes:?}");
}
