//! The checks of placement, of one instance for one task.

use super::node::{Amounts, Node, Status};
use super::rules::Asked;
use crate::engine::Reason;
use crate::model::{GpuDemand, MAX_PORTS_PER_INSTANCE, Port, VPC_ATTRIBUTE, ZONE_ATTRIBUTE};

/// What a task takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Demand {
    pub(super) amounts: Amounts,
    pub(super) ports: Vec<Port>,
}

/// Every check but the constraints, in the order of the table: those that fail.
pub(super) fn failures<'n>(
    node: &'n Node,
    asked: &'n Asked,
    demand: &'n Demand,
) -> impl Iterator<Item = Reason> + use<'n> {
    let (left, wanted) = (node.left, demand.amounts);
    let checks = [
        (Reason::Inactive, node.status == Status::Active),
        (Reason::Agent, node.facts.agent_connected.unwrap_or(true)),
        (Reason::Provider, asked.provider.is_none() || asked.provider == node.facts.capacity_provider),
        (Reason::Location, is_in_reach(node, asked)),
        (Reason::Attribute, has_attributes(node, asked)),
        (Reason::Cpu, wanted.cpu <= left.cpu),
        (Reason::Memory, wanted.memory <= left.memory),
        (Reason::Gpu, if wants_all_gpus(asked) { has_all_gpus(node) } else { gpus_fit(node, demand) }),
        (Reason::Ports, ports_fit(node, &demand.ports)),
        (Reason::Eni, !asked.interface || node.interfaces.is_none_or(|free| free >= 1)),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(reason, _)| reason)
}

/// The amounts are there. Which device holds which share no log tells.
fn gpus_fit(node: &Node, demand: &Demand) -> bool {
    let (left, wanted) = (node.left, demand.amounts);
    let slices = node.facts.gpu_slice.is_some();
    let whole = wanted.gpu_milli % 1_000 == 0;
    wanted.gpu_milli <= left.gpu_milli
        && (wanted.gpu_memory == 0 || node.registered.gpu_memory == 0 || wanted.gpu_memory <= left.gpu_memory)
        && (wanted.gpu_milli == 0 || !slices || !whole)
}

/// A row says how many such a task has where it is placed, and nothing where it is not.
fn wants_all_gpus(asked: &Asked) -> bool {
    asked.takes.as_ref().is_some_and(|takes| takes.gpus == GpuDemand::All)
}

/// There are some, and nobody has one or a part of one (R-5.15b).
fn has_all_gpus(node: &Node) -> bool {
    let (all, left) = (node.registered.gpu_milli, node.left.gpu_milli);
    all > 0 && left == all && node.sharing == 0 && node.facts.other_gpus == 0
}

/// Whether what is told of GPUs says for sure that the task fits: nobody has a part of one, and it wants none.
pub(super) fn gpus_are_sure(node: &Node, asked: &Asked, demand: &Demand) -> bool {
    let wanted = demand.amounts;
    wants_all_gpus(asked)
        || (wanted.gpu_milli == 0 && wanted.gpu_memory == 0)
        || (!wanted.shares() && node.sharing == 0)
}

fn ports_fit(node: &Node, wanted: &[Port]) -> bool {
    wanted.is_empty()
        || (wanted.iter().all(|port| !node.ports.contains(port))
            && node.ports.len() + wanted.len() <= MAX_PORTS_PER_INSTANCE)
}

fn is_in_reach(node: &Node, asked: &Asked) -> bool {
    let knows_zone = || node.attribute(ZONE_ATTRIBUTE).is_some();
    asked.zone.as_ref().is_none_or(|zone| *zone == node.zone)
        && asked.zones.as_ref().is_none_or(|zones| !knows_zone() || zones.contains(&node.zone))
}

fn has_attributes(node: &Node, asked: &Asked) -> bool {
    let has = |(name, value): &(String, Option<String>)| match (node.attribute(name), value) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(there), Some(value)) => there == Some(value),
    };
    let vpc = || node.attribute(VPC_ATTRIBUTE).flatten();
    asked.requires.iter().all(has) && asked.vpc.as_deref().is_none_or(|wanted| vpc().is_none_or(|vpc| vpc == wanted))
}
