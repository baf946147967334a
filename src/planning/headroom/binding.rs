//! What keeps the next task off each instance, and which is the closest.

use std::collections::BTreeMap;

use crate::engine::{Engine, FastEngine, InstanceStatus, Reason};
use crate::model::{InstanceId, RequestId, Requests, Scenario};

/// At most so many instances of a check are named.
const NAMED: usize = 200;

/// One check, and the instances that fail it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The check.
    pub reason: Reason,
    /// The other resource that is short as well, on all of them.
    pub also: Option<Reason>,
    /// How many instances.
    pub count: u64,
    /// Their names, the closest first; of many the first ones.
    pub instances: Vec<String>,
    /// What the task needs and what the closest has; absent for checks that are no amount.
    pub amounts: Option<(u64, u64)>,
}

/// An instance that fails a check, and by how much.
struct Short {
    by: u64,
    instance: InstanceId,
    amounts: Option<(u64, u64)>,
}

/// Asks every ACTIVE instance of a cluster that has no room left.
pub(in crate::planning) fn of(
    scenario: &Scenario,
    requests: &Requests,
    engine: &mut FastEngine<'_>,
    request: RequestId,
) -> Vec<Binding> {
    let demand = &requests[request].demand;
    let mut by_check: BTreeMap<(Reason, Option<Reason>), Vec<Short>> = BTreeMap::new();
    for instance in (0..engine.instance_count()).map(InstanceId::from_index) {
        if engine.status(instance) != InstanceStatus::Active {
            continue;
        }
        let Err(reason) = engine.place_on(request, instance) else {
            engine.stop(request, instance);
            continue;
        };
        let left = engine.remaining(instance);
        let memory = (u64::from(demand.memory.0), u64::from(left.memory.0));
        let amounts = match reason {
            Reason::Cpu => Some((u64::from(demand.cpu.0), u64::from(left.cpu.0))),
            Reason::Memory => Some(memory),
            _ => None,
        };
        let also = (reason == Reason::Cpu && memory.0 > memory.1).then_some(Reason::Memory);
        let by = amounts.map_or(0, |(need, have)| need.saturating_sub(have));
        by_check.entry((reason, also)).or_default().push(Short { by, instance, amounts });
    }
    let binding = |((reason, also), mut found): ((Reason, Option<Reason>), Vec<Short>)| {
        found.sort_unstable_by_key(|short| (short.by, short.instance));
        Binding {
            reason,
            also,
            count: found.len() as u64,
            instances: found
                .iter()
                .take(NAMED)
                .map(|short| scenario.fleet.label(short.instance).into_owned())
                .collect(),
            amounts: found.first().and_then(|short| short.amounts),
        }
    };
    let mut bindings: Vec<Binding> = by_check.into_iter().map(binding).collect();
    bindings.sort_by_key(|binding| (std::cmp::Reverse(binding.count), binding.reason));
    bindings
}
