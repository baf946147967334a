//! A copy of a cluster that placements can be tried out on: a fast engine in which every living task stands where it
//! stood.
//!
//! The copy draws from a key of its own, so that trying something out shifts no draw of the run. It is made anew from
//! the living tasks, each put back by name; where an expression asks which tasks are there already, some must stand
//! before others, so those that are refused are tried again until none is left.
//!
//! # Cost
//! One placement a living task. Clusters too large for [`BUDGET`] are not copied, and what would be tried out on the
//! copy is absent.

use crate::analysis::snapshot::{Subject, inventory};
use crate::engine::{Engine, FastEngine, InstanceStatus, Setup};
use crate::model::{InstanceId, RequestId};
use crate::query::{Dependence, Expression};
use crate::simulation::Tasks;

/// How much a close look may try out, in placements, for each figure that is found by trying.
pub(in crate::analysis::snapshot) const BUDGET: u64 = 1_000_000;
/// The key of the copy's own draws.
const KEY: u64 = 0x7265_706c_6963_6121;
/// How many instances a scan looks at in the time of one placement by index.
const SCANNED_PER_PLACEMENT: u64 = 32;

/// A copy and who is on it.
#[derive(Clone, Debug)]
pub(in crate::analysis::snapshot) struct Replica<'a> {
    pub(in crate::analysis::snapshot) engine: FastEngine<'a>,
    pub(in crate::analysis::snapshot) efforts: Efforts,
    /// The kinds of the tasks on each instance, ascending.
    pub(in crate::analysis::snapshot) tasks: Vec<Vec<RequestId>>,
}

/// The empty cluster of a run.
pub(in crate::analysis::snapshot) fn empty(subject: Subject<'_>) -> FastEngine<'_> {
    let scenario = subject.scenario;
    FastEngine::new(Setup { fleet: &scenario.fleet, requests: subject.requests, options: scenario.options, seed: KEY })
}

impl<'a> Replica<'a> {
    /// Copies a cluster; `None` if it is too large, or its tasks do not fit where they are said to be or do not add
    /// up to what is taken.
    pub(in crate::analysis::snapshot) fn of(
        subject: Subject<'a>,
        cluster: &dyn Engine,
        living: &dyn Tasks,
    ) -> Option<Self> {
        let instances = cluster.instance_count();
        let ids = || (0..instances).map(InstanceId::from_index);
        let count = |instance| cluster.task_count(instance) as usize;
        if (instances + ids().map(count).sum::<usize>()) as u64 > BUDGET {
            return None;
        }
        let mut tasks: Vec<Vec<RequestId>> = ids().map(|instance| Vec::with_capacity(count(instance))).collect();
        living.for_each(&mut |request, instance| tasks[instance.index()].push(request));
        tasks.iter_mut().for_each(|kinds| kinds.sort_unstable());
        let mut engine = empty(subject);
        for known in subject.scenario.fleet.instances.len()..instances {
            engine.register(cluster.class(InstanceId::from_index(known)));
        }
        put_back(&mut engine, &tasks)?;
        for instance in ids() {
            let status = cluster.status(instance);
            match status {
                InstanceStatus::Active => {}
                InstanceStatus::Draining => engine.drain(instance, &tasks[instance.index()]),
                InstanceStatus::Lost => engine.set_status(instance, status),
            }
        }
        let adds_up = inventory::up(cluster).all(|instance| cluster.remaining(instance) == engine.remaining(instance));
        let efforts = Efforts::of(&engine, subject.requests.table.len());
        adds_up.then_some(Self { engine, efforts, tasks })
    }
}

/// Puts every task where it was; `None` if some will not go there.
fn put_back(engine: &mut FastEngine<'_>, tasks: &[Vec<RequestId>]) -> Option<()> {
    let mut left: Vec<(RequestId, InstanceId)> = Vec::new();
    for (index, kinds) in tasks.iter().enumerate() {
        let instance = InstanceId::from_index(index);
        let refused = kinds.iter().filter(|&&request| engine.place_on(request, instance).is_err());
        left.extend(refused.map(|&request| (request, instance)));
    }
    while !left.is_empty() {
        let before = left.len();
        left.retain(|&(request, instance)| engine.place_on(request, instance).is_err());
        if left.len() == before {
            return None;
        }
    }
    Some(())
}

/// What one attempt to place a task of each kind takes out of a budget.
#[derive(Clone, Debug)]
pub(in crate::analysis::snapshot) struct Efforts(Vec<u64>);

impl Efforts {
    /// For the first `requests` kinds.
    pub(in crate::analysis::snapshot) fn of(engine: &FastEngine<'_>, requests: usize) -> Self {
        let effort = |request| match engine.path(request) {
            "scan" | "ordered lanes (all shown)" | "columns" => {
                1 + engine.instance_count() as u64 / SCANNED_PER_PLACEMENT
            }
            _ => 1,
        };
        Self((0..requests).map(RequestId::from_index).map(effort).collect())
    }

    pub(in crate::analysis::snapshot) fn of_attempt(&self, request: RequestId) -> u64 {
        self.0[request.index()]
    }
}

/// Whether a task that was refused will be refused for as long as no task stops: no expression asks for tasks (P53).
pub(in crate::analysis::snapshot) fn refusals_last(subject: Subject<'_>) -> bool {
    let asks = |expression: &Expression| expression.dependence() == Dependence::Tasks;
    !subject.requests.table.iter().any(|request| request.member_of.iter().any(asks))
}
