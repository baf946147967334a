//! The room of daemons that ECS holds back already.
//!
//! What an instance registered, less what known tasks take, less what remains, is taken for the hold-back of the daemons
//! that do not run there first: that much is theirs, and given to nobody else. Only what a daemon needs beyond it has to
//! be held back in addition.

use std::collections::BTreeSet;

use super::{Instance, ServiceEntry, Snapshot};
use crate::model::{Constraint, TaskDefinition};
use crate::query::{Expression, Facts};

/// Counts what is held back for daemons as capacity that they will take.
pub(super) fn credit(snapshot: &mut Snapshot) {
    let Snapshot { services, definitions, running, instances, .. } = snapshot;
    for service in services.iter().filter(|service| service.is_daemon) {
        let Some(definition) = definitions.get(&service.definition) else { continue };
        let group = format!("service:{}", service.name);
        let of_group = running.iter().filter(|tasks| tasks.group == group);
        let there: BTreeSet<usize> = of_group.flat_map(|tasks| tasks.places.keys().copied()).collect();
        for (position, instance) in instances.iter_mut().enumerate() {
            if !there.contains(&position) && is_eligible(service, &definition.task, instance) {
                give(instance, &definition.task);
            }
        }
    }
}

fn is_eligible(service: &ServiceEntry, task: &TaskDefinition, instance: &Instance) -> bool {
    let own = service.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::MemberOf(expression) => Some(expression),
        Constraint::DistinctInstance => None,
    });
    let has = |(name, value): &(String, Option<String>)| match (instance.attributes.get(name), value) {
        (known, None) => known.is_some(),
        (known, Some(value)) => known.is_some_and(|known| known.as_ref() == Some(value)),
    };
    let holds = |expression: &Expression| expression.evaluate(&Shown(instance));
    !instance.is_draining
        && instance.agent_connected
        && task.requires_attributes.iter().all(has)
        && task.member_of.iter().chain(own).all(holds)
}

/// What is held back becomes reserved, as far as the daemon needs it.
fn give(instance: &mut Instance, task: &TaskDefinition) {
    for difference in &mut instance.differences {
        let (need, capacity) = match difference.resource {
            "CPU" => (task.demand.cpu.0, &mut instance.cpu),
            _ => (task.demand.memory.0, &mut instance.memory),
        };
        let given = u32::try_from(difference.held_back().max(0)).unwrap_or(u32::MAX).min(need);
        difference.reserved += i64::from(given);
        *capacity = capacity.saturating_add(given);
    }
    instance.differences.retain(|difference| difference.held_back() != 0);
}

/// An instance before its tasks are looked at.
struct Shown<'a>(&'a Instance);

impl Facts for Shown<'_> {
    fn agent_connected(&self) -> bool {
        self.0.agent_connected
    }

    fn agent_version(&self) -> Option<&str> {
        self.0.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.0.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> Option<i64> {
        self.0.registered_at
    }

    fn running_tasks_count(&self) -> u32 {
        0
    }

    fn any_task_group(&self, _test: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }

    fn attribute(&self, name: &str) -> Option<Option<&str>> {
        self.0.attributes.get(name).map(Option::as_deref)
    }
}
