//! A copy of a cluster that placements can be tried out on: a fast engine in which every living task stands where it
//! stood.
//!
//! The copy draws from a key of its own, so that trying something out shifts no draw of the run. A fast engine is copied as it
//! is; of any other one the living tasks are put back where they are, and what is kept for DAEMON tasks that do not run yet is
//! kept there too. Both are the same cluster, and choose the same.
//!
//! # Cost
//! The bytes of the engine. Clusters of more than [`MOST_COPIED`] instances and tasks are not copied, and what would be tried
//! out on the copy is absent.

use crate::analysis::snapshot::residents::{Resident, Residents};
use crate::analysis::snapshot::{Subject, inventory};
use crate::engine::{Cost, Engine, FastEngine, InstanceStatus, Setup};
use crate::model::{Demand, Device, InstanceId, RequestId};
use crate::query::{Dependence, Expression};

/// Larger clusters are not copied, by instances and tasks.
const MOST_COPIED: u64 = 1_000_000;
/// The key of the copy's own draws.
const KEY: u64 = 0x7265_706c_6963_6121;
/// How many instances a scan looks at in the time of one placement by index.
const SCANNED_PER_PLACEMENT: u64 = 32;

/// A copy and who is on it.
#[derive(Clone, Debug)]
pub(in crate::analysis::snapshot) struct Replica<'a> {
    subject: Subject<'a>,
    pub(in crate::analysis::snapshot) engine: FastEngine<'a>,
    pub(in crate::analysis::snapshot) efforts: Efforts,
    /// The tasks on each instance.
    pub(in crate::analysis::snapshot) residents: &'a Residents,
    /// Attempts that each figure may take.
    pub(in crate::analysis::snapshot) budget: u64,
    /// See [`refusals_last`].
    pub(in crate::analysis::snapshot) refusals_last: bool,
}

impl Resident {
    /// Puts the task back where it was.
    pub(super) fn restore(self, engine: &mut FastEngine<'_>, instance: InstanceId) {
        engine.prefer_device(self.device);
        engine.restore(self.request, instance);
    }
}

/// The kinds of some tasks.
pub(super) fn kinds(tasks: &[Resident]) -> Vec<RequestId> {
    tasks.iter().map(|task| task.request).collect()
}

/// The empty cluster of a run.
pub(in crate::analysis::snapshot) fn empty(subject: Subject<'_>) -> FastEngine<'_> {
    let scenario = subject.scenario;
    FastEngine::new(Setup { fleet: &scenario.fleet, requests: subject.requests, options: scenario.options, seed: KEY })
}

impl<'a> Replica<'a> {
    /// Copies a cluster; `None` if it is too large, or its tasks are not those that it counts.
    pub(in crate::analysis::snapshot) fn of(
        subject: Subject<'a>,
        cluster: &'a dyn Engine,
        residents: &'a Residents,
    ) -> Option<Self> {
        let is_too_large = (residents.instances() + residents.all().len()) as u64 > MOST_COPIED;
        let adds_up = || residents.iter().all(|(id, tasks)| tasks.len() == cluster.task_count(id) as usize);
        if is_too_large || !adds_up() {
            return None;
        }
        let engine = cluster.copied(KEY).or_else(|| put_together(subject, cluster, residents))?;
        let efforts = Efforts::of(&engine, subject.requests.table.len());
        let (budget, refusals_last) = (super::budget::of(subject.scenario), refusals_last(subject));
        Some(Self { subject, engine, efforts, residents, budget, refusals_last })
    }
}

impl Replica<'_> {
    /// What a task of a kind asks for.
    pub(super) fn demand(&self, request: RequestId) -> &Demand {
        &self.subject.requests[request].demand
    }

    /// The task of a kind that was placed last.
    pub(super) fn last(&self, request: RequestId) -> Resident {
        let is_share = self.subject.requests[request].demand.gpus.is_share();
        Resident { request, device: if is_share { self.engine.last_device() } else { Device::ANY } }
    }
}

/// The same cluster made anew; `None` if its tasks do not add up to what is taken.
fn put_together<'a>(subject: Subject<'a>, cluster: &dyn Engine, residents: &Residents) -> Option<FastEngine<'a>> {
    let mut engine = empty(subject);
    for known in subject.scenario.fleet.instances.len()..residents.instances() {
        engine.register(cluster.class(InstanceId::from_index(known)));
    }
    put_back(&mut engine, subject, residents)?;
    for (instance, tasks) in residents.iter() {
        let held = cluster.held(instance);
        if !held.is_none() {
            engine.hold(instance, held);
        }
        match cluster.is_connected(instance) {
            is if is == engine.is_connected(instance) => {}
            true => engine.connect(instance),
            false => engine.disconnect(instance),
        }
        let status = cluster.status(instance);
        match status {
            InstanceStatus::Active => {}
            InstanceStatus::Draining => engine.drain(instance, &kinds(tasks)),
            InstanceStatus::Lost => engine.set_status(instance, status),
        }
    }
    let adds_up = inventory::up(cluster).all(|instance| cluster.remaining(instance) == engine.remaining(instance));
    adds_up.then_some(engine)
}

/// Puts every task where it was; `None` if some take more than is there.
fn put_back(engine: &mut FastEngine<'_>, subject: Subject<'_>, residents: &Residents) -> Option<()> {
    for (instance, tasks) in residents.iter() {
        for task in tasks {
            let (demand, left) = (&subject.requests[task.request].demand, engine.remaining(instance));
            if demand.cpu > left.cpu || demand.memory > left.memory {
                return None;
            }
            task.restore(engine, instance);
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
        let effort = |request| match Cost::of(engine.path(request)).grows() {
            true => 1 + engine.instance_count() as u64 / SCANNED_PER_PLACEMENT,
            false => 1,
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
