//! Whether the cluster has the room that a deployment of each service takes, alone and with nothing else changing: rolling
//! with its percents, early success, blue/green (R-7.6 to R-7.6c). It is simulated.

use rayon::prelude::*;

use crate::engine::{Engine as _, InstanceStatus};
use crate::experiment::{Case, EngineKind, Experiment};
use crate::model::{ClassId, InstanceId, Policy, Requests, Running, Scenario, SimTime};
use crate::planning::compact::search::{self, Shape};
use crate::planning::ground::standing::{Owner, Standing, at_rest};
use crate::planning::watch::Watch;
use crate::simulation::{Control, DeploymentReport, Heard, Observer, Outcome, Start, Stop, StuckReason};

/// When the deployment is asked for.
const AT: SimTime = SimTime(1_000);
/// What has not ended by then never does.
const END: SimTime = SimTime(24 * 3_600_000);
/// At most so many further instances are tried.
const MOST_MORE: usize = 256;

/// What the deployment of one service does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The service.
    pub service: String,
    /// The strategy, by the name of the API.
    pub strategy: &'static str,
    /// It completes.
    pub completes: bool,
    /// How long it takes, in milliseconds; of one that does not end, until the end.
    pub lasts_ms: u64,
    /// Tasks before.
    pub tasks: u64,
    /// Most tasks of the service at one time.
    pub peak_tasks: u64,
    /// Most instances in use at one time, and those before.
    pub peak_instances: (u64, u64),
    /// Why it does not move.
    pub stuck: Option<String>,
    /// The fewest further instances, of the type that most of its tasks lie on, with which it completes.
    pub further: Option<(usize, ClassId)>,
}

/// Deploys every service once, each from the same cluster; `None` if interrupted.
pub(super) fn all(
    scenario: &Scenario,
    policy: &Policy,
    requests: &Requests,
    standing: &Standing<'_>,
    watch: &Watch,
) -> Option<Vec<Deployed>> {
    watch.begin("deploying every service");
    let running = standing.as_running(requests);
    let counts = standing.of_services(scenario.services.len());
    let draining: Vec<InstanceId> = (0..standing.engine.instance_count())
        .map(InstanceId::from_index)
        .filter(|&one| standing.engine.status(one) == InstanceStatus::Draining)
        .collect();
    let services = (0..scenario.services.len()).filter(|&service| counts[service] > 0);
    let services: Vec<_> = services.map(|service| (service, pool(standing, service))).collect();
    let before = in_use(standing);
    let one = |(service, pool): (usize, Option<ClassId>)| {
        let base = Base { scenario, policy, running: &running, draining: &draining, service };
        base.deployed(counts[service], before, pool, watch)
    };
    services.into_par_iter().map(one).collect()
}

/// The class that most tasks of a service lie on, the first of equals.
fn pool(standing: &Standing<'_>, service: usize) -> Option<ClassId> {
    let mut counts: std::collections::BTreeMap<ClassId, u64> = std::collections::BTreeMap::new();
    for task in &standing.tasks {
        if matches!(task.owner, Owner::Service(of, _) if of == service) {
            *counts.entry(standing.engine.class(task.instance)).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|&(class, count)| (count, std::cmp::Reverse(class))).map(|(class, _)| class)
}

fn in_use(standing: &Standing<'_>) -> u64 {
    let ids = (0..standing.engine.instance_count()).map(InstanceId::from_index);
    ids.filter(|&one| standing.engine.task_count(one) > 0).count() as u64
}

struct Base<'a> {
    scenario: &'a Scenario,
    policy: &'a Policy,
    running: &'a [Running],
    draining: &'a [InstanceId],
    service: usize,
}

impl Base<'_> {
    fn deployed(&self, tasks: u64, in_use: u64, pool: Option<ClassId>, watch: &Watch) -> Option<Deployed> {
        let report = self.run(0, pool, in_use, watch)?;
        let service = &self.scenario.services[self.service];
        let mut deployed = Deployed {
            service: service.name.clone(),
            strategy: service.settings.strategy.name(),
            completes: report.completes,
            lasts_ms: report.lasts_ms,
            tasks,
            peak_tasks: report.peak_tasks,
            peak_instances: (report.peak_instances, in_use),
            stuck: report.stuck,
            further: None,
        };
        if let Some(pool) = pool.filter(|_| !deployed.completes) {
            deployed.further = self.further(pool, in_use, watch)?.map(|count| (count, pool));
        }
        Some(deployed)
    }

    /// The fewest further instances with which it completes: doubled, bisected, and with a window.
    fn further(&self, pool: ClassId, in_use: u64, watch: &Watch) -> Option<Option<usize>> {
        let completes = |more: usize| Some(self.run(more, Some(pool), in_use, watch)?.completes);
        let (mut fails, mut works) = (0, 1);
        while !completes(works)? {
            if works >= MOST_MORE {
                return Some(None);
            }
            (fails, works) = (works, works * 2);
        }
        let found =
            search::smallest(search::Bracket { ruled_out: fails, works, most: works + 3 }, Shape::Unknown, completes)?;
        Some(Some(found.size))
    }

    fn run(&self, more: usize, pool: Option<ClassId>, in_use: u64, watch: &Watch) -> Option<Watched> {
        if watch.is_cancelled() {
            return None;
        }
        let mut scenario = at_rest(self.scenario, self.policy, self.running.to_vec());
        scenario.draining = self.draining.to_vec();
        scenario.horizon = Some(END);
        let definition = scenario.services[self.service].definition;
        scenario.services[self.service].settings.deployments = vec![crate::model::Deployment { at: AT, definition }];
        if let Some(class) = pool {
            let known = !scenario.fleet.identities.is_empty();
            for number in 0..more {
                scenario.fleet.instances.push(class);
                if known {
                    let name = format!("further-{}", number + 1);
                    scenario.fleet.identities.push(crate::model::Identity { name, ..Default::default() });
                }
            }
        }
        let experiment = Experiment::new(&scenario, EngineKind::Fast);
        let mut watched = Watched { in_use, peak_instances: in_use, ..Watched::default() };
        let case = Case { run: 0, policy: 0, seed: 1 };
        experiment.run(case, &Control::default(), &mut Heard(&mut watched)).ok()?;
        Some(watched)
    }
}

/// What is seen of one deployment.
#[derive(Default)]
struct Watched {
    completes: bool,
    lasts_ms: u64,
    peak_tasks: u64,
    in_use: u64,
    peak_instances: u64,
    stuck: Option<String>,
}

impl Observer for Watched {
    fn placed(&mut self, start: &Start) {
        if start.at >= AT {
            self.in_use += u64::from(start.is_first);
            self.peak_instances = self.peak_instances.max(self.in_use);
        }
    }

    fn stopped(&mut self, stop: &Stop) {
        if stop.at >= AT {
            self.in_use -= u64::from(stop.is_last);
        }
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        self.completes = report.outcome == Outcome::Completed;
        self.lasts_ms = report.ended.0 - report.started.0;
        self.peak_tasks = report.tasks_peak;
        self.stuck = report.stuck.filter(|_| !self.completes).map(|(reason, _)| match reason {
            StuckReason::Percentages => "minimum and maximum percent let nothing stop and nothing start".to_owned(),
            reason => reason.text().to_owned(),
        });
    }
}
