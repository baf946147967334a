//! The rules that were in force: what is asked of an instance for tasks of a group, and what a service may have.

use std::collections::BTreeMap;

use super::takes::Takes;
use crate::model::{
    Fleet, PlacementOptions, Policy, Request, RequestId, Requests, Rule, Scenario, Scheduling, Service, Strategy,
    TieBreak,
};
use crate::query::Expression;

/// How the instance of a task is come by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// By the chain.
    #[default]
    Chosen,
    /// It is named, as StartTask and DAEMON services do: every check holds, no strategy is asked.
    Named,
    /// It ran there when the run began, whatever the checks say.
    Found,
}

/// What is asked of an instance for a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// What the task takes; `None` is not known but by the log.
    pub takes: Option<Takes>,
    /// How the instance is come by.
    pub mode: Mode,
    /// The chain; `None` is not known.
    pub strategy: Option<Strategy>,
    /// Whether tasks of the group must be on different instances.
    pub distinct_instance: bool,
    /// Expressions that must all hold.
    pub member_of: Vec<Expression>,
    /// Attributes that must be there, with this value where one is named.
    pub requires: Vec<(String, Option<String>)>,
    /// Whether it takes a network interface.
    pub interface: bool,
    /// Only instances of this capacity provider.
    pub provider: Option<String>,
    /// Only instances of these zones; an instance of an unknown zone is not refused for it.
    pub zones: Option<Vec<String>>,
    /// Only instances of this zone, known or not.
    pub zone: Option<String>,
    /// Only instances that say no other VPC.
    pub vpc: Option<String>,
    /// The stream of its draws, where a draw decides and it is known which stream that is.
    pub stream: Option<u64>,
}

/// The fewest tasks that a service may be left with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Least {
    /// Tasks.
    pub tasks: u64,
    /// A task of this age is healthy for sure: stopping it makes one healthy task fewer.
    pub settled_ms: u64,
}

/// The rules of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// By group and task definition, every kind of request there is: a decision is right if it is for one of them.
    pub asked: BTreeMap<(String, String), Vec<Asked>>,
    /// Of a group, whatever the task definition.
    pub groups: BTreeMap<String, Asked>,
    /// Of every other group; `None` is not known.
    pub any: Option<Asked>,
    /// Readings of open points.
    pub options: PlacementOptions,
    /// Ties are broken as [`PlacementOptions::tie_break`] says.
    pub breaks_ties: bool,
    /// The key of the run's draws, where the log is one of this program.
    pub draws: Option<u64>,
    /// The most counted tasks that a group may have.
    pub most: BTreeMap<String, u64>,
    /// The fewest tasks that a deployment or a drain may leave a group with.
    pub least: BTreeMap<String, Least>,
    /// Groups of DAEMON services, for which room is held back.
    pub daemons: Vec<String>,
}

impl Rules {
    /// The rules of a scenario under one of its policies.
    #[must_use]
    pub fn of_scenario(scenario: &Scenario, policy: &Policy) -> Self {
        let requests = Requests::compile(scenario, policy);
        let provider = |position: usize| scenario.dynamics.providers[position].name.clone();
        let mut rules = Self { options: scenario.options, breaks_ties: true, ..Self::default() };
        for (position, request) in requests.table.iter().enumerate() {
            let id = RequestId::from_index(position);
            let group = requests.groups[request.group.index()].clone();
            let family = scenario.definitions[request.definition.index()].family.clone();
            let mode = if requests.running.contains(&id) && !requests.placed().any(|placed| placed == id) {
                Mode::Found
            } else if requests.starts.contains(&id) || is_daemon(scenario, &group) {
                Mode::Named
            } else {
                Mode::Chosen
            };
            let mut asked = asked(request, mode, &scenario.fleet, &provider);
            let draws = request.strategy.0.contains(&Rule::Random) || scenario.options.tie_break == TieBreak::Random;
            asked.stream = requests.streams.get(position).copied().filter(|_| draws && mode == Mode::Chosen);
            let kinds = rules.asked.entry((group, family)).or_default();
            if !kinds.contains(&asked) {
                kinds.push(asked);
            }
        }
        rules.forget_mixed_streams();
        let groups = |service: &Service| format!("service:{}", service.name);
        rules.daemons = scenario.services.iter().filter(|one| is_of_daemons(one)).map(groups).collect();
        let replicas = scenario.services.iter().filter(|one| !is_of_daemons(one));
        rules.least = replicas.clone().map(|service| (groups(service), least(scenario, service))).collect();
        rules.most = replicas.filter_map(|service| Some((groups(service), most(scenario, service)?))).collect();
        rules
    }

    /// Where tasks of one group and task definition draw from several streams, nobody can tell which of them a row drew from.
    fn forget_mixed_streams(&mut self) {
        let mut mixed: Vec<u64> = Vec::new();
        for kinds in self.asked.values() {
            let first = kinds[0].stream;
            if kinds.iter().any(|asked| asked.stream != first) {
                mixed.extend(kinds.iter().filter_map(|asked| asked.stream));
            }
        }
        let all = self.asked.values_mut().flatten();
        all.filter(|asked| asked.stream.is_some_and(|stream| mixed.contains(&stream))).for_each(|asked| {
            asked.stream = None;
        });
    }

    /// Every kind of request that tasks of a group may be.
    pub(super) fn of(&self, group: &str, task_definition: &str) -> Vec<&Asked> {
        // Looked up once a kind, so the strings do not matter.
        if let Some(kinds) = self.asked.get(&(group.to_owned(), task_definition.to_owned())) {
            return kinds.iter().collect();
        }
        self.groups.get(group).or(self.any.as_ref()).into_iter().collect()
    }

    /// Whether ties are broken by order, and that is known.
    pub(super) fn takes_the_first(&self) -> bool {
        self.breaks_ties && self.options.tie_break == TieBreak::Order
    }
}

fn is_of_daemons(service: &Service) -> bool {
    service.settings.scheduling == Scheduling::Daemon
}

fn is_daemon(scenario: &Scenario, group: &str) -> bool {
    let name = group.strip_prefix("service:");
    name.is_some_and(|name| scenario.services.iter().any(|service| service.name == name && is_of_daemons(service)))
}

/// The most tasks that a service may have at any time: by its maximum percent and its largest desired count, twice as many
/// where a deployment in stages starts the new revision whole (R-7.6c). `None` where tasks are found running beyond it.
fn most(scenario: &Scenario, service: &Service) -> Option<u64> {
    let settings = &service.settings;
    let steps = settings.steps.iter().map(|(_, count)| *count);
    let curve = settings.curve.iter().flat_map(|curve| curve.counts.iter().copied());
    let desired = steps.chain(curve).chain([service.desired_count]).max()?;
    let group = format!("service:{}", service.name);
    if scenario.running.iter().any(|running| running.group == group) {
        return None;
    }
    let is_rolling =
        settings.deployments.is_empty() || settings.strategy == crate::model::DeploymentStrategy::default();
    let by_percent = settings.maximum(desired).max(u64::from(desired));
    Some(if is_rolling { by_percent } else { by_percent.max(2 * u64::from(desired)) })
}

/// The fewest tasks that a service may be left with: by its minimum percent and its smallest desired count.
fn least(scenario: &Scenario, service: &Service) -> Least {
    let settings = &service.settings;
    let steps = settings.steps.iter().map(|(_, count)| *count);
    let curve = settings.curve.iter().flat_map(|curve| curve.counts.iter().copied());
    let desired = steps.chain(curve).chain([service.desired_count]).min().unwrap_or(0);
    let settled = settings.healthy_after.0 + scenario.dynamics.services.stop_delay.0;
    Least { tasks: settings.minimum_healthy(desired), settled_ms: settled }
}

fn asked(request: &Request, mode: Mode, fleet: &Fleet, provider: &dyn Fn(usize) -> String) -> Asked {
    let zone = |zone: &crate::model::ZoneId| fleet.zones[zone.index()].clone();
    let demand = &request.demand;
    let takes = Takes {
        cpu: demand.cpu.0.into(),
        memory: demand.memory.0.into(),
        gpus: demand.gpus,
        ports: demand.ports.clone(),
    };
    Asked {
        takes: Some(takes),
        mode,
        strategy: Some(request.strategy.clone()),
        distinct_instance: request.distinct_instance,
        member_of: request.member_of.clone(),
        requires: request.requires_attributes.clone(),
        interface: request.demand.eni_slots > 0,
        provider: request.only.provider.map(|id| provider(id.index())),
        zones: request.only.network.zones.as_ref().map(|zones| zones.iter().map(zone).collect()),
        zone: request.only.zone.as_ref().map(zone),
        vpc: request.only.network.vpc.clone(),
        stream: None,
    }
}
