//! A copy of a cluster that placements can be tried out on: a fast engine in which every living task stands where it
//! stood.
//!
//! The copy draws from a key of its own, so that trying something out shifts no draw of the run. A fast engine is copied as it
//! is; of any other one the living tasks are put back where they are, and what is kept for DAEMON tasks that do not run yet is
//! kept there too. Both are the same cluster, and choose the same. Of a [sample](super::sample) tasks are put back.
//!
//! # Cost
//! The bytes of the engine, or a placement for each task that is put back. Clusters of more than [`MOST_COPIED`] instances and
//! tasks are not copied whole.

use crate::analysis::snapshot::residents::{Resident, Residents};
use crate::analysis::snapshot::roll::Roll;
use crate::analysis::snapshot::{Subject, inventory};
use crate::engine::{Cost, Engine, FastEngine, InstanceStatus, Setup};
use crate::model::{Demand, Device, Fleet, InstanceId, RequestId};
use crate::query::{Dependence, Expression};

/// Larger clusters are not copied, by instances and tasks.
const MOST_COPIED: u64 = 1_000_000;
/// The key of the copy's own draws.
const KEY: u64 = 0x7265_706c_6963_6121;
/// How many instances a scan looks at in the time of one placement by index.
const SCANNED_PER_PLACEMENT: u64 = 32;

/// A cluster and who is on it.
#[derive(Clone, Copy)]
pub(in crate::analysis::snapshot) struct Ground<'a> {
    pub(in crate::analysis::snapshot) subject: Subject<'a>,
    pub(in crate::analysis::snapshot) cluster: &'a dyn Engine,
    /// How its instances stand.
    pub(in crate::analysis::snapshot) roll: &'a Roll,
    /// The tasks on each instance.
    pub(in crate::analysis::snapshot) residents: &'a Residents,
}

impl<'a> Ground<'a> {
    /// It is not too large to be copied whole, and adds up.
    pub(super) fn is_copied(self) -> bool {
        self.residents.instances() as u64 + self.residents.tasks() <= MOST_COPIED && self.residents.adds_up()
    }

    /// A copy of all of it; `None` if what its tasks take is not what it counts.
    pub(super) fn copy(self) -> Option<FastEngine<'a>> {
        let Self { subject, cluster, residents, .. } = self;
        let all = Part { subject, fleet: &subject.scenario.fleet, instances: None, residents };
        cluster.copied(KEY).or_else(|| all.put_together(cluster))
    }
}

/// Some instances of a cluster or all, numbered from 0, and kinds of request, numbered anew as well.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) subject: Subject<'a>,
    /// Those of its instances that are there from the start.
    pub(super) fleet: &'a Fleet,
    /// What its instances are in the cluster; `None` where they are all.
    pub(super) instances: Option<&'a [InstanceId]>,
    pub(super) residents: &'a Residents,
}

/// A copy and who is on it.
#[derive(Clone, Debug)]
pub(super) struct Replica<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) engine: FastEngine<'a>,
    pub(super) efforts: Efforts,
    /// The tasks on each instance.
    pub(super) residents: &'a Residents,
    /// See [`refusals_last`].
    pub(super) refusals_last: bool,
}

impl Resident {
    /// Puts the task back where it was.
    pub(super) fn restore(self, engine: &mut FastEngine<'_>, instance: InstanceId) {
        engine.prefer_device(self.device);
        engine.restore(self.request, instance);
    }
}

/// The kinds of some tasks.
pub(super) fn kinds(tasks: impl Iterator<Item = Resident>) -> Vec<RequestId> {
    tasks.map(|task| task.request).collect()
}

/// The empty cluster of a fleet.
pub(super) fn empty<'a>(subject: Subject<'a>, fleet: &'a Fleet) -> FastEngine<'a> {
    FastEngine::new(Setup { fleet, requests: subject.requests, options: subject.scenario.options, seed: KEY })
}

impl<'a> Replica<'a> {
    /// Copies a cluster; `None` if it is too large, or its tasks are not those that it counts.
    pub(super) fn of(ground: Ground<'a>) -> Option<Self> {
        let engine = if ground.is_copied() { ground.copy()? } else { return None };
        Some(Self::with(ground.subject, ground.residents, engine))
    }

    /// Copies a part of a cluster; `None` if its tasks are not those that the cluster counts.
    pub(super) fn of_part(part: Part<'a>, cluster: &dyn Engine) -> Option<Self> {
        Some(Self::with(part.subject, part.residents, part.put_together(cluster)?))
    }

    fn with(subject: Subject<'a>, residents: &'a Residents, engine: FastEngine<'a>) -> Self {
        let efforts = Efforts::of(&engine, subject.requests.table.len());
        Self { subject, engine, efforts, residents, refusals_last: refusals_last(subject) }
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

impl<'a> Part<'a> {
    /// The same instances made anew; `None` if their tasks do not add up to what is taken.
    fn put_together(self, cluster: &dyn Engine) -> Option<FastEngine<'a>> {
        let mut engine = empty(self.subject, self.fleet);
        for known in self.fleet.instances.len()..self.residents.instances() {
            engine.register(cluster.class(self.original(InstanceId::from_index(known))));
        }
        for instance in (0..self.residents.instances()).map(InstanceId::from_index) {
            self.put_back(&mut engine, instance)?;
            let original = self.original(instance);
            let held = cluster.held(original);
            if !held.is_none() {
                engine.hold(instance, held);
            }
            match cluster.is_connected(original) {
                is if is == engine.is_connected(instance) => {}
                true => engine.connect(instance),
                false => engine.disconnect(instance),
            }
            let status = cluster.status(original);
            match status {
                InstanceStatus::Active => {}
                InstanceStatus::Draining => engine.drain(instance, &kinds(self.residents.each_on(instance))),
                InstanceStatus::Lost => engine.set_status(instance, status),
            }
        }
        let adds_up = inventory::up(&engine).all(|id| cluster.remaining(self.original(id)) == engine.remaining(id));
        adds_up.then_some(engine)
    }

    fn original(self, instance: InstanceId) -> InstanceId {
        self.instances.map_or(instance, |instances| instances[instance.index()])
    }

    /// Puts every task of an instance where it was; `None` if some take more than is there.
    fn put_back(self, engine: &mut FastEngine<'_>, instance: InstanceId) -> Option<()> {
        for task in self.residents.each_on(instance) {
            let (demand, left) = (&self.subject.requests[task.request].demand, engine.remaining(instance));
            if demand.cpu > left.cpu || demand.memory > left.memory {
                return None;
            }
            task.restore(engine, instance);
        }
        Some(())
    }
}

/// What one attempt to place a task of each kind takes out of a budget.
#[derive(Clone, Debug)]
pub(super) struct Efforts(Vec<u64>);

impl Efforts {
    /// For the first `requests` kinds.
    pub(super) fn of(engine: &FastEngine<'_>, requests: usize) -> Self {
        let effort = |request| match Cost::of(engine.path(request)).grows() {
            true => 1 + engine.instance_count() as u64 / SCANNED_PER_PLACEMENT,
            false => 1,
        };
        Self((0..requests).map(RequestId::from_index).map(effort).collect())
    }

    /// The most that an attempt of some kind takes.
    pub(super) fn most(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or(1)
    }

    pub(super) fn of_attempt(&self, request: RequestId) -> u64 {
        self.0[request.index()]
    }
}

/// Whether a task that was refused will be refused for as long as no task stops: no expression asks for tasks (P53).
pub(super) fn refusals_last(subject: Subject<'_>) -> bool {
    let asks = |expression: &Expression| expression.dependence() == Dependence::Tasks;
    !subject.requests.table.iter().any(|request| request.member_of.iter().any(asks))
}
