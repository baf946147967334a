//! Two services deployed at one time: the worst two.
//!
//! All pairs are tried where they are few; else those of the services whose deployments add most to what is reserved.

use std::cmp::Reverse;

use super::deployment::{Cluster, Deployed};
use crate::model::{Demand, Requests};
use crate::planning::watch::Watch;

/// Pairs among so many services are tried: 190.
const MOST_SERVICES: usize = 20;

/// What pairs do, the worst first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Every pair that was tried.
    pub tried: Vec<Deployed>,
    /// How many there are in all.
    pub all: usize,
}

/// Deploys pairs of services, given what each does `alone`, in the order of the cluster; `None` if interrupted.
pub(super) fn worst(cluster: &Cluster<'_>, requests: &Requests, alone: &[Deployed], watch: &Watch) -> Option<Pairs> {
    watch.begin("deploying two services at once");
    let services: Vec<usize> = cluster.services().collect();
    let all = services.len() * services.len().saturating_sub(1) / 2;
    // What comes on top of what is there when most tasks run.
    let added = |at: usize| {
        let Demand { cpu, memory, .. } = requests[requests.services[services[at]]].demand;
        let more = alone[at].peak_tasks.saturating_sub(alone[at].tasks);
        (more * u64::from(memory.0), more * u64::from(cpu.0))
    };
    let mut order: Vec<usize> = (0..services.len()).collect();
    order.sort_by_key(|&at| (Reverse(added(at)), at));
    order.truncate(MOST_SERVICES);
    order.sort_unstable();
    let pairs = order.iter().enumerate().flat_map(|(at, &one)| order[at + 1..].iter().map(move |&other| (one, other)));
    let pairs: Vec<Vec<usize>> = pairs.map(|(one, other)| vec![services[one], services[other]]).collect();
    let mut tried = cluster.deploy(pairs, watch)?;
    tried.sort_by_key(rank);
    Some(Pairs { tried, all })
}

/// What does not complete comes first, then what lacks most instances, what uses most, what takes longest.
fn rank(one: &Deployed) -> (bool, Reverse<usize>, Reverse<u64>, Reverse<u64>) {
    let lacks = one.further.as_ref().map_or(usize::MAX, |lacks| lacks.count);
    (one.completes, Reverse(lacks), Reverse(one.peak_instances.0), Reverse(one.lasts_ms))
}
