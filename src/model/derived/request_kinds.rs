//! Kinds of request that come after the others: a task that nobody has asked for before, a further revision of a service, a
//! further zone. What is there stands where it stood.

use super::request::{Only, Request, Requests, Revision};
use crate::model::load::TaskDefinition;
use crate::model::policy::{Constraint, PlacementOptions, Strategy};
use crate::model::resources::{Demand, ProviderStrategy, TaskNetwork, ZONE_ATTRIBUTE};
use crate::model::units::{DefinitionId, GroupId, ProviderId, RequestId, ZoneId};

/// What a kind of task asks for.
#[derive(Clone, Debug)]
pub(crate) struct NewKind<'k> {
    pub(crate) id: DefinitionId,
    pub(crate) definition: &'k TaskDefinition,
    pub(crate) group: GroupId,
    pub(crate) strategy: Strategy,
    /// Those of the policy and its own; the task definition's are added.
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) provider: Option<ProviderId>,
    pub(crate) network: &'k TaskNetwork,
    /// In place of what the task definition demands.
    pub(crate) demand: Option<Demand>,
}

impl NewKind<'_> {
    /// The request.
    pub(crate) fn request(self) -> Request {
        let member_of = self.constraints.iter().filter_map(|constraint| match constraint {
            Constraint::MemberOf(expression) => Some(expression.clone()),
            Constraint::DistinctInstance => None,
        });
        let demand = self.demand.unwrap_or_else(|| self.definition.demand.clone());
        let network = if demand.eni_slots > 0 { self.network.clone() } else { TaskNetwork::default() };
        Request {
            definition: self.id,
            group: self.group,
            requires_attributes: self.definition.requires_attributes.clone(),
            strategy: self.strategy,
            distinct_instance: self.constraints.contains(&Constraint::DistinctInstance),
            member_of: self.definition.member_of.iter().cloned().chain(member_of).collect(),
            only: Only { zone: None, provider: self.provider, network },
            demand,
        }
    }
}

impl Requests {
    /// The group of a name, if any request is in it.
    pub(crate) fn group(&self, name: &str) -> Option<GroupId> {
        self.groups.iter().position(|known| known == name).map(GroupId::from_index)
    }

    /// A group, made if it is new.
    pub(crate) fn enter_group(&mut self, name: &str) -> GroupId {
        self.group(name).unwrap_or_else(|| {
            self.groups.push(name.to_owned());
            GroupId::from_index(self.groups.len() - 1)
        })
    }

    /// A request, whether there is an equal one or not.
    pub(crate) fn enter(&mut self, request: Request) -> RequestId {
        self.table.push(request);
        RequestId::from_index(self.table.len() - 1)
    }

    /// The same request for each item of a strategy, the request itself first; nothing where there is no choice.
    pub(crate) fn by_provider(&mut self, request: RequestId, providers: &ProviderStrategy) -> Vec<RequestId> {
        if !providers.has_choice() {
            return Vec::new();
        }
        let mut requests = vec![request];
        for item in 1..providers.0.len() {
            let only = Only { provider: providers.provider(item), ..self[request].only.clone() };
            let held = Request { only, ..self[request].clone() };
            requests.push(self.enter(held));
        }
        requests
    }

    /// The same request held to each of some zones.
    pub(super) fn by_zone(&mut self, request: RequestId, zones: std::ops::Range<usize>) -> Vec<RequestId> {
        zones
            .map(|zone| {
                let only = Only { zone: Some(ZoneId::from_index(zone)), ..self[request].only.clone() };
                let held = Request { only, ..self[request].clone() };
                self.enter(held)
            })
            .collect()
    }

    /// a service whose constraints speak of zones is not rebalanced.
    pub(super) fn is_held_to_zones(&self, request: RequestId) -> bool {
        let expressions = self[request].member_of.iter();
        expressions.flat_map(|expression| expression.attribute_names()).any(|name| name == ZONE_ATTRIBUTE)
    }

    /// The kinds of a revision whose first is there, through every provider and held to every zone.
    pub(crate) fn spread_out(&mut self, revision: &mut Revision, providers: &ProviderStrategy, zones: Option<usize>) {
        revision.by_provider = self.by_provider(revision.request, providers);
        if let Some(zones) = zones {
            self.hold_to_zones(revision, zones);
        }
    }

    /// The same held to each of so many zones, where that is allowed.
    pub(crate) fn hold_to_zones(&mut self, revision: &mut Revision, zones: usize) {
        revision.by_zone = Vec::new();
        if !self.is_held_to_zones(revision.request) {
            let all =
                if revision.by_provider.is_empty() { vec![revision.request] } else { revision.by_provider.clone() };
            revision.by_zone = all.into_iter().flat_map(|request| self.by_zone(request, 0..zones)).collect();
        }
    }

    /// There is a zone more than so many: services that are rebalanced may move tasks there too.
    pub(crate) fn enter_zone(&mut self, zones: usize) {
        for service in 0..self.revisions.len() {
            for position in 0..self.revisions[service].len() {
                let revision = self.revisions[service][position].clone();
                let items = revision.by_zone.chunks(zones.max(1)).enumerate();
                let mut by_zone = Vec::with_capacity(revision.by_zone.len());
                for (item, held) in items {
                    by_zone.extend_from_slice(held);
                    by_zone.extend(self.by_zone(revision.through(item), zones..zones + 1));
                }
                self.revisions[service][position].by_zone = by_zone;
            }
        }
    }

    /// Names the streams of kinds that have none yet, if any draws.
    pub(crate) fn name_further_streams(&mut self, options: PlacementOptions) {
        let names: Vec<Option<u64>> = self.table.iter().map(|request| self.stream_of(request, 0, options)).collect();
        if names.iter().any(Option::is_some) {
            let further = self.streams.len();
            self.streams.extend(names[further..].iter().map(|name| name.unwrap_or_default()));
        }
    }
}
