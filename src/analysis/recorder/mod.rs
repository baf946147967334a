//! Every figure of one run, exact, from what the run tells.
//!
//! A [`Recorder`] only listens: it never changes a run, and a run without one goes the same way. It works out
//! nothing about many runs; that is [`summary`](crate::analysis::summary).
//!
//! # Invariants
//! 1. Sums are integers, and integrals are integers times milliseconds: nothing is sampled, nothing is rounded.
//! 2. Memory grows with the fleet, the kinds of request and the tasks that wait, never with tasks that have come and gone.
//!
//! # Cost
//! A placement or a stop updates three sums and 44 bytes about its request; the instance's class is read only when
//! the instance goes in or out of use. The benches to watch are `analysis/recorder` and `analysis/recorder-share`.

mod bound;
mod failures;
mod film;
mod gpus;
mod moves;
mod peaks;
mod samples;
mod scaling;
mod steps;
mod unplaced;
mod usage;
mod waits;

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::{Bounds, Packing};
use super::mix::ReferenceMix;
use super::record::{AutoscalingRow, Figure, RunRecord, Sample, UnplacedRow};
use super::sheet::Sheet;
use super::snapshot::{self, Snapshot, Subject, saturation};
use crate::engine::{Engine, InstanceStatus};
use crate::model::{
    ClassId, Fleet, GroupId, InstanceId, ProviderId, RequestId, Requests, Scenario, SimTime, TaskCount,
};
use crate::simulation::{DeploymentReport, MetricPoint, Observer, Rejection, Start, Stop, Tasks, Withdrawal};
use failures::Failures;
use film::Camera;
use gpus::{Event, GpuUsage};
use moves::Moves;
use peaks::Peaks;
use samples::Samples;
use unplaced::Unplaced;
use usage::Usage;
use waits::Waits;

/// Which run a record is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunIdentity {
    /// Position in the plan, from 0.
    pub run: u32,
    /// Policy name.
    pub policy: String,
    /// Seed number, from 1.
    pub seed: u32,
}

/// What is needed of a request at every event, small enough that thousands of kinds stay in cache.
#[derive(Clone, Copy, Debug)]
struct Kind {
    cpu: u32,
    memory: u32,
    group: GroupId,
}

impl Kind {
    fn demand(self) -> [u64; 2] {
        [u64::from(self.cpu), u64::from(self.memory)]
    }
}

/// What a task does to its instance: it comes or goes, alone or not.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Start { is_alone: bool },
    Stop { is_alone: bool },
}

/// Listens to one run and keeps its figures.
#[derive(Clone, Debug)]
pub struct Recorder<'a> {
    subject: Subject<'a>,
    kinds: Vec<Kind>,
    usage: Usage,
    peaks: Peaks<2>,
    /// Where some instance has a GPU.
    gpus: Option<Box<GpuUsage<'a>>>,
    placed: u64,
    moves: Moves,
    /// Classes of instances that registered after time 0.
    joined: Vec<ClassId>,
    autoscaling: Vec<AutoscalingRow>,
    /// The last minute of each capacity provider.
    measured: BTreeMap<ProviderId, MetricPoint>,
    failures: Failures,
    unplaced: Unplaced,
    /// The rows of `unplaced`, once the run has finished.
    not_placed: Vec<UnplacedRow>,
    waits: Waits,
    samples: Samples,
    snapshot: Option<Snapshot>,
    camera: Option<Camera>,
    paths: BTreeSet<&'static str>,
    /// The last state of the run.
    end: Option<Sample>,
}

impl<'a> Recorder<'a> {
    /// A recorder for one run of `scenario` with the requests of its policy; fragmentation is measured against `mix`.
    #[must_use]
    pub fn new(scenario: &'a Scenario, requests: &'a Requests, mix: &'a ReferenceMix) -> Self {
        let kind = |request: &crate::model::Request| Kind {
            cpu: request.demand.cpu.0,
            memory: request.demand.memory.0,
            group: request.group,
        };
        Self {
            subject: Subject { scenario, requests, mix },
            kinds: requests.table.iter().map(kind).collect(),
            usage: Usage::new(&scenario.fleet),
            peaks: Peaks::new(requests.table.len()),
            gpus: GpuUsage::new(scenario, requests).map(Box::new),
            placed: 0,
            moves: Moves::new(),
            joined: Vec::new(),
            autoscaling: Vec::new(),
            measured: BTreeMap::new(),
            failures: Failures::default(),
            unplaced: Unplaced::default(),
            not_placed: Vec::new(),
            waits: Waits::default(),
            samples: Samples::new(scenario.horizon),
            snapshot: None,
            camera: None,
            paths: BTreeSet::new(),
            end: None,
        }
    }

    /// The same recorder, which also keeps where the tasks lie at some of its sample times.
    #[must_use]
    pub fn with_film(mut self) -> Self {
        self.camera = Camera::for_fleet(self.fleet().instances.len());
        self
    }

    /// Which ways the engine found instances, once the run has finished: of no account for what it found.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.paths.iter().copied()
    }

    /// The outcome, once the run has finished.
    ///
    /// # Panics
    /// If the run has not told that it [finished](Observer::finished).
    #[must_use]
    pub fn finish(self, identity: RunIdentity) -> RunRecord {
        let end = self.end.expect("a recorder is asked after the run has finished");
        let mut sheet = Sheet::new();
        self.failures.write(self.placed, &mut sheet);
        self.waits.write(self.placed, &mut sheet);
        self.usage.write(SimTime(end.at_ms), self.gpus.as_deref(), &mut sheet);
        self.moves.write(self.usage.task_ms(), &mut sheet);
        self.write_bounds(SimTime(end.at_ms), &mut sheet);
        let saturation = saturation::write(self.subject, identity.seed, &mut sheet);
        let mut record = RunRecord {
            run: identity.run,
            policy: identity.policy,
            seed: identity.seed,
            samples: self.samples.into_rows(end),
            is_fixed: self.subject.scenario.is_fixed_under(self.subject.requests),
            is_periodic: self.subject.scenario.is_periodic(),
            failures: self.failures.rows(self.subject.requests),
            deployments: self.moves.rows(self.subject.scenario, self.subject.requests),
            autoscaling: self.autoscaling,
            snapshot_ms: end.at_ms,
            unplaced: self.not_placed,
            saturation,
            film: self.camera.and_then(Camera::into_film),
            ..RunRecord::default()
        };
        if let Some(snapshot) = self.snapshot {
            snapshot.write(&mut sheet);
            record.snapshot_ms = snapshot.at.0;
            record.services = snapshot.services;
            record.fleet = snapshot.fleet;
            record.instances = snapshot.instances.rows;
            record.holders = snapshot.instances.holders;
            record.shapes = snapshot.holes.rows;
            record.frontier = snapshot.holes.frontier;
        }
        record.figures = sheet.into_figures();
        record
    }

    /// B2 to B8 at the moments of most cpu, of most memory and of most GPUs, and B1 of the whole run beside them.
    fn write_bounds(&self, end: SimTime, sheet: &mut Sheet) {
        let Subject { scenario, requests, .. } = self.subject;
        let mut moments: Vec<Vec<TaskCount>> = self.peaks.tasks().into();
        moments.extend(self.gpus.as_ref().map(|gpus| gpus.tasks_at_peak()));
        moments.dedup();
        let mut l1 = self.usage.bound().max(self.gpus.as_ref().map_or(0, |gpus| gpus.bound()));
        let (mut bounds, mut demands) = (Bounds::default(), Vec::new());
        for tasks in &moments {
            let packing = Packing::of(scenario, requests, tasks);
            bounds = bounds.max(Bounds::at(&packing, std::mem::take(&mut l1)));
            demands.push(packing.demand());
        }
        bounds.write(self.usage.peak_in_use(), sheet);
        self.usage.write_price_bounds(scenario, &demands, self.gpus.as_deref(), end, sheet);
    }

    /// Apart from the hot path, which asks only whether there are GPUs.
    #[inline(never)]
    fn follow_gpus(&mut self, at: SimTime, request: RequestId, instance: InstanceId, turn: Turn) {
        let class = self.class(instance);
        let Some(gpus) = &mut self.gpus else { return };
        match turn {
            Turn::Start { is_alone } => gpus.start(Event { at, request, class, is_alone }),
            Turn::Stop { is_alone } => gpus.stop(Event { at, request, class, is_alone }),
        }
    }

    fn kind(&self, request: RequestId) -> Kind {
        self.kinds[request.index()]
    }

    fn class(&self, instance: InstanceId) -> ClassId {
        let at_start = &self.fleet().instances;
        at_start.get(instance.index()).copied().unwrap_or_else(|| self.joined[instance.index() - at_start.len()])
    }

    fn fleet(&self) -> &'a Fleet {
        &self.subject.scenario.fleet
    }

    fn sample_now(&self, at: SimTime, waiting: u64) -> Sample {
        let now = self.usage.now();
        let share = |r: usize| Figure::ratio(u128::from(now.reserved[r]), u128::from(now.capacity[r]));
        Sample {
            at_ms: at.0,
            cpu_reservation: share(0),
            memory_reservation: share(1),
            gpu_reservation: self.gpus.as_ref().map_or(Figure::Absent, |gpus| gpus.reservation()),
            instances_in_use: now.instances_in_use,
            instances_up: now.instances_up,
            tasks: self.usage.tasks(),
            waiting,
        }
    }
}

impl Observer for Recorder<'_> {
    #[inline]
    fn placed(&mut self, start: &Start) {
        self.placed += 1;
        self.peaks.settle(start.at, self.usage.reserved());
        self.peaks.start(start.request);
        self.usage.reserve(start.at, self.kind(start.request).demand());
        if start.asked < start.at {
            self.waits.end(start.at.since(start.asked));
        }
        if start.is_first {
            self.usage.fill(start.at, start.instance, self.class(start.instance));
        }
        if self.gpus.is_some() {
            self.follow_gpus(start.at, start.request, start.instance, Turn::Start { is_alone: start.is_first });
        }
    }

    fn rejected(&mut self, rejection: &Rejection) {
        self.failures.refuse(self.kind(rejection.request).group, rejection);
        self.unplaced.refuse(rejection);
        // A task that was given up after it had waited is no shorter a wait than one that still goes on.
        if !rejection.waits && rejection.asked < rejection.at {
            self.waits.give_up(rejection.at.since(rejection.asked));
        }
    }

    fn withdrawn(&mut self, withdrawal: &Withdrawal) {
        self.failures.withdraw();
        self.waits.give_up(withdrawal.at.since(withdrawal.asked));
    }

    #[inline]
    fn stopped(&mut self, stop: &Stop) {
        self.moves.stop(stop.cause);
        self.peaks.settle(stop.at, self.usage.reserved());
        self.peaks.stop(stop.request);
        self.usage.free(stop.at, self.kind(stop.request).demand());
        if stop.is_last {
            self.usage.empty(stop.at, stop.instance, self.class(stop.instance));
        }
        if self.gpus.is_some() {
            self.follow_gpus(stop.at, stop.request, stop.instance, Turn::Stop { is_alone: stop.is_last });
        }
    }

    fn instance_changed(&mut self, at: SimTime, instance: InstanceId, from: InstanceStatus, to: InstanceStatus) {
        let class = self.class(instance);
        self.usage.change(at, instance, class, from, to);
        if let Some(gpus) = &mut self.gpus {
            gpus.change(at, class, from, to);
        }
    }

    fn instance_registered(&mut self, at: SimTime, instance: InstanceId, class: ClassId) {
        self.joined.push(class);
        self.usage.join(at, instance, class);
        if let Some(gpus) = &mut self.gpus {
            gpus.change(at, class, InstanceStatus::Lost, InstanceStatus::Active);
        }
    }

    fn held_pending(&mut self, _at: SimTime, _task: u64, _until: SimTime) {
        self.moves.hold();
    }

    fn deployment_ended(&mut self, report: &DeploymentReport) {
        self.moves.deployment(*report);
    }

    fn measured(&mut self, point: &MetricPoint) {
        self.autoscaling.push(scaling::row(self.subject.scenario, point));
        self.measured.insert(point.provider, *point);
    }

    fn next_sample(&self) -> Option<SimTime> {
        self.samples.next()
    }

    fn sample(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        let sample = self.sample_now(at, tasks.waiting());
        self.samples.push(sample);
        if let Some(camera) = &mut self.camera {
            camera.sample(self.subject, at, cluster, tasks);
        }
    }

    fn snapshot(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        let mut snapshot = snapshot::take(self.subject, at, cluster, tasks);
        if let Some(measured) = scaling::measured(&self.measured) {
            snapshot.provider = measured;
        }
        self.snapshot = Some(snapshot);
        if let Some(camera) = &mut self.camera {
            camera.keep(self.subject, at, cluster, tasks);
        }
    }

    fn finished(&mut self, at: SimTime, cluster: &dyn Engine, tasks: &dyn Tasks) {
        self.not_placed = self.unplaced.rows(self.subject.scenario, self.subject.requests, tasks);
        self.paths = self.subject.requests.placed().map(|request| cluster.path(request)).collect();
        self.peaks.settle(at, self.usage.reserved());
        self.peaks.look(self.usage.reserved());
        self.usage.settle(at);
        if let Some(gpus) = &mut self.gpus {
            gpus.settle(at);
        }
        if let Some(camera) = &mut self.camera {
            camera.keep(self.subject, at, cluster, tasks);
        }
        tasks.for_each_waiting(&mut |request, asked| {
            self.waits.leave_open(at.since(asked));
            self.failures.leave_open(request, self.kinds[request.index()].group);
        });
        self.end = Some(self.sample_now(at, self.waits.open()));
    }
}
