//! The kinds of placement request of a run: the scenario seen through one policy.
//!
//! A request is a task definition in a group with a strategy and constraints, perhaps held to a part of the cluster.
//! Requests are numbered the same under every policy of a scenario, so that one drawn load serves all of them.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::model::load::TaskDefinition;
use crate::model::policy::contract::Order;
use crate::model::policy::{Constraint, Policy, Strategy};
use crate::model::resources::{Demand, Fleet, InstanceClass, ProviderStrategy, TaskNetwork};
use crate::model::scenario::Scenario;
use crate::model::units::{DefinitionId, GroupId, ProviderId, RequestId, ZoneId};
use crate::query::Expression;

/// A part of the cluster that requests may be held to, whatever their constraints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Only {
    /// Only instances of this zone: AZ rebalancing starts a task in a zone that it names.
    pub zone: Option<ZoneId>,
    /// Only instances of this capacity provider.
    pub provider: Option<ProviderId>,
    /// Only instances that the network of the task reaches.
    pub network: TaskNetwork,
}

impl Only {
    /// Whether instances of this class are of the capacity provider of such a task.
    #[must_use]
    pub fn admits_provider(&self, class: &InstanceClass) -> bool {
        self.provider.is_none_or(|provider| Some(provider) == class.provider)
    }

    /// Whether instances of this class are where such a task may run.
    #[must_use]
    pub fn admits_location(&self, class: &InstanceClass) -> bool {
        self.zone.is_none_or(|zone| zone == class.zone) && self.network.admits_zone(class)
    }
}

/// One kind of placement request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its task definition.
    pub definition: DefinitionId,
    /// Its task group.
    pub group: GroupId,
    /// What one task takes.
    pub demand: Demand,
    /// Attributes the instance must have.
    pub requires_attributes: Vec<(String, Option<String>)>,
    /// The chain that chooses.
    pub strategy: Strategy,
    /// Whether tasks of the group must be on different instances.
    pub distinct_instance: bool,
    /// Expressions that must all hold.
    pub member_of: Vec<Expression>,
    /// The part of the cluster that it is held to.
    pub only: Only,
}

impl Request {
    /// Its constraints, those of the task definition included, `memberOf` first.
    #[must_use]
    pub fn constraints(&self) -> Vec<Constraint> {
        let member_of = self.member_of.iter().cloned().map(Constraint::MemberOf);
        member_of.chain(self.distinct_instance.then_some(Constraint::DistinctInstance)).collect()
    }
}

/// The requests of one revision of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its task definition.
    pub definition: DefinitionId,
    /// Its tasks; of a service with several capacity providers, those of the first.
    pub request: RequestId,
    /// Its tasks by item of the capacity provider strategy; empty unless there are several.
    pub by_provider: Vec<RequestId>,
    /// Its tasks held to one zone, by zone; of several providers all zones of the first, then those of the second, and so
    /// on. Empty unless the service may be rebalanced.
    pub by_zone: Vec<RequestId>,
}

impl Revision {
    /// Its tasks through an item of the capacity provider strategy.
    #[must_use]
    pub fn through(&self, item: usize) -> RequestId {
        self.by_provider.get(item).copied().unwrap_or(self.request)
    }

    /// Its tasks through an item of the capacity provider strategy, held to one zone of so many.
    #[must_use]
    pub fn through_in(&self, item: usize, zone: ZoneId, zones: usize) -> RequestId {
        self.by_zone[item * zones + zone.index()]
    }

    /// Whether a kind of request is one of its own.
    #[must_use]
    pub fn holds(&self, id: RequestId) -> bool {
        self.request == id || self.by_provider.contains(&id) || self.by_zone.contains(&id)
    }
}

/// A kind of standalone task that goes through several capacity providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Position of its source, which keeps the ratio.
    pub source: usize,
    /// The source's capacity provider strategy.
    pub providers: ProviderStrategy,
    /// The request of each item of the source's capacity provider strategy.
    pub requests: Vec<RequestId>,
}

/// All requests of a run and who makes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// [`RequestId`] is the position.
    pub table: Vec<Request>,
    /// Group names; [`GroupId`] is the position.
    pub groups: Vec<String>,
    /// The request of each entry of the tasks that run already.
    pub running: Vec<RequestId>,
    /// The request of each service at the start.
    pub services: Vec<RequestId>,
    /// The revisions of each service, in the order of their deployments, the one at the start first.
    pub revisions: Vec<Vec<Revision>>,
    /// For each task source, the request of each of its shapes; of a source with many groups, the shapes of the first
    /// group, then those of the second, and so on.
    pub sources: Vec<Vec<RequestId>>,
    /// Kinds of `sources` that go through several capacity providers, in order; their own requests are for the first.
    pub splits: BTreeMap<RequestId, Split>,
    /// The request of each task of the trace.
    pub trace: Vec<RequestId>,
    /// The request of each call of StartTask.
    pub starts: Vec<RequestId>,
    /// In which order those that ask at one moment are placed.
    pub order: Order,
    /// Room may be kept for daemons that do not run yet, as much as is left of it.
    pub holds: bool,
    /// For each kind whose choices may be drawn, the name of its stream of draws, which follows from its group: a service
    /// or source more or less, or another order of them, changes none. Kinds with equal names share a stream; kinds beyond
    /// the end have their position.
    pub streams: Vec<u64>,
}

/// So many tasks of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskCount {
    /// The kind.
    pub request: RequestId,
    /// How many.
    pub count: u64,
}

impl std::ops::Index<RequestId> for Requests {
    type Output = Request;

    fn index(&self, id: RequestId) -> &Request {
        &self.table[id.index()]
    }
}

impl Requests {
    /// The requests of `scenario` under `policy`.
    #[must_use]
    pub fn compile(scenario: &Scenario, policy: &Policy) -> Self {
        let strategy = policy.strategy.as_ref().map(|strategy| strategy.prepared(scenario));
        let order = strategy.as_ref().map_or(Order::Given, Strategy::order);
        let requests = Self { order, ..Self::default() };
        let mut compiler = Compiler { scenario, policy, strategy, requests, groups: FxHashMap::default() };
        compiler.services();
        compiler.sources();
        compiler.trace();
        compiler.revisions();
        compiler.splits();
        compiler.running();
        compiler.starts();
        compiler.requests.holds = scenario.holds_room();
        compiler.requests.name_streams(scenario);
        compiler.requests
    }

    /// Every kind that is placed by a strategy; those that run already when a run begins, and those of StartTask, go
    /// where they are told to.
    pub fn placed(&self) -> impl Iterator<Item = RequestId> {
        let all = (0..self.table.len()).map(RequestId::from_index);
        all.filter(|request| !self.running.contains(request) && !self.starts.contains(request))
    }

    /// How large the tasks of each kind are on this fleet, in a unit that is the same for all: what [`Order`] sorts by.
    #[must_use]
    pub fn sizes(&self, fleet: &Fleet) -> Vec<u128> {
        let classes = || fleet.instances.iter().map(|class| &fleet.classes[class.index()]);
        let cpu: u128 = classes().map(|class| u128::from(class.cpu.0)).sum();
        let memory: u128 = classes().map(|class| u128::from(class.memory.0)).sum();
        let size = |demand: &Demand| u128::from(demand.cpu.0) * memory + u128::from(demand.memory.0) * cpu;
        self.table.iter().map(|request| size(&request.demand)).collect()
    }
}

struct Compiler<'a> {
    scenario: &'a Scenario,
    policy: &'a Policy,
    /// The policy's own, made ready for the scenario.
    strategy: Option<Strategy>,
    requests: Requests,
    groups: FxHashMap<String, GroupId>,
}

impl Compiler<'_> {
    fn services(&mut self) {
        for service in &self.scenario.services {
            let group = self.group(&format!("service:{}", service.name));
            let strategy = self.strategy(service.strategy.as_ref(), Strategy::service_default);
            let request = self.add(service.definition, group, strategy, &service.constraints);
            self.hold(request, service.settings.providers.provider(0), &service.settings.network);
            self.requests.services.push(request);
            self.requests.revisions.push(vec![Revision {
                definition: service.definition,
                request,
                by_provider: Vec::new(),
                by_zone: Vec::new(),
            }]);
        }
    }

    /// Later revisions, providers and zones come after all else, so that the numbers of the load do not hang on them.
    fn revisions(&mut self) {
        for (position, service) in self.scenario.services.iter().enumerate() {
            for deployment in &service.settings.deployments {
                let revision = self.revision(position, deployment.definition);
                self.requests.revisions[position].push(revision);
            }
            for revision in 0..self.requests.revisions[position].len() {
                let zones = service.settings.rebalancing.then_some(self.scenario.fleet.zones.len());
                let mut spread = self.requests.revisions[position][revision].clone();
                self.requests.spread_out(&mut spread, &service.settings.providers, zones);
                self.requests.revisions[position][revision] = spread;
            }
        }
    }

    fn revision(&mut self, service: usize, definition: DefinitionId) -> Revision {
        let first = self.requests.services[service];
        let Request { group, strategy, .. } = self.requests[first].clone();
        let request = self.add(definition, group, strategy, &self.scenario.services[service].constraints);
        let (settings, provider) = (&self.scenario.services[service].settings, self.requests[first].only.provider);
        self.hold(request, provider, &settings.network);
        Revision { definition, request, by_provider: Vec::new(), by_zone: Vec::new() }
    }

    /// Holds a request to the instances of its provider, and to those that its network reaches if it has one of its own.
    fn hold(&mut self, request: RequestId, provider: Option<ProviderId>, network: &TaskNetwork) {
        let request = &mut self.requests.table[request.index()];
        request.only.provider = provider;
        if request.demand.eni_slots > 0 {
            request.only.network = network.clone();
        }
    }

    fn splits(&mut self) {
        for (position, source) in self.scenario.sources.iter().enumerate() {
            if source.providers.has_choice() {
                for request in self.requests.sources[position].clone() {
                    let requests = self.requests.by_provider(request, &source.providers);
                    self.requests
                        .splits
                        .insert(request, Split { source: position, providers: source.providers.clone(), requests });
                }
            }
        }
    }

    fn sources(&mut self) {
        for source in &self.scenario.sources {
            let strategy = self.strategy(source.strategy.as_ref(), Strategy::run_task_default);
            let mut requests = Vec::with_capacity(source.shapes.len());
            let many = source.groups.as_ref();
            for position in 0..many.map_or(1, |groups| groups.count) {
                let name = many.map(|groups| groups.name(position)).or_else(|| source.group.clone());
                let group = name.map(|name| self.group(&name));
                for shape in &source.shapes {
                    let group = match group {
                        Some(group) => group,
                        None => self.group(&format!("family:{}", self.definition(shape.definition).family)),
                    };
                    let id = self.add(shape.definition, group, strategy.clone(), &source.constraints);
                    self.hold(id, source.providers.provider(0), &source.details.network);
                    let request = &mut self.requests.table[id.index()];
                    if let Some(demand) = &source.details.demand {
                        request.demand = demand.clone();
                    }
                    requests.push(id);
                }
            }
            self.requests.sources.push(requests);
        }
    }

    fn trace(&mut self) {
        let trace = &self.scenario.trace;
        let strategy = self.strategy(None, Strategy::run_task_default);
        let groups: Vec<GroupId> = trace.groups.iter().map(|name| self.group(name)).collect();
        let mut known: FxHashMap<(DefinitionId, GroupId), RequestId> = FxHashMap::default();
        for task in &trace.tasks {
            let group = groups[task.group.index()];
            let request = match known.get(&(task.definition, group)) {
                Some(&request) => request,
                None => {
                    let request = self.add(task.definition, group, strategy.clone(), &[]);
                    known.insert((task.definition, group), request);
                    request
                }
            };
            self.requests.trace.push(request);
        }
    }

    /// Tasks that run already were let in before: no constraint and no required attribute is asked again.
    fn running(&mut self) {
        for running in &self.scenario.running {
            let group = self.group(&running.group);
            let id = RequestId::from_index(self.requests.table.len());
            self.requests.table.push(Request {
                definition: running.definition,
                group,
                demand: running.demand.clone(),
                requires_attributes: Vec::new(),
                strategy: Strategy::default(),
                distinct_instance: false,
                member_of: Vec::new(),
                only: Only::default(),
            });
            self.requests.running.push(id);
        }
    }

    /// Calls of StartTask have the constraints of their task definition alone: the API takes no others.
    fn starts(&mut self) {
        for start in &self.scenario.starts {
            let task = self.definition(start.definition);
            let family = format!("family:{}", task.family);
            let demand = start.details.demand.as_ref().unwrap_or(&task.demand).clone();
            let (requires_attributes, member_of) = (task.requires_attributes.clone(), task.member_of.clone());
            let group = self.group(start.group.as_deref().unwrap_or(&family));
            let id = RequestId::from_index(self.requests.table.len());
            self.requests.table.push(Request {
                definition: start.definition,
                group,
                demand,
                requires_attributes,
                strategy: Strategy::default(),
                distinct_instance: false,
                member_of,
                only: Only::default(),
            });
            self.hold(id, None, &start.details.network);
            self.requests.starts.push(id);
        }
    }

    fn definition(&self, id: DefinitionId) -> &TaskDefinition {
        &self.scenario.definitions[id.index()]
    }

    fn group(&mut self, name: &str) -> GroupId {
        if let Some(&id) = self.groups.get(name) {
            return id;
        }
        let id = GroupId::from_index(self.requests.groups.len());
        self.requests.groups.push(name.to_owned());
        self.groups.insert(name.to_owned(), id);
        id
    }

    /// A task's own strategy wins over the policy's, unless the policies decide for all, and the policy's over ECS's default.
    fn strategy(&self, own: Option<&Strategy>, default: fn() -> Strategy) -> Strategy {
        match own.filter(|_| self.scenario.keeps_own(self.policy)) {
            Some(own) => own.prepared(self.scenario),
            None => self.strategy.clone().unwrap_or_else(default),
        }
    }

    fn add(&mut self, definition: DefinitionId, group: GroupId, strategy: Strategy, own: &[Constraint]) -> RequestId {
        let constraints = Scenario::constraints(self.policy, own);
        let task = &self.scenario.definitions[definition.index()];
        let mut member_of = task.member_of.clone();
        member_of.extend(constraints.iter().filter_map(|constraint| match constraint {
            Constraint::MemberOf(expression) => Some(expression.clone()),
            Constraint::DistinctInstance => None,
        }));
        let id = RequestId::from_index(self.requests.table.len());
        self.requests.table.push(Request {
            definition,
            group,
            demand: task.demand.clone(),
            requires_attributes: task.requires_attributes.clone(),
            strategy,
            distinct_instance: constraints.contains(&Constraint::DistinctInstance),
            member_of,
            only: Only::default(),
        });
        id
    }
}
