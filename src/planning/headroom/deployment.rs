//! Whether the cluster has the room that a deployment of each service takes, alone and with nothing else changing: rolling
//! with its percents, early success, blue/green (R-7.6 to R-7.6c). It is simulated.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::engine::{Engine as _, InstanceStatus};
use crate::experiment::{Case, EngineKind, Experiment};
use crate::model::{ClassId, InstanceClass, InstanceId, Policy, Requests, Running, Scenario, SimTime};
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
    /// The service, or services that are deployed at one time.
    pub service: String,
    /// The strategy, by the name of the API.
    pub strategy: String,
    /// It completes.
    pub completes: bool,
    /// How long it takes, in milliseconds; of one that does not end, until the end.
    pub lasts_ms: u64,
    /// Tasks before.
    pub tasks: u64,
    /// Most tasks of the service at one time; of several, the sum.
    pub peak_tasks: u64,
    /// Most instances in use at one time, and those before.
    pub peak_instances: (u64, u64),
    /// Why it does not move.
    pub stuck: Option<String>,
    /// The fewest further instances, of the type that most of its tasks lie on, with which it completes.
    pub further: Option<Further>,
}

/// Instances that a deployment lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Further {
    /// How many.
    pub count: usize,
    /// What they are.
    pub class: InstanceClass,
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
    let cluster = Cluster::new(scenario, policy, requests, standing);
    let services: Vec<Vec<usize>> = cluster.services().map(|service| vec![service]).collect();
    cluster.deploy(services, watch)
}

/// The cluster before any deployment.
pub(super) struct Cluster<'a> {
    scenario: &'a Scenario,
    policy: &'a Policy,
    running: Vec<Running>,
    draining: Vec<InstanceId>,
    /// Tasks of each service, and what a further instance is: like those that most of them lie on.
    counts: Vec<u64>,
    pools: Vec<Option<InstanceClass>>,
    in_use: u64,
}

impl<'a> Cluster<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        policy: &'a Policy,
        requests: &Requests,
        standing: &Standing<'_>,
    ) -> Self {
        let instances = (0..standing.engine.instance_count()).map(InstanceId::from_index);
        let draining = instances.filter(|&one| standing.engine.status(one) == InstanceStatus::Draining).collect();
        let services = scenario.services.len();
        Self {
            scenario,
            policy,
            running: standing.as_running(requests),
            draining,
            counts: standing.of_services(services),
            pools: (0..services).map(|service| pool(scenario, standing, service)).collect(),
            in_use: in_use(standing),
        }
    }

    /// Those that have tasks.
    pub(super) fn services(&self) -> impl Iterator<Item = usize> {
        (0..self.counts.len()).filter(|&service| self.counts[service] > 0)
    }

    /// Deploys each of these sets of services at one time, every set on the same cluster; `None` if interrupted.
    pub(super) fn deploy(&self, sets: Vec<Vec<usize>>, watch: &Watch) -> Option<Vec<Deployed>> {
        sets.into_par_iter().map(|services| Base { cluster: self, services }.deployed(watch)).collect()
    }
}

/// An instance that registers and is like those that most tasks of a service lie on, the first class of equals.
fn pool(scenario: &Scenario, standing: &Standing<'_>, service: usize) -> Option<InstanceClass> {
    let mut counts: BTreeMap<ClassId, (u64, InstanceId)> = BTreeMap::new();
    for task in &standing.tasks {
        if matches!(task.owner, Owner::Service(of, _) if of == service) {
            counts.entry(standing.engine.class(task.instance)).or_insert((0, task.instance)).0 += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|&(class, (count, _))| (count, std::cmp::Reverse(class)));
    most.map(|(class, (_, instance))| scenario.fleet.like(class, instance))
}

fn in_use(standing: &Standing<'_>) -> u64 {
    let ids = (0..standing.engine.instance_count()).map(InstanceId::from_index);
    ids.filter(|&one| standing.engine.task_count(one) > 0).count() as u64
}

struct Base<'a> {
    cluster: &'a Cluster<'a>,
    services: Vec<usize>,
}

impl Base<'_> {
    fn deployed(&self, watch: &Watch) -> Option<Deployed> {
        let report = self.run(0, watch)?;
        let Cluster { scenario, counts, in_use, .. } = self.cluster;
        let joined = |word: &dyn Fn(usize) -> String| {
            let mut words: Vec<String> = self.services.iter().map(|&service| word(service)).collect();
            words.dedup();
            words.join(" + ")
        };
        let mut deployed = Deployed {
            service: joined(&|service| scenario.services[service].name.clone()),
            strategy: joined(&|service| scenario.services[service].settings.strategy.name().to_owned()),
            completes: report.completed == self.services.len(),
            lasts_ms: report.lasts_ms,
            tasks: self.services.iter().map(|&service| counts[service]).sum(),
            peak_tasks: report.peak_tasks,
            peak_instances: (report.peak_instances, *in_use),
            stuck: report.stuck,
            further: None,
        };
        if let Some(pool) = self.pool().filter(|_| !deployed.completes) {
            deployed.further = self.further(watch)?.map(|count| Further { count, class: pool.clone() });
        }
        Some(deployed)
    }

    /// The class that further instances are of.
    fn pool(&self) -> Option<&InstanceClass> {
        self.services.iter().find_map(|&service| self.cluster.pools[service].as_ref())
    }

    /// The fewest further instances with which it completes: doubled, bisected, and with a window.
    fn further(&self, watch: &Watch) -> Option<Option<usize>> {
        let completes = |more: usize| Some(self.run(more, watch)?.completed == self.services.len());
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

    fn run(&self, more: usize, watch: &Watch) -> Option<Watched> {
        if watch.is_cancelled() {
            return None;
        }
        let Cluster { scenario, policy, running, draining, in_use, .. } = self.cluster;
        let mut scenario = at_rest(scenario, policy, running.clone());
        scenario.draining.clone_from(draining);
        scenario.horizon = Some(END);
        for &service in &self.services {
            let definition = scenario.services[service].definition;
            scenario.services[service].settings.deployments = vec![crate::model::Deployment { at: AT, definition }];
        }
        if let Some(class) = self.pool() {
            let class = scenario.fleet.intern(class.clone());
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
        let mut watched = Watched { in_use: *in_use, peak_instances: *in_use, ..Watched::default() };
        let case = Case { run: 0, policy: 0, seed: 1 };
        experiment.run(case, &Control::default(), &mut Heard(&mut watched)).ok()?;
        Some(watched)
    }
}

/// What is seen of deployments at one time.
#[derive(Default)]
struct Watched {
    /// How many completed.
    completed: usize,
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
        let completes = report.outcome == Outcome::Completed;
        self.completed += usize::from(completes);
        self.lasts_ms = self.lasts_ms.max(report.ended.0 - report.started.0);
        self.peak_tasks += report.tasks_peak;
        let stuck = report.stuck.filter(|_| !completes).map(|(reason, _)| match reason {
            StuckReason::Percentages => "minimum and maximum percent let nothing stop and nothing start".to_owned(),
            reason => reason.text().to_owned(),
        });
        self.stuck = stuck.or_else(|| self.stuck.take());
    }
}
