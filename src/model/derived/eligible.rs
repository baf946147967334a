//! How many instances a DAEMON service is for: one task on each that it is eligible for.
//!
//! Eligible are instances that are of its provider, whose agent is connected or will be, that have the required attributes, and on
//! which its constraints hold when no task is there. How much room they have is not asked. Counted are the instances at
//! time 0 and those that register in happenings; what managed scaling will launch is not known beforehand.

use rustc_hash::FxHashMap;

use super::{Neighbours, Request, Shown};
use crate::model::load::{HappeningKind, Service};
use crate::model::policy::Constraint;
use crate::model::resources::{Identity, InstanceClass};
use crate::model::scenario::Scenario;
use crate::model::units::{ClassId, DefinitionId, InstanceId};
use crate::query::{Dependence, Expression};

/// Instances that a service may run a definition on.
pub(super) fn eligible_instances(scenario: &Scenario, service: &Service, definition: DefinitionId) -> u64 {
    let definition = &scenario.definitions[definition.index()];
    let own = service.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::MemberOf(expression) => Some(expression),
        Constraint::DistinctInstance => None,
    });
    let expressions: Vec<&Expression> = definition.member_of.iter().chain(own).collect();
    let by_class = expressions.iter().all(|expression| expression.dependence() == Dependence::Class);
    let provider = service.settings.providers.provider(0);
    let is_eligible = |class: &InstanceClass, identity: Option<&Identity>| {
        (provider.is_none() || class.provider == provider)
            && definition.requires_attributes.iter().all(|(name, value)| has(class, name, value.as_deref()))
            && expressions
                .iter()
                .all(|expression| expression.evaluate(&Shown { class, identity, neighbours: Neighbours::Of(&[]) }))
    };
    let fleet = &scenario.fleet;
    let mut known: FxHashMap<ClassId, bool> = FxHashMap::default();
    let mut answer = |instance: InstanceId| {
        let id = fleet.instances[instance.index()];
        if !fleet.class(instance).agent_connected && !will_connect(scenario, instance) {
            return false;
        }
        let ask = || is_eligible(&fleet.classes[id.index()], fleet.identities.get(instance.index()));
        if by_class { *known.entry(id).or_insert_with(ask) } else { ask() }
    };
    let at_start = fleet.ids().filter(|&instance| answer(instance)).count() as u64;
    let registered: u64 = (scenario.happenings.iter())
        .map(|happening| match happening.what {
            HappeningKind::InstancesRegistered { like, count } if answer(like) => u64::from(count),
            _ => 0,
        })
        .sum();
    at_start + registered
}

/// Whether a happening connects the agent of an instance.
fn will_connect(scenario: &Scenario, instance: InstanceId) -> bool {
    let zone = scenario.fleet.class(instance).zone;
    scenario.happenings.iter().any(|happening| match happening.what {
        HappeningKind::AgentConnected(other) => other == instance,
        HappeningKind::ZoneConnected(other) => other == zone,
        _ => false,
    })
}

/// Whether instances of a class are ones that tasks of this kind go to, when they are empty and whatever room they have.
pub(crate) fn takes_class(request: &Request, class: &InstanceClass) -> bool {
    let facts = Shown { class, identity: None, neighbours: Neighbours::Of(&[]) };
    class.agent_connected
        && request.only.admits_provider(class)
        && request.only.admits_location(class)
        && request.only.network.admits_vpc(class)
        && request.requires_attributes.iter().all(|(name, value)| has(class, name, value.as_deref()))
        && request.member_of.iter().all(|expression| expression.evaluate(&facts))
}

fn has(class: &InstanceClass, name: &str, value: Option<&str>) -> bool {
    match class.attribute(name) {
        None => false,
        Some(found) => value.is_none() || found == value,
    }
}
